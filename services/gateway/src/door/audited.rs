//! Bodies of a call that leaves a trail: the request is watched, the end of the answer waits for its entry.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use futures::{FutureExt as _, future::BoxFuture};
use http_body::{Body as HttpBody, Frame, SizeHint};
use tonic::{Status, body::Body};

use super::trail::{HEAD, Record, Seen};

/// A request that is watched while it passes.
#[derive(Debug)]
pub(super) struct Observed {
    body: Body,
    seen: Arc<Mutex<Seen>>,
}

impl Observed {
    pub(super) fn new(body: Body, seen: Arc<Mutex<Seen>>) -> Self {
        Self { body, seen }
    }
}

impl HttpBody for Observed {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if let Some(Ok(frame)) = &frame
            && let Some(data) = frame.data_ref()
        {
            self.seen.lock().unwrap_or_else(PoisonError::into_inner).see(data);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

type Last = Option<Result<Frame<Bytes>, Status>>;

/// An answer whose end waits for its entry.
pub(super) struct Audited {
    body: Body,
    head: Vec<u8>,
    /// Until the end was seen.
    record: Option<Record>,
    /// The entry is being written; then the end is sent.
    keeping: Option<(BoxFuture<'static, ()>, Last)>,
}

impl Audited {
    pub(super) fn new(body: Body, record: Record) -> Self {
        Self { body, head: Vec::new(), record: Some(record), keeping: None }
    }
}

impl HttpBody for Audited {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Last> {
        let this = &mut *self;
        loop {
            if let Some((writing, last)) = this.keeping.as_mut() {
                ready!(writing.as_mut().poll(cx));
                let last = last.take();
                this.keeping = None;
                return Poll::Ready(last);
            }
            let frame = ready!(Pin::new(&mut this.body).poll_frame(cx));
            let status = match &frame {
                Some(Ok(frame)) => match (frame.data_ref(), frame.trailers_ref()) {
                    (Some(data), _) => {
                        let left = HEAD.saturating_sub(this.head.len());
                        this.head.extend_from_slice(data.get(..left.min(data.len())).unwrap_or_default());
                        return Poll::Ready(Some(Ok(Frame::data(data.clone()))));
                    }
                    (None, Some(trailers)) => Status::from_header_map(trailers),
                    (None, None) => None,
                },
                Some(Err(status)) => Some(status.clone()),
                None => None,
            };
            let Some(record) = this.record.take() else { return Poll::Ready(frame) };
            let head = std::mem::take(&mut this.head);
            let writing = async move { record.keep(status.as_ref(), &head).await }.boxed();
            this.keeping = Some((writing, frame));
        }
    }

    fn is_end_stream(&self) -> bool {
        self.record.is_none() && self.keeping.is_none() && self.body.is_end_stream()
    }
}
