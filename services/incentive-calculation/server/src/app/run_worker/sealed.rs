//! Facts of payees out of segments, and out of rows what is not in them: the facts of the batches that came since, and
//! returns, which count on the day of their sale.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use incentive_calculation_domain::engine::{Engine, Fields, MeasuredFact};
use tokio::{sync::mpsc, task::JoinSet};
use tributary_core::{Date, Fault, TenantId};
use tributary_sql::StoreError;

use super::count;
use crate::{
    ports::{
        FactQuery, IncentiveStore, StoredFact,
        segments::{Loose, SegmentQuery, StoredSegment},
    },
    segment::decoded,
};

/// Rows beside segments that are kept in memory; when there are more, all facts are read as rows.
const LOOSE: u32 = 500_000;
/// For fewer payees rows are found as fast.
const PAYEES: usize = 32;
/// Segments read at once.
const PAGE: u32 = 256;
/// Payees whose segments are read at once when not all are wanted.
const CHUNK: usize = 64;
/// Pages that wait to be taken.
const AHEAD: usize = 2;

/// Which facts of a payee count.
#[derive(Debug, Clone)]
pub(super) struct Counted {
    fields: Fields,
    windows: Vec<(i64, i64)>,
    up_to_batch: i64,
}

/// A row beside segments.
struct Row {
    fact: StoredFact,
    /// It names a sale: no segment holds it.
    linked: bool,
}

/// All facts of one payee.
pub(super) struct Group {
    partner: String,
    segments: Vec<StoredSegment>,
    rows: Vec<Row>,
}

/// Facts by payee.
pub(super) struct Sealed {
    /// Which of them count.
    pub counted: Arc<Counted>,
    rows: HashMap<String, Vec<Row>>,
    receiver: mpsc::Receiver<Result<Vec<StoredSegment>, StoreError>>,
    /// Segments that were read and not yet given.
    read: std::vec::IntoIter<StoredSegment>,
    next: Option<StoredSegment>,
    /// Ends the reader when facts are no longer wanted.
    _reader: JoinSet<()>,
}

impl Sealed {
    /// Begins to read what a query wants, of some payees or of all. `None`: rows are the better way.
    pub(super) async fn start(
        store: Arc<dyn IncentiveStore>,
        tenant: &TenantId,
        query: &FactQuery,
        fields: Fields,
        payees: Option<&BTreeSet<String>>,
    ) -> Result<Option<Self>, Fault> {
        // First the batch, then the rows after it, then segments: these may be newer by then, and tell so.
        let through = store.sealed_through(tenant).await?;
        if through == 0 || payees.is_some_and(|payees| payees.len() < PAYEES) {
            return Ok(None);
        }
        let up_to_batch = query.up_to_batch.unwrap_or(i64::MAX);
        let mut rows: HashMap<String, Vec<Row>> = HashMap::new();
        let mut left = LOOSE;
        for (loose, linked) in [(Loose::After(through, up_to_batch), false), (Loose::Linked(up_to_batch), true)] {
            let Some(found) = store.loose_facts(tenant, loose, &query.windows, fields, left).await? else {
                return Ok(None);
            };
            left = left.saturating_sub(u32::try_from(found.len()).unwrap_or(u32::MAX));
            for fact in found.into_iter().filter(|f| payees.is_none_or(|payees| payees.contains(&f.partner_id))) {
                rows.entry(fact.partner_id.clone()).or_default().push(Row { fact, linked });
            }
        }
        let rest = Fields { original: false, ..fields } != Fields::default();
        let all = SegmentQuery { partners: None, windows: query.windows.clone(), after: None, rest, limit: PAGE };
        let (sender, receiver) = mpsc::channel(AHEAD);
        let mut reader = JoinSet::new();
        reader.spawn(read(store, tenant.clone(), all, payees.cloned(), sender));
        let days = |(from, to): &(Date, Date)| (from.days(), to.days());
        let windows = query.windows.iter().map(days).collect();
        let counted = Arc::new(Counted { fields, windows, up_to_batch });
        Ok(Some(Self { counted, rows, receiver, read: Vec::new().into_iter(), next: None, _reader: reader }))
    }

    /// The facts of the next payee; `None` after the last.
    pub(super) async fn next(&mut self) -> Result<Option<Group>, Fault> {
        let Some(first) = self.segment().await? else {
            let partner = self.rows.keys().next().cloned();
            return Ok(partner.map(|partner| {
                let rows = self.rows.remove(&partner).unwrap_or_default();
                Group { partner, segments: Vec::new(), rows }
            }));
        };
        let partner = first.partner_id.clone();
        let mut segments = vec![first];
        while let Some(segment) = self.segment().await? {
            if segment.partner_id != partner {
                self.next = Some(segment);
                break;
            }
            segments.push(segment);
        }
        let rows = self.rows.remove(&partner).unwrap_or_default();
        Ok(Some(Group { partner, segments, rows }))
    }

