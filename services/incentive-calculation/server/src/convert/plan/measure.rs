//! Reads measures, indicators, conditions and targets.

use incentive_calculation_domain::plan::{
    AttributeCondition, Condition, Indicator, IndicatorCondition, Measure, ScoreCard, ScoreItem, ScoreOf, Target,
    TargetOf, Window,
};
use tributary_proto::tributary::incentive::v1 as pb;

use super::{Choice, Reader};
use crate::convert::{channel, kind};

impl Reader {
    pub(super) fn measure(&mut self, measure: &pb::Measure, path: &str) -> Measure {
        Measure {
            field: Choice::from_proto(measure.field()),
            kinds: measure.kinds.iter().filter_map(|k| kind(*k)).collect(),
            product_lines: measure.product_lines.clone(),
            skus: measure.skus.clone(),
            channels: measure.channels.iter().filter_map(|c| channel(*c)).collect(),
            regions: measure.regions.clone(),
            sub_channels: measure.sub_channels.clone(),
            window: measure.window.as_ref().map_or(Window::Period, |w| self.window(w, &format!("{path}.window"))),
            figure: measure.figure.clone(),
        }
    }

    fn window(&mut self, window: &pb::Window, path: &str) -> Window {
        use pb::window::Days;
        match &window.days {
            None => Window::Period,
            Some(Days::YearToDate(yes)) => {
                self.chosen(*yes, &format!("{path}.year_to_date"));
                Window::YearToDate
            }
            Some(Days::TrailingMonths(months)) => {
                Window::TrailingMonths(self.unsigned(*months, &format!("{path}.trailing_months")))
            }
            Some(Days::Since(day)) => {
                self.date(Some(day), &format!("{path}.since")).map_or(Window::Period, Window::Since)
            }
            Some(Days::SinceJoining(yes)) => {
                self.chosen(*yes, &format!("{path}.since_joining"));
                Window::SinceJoining
            }
        }
    }

    /// An indicator that its field requires; nothing stands for one that the annotations have refused.
    pub(super) fn required_indicator(&mut self, indicator: Option<&pb::Indicator>, path: &str) -> Indicator {
        use pb::indicator::Of;
        match indicator.and_then(|i| i.of.as_ref()) {
            None => Indicator::Attainment,
            Some(Of::Attainment(yes)) => {
                self.chosen(*yes, &format!("{path}.attainment"));
                Indicator::Attainment
            }
            Some(Of::Figure(name)) => Indicator::Figure(name.clone()),
            Some(Of::Measure(measure)) => Indicator::Measure(self.measure(measure, &format!("{path}.measure"))),
            Some(Of::ScoreCard(card)) => {
                let path = format!("{path}.score_card.items");
                Indicator::ScoreCard(ScoreCard { items: self.each(&card.items, &path, Self::score_item) })
            }
        }
    }

    fn score_item(&mut self, item: &pb::ScoreItem, path: &str) -> ScoreItem {
        use pb::score_item::Of;
        ScoreItem {
            title: item.title.clone(),
            of: match &item.of {
                Some(Of::Measure(measure)) => ScoreOf::Measure(self.measure(measure, &format!("{path}.measure"))),
                Some(Of::Figure(name)) => ScoreOf::Figure(name.clone()),
                None => ScoreOf::Figure(String::new()),
            },
            weight: self.decimal(item.weight.as_ref(), &format!("{path}.weight")),
            target: self.decimal(item.target.as_ref(), &format!("{path}.target")),
            cap: self.optional(item.cap.as_ref(), &format!("{path}.cap")),
        }
    }

    /// A condition that its field requires; nothing stands for one that the annotations have refused.
    pub(super) fn required_condition(&mut self, condition: Option<&pb::Condition>, path: &str) -> Condition {
        use pb::condition::Of;
        match condition.and_then(|c| c.of.as_ref()) {
            None => Condition::All(Vec::new()),
            Some(Of::Indicator(i)) => {
                let path = format!("{path}.indicator");
                Condition::Indicator(IndicatorCondition {
                    indicator: self.required_indicator(i.indicator.as_ref(), &format!("{path}.indicator")),
                    at_least: self.optional(i.at_least.as_ref(), &format!("{path}.at_least")),
                    below: self.optional(i.below.as_ref(), &format!("{path}.below")),
                })
            }
            Some(Of::Attribute(a)) => {
                Condition::Attribute(AttributeCondition { attribute: a.attribute.clone(), values: a.values.clone() })
            }
            Some(Of::All(list)) => Condition::All(self.conditions(list, &format!("{path}.all"))),
            Some(Of::Any(list)) => Condition::Any(self.conditions(list, &format!("{path}.any"))),
            Some(Of::Not(condition)) => {
                Condition::Not(Box::new(self.required_condition(Some(condition), &format!("{path}.not"))))
            }
        }
    }

    fn conditions(&mut self, list: &pb::Conditions, path: &str) -> Vec<Condition> {
        self.each(&list.conditions, &format!("{path}.conditions"), |r, c, path| r.required_condition(Some(c), path))
    }

    pub(super) fn target(&mut self, target: &pb::Target, path: &str) -> Target {
        use pb::target::Of;
        let of = match &target.of {
            Some(Of::Figure(name)) => {
                if target.missing() == pb::MissingTarget::Unspecified {
                    let remedy = "say what a payee without a target earns: SKIP or NONE_ATTAINED";
                    self.add(format!("{path}.missing"), format!("is missing; {remedy}"));
                }
                TargetOf::Figure(name.clone())
            }
            Some(Of::Amount(amount)) => TargetOf::Amount(self.decimal(Some(amount), &format!("{path}.amount"))),
            None => TargetOf::Figure(String::new()),
        };
        Target { of, missing: Choice::from_proto(target.missing()) }
    }
}
