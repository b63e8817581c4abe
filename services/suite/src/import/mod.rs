//! Imports of files: rows go in as they are, faulty ones come back in a file that can be corrected and imported again,
//! and an import that was interrupted goes on where it was durable.

mod batch;
mod call;
mod facts;
mod ledger;
mod partners;
mod records;
mod reject;
mod server;
mod source;
mod state;

pub use batch::{Batch, Batches, Item};
pub use call::RecordClient;
pub use ledger::{Counts, Finished, Ledger, Settled};
pub use reject::{Reject, RejectWriter};
pub use source::{Format, Raw, SourceFile};
pub use state::State;
pub use {facts::send_facts, partners::send_partners, records::send_records};

/// What the columns begin with that an import adds to rejected rows. They are never part of the data.
pub const REJECT_PREFIX: &str = "reject_";

/// Column of a rejected row with the source id it must keep, where the id depends on the place in the first file.
pub const REJECT_SOURCE_ID: &str = "reject_source_id";

/// Column of a rejected row with the values that were found, or the whole line where no value of it could be trusted.
pub const REJECT_VALUE: &str = "reject_value";

#[cfg(test)]
mod lost;
#[cfg(test)]
mod tests;
