//! Reads what modifies a reward.

use incentive_calculation_domain::plan::{
    FactorStep, Gate, Hold, HoldUntil, InKind, Limits, Multiplier, ShareOf, SharePayee, Split, SplitShare,
};
use tributary_proto::tributary::incentive::v1 as pb;

use super::{Choice, Reader};

impl Reader {
    pub(super) fn gate(&mut self, gate: &pb::Gate, path: &str) -> Gate {
        Gate {
            title: gate.title.clone(),
            when: self.required_condition(gate.when.as_ref(), &format!("{path}.when")),
            otherwise: self.decimal(gate.otherwise.as_ref(), &format!("{path}.otherwise")),
        }
    }

    pub(super) fn multiplier(&mut self, multiplier: &pb::Multiplier, path: &str) -> Multiplier {
        Multiplier {
            title: multiplier.title.clone(),
            by: self.required_indicator(multiplier.by.as_ref(), &format!("{path}.by")),
            steps: self.each(&multiplier.steps, &format!("{path}.steps"), |r, step, path| FactorStep {
                from: r.decimal(step.from.as_ref(), &format!("{path}.from")),
                factor: r.decimal(step.factor.as_ref(), &format!("{path}.factor")),
            }),
            linear: multiplier.linear,
            missing: Choice::from_proto(multiplier.missing()),
        }
    }

    pub(super) fn limits(&mut self, limits: &pb::Limits, path: &str) -> Limits {
        Limits {
            period_cap: self.optional(limits.period_cap.as_ref(), &format!("{path}.period_cap")),
            period_floor: self.optional(limits.period_floor.as_ref(), &format!("{path}.period_floor")),
            year_cap: self.optional(limits.year_cap.as_ref(), &format!("{path}.year_cap")),
            year_floor: self.optional(limits.year_floor.as_ref(), &format!("{path}.year_floor")),
        }
    }

    pub(super) fn split(&mut self, split: &pb::Split, path: &str) -> Split {
        Split {
            shares: self.each(&split.shares, &format!("{path}.shares"), Self::share),
            less_figure: split.less_figure.clone(),
        }
    }

    fn share(&mut self, share: &pb::SplitShare, path: &str) -> SplitShare {
        use pb::split_share::{Payee, Share};
        SplitShare {
            payee: match &share.payee {
                Some(Payee::Partner(name)) => SharePayee::Partner(name.clone()),
                Some(Payee::Self_(yes)) => {
                    self.chosen(*yes, &format!("{path}.self"));
                    SharePayee::Own
                }
                None => SharePayee::Own,
            },
            share: match &share.share {
                Some(Share::Weight(weight)) => ShareOf::Weight(self.unsigned(*weight, &format!("{path}.weight"))),
                Some(Share::WeightFigure(name)) => ShareOf::WeightFigure(name.clone()),
                None => ShareOf::Weight(0),
            },
            minimum: self.optional(share.minimum.as_ref(), &format!("{path}.minimum")),
        }
    }

    pub(super) fn in_kind(&mut self, in_kind: &pb::InKind, path: &str) -> InKind {
        InKind {
            sort: Choice::from_proto(in_kind.sort()),
            item: in_kind.item.clone(),
            title: in_kind.title.clone(),
            unit_value: self.decimal(in_kind.unit_value.as_ref(), &format!("{path}.unit_value")),
        }
    }

    pub(super) fn hold(&mut self, hold: &pb::Hold, path: &str) -> Hold {
        use pb::hold::Until;
        let condition =
            |r: &mut Self, c| HoldUntil::Condition(Box::new(r.required_condition(c, &format!("{path}.condition"))));
        Hold {
            title: hold.title.clone(),
            until: match &hold.until {
                Some(Until::Days(days)) => HoldUntil::Days(self.unsigned(*days, &format!("{path}.days"))),
                Some(Until::Condition(c)) => condition(self, Some(c)),
                None => condition(self, None),
            },
        }
    }
}
