//! Runs the examples of a plan through the very engine that pays. Assignments are left aside: an example has names, not
//! attributes.

mod inputs;

use std::collections::HashSet;

use tributary_core::{Currency, Decimal, Fault, Period, Violations};

use super::{ExampleFact, ExampleLine, PlanExample, PlanSpec, digest};
use crate::{
    canonical::decimal_text,
    engine::{Engine, LineResult, MeasuredFact, PlanInRun},
    explain::one_sentence,
    fact::{FactKind, QUANTITY_SCALE, amount_at_fact_scale, at_scale},
};
use inputs::{SLOT, World, currency_of, partner_of, world};

/// Adds the violations of every example.
pub(super) fn check(spec: &PlanSpec, v: &mut Violations) {
    let everybody = PlanSpec { assignments: Vec::new(), examples: Vec::new(), ..spec.clone() };
    let digest = digest(spec);
    for (i, example) in spec.examples.iter().enumerate() {
        let mut found = Violations::new();
        check_one(&everybody, &digest, example, &mut found);
        v.nest(&format!("examples[{i}]"), found);
    }
}

fn check_one(spec: &PlanSpec, digest: &str, example: &PlanExample, v: &mut Violations) {
    let period = v.check("period", example.period.parse::<Period>());
    let facts: Vec<Option<Amounts>> =
        example.facts.iter().enumerate().map(|(j, fact)| amounts(&format!("facts[{j}]"), fact, v)).collect();
    let keys = source_ids(&example.facts, v);
    let expected: Vec<Option<Key>> =
        example.expect.iter().enumerate().map(|(j, line)| key(&format!("expect[{j}]"), spec, line, v)).collect();
    let Some(period) = period else { return };
    let world = world(spec, example, period, v);
    if !v.is_empty() {
        return;
    }
    if !spec.takes_part(period) {
        if !expected.is_empty() {
            v.add(
                "period",
                format!("{period} does not lie wholly inside the plan's effective bounds, so nothing is paid"),
            );
        }
        return;
    }
    let facts: Vec<(&str, &ExampleFact, &Amounts)> = keys
        .iter()
        .zip(&example.facts)
        .zip(&facts)
        .filter_map(|((key, fact), amounts)| Some((key.as_str(), fact, amounts.as_ref()?)))
        .collect();
    match run(spec, digest, period, facts, &world) {
        Ok(lines) => compare(&lines, example, &expected, v),
        Err(fault) => v.add("facts", fault.message()),
    }
}

/// Keys of the facts: as stated, else their places.
fn source_ids(facts: &[ExampleFact], v: &mut Violations) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut keys = Vec::with_capacity(facts.len());
    for (j, fact) in facts.iter().enumerate() {
        let key = if fact.source_id.is_empty() { format!("{j:06}") } else { fact.source_id.clone() };
        if !seen.insert(key.clone()) {
            v.add(format!("facts[{j}].source_id"), format!("{key:?} names an earlier fact; give each fact its own"));
        }
        keys.push(key);
    }
    keys
}

/// Amounts of a fact at their scales.
struct Amounts {
    currency: Currency,
    net: i64,
    gross: i64,
    cost: i64,
    quantity: i64,
}

/// Partner, rule, part and currency of a line.
type Key = (String, String, String, Currency);

fn amounts(path: &str, fact: &ExampleFact, v: &mut Violations) -> Option<Amounts> {
    let currency = v.check(&format!("{path}.currency"), currency_of(&fact.currency))?;
    let mut amount = |field: &str, value: Option<Decimal>| {
        let value = value.unwrap_or_default();
        let field = format!("{path}.{field}");
        if fact.kind == Some(FactKind::Return) && value > Decimal::ZERO {
            v.add(&*field, format!("{value} is above 0 on a RETURN; state what comes back as a negative number"));
        }
        let scaled = if field.ends_with(".quantity") {
            at_scale(value, QUANTITY_SCALE)
                .ok_or_else(|| format!("{value} has more than {QUANTITY_SCALE} decimals or is too large"))
        } else {
            amount_at_fact_scale(currency, value)
        };
        v.check(&field, scaled)
    };
    let (net, gross) = (amount("net", fact.net), amount("gross", fact.gross));
    let (cost, quantity) = (amount("cost", fact.cost), amount("quantity", fact.quantity));
    Some(Amounts { currency, net: net?, gross: gross?, cost: cost?, quantity: quantity? })
}

fn key(path: &str, spec: &PlanSpec, line: &ExampleLine, v: &mut Violations) -> Option<Key> {
    if !spec.rules.iter().any(|rule| rule.id == line.rule) {
        let known: Vec<&str> = spec.rules.iter().map(|rule| rule.id.as_str()).collect();
        let remedy = format!("use one of {}", known.join(", "));
        v.add(format!("{path}.rule"), format!("{:?} is no rule of this plan; {remedy}", line.rule));
    }
    let currency = v.check(&format!("{path}.currency"), currency_of(&line.currency))?;
    Some((partner_of(&line.partner).to_owned(), line.rule.clone(), line.part.clone(), currency))
}

