//! Looks at the first message of a call without taking it: the body that is given back yields the same bytes again.

use bytes::{Buf as _, Bytes, BytesMut};
use http_body_util::BodyExt as _;
use prost::Message as _;
use tonic::body::Body;
use tributary_core::Fault;

use super::body::Replay;

/// The most that is read to see a message.
const LIMIT: usize = 64 * 1024;
/// A flag and the length, in front of every message.
const PREFIX: usize = 5;

/// Requests whose field 1 is `name`; the rest is skipped.
#[derive(Clone, PartialEq, prost::Message)]
struct Named {
    #[prost(string, tag = "1")]
    name: String,
}

/// Field 1 of the first message, and the body with every byte still in it.
///
/// # Errors
/// `INVALID_REQUEST` when the message is missing, compressed, too large or not readable.
pub(super) async fn name(mut body: Body) -> Result<(String, Body), Fault> {
    let mut frames = Vec::new();
    let mut seen = BytesMut::new();
    let message = loop {
        if let Some(message) = first_message(&seen)? {
            break message;
        }
        let Some(frame) = body.frame().await else { return Err(invalid("the call carries no whole message")) };
        let frame = frame.map_err(|_| invalid("the call broke off before its first message was whole"))?;
        if let Some(data) = frame.data_ref() {
            seen.extend_from_slice(data);
        }
        frames.push(frame);
    };
    let named =
        Named::decode(message).map_err(|_| invalid("the message cannot be read; compare it with its .proto"))?;
    Ok((named.name, Body::new(Replay::new(frames, body))))
}

fn first_message(seen: &BytesMut) -> Result<Option<Bytes>, Fault> {
    let Some((mut prefix, rest)) = seen.split_at_checked(PREFIX) else { return Ok(None) };
    if prefix.get_u8() != 0 {
        return Err(invalid("compressed messages are not read here; send it uncompressed"));
    }
    let length = usize::try_from(prefix.get_u32()).unwrap_or(usize::MAX);
    if length > LIMIT {
        return Err(invalid(format!("a message of {length} bytes is too large here, at most {LIMIT} are read")));
    }
    Ok(rest.get(..length).map(Bytes::copy_from_slice))
}

fn invalid(why: impl Into<String>) -> Fault {
    Fault::invalid_field("", why)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http_body::Frame;
    use http_body_util::{BodyExt as _, StreamBody};
    use tonic::body::Body;

    use super::name;

    fn body(chunks: &[&'static [u8]]) -> Body {
        let frames: Vec<_> =
            chunks.iter().map(|c| Ok::<_, tonic::Status>(Frame::data(Bytes::from_static(c)))).collect();
        Body::new(StreamBody::new(tokio_stream::iter(frames)))
    }

    #[tokio::test]
    async fn the_name_is_seen_and_the_bytes_stay() {
        // Field 1 "ab", then an unknown field 9 (varint 1); then a second message; in chunks that cut everywhere.
        let chunks: [&[u8]; 4] = [&[0, 0], &[0, 0, 6, 0x0a, 2], b"ab\x48\x01\x00\x00", &[0, 0, 0]];
        let (seen, body) = name(body(&chunks)).await.expect("readable");
        assert_eq!(seen, "ab");
        assert_eq!(body.collect().await.expect("bytes").to_bytes().as_ref(), chunks.concat());
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_refused() {
        let cases: [(&[&[u8]], &str); 6] = [
            (&[], "no whole message"),
            (&[&[0, 0, 0, 0]], "no whole message"),
            (&[&[0, 0, 0, 0, 2, 0x0a]], "no whole message"),
            (&[&[1, 0, 0, 0, 0]], "compressed"),
            (&[&[0, 0, 1, 0, 1]], "65537 bytes"),
            (&[&[0, 0, 0, 0, 1, 0xff]], "cannot be read"),
        ];
        for (chunks, why) in cases {
            let owned: Vec<&'static [u8]> = chunks.iter().map(|c| &*c.to_vec().leak()).collect();
            let fault = name(body(&owned)).await.expect_err(why);
            assert_eq!(fault.reason().code, "INVALID_REQUEST");
            assert!(fault.message().contains(why), "{}", fault.message());
        }
    }
}
