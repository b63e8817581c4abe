//! Reads plans: every violation at once, under the path of the message's field. What the annotations of the messages
//! guarantee already (required fields, known enum values) is not said twice.

use incentive_calculation_domain::{
    assignment::{Assignment, AssignmentTarget},
    plan::{
        CurrencyPolicy, EdgeScale, EdgeSide, ExampleFact, ExampleLine, Growth, GrowthBase, GrowthOn, Limits, Marginal,
        Measure, MeasureField, NegativeMeasure, NoBasePolicy, NonPositiveBasePolicy, PaidOn, PlanExample, PlanSpec,
        Proration, Reward, Rule, Tier, TierTable, WholeVolume, Window,
    },
};
use tributary_core::{Date, Decimal, Rounding, Violations};
use tributary_proto::{
    google::r#type as gt,
    tributary::incentive::v1::{self as pb, assignment::Target, rule::Reward as PbReward},
};
use tributary_rpc::convert;

pub use super::plan_out::{plan_version_to_proto, programme_to_proto};
use super::{channel, kind};

/// Decimals of amounts, rates and edges.
const SCALE: u32 = 12;

/// Reads a plan.
///
/// # Errors
/// Every number or date that cannot be read, by path.
pub fn plan_spec(spec: &pb::PlanSpec) -> Result<PlanSpec, Violations> {
    let mut r = Reader(Violations::new());
    let read = PlanSpec {
        title: spec.title.clone(),
        description: spec.description.clone(),
        rules: r.each(&spec.rules, "rules", Reader::rule),
        assignments: r.each(&spec.assignments, "assignments", Reader::assignment),
        effective_from: r.date(spec.effective_from.as_ref(), "effective_from"),
        effective_to: r.date(spec.effective_to.as_ref(), "effective_to"),
        rounding: match spec.rounding() {
            pb::RoundingMode::HalfEven => Rounding::HalfEven,
            pb::RoundingMode::Unspecified | pb::RoundingMode::HalfAwayFromZero => Rounding::HalfAwayFromZero,
        },
        currency_policy: CurrencyPolicy::Nominal,
        examples: r.each(&spec.examples, "examples", Reader::example),
        conversion: None,
        shared_caps: Vec::new(),
    };
    if r.0.is_empty() { Ok(read) } else { Err(r.0) }
}

/// Reads messages and collects what is wrong.
struct Reader(Violations);

impl Reader {
    fn each<P, T>(&mut self, list: &[P], field: &str, read: impl Fn(&mut Self, &P, &str) -> T) -> Vec<T> {
        list.iter().enumerate().map(|(i, item)| read(self, item, &format!("{field}[{i}]"))).collect()
    }

    fn date(&mut self, day: Option<&gt::Date>, path: &str) -> Option<Date> {
        day.and_then(|d| self.0.check(path, convert::date(d)))
    }

    fn optional(&mut self, value: Option<&gt::Decimal>, path: &str) -> Option<Decimal> {
        value.and_then(|d| self.0.check(path, convert::decimal(d, SCALE)))
    }

    fn decimal(&mut self, value: Option<&gt::Decimal>, path: &str) -> Decimal {
        self.optional(value, path).unwrap_or_default()
    }

    fn assignment(&mut self, assignment: &pb::Assignment, path: &str) -> Assignment {
        let target = match assignment.target.clone() {
            Some(Target::Partner(v)) => AssignmentTarget::Partner(v),
            Some(Target::Label(v)) => AssignmentTarget::Label(v),
            Some(Target::Tier(v)) => AssignmentTarget::Tier(v),
            Some(Target::Kind(v)) => AssignmentTarget::Kind(v),
            Some(Target::Region(v)) => AssignmentTarget::Region(v),
            Some(Target::All(true)) | None => AssignmentTarget::All,
            Some(Target::All(false)) => {
                self.0.add(format!("{path}.all"), "false assigns the plan to nobody; set it to true or leave it out");
                AssignmentTarget::All
            }
        };
        Assignment { target, priority: assignment.priority }
    }

    fn rule(&mut self, rule: &pb::Rule, path: &str) -> Rule {
        let measure = rule.measure.clone().unwrap_or_default();
        let reward = match &rule.reward {
            Some(PbReward::WholeVolume(w)) => Reward::WholeVolume(WholeVolume {
                table: self.table(w.table.as_ref(), &format!("{path}.whole_volume.table")),
                paid_on: PaidOn::Measure,
            }),
            Some(PbReward::Growth(g)) => Reward::Growth(self.growth(g, &format!("{path}.growth"))),
            Some(PbReward::Marginal(m)) => Reward::Marginal(self.marginal(m, &format!("{path}.marginal"))),
            _ => Reward::Marginal(self.marginal(&pb::MarginalReward::default(), &format!("{path}.marginal"))),
        };
        Rule {
            id: rule.id.clone(),
            title: rule.title.clone(),
            measure: rule.measure.as_ref().map(|_| Measure {
                field: match measure.field() {
                    pb::MeasureField::Gross => MeasureField::Gross,
                    pb::MeasureField::Profit => MeasureField::Profit,
                    pb::MeasureField::Quantity => MeasureField::Quantity,
                    pb::MeasureField::Count => MeasureField::Count,
                    pb::MeasureField::DistinctOrders => MeasureField::DistinctOrders,
                    pb::MeasureField::DistinctCustomers => MeasureField::DistinctCustomers,
                    pb::MeasureField::DistinctSkus => MeasureField::DistinctSkus,
                    pb::MeasureField::Figure => MeasureField::Figure,
                    pb::MeasureField::Net | pb::MeasureField::Unspecified => MeasureField::Net,
                },
                kinds: measure.kinds.iter().filter_map(|k| kind(*k)).collect(),
                product_lines: measure.product_lines,
                skus: measure.skus,
                channels: measure.channels.iter().filter_map(|c| channel(*c)).collect(),
                regions: measure.regions,
                sub_channels: measure.sub_channels,
                window: Window::Period,
                figure: measure.figure,
            }),
            negative_measure: match rule.negative_measure() {
                pb::NegativeMeasure::Zero => NegativeMeasure::Zero,
                pb::NegativeMeasure::Carry => NegativeMeasure::Carry,
                pb::NegativeMeasure::Signed | pb::NegativeMeasure::Unspecified => NegativeMeasure::Signed,
            },
            reward,
            target: None,
            gates: Vec::new(),
            multipliers: Vec::new(),
            proration: Proration::None,
            limits: Limits::default(),
            less_stated: rule.less_stated,
            split: None,
            in_kind: None,
            holds: Vec::new(),
            effective_from: self.date(rule.effective_from.as_ref(), &format!("{path}.effective_from")),
            effective_to: self.date(rule.effective_to.as_ref(), &format!("{path}.effective_to")),
        }
    }

