//! Puts the tokens of a filter together by descent; the depth is bounded, so no input can exhaust the stack.

use super::{
    Expr, Fields, MAX_DEPTH, Wrong,
    token::{Placed, Token},
};

struct Parser<'a> {
    rest: std::slice::Iter<'a, Placed>,
    /// Position after the last character.
    end: usize,
    fields: &'a Fields,
}

/// Reads all tokens; `length` is that of the filter in characters.
pub(super) fn parse(tokens: &[Placed], length: usize, fields: &Fields) -> Result<Option<Expr>, Wrong> {
    if tokens.is_empty() {
        return Ok(None);
    }
    let mut parser = Parser { rest: tokens.iter(), end: length.saturating_add(1), fields };
    let expr = parser.all(0)?;
    match parser.rest.as_slice().first() {
        None => Ok(Some(expr)),
        Some((Token::Close, at)) => Err(Wrong { at: *at, text: "this ) closes nothing".to_owned() }),
        Some((_, at)) => Err(Wrong { at: *at, text: "AND or OR is missing before this".to_owned() }),
    }
}

impl Parser<'_> {
    fn at(&self) -> usize {
        self.rest.as_slice().first().map_or(self.end, |(_, at)| *at)
    }

    fn wrong<T>(&self, text: impl Into<String>) -> Result<T, Wrong> {
        Err(Wrong { at: self.at(), text: text.into() })
    }

    /// Takes a keyword when it comes next.
    fn keyword(&mut self, keyword: &str) -> bool {
        let next = self.rest.as_slice().first();
        let found = next.is_some_and(|(token, _)| matches!(token, Token::Word(word) if word == keyword));
        if found {
            self.rest.next();
        }
        found
    }

    /// Factors joined by AND.
    fn all(&mut self, depth: usize) -> Result<Expr, Wrong> {
        let first = self.any(depth)?;
        let mut parts = vec![first];
        while self.keyword("AND") {
            parts.push(self.any(depth)?);
        }
        Ok(joined(parts, Expr::And))
    }

    /// Terms joined by OR, which binds tighter.
    fn any(&mut self, depth: usize) -> Result<Expr, Wrong> {
        let first = self.term(depth)?;
        let mut parts = vec![first];
        while self.keyword("OR") {
            parts.push(self.term(depth)?);
        }
        Ok(joined(parts, Expr::Or))
    }

    fn term(&mut self, depth: usize) -> Result<Expr, Wrong> {
        if depth > MAX_DEPTH {
            return self.wrong(format!("more than {MAX_DEPTH} levels of parentheses and NOT"));
        }
        let deeper = depth.saturating_add(1);
        if self.keyword("NOT") {
            return Ok(Expr::Not(Box::new(self.term(deeper)?)));
        }
        if let Some((Token::Open, opened)) = self.rest.as_slice().first() {
            self.rest.next();
            let inner = self.all(deeper)?;
            return match self.rest.as_slice().first() {
                Some((Token::Close, _)) => {
                    self.rest.next();
                    Ok(inner)
                }
                Some(_) => self.wrong("AND, OR or ) is missing before this"),
                None => Err(Wrong { at: *opened, text: "this ( is never closed".to_owned() }),
            };
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Result<Expr, Wrong> {
        let name = match self.rest.as_slice().first() {
            Some((Token::Word(name), _)) if !is_keyword(name) => name,
            _ => return self.wrong(format!("a field is expected; the fields are {}", self.fields.names())),
        };
        let Some(field) = self.fields.find(name) else {
            return self
                .wrong(format!("{name:?} is not a field of this filter; the fields are {}", self.fields.names()));
        };
        self.rest.next();
        let op = match self.rest.as_slice().first() {
            Some((Token::Op(op), _)) => *op,
            _ => return self.wrong(format!("a comparison is expected after {name}")),
        };
        if !field.ops.contains(&op) {
            let known: Vec<String> = field.ops.iter().map(ToString::to_string).collect();
            return self.wrong(format!("{name} does not know {op}; use one of {}", known.join(" ")));
        }
        self.rest.next();
        let value = match self.rest.as_slice().first() {
            Some((Token::Text(value), _)) => value,
            Some((Token::Word(value), _)) if !is_keyword(value) => value,
            _ => return self.wrong(format!("a value is expected after {op}; put texts with spaces in quotes")),
        };
        if let Err(text) = field.kind.check(value) {
            return self.wrong(text);
        }
        self.rest.next();
        Ok(Expr::Compare { field: name.clone(), op, value: value.clone() })
    }
}

fn is_keyword(word: &str) -> bool {
    matches!(word, "AND" | "OR" | "NOT")
}

/// One part stands for itself, several are joined.
fn joined(mut parts: Vec<Expr>, join: fn(Vec<Expr>) -> Expr) -> Expr {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            join(parts)
        }
        None => join(parts),
    }
}
