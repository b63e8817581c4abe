//! Puts the gateway together: the only file that names everything.

use std::{fmt, sync::Arc};

use axum::extract::Request;
use tokio::sync::Notify;
use tonic::{body::Body, service::Routes};
use tonic_health::ServingStatus;
use tributary_bus::{Bus, Relay, Subscription};
use tributary_core::{Clock, Fault, IdSource};
use tributary_events::Events;
use tributary_lifecycle::{CancellationToken, Worker};
use tributary_limits::Limiter;
use tributary_proto::{
    pool,
    tributary::gateway::v1::{
        api_key_service_server::ApiKeyServiceServer, audit_service_server::AuditServiceServer,
        event_feed_service_server::EventFeedServiceServer, webhook_service_server::WebhookServiceServer,
    },
};
use tributary_rpc::{
    Edge, client,
    service::{LIVENESS, ServiceBuilder},
    tls::Tls,
    token::{TokenSigner, TokenVerifier},
};
use tributary_sql::StoreUrl;

use crate::{
    DOMAIN, SERVICE,
    app::{
        audit::AuditLog,
        authenticate::Authenticate,
        bootstrap::bootstrap,
        cache::KeyCache,
        clients::Clients,
        feed::{CONSUMER, Catalogue, Enter, Reader, Tail, Watching, forget_worker, tail_worker},
        tokens::Tokens,
        webhooks::{Sending, deliver_worker},
    },
    config::{Options, Settings},
    documents::Documents,
    door::{Area, Backends, Door, Front, HealthWatch, MethodTable, Trail, with_layers},
    json::{self, Transcoder},
    openapi,
    outbound::{Client, IssuerDocuments, SystemResolver},
    ports::{KeyNews, Ports, SystemEntropy, issuers::Published, webhooks::Post},
    rpc::{ApiKeys, Audit, EventFeed, Webhooks},
    store,
};

/// What the gateway is given.
pub struct Deps {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ids of calls.
    pub ids: Arc<dyn IdSource>,
    /// Signs the token of every call that is forwarded.
    pub signer: Arc<TokenSigner>,
    /// Verifies the tokens of calls to the gateway's own service; it must trust the signer.
    pub verifier: TokenVerifier,
    /// Where the other areas are served. That of the gateway is added here.
    pub backends: Backends,
    /// Counts calls, here or for all gateways together.
    pub limiter: Arc<dyn Limiter>,
    /// Tells the other gateways of keys that changed.
    pub news: Arc<dyn KeyNews>,
    /// Where events come from.
    pub bus: Arc<dyn Bus>,
}

impl fmt::Debug for Deps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deps").field("backends", &self.backends).finish_non_exhaustive()
    }
}

/// The gateway, ready to be served.
pub struct Gateway {
    /// Everything it answers, layers included.
    pub router: axum::Router,
    /// The TLS that it is to be served with, where it is on.
    pub tls: Option<Tls>,
    /// What it does besides answering.
    pub workers: Vec<Worker>,
    /// Health, to be refreshed before the first call and stopped before the end.
    pub health: Arc<HealthWatch>,
    /// The first key in clear, when this start made it; to be shown once.
    pub bootstrap_key: Option<String>,
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").field("workers", &self.workers).finish_non_exhaustive()
    }
}

/// Opens the store, makes the first key on the first start, and builds the gateway.
///
/// # Errors
/// When the store cannot be opened or the first key cannot be written.
pub async fn build(settings: Settings, deps: Deps) -> Result<Gateway, Fault> {
    let store = store::open(&settings.store).await?;
    let ports = Ports { store, clock: deps.clock.clone(), entropy: Arc::new(SystemEntropy) };
    let key = match &settings.bootstrap_key_file {
        Some(file) => bootstrap(&ports, file).await?,
        None => None,
    };
    let gateway = assemble(ports, deps, &settings.options).await?;
    Ok(Gateway { bootstrap_key: key.map(|key| key.reveal()), ..gateway })
}

/// Makes the store when it is missing and brings it to the newest version.
///
/// # Errors
/// When it cannot be opened or migrated.
pub async fn migrate(store: &StoreUrl) -> Result<(), Fault> {
    store::open(store).await?;
    Ok(())
}

/// Builds the gateway over given ports, without the first key.
///
/// # Errors
/// `INTERNAL` when the descriptor set, the file of authorities or a file of TLS cannot be read.
pub async fn assemble(ports: Ports, deps: Deps, options: &Options) -> Result<Gateway, Fault> {
    let post = Arc::new(Client::new(&options.webhooks, Arc::new(SystemResolver))?);
    assemble_with(ports, deps, options, post).await
}

