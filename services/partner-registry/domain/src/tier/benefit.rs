//! What a tier gives a partner on a day, prices agreed within it, and use of its allowances.

use serde::{Deserialize, Serialize};
use tributary_core::{Date, Decimal, Fault, MinorAmount, ResourceId, Timestamp};

use super::programme::{Benefit, Grant, Programme};
use crate::{
    faults::{BENEFIT_NOT_ENTITLED, BENEFIT_NOT_FOUND, BENEFIT_QUOTA_EXCEEDED},
    partner::resource_name,
};

/// A price factor agreed with a partner, from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceAgreement {
    /// The partner.
    pub partner: ResourceId,
    /// Counts the agreements of the partner, from 1, in the order of recording.
    pub ordinal: i64,
    /// The benefit.
    pub benefit: String,
    /// The part of the list price.
    pub factor: Decimal,
    /// First day.
    pub effective_from: Date,
    /// Why.
    pub reason: String,
    /// Who recorded it.
    pub actor: String,
    /// When it was recorded.
    pub record_time: Timestamp,
}

/// A use of a yearly allowance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// The partner.
    pub partner: ResourceId,
    /// The benefit.
    pub benefit: String,
    /// The calendar year.
    pub year: i32,
    /// Counts the uses of the allowance in the year, from 1.
    pub number: i64,
    /// How much; negative: given back.
    pub amount: MinorAmount,
    /// What was used in the year, this use included.
    pub used: MinorAmount,
    /// What was left after it.
    pub remaining: MinorAmount,
    /// The day.
    pub day: Date,
    /// For what.
    pub reason: String,
    /// Who recorded it.
    pub actor: String,
    /// When it was recorded.
    pub record_time: Timestamp,
}

/// What a partner is entitled to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entitlement {
    /// The partner.
    pub partner: ResourceId,
    /// The benefit's id.
    pub benefit: String,
    /// The day.
    pub day: Date,
    /// The tier in force; empty: none.
    pub tier: String,
    /// The version of the programme.
    pub version: i64,
    /// As the tier gives it; `None`: it does not.
    pub terms: Option<Benefit>,
    /// The price factor that counts.
    pub price_factor: Option<Decimal>,
    /// What was used of an allowance in the calendar year, and what is left.
    pub quota: Option<(MinorAmount, MinorAmount)>,
}

/// Where a partner stands when something about its benefits is asked.
#[derive(Debug, Clone)]
pub struct Place<'a> {
    /// The programme in force on the day.
    pub programme: &'a Programme,
    /// Its version.
    pub version: i64,
    /// The partner.
    pub partner: &'a ResourceId,
    /// The tier in force on the day; empty: none.
    pub tier: &'a str,
    /// The day.
    pub day: Date,
}