    async fn segment(&mut self) -> Result<Option<StoredSegment>, Fault> {
        if let Some(segment) = self.next.take() {
            return Ok(Some(segment));
        }
        loop {
            if let Some(segment) = self.read.next() {
                return Ok(Some(segment));
            }
            match self.receiver.recv().await {
                Some(page) => self.read = page?.into_iter(),
                None => return Ok(None),
            }
        }
    }
}

/// Reads segments ahead of whoever adds their facts up.
async fn read(
    store: Arc<dyn IncentiveStore>,
    tenant: TenantId,
    all: SegmentQuery,
    payees: Option<BTreeSet<String>>,
    sender: mpsc::Sender<Result<Vec<StoredSegment>, StoreError>>,
) {
    let Some(payees) = payees else {
        let mut query = all;
        loop {
            let page = store.segments(&tenant, &query).await;
            let last = page.as_ref().ok().and_then(|page| page.last());
            query.after = last.map(|segment| (segment.partner_id.clone(), segment.month));
            if sender.send(page).await.is_err() || query.after.is_none() {
                return;
            }
        }
    };
    let payees: Vec<String> = payees.into_iter().collect();
    for chunk in payees.chunks(CHUNK) {
        let query = SegmentQuery { partners: Some(chunk.to_vec()), limit: u32::MAX, ..all.clone() };
        let page = store.segments(&tenant, &query).await;
        let failed = page.is_err();
        if sender.send(page).await.is_err() || failed {
            return;
        }
    }
}

impl Group {
    /// Whose facts.
    pub(super) fn partner(&self) -> &str {
        &self.partner
    }

    /// How many facts at most count.
    pub(super) fn facts(&self) -> i64 {
        self.segments.iter().map(|segment| segment.facts).sum::<i64>().saturating_add(count(self.rows.len()))
    }

    /// Hands the facts that count to an engine, in key order, under the payee's number; how many there were.
    ///
    /// # Errors
    /// When a segment cannot be read.
    pub(super) fn absorb(&self, engine: &mut Engine, payee: u32, counted: &Counted) -> Result<i64, StoreError> {
        let columns = self.segments.iter().map(|segment| {
            let newer = segment.through_batch > counted.up_to_batch;
            decoded(segment, Fields { original: false, ..counted.fields }, newer)
        });
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        let rows = self.rows.iter().filter(|row| !self.holds(row)).map(|row| row.fact.measured(payee));
        let rows: Vec<(Vec<u8>, MeasuredFact<'_>)> = rows.map(|fact| (fact.identity().concat(), fact)).collect();
        // Of each fact where it is: in which segment and row, or after the last segment among the rows.
        let mut order: Vec<(&[u8], usize, usize)> = Vec::new();
        for (segment, columns) in columns.iter().enumerate() {
            order.reserve(columns.len());
            for row in 0..columns.len() {
                let seen = columns.batch(row).is_none_or(|batch| batch <= counted.up_to_batch);
                if seen && columns.day(row).is_some_and(|day| counted.on(day)) {
                    order.extend(columns.identity(row).map(|identity| (identity, segment, row)));
                }
            }
        }
        order.extend(rows.iter().enumerate().map(|(row, (identity, _))| (identity.as_slice(), columns.len(), row)));
        // Stable: it makes use of the order within segments.
        order.sort_by_key(|(identity, ..)| *identity);
        for (_, segment, row) in &order {
            let sealed = columns.get(*segment).and_then(|columns| columns.fact(*row, payee));
            let fact = sealed.or_else(|| rows.get(*row).map(|(_, fact)| *fact));
            engine.absorb(&fact.ok_or_else(|| StoreError::Corrupt(format!("fact_segments: {}", self.partner)))?);
        }
        Ok(count(order.len()))
    }

    /// Whether a row has come into a segment since rows were read.
    fn holds(&self, row: &Row) -> bool {
        let month = crate::segment::month_of(row.fact.fact.occurred_on);
        !row.linked && self.segments.iter().any(|s| s.month == month && s.through_batch >= row.fact.batch)
    }
}

impl Counted {
    fn on(&self, day: i64) -> bool {
        self.windows.iter().any(|(from, to)| *from <= day && day < *to)
    }
}
