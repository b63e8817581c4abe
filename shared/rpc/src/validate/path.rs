//! The path of a field, put together only when there is something to say about it.

use std::fmt;

/// A path such as `partner.external_refs[0].id` or `partner.labels["segment"]`.
pub(super) enum Path<'a> {
    Root,
    Field(&'a Self, &'a str),
    Index(&'a Self, usize),
    Key(&'a Self, String),
}

impl Path<'_> {
    pub fn field<'a>(&'a self, name: &'a str) -> Path<'a> {
        Path::Field(self, name)
    }

    pub fn index(&self, at: usize) -> Path<'_> {
        Path::Index(self, at)
    }

    pub fn key(&self, shown: String) -> Path<'_> {
        Path::Key(self, shown)
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Field(Self::Root, name) => f.write_str(name),
            Self::Field(parent, name) => write!(f, "{parent}.{name}"),
            Self::Index(parent, at) => write!(f, "{parent}[{at}]"),
            Self::Key(parent, shown) => write!(f, "{parent}[{shown}]"),
        }
    }
}
