//! Reads the examples of a plan.

use incentive_calculation_domain::plan::{
    ExampleFact, ExampleFigure, ExampleLine, ExamplePartner, ExampleRate, ExampleStated, PlanExample,
};
use tributary_core::Date;
use tributary_proto::{google::r#type as gt, tributary::incentive::v1 as pb};

use super::Reader;
use crate::convert::{channel, kind};

impl Reader {
    pub(super) fn example(&mut self, example: &pb::PlanExample, path: &str) -> PlanExample {
        let at = |field: &str| format!("{path}.{field}");
        PlanExample {
            title: example.title.clone(),
            period: example.period.clone(),
            facts: self.each(&example.facts, &at("facts"), Self::example_fact),
            expect: self.each(&example.expect, &at("expect"), |r, line, path| ExampleLine {
                partner: line.partner.clone(),
                rule: line.rule.clone(),
                currency: line.currency.clone(),
                amount: r.decimal(line.amount.as_ref(), &format!("{path}.amount")),
                exact: r.optional(line.exact.as_ref(), &format!("{path}.exact")),
                part: line.part.clone(),
                quantity: r.optional(line.quantity.as_ref(), &format!("{path}.quantity")),
            }),
            partners: self.each(&example.partners, &at("partners"), |r, partner, path| ExamplePartner {
                partner: partner.partner.clone(),
                tier: partner.tier.clone(),
                kind: partner.kind.clone(),
                region: partner.region.clone(),
                labels: partner.labels.clone(),
                parent: partner.parent.clone(),
                member_from: r.date(partner.member_from.as_ref(), &format!("{path}.member_from")),
                member_to: r.date(partner.member_to.as_ref(), &format!("{path}.member_to")),
                frozen: partner.frozen,
            }),
            figures: self.each(&example.figures, &at("figures"), |r, figure, path| ExampleFigure {
                partner: figure.partner.clone(),
                figure: figure.figure.clone(),
                period: figure.period.clone(),
                currency: figure.currency.clone(),
                value: r.decimal(figure.value.as_ref(), &format!("{path}.value")),
            }),
            stated: self.each(&example.stated, &at("stated"), |r, line, path| ExampleStated {
                partner: line.partner.clone(),
                period: line.period.clone(),
                rule: line.rule.clone(),
                part: line.part.clone(),
                currency: line.currency.clone(),
                amount: r.decimal(line.amount.as_ref(), &format!("{path}.amount")),
                carried: r.optional(line.carried.as_ref(), &format!("{path}.carried")),
            }),
            rates: self.each(&example.rates, &at("rates"), |r, rate, path| ExampleRate {
                currency: rate.currency.clone(),
                day: r.required_date(rate.day.as_ref(), &format!("{path}.day")),
                rate: r.decimal(rate.rate.as_ref(), &format!("{path}.rate")),
            }),
        }
    }

    fn example_fact(&mut self, fact: &pb::ExampleFact, path: &str) -> ExampleFact {
        ExampleFact {
            partner: fact.partner.clone(),
            occurred_on: self.required_date(fact.occurred_on.as_ref(), &format!("{path}.occurred_on")),
            kind: kind(fact.kind),
            currency: fact.currency.clone(),
            net: self.optional(fact.net.as_ref(), &format!("{path}.net")),
            gross: self.optional(fact.gross.as_ref(), &format!("{path}.gross")),
            cost: self.optional(fact.cost.as_ref(), &format!("{path}.cost")),
            quantity: self.optional(fact.quantity.as_ref(), &format!("{path}.quantity")),
            product_line: fact.product_line.clone(),
            region: fact.region.clone(),
            channel: channel(fact.channel),
            sku: fact.sku.clone(),
            sub_channel: fact.sub_channel.clone(),
            order_id: fact.order_id.clone(),
            customer_key: fact.customer_key.clone(),
            source_id: fact.source_id.clone(),
            original_source_id: fact.original_source_id.clone(),
        }
    }

    /// A day that the annotations require.
    fn required_date(&mut self, day: Option<&gt::Date>, path: &str) -> Date {
        self.date(day, path).unwrap_or_else(|| Date::from_days(0))
    }
}
