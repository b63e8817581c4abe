//! Opens a fresh store on each engine and makes small contracts to keep in it.

use contract_risk_domain::{Contract, Draft, ExternalRef};
use contract_risk_server::{
    ports::{ContractTx, Inserted},
    store::{self, OpenStore},
};
use tributary_core::{ResourceId, TenantId, Timestamp};
use tributary_sql::PoolOptions;
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
        let database = TestDatabase::create(engine).await;
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
    pub async fn insert(&self, tenant: &TenantId, contract: &Contract) -> Inserted {
        let mut tx = self.begin().await;
        let inserted = tx.insert_contract(tenant, contract).await.expect("insert");
        if inserted == Inserted::Yes {
            tx.commit().await.expect("commit");
        }
        inserted
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

pub fn contract(id: &str, partner: &str, refs: &[(&str, &str)]) -> Contract {
    let draft = Draft {
        partner: format!("partners/{partner}"),
        title: format!("合同 {id}"),
        effective_from: Some((2026, 1, 1)),
        effective_to: (id == "b").then_some((2027, 1, 1)),
        external_refs: refs.iter().map(|(system, id)| reference(system, id)).collect(),
    };
    let terms = draft.check().expect("a good draft");
    Contract::new(ResourceId::parse(id).expect("id"), format!("uid-{id}"), terms, Timestamp(1_000_001))
}
