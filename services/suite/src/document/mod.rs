//! YAML and JSON files written by people: read as a tree, with every fault listed at once under its path and line.

mod fault;
mod locate;

pub use fault::{FileFault, FileFaults};

use std::fmt;

use serde_yaml_ng::Value;

/// One step from the root of a document to a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Into a mapping, by key.
    Key(String),
    /// Into a list, by position from 0.
    Index(usize),
}

/// Where a node is. Shown as `rules[0].marginal.table`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Path(Vec<Step>);

impl Path {
    /// The root.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// The path of the child under a key.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        let mut steps = self.0.clone();
        steps.push(Step::Key(key.to_owned()));
        Self(steps)
    }

    /// The path of the child at a position.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        let mut steps = self.0.clone();
        steps.push(Step::Index(index));
        Self(steps)
    }

    /// The steps from the root.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.0
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if n == 0 => f.write_str(key)?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// How a document is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Yaml,
    Json,
}

/// A parsed document and the faults found in it so far.
#[derive(Debug)]
pub struct Document {
    name: String,
    text: String,
    format: Format,
    root: Value,
    faults: Vec<FileFault>,
}

impl Document {
    /// Parses a text; `name` is the file's name for messages and decides between JSON (`.json`) and YAML.
    ///
    /// # Errors
    /// The one syntax fault that stopped the parser, with its line.
    pub fn parse(name: &str, text: &str) -> Result<Self, FileFaults> {
        let json = name.rsplit('.').next().is_some_and(|ext| ext.eq_ignore_ascii_case("json"));
        let format = if json { Format::Json } else { Format::Yaml };
        let parsed: Result<Value, (Option<usize>, String)> = match format {
            Format::Yaml => serde_yaml_ng::from_str(text).map_err(|e| (e.location().map(|l| l.line()), e.to_string())),
            Format::Json => serde_json::from_str(text).map_err(|e| (Some(e.line()), e.to_string())),
        };
        match parsed {
            Ok(root) => Ok(Self { name: name.to_owned(), text: text.to_owned(), format, root, faults: Vec::new() }),
            Err((line, message)) => Err(FileFaults {
                file: name.to_owned(),
                faults: vec![FileFault { path: String::new(), line, message: format!("cannot be read: {message}") }],
            }),
        }
    }

    /// The root of the tree.
    #[must_use]
    pub fn root(&self) -> Value {
        self.root.clone()
    }

    /// Adds a fault at a node; its line is looked up.
    pub fn fault(&mut self, path: &Path, message: impl Into<String>) {
        let line = locate::line_of(self.format == Format::Json, &self.text, path.steps());
        self.faults.push(FileFault { path: path.to_string(), line, message: message.into() });
    }

    /// The value when nothing is wrong, else every fault.
    ///
    /// # Errors
    /// Every fault found, in the order of their lines.
    pub fn finish<T>(mut self, value: Option<T>) -> Result<T, FileFaults> {
        match value {
            Some(value) if self.faults.is_empty() => Ok(value),
            _ => {
                self.faults.sort_by_key(|f| f.line.unwrap_or(0));
                Err(FileFaults { file: self.name, faults: self.faults })
            }
        }
    }

    /// Checks `apiVersion: tributary/v1` and `kind`, the two keys every file starts with.
    pub fn expect_header(&mut self, kind: &str) {
        let root = self.root();
        for (key, wanted) in [("apiVersion", "tributary/v1"), ("kind", kind)] {
            let path = Path::root().key(key);
            match root.get(key) {
                Some(Value::String(found)) if found == wanted => {}
                Some(found) => self.fault(&path, format!("{} is not {wanted:?}; write {key}: {wanted}", shown(found))),
                None => self.fault(&Path::root(), format!("{key} is missing; write {key}: {wanted} at the top")),
            }
        }
    }
}

/// A value for a message: scalars as written, the rest by its sort.
#[must_use]
pub fn shown(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(b) => b.to_string(),
        Value::Number(n) => n.to_string(),
        Value::String(s) => format!("{s:?}"),
        Value::Sequence(_) => "a list".to_owned(),
        Value::Mapping(_) => "a mapping".to_owned(),
        Value::Tagged(t) => format!("a value with the tag {}", t.tag),
    }
}

/// The known name that is nearest to a wrong one, if any is near.
#[must_use]
pub fn near<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |name: &str| name.to_lowercase().replace(['_', '-', ' '], "");
    let wanted = plain(wrong);
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&plain(name), &wanted), name))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, name)| *distance <= 1.max(name.chars().count() / 3))
        .map(|(_, name)| name)
}

/// Says which known name a wrong one is nearest to, if any is near, and lists the known ones if there are few.
#[must_use]
pub fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    match near(wrong, known.iter().copied()) {
        Some(name) => format!("did you mean {name:?}?"),
        None if known.is_empty() => "nothing is known here".to_owned(),
        None if known.len() <= 24 => format!("known: {}", known.join(", ")),
        None => format!("{} names are known here", known.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Document, Path, nearest};

    #[test]
    fn faults_carry_path_and_line() {
        let text = "apiVersion: tributary/v1\nkind: Plan\nrules:\n  - id: a\n    rate: 0.15\n  - {id: b, rate: x}\n";
        let mut document = Document::parse("p.yaml", text).expect("YAML");
        document.fault(&Path::root().key("rules").index(1).key("rate"), "wrong");
        document.fault(&Path::root().key("rules").index(0).key("rate"), "wrong too");
        let faults = document.finish(Some(())).expect_err("two faults");
        assert_eq!(
            faults.to_string(),
            "p.yaml: 2 faults\n  line 5, rules[0].rate: wrong too\n  line 6, rules[1].rate: wrong"
        );
    }

    #[test]
    fn json_has_lines_too() {
        let mut document = Document::parse("p.json", "{\n \"a\": [\n 1,\n 2.5\n]}").expect("JSON");
        document.fault(&Path::root().key("a").index(1), "wrong");
        let faults = document.finish(Some(())).expect_err("one fault");
        assert_eq!(faults.to_string(), "p.json: line 4, a[1]: wrong");
    }

    #[test]
    fn syntax_faults_name_the_line() {
        let faults = Document::parse("p.yaml", "a: 1\nb: [1\nc: 2\n").expect_err("open bracket");
        assert!(faults.to_string().contains("line 3"), "{faults}");
        assert!(Document::parse("p.yaml", "a: 1\na: 2\n").is_err(), "a key twice");
    }

    #[test]
    fn headers_are_checked() {
        let mut document = Document::parse("p.yaml", "kind: Mapping\n").expect("YAML");
        document.expect_header("Plan");
        let faults = document.finish(Some(())).expect_err("two faults").to_string();
        assert!(faults.contains("apiVersion is missing"), "{faults}");
        assert!(faults.contains("line 1, kind: \"Mapping\" is not \"Plan\""), "{faults}");
    }

    #[test]
    fn a_near_name_is_proposed() {
        assert_eq!(nearest("net_ammount", ["net_amount", "gross_amount"]), "did you mean \"net_amount\"?");
        assert_eq!(nearest("qty", ["city", "state"]), "known: city, state");
    }
}
