//! Reads tier tables and the rewards over them.

use incentive_calculation_domain::plan::{Growth, Marginal, PaidOn, Retrospective, Tier, TierTable, WholeVolume};
use tributary_proto::{google::r#type as gt, tributary::incentive::v1 as pb};

use super::{Choice, Reader};

impl Reader {
    pub(super) fn table(&mut self, table: Option<&pb::TierTable>, path: &str) -> TierTable {
        let Some(table) = table else { return TierTable::default() };
        TierTable {
            edge_side: Choice::from_proto(table.edge_side()),
            edge_scale: Choice::from_proto(table.edge_scale()),
            tiers: self.each(&table.tiers, &format!("{path}.tiers"), |r, tier, path| Tier {
                from: r.decimal(tier.from.as_ref(), &format!("{path}.from")),
                to: r.optional(tier.to.as_ref(), &format!("{path}.to")),
                rate: r.decimal(tier.rate.as_ref(), &format!("{path}.rate")),
                flat: r.decimal(tier.flat.as_ref(), &format!("{path}.flat")),
                edge_side: match tier.edge_side() {
                    pb::EdgeSide::Unspecified => None,
                    side => Some(Choice::from_proto(side)),
                },
            }),
        }
    }

    pub(super) fn marginal(&mut self, reward: &pb::MarginalReward, path: &str) -> Marginal {
        Marginal {
            table: self.table(reward.table.as_ref(), &format!("{path}.table")),
            first_flat_at_zero: reward.first_flat_at_zero,
            retrospective: reward
                .retrospective
                .as_ref()
                .and_then(|r| self.retrospective(r, &format!("{path}.retrospective"))),
        }
    }

    fn retrospective(&mut self, retrospective: &pb::Retrospective, path: &str) -> Option<Retrospective> {
        use pb::RetrospectiveFrom as From;
        let from = retrospective.from();
        let needed = (from == From::Point).then_some("POINT");
        let point = self.amount_of_choice(retrospective.point.as_ref(), needed, &format!("{path}.point"));
        match from {
            From::FirstUnit => Some(Retrospective::FirstUnit),
            From::LowestBracket => Some(Retrospective::LowestBracket),
            From::StartOfGrowth => Some(Retrospective::StartOfGrowth),
            From::Point => point.map(Retrospective::Point),
            // The annotations refuse it.
            From::Unspecified => None,
        }
    }

    pub(super) fn whole_volume(&mut self, reward: &pb::WholeVolumeReward, path: &str) -> WholeVolume {
        WholeVolume {
            table: self.table(reward.table.as_ref(), &format!("{path}.table")),
            paid_on: self.paid_on(reward.paid_on(), reward.amount.as_ref(), path),
        }
    }

    pub(super) fn paid_on(&mut self, on: pb::PaidOn, amount: Option<&gt::Decimal>, path: &str) -> PaidOn {
        let needed = (on == pb::PaidOn::Amount).then_some("paid_on AMOUNT");
        let amount = self.amount_of_choice(amount, needed, &format!("{path}.amount"));
        match on {
            pb::PaidOn::Unspecified | pb::PaidOn::Measure => PaidOn::Measure,
            pb::PaidOn::Target => PaidOn::Target,
            pb::PaidOn::Amount => PaidOn::Amount(amount.unwrap_or_default()),
        }
    }

    pub(super) fn growth(&mut self, reward: &pb::GrowthReward, path: &str) -> Growth {
        Growth {
            base: Choice::from_proto(reward.base()),
            given_base: self.optional(reward.given_base.as_ref(), &format!("{path}.given_base")),
            on: Choice::from_proto(reward.on()),
            table: self.table(reward.table.as_ref(), &format!("{path}.table")),
            no_base: Choice::from_proto(reward.no_base()),
            non_positive_base: Choice::from_proto(reward.non_positive_base()),
            base_figure: reward.base_figure.clone(),
        }
    }
}
