//! Guards the body of a stream: a panic or the deadline ends it with a status in the trailers instead of a broken
//! connection.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll},
};

use axum::response::Response;
use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame};
use tokio::time::Sleep;
use tributary_core::Fault;

use super::deadline::{self, Limit};
use crate::status;

/// What a panic said, for the log.
pub(super) fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("panicked: {}", text.unwrap_or("without a message"))
}

/// Puts the guard around the body of an answer.
pub(super) fn body(response: Response, limit: Option<Limit>, domain: &'static str, request_id: &str) -> Response {
    let request_id = request_id.to_owned();
    let sleep = limit.map(|limit| (Box::pin(tokio::time::sleep_until(limit.at)), limit));
    let span = tracing::Span::current();
    response.map(|inner| axum::body::Body::new(Guarded { inner: Some(inner), sleep, domain, request_id, span }))
}

struct Guarded {
    /// `None` once it has ended.
    inner: Option<axum::body::Body>,
    sleep: Option<(Pin<Box<Sleep>>, Limit)>,
    domain: &'static str,
    request_id: String,
    span: tracing::Span,
}

impl Guarded {
    fn end(&mut self, fault: &Fault) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.inner = None;
        let mut trailers = HeaderMap::new();
        match status::to_status(fault, self.domain, &self.request_id).add_header(&mut trailers) {
            Ok(()) => Poll::Ready(Some(Ok(Frame::trailers(trailers)))),
            Err(status) => Poll::Ready(Some(Err(axum::Error::new(status)))),
        }
    }
}

impl Body for Guarded {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        let span = this.span.clone();
        let _entered = span.enter();
        let Some(inner) = this.inner.as_mut() else { return Poll::Ready(None) };
        match catch_unwind(AssertUnwindSafe(|| Pin::new(inner).poll_frame(cx))) {
            Err(panic) => this.end(&Fault::internal(panic_text(&*panic))),
            Ok(Poll::Ready(frame)) => Poll::Ready(frame),
            Ok(Poll::Pending) => {
                let Some((sleep, limit)) = this.sleep.as_mut() else { return Poll::Pending };
                std::task::ready!(sleep.as_mut().poll(cx));
                let fault = deadline::exceeded(*limit);
                this.end(&fault)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{convert::Infallible, time::Duration};

    use axum::{body::Body as AxumBody, response::Response};
    use bytes::Bytes;
    use futures::StreamExt as _;
    use http_body::{Body as _, Frame};
    use tokio::time::Instant;

    use super::{Limit, body};

    /// Reads a guarded body to its end: its data and the status in its trailers.
    async fn read(inner: AxumBody, limit: Option<Limit>) -> (Vec<u8>, Option<String>) {
        let mut body = body(Response::new(inner), limit, "partner.tributary", "r-1").into_body();
        let (mut data, mut code) = (Vec::new(), None);
        while let Some(frame) = std::future::poll_fn(|cx| std::pin::Pin::new(&mut body).poll_frame(cx)).await {
            match frame.expect("no broken frame").into_data() {
                Ok(bytes) => data.extend_from_slice(&bytes),
                Err(frame) => {
                    let trailers = Frame::into_trailers(frame).expect("trailers");
                    code = Some(trailers["grpc-status"].to_str().expect("text").to_owned());
                }
            }
        }
        (data, code)
    }

    fn first() -> futures::stream::Once<futures::future::Ready<Result<Bytes, Infallible>>> {
        futures::stream::once(futures::future::ready(Ok(Bytes::from_static(b"one"))))
    }

    #[tokio::test(start_paused = true)]
    async fn streams_end_with_a_status() {
        let limit = |seconds| {
            let length = Duration::from_secs(seconds);
            Limit { at: Instant::now().checked_add(length).expect("soon"), length }
        };
        let endless = || AxumBody::from_stream(first().chain(futures::stream::pending()));
        assert_eq!(read(endless(), Some(limit(3))).await, (b"one".to_vec(), Some("4".to_owned())));
        let panics = first().chain(futures::stream::poll_fn(|_| panic!("a secret detail")));
        assert_eq!(read(AxumBody::from_stream(panics), None).await, (b"one".to_vec(), Some("13".to_owned())));
        assert_eq!(read(AxumBody::from_stream(first()), Some(limit(3))).await, (b"one".to_vec(), None));
    }
}
