//! What every service of the suite shares between its handlers and the wire: the layer stack, status mapping, identity
//! tokens, request validation, paging, filters, clients local and remote, serving.
//!
//! tonic stays in this crate and in the thin `rpc/` handlers; use cases never see it.

mod channel;
pub mod client;
pub mod convert;
pub mod deadline;
pub mod edge;
pub mod filter;
mod layers;
pub mod measure;
pub mod operations;
pub mod page;
pub mod policy;
pub mod serve;
pub mod service;
pub mod status;
pub mod tls;
pub mod token;
pub mod validate;
pub mod workers;

pub use edge::Edge;
