//! Clients that mean harm, on raw HTTP/2: the gateway stays up, answers others, and lets nothing through.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tributary_core::Role;
use tributary_lifecycle::CancellationToken;
use tributary_rpc::{client, serve::serve};

use crate::support::{GET_PARTNER, Whole as _, World, request};

const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
/// ENHANCE_YOUR_CALM of RFC 9113.
const CALM: u32 = 11;
const REFUSED_STREAM: u32 = 7;

struct Place {
    world: World,
    address: std::net::SocketAddr,
    key: String,
    stop: CancellationToken,
}

impl Place {
    async fn new() -> Self {
        Self::serving(World::new().await).await
    }

    async fn serving(world: World) -> Self {
        let key = world.key(&[Role::Admin], None).await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let stop = CancellationToken::new();
        tokio::spawn(serve(listener, world.gateway.router.clone(), stop.clone()));
        Self { world, address, key, stop }
    }

    async fn raw(&self) -> Raw {
        let mut raw = Raw(TcpStream::connect(self.address).await.expect("connected"));
        raw.0.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.expect("sent");
        raw.send(SETTINGS, 0, 0, &[]).await.expect("sent");
        raw
    }

    /// A caller who means no harm is answered.
    async fn still_serves(&self) {
        let gateway = client::remote(&format!("http://{}", self.address)).expect("an address");
        let body = tonic::body::Body::new(http_body_util::Full::new(bytes::Bytes::from_static(b"\0\0\0\0\0")));
        let call = tower::ServiceExt::oneshot(gateway, request(GET_PARTNER, &[("x-api-key", &self.key)], body));
        let answer = tokio::time::timeout(Duration::from_secs(5), call).await.expect("in time").expect("an answer");
        assert_eq!(answer.whole().await.status().code(), tonic::Code::Ok);
        self.stop.cancel();
    }
}

struct Raw(TcpStream);

