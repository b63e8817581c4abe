//! Reads JSON text into a tree that remembers where everything stands. Depth and number of values are capped, numbers stay
//! text (an int64 does not fit into a double), and a key that comes twice is for the reader of the tree to refuse.

/// The deepest nesting that is read.
pub(super) const MAX_DEPTH: usize = 64;
/// The most values that are read from one text.
pub(super) const MAX_VALUES: usize = 200_000;

/// A value and where it begins, in bytes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub at: usize,
    pub tree: Tree,
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Tree {
    Null,
    Bool(bool),
    /// As it is written.
    Number(String),
    Text(String),
    List(Vec<Node>),
    /// Keys with where they stand, in their order.
    Object(Vec<(usize, String, Node)>),
}

impl Tree {
    /// What it is, for a sentence.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "true or false",
            Self::Number(_) => "a number",
            Self::Text(_) => "a string",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }
}

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Flaw {
    pub at: usize,
    pub why: String,
}

/// Line and column (from 1, in characters) of a place in a text.
pub(super) fn place(text: &str, at: usize) -> String {
    let before = text.get(..at).unwrap_or(text);
    let line = before.bytes().filter(|b| *b == b'\n').count().saturating_add(1);
    let column = before.chars().rev().take_while(|c| *c != '\n').count().saturating_add(1);
    format!("line {line}, column {column}")
}

/// Reads a whole text.
///
/// # Errors
/// The first thing that does not fit.
pub(super) fn parse(text: &str) -> Result<Node, Flaw> {
    let mut reader = Reader { text, at: 0, values: 0 };
    let node = reader.value(0)?;
    reader.space();
    if reader.at < text.len() {
        return Err(reader.flaw("the value has ended, but more text follows"));
    }
    Ok(node)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    values: usize,
}

