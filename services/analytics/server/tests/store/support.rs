//! Opens a fresh store on each engine.

use std::sync::Arc;

use analytics_domain::{CellKey, Month, Sums};
use analytics_server::{
    ports::{SalesStore, SalesTx, journeys::JourneyStore},
    store,
};
use tributary_core::{Currency, Date, TenantId};
use tributary_sql::PoolOptions;
use tributary_testkit::{TestDatabase, engines};

/// A store and the database that holds it.
pub struct Opened {
    pub store: Arc<dyn SalesStore>,
    pub journeys: Arc<dyn JourneyStore>,
    _database: TestDatabase,
}

/// One fresh store per engine.
pub async fn stores() -> Vec<Opened> {
    let mut opened = Vec::new();
    for engine in engines() {
        let database = TestDatabase::create(engine).await;
        let url = database.url().parse().expect("a store url");
        let open = store::open(&url, PoolOptions::for_service("test")).await.expect("the store opens");
        opened.push(Opened { store: open.store, journeys: open.journeys, _database: database });
    }
    opened
}

impl Opened {
    pub async fn begin(&self) -> Box<dyn SalesTx> {
        self.store.begin().await.expect("begin")
    }

    pub async fn through(&self, tenant: &TenantId) -> i64 {
        self.store.through_batch(tenant).await.expect("read")
    }
}

pub fn tenant() -> TenantId {
    TenantId::default_tenant()
}

pub fn other_tenant() -> TenantId {
    TenantId::parse("other").expect("tenant")
}

pub fn month(text: &str) -> Month {
    Month::of(Date::parse(&format!("{text}-01")).expect("date"))
}

pub fn key(partner: &str, of: &str, kind: &str, code: &str) -> CellKey {
    let currency = Currency::parse(code).expect("known");
    CellKey { partner: partner.to_owned(), month: month(of), kind: kind.to_owned(), currency }
}

pub fn sums(net: i128, fact_count: i64, quantity: i128) -> Sums {
    Sums { net, fact_count, quantity }
}
