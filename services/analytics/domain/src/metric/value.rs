//! Values of metrics: whole sums and counts, or the exact parts of a ratio.

use tributary_core::{Currency, Exact};

use super::{definitions::Unit, measure::Scale};

/// The value of a metric in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A sum or count: an integer of `10^-digits`.
    Sum {
        /// What it is.
        unit: Unit,
        /// The integer.
        value: i128,
        /// Its decimals.
        digits: u32,
    },
    /// A ratio or average.
    Ratio {
        /// What it is.
        unit: Unit,
        /// What is divided.
        numerator: Exact,
        /// What it is divided by; the ratio does not exist when it is 0.
        denominator: Exact,
    },
}

impl Value {
    /// The value itself, exactly; `None` for a ratio to nothing.
    #[must_use]
    pub fn exact(&self) -> Option<Exact> {
        match self {
            Self::Sum { value, digits, .. } => Some(Exact::from_scaled(*value, *digits)),
            Self::Ratio { numerator, denominator, .. } => numerator.checked_div(denominator),
        }
    }

    /// Numerator and denominator.
    #[must_use]
    pub fn parts(&self) -> Parts {
        match self {
            Self::Sum { value, digits, .. } => {
                Parts { numerator: Exact::from_scaled(*value, *digits), denominator: Exact::from(1) }
            }
            Self::Ratio { numerator, denominator, .. } => {
                Parts { numerator: numerator.clone(), denominator: denominator.clone() }
            }
        }
    }
}

/// The exact parts of a value; those of a sum have the denominator 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// What is divided.
    pub numerator: Exact,
    /// What it is divided by.
    pub denominator: Exact,
}

impl Parts {
    /// A sum over nothing.
    #[must_use]
    pub fn zero() -> Self {
        Self { numerator: Exact::zero(), denominator: Exact::from(1) }
    }

    /// Numerator ÷ denominator; `None` for a ratio to nothing.
    #[must_use]
    pub fn value(&self) -> Option<Exact> {
        self.numerator.checked_div(&self.denominator)
    }
}

/// An integer of a measure, exactly.
pub(super) fn exact(value: i128, scale: Scale, currency: Option<Currency>) -> Exact {
    Exact::from_scaled(value, scale.digits(currency))
}
