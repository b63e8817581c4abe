//! The gRPC services: decode, use case, encode.

pub mod answers;
pub mod attribution;
pub mod ingest;
mod ingest_stream;
pub mod metrics;
mod target_filter;
pub mod targets;