impl Raw {
    async fn send(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) -> std::io::Result<()> {
        let length = u32::try_from(payload.len()).expect("small").to_be_bytes();
        let frame = [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat();
        self.0.write_all(&frame).await
    }

    /// Reads until a frame of a kind comes, or the end: its stream and its last four bytes before the debug data.
    async fn until(&mut self, kind: u8) -> Option<(u32, Vec<u8>)> {
        let reading = async {
            loop {
                let mut head = [0; 9];
                self.0.read_exact(&mut head).await.ok()?;
                let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
                let mut payload = vec![0; usize::try_from(length).expect("small")];
                self.0.read_exact(&mut payload).await.ok()?;
                if head[3] == kind {
                    return Some((u32::from_be_bytes([head[5], head[6], head[7], head[8]]), payload));
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(10), reading).await.expect("the gateway answers or closes")
    }

    /// The error code of a GOAWAY; `None` when the connection was closed without one.
    async fn goaway(&mut self) -> Option<u32> {
        let (_, payload) = self.until(GOAWAY).await?;
        Some(u32::from_be_bytes([payload[4], payload[5], payload[6], payload[7]]))
    }
}

/// A header that is written out, for HPACK without compression.
fn header(name: &str, value: &str) -> Vec<u8> {
    [&[0][..], &text(name), &text(value)].concat()
}

/// A text with its length as HPACK writes it: seven bits, then seven at a time.
fn text(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut left = text.len();
    if left < 127 {
        out.push(u8::try_from(left).expect("small"));
    } else {
        out.push(127);
        left -= 127;
        while left >= 128 {
            out.push(u8::try_from(left % 128).expect("small") + 128);
            left /= 128;
        }
        out.push(u8::try_from(left).expect("small"));
    }
    [out, text.as_bytes().to_vec()].concat()
}

fn call(path: &str, key: &str) -> Vec<u8> {
    let pairs = [
        (":method", "POST"),
        (":scheme", "http"),
        (":path", path),
        (":authority", "x"),
        ("content-type", "application/grpc"),
        ("te", "trailers"),
        ("x-api-key", key),
    ];
    pairs.iter().flat_map(|(name, value)| header(name, value)).collect()
}

#[tokio::test]
async fn rapid_reset_ends_the_connection() {
    let place = Place::new().await;
    let mut raw = place.raw().await;
    let headers = call(GET_PARTNER, &place.key);
    for n in 0..20_000_u32 {
        let stream = 2 * n + 1;
        let sent = async {
            raw.send(HEADERS, END_HEADERS, stream, &headers).await?;
            raw.send(RST_STREAM, 0, stream, &8_u32.to_be_bytes()).await
        };
        // The gateway may have closed already, which is what is wanted.
        if sent.await.is_err() {
            break;
        }
    }
    let code = raw.goaway().await;
    assert!(code.is_none_or(|code| code == CALM), "{code:?}");
    assert!(place.world.partner.count() < 20_000, "{} of 20,000 reached the service", place.world.partner.count());
    place.still_serves().await;
}

#[tokio::test]
async fn an_endless_head_ends_the_connection() {
    let place = Place::new().await;
    let mut raw = place.raw().await;
    raw.send(HEADERS, 0, 1, &call(GET_PARTNER, &place.key)).await.expect("sent");
    let mut sent = 0_usize;
    let more: Vec<u8> = (0..200).flat_map(|n| header(&format!("x-{n}"), &"y".repeat(60))).collect();
    while sent < 64 * 1024 * 1024 && raw.send(CONTINUATION, 0, 1, &more).await.is_ok() {
        sent += more.len();
    }
    assert!(sent < 32 * 1024 * 1024, "{sent} bytes of one head were taken");
    assert_eq!(place.world.partner.count(), 0);
    place.still_serves().await;
}

#[tokio::test]
async fn a_head_that_unpacks_to_much_is_refused() {
    let place = Place::new().await;
    let mut raw = place.raw().await;
    // One header of 3,000 bytes goes into the table (0x40: with indexing), and then is named 4,000 times (0xbe: entry 62).
    let bomb = [&[0x40][..], &text("x-bomb"), &text(&"z".repeat(3_000)), &[0xbe; 4_000]].concat();
    raw.send(HEADERS, END_HEADERS | END_STREAM, 1, &[call(GET_PARTNER, &place.key), bomb].concat())
        .await
        .expect("sent");
    let (stream, _) = raw.until(HEADERS).await.unwrap_or((1, Vec::new()));
    assert_eq!((stream, place.world.partner.count()), (1, 0), "refused or closed, not passed on");
    place.still_serves().await;
}

#[tokio::test]
async fn a_packed_message_is_not_unpacked() {
    let place = Place::new().await;
    // The flag says packed; the gateway's own service never offered to unpack.
    let headers = [("x-api-key", place.key.as_str()), ("grpc-encoding", "gzip")];
    let answer =
        place.world.call("/tributary.gateway.v1.ApiKeyService/GetCaller", &headers, b"\x01\0\0\0\x02\x1f\x8b").await;
    assert_eq!(answer.status().code(), tonic::Code::Unimplemented, "{:?}", answer.status());
    place.still_serves().await;
}

#[tokio::test]
async fn more_streams_than_allowed_are_refused() {
    let deaf = World::in_front_of(tributary_gateway::door::Area::Partner, crate::support::upstream::deaf()).await;
    let place = Place::serving(deaf).await;
    let mut raw = place.raw().await;
    raw.until(SETTINGS).await.expect("settings");
    let headers = call(GET_PARTNER, &place.key);
    for n in 0..130_u32 {
        raw.send(HEADERS, END_HEADERS, 2 * n + 1, &headers).await.expect("sent");
    }
    let (stream, payload) = raw.until(RST_STREAM).await.expect("one is refused");
    assert_eq!(u32::from_be_bytes([payload[0], payload[1], payload[2], payload[3]]), REFUSED_STREAM);
    assert_eq!(stream, 201, "the first above a hundred");
}

#[tokio::test]
async fn odd_paths_reach_nobody() {
    let place = Place::new().await;
    let long = format!("/{}", "x".repeat(12_000));
    for path in [
        "",
        "*",
        "x",
        "//",
        "/../../etc/passwd",
        "/%00",
        "/\u{7f}",
        "/a?b#c",
        "/tributary.partner.v1.PartnerService",
        &long,
    ] {
        let mut raw = place.raw().await;
        raw.send(HEADERS, END_HEADERS | END_STREAM, 1, &call(path, &place.key)).await.expect("sent");
        // An answer, a reset of the stream or the end of the connection: whatever, but in time.
        let mut first = [0; 9];
        let answered = tokio::time::timeout(Duration::from_secs(5), raw.0.read_exact(&mut first)).await;
        assert!(answered.is_ok(), "{path:?} hangs");
    }
    assert_eq!(place.world.partner.count(), 0);
    place.still_serves().await;
}

#[tokio::test]
async fn who_does_not_read_holds_nobody_else() {
    let place = Place::new().await;
    let mut slow = Vec::new();
    for _ in 0..20 {
        let mut raw = place.raw().await;
        // SETTINGS_INITIAL_WINDOW_SIZE (4) of 0: no byte of an answer may be sent.
        raw.send(SETTINGS, 0, 0, &[0, 4, 0, 0, 0, 0]).await.expect("sent");
        for n in 0..50_u32 {
            raw.send(HEADERS, END_HEADERS, 2 * n + 1, &call(GET_PARTNER, &place.key)).await.expect("sent");
            raw.send(0, END_STREAM, 2 * n + 1, b"\0\0\0\0\x02\x0a\0").await.expect("sent");
        }
        slow.push(raw);
    }
    place.still_serves().await;
}
