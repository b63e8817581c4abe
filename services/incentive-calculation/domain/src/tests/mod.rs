//! Tests over the public surface. Expected values are worked out by hand or in Python, as each test says.

mod assignments;
mod edges;
mod engine_properties;
mod engines;
mod examples;
mod explanations;
mod facts;
mod growth;
mod hierarchy;
mod modifiers;
mod payees;
mod plans;
mod properties;
mod returns;
mod reward_properties;
mod rewards;
mod sharing;
mod single_facts;
mod split_properties;
mod support;
mod validation;
mod windows;
mod worked_examples;
