//! Checks a stated fact: every violation at once, each with the value and what to do.

use tributary_core::{
    Currency, Date, Decimal, FactAmount, Fault, Violations,
    exact::parse_decimal,
    pseudonym::{Personal, personal},
};

use super::{Fact, FactDraft, FactKind, MoneyParts};
use crate::reasons::PERSONAL_DATA;

/// Decimals of a quantity.
pub const QUANTITY_SCALE: u32 = 6;

const FIRST_DAY: (i32, i32, i32) = (1970, 1, 1);
const LAST_DAY: (i32, i32, i32) = (2199, 12, 31);
const MAX_LABELS: usize = 32;
const ONE_CURRENCY: &str = "state all amounts of a fact in one currency";

/// Checks a draft.
///
/// # Errors
/// Every violation, under the field names of the API.
pub fn check(draft: FactDraft) -> Result<Fact, Violations> {
    let mut v = Violations::new();
    check_texts(&draft, &mut v);
    if draft.kind.is_none() {
        v.add("kind", "is missing; state SELL_IN, SELL_OUT, RETURN or ADJUSTMENT");
    }
    let occurred_on = check_day(draft.occurred_on, &mut v);
    let quantity = draft.quantity.as_deref().and_then(|text| v.check("quantity", quantity(text)));
    if draft.net.is_none() {
        v.add("net", "is missing; state the value after discounts, 0 if there is none");
    }
    let net = money("net", draft.net.as_ref(), None, &mut v);
    let gross = money("gross", draft.gross.as_ref(), net, &mut v);
    let cost = money("cost", draft.cost.as_ref(), net.or(gross), &mut v);
    if draft.kind == Some(FactKind::Return) {
        for (field, amount) in [("gross", gross), ("net", net), ("cost", cost)] {
            if let Some(amount) = amount.filter(|a| a.value > 0) {
                v.add(field, format!("{amount} is above 0 on a RETURN; state what comes back as a negative amount"));
            }
        }
        if quantity.is_some_and(|q| q > 0) {
            let text = draft.quantity.as_deref().unwrap_or_default();
            v.add("quantity", format!("{text} is above 0 on a RETURN; state what comes back as a negative quantity"));
        }
    }
    match (draft.kind, occurred_on, net) {
        (Some(kind), Some(occurred_on), Some(net)) if v.is_empty() => Ok(Fact {
            source_system: draft.source_system,
            source_id: draft.source_id,
            kind,
            occurred_on,
            sku: draft.sku,
            product_line: draft.product_line,
            region: draft.region,
            channel: draft.channel,
            sub_channel: draft.sub_channel,
            quantity,
            currency: net.currency,
            gross: gross.map(|a| a.value),
            net: net.value,
            cost: cost.map(|a| a.value),
            original_source_id: draft.original_source_id,
            order_id: draft.order_id,
            customer_key: draft.customer_key,
            labels: draft.labels,
        }),
        _ => Err(v),
    }
}

/// The refusal of a draft whose customer key is personal data, `None` for a pseudonym. Names what the key looks like,
/// never the key: refusals are told, and kept in reject files.
#[must_use]
pub fn personal_data(draft: &FactDraft) -> Option<Fault> {
    personal(&draft.customer_key).map(|what| {
        Fault::new(PERSONAL_DATA, format!("customer_key {}", looks_like(what)))
            .with("field", "customer_key")
            .with("looks_like", what.shown())
    })
}

fn looks_like(what: Personal) -> String {
    format!("looks like {}; send a pseudonym such as a keyed hash instead", what.shown())
}

