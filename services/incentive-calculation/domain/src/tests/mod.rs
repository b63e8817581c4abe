//! Tests over the public surface. Expected values are worked out by hand or in Python, as each test says.

mod assignments;
mod edges;
mod engines;
mod explanations;
mod facts;
mod growth;
mod modifiers;
mod plans;
mod properties;
mod reward_properties;
mod rewards;
mod single_facts;
mod split_properties;
mod support;
mod validation;
mod worked_examples;
