//! A gRPC answer becomes JSON: one message an object, a stream one line per message (NDJSON). A line is
//! `{"result": …}`; a stream that fails ends with `{"error": …}`, because its status was sent long before.

use std::{
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{HeaderValue, Response, header};
use http_body::{Body as HttpBody, Frame};
use http_body_util::BodyExt as _;
use prost_reflect::MessageDescriptor;
use tonic::{Code, Status, body::Body};
use tributary_core::Fault;
use tributary_rpc::status;

use super::{
    code::json_response,
    frames::Deframer,
    message::{bytes_to_json, status_to_json},
};

/// What was wrong with the stream that the caller sends, once it is known.
pub(super) type Complaint = Arc<OnceLock<Fault>>;

/// The answer of a call with one message. An error stays a gRPC refusal.
///
/// # Errors
/// `INTERNAL` when the service did not answer as its contract says.
pub(super) async fn unary(of: &MessageDescriptor, answer: Response<Body>) -> Result<Response<Body>, Fault> {
    if let Some(status) = failed(answer.headers()) {
        return Ok(status.into_http());
    }
    let collected = answer.into_body().collect().await;
    let collected = collected.map_err(|e| Fault::internal(format!("an answer broke off: {e}")))?;
    match collected.trailers().and_then(Status::from_header_map) {
        Some(status) if status.code() == Code::Ok => {}
        Some(status) => return Ok(status.into_http()),
        None => return Err(Fault::internal("a service answered without a status")),
    }
    let mut frames = Deframer::default();
    frames.push(&collected.to_bytes());
    let message = frames.next()?.ok_or_else(|| Fault::internal("a service answered without a message"))?;
    Ok(json_response(bytes_to_json(of, message)?.into()))
}

/// The answer of a call with a stream of messages.
pub(super) fn stream(
    of: MessageDescriptor,
    answer: Response<Body>,
    complaint: Complaint,
    refuse: fn(&Fault, &str) -> Status,
    request_id: String,
) -> Response<Body> {
    if let Some(status) = failed(answer.headers()) {
        return complaint.get().map_or(status, |fault| refuse(fault, &request_id)).into_http();
    }
    let lines = Lines {
        body: answer.into_body(),
        frames: Deframer::default(),
        of,
        complaint,
        refuse,
        request_id,
        ended: false,
    };
    let mut response = json_response(Bytes::new()).map(|_| Body::new(lines));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    response
}

/// The status of an answer that is nothing but an error.
fn failed(headers: &http::HeaderMap) -> Option<Status> {
    Status::from_header_map(headers).filter(|status| status.code() != Code::Ok)
}

struct Lines {
    body: Body,
    frames: Deframer,
    of: MessageDescriptor,
    complaint: Complaint,
    refuse: fn(&Fault, &str) -> Status,
    request_id: String,
    ended: bool,
}

impl Lines {
    fn result(&mut self) -> Result<Option<Bytes>, Status> {
        let refuse = |fault: Fault| (self.refuse)(&fault, &self.request_id);
        let Some(message) = self.frames.next().map_err(refuse)? else { return Ok(None) };
        let json = bytes_to_json(&self.of, message).map_err(refuse)?;
        Ok(Some(Bytes::from([b"{\"result\":", json.as_slice(), b"}\n"].concat())))
    }

    /// The last line, where there is something to complain about.
    fn end(&mut self, status: Option<Status>) -> Option<Bytes> {
        self.ended = true;
        let complaint = self.complaint.get().map(|fault| (self.refuse)(fault, &self.request_id));
        let status = complaint.or(status).filter(|status| status.code() != Code::Ok)?;
        let json = status_to_json(&status::from_tonic(&status));
        Some(Bytes::from(format!("{{\"error\":{json}}}\n")))
    }
}

impl HttpBody for Lines {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = &mut *self;
        let last = loop {
            if this.ended {
                return Poll::Ready(None);
            }
            match this.result() {
                Ok(Some(line)) => return Poll::Ready(Some(Ok(Frame::data(line)))),
                Ok(None) => {}
                Err(status) => break this.end(Some(status)),
            }
            match ready!(Pin::new(&mut this.body).poll_frame(cx)) {
                None => {
                    let cut = Status::unavailable("the stream broke off; begin again where the last result was");
                    break this.end(Some(cut));
                }
                Some(Err(status)) => break this.end(Some(status)),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => this.frames.push(&data),
                    Err(frame) => {
                        let trailers = frame.into_trailers().unwrap_or_default();
                        break this.end(Status::from_header_map(&trailers));
                    }
                },
            }
        };
        Poll::Ready(last.map(|line| Ok(Frame::data(line))))
    }
}
