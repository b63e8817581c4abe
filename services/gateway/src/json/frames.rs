//! The frames around gRPC messages: a flag, four bytes of length, the message.

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use tributary_core::Fault;

const PREFIX: usize = 5;

/// A message with its frame.
pub(super) fn framed(message: &[u8]) -> Bytes {
    let mut out = BytesMut::with_capacity(message.len().saturating_add(PREFIX));
    out.put_u8(0);
    // A message is capped far below four gigabytes before it comes here.
    out.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
    out.put_slice(message);
    out.freeze()
}

/// Takes messages out of the bytes of an answer.
#[derive(Debug, Default)]
pub(super) struct Deframer(BytesMut);

impl Deframer {
    /// More bytes came.
    pub(super) fn push(&mut self, data: &[u8]) {
        self.0.extend_from_slice(data);
    }

    /// The next whole message.
    ///
    /// # Errors
    /// `INTERNAL` when it is compressed, which nobody asked for.
    pub(super) fn next(&mut self) -> Result<Option<Bytes>, Fault> {
        let Some((mut prefix, rest)) = self.0.split_at_checked(PREFIX) else { return Ok(None) };
        let flag = prefix.get_u8();
        let length = usize::try_from(prefix.get_u32()).unwrap_or(usize::MAX);
        if flag != 0 {
            return Err(Fault::internal("a service sent a compressed message unasked"));
        }
        if rest.len() < length {
            return Ok(None);
        }
        self.0.advance(PREFIX);
        Ok(Some(self.0.split_to(length).freeze()))
    }
}

#[cfg(test)]
mod tests {
    use super::{Deframer, framed};

    #[test]
    fn messages_come_out_as_they_went_in() {
        assert_eq!(framed(b"ab").as_ref(), [0, 0, 0, 0, 2, b'a', b'b']);
        let all = [framed(b"one"), framed(b""), framed(b"three")].concat();
        let (mut frames, mut out) = (Deframer::default(), Vec::new());
        for byte in all {
            frames.push(&[byte]);
            while let Some(message) = frames.next().expect("plain") {
                out.push(message);
            }
        }
        assert_eq!(out, [&b"one"[..], b"", b"three"]);
        frames.push(&[1, 0, 0, 0, 0]);
        assert!(frames.next().is_err());
    }
}
