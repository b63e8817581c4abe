//! Lines that an older system stated (IC-35): caps of the year, cumulative rules, draws and carried amounts go on from
//! them as from lines of our own.

use tributary_core::{Currency, Days, Decimal, MinorAmount, Period, ResourceId, Violations, exact::parse_decimal};

use crate::{
    fact::MoneyParts,
    revised::{Revised, SourceKey},
};

/// Decimals of what a line hands on.
const DECIMALS: u32 = 15;

/// A line as a caller states it.
#[derive(Debug, Clone, Default)]
pub struct OpeningDraft {
    /// By what it is known again.
    pub key: SourceKey,
    /// The programme, resource name.
    pub programme: String,
    /// The slot.
    pub slot: String,
    /// Id of the rule.
    pub rule: String,
    /// The part of the rule; empty: the line itself.
    pub part: String,
    /// The period it was stated for.
    pub period: String,
    /// The amount.
    pub amount: Option<MoneyParts>,
    /// What it hands on to the next period.
    pub carried: Option<String>,
    /// Whether it holds no longer.
    pub withdrawn: bool,
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpeningLine {
    /// By what it is known again.
    pub key: SourceKey,
    /// The programme, last part of its name.
    pub programme: String,
    /// The slot.
    pub slot: String,
    /// Id of the rule.
    pub rule: String,
    /// The part of the rule; empty: the line itself.
    pub part: String,
    /// To whom it was stated, last part of the partner's name; empty until the partner is found.
    pub partner_id: String,
    /// The period as it was stated.
    pub period: String,
    /// The days of the period.
    pub days: Days,
    /// The amount.
    pub amount: MinorAmount,
    /// What it hands on to the next period.
    pub carried: Decimal,
    /// Whether it holds no longer.
    pub withdrawn: bool,
}

/// Checks a draft. `period` is what its period means.
///
/// # Errors
/// Every violation, under the field names of the API.
pub fn check(draft: OpeningDraft, period: Result<Period, String>) -> Result<OpeningLine, Violations> {
    let mut v = Violations::new();
    draft.key.check(&mut v);
    let programme = v.check("programme", ResourceId::from_name("programmes", &draft.programme));
    v.check("slot", ResourceId::parse(&draft.slot));
    v.check("rule", ResourceId::parse(&draft.rule));
    if !draft.part.is_empty() {
        v.check("part", ResourceId::parse(&draft.part));
    }
    let days = v.check("period", period).map(|p| (p.from(), p.to()));
    let amount = match &draft.amount {
        Some(parts) => v.check("amount", amount(parts)),
        None => {
            v.add("amount", "is missing; state what was stated, 0 if it was nothing");
            None
        }
    };
    let carried = match draft.carried.as_deref().filter(|text| !text.is_empty()) {
        Some(text) => v.check("carried", parse_decimal(text, DECIMALS)),
        None => Some(Decimal::ZERO),
    };
    match (programme, days, amount, carried) {
        (Some(programme), Some(days), Some(amount), Some(carried)) if v.is_empty() => Ok(OpeningLine {
            key: draft.key,
            programme: programme.to_string(),
            slot: draft.slot,
            rule: draft.rule,
            part: draft.part,
            partner_id: String::new(),
            period: draft.period,
            days,
            amount,
            carried,
            withdrawn: draft.withdrawn,
        }),
        _ => Err(v),
    }
}

fn amount(parts: &MoneyParts) -> Result<MinorAmount, String> {
    MinorAmount::from_units_nanos(Currency::parse(&parts.currency)?, parts.units, parts.nanos)
}

impl Revised for OpeningLine {
    type Key = SourceKey;

    fn key(&self) -> SourceKey {
        self.key.clone()
    }

    fn name(&self) -> String {
        format!("openingLines/{}/{}", self.key.system, self.key.id)
    }

    fn days(&self) -> Days {
        self.days
    }
}
