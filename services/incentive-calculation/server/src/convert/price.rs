//! The messages of price lists and promotions.

use incentive_calculation_domain::{
    fact::QUANTITY_SCALE,
    price::{
        DIGITS, Effect, Item, Life, PriceList, Promotion, Scale, ScaleMode, Stacking, State, Step, StepEffect,
        Unagreed, check_item,
    },
};
use tributary_core::{Currency, Date, Decimal, FactAmount, Violations};
use tributary_proto::{
    google::r#type::{Date as DateMessage, Decimal as DecimalMessage, Money},
    tributary::incentive::v1::{self as pb, price_step, promotion},
};
use tributary_rpc::convert::{
    date, date_to_proto, decimal, decimal_to_proto, fact_amount, money_to_proto, timestamp_to_proto,
};

use super::plan::{assignment_to_proto, assignments};

/// A day that stands where none could be read; the violation tells that.
const NO_DAY: i64 = 0;

/// Reads a state; unspecified is none.
#[must_use]
pub fn state(value: pb::PriceState) -> Option<State> {
    match value {
        pb::PriceState::Unspecified => None,
        pb::PriceState::Draft => Some(State::Draft),
        pb::PriceState::Approved => Some(State::Approved),
        pb::PriceState::Retired => Some(State::Retired),
    }
}

fn state_to_proto(state: State) -> i32 {
    i32::from(match state {
        State::Draft => pb::PriceState::Draft,
        State::Approved => pb::PriceState::Approved,
        State::Retired => pb::PriceState::Retired,
    })
}

fn day(field: &str, stated: Option<&DateMessage>, v: &mut Violations) -> Date {
    let stated = stated.ok_or_else(|| "is missing; state a day".to_owned());
    v.check(field, stated.and_then(date)).unwrap_or(Date::from_days(NO_DAY))
}

fn optional_day(field: &str, stated: Option<&DateMessage>, v: &mut Violations) -> Option<Date> {
    stated.and_then(|stated| v.check(field, date(stated)))
}

fn number(field: &str, stated: Option<&DecimalMessage>, digits: u32, v: &mut Violations) -> Option<Decimal> {
    let stated = stated.ok_or_else(|| "is missing; state a number".to_owned());
    v.check(field, stated.and_then(|stated| decimal(stated, digits)))
}

/// An amount at the fact scale; in a currency, where that is known.
fn amount(field: &str, stated: Option<&Money>, currency: Option<Currency>, v: &mut Violations) -> Option<FactAmount> {
    let stated = stated.ok_or_else(|| "is missing; state an amount".to_owned());
    let read = v.check(field, stated.and_then(fact_amount))?;
    if let Some(currency) = currency.filter(|currency| *currency != read.currency) {
        v.add(field, format!("is in {}, the list in {currency}", read.currency));
        return None;
    }
    Some(read)
}

/// Adds what the domain refuses in what could be read, so that a caller sees everything at once.
fn with_the_rest(mut found: Violations, rest: Violations) -> Violations {
    let unread: Vec<String> = found.as_slice().iter().map(|violation| violation.field.clone()).collect();
    for violation in rest.into_vec() {
        if !unread.contains(&violation.field) {
            found.add(violation.field, violation.description);
        }
    }
    found
}

/// Reads a version of a list.
///
/// # Errors
/// Everything that is wrong with it.
pub fn price_list(id: &str, stated: &pb::PriceListVersion, life: Life) -> Result<PriceList, Violations> {
    let mut v = Violations::new();
    let currency = v.check("currency_code", Currency::parse(&stated.currency_code));
    let unagreed = match (stated.unagreed_factor(), stated.price_benefit.is_empty()) {
        (pb::UnagreedFactor::Refuse, _) | (pb::UnagreedFactor::Unspecified, true) => Unagreed::Refuse,
        (pb::UnagreedFactor::ListPrice, _) => Unagreed::ListPrice,
        (pb::UnagreedFactor::Unspecified, false) => {
            v.add("unagreed_factor", "is not set; say whether a quote is refused or the list price counts");
            Unagreed::Refuse
        }
    };
    let mut scales = Vec::with_capacity(stated.scales.len());
    for (at, stated) in stated.scales.iter().enumerate() {
        let mut own = Violations::new();
        scales.push(scale(stated, currency, &mut own));
        v.nest(&format!("scales[{at}]"), own);
    }
    let from = day("effective_from", stated.effective_from.as_ref(), &mut v);
    let to = optional_day("effective_to", stated.effective_to.as_ref(), &mut v);
    let assignments = assignments(&stated.assignments, &mut v);
    // Where the currency is not known, what is in it is not looked at.
    let Some(currency) = currency else { return Err(v) };
    let list = PriceList {
        id: id.to_owned(),
        version: 0,
        display_name: stated.display_name.clone(),
        currency,
        assignments,
        from,
        to,
        benefit: Some(stated.price_benefit.clone()).filter(|benefit| !benefit.is_empty()),
        unagreed,
        scales,
        items: 0,
        life,
    };
    let found = with_the_rest(v, list.check());
    if found.is_empty() { Ok(list) } else { Err(found) }
}

