//! A parallel run (IC-35): compares what another system stated with our lines, and says of each difference what it looks
//! like.

use std::collections::{BTreeMap, BTreeSet};

use tributary_core::{Currency, Decimal, Exact, Fault, MinorAmount};

use crate::{
    canonical::decimal_text,
    explain::{fact_count, one_sentence},
    reasons::AMOUNT_OVERFLOW,
    run::StatementLine,
};

/// A line of a foreign statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignLine {
    /// The payee as the line names it.
    pub payee: String,
    /// The payee's resource name; `None`: nobody is known by that name.
    pub partner: Option<String>,
    /// What our lines are called; empty: everything stated to the payee.
    pub label: String,
    /// The amount.
    pub amount: MinorAmount,
    /// What the other system measured.
    pub measure: Option<Decimal>,
}

/// A line of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnLine {
    /// Resource name.
    pub name: String,
    /// The payee, resource name.
    pub partner: String,
    /// Name of the payee.
    pub payee: String,
    /// The line.
    pub line: StatementLine,
}

/// What a difference looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// Their amount lies within one minor unit of our exact value.
    Rounding,
    /// They measured something else.
    Facts,
    /// Their amount is what another rate of the rule gives.
    Tier,
    /// They have no such line.
    NotInTheirs,
    /// We have no such line.
    NotInOurs,
    /// Nobody is known by that name.
    PartnerUnknown,
    /// Another amount, and nothing says why.
    Amount,
}

/// A line that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The payee, resource name; empty: not known.
    pub partner: String,
    /// The payee as the foreign line names it, else its name.
    pub payee: String,
    /// The label.
    pub label: String,
    /// Their amount.
    pub theirs: Option<MinorAmount>,
    /// Our amount.
    pub ours: Option<MinorAmount>,
    /// Ours less theirs.
    pub difference: MinorAmount,
    /// What it looks like.
    pub cause: Cause,
    /// Why, in a sentence.
    pub reason: String,
    /// How our amount came about.
    pub explanation: String,
    /// Our line, where there is exactly one.
    pub line: String,
}

/// The sum of differences of a cause and currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Total {
    /// The cause.
    pub cause: Cause,
    /// How many lines.
    pub count: usize,
    /// Their amounts.
    pub theirs: MinorAmount,
    /// Our amounts.
    pub ours: MinorAmount,
    /// Ours less theirs.
    pub difference: MinorAmount,
}

/// What came of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Comparison {
    /// What differs, largest difference first.
    pub differences: Vec<Difference>,
    /// How many pairs and single lines were compared.
    pub compared: usize,
    /// Sums per cause and currency.
    pub totals: Vec<Total>,
}

/// Foreign lines that belong together.
struct Theirs {
    payee: String,
    amount: i64,
    measure: Option<Decimal>,
}

/// Whom and what foreign lines are about: the partner, or the unknown name; label; currency.
type Place = (Result<String, String>, String, Currency);

/// Compares. With `named_only` lines of payees that no foreign line names are left out.
///
/// # Errors
/// `AMOUNT_OVERFLOW` when a sum exceeds 64 bits of minor units.
pub fn compare(foreign: &[ForeignLine], own: &[OwnLine], named_only: bool) -> Result<Comparison, Fault> {
    let mut by_payee: BTreeMap<(&str, Currency), Vec<&OwnLine>> = BTreeMap::new();
    for line in own {
        by_payee.entry((&line.partner, line.line.amount.currency)).or_default().push(line);
    }
    let named: BTreeSet<&str> = foreign.iter().filter_map(|line| line.partner.as_deref()).collect();
    let (mut used, mut result) = (BTreeSet::new(), Comparison::default());
    for ((who, label, currency), theirs) in &gather(foreign)? {
        result.compared = result.compared.saturating_add(1);
        let Ok(partner) = who else {
            result.differences.push(unknown(theirs, label, *currency));
            continue;
        };
        let all = by_payee.get(&(partner.as_str(), *currency)).map(Vec::as_slice).unwrap_or_default();
        let ours: Vec<&OwnLine> = all.iter().filter(|own| is_called(&own.line, label)).copied().collect();
        used.extend(ours.iter().map(|own| own.name.as_str()));
        result.differences.extend(pair(partner, label, *currency, theirs, &ours)?);
    }
    for line in own.iter().filter(|own| !used.contains(own.name.as_str())) {
        // A line of 0.00 that the others do not print is no difference.
        if line.line.amount.value != 0 && (!named_only || named.contains(line.partner.as_str())) {
            result.compared = result.compared.saturating_add(1);
            result.differences.push(not_in_theirs(line));
        }
    }
    result.totals = totals(&result.differences)?;
    result.differences.sort_by(|a, b| {
        let size = |d: &Difference| std::cmp::Reverse(d.difference.value.unsigned_abs());
        (size(a), &a.payee, &a.label).cmp(&(size(b), &b.payee, &b.label))
    });
    Ok(result)
}

