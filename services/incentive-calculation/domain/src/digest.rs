//! The digest of a run: equal for equal inputs, on any store, in any order of ingest, with any number of workers.

use sha2::{Digest as _, Sha256};

use crate::{
    canonical::{Canonical, decimal_text},
    engine::LineResult,
};

/// The canonical text of a line (see [`crate::canonical`]): first line "tributary.line.v1", then payee (its business
/// key), slot, rule, currency, measure, base, numerator and denominator of the exact value, amount in major units with
/// all decimals of the minor unit, fact_count, facts_digest. Then, each a line only where it is set, because they came
/// later: part, target, in_kind ("SORT item quantity value"), a hold_reason with its hold_until per hold, carried (as
/// numerator/denominator). No server ids, no times.
#[must_use]
pub fn line_text(line: &LineResult) -> String {
    let mut text = Canonical::new("tributary.line.v1")
        .field("payee", &line.business_key)
        .field("slot", &line.slot)
        .field("rule", &line.rule)
        .field("currency", line.amount.currency.code())
        .field("measure", &decimal_text(line.measure))
        .optional("base", line.base.map(decimal_text).as_deref())
        .field("numerator", &line.exact.numerator().to_string())
        .field("denominator", &line.exact.denominator().to_string())
        .field("amount", &line.amount.number())
        .field("fact_count", &line.fact_count.to_string())
        .field("facts_digest", &line.trace.measure.facts_digest);
    if !line.part.is_empty() {
        text = text.field("part", &line.part);
    }
    if let Some(target) = line.trace.target {
        text = text.field("target", &decimal_text(target));
    }
    if let Some(good) = &line.in_kind {
        let (quantity, value) = (decimal_text(good.quantity), good.value.number());
        text = text.field("in_kind", &format!("{} {} {quantity} {value}", good.sort.name(), good.item));
    }
    for hold in &line.holds {
        let until = hold.until.map(|day| day.to_string());
        text = text.field("hold_reason", &hold.reason).optional("hold_until", until.as_deref());
    }
    if let Some(carried) = &line.trace.carried {
        text = text.field("carried", &format!("{}/{}", carried.numerator(), carried.denominator()));
    }
    text.text()
}

/// SHA-256 over the canonical texts of the lines, sorted by their bytes, one after the other; lower-case hex.
#[must_use]
pub fn run_digest<'a>(lines: impl IntoIterator<Item = &'a LineResult>) -> String {
    let mut texts: Vec<String> = lines.into_iter().map(line_text).collect();
    texts.sort_unstable();
    let mut hash = Sha256::new();
    for text in &texts {
        hash.update(text.as_bytes());
    }
    hex::encode(hash.finalize())
}

/// SHA-256 of bytes, lower-case hex.
#[must_use]
pub fn sha256(bytes: impl AsRef<[u8]>) -> String {
    hex::encode(Sha256::digest(bytes))
}
