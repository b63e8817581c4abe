//! What the texts say of each other: the statement of its lines, the lines of their plans, the entries of all of them.

use std::collections::BTreeSet;

use tributary_core::{Decimal, exact::parse_decimal};

use super::{Findings, Texts};
use crate::{
    canonical::Canonical,
    digest::sha256,
    evidence::{Bundle, BundlePlan, Text, entries as sorts, statement as parts},
};

/// The digest of a plan's spec, as plans are digested.
pub(super) fn digest(plan: &BundlePlan) -> String {
    hex::encode(Canonical::new("tributary.plan.v1").field("spec", &plan.spec).sha256())
}

/// Takes the texts apart; `None` when one of them, or the entry of the run, is missing.
pub(super) fn texts<'a>(bundle: &'a Bundle, findings: &mut Findings) -> Option<Texts<'a>> {
    let of_sort = |text: &'a str, sort: &str| Text::read(text).filter(|read| read.sort == sort);
    let statement = of_sort(&bundle.statement.text, parts::STATEMENT);
    findings.check(statement.is_some(), || "the text of the statement is none".to_owned());
    let mut runs = bundle.entries.iter().filter_map(|entry| of_sort(&entry.text, sorts::RUN));
    let run = runs.next();
    findings.check(run.is_some() && runs.next().is_none(), || "there is not one entry of the run".to_owned());
    let mut lines = Vec::new();
    for (number, line) in (1..).zip(&bundle.lines) {
        let read = of_sort(line, parts::LINE).and_then(|line| Some((Text::read(line.one("line"))?, line)));
        match read {
            Some((stated, line)) => lines.push((line, stated)),
            None => findings.add(format!("the text of line {number} is none")),
        }
    }
    Some(Texts { statement: statement?, run: run?, lines })
}

/// Checks statement, lines and plans against each other.
pub(super) fn fit(bundle: &Bundle, texts: &Texts<'_>, findings: &mut Findings) {
    let Texts { statement, run, lines } = texts;
    for name in ["run", "period"] {
        findings.check(statement.one(name) == run.one(name), || {
            format!("the statement is of {name} {:?}, the entry of {:?}", statement.one(name), run.one(name))
        });
    }
    let named: Vec<&str> = statement.all("line").collect();
    let given: Vec<String> = bundle.lines.iter().map(sha256).collect();
    findings.check(named == given, || "the lines are not those whose digests the statement names".to_owned());

    let mut sum = Some(Decimal::ZERO);
    for (line, stated) in lines {
        let id = id(stated);
        findings.check(stated.one("payee") == statement.one("business_key"), || format!("{id} is of another payee"));
        findings.check(stated.one("currency") == statement.one("currency"), || format!("{id} is in another currency"));
        let amount = parse_decimal(stated.one("amount"), 28).ok();
        sum = sum.zip(amount).and_then(|(sum, amount)| sum.checked_add(amount));
        let (name, digest) = (line.one("plan_version"), line.one("plan_digest"));
        let known = bundle.plans.iter().any(|plan| plan.name == name && self::digest(plan) == digest);
        findings.check(known || name.is_empty() && digest.is_empty(), || {
            format!("{id} names {name} with digest {digest}, which is not in the bundle")
        });
    }
    let total = parse_decimal(statement.one("total"), 28).ok();
    findings.check(sum.is_some() && sum == total, || {
        format!("the lines do not add up to {} {}", statement.one("currency"), statement.one("total"))
    });

    let in_run: BTreeSet<&str> = run.all("plan").collect();
    let used: BTreeSet<&str> = lines.iter().map(|(line, _)| line.one("plan_version")).collect();
    let mut before = "";
    for plan in &bundle.plans {
        let took_part = in_run.contains(format!("{} {}", plan.name, digest(plan)).as_str());
        findings.check(took_part, || format!("{} as it is in the bundle did not take part in the run", plan.name));
        findings.check(used.contains(plan.name.as_str()), || format!("no line names {}", plan.name));
        findings.check(before < plan.name.as_str(), || format!("{} does not come in its order", plan.name));
        before = &plan.name;
    }
}

/// Slot, rule and part of a line.
pub(super) fn id(stated: &Text<'_>) -> String {
    let parts = [stated.one("slot"), stated.one("rule"), stated.one("part")];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(".")
}
