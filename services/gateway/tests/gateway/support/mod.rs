//! A gateway on a SQLite file, in front of a service that notes what reaches it.

pub mod events;
pub mod issuer;
pub mod receiver;
pub mod upstream;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt as _, Full};
use tonic::{Status, body::Body};
use tower::ServiceExt as _;
use tributary_bus::InProcessBus;
use tributary_core::{RequestContext, Role, SystemIds, TenantId, Timestamp};
use tributary_gateway::{
    Deps, Gateway, Options,
    app::create_key::{NewKey, create_key},
    assemble, assemble_with,
    door::{Area, Backends},
    ports::{KeyNews, NoNews, Ports, SystemEntropy, webhooks::Post},
    store,
};
use tributary_lifecycle::CancellationToken;
use tributary_rpc::{client::Backend, status, token::TokenSigner};
use tributary_testkit::{CountingIds, Engine, ManualClock, TestDatabase};

pub use upstream::Upstream;

pub const GET_PARTNER: &str = "/tributary.partner.v1.PartnerService/GetPartner";
pub const STREAM_FACTS: &str = "/tributary.incentive.v1.FactService/StreamFacts";

pub struct World {
    pub gateway: Gateway,
    pub partner: Upstream,
    pub incentive: Upstream,
    pub ports: Ports,
    pub clock: Arc<ManualClock>,
    pub signer: Arc<TokenSigner>,
    pub bus: Arc<InProcessBus>,
    _audit: Running,
    _database: TestDatabase,
}

/// The audit of a gateway, running until this is dropped.
pub struct Running(CancellationToken);

impl Running {
    /// Runs until it is dropped.
    pub fn new(token: CancellationToken) -> Self {
        Self(token)
    }

