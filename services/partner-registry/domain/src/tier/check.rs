//! What makes a programme wrong, found when a version is drafted, all at once.

use std::collections::{BTreeMap, BTreeSet};

use tributary_core::{Currency, Decimal, MinorAmount, ResourceId, Violations};

use super::programme::{Benefit, Grant, Programme, Requirement, Test, Tier, Window};
use crate::text;

/// Most days of grace.
const MAX_GRACE: i32 = 1000;
/// Most characters of a name for people.
const MAX_NAME: usize = 100;

/// Checks a programme.
///
/// # Errors
/// Every violation at once, under the names of `TierProgramme`.
pub fn check(programme: &Programme) -> Result<(), Violations> {
    let mut v = Violations::new();
    text::required_line(&mut v, "display_name", &programme.display_name, MAX_NAME);
    if !(0..=MAX_GRACE).contains(&programme.grace_days) {
        v.add("grace_days", format!("{} is not between 0 and {MAX_GRACE}", programme.grace_days));
    }
    if programme.tiers.is_empty() {
        v.add("tiers", "is empty; give at least one tier");
    }
    let mut seen = Seen::default();
    for (n, tier) in programme.tiers.iter().enumerate() {
        let mut own = Violations::new();
        seen.tier(&mut own, tier, n == 0);
        v.nest(&format!("tiers[{n}]"), own);
    }
    if v.is_empty() { Ok(()) } else { Err(v) }
}

/// What the tiers below have said.
#[derive(Default)]
struct Seen<'a> {
    tiers: Vec<&'a str>,
    purchases: BTreeMap<(Window, Currency), (i64, &'a str)>,
    numbers: BTreeMap<&'a str, (Decimal, &'a str)>,
    persons: BTreeMap<&'a ResourceId, (i32, &'a str)>,
    flags: BTreeSet<&'a str>,
    grants: BTreeMap<&'a str, (&'a Grant, &'a str)>,
}

impl<'a> Seen<'a> {
    fn tier(&mut self, v: &mut Violations, tier: &'a Tier, is_lowest: bool) {
        v.check("id", ResourceId::parse(&tier.id));
        text::line(v, "display_name", &tier.display_name, MAX_NAME);
        if self.tiers.contains(&tier.id.as_str()) {
            v.add("id", format!("{:?} stands twice; give each tier an id of its own", tier.id));
        }
        if !tier.includes.is_empty() && !self.tiers.contains(&tier.includes.as_str()) {
            let below = if self.tiers.is_empty() { "none".to_owned() } else { self.tiers.join(", ") };
            v.add("includes", format!("{:?} is no lower tier; those below: {below}", tier.includes));
        }
        if tier.requirements.is_empty() && !is_lowest {
            v.add(
                "requirements",
                "is empty, so every partner would earn this tier; only the lowest may require nothing",
            );
        }
        unique(v, "requirements", tier.requirements.iter().map(|r| r.id.as_str()));
        unique(v, "benefits", tier.benefits.iter().map(|b| b.id.as_str()));
        let mut tests: Vec<String> = Vec::new();
        for (n, requirement) in tier.requirements.iter().enumerate() {
            let mut own = Violations::new();
            self.requirement(&mut own, requirement, &tier.id);
            let key = key(&requirement.test);
            if tests.contains(&key) {
                own.add("id", format!("{key} is required twice in this tier; keep the stricter one"));
            }
            tests.push(key);
            v.nest(&format!("requirements[{n}]"), own);
        }
        for (n, benefit) in tier.benefits.iter().enumerate() {
            let mut own = Violations::new();
            self.benefit(&mut own, benefit, &tier.id);
            v.nest(&format!("benefits[{n}]"), own);
        }
        self.tiers.push(&tier.id);
    }

