//! Rows of JSON Lines. Numbers are kept as they are written and never pass through a float.

use std::{
    fmt,
    io::{self, BufRead, BufReader, Read},
    sync::Arc,
};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::Raw;
use crate::mapping::{Header, Row, RowFault};

pub(super) struct JsonRows {
    reader: BufReader<Box<dyn Read + Send>>,
    line: u64,
    buffer: Vec<u8>,
    header: Arc<Header>,
}

/// An object with its keys in their order and its values as written.
struct Object(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;
        impl<'de> Visitor<'de> for Keys {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut all = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    all.push(entry);
                }
                Ok(Object(all))
            }
        }
        deserializer.deserialize_map(Keys)
    }
}

impl JsonRows {
    pub(super) fn new(reader: BufReader<Box<dyn Read + Send>>) -> Self {
        Self { reader, line: 0, buffer: Vec::new(), header: Arc::new(Header::default()) }
    }

    pub(super) fn next(&mut self) -> Option<io::Result<Raw>> {
        loop {
            self.buffer.clear();
            match self.reader.read_until(b'\n', &mut self.buffer) {
                Ok(0) => return None,
                Ok(_) => {}
                Err(e) => return Some(Err(e)),
            }
            self.line = self.line.saturating_add(1);
            let bytes = self.buffer.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&self.buffer);
            if bytes.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let utf8 = std::str::from_utf8(bytes).is_ok();
            let text = String::from_utf8_lossy(bytes).trim().to_owned();
            let row = if utf8 {
                self.row(&text)
            } else {
                self.broken(text, "the line is not UTF-8".to_owned(), "save the file as UTF-8")
            };
            return Some(Ok(row));
        }
    }

    fn row(&mut self, text: &str) -> Raw {
        let object = match serde_json::from_str::<Object>(text) {
            Ok(object) => object,
            Err(e) => {
                let reason = format!("the line is not a JSON object: {e}");
                return self.broken(text.to_owned(), reason, "write one object per line");
            }
        };
        let mut names = Vec::new();
        let mut cells = Vec::new();
        if let Err(e) = flatten("", object, &mut names, &mut cells) {
            return self.broken(text.to_owned(), format!("a value cannot be read: {e}"), "correct its escapes");
        }
        let twice = names.iter().enumerate().find(|(n, name)| names.iter().take(*n).any(|other| other == *name));
        if let Some((_, name)) = twice {
            let reason = format!("the key {name:?} is there twice");
            return self.broken(text.to_owned(), reason, "keep one of the two");
        }
        if self.header.names() != names.as_slice() {
            self.header = Arc::new(Header::new(names));
        }
        Raw { row: Row::new(self.line, Arc::clone(&self.header), cells), faults: Vec::new() }
    }

    /// A line that cannot be taken apart is kept whole, as the value of its fault.
    fn broken(&self, text: String, reason: String, remedy: &str) -> Raw {
        let fault = RowFault::new("row", text, reason, remedy);
        Raw { row: Row::new(self.line, Arc::default(), Vec::new()), faults: vec![fault] }
    }
}

/// Inner objects become columns with dots in their names: `{"a": {"b": 1}}` has the column "a.b".
fn flatten(prefix: &str, object: Object, names: &mut Vec<String>, cells: &mut Vec<String>) -> serde_json::Result<()> {
    for (key, value) in object.0 {
        let name = if prefix.is_empty() { key } else { format!("{prefix}.{key}") };
        let raw = value.get();
        if raw.starts_with('{') {
            flatten(&name, serde_json::from_str(raw)?, names, cells)?;
            continue;
        }
        let cell = match raw {
            "null" => String::new(),
            // A value kept raw may still hold escapes that stand for no character.
            text if text.starts_with('"') => serde_json::from_str(text)?,
            text => text.to_owned(),
        };
        names.push(name);
        cells.push(cell);
    }
    Ok(())
}
