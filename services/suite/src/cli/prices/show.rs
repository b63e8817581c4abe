//! Prices as tables.

use tributary_proto::{
    google::r#type::Date,
    tributary::incentive::v1::{
        ExactAmount, ListPriceItemsRequest, ListPriceListVersionsRequest, ListPromotionsRequest, PriceItem, PriceLine,
        PriceListVersion, PriceQuote, Promotion, QuoteItem, QuoteResult, promotion::Effect,
        quote_result::Result as Quoted,
    },
};

use super::{
    Prices,
    args::{ItemsArgs, ListsArgs, PromotionsArgs},
    version_name,
};
use crate::{
    cli::{Failure, calculate::resource, look},
    output::{self, Align, date_text, exact_per_cent, grouped, message_json, money_text, rounded, words},
};

const STATE: &str = "PRICE_STATE_";
/// Decimals of an exact amount in a table.
const SHOWN: u32 = 6;

fn days(first: Option<&Date>, end: Option<&Date>) -> String {
    let first = first.map(date_text).unwrap_or_default();
    match end {
        Some(end) => format!("{first} up to before {}", date_text(end)),
        None => format!("{first} on"),
    }
}

/// An exact amount: as it is where it is short.
fn exact(value: Option<&ExactAmount>) -> String {
    let text = value.map(|value| value.decimal.clone()).unwrap_or_default();
    let digits = text.split_once('.').map_or(0, |(_, fraction)| fraction.chars().count());
    if text.ends_with('…') || u32::try_from(digits).is_ok_and(|digits| digits > SHOWN) {
        return format!("≈ {}", grouped(&rounded(text.trim_end_matches('…'), SHOWN)));
    }
    grouped(&text)
}

/// A version in a line.
pub(super) fn version(version: &PriceListVersion) {
    let state = words(version.state().as_str_name(), STATE);
    let bounds = days(version.effective_from.as_ref(), version.effective_to.as_ref());
    output::line(&format!(
        "{}: {state}; {}, {}, {bounds}, {} items",
        version.name, version.display_name, version.currency_code, version.item_count
    ));
}

/// A promotion in a line.
pub(super) fn promotion(promotion: &Promotion) {
    let state = words(promotion.state().as_str_name(), STATE);
    let bounds = days(promotion.first_day.as_ref(), promotion.end_day.as_ref());
    output::line(&format!("{}: {state}; {}, {bounds}, {}", promotion.name, promotion.display_name, effect(promotion)));
}

fn effect(promotion: &Promotion) -> String {
    match &promotion.effect {
        Some(Effect::Discount(share)) => format!("{} less", exact_per_cent(&share.value)),
        Some(Effect::AmountOff(off)) => format!("{} less", money_text(off)),
        Some(Effect::FixedPrice(price)) => money_text(price),
        None => String::new(),
    }
}

/// A quote, step by step.
pub(super) fn quote(json: bool, quote: &PriceQuote) {
    if json {
        output::json_line(&message_json(quote));
        return;
    }
    let quantity = quote.quantity.as_ref().map(|q| grouped(&q.value)).unwrap_or_default();
    let day = quote.date.as_ref().map(date_text).unwrap_or_default();
    output::line(&format!("{} for {}: {quantity} {} on {day}", quote.sku, quote.partner, quote.unit));
    let columns = [
        ("step", Align::Left),
        ("units", Align::Right),
        ("change", Align::Right),
        ("total", Align::Right),
        ("source", Align::Left),
    ];
    let row = |line: &PriceLine| {
        vec![
            line.text.clone(),
            line.quantity.as_ref().map(|q| grouped(&q.value)).unwrap_or_default(),
            exact(line.change.as_ref()),
            exact(line.total.as_ref()),
            line.source.clone(),
        ]
    };
    let rows: Vec<_> = quote.lines.iter().map(row).collect();
    output::line(&output::table(&columns, &rows));
    let total = quote.total.as_ref().map(money_text).unwrap_or_default();
    output::line(&format!("{total}, {} a unit", exact(quote.unit_price.as_ref())));
    if let Some(next) = &quote.next_step {
        output::line(&format!("next: {}", next.text));
    }
    for missed in &quote.not_applied {
        output::line(&format!("not applied: {} ({}): {}", missed.display_name, missed.promotion, missed.text));
    }
}

