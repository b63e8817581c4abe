//! What a run calculates from: a period, plans and a snapshot. Everything that asks for lines (final runs, previews,
//! recomputations of closed periods, positions) comes through here.

use std::collections::{BTreeSet, HashMap};

use incentive_calculation_domain::{
    close::Recomputed,
    engine::{Engine, LineResult, PlanInRun},
    plan,
    plan_version::PlanVersion,
    run::Run,
    simulation::{Margin, Scenario},
};
use tributary_core::{Date, Days, Fault, Period, TenantId};
use tributary_sql::Progress;

use super::{
    super::{App, run_inputs::RunInputs},
    stage,
};
use crate::ports::{Arrivals, PayeeAttributes};

/// Slot of the lines of a plan that was given in the request.
const PREVIEW_SLOT: &str = "preview";

/// What lines are calculated from.
pub struct Basis {
    /// The period.
    pub period: Period,
    /// The days of its year.
    pub year: Days,
    /// The programme whose earlier lines count, last part of its name; `None` for a plan that is tried out.
    pub programme: Option<String>,
    /// The plans, in the order of slots.
    pub plans: Vec<PlanInRun>,
    /// Facts up to this batch are seen.
    pub batch: i64,
    /// Everything else is seen as it had arrived up to these numbers.
    pub arrivals: Arrivals,
    /// How facts are changed before they are measured, for a what-if; the margin is then worked out, too.
    pub scenario: Option<Scenario>,
    /// The last day that counts; attributes on it decide. The last of the period, but for a look at a part of it.
    pub last_day: Date,
    /// Facts are read row by row, also where segments hold them: a recomputation for proof trusts no copy.
    pub only_rows: bool,
    /// Only lines of these payees (last parts of their names), under plans that do not [`reach_others`]; `None`: of all.
    ///
    /// [`reach_others`]: incentive_calculation_domain::engine::reach_others
    pub partners: Option<BTreeSet<String>>,
    /// The runs whose lines count as stated; `None`: the newest final run of each period.
    pub stating_runs: Option<Vec<String>>,
    /// Earlier closed periods that changed, as they come out now: rules that build on stated lines build on these.
    pub recomputed: Vec<Recomputed>,
}

/// Whom a calculation tells how far it is.
pub struct Watch<'a> {
    /// Resource name of the run.
    pub run: &'a str,
    /// The operation.
    pub progress: &'a Progress,
}

/// Lines, with who their payees are.
pub struct Calculated {
    /// The lines, in canonical order.
    pub lines: Vec<LineResult>,
    /// Facts read.
    pub fact_count: i64,
    /// Payees, by the numbers that the lines name them by.
    pub payees: Payees,
    /// Attributes on the last day, by partner id.
    pub attributes: HashMap<String, PayeeAttributes>,
    /// Sales less cost in the period, for a what-if.
    pub margin: Margin,
    /// The earlier run, last part of its name, from which lines were taken over.
    pub carried_from: Option<String>,
}

impl Calculated {
    /// Attributes of a line's payee.
    pub fn payee(&self, number: u32) -> Option<&PayeeAttributes> {
        self.payees.id(number).and_then(|id| self.attributes.get(id))
    }
}

impl App {
    /// What a run calculates from.
    pub(in super::super) async fn basis(&self, tenant: &TenantId, run: &Run) -> Result<Basis, Fault> {
        let period = run.calendar_period().map_err(Fault::internal)?;
        Ok(Basis {
            period,
            year: run.year.unwrap_or_else(|| period.year()),
            programme: run.programme.as_ref().map(ToString::to_string),
            plans: self.plans_of(tenant, run).await?,
            batch: run.snapshot_batch,
            arrivals: Arrivals::up_to(run.snapshot_arrival),
            scenario: None,
            last_day: period.to().plus_days(-1),
            only_rows: false,
            partners: None,
            stating_runs: run.programme.as_ref().map(|_| run.stating_runs.clone()),
            recomputed: Vec::new(),
        })
    }

    /// The one calculation: reads the facts, lets the engine add them up.
    pub(in super::super) async fn lines(
        &self,
        tenant: &TenantId,
        basis: &Basis,
        watch: Option<&Watch<'_>>,
    ) -> Result<Calculated, Fault> {
        let engine = Engine::in_year(basis.period, basis.year, basis.plans.clone());
        let mut payees = Payees::default();
        let (mut engine, margin, fact_count) = self.absorb(tenant, basis, engine, &mut payees, watch).await?;
        self.absorb_sales(tenant, basis, &mut engine, &mut payees).await?;
        report(watch, "calculating lines", fact_count, fact_count).await?;
        let RunInputs { inputs, attributes } = self.run_inputs(tenant, basis, &engine, &mut payees).await?;
        let lines = engine.finish(&inputs)?;
        Ok(Calculated { lines, fact_count, payees, attributes, margin, carried_from: None })
    }

    /// The plans of a run, in the order of slots.
    async fn plans_of(&self, tenant: &TenantId, run: &Run) -> Result<Vec<PlanInRun>, Fault> {
        if let Some(spec) = &run.plan {
            return Ok(vec![PlanInRun {
                slot: PREVIEW_SLOT.to_owned(),
                version_name: String::new(),
                digest: plan::digest(spec),
                spec: spec.clone(),
            }]);
        }
        self.plans_named(tenant, &run.plan_versions).await
    }

    /// Plan versions as they take part in a run, by their resource names.
    pub(in super::super) async fn plans_named(
        &self,
        tenant: &TenantId,
        names: &[String],
    ) -> Result<Vec<PlanInRun>, Fault> {
        let mut plans = Vec::with_capacity(names.len());
        for name in names {
            let missing = || Fault::internal(format!("{name} is not there"));
            let (plan, number) = PlanVersion::parse_name(name).ok_or_else(missing)?;
            let version = self.store.plan_version(tenant, plan.as_str(), number).await?.ok_or_else(missing)?;
            plans.push(PlanInRun {
                slot: version.slot.to_string(),
                version_name: version.name(),
                digest: version.spec_digest,
                spec: version.spec,
            });
        }
        Ok(plans)
    }
}

/// Tells how far a calculation is, and stops it when it was cancelled.
pub(in super::super) async fn report(
    watch: Option<&Watch<'_>>,
    what: &str,
    read: i64,
    total: i64,
) -> Result<(), Fault> {
    match watch {
        Some(watch) => watch.progress.report(stage(watch.run, what, read, total)).await,
        None => Ok(()),
    }
}

/// Numbers payees in the order of their first fact.
#[derive(Default)]
pub struct Payees {
    numbers: HashMap<String, u32>,
    ids: Vec<String>,
}

impl Payees {
    /// The number of a partner, which it gets if it has none.
    pub fn number(&mut self, id: &str) -> u32 {
        if let Some(number) = self.numbers.get(id) {
            return *number;
        }
        let number = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
        self.numbers.insert(id.to_owned(), number);
        self.ids.push(id.to_owned());
        number
    }

    /// The number of a partner that has one.
    pub fn known(&self, id: &str) -> Option<u32> {
        self.numbers.get(id).copied()
    }

    /// Partner ids in the order of their numbers.
    pub fn ids(&self) -> &[String] {
        &self.ids
    }

    /// Partner id of a number.
    pub fn id(&self, number: u32) -> Option<&String> {
        self.ids.get(usize::try_from(number).ok()?)
    }
}
