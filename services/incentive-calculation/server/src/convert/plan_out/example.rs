//! Writes the examples of a plan.

use incentive_calculation_domain::plan::{
    ExampleFact, ExampleFigure, ExampleLine, ExamplePartner, ExampleRate, ExampleStated, PlanExample,
};
use tributary_proto::tributary::incentive::v1 as pb;
use tributary_rpc::convert::{date_to_proto, decimal_to_proto};

use crate::convert::{channel_to_proto, kind_to_proto};

pub(super) fn example(example: &PlanExample) -> pb::PlanExample {
    pb::PlanExample {
        title: example.title.clone(),
        period: example.period.clone(),
        facts: example.facts.iter().map(fact).collect(),
        expect: example.expect.iter().map(line).collect(),
        partners: example.partners.iter().map(partner).collect(),
        figures: example.figures.iter().map(figure).collect(),
        stated: example.stated.iter().map(stated).collect(),
        rates: example.rates.iter().map(rate).collect(),
    }
}

fn fact(fact: &ExampleFact) -> pb::ExampleFact {
    pb::ExampleFact {
        partner: fact.partner.clone(),
        occurred_on: Some(date_to_proto(fact.occurred_on)),
        kind: fact.kind.map_or(0, kind_to_proto),
        currency: fact.currency.clone(),
        net: fact.net.map(decimal_to_proto),
        gross: fact.gross.map(decimal_to_proto),
        cost: fact.cost.map(decimal_to_proto),
        quantity: fact.quantity.map(decimal_to_proto),
        product_line: fact.product_line.clone(),
        region: fact.region.clone(),
        channel: channel_to_proto(fact.channel),
        sku: fact.sku.clone(),
        sub_channel: fact.sub_channel.clone(),
        order_id: fact.order_id.clone(),
        customer_key: fact.customer_key.clone(),
        source_id: fact.source_id.clone(),
        original_source_id: fact.original_source_id.clone(),
    }
}

fn line(line: &ExampleLine) -> pb::ExampleLine {
    pb::ExampleLine {
        partner: line.partner.clone(),
        rule: line.rule.clone(),
        currency: line.currency.clone(),
        amount: Some(decimal_to_proto(line.amount)),
        exact: line.exact.map(decimal_to_proto),
        part: line.part.clone(),
        quantity: line.quantity.map(decimal_to_proto),
    }
}

fn partner(partner: &ExamplePartner) -> pb::ExamplePartner {
    pb::ExamplePartner {
        partner: partner.partner.clone(),
        tier: partner.tier.clone(),
        kind: partner.kind.clone(),
        region: partner.region.clone(),
        labels: partner.labels.clone(),
        parent: partner.parent.clone(),
        member_from: partner.member_from.map(date_to_proto),
        member_to: partner.member_to.map(date_to_proto),
        frozen: partner.frozen,
    }
}

fn figure(figure: &ExampleFigure) -> pb::ExampleFigure {
    pb::ExampleFigure {
        partner: figure.partner.clone(),
        figure: figure.figure.clone(),
        period: figure.period.clone(),
        currency: figure.currency.clone(),
        value: Some(decimal_to_proto(figure.value)),
    }
}

fn stated(line: &ExampleStated) -> pb::ExampleStated {
    pb::ExampleStated {
        partner: line.partner.clone(),
        period: line.period.clone(),
        rule: line.rule.clone(),
        part: line.part.clone(),
        currency: line.currency.clone(),
        amount: Some(decimal_to_proto(line.amount)),
        carried: line.carried.map(decimal_to_proto),
    }
}

fn rate(rate: &ExampleRate) -> pb::ExampleRate {
    pb::ExampleRate {
        currency: rate.currency.clone(),
        day: Some(date_to_proto(rate.day)),
        rate: Some(decimal_to_proto(rate.rate)),
    }
}
