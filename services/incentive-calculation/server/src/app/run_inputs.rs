//! Loads what a run knows beside its facts, as it had arrived when the run was asked for: no more than its plans ask for.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    ops::Bound,
};

use incentive_calculation_domain::{
    assignment::best,
    engine::{Engine, Figure, Figures, Inputs, Link, Needs, Payee, Rate, Rates, Stated, StatedLine, Tree},
    figure::Figure as KeptFigure,
    reasons,
    revised::{Revised as _, Revision},
    standing::{Record, Upline, uplines},
};
use tributary_core::{Currency, Fault, TenantId};

use super::{
    App,
    run_worker::{Basis, Payees},
};
use crate::ports::{PayeeAttributes, StatedQuery, StatedRow};

/// Partners per read while all of them are looked at.
const PAGE: u32 = 2_000;

/// What a run knows beside its facts.
pub(super) struct RunInputs {
    /// As the engine takes it.
    pub inputs: Inputs,
    /// Attributes of payees on the last day of the period, by partner id, with the refs shown on statements.
    pub attributes: HashMap<String, PayeeAttributes>,
}

/// Whoever is looked at, by partner id.
#[derive(Default)]
struct People {
    attributes: HashMap<String, PayeeAttributes>,
    records: HashMap<String, Record>,
}

impl App {
    /// Loads the inputs of an engine that has its facts. `payees` are those whom the facts name; others who may have lines
    /// are added.
    pub(super) async fn run_inputs(
        &self,
        tenant: &TenantId,
        basis: &Basis,
        engine: &Engine,
        payees: &mut Payees,
    ) -> Result<RunInputs, Fault> {
        let needs = engine.needs();
        let takes_part = |id: &String| basis.partners.as_ref().is_none_or(|partners| partners.contains(id));
        let stated = self.stated_before(tenant, basis, &needs).await?;
        let links = if needs.tree { self.links_above(tenant, basis, payees.ids()).await? } else { HashMap::new() };

        let mut others: BTreeSet<String> = links.values().flatten().filter_map(|link| link.parent.clone()).collect();
        others.extend(needs.partners.iter().map(|name| name.trim_start_matches("partners/").to_owned()));
        if needs.everybody {
            others.extend(stated.iter().map(|row| &row.partner_id).filter(|id| takes_part(id)).cloned());
        }
        let mut people = People::default();
        let mut figures = Vec::new();
        if needs.everybody {
            let of: Option<Vec<String>> = basis.partners.as_ref().map(|partners| partners.iter().cloned().collect());
            figures = self.figures_of(tenant, basis, &needs, of.as_deref()).await?;
            let holders = figures.iter().map(|figure| figure.content.partner_id.as_str()).collect();
            self.everybody(tenant, basis, engine, &needs, &holders, &mut people).await?;
        }
        others.extend(people.attributes.keys().cloned());
        let ids: BTreeSet<String> = payees.ids().iter().cloned().chain(others).collect();
        let missing: Vec<String> = ids.iter().filter(|id| !people.attributes.contains_key(*id)).cloned().collect();
        self.add_people(tenant, basis, &needs, &missing, &mut people).await?;
        // Only whom the copy knows: a link or a line of an older system may name somebody else.
        ids.iter().filter(|id| people.attributes.contains_key(*id)).for_each(|id| {
            payees.number(id);
        });
        if !needs.everybody {
            figures = self.figures_of(tenant, basis, &needs, Some(payees.ids())).await?;
        }

        let period = (basis.period.from(), basis.period.to());
        let payee = |id: &String| {
            let record = people.records.get(id);
            Some(Payee {
                attributes: people.attributes.get(id)?.attributes.clone(),
                history: record.filter(|_| needs.history).map(|r| r.history(period)).unwrap_or_default(),
                membership: record.and_then(Record::membership),
                frozen: record.map(Record::frozen).unwrap_or_default(),
            })
        };
        let inputs = Inputs {
            payees: (0..).zip(payees.ids()).filter_map(|(number, id)| Some((number, payee(id)?))).collect(),
            figures: figures_by_payee(figures, payees),
            rates: self.rates_of(tenant, basis, &needs).await?,
            stated: self::stated(stated, basis, payees),
            tree: tree(&links, payees),
        };
        Ok(RunInputs { inputs, attributes: people.attributes })
    }

