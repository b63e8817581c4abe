//! Indicators and conditions: known names, bounds that something can meet, at most four levels.

use tributary_core::{Decimal, Exact, ResourceId, Violations};

use super::{
    measure::{check as check_measure, check_region, unique},
    number::{count, figure, positive},
};
use crate::{
    assignment::{PARTNER_KINDS, within},
    plan::{AttributeCondition, Condition, Indicator, IndicatorCondition, MeasureField, ScoreCard, ScoreOf},
};

const MAX_DEPTH: usize = 4;

/// Adds the violations of an indicator.
pub(super) fn check_indicator(path: &str, indicator: &Indicator, v: &mut Violations) {
    match indicator {
        Indicator::Attainment => {}
        Indicator::Figure(name) => figure(&format!("{path}.figure"), name, v),
        Indicator::Measure(measure) => check_measure(&format!("{path}.measure"), measure, v),
        Indicator::ScoreCard(card) => check_score_card(&format!("{path}.score_card"), card, v),
    }
}

fn check_score_card(path: &str, card: &ScoreCard, v: &mut Violations) {
    count(&format!("{path}.items"), card.items.len(), (1, 20), v);
    for (i, item) in card.items.iter().enumerate() {
        let path = format!("{path}.items[{i}]");
        match &item.of {
            ScoreOf::Figure(name) => figure(&format!("{path}.figure"), name, v),
            ScoreOf::Measure(measure) => check_measure(&format!("{path}.measure"), measure, v),
        }
        positive(&format!("{path}.weight"), item.weight, v);
        positive(&format!("{path}.target"), item.target, v);
        if let Some(cap) = item.cap {
            positive(&format!("{path}.cap"), cap, v);
        }
    }
}

/// Adds the violations of a condition, and one when it can never hold.
pub(super) fn check_condition(path: &str, condition: &Condition, v: &mut Violations) {
    let mut found = Violations::new();
    check_at(path, condition, 1, &mut found);
    let sound = found.is_empty();
    v.extend(found);
    if sound && let Some(why) = impossible(condition) {
        v.add(path, format!("can never hold: {why}"));
    }
}

fn check_at(path: &str, condition: &Condition, depth: usize, v: &mut Violations) {
    if depth > MAX_DEPTH {
        v.add(path, format!("lies more than {MAX_DEPTH} conditions deep; write it flatter"));
        return;
    }
    let next = depth.saturating_add(1);
    match condition {
        Condition::Indicator(bounds) => check_bounds(&format!("{path}.indicator"), bounds, v),
        Condition::Attribute(attribute) => check_attribute(&format!("{path}.attribute"), attribute, v),
        Condition::All(list) | Condition::Any(list) => {
            let name = if matches!(condition, Condition::All(_)) { "all" } else { "any" };
            count(&format!("{path}.{name}.conditions"), list.len(), (1, 20), v);
            for (i, inner) in list.iter().enumerate() {
                check_at(&format!("{path}.{name}.conditions[{i}]"), inner, next, v);
            }
        }
        Condition::Not(inner) => check_at(&format!("{path}.not"), inner, next, v),
    }
}

fn check_bounds(path: &str, bounds: &IndicatorCondition, v: &mut Violations) {
    check_indicator(&format!("{path}.indicator"), &bounds.indicator, v);
    if bounds.at_least.is_none() && bounds.below.is_none() {
        v.add(path, "has no bound; set at_least, below or both");
    }
}

fn check_attribute(path: &str, condition: &AttributeCondition, v: &mut Violations) {
    count(&format!("{path}.values"), condition.values.len(), (1, 100), v);
    unique(&format!("{path}.values"), &condition.values, v);
    let attribute = condition.attribute.as_str();
    let label = attribute.strip_prefix("label:");
    if !matches!(attribute, "tier" | "kind" | "region") && label.is_none_or(str::is_empty) {
        let known = "use \"tier\", \"kind\", \"region\" or \"label:KEY\", such as \"label:certification\"";
        v.add(format!("{path}.attribute"), format!("{attribute:?} is not an attribute; {known}"));
        return;
    }
    for (i, value) in condition.values.iter().enumerate() {
        let field = format!("{path}.values[{i}]");
        match attribute {
            _ if value.is_empty() => v.add(field, "is empty; name one or leave the entry out"),
            "tier" if ResourceId::parse(value).is_err() => {
                v.add(field, format!("{value:?} is not a tier; write it as \"advanced\""));
            }
            "kind" if !PARTNER_KINDS.contains(&value.as_str()) => {
                let known = PARTNER_KINDS.join(", ");
                v.add(field, format!("{value:?} is not a kind of partner; use one of {known}"));
            }
            "region" => check_region(&field, value, v),
            _ => {}
        }
    }
}

