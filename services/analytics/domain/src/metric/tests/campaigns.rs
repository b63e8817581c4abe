//! Metrics over touchpoints and costs, alone and together with sales.

use super::support::{asked, day, facts, rows, view};
use crate::metric::{Asked, Basis, CampaignRow, Condition, Dimension, Grain, MetricQuery, Tally, firsts};

/// Nothing of tmall in Guangdong.
fn row(on: &str) -> CampaignRow<'static> {
    CampaignRow {
        day: day(on),
        partner: "p",
        region: "CN/GD",
        product_line: "",
        channel: "",
        sub_channel: "tmall",
        currency: "",
        visits: 0,
        leads: 0,
        conversions: 0,
        cost: 0,
    }
}

fn visits(on: &str, visits: i64, leads: i64, conversions: i64) -> CampaignRow<'static> {
    CampaignRow { visits, leads, conversions, ..row(on) }
}

fn cost(on: &str, units: i128) -> CampaignRow<'static> {
    CampaignRow { channel: "ONLINE", product_line: "helmets", currency: "CNY", cost: units * 1_000_000, ..row(on) }
}

fn found(asked: Asked) -> Vec<String> {
    let campaigns = [
        visits("2012-07-05", 200, 30, 12),
        visits("2012-07-06", 50, 5, 0),
        visits("2012-08-01", 40, 0, 4),
        cost("2012-07-01", 60),
        cost("2012-07-31", 40),
        // A refund.
        cost("2012-08-02", -10),
        CampaignRow { partner: "", sub_channel: "", product_line: "", ..cost("2012-09-01", 7) },
    ];
    let query = MetricQuery::new(asked).expect("a question");
    let (facts, basis) = (facts(), query.basis());
    let firsts = firsts(&facts);
    let mut tally = Tally::new(query, crate::metric::Limits::default());
    for line in &facts {
        tally.add(&view(line, &firsts, basis)).expect("counted");
    }
    for row in &campaigns {
        tally.add_campaign(row).expect("counted");
    }
    rows(&tally.finish())
}

fn monthly(metrics: &[&str]) -> Asked {
    Asked { grain: Some(Grain::Month), basis: Some(Basis::SellIn), ..asked(metrics) }
}

#[test]
fn touchpoints_are_counted() {
    let metrics = ["visits", "leads", "conversions", "conversion_rate"];
    let mut question = monthly(&metrics);
    question.condition = Some(Condition::Is(Dimension::SubChannel, "tmall".to_owned()));
    // Sales make no rows of a question for touchpoints, nor do costs.
    assert_eq!(found(question), ["2012-07 | 250 35 12 12÷250", "2012-08 | 40 0 4 4÷40"]);
}

#[test]
fn costs_and_sales_meet_by_currency() {
    assert_eq!(
        found(monthly(&["marketing_cost", "cost_per_order", "gross_profit", "roi"])),
        [
            // Three orders, profit 150.
            "2012-07 CNY | 100 100÷3 150 50÷100",
            // No order; a return cost the profit of 10, and 10 came back.
            "2012-08 CNY | -10 -10÷0 -10 0÷-10",
            // One sale in dollars whose cost is not known.
            "2012-08 USD | 0 0÷1 - -",
            // No sales at all: nothing is unknown of them.
            "2012-09 CNY | 7 7÷0 0 -7÷7",
            "2012-10 CNY | 0 0÷1 40 40÷0",
        ]
    );
}

#[test]
fn touchpoints_have_no_currency() {
    let question = Asked { condition: Some(Condition::Within("CN/GD".to_owned())), ..monthly(&["gmv", "visits"]) };
    assert_eq!(
        found(question),
        [
            "2012-07  | - 250",
            // 120 + 50 + 330
            "2012-07 CNY | 500 -",
            "2012-08  | - 40",
            "2012-08 CNY | 0 -",
            "2012-08 USD | 10 -",
        ]
    );
}

#[test]
fn costs_may_belong_to_a_product_line() {
    let question = Asked {
        dimensions: vec![Dimension::ProductLine],
        basis: Some(Basis::SellOut),
        ..asked(&["marketing_cost", "cost_per_order"])
    };
    // 60 + 40 − 10 for helmets, 7 for no line; the four orders of sell-out are of bikes.
    assert_eq!(found(question), [" CNY | 7 7÷0", "bikes CNY | 0 0÷4", "helmets CNY | 90 90÷0"]);
}

#[test]
fn campaigns_are_split_like_sales() {
    let question = Asked {
        dimensions: vec![Dimension::Channel, Dimension::SubChannel],
        to: Some(day("2012-08-01")),
        ..asked(&["marketing_cost", "cost_per_order"])
    };
    let question = Asked { basis: Some(Basis::SellIn), ..question };
    assert_eq!(found(question), ["OFFLINE store CNY | 0 0÷2", "ONLINE tmall CNY | 100 100÷1"]);
}
