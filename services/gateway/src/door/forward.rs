//! The way of a call through the door: identity, method, roles, target, token, forward.

use std::{fmt, sync::Arc, time::Duration};

use http::{HeaderMap, HeaderValue, Request, Response, Uri};
use tonic::body::Body;
use tributary_core::{Clock, Fault, RequestContext, Role, Scope, fault::common};
use tributary_limits::Limiter;
use tributary_rpc::{deadline, policy, token::TokenSigner};

use super::{
    area::{Area, Backends},
    body::Answer,
    capped::{Capped, Objection},
    first_message, headers,
    layers::{self, Origin},
    methods::{Method, MethodTable, Target},
    rates::{LimitSettings, Rates},
    refusal,
    trail::{Trail, Who},
    upstream::{Onward, Upstream},
};
use crate::{
    app::authenticate::{Authenticate, Caller, Credential},
    key::ApiKey,
    reasons::{TOKEN_PARTNER_UNKNOWN, TOKEN_ROLES_CONFLICT, TOKEN_WITHOUT_ROLES},
};

/// What a service gets beyond its own default deadline before the door stops waiting for it.
const MARGIN: Duration = Duration::from_secs(5);

/// Admits calls and forwards them. Cheap to clone.
#[derive(Clone)]
pub struct Door(Arc<Inner>);

struct Inner {
    methods: MethodTable,
    authenticate: Authenticate,
    signer: Arc<TokenSigner>,
    clock: Arc<dyn Clock>,
    backends: Backends,
    upstreams: Vec<(Area, Upstream)>,
    rates: Rates,
    trail: Trail,
}

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Door").field("backends", &self.0.backends).finish_non_exhaustive()
    }
}

impl Door {
    /// A door to the given backends.
    #[must_use]
    pub fn new(
        methods: MethodTable,
        authenticate: Authenticate,
        signer: Arc<TokenSigner>,
        clock: Arc<dyn Clock>,
        backends: Backends,
        rates: (LimitSettings, Arc<dyn Limiter>),
        trail: Trail,
    ) -> Self {
        let upstream = |area| Some((area, Upstream::new(area, backends.get(area)?)));
        let upstreams = Area::ALL.into_iter().filter_map(upstream).collect();
        let rates = Rates::new(rates.0, rates.1);
        Self(Arc::new(Inner { methods, authenticate, signer, clock, backends, upstreams, rates, trail }))
    }

    /// Answers a gRPC call. Other protocols become one: gRPC-Web in a layer before, JSON by [`Door::admit`] and
    /// [`Door::send`], so that there is one path of authorisation.
    pub async fn handle(&self, request: Request<Body>) -> Response<Body> {
        let origin = layers::origin(&request);
        if request.method() != http::Method::POST {
            return not_grpc();
        }
        match self.pass(request, &origin).await {
            Ok(response) => response,
            Err(fault) => refusal::response(&fault, &origin.request_id),
        }
    }

    async fn pass(&self, request: Request<Body>, origin: &Origin) -> Result<Response<Body>, Fault> {
        let (parts, body) = request.into_parts();
        let pass = self.admit(&parts.headers, parts.uri.path(), origin).await?;
        self.send(pass, parts.headers, body, origin).await
    }

    /// Who calls.
    ///
    /// # Errors
    /// `UNAUTHENTICATED`; those of tokens; store faults.
    pub async fn identify(&self, headers: &HeaderMap, path: &str, origin: &Origin) -> Result<Caller, Fault> {
        let presented = headers::credential(headers);
        let caller =
            self.0.authenticate.caller(presented, origin.certificate.as_deref()).await.inspect_err(|fault| {
                let key = presented.and_then(|presented| ApiKey::parse(presented.text()));
                let prefix = key.as_ref().map(ApiKey::prefix).unwrap_or_default();
                let tenant = self.0.authenticate.tenant_of(prefix);
                self.0.trail.refused(origin, Who::Stranger(prefix, tenant.as_ref()), path, fault);
            })?;
        tracing::Span::current().record("tenant", caller.tenant.as_str()).record("subject", caller.subject.as_str());
        Ok(caller)
    }

