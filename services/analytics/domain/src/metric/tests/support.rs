//! Facts as text, questions, and rows as text.

use std::collections::BTreeMap;

use tributary_core::{Currency, Date, Exact, Fault, ResourceId};

use crate::metric::{
    Asked, Basis, FactKind, First, Limits, LineView, MetricQuery, Row, SalesLine, Table, Tally, Value, customer,
    firsts, order_key,
};

pub fn day(text: &str) -> Date {
    Date::parse(text).expect("date")
}

/// "-" stands for nothing.
fn text(word: &str) -> &str {
    if word == "-" { "" } else { word }
}

/// Whole units at the fact scale of yuan and dollars.
fn amount(word: &str) -> Option<i64> {
    (word != "-").then(|| word.parse::<i64>().expect("whole units") * 1_000_000)
}

/// "day partner order customer kind region product_line sku channel/sub_channel currency gross net cost quantity".
pub fn line(fact: &str) -> SalesLine {
    let words: Vec<&str> = fact.split_whitespace().collect();
    let [day_, partner, order, key, kind, region, product_line, sku, channels, currency, gross, net, cost, quantity] =
        words[..]
    else {
        panic!("{fact} has {} words", words.len());
    };
    let (channel, sub_channel) = channels.split_once('/').unwrap_or((text(channels), ""));
    let (kind, partner) = (FactKind::parse(kind).expect("a kind"), ResourceId::parse(partner).expect("an id"));
    SalesLine {
        occurred_on: day(day_),
        order: order_key("erp", text(order), fact),
        customer: customer(text(key), kind, &partner),
        partner,
        kind,
        region: text(region).to_owned(),
        product_line: text(product_line).to_owned(),
        sku: text(sku).to_owned(),
        channel: channel.to_owned(),
        sub_channel: sub_channel.to_owned(),
        currency: Currency::parse(currency).expect("known"),
        net: amount(net).expect("a net"),
        gross: amount(gross),
        cost: amount(cost),
        quantity: amount(quantity).unwrap_or(0),
    }
}

/// What happened, with returns, two currencies, both flows, and one who buys again.
pub fn facts() -> Vec<SalesLine> {
    [
        "2012-07-01 p A - SELL_IN CN/GD/GZ bikes B1 ONLINE/tmall CNY 120 100 60 2",
        "2012-07-01 p A - SELL_IN CN/GD/GZ helmets H1 ONLINE/tmall CNY - 50 - 1",
        "2012-07-02 q B - SELL_IN CN/ZJ bikes B1 OFFLINE/store CNY 220 200 150 4",
        "2012-07-31 p C - SELL_IN CN/GD/SZ bikes B2 OFFLINE/store CNY 330 300 240 3",
        "2012-08-01 p A - RETURN CN/GD/GZ bikes B1 ONLINE/tmall CNY -40 -30 -20 -1",
        "2012-08-15 q - - ADJUSTMENT - - - - CNY - -5 - -",
        "2012-08-20 p - - SELL_IN CN/GD/GZ helmets H1 EMERGING USD 10 9 - 1",
        "2012-10-01 q D - SELL_IN CN/ZJ bikes B1 ONLINE/jd CNY 80 80 40 1",
        "2012-07-10 p S1 c1 SELL_OUT CN/GD/GZ bikes B1 OFFLINE/store CNY 50 40 - 1",
        "2012-07-20 p S2 c1 SELL_OUT CN/GD/GZ bikes B1 OFFLINE/store CNY - 60 - 2",
        "2012-08-05 p S3 c2 SELL_OUT CN/GD/SZ bikes B2 ONLINE/tmall CNY - 30 - 1",
        "2012-08-06 q S4 - SELL_OUT CN/ZJ bikes B1 OFFLINE/store CNY - 20 - 1",
    ]
    .map(line)
    .to_vec()
}

/// A line as a store gives it; `first` as the first orders of all facts say.
pub fn view<'a>(line: &'a SalesLine, firsts: &[First], basis: Option<Basis>) -> LineView<'a> {
    let flow = if basis == Some(Basis::All) { Basis::All } else { line.kind.flow() };
    let first = firsts.iter().find(|first| first.customer == line.customer && first.flow == flow);
    LineView {
        day: line.occurred_on,
        kind: line.kind,
        partner: line.partner.as_str(),
        region: &line.region,
        product_line: &line.product_line,
        sku: &line.sku,
        channel: &line.channel,
        sub_channel: &line.sub_channel,
        currency: line.currency.code(),
        order: &line.order,
        customer: &line.customer,
        first: first.is_some_and(|first| first.day == line.occurred_on && first.order == line.order),
        net: line.net,
        gross: line.gross,
        cost: line.cost,
        quantity: line.quantity,
    }
}

pub fn asked(metrics: &[&str]) -> Asked {
    Asked { metrics: metrics.iter().map(|id| (*id).to_owned()).collect(), ..Asked::default() }
}

pub fn counted(lines: &[SalesLine], asked: Asked) -> Result<Table, Fault> {
    counted_within(lines, asked, Limits::default())
}

pub fn counted_within(lines: &[SalesLine], asked: Asked, limits: Limits) -> Result<Table, Fault> {
    let firsts = firsts(lines);
    let query = MetricQuery::new(asked).expect("a question");
    let basis = query.basis();
    let mut tally = Tally::new(query, limits);
    for line in lines {
        tally.add(&view(line, &firsts, basis))?;
    }
    Ok(tally.finish())
}

/// A value as text: what it is, and for a ratio what it is made of. "-" where it does not exist.
pub fn shown(value: Option<&Value>) -> String {
    match value {
        None => "-".to_owned(),
        Some(Value::Ratio { numerator, denominator, .. }) => format!("{numerator}÷{denominator}"),
        Some(sum) => sum.exact().map_or_else(|| "-".to_owned(), |exact| exact.to_string()),
    }
}

/// "period texts | values" of each row.
pub fn rows(table: &Table) -> Vec<String> {
    let row = |row: Row| {
        let grain = table.query().grain();
        let period = grain.zip(row.key.first).map(|(grain, first)| grain.label(first));
        let about: Vec<String> = period.into_iter().chain(row.key.texts).collect();
        let values: Vec<String> = row.values.iter().map(|value| shown(value.as_ref())).collect();
        format!("{} | {}", about.join(" "), values.join(" "))
    };
    table.rows().map(row).collect()
}

/// Sums over the rows of a table, by currency, of the metric at a place.
pub fn by_currency(table: &Table, at: usize) -> BTreeMap<Option<Currency>, Exact> {
    let mut sums = BTreeMap::new();
    for row in table.rows() {
        if let Some(value) = row.values[at].as_ref().and_then(Value::exact) {
            let sum = sums.entry(row.currency).or_insert_with(Exact::zero);
            *sum = sum.clone() + value;
        }
    }
    sums
}
