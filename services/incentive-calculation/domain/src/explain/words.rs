//! Numbers, rates and names for people.

use tributary_core::{Currency, Date, Decimal, Exact, Rounding};

use crate::{
    canonical::decimal_text,
    plan::MeasureField,
    trace::{LineTrace, MeasureTrace},
};

/// A half-open window in words, with its last day: "from 2012-07-01 to 2012-09-30".
pub(crate) fn days((from, to): (Date, Date)) -> String {
    format!("from {from} to {}", to.plus_days(-1))
}

/// Decimal text with thousands separators: "1,234,567.8".
pub(crate) fn grouped(text: &str) -> String {
    let (sign, text) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(w, f)| (w, Some(f)));
    let length = whole.chars().count();
    let mut out = sign.to_owned();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && length.saturating_sub(i) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// Decimal text with at least the decimals of the currency's minor unit, grouped: "937,700.00", "149,999.9985".
pub(super) fn amount(text: &str, currency: Currency) -> String {
    let wanted = usize::try_from(currency.exponent()).unwrap_or(0);
    let has = text.split_once('.').map_or(0, |(_, fraction)| fraction.chars().count());
    let mut padded = text.to_owned();
    if has < wanted {
        if has == 0 {
            padded.push('.');
        }
        padded.push_str(&"0".repeat(wanted.saturating_sub(has)));
    }
    grouped(&padded)
}

/// An exact amount.
pub(super) fn exact(value: &Exact, currency: Currency) -> String {
    amount(&value.display(), currency)
}

/// A value of the measure, without the currency or unit.
pub(super) fn number(value: Decimal, trace: &LineTrace) -> String {
    let text = decimal_text(value);
    if trace.measure.field.is_money() { amount(&text, trace.amount.currency) } else { grouped(&text) }
}

/// A value of the measure with the currency or unit: "USD 937,700.00", "1,234.5 units", "12 facts".
pub(super) fn value(value: Decimal, trace: &LineTrace) -> String {
    let text = number(value, trace);
    match trace.measure.field {
        MeasureField::Net | MeasureField::Gross | MeasureField::Profit => format!("{} {text}", trace.amount.currency),
        MeasureField::Quantity if value == Decimal::ONE => format!("{text} unit"),
        MeasureField::Quantity => format!("{text} units"),
        MeasureField::Count if value == Decimal::ONE => format!("{text} fact"),
        MeasureField::Count => format!("{text} facts"),
        MeasureField::DistinctOrders => format!("{text} orders"),
        MeasureField::DistinctCustomers => format!("{text} customers"),
        MeasureField::DistinctSkus => format!("{text} SKUs"),
        MeasureField::Figure => text,
    }
}

/// A rate: "15 %" on money, "2.50 per unit" or "2.50 per fact" otherwise.
pub(super) fn rate(value: Decimal, trace: &LineTrace) -> String {
    let each = |unit: &str| format!("{} {unit}", amount(&decimal_text(value), trace.amount.currency));
    match trace.measure.field {
        MeasureField::Net | MeasureField::Gross | MeasureField::Profit => percent(&value.into()),
        MeasureField::Quantity => each("per unit"),
        MeasureField::Count => each("per fact"),
        MeasureField::DistinctOrders => each("per order"),
        MeasureField::DistinctCustomers => each("per customer"),
        MeasureField::DistinctSkus => each("per SKU"),
        MeasureField::Figure => each("each"),
    }
}

/// A ratio as a percentage, at most six decimals and then "…".
pub(super) fn percent(ratio: &Exact) -> String {
    let hundredfold = ratio.clone() * Exact::from(100);
    let text = hundredfold.to_decimal_string(6).unwrap_or_else(|| cut(&hundredfold.display(), 6));
    format!("{} %", grouped(&text))
}

fn cut(text: &str, decimals: usize) -> String {
    match text.split_once('.') {
        Some((whole, fraction)) => format!("{whole}.{}…", fraction.chars().take(decimals).collect::<String>()),
        None => text.to_owned(),
    }
}

/// An edge of the table: a percentage for growth, else a number of the measure.
pub(super) fn edge(value: Decimal, trace: &LineTrace) -> String {
    if trace.base.is_some() { percent(&value.into()) } else { grouped(&decimal_text(value)) }
}

/// A tier by its edges: "from 0 to 1,000,000", "from 1,000,000 up".
pub(super) fn tier(from: Decimal, to: Option<Decimal>, trace: &LineTrace) -> String {
    let from = edge(from, trace);
    to.map_or_else(|| format!("from {from} up"), |to| format!("from {from} to {}", edge(to, trace)))
}

/// What is measured, within a sentence.
pub(crate) fn field_name(field: MeasureField) -> &'static str {
    match field {
        MeasureField::Net => "net sales",
        MeasureField::Gross => "gross sales",
        MeasureField::Profit => "profit",
        MeasureField::Quantity => "quantity",
        MeasureField::Count => "number of facts",
        MeasureField::DistinctOrders => "number of orders",
        MeasureField::DistinctCustomers => "number of customers",
        MeasureField::DistinctSkus => "number of SKUs",
        MeasureField::Figure => "figure",
    }
}

/// A text with a capital at its beginning.
pub(super) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// What counts: kinds and filters.
pub(super) fn counted(measure: &MeasureTrace) -> String {
    let kinds: Vec<&str> = measure.kinds.iter().map(|k| k.name()).collect();
    let filter = if measure.filter.is_empty() { String::new() } else { format!("; only {}", measure.filter) };
    format!("{}{filter}", kinds.join(", "))
}

/// "1 fact", "12 facts".
pub(crate) fn facts(count: i64) -> String {
    let number = grouped(&count.to_string());
    if count == 1 { format!("{number} fact") } else { format!("{number} facts") }
}

/// How a line is rounded.
pub(super) fn rounding(mode: Rounding) -> &'static str {
    match mode {
        Rounding::HalfAwayFromZero => "half away from zero",
        Rounding::HalfEven => "half to even",
    }
}
