//! A service as the suite runs it: a router with all layers, health and reflection, and its workers. The same router is
//! served on a socket or called in the same process.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::{middleware, response::IntoResponse};
use tonic::{body::Body, server::NamedService, service::Routes};
use tonic_health::{ServingStatus, server::HealthReporter};
use tributary_core::{Clock, Fault, IdSource};
use tributary_lifecycle::{Plan, Server, Worker};
use tributary_sql::RequestStore;

use crate::{Edge, layers, policy::Policies, serve, token::TokenVerifier, workers};

/// A service, ready to be served.
#[derive(Debug)]
pub struct Service {
    /// Name. Example: "partner-registry".
    pub name: &'static str,
    /// Everything it answers, layers included.
    pub router: axum::Router,
    /// What it does besides answering.
    pub workers: Vec<Worker>,
    /// Its health, to be switched off before a stop.
    pub health: Health,
}

impl Service {
    /// Adds the service to what a process runs, served on a socket: its health goes off first, then calls drain, then its
    /// workers stop. A service that is only called in the process gives the plan its workers alone.
    pub fn add_to(self, plan: &mut Plan, listener: tokio::net::TcpListener) {
        let Self { name, router, workers, health } = self;
        plan.unhealthy.push(Box::pin(async move { health.end().await }));
        plan.servers.push(Server::new(name, move |stop| serve::serve(listener, router, stop)));
        plan.workers.extend(workers);
    }
}

/// Switches the health of a service.
#[derive(Debug, Clone)]
pub struct Health {
    reporter: HealthReporter,
    services: Vec<&'static str>,
    ended: Arc<AtomicBool>,
}

/// The name under which health says that the process lives, whatever its store does: for those who would restart it.
pub const LIVENESS: &str = "liveness";

impl Health {
    /// Says whether the service takes calls: per gRPC service, under its own name, and as a whole (""). After
    /// [`end`](Self::end) nothing is said any more.
    pub async fn set_serving(&self, serving: bool) {
        if !self.ended.load(Ordering::Acquire) {
            self.tell(serving).await;
        }
    }

    /// Says that the service takes no more calls, for good.
    pub async fn end(&self) {
        self.ended.store(true, Ordering::Release);
        self.tell(false).await;
    }

    async fn tell(&self, serving: bool) {
        let status = if serving { ServingStatus::Serving } else { ServingStatus::NotServing };
        for service in self.services.iter().chain([&""]) {
            self.reporter.set_service_status(*service, status).await;
        }
    }
}

/// Puts a [`Service`] together.
pub struct ServiceBuilder {
    name: &'static str,
    edge: Edge,
    verifier: TokenVerifier,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    routes: Routes,
    services: Vec<&'static str>,
    workers: Vec<Worker>,
    store: Option<Arc<dyn RequestStore>>,
}

impl fmt::Debug for ServiceBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceBuilder")
            .field("name", &self.name)
            .field("services", &self.services)
            .finish_non_exhaustive()
    }
}

