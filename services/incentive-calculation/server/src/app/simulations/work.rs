//! Works a simulation out: per period the plans in force over the facts as they are, and the draft among them over the
//! facts as the factors change them. After a crash it begins anew from the same snapshot and gives the same.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use async_trait::async_trait;
use incentive_calculation_domain::{
    engine::{LineResult, PlanInRun},
    plan::{self, CapScope, PlanSpec, SharedCap},
    simulation::{Scenario, Side, bands, changes, sentences, totals},
};
use prost::Message as _;
use tributary_core::{Currency, Days, Exact, Fault, MinorAmount, Period, ResourceId, Rounding, TenantId};
use tributary_sql::{OperationHandler, OperationOutcome, OperationRecord, Progress};

use super::{SIMULATION_OPERATION, start::SimulationRequest};
use crate::{
    app::{
        App,
        run_worker::{Basis, Calculated, Watch, any},
    },
    convert::simulation::simulation_to_proto,
    ports::{
        Arrivals,
        simulations::{Budget, CurrencyOutcome, NamedChange, Simulation},
    },
};

/// Works simulations out.
pub struct SimulationWorker {
    /// The use cases.
    pub app: Arc<App>,
}

#[async_trait]
impl OperationHandler for SimulationWorker {
    fn kind(&self) -> &'static str {
        SIMULATION_OPERATION
    }

    async fn run(&self, operation: OperationRecord, progress: Progress) -> Result<(), Fault> {
        let request: SimulationRequest =
            serde_json::from_slice(&operation.request).map_err(|e| Fault::internal(e.to_string()))?;
        let work = Work { app: &self.app, tenant: &operation.tenant, request: &request, progress: &progress };
        let (simulation, changes) = work.outcome(&operation.actor).await?;
        let now = self.app.clock.now();
        let mut tx = self.app.store.begin().await?;
        // First the operation: a runner that lost its lease stops here and keeps nothing.
        let response = any("Simulation", simulation_to_proto(&simulation).encode_to_vec());
        tx.finish_operation(operation.id, progress.owner(), OperationOutcome::Succeeded(response), now).await?;
        tx.insert_simulation(&operation.tenant, &simulation, &changes).await?;
        self.app.commit(tx).await
    }

    async fn fail(&self, operation: &OperationRecord, owner: &str, fault: &Fault) {
        self.app.fail_operation(operation, owner, fault).await;
    }
}

/// One simulation under way.
struct Work<'a> {
    app: &'a App,
    tenant: &'a TenantId,
    request: &'a SimulationRequest,
    progress: &'a Progress,
}

/// What has come of the periods so far.
#[derive(Default)]
struct Sums {
    before: Side,
    after: Side,
    margins: [BTreeMap<Currency, i128>; 2],
    by_period: Vec<(String, MinorAmount, MinorAmount)>,
    budgets: Vec<Budget>,
    names: HashMap<String, (String, String)>,
}

impl Work<'_> {
    async fn outcome(&self, actor: &str) -> Result<(Simulation, Vec<NamedChange>), Fault> {
        let in_force = self.in_force().await?;
        let mut sums = Sums::default();
        let programme = ResourceId::parse(&self.request.programme).map_err(Fault::internal)?;
        let programme = self.app.store.programme(self.tenant, programme.as_str()).await?;
        let programme = programme.ok_or_else(|| Fault::internal("the programme of a simulation is not there"))?;
        for period in &self.request.periods {
            let parsed = self.app.period(self.tenant, period, "periods").await?;
            let year = self.app.year_of(self.tenant, &programme, parsed).await?;
            let now: Vec<PlanInRun> = in_force.iter().filter(|p| p.spec.takes_part(parsed)).cloned().collect();
            let then = self.with_draft(now.clone());
            let before = self.side((parsed, year), now.clone(), Scenario::default()).await?;
            let after = self.side((parsed, year), then.clone(), self.request.scenario.clone()).await?;
            sums.take(period, (&now, &before), (&then, &after))?;
        }
        let changes = changes(&sums.before, &sums.after);
        let totals = totals(&changes)?;
        let name = |key: &str| sums.names.get(key).map_or_else(|| key.to_owned(), |(_, name)| name.clone());
        let said = sentences(&totals, &changes, name);
        let bands = bands(&changes);
        let outcomes = totals.iter().map(|t| sums.outcome(*t, &bands)).collect::<Result<Vec<_>, _>>()?;
        let simulation = Simulation {
            id: self.request.id.clone(),
            programme: self.request.programme.clone(),
            slot: self.request.slot.clone(),
            plan_version: self.request.plan_version.clone(),
            periods: self.request.periods.clone(),
            scenario: self.request.scenario.clone(),
            totals: outcomes,
            by_period: sums.by_period,
            budgets: sums.budgets,
            sentences: said,
            snapshot_batch: self.request.snapshot_batch,
            actor: actor.to_owned(),
            create_time: self.app.clock.now(),
        };
        let named = changes.into_iter().map(|change| {
            let (partner, display_name) = sums.names.get(&change.payee).cloned().unwrap_or_default();
            NamedChange { partner, display_name, change }
        });
        Ok((simulation, named.collect()))
    }

    /// The versions that were in force when the simulation was asked for.
    async fn in_force(&self) -> Result<Vec<PlanInRun>, Fault> {
        self.app.plans_named(self.tenant, &self.request.in_force).await
    }

    /// The draft in the place of its slot's plans.
    fn with_draft(&self, mut plans: Vec<PlanInRun>) -> Vec<PlanInRun> {
        let Some(spec) = &self.request.draft else { return plans };
        let place = plans.iter().position(|p| p.slot == self.request.slot).unwrap_or(plans.len());
        plans.retain(|p| p.slot != self.request.slot);
        let draft = PlanInRun {
            slot: self.request.slot.clone(),
            version_name: self.request.plan_version.clone(),
            digest: plan::digest(spec),
            spec: PlanSpec::clone(spec),
        };
        plans.insert(place.min(plans.len()), draft);
        plans
    }

    async fn side(
        &self,
        (period, year): (Period, Days),
        plans: Vec<PlanInRun>,
        scenario: Scenario,
    ) -> Result<Calculated, Fault> {
        let basis = Basis {
            period,
            year,
            programme: Some(self.request.programme.clone()),
            plans,
            batch: self.request.snapshot_batch,
            arrivals: Arrivals::up_to(self.request.snapshot_arrival),
            scenario: Some(scenario),
            last_day: period.to().plus_days(-1),
            only_rows: false,
            partners: None,
            stating_runs: None,
            recomputed: Vec::new(),
        };
        let name = format!("simulations/{}", self.request.id);
        let watch = Watch { run: &name, progress: self.progress };
        self.app.lines(self.tenant, &basis, Some(&watch)).await
    }
}

