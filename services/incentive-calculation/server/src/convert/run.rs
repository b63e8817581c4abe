//! Writes runs, statements and lines.

use incentive_calculation_domain::{
    engine::InKindAmount,
    plan::InKindSort,
    run::{Run, RunMode, RunState, Statement, StatementLine},
};
use tributary_core::Exact;
use tributary_proto::tributary::incentive::v1 as pb;
use tributary_rpc::convert::{date_to_proto, decimal_to_proto, exact_parts, minor_to_proto, timestamp_to_proto};

pub use super::trace::trace_to_proto;

/// Writes an exact number.
pub(super) fn exact(value: &Exact) -> pb::ExactAmount {
    let (numerator, denominator, decimal) = exact_parts(value);
    pb::ExactAmount { numerator, denominator, decimal }
}

/// Writes a run.
#[must_use]
pub fn run_to_proto(run: &Run) -> pb::Run {
    pb::Run {
        name: run.name(),
        programme: run.programme.as_ref().map(|p| format!("programmes/{p}")).unwrap_or_default(),
        period: run.period.clone(),
        mode: match run.mode {
            RunMode::Preview => pb::RunMode::Preview,
            RunMode::Final => pb::RunMode::Final,
        }
        .into(),
        state: match run.state {
            RunState::Running => pb::RunState::Running,
            RunState::Succeeded => pb::RunState::Succeeded,
            RunState::Failed => pb::RunState::Failed,
            RunState::Cancelled => pb::RunState::Cancelled,
        }
        .into(),
        snapshot_batch: run.snapshot_batch,
        snapshot_arrival: run.snapshot_arrival,
        plan_versions: run.plan_versions.clone(),
        digest: run.digest.clone(),
        fact_count: run.fact_count,
        statement_count: run.statement_count,
        line_count: run.line_count,
        totals: run.totals.iter().map(|t| minor_to_proto(*t)).collect(),
        actor: run.actor.clone(),
        create_time: Some(timestamp_to_proto(run.create_time)),
        end_time: run.end_time.map(timestamp_to_proto),
        failure: run.failure.clone(),
        version: run.version,
        period_locked: run.period_locked,
        closed_periods: run.closed.iter().map(|c| c.period.clone()).collect(),
        true_up_count: run.true_up_count,
    }
}

/// Writes a statement with its lines.
#[must_use]
pub fn statement_to_proto(statement: &Statement, lines: &[StatementLine]) -> pb::Statement {
    pb::Statement {
        name: statement.name(),
        run: format!("runs/{}", statement.run),
        partner: statement.partner.clone(),
        partner_display_name: statement.partner_display_name.clone(),
        partner_business_key: statement.partner_business_key.clone(),
        partner_external_refs: statement.partner_external_refs.clone(),
        period: statement.period.clone(),
        total: Some(minor_to_proto(statement.total)),
        lines: lines.iter().map(|line| line_to_proto(statement, line)).collect(),
    }
}

/// Writes a line.
#[must_use]
pub fn line_to_proto(statement: &Statement, line: &StatementLine) -> pb::StatementLine {
    pb::StatementLine {
        name: format!("{}/lines/{}", statement.name(), line.id()),
        slot: line.slot.clone(),
        rule: line.rule.clone(),
        title: line.title.clone(),
        measure: Some(decimal_to_proto(line.measure)),
        base: line.base.map(decimal_to_proto),
        amount: Some(minor_to_proto(line.amount)),
        exact: Some(exact(&line.exact)),
        fact_count: line.fact_count,
        part: line.part.clone(),
        in_kind: line.in_kind.as_ref().map(in_kind),
        holds: line
            .holds
            .iter()
            .map(|h| pb::HoldReason { reason: h.reason.clone(), until: h.until.map(date_to_proto) })
            .collect(),
    }
}

fn in_kind(given: &InKindAmount) -> pb::InKindAmount {
    pb::InKindAmount {
        sort: match given.sort {
            InKindSort::Goods => pb::InKindSort::Goods,
            InKindSort::Loan => pb::InKindSort::Loan,
            InKindSort::Training => pb::InKindSort::Training,
            InKindSort::Reward => pb::InKindSort::Reward,
        }
        .into(),
        item: given.item.clone(),
        title: given.title.clone(),
        quantity: Some(decimal_to_proto(given.quantity)),
        value: Some(minor_to_proto(given.value)),
    }
}
