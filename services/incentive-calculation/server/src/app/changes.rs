//! What changed of a period since something saw it: facts, partners, plan versions, and of figures, rates and lines of an
//! older system those that the period looks at.

use std::collections::BTreeSet;

use incentive_calculation_domain::{
    close::{Changes, ClosedPeriod, Seen},
    engine::Engine,
    rate::RateKey,
    run::Run,
};
use tributary_core::{Fault, TenantId};

use super::App;
use crate::ports::StatedQuery;

/// What changed beside facts and partners.
#[derive(Default)]
pub(super) struct InputChanges {
    /// How many figures, by partner id.
    pub figures: Vec<(String, i64)>,
    /// Which rates.
    pub rates: BTreeSet<RateKey>,
    /// How many lines of an older system, by partner id.
    pub opening_lines: Vec<(String, i64)>,
}

impl InputChanges {
    fn is_empty(&self) -> bool {
        self.figures.is_empty() && self.rates.is_empty() && self.opening_lines.is_empty()
    }
}

impl App {
    /// Whether anything that decides a closed period changed since something saw it. `engine` is that of the period.
    pub(super) async fn changed(
        &self,
        tenant: &TenantId,
        run: &Run,
        closed: &ClosedPeriod,
        since: &Seen,
        engine: &Engine,
    ) -> Result<bool, Fault> {
        if closed.plan_versions != since.plan_versions {
            return Ok(true);
        }
        let arrived = self.store.arrived(tenant, &engine.windows(), since.batch, run.snapshot_batch).await?;
        if arrived.facts > 0 || arrived.moved > 0 {
            return Ok(true);
        }
        let attributes = self.store.attributes_arrived(tenant, closed.to, since.arrival, run.snapshot_arrival).await?;
        Ok(!attributes.is_empty() || !self.inputs_changed(tenant, run, since.arrival, engine).await?.is_empty())
    }

    /// What changed since a closed period was stated last, per payee.
    pub(super) async fn changes(
        &self,
        tenant: &TenantId,
        run: &Run,
        closed: &ClosedPeriod,
        engine: &Engine,
    ) -> Result<Changes, Fault> {
        let seen = &closed.seen;
        let name = |id: &str| format!("partners/{id}");
        let inputs = self.inputs_changed(tenant, run, seen.arrival, engine).await?;
        let mut changes = Changes { rates: inputs.rates, ..Changes::default() };
        for (id, of) in self.store.arrived_by_payee(tenant, &engine.windows(), seen.batch, run.snapshot_batch).await? {
            changes.payees.insert(name(&id), of);
        }
        let attributes = self.store.attributes_arrived(tenant, closed.to, seen.arrival, run.snapshot_arrival).await?;
        for (id, count) in attributes {
            changes.payees.entry(name(&id)).or_default().attribute_changes = count;
        }
        for (id, count) in inputs.figures {
            changes.payees.entry(name(&id)).or_default().figure_changes = count;
        }
        for (id, count) in inputs.opening_lines {
            changes.payees.entry(name(&id)).or_default().opening_line_changes = count;
        }
        Ok(changes)
    }

    /// What changed for the period of an engine between an arrival and those that a run sees. The same conditions as
    /// those under which the period's inputs are loaded, so that nothing it sees is missed.
    pub(super) async fn inputs_changed(
        &self,
        tenant: &TenantId,
        run: &Run,
        since: i64,
        engine: &Engine,
    ) -> Result<InputChanges, Fault> {
        let mut changes = InputChanges::default();
        let between = (since, run.snapshot_arrival);
        if between.1 <= between.0 {
            return Ok(changes);
        }
        let (needs, period) = (engine.needs(), engine.period());
        if let Some(from) = needs.figures_from {
            let names: Vec<String> = needs.figures.iter().cloned().collect();
            changes.figures = self.store.figures_changed(tenant, (&names, (from, period.to())), between).await?;
        }
        for ((name, into), days) in &needs.rates {
            let table = name.trim_start_matches("rateTables/");
            changes.rates.extend(self.store.rates_changed(tenant, (table, *into), *days, between).await?);
        }
        if let (Some(programme), Some(from)) = (&run.programme, needs.stated_from) {
            let query = StatedQuery {
                programme: programme.to_string(),
                from,
                before: period.from(),
                up_to_arrival: run.snapshot_arrival,
                runs: Some(run.stating_runs.clone()),
            };
            changes.opening_lines = self.store.opening_lines_changed(tenant, &query, since).await?;
        }
        Ok(changes)
    }
}
