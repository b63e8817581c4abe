//! Filters of List requests, a subset of AIP-160: comparisons (`=`, `!=`, `<`, `<=`, `>`, `>=`, `:`) joined by AND, OR,
//! NOT and parentheses. As in AIP-160, OR binds tighter than AND: `a AND b OR c` means `a AND (b OR c)`.
//!
//! Each list method says which fields may stand in its filter, what they hold and which comparisons they know. A wrong
//! filter is refused with the position of the first character that does not fit.
//!
//! ```
//! use tributary_rpc::filter::{Expr, Field, Fields, Kind, Op, parse};
//! const FIELDS: Fields = Fields(&[Field { name: "region", kind: Kind::Text, ops: &[Op::Equal, Op::Has] }]);
//! let expr = parse(r#"region:"CN/GD""#, &FIELDS)?;
//! assert_eq!(expr, Some(Expr::Compare { field: "region".into(), op: Op::Has, value: "CN/GD".into() }));
//! assert!(parse("colour = red", &FIELDS).is_err());
//! # Ok::<(), tributary_core::Fault>(())
//! ```

mod parser;
mod token;

use std::fmt;

use tributary_core::{Date, Fault, Scope, exact::parse_decimal, fault::common};

use crate::policy;

/// Longest filter, in bytes.
pub const MAX_BYTES: usize = 2048;
/// Deepest nesting of parentheses and NOT.
pub const MAX_DEPTH: usize = 8;

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Op {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `:` — has: a fragment, a prefix or a member, as the field says.
    Has,
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Has => ":",
        })
    }
}

/// What the values of a field are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// One of these names.
    Enum(&'static [&'static str]),
    /// A decimal number.
    Number,
    /// A day such as 2012-07-31.
    Date,
    /// `true` or `false`.
    Bool,
}

impl Kind {
    /// Says what is wrong with a value.
    fn check(&self, value: &str) -> Result<(), String> {
        match self {
            Self::Text => Ok(()),
            Self::Enum(names) if names.contains(&value) => Ok(()),
            Self::Enum(names) => Err(format!("{value:?} is not one of {}", names.join(", "))),
            Self::Number => parse_decimal(value, 28).map(drop),
            Self::Date => Date::parse(value).map(drop),
            Self::Bool if matches!(value, "true" | "false") => Ok(()),
            Self::Bool => Err(format!("{value:?} is neither true nor false")),
        }
    }
}

/// One field that a filter may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Name; `labels.*` stands for `labels.KEY` with any key.
    pub name: &'static str,
    /// What its values are.
    pub kind: Kind,
    /// The comparisons it knows.
    pub ops: &'static [Op],
}

/// The fields that a filter may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fields(pub &'static [Field]);

impl Fields {
    fn find(&self, name: &str) -> Option<&Field> {
        self.0.iter().find(|field| match field.name.strip_suffix('*') {
            Some(prefix) => name.strip_prefix(prefix).is_some_and(|key| !key.is_empty()),
            None => field.name == name,
        })
    }

    fn names(&self) -> String {
        let shown = |field: &Field| field.name.replace('*', "KEY");
        self.0.iter().map(shown).collect::<Vec<_>>().join(", ")
    }
}

/// A filter, read and checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expr {
    /// All hold; at least two.
    And(Vec<Self>),
    /// One holds; at least two.
    Or(Vec<Self>),
    /// It does not hold.
    Not(Box<Self>),
    /// A comparison.
    Compare {
        /// The field as declared, or `labels.KEY`.
        field: String,
        /// The comparison.
        op: Op,
        /// The value, checked against the field's kind.
        value: String,
    },
}

/// Reads a filter; `None` for an empty one.
///
/// # Errors
/// `FILTER_INVALID` with the position and, for an unknown field, the list of fields.
pub fn parse(text: &str, fields: &Fields) -> Result<Option<Expr>, Fault> {
    if text.len() > MAX_BYTES {
        let message = format!("the filter has {} bytes; at most {MAX_BYTES} are read", text.len());
        return Err(Fault::new(common::FILTER_INVALID, message));
    }
    let read = token::split(text).and_then(|tokens| parser::parse(&tokens, text.chars().count(), fields));
    read.map_err(|wrong| {
        Fault::new(common::FILTER_INVALID, format!("the filter is wrong at position {}: {}", wrong.at, wrong.text))
            .with("position", wrong.at.to_string())
    })
}

/// Reads a filter over rows of a message of the contract for somebody who sees so much of them; `None` for an empty one. What the
/// message keeps for the house is no field for a partner's own user: which rows are found would tell what it says.
///
/// # Errors
/// As [`parse`].
pub fn parse_for(scope: &Scope, row: &str, text: &str, fields: &Fields) -> Result<Option<Expr>, Fault> {
    let read = parse(text, fields)?;
    let hidden = read.as_ref().filter(|_| scope.is_own()).and_then(|expr| house_only(row, expr));
    match hidden {
        None => Ok(read),
        Some(field) => {
            let why = format!("{field} is for the house alone and no field of this filter for a partner's own user");
            Err(Fault::new(common::FILTER_INVALID, why).with("field", field))
        }
    }
}

/// The first field that is for the house alone.
fn house_only<'a>(row: &str, expr: &'a Expr) -> Option<&'a str> {
    match expr {
        Expr::And(parts) | Expr::Or(parts) => parts.iter().find_map(|part| house_only(row, part)),
        Expr::Not(inner) => house_only(row, inner),
        Expr::Compare { field, .. } => {
            let name = field.split('.').next().unwrap_or(field);
            // One of a list is compared by its singular.
            let hidden =
                [name.to_owned(), format!("{name}s")].iter().any(|n| policy::is_house_only(&format!("{row}.{n}")));
            hidden.then_some(field)
        }
    }
}

/// Something that does not fit.
#[derive(Debug)]
struct Wrong {
    /// Position in characters, from 1.
    at: usize,
    text: String,
}

#[cfg(test)]
mod tests;
