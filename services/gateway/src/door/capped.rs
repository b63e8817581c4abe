//! Requests whose messages may not be larger than the cap. Only the lengths in front of the messages are looked at; the bytes
//! pass as they are. A compressed message is not unpacked here, so its packed length is what counts; the services refuse
//! compression they did not offer.

use std::{
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tonic::{Status, body::Body};
use tributary_core::Fault;

use super::MAX_MESSAGE;
use crate::reasons::MESSAGE_TOO_LARGE;

/// What was wrong with the body of a request, once it is known.
pub(super) type Objection = Arc<OnceLock<Fault>>;

/// The fault of a message above the cap.
pub(crate) fn too_large() -> Fault {
    let why = format!("the message is larger than the {MAX_MESSAGE} bytes that are read; send less at once");
    Fault::new(MESSAGE_TOO_LARGE, why).with("limit", "message").with("max_bytes", MAX_MESSAGE.to_string())
}

/// Follows the frames of messages through chunks that cut anywhere.
#[derive(Debug, Default)]
struct Lengths {
    /// Bytes of the present message that are to come.
    left: usize,
    /// How many bytes of the prefix were seen, and the length so far.
    seen: u8,
    length: usize,
}

impl Lengths {
    /// Whether everything up to the end of the chunk is within the cap.
    fn admit(&mut self, mut chunk: &[u8]) -> bool {
        while !chunk.is_empty() {
            let passing = self.left.min(chunk.len());
            self.left = self.left.saturating_sub(passing);
            chunk = chunk.get(passing..).unwrap_or_default();
            let Some((byte, rest)) = chunk.split_first() else { return true };
            chunk = rest;
            // The first byte is the flag, four follow with the length.
            if self.seen > 0 {
                self.length = self.length.saturating_mul(256).saturating_add(usize::from(*byte));
            }
            self.seen = self.seen.saturating_add(1);
            if self.seen == 5 {
                if self.length > MAX_MESSAGE {
                    return false;
                }
                *self = Self { left: self.length, seen: 0, length: 0 };
            }
        }
        true
    }
}

/// The body of a request under the cap.
#[derive(Debug)]
pub(super) struct Capped {
    body: Body,
    lengths: Lengths,
    objection: Objection,
}

impl Capped {
    pub(super) fn new(body: Body, objection: Objection) -> Self {
        Self { body, lengths: Lengths::default(), objection }
    }
}

impl HttpBody for Capped {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = &mut *self;
        let frame = ready!(Pin::new(&mut this.body).poll_frame(cx));
        if let Some(Ok(frame)) = &frame
            && let Some(data) = frame.data_ref()
            && !this.lengths.admit(data)
        {
            let _ = this.objection.set(too_large());
            return Poll::Ready(Some(Err(Status::resource_exhausted("the message is too large"))));
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Lengths, MAX_MESSAGE};

    fn framed(length: usize) -> Vec<u8> {
        let prefix = u32::try_from(length).expect("small").to_be_bytes();
        [&[0][..], &prefix].concat()
    }

    #[test]
    fn the_cap_is_exact() {
        let whole = |length: usize| [framed(length), vec![7; length]].concat();
        assert!(Lengths::default().admit(&[whole(MAX_MESSAGE), whole(0), whole(3)].concat()));
        assert!(!Lengths::default().admit(&framed(MAX_MESSAGE + 1)));
        assert!(!Lengths::default().admit(&[whole(3), vec![1, 255, 255, 255, 255]].concat()), "compressed or not");
    }

    proptest! {
        #[test]
        fn chunks_may_cut_anywhere(lengths in prop::collection::vec(0_usize..40, 0..8), cuts in 1_usize..9, last in any::<bool>()) {
            let mut bytes: Vec<u8> = lengths.iter().flat_map(|length| [framed(*length), vec![255; *length]].concat()).collect();
            if last {
                bytes.extend(framed(MAX_MESSAGE + 1));
            }
            let mut state = Lengths::default();
            let admitted = bytes.chunks(cuts).all(|chunk| state.admit(chunk));
            prop_assert_eq!(admitted, !last);
        }
    }
}
