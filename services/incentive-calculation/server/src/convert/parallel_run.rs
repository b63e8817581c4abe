//! Foreign statement lines, and what came of comparing them.

use incentive_calculation_domain::parallel_run::{Cause, Comparison, Difference, Total};
use tributary_core::{Fault, Violations};
use tributary_proto::tributary::incentive::v1 as pb;
use tributary_rpc::convert::{decimal, minor_amount, minor_to_proto};

use super::figure::{Named, named};
use crate::app::parallel_run::NamedLine;

/// Decimals of a measure.
const DECIMALS: u32 = 15;
/// Differences that are told; totals count all of them.
const TOLD: usize = 1_000;

/// Reads foreign lines.
///
/// # Errors
/// `INVALID_REQUEST` with every violation.
pub fn foreign_lines(lines: Vec<pb::ForeignLine>) -> Result<Vec<NamedLine>, Fault> {
    let mut all = Violations::new();
    let mut read = Vec::with_capacity(lines.len());
    for (i, line) in lines.into_iter().enumerate() {
        let mut v = Violations::new();
        let partner = named(line.partner_ref.map(Named::from), &mut v);
        let amount = match &line.amount {
            Some(amount) => v.check("amount", minor_amount(amount)),
            None => {
                v.add("amount", "is missing; state what was stated, 0 if it was nothing");
                None
            }
        };
        let measure = line.measure.as_ref().and_then(|value| v.check("measure", decimal(value, DECIMALS)));
        if let Some((partner, amount)) = partner.zip(amount) {
            read.push(NamedLine { partner, label: line.label, amount, measure });
        }
        all.nest(&format!("lines[{i}]"), v);
    }
    if all.is_empty() { Ok(read) } else { Err(Fault::invalid(all)) }
}

/// Writes a comparison.
#[must_use]
pub fn comparison_to_proto(comparison: &Comparison) -> pb::CompareStatementsResponse {
    let count = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
    let different = comparison.differences.len();
    pb::CompareStatementsResponse {
        differences: comparison.differences.iter().take(TOLD).map(difference).collect(),
        compared_count: count(comparison.compared),
        equal_count: count(comparison.compared.saturating_sub(different)),
        different_count: count(different),
        totals: comparison.totals.iter().map(total).collect(),
    }
}

fn cause(cause: Cause) -> pb::ForeignDifferenceCause {
    match cause {
        Cause::Rounding => pb::ForeignDifferenceCause::Rounding,
        Cause::Facts => pb::ForeignDifferenceCause::Facts,
        Cause::Tier => pb::ForeignDifferenceCause::Tier,
        Cause::NotInTheirs => pb::ForeignDifferenceCause::NotInTheirs,
        Cause::NotInOurs => pb::ForeignDifferenceCause::NotInOurs,
        Cause::PartnerUnknown => pb::ForeignDifferenceCause::PartnerUnknown,
        Cause::Amount => pb::ForeignDifferenceCause::Amount,
    }
}

fn difference(d: &Difference) -> pb::StatementDifference {
    pb::StatementDifference {
        partner: d.partner.clone(),
        payee: d.payee.clone(),
        label: d.label.clone(),
        theirs: d.theirs.map(minor_to_proto),
        ours: d.ours.map(minor_to_proto),
        difference: Some(minor_to_proto(d.difference)),
        cause: cause(d.cause).into(),
        reason: d.reason.clone(),
        explanation: d.explanation.clone(),
        line: d.line.clone(),
    }
}

fn total(total: &Total) -> pb::DifferenceTotal {
    pb::DifferenceTotal {
        cause: cause(total.cause).into(),
        count: i32::try_from(total.count).unwrap_or(i32::MAX),
        theirs: Some(minor_to_proto(total.theirs)),
        ours: Some(minor_to_proto(total.ours)),
        difference: Some(minor_to_proto(total.difference)),
    }
}
