//! The contract of the store's ports, run on every engine.
#![expect(clippy::expect_used, reason = "helpers of tests stop at the first surprise")]

mod alert_rules;
mod alert_turns;
mod alerts;
mod contract_history;
mod contracts;
mod obligation_support;
mod obligations;
mod reminders;
mod sales;
mod support;
