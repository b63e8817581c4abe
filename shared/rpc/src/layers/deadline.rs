//! Every call has an end: the caller's `grpc-timeout`, at most five minutes; thirty seconds when it names none. Streams
//! without a deadline get none. The remaining time is passed on to the calls made on behalf of this one.

use std::time::Duration;

use http::HeaderMap;
use tokio::time::Instant;
use tributary_core::{Fault, fault::common};
pub(crate) use tributary_sql::deadline::remaining;
use tributary_sql::deadline::{present, scope};

/// Deadline of a unary call that names none.
pub const DEFAULT_DEADLINE: Duration = Duration::from_secs(30);
/// The longest deadline; more is cut to it.
pub const MAX_DEADLINE: Duration = Duration::from_secs(300);

/// When a call has to end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limit {
    pub at: Instant,
    pub length: Duration,
}

/// The patience that the caller states in `grpc-timeout`; `None` when it states none.
///
/// # Errors
/// `INVALID_REQUEST` with the value when it cannot be read.
pub fn asked(headers: &HeaderMap) -> Result<Option<Duration>, Fault> {
    let Some(value) = headers.get("grpc-timeout") else { return Ok(None) };
    value.to_str().ok().and_then(parse).map(Some).ok_or_else(|| {
        let value = String::from_utf8_lossy(value.as_bytes());
        let why = format!("{value:?} is not a timeout; write 1 to 8 digits and one of H M S m u n");
        Fault::invalid_field("grpc-timeout", why)
    })
}

/// The limit of a call from its headers; `None` for a stream without one.
pub(super) fn of_call(headers: &HeaderMap, streaming: bool) -> Result<Option<Limit>, Fault> {
    let length = asked(headers)?.or_else(|| (!streaming).then_some(DEFAULT_DEADLINE));
    Ok(length.and_then(|length| {
        let length = length.min(MAX_DEADLINE);
        Some(Limit { at: Instant::now().checked_add(length)?, length })
    }))
}

/// Runs a future up to its limit; calls made inside see the time that is left.
pub(super) async fn bounded<F: Future>(limit: Option<Limit>, work: F) -> Result<F::Output, Fault> {
    let work = scope(limit.map(|limit| limit.at), work);
    match limit {
        Some(limit) => tokio::time::timeout_at(limit.at, work).await.map_err(|_| exceeded(limit)),
        None => Ok(work.await),
    }
}

/// The fault of a call that took too long.
pub(super) fn exceeded(limit: Limit) -> Fault {
    let length = limit.length;
    Fault::new(
        common::DEADLINE_EXCEEDED,
        format!("the call took longer than its deadline of {length:?}; retry with a longer one"),
    )
}

/// Carries the deadline of the present call into another task, where it ends the work: what is being committed then is
/// committed, everything else is taken back. Whoever repeats the call under its `request_id` finds out which.
pub(crate) fn inherited<T, F>(work: F) -> impl Future<Output = Result<T, Fault>>
where
    F: Future<Output = Result<T, Fault>>,
{
    let at = present();
    async move {
        let work = scope(at, work);
        match at {
            None => work.await,
            Some(at) => tokio::time::timeout_at(at, work).await.unwrap_or_else(|_| {
                let why = "the call took longer than its deadline; retry with a longer one";
                Err(Fault::new(common::DEADLINE_EXCEEDED, why))
            }),
        }
    }
}

/// Reads a `grpc-timeout`: up to 8 digits and a unit.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if !(1..=8).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let n: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(n.checked_mul(3600)?)),
        "M" => Some(Duration::from_secs(n.checked_mul(60)?)),
        "S" => Some(Duration::from_secs(n)),
        "m" => Some(Duration::from_millis(n)),
        "u" => Some(Duration::from_micros(n)),
        "n" => Some(Duration::from_nanos(n)),
        _ => None,
    }
}

/// Writes a `grpc-timeout` in milliseconds, at least one.
pub(crate) fn write(left: Duration) -> String {
    format!("{}m", left.as_millis().clamp(1, 99_999_999))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::HeaderMap;

    use tributary_core::Fault;

    use super::{bounded, inherited, of_call, parse, remaining, write};

    fn headers(timeout: &str) -> HeaderMap {
        HeaderMap::from_iter([(http::HeaderName::from_static("grpc-timeout"), timeout.parse().expect("value"))])
    }

    #[test]
    fn timeouts_are_read_as_grpc_writes_them() {
        assert_eq!(parse("2H"), Some(Duration::from_secs(7200)));
        assert_eq!(parse("3M"), Some(Duration::from_secs(180)));
        assert_eq!(parse("99999999m"), Some(Duration::from_millis(99_999_999)));
        assert_eq!((parse("5u"), parse("7n")), (Some(Duration::from_micros(5)), Some(Duration::from_nanos(7))));
        for bad in ["", "S", "1", "1s", "-1S", "+1S", "123456789S", "1.5S", "1 S", "1é"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
        assert_eq!(write(Duration::from_millis(1500)), "1500m");
        assert_eq!(write(Duration::ZERO), "1m");
        assert_eq!(write(Duration::from_secs(1_000_000)), "99999999m");
    }

    #[tokio::test(start_paused = true)]
    async fn calls_end_and_pass_their_time_on() {
        let seconds =
            |headers: &HeaderMap, streaming| of_call(headers, streaming).map(|l| l.map(|l| l.length.as_secs()));
        assert_eq!(seconds(&HeaderMap::new(), false), Ok(Some(30)));
        assert_eq!(seconds(&HeaderMap::new(), true), Ok(None));
        assert_eq!(seconds(&headers("10S"), true), Ok(Some(10)));
        assert_eq!(seconds(&headers("2H"), false), Ok(Some(300)));
        let unreadable = of_call(&headers("soon"), false).expect_err("refused");
        assert_eq!(unreadable.reason().code, "INVALID_REQUEST");
        assert!(unreadable.to_string().contains("\"soon\" is not a timeout"), "{unreadable}");

        let limit = of_call(&headers("10S"), false).expect("limit");
        let seen = bounded(limit, async {
            tokio::time::sleep(Duration::from_secs(4)).await;
            let left = tokio::spawn(inherited(async { Ok(remaining()) })).await.expect("ran");
            (left, tokio::spawn(inherited(std::future::pending::<Result<(), Fault>>())))
        });
        let (left, endless) = seen.await.expect("in time");
        assert_eq!(left, Ok(Some(Duration::from_secs(6))));
        let ended = endless.await.expect("no panic").expect_err("cut");
        assert_eq!(ended.reason().code, "DEADLINE_EXCEEDED");
        assert_eq!(remaining(), None);
        let late = bounded(limit, std::future::pending::<()>()).await.expect_err("ends");
        assert_eq!(late.reason().code, "DEADLINE_EXCEEDED");
    }
}