    /// Who calls, and may he: before anything else of the call is looked at.
    ///
    /// # Errors
    /// `UNAUTHENTICATED`, `METHOD_UNKNOWN`, `PERMISSION_DENIED`, a deadline that cannot be read; store faults.
    pub async fn admit(&self, headers: &HeaderMap, path: &str, origin: &Origin) -> Result<Pass, Fault> {
        let caller = self.identify(headers, path, origin).await?;
        let method = self.0.admit(&caller, path);
        let method = method.inspect_err(|fault| self.0.trail.refused(origin, Who::Known(&caller), path, fault))?;
        self.0.rates.count(&caller, path, method).await?;
        let asked = deadline::asked(headers)?;
        let path = Uri::try_from(path).map_err(|_| Fault::internal("a known path is not a path"))?;
        Ok(Pass { caller, method: method.clone(), asked, path })
    }

    /// Forwards an admitted call. The body is gRPC's; its bytes pass untouched.
    ///
    /// # Errors
    /// `OPERATION_NOT_FOUND`, `UPSTREAM_UNAVAILABLE`, `DEADLINE_EXCEEDED`.
    pub async fn send(
        &self,
        pass: Pass,
        headers: HeaderMap,
        body: Body,
        origin: &Origin,
    ) -> Result<Response<Body>, Fault> {
        let (caller, path) = (pass.caller.clone(), pass.path.path().to_owned());
        if pass.method.reads {
            let answer = self.onward(pass, headers, body, origin).await?;
            self.0.trail.answered(origin, &caller, &path, &answer);
            return Ok(answer);
        }
        let record = self.0.trail.record(origin, &caller, &path);
        let body = record.observed(body);
        match self.onward(pass, headers, body, origin).await {
            Ok(answer) => Ok(record.answered(answer).await),
            Err(fault) => {
                record.failed(&fault).await;
                Err(fault)
            }
        }
    }

    async fn onward(
        &self,
        pass: Pass,
        mut headers: HeaderMap,
        body: Body,
        origin: &Origin,
    ) -> Result<Response<Body>, Fault> {
        let request_id = origin.request_id.as_str();
        let objection = Objection::default();
        let body = Body::new(Capped::new(body, objection.clone()));
        let (area, body) = match pass.method.target {
            Target::Area(area) => (area, body),
            Target::Operation => {
                let (name, body) = first_message::name(body).await?;
                (area_of_operation(&name)?, body)
            }
            Target::Service => {
                let (name, body) = first_message::name(body).await?;
                (area_of_service(&name)?, body)
            }
        };
        headers::strip(&mut headers);
        headers.insert(http::header::AUTHORIZATION, self.0.token(pass.caller, request_id)?);
        if let Ok(id) = HeaderValue::from_str(request_id) {
            headers.insert(headers::REQUEST_ID, id);
        }
        tributary_telemetry::inject(&mut headers);
        let upstream = self.0.upstream(area)?;
        let onward = Onward {
            timeout: patience(&pass.method, pass.asked),
            asked: pass.asked.is_some(),
            method: &pass.method,
            path: pass.path,
            headers,
        };
        let answer = upstream.call(onward, body).await;
        // What the service says about a request that was cut off is not why it was.
        let answer = answer.and_then(|answer| objection.get().cloned().map_or(Ok(answer), Err));
        let answer = answer.map_err(|fault| objection.get().cloned().unwrap_or(fault))?;
        let request_id = request_id.to_owned();
        Ok(answer.map(|body| Body::new(Answer::new(body, area.service(), request_id, objection))))
    }
}

/// A call that may go on: who calls, what and where to.
#[derive(Debug)]
pub struct Pass {
    caller: Caller,
    method: Method,
    asked: Option<Duration>,
    path: Uri,
}