    fn table(&mut self, table: Option<&pb::TierTable>, path: &str) -> TierTable {
        let table = table.cloned().unwrap_or_default();
        TierTable {
            edge_side: match table.edge_side() {
                pb::EdgeSide::UpperInclusive => EdgeSide::UpperInclusive,
                pb::EdgeSide::LowerInclusive | pb::EdgeSide::Unspecified => EdgeSide::LowerInclusive,
            },
            edge_scale: EdgeScale::Absolute,
            tiers: self.each(&table.tiers, &format!("{path}.tiers"), |r, tier, path| Tier {
                from: r.decimal(tier.from.as_ref(), &format!("{path}.from")),
                to: r.optional(tier.to.as_ref(), &format!("{path}.to")),
                rate: r.decimal(tier.rate.as_ref(), &format!("{path}.rate")),
                flat: r.decimal(tier.flat.as_ref(), &format!("{path}.flat")),
                edge_side: None,
            }),
        }
    }

    fn marginal(&mut self, reward: &pb::MarginalReward, path: &str) -> Marginal {
        Marginal {
            table: self.table(reward.table.as_ref(), &format!("{path}.table")),
            first_flat_at_zero: reward.first_flat_at_zero,
            retrospective: None,
        }
    }

    fn growth(&mut self, reward: &pb::GrowthReward, path: &str) -> Growth {
        Growth {
            base: match reward.base() {
                pb::GrowthBase::PriorPeriod => GrowthBase::PriorPeriod,
                pb::GrowthBase::Given => GrowthBase::Given,
                pb::GrowthBase::Figure => GrowthBase::Figure,
                pb::GrowthBase::SamePeriodLastYear | pb::GrowthBase::Unspecified => GrowthBase::SamePeriodLastYear,
            },
            given_base: self.optional(reward.given_base.as_ref(), &format!("{path}.given_base")),
            on: match reward.on() {
                pb::GrowthOn::Whole => GrowthOn::Whole,
                pb::GrowthOn::Increment | pb::GrowthOn::Unspecified => GrowthOn::Increment,
            },
            table: self.table(reward.table.as_ref(), &format!("{path}.table")),
            no_base: match reward.no_base() {
                pb::NoBasePolicy::DefaultBase => NoBasePolicy::DefaultBase,
                pb::NoBasePolicy::Skip | pb::NoBasePolicy::Unspecified => NoBasePolicy::Skip,
            },
            non_positive_base: match reward.non_positive_base() {
                pb::NonPositiveBasePolicy::TopTier => NonPositiveBasePolicy::TopTier,
                pb::NonPositiveBasePolicy::Nothing | pb::NonPositiveBasePolicy::Unspecified => {
                    NonPositiveBasePolicy::Nothing
                }
            },
            base_figure: reward.base_figure.clone(),
        }
    }

    fn example(&mut self, example: &pb::PlanExample, path: &str) -> PlanExample {
        PlanExample {
            title: example.title.clone(),
            period: example.period.clone(),
            facts: self.each(&example.facts, &format!("{path}.facts"), |r, fact, path| ExampleFact {
                partner: fact.partner.clone(),
                occurred_on: r
                    .date(fact.occurred_on.as_ref(), &format!("{path}.occurred_on"))
                    .unwrap_or_else(|| Date::from_days(0)),
                kind: kind(fact.kind),
                currency: fact.currency.clone(),
                net: r.optional(fact.net.as_ref(), &format!("{path}.net")),
                gross: r.optional(fact.gross.as_ref(), &format!("{path}.gross")),
                cost: r.optional(fact.cost.as_ref(), &format!("{path}.cost")),
                quantity: r.optional(fact.quantity.as_ref(), &format!("{path}.quantity")),
                product_line: fact.product_line.clone(),
                region: fact.region.clone(),
                channel: channel(fact.channel),
                sku: fact.sku.clone(),
                sub_channel: fact.sub_channel.clone(),
                order_id: fact.order_id.clone(),
                customer_key: fact.customer_key.clone(),
                source_id: fact.source_id.clone(),
                original_source_id: fact.original_source_id.clone(),
            }),
            expect: self.each(&example.expect, &format!("{path}.expect"), |r, line, path| ExampleLine {
                partner: line.partner.clone(),
                rule: line.rule.clone(),
                currency: line.currency.clone(),
                amount: r.decimal(line.amount.as_ref(), &format!("{path}.amount")),
                exact: r.optional(line.exact.as_ref(), &format!("{path}.exact")),
                part: line.part.clone(),
                quantity: r.optional(line.quantity.as_ref(), &format!("{path}.quantity")),
            }),
            ..PlanExample::default()
        }
    }
}
