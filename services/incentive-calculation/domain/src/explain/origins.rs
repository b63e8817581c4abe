//! A true-up in words: one sentence per origin, and what they add up to.

use super::words::amount;
use crate::trace::{LineTrace, OriginCause, OriginTrace};

/// One sentence per origin, then the sum.
pub(super) fn sentences(trace: &LineTrace, payee: &str) -> Vec<String> {
    let count = trace.origins.len();
    let lines =
        if count == 1 { "1 line of a closed period".to_owned() } else { format!("{count} lines of closed periods") };
    let mut out = vec![format!("This settles {lines} of {payee} that would now be stated otherwise.")];
    out.extend(trace.origins.iter().map(sentence));
    let (currency, total) = (trace.amount.currency, &trace.amount.number());
    out.push(format!("Together: {currency} {}; nothing had to be rounded.", amount(total, currency)));
    out
}

/// One origin, without a final dot: for a sentence and for a table.
pub(super) fn short(origin: &OriginTrace) -> String {
    let shown = |money: &tributary_core::MinorAmount| amount(&money.number(), money.currency);
    let (stated, now, difference) = (shown(&origin.stated), shown(&origin.recomputed), shown(&origin.difference));
    format!("stated {stated}, now {now}, difference {difference}")
}

fn sentence(origin: &OriginTrace) -> String {
    let part = if origin.part.is_empty() { String::new() } else { format!(" ({})", origin.part) };
    let why = why(&origin.cause);
    format!("{}, rule {:?} of slot {:?}{part}: {}{why}.", origin.period, origin.rule, origin.slot, short(origin))
}

/// What changed, as the end of a sentence.
pub(super) fn why(cause: &OriginCause) -> String {
    let some = |n: i64, one: &str, many: &str| match n {
        0 => None,
        1 => Some(format!("1 {one}")),
        n => Some(format!("{n} {many}")),
    };
    let plan = match (cause.plan_version_before.as_str(), cause.plan_version_after.as_str()) {
        ("", "") => None,
        ("", now) => Some(format!("{now}, which did not pay before")),
        (before, "") => Some(format!("{before}, which gives no line any more")),
        (before, now) => Some(format!("{now} in the place of {before}")),
    };
    let parts: Vec<String> = [
        some(cause.late_facts, "late fact", "late facts"),
        some(cause.linked_returns, "return linked to its sale", "returns linked to their sales"),
        some(cause.attribute_changes, "change of attributes", "changes of attributes"),
        some(cause.figure_changes, "changed figure", "changed figures"),
        some(cause.rate_changes, "changed exchange rate", "changed exchange rates"),
        some(cause.opening_line_changes, "changed line of an older system", "changed lines of an older system"),
        plan,
        cause.earlier_period.then(|| "a change of an earlier closed period".to_owned()),
    ]
    .into_iter()
    .flatten()
    .collect();
    if parts.is_empty() {
        // Somebody else's change: a shared cap, a downline, a split.
        return "; another payee's change reaches this line".to_owned();
    }
    format!("; because of {}", parts.join(", "))
}
