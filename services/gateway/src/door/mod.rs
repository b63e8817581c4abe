//! The one door: every call of every service passes here. Who calls, may he, and where to; the bytes of the messages
//! are never looked into, but for the name of an operation.

mod area;
mod body;
mod first_message;
mod forward;
mod headers;
mod health;
mod layers;
mod methods;
mod refusal;

pub use area::{Area, Backends};
pub use forward::Door;
pub use health::HealthWatch;
pub use layers::with_layers;
pub use methods::{Method, MethodTable, Target};
