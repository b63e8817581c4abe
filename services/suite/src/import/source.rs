//! Rows of CSV and JSON Lines files, plain or gzipped. A row that cannot be read is a row with faults, not the end.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use flate2::read::MultiGzDecoder;
use sha2::{Digest as _, Sha256};

use super::REJECT_PREFIX;
use crate::mapping::{Header, Row, RowFault};

mod json;

/// How the rows of a file are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma separated (or by another character), with a header line.
    Csv,
    /// One JSON object per line.
    JsonLines,
}

impl Format {
    /// By the file's name: `.csv`, `.jsonl` or `.ndjson`, each also with `.gz`.
    ///
    /// # Errors
    /// A sentence that names the file and the endings.
    pub fn of(path: &Path) -> Result<Self, String> {
        let name = path.file_name().map(|n| n.to_string_lossy().to_lowercase()).unwrap_or_default();
        match name.strip_suffix(".gz").unwrap_or(&name).rsplit_once('.') {
            Some((_, "csv" | "tsv" | "txt")) => Ok(Self::Csv),
            Some((_, "jsonl" | "ndjson")) => Ok(Self::JsonLines),
            _ => Err(format!("{} has no known ending; name it .csv or .jsonl, or either with .gz", path.display())),
        }
    }
}

/// A row as read, before mapping.
#[derive(Debug, Clone)]
pub struct Raw {
    /// The row; its own cells are empty when its form is wrong.
    pub row: Row,
    /// What is wrong with its form, so that its cells cannot be trusted: one fault, whose value is the whole line.
    pub faults: Vec<RowFault>,
}

/// A file to import, with its digest.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// Where it is.
    pub path: PathBuf,
    /// SHA-256 over its bytes as they are, lower-case hex.
    pub digest: String,
    /// Its size in bytes.
    pub size: u64,
    /// How its rows are written.
    pub format: Format,
}

impl SourceFile {
    /// Looks a file over: its format by its name, its digest by reading it once.
    ///
    /// # Errors
    /// A sentence that names the file.
    pub fn open(path: &Path) -> Result<Self, String> {
        let format = Format::of(path)?;
        let cannot = |e: io::Error| format!("{} cannot be read: {e}", path.display());
        let mut file = File::open(path).map_err(cannot)?;
        let mut hash = Sha256::new();
        let mut buffer = vec![0_u8; 64 * 1024];
        let mut size = 0_u64;
        loop {
            let read = file.read(&mut buffer).map_err(cannot)?;
            if read == 0 {
                break;
            }
            hash.update(buffer.get(..read).unwrap_or_default());
            size = size.saturating_add(u64::try_from(read).unwrap_or(0));
        }
        Ok(Self { path: path.to_owned(), digest: hex::encode(hash.finalize()), size, format })
    }

    /// Reads its rows; `read` follows the position in the file as stored.
    ///
    /// # Errors
    /// A sentence when it cannot be opened or has no header.
    pub fn rows(&self, delimiter: u8, read: Arc<AtomicU64>) -> Result<Rows, String> {
        let cannot = |e: io::Error| format!("{} cannot be read: {e}", self.path.display());
        let mut file = BufReader::new(Counted { inner: File::open(&self.path).map_err(cannot)?, read });
        // The content decides, not the name: gzip starts with 1f 8b.
        let gzip = file.fill_buf().map_err(cannot)?.starts_with(&[0x1f, 0x8b]);
        let plain: Box<dyn Read + Send> = if gzip { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
        match self.format {
            Format::Csv => CsvRows::new(plain, delimiter).map(|r| Rows(Kind::Csv(Box::new(r)))),
            Format::JsonLines => Ok(Rows(Kind::Json(json::JsonRows::new(BufReader::new(plain))))),
        }
        .map_err(|e| format!("{}: {e}", self.path.display()))
    }
}

struct Counted {
    inner: File,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.read.fetch_add(u64::try_from(n).unwrap_or(0), Ordering::Relaxed);
        Ok(n)
    }
}

/// The rows of a file in order.
pub struct Rows(Kind);

enum Kind {
    Csv(Box<CsvRows>),
    Json(json::JsonRows),
}