    /// Lines of earlier periods of the programme; none for a plan that is tried out.
    async fn stated_before(&self, tenant: &TenantId, basis: &Basis, needs: &Needs) -> Result<Vec<StatedRow>, Fault> {
        let Some((programme, from)) = basis.programme.clone().zip(needs.stated_from) else { return Ok(Vec::new()) };
        let before = basis.period.from();
        let query = StatedQuery {
            programme,
            from,
            before,
            up_to_arrival: basis.arrivals.inputs,
            runs: basis.stating_runs.clone(),
        };
        Ok(self.store.stated_lines(tenant, &query).await?)
    }

    /// The figures that the plans name, of some partners or of all.
    async fn figures_of(
        &self,
        tenant: &TenantId,
        basis: &Basis,
        needs: &Needs,
        of: Option<&[String]>,
    ) -> Result<Vec<Revision<KeptFigure>>, Fault> {
        let Some(from) = needs.figures_from else { return Ok(Vec::new()) };
        let names: Vec<String> = needs.figures.iter().cloned().collect();
        let wanted = (names.as_slice(), (from, basis.period.to()));
        Ok(self.store.figures_named(tenant, wanted, of, basis.arrivals.inputs).await?)
    }

    /// The links of partners and of everybody above them.
    async fn links_above(
        &self,
        tenant: &TenantId,
        basis: &Basis,
        from: &[String],
    ) -> Result<HashMap<String, Vec<Upline>>, Fault> {
        let mut links: HashMap<String, Vec<Upline>> = HashMap::new();
        let mut seen: HashSet<String> = from.iter().cloned().collect();
        let mut level = from.to_vec();
        while !level.is_empty() {
            let found = self.store.links(tenant, &level, basis.arrivals.partners).await?;
            level.clear();
            for (id, recorded) in found {
                let held = uplines(&recorded);
                level.extend(held.iter().filter_map(|link| link.parent.clone()).filter(|p| seen.insert(p.clone())));
                links.insert(id, held);
            }
        }
        Ok(links)
    }

    /// Adds every partner (or of some, if only theirs are wanted) who may have lines without facts: whom a plan fits, and
    /// who was a member in the period or has a figure that counts.
    async fn everybody(
        &self,
        tenant: &TenantId,
        basis: &Basis,
        engine: &Engine,
        needs: &Needs,
        holders: &HashSet<&str>,
        people: &mut People,
    ) -> Result<(), Fault> {
        let period = (basis.period.from(), basis.period.to());
        let mut after = String::new();
        loop {
            let ids = match &basis.partners {
                None => self.store.partner_ids(tenant, basis.arrivals.partners, &after, PAGE).await?,
                Some(partners) => next_after(partners, &after),
            };
            let Some(last) = ids.last() else { return Ok(()) };
            after.clone_from(last);
            let mut page = People::default();
            self.add_people(tenant, basis, &Needs { membership: true, ..needs.clone() }, &ids, &mut page).await?;
            for (id, known) in page.attributes {
                let record = page.records.remove(&id).unwrap_or_default();
                let on_the_way = if needs.history { record.history(period) } else { Vec::new() };
                let fits = engine.plans().any(|plan| {
                    best(&plan.spec, &known.attributes).is_some()
                        || on_the_way.iter().any(|span| best(&plan.spec, &span.attributes).is_some())
                });
                if fits && (record.was_member_in(period) || holders.contains(id.as_str())) {
                    people.attributes.insert(id.clone(), known);
                    people.records.insert(id, record);
                }
            }
        }
    }

    /// Adds what is known of partners, as far as the plans ask for it.
    async fn add_people(
        &self,
        tenant: &TenantId,
        basis: &Basis,
        needs: &Needs,
        ids: &[String],
        people: &mut People,
    ) -> Result<(), Fault> {
        // Attributes on the last day of the period decide, as they had arrived when the run was asked for: a run that is
        // resumed after a crash sees the same.
        let up_to = basis.arrivals.partners;
        people.attributes.extend(self.store.attributes_on(tenant, ids, basis.last_day, up_to).await?);
        if needs.membership || needs.history || needs.tree {
            people.records.extend(self.store.records(tenant, ids, up_to).await?);
        }
        Ok(())
    }

