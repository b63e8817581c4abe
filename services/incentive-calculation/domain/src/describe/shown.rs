//! Values in sentences about changes: a rate is a percentage where the rule measures money, an edge where it is a share of
//! the target, and so on. What a number is depends on its neighbours; the context carries that down the walk.

use tributary_core::{Date, Decimal};

use super::{Language, Leaf, Node, names, words::Place};

/// What the neighbours of a value say of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Context {
    /// The rule measures money: rates are shares.
    money: bool,
    /// Edges are ratios.
    ratio_edges: bool,
    /// Values of points and cells are rates.
    rates: bool,
    /// The indicator of a bound or step is a ratio.
    ratio_indicator: bool,
}

impl Context {
    /// The context of the fields of a message.
    pub fn inside(mut self, message: &str, node: &Node) -> Self {
        let share = || node.value("edge_scale").is_some_and(|scale| scale == "EDGE_SCALE_SHARE_OF_TARGET");
        match message {
            "Rule" => {
                let field = node.get("measure").and_then(|m| m.value("field")).unwrap_or_default();
                let money = ["MEASURE_FIELD_NET", "MEASURE_FIELD_GROSS", "MEASURE_FIELD_PROFIT"];
                self = Self { money: money.contains(&field.as_str()), ..Self::default() };
            }
            "GrowthReward" => self.ratio_edges = true,
            "TierTable" => self.ratio_edges |= share(),
            "CurveReward" | "StepReward" => self.ratio_edges = share(),
            "Multiplier" => self.ratio_indicator = is_ratio(node.get("by")),
            "IndicatorCondition" => self.ratio_indicator = is_ratio(node.get("indicator")),
            _ => {}
        }
        if matches!(message, "CurveReward" | "MatrixReward") {
            self.rates = node.value("of").is_some_and(|of| of == "CURVE_OF_RATE");
        }
        if message == "MatrixReward" {
            self.ratio_indicator = is_ratio(node.get("column"));
        }
        self
    }

    fn is_percentage(self, message: &str, field: &str) -> bool {
        match (message, field) {
            ("Tier" | "OverrideLevel", "rate") => self.money,
            ("PerFactReward" | "ProfitShareReward", "rate") | ("Gate", "otherwise") => true,
            ("DrawReward", "recovery_share") | ("ScoreItem", "cap") => true,
            ("Tier", "from" | "to") | ("CurvePoint", "at") | ("StepReward", "step" | "above") => self.ratio_edges,
            ("CurvePoint", "value") | ("MatrixRow", "cells") => self.rates && self.money,
            ("FactorStep", "from") | ("IndicatorCondition", "at_least" | "below") => self.ratio_indicator,
            ("MatrixReward", "column_edges") => self.ratio_indicator,
            _ => false,
        }
    }
}

/// Whether an indicator is a ratio: attainment or a score.
fn is_ratio(indicator: Option<&Node>) -> bool {
    indicator.is_some_and(|i| i.get("attainment").is_some() || i.get("score_card").is_some())
}

/// A part in words.
pub(super) fn shown(node: &Node, context: Context, place: &Place, language: Language) -> String {
    match node {
        Node::Leaf(leaf) => self::leaf(leaf, context, (&place.message, &place.name), language),
        Node::List(items) => {
            let items: Vec<String> = items.iter().map(|item| shown(item, context, place, language)).collect();
            if items.is_empty() { language.of("none", "无").to_owned() } else { items.join(language.of(", ", "、")) }
        }
        Node::Group { message, fields } => {
            let context = context.inside(message, node);
            let part = |(name, node): &(String, Node)| {
                let inner = place.field(message, name, language);
                let label = names::field(message, name, language).unwrap_or(name);
                let text = shown(node, context, &inner, language);
                match node {
                    // What is off or empty needs no words.
                    Node::Leaf(Leaf::Flag(false)) => None,
                    _ if label.is_empty() => Some(text),
                    _ => Some(format!("{label} {text}")),
                }
            };
            let parts: Vec<String> = fields.iter().filter_map(part).collect();
            parts.join(language.of(", ", "，"))
        }
    }
}

fn leaf(leaf: &Leaf, context: Context, (message, field): (&str, &str), language: Language) -> String {
    match leaf {
        Leaf::Number(text) => match Decimal::from_str_exact(text) {
            Ok(number) if context.is_percentage(message, field) => language.percent(number),
            Ok(number) => language.number(number),
            Err(_) => text.clone(),
        },
        Leaf::Text(text) => language.quoted(text),
        Leaf::Choice(name) => language.quoted(names::choice(name, language).unwrap_or(name)),
        Leaf::Flag(flag) => if *flag { language.of("yes", "是") } else { language.of("no", "否") }.to_owned(),
        Leaf::Day(text) => Date::parse(text).map_or_else(|_| text.clone(), |day| language.date(day)),
    }
}
