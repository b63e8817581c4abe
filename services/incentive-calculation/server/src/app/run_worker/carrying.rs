//! A run that follows another one of its period: payees of whom nothing changed keep the lines of that run, the others
//! are calculated. What comes out is what a calculation of everybody gives, to the last digit of the digest; where that
//! cannot be told beforehand, everybody is calculated. Recomputing a run for proof never comes here.

use std::collections::BTreeSet;

use incentive_calculation_domain::{
    assignment::Attributes,
    engine::{Engine, Needs, reach_others},
    run::{Run, RunState, Statement, TRUE_UP},
};
use tributary_core::{Date, Days, Fault, TenantId};

use super::{super::App, Basis, Calculated, Watch, report};
use crate::ports::{PayeeAttributes, StatementCursor, StatementOrder};

/// The release of this program: another one may calculate otherwise.
pub(super) const RELEASE: &str = env!("CARGO_PKG_VERSION");
/// Earlier runs that are looked at, newest first.
const LOOKED_AT: u32 = 20;
/// Statements read at once.
const PAGE: u32 = 1_000;

/// A run whose lines still hold, but for some payees.
pub(super) struct Earlier {
    run: Run,
    touched: BTreeSet<String>,
}

impl App {
    /// The newest run from which a run can take lines over; `None`: it has to calculate everybody.
    pub(super) async fn earlier(&self, tenant: &TenantId, run: &Run, basis: &Basis) -> Result<Option<Earlier>, Fault> {
        let Some(programme) = run.programme.as_ref().filter(|_| !reach_others(&basis.plans)) else { return Ok(None) };
        let engine = Engine::in_year(basis.period, basis.year, basis.plans.clone());
        let needs = engine.needs();
        // What closed periods come out to now was not known to an earlier run.
        if needs.stated_from.is_some() && !basis.recomputed.is_empty() {
            return Ok(None);
        }
        let runs = self.store.runs(tenant, programme.as_str(), &run.period, None, LOOKED_AT).await?;
        let Some(earlier) = runs.into_iter().find(|earlier| follows(run, earlier, &needs)) else { return Ok(None) };
        let Some(touched) = self.touched(tenant, (run, &earlier), &engine, &needs).await? else { return Ok(None) };
        // Payee by payee costs more per fact than all in one go.
        let half = earlier.statement_count.checked_div(2).unwrap_or(0).max(1);
        if super::count(touched.len()) > half {
            return Ok(None);
        }
        Ok(Some(Earlier { run: earlier, touched }))
    }

    /// Whose lines something may have changed since an earlier run, last parts of their names; `None`: everybody's.
    async fn touched(
        &self,
        tenant: &TenantId,
        (run, earlier): (&Run, &Run),
        engine: &Engine,
        needs: &Needs,
    ) -> Result<Option<BTreeSet<String>>, Fault> {
        // The sale that a return names may have any day; it has the payee of the return (R13).
        let windows = if needs.sales { vec![all_days()] } else { engine.windows() };
        let (since, up_to) = (earlier.snapshot_batch, run.snapshot_batch);
        let by_facts = self.store.arrived_by_payee(tenant, &windows, since, up_to).await?;
        let mut touched: BTreeSet<String> = by_facts.into_iter().map(|(id, _)| id).collect();
        let (since, up_to) = (earlier.snapshot_arrival, run.snapshot_arrival);
        if since == up_to {
            return Ok(Some(touched));
        }
        touched.extend(self.store.partners_arrived(tenant, since, up_to).await?);
        let inputs = self.inputs_changed(tenant, run, since, engine).await?;
        // A rate has no partner.
        if !inputs.rates.is_empty() {
            return Ok(None);
        }
        touched.extend(inputs.figures.into_iter().chain(inputs.opening_lines).map(|(id, _)| id));
        if let Some(programme) = run.programme.as_ref().filter(|_| needs.stated_from.is_some()) {
            let stated = self.store.runs_stated(tenant, programme.as_str(), since, up_to).await?;
            // The earlier run named it too, but had read its numbers before it stated.
            if run.stating_runs.iter().any(|id| stated.contains(id)) {
                return Ok(None);
            }
        }
        Ok(Some(touched))
    }

    /// The lines of a run: those of touched payees calculated, those of the others taken over.
    pub(super) async fn carried(
        &self,
        tenant: &TenantId,
        basis: Basis,
        earlier: Earlier,
        watch: Option<&Watch<'_>>,
    ) -> Result<Calculated, Fault> {
        let Earlier { run, touched } = earlier;
        let windows = Engine::in_year(basis.period, basis.year, basis.plans.clone()).windows();
        let gained = self.store.facts_gained(tenant, &windows, run.snapshot_batch, basis.batch).await?;
        let basis = Basis { partners: Some(touched), ..basis };
        let mut calculated = self.lines(tenant, &basis, watch).await?;
        calculated.fact_count = run.fact_count.saturating_add(gained);
        report(watch, &format!("taking lines over from {}", run.name()), calculated.fact_count, calculated.fact_count)
            .await?;
        let touched = basis.partners.unwrap_or_default();
        let mut after: Option<StatementCursor> = None;
        loop {
            let read = self.store.statements(tenant, &run.id, "", StatementOrder::ByPartner, after.as_ref(), PAGE);
            let page = read.await?;
            let full = page.len() == usize::try_from(PAGE).unwrap_or(usize::MAX);
            after = page.last().filter(|_| full).map(|(last, _)| StatementCursor::of(last));
            for (statement, lines) in page {
                let id = statement.partner.trim_start_matches("partners/");
                if touched.contains(id) {
                    continue;
                }
                let number = calculated.payees.number(id);
                let key = &statement.partner_business_key;
                let own = lines.into_iter().filter(|line| line.slot != TRUE_UP || !line.rule.is_empty());
                calculated.lines.extend(own.map(|line| line.result(number, key.clone())));
                calculated.attributes.entry(id.to_owned()).or_insert_with(|| payee(&statement));
            }
            if after.is_none() {
                calculated.carried_from = Some(run.id);
                return Ok(calculated);
            }
        }
    }
}

/// Whether an earlier run saw no more than this one, under the same plans, for the same days.
fn follows(run: &Run, earlier: &Run, needs: &Needs) -> bool {
    let by_stated =
        needs.stated_from.is_none() || (&earlier.stating_runs, &earlier.closed) == (&run.stating_runs, &run.closed);
    by_stated
        && earlier.id != run.id
        && earlier.state == RunState::Succeeded
        && earlier.release == RELEASE
        && earlier.snapshot_batch <= run.snapshot_batch
        && earlier.snapshot_arrival <= run.snapshot_arrival
        && (&earlier.programme, &earlier.period) == (&run.programme, &run.period)
        && (earlier.named, earlier.year) == (run.named, run.year)
        && earlier.plan_versions == run.plan_versions
}

fn all_days() -> Days {
    // Wider than any calendar, so that no day lies outside.
    (Date::from_days(i64::from(i32::MIN)), Date::from_days(i64::from(i32::MAX)))
}

/// What a statement tells of its payee: enough to state it again.
fn payee(statement: &Statement) -> PayeeAttributes {
    PayeeAttributes {
        attributes: Attributes {
            partner: statement.partner.clone(),
            business_key: statement.partner_business_key.clone(),
            display_name: statement.partner_display_name.clone(),
            ..Attributes::default()
        },
        external_refs: statement.partner_external_refs.clone(),
    }
}
