//! One suite for the store ports, run on SQLite always and on PostgreSQL when `TRIBUTARY_TEST_POSTGRES` is set.
#![expect(clippy::expect_used, reason = "helpers of tests stop at the first surprise")]

mod deals;
mod documents;
mod links_and_tiers;
mod listing;
mod old_rows;
mod partners;
mod territories;
mod tiers;
mod training;

use std::{collections::BTreeMap, sync::Arc};

use partner_registry_domain::{Draft, ExternalRef, Partner, PartnerKind, PartnerStatus, Registration, Revision};
use partner_registry_server::{
    ports::{PartnerWrite, RegistryStore},
    store::{postgres, sqlite},
};
use tributary_core::{Date, IdSource as _, ResourceId, SystemIds, TenantId, Timestamp};
use tributary_sql::PoolOptions;
use tributary_testkit::{Engine, TestDatabase, engines};

/// A store of one engine with its database.
pub(crate) struct Bench {
    pub(crate) store: Arc<dyn RegistryStore>,
    pub(crate) tenant: TenantId,
    _database: TestDatabase,
}

/// A fresh store per engine.
pub(crate) async fn benches() -> Vec<Bench> {
    let mut benches = Vec::new();
    for engine in engines() {
        let database = TestDatabase::create(engine).await;
        let options = PoolOptions::for_service("partner-registry");
        let store: Arc<dyn RegistryStore> = match engine {
            Engine::Sqlite => {
                let pool = sqlite::Pool::open(database.place(), options).await.expect("open");
                pool.migrate(&sqlite::MIGRATIONS).await.expect("migrate");
                Arc::new(pool)
            }
            Engine::Postgres => {
                let pool = postgres::Pool::open(database.place(), options).await.expect("open");
                pool.migrate(&postgres::MIGRATIONS).await.expect("migrate");
                Arc::new(pool)
            }
        };
        benches.push(Bench { store, tenant: TenantId::default_tenant(), _database: database });
    }
    benches
}

pub(crate) fn id(text: &str) -> ResourceId {
    ResourceId::parse(text).expect("id")
}

pub(crate) fn day(text: &str) -> Date {
    Date::parse(text).expect("date")
}

pub(crate) fn reference(system: &str, key: &str) -> ExternalRef {
    ExternalRef { system: system.to_owned(), id: key.to_owned() }
}

pub(crate) fn registration(number: &str) -> Registration {
    Registration { scheme: "US-EIN".to_owned(), number: number.to_owned() }
}

pub(crate) fn draft(name: &str) -> Draft {
    Draft { display_name: name.to_owned(), kind: Some(PartnerKind::Dealer), ..Draft::default() }
}

/// A new partner whose business key is its id.
pub(crate) fn partner(own: &str, draft: Draft) -> Partner {
    let profile = draft.check(2026).expect("good");
    Partner::create(id(own), SystemIds.uuid(), own.to_owned(), profile, PartnerStatus::Active, Timestamp(1_000))
}

/// The partner with another draft, one revision later.
pub(crate) fn changed(before: &Partner, draft: Draft) -> PartnerWrite {
    let after = before.update(draft.check(2026).expect("good"), Timestamp(2_000)).expect("differs");
    PartnerWrite { before: Some(before.clone()), after }
}

pub(crate) fn new(partner: &Partner) -> PartnerWrite {
    PartnerWrite { before: None, after: partner.clone() }
}

pub(crate) fn revision_of(partner: &Partner) -> Revision {
    Revision {
        partner: partner.clone(),
        tier: String::new(),
        action: "CREATED".to_owned(),
        actor: "tester".to_owned(),
        reason: "因为".to_owned(),
        record_time: partner.update_time,
        previous_status: None,
    }
}

pub(crate) fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

impl Bench {
    /// Writes in a transaction of its own.
    pub(crate) async fn write(&self, writes: &[PartnerWrite]) -> Result<(), tributary_sql::StoreError> {
        let mut tx = self.store.begin().await?;
        tx.write_partners(&self.tenant, writes).await?;
        tx.commit().await
    }

    /// Stores new partners.
    pub(crate) async fn seed(&self, partners: &[&Partner]) {
        let writes: Vec<PartnerWrite> = partners.iter().map(|p| new(p)).collect();
        self.write(&writes).await.expect("seed");
    }
}