impl ServiceBuilder {
    /// Begins a service. `edge` is the one its handlers use: its domain is that of the layers' refusals, and a stop waits
    /// for its writes.
    #[must_use]
    pub fn new(
        name: &'static str,
        edge: &Edge,
        verifier: TokenVerifier,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> Self {
        let workers = vec![edge.drain_worker()];
        Self {
            name,
            edge: edge.clone(),
            verifier,
            clock,
            ids,
            routes: Routes::default(),
            services: Vec::new(),
            workers,
            store: None,
        }
    }

    /// Adds a generated server, such as `PartnerServiceServer::new(handler)`. Messages above 4 MiB are refused.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "a builder step, nothing is summed")]
    pub fn add<S>(mut self, server: S) -> Self
    where
        S: tower::Service<http::Request<Body>, Error = std::convert::Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Response: IntoResponse,
        S::Future: Send + 'static,
    {
        self.services.push(S::NAME);
        self.routes = self.routes.add_service(server);
        self
    }

    /// Adds a worker.
    #[must_use]
    pub fn worker(mut self, worker: Worker) -> Self {
        self.workers.push(worker);
        self
    }

    /// The store of the service: old request keys are forgotten, the service is ready while the store answers, and what
    /// waits in it is measured.
    #[must_use]
    pub fn store(mut self, store: Arc<dyn RequestStore>) -> Self {
        self.store = Some(store);
        self
    }

    /// Finishes the service: health, reflection v1 and v1alpha, the layers.
    ///
    /// # Errors
    /// `INTERNAL` when the descriptor set cannot be read, which a test rules out.
    pub async fn build(mut self) -> Result<Service, Fault> {
        let (reporter, health_server) = tonic_health::server::health_reporter();
        reporter.set_service_status(LIVENESS, ServingStatus::Serving).await;
        let services = self.services.iter().chain([&self.name]).copied().collect();
        let health = Health { reporter, services, ended: Arc::default() };
        health.set_serving(true).await;
        if let Some(store) = self.store.take() {
            self.workers.push(workers::forget_requests(store.clone(), self.clock.clone()));
            self.workers.push(workers::watch_store(self.name, store, self.clock.clone(), health.clone()));
        }
        let broken = |e: tonic_reflection::server::Error| Fault::internal(format!("descriptor set: {e}"));
        let routes = self
            .routes
            .add_service(health_server)
            .add_service(reflection(&self.services).build_v1().map_err(broken)?)
            .add_service(reflection(&self.services).build_v1alpha().map_err(broken)?);
        let stack = Arc::new(layers::Stack {
            service: self.name,
            domain: self.edge.domain(),
            verifier: self.verifier,
            clock: self.clock,
            ids: self.ids,
            policies: Policies::of_contract(),
        });
        let router = routes.prepare().into_axum_router().layer(middleware::from_fn_with_state(stack, layers::run));
        Ok(Service { name: self.name, router, workers: self.workers, health })
    }
}

/// Reflection over the services of one router, health included.
fn reflection<'a>(services: &[&str]) -> tonic_reflection::server::Builder<'a> {
    let builder = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(tributary_proto::DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .with_service_name("grpc.health.v1.Health");
    services.iter().fold(builder, |builder, service| builder.with_service_name(*service))
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use tonic::{Code, Request, Response, Status};
    use tower::ServiceExt as _;
    use tributary_core::{Clock, Fault, RequestContext, Role, SystemIds, TenantId, Timestamp, fault::common};
    use tributary_lifecycle::CancellationToken;
    use tributary_proto::tributary::partner::v1::{
        HierarchyLink, ListAncestorsRequest, ListAncestorsResponse, ListDescendantsRequest, ListDescendantsResponse,
        SetParentRequest,
        hierarchy_service_client::HierarchyServiceClient,
        hierarchy_service_server::{HierarchyService, HierarchyServiceServer},
    };

    use super::{Service, ServiceBuilder};
    use crate::{
        Edge,
        client::{self, Backend},
        status::describe,
        token::TokenSigner,
    };

    #[derive(Debug)]
    struct Noon;

    impl Clock for Noon {
        fn now(&self) -> Timestamp {
            Timestamp(1_700_000_000_000_000)
        }
    }

    /// Answers with what the layers told it.
    struct Handler {
        edge: Edge,
    }

    #[tonic::async_trait]
    impl HierarchyService for Handler {
        async fn set_parent(&self, request: Request<SetParentRequest>) -> Result<Response<HierarchyLink>, Status> {
            async fn broken() -> Result<HierarchyLink, Fault> {
                panic!("a secret detail")
            }
            self.edge.write(request, |_, _| broken()).await
        }

        async fn list_ancestors(
            &self,
            request: Request<ListAncestorsRequest>,
        ) -> Result<Response<ListAncestorsResponse>, Status> {
            if request.get_ref().partner == "partners/panic" {
                panic!("a secret detail");
            }
            tokio::time::sleep(Duration::from_secs(10)).await;
            Ok(Response::new(ListAncestorsResponse::default()))
        }

        async fn list_descendants(
            &self,
            request: Request<ListDescendantsRequest>,
        ) -> Result<Response<ListDescendantsResponse>, Status> {
            let read = |context: RequestContext, _| async move {
                let next_page_token = format!("{} {} {}", context.tenant, context.subject, context.request_id);
                Ok(ListDescendantsResponse { descendants: vec![], next_page_token })
            };
            self.edge.read(request, read).await
        }
    }

    async fn service(signer: &TokenSigner) -> Service {
        let edge = Edge::new("partner.tributary");
        ServiceBuilder::new("partner-registry", &edge, signer.verifier(), Arc::new(Noon), Arc::new(SystemIds))
            .add(HierarchyServiceServer::new(Handler { edge: edge.clone() }))
            .build()
            .await
            .expect("service")
    }

    fn caller() -> RequestContext {
        RequestContext {
            tenant: TenantId::parse("acme").expect("id"),
            subject: "erp".to_owned(),
            roles: vec![Role::ChannelManager],
            scope: tributary_core::Scope::Tenant,
            request_id: "r-42".to_owned(),
        }
    }

    fn descendants() -> ListDescendantsRequest {
        ListDescendantsRequest { partner: "partners/x".to_owned(), ..Default::default() }
    }

    /// What holds for a router in the process and for one behind a socket.
    async fn behaves(backend: Backend, signer: Arc<TokenSigner>) {
        let authorised = client::authorised(backend.clone(), signer, Arc::new(Noon), "analytics");
        let mut client = HierarchyServiceClient::new(authorised);

        let answer = client.list_descendants(client::on_behalf(&caller(), descendants())).await.expect("answer");
        assert_eq!(answer.into_inner().next_page_token, "acme erp r-42");
        let tenant = TenantId::default_tenant();
        let refused =
            describe(&client.list_descendants(client::for_tenant(&tenant, descendants())).await.expect_err("no"));
        assert_eq!((refused.code, &*refused.reason), (Code::PermissionDenied, "PERMISSION_DENIED"));
        assert!(refused.message.starts_with("service:analytics may not call "), "{}", refused.message);

        // Before the request is looked at.
        let partner = RequestContext { roles: vec![Role::Partner], ..caller() };
        let invalid = client::on_behalf(&partner, ListDescendantsRequest::default());
        let refused = describe(&client.list_descendants(invalid).await.expect_err("not for partners"));
        assert_eq!((refused.code, &*refused.reason), (Code::PermissionDenied, "PERMISSION_DENIED"));

        let status = client.list_descendants(Request::new(descendants())).await.expect_err("nobody calls");
        assert_eq!(status.code(), Code::Internal);
        let mut stranger = HierarchyServiceClient::new(backend.clone());
        let mut forged = client::on_behalf(&caller(), descendants());
        for token in [None, Some("Bearer x.y.z"), Some("Basic eDp5")] {
            if let Some(token) = token {
                forged.metadata_mut().insert("authorization", token.parse().expect("header"));
            }
            let copy = client::on_behalf(&caller(), descendants());
            let sent = std::mem::replace(&mut forged, copy);
            let refused = describe(&stranger.list_descendants(sent).await.expect_err("no identity"));
            assert_eq!((refused.code, &*refused.reason), (Code::Unauthenticated, "UNAUTHENTICATED"));
            assert!(refused.metadata.contains_key("request_id"));
        }

        let invalid = client::on_behalf(&caller(), ListDescendantsRequest { page_size: -1, ..Default::default() });
        let refused = describe(&client.list_descendants(invalid).await.expect_err("invalid"));
        assert_eq!((&*refused.reason, refused.violations.len()), ("INVALID_REQUEST", 2), "{refused:?}");

        let set = SetParentRequest {
            partner: "partners/x".to_owned(),
            effective_from: Some(tributary_proto::google::r#type::Date { year: 2012, month: 1, day: 1 }),
            reason: "moved".to_owned(),
            ..Default::default()
        };
        let refused = client.set_parent(client::on_behalf(&caller(), set)).await.expect_err("panics");
        assert_eq!(refused.message(), "internal error, quote request id r-42");
        let ancestors = |partner: &str| ListAncestorsRequest { partner: partner.to_owned(), date: None };
        let refused = client.list_ancestors(client::on_behalf(&caller(), ancestors("partners/panic"))).await;
        assert_eq!(refused.expect_err("panics").message(), "internal error, quote request id r-42");

        let mut slow = client::on_behalf(&caller(), ancestors("partners/x"));
        slow.metadata_mut().insert("grpc-timeout", "50m".parse().expect("header"));
        let refused = describe(&client.list_ancestors(slow).await.expect_err("late"));
        assert_eq!(refused.code, Code::DeadlineExceeded, "{refused:?}");

        let mut health = tonic_health::pb::health_client::HealthClient::new(backend);
        for name in ["", "tributary.partner.v1.HierarchyService"] {
            let check = tonic_health::pb::HealthCheckRequest { service: name.to_owned() };
            assert_eq!(health.check(check).await.expect("open").into_inner().status, 1, "{name}");
        }
    }

    #[tokio::test]
    async fn a_local_router_has_all_layers() {
        let signer = Arc::new(TokenSigner::generate().expect("key"));
        let service = service(&signer).await;
        let (backend, handle) = client::deferred();
        let mut early = HierarchyServiceClient::new(backend.clone());
        assert_eq!(early.list_descendants(descendants()).await.expect_err("not yet").code(), Code::Unavailable);
        handle.set(service.router);
        behaves(backend, signer).await;
    }

    #[tokio::test]
    async fn methods_between_services_take_the_tokens_of_services_alone() {
        let signer = TokenSigner::generate().expect("key");
        let router = service(&signer).await.router;
        let code = async |roles: Vec<Role>, path: &str| {
            let token = signer.sign(&RequestContext { roles, ..caller() }, Noon.now()).expect("signed");
            let request = http::Request::post(path)
                .header("content-type", "application/grpc")
                .header("authorization", format!("Bearer {token}"))
                .body(axum::body::Body::empty())
                .expect("a request");
            let response = router.clone().oneshot(request).await.expect("infallible");
            Code::from_bytes(response.headers()["grpc-status"].as_bytes())
        };
        // This router has none of these methods: who is let through finds nothing.
        let read = "/tributary.incentive.v1.FactService/ReadFacts";
        assert_eq!(code(vec![Role::Service], read).await, Code::Unimplemented);
        let lookup = "/tributary.partner.v1.PartnerService/BatchGetPartners";
        assert_eq!(code(vec![Role::Service], lookup).await, Code::Unimplemented);
        let everybody = Role::ALL.into_iter().filter(|role| *role != Role::Service).collect();
        assert_eq!(code(everybody, read).await, Code::PermissionDenied);
        for path in ["/tributary.incentive.v1.FactService/Nothing", "/google.longrunning.Operations/CancelOperation"] {
            assert_eq!(code(vec![Role::Service], path).await, Code::PermissionDenied, "{path}");
        }
        let cancel = "/google.longrunning.Operations/CancelOperation";
        assert_eq!(code(vec![Role::Finance], cancel).await, Code::Unimplemented);
    }

    #[tokio::test]
    async fn a_served_router_has_all_layers_and_drains() {
        let signer = Arc::new(TokenSigner::generate().expect("key"));
        let service = service(&signer).await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("port");
        let address = format!("http://{}", listener.local_addr().expect("address"));
        let stop = CancellationToken::new();
        let served = tokio::spawn(crate::serve::serve(listener, service.router, stop.clone()));
        let backend = client::remote(&address).expect("address");
        behaves(backend.clone(), signer).await;

        let health = tonic_health::pb::health_client::HealthClient::new(backend);
        service.health.end().await;
        service.health.set_serving(true).await;
        let live = tonic_health::pb::HealthCheckRequest { service: super::LIVENESS.to_owned() };
        assert_eq!(health.clone().check(live).await.expect("open").into_inner().status, 1);
        let status = health.clone().check(tonic_health::pb::HealthCheckRequest::default()).await.expect("open");
        assert_eq!(status.into_inner().status, 2);
        stop.cancel();
        tokio::time::timeout(Duration::from_secs(5), served).await.expect("in time").expect("ends").expect("cleanly");
        let gone = health.clone().check(tonic_health::pb::HealthCheckRequest::default()).await.expect_err("gone");
        assert_eq!(gone.code(), Code::Unavailable, "{gone:?}");
        let fault = client::upstream("partner-registry", &gone);
        assert_eq!(fault.reason(), common::UPSTREAM_UNAVAILABLE);
    }

    #[tokio::test]
    async fn a_planned_service_answers_until_the_stop() {
        let signer = TokenSigner::generate().expect("key");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("port");
        let address = format!("http://{}", listener.local_addr().expect("address"));
        let mut plan = tributary_lifecycle::Plan::default();
        service(&signer).await.add_to(&mut plan, listener);
        let stop = CancellationToken::new();
        let running = tokio::spawn(tributary_lifecycle::run(plan, stop.clone()));
        let mut health = tonic_health::pb::health_client::HealthClient::new(client::remote(&address).expect("address"));
        let check = tonic_health::pb::HealthCheckRequest::default();
        assert_eq!(health.check(check).await.expect("serving").into_inner().status, 1);
        stop.cancel();
        assert_eq!(running.await.expect("ends"), tributary_lifecycle::Ended::Clean);
    }

    #[tokio::test]
    async fn reflection_names_the_services_of_the_router_only() {
        use tonic_reflection::pb::v1::{
            ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
            server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
        };
        let signer = TokenSigner::generate().expect("key");
        let mut client = ServerReflectionClient::new(client::local(service(&signer).await.router));
        let list = MessageRequest::ListServices(String::new());
        let asked = ServerReflectionRequest { host: String::new(), message_request: Some(list) };
        let stream = client.server_reflection_info(tokio_stream::iter([asked])).await.expect("open");
        let answer = stream.into_inner().message().await.expect("answer").expect("one");
        let Some(MessageResponse::ListServicesResponse(list)) = answer.message_response else { panic!("{answer:?}") };
        let names: Vec<_> = list.service.into_iter().map(|s| s.name).collect();
        for name in ["tributary.partner.v1.HierarchyService", "grpc.health.v1.Health"] {
            assert!(names.iter().any(|n| n == name), "{names:?}");
        }
        assert!(!names.iter().any(|n| n.contains("incentive")), "{names:?}");
    }

    #[test]
    fn remote_addresses_are_checked() {
        for bad in ["", "10.0.0.7:7421", "https://x:1", "http://", "ftp://x", "http://a:1,,http://b:1"] {
            assert!(client::remote(bad).is_err(), "{bad}");
        }
    }
}
