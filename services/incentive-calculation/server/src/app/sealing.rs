//! Puts facts into segments behind the ingest, so that a run finds them in columns. A run reads what is not sealed yet
//! from rows, so nothing waits for this worker, and what it writes can be made anew from the rows at any time. Replicas
//! may seal the same batches at once: they write the same, and the later batch stays.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use incentive_calculation_domain::engine::Fields;
use tributary_core::{Date, Fault, TenantId};
use tributary_lifecycle::CancellationToken;
use tributary_sql::StoreError;

use super::App;
use crate::{
    ports::{
        StoredFact,
        segments::{Loose, SegmentQuery, StoredSegment},
    },
    segment::{merge, month_of},
};

/// How often is looked for facts that can be sealed.
const POLL: Duration = Duration::from_secs(3);
/// So many facts are sealed while more come: rewriting segments pays then.
const MANY: u32 = 50_000;
/// So many are once no more come; fewer are read from rows in no time.
const SOME: u32 = 2_000;
/// Facts of one step.
const STEP: i64 = 200_000;
/// Segments of one transaction: a writer waits for it.
const WRITTEN: usize = 250;

/// Facts of a partner and month.
type Grouped = ((String, i64), Vec<StoredFact>);

/// Seals until stopped.
pub async fn follow(app: Arc<App>, stop: CancellationToken) {
    let mut newest = HashMap::new();
    while stop.run_until_cancelled(tokio::time::sleep(POLL)).await.is_some() {
        if let Err(error) = round(&app, &mut newest, &stop).await {
            tracing::warn!(%error, "facts were not sealed, will be tried again");
        }
    }
}

/// Seals for every tenant that has much, or something and no more coming. `newest` remembers the newest batches.
async fn round(app: &App, newest: &mut HashMap<TenantId, i64>, stop: &CancellationToken) -> Result<(), Fault> {
    for tenant in app.store.tenants_with_active_plans().await? {
        let batch = app.store.newest_batch(&tenant).await?;
        let quiet = newest.insert(tenant.clone(), batch) == Some(batch);
        let sealed = app.store.sealed_through(&tenant).await?;
        let enough = if quiet { SOME } else { MANY };
        if sealed < batch && app.store.facts_after(&tenant, sealed, enough).await? >= i64::from(enough) {
            while !stop.is_cancelled() && app.seal(&tenant).await? {}
        }
    }
    Ok(())
}

impl App {
    /// Seals the next batches; whether there were any.
    ///
    /// # Errors
    /// `STORE_UNAVAILABLE`.
    pub async fn seal(&self, tenant: &TenantId) -> Result<bool, Fault> {
        let after = self.store.sealed_through(tenant).await?;
        let through = self.store.batches_of(tenant, after, STEP).await?;
        if through == 0 {
            return Ok(false);
        }
        let rows = self.store.loose_facts(tenant, Loose::After(after, through), &[], Fields::ALL, u32::MAX).await?;
        let mut groups: BTreeMap<(String, i64), Vec<StoredFact>> = BTreeMap::new();
        for row in rows.ok_or_else(|| Fault::internal("batches hold more facts than can be counted"))? {
            groups.entry((row.partner_id.clone(), month_of(row.fact.occurred_on))).or_default().push(row);
        }
        let mut groups = groups.into_iter();
        loop {
            let some: Vec<Grouped> = groups.by_ref().take(WRITTEN).collect();
            if some.is_empty() {
                break;
            }
            let segments = self.merged(tenant, some, through).await?;
            let mut tx = self.store.begin().await?;
            tx.put_segments(tenant, &segments).await?;
            tx.commit().await?;
        }
        // Only now may a run leave these rows out.
        let mut tx = self.store.begin().await?;
        tx.move_sealed(tenant, through).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// The segments with the new rows in.
    async fn merged(&self, tenant: &TenantId, groups: Vec<Grouped>, through: i64) -> Result<Vec<StoredSegment>, Fault> {
        let days = || groups.iter().flat_map(|(_, rows)| rows.iter().map(|row| row.fact.occurred_on));
        let (first, last) = (days().min(), days().max());
        let mut partners: Vec<String> = groups.iter().map(|((partner, _), _)| partner.clone()).collect();
        partners.dedup();
        let query = SegmentQuery {
            partners: Some(partners),
            windows: first.zip(last.map(|day: Date| day.plus_days(1))).into_iter().collect(),
            after: None,
            rest: true,
            limit: u32::MAX,
        };
        let there = self.store.segments(tenant, &query).await?;
        let merged = tokio::task::spawn_blocking(move || {
            let there: HashMap<(&str, i64), &StoredSegment> =
                there.iter().map(|segment| ((segment.partner_id.as_str(), segment.month), segment)).collect();
            let merged = groups
                .iter()
                .map(|(key, rows)| merge(key, there.get(&(key.0.as_str(), key.1)).copied(), rows, through));
            merged.filter_map(Result::transpose).collect::<Result<Vec<_>, StoreError>>()
        });
        Ok(merged.await.map_err(|e| Fault::internal(format!("sealing failed: {e}")))??)
    }
}