    /// The rates by which the plans convert.
    async fn rates_of(&self, tenant: &TenantId, basis: &Basis, needs: &Needs) -> Result<HashMap<String, Rates>, Fault> {
        let mut rates: HashMap<String, Rates> = HashMap::new();
        for ((name, into), days) in &needs.rates {
            let table = name.trim_start_matches("rateTables/");
            let mut known: BTreeMap<Currency, Vec<Rate>> = BTreeMap::new();
            for kept in self.store.rates_into(tenant, table, *into, *days, basis.arrivals.inputs).await? {
                let source = format!("{}, revision {}", kept.content.name(), kept.revision);
                let rate = Rate { day: kept.content.key.day, rate: kept.content.rate, source };
                known.entry(kept.content.key.from).or_default().push(rate);
            }
            if rates.insert(name.clone(), Rates(known)).is_some() {
                return Err(two_currencies(name));
            }
        }
        Ok(rates)
    }
}

/// A page of some ids, in their order.
fn next_after(ids: &BTreeSet<String>, after: &str) -> Vec<String> {
    let rest = ids.range::<str, _>((Bound::Excluded(after), Bound::Unbounded));
    rest.take(usize::try_from(PAGE).unwrap_or(usize::MAX)).cloned().collect()
}

fn two_currencies(table: &str) -> Fault {
    let why = "is used by two plans of the run that convert into different currencies";
    let remedy = "keep a table per currency to convert into";
    Fault::new(reasons::RATE_TABLE_AMBIGUOUS, format!("{table} {why}; {remedy}")).with("rate_table", table)
}

/// Figures by payee and name, ascending by the end of their days, as the store gives them.
fn figures_by_payee(kept: Vec<Revision<KeptFigure>>, payees: &Payees) -> Figures {
    let mut figures: BTreeMap<(u32, String), Vec<Figure>> = BTreeMap::new();
    for revision in kept {
        let source = format!("{}, revision {}", revision.content.name(), revision.revision);
        let known = revision.content;
        let Some(number) = payees.known(&known.partner_id) else { continue };
        let figure =
            Figure { from: known.days.0, to: known.days.1, currency: known.currency, value: known.value, source };
        figures.entry((number, known.figure)).or_default().push(figure);
    }
    Figures(figures)
}

/// What earlier periods stated, and what those that changed would state now.
fn stated(rows: Vec<StatedRow>, basis: &Basis, payees: &Payees) -> Stated {
    let mut stated = stated_by_payee(rows, payees);
    for recomputed in &basis.recomputed {
        recomputed.lay_over(&mut stated, |name| payees.known(name.trim_start_matches("partners/")));
    }
    stated
}

/// Lines by payee, slot and rule, ascending by period, as the store gives them.
fn stated_by_payee(rows: Vec<StatedRow>, payees: &Payees) -> Stated {
    let mut stated: BTreeMap<(u32, String, String), Vec<StatedLine>> = BTreeMap::new();
    for row in rows {
        let Some(number) = payees.known(&row.partner_id) else { continue };
        let line = StatedLine {
            from: row.days.0,
            to: row.days.1,
            part: row.part,
            amount: row.amount,
            carried: row.carried,
            source: row.source,
        };
        stated.entry((number, row.slot, row.rule)).or_default().push(line);
    }
    Stated(stated)
}

fn tree(links: &HashMap<String, Vec<Upline>>, payees: &Payees) -> Tree {
    let numbered = |id: &String, held: &Vec<Upline>| {
        let number = payees.known(id)?;
        let links = held.iter().map(|link| Link {
            from: link.from,
            // An upline that the copy does not know is a hole: nobody stands there.
            parent: link.parent.as_deref().and_then(|parent| payees.known(parent)),
        });
        Some((number, links.collect()))
    };
    Tree(links.iter().filter_map(|(id, held)| numbered(id, held)).collect())
}
