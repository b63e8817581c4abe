//! Reads the feed from a place on.

use std::sync::Arc;

use tributary_core::{Fault, TenantId};
use tributary_rpc::page::{self, PageRequest};

use super::{cursor, selection::Selection};
use crate::{
    ports::{GatewayStore, feed::FeedEvent},
    reasons::EVENT_CURSOR_UNKNOWN,
};

/// Events read at once.
const CHUNK: u32 = 200;
/// Bytes of events handed out at once: an answer stays below the largest message.
const BYTES: usize = 2 * 1024 * 1024;
/// Events that one page looks at, at most: then it is shorter than asked for.
const LOOKED_AT: usize = 10_000;

/// A place in a feed: after the event of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Which feed; empty: the tenant has none yet, or it is read from its beginning.
    log: String,
    number: i64,
}

impl Place {
    const BEGINNING: Self = Self { log: String::new(), number: 0 };

    /// For the caller to keep. The beginning is the empty cursor.
    pub(super) fn cursor(&self, tenant: &TenantId) -> String {
        if self.log.is_empty() { String::new() } else { cursor::write(tenant, &self.log, self.number) }
    }

    pub(super) fn number(&self) -> i64 {
        self.number
    }

    /// Another place of the same feed.
    pub(super) fn at(&self, number: i64) -> Self {
        Self { log: self.log.clone(), number }
    }
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The events.
    pub events: Vec<FeedEvent>,
    /// Token of the next page; empty on the last one.
    pub next_page_token: String,
    /// The place after this page.
    pub cursor: String,
}

/// Reads feeds. Cheap to clone.
#[derive(Clone)]
pub struct Reader {
    store: Arc<dyn GatewayStore>,
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}

impl Reader {
    /// Over a store.
    #[must_use]
    pub fn new(store: Arc<dyn GatewayStore>) -> Self {
        Self { store }
    }

    /// A page of events after a cursor, or that of a page token.
    ///
    /// # Errors
    /// `PAGE_TOKEN_INVALID`, `EVENT_CURSOR_INVALID`, `EVENT_CURSOR_EXPIRED`, `EVENT_CURSOR_UNKNOWN`; store faults.
    pub async fn page(
        &self,
        tenant: &TenantId,
        selection: &Selection,
        (page_size, page_token): (i32, &str),
        from: &str,
    ) -> Result<Page, Fault> {
        let chosen = selection.text();
        let bound = ["tributary.gateway.v1.EventFeedService/ListEvents", chosen.as_str(), from];
        let asked = PageRequest::read(&bound, page_size, page_token)?;
        let from = asked.cursor.as_deref().unwrap_or(from);
        let mut place = self.place(tenant, from)?;
        let size = usize::try_from(asked.size).unwrap_or(usize::MAX);
        let (mut events, mut looked_at, mut bytes, mut more) = (Vec::new(), 0_usize, 0_usize, true);
        while more && events.len() < size && looked_at < LOOKED_AT && bytes < BYTES {
            let room = (size.saturating_sub(events.len()), BYTES.saturating_sub(bytes));
            let found = self.next(tenant, selection, &mut place, room).await?;
            (more, looked_at) = (found.more, looked_at.saturating_add(found.looked_at));
            bytes = bytes.saturating_add(found.bytes);
            events.extend(found.events);
        }
        let cursor = place.cursor(tenant);
        let next_page_token = if more { page::seal(&bound, &cursor) } else { String::new() };
        Ok(Page { events, next_page_token, cursor })
    }

    /// Where a stream begins.
    ///
    /// # Errors
    /// As [`page`](Self::page).
    pub(super) async fn begin(&self, tenant: &TenantId, from: &str, latest: bool) -> Result<Place, Fault> {
        let place = self.place(tenant, from)?;
        let head = self.store.stretch(tenant, i64::MAX, None, 1).await?.map(|stretch| stretch.head);
        match head {
            None if place.log.is_empty() => Ok(place),
            None => Err(no_feed()),
            Some(head) if place.log.is_empty() => {
                let number = if latest { head.last } else { head.first.saturating_sub(1) };
                Ok(Place { log: head.log, number })
            }
            Some(head) => cursor::check(tenant, &head, &place.log, place.number).map(|()| place),
        }
    }

    /// The next wanted events after a place, at most `room` of them and about so many bytes, and moves the place behind what was looked at.
    pub(super) async fn next(
        &self,
        tenant: &TenantId,
        selection: &Selection,
        place: &mut Place,
        (room, bytes): (usize, usize),
    ) -> Result<Found, Fault> {
        let stretch = self.store.stretch(tenant, place.number, selection.one_subject(), CHUNK).await?;
        let Some(stretch) = stretch else {
            return if place.log.is_empty() { Ok(Found::default()) } else { Err(no_feed()) };
        };
        let head = stretch.head;
        if place.log.is_empty() {
            *place = Place { log: head.log.clone(), number: place.number.max(head.first.saturating_sub(1)) };
        }
        cursor::check(tenant, &head, &place.log, place.number)?;
        let whole = stretch.events.len() < usize::try_from(CHUNK).unwrap_or(usize::MAX);
        let mut found = Found { looked_at: stretch.events.len(), ..Found::default() };
        for feed in stretch.events {
            place.number = feed.number;
            if selection.wants(&feed.event.event_type, &feed.event.subject) {
                found.bytes = found.bytes.saturating_add(feed.event.data.len());
                found.events.push(feed);
            }
            if found.events.len() >= room || found.bytes >= bytes {
                found.more = place.number < head.last;
                return Ok(found);
            }
        }
        if whole {
            // Whatever else there was is not wanted.
            place.number = place.number.max(head.last);
        }
        found.more = !whole;
        Ok(found)
    }

    fn place(&self, tenant: &TenantId, text: &str) -> Result<Place, Fault> {
        let read = cursor::read(tenant, text)?;
        Ok(read.map_or(Place::BEGINNING, |(log, number)| Place { log, number }))
    }
}

/// What a step through a feed brought.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) events: Vec<FeedEvent>,
    pub(super) looked_at: usize,
    pub(super) bytes: usize,
    /// Whether there may be more at present.
    pub(super) more: bool,
}

fn no_feed() -> Fault {
    let why = "the cursor is of a feed that is no more: the store of the gateway was replaced; read the state of what you \
         follow anew, and go on without a cursor";
    Fault::new(EVENT_CURSOR_UNKNOWN, why)
}
