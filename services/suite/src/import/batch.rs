//! Reads, maps and batches the rows of a file, on a thread of its own: reading never waits for the network.

use std::{
    collections::HashMap,
    io,
    sync::{Arc, atomic::AtomicU64},
};

use prost::Message as _;
use prost_reflect::DynamicMessage;
use tributary_proto::tributary::{incentive::v1::SalesFact, partner::v1::PartnerUpsert};

use super::{
    REJECT_PREFIX, REJECT_SOURCE_ID, REJECT_VALUE, Raw, Reject, SourceFile,
    partners::{digest, key},
    source::Rows,
};
use crate::{
    document::nearest,
    mapping::{Header, Mapped, Mapper, Mapping, Row, RowFault},
};

/// Most bytes of one record, and of the records of a batch before the last: together they fit into a message.
const MAX_RECORD: usize = 1 << 20;
const MAX_RECORDS: usize = 2 << 20;

/// A row that is on its way.
#[derive(Debug, Clone)]
pub struct Item {
    /// The row, kept in case it is refused.
    pub row: Row,
    /// The source id to keep on another try.
    pub source_id: Option<String>,
}

/// Rows that are sent, and settled, together.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// The rows of the messages, in the same order.
    pub items: Vec<Item>,
    /// Facts to send.
    pub facts: Vec<SalesFact>,
    /// Partners to send.
    pub partners: Vec<PartnerUpsert>,
    /// Messages of any other target to send.
    pub records: Vec<DynamicMessage>,
    /// Bytes of these.
    pub record_bytes: usize,
    /// Rows in between that did not get that far.
    pub rejects: Vec<Reject>,
    /// Rows in between that say the same as an earlier one.
    pub repeated: u64,
    /// Rows from the beginning of the file to the end of this batch.
    pub rows_end: u64,
    /// Rows of this batch.
    pub rows: u64,
}

impl Batch {
    fn has_room(&self, size: usize) -> bool {
        self.items.len() < size && self.rejects.len() < size && self.record_bytes < MAX_RECORDS
    }
}

/// The batches of a file, in order.
pub struct Batches<'m> {
    mapper: Mapper<'m>,
    mapping: &'m Mapping,
    rows: Rows,
    file_digest: String,
    size: usize,
    skip: u64,
    done: u64,
    /// What was sent last for a key: the same again needs no sending, an older state does.
    sent_partners: HashMap<String, [u8; 32]>,
    checked: Option<(Arc<Header>, Vec<String>)>,
    ended: bool,
}

impl<'m> Batches<'m> {
    /// Opens a file; the first `skip` rows are read (ordinals count them) but left out.
    ///
    /// # Errors
    /// Sentences when the file cannot be read or its header does not fit the mapping.
    pub fn open(
        file: &SourceFile,
        mapping: &'m Mapping,
        size: usize,
        skip: u64,
        read: Arc<AtomicU64>,
    ) -> Result<Self, String> {
        let rows = file.rows(mapping.delimiter, read)?;
        if let Some(header) = rows.header() {
            mapping.check_header(&file.path.display().to_string(), header).map_err(|e| e.to_string())?;
        }
        Ok(Self {
            mapper: Mapper::new(mapping),
            mapping,
            rows,
            file_digest: file.digest.clone(),
            size: size.max(1),
            skip,
            done: 0,
            sent_partners: HashMap::new(),
            checked: None,
            ended: false,
        })
    }