/// Adds foreign lines of one payee, label and currency.
fn gather(foreign: &[ForeignLine]) -> Result<BTreeMap<Place, Theirs>, Fault> {
    let mut places: BTreeMap<Place, Theirs> = BTreeMap::new();
    for line in foreign {
        let who = line.partner.clone().ok_or_else(|| line.payee.clone());
        let held = places.entry((who, line.label.clone(), line.amount.currency)).or_insert_with(|| Theirs {
            payee: line.payee.clone(),
            amount: 0,
            measure: None,
        });
        held.amount = held.amount.checked_add(line.amount.value).ok_or_else(|| overflow(&line.payee))?;
        held.measure = match (held.measure, line.measure) {
            (Some(a), Some(b)) => a.checked_add(b),
            (a, b) => a.or(b),
        };
    }
    Ok(places)
}

/// Whether a line goes by a label: everything for none, its id, or the id of its rule.
fn is_called(line: &StatementLine, label: &str) -> bool {
    label.is_empty() || line.id() == label || line.rule == label
}

fn pair(
    partner: &str,
    label: &str,
    currency: Currency,
    theirs: &Theirs,
    ours: &[&OwnLine],
) -> Result<Option<Difference>, Fault> {
    let sum = ours.iter().try_fold(0_i64, |sum, own| sum.checked_add(own.line.amount.value));
    let sum = sum.ok_or_else(|| overflow(&theirs.payee))?;
    let difference = sum.checked_sub(theirs.amount).ok_or_else(|| overflow(&theirs.payee))?;
    if difference == 0 {
        return Ok(None);
    }
    let money = |value| MinorAmount { currency, value };
    let (cause, reason) = match ours {
        [] => (Cause::NotInOurs, not_in_ours(label)),
        lines => why(theirs, currency, lines),
    };
    let explanation: Vec<String> = ours.iter().map(|own| one_sentence(&own.line.trace)).collect();
    let line = if let [own] = ours { own.name.clone() } else { String::new() };
    Ok(Some(Difference {
        partner: partner.to_owned(),
        payee: theirs.payee.clone(),
        label: label.to_owned(),
        theirs: Some(money(theirs.amount)),
        ours: (!ours.is_empty()).then(|| money(sum)),
        difference: money(difference),
        cause,
        reason,
        explanation: explanation.join("; "),
        line,
    }))
}

/// What a difference of amounts looks like.
fn why(theirs: &Theirs, currency: Currency, ours: &[&OwnLine]) -> (Cause, String) {
    let unit = currency.exponent();
    let stated = Exact::from_scaled(i128::from(theirs.amount), unit);
    let exact = ours.iter().fold(Exact::zero(), |sum, own| sum + own.line.exact.clone());
    let lines = i128::try_from(ours.len()).unwrap_or(i128::MAX);
    let shown = MinorAmount { currency, value: theirs.amount };
    if is_within(&stated, &exact, &Exact::from_scaled(lines, unit)) {
        let units = if lines == 1 { "one minor unit" } else { "one minor unit per line" };
        return (Cause::Rounding, format!("{shown} is within {units} of the exact {}: only rounding", exact.display()));
    }
    let [own] = ours else {
        let why = "several of our lines are compared at once; state a label per line to learn which one differs";
        return (Cause::Amount, why.to_owned());
    };
    let measured = own.line.measure;
    if let Some(other) = theirs.measure.filter(|other| *other != measured) {
        let facts = fact_count(own.line.fact_count);
        let (theirs, ours) = (decimal_text(other), decimal_text(measured));
        return (Cause::Facts, format!("they measured {theirs}, we measured {ours} from {facts}"));
    }
    if let Some(rate) = other_rate(own, &stated, unit) {
        return (Cause::Tier, format!("{shown} is what the whole measure gives at the rate {}", decimal_text(rate)));
    }
    let measure = match theirs.measure {
        Some(_) => "the measures agree, so that rates, caps or gates differ".to_owned(),
        None => "state what they measured to tell missing facts from other rates".to_owned(),
    };
    (Cause::Amount, format!("the amounts differ and no rate of the rule explains it; {measure}"))
}

