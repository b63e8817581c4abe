//! What a target is to reach.

use serde::{Deserialize, Serialize};
use tributary_core::{Decimal, Violations};

use super::Scope;
use crate::text;

/// Longest title and owner, in characters.
const TITLE: usize = 200;
const OWNER: usize = 100;
/// Decimals of what is no money.
const DECIMALS: u32 = 6;

/// What is to be reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aim {
    /// Title.
    pub title: String,
    /// How much.
    pub goal: Goal,
    /// Part of the target that the forecast may miss before it is off track, 0 to 1.
    pub tolerance: Decimal,
    /// Whether less is better.
    pub lower_is_better: bool,
    /// Who answers for it.
    pub owner: String,
}

/// How much is to be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Goal {
    /// This value, above 0: major units for money.
    Value(Decimal),
    /// This much more than the year before, above −1: 0.2 for + 20 %.
    Growth(Decimal),
}

/// An aim as a caller states it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AimDraft {
    /// Title.
    pub title: String,
    /// The value to reach.
    pub value: Option<Decimal>,
    /// Or the growth.
    pub growth: Option<Decimal>,
    /// Tolerance; `None`: 0.05.
    pub tolerance: Option<Decimal>,
    /// Whether less is better.
    pub lower_is_better: bool,
    /// Who answers for it.
    pub owner: String,
}

impl From<Aim> for AimDraft {
    fn from(aim: Aim) -> Self {
        let Aim { title, goal, tolerance, lower_is_better, owner } = aim;
        let (value, growth) = match goal {
            Goal::Value(value) => (Some(value), None),
            Goal::Growth(growth) => (None, Some(growth)),
        };
        Self { title, value, growth, tolerance: Some(tolerance), lower_is_better, owner }
    }
}

impl AimDraft {
    /// Checks it for a scope; `None` when the scope is wrong itself, so that only the rest is checked.
    ///
    /// # Errors
    /// Every violation at once, by the fields of the target.
    pub fn check(self, scope: Option<&Scope>) -> Result<Aim, Violations> {
        let mut v = Violations::new();
        text::check(&mut v, "title", &self.title, 0..=TITLE);
        text::check(&mut v, "owner", &self.owner, 0..=OWNER);
        let tolerance = self.tolerance.unwrap_or_else(|| Decimal::new(5, 2));
        if tolerance < Decimal::ZERO || tolerance > Decimal::ONE {
            v.add("tolerance", format!("{tolerance} is outside 0 to 1; 0.05 is five per cent of the target"));
        }
        check_decimals(&mut v, "tolerance", tolerance, DECIMALS, "");
        match goal(&mut v, self.value, self.growth, scope) {
            Some(goal) if v.is_empty() => {
                let Self { title, lower_is_better, owner, .. } = self;
                Ok(Aim { title, goal, tolerance, lower_is_better, owner })
            }
            _ => Err(v),
        }
    }
}

fn goal(v: &mut Violations, value: Option<Decimal>, growth: Option<Decimal>, scope: Option<&Scope>) -> Option<Goal> {
    match (value, growth) {
        (Some(value), None) => {
            if value <= Decimal::ZERO {
                v.add("value", format!("{value} is not above 0; state what is to be reached"));
            }
            let currency = scope.and_then(Scope::money);
            let (decimals, why) = match currency {
                Some(currency) => (currency.exponent(), format!(" {currency} has")),
                None => (DECIMALS, String::new()),
            };
            check_decimals(v, "value", value, decimals, &why);
            Some(Goal::Value(value))
        }
        (None, Some(growth)) => {
            if growth <= Decimal::NEGATIVE_ONE {
                v.add(
                    "growth",
                    format!("{growth} leaves nothing to reach; use a number above -1, such as 0.2 for + 20 %"),
                );
            }
            check_decimals(v, "growth", growth, DECIMALS, "");
            Some(Goal::Growth(growth))
        }
        (Some(_), Some(_)) => {
            v.add("growth", "is set together with value; state one of the two");
            None
        }
        (None, None) => {
            v.add("value", "is not set and neither is growth; state one of the two");
            None
        }
    }
}

fn check_decimals(v: &mut Violations, field: &str, number: Decimal, most: u32, of: &str) {
    if number.normalize().scale() > most {
        v.add(field, format!("{number} has more than the {most} decimals{of}; nothing is rounded silently"));
    }
}
