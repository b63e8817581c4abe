//! Writes accruals.

use incentive_calculation_domain::{
    engine::LineResult,
    run::{Statement, StatementLine},
    trace::NotFired,
};
use tributary_core::MinorAmount;
use tributary_proto::tributary::incentive::v1 as pb;
use tributary_rpc::convert::{minor_to_proto, timestamp_to_proto};

use super::{run::line_to_proto, trace::next_tier};
use crate::app::accruals::{Accrual, AccrualPage};

/// Writes the accruals of a page.
#[must_use]
pub fn accruals_to_proto(page: &AccrualPage) -> Vec<pb::Accrual> {
    page.accruals
        .iter()
        .map(|accrual| pb::Accrual {
            programme: format!("programmes/{}", page.programme),
            partner: accrual.payee.attributes.partner.clone(),
            partner_display_name: accrual.payee.attributes.display_name.clone(),
            period: page.period.clone(),
            lines: accrual
                .lines
                .iter()
                .zip(&accrual.next)
                .map(|(line, next)| line_so_far(accrual, line, next))
                .collect(),
            totals: accrual.totals.iter().map(|t| minor_to_proto(*t)).collect(),
            not_fired: accrual.not_fired.iter().map(not_fired).collect(),
            through_batch: page.through_batch,
            newest_batch: page.newest_batch,
            as_of_time: Some(timestamp_to_proto(page.as_of)),
        })
        .collect()
}

fn line_so_far(accrual: &Accrual, line: &LineResult, next: &str) -> pb::AccrualLine {
    // A line is written as a statement writes it; one that nothing states has no name.
    let statement = Statement {
        id: String::new(),
        run: String::new(),
        partner: accrual.payee.attributes.partner.clone(),
        partner_display_name: String::new(),
        partner_business_key: String::new(),
        partner_external_refs: Vec::new(),
        period: String::new(),
        total: MinorAmount { currency: line.amount.currency, value: 0 },
    };
    let stated =
        pb::StatementLine { name: String::new(), ..line_to_proto(&statement, &StatementLine::from(line.clone())) };
    pb::AccrualLine {
        line: Some(stated),
        next_tier: line.trace.next_tier.as_ref().map(next_tier),
        next_tier_sentence: next.to_owned(),
    }
}

fn not_fired(none: &NotFired) -> pb::NotFired {
    pb::NotFired { rule: none.rule.clone(), reason: none.reason.clone() }
}