/// The rate of the rule that would give an amount on everything the rule paid on.
fn other_rate(own: &OwnLine, stated: &Exact, unit: u32) -> Option<Decimal> {
    let trace = &own.line.trace;
    let paid_on = trace.slices.iter().fold(Exact::zero(), |sum, slice| sum + Exact::from(slice.amount_in_slice));
    let rates = trace.slices.iter().map(|slice| slice.rate).chain(trace.next_tier.iter().map(|next| next.rate));
    let cent = Exact::from_scaled(1, unit);
    rates.into_iter().find(|rate| is_within(&(paid_on.clone() * Exact::from(*rate)), stated, &cent))
}

/// Whether two values lie less than `most` apart.
fn is_within(a: &Exact, b: &Exact, most: &Exact) -> bool {
    let apart = a.clone() - b.clone();
    let apart = if apart.is_negative() { -apart } else { apart };
    apart < *most
}

fn unknown(theirs: &Theirs, label: &str, currency: Currency) -> Difference {
    let money = |value| MinorAmount { currency, value };
    Difference {
        partner: String::new(),
        payee: theirs.payee.clone(),
        label: label.to_owned(),
        theirs: Some(money(theirs.amount)),
        ours: None,
        difference: money(theirs.amount.saturating_neg()),
        cause: Cause::PartnerUnknown,
        reason: format!("no partner is known as {}; create it, or correct the key", theirs.payee),
        explanation: String::new(),
        line: String::new(),
    }
}

fn not_in_theirs(own: &OwnLine) -> Difference {
    let amount = own.line.amount;
    Difference {
        partner: own.partner.clone(),
        payee: own.payee.clone(),
        label: own.line.id(),
        theirs: None,
        ours: Some(amount),
        difference: amount,
        cause: Cause::NotInTheirs,
        reason: "their statement has no such line".to_owned(),
        explanation: one_sentence(&own.line.trace),
        line: own.name.clone(),
    }
}

fn not_in_ours(label: &str) -> String {
    if label.is_empty() {
        "we state nothing to this payee in this currency: it has no facts in the period, or no plan fits it".to_owned()
    } else {
        format!("we have no line {label:?} for this payee in this currency: no facts in the period, or another label")
    }
}

fn totals(differences: &[Difference]) -> Result<Vec<Total>, Fault> {
    let mut sums: BTreeMap<(Cause, Currency), (usize, i64, i64)> = BTreeMap::new();
    for d in differences {
        let held = sums.entry((d.cause, d.difference.currency)).or_default();
        let add = |sum: i64, amount: Option<MinorAmount>| {
            sum.checked_add(amount.map_or(0, |a| a.value)).ok_or_else(|| overflow("the differences"))
        };
        *held = (held.0.saturating_add(1), add(held.1, d.theirs)?, add(held.2, d.ours)?);
    }
    let total = |((cause, currency), (count, theirs, ours)): ((Cause, Currency), (usize, i64, i64))| {
        let money = |value| MinorAmount { currency, value };
        let difference = ours.checked_sub(theirs).ok_or_else(|| overflow("the differences"))?;
        Ok(Total { cause, count, theirs: money(theirs), ours: money(ours), difference: money(difference) })
    };
    sums.into_iter().map(total).collect()
}

fn overflow(whose: &str) -> Fault {
    let message = format!("the amounts of {whose} exceed 64 bits of minor units; look for an amount of absurd size");
    Fault::new(AMOUNT_OVERFLOW, message)
}