impl Inner {
    fn admit(&self, caller: &Caller, path: &str) -> Result<&Method, Fault> {
        let method = self.methods.get(path).ok_or_else(|| policy::unknown(path))?;
        let of_partner = caller.roles.contains(&Role::Partner) && caller.credential == Credential::Token;
        if of_partner && caller.roles.len() > 1 {
            let why =
                "the token makes its holder a partner's own user and something else; ask an operator which groups are";
            Err(Fault::new(TOKEN_ROLES_CONFLICT, why))
        } else if of_partner && caller.partners.is_empty() {
            let why = "the token does not say whose partner's user it is; ask an operator which claim does";
            Err(Fault::new(TOKEN_PARTNER_UNKNOWN, why))
        } else if method.allows(&caller.roles) {
            Ok(method)
        } else if caller.roles.is_empty() {
            let why = "none of what the token says is mapped to a role here; ask an operator which groups are";
            Err(Fault::new(TOKEN_WITHOUT_ROLES, why))
        } else {
            Err(policy::denied(&caller.subject, path, &method.roles))
        }
    }

    fn token(&self, caller: Caller, request_id: &str) -> Result<HeaderValue, Fault> {
        let context = RequestContext {
            tenant: caller.tenant,
            subject: caller.subject,
            scope: Scope::of(&caller.roles, caller.partners),
            roles: caller.roles,
            request_id: request_id.to_owned(),
        };
        let token = self.signer.sign(&context, self.clock.now())?;
        let mut value = HeaderValue::try_from(format!("Bearer {token}"))
            .map_err(|_| Fault::internal("a signed token is not a header value"))?;
        value.set_sensitive(true);
        Ok(value)
    }

    fn upstream(&self, area: Area) -> Result<&Upstream, Fault> {
        self.upstreams.iter().find(|(other, _)| *other == area).map(|(_, upstream)| upstream).ok_or_else(|| {
            let service = area.service();
            let why = format!("the service {service} does not run here; start it, then retry");
            Fault::new(common::UPSTREAM_UNAVAILABLE, why).with("service", service)
        })
    }
}

/// How long the door waits: as long as the caller asks, at most as long as a service may take. A service answers a unary call without a deadline within its
/// default; one that hangs must not hold the caller for ever. Streams last as long as they last.
fn patience(method: &Method, asked: Option<Duration>) -> Option<Duration> {
    asked
        .map(|asked| asked.min(deadline::MAX_DEADLINE))
        .or_else(|| (!method.streaming).then(|| deadline::DEFAULT_DEADLINE.saturating_add(MARGIN)))
}

/// The area in a name of the form `operations/<area>-<uuid>`.
fn area_of_operation(name: &str) -> Result<Area, Fault> {
    let area = name.strip_prefix("operations/").and_then(|id| id.split_once('-')).and_then(|(a, _)| Area::named(a));
    area.ok_or_else(|| {
        let shown: String = name.chars().take(200).collect();
        let why = format!("there is no operation {shown:?}; take the name from the answer that began it");
        Fault::new(common::OPERATION_NOT_FOUND, why).with("name", shown)
    })
}

/// The area of the service that a name begins with: `services/<service>`, whatever follows.
fn area_of_service(name: &str) -> Result<Area, Fault> {
    let service = name.strip_prefix("services/").and_then(|rest| rest.split('/').next());
    Area::ALL.into_iter().find(|area| Some(area.service()) == service).ok_or_else(|| {
        let known: Vec<_> = Area::ALL.map(|area| format!("services/{}", area.service())).into();
        let shown: String = name.chars().take(200).collect();
        let why = format!("{shown:?} begins with no service; there are {}", known.join(", "));
        Fault::invalid_field("service", why)
    })
}

/// What a caller gets who names gRPC as type but does not speak it.
fn not_grpc() -> Response<Body> {
    let text = "this port speaks gRPC: POST with content-type application/grpc over HTTP/2\n";
    let mut response = Response::new(Body::new(http_body_util::Full::new(bytes::Bytes::from_static(text.as_bytes()))));
    *response.status_mut() = http::StatusCode::UNSUPPORTED_MEDIA_TYPE;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(http::header::CONTENT_TYPE, plain);
    response
}
