//! What an example knows beside its facts, as the engine takes it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use tributary_core::{Currency, Date, Exact, MinorAmount, Period, Violations};

use crate::{
    assignment::Attributes,
    engine::{Figure, Figures, Inputs, Link, Payee, Rate, Rates, Stated, StatedLine, Tree},
    plan::{ExampleFigure, ExamplePartner, PlanExample, PlanSpec, SharePayee},
};

/// The slot of examples.
pub(super) const SLOT: &str = "example";

/// The partners of an example by number, and what is known.
pub(super) struct World {
    numbers: BTreeMap<String, u32>,
    /// For the engine.
    pub inputs: Inputs,
}

impl World {
    /// The number of a partner.
    pub fn number(&self, name: &str) -> u32 {
        // Every name of the example was numbered.
        self.numbers.get(name).copied().unwrap_or(u32::MAX)
    }
}

/// The name of a partner without its collection; empty: "p".
pub(super) fn partner_of(name: &str) -> &str {
    if name.is_empty() { "p" } else { name.strip_prefix("partners/").unwrap_or(name) }
}

/// A currency; empty: CNY.
pub(super) fn currency_of(code: &str) -> Result<Currency, String> {
    Currency::parse(if code.is_empty() { "CNY" } else { code })
}

/// Reads what an example knows.
pub(super) fn world(spec: &PlanSpec, example: &PlanExample, period: Period, v: &mut Violations) -> World {
    let numbers: BTreeMap<String, u32> = names(spec, example).into_iter().map(str::to_owned).zip(0..).collect();
    let mut world = World { numbers, inputs: Inputs::default() };
    let payees = world.numbers.iter().map(|(name, number)| {
        let partner = example.partners.iter().find(|p| partner_of(&p.partner) == name);
        (*number, payee(name, partner))
    });
    world.inputs.payees = payees.collect();
    for (j, partner) in example.partners.iter().enumerate() {
        if example.partners.iter().take(j).any(|p| partner_of(&p.partner) == partner_of(&partner.partner)) {
            v.add(format!("partners[{j}].partner"), format!("{:?} is named twice; leave one out", partner.partner));
        }
        if let Some((from, to)) = partner.member_from.zip(partner.member_to).filter(|(from, to)| to <= from) {
            v.add(format!("partners[{j}].member_to"), format!("{to} is not after member_from {from}; correct one"));
        }
    }
    world.inputs.tree = tree(&world, &example.partners);
    world.inputs.figures = figures(&world, &example.figures, period, v);
    world.inputs.stated = stated(&world, spec, example, period, v);
    world.inputs.rates = rates(spec, example, v);
    world
}

fn names<'a>(spec: &'a PlanSpec, example: &'a PlanExample) -> BTreeSet<&'a str> {
    let mut names: BTreeSet<&str> = example.facts.iter().map(|f| partner_of(&f.partner)).collect();
    for partner in &example.partners {
        names.insert(partner_of(&partner.partner));
        names.extend(Some(partner.parent.as_str()).filter(|p| !p.is_empty()).map(partner_of));
    }
    names.extend(example.figures.iter().map(|f| partner_of(&f.partner)));
    names.extend(example.stated.iter().map(|s| partner_of(&s.partner)));
    names.extend(example.expect.iter().map(|e| partner_of(&e.partner)));
    let shares = spec.rules.iter().filter_map(|rule| rule.split.as_ref()).flat_map(|split| &split.shares);
    names.extend(shares.filter_map(|share| match &share.payee {
        SharePayee::Own => None,
        SharePayee::Partner(name) => Some(partner_of(name)),
    }));
    names
}

/// Days before and after all others.
fn always() -> (Date, Date) {
    (Date::from_days(i64::MIN), Date::from_days(i64::MAX))
}

fn payee(name: &str, partner: Option<&ExamplePartner>) -> Payee {
    let mut attributes =
        Attributes { partner: format!("partners/{name}"), business_key: name.to_owned(), ..Attributes::default() };
    let Some(partner) = partner else { return Payee { attributes, ..Payee::default() } };
    attributes.kind.clone_from(&partner.kind);
    attributes.region.clone_from(&partner.region);
    attributes.tier = Some(partner.tier.clone()).filter(|t| !t.is_empty());
    attributes.labels.clone_from(&partner.labels);
    let (first, last) = always();
    let bounded = partner.member_from.is_some() || partner.member_to.is_some();
    Payee {
        attributes,
        history: Vec::new(),
        membership: bounded.then(|| vec![(partner.member_from.unwrap_or(first), partner.member_to.unwrap_or(last))]),
        frozen: if partner.frozen { vec![always()] } else { Vec::new() },
    }
}

