//! Writes periods, differences and positions.

use incentive_calculation_domain::{
    close::{ComparedLine, DifferenceCause, LineDifference, PeriodState, ProgrammePeriod},
    run::{Statement, StatementLine},
};
use tributary_core::{Fault, MinorAmount};
use tributary_proto::tributary::incentive::v1 as pb;
use tributary_rpc::convert::{date_to_proto, decimal_to_proto, minor_to_proto, timestamp_to_proto};

use super::run::{line_to_proto, trace_to_proto};
use crate::app::{
    position::{Position, PositionQuery},
    run_worker::sum,
};

/// Writes a period.
#[must_use]
pub fn period_to_proto(period: &ProgrammePeriod) -> pb::ProgrammePeriod {
    let lock = period.lock.as_ref();
    let run = |id: &str| if id.is_empty() { String::new() } else { format!("runs/{id}") };
    pb::ProgrammePeriod {
        name: period.name(),
        programme: format!("programmes/{}", period.programme),
        period: period.period.clone(),
        from: Some(date_to_proto(period.from)),
        to: Some(date_to_proto(period.to)),
        lockable_from: Some(date_to_proto(period.lockable_from)),
        state: match period.state() {
            PeriodState::Open => pb::PeriodState::Open,
            PeriodState::Locked => pb::PeriodState::Locked,
        }
        .into(),
        newest_run: run(&period.newest_run),
        newest_version: period.newest_version,
        locked_run: lock.map(|l| run(&l.run)).unwrap_or_default(),
        locked_version: lock.map_or(0, |l| l.version),
        locked_by: lock.map(|l| l.actor.clone()).unwrap_or_default(),
        lock_time: lock.map(|l| timestamp_to_proto(l.time)),
        lock_reason: lock.map(|l| l.reason.clone()).unwrap_or_default(),
        newer_facts_at_lock: lock.map_or(0, |l| l.newer_facts),
        etag: period.etag(),
    }
}

/// Writes a difference.
#[must_use]
pub fn difference_to_proto(difference: &LineDifference) -> pb::LineDifference {
    let either = difference.either();
    let text = |of: fn(&ComparedLine) -> &String| either.map(of).cloned().unwrap_or_default();
    pb::LineDifference {
        partner: text(|l| &l.statement.partner),
        partner_display_name: text(|l| &l.statement.partner_display_name),
        partner_business_key: text(|l| &l.statement.partner_business_key),
        line: difference.id.clone(),
        title: text(|l| &l.line.title),
        a: difference.a.as_ref().map(compared),
        b: difference.b.as_ref().map(compared),
        difference: Some(minor_to_proto(difference.difference)),
        causes: difference.causes.iter().map(|c| cause(*c).into()).collect(),
    }
}

fn compared(side: &ComparedLine) -> pb::ComparedLine {
    let line = &side.line;
    pb::ComparedLine {
        name: format!("{}/lines/{}", side.statement.name(), line.id()),
        measure: Some(decimal_to_proto(line.measure)),
        base: line.base.map(decimal_to_proto),
        fact_count: line.fact_count,
        amount: Some(minor_to_proto(line.amount)),
        plan_version: line.trace.plan_version.clone(),
    }
}

fn cause(cause: DifferenceCause) -> pb::DifferenceCause {
    match cause {
        DifferenceCause::Facts => pb::DifferenceCause::Facts,
        DifferenceCause::Plan => pb::DifferenceCause::Plan,
        DifferenceCause::Attributes => pb::DifferenceCause::Attributes,
        DifferenceCause::Inputs => pb::DifferenceCause::Inputs,
        DifferenceCause::TrueUp => pb::DifferenceCause::TrueUp,
    }
}

/// Writes a position.
///
/// # Errors
/// `AMOUNT_OVERFLOW`.
pub fn position_to_proto(query: &PositionQuery, position: &Position) -> Result<pb::Position, Fault> {
    let attributes = &position.payee.attributes;
    // Nothing is stated: the lines stand on no statement and have no name.
    let nowhere = |line: &StatementLine| {
        let statement = Statement {
            id: String::new(),
            run: String::new(),
            partner: attributes.partner.clone(),
            partner_display_name: attributes.display_name.clone(),
            partner_business_key: attributes.business_key.clone(),
            partner_external_refs: Vec::new(),
            period: query.period.to_string(),
            total: MinorAmount { currency: line.amount.currency, value: 0 },
        };
        let mut line = line_to_proto(&statement, line);
        line.name.clear();
        line
    };
    let totals = sum(position.lines.iter().map(|line| line.amount), &attributes.partner)?;
    Ok(pb::Position {
        partner: attributes.partner.clone(),
        partner_display_name: attributes.display_name.clone(),
        partner_business_key: attributes.business_key.clone(),
        programme: format!("programmes/{}", query.programme),
        period: query.period.to_string(),
        valid_date: Some(date_to_proto(position.valid_on)),
        record_time: Some(timestamp_to_proto(position.known_at)),
        snapshot_batch: position.batch,
        snapshot_arrival: position.arrivals.partners,
        snapshot_input_arrival: position.arrivals.inputs,
        kind: attributes.kind.clone(),
        tier: attributes.tier.clone().unwrap_or_default(),
        region: attributes.region.clone(),
        labels: attributes.labels.clone().into_iter().collect(),
        revision: attributes.revision,
        plan_versions: position.plan_versions.clone(),
        lines: position
            .lines
            .iter()
            .map(|line| pb::PositionLine { line: Some(nowhere(line)), trace: Some(trace_to_proto(&line.trace)) })
            .collect(),
        totals: totals.into_iter().map(minor_to_proto).collect(),
    })
}
