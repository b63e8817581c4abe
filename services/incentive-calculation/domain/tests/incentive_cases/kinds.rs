//! From the kind of a case to the rule of a plan.

use std::collections::BTreeMap;

use incentive_calculation_domain::plan::{
    Curve, CurveEnd, CurveOf, CurvePoint, EdgeScale, EdgeSide, Marginal, MeasureField, MissingTarget, PaidOn, PartStep,
    PerFact, Reward, Rule, Step, Target, TargetOf, Tier, TierTable, WholeVolume,
};
use serde_json::Value;
use tributary_core::{Decimal, Exact};

use crate::{
    case::{Case, number},
    pay::{Fact, added, lines, paid, rule},
};

/// What comes out of a case, by the names that cases use.
pub type Found = BTreeMap<&'static str, Exact>;

const AMOUNT: &[&str] = &["amount", "base", "sales", "revenue"];
const UNITS: &[&str] = &["units", "count", "quantity"];

/// Pays a case. Kinds are a model with an ending that says how its facts come: `_sum` one by one, `_incremental` on top
/// of what came before.
pub fn run(case: &Case<'_>) -> Result<Found, String> {
    let kind = case.kind();
    match kind {
        "percentage_per_event" | "percentage_per_event_capped" => return per_event(case),
        "clawback_fraction" => return clawback_fraction(case),
        "clawback_prorata" => return clawback_prorata(case),
        "refund_nets_to_zero" => return refund(case),
        "slab_fixed_sum" => return on_inputs(case, graduated(slabs(case)?, false), MeasureField::Quantity, UNITS),
        "slab_fixed_reached" => return on_inputs(case, whole(slabs(case)?), MeasureField::Quantity, UNITS),
        _ => {}
    }
    if let Some(model) = kind.strip_suffix("_incremental") {
        let rule = rule_of(case, model)?;
        let before = case.number(&["already"])?;
        let transaction = case.number(&["transaction"])?;
        let january: Vec<Fact> = Some(before).filter(|b| !b.is_zero()).map(|b| fact(&rule, b)).into_iter().collect();
        let amount = added(rule.clone(), &january, &[fact(&rule, transaction)])?;
        return Ok(with_ratio(amount, transaction));
    }
    if let Some(model) = kind.strip_suffix("_sum") {
        return one_by_one(case, model);
    }
    let rule = rule_of(case, kind)?;
    let names = if measures_units(&rule) { UNITS } else { AMOUNT };
    on_rule(case, rule, names)
}

/// The rule of a model over one measure.
fn rule_of(case: &Case<'_>, model: &str) -> Result<Rule, String> {
    let (units, net) = (MeasureField::Quantity, MeasureField::Net);
    Ok(match model {
        "graduated_units" => rule(units, graduated(tiers(case, EdgeSide::UpperInclusive)?, flat_at_zero(case)?)),
        "graduated_percentage" => rule(net, graduated(tiers(case, EdgeSide::UpperInclusive)?, flat_at_zero(case)?)),
        "volume" => {
            flat_at_zero(case)?;
            rule(units, whole(tiers(case, EdgeSide::UpperInclusive)?))
        }
        "marginal_commission" | "interpolated_rate" => {
            rule(net, graduated(tiers(case, EdgeSide::LowerInclusive)?, flat_at_zero(case)?))
        }
        "retroactive_rate" | "retroactive_lower_edges" => rule(net, whole(tiers(case, EdgeSide::LowerInclusive)?)),
        "section_whole_base_inclusive" => rule(net, whole(sections(case)?)),
        "quota_attainment_marginal" | "quota_attainment_retroactive" => {
            let mut table = table(case.list(&["bands", "tiers"])?, EdgeSide::LowerInclusive)?;
            table.edge_scale = EdgeScale::ShareOfTarget;
            let reward = if model.ends_with("marginal") { graduated(table, false) } else { whole(table) };
            let quota = case.number(&["quota", "target"])?;
            let target = Target { of: TargetOf::Amount(quota), missing: MissingTarget::Skip };
            Rule { target: Some(target), ..rule(net, reward) }
        }
        "target_bonus" => {
            let reached = Tier {
                from: case.number(&["target"])?,
                rate: case.optional(&["rate"])?.unwrap_or_default(),
                flat: case.optional(&["bonus"])?.unwrap_or_default(),
                ..Tier::default()
            };
            rule(net, whole(TierTable { tiers: vec![Tier::default(), reached], ..TierTable::default() }))
        }
        "interpolated_amount" => rule(net, curve(case.list(&["tiers"])?)?),
        "package" => {
            let step = Step {
                above: case.optional(&["free_units"])?.unwrap_or_default(),
                step: case.number(&["package_size"])?,
                amount: case.number(&["package_price"])?,
                part_step: PartStep::Whole,
                max_steps: 0,
                edge_scale: EdgeScale::Absolute,
            };
            rule(units, Reward::Step(step))
        }
        other => return Err(format!("{other:?} is a kind of case that no rule is made of yet")),
    })
}

