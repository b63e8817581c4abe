//! The one door: every call of every service passes here, in whatever language it comes. Who calls, may he, and where to; the
//! bytes of the messages are never looked into, but for the name of an operation.

mod area;
mod audited;
mod body;
mod capped;
mod cors;
mod dialect;
mod first_message;
mod forward;
mod front;
mod headers;
mod health;
mod layers;
mod methods;
mod rates;
mod refusal;
mod trail;
mod upstream;

pub use area::{Area, Backends};
pub(crate) use capped::too_large;
pub use cors::CorsSettings;
pub use dialect::Dialect;
pub use forward::{Door, Pass};
pub use front::Front;
pub use health::HealthWatch;
pub(crate) use layers::origin;
pub use layers::{Origin, with_layers};
pub use methods::{Method, MethodTable, Target};
pub use rates::LimitSettings;
pub(crate) use refusal::status as refuse;
pub use trail::Trail;

/// The largest message that passes, in bytes.
pub const MAX_MESSAGE: usize = 4 * 1024 * 1024;
