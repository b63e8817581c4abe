//! One service behind the door, as the door sees it: whether it answers at all, how much it can do, and what may be tried
//! again.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Request, Response, Uri, Version};
use http_body::Frame;
use http_body_util::{BodyExt as _, Full};
use rand::Rng as _;
use tokio::time::Instant;
use tonic::{Code, Status, body::Body};
use tower::ServiceExt as _;
use tributary_core::{Fault, fault::common};
use tributary_limits::{Adaptive, Breaker, Outcome, RetryBudget};
use tributary_rpc::{client::Backend, status::RETRY_AFTER_MS};

use super::{
    area::Area,
    body::{Replay, gone},
    methods::Method,
};
use crate::reasons::OVERLOADED;

/// At most so many attempts for a call that changes nothing.
const ATTEMPTS: u32 = 3;
/// Requests up to this size (bytes) are kept to be sent again.
const KEPT: usize = 64 * 1024;
/// Pause before the second attempt; it doubles, and up to as much again is added by chance.
const PAUSE: Duration = Duration::from_millis(15);

/// A service behind the door.
#[derive(Debug)]
pub(super) struct Upstream {
    service: &'static str,
    backend: Hidden,
    breaker: Breaker,
    budget: RetryBudget,
    flow: Adaptive,
}

/// A backend says nothing when it is printed.
struct Hidden(Backend);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Backend")
    }
}

/// A call on its way.
#[derive(Debug)]
pub(super) struct Onward<'a> {
    pub method: &'a Method,
    pub path: Uri,
    pub headers: HeaderMap,
    /// How long the door waits, and whether the caller said so.
    pub timeout: Option<Duration>,
    pub asked: bool,
}

/// Why an attempt brought no answer.
enum Failure {
    Gone(Status),
    Late,
}

impl Upstream {
    pub(super) fn new(area: Area, backend: Backend) -> Self {
        Self {
            service: area.service(),
            backend: Hidden(backend),
            breaker: Breaker::default(),
            budget: RetryBudget::default(),
            flow: Adaptive::default(),
        }
    }

    /// Forwards a call; a unary call that changes nothing is tried again when nobody answered.
    ///
    /// # Errors
    /// `OVERLOADED`, `UPSTREAM_UNAVAILABLE`, `DEADLINE_EXCEEDED`.
    pub(super) async fn call(&self, onward: Onward<'_>, body: Body) -> Result<Response<Body>, Fault> {
        let permit = match onward.method.streaming {
            true => None,
            false => Some(self.flow.enter(onward.method.number).ok_or_else(|| self.overloaded())?),
        };
        let until = onward.timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        self.budget.earn();
        let (body, again) = if onward.method.repeatable() { kept(body).await } else { (body, None) };
        let mut body = Some(body);
        let mut attempt = 1;
        let end = loop {
            let request = request(&onward, body.take().unwrap_or_default());
            let answer = self.attempt(request, until).await?;
            let Some(again) = again.as_ref().filter(|_| attempt < ATTEMPTS && unavailable(&answer)) else {
                break answer;
            };
            let pause = pause(attempt);
            if until.is_some_and(|until| until.saturating_duration_since(Instant::now()) <= pause)
                || !self.budget.spend()
            {
                break answer;
            }
            tracing::debug!(service = self.service, attempt, "trying again");
            tokio::time::sleep(pause).await;
            attempt = attempt.saturating_add(1);
            body = Some(Body::new(Full::new(again.clone())));
        };
        let outcome = match &end {
            Ok(answer) if code(answer) == Some(Code::DeadlineExceeded) && !onward.asked => Outcome::Overloaded,
            Ok(_) => Outcome::Answered,
            // Who has little patience says nothing about the service.
            Err(Failure::Late) if onward.asked => Outcome::Ignored,
            Err(_) => Outcome::Overloaded,
        };
        if let Some(permit) = permit {
            permit.end(outcome);
        }
        end.map_err(|failure| match failure {
            Failure::Gone(error) => gone(self.service, &error),
            Failure::Late => late(),
        })
    }