fn tree(world: &World, partners: &[ExamplePartner]) -> Tree {
    let links = partners.iter().filter(|p| !p.parent.is_empty()).map(|p| {
        let link = Link { from: always().0, parent: Some(world.number(partner_of(&p.parent))) };
        (world.number(partner_of(&p.partner)), vec![link])
    });
    Tree(links.collect())
}

fn figures(world: &World, list: &[ExampleFigure], period: Period, v: &mut Violations) -> Figures {
    let mut figures = Figures::default();
    for (j, figure) in list.iter().enumerate() {
        let path = format!("figures[{j}]");
        let of = if figure.period.is_empty() {
            Some(period)
        } else {
            v.check(&format!("{path}.period"), figure.period.parse::<Period>())
        };
        let currency = if figure.currency.is_empty() {
            Some(None)
        } else {
            v.check(&format!("{path}.currency"), Currency::parse(&figure.currency)).map(Some)
        };
        let Some((of, currency)) = of.zip(currency) else { continue };
        let key = (world.number(partner_of(&figure.partner)), figure.figure.clone());
        figures.0.entry(key).or_default().push(Figure {
            from: of.from(),
            to: of.to(),
            currency,
            value: figure.value,
            source: path,
        });
    }
    figures.0.values_mut().for_each(|list| list.sort_by_key(|f| f.to));
    figures
}

fn stated(world: &World, spec: &PlanSpec, example: &PlanExample, period: Period, v: &mut Violations) -> Stated {
    let mut stated = Stated::default();
    for (j, line) in example.stated.iter().enumerate() {
        let path = format!("stated[{j}]");
        if !spec.rules.iter().any(|rule| rule.id == line.rule) {
            let known: Vec<&str> = spec.rules.iter().map(|rule| rule.id.as_str()).collect();
            let remedy = format!("use one of {}", known.join(", "));
            v.add(format!("{path}.rule"), format!("{:?} is no rule of this plan; {remedy}", line.rule));
        }
        let of = v.check(&format!("{path}.period"), line.period.parse::<Period>());
        if let Some(of) = of.filter(|of| period.from() < of.to()) {
            v.add(format!("{path}.period"), format!("{of} does not end before {period}; state earlier periods only"));
        }
        let currency = v.check(&format!("{path}.currency"), currency_of(&line.currency));
        let amount = currency.and_then(|currency| {
            let value = crate::fact::at_scale(line.amount, currency.exponent())
                .ok_or_else(|| format!("{} is no whole number of minor units of {currency}", line.amount));
            v.check(&format!("{path}.amount"), value).map(|value| MinorAmount { currency, value })
        });
        let Some((of, amount)) = of.zip(amount) else { continue };
        let key = (world.number(partner_of(&line.partner)), SLOT.to_owned(), line.rule.clone());
        stated.0.entry(key).or_default().push(StatedLine {
            from: of.from(),
            to: of.to(),
            part: line.part.clone(),
            amount,
            carried: line.carried.map_or_else(Exact::zero, Exact::from),
            source: path,
        });
    }
    stated.0.values_mut().for_each(|list| list.sort_by_key(|line| line.to));
    stated
}

fn rates(spec: &PlanSpec, example: &PlanExample, v: &mut Violations) -> HashMap<String, Rates> {
    let mut rates = Rates::default();
    for (j, rate) in example.rates.iter().enumerate() {
        let path = format!("rates[{j}]");
        let Some(currency) = v.check(&format!("{path}.currency"), Currency::parse(&rate.currency)) else { continue };
        if rate.rate <= tributary_core::Decimal::ZERO {
            v.add(format!("{path}.rate"), format!("{} is not above 0; correct it", rate.rate));
        }
        rates.0.entry(currency).or_default().push(Rate { day: rate.day, rate: rate.rate, source: path });
    }
    rates.0.values_mut().for_each(|list| list.sort_by_key(|rate| rate.day));
    spec.conversion.iter().map(|c| (c.rate_table.clone(), rates.clone())).collect()
}
