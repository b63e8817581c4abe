//! Tests over the public surface. Expected values are worked out by hand or in Python, as each test says.

mod assignments;
mod closing;
mod edges;
mod engines;
mod explanations;
mod facts;
mod growth;
mod plans;
mod properties;
mod split_properties;
mod support;
mod worked_examples;