impl Sums {
    /// Takes both sides of a period in.
    fn take(
        &mut self,
        period: &str,
        (now, before): (&[PlanInRun], &Calculated),
        (then, after): (&[PlanInRun], &Calculated),
    ) -> Result<(), Fault> {
        self.before.add(&before.lines)?;
        self.after.add(&after.lines)?;
        for (sums, side) in self.margins.iter_mut().zip([before, after]) {
            for (currency, value) in &side.margin.0 {
                let sum = sums.entry(*currency).or_default();
                *sum = sum.saturating_add(*value);
            }
        }
        for line in before.lines.iter().chain(&after.lines) {
            if !self.names.contains_key(&line.business_key)
                && let Some(payee) = before.payee(line.payee).or_else(|| after.payee(line.payee))
            {
                let attributes = &payee.attributes;
                let name = (attributes.partner.clone(), attributes.display_name.clone());
                self.names.insert(line.business_key.clone(), name);
            }
        }
        let mut sums: BTreeMap<Currency, (i64, i64)> = BTreeMap::new();
        for line in &before.lines {
            let sum = &mut sums.entry(line.amount.currency).or_default().0;
            *sum = sum.saturating_add(line.amount.value);
        }
        for line in &after.lines {
            let sum = &mut sums.entry(line.amount.currency).or_default().1;
            *sum = sum.saturating_add(line.amount.value);
        }
        let amount = |currency: Currency, value: i64| MinorAmount { currency, value };
        self.by_period.extend(
            sums.into_iter().map(|(c, (before, after))| (period.to_owned(), amount(c, before), amount(c, after))),
        );
        self.budgets.extend(budgets(period, (now, &before.lines), (then, &after.lines)));
        Ok(())
    }

    /// The outcome in one currency.
    fn outcome(
        &self,
        totals: incentive_calculation_domain::simulation::Totals,
        bands: &incentive_calculation_domain::simulation::Bands,
    ) -> Result<CurrencyOutcome, Fault> {
        let currency = totals.currency;
        let margin = |side: usize| {
            let sum = self.margins.get(side).and_then(|m| m.get(&currency)).copied().unwrap_or_default();
            Exact::from_scaled(sum, currency.fact_scale())
                .round_to(currency.exponent(), Rounding::HalfAwayFromZero)
                .ok_or_else(|| Fault::internal("a margin exceeds 64 bits of minor units"))
        };
        let counts = bands.iter().find(|(c, _)| *c == currency).map(|(_, counts)| *counts).unwrap_or_default();
        Ok(CurrencyOutcome {
            totals,
            bands: incentive_calculation_domain::simulation::Band::ALL.into_iter().zip(counts).collect(),
            margin_before: margin(0)?,
            margin_after: margin(1)?,
        })
    }
}

/// What the shared caps over all payees bear, on either side.
fn budgets(
    period: &str,
    (now, before): (&[PlanInRun], &[LineResult]),
    (then, after): (&[PlanInRun], &[LineResult]),
) -> Vec<Budget> {
    let caps = |plans: &[PlanInRun]| -> Vec<(String, SharedCap)> {
        let of = |p: &PlanInRun| p.spec.shared_caps.iter().map(|c| (p.slot.clone(), c.clone())).collect::<Vec<_>>();
        plans.iter().flat_map(of).filter(|(_, cap)| cap.scope == CapScope::Plan).collect()
    };
    let borne = |slot: &str, cap: &SharedCap, lines: &[LineResult]| -> i64 {
        let under = |l: &&LineResult| {
            l.slot == slot && l.amount.currency == cap.currency && (cap.rules.is_empty() || cap.rules.contains(&l.rule))
        };
        lines.iter().filter(under).map(|l| l.amount.value).fold(0, i64::saturating_add)
    };
    let (now, then) = (caps(now), caps(then));
    let mut found: Vec<Budget> = Vec::new();
    for (slot, cap) in now.iter().chain(then.iter().filter(|c| !now.contains(c))) {
        let value = Exact::from(cap.amount).round_to(cap.currency.exponent(), Rounding::HalfAwayFromZero);
        let both = (slot.clone(), cap.clone());
        found.push(Budget {
            cap: cap.id.clone(),
            period: period.to_owned(),
            amount: MinorAmount { currency: cap.currency, value: value.unwrap_or(i64::MAX) },
            before: now.contains(&both).then(|| borne(slot, cap, before)),
            after: then.contains(&both).then(|| borne(slot, cap, after)),
        });
    }
    found
}
