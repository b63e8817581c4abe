//! Bodies that pass through: one that was looked into, and one whose sender may break off.

use std::{
    pin::Pin,
    task::{Context, Poll},
    vec,
};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tonic::{Status, body::Body};
use tributary_core::Fault;

use super::{capped::Objection, refusal};

/// Frames that were read already, then the rest.
#[derive(Debug)]
pub(super) struct Replay {
    read: vec::IntoIter<Frame<Bytes>>,
    rest: Body,
}

impl Replay {
    pub(super) fn new(read: Vec<Frame<Bytes>>, rest: Body) -> Self {
        Self { read: read.into_iter(), rest }
    }
}

impl HttpBody for Replay {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        match self.read.next() {
            Some(frame) => Poll::Ready(Some(Ok(frame))),
            None => Pin::new(&mut self.rest).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.read.as_slice().is_empty() && self.rest.is_end_stream()
    }
}

/// An answer whose service may go away in the middle: the caller then gets a status instead of a broken stream.
#[derive(Debug)]
pub(super) struct Answer {
    body: Body,
    service: &'static str,
    request_id: String,
    objection: Objection,
    broken: bool,
}

impl Answer {
    pub(super) fn new(body: Body, service: &'static str, request_id: String, objection: Objection) -> Self {
        Self { body, service, request_id, objection, broken: false }
    }

    /// How the answer ends when the service could not end it: with what was wrong with the request, else with its absence.
    fn trailers(&self, error: &Status) -> Frame<Bytes> {
        let fault = self.objection.get().cloned().unwrap_or_else(|| gone(self.service, error));
        let mut trailers = http::HeaderMap::new();
        if refusal::status(&fault, &self.request_id).add_header(&mut trailers).is_err() {
            trailers.insert(Status::GRPC_STATUS, http::HeaderValue::from_static("14"));
        }
        Frame::trailers(trailers)
    }
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if self.broken {
            return Poll::Ready(None);
        }
        let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) else { return Poll::Pending };
        Poll::Ready(match frame {
            Some(Err(error)) => {
                self.broken = true;
                Some(Ok(self.trailers(&error)))
            }
            Some(Ok(frame)) if frame.is_trailers() && self.objection.get().is_some() => {
                Some(Ok(self.trailers(&Status::cancelled("the request was cut off"))))
            }
            other => other,
        })
    }

    fn is_end_stream(&self) -> bool {
        self.broken || self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A service could not be reached or went away; why is logged and not sent.
pub(super) fn gone(service: &'static str, error: &dyn std::fmt::Display) -> Fault {
    tracing::warn!(service, %error, "service not reachable");
    Fault::new(
        tributary_core::fault::common::UPSTREAM_UNAVAILABLE,
        format!("the service {service} is not reachable; retry with backoff"),
    )
    .with("service", service)
}
