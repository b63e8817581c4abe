//! Cuts a filter into words, quoted texts, comparisons and parentheses.

use std::{iter::Peekable, str::Chars};

use super::{Op, Wrong};

/// A part of a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// Unquoted: a field, a value or a keyword.
    Word(String),
    /// Quoted: always a value.
    Text(String),
    Op(Op),
    Open,
    Close,
}

/// A token and its position in characters, from 1.
pub(super) type Placed = (Token, usize);

struct Cutter<'a> {
    rest: Peekable<Chars<'a>>,
    /// Characters read so far.
    read: usize,
}

impl Cutter<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.rest.next()?;
        self.read = self.read.saturating_add(1);
        Some(c)
    }

    fn next_if(&mut self, fits: impl Fn(char) -> bool) -> Option<char> {
        let c = self.rest.next_if(|c| fits(*c))?;
        self.read = self.read.saturating_add(1);
        Some(c)
    }

    /// The rest of a quoted text; its opening quote is read.
    fn quoted(&mut self, quote: char, at: usize) -> Result<String, Wrong> {
        let mut text = String::new();
        loop {
            match self.next() {
                Some('\\') => match self.next() {
                    Some(c @ ('\\' | '"' | '\'')) => text.push(c),
                    _ => return Err(Wrong { at: self.read, text: r#"after \ only \, " and ' may stand"#.to_owned() }),
                },
                Some(c) if c == quote => return Ok(text),
                Some(c) => text.push(c),
                None => return Err(Wrong { at, text: format!("the text has no closing {quote}") }),
            }
        }
    }

    /// A word that begins with `first`; `labels."any key"` is one word.
    fn word(&mut self, first: char) -> Result<String, Wrong> {
        let mut word = String::from(first);
        loop {
            if let Some(c) = self.next_if(in_word) {
                word.push(c);
            } else if word.ends_with('.')
                && let Some(quote) = self.next_if(|c| matches!(c, '"' | '\''))
            {
                word.push_str(&self.quoted(quote, self.read)?);
                return Ok(word);
            } else {
                return Ok(word);
            }
        }
    }
}

fn in_word(c: char) -> bool {
    !c.is_whitespace() && !matches!(c, '(' | ')' | '"' | '\'' | '=' | '!' | '<' | '>' | ':' | ',')
}

/// All tokens of a filter.
pub(super) fn split(text: &str) -> Result<Vec<Placed>, Wrong> {
    let mut cutter = Cutter { rest: text.chars().peekable(), read: 0 };
    let mut tokens = Vec::new();
    while let Some(c) = cutter.next() {
        let at = cutter.read;
        let equals = |cutter: &mut Cutter<'_>, with: Op, without: Op| {
            if cutter.next_if(|c| c == '=').is_some() { Token::Op(with) } else { Token::Op(without) }
        };
        let token = match c {
            c if c.is_whitespace() => continue,
            '(' => Token::Open,
            ')' => Token::Close,
            '=' => Token::Op(Op::Equal),
            ':' => Token::Op(Op::Has),
            '<' => equals(&mut cutter, Op::LessOrEqual, Op::Less),
            '>' => equals(&mut cutter, Op::GreaterOrEqual, Op::Greater),
            '!' if cutter.next_if(|c| c == '=').is_some() => Token::Op(Op::NotEqual),
            '"' | '\'' => Token::Text(cutter.quoted(c, at)?),
            c if in_word(c) => Token::Word(cutter.word(c)?),
            c => return Err(Wrong { at, text: format!("{c:?} does not belong here; put texts with it in quotes") }),
        };
        tokens.push((token, at));
    }
    Ok(tokens)
}
