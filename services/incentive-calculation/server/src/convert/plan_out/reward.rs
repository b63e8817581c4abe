//! Writes rewards.

use incentive_calculation_domain::plan::{
    Amount, Baseline, Curve, Draw, Guarantee, Matrix, Override, PerFact, ProfitShare, Reward, Step,
};
use tributary_core::Decimal;
use tributary_proto::tributary::incentive::v1::{self as pb, rule::Reward as Pb};
use tributary_rpc::convert::decimal_to_proto;

use super::{measure::indicator, table};
use crate::convert::plan::Choice as _;

pub(super) fn reward(reward: &Reward) -> Pb {
    match reward {
        Reward::Marginal(m) => Pb::Marginal(table::marginal(m)),
        Reward::WholeVolume(w) => Pb::WholeVolume(table::whole_volume(w)),
        Reward::Growth(g) => Pb::Growth(table::growth(g)),
        Reward::PerFact(p) => Pb::PerFact(per_fact(p)),
        Reward::Curve(c) => Pb::Curve(curve(c)),
        Reward::Step(s) => Pb::Step(step(s)),
        Reward::Matrix(m) => Pb::Matrix(matrix(m)),
        Reward::ProfitShare(p) => Pb::ProfitShare(profit_share(p)),
        Reward::Override(o) => Pb::Override(override_(o)),
        Reward::Guarantee(g) => Pb::Guarantee(guarantee(g)),
        Reward::Draw(d) => Pb::Draw(draw(d)),
    }
}

fn per_fact(reward: &PerFact) -> pb::PerFactReward {
    pb::PerFactReward {
        rate: Some(decimal_to_proto(reward.rate)),
        per_unit: Some(decimal_to_proto(reward.per_unit)),
        per_fact: Some(decimal_to_proto(reward.per_fact)),
        table: reward.table.as_ref().map(table::table),
        reading: reward.reading.number(),
        on: reward.on.number(),
        floor: reward.floor.map(decimal_to_proto),
        cap: reward.cap.map(decimal_to_proto),
    }
}

fn curve(reward: &Curve) -> pb::CurveReward {
    let points = reward.points.iter().map(|point| pb::CurvePoint {
        at: Some(decimal_to_proto(point.at)),
        value: Some(decimal_to_proto(point.value)),
    });
    let (paid_on, amount) = table::paid_on(reward.paid_on);
    pb::CurveReward {
        points: points.collect(),
        of: reward.of.number(),
        edge_scale: reward.edge_scale.number(),
        paid_on,
        amount,
        below: reward.below.number(),
        above: reward.above.number(),
    }
}

fn step(reward: &Step) -> pb::StepReward {
    pb::StepReward {
        above: Some(decimal_to_proto(reward.above)),
        step: Some(decimal_to_proto(reward.step)),
        amount: Some(decimal_to_proto(reward.amount)),
        part_step: reward.part_step.number(),
        max_steps: i64::try_from(reward.max_steps).unwrap_or(i64::MAX),
        edge_scale: reward.edge_scale.number(),
    }
}

fn matrix(reward: &Matrix) -> pb::MatrixReward {
    let decimals = |list: &[Decimal]| list.iter().map(|d| decimal_to_proto(*d)).collect();
    pb::MatrixReward {
        column: Some(indicator(&reward.column)),
        row_edges: decimals(&reward.row_edges),
        column_edges: decimals(&reward.column_edges),
        rows: reward.rows.iter().map(|row| pb::MatrixRow { cells: decimals(row) }).collect(),
        of: reward.of.number(),
        edge_side: reward.edge_side.number(),
    }
}

fn profit_share(reward: &ProfitShare) -> pb::ProfitShareReward {
    use pb::profit_share_reward::Baseline as Of;
    pb::ProfitShareReward {
        rate: Some(decimal_to_proto(reward.rate)),
        baseline: match &reward.baseline {
            Baseline::None => None,
            Baseline::Amount(amount) => Some(Of::BaselineAmount(decimal_to_proto(*amount))),
            Baseline::Figure(name) => Some(Of::BaselineFigure(name.clone())),
        },
        guaranteed: Some(decimal_to_proto(reward.guaranteed)),
        carry_losses: reward.carry_losses,
    }
}

fn override_(reward: &Override) -> pb::OverrideReward {
    let levels = reward.levels.iter().map(|level| pb::OverrideLevel {
        level: i32::try_from(level.level).unwrap_or(i32::MAX),
        rate: Some(decimal_to_proto(level.rate)),
    });
    pb::OverrideReward { levels: levels.collect(), frozen: reward.frozen.number() }
}

fn guarantee(reward: &Guarantee) -> pb::GuaranteeReward {
    use pb::guarantee_reward::Guaranteed as Of;
    pb::GuaranteeReward {
        guaranteed: Some(match &reward.guaranteed {
            Amount::Given(amount) => Of::Amount(decimal_to_proto(*amount)),
            Amount::Figure(name) => Of::Figure(name.clone()),
        }),
        rules: reward.rules.clone(),
        currency: reward.currency.code().to_owned(),
    }
}

fn draw(reward: &Draw) -> pb::DrawReward {
    use pb::draw_reward::Drawn as Of;
    pb::DrawReward {
        drawn: Some(match &reward.drawn {
            Amount::Given(amount) => Of::Amount(decimal_to_proto(*amount)),
            Amount::Figure(name) => Of::Figure(name.clone()),
        }),
        kind: reward.kind.number(),
        recoverable: reward.recoverable,
        recovery_share: Some(decimal_to_proto(reward.recovery_share)),
        forgive_after_periods: i32::try_from(reward.forgive_after_periods).unwrap_or(i32::MAX),
        rules: reward.rules.clone(),
        currency: reward.currency.code().to_owned(),
    }
}
