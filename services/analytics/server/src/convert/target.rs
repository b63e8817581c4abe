//! Requests about targets as the domain knows them.

use analytics_domain::target::{AimDraft, ScopeDraft};
use tributary_core::{Date, Decimal, Exact, Fault, Period, Violations};
use tributary_proto::{
    google::r#type::{Date as DateParts, Decimal as DecimalText},
    tributary::analytics::v1 as pb,
};
use tributary_rpc::convert::{date, decimal};

use super::metric::basis;
use crate::app::{
    metrics::filter,
    targets::{AsOf, Drafts},
};

/// Decimals that are read; the domain says how many are allowed.
const ALL_DECIMALS: u32 = 28;
/// Decimals of a confidence.
const CONFIDENCE_SCALE: u32 = 6;

/// Reads a target as it is stated.
pub fn drafts(target: pb::Target) -> Drafts {
    let mut v = Violations::new();
    let aim = aim(&target, &mut v);
    let condition = v.check("filter", filter::condition(&target.filter).map_err(|fault| fault.message().to_owned()));
    let scope = ScopeDraft {
        basis: basis(target.basis),
        metric: target.metric,
        filter: target.filter,
        condition: condition.flatten(),
        period: target.period,
        currency_code: target.currency_code,
    };
    Drafts { scope, aim, unreadable: v }
}

/// Reads what a target is to reach.
pub fn aim(target: &pb::Target, v: &mut Violations) -> AimDraft {
    let mut number = |field: &str, stated: Option<&DecimalText>| -> Option<Decimal> {
        stated.and_then(|text| v.check(field, decimal(text, ALL_DECIMALS)))
    };
    AimDraft {
        value: number("value", target.value.as_ref()),
        growth: number("growth", target.growth.as_ref()),
        tolerance: number("tolerance", target.tolerance.as_ref()),
        title: target.title.clone(),
        lower_is_better: target.lower_is_better,
        owner: target.owner.clone(),
    }
}

/// Reads as of when to measure.
///
/// # Errors
/// `INVALID_REQUEST` with every violation.
pub fn as_of(day: Option<&DateParts>, confidence: Option<&DecimalText>) -> Result<AsOf, Fault> {
    let mut v = Violations::new();
    let day: Option<Date> = day.and_then(|parts| v.check("as_of", date(parts)));
    let confidence = match confidence.map(|text| decimal(text, CONFIDENCE_SCALE)) {
        None => AsOf::usual_confidence(),
        Some(Ok(stated)) if stated > Decimal::ZERO && stated < Decimal::ONE => Exact::from(stated),
        Some(Ok(stated)) => {
            v.add("confidence", format!("{stated} is not between 0 and 1; 0.8 is usual"));
            Exact::zero()
        }
        Some(Err(wrong)) => {
            v.add("confidence", wrong);
            Exact::zero()
        }
    };
    v.into_result().map(|()| AsOf { day, confidence })
}

/// Reads the period of a list; `None` for all.
///
/// # Errors
/// `INVALID_REQUEST`.
pub fn period(text: &str) -> Result<Option<Period>, Fault> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|e: String| Fault::invalid_field("period", e))
}