fn check_texts(draft: &FactDraft, v: &mut Violations) {
    text("source_system", &draft.source_system, 1, 63, v);
    text("source_id", &draft.source_id, 1, 200, v);
    text("sku", &draft.sku, 0, 100, v);
    text("product_line", &draft.product_line, 0, 100, v);
    text("region", &draft.region, 0, 200, v);
    text("sub_channel", &draft.sub_channel, 0, 100, v);
    text("original_source_id", &draft.original_source_id, 0, 200, v);
    text("order_id", &draft.order_id, 0, 200, v);
    customer_key(&draft.customer_key, v);
    if draft.labels.len() > MAX_LABELS {
        v.add("labels", format!("{} labels are more than {MAX_LABELS}; leave some out", draft.labels.len()));
    }
    for (key, value) in &draft.labels {
        if key.is_empty() || key.chars().count() > 63 || value.chars().count() > 200 {
            v.add("labels", format!("{key:?}: a key has 1 to 63 characters, a value at most 200; shorten it"));
        }
        if has_control(key) || has_control(value) {
            v.add("labels", format!("{key:?}: {value:?} has a control character; remove it"));
        }
    }
}

/// As any other text, but its violations do not show it: it might be personal data.
fn customer_key(key: &str, v: &mut Violations) {
    length("customer_key", key, 0, 200, v);
    if has_control(key) {
        v.add("customer_key", "has a control character; remove it");
    }
    if let Some(what) = personal(key) {
        v.add("customer_key", looks_like(what));
    }
}

fn text(field: &str, value: &str, min: usize, max: usize, v: &mut Violations) {
    length(field, value, min, max, v);
    if has_control(value) {
        v.add(field, format!("{value:?} has a control character; remove it"));
    }
}

fn length(field: &str, value: &str, min: usize, max: usize, v: &mut Violations) {
    let length = value.chars().count();
    if length < min {
        v.add(field, "is missing; it names the fact for ever");
    } else if length > max {
        v.add(field, format!("{length} characters are more than {max}; shorten it"));
    }
}

fn has_control(value: &str) -> bool {
    value.chars().any(char::is_control)
}

fn check_day(day: Option<Date>, v: &mut Violations) -> Option<Date> {
    let Some(day) = day else {
        v.add("occurred_on", "is missing; state the day, or the instant in occurred_at");
        return None;
    };
    if !(FIRST_DAY..=LAST_DAY).contains(&day.ymd()) {
        v.add("occurred_on", format!("{day} is outside 1970-01-01 to 2199-12-31; check the date"));
        return None;
    }
    Some(day)
}

fn quantity(text: &str) -> Result<i64, String> {
    // An empty google.type.Decimal is 0.
    let text = if text.is_empty() { "0" } else { text };
    let value = parse_decimal(text, QUANTITY_SCALE)?;
    at_scale(value, QUANTITY_SCALE).ok_or_else(|| format!("{text} is too large; at most 9223372036854.775807 units"))
}

/// `value · 10^scale` as an integer; `None` when that is no integer or exceeds 64 bits.
pub(crate) fn at_scale(value: Decimal, scale: u32) -> Option<i64> {
    let value = value.normalize();
    let missing = scale.checked_sub(value.scale())?;
    value.mantissa().checked_mul(10_i128.checked_pow(missing)?).and_then(|m| i64::try_from(m).ok())
}

/// A decimal in major units as an integer at the fact scale of a currency.
///
/// # Errors
/// A sentence with the value: more decimals than the fact scale has, or too large.
pub fn amount_at_fact_scale(currency: Currency, value: Decimal) -> Result<i64, String> {
    let scale = currency.fact_scale();
    if value.normalize().scale() > scale {
        return Err(format!(
            "{currency} {value} has more than the {scale} decimals that {currency} amounts may have here; nothing is rounded silently"
        ));
    }
    at_scale(value, scale).ok_or_else(|| format!("{currency} {value} is too large"))
}

/// Reads an amount; `other` is an amount of the same fact whose currency it must share.
fn money(field: &str, parts: Option<&MoneyParts>, other: Option<FactAmount>, v: &mut Violations) -> Option<FactAmount> {
    let parts = parts?;
    let currency = v.check(field, Currency::parse(&parts.currency))?;
    if let Some(other) = other.filter(|o| o.currency != currency) {
        v.add(field, format!("is in {currency}, another amount is in {}; {ONE_CURRENCY}", other.currency));
    }
    v.check(field, FactAmount::from_units_nanos(currency, parts.units, parts.nanos))
}
