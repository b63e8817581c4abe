//! Places in a feed, as callers keep them: sealed, and bound to the tenant and to the feed they were made in.

use tributary_core::{Fault, TenantId};
use tributary_rpc::page;

use super::retention::RETENTION_DAYS;
use crate::{
    ports::feed::FeedHead,
    reasons::{EVENT_CURSOR_EXPIRED, EVENT_CURSOR_INVALID, EVENT_CURSOR_UNKNOWN},
};

/// What a cursor is sealed with.
const WHAT: &str = "tributary.gateway.v1.EventFeedService/cursor";

/// A cursor as text: after the event of a number.
pub(super) fn write(tenant: &TenantId, log: &str, number: i64) -> String {
    page::seal(&[WHAT, tenant.as_str()], &format!("{log}:{number}"))
}

/// The feed and the number of a cursor; `None` for the empty one.
///
/// # Errors
/// `EVENT_CURSOR_INVALID`.
pub(super) fn read(tenant: &TenantId, text: &str) -> Result<Option<(String, i64)>, Fault> {
    let invalid = || {
        let why = "the cursor was not made by this API for this tenant; send one as it came, or none to begin with the \
             oldest event";
        Fault::new(EVENT_CURSOR_INVALID, why)
    };
    let opened = page::open(&[WHAT, tenant.as_str()], text).map_err(|_| invalid())?;
    let parts = |text: String| {
        let (log, number) = text.split_once(':')?;
        Some((log.to_owned(), number.parse().ok()?))
    };
    opened.map(|text| parts(text).ok_or_else(invalid)).transpose()
}

/// Whether everything after a place is still there.
///
/// # Errors
/// `EVENT_CURSOR_UNKNOWN`, `EVENT_CURSOR_EXPIRED`.
pub(super) fn check(tenant: &TenantId, head: &FeedHead, log: &str, number: i64) -> Result<(), Fault> {
    let oldest = head.first.saturating_sub(1);
    let oldest_cursor = write(tenant, &head.log, oldest);
    if log != head.log || number > head.last {
        let why = "the cursor is of a feed that is no more: the store of the gateway was replaced; read the state of what \
             you follow anew, and go on from oldest_cursor";
        return Err(Fault::new(EVENT_CURSOR_UNKNOWN, why).with("oldest_cursor", oldest_cursor));
    }
    if number < oldest {
        let lost = oldest.saturating_sub(number);
        let why = format!(
            "{lost} events after the cursor are older than {RETENTION_DAYS} days and no longer kept; read the state of what \
             you follow anew, and go on from oldest_cursor"
        );
        let fault = Fault::new(EVENT_CURSOR_EXPIRED, why).with("oldest_cursor", oldest_cursor);
        return Err(fault.with("lost_events", lost.to_string()).with("kept_days", RETENTION_DAYS.to_string()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use tributary_core::TenantId;

    use super::{check, read, write};
    use crate::ports::feed::FeedHead;

    #[test]
    fn a_cursor_says_what_is_wrong_with_it() {
        let tenant = TenantId::default_tenant();
        let cursor = write(&tenant, "log-a", 6);
        assert_eq!(read(&tenant, &cursor), Ok(Some(("log-a".to_owned(), 6))));
        assert_eq!(read(&tenant, ""), Ok(None));
        let other = TenantId::parse("other").expect("a tenant");
        for (tenant, text) in [(&other, cursor.as_str()), (&tenant, "AAAA"), (&tenant, "?")] {
            assert_eq!(read(tenant, text).expect_err("refused").reason().code, "EVENT_CURSOR_INVALID");
        }
        let head = FeedHead { log: "log-a".to_owned(), first: 11, last: 20 };
        for fine in [10, 15, 20] {
            assert_eq!(check(&tenant, &head, "log-a", fine), Ok(()));
        }
        for (log, number) in [("log-b", 15), ("log-a", 21)] {
            let fault = check(&tenant, &head, log, number).expect_err("unknown");
            assert_eq!(fault.reason().code, "EVENT_CURSOR_UNKNOWN");
        }
        let fault = check(&tenant, &head, "log-a", 6).expect_err("expired");
        assert_eq!(fault.reason().code, "EVENT_CURSOR_EXPIRED");
        assert!(fault.message().starts_with("4 events after the cursor are older than 30 days"), "{fault}");
        let oldest = fault.metadata().get("oldest_cursor").expect("given");
        assert_eq!(read(&tenant, oldest), Ok(Some(("log-a".to_owned(), 10))));
    }
}
