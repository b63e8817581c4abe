//! Conditions on facts.

use super::dimension::{Dimension, lies_within};

/// What a fact must be like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// All hold; without parts: always.
    All(Vec<Self>),
    /// One holds.
    Any(Vec<Self>),
    /// It does not hold.
    Not(Box<Self>),
    /// A dimension has this text.
    Is(Dimension, String),
    /// The region is this one or lies within it, by whole parts.
    Within(String),
}

impl Condition {
    /// Whether it holds for something whose dimensions have these texts.
    pub fn holds<'a>(&self, text: &impl Fn(Dimension) -> &'a str) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(text)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(text)),
            Self::Not(inner) => !inner.holds(text),
            Self::Is(dimension, value) => text(*dimension) == value,
            Self::Within(region) => lies_within(text(Dimension::Region), region),
        }
    }

    /// Calls `each` with every dimension it looks at.
    pub fn each_dimension(&self, each: &mut impl FnMut(Dimension)) {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.each_dimension(each)),
            Self::Not(inner) => inner.each_dimension(each),
            Self::Is(dimension, _) => each(*dimension),
            Self::Within(_) => each(Dimension::Region),
        }
    }

    /// The conditions that all must hold.
    pub(super) fn into_conjuncts(self) -> Vec<Self> {
        match self {
            Self::All(parts) => parts.into_iter().flat_map(Self::into_conjuncts).collect(),
            other => vec![other],
        }
    }

    /// Whether it looks at nothing but channels, and whether it looks at channels at all.
    pub(super) fn on_channels(&self) -> (bool, bool) {
        let (mut only, mut any) = (true, false);
        self.each_dimension(&mut |dimension| {
            only &= dimension.is_channel();
            any |= dimension.is_channel();
        });
        (only && any, any)
    }
}
