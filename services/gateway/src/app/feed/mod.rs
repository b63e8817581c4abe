//! The feed of public events: the gateway takes events in like any other consumer, keeps them for 30 days and hands them
//! out, by list, by stream and (see [`webhooks`](crate::app::webhooks)) by webhook.

mod catalogue;
mod cloud_event;
mod cursor;
mod enter;
mod retention;
mod selection;
mod stretch;
mod tail;
mod watch;

pub use catalogue::{Catalogue, EventKind, Known};
pub use cloud_event::{cloud_event, to_json};
pub use enter::{CONSUMER, Enter};
pub use retention::{RETENTION_DAYS, forget_worker};
pub use selection::Selection;
pub use stretch::{Page, Reader};
pub use tail::{Tail, tail_worker};
pub use watch::{LIFETIME, Step, Watch, Watching};
