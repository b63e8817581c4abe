//! A stream of requests as the caller sends it, one JSON object per line (NDJSON), becomes gRPC messages. The stream ends
//! before the first line that is wrong: what came before it is recorded and answered, and the answer ends with what was
//! wrong and in which line.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Bytes, BytesMut};
use http_body::{Body as HttpBody, Frame};
use prost_reflect::MessageDescriptor;
use tonic::{Status, body::Body};

use super::{answer::Complaint, bind, frames::framed};
use crate::door::{MAX_MESSAGE, too_large};

/// The messages of a body of lines.
pub(super) struct Requests {
    body: Body,
    of: MessageDescriptor,
    read: BytesMut,
    /// Up to here no line end was found.
    searched: usize,
    number: usize,
    complaint: Complaint,
    ended: bool,
}

impl Requests {
    pub(super) fn new(body: Body, of: MessageDescriptor, complaint: Complaint) -> Self {
        Self { body, of, read: BytesMut::new(), searched: 0, number: 0, complaint, ended: false }
    }

    /// The message of the next line; blank lines are none.
    fn next(&mut self) -> Option<Bytes> {
        loop {
            let unsearched = self.read.get(self.searched..).unwrap_or_default();
            let line = match unsearched.iter().position(|byte| *byte == b'\n') {
                Some(at) => self.read.split_to(self.searched.saturating_add(at).saturating_add(1)),
                None if self.ended && !self.read.is_empty() => self.read.split(),
                None => {
                    self.searched = self.read.len();
                    return None;
                }
            };
            self.searched = 0;
            self.number = self.number.saturating_add(1);
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            match bind::line(&self.of, self.number, &line) {
                Ok(message) => return Some(framed(&message)),
                Err(fault) => {
                    self.complain(fault);
                    return None;
                }
            }
        }
    }

    fn complain(&mut self, fault: tributary_core::Fault) {
        // Only the first complaint counts: after it nothing is read.
        let _ = self.complaint.set(fault);
        self.ended = true;
        self.read.clear();
    }
}

impl HttpBody for Requests {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = &mut *self;
        loop {
            if let Some(message) = this.next() {
                return Poll::Ready(Some(Ok(Frame::data(message))));
            }
            if this.ended {
                return Poll::Ready(None);
            }
            if this.read.len() > MAX_MESSAGE {
                this.complain(too_large());
                return Poll::Ready(None);
            }
            match ready!(Pin::new(&mut this.body).poll_frame(cx)) {
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        this.read.extend_from_slice(&data);
                    }
                }
                // The caller went away: what it had sent whole was taken.
                Some(Err(status)) => return Poll::Ready(Some(Err(status))),
                None => this.ended = true,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::{BodyExt as _, StreamBody};
    use tonic::body::Body;

    use super::{Complaint, Requests};

    async fn read(chunks: &[&'static str]) -> (Vec<u8>, Option<String>) {
        let frames: Vec<_> =
            chunks.iter().map(|c| Ok::<_, tonic::Status>(http_body::Frame::data((*c).into()))).collect();
        let of = tributary_proto::pool().get_message_by_name("tributary.partner.v1.GetPartnerRequest").expect("known");
        let complaint = Complaint::default();
        let body = Requests::new(Body::new(StreamBody::new(tokio_stream::iter(frames))), of, complaint.clone());
        let bytes = body.collect().await.expect("read").to_bytes().to_vec();
        (bytes, complaint.get().map(|fault| fault.message().to_owned()))
    }

    #[tokio::test]
    async fn each_line_is_a_message() {
        let (bytes, complaint) = read(&["{\"na", "me\":\"a\"}\n\n {}", "\r\n{\"name\":\"bc\"}"]).await;
        assert_eq!(
            (bytes.as_slice(), complaint),
            (&b"\0\0\0\0\x03\x0a\x01a\0\0\0\0\0\0\0\0\0\x04\x0a\x02bc"[..], None)
        );
    }

    #[tokio::test]
    async fn the_stream_ends_before_the_first_wrong_line() {
        let (bytes, complaint) = read(&["{\"name\":\"a\"}\n{\"nom\":1}\n{\"name\":\"b\"}\n"]).await;
        assert_eq!(bytes, b"\0\0\0\0\x03\x0a\x01a");
        let complaint = complaint.expect("said");
        assert!(complaint.starts_with("nom: line 2 of the stream: line 1, column 2: "), "{complaint}");
        let (_, complaint) = read(&["[", "1"]).await;
        assert_eq!(complaint.as_deref(), Some("line 1 of the stream, byte 3: expected ',' or ']'"));
    }
}