    fn add(&mut self, raw: Raw, batch: &mut Batch) {
        let Raw { row, mut faults } = raw;
        self.check_form(&row, &mut faults);
        if !faults.is_empty() {
            // The cells of such a row cannot be trusted, so it takes no part in the counting: it gets an id by its line,
            // unless an earlier import gave it one.
            let kept = row.cell(REJECT_SOURCE_ID).filter(|id| !id.is_empty()).map(str::to_owned);
            let digest = self.file_digest.get(..12).unwrap_or_default();
            let by_line = || self.mapper.counts_rows().then(|| format!("{digest}-line-{}", row.line));
            let source_id = kept.or_else(by_line);
            batch.rejects.push(Reject { row, source_id, faults });
            return;
        }
        let (mapped, source_id) = self.mapper.map(&row);
        match mapped {
            Ok(Mapped::Fact(fact)) => {
                batch.facts.push(*fact);
                batch.items.push(Item { row, source_id });
            }
            Ok(Mapped::Partner(partner)) => {
                let now = digest(&partner);
                if self.sent_partners.insert(key(&partner), now) == Some(now) {
                    batch.repeated = batch.repeated.saturating_add(1);
                } else {
                    batch.partners.push(*partner);
                    batch.items.push(Item { row, source_id });
                }
            }
            Ok(Mapped::Record(record)) => {
                let bytes = record.encoded_len();
                if bytes > MAX_RECORD {
                    let reason = format!("the row makes {bytes} bytes, and {MAX_RECORD} are the most");
                    let faults = vec![RowFault::new("row", "", reason, "shorten its texts")];
                    batch.rejects.push(Reject { row, source_id, faults });
                } else {
                    batch.record_bytes = batch.record_bytes.saturating_add(bytes);
                    batch.records.push(*record);
                    batch.items.push(Item { row, source_id });
                }
            }
            Err(faults) => batch.rejects.push(Reject { row, source_id, faults }),
        }
    }

    /// A row that an earlier run settled: it is only counted for the ordinals, if it was then.
    fn count_only(&mut self, raw: Raw) {
        let Raw { row, mut faults } = raw;
        self.check_form(&row, &mut faults);
        if faults.is_empty() {
            let _ = self.mapper.map(&row);
        }
    }

    /// Whether the row is one that can be mapped at all.
    fn check_form(&mut self, row: &Row, faults: &mut Vec<RowFault>) {
        if faults.is_empty() && is_unrestored(row) {
            let line = row.cell(REJECT_VALUE).unwrap_or_default();
            let remedy = format!("put the cells of the line in {REJECT_VALUE} under their columns");
            faults.push(RowFault::new("row", line, "the columns of this rejected row are still empty", remedy));
        }
        self.check_keys(row, faults);
    }

    /// JSON Lines have no header that could have been checked before; rows with the same keys are checked once.
    fn check_keys(&mut self, row: &Row, faults: &mut Vec<RowFault>) {
        if self.rows.header().is_some() || !faults.is_empty() {
            return;
        }
        let same = self.checked.as_ref().is_some_and(|(header, _)| Arc::ptr_eq(header, &row.header));
        if !same {
            let unknown = row.header.names().iter().filter(|n| !self.mapping.knows(n)).cloned().collect();
            self.checked = Some((Arc::clone(&row.header), unknown));
        }
        for name in self.checked.iter().flat_map(|(_, unknown)| unknown) {
            let hint = nearest(name, self.mapping.columns());
            let remedy = format!("add it to the mapping's fields or ignore list, or set unknown: ignore; {hint}");
            let value = row.cell(name).unwrap_or_default();
            faults.push(RowFault::new(name.clone(), value, "the mapping does not name this key", remedy));
        }
    }
}

impl Iterator for Batches<'_> {
    type Item = io::Result<Batch>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let mut batch = Batch::default();
        while batch.has_room(self.size) {
            match self.rows.next() {
                None => {
                    self.ended = true;
                    break;
                }
                Some(Err(e)) => {
                    self.ended = true;
                    return Some(Err(e));
                }
                Some(Ok(raw)) => {
                    self.done = self.done.saturating_add(1);
                    if self.done <= self.skip {
                        self.count_only(raw);
                        continue;
                    }
                    batch.rows = batch.rows.saturating_add(1);
                    self.add(raw, &mut batch);
                }
            }
        }
        batch.rows_end = self.done;
        (batch.rows > 0).then_some(Ok(batch))
    }
}

/// Whether a row of a reject file has nothing in its own columns: so stands a row whose form was wrong until somebody
/// restores it. Left to the mapping, its constants and defaults might make a record of nothing.
fn is_unrestored(row: &Row) -> bool {
    let (added, own): (Vec<&str>, Vec<&str>) =
        row.header.names().iter().map(String::as_str).partition(|name| name.starts_with(REJECT_PREFIX));
    !added.is_empty() && own.iter().all(|name| row.cell(name).is_none_or(|cell| cell.trim().is_empty()))
}