impl Rows {
    /// The header of a CSV file; JSON Lines have none.
    #[must_use]
    pub fn header(&self) -> Option<&[String]> {
        match &self.0 {
            Kind::Csv(rows) => Some(rows.header.names()),
            Kind::Json(_) => None,
        }
    }
}

impl Iterator for Rows {
    type Item = io::Result<Raw>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Kind::Csv(rows) => rows.next(),
            Kind::Json(rows) => rows.next(),
        }
    }
}

struct CsvRows {
    reader: csv::Reader<Box<dyn Read + Send>>,
    header: Arc<Header>,
    record: csv::ByteRecord,
    delimiter: u8,
    /// With "\r\n" at line ends the reader stops before the "\n", so its positions lag one line behind.
    lag: u64,
}

impl CsvRows {
    fn new(plain: Box<dyn Read + Send>, delimiter: u8) -> Result<Self, String> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).delimiter(delimiter).from_reader(plain);
        let names = reader.byte_headers().map_err(|e| format!("the header cannot be read: {e}"))?;
        let name = |cell: &[u8]| {
            std::str::from_utf8(cell)
                .map(|t| t.trim_start_matches('\u{feff}').trim().to_owned())
                .map_err(|_| "the header is not UTF-8; save the file as UTF-8".to_owned())
        };
        let names: Vec<String> = names.iter().map(name).collect::<Result<_, _>>()?;
        if names.iter().all(String::is_empty) {
            return Err("there is no header line; name the columns in the first line".to_owned());
        }
        let inner = names.iter().map(|n| n.matches('\n').count()).sum::<usize>();
        let next = u64::try_from(inner).unwrap_or(0).saturating_add(2);
        let lag = next.saturating_sub(reader.position().line());
        Ok(Self { reader, header: Arc::new(Header::new(names)), record: csv::ByteRecord::new(), delimiter, lag })
    }

    fn next(&mut self) -> Option<io::Result<Raw>> {
        match self.reader.read_byte_record(&mut self.record) {
            Ok(false) => None,
            Ok(true) => Some(Ok(self.row())),
            Err(e) => Some(Err(io::Error::other(e))),
        }
    }

    fn row(&self) -> Raw {
        let line = self.record.position().map_or(0, csv::Position::line).saturating_add(self.lag);
        let mut utf8 = true;
        let mut cells: Vec<String> = Vec::with_capacity(self.record.len());
        for cell in &self.record {
            utf8 = utf8 && std::str::from_utf8(cell).is_ok();
            cells.push(String::from_utf8_lossy(cell).into_owned());
        }
        let (found, wanted) = (cells.len(), self.header.names().len());
        let (reason, remedy) = if found == wanted && utf8 {
            return Raw { row: Row::new(line, Arc::clone(&self.header), cells), faults: Vec::new() };
        } else if found == wanted {
            ("a cell is not UTF-8".to_owned(), "save the file as UTF-8")
        } else if found > wanted {
            let reason = format!("the row has {found} cells, the header has {wanted}");
            (reason, "put cells that contain the delimiter in double quotes")
        } else {
            (format!("the row has {found} cells, the header has {wanted}"), "add the missing cells, empty ones too")
        };
        let fault = RowFault::new("row", self.whole(&cells), reason, remedy);
        // Cut or filled up to the header, the cells would pass for a row with other amounts.
        cells.resize(wanted, String::new());
        for (cell, name) in cells.iter_mut().zip(self.header.names()) {
            if !name.starts_with(REJECT_PREFIX) {
                cell.clear();
            }
        }
        Raw { row: Row::new(line, Arc::clone(&self.header), cells), faults: vec![fault] }
    }

    /// The row's own cells as one line of CSV: what stood in the file, quoted where it must be.
    fn whole(&self, cells: &[String]) -> String {
        let added = |n: usize| self.header.names().get(n).is_some_and(|name| name.starts_with(REJECT_PREFIX));
        let own = cells.iter().enumerate().filter(|(n, _)| !added(*n)).map(|(_, cell)| cell);
        let mut writer = csv::WriterBuilder::new().delimiter(self.delimiter).from_writer(Vec::new());
        // Writing to memory does not fail.
        let written = writer.write_record(own).ok().and_then(|()| writer.into_inner().ok());
        let line = String::from_utf8(written.unwrap_or_default()).unwrap_or_default();
        line.trim_end_matches('\n').to_owned()
    }
}
