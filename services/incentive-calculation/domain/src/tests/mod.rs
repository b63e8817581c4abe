//! Tests over the public surface. Expected values are worked out by hand or in Python, as each test says.

mod assignments;
mod calendars;
mod closing;
mod edges;
mod engines;
mod explanations;
mod facts;
mod figures;
mod growth;
mod modifiers;
mod parallel_runs;
mod plans;
mod properties;
mod reward_properties;
mod rewards;
mod single_facts;
mod split_properties;
mod standings;
pub(crate) mod support;
mod validation;
mod worked_examples;
