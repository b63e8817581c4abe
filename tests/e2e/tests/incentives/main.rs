//! What people of a company do with incentives, through the gateway, each with the key of their role: record figures and
//! rates, close a month and settle what comes late, look at what is earned so far, try a draft, go live in the middle of
//! a year. Expected amounts are worked out by hand in the comments beside them.
//!
//! The clock begins at noon of 2031-03-01 in Shanghai: January and February are over.

#![cfg(test)]

mod accruals;
mod closing;
mod determinism;
mod figures;
mod go_live;
mod what_if;

use anyhow::ensure;
use e2e_tests::{
    calls::refusal,
    exact::{decimal, of_money},
};
use tonic::{Code, Status};
use tributary_core::Timestamp;
use tributary_proto::{
    google::r#type::Money,
    tributary::incentive::v1::{Statement, StatementLine},
};

/// Python: datetime(2031, 3, 1, 12, tzinfo=ZoneInfo("Asia/Shanghai")).timestamp() == 1930104000.0
const NOON: Timestamp = Timestamp(1_930_104_000_000_000);

/// 15 %, and 20 % of what exceeds a million.
const COMMISSION: &str = r#"
rules:
  - id: commission
    measure: {field: NET, kinds: [SELL_IN, RETURN]}
    negativeMeasure: SIGNED
    marginal: {table: {tiers: [{from: "0", rate: "0.15"}, {from: "1000000", rate: "0.20"}]}}
"#;

/// Does nothing, unless this program was started again to be a process of a suite.
#[test]
fn a_process_of_the_suite() -> anyhow::Result<()> {
    e2e_tests::child::serve_if_asked()
}

/// Whether a call was refused for the caller's role.
fn forbidden<T>(answer: Result<T, Status>) -> anyhow::Result<()> {
    let said = refusal(answer)?;
    ensure!(said.code == Code::PermissionDenied && said.reason == "PERMISSION_DENIED", "{said:?}");
    Ok(())
}

/// Whether a call was refused by the state of things, and why.
fn refused<T>(answer: Result<T, Status>, reason: &str) -> anyhow::Result<()> {
    let said = refusal(answer)?;
    ensure!(said.reason == reason, "not {reason}: {said:?}");
    Ok(())
}

/// An amount in CNY.
fn is(amount: Option<&Money>, expected: &str) -> anyhow::Result<()> {
    ensure!(amount.is_some_and(|m| m.currency_code == "CNY"), "{amount:?} is not in CNY");
    ensure!(of_money(amount)? == decimal(expected)?, "{amount:?}, not {expected}");
    Ok(())
}

/// The only line of the only statement.
fn only(statements: &[Statement]) -> anyhow::Result<&StatementLine> {
    match statements {
        [Statement { lines, .. }] if lines.len() == 1 => Ok(&lines[0]),
        other => anyhow::bail!("not one line: {other:?}"),
    }
}