/// Why a condition can never hold, as far as its own words show: bounds without a number between them, bounds beyond what
/// an indicator can be, attributes that would need two values at once.
fn impossible(condition: &Condition) -> Option<String> {
    match condition {
        Condition::Indicator(bounds) => empty_bounds(&bounds.indicator, bounds.at_least, bounds.below),
        Condition::Attribute(_) => None,
        Condition::Any(list) => {
            let whys: Option<Vec<String>> = list.iter().map(impossible).collect();
            whys.map(|whys| whys.join("; "))
        }
        Condition::All(_) | Condition::Not(_) => {
            let mut literals = Vec::new();
            flatten(condition, true, &mut literals);
            conflict(&literals)
        }
    }
}

/// The parts that must all hold (or all not hold), through nested `all` and `not`.
fn flatten<'a>(condition: &'a Condition, holds: bool, out: &mut Vec<(&'a Condition, bool)>) {
    match (condition, holds) {
        (Condition::All(list), true) | (Condition::Any(list), false) => {
            list.iter().for_each(|inner| flatten(inner, holds, out));
        }
        (Condition::Not(inner), _) => flatten(inner, !holds, out),
        _ => out.push((condition, holds)),
    }
}

fn conflict(literals: &[(&Condition, bool)]) -> Option<String> {
    let alone = literals.iter().filter(|(_, holds)| *holds).find_map(|(condition, _)| match condition {
        Condition::All(_) | Condition::Not(_) => None,
        other => impossible(other),
    });
    alone.or_else(|| {
        literals.iter().enumerate().find_map(|(i, a)| literals.iter().skip(i + 1).find_map(|b| pair_conflict(a, b)))
    })
}

fn pair_conflict((a, a_holds): &(&Condition, bool), (b, b_holds): &(&Condition, bool)) -> Option<String> {
    match (a, b) {
        (Condition::Attribute(x), Condition::Attribute(y)) if x.attribute == y.attribute => {
            let same = |p: &String, q: &String| match x.attribute.as_str() {
                "region" => within(p, q) || within(q, p),
                _ => p == q,
            };
            let covered = |inner: &AttributeCondition, outer: &AttributeCondition| {
                inner
                    .values
                    .iter()
                    .all(|p| outer.values.iter().any(|q| if x.attribute == "region" { within(p, q) } else { p == q }))
            };
            let clash = match (a_holds, b_holds) {
                (true, true) => !x.values.iter().any(|p| y.values.iter().any(|q| same(p, q))),
                (true, false) => covered(x, y),
                (false, true) => covered(y, x),
                (false, false) => false,
            };
            clash.then(|| format!("its conditions on {:?} exclude each other", x.attribute))
        }
        // Two opposites both hold where the indicator is missing.
        (Condition::Indicator(x), Condition::Indicator(y)) if x.indicator == y.indicator && (*a_holds || *b_holds) => {
            let at_least = bound(x, *a_holds).0.into_iter().chain(bound(y, *b_holds).0).max();
            let below = bound(x, *a_holds).1.into_iter().chain(bound(y, *b_holds).1).min();
            empty_bounds(&x.indicator, at_least, below)
        }
        _ => None,
    }
}

/// The bounds of a condition, or of its opposite where that is one span.
fn bound(condition: &IndicatorCondition, holds: bool) -> (Option<Decimal>, Option<Decimal>) {
    match (holds, condition.at_least, condition.below) {
        (true, at_least, below) => (at_least, below),
        (false, Some(at_least), None) => (None, Some(at_least)),
        (false, None, Some(below)) => (Some(below), None),
        (false, _, _) => (None, None),
    }
}

fn empty_bounds(indicator: &Indicator, at_least: Option<Decimal>, below: Option<Decimal>) -> Option<String> {
    if let Some((low, high)) = at_least.zip(below).filter(|(low, high)| low >= high) {
        return Some(format!("no number is at least {low} and below {high}"));
    }
    let (least, most) = range(indicator);
    if let Some((low, most)) = at_least.zip(most).filter(|(low, most)| Exact::from(*low) > *most) {
        return Some(format!("the score is at most {most}, never at least {low}"));
    }
    below.filter(|high| least && *high <= Decimal::ZERO).map(|high| format!("it is never below {high}"))
}

/// Whether an indicator is never below 0, and the most it can be, where that is known.
fn range(indicator: &Indicator) -> (bool, Option<Exact>) {
    match indicator {
        Indicator::ScoreCard(card) => {
            let weights: Exact = card.items.iter().map(|i| Exact::from(i.weight)).sum();
            let caps = card.items.iter().map(|i| Exact::from(i.weight) * i.cap.unwrap_or(Decimal::ONE).into());
            (true, caps.sum::<Exact>().checked_div(&weights))
        }
        Indicator::Measure(measure) => {
            let counts = matches!(
                measure.field,
                MeasureField::Count
                    | MeasureField::DistinctOrders
                    | MeasureField::DistinctCustomers
                    | MeasureField::DistinctSkus
            );
            (counts, None)
        }
        Indicator::Attainment | Indicator::Figure(_) => (false, None),
    }
}
