//! What analytics computes: metrics over sales, touchpoints and costs (AN-02, in [`metric`]), the intake of rows (AN-01, in
//! [`ingest`]), targets and forecasts (AN-03), attribution of journeys (AN-05, in [`attribution`]). Pure.

pub mod attribution;
pub mod cost;
pub mod forecast;
pub mod ingest;
pub mod journey;
pub mod metric;
pub mod reasons;
pub mod stitch;
pub mod target;
mod text;
pub mod touchpoint;
