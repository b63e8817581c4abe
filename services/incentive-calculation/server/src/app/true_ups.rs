//! R18: recomputes closed periods that something has changed of since they were stated, and finds the true-ups.

use std::collections::{BTreeMap, BTreeSet};

use incentive_calculation_domain::{
    close::{
        Changes, LineKey, Lines, Recomputed, RecomputedLine, TrueUp, builds_on_stated, differences, formulas, lines_of,
        true_ups,
    },
    engine::Engine,
    run::{Run, StatementLine, TRUE_UP},
};
use tributary_core::{Date, Fault, TenantId};

use super::{
    App,
    run_worker::{Basis, Calculated, Watch, report},
};
use crate::ports::{Arrivals, StatementCursor, StatementOrder};

/// Statements read at once.
const PAGE: u32 = 500;

/// What a run settles of closed periods.
#[derive(Default)]
pub(super) struct Settlement {
    /// One per payee and currency.
    pub true_ups: Vec<TrueUp>,
    /// The closed periods that changed, as they come out now.
    pub recomputed: Vec<Recomputed>,
}

impl App {
    /// Looks at the closed periods of a run, earliest first, and recomputes those that changed or build on one that did.
    /// The usual run finds that nothing changed by numbers and days alone.
    pub(super) async fn settle(
        &self,
        tenant: &TenantId,
        run: &Run,
        own: &Basis,
        watch: Option<&Watch<'_>>,
    ) -> Result<Settlement, Fault> {
        let mut settlement = Settlement::default();
        let mut found = Vec::new();
        let mut all_closed = Vec::with_capacity(run.closed.len());
        for closed in &run.closed {
            all_closed.push((closed, self.plans_named(tenant, &closed.plan_versions).await?));
        }
        let any_builds = builds_on_stated(&own.plans) || all_closed.iter().any(|(_, plans)| builds_on_stated(plans));
        for (closed, plans) in all_closed {
            let period = closed.calendar_period().map_err(Fault::internal)?;
            let year = closed.year.unwrap_or_else(|| period.year());
            let engine = Engine::in_year(period, year, plans.clone());
            // Where other lines build on these, they are needed as they are now even if true-ups have settled them.
            let since = if any_builds { &closed.locked } else { &closed.seen };
            let earlier = builds_on_stated(&plans)
                && (!settlement.recomputed.is_empty()
                    || self.restated_before(tenant, run, closed.from, since.arrival).await?);
            if !earlier && !self.changed(tenant, run, closed, since, &engine).await? {
                continue;
            }
            report(watch, &format!("recomputing {}", closed.period), 0, 0).await?;
            let basis = Basis {
                period,
                year,
                programme: run.programme.as_ref().map(ToString::to_string),
                plans,
                batch: run.snapshot_batch,
                arrivals: Arrivals::up_to(run.snapshot_arrival),
                last_day: period.to().plus_days(-1),
                scenario: None,
                only_rows: own.only_rows,
                partners: None,
                stating_runs: Some(run.stating_runs.clone()),
                recomputed: settlement.recomputed.clone(),
            };
            let calculated = self.lines(tenant, &basis, watch).await?;
            let now = lines_of(&calculated.lines, |n| calculated.payee(n).map(|p| p.attributes.partner.as_str()))?;
            let stated = self.stated_so_far(tenant, run, &closed.period, &closed.run, &run.stating_runs).await?;
            let changes = Changes { earlier_period: earlier, ..self.changes(tenant, run, closed, &engine).await? };
            let formulas = formulas(&basis.plans);
            found.extend(differences(&closed.period, &stated, &now, &formulas, &changes)?);
            settlement.recomputed.push(recomputed((closed.from, closed.to), &calculated, formulas));
        }
        settlement.true_ups = true_ups(found)?;
        Ok(settlement)
    }