    fn requirement(&mut self, v: &mut Violations, requirement: &'a Requirement, tier: &'a str) {
        v.check("id", ResourceId::parse(&requirement.id));
        text::line(v, "display_name", &requirement.display_name, MAX_NAME);
        match &requirement.test {
            Test::Purchases { at_least, window } => {
                above_zero(v, "purchases.at_least", *at_least);
                let last = self.purchases.insert((*window, at_least.currency), (at_least.value, tier));
                if let Some((value, lower)) = last.filter(|(value, _)| at_least.value <= *value) {
                    let lower_amount = MinorAmount { value, ..*at_least };
                    v.add(
                        "purchases.at_least",
                        format!(
                            "{at_least} is not above the {lower_amount} of {lower}; thresholds rise with the tiers"
                        ),
                    );
                }
            }
            Test::Certification(_) => {}
            Test::CertifiedPersons { definition, at_least } => {
                if !(1..=10_000).contains(at_least) {
                    v.add("certified_persons.at_least", format!("{at_least} is not between 1 and 10000"));
                }
                let last = self.persons.insert(definition, (*at_least, tier));
                if let Some((count, lower)) = last.filter(|(count, _)| at_least < count) {
                    let message = format!("{at_least} is below the {count} of {lower}; thresholds rise with the tiers");
                    v.add("certified_persons.at_least", message);
                }
            }
            Test::Flag(figure) => {
                v.check("flag.figure", ResourceId::parse(figure));
                self.flags.insert(figure);
                if self.numbers.contains_key(figure.as_str()) {
                    v.add("flag.figure", format!("{figure:?} is wanted as a number in another place; choose one"));
                }
            }
            Test::Number { figure, at_least } => {
                v.check("number.figure", ResourceId::parse(figure));
                if self.flags.contains(figure.as_str()) {
                    v.add("number.figure", format!("{figure:?} is wanted as a flag in another place; choose one"));
                }
                let last = self.numbers.insert(figure, (*at_least, tier));
                if let Some((value, lower)) = last.filter(|(value, _)| at_least < value) {
                    v.add(
                        "number.at_least",
                        format!("{at_least} is below the {value} of {lower}; thresholds rise with the tiers"),
                    );
                }
            }
        }
    }

    fn benefit(&mut self, v: &mut Violations, benefit: &'a Benefit, tier: &'a str) {
        v.check("id", ResourceId::parse(&benefit.id));
        text::line(v, "display_name", &benefit.display_name, MAX_NAME);
        match &benefit.grant {
            Grant::Plain => {}
            Grant::PriceFactor { min, max } => {
                factor(v, "price_factor.min", *min);
                factor(v, "price_factor.max", *max);
                if min > max {
                    v.add("price_factor.max", format!("{max} is below the least, {min}"));
                }
            }
            Grant::YearlyAllowance(amount) => above_zero(v, "yearly_allowance", *amount),
            Grant::Share(share) => factor(v, "share", *share),
        }
        match self.grants.insert(&benefit.id, (&benefit.grant, tier)) {
            Some((other, lower)) if other.sort() != benefit.grant.sort() => {
                let (is, was) = (benefit.grant.sort(), other.sort());
                v.add("id", format!("{:?} is {is} here and {was} in {lower}; a benefit is of one sort", benefit.id));
            }
            Some((Grant::YearlyAllowance(other), lower)) => {
                if let Grant::YearlyAllowance(own) = &benefit.grant
                    && own.currency != other.currency
                {
                    let (is, was) = (own.currency, other.currency);
                    v.add("yearly_allowance", format!("is in {is} here and in {was} in {lower}; use one currency"));
                }
            }
            _ => {}
        }
    }
}

/// What a test looks at: two tests of one tier that look at the same say one thing twice.
fn key(test: &Test) -> String {
    match test {
        Test::Purchases { at_least, window } => format!("purchases in {} over {window:?}", at_least.currency),
        Test::Certification(kind) => format!("a document of kind {kind}"),
        Test::CertifiedPersons { definition, .. } => format!("the certificate {definition}"),
        Test::Flag(figure) | Test::Number { figure, .. } => format!("the figure {figure:?}"),
    }
}

fn unique<'a>(v: &mut Violations, field: &str, ids: impl Iterator<Item = &'a str>) {
    let mut seen = BTreeSet::new();
    for (n, id) in ids.enumerate() {
        if !seen.insert(id) {
            v.add(format!("{field}[{n}].id"), format!("{id:?} stands twice in this tier; give each an id of its own"));
        }
    }
}

fn above_zero(v: &mut Violations, field: &str, amount: MinorAmount) {
    if amount.value <= 0 {
        v.add(field, format!("{amount} is not above 0"));
    }
}

fn factor(v: &mut Violations, field: &str, value: Decimal) {
    if value <= Decimal::ZERO || value > Decimal::ONE {
        v.add(field, format!("{value} is not above 0 and at most 1; write 80 % as \"0.80\""));
    }
}
