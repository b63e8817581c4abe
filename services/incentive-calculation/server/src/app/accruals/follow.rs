//! Keeps the sums per day up with the facts. A filter remembers the batch it has reached and moves on in the
//! transaction that writes its sums, from where it was seen: of several replicas one moves it, the others find it moved.
//! A filter that is new, because a plan was activated, begins before the first batch and catches up the same way.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use incentive_calculation_domain::{
    accrual::{Added, Filter},
    engine::{Engine, PlanInRun},
    plan_version::PlanVersion,
    reasons::AMOUNT_OVERFLOW,
};
use tokio::sync::Notify;
use tributary_core::{Fault, Period, TenantId};
use tributary_lifecycle::CancellationToken;

use crate::{
    app::App,
    ports::{StoredFact, accruals::KeptFilter},
};

/// How often facts of other replicas are looked for; those of this one wake the worker.
const POLL: Duration = Duration::from_millis(400);
/// Facts taken in at once: a filter that catches up reads about this many at a time.
const FACTS: i64 = 20_000;

/// Follows the facts until stopped.
pub async fn follow(app: Arc<App>, facts: Arc<Notify>, stop: CancellationToken) {
    let mut seen = Seen::new();
    while !stop.is_cancelled() {
        let more = match round(&app, &mut seen).await {
            Ok(more) => more,
            Err(error) => {
                tracing::warn!(%error, "accruals were not brought up to date, will be tried again");
                false
            }
        };
        if !more {
            tokio::select! {
                () = stop.cancelled() => {}
                () = facts.notified() => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }
}

/// The active versions of each tenant whose filters are there: plans are read again only when these have changed.
type Seen = HashMap<TenantId, Vec<(String, i64)>>;

/// One step for every tenant; whether there is more to do.
async fn round(app: &App, seen: &mut Seen) -> Result<bool, Fault> {
    let mut more = false;
    for tenant in app.store.tenants_with_active_plans().await? {
        let active = app.store.active_numbers(&tenant).await?;
        if seen.get(&tenant) != Some(&active) {
            let versions = app.all_active(&tenant).await?;
            app.keep_filters(&tenant, &versions).await?;
            seen.insert(tenant.clone(), active);
        }
        more |= app.step(&tenant).await?;
    }
    Ok(more)
}

impl App {
    /// Adds the filters that plans of a tenant need and that are not there yet.
    pub(super) async fn keep_filters(&self, tenant: &TenantId, versions: &[PlanVersion]) -> Result<(), Fault> {
        let there = self.store.accrual_filters(tenant).await?;
        let mut missing: Vec<Filter> = Vec::new();
        for version in versions {
            for filter in filters_of(version) {
                if !missing.contains(&filter) && !there.iter().any(|kept| kept.filter == filter) {
                    missing.push(filter);
                }
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        let mut tx = self.store.begin().await?;
        tx.add_filters(tenant, &missing).await?;
        // Nothing to wake anybody for: the worker goes on by itself.
        Ok(tx.commit().await?)
    }

    /// Takes in what is new until every filter has reached the newest batch, or the time is over.
    pub(super) async fn catch_up(&self, tenant: &TenantId, patience: Duration) -> Result<(), Fault> {
        let begun = Instant::now();
        while begun.elapsed() < patience && self.step(tenant).await? {}
        Ok(())
    }

    /// Takes some batches in for the filters that are furthest behind; whether there was something to do.
    async fn step(&self, tenant: &TenantId) -> Result<bool, Fault> {
        let newest = self.store.newest_batch(tenant).await?;
        if !self.store.filter_behind(tenant, newest).await? {
            return Ok(false);
        }
        let filters = self.store.accrual_filters(tenant).await?;
        let Some(low) = filters.iter().map(|f| f.through_batch).min().filter(|low| *low < newest) else {
            return Ok(false);
        };
        // Those that are behind stop where the next ones wait, and go on together.
        let next = filters.iter().map(|f| f.through_batch).filter(|b| *b > low).min().unwrap_or(newest);
        let through = next.min(self.store.batches_of(tenant, low, FACTS).await?.max(low.saturating_add(1)));
        let facts = self.store.facts_of_batches(tenant, low, through).await?;
        let moved = self.store.facts_moved(tenant, low, through).await?;
        let behind = filters.into_iter().filter(|f| f.through_batch == low);
        let added = behind.map(|f| sums(&f, &facts, &moved).map(|a| (f, a))).collect::<Result<Vec<_>, _>>()?;

        let mut tx = self.store.begin().await?;
        for (filter, mut added) in added {
            if !tx.move_filter(tenant, &filter.id, low, through).await? {
                // Another replica was first; dropping the transaction undoes the others.
                return Ok(true);
            }
            let keys: Vec<_> = added.days.keys().cloned().collect();
            for (key, before) in tx.day_sums(tenant, &filter.id, &keys).await? {
                if let Some(sum) = added.days.get_mut(&key) {
                    *sum = sum.plus(&before).ok_or_else(|| overflow(&key.partner))?;
                }
            }
            tx.put_days(tenant, &filter.id, &added).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// The active versions of all programmes.
    async fn all_active(&self, tenant: &TenantId) -> Result<Vec<PlanVersion>, Fault> {
        const PAGE: u32 = 1_000;
        let mut versions = Vec::new();
        let mut after = String::new();
        loop {
            let programmes = self.store.programmes(tenant, &after, PAGE).await?;
            for programme in &programmes {
                versions.extend(self.store.active_versions(tenant, programme.id.as_str()).await?);
            }
            match programmes.last() {
                Some(last) if programmes.len() >= usize::try_from(PAGE).unwrap_or(usize::MAX) => {
                    after = last.id.to_string();
                }
                _ => return Ok(versions),
            }
        }
    }
}

/// A version as it takes part in a run.
pub(super) fn in_run(version: &PlanVersion) -> PlanInRun {
    PlanInRun {
        slot: version.slot.to_string(),
        version_name: version.name(),
        digest: version.spec_digest.clone(),
        spec: version.spec.clone(),
    }
}

/// The filters that a plan counts by. They do not depend on the period, but for rules with bounds of their own: the
/// bounds are left aside.
fn filters_of(version: &PlanVersion) -> Vec<Filter> {
    let mut plan = in_run(version);
    (plan.spec.effective_from, plan.spec.effective_to) = (None, None);
    for rule in &mut plan.spec.rules {
        (rule.effective_from, rule.effective_to) = (None, None);
    }
    let dailies = Engine::new(Period::Year(2000), vec![plan]).dailies();
    // Also of rules on single facts: their sums say who has facts.
    dailies.into_iter().map(|daily| daily.filter).collect()
}

/// What new facts add, and what returns whose sale has come now move from their own day to that of the sale (R13).
fn sums(kept: &KeptFilter, facts: &[StoredFact], moved: &[StoredFact]) -> Result<Added, Fault> {
    let mut added = Added::default();
    for stored in moved {
        let before = StoredFact { sale_day: None, ..stored.clone() };
        if !added.take_back(&kept.filter, &stored.partner_id, &before.measured(0)) {
            return Err(overflow(&stored.partner_id));
        }
    }
    for stored in facts.iter().chain(moved) {
        if !added.take(&kept.filter, &stored.partner_id, &stored.measured(0)) {
            return Err(overflow(&stored.partner_id));
        }
    }
    Ok(added)
}

fn overflow(partner: &str) -> Fault {
    Fault::new(
        AMOUNT_OVERFLOW,
        format!("the sums of partners/{partner} exceed 128 bits; look for a fact of absurd size"),
    )
}
