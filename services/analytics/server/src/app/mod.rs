//! The use cases: take facts in and answer questions about metrics; record journeys, touchpoints and costs, attribute
//! conversions; set, measure and watch targets.

pub mod attribute;
pub mod ingest;
pub mod metrics;
pub mod take_in;
pub mod targets;
