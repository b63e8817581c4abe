//! Writes measures, indicators, conditions and targets.

use incentive_calculation_domain::plan::{
    Condition, Indicator, Measure, ScoreCard, ScoreItem, ScoreOf, Target, TargetOf, Window,
};
use tributary_proto::tributary::incentive::v1 as pb;
use tributary_rpc::convert::{date_to_proto, decimal_to_proto};

use crate::convert::{channel_to_proto, kind_to_proto, plan::Choice as _};

pub(super) fn measure(measure: &Measure) -> pb::Measure {
    pb::Measure {
        field: measure.field.number(),
        kinds: measure.kinds.iter().map(|k| kind_to_proto(*k)).collect(),
        product_lines: measure.product_lines.clone(),
        skus: measure.skus.clone(),
        channels: measure.channels.iter().map(|c| channel_to_proto(Some(*c))).collect(),
        regions: measure.regions.clone(),
        sub_channels: measure.sub_channels.clone(),
        window: window(measure.window),
        figure: measure.figure.clone(),
    }
}

fn window(window: Window) -> Option<pb::Window> {
    use pb::window::Days;
    let days = match window {
        Window::Period => return None,
        Window::YearToDate => Days::YearToDate(true),
        Window::TrailingMonths(months) => Days::TrailingMonths(i32::try_from(months).unwrap_or(i32::MAX)),
        Window::Since(day) => Days::Since(date_to_proto(day)),
        Window::SinceJoining => Days::SinceJoining(true),
    };
    Some(pb::Window { days: Some(days) })
}

pub(super) fn indicator(indicator: &Indicator) -> pb::Indicator {
    use pb::indicator::Of;
    let of = match indicator {
        Indicator::Attainment => Of::Attainment(true),
        Indicator::Figure(name) => Of::Figure(name.clone()),
        Indicator::Measure(m) => Of::Measure(measure(m)),
        Indicator::ScoreCard(card) => Of::ScoreCard(score_card(card)),
    };
    pb::Indicator { of: Some(of) }
}

fn score_card(card: &ScoreCard) -> pb::ScoreCard {
    use pb::score_item::Of;
    let item = |item: &ScoreItem| pb::ScoreItem {
        title: item.title.clone(),
        of: Some(match &item.of {
            ScoreOf::Figure(name) => Of::Figure(name.clone()),
            ScoreOf::Measure(m) => Of::Measure(measure(m)),
        }),
        weight: Some(decimal_to_proto(item.weight)),
        target: Some(decimal_to_proto(item.target)),
        cap: item.cap.map(decimal_to_proto),
    };
    pb::ScoreCard { items: card.items.iter().map(item).collect() }
}

pub(super) fn condition(one: &Condition) -> pb::Condition {
    use pb::condition::Of;
    let several = |list: &[Condition]| pb::Conditions { conditions: list.iter().map(condition).collect() };
    let of = match one {
        Condition::Indicator(i) => Of::Indicator(pb::IndicatorCondition {
            indicator: Some(indicator(&i.indicator)),
            at_least: i.at_least.map(decimal_to_proto),
            below: i.below.map(decimal_to_proto),
        }),
        Condition::Attribute(a) => {
            Of::Attribute(pb::AttributeCondition { attribute: a.attribute.clone(), values: a.values.clone() })
        }
        Condition::All(list) => Of::All(several(list)),
        Condition::Any(list) => Of::Any(several(list)),
        Condition::Not(other) => Of::Not(Box::new(condition(other))),
    };
    pb::Condition { of: Some(of) }
}

pub(super) fn target(target: &Target) -> pb::Target {
    use pb::target::Of;
    let of = match &target.of {
        TargetOf::Amount(amount) => Of::Amount(decimal_to_proto(*amount)),
        TargetOf::Figure(name) => Of::Figure(name.clone()),
    };
    pb::Target { of: Some(of), missing: target.missing.number() }
}