/// A model on every transaction for itself, then added.
fn one_by_one(case: &Case<'_>, model: &str) -> Result<Found, String> {
    if case.field("per").and_then(Value::as_str).is_some_and(|per| per != "transaction") {
        return Err(format!("per {:?} is not known", case.field("per")));
    }
    let whole = rule_of(case, model)?;
    let values = case.numbers(&["transactions", "events"])?;
    let facts: Vec<Fact> = values.iter().map(|value| fact(&whole, *value)).collect();
    let amount = match &whole.reward {
        // A table may be read on each fact (R00).
        Reward::Marginal(marginal) => {
            let reward = PerFact { table: Some(marginal.table.clone()), ..PerFact::default() };
            paid(Rule { reward: Reward::PerFact(reward), ..whole.clone() }, &facts)?
        }
        // Other rewards look at a payee's sum: each transaction is a payee.
        _ => {
            let apart = facts.iter().zip(0..).map(|(fact, payee)| Fact { payee, ..*fact });
            paid(whole.clone(), &apart.collect::<Vec<_>>())?
        }
    };
    Ok(with_ratio(amount, values.iter().sum()))
}

fn per_event(case: &Case<'_>) -> Result<Found, String> {
    let reward = PerFact {
        rate: case.optional(&["rate"])?.unwrap_or_default(),
        per_fact: case.optional(&["fixed_per_event"])?.unwrap_or_default(),
        floor: case.optional(&["min"])?,
        cap: case.optional(&["max"])?,
        ..PerFact::default()
    };
    let mut events = Vec::new();
    if case.field("events").is_some() {
        events = case.numbers(&["events"])?;
    } else {
        // Only total and count are known: any events that add up to it.
        let (total, count) = (case.number(&["events_total"])?, case.number(&["event_count"])?);
        for _ in 1..i64::try_from(count.mantissa()).map_err(|e| e.to_string())? {
            events.push(Decimal::ZERO);
        }
        if !count.is_zero() {
            events.push(total);
        }
    }
    let facts: Vec<Fact> = events.iter().map(|event| Fact::of(*event)).collect();
    Ok(with_ratio(paid(rule(MeasureField::Net, Reward::PerFact(reward)), &facts)?, events.iter().sum()))
}

/// Everything is earned at one to one; a return of the share takes back what the sale earned.
fn clawback_fraction(case: &Case<'_>) -> Result<Found, String> {
    let (earned, fraction) = (case.number(&["earned"])?, case.number(&["fraction"])?);
    let reward = || Reward::PerFact(PerFact { rate: Decimal::ONE, ..PerFact::default() });
    let back = Fact { sale: Some(0), ..Fact::of(-(earned * fraction)) };
    let before = paid(rule(MeasureField::Net, reward()), &[Fact::of(earned)])?;
    let net = paid(rule(MeasureField::Net, reward()), &[Fact::of(earned), back])?;
    Ok(Found::from([("adjustment", net.clone() - before), ("net", net.clone()), ("amount", net)]))
}

