//! Writes tier tables and the rewards over them.

use incentive_calculation_domain::plan::{Growth, Marginal, PaidOn, Retrospective, TierTable, WholeVolume};
use tributary_proto::{google::r#type as gt, tributary::incentive::v1 as pb};
use tributary_rpc::convert::decimal_to_proto;

use crate::convert::plan::Choice as _;

pub(super) fn table(table: &TierTable) -> pb::TierTable {
    let tiers = table.tiers.iter().map(|t| pb::Tier {
        from: Some(decimal_to_proto(t.from)),
        to: t.to.map(decimal_to_proto),
        rate: Some(decimal_to_proto(t.rate)),
        flat: Some(decimal_to_proto(t.flat)),
        edge_side: t.edge_side.map_or(0, |side| side.number()),
    });
    pb::TierTable { tiers: tiers.collect(), edge_side: table.edge_side.number(), edge_scale: table.edge_scale.number() }
}

pub(super) fn marginal(reward: &Marginal) -> pb::MarginalReward {
    pb::MarginalReward {
        table: Some(table(&reward.table)),
        first_flat_at_zero: reward.first_flat_at_zero,
        retrospective: reward.retrospective.map(retrospective),
    }
}

fn retrospective(retrospective: Retrospective) -> pb::Retrospective {
    use pb::RetrospectiveFrom as From;
    let (from, point) = match retrospective {
        Retrospective::FirstUnit => (From::FirstUnit, None),
        Retrospective::LowestBracket => (From::LowestBracket, None),
        Retrospective::StartOfGrowth => (From::StartOfGrowth, None),
        Retrospective::Point(point) => (From::Point, Some(decimal_to_proto(point))),
    };
    pb::Retrospective { from: from.into(), point }
}

pub(super) fn whole_volume(reward: &WholeVolume) -> pb::WholeVolumeReward {
    let (paid_on, amount) = paid_on(reward.paid_on);
    pb::WholeVolumeReward { table: Some(table(&reward.table)), paid_on, amount }
}

/// The choice, and the amount that goes with it.
pub(super) fn paid_on(on: PaidOn) -> (i32, Option<gt::Decimal>) {
    let (on, amount) = match on {
        PaidOn::Measure => (pb::PaidOn::Measure, None),
        PaidOn::Target => (pb::PaidOn::Target, None),
        PaidOn::Amount(amount) => (pb::PaidOn::Amount, Some(decimal_to_proto(amount))),
    };
    (on.into(), amount)
}

pub(super) fn growth(growth: &Growth) -> pb::GrowthReward {
    pb::GrowthReward {
        base: growth.base.number(),
        given_base: growth.given_base.map(decimal_to_proto),
        on: growth.on.number(),
        table: Some(table(&growth.table)),
        no_base: growth.no_base.number(),
        non_positive_base: growth.non_positive_base.number(),
        base_figure: growth.base_figure.clone(),
    }
}
