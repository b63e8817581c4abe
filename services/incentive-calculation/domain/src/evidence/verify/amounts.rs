//! Facts and amounts: every fact was counted by a line, and the engine gives the lines again.

use sha2::{Digest as _, Sha256};
use tributary_core::{Date, Days, Period};

use super::{Findings, LineReport, Recomputed, Texts, contents::id};
use crate::{
    assignment::Attributes,
    engine::{PlanInRun, Selection},
    evidence::{
        Bundle, BundleFact, Text,
        recompute::{ProvenFact, obstacle, read_fact, recompute, selections},
        statement::statement_line,
    },
    fact::FactKind,
    plan::{PlanSpec, Proration},
    run::StatementLine,
};

/// Fields of a line that depend on whom the plan was assigned to, or say in words what other fields say in numbers.
const NOT_COMPARED: [&str; 3] = ["attribute", "step", "input"];

/// Recomputes what can be recomputed.
pub(super) fn lines(bundle: &Bundle, texts: &Texts<'_>, findings: &mut Findings) -> Vec<LineReport> {
    let facts = bundle.facts.as_ref().map(|facts| read(facts, texts, findings));
    let specs: Vec<(&str, Option<PlanSpec>)> =
        bundle.plans.iter().map(|plan| (plan.name.as_str(), serde_json::from_str(&plan.spec).ok())).collect();
    for (name, _) in specs.iter().filter(|(_, spec)| spec.is_none()) {
        findings.add(format!("the spec of {name} cannot be read"));
    }
    if let Some(facts) = &facts {
        counted(facts, &specs, texts, findings);
    }
    let mut reports: Vec<LineReport> = texts.lines.iter().map(|(_, stated)| report(stated)).collect();
    for (name, spec) in &specs {
        let Some(spec) = spec else { continue };
        let given = again(name, spec, facts.as_deref(), texts);
        let mut left = given.as_ref().map_or(0, Vec::len);
        for ((line, stated), report) in texts.lines.iter().zip(&mut reports) {
            if line.one("plan_version") != *name {
                continue;
            }
            let rule = spec.rules.iter().find(|rule| rule.id == stated.one("rule"));
            let why = rule.map_or(Some("a rule that the plan does not have"), |rule| obstacle(spec, rule));
            report.recomputed = match (why, &given) {
                (Some(why), _) => Recomputed::Not(format!("it needs {why}")),
                (None, Err(why)) => Recomputed::Not(why.clone()),
                (None, Ok(given)) => {
                    left = left.saturating_sub(1);
                    let (id, payee) = (id(stated), texts.statement.one("business_key"));
                    let own = given.iter().find(|other| other.id() == id).map(|other| statement_line(other, payee));
                    let same = own
                        .as_deref()
                        .and_then(Text::read)
                        .is_some_and(|own| own.without(&NOT_COMPARED) == line.without(&NOT_COMPARED));
                    findings.check(same, || {
                        let other = own.as_deref().and_then(Text::read).and_then(|own| Text::read(own.one("line")));
                        let told = other.map_or("nothing".to_owned(), |other| {
                            format!("{} on {} facts", other.one("amount"), other.one("fact_count"))
                        });
                        let (amount, count) = (stated.one("amount"), stated.one("fact_count"));
                        format!("{id} states {amount} on {count} facts; recomputed from the facts it is {told}")
                    });
                    Recomputed::Equal
                }
            };
        }
        findings.check(left == 0 || by_days(spec), || format!("{name} gives {left} lines more than the statement has"));
    }
    reports
}

/// Whether a plan pays by days: whoever was moved to another one meanwhile has no lines of its other rules, and the facts do
/// not say who was.
fn by_days(spec: &PlanSpec) -> bool {
    spec.rules.iter().any(|rule| rule.proration != Proration::None)
}

fn report(stated: &Text<'_>) -> LineReport {
    LineReport {
        id: id(stated),
        amount: format!("{} {}", stated.one("currency"), stated.one("amount")),
        recomputed: Recomputed::Not("it names no plan version: its origins do".to_owned()),
    }
}

