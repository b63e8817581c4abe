//! The own copies of what other services keep and rules look at: sales and documents. What changes a copy marks the
//! partners it concerns, in the same transaction.

mod document_copy;
mod sales_copy;

pub use document_copy::{CONSUMER as DOCUMENT_CONSUMER, DocumentEvents, EVENT_TYPES as DOCUMENT_EVENT_TYPES};
pub use sales_copy::{CONSUMER as SALES_CONSUMER, SalesCopy};