    pub fn token(&self) -> CancellationToken {
        self.0.clone()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

impl World {
    pub async fn new() -> Self {
        Self::with_options(Options::default()).await
    }

    pub async fn with_options(options: Options) -> Self {
        let (partner, incentive) = (Upstream::default(), Upstream::default());
        let backends =
            Backends::default().with(Area::Partner, partner.backend()).with(Area::Incentive, incentive.backend());
        Self::with(backends, partner, incentive, options).await
    }

    /// On an engine, with a way out to webhooks.
    pub async fn on(engine: Engine, post: Arc<dyn Post>) -> Self {
        let (partner, incentive) = (Upstream::default(), Upstream::default());
        Self::made(engine, Backends::default(), partner, incentive, Options::default(), Some(post)).await
    }

    /// Runs a worker of the gateway until what is returned is dropped.
    pub fn start(&mut self, name: &str) -> Running {
        Self::start_of(&mut self.gateway, name)
    }

    /// The same for another gateway.
    pub fn start_of(gateway: &mut Gateway, name: &str) -> Running {
        let at = gateway.workers.iter().position(|worker| worker.name == name).expect("such a worker");
        let running = Running(CancellationToken::new());
        tokio::spawn((gateway.workers.remove(at).run)(running.token()));
        running
    }

    pub async fn in_front_of(area: Area, backend: Backend) -> Self {
        Self::with(
            Backends::default().with(area, backend),
            Upstream::default(),
            Upstream::default(),
            Options::default(),
        )
        .await
    }

    async fn with(backends: Backends, partner: Upstream, incentive: Upstream, options: Options) -> Self {
        Self::made(Engine::Sqlite, backends, partner, incentive, options, None).await
    }

    async fn made(
        engine: Engine,
        backends: Backends,
        partner: Upstream,
        incentive: Upstream,
        options: Options,
        post: Option<Arc<dyn Post>>,
    ) -> Self {
        let database = TestDatabase::migrated(engine, async |url| {
            tributary_gateway::migrate(&url.parse().expect("a store url")).await.expect("migrated")
        })
        .await;
        let clock = Arc::new(ManualClock::default());
        let store = store::open(&database.url().parse().expect("a store url")).await.expect("a store");
        let ports = Ports { store, clock: clock.clone(), entropy: Arc::new(SystemEntropy) };
        let signer = Arc::new(TokenSigner::generate().expect("a key"));
        let bus = Arc::new(InProcessBus::new(clock.clone()));
        let deps = Deps {
            clock: clock.clone(),
            ids: Arc::new(CountingIds::new()),
            verifier: signer.verifier(),
            signer: signer.clone(),
            backends,
            limiter: Arc::new(tributary_limits::LocalLimiter::new()),
            news: Arc::new(NoNews),
            bus: bus.clone(),
        };
        let mut gateway = match post {
            Some(post) => assemble_with(ports.clone(), deps, &options, post).await,
            None => assemble(ports.clone(), deps, &options).await,
        }
        .expect("a gateway");
        let audit = Running(CancellationToken::new());
        let writes = gateway.workers.iter().position(|worker| worker.name == "audit").expect("an audit");
        tokio::spawn((gateway.workers.remove(writes).run)(audit.0.clone()));
        Self { gateway, partner, incentive, ports, clock, signer, bus, _audit: audit, _database: database }
    }

    /// Another gateway over the same store.
    pub async fn beside(&self, news: Arc<dyn KeyNews>) -> Gateway {
        assemble(self.ports.clone(), self.deps(news), &Options::default()).await.expect("a gateway")
    }

    /// The same with a way out to webhooks.
    pub async fn beside_with(&self, post: Arc<dyn Post>) -> Gateway {
        let deps = self.deps(Arc::new(NoNews));
        assemble_with(self.ports.clone(), deps, &Options::default(), post).await.expect("a gateway")
    }

    fn deps(&self, news: Arc<dyn KeyNews>) -> Deps {
        Deps {
            clock: self.clock.clone(),
            // Its own ids, apart from those of the first one.
            ids: Arc::new(SystemIds),
            verifier: self.signer.verifier(),
            signer: self.signer.clone(),
            backends: Backends::default(),
            limiter: Arc::new(tributary_limits::LocalLimiter::new()),
            news,
            bus: Arc::new(InProcessBus::new(self.clock.clone())),
        }
    }

    /// A key of tenant "default" and subject "erp".
    pub async fn key(&self, roles: &[Role], expire_time: Option<Timestamp>) -> String {
        self.key_of(TenantId::default_tenant(), roles, expire_time).await
    }

    /// A key of another tenant.
    pub async fn key_of(&self, tenant: TenantId, roles: &[Role], expire_time: Option<Timestamp>) -> String {
        let context = RequestContext {
            tenant,
            subject: "test".to_owned(),
            roles: vec![Role::Admin],
            scope: tributary_core::Scope::Tenant,
            request_id: String::new(),
        };
        let partners = if roles.contains(&Role::Partner) { vec!["partners/own".to_owned()] } else { Vec::new() };
        let new = NewKey { subject: "erp".to_owned(), roles: roles.to_vec(), partners, expire_time };
        create_key(&self.ports, &context, new, "").await.expect("a key").1.reveal()
    }

    /// A unary call; the body is sent as it is given.
    pub async fn call(&self, path: &str, headers: &[(&str, &str)], body: &'static [u8]) -> Answer {
        self.send(path, headers, Body::new(Full::new(Bytes::from_static(body)))).await.whole().await
    }

    pub async fn send(&self, path: &str, headers: &[(&str, &str)], body: Body) -> Response<Body> {
        let request = request(path, headers, body).map(axum::body::Body::new);
        let response = self.gateway.router.clone().oneshot(request).await.expect("infallible");
        response.map(Body::new)
    }
}

pub fn request(path: &str, headers: &[(&str, &str)], body: Body) -> Request<Body> {
    let mut request = Request::post(path).header("content-type", "application/grpc").header("te", "trailers");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body).expect("a request")
}

/// Reads an answer to its end.
pub trait Whole {
    async fn whole(self) -> Answer;
}

impl Whole for Response<Body> {
    async fn whole(self) -> Answer {
        let (parts, body) = self.into_parts();
        let body = body.collect().await.expect("a whole body");
        let trailers = body.trailers().cloned().unwrap_or_default();
        Answer { http: parts.status.as_u16(), headers: parts.headers, trailers, body: body.to_bytes() }
    }
}

#[derive(Debug)]
pub struct Answer {
    pub http: u16,
    pub headers: HeaderMap,
    pub trailers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn status(&self) -> Status {
        let in_headers = Status::from_header_map(&self.headers);
        in_headers.or_else(|| Status::from_header_map(&self.trailers)).expect("a status")
    }

    /// Code, reason and message of a refusal that came in the headers alone.
    pub fn refusal(&self) -> (i32, String, String) {
        assert_eq!((self.http, self.body.len()), (200, 0), "{self:?}");
        assert_eq!(self.headers.get("content-type").expect("a type"), "application/grpc");
        let status = Status::from_header_map(&self.headers).expect("a status in the headers");
        let described = status::describe(&status);
        (i32::from(described.code), described.reason, described.message)
    }
}
