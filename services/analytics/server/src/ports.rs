//! What the use cases need from outside. Both engines implement the store's ports; one conformance suite runs against
//! both.

pub mod ingest;
pub mod journeys;
pub mod sales;
pub mod targets;
pub mod versions;
