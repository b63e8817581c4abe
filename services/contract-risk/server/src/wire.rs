//! Puts store, use cases, the gRPC service and the relay together; the only file that names everything.

use std::sync::Arc;

use tributary_bus::{Bus, Relay};
use tributary_core::{Clock, Fault, IdSource};
use tributary_lifecycle::Worker;
use tributary_proto::tributary::contract::v1::contract_service_server::ContractServiceServer;
use tributary_rpc::{
    Edge,
    service::{Service, ServiceBuilder},
    token::{TokenSigner, TokenVerifier},
    workers::forget_requests,
};
use tributary_sql::PoolOptions;

use crate::{DOMAIN, NAME, app::App, config::Settings, rpc::Rpc, store};

/// What the service gets from outside.
pub struct Deps {
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn IdSource>,
    /// Where events go.
    pub bus: Arc<dyn Bus>,
    /// Whose tokens are trusted.
    pub verifier: TokenVerifier,
    /// Signs the service's own calls; this version makes none.
    pub signer: Arc<TokenSigner>,
}

/// Opens the store and builds the service.
///
/// # Errors
/// When the store cannot be opened or migrated.
pub async fn build(settings: Settings, deps: Deps) -> Result<Service, Fault> {
    let open = store::open(&settings.store, PoolOptions::for_service(NAME)).await?;
    let owner = format!("{NAME}-{}", deps.ids.uuid().simple());
    let forget = forget_requests(open.outbox.clone(), deps.clock.clone());
    let relay = Arc::new(Relay::new(NAME, open.outbox, deps.bus, deps.clock.clone(), owner));
    let waker = relay.clone();
    let app = Arc::new(App {
        store: open.store,
        clock: deps.clock.clone(),
        ids: deps.ids.clone(),
        wake: Arc::new(move || waker.wake()),
    });
    let edge = Edge::new(DOMAIN);
    let rpc = Rpc { app, edge: edge.clone() };
    ServiceBuilder::new(NAME, &edge, deps.verifier, deps.clock, deps.ids)
        .add(ContractServiceServer::new(rpc))
        .worker(Worker::new("contract-risk-relay", move |stop| relay.clone().run(stop)))
        .worker(forget)
        .build()
        .await
}
