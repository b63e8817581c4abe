//! Quotes in words, in English and Chinese.

use tributary_core::{Currency, Date, Decimal, Exact, FactAmount, MinorAmount, Rounding};

use super::{Effect, Factor, PriceList, Promotion, Step, StepEffect};
use crate::{
    describe::{Language, say},
    explain::grouped,
};

/// Decimals of a price in a sentence.
const SHOWN: u32 = 6;

/// A price: all of its decimals, or six and a sign that there are more.
fn price(language: Language, value: &Exact, currency: Currency) -> String {
    let exact = value.to_decimal_string(SHOWN);
    let text = exact.clone().unwrap_or_else(|| {
        let rounded = value.round_to(SHOWN, Rounding::HalfAwayFromZero).unwrap_or(i64::MAX);
        Exact::from_scaled(i128::from(rounded), SHOWN).display()
    });
    let about = if exact.is_some() { "" } else { "≈ " };
    let number = grouped(&with_cents(&text, currency.exponent()));
    match (language, currency.code()) {
        (Language::Zh, "CNY") => format!("{about}{number} 元"),
        (_, code) => format!("{about}{code} {number}"),
    }
}

/// At least the decimals of the minor unit: "30.6" → "30.60".
fn with_cents(text: &str, digits: u32) -> String {
    let digits = usize::try_from(digits).unwrap_or(0);
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if digits == 0 && fraction.is_empty() {
        return whole.to_owned();
    }
    format!("{whole}.{fraction:0<digits$}")
}

fn amount(language: Language, value: FactAmount) -> String {
    price(language, &value.exact(), value.currency)
}

pub(super) fn listed(l: Language, list: &PriceList, value: FactAmount) -> String {
    let (price, list) = (amount(l, value), &list.display_name);
    say!(l, "list price {price} of {list}", "{list}的目录价 {price}")
}

pub(super) fn factor(l: Language, factor: &Factor, benefit: &str, tier: &str) -> String {
    match factor {
        Factor::Agreed { factor, .. } => {
            let share = l.percent(*factor);
            say!(l, "tier {tier}: {share} of the list price", "等级 {tier}：目录价的 {share}")
        }
        Factor::Unagreed { .. } => say!(
            l,
            "tier {tier} allows a range of {benefit} and none was agreed: the list price counts",
            "等级 {tier} 的 {benefit} 为区间，尚未约定：按目录价"
        ),
        Factor::NotEntitled { .. } if tier.is_empty() => {
            say!(l, "no tier in force, so no {benefit}: the list price counts", "没有有效等级，无 {benefit}：按目录价")
        }
        Factor::NotEntitled { .. } | Factor::None => {
            say!(l, "tier {tier} gives no {benefit}: the list price counts", "等级 {tier} 无 {benefit}：按目录价")
        }
    }
}

pub(super) fn step(l: Language, list: &PriceList, step: &Step, whole: bool, idle: bool) -> String {
    let from = l.number(step.from);
    let what = match step.effect {
        StepEffect::Discount(share) => {
            let share = l.percent(share);
            say!(l, "{share} less", "减 {share}")
        }
        StepEffect::UnitPrice(value) => {
            let price = amount(l, list.amount(value));
            if idle {
                say!(l, "{price} a unit, which is not lower", "每件 {price}，并不更低")
            } else {
                say!(l, "{price} a unit", "每件 {price}")
            }
        }
    };
    if whole {
        say!(l, "from {from} on, for the whole quantity: {what}", "满 {from} 起，全部数量：{what}")
    } else {
        say!(l, "for what lies above {from}: {what}", "超过 {from} 的部分：{what}")
    }
}

pub(super) fn promotion(l: Language, promotion: &Promotion) -> String {
    let name = l.quoted(&promotion.display_name);
    match promotion.effect {
        Effect::Discount(share) => {
            let share = l.percent(share);
            say!(l, "{name}: {share} less", "{name}：减 {share}")
        }
        Effect::AmountOff(currency, value) => {
            let off = amount(l, FactAmount { currency, value });
            say!(l, "{name}: {off} a unit less", "{name}：每件减 {off}")
        }
        Effect::FixedPrice(currency, value) => {
            let fixed = amount(l, FactAmount { currency, value });
            say!(l, "{name}: {fixed} a unit", "{name}：每件 {fixed}")
        }
    }
}

pub(super) fn floor(l: Language, floor: FactAmount) -> String {
    let floor = amount(l, floor);
    say!(l, "cut: a unit costs {floor} at least", "受限：每件最低 {floor}")
}

pub(super) fn rounding(l: Language, total: MinorAmount) -> String {
    let exact = Exact::from_scaled(i128::from(total.value), total.currency.exponent());
    let total = price(l, &exact, total.currency);
    say!(l, "rounded once, half away from zero: {total}", "四舍五入一次：{total}")
}

pub(super) fn other_partners(l: Language) -> String {
    l.of("it is for other partners", "面向其他伙伴").to_owned()
}

pub(super) fn not_started(l: Language, first: Date) -> String {
    let day = l.date(first);
    say!(l, "it begins on {day}", "{day}开始")
}

pub(super) fn ended(l: Language, end: Date) -> String {
    let day = l.date(end);
    say!(l, "it is over since {day}", "自 {day}起已结束")
}

pub(super) fn currency(l: Language, its: Currency, ours: Currency) -> String {
    say!(l, "it is in {its}, the list in {ours}", "其币种为 {its}，目录币种为 {ours}")
}

pub(super) fn quantity(l: Language, least: Decimal, more: Decimal) -> String {
    let (least, more) = (l.number(least), l.number(more));
    say!(l, "from {least} on; {more} more are needed", "满 {least} 起；还差 {more}")
}

pub(super) fn excluded(l: Language, by: &str, alone: bool) -> String {
    let by = l.quoted(by);
    if alone {
        say!(l, "{by} applies alone", "{by}不与其他优惠同享")
    } else {
        say!(l, "it would apply alone, and {by} stands before it", "本优惠不与其他同享，{by}优先")
    }
}

pub(super) fn no_effect(l: Language) -> String {
    l.of("the price is as low without it", "不用它价格也一样低").to_owned()
}

pub(super) fn next(
    l: Language,
    (from, more): (Decimal, Decimal),
    unit: &Exact,
    currency: Currency,
    beyond_only: bool,
) -> String {
    let (from, more, price) = (l.number(from), l.number(more), price(l, unit, currency));
    if beyond_only {
        say!(l, "{more} more, and each one beyond {from} costs {price}", "再加 {more}，超过 {from} 的每件 {price}")
    } else {
        say!(l, "{more} more, and the unit price falls to {price}", "再加 {more}，单价降至 {price}")
    }
}
