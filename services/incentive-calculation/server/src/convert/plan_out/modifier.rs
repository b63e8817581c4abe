//! Writes what modifies a reward.

use incentive_calculation_domain::plan::{
    Gate, Hold, HoldUntil, InKind, Limits, Multiplier, ShareOf, SharePayee, Split, SplitShare,
};
use tributary_proto::tributary::incentive::v1 as pb;
use tributary_rpc::convert::decimal_to_proto;

use super::measure::{condition, indicator};
use crate::convert::plan::Choice as _;

pub(super) fn gate(gate: &Gate) -> pb::Gate {
    pb::Gate {
        title: gate.title.clone(),
        when: Some(condition(&gate.when)),
        otherwise: Some(decimal_to_proto(gate.otherwise)),
    }
}

pub(super) fn multiplier(multiplier: &Multiplier) -> pb::Multiplier {
    let steps = multiplier.steps.iter().map(|step| pb::FactorStep {
        from: Some(decimal_to_proto(step.from)),
        factor: Some(decimal_to_proto(step.factor)),
    });
    pb::Multiplier {
        title: multiplier.title.clone(),
        by: Some(indicator(&multiplier.by)),
        steps: steps.collect(),
        linear: multiplier.linear,
        missing: multiplier.missing.number(),
    }
}

/// `None` when nothing limits.
pub(super) fn limits(limits: &Limits) -> Option<pb::Limits> {
    (*limits != Limits::default()).then(|| pb::Limits {
        period_cap: limits.period_cap.map(decimal_to_proto),
        period_floor: limits.period_floor.map(decimal_to_proto),
        year_cap: limits.year_cap.map(decimal_to_proto),
        year_floor: limits.year_floor.map(decimal_to_proto),
    })
}

pub(super) fn split(split: &Split) -> pb::Split {
    pb::Split { shares: split.shares.iter().map(share).collect(), less_figure: split.less_figure.clone() }
}

fn share(share: &SplitShare) -> pb::SplitShare {
    use pb::split_share::{Payee, Share};
    pb::SplitShare {
        payee: Some(match &share.payee {
            SharePayee::Own => Payee::Self_(true),
            SharePayee::Partner(name) => Payee::Partner(name.clone()),
        }),
        share: Some(match &share.share {
            ShareOf::Weight(weight) => Share::Weight(i64::try_from(*weight).unwrap_or(i64::MAX)),
            ShareOf::WeightFigure(name) => Share::WeightFigure(name.clone()),
        }),
        minimum: share.minimum.map(decimal_to_proto),
    }
}

pub(super) fn in_kind(in_kind: &InKind) -> pb::InKind {
    pb::InKind {
        sort: in_kind.sort.number(),
        item: in_kind.item.clone(),
        title: in_kind.title.clone(),
        unit_value: Some(decimal_to_proto(in_kind.unit_value)),
    }
}

pub(super) fn hold(hold: &Hold) -> pb::Hold {
    use pb::hold::Until;
    pb::Hold {
        title: hold.title.clone(),
        until: Some(match &hold.until {
            HoldUntil::Days(days) => Until::Days(i32::try_from(*days).unwrap_or(i32::MAX)),
            HoldUntil::Condition(c) => Until::Condition(condition(c)),
        }),
    }
}