/// The share that is taken back falls from all of it to nothing over the term: a table by months served.
fn clawback_prorata(case: &Case<'_>) -> Result<Found, String> {
    let (term, kept) = (case.number(&["term_months"])?, case.number(&["months_kept"])?);
    let points = [(Decimal::ZERO, Decimal::ONE), (term, Decimal::ZERO)];
    let curve = Curve {
        points: points.map(|(at, value)| CurvePoint { at, value }).to_vec(),
        of: CurveOf::Amount,
        edge_scale: EdgeScale::Absolute,
        paid_on: PaidOn::Measure,
        below: CurveEnd::Level,
        above: CurveEnd::Level,
    };
    let fraction = paid(rule(MeasureField::Quantity, Reward::Curve(curve)), &[Fact::units(kept)])?;
    let mut found = Found::from([("fraction", fraction.clone())]);
    if let Some(earned) = case.optional(&["earned"])? {
        let back = fraction * Exact::from(earned);
        found.insert("adjustment", -back.clone());
        found.insert("net", Exact::from(earned) - back);
    }
    Ok(found)
}

fn refund(case: &Case<'_>) -> Result<Found, String> {
    let reward = PerFact { rate: case.number(&["rate"])?, ..PerFact::default() };
    let invoices = case.numbers(&["invoices", "transactions", "events"])?;
    let facts: Vec<Fact> = invoices.iter().map(|invoice| Fact::of(*invoice)).collect();
    Ok(with_ratio(paid(rule(MeasureField::Net, Reward::PerFact(reward)), &facts)?, invoices.iter().sum()))
}

fn on_inputs(case: &Case<'_>, reward: Reward, field: MeasureField, names: &[&str]) -> Result<Found, String> {
    on_rule(case, rule(field, reward), names)
}

/// One fact with the case's number; the rate is the one that the highest slice was paid at.
fn on_rule(case: &Case<'_>, rule: Rule, names: &[&str]) -> Result<Found, String> {
    let x = case.number(names)?;
    let facts = [fact(&rule, x)];
    let lines = lines(rule, &facts)?;
    let amount: Exact = lines.iter().map(|line| line.exact.clone()).sum();
    let mut found = with_ratio(amount, x);
    if let Some(slice) = lines.first().and_then(|line| line.trace.slices.last()) {
        found.insert("rate", slice.rate.into());
    }
    Ok(found)
}

fn with_ratio(amount: Exact, x: Decimal) -> Found {
    let blended = amount.checked_div(&x.into());
    let amount = ("amount", amount);
    [Some(amount), blended.map(|ratio| ("blended_rate", ratio))].into_iter().flatten().collect()
}

fn measures_units(rule: &Rule) -> bool {
    rule.measure.as_ref().is_some_and(|m| m.field == MeasureField::Quantity)
}

fn fact(rule: &Rule, value: Decimal) -> Fact {
    if measures_units(rule) { Fact::units(value) } else { Fact::of(value) }
}

fn graduated(table: TierTable, first_flat_at_zero: bool) -> Reward {
    Reward::Marginal(Marginal { table, first_flat_at_zero, retrospective: None })
}

fn whole(table: TierTable) -> Reward {
    Reward::WholeVolume(WholeVolume { table, paid_on: PaidOn::Measure })
}

fn tiers(case: &Case<'_>, side: EdgeSide) -> Result<TierTable, String> {
    table(case.list(&["tiers"])?, side)
}

/// Whether the first flat is due on nothing.
fn flat_at_zero(case: &Case<'_>) -> Result<bool, String> {
    match case.field("zero_units").and_then(Value::as_str) {
        None => Ok(false),
        Some(text) if text.contains("not charged") => Ok(false),
        Some(text) if text.contains("charged") => Ok(true),
        Some(text) => Err(format!("zero_units {text:?} is not known")),
    }
}