impl Reader<'_> {
    fn flaw(&self, why: impl Into<String>) -> Flaw {
        Flaw { at: self.at, why: why.into() }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn step(&mut self) {
        self.at = self.at.saturating_add(1);
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.step();
        }
    }

    fn takes(&mut self, byte: u8) -> bool {
        self.space();
        let there = self.peek() == Some(byte);
        if there {
            self.step();
        }
        there
    }

    fn value(&mut self, depth: usize) -> Result<Node, Flaw> {
        self.space();
        if depth > MAX_DEPTH {
            return Err(self.flaw(format!("nested deeper than {MAX_DEPTH} levels")));
        }
        self.values = self.values.saturating_add(1);
        if self.values > MAX_VALUES {
            return Err(self.flaw(format!("more than {MAX_VALUES} values; send less at once")));
        }
        let at = self.at;
        let tree = match self.peek() {
            None => return Err(self.flaw("the text ends where a value is expected")),
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.list(depth)?,
            Some(b'"') => Tree::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(_) => self.word()?,
        };
        Ok(Node { at, tree })
    }

    fn object(&mut self, depth: usize) -> Result<Tree, Flaw> {
        self.step();
        let mut entries = Vec::new();
        if self.takes(b'}') {
            return Ok(Tree::Object(entries));
        }
        loop {
            self.space();
            let at = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.flaw("expected a key in double quotes"));
            }
            let key = self.string()?;
            if !self.takes(b':') {
                return Err(self.flaw("expected ':' after the key"));
            }
            entries.push((at, key, self.value(depth.saturating_add(1))?));
            if self.takes(b'}') {
                return Ok(Tree::Object(entries));
            }
            if !self.takes(b',') {
                return Err(self.flaw("expected ',' or '}'"));
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Tree, Flaw> {
        self.step();
        let mut items = Vec::new();
        if self.takes(b']') {
            return Ok(Tree::List(items));
        }
        loop {
            items.push(self.value(depth.saturating_add(1))?);
            if self.takes(b']') {
                return Ok(Tree::List(items));
            }
            if !self.takes(b',') {
                return Err(self.flaw("expected ',' or ']'"));
            }
        }
    }

    /// The rules of a number are checked here, its value where its type is known.
    fn number(&mut self) -> Result<Tree, Flaw> {
        let from = self.at;
        if self.peek() == Some(b'-') {
            self.step();
        }
        match self.peek() {
            Some(b'0') => self.step(),
            Some(b'1'..=b'9') => self.digits(),
            _ => return Err(self.flaw("expected a digit")),
        }
        if self.peek() == Some(b'.') {
            self.step();
            self.some_digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.step();
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.step();
            }
            self.some_digits()?;
        }
        Ok(Tree::Number(self.text.get(from..self.at).unwrap_or_default().to_owned()))
    }

    fn digits(&mut self) {
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.step();
        }
    }

    fn some_digits(&mut self) -> Result<(), Flaw> {
        let from = self.at;
        self.digits();
        if self.at == from { Err(self.flaw("expected a digit")) } else { Ok(()) }
    }

    fn word(&mut self) -> Result<Tree, Flaw> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        for (word, tree) in [("null", Tree::Null), ("true", Tree::Bool(true)), ("false", Tree::Bool(false))] {
            if rest.starts_with(word) {
                self.at = self.at.saturating_add(word.len());
                return Ok(tree);
            }
        }
        Err(self.flaw("expected a value"))
    }

    fn string(&mut self) -> Result<String, Flaw> {
        self.step();
        let mut text = String::new();
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let Some(plain) = rest.find(|c: char| c == '"' || c == '\\' || c < ' ') else {
                self.at = self.text.len();
                return Err(self.flaw("the text ends within a string"));
            };
            text.push_str(rest.get(..plain).unwrap_or_default());
            self.at = self.at.saturating_add(plain);
            match self.peek() {
                Some(b'"') => {
                    self.step();
                    return Ok(text);
                }
                Some(b'\\') => text.push(self.escape()?),
                _ => return Err(self.flaw("a control character within a string; write it as \\u00XX")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Flaw> {
        self.step();
        let letter = self.peek();
        self.step();
        Ok(match letter {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => return Err(self.flaw("no such escape; a backslash is written twice")),
        })
    }

    fn unicode(&mut self) -> Result<char, Flaw> {
        let first = self.hex()?;
        let code = match first {
            0xd800..=0xdbff => {
                if self.text.get(self.at..).is_none_or(|rest| !rest.starts_with("\\u")) {
                    return Err(self.flaw("half of a surrogate pair"));
                }
                self.at = self.at.saturating_add(2);
                let second = self.hex()?;
                if !(0xdc00..=0xdfff).contains(&second) {
                    return Err(self.flaw("half of a surrogate pair"));
                }
                let (high, low) = (first.saturating_sub(0xd800), second.saturating_sub(0xdc00));
                0x1_0000_u32.saturating_add(high.saturating_mul(0x400)).saturating_add(low)
            }
            one => one,
        };
        char::from_u32(code).ok_or_else(|| self.flaw("half of a surrogate pair"))
    }

    fn hex(&mut self) -> Result<u32, Flaw> {
        let until = self.at.saturating_add(4);
        let digits = self.text.get(self.at..until).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        let code = digits.and_then(|d| u32::from_str_radix(d, 16).ok());
        self.at = until.min(self.text.len());
        code.ok_or_else(|| self.flaw("expected four hexadecimal digits"))
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_DEPTH, Node, Tree, parse, place};

    #[test]
    fn trees_remember_their_places() {
        let text = "{\n  \"a\": [1e3, \"名\\n\\ud83d\\ude00\"],\n  \"b\": {}}";
        let Node { at: 0, tree: Tree::Object(entries) } = parse(text).expect("read") else { panic!("an object") };
        let (at, key, list) = &entries[0];
        assert_eq!((place(text, *at).as_str(), key.as_str()), ("line 2, column 3", "a"));
        let Tree::List(items) = &list.tree else { panic!("a list") };
        assert_eq!(
            (&items[0].tree, &items[1].tree),
            (&Tree::Number("1e3".to_owned()), &Tree::Text("名\n😀".to_owned()))
        );
        assert_eq!(place("\"名\" x", 6), "line 1, column 5");
    }

    #[test]
    fn what_is_no_json_is_refused_at_its_place() {
        for (text, at) in [
            ("", 0),
            ("{", 1),
            ("[1,]", 3),
            ("{\"a\" 1}", 5),
            ("{a:1}", 1),
            ("01", 1),
            ("-", 1),
            ("1.", 2),
            ("1e", 2),
            ("nul", 0),
            ("\"\u{1}\"", 1),
            ("\"\\x\"", 3),
            ("\"\\ud800\"", 7),
            ("\"\\u12\"", 6),
            ("1 2", 2),
            ("NaN", 0),
        ] {
            assert_eq!(parse(text).expect_err(text).at, at, "{text}");
        }
        let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(parse(&deep(MAX_DEPTH)).is_ok());
        assert!(parse(&deep(MAX_DEPTH + 2)).expect_err("deep").why.contains("deeper"));
        assert!(parse(&format!("[{}1]", "1,".repeat(200_000))).expect_err("many").why.contains("more than"));
    }
}
