//! Facts into an engine: out of segments where they hold most of them, else row by row.

use incentive_calculation_domain::{
    engine::{Engine, Fields},
    reasons::AMOUNT_OVERFLOW,
    simulation::{Margin, Scenario},
};
use tributary_core::{Fault, Period, TenantId};

use super::{
    super::App,
    Basis, Payees, Watch, count,
    pages::{Pages, Wanted},
    report,
    sealed::Sealed,
    sharding::Shards,
};
use crate::ports::{FactKey, FactQuery, StoredFact};

/// Facts per read, and after how many it is told how far a calculation is.
const PAGE: u32 = 10_000;

/// Connections that read facts of different payees at once.
const READERS: usize = 2;

/// How far reading is, told now and then.
struct Told<'a> {
    watch: Option<&'a Watch<'a>>,
    read: i64,
    told: i64,
    total: i64,
}

impl Told<'_> {
    async fn more(&mut self, facts: i64) -> Result<(), Fault> {
        self.read = self.read.saturating_add(facts);
        if self.read.saturating_sub(self.told) >= i64::from(PAGE) {
            self.told = self.read;
            // Segments hold whole months, of which the windows may want a part; 0: how many there are is not known.
            let most = if self.total > 0 { self.total } else { i64::MAX };
            report(self.watch, "reading facts", self.read.min(most), self.total).await?;
        }
        Ok(())
    }
}

impl App {
    /// Feeds the snapshot to the engine, facts of a payee in key order; returns how many facts there were.
    pub(super) async fn absorb(
        &self,
        tenant: &TenantId,
        basis: &Basis,
        engine: Engine,
        payees: &mut Payees,
        watch: Option<&Watch<'_>>,
    ) -> Result<(Engine, Margin, i64), Fault> {
        let end = basis.last_day.plus_days(1);
        let windows = engine.windows().into_iter().map(|(from, to)| (from, to.min(end))).filter(|(from, to)| from < to);
        let query = FactQuery {
            windows: windows.collect(),
            up_to_batch: Some(basis.batch),
            as_counted: true,
            limit: PAGE,
            ..FactQuery::default()
        };
        let mut margin = Margin::default();
        if query.windows.is_empty() {
            return Ok((engine, margin, 0));
        }
        let total = match basis.partners {
            // Batches tell how many facts there are; only those that moved to another day may be a few more or less.
            None if watch.is_some() => self.store.arrived(tenant, &query.windows, 0, basis.batch).await?.facts,
            _ => 0,
        };
        let mut told = Told { watch, read: 0, told: 0, total };
        report(watch, "reading facts", 0, total).await?;
        let mut shards = Shards::start(&engine, self.workers);
        let sealed = match basis.only_rows || basis.scenario.is_some() {
            true => None,
            false => {
                let (store, partners) = (self.store.clone(), basis.partners.as_ref());
                Sealed::start(store, tenant, &query, engine.fields(), partners).await?
            }
        };
        match sealed {
            Some(mut sealed) => {
                while let Some(group) = sealed.next().await? {
                    let (facts, payee) = (group.facts(), payees.number(group.partner()));
                    if !shards.send_payee(payee, group, &sealed.counted).await {
                        break;
                    }
                    told.more(facts).await?;
                }
            }
            None => {
                let mut pages = self.pages(tenant, basis, &engine, query);
                while let Some(page) = pages.next().await {
                    let mut page = page?;
                    if let Some(scenario) = &basis.scenario {
                        change(&mut page, scenario, basis.period, &mut margin)?;
                    }
                    let facts = count(page.len());
                    if !shards.send(page, |id| payees.number(id)).await {
                        break;
                    }
                    told.more(facts).await?;
                }
            }
        }
        let (engine, facts) = shards.merged().await?;
        Ok((engine, margin, facts))
    }

    /// Reads rows: of all payees in one query, or of some, one after the other.
    fn pages(&self, tenant: &TenantId, basis: &Basis, engine: &Engine, query: FactQuery) -> Pages {
        let queries = match &basis.partners {
            None => vec![query],
            Some(partners) => {
                partners.iter().map(|id| FactQuery { partner_id: Some(id.clone()), ..query.clone() }).collect()
            }
        };
        // A what-if changes every number of a fact.
        let fields = if basis.scenario.is_some() { Fields::ALL } else { engine.fields() };
        let wanted = Wanted { store: self.store.clone(), tenant: tenant.clone(), fields };
        Pages::start(wanted, queries, self.workers.min(READERS))
    }

    /// Looks up the sales before the windows that returns name (R13).
    pub(super) async fn absorb_sales(
        &self,
        tenant: &TenantId,
        basis: &Basis,
        engine: &mut Engine,
        payees: &mut Payees,
    ) -> Result<(), Fault> {
        let wanted = engine.wanted_sales().into_iter();
        let keys: Vec<FactKey> =
            wanted.map(|(source_system, source_id)| FactKey { source_system, source_id }).collect();
        for sale in self.store.facts_of(tenant, &keys, basis.batch).await? {
            engine.absorb_sale(&sale.measured(payees.number(&sale.partner_id)));
        }
        Ok(())
    }
}

/// Changes the facts of a page for a what-if, and adds up the margin of those in the period.
fn change(page: &mut [StoredFact], scenario: &Scenario, period: Period, margin: &mut Margin) -> Result<(), Fault> {
    for stored in page {
        if !scenario.apply(&mut stored.fact) {
            let key = stored.key();
            let why = "has an amount that no longer fits when the factors change it; choose smaller factors";
            return Err(Fault::new(AMOUNT_OVERFLOW, format!("fact {}/{} {why}", key.source_system, key.source_id)));
        }
        if period.contains(stored.fact.occurred_on) {
            margin.add(&stored.fact);
        }
    }
    Ok(())
}