fn run(
    spec: &PlanSpec,
    digest: &str,
    period: Period,
    mut facts: Vec<(&str, &ExampleFact, &Amounts)>,
    world: &World,
) -> Result<Vec<LineResult>, Fault> {
    let plan =
        PlanInRun { slot: SLOT.to_owned(), version_name: String::new(), digest: digest.to_owned(), spec: spec.clone() };
    let mut engine = Engine::new(period, vec![plan]);
    // The engine takes facts in the order of their keys.
    facts.sort_by_key(|(key, ..)| *key);
    for (key, fact, amounts) in &facts {
        engine.absorb(&measured(key, fact, amounts, world));
    }
    let wanted = engine.wanted_sales();
    for (key, fact, amounts) in facts.iter().filter(|(key, ..)| wanted.iter().any(|(_, id)| id == key)) {
        engine.absorb_sale(&measured(key, fact, amounts, world));
    }
    engine.finish(&world.inputs)
}

fn measured<'a>(key: &'a str, fact: &'a ExampleFact, amounts: &Amounts, world: &World) -> MeasuredFact<'a> {
    MeasuredFact {
        payee: world.number(partner_of(&fact.partner)),
        day: fact.occurred_on.days(),
        kind: fact.kind.unwrap_or(FactKind::SellIn),
        currency: amounts.currency,
        net: amounts.net,
        gross: amounts.gross,
        cost: amounts.cost,
        quantity: amounts.quantity,
        product_line: &fact.product_line,
        sku: &fact.sku,
        channel: fact.channel,
        sub_channel: &fact.sub_channel,
        order_id: &fact.order_id,
        customer_key: &fact.customer_key,
        original_source_id: &fact.original_source_id,
        region: &fact.region,
        source_system: "example",
        source_id: key,
        content_hash: &[0; 32],
    }
}

fn compare(lines: &[LineResult], example: &PlanExample, expected: &[Option<Key>], v: &mut Violations) {
    let of =
        |line: &LineResult| (line.business_key.clone(), line.rule.clone(), line.part.clone(), line.amount.currency);
    let mut seen = HashSet::new();
    for (j, (want, key)) in example.expect.iter().zip(expected.iter().flatten()).enumerate() {
        let field = format!("expect[{j}].amount");
        if !seen.insert(key) {
            v.add(field, "this line is expected twice; leave one out");
            continue;
        }
        let Some(line) = lines.iter().find(|line| of(line) == *key) else {
            let why = why_not(lines, key);
            v.add(field, format!("expected {} {}, but the plan gives no line: {why}", key.3, want.amount));
            continue;
        };
        let actual = line.amount.number();
        let how = one_sentence(&line.trace);
        if Decimal::from_str_exact(&actual) != Ok(want.amount) {
            v.add(field, format!("expected {}, the plan gives {actual}: {how}", decimal_text(want.amount)));
        }
        if want.exact.is_some_and(|exact| line.exact != exact.into()) {
            let exact = want.exact.map(decimal_text).unwrap_or_default();
            v.add(format!("expect[{j}].exact"), format!("expected {exact}, the plan gives {}: {how}", line.exact));
        }
        let given = line.in_kind.as_ref().map(|good| good.quantity);
        if want.quantity.is_some_and(|quantity| given != Some(quantity.normalize())) {
            let quantity = want.quantity.map(decimal_text).unwrap_or_default();
            let given = given.map_or_else(|| "nothing in kind".to_owned(), decimal_text);
            v.add(format!("expect[{j}].quantity"), format!("expected {quantity}, the plan gives {given}: {how}"));
        }
    }
    for line in lines.iter().filter(|line| !seen.contains(&of(line))) {
        let part = if line.part.is_empty() { String::new() } else { format!(", part {:?}", line.part) };
        let what = format!("partner {:?}, rule {:?}{part}", line.business_key, line.rule);
        let how = one_sentence(&line.trace);
        v.add("expect", format!("the plan gives {} for {what}, which is not expected: {how}", line.amount));
    }
}

/// Why a rule gave no line, as its neighbours' traces say.
fn why_not(lines: &[LineResult], (partner, rule, _, currency): &Key) -> String {
    lines
        .iter()
        .filter(|line| line.business_key == *partner && line.amount.currency == *currency)
        .flat_map(|line| &line.trace.not_fired)
        .find(|n| n.rule == *rule)
        .map_or_else(
            || {
                format!(
                    "partner {partner:?} has no fact in {currency} in the period that passes the measure, or no base"
                )
            },
            |n| n.reason.clone(),
        )
}
