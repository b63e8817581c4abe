//! A line as a partner's own user may see it: how it came about, without what other partners sold or earned, without their
//! names, and without the labels that the house puts on partners. What is left out is left out of the trace, from which
//! sentences and tables are made.

use tributary_core::{Decimal, Exact, Fault, Reason};

use super::IN_CONDITION;
use crate::{
    reasons::{AMOUNT_OVERFLOW, ASSIGNMENT_UNDECIDED, PARTNER_UNKNOWN, RATE_MISSING},
    run::StatementLine,
    trace::{AttributeTrace, LineTrace, NotFired, StepTrace},
};

/// An attribute that is a label, in a trace and in the words of a condition.
pub(crate) const LABEL: &str = "label";
/// Begins what befell the payee's own sales under a rule that credits others.
pub(crate) const OWN_SALES: &str = "; of the payee's own sales: ";
/// Begins the name of the step of a cap that several lines share.
pub(crate) const SHARED_CAP: &str = "shared cap";
/// The part of a line, and the name of the steps, of somebody who gets a part of others' pools.
pub(crate) const SHARE: &str = "share";
/// The step that leaves a payee its own part of its pool.
pub(crate) const SPLIT: &str = "split";
/// The step that says what the hierarchy did to credited sales.
pub(crate) const HIERARCHY: &str = "hierarchy";
/// Stands between the numbers that were measured and the digest of their facts.
pub(crate) const DIGEST: &str = ", digest ";
/// The measure of a line of parts, once the pools are left out.
pub(super) const PARTS: &str = "parts of pools of other payees";

/// Leaves out of a line what a partner's own user does not see.
pub fn for_partner(line: &mut StatementLine) {
    let shared = line.part == SHARE;
    if shared {
        own_parts(line);
    }
    for hold in &mut line.holds {
        hold.reason = hold_for_partner(shared, &hold.reason);
    }
    let LineTrace { steps, attributes, not_fired, inputs, measure, base, .. } = &mut line.trace;
    for step in steps {
        step.reason = step_for_partner(step);
    }
    attributes.retain(|attribute| !is_label(attribute));
    not_fired.iter_mut().for_each(not_fired_for_partner);
    // What is weighed of other payees; no figure has a space in its name.
    inputs.retain(|input| !(input.input.starts_with("figure ") && input.input.contains(" of ")));
    // A digest of few facts can be guessed at, costs and all.
    for input in inputs {
        if let Some((counted, _)) = input.source.split_once(DIGEST) {
            input.source = counted.to_owned();
        }
    }
    for measure in base.iter_mut().chain([measure]) {
        measure.facts_digest.clear();
    }
}

/// Leaves out of why a rule gave no line what a partner's own user does not see.
pub fn not_fired_for_partner(none: &mut NotFired) {
    if let Some((own, _)) = none.reason.split_once(OWN_SALES) {
        none.reason = own.to_owned();
    }
    if names_label(&none.reason) {
        none.reason = "a condition of the plan is not met".to_owned();
    }
}

/// Why a line is held, as a partner's own user may read it; `shared`: it is a part of others' pools, and so is the reason.
#[must_use]
pub fn hold_for_partner(shared: bool, reason: &str) -> String {
    if shared {
        "what it is a part of is held".to_owned()
    } else if names_label(reason) {
        "a condition of the plan is not met".to_owned()
    } else {
        reason.to_owned()
    }
}

/// Why nothing can be calculated. What the engine refuses names labels and other payees: to a partner's own user (`own`) it is
/// only said that it does.
#[must_use]
pub fn fault_for(own: bool, fault: Fault) -> Fault {
    const NAMING: [Reason; 4] = [ASSIGNMENT_UNDECIDED, AMOUNT_OVERFLOW, PARTNER_UNKNOWN, RATE_MISSING];
    match NAMING.into_iter().find(|reason| own && *reason == fault.reason()) {
        None => fault,
        Some(reason) => Fault::new(reason, "the plans in force cannot be calculated; whoever writes them can tell why"),
    }
}

/// Whether a line, by its name "slot.rule.part", is a part of others' pools.
#[must_use]
pub fn is_part_of_pools(line: &str) -> bool {
    line.split('.').nth(2) == Some(SHARE)
}

/// Of the pools only what came of them: the pools are what others earned.
fn own_parts(line: &mut StatementLine) {
    let own = Decimal::from_i128_with_scale(i128::from(line.amount.value), line.amount.currency.exponent()).normalize();
    line.measure = own;
    let trace = &mut line.trace;
    trace.measure.value = own;
    trace.measure.filter = PARTS.to_owned();
    trace.inputs.clear();
    let step =
        StepTrace { name: SHARE.to_owned(), before: Exact::zero(), after: trace.exact.clone(), reason: String::new() };
    trace.steps = vec![step];
}

fn step_for_partner(step: &StepTrace) -> String {
    match step.name.as_str() {
        SHARE => "the payee's parts of pools of other payees, added up".to_owned(),
        SPLIT => "the rounded amount is split; this part is the payee's own".to_owned(),
        HIERARCHY => "who stood above whom on the days of the sales decided which of them are credited".to_owned(),
        name if name.starts_with(SHARED_CAP) => "it bounds what several lines come to together".to_owned(),
        _ if names_label(&step.reason) => {
            // What was done comes before why.
            let done = step.reason.split_once("; ").map(|(done, _)| done).filter(|done| !names_label(done));
            done.unwrap_or("a condition of the plan decides").to_owned()
        }
        _ => step.reason.clone(),
    }
}

fn is_label(attribute: &AttributeTrace) -> bool {
    let name = attribute.attribute.trim_end_matches(IN_CONDITION);
    name == LABEL || name.strip_prefix(LABEL).is_some_and(|key| key.starts_with(':'))
}

/// Whether a condition in words looks at a label: "label risk is …".
fn names_label(text: &str) -> bool {
    text.match_indices(LABEL)
        .any(|(at, _)| text.get(at.saturating_add(LABEL.len())..).is_some_and(|r| r.starts_with(' ')))
}