fn scale(stated: &pb::PriceScale, currency: Option<Currency>, v: &mut Violations) -> Scale {
    let mode = match stated.mode() {
        pb::PriceScaleMode::Marginal => ScaleMode::Marginal,
        // The annotations refuse what is not set.
        pb::PriceScaleMode::Whole | pb::PriceScaleMode::Unspecified => ScaleMode::Whole,
    };
    let mut steps = Vec::with_capacity(stated.steps.len());
    for (at, step) in stated.steps.iter().enumerate() {
        let from = number(&format!("steps[{at}].from"), step.from.as_ref(), QUANTITY_SCALE, v);
        let effect = match &step.effect {
            Some(price_step::Effect::Discount(share)) => {
                number(&format!("steps[{at}].discount"), Some(share), DIGITS, v).map(StepEffect::Discount)
            }
            Some(price_step::Effect::UnitPrice(price)) => {
                let read = amount(&format!("steps[{at}].unit_price"), Some(price), currency, v);
                read.map(|amount| StepEffect::UnitPrice(amount.value))
            }
            None => None,
        };
        steps.extend(from.zip(effect).map(|(from, effect)| Step { from, effect }));
    }
    Scale { skus: stated.skus.clone(), product_lines: stated.product_lines.clone(), mode, steps }
}

/// Reads items of a list in a currency.
///
/// # Errors
/// Everything that is wrong with any of them.
pub fn items(stated: &[pb::PriceItem], currency: Currency) -> Result<Vec<Item>, Violations> {
    let mut v = Violations::new();
    let mut read: Vec<Item> = Vec::with_capacity(stated.len());
    let mut seen = std::collections::BTreeMap::new();
    for (at, item) in stated.iter().enumerate() {
        let mut own = Violations::new();
        let list_price = amount("list_price", item.list_price.as_ref(), Some(currency), &mut own);
        let floor = item.floor_price.as_ref();
        let floor = floor.and_then(|floor| amount("floor_price", Some(floor), Some(currency), &mut own));
        if let Some(first) = seen.insert(item.sku.as_str(), at) {
            own.add("sku", format!("{} is item {first}, too; give each SKU once", item.sku));
        }
        if let Some(price) = list_price {
            let item = Item {
                sku: item.sku.clone(),
                list_price: price.value,
                unit: item.unit.clone(),
                product_line: item.product_line.clone(),
                floor_price: floor.map(|floor| floor.value),
            };
            own = with_the_rest(own, check_item(&item, currency));
            read.push(item);
        }
        v.nest(&format!("items[{at}]"), own);
    }
    if v.is_empty() { Ok(read) } else { Err(v) }
}

/// Reads a promotion.
///
/// # Errors
/// Everything that is wrong with it.
pub fn promotion(id: &str, stated: &pb::Promotion, life: Life) -> Result<Promotion, Violations> {
    let mut v = Violations::new();
    let first_day = day("first_day", stated.first_day.as_ref(), &mut v);
    let end_day = day("end_day", stated.end_day.as_ref(), &mut v);
    let least = stated.min_quantity.as_ref();
    let min_quantity = least.and_then(|least| number("min_quantity", Some(least), QUANTITY_SCALE, &mut v));
    let effect = match &stated.effect {
        Some(promotion::Effect::Discount(share)) => {
            number("discount", Some(share), DIGITS, &mut v).map(Effect::Discount)
        }
        Some(promotion::Effect::AmountOff(off)) => {
            amount("amount_off", Some(off), None, &mut v).map(|off| Effect::AmountOff(off.currency, off.value))
        }
        Some(promotion::Effect::FixedPrice(fixed)) => {
            let read = amount("fixed_price", Some(fixed), None, &mut v);
            read.map(|fixed| Effect::FixedPrice(fixed.currency, fixed.value))
        }
        None => {
            v.add("effect", "is missing; state a discount, an amount_off or a fixed_price");
            None
        }
    };
    let stacking = match stated.stacking() {
        pb::PromotionStacking::Combinable => Some(Stacking::Combinable),
        pb::PromotionStacking::Exclusive => Some(Stacking::Exclusive),
        pb::PromotionStacking::Unspecified => {
            v.add("stacking", "is not set; say whether it goes together with others");
            None
        }
    };
    let promotion = Promotion {
        id: id.to_owned(),
        display_name: stated.display_name.clone(),
        skus: stated.skus.clone(),
        product_lines: stated.product_lines.clone(),
        assignments: assignments(&stated.assignments, &mut v),
        first_day,
        end_day,
        min_quantity,
        effect: effect.unwrap_or(Effect::Discount(Decimal::ONE)),
        stacking: stacking.unwrap_or(Stacking::Exclusive),
        priority: stated.priority,
        life,
    };
    let days_read = !v.as_slice().iter().any(|violation| violation.field.ends_with("_day"));
    let mut rest = Violations::new();
    for violation in promotion.check().into_vec() {
        if days_read || violation.field != "end_day" {
            rest.add(violation.field, violation.description);
        }
    }
    let found = with_the_rest(v, rest);
    if found.is_empty() { Ok(promotion) } else { Err(found) }
}