/// Quotes of several items; fails when one could not be quoted.
pub(super) fn quotes(json: bool, items: &[QuoteItem], results: Vec<QuoteResult>) -> Result<(), Failure> {
    let columns = [
        ("item", Align::Left),
        ("units", Align::Right),
        ("list price", Align::Right),
        ("unit price", Align::Right),
        ("total", Align::Right),
        ("next", Align::Left),
    ];
    let (mut rows, mut faults) = (Vec::new(), Vec::new());
    for (item, result) in items.iter().zip(results) {
        let quantity = item.quantity.as_ref().map(|q| grouped(&q.value)).unwrap_or_default();
        match result.result {
            Some(Quoted::Quote(quote)) if json => output::json_line(&message_json(&quote)),
            Some(Quoted::Quote(quote)) => rows.push(vec![
                item.sku.clone(),
                quantity,
                quote.list_price.as_ref().map(money_text).unwrap_or_default(),
                exact(quote.unit_price.as_ref()),
                quote.total.as_ref().map(money_text).unwrap_or_default(),
                quote.next_step.map(|next| next.text).unwrap_or_default(),
            ]),
            Some(Quoted::Error(error)) => faults.push(format!("{} × {quantity}: {}", item.sku, error.message)),
            None => faults.push(format!("{}: the service gave no result", item.sku)),
        }
    }
    if !json && !rows.is_empty() {
        output::line(&output::table(&columns, &rows));
    }
    if faults.is_empty() { Ok(()) } else { Err(Failure::usage(faults.join("\n"))) }
}

pub(super) async fn lists(client: &Prices, args: ListsArgs) -> Result<(), Failure> {
    let columns = look::left(["version", "name", "state", "currency", "days", "items", "retired from"]);
    let row = |version: &PriceListVersion| {
        vec![
            version.name.clone(),
            version.display_name.clone(),
            words(version.state().as_str_name(), STATE),
            version.currency_code.clone(),
            days(version.effective_from.as_ref(), version.effective_to.as_ref()),
            version.item_count.to_string(),
            version.retired_from.as_ref().map(date_text).unwrap_or_default(),
        ]
    };
    let page = async |page_size, page_token| {
        let price_list = resource("priceLists", &args.list);
        let (state, date) = (args.state.map_or(0, Into::into), args.date);
        let request = ListPriceListVersionsRequest { price_list, state, date, page_size, page_token };
        let page = client.clone().list_price_list_versions(request).await?.into_inner();
        Ok((page.versions, page.next_page_token))
    };
    look::print((args.list_args.top, args.list_args.json), &columns, row, page).await
}

pub(super) async fn items(client: &Prices, args: ItemsArgs) -> Result<(), Failure> {
    let columns = [
        ("sku", Align::Left),
        ("list price", Align::Right),
        ("unit", Align::Left),
        ("product line", Align::Left),
        ("floor", Align::Right),
    ];
    let row = |item: &PriceItem| {
        vec![
            item.sku.clone(),
            item.list_price.as_ref().map(money_text).unwrap_or_default(),
            item.unit.clone(),
            item.product_line.clone(),
            item.floor_price.as_ref().map(money_text).unwrap_or_default(),
        ]
    };
    let page = async |page_size, page_token| {
        let (name, product_line) = (version_name(&args.version), args.product_line.clone());
        let request = ListPriceItemsRequest { name, product_line, page_size, page_token };
        let page = client.clone().list_price_items(request).await?.into_inner();
        Ok((page.items, page.next_page_token))
    };
    look::print((args.list_args.top, args.list_args.json), &columns, row, page).await
}

pub(super) async fn promotions(client: &Prices, args: PromotionsArgs) -> Result<(), Failure> {
    let columns = look::left(["promotion", "name", "state", "days", "effect", "from", "stacking", "priority"]);
    let row = |promotion: &Promotion| {
        vec![
            promotion.name.trim_start_matches("promotions/").to_owned(),
            promotion.display_name.clone(),
            words(promotion.state().as_str_name(), STATE),
            days(promotion.first_day.as_ref(), promotion.retired_from.as_ref().or(promotion.end_day.as_ref())),
            effect(promotion),
            promotion.min_quantity.as_ref().map(|least| least.value.clone()).unwrap_or_default(),
            words(promotion.stacking().as_str_name(), "PROMOTION_STACKING_"),
            promotion.priority.to_string(),
        ]
    };
    let page = async |page_size, page_token| {
        let (state, date) = (args.state.map_or(0, Into::into), args.date);
        let request = ListPromotionsRequest { state, date, page_size, page_token };
        let page = client.clone().list_promotions(request).await?.into_inner();
        Ok((page.promotions, page.next_page_token))
    };
    look::print((args.list_args.top, args.list_args.json), &columns, row, page).await
}