    /// Whether a run of a period before a day has come to count as stated since an arrival: an earlier period that was
    /// calculated, or calculated again, after a later one was locked.
    async fn restated_before(&self, tenant: &TenantId, run: &Run, day: Date, since: i64) -> Result<bool, Fault> {
        let Some(programme) = &run.programme else { return Ok(false) };
        let new = self.store.runs_stated(tenant, programme.as_str(), since, run.snapshot_arrival).await?;
        for id in run.stating_runs.iter().filter(|id| new.contains(*id)) {
            let stated = self.store.run(tenant, id).await?;
            let stated = stated.ok_or_else(|| Fault::internal(format!("runs/{id} is not there")))?;
            if stated.calendar_period().map_err(Fault::internal)?.to() <= day {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What has been stated of a closed period: by its locked run, and by the true-ups of runs that count as stated.
    pub(super) async fn stated_so_far(
        &self,
        tenant: &TenantId,
        run: &Run,
        period: &str,
        locked: &str,
        stating_runs: &[String],
    ) -> Result<Lines, Fault> {
        let mut stated = Lines::default();
        let mut after: Option<StatementCursor> = None;
        loop {
            let page =
                self.store.statements(tenant, locked, "", StatementOrder::ByPartner, after.as_ref(), PAGE).await?;
            let full = page.len() == usize::try_from(PAGE).unwrap_or(usize::MAX);
            for (statement, lines) in &page {
                for line in lines.iter().filter(|line| line.slot != TRUE_UP || !line.rule.is_empty()) {
                    let key = key_of(&statement.partner, line);
                    stated.add_line(key, line.amount.value, &line.trace)?;
                }
            }
            match page.last() {
                Some((last, _)) if full => after = Some(StatementCursor::of(last)),
                _ => break,
            }
        }
        let programme = run.programme.as_ref().map_or("", |p| p.as_str());
        let counts: BTreeSet<&String> = stating_runs.iter().collect();
        for settled in self.store.settled(tenant, programme, period).await? {
            if counts.contains(&settled.run) {
                stated.add(settled.key, settled.difference, &settled.plan_version)?;
            }
        }
        Ok(stated)
    }

    /// The periods of which a run's true-ups settle something that has meanwhile been stated otherwise.
    pub(super) async fn outdated(
        &self,
        tenant: &TenantId,
        run: &Run,
        stating_runs: &[String],
    ) -> Result<Vec<String>, Fault> {
        let mut by_period: BTreeMap<String, Vec<(LineKey, i64)>> = BTreeMap::new();
        for settled in self.store.settled_by(tenant, &run.id).await? {
            by_period.entry(settled.period).or_default().push((settled.key, settled.stated));
        }
        let mut outdated = Vec::new();
        for (period, lines) in by_period {
            let Some(closed) = run.closed.iter().find(|c| c.period == period) else { continue };
            let stated = self.stated_so_far(tenant, run, &period, &closed.run, stating_runs).await?;
            if lines.iter().any(|(key, value)| stated.0.get(key).map_or(0, |s| s.value) != *value) {
                outdated.push(period);
            }
        }
        Ok(outdated)
    }
}

fn key_of(partner: &str, line: &StatementLine) -> LineKey {
    LineKey {
        partner: partner.to_owned(),
        currency: line.amount.currency,
        slot: line.slot.clone(),
        rule: line.rule.clone(),
        part: line.part.clone(),
    }
}

fn recomputed((from, to): (Date, Date), calculated: &Calculated, formulas: BTreeSet<(String, String)>) -> Recomputed {
    let lines = calculated.lines.iter().filter_map(|line| {
        Some(RecomputedLine {
            partner: calculated.payee(line.payee)?.attributes.partner.clone(),
            slot: line.slot.clone(),
            rule: line.rule.clone(),
            part: line.part.clone(),
            amount: line.amount,
            carried: line.trace.carried.clone().unwrap_or_default(),
        })
    });
    Recomputed { from, to, lines: lines.collect(), formulas }
}