fn history(life: &Life) -> Vec<pb::PriceChange> {
    let change = |change: &incentive_calculation_domain::price::Change| pb::PriceChange {
        what: change.what.clone(),
        actor: change.actor.clone(),
        reason: change.reason.clone(),
        time: Some(timestamp_to_proto(change.time)),
    };
    life.history.iter().map(change).collect()
}

/// Writes a version of a list.
#[must_use]
pub fn price_list_to_proto(list: &PriceList) -> pb::PriceListVersion {
    let unagreed = match (&list.benefit, list.unagreed) {
        (None, _) => pb::UnagreedFactor::Unspecified,
        (Some(_), Unagreed::Refuse) => pb::UnagreedFactor::Refuse,
        (Some(_), Unagreed::ListPrice) => pb::UnagreedFactor::ListPrice,
    };
    pb::PriceListVersion {
        name: list.name(),
        display_name: list.display_name.clone(),
        currency_code: list.currency.code().to_owned(),
        assignments: list.assignments.iter().map(assignment_to_proto).collect(),
        effective_from: Some(date_to_proto(list.from)),
        effective_to: list.to.map(date_to_proto),
        price_benefit: list.benefit.clone().unwrap_or_default(),
        unagreed_factor: unagreed.into(),
        scales: list.scales.iter().map(|scale| scale_to_proto(list, scale)).collect(),
        state: state_to_proto(list.life.state),
        item_count: i32::try_from(list.items).unwrap_or(i32::MAX),
        retired_from: list.life.retired_from.map(date_to_proto),
        history: history(&list.life),
        etag: list.life.etag(),
    }
}

fn scale_to_proto(list: &PriceList, scale: &Scale) -> pb::PriceScale {
    let mode = match scale.mode {
        ScaleMode::Whole => pb::PriceScaleMode::Whole,
        ScaleMode::Marginal => pb::PriceScaleMode::Marginal,
    };
    let step = |step: &Step| pb::PriceStep {
        from: Some(decimal_to_proto(step.from)),
        effect: Some(match step.effect {
            StepEffect::Discount(share) => price_step::Effect::Discount(decimal_to_proto(share)),
            StepEffect::UnitPrice(price) => price_step::Effect::UnitPrice(money_to_proto(list.amount(price))),
        }),
    };
    pb::PriceScale {
        skus: scale.skus.clone(),
        product_lines: scale.product_lines.clone(),
        mode: mode.into(),
        steps: scale.steps.iter().map(step).collect(),
    }
}

/// Writes an item of a list.
#[must_use]
pub fn item_to_proto(list: &PriceList, item: &Item) -> pb::PriceItem {
    pb::PriceItem {
        sku: item.sku.clone(),
        list_price: Some(money_to_proto(list.amount(item.list_price))),
        unit: item.unit.clone(),
        product_line: item.product_line.clone(),
        floor_price: item.floor_price.map(|floor| money_to_proto(list.amount(floor))),
    }
}

/// Writes a promotion.
#[must_use]
pub fn promotion_to_proto(promotion: &Promotion) -> pb::Promotion {
    let money = |currency, value| money_to_proto(FactAmount { currency, value });
    let stacking = match promotion.stacking {
        Stacking::Combinable => pb::PromotionStacking::Combinable,
        Stacking::Exclusive => pb::PromotionStacking::Exclusive,
    };
    pb::Promotion {
        name: promotion.name(),
        display_name: promotion.display_name.clone(),
        skus: promotion.skus.clone(),
        product_lines: promotion.product_lines.clone(),
        assignments: promotion.assignments.iter().map(assignment_to_proto).collect(),
        first_day: Some(date_to_proto(promotion.first_day)),
        end_day: Some(date_to_proto(promotion.end_day)),
        min_quantity: promotion.min_quantity.map(decimal_to_proto),
        effect: Some(match promotion.effect {
            Effect::Discount(share) => promotion::Effect::Discount(decimal_to_proto(share)),
            Effect::AmountOff(currency, value) => promotion::Effect::AmountOff(money(currency, value)),
            Effect::FixedPrice(currency, value) => promotion::Effect::FixedPrice(money(currency, value)),
        }),
        stacking: stacking.into(),
        priority: promotion.priority,
        state: state_to_proto(promotion.life.state),
        retired_from: promotion.life.retired_from.map(date_to_proto),
        history: history(&promotion.life),
        etag: promotion.life.etag(),
    }
}