/// A table of tiers with lower and upper edges, rates, flats and sides, whatever of them a case has. A last tier with an
/// upper edge is followed by one that pays nothing.
fn table(list: &[Value], edge_side: EdgeSide) -> Result<TierTable, String> {
    let mut tiers = Vec::new();
    for value in list {
        let get = |name: &str| value.get(name).filter(|v| !v.is_null()).map(number).transpose();
        let known = ["lower", "upper", "rate", "flat", "lower_inclusive"];
        if let Some(other) = value.as_object().and_then(|o| o.keys().find(|k| !known.contains(&k.as_str()))) {
            return Err(format!("a tier has a field {other:?} that no rule is made of"));
        }
        tiers.push(Tier {
            from: get("lower")?.ok_or("a tier has no lower edge")?,
            to: get("upper")?,
            rate: get("rate")?.unwrap_or_default(),
            flat: get("flat")?.unwrap_or_default(),
            edge_side: value
                .get("lower_inclusive")
                .and_then(Value::as_bool)
                .map(|inclusive| if inclusive { EdgeSide::LowerInclusive } else { EdgeSide::UpperInclusive }),
        });
    }
    if let Some(from) = tiers.last().and_then(|tier| tier.to) {
        tiers.push(Tier { from, ..Tier::default() });
    }
    if let Some(from) = tiers.first().map(|tier| tier.from).filter(|from| !from.is_zero()) {
        tiers.insert(0, Tier { to: Some(from), ..Tier::default() });
    }
    Ok(TierTable { tiers, edge_side, ..TierTable::default() })
}

/// Fixed amounts per slab.
fn slabs(case: &Case<'_>) -> Result<TierTable, String> {
    let list: Result<Vec<Value>, String> = case.list(&["slabs", "tiers"])?.iter().map(renamed).collect();
    table(&list?, EdgeSide::UpperInclusive)
}

fn renamed(slab: &Value) -> Result<Value, String> {
    let mut fields = slab.as_object().cloned().ok_or("a slab is not an object")?;
    if let Some(amount) = fields.remove("amount") {
        fields.insert("flat".to_owned(), amount);
    }
    Ok(Value::Object(fields))
}

/// Sections with both edges inside; between and beyond them nothing is paid. Where two meet, the lower one has the edge.
fn sections(case: &Case<'_>) -> Result<TierTable, String> {
    let mut tiers = vec![Tier::default()];
    for value in case.list(&["sections"])? {
        let get = |name: &str| value.get(name).filter(|v| !v.is_null()).map(number).transpose();
        let from = get("from_")?.or(get("from")?).or(get("lower")?).ok_or("a section has no lower edge")?;
        let to = get("to")?.or(get("upper")?);
        let rate = get("rate")?.ok_or("a section has no rate")?;
        match tiers.last_mut().filter(|last| last.from == from) {
            Some(last) => last.rate = rate,
            None => tiers.push(Tier { from, rate, ..Tier::default() }),
        }
        if let Some(to) = to {
            tiers.push(Tier { from: to, edge_side: Some(EdgeSide::UpperInclusive), ..Tier::default() });
        }
    }
    Ok(TierTable { tiers, edge_side: EdgeSide::LowerInclusive, ..TierTable::default() })
}

/// The full amount of each lower tier and a proportional share of the reached one: a curve through the running sums.
fn curve(tiers: &[Value]) -> Result<Reward, String> {
    let mut points = Vec::new();
    let mut sum = Decimal::ZERO;
    for tier in tiers {
        let get = |name: &str| tier.get(name).filter(|v| !v.is_null()).map(number).transpose();
        if points.is_empty() {
            let at = get("lower")?.ok_or("a tier has no lower edge")?;
            points.push(CurvePoint { at, value: Decimal::ZERO });
        }
        sum += get("tier_amount")?.or(get("amount")?).ok_or("a tier has no amount")?;
        points.push(CurvePoint { at: get("upper")?.ok_or("an interpolated tier has no upper edge")?, value: sum });
    }
    Ok(Reward::Curve(Curve {
        points,
        of: CurveOf::Amount,
        edge_scale: EdgeScale::Absolute,
        paid_on: PaidOn::Measure,
        below: CurveEnd::Nothing,
        above: CurveEnd::Level,
    }))
}
