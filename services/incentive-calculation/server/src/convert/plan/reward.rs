//! Reads rewards.

use incentive_calculation_domain::plan::{
    Amount, Baseline, Curve, CurveEnd, CurvePoint, Draw, Guarantee, Matrix, Override, OverrideLevel, PerFact,
    ProfitShare, Reward, Step,
};
use tributary_core::Decimal;
use tributary_proto::tributary::incentive::v1::{self as pb, rule::Reward as Pb};

use super::{Choice, Reader};

impl Reader {
    /// The reward of a rule; `None` after a violation without which it could not be.
    pub(super) fn reward(&mut self, reward: &Pb, rule: &str) -> Option<Reward> {
        Some(match reward {
            Pb::Marginal(m) => Reward::Marginal(self.marginal(m, &format!("{rule}.marginal"))),
            Pb::WholeVolume(w) => Reward::WholeVolume(self.whole_volume(w, &format!("{rule}.whole_volume"))),
            Pb::Growth(g) => Reward::Growth(self.growth(g, &format!("{rule}.growth"))),
            Pb::PerFact(p) => Reward::PerFact(self.per_fact(p, &format!("{rule}.per_fact"))),
            Pb::Curve(c) => Reward::Curve(self.curve(c, &format!("{rule}.curve"))),
            Pb::Step(s) => Reward::Step(self.step(s, &format!("{rule}.step"))),
            Pb::Matrix(m) => Reward::Matrix(self.matrix(m, &format!("{rule}.matrix"))),
            Pb::ProfitShare(p) => Reward::ProfitShare(self.profit_share(p, &format!("{rule}.profit_share"))),
            Pb::Override(o) => Reward::Override(self.override_(o, &format!("{rule}.override"))),
            Pb::Guarantee(g) => Reward::Guarantee(self.guarantee(g, &format!("{rule}.guarantee"))?),
            Pb::Draw(d) => Reward::Draw(self.draw(d, &format!("{rule}.draw"))?),
        })
    }

    fn per_fact(&mut self, reward: &pb::PerFactReward, path: &str) -> PerFact {
        PerFact {
            rate: self.decimal(reward.rate.as_ref(), &format!("{path}.rate")),
            per_unit: self.decimal(reward.per_unit.as_ref(), &format!("{path}.per_unit")),
            per_fact: self.decimal(reward.per_fact.as_ref(), &format!("{path}.per_fact")),
            table: reward.table.as_ref().map(|t| self.table(Some(t), &format!("{path}.table"))),
            reading: Choice::from_proto(reward.reading()),
            on: Choice::from_proto(reward.on()),
            floor: self.optional(reward.floor.as_ref(), &format!("{path}.floor")),
            cap: self.optional(reward.cap.as_ref(), &format!("{path}.cap")),
        }
    }

    fn curve(&mut self, reward: &pb::CurveReward, path: &str) -> Curve {
        let end = |said, default| match said {
            pb::CurveEnd::Unspecified => default,
            said => CurveEnd::from_proto(said),
        };
        Curve {
            points: self.each(&reward.points, &format!("{path}.points"), |r, point, path| CurvePoint {
                at: r.decimal(point.at.as_ref(), &format!("{path}.at")),
                value: r.decimal(point.value.as_ref(), &format!("{path}.value")),
            }),
            of: Choice::from_proto(reward.of()),
            edge_scale: Choice::from_proto(reward.edge_scale()),
            paid_on: self.paid_on(reward.paid_on(), reward.amount.as_ref(), path),
            below: end(reward.below(), CurveEnd::Nothing),
            above: end(reward.above(), CurveEnd::Level),
        }
    }

