//! Opens a fresh store on each engine and makes small contracts to keep in it.

use contract_risk_domain::{Contract, Draft, ExternalRef, Terms};
use contract_risk_server::{
    ports::{ContractTx, ContractWrite},
    store::{self, OpenStore},
};
use tributary_core::{ResourceId, TenantId, Timestamp};
use tributary_sql::{PoolOptions, StoreError};
use tributary_testkit::{TestDatabase, engines};

/// A store and the database that holds it.
pub struct Opened {
    pub open: OpenStore,
    _database: TestDatabase,
}

/// One fresh store per engine.
pub async fn stores() -> Vec<Opened> {
    let mut opened = Vec::new();
    for engine in engines() {
        let database = TestDatabase::migrated(engine, async |url| {
            contract_risk_server::migrate(&url.parse().expect("a store url")).await.expect("migrated")
        })
        .await;
        let url = database.url().parse().expect("a store url");
        let open = store::open(&url, PoolOptions::for_service("test")).await.expect("the store opens");
        opened.push(Opened { open, _database: database });
    }
    opened
}

impl Opened {
    pub async fn begin(&self) -> Box<dyn ContractTx> {
        self.open.store.begin().await.expect("begin")
    }

    /// Inserts in a transaction of its own, kept only when it worked.
    pub async fn insert(&self, tenant: &TenantId, contract: &Contract) -> Result<(), StoreError> {
        let mut tx = self.begin().await;
        tx.write_contracts(tenant, &[ContractWrite { before: None, after: contract.clone() }]).await?;
        tx.commit().await
    }
}

pub fn tenant() -> TenantId {
    TenantId::default_tenant()
}

pub fn other_tenant() -> TenantId {
    TenantId::parse("other").expect("tenant")
}

pub fn reference(system: &str, id: &str) -> ExternalRef {
    ExternalRef { system: system.to_owned(), id: id.to_owned() }
}

pub fn id(text: &str) -> ResourceId {
    ResourceId::parse(text).expect("an id")
}

/// Terms of the year 2026.
pub fn terms(partner: &str, change: impl FnOnce(&mut Draft)) -> Terms {
    let mut draft = Draft {
        partner: format!("partners/{partner}"),
        title: "合同".to_owned(),
        effective_from: Some((2026, 1, 1)),
        effective_to: Some((2027, 1, 1)),
        ..Draft::default()
    };
    change(&mut draft);
    draft.check().expect("a good draft")
}

pub fn contract(id: &str, partner: &str, refs: &[(&str, &str)]) -> Contract {
    let refs = refs.iter().map(|(system, id)| reference(system, id)).collect();
    let terms = terms(partner, |draft| draft.external_refs = refs);
    Contract::new(self::id(id), format!("uid-{id}"), terms, "author", Timestamp(1_000_001))
}