/// The lines of a plan once more.
fn again(
    name: &str,
    spec: &PlanSpec,
    facts: Option<&[ProvenFact]>,
    texts: &Texts<'_>,
) -> Result<Vec<StatementLine>, String> {
    let facts = facts.ok_or("the facts are not in the bundle")?;
    let period: Period = texts.run.one("period").parse().map_err(|_| "its period is one of a calendar")?;
    let day = |name| Date::parse(texts.run.one(name));
    let year: Days = (day("year_from")?, day("year_to")?);
    let mut own = texts.lines.iter().filter(|(line, _)| line.one("plan_version") == name);
    let (digest, slot) =
        own.next().map(|(line, stated)| (line.one("plan_digest"), stated.one("slot"))).unwrap_or_default();
    let plan = PlanInRun {
        slot: slot.to_owned(),
        version_name: name.to_owned(),
        digest: digest.to_owned(),
        spec: spec.clone(),
    };
    let payee = Attributes {
        partner: texts.statement.one("partner").to_owned(),
        business_key: texts.statement.one("business_key").to_owned(),
        ..Attributes::default()
    };
    let lines = recompute(&plan, (period, year), &payee, facts)?;
    Ok(lines.into_iter().map(StatementLine::from).collect())
}

/// Reads the facts, which come in the order of their keys and are the payee's; linked returns count on their sale's day.
fn read(list: &[BundleFact], texts: &Texts<'_>, findings: &mut Findings) -> Vec<ProvenFact> {
    let mut facts: Vec<ProvenFact> = Vec::with_capacity(list.len());
    for given in list {
        let key = || format!("fact {}/{}", given.source_system, given.source_id);
        let hash: [u8; 32] = Sha256::digest(given.content.as_bytes()).into();
        let Some(fact) = read_fact(&given.source_system, &given.source_id, &given.content, hash) else {
            findings.add(format!("{} has no content of a fact", key()));
            continue;
        };
        let after = facts.last().is_none_or(|last| {
            (&last.fact.source_system, &last.fact.source_id) < (&given.source_system, &given.source_id)
        });
        let own = fact.partner == texts.statement.one("business_key");
        findings.check(own, || format!("{} is of another payee", key()));
        if after {
            facts.push(fact);
        } else {
            findings.add(format!("{} does not come in its order", key()));
        }
    }
    let days: Vec<Option<Date>> = facts.iter().map(|fact| sale_day(fact, &facts)).collect();
    for (fact, day) in facts.iter_mut().zip(days) {
        fact.day = day.unwrap_or(fact.day);
    }
    facts
}

fn sale_day(of: &ProvenFact, facts: &[ProvenFact]) -> Option<Date> {
    let (fact, original) = (&of.fact, &of.fact.original_source_id);
    let linked = matches!(fact.kind, FactKind::Return | FactKind::Adjustment);
    if !linked || original.is_empty() || *original == fact.source_id {
        return None;
    }
    let key = (&fact.source_system, original);
    let at = facts.binary_search_by(|other| (&other.fact.source_system, &other.fact.source_id).cmp(&key)).ok()?;
    let sale = facts.get(at).filter(|other| matches!(other.fact.kind, FactKind::SellIn | FactKind::SellOut));
    sale.map(|sale| sale.fact.occurred_on)
}

/// Every fact is counted by a line that can be recomputed: nothing is in the bundle that proves nothing.
fn counted(facts: &[ProvenFact], specs: &[(&str, Option<PlanSpec>)], texts: &Texts<'_>, findings: &mut Findings) {
    let mut all: Vec<Selection> = Vec::new();
    for (line, _) in &texts.lines {
        let spec = specs.iter().find(|(name, _)| *name == line.one("plan_version")).and_then(|(_, spec)| spec.as_ref());
        all.extend(spec.iter().flat_map(|spec| selections(spec, line)).map(|(selection, _)| selection));
    }
    for fact in facts {
        let measured = fact.measured();
        findings.check(all.iter().any(|selection| selection.matches(&measured)), || {
            format!("no line counts fact {}/{}", fact.fact.source_system, fact.fact.source_id)
        });
    }
}