    /// One attempt; the outer fault is final.
    async fn attempt(
        &self,
        request: Request<Body>,
        until: Option<Instant>,
    ) -> Result<Result<Response<Body>, Failure>, Fault> {
        self.breaker.admit().map_err(|after| self.away(after))?;
        let call = self.backend.0.clone().oneshot(request);
        let answer = match until {
            None => Ok(call.await),
            Some(until) => tokio::time::timeout_at(until, call).await,
        };
        Ok(match answer {
            Err(_) => Err(Failure::Late),
            Ok(Ok(answer)) => {
                self.breaker.answered();
                Ok(answer)
            }
            // The client of the transport watches the deadline as well and may be a moment faster.
            Ok(Err(_)) if until.is_some_and(|until| Instant::now() >= until) => Err(Failure::Late),
            Ok(Err(error)) if error.code() == Code::DeadlineExceeded => Err(Failure::Late),
            Ok(Err(error)) => {
                self.breaker.failed();
                Err(Failure::Gone(error))
            }
        })
    }

    fn overloaded(&self) -> Fault {
        let why = format!("the service {} has as much to do as it can; retry with backoff", self.service);
        Fault::new(OVERLOADED, why).with("service", self.service).with(RETRY_AFTER_MS, "500")
    }

    fn away(&self, after: Duration) -> Fault {
        let why =
            format!("the service {} does not answer and is left alone for a moment; retry with backoff", self.service);
        Fault::new(common::UPSTREAM_UNAVAILABLE, why)
            .with("service", self.service)
            .with(RETRY_AFTER_MS, after.as_millis().max(1).to_string())
    }
}

fn request(onward: &Onward<'_>, body: Body) -> Request<Body> {
    // A fresh request: nothing that this process noted about the connection goes along.
    let mut request = Request::new(body);
    *request.method_mut() = http::Method::POST;
    *request.version_mut() = Version::HTTP_2;
    request.headers_mut().clone_from(&onward.headers);
    request.uri_mut().clone_from(&onward.path);
    request
}

/// The body to send, and the same again when it is small and whole.
async fn kept(mut body: Body) -> (Body, Option<Bytes>) {
    let mut all = BytesMut::new();
    while let Some(frame) = body.frame().await {
        match frame {
            Ok(frame) => {
                if let Ok(data) = frame.into_data() {
                    all.extend_from_slice(&data);
                }
            }
            // The service is told as it comes.
            Err(status) => {
                let broken = http_body_util::StreamBody::new(futures::stream::iter([Err::<Frame<Bytes>, _>(status)]));
                return (Body::new(Replay::new(vec![Frame::data(all.freeze())], Body::new(broken))), None);
            }
        }
        if all.len() > KEPT {
            return (Body::new(Replay::new(vec![Frame::data(all.freeze())], body)), None);
        }
    }
    let all = all.freeze();
    (Body::new(Full::new(all.clone())), Some(all))
}

fn unavailable(answer: &Result<Response<Body>, Failure>) -> bool {
    match answer {
        Ok(answer) => code(answer) == Some(Code::Unavailable),
        Err(Failure::Gone(_)) => true,
        Err(Failure::Late) => false,
    }
}

/// The code of an answer that is nothing but a status.
fn code(answer: &Response<Body>) -> Option<Code> {
    answer.headers().get(Status::GRPC_STATUS).map(|code| Code::from_bytes(code.as_bytes()))
}

fn pause(attempt: u32) -> Duration {
    let base = PAUSE.saturating_mul(attempt);
    let extra = u64::try_from(base.as_micros()).unwrap_or(u64::MAX).max(1);
    base.saturating_add(Duration::from_micros(rand::rng().random_range(0..extra)))
}

fn late() -> Fault {
    Fault::new(common::DEADLINE_EXCEEDED, "the call took longer than its deadline; retry with a longer one")
}
