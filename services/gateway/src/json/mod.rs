//! JSON over HTTP/1.1 and HTTP/2: what a method's `google.api.http` annotation says becomes a gRPC call, the answer
//! becomes canonical proto3 JSON. Descriptors do it all, so that a new method needs no code here.
//!
//! The order is that of the door: who calls and may he come before anything is read. What is wrong with a request is
//! told all at once, each violation with its field and where it stands in the text.

mod answer;
mod bind;
mod call;
mod code;
mod decode;
mod frames;
mod lines;
mod mask;
mod message;
mod query;
mod routes;
mod scalar;
mod template;
mod text;

pub use call::Transcoder;
pub use code::refusal;
pub use routes::{Body, Found, Route, Routes};
pub use template::{Segment, Template, Variable};

#[cfg(test)]
mod fuzz;
