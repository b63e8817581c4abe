//! Text with columns in it: "{order_no}/{line_no}", "{invoice}/{ordinal(by: invoice)}".

use std::collections::{BTreeSet, HashMap};

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Column(String),
    /// Counts the rows so far, this one included, that are equal in these columns.
    Ordinal(Vec<String>),
}

/// Text with columns in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Part>);

impl Template {
    /// Reads "{column}", "{ordinal(by: a, b)}" and plain text; "{{" and "}}" are braces.
    ///
    /// # Errors
    /// A sentence with the place and the remedy.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text.chars().peekable();
        while let Some(c) = rest.next() {
            match c {
                '{' if rest.peek() == Some(&'{') => {
                    rest.next();
                    plain.push('{');
                }
                '}' if rest.peek() == Some(&'}') => {
                    rest.next();
                    plain.push('}');
                }
                '}' => return Err(format!("{text:?} has a }} without {{; write }}}} for a brace")),
                '{' => {
                    let mut inside = String::new();
                    loop {
                        match rest.next() {
                            Some('}') => break,
                            Some(c) => inside.push(c),
                            None => return Err(format!("{text:?} has a {{ without }}; write {{{{ for a brace")),
                        }
                    }
                    if !plain.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut plain)));
                    }
                    parts.push(placeholder(text, inside.trim())?);
                }
                c => plain.push(c),
            }
        }
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Ok(Self(parts))
    }

    /// Adds the columns it takes from.
    pub fn collect_columns<'t>(&'t self, into: &mut BTreeSet<&'t str>) {
        for part in &self.0 {
            match part {
                Part::Column(column) => {
                    into.insert(column);
                }
                Part::Ordinal(columns) => into.extend(columns.iter().map(String::as_str)),
                Part::Text(_) => {}
            }
        }
    }

    /// Whether it counts rows, so that it gives another text for the same row in another file.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.0.iter().any(|p| matches!(p, Part::Ordinal(_)))
    }

    /// Fills the columns in. Every ordinal is counted, even if a column is empty.
    ///
    /// # Errors
    /// The first column without a value.
    pub fn fill<'r>(&self, value: impl Fn(&str) -> Option<&'r str>, ordinals: &mut Ordinals) -> Result<String, String> {
        let mut text = String::new();
        let mut missing = None;
        for part in &self.0 {
            match part {
                Part::Text(plain) => text.push_str(plain),
                Part::Column(column) => match value(column) {
                    Some(found) => text.push_str(found),
                    None => missing = missing.or_else(|| Some(column.clone())),
                },
                Part::Ordinal(columns) => {
                    let key: Vec<&str> = columns.iter().map(|c| value(c).unwrap_or_default()).collect();
                    text.push_str(&ordinals.next(columns, &key).to_string());
                }
            }
        }
        missing.map_or(Ok(text), Err)
    }
}

fn placeholder(text: &str, inside: &str) -> Result<Part, String> {
    let Some(arguments) = inside.strip_prefix("ordinal").map(str::trim_start).filter(|a| a.starts_with('(')) else {
        if inside.is_empty() {
            return Err(format!("{text:?} has empty braces; name a column in them"));
        }
        return Ok(Part::Column(inside.to_owned()));
    };
    let columns: Vec<String> = arguments
        .strip_prefix('(')
        .and_then(|a| a.trim_end().strip_suffix(')'))
        .and_then(|a| a.trim().strip_prefix("by:"))
        .map(|list| list.split(',').map(|c| c.trim().to_owned()).filter(|c| !c.is_empty()).collect())
        .unwrap_or_default();
    if columns.is_empty() {
        return Err(format!("{inside:?} names no column; write {{ordinal(by: COLUMN)}}"));
    }
    Ok(Part::Ordinal(columns))
}

/// Counters of the ordinals, for one pass over one file.
#[derive(Debug, Default)]
pub struct Ordinals(HashMap<String, u64>);

impl Ordinals {
    fn next(&mut self, columns: &[String], key: &[&str]) -> u64 {
        // Unit separators keep ("a", "b") and ("ab", "") apart.
        let name = format!("{}\u{1e}{}", columns.join("\u{1f}"), key.join("\u{1f}"));
        let counter = self.0.entry(name).or_insert(0);
        *counter = counter.saturating_add(1);
        *counter
    }
}

#[cfg(test)]
mod tests {
    use super::{Ordinals, Template};

    #[test]
    fn columns_and_braces() {
        let template = Template::parse("{order}/{ line }-{{x}}").expect("template");
        let value = |c: &str| match c {
            "order" => Some("SO1"),
            "line" => Some("2"),
            _ => None,
        };
        assert_eq!(template.fill(value, &mut Ordinals::default()), Ok("SO1/2-{x}".to_owned()));
        assert_eq!(template.fill(|_| None, &mut Ordinals::default()), Err("order".to_owned()));
    }

    #[test]
    fn ordinals_count_equal_keys_even_apart() {
        let template = Template::parse("{inv}/{ordinal(by: inv)}").expect("template");
        let mut ordinals = Ordinals::default();
        let ids: Vec<String> = ["A", "A", "B", "A", "B"]
            .iter()
            .map(|inv| template.fill(|_| Some(inv), &mut ordinals).expect("filled"))
            .collect();
        assert_eq!(ids, ["A/1", "A/2", "B/1", "A/3", "B/2"]);
        assert!(template.counts());
    }

    #[test]
    fn faults_say_what_to_write() {
        for (bad, wanted) in [
            ("{a", "without }"),
            ("a}", "without {"),
            ("{}", "empty braces"),
            ("{ordinal()}", "{ordinal(by: COLUMN)}"),
            ("{ordinal(by:)}", "{ordinal(by: COLUMN)}"),
        ] {
            let e = Template::parse(bad).expect_err(bad);
            assert!(e.contains(wanted), "{bad}: {e}");
        }
    }
}
