//! Runs the examples of a plan through the very engine that pays. Assignments are left aside: an example has names, not
//! attributes.

use std::collections::{BTreeMap, HashSet};

use tributary_core::{Currency, Decimal, Period, Violations};

use super::{ExampleFact, ExampleLine, PlanExample, PlanSpec, digest};
use crate::{
    assignment::Attributes,
    canonical::decimal_text,
    engine::{Engine, Inputs, LineResult, MeasuredFact, PlanInRun},
    explain::one_sentence,
    fact::{FactKind, QUANTITY_SCALE, amount_at_fact_scale, at_scale},
};

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
    let expected: Vec<Option<Key>> =
        example.expect.iter().enumerate().map(|(j, line)| key(&format!("expect[{j}]"), spec, line, v)).collect();
    let Some(period) = period.filter(|_| v.is_empty()) else { return };
    if !spec.takes_part(period) {
        if !expected.is_empty() {
            v.add(
                "period",
                format!("{period} does not lie wholly inside the plan's effective bounds, so nothing is paid"),
            );
        }
        return;
    }
    let lines = match run(spec, digest, period, &example.facts, &facts) {
        Ok(lines) => lines,
        Err(fault) => return v.add("facts", fault.message()),
    };
    compare(&lines, example, &expected, v);
}

/// Amounts of a fact at their scales.
#[derive(Default)]
struct Amounts {
    currency: Option<Currency>,
    net: i64,
    gross: i64,
    cost: i64,
    quantity: i64,
}

/// Partner, rule and currency of a line.
type Key = (String, String, Currency);

fn partner_of(name: &str) -> &str {
    if name.is_empty() { "p" } else { name }
}

fn currency_of(code: &str) -> Result<Currency, String> {
    Currency::parse(if code.is_empty() { "CNY" } else { code })
}

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
    Some(Amounts { currency: Some(currency), net: net?, gross: gross?, cost: cost?, quantity: quantity? })
}

fn key(path: &str, spec: &PlanSpec, line: &ExampleLine, v: &mut Violations) -> Option<Key> {
    if !spec.rules.iter().any(|rule| rule.id == line.rule) {
        let known: Vec<&str> = spec.rules.iter().map(|rule| rule.id.as_str()).collect();
        let remedy = format!("use one of {}", known.join(", "));
        v.add(format!("{path}.rule"), format!("{:?} is no rule of this plan; {remedy}", line.rule));
    }
    let currency = v.check(&format!("{path}.currency"), currency_of(&line.currency))?;
    Some((partner_of(&line.partner).to_owned(), line.rule.clone(), currency))
}

fn run(
    spec: &PlanSpec,
    digest: &str,
    period: Period,
    facts: &[ExampleFact],
    amounts: &[Option<Amounts>],
) -> Result<Vec<LineResult>, tributary_core::Fault> {
    let plan = PlanInRun {
        slot: "example".to_owned(),
        version_name: String::new(),
        digest: digest.to_owned(),
        spec: spec.clone(),
    };
    let mut engine = Engine::new(period, vec![plan]);
    let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
    let mut payees: Vec<Attributes> = Vec::new();
    for (j, (fact, amounts)) in facts.iter().zip(amounts).enumerate() {
        let Some((amounts, currency)) = amounts.as_ref().and_then(|a| Some((a, a.currency?))) else { continue };
        let name = partner_of(&fact.partner);
        let next = u32::try_from(payees.len()).unwrap_or(u32::MAX);
        let payee = *numbers.entry(name).or_insert_with(|| {
            payees.push(Attributes { business_key: name.to_owned(), ..Attributes::default() });
            next
        });
        engine.absorb(&MeasuredFact {
            payee,
            day: fact.occurred_on.days(),
            kind: fact.kind.unwrap_or(FactKind::SellIn),
            currency,
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
            source_id: &format!("{j:06}"),
            content_hash: &[0; 32],
        });
    }
    engine.finish(&Inputs::of_payees(payees))
}

fn compare(lines: &[LineResult], example: &PlanExample, expected: &[Option<Key>], v: &mut Violations) {
    let of = |line: &LineResult| (line.business_key.clone(), line.rule.clone(), line.amount.currency);
    let mut seen = HashSet::new();
    for (j, (want, key)) in example.expect.iter().zip(expected.iter().flatten()).enumerate() {
        let field = format!("expect[{j}].amount");
        if !seen.insert(key) {
            v.add(field, "this line is expected twice; leave one out");
            continue;
        }
        let Some(line) = lines.iter().find(|line| of(line) == *key) else {
            let why = why_not(lines, key);
            v.add(field, format!("expected {} {}, but the plan gives no line: {why}", key.2, want.amount));
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
    }
    for line in lines.iter().filter(|line| !seen.contains(&of(line))) {
        let what = format!("partner {:?}, rule {:?}", line.business_key, line.rule);
        let how = one_sentence(&line.trace);
        v.add("expect", format!("the plan gives {} for {what}, which is not expected: {how}", line.amount));
    }
}

/// Why a rule gave no line, as its neighbours' traces say.
fn why_not(lines: &[LineResult], (partner, rule, currency): &Key) -> String {
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
