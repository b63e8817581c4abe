//! Between the protobuf messages and the domain.

pub mod attribution;
pub mod attribution_out;
pub mod ingest;
pub mod journey;
pub mod metric;
pub mod metric_out;
pub mod target;
pub mod target_out;
