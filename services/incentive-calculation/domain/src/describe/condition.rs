//! Conditions in words.

use super::text::{Language, say};
use crate::plan::{AttributeCondition, Condition, Indicator, IndicatorCondition};

impl Language {
    /// A condition as the inside of "unless …": "the tier is advanced or strategic".
    pub(super) fn condition(self, condition: &Condition) -> String {
        match condition {
            Condition::Indicator(one) => self.bounds(one),
            Condition::Attribute(one) => self.attribute(one),
            Condition::All(list) => self.several(list, self.of("all of", "同时满足")),
            Condition::Any(list) => self.several(list, self.of("at least one of", "至少满足其一")),
            Condition::Not(other) => {
                let other = self.condition(other);
                say!(self, "it is not so that {other}", "并非{other}")
            }
        }
    }

    fn several(self, list: &[Condition], which: &str) -> String {
        let parts: Vec<String> = list.iter().map(|c| self.condition(c)).collect();
        let parts = self.clauses(&parts);
        say!(self, "{which} [{parts}] holds", "{which}[{parts}]")
    }

    fn bounds(self, one: &IndicatorCondition) -> String {
        let number = |value| match &one.indicator {
            Indicator::Attainment | Indicator::ScoreCard(_) => self.percent(value),
            Indicator::Figure(_) | Indicator::Measure(_) => self.number(value),
        };
        let what = self.indicator(&one.indicator);
        match (one.at_least.map(number), one.below.map(number)) {
            (Some(least), Some(below)) => {
                say!(self, "{what} is at least {least} and below {below}", "{what}不低于 {least} 且低于 {below}")
            }
            (Some(least), None) => say!(self, "{what} is at least {least}", "{what}不低于 {least}"),
            (None, Some(below)) => say!(self, "{what} is below {below}", "{what}低于 {below}"),
            (None, None) => say!(self, "{what} is known", "{what}已知"),
        }
    }

    fn attribute(self, one: &AttributeCondition) -> String {
        let values = self.or(&self.all_quoted(&one.values));
        let what = match (one.attribute.as_str(), one.attribute.strip_prefix("label:")) {
            ("tier", _) => self.of("the tier", "等级").to_owned(),
            ("kind", _) => self.of("the kind of partner", "伙伴类型").to_owned(),
            ("region", _) => self.of("the region (or one above it)", "地区（或其上级）").to_owned(),
            (_, Some(key)) => say!(self, "the label “{key}”", "标签“{key}”"),
            (other, None) => say!(self, "the attribute “{other}”", "属性“{other}”"),
        };
        say!(self, "{what} is {values}", "{what}为{values}")
    }
}
