//! The reject file: the rows that did not go in, why, and their own columns, so that the file can be corrected and
//! imported again. It is only made when there is a row for it.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufRead as _, BufReader, BufWriter, Read as _, Write as _},
    path::{Path, PathBuf},
};

use serde_json::{Map, Value};

use super::{Format, REJECT_PREFIX, REJECT_SOURCE_ID, REJECT_VALUE};
use crate::mapping::{Row, RowFault};

/// A row that did not go in.
#[derive(Debug, Clone)]
pub struct Reject {
    /// The row as it was.
    pub row: Row,
    /// The source id it must keep, where the row alone does not say.
    pub source_id: Option<String>,
    /// Everything that is wrong with it.
    pub faults: Vec<RowFault>,
}

const COLUMNS: [&str; 6] =
    ["reject_line", "reject_field", REJECT_VALUE, "reject_reason", "reject_remedy", REJECT_SOURCE_ID];

impl Reject {
    fn join(&self, part: impl Fn(&RowFault) -> &str) -> String {
        self.faults.iter().map(part).collect::<Vec<_>>().join(" | ")
    }

    /// The added columns, in the order of the file.
    fn added(&self) -> [String; 6] {
        [
            self.row.line.to_string(),
            self.join(|f| &f.field),
            self.join(|f| &f.value),
            self.join(|f| &f.reason),
            self.join(|f| &f.remedy),
            self.source_id.clone().unwrap_or_default(),
        ]
    }

    /// The row's own columns, without what an earlier import added.
    fn own(&self) -> impl Iterator<Item = (&str, &str)> {
        let cells = self.row.cells.iter().map(String::as_str);
        let names = self.row.header.names().iter().map(String::as_str);
        names.zip(cells).filter(|(name, _)| !name.starts_with(REJECT_PREFIX))
    }

    /// As one JSON object: the added keys, then the row's own.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let added = COLUMNS.iter().map(|c| (*c).to_owned()).zip(self.added());
        let own = self.own().map(|(name, cell)| (name.to_owned(), cell.to_owned()));
        Value::Object(added.chain(own).map(|(k, v)| (k, Value::String(v))).collect::<Map<_, _>>())
    }
}

/// Writes rejects in the format of the source.
#[derive(Debug)]
pub struct RejectWriter {
    path: PathBuf,
    format: Format,
    delimiter: u8,
    file: Option<BufWriter<File>>,
    /// Bytes of the file that belong to an interrupted import that is going on.
    keep: u64,
    length: u64,
}

impl RejectWriter {
    /// For a path. `keep` bytes of an interrupted import stay, whatever was written after them goes.
    #[must_use]
    pub fn new(path: PathBuf, format: Format, delimiter: u8, keep: u64) -> Self {
        Self { path, format, delimiter, file: None, keep, length: keep }
    }

    /// Where it writes.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether there is anything in the file.
    #[must_use]
    pub fn is_used(&self) -> bool {
        self.length > 0
    }

    /// Whether the file at its path holds the rejects of an earlier import only. A file that no import wrote is none of
    /// our business.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        if self.is_used() {
            return false;
        }
        let Ok(file) = File::open(&self.path) else { return false };
        let mut first = Vec::new();
        // Far more than the header, or one row of JSON, takes.
        if BufReader::new(file.take(1 << 20)).read_until(b'\n', &mut first).is_err() {
            return false;
        }
        let first = String::from_utf8_lossy(&first);
        match self.format {
            Format::Csv => first.trim_start_matches('\u{feff}').trim_start_matches('"').starts_with(COLUMNS[0]),
            Format::JsonLines => {
                serde_json::from_str::<Map<String, Value>>(&first).is_ok_and(|row| row.contains_key(COLUMNS[0]))
            }
        }
    }

    /// Adds one row.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&mut self, reject: &Reject) -> io::Result<()> {
        let bytes = match self.format {
            Format::JsonLines => format!("{}\n", reject.to_json()).into_bytes(),
            Format::Csv => self.csv(reject)?,
        };
        if self.file.is_none() {
            let file = OpenOptions::new().create(true).write(true).truncate(self.keep == 0).open(&self.path)?;
            file.set_len(self.keep)?;
            let mut writer = BufWriter::new(file);
            io::Seek::seek(&mut writer, io::SeekFrom::Start(self.keep))?;
            self.file = Some(writer);
        }
        if let Some(file) = &mut self.file {
            file.write_all(&bytes)?;
            self.length = self.length.saturating_add(u64::try_from(bytes.len()).unwrap_or(0));
        }
        Ok(())
    }

    fn csv(&self, reject: &Reject) -> io::Result<Vec<u8>> {
        let mut writer = csv::WriterBuilder::new().delimiter(self.delimiter).from_writer(Vec::new());
        if self.length == 0 {
            writer.write_record(COLUMNS.into_iter().chain(reject.own().map(|(name, _)| name)))?;
        }
        let added = reject.added();
        writer.write_record(added.iter().map(String::as_str).chain(reject.own().map(|(_, cell)| cell)))?;
        writer.into_inner().map_err(|e| io::Error::other(e.to_string()))
    }

    /// Brings everything to the disk and says how long the file is.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn flush(&mut self) -> io::Result<u64> {
        if let Some(file) = &mut self.file {
            file.flush()?;
        }
        Ok(self.length)
    }
}