/// The same with another way out to webhooks.
///
/// # Errors
/// `INTERNAL` when the descriptor set, which a test rules out, or a file of TLS cannot be read.
pub async fn assemble_with(ports: Ports, deps: Deps, options: &Options, post: Arc<dyn Post>) -> Result<Gateway, Fault> {
    let cache = Arc::new(KeyCache::default());
    let edge = Edge::new(DOMAIN);
    let stopping = CancellationToken::new();
    // The gateway's own service is a service like the others: behind the door, behind its own check of the token.
    let own = ServiceBuilder::new(SERVICE, &edge, deps.verifier.clone(), deps.clock.clone(), deps.ids.clone())
        .add(ApiKeyServiceServer::new(ApiKeys::new(edge.clone(), ports.clone(), cache.clone(), deps.news.clone())))
        .add(AuditServiceServer::new(Audit::new(edge.clone(), ports.clone())));
    let own =
        with_events(own, &edge, &ports, &deps, (post, stopping.clone())).store(ports.store.clone()).build().await?;
    let backends = deps.backends.with(Area::Gateway, client::local(own.router));

    let (reporter, health_server) = tonic_health::server::health_reporter();
    reporter.set_service_status("", ServingStatus::Serving).await;
    reporter.set_service_status(LIVENESS, ServingStatus::Serving).await;
    let health = Arc::new(HealthWatch::new(reporter, backends.clone(), stopping));
    let watching = health.clone();
    let mut workers = own.workers;
    workers.push(Worker::new("gateway-health", move |stop| {
        let health = watching.clone();
        async move { health.run(stop).await }
    }));

    let audit = AuditLog::new(ports.store.clone(), deps.clock.clone(), deps.ids.clone());
    workers.push(audit.worker());
    let (heard, news) = (cache.clone(), deps.news);
    workers.push(Worker::new("key-news", move |stop| {
        let (heard, news) = (heard.clone(), news.clone());
        async move {
            let forget = move |prefix: &str| heard.forget(prefix);
            tokio::select! {
                () = stop.cancelled() => {}
                () = news.listen(&forget) => {}
            }
        }
    }));
    let published: Arc<dyn Published> = Arc::new(IssuerDocuments::new(&options.identity, Arc::new(SystemResolver))?);
    let tokens = Tokens::new(&options.identity, &published, &deps.clock);
    let authenticate = Authenticate::new(&ports, cache, tokens, Clients::new(&options.identity.clients));
    let methods = MethodTable::from_pool(pool());
    let routes = Arc::new(routes(&methods)?);
    let documents = Arc::new(Documents::new(pool(), &routes));
    let door = Door::new(
        methods,
        authenticate,
        deps.signer,
        deps.clock,
        backends,
        (options.limits.clone(), deps.limiter),
        Trail::new(audit, &routes),
    );
    let front = Front::new(door.clone(), Transcoder::new(door, routes), documents);
    let broken = |e: tonic_reflection::server::Error| Fault::internal(format!("descriptor set: {e}"));
    let open = Routes::default()
        .add_service(health_server)
        .add_service(reflection().build_v1().map_err(broken)?)
        .add_service(reflection().build_v1alpha().map_err(broken)?);
    let router = open.prepare().into_axum_router().fallback(move |request: Request| {
        let front = front.clone();
        async move { front.handle(request.map(Body::new)).await.map(axum::body::Body::new) }
    });
    let router = with_layers(router, deps.ids, options.cors.clone());
    let tls = Tls::load(&options.tls).map_err(|why| Fault::internal(format!("gateway.tls: {why}")))?;
    if let Some(tls) = tls.clone() {
        workers.push(Worker::new("tls-files", move |stop| tls.clone().keep(stop)));
    }
    Ok(Gateway { router, tls, workers, health, bootstrap_key: None })
}

/// Adds the feed, webhooks and what they do besides answering.
fn with_events(
    own: ServiceBuilder,
    edge: &Edge,
    ports: &Ports,
    deps: &Deps,
    (post, stopping): (Arc<dyn Post>, CancellationToken),
) -> ServiceBuilder {
    let Deps { clock, ids, bus, .. } = deps;
    let store = ports.store.clone();
    let (catalogue, tail, hint) =
        (Arc::new(Catalogue::from_pool(pool())), Arc::new(Tail::default()), Arc::new(Notify::new()));
    let enter = Enter {
        store: store.clone(),
        clock: clock.clone(),
        ids: ids.clone(),
        catalogue: catalogue.clone(),
        tail: tail.clone(),
        sending: hint.clone(),
    };
    let subscription =
        Subscription { consumer: CONSUMER, event_types: &[], handler: Arc::new(enter), dead_letters: store.clone() };
    bus.subscribe(subscription.clone());
    // The gateway says no events itself; a person sees to its dead letters as to those of any service.
    let relay = Arc::new(Relay::new(SERVICE, store.clone(), bus.clone(), clock.clone(), SERVICE.to_owned()));
    let letters = Events::new(edge.clone(), SERVICE, store.clone(), relay, vec![subscription]);
    let reader = Reader::new(store.clone());
    let watching = Watching::new(reader.clone(), tail.clone(), stopping);
    let sending = Sending { post, clock: clock.clone(), entropy: ports.entropy.clone() };
    let webhooks =
        Webhooks::new(edge.clone(), ports.clone(), ids.clone(), catalogue.clone(), sending.clone(), hint.clone());
    own.add(EventFeedServiceServer::new(EventFeed::new(edge.clone(), catalogue, reader, watching)))
        .add(WebhookServiceServer::new(webhooks))
        .add(letters.server())
        .worker(tail_worker(tail, store.clone()))
        .worker(forget_worker(store.clone(), clock.clone()))
        .worker(deliver_worker(store, sending, ids.clone(), hint))
}

/// The JSON paths of everything that may be called from outside.
fn routes(methods: &MethodTable) -> Result<json::Routes, Fault> {
    json::Routes::from_pool(pool(), |path| methods.get(path).is_some()).map_err(Fault::internal)
}

/// The OpenAPI document of this version of the suite, as the gateway serves it.
///
/// # Errors
/// `INTERNAL` when an annotation of the contract cannot be read, which a test rules out.
pub fn openapi_document(version: openapi::Version) -> Result<serde_json::Value, Fault> {
    Ok(openapi::document(pool(), &routes(&MethodTable::from_pool(pool()))?, version))
}

/// Reflection over everything that is behind the door, open to all: it tells what the suite can do, nothing about any
/// tenant, and tools need it before they have a key.
fn reflection<'a>() -> tonic_reflection::server::Builder<'a> {
    tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(tributary_proto::DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
}
