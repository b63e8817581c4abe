//! The body of a request that may have to be sent again: what was handed out is kept, as long as it is little.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame};
use tonic::{Status, body::Body};

/// The most that is kept; a longer body is sent once.
const KEPT: usize = 64 * 1024;

/// One way through a body; several may follow each other, each from the beginning.
pub(super) struct Again {
    shared: Arc<Mutex<Shared>>,
    next: usize,
}

struct Shared {
    rest: Body,
    /// What was handed out so far; none when it became too much.
    sent: Option<Vec<Bytes>>,
    size: usize,
}

impl Again {
    pub(super) fn new(body: Body) -> Self {
        Self { shared: Arc::new(Mutex::new(Shared { rest: body, sent: Some(Vec::new()), size: 0 })), next: 0 }
    }

    /// The same body from its beginning; meaningless once [`can_be_sent`](Self::can_be_sent) says no.
    pub(super) fn again(&self) -> Self {
        Self { shared: self.shared.clone(), next: 0 }
    }

    /// Whether everything that was handed out is still here.
    pub(super) fn can_be_sent(&self) -> bool {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner).sent.is_some()
    }
}

impl HttpBody for Again {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = self.get_mut();
        let mut shared = this.shared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = shared.sent.as_ref().and_then(|sent| sent.get(this.next)) {
            this.next = this.next.saturating_add(1);
            return Poll::Ready(Some(Ok(Frame::data(kept.clone()))));
        }
        let frame = ready!(Pin::new(&mut shared.rest).poll_frame(cx));
        match &frame {
            None => {}
            Some(Ok(frame)) if frame.is_data() => {
                let data = frame.data_ref().cloned().unwrap_or_default();
                shared.size = shared.size.saturating_add(data.len());
                if shared.size > KEPT {
                    shared.sent = None;
                } else if let Some(sent) = shared.sent.as_mut() {
                    sent.push(data);
                    this.next = this.next.saturating_add(1);
                }
            }
            // Trailers, which requests of gRPC have not, and a body that broke off.
            Some(_) => shared.sent = None,
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        let shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.sent.as_ref().is_none_or(|sent| self.next >= sent.len()) && shared.rest.is_end_stream()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http_body_util::BodyExt as _;
    use tonic::body::Body;

    use super::{Again, KEPT};

    fn body(parts: Vec<Vec<u8>>) -> Body {
        let parts = parts.into_iter().map(|part| Ok::<_, std::convert::Infallible>(Bytes::from(part)));
        Body::new(axum::body::Body::from_stream(tokio_stream::iter(parts)))
    }

    #[tokio::test]
    async fn a_short_body_is_there_again_however_far_it_was_sent() {
        let first = Again::new(body(vec![vec![1, 2], vec![3], vec![4, 5]]));
        let mut cut = first.again();
        assert_eq!(cut.frame().await.expect("one").expect("fine").into_data().expect("data"), [1, 2].as_slice());
        let second = first.again();
        assert_eq!(second.collect().await.expect("whole").to_bytes(), [1, 2, 3, 4, 5].as_slice());
        assert!(first.can_be_sent());
        assert_eq!(first.again().collect().await.expect("whole").to_bytes(), [1, 2, 3, 4, 5].as_slice());
    }

    #[tokio::test]
    async fn a_long_body_passes_once() {
        let long = Again::new(body(vec![vec![7; KEPT], vec![8; 10]]));
        let mut once = long.again();
        once.frame().await.expect("one").expect("fine");
        assert!(long.can_be_sent());
        once.frame().await.expect("one").expect("fine");
        assert!(!long.can_be_sent());
        assert!(once.frame().await.is_none());
    }
}
