//! Writes programmes and plan versions.

use incentive_calculation_domain::{
    assignment::{Assignment, AssignmentTarget},
    plan::{
        EdgeSide, ExampleFact, ExampleLine, Growth, GrowthBase, GrowthOn, MeasureField, NegativeMeasure, NoBasePolicy,
        NonPositiveBasePolicy, PlanExample, PlanSpec, Reward, Rule, TierTable,
    },
    plan_version::{PlanVersion, PlanVersionState},
    programme::Programme,
};
use tributary_core::Rounding;
use tributary_proto::tributary::incentive::v1::{self as pb, assignment::Target, rule::Reward as PbReward};
use tributary_rpc::convert::{date_to_proto, decimal_to_proto, timestamp_to_proto};

use super::{channel_to_proto, kind_to_proto};

/// Writes a programme.
#[must_use]
pub fn programme_to_proto(programme: &Programme) -> pb::Programme {
    pb::Programme {
        name: programme.name(),
        uid: programme.uid.clone(),
        display_name: programme.display_name.clone(),
        slots: programme.slots.iter().map(|s| pb::Slot { id: s.id.to_string(), title: s.title.clone() }).collect(),
        create_time: Some(timestamp_to_proto(programme.create_time)),
        etag: format!("r{}", programme.revision),
        calendar: programme.calendar.as_ref().map(|id| format!("calendars/{id}")).unwrap_or_default(),
    }
}

/// Writes a plan version.
#[must_use]
pub fn plan_version_to_proto(version: &PlanVersion) -> pb::PlanVersion {
    let state = match version.state {
        PlanVersionState::Draft => pb::PlanVersionState::Draft,
        PlanVersionState::Approved => pb::PlanVersionState::Approved,
        PlanVersionState::Active => pb::PlanVersionState::Active,
        PlanVersionState::Retired => pb::PlanVersionState::Retired,
    };
    pb::PlanVersion {
        name: version.name(),
        uid: version.uid.clone(),
        programme: format!("programmes/{}", version.programme),
        slot: version.slot.to_string(),
        spec: Some(spec_to_proto(&version.spec)),
        state: state.into(),
        author: version.author.clone(),
        approver: version.approver.clone().unwrap_or_default(),
        create_time: Some(timestamp_to_proto(version.create_time)),
        approve_time: version.approve_time.map(timestamp_to_proto),
        spec_digest: version.spec_digest.clone(),
        etag: version.etag(),
    }
}

fn spec_to_proto(spec: &PlanSpec) -> pb::PlanSpec {
    pb::PlanSpec {
        title: spec.title.clone(),
        description: spec.description.clone(),
        rules: spec.rules.iter().map(rule).collect(),
        assignments: spec.assignments.iter().map(assignment).collect(),
        effective_from: spec.effective_from.map(date_to_proto),
        effective_to: spec.effective_to.map(date_to_proto),
        rounding: rounding(spec.rounding).into(),
        currency_policy: pb::CurrencyPolicy::Nominal.into(),
        examples: spec.examples.iter().map(example).collect(),
        ..Default::default()
    }
}

/// Writes a rounding mode.
pub(super) fn rounding(mode: Rounding) -> pb::RoundingMode {
    match mode {
        Rounding::HalfAwayFromZero => pb::RoundingMode::HalfAwayFromZero,
        Rounding::HalfEven => pb::RoundingMode::HalfEven,
    }
}

/// Writes a measure's field.
pub(super) fn measure_field(field: MeasureField) -> pb::MeasureField {
    match field {
        MeasureField::Net => pb::MeasureField::Net,
        MeasureField::Gross => pb::MeasureField::Gross,
        MeasureField::Profit => pb::MeasureField::Profit,
        MeasureField::Quantity => pb::MeasureField::Quantity,
        MeasureField::Count => pb::MeasureField::Count,
        MeasureField::DistinctOrders => pb::MeasureField::DistinctOrders,
        MeasureField::DistinctCustomers => pb::MeasureField::DistinctCustomers,
        MeasureField::DistinctSkus => pb::MeasureField::DistinctSkus,
        MeasureField::Figure => pb::MeasureField::Figure,
    }
}

fn assignment(assignment: &Assignment) -> pb::Assignment {
    let target = match assignment.target.clone() {
        AssignmentTarget::All => Target::All(true),
        AssignmentTarget::Partner(v) => Target::Partner(v),
        AssignmentTarget::Label(v) => Target::Label(v),
        AssignmentTarget::Tier(v) => Target::Tier(v),
        AssignmentTarget::Kind(v) => Target::Kind(v),
        AssignmentTarget::Region(v) => Target::Region(v),
    };
    pb::Assignment { target: Some(target), priority: assignment.priority }
}

