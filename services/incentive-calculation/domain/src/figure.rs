//! Figures: numbers about partners that are no sums of facts, such as quotas, KPI values and prior-year bases.

use tributary_core::{Currency, Date, Days, Decimal, Period, ResourceId, Violations, exact::parse_decimal};

use crate::revised::{Revised, SourceKey, days_of};

/// Decimals of a figure.
const DECIMALS: u32 = 15;

/// A figure as a caller states it.
#[derive(Debug, Clone, Default)]
pub struct FigureDraft {
    /// By what it is known again.
    pub key: SourceKey,
    /// What the number is.
    pub figure: String,
    /// First day it stands for.
    pub from: Option<Date>,
    /// First day it no longer stands for.
    pub to: Option<Date>,
    /// The period it stands for, instead of days; empty: none.
    pub period: String,
    /// The number.
    pub value: Option<String>,
    /// Its currency; empty: none.
    pub currency: String,
    /// Whether it holds no longer.
    pub withdrawn: bool,
}

/// A figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// By what it is known again.
    pub key: SourceKey,
    /// Whose it is, last part of the partner's name; empty until the partner is found.
    pub partner_id: String,
    /// What the number is.
    pub figure: String,
    /// The days it stands for.
    pub days: Days,
    /// The period as it was stated; empty: days were.
    pub period: String,
    /// The number.
    pub value: Decimal,
    /// Its currency, if it has one.
    pub currency: Option<Currency>,
    /// Whether it holds no longer.
    pub withdrawn: bool,
}

/// Checks a draft. `period` is what its period means, for one that states a period.
///
/// # Errors
/// Every violation, under the field names of the API.
pub fn check(draft: FigureDraft, period: Option<Result<Period, String>>) -> Result<Figure, Violations> {
    let mut v = Violations::new();
    draft.key.check(&mut v);
    if let Err(why) = ResourceId::parse(&draft.figure) {
        v.add("figure", why);
    }
    let days = days_of((draft.from, draft.to), period, &mut v);
    let value = match &draft.value {
        Some(text) => v.check("value", parse_decimal(if text.is_empty() { "0" } else { text }, DECIMALS)),
        None => {
            v.add("value", "is missing; state the number, 0 if it is none");
            None
        }
    };
    let currency = if draft.currency.is_empty() { None } else { v.check("currency", Currency::parse(&draft.currency)) };
    match (days, value) {
        (Some(days), Some(value)) if v.is_empty() => Ok(Figure {
            key: draft.key,
            partner_id: String::new(),
            figure: draft.figure,
            days,
            period: draft.period,
            value,
            currency,
            withdrawn: draft.withdrawn,
        }),
        _ => Err(v),
    }
}

impl Revised for Figure {
    type Key = SourceKey;

    fn key(&self) -> SourceKey {
        self.key.clone()
    }

    fn name(&self) -> String {
        format!("figures/{}/{}", self.key.system, self.key.id)
    }

    fn days(&self) -> Days {
        self.days
    }
}
