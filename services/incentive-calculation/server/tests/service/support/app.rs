//! Use cases beside the service, on the world's store, as another process has them.

use std::sync::Arc;

use async_trait::async_trait;
use incentive_calculation_domain::price::Factor;
use incentive_calculation_server::{
    app::{App, evidence::EvidenceLog, ledger::Desk},
    ports::{PartnerCopy, PartnerRef, Registry},
    store,
};
use tributary_core::{Date, Fault, RequestContext, SystemIds, Zone};
use tributary_evidence::LogSigner;
use tributary_sql::PoolOptions;

use super::World;

/// Knows nobody.
struct Nobody;

#[async_trait]
impl Registry for Nobody {
    async fn partners(&self, _: &RequestContext, _: &[PartnerRef]) -> Result<Vec<PartnerCopy>, Fault> {
        Ok(Vec::new())
    }

    async fn price_factor(&self, _: &RequestContext, _: &str, _: &str, _: Date) -> Result<Factor, Fault> {
        Ok(Factor::None)
    }
}

impl World {
    /// Use cases on a connection of their own.
    pub async fn app(&self) -> App {
        let url = self.database.url().parse().expect("a store url");
        let open = store::open(&url, PoolOptions::for_service("test")).await.expect("the store opens");
        App {
            store: open.store,
            operations: open.operations,
            registry: Arc::new(Nobody),
            clock: self.clock.clone(),
            ids: Arc::new(SystemIds),
            zone: Zone::shanghai(),
            desk: Desk::default(),
            evidence: EvidenceLog { name: "tributary".to_owned(), signer: Arc::new(LogSigner::from_seed(&[7; 32])) },
            workers: 2,
            wake: Arc::new(|| {}),
        }
    }
}