impl Place<'_> {
    /// How much the tier gives of a benefit; `None`: nothing.
    #[must_use]
    pub fn grant(&self, benefit: &str) -> Option<&Grant> {
        self.terms(benefit).map(|terms| &terms.grant)
    }

    /// What the partner is entitled to. `agreements` are all of the partner, `used` is what was used of an allowance of the
    /// benefit in its currency in the calendar year of the day.
    ///
    /// # Errors
    /// `BENEFIT_NOT_FOUND` when no tier gives the benefit.
    pub fn entitlement(&self, benefit: &str, agreements: &[PriceAgreement], used: i64) -> Result<Entitlement, Fault> {
        self.known(benefit)?;
        let terms = self.terms(benefit).cloned();
        let (price_factor, quota) = match self.grant(benefit) {
            Some(Grant::PriceFactor { min, max }) => {
                let agreed = agreements.iter().filter(|a| a.benefit == benefit && a.effective_from <= self.day);
                let agreed = agreed.max_by_key(|a| a.ordinal).map(|a| a.factor);
                // What was agreed in another tier's range does not count in this one.
                let agreed = agreed.filter(|factor| min <= factor && factor <= max);
                (agreed.or_else(|| Some(*min).filter(|min| min == max)), None)
            }
            Some(Grant::YearlyAllowance(allowance)) => {
                let of = |value| MinorAmount { value, ..*allowance };
                (None, Some((of(used), of(allowance.value.saturating_sub(used).max(0)))))
            }
            _ => (None, None),
        };
        Ok(Entitlement {
            partner: self.partner.clone(),
            benefit: benefit.to_owned(),
            day: self.day,
            tier: self.tier.to_owned(),
            version: self.version,
            terms,
            price_factor,
            quota,
        })
    }

    /// Checks a price factor that was agreed.
    ///
    /// # Errors
    /// `BENEFIT_NOT_FOUND`, `BENEFIT_NOT_ENTITLED`; `INVALID_REQUEST` out of the tier's range, and where the benefit is none.
    pub fn check_factor(&self, benefit: &str, factor: Decimal) -> Result<(), Fault> {
        let terms = self.entitled(benefit)?;
        let Grant::PriceFactor { min, max } = &terms.grant else {
            return Err(other_sort(benefit, &terms.grant, "a price factor"));
        };
        if factor < *min || factor > *max {
            let message = format!("{factor} is not between {min} and {max}, the range of {}", self.tier);
            return Err(Fault::invalid_field("price_factor", message));
        }
        Ok(())
    }

    /// What is used of an allowance and what is left after using `amount` more; `used` is what was used of it in its currency
    /// in the calendar year before.
    ///
    /// # Errors
    /// `BENEFIT_NOT_FOUND`, `BENEFIT_NOT_ENTITLED`, `BENEFIT_QUOTA_EXCEEDED`; `INVALID_REQUEST` for 0, for another currency,
    /// for giving back more than was used, and where the benefit is no allowance.
    pub fn consume(&self, benefit: &str, amount: MinorAmount, used: i64) -> Result<(MinorAmount, MinorAmount), Fault> {
        let terms = self.entitled(benefit)?;
        let Grant::YearlyAllowance(allowance) = &terms.grant else {
            return Err(other_sort(benefit, &terms.grant, "a yearly allowance"));
        };
        let of = |value| MinorAmount { value, ..*allowance };
        if amount.currency != allowance.currency {
            let message = format!("{amount} is not in {}, the currency of the allowance", allowance.currency);
            return Err(Fault::invalid_field("amount", message));
        }
        if amount.value == 0 {
            return Err(Fault::invalid_field("amount", "is 0; give what was used, or negative what was given back"));
        }
        let after = used.saturating_add(amount.value);
        if after < 0 {
            let message = format!("{amount} gives back more than the {} that were used", of(used));
            return Err(Fault::invalid_field("amount", message));
        }
        let left = of(allowance.value.saturating_sub(used).max(0));
        if amount.value > left.value {
            let (name, (year, ..)) = (resource_name(self.partner), self.day.ymd());
            let message = format!("{amount} is more than the {left} that {name} has left of {benefit} in {year}");
            let fault = Fault::new(BENEFIT_QUOTA_EXCEEDED, message).with("partner", name).with("benefit", benefit);
            return Err(fault.with("remaining", left.to_string()).with("year", year.to_string()));
        }
        Ok((of(after), of(allowance.value.saturating_sub(after).max(0))))
    }

    fn terms(&self, benefit: &str) -> Option<&Benefit> {
        self.programme.benefits(self.tier).into_iter().find(|b| b.id == benefit)
    }

    fn known(&self, benefit: &str) -> Result<(), Fault> {
        if self.programme.knows_benefit(benefit) {
            return Ok(());
        }
        let message =
            format!("no tier of version {} of the programme gives {benefit:?}; correct the name", self.version);
        Err(Fault::new(BENEFIT_NOT_FOUND, message).with("benefit", benefit))
    }

    fn entitled(&self, benefit: &str) -> Result<&Benefit, Fault> {
        self.known(benefit)?;
        self.terms(benefit).ok_or_else(|| {
            let name = resource_name(self.partner);
            let tier = if self.tier.is_empty() { "no tier" } else { self.tier };
            let message = format!("{name} has {tier} on {}, which does not give {benefit}", self.day);
            Fault::new(BENEFIT_NOT_ENTITLED, message)
                .with("partner", name)
                .with("benefit", benefit)
                .with("tier", self.tier)
        })
    }
}

fn other_sort(benefit: &str, grant: &Grant, wanted: &str) -> Fault {
    Fault::invalid_field("benefit", format!("{benefit:?} is {}, not {wanted}", grant.sort()))
}