fn rule(rule: &Rule) -> pb::Rule {
    let measure = &rule.measure;
    pb::Rule {
        id: rule.id.clone(),
        title: rule.title.clone(),
        measure: measure.as_ref().map(|measure| pb::Measure {
            field: measure_field(measure.field).into(),
            kinds: measure.kinds.iter().map(|k| kind_to_proto(*k)).collect(),
            product_lines: measure.product_lines.clone(),
            skus: measure.skus.clone(),
            channels: measure.channels.iter().map(|c| channel_to_proto(Some(*c))).collect(),
            regions: measure.regions.clone(),
            sub_channels: measure.sub_channels.clone(),
            window: None,
            figure: measure.figure.clone(),
        }),
        negative_measure: match rule.negative_measure {
            NegativeMeasure::Signed => pb::NegativeMeasure::Signed,
            NegativeMeasure::Zero => pb::NegativeMeasure::Zero,
            NegativeMeasure::Carry => pb::NegativeMeasure::Carry,
        }
        .into(),
        reward: match &rule.reward {
            Reward::Marginal(m) => Some(PbReward::Marginal(pb::MarginalReward {
                table: Some(table(&m.table)),
                first_flat_at_zero: m.first_flat_at_zero,
                ..Default::default()
            })),
            Reward::WholeVolume(w) => Some(PbReward::WholeVolume(pb::WholeVolumeReward {
                table: Some(table(&w.table)),
                ..Default::default()
            })),
            Reward::Growth(g) => Some(PbReward::Growth(growth(g))),
            _ => None,
        },
        ..Default::default()
    }
}

fn growth(growth: &Growth) -> pb::GrowthReward {
    pb::GrowthReward {
        base: match growth.base {
            GrowthBase::SamePeriodLastYear => pb::GrowthBase::SamePeriodLastYear,
            GrowthBase::PriorPeriod => pb::GrowthBase::PriorPeriod,
            GrowthBase::Given => pb::GrowthBase::Given,
            GrowthBase::Figure => pb::GrowthBase::Figure,
        }
        .into(),
        given_base: growth.given_base.map(decimal_to_proto),
        on: match growth.on {
            GrowthOn::Increment => pb::GrowthOn::Increment,
            GrowthOn::Whole => pb::GrowthOn::Whole,
        }
        .into(),
        table: Some(table(&growth.table)),
        no_base: match growth.no_base {
            NoBasePolicy::Skip => pb::NoBasePolicy::Skip,
            NoBasePolicy::DefaultBase => pb::NoBasePolicy::DefaultBase,
        }
        .into(),
        non_positive_base: match growth.non_positive_base {
            NonPositiveBasePolicy::Nothing => pb::NonPositiveBasePolicy::Nothing,
            NonPositiveBasePolicy::TopTier => pb::NonPositiveBasePolicy::TopTier,
        }
        .into(),
        base_figure: growth.base_figure.clone(),
    }
}

fn table(table: &TierTable) -> pb::TierTable {
    pb::TierTable {
        tiers: table
            .tiers
            .iter()
            .map(|t| pb::Tier {
                from: Some(decimal_to_proto(t.from)),
                to: t.to.map(decimal_to_proto),
                rate: Some(decimal_to_proto(t.rate)),
                flat: Some(decimal_to_proto(t.flat)),
                ..Default::default()
            })
            .collect(),
        edge_side: match table.edge_side {
            EdgeSide::LowerInclusive => pb::EdgeSide::LowerInclusive,
            EdgeSide::UpperInclusive => pb::EdgeSide::UpperInclusive,
        }
        .into(),
        ..Default::default()
    }
}

fn example(example: &PlanExample) -> pb::PlanExample {
    pb::PlanExample {
        title: example.title.clone(),
        period: example.period.clone(),
        facts: example.facts.iter().map(example_fact).collect(),
        expect: example.expect.iter().map(example_line).collect(),
        ..Default::default()
    }
}

fn example_fact(fact: &ExampleFact) -> pb::ExampleFact {
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
        ..Default::default()
    }
}

fn example_line(line: &ExampleLine) -> pb::ExampleLine {
    pb::ExampleLine {
        partner: line.partner.clone(),
        rule: line.rule.clone(),
        currency: line.currency.clone(),
        amount: Some(decimal_to_proto(line.amount)),
        exact: line.exact.map(decimal_to_proto),
        ..Default::default()
    }
}
