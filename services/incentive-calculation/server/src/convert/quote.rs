//! The messages of quotes.

use incentive_calculation_domain::{
    fact::QUANTITY_SCALE,
    price::{Condition, Line, MOST_QUANTITY, Miss, NextStep, NotApplied, Part},
};
use tributary_core::{Currency, Decimal, Fault, Violations};
use tributary_proto::{
    google::r#type::{Date as DateMessage, Decimal as DecimalMessage},
    tributary::incentive::v1 as pb,
};
use tributary_rpc::convert::{date, date_to_proto, decimal, decimal_to_proto, minor_to_proto, money_to_proto};

use super::{plan_description::language, run::exact};
use crate::app::prices::{Asked, Priced, Wanted};

/// Reads what is asked for all items.
pub fn asked(
    partner: &str,
    day: Option<&DateMessage>,
    currency: &str,
    language_of: pb::Language,
    v: &mut Violations,
) -> Asked {
    let currency = Some(currency).filter(|code| !code.is_empty());
    Asked {
        partner: partner.trim_start_matches("partners/").to_owned(),
        date: day.and_then(|day| v.check("date", date(day))),
        currency: currency.and_then(|code| v.check("currency_code", Currency::parse(code))),
        language: language(language_of),
    }
}

/// Reads an item that is asked for.
///
/// # Errors
/// `INVALID_REQUEST` with every violation.
pub fn wanted(sku: &str, quantity: Option<&DecimalMessage>, mut v: Violations) -> Result<Wanted, Fault> {
    let read = quantity.ok_or_else(|| "is missing; say how many units".to_owned());
    let known = v.as_slice().iter().any(|violation| violation.field == "quantity");
    let read = read.and_then(|quantity| decimal(quantity, QUANTITY_SCALE)).and_then(in_bounds);
    let quantity = if known { read.ok() } else { v.check("quantity", read) };
    v.into_result()?;
    Ok(Wanted { sku: sku.to_owned(), quantity: quantity.unwrap_or(Decimal::ONE) })
}

fn in_bounds(quantity: Decimal) -> Result<Decimal, String> {
    if quantity > Decimal::ZERO && quantity <= Decimal::from(MOST_QUANTITY) {
        return Ok(quantity);
    }
    Err(format!("{quantity} is not above 0 and at most {MOST_QUANTITY}"))
}

/// Writes a quote.
#[must_use]
pub fn quote_to_proto(priced: &Priced) -> pb::PriceQuote {
    let Priced { partner, date, quantity, list, item, assigned_by, quote } = priced;
    pb::PriceQuote {
        partner: partner.clone(),
        sku: item.sku.clone(),
        quantity: Some(decimal_to_proto(*quantity)),
        unit: item.unit.clone(),
        date: Some(date_to_proto(*date)),
        price_list: list.name(),
        list_price: Some(money_to_proto(list.amount(item.list_price))),
        lines: quote.lines.iter().map(line).collect(),
        unit_price: Some(exact(&quote.unit)),
        parts: quote.parts.iter().map(part).collect(),
        list_total: Some(exact(&quote.list_total)),
        exact_total: Some(exact(&quote.exact)),
        total: Some(minor_to_proto(quote.total)),
        not_applied: quote.not_applied.iter().map(not_applied).collect(),
        next_step: quote.next.as_ref().map(next_step),
        digest: quote.digest.clone(),
        assigned_by: assigned_by.target.to_string(),
    }
}

fn line(line: &Line) -> pb::PriceLine {
    let condition = match line.condition {
        Condition::ListPrice => pb::PriceCondition::ListPrice,
        Condition::TierFactor => pb::PriceCondition::TierFactor,
        Condition::VolumeStep => pb::PriceCondition::VolumeStep,
        Condition::Promotion => pb::PriceCondition::Promotion,
        Condition::Floor => pb::PriceCondition::Floor,
        Condition::Rounding => pb::PriceCondition::Rounding,
    };
    pb::PriceLine {
        condition: condition.into(),
        source: line.source.clone(),
        source_version: line.source_version.clone(),
        quantity: Some(decimal_to_proto(line.quantity)),
        base: Some(exact(&line.base)),
        rate: line.rate.map(decimal_to_proto),
        amount: line.amount.map(money_to_proto),
        change: Some(exact(&line.change)),
        result: Some(exact(&(line.base.clone() + line.change.clone()))),
        total: Some(exact(&line.total)),
        text: line.text.clone(),
    }
}

fn part(part: &Part) -> pb::PricePart {
    pb::PricePart { quantity: Some(decimal_to_proto(part.quantity)), unit_price: Some(exact(&part.unit)) }
}

fn not_applied(missed: &NotApplied) -> pb::PromotionNotApplied {
    let miss = match missed.miss {
        Miss::NotStarted => pb::PromotionMiss::NotStarted,
        Miss::Ended => pb::PromotionMiss::Ended,
        Miss::OtherPartners => pb::PromotionMiss::OtherPartners,
        Miss::Quantity => pb::PromotionMiss::Quantity,
        Miss::Currency => pb::PromotionMiss::Currency,
        Miss::Excluded => pb::PromotionMiss::Excluded,
        Miss::NoEffect => pb::PromotionMiss::NoEffect,
    };
    pb::PromotionNotApplied {
        promotion: missed.promotion.clone(),
        display_name: missed.display_name.clone(),
        miss: miss.into(),
        text: missed.text.clone(),
    }
}

fn next_step(next: &NextStep) -> pb::NextPriceStep {
    pb::NextPriceStep {
        quantity: Some(decimal_to_proto(next.quantity)),
        more: Some(decimal_to_proto(next.more)),
        unit_price: Some(exact(&next.unit)),
        beyond_only: next.beyond_only,
        text: next.text.clone(),
    }
}