    fn step(&mut self, reward: &pb::StepReward, path: &str) -> Step {
        Step {
            above: self.decimal(reward.above.as_ref(), &format!("{path}.above")),
            step: self.decimal(reward.step.as_ref(), &format!("{path}.step")),
            amount: self.decimal(reward.amount.as_ref(), &format!("{path}.amount")),
            part_step: Choice::from_proto(reward.part_step()),
            max_steps: self.unsigned(reward.max_steps, &format!("{path}.max_steps")),
            edge_scale: Choice::from_proto(reward.edge_scale()),
        }
    }

    fn matrix(&mut self, reward: &pb::MatrixReward, path: &str) -> Matrix {
        Matrix {
            column: self.required_indicator(reward.column.as_ref(), &format!("{path}.column")),
            row_edges: self.decimals(&reward.row_edges, &format!("{path}.row_edges")),
            column_edges: self.decimals(&reward.column_edges, &format!("{path}.column_edges")),
            rows: self.each(&reward.rows, &format!("{path}.rows"), |r, row, path| {
                r.decimals(&row.cells, &format!("{path}.cells"))
            }),
            of: Choice::from_proto(reward.of()),
            edge_side: Choice::from_proto(reward.edge_side()),
        }
    }

    fn profit_share(&mut self, reward: &pb::ProfitShareReward, path: &str) -> ProfitShare {
        use pb::profit_share_reward::Baseline as Of;
        ProfitShare {
            rate: self.decimal(reward.rate.as_ref(), &format!("{path}.rate")),
            baseline: match &reward.baseline {
                None => Baseline::None,
                Some(Of::BaselineAmount(amount)) => {
                    Baseline::Amount(self.decimal(Some(amount), &format!("{path}.baseline_amount")))
                }
                Some(Of::BaselineFigure(name)) => Baseline::Figure(name.clone()),
            },
            guaranteed: self.decimal(reward.guaranteed.as_ref(), &format!("{path}.guaranteed")),
            carry_losses: reward.carry_losses,
        }
    }

    fn override_(&mut self, reward: &pb::OverrideReward, path: &str) -> Override {
        Override {
            levels: self.each(&reward.levels, &format!("{path}.levels"), |r, level, path| OverrideLevel {
                level: r.unsigned(level.level, &format!("{path}.level")),
                rate: r.decimal(level.rate.as_ref(), &format!("{path}.rate")),
            }),
            frozen: Choice::from_proto(reward.frozen()),
        }
    }

    fn guarantee(&mut self, reward: &pb::GuaranteeReward, path: &str) -> Option<Guarantee> {
        use pb::guarantee_reward::Guaranteed as Of;
        let guaranteed = match &reward.guaranteed {
            Some(Of::Amount(amount)) => Amount::Given(self.decimal(Some(amount), &format!("{path}.amount"))),
            Some(Of::Figure(name)) => Amount::Figure(name.clone()),
            None => Amount::Given(Decimal::ZERO),
        };
        let currency = self.currency(&reward.currency, &format!("{path}.currency"))?;
        Some(Guarantee { guaranteed, rules: reward.rules.clone(), currency })
    }

    fn draw(&mut self, reward: &pb::DrawReward, path: &str) -> Option<Draw> {
        use pb::draw_reward::Drawn as Of;
        let drawn = match &reward.drawn {
            Some(Of::Amount(amount)) => Amount::Given(self.decimal(Some(amount), &format!("{path}.amount"))),
            Some(Of::Figure(name)) => Amount::Figure(name.clone()),
            None => Amount::Given(Decimal::ZERO),
        };
        let share = self.optional(reward.recovery_share.as_ref(), &format!("{path}.recovery_share"));
        let forgive = self.unsigned(reward.forgive_after_periods, &format!("{path}.forgive_after_periods"));
        Some(Draw {
            drawn,
            kind: Choice::from_proto(reward.kind()),
            recoverable: reward.recoverable,
            recovery_share: share.unwrap_or(Decimal::ONE),
            forgive_after_periods: forgive,
            rules: reward.rules.clone(),
            currency: self.currency(&reward.currency, &format!("{path}.currency"))?,
        })
    }
}
