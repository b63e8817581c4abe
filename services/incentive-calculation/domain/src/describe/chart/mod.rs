//! The tables of a rule as pictures: what is earned over the measure, factors over their indicator, a matrix as a heat
//! table. Numbers are exact up to the last step, where a coordinate is rounded to a tenth of a pixel.

mod curves;
mod heat;
mod plot;
mod svg;

use tributary_core::Decimal;

use super::{Language, reward_field, text::say};
use crate::plan::{
    Curve, CurveOf, EdgeScale, Growth, GrowthOn, Indicator, Multiplier, PaidOn, Reward, Rule, TableReading, TierTable,
};
use curves::{Line, Piece};
use plot::{Axis, Plot};

/// A picture of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// The part of the spec that it shows. Example: "rules[0].marginal".
    pub path: String,
    /// What it shows, in words.
    pub title: String,
    /// An SVG document.
    pub svg: String,
}

/// The charts of a rule. A table that cannot be drawn, such as one of fixed amounts over shares of a target that differs
/// by payee, has none; its sentence says it.
pub(super) fn charts(path: &str, rule: &Rule, language: Language) -> Vec<Chart> {
    let mut charts = Vec::new();
    let name = if rule.title.is_empty() { &rule.id } else { &rule.title };
    let field = reward_field(&rule.reward);
    let mut add = |path: String, what: String, svg: Option<String>| {
        charts.extend(svg.map(|svg| Chart { path, title: what, svg }));
    };
    let (what, svg) = reward(rule, name, language);
    add(format!("{path}.{field}"), what, svg);
    for (i, multiplier) in rule.multipliers.iter().enumerate() {
        let what = if multiplier.title.is_empty() { name } else { &multiplier.title };
        let what = say!(language, "{what}: factor", "{what}：系数");
        let svg = factors(multiplier, language).and_then(|plot| plot.svg(&what, language));
        add(format!("{path}.multipliers[{i}]"), what, svg);
    }
    charts
}

fn reward(rule: &Rule, name: &str, language: Language) -> (String, Option<String>) {
    let what = say!(language, "{name}: what is earned", "{name}：应得");
    if let Reward::Matrix(matrix) = &rule.reward {
        let svg = heat::svg(rule, matrix, &what, language);
        return (what, svg);
    }
    let svg = plot(rule, language).and_then(|plot| plot.svg(&what, language));
    (what, svg)
}

fn plot(rule: &Rule, language: Language) -> Option<Plot> {
    let over = |ratio| axis(if ratio { share(language) } else { measured(language) }, ratio);
    let earned = |ratio| axis(if ratio { of_target(language) } else { language.of("earned", "应得") }, ratio);
    match &rule.reward {
        Reward::Marginal(m) => tiers(&m.table, curves::marginal(&m.table)?, PaidOn::Measure, language),
        Reward::WholeVolume(w) => tiers(&w.table, curves::whole(&w.table, w.paid_on)?, w.paid_on, language),
        Reward::PerFact(p) => {
            let table = p.table.as_ref()?;
            let pieces = match p.reading {
                TableReading::Marginal => curves::marginal(table)?,
                TableReading::Whole => curves::whole(table, PaidOn::Measure)?,
            };
            tiers(table, pieces, PaidOn::Measure, language)
        }
        Reward::Growth(g) => growth(g, language),
        Reward::Curve(c) => curve(c, language),
        Reward::Step(s) => {
            let ratio = s.edge_scale == EdgeScale::ShareOfTarget;
            Some(Plot { x: over(ratio), y: earned(false), line: curves::steps(s)? })
        }
        Reward::ProfitShare(p) => {
            let x = axis(language.of("profit above the baseline", "超出基线的利润"), false);
            Some(Plot { x, y: earned(false), line: curves::profit_share(p)? })
        }
        Reward::Matrix(_) | Reward::Override(_) | Reward::Guarantee(_) | Reward::Draw(_) => None,
    }
}

/// A table over the measure, or over shares of the target: what is earned is then a share of the target too, unless it
/// is fixed amounts only or paid on a given amount.
fn tiers(table: &TierTable, line: Line, paid_on: PaidOn, language: Language) -> Option<Plot> {
    let shares = table.edge_scale == EdgeScale::ShareOfTarget;
    let fixed = table.tiers.iter().all(|t| t.rate.is_zero());
    let plain = matches!(paid_on, PaidOn::Amount(_)) || fixed;
    let no_flats = table.tiers.iter().all(|t| t.flat.is_zero());
    match (shares, plain, paid_on) {
        // Rates on the target over a measure that is not related to it here.
        (false, false, PaidOn::Target) => None,
        (true, false, _) if !no_flats => None,
        (true, ratio_is_plain, _) => Some(Plot {
            x: axis(share(language), true),
            y: axis(if ratio_is_plain { language.of("earned", "应得") } else { of_target(language) }, !ratio_is_plain),
            line,
        }),
        (false, _, _) => {
            Some(Plot { x: axis(measured(language), false), y: axis(language.of("earned", "应得"), false), line })
        }
    }
}

/// Over growth, as a share of the base.
fn growth(reward: &Growth, language: Language) -> Option<Plot> {
    let x = axis(language.of("growth over the base", "较基数的增长率"), true);
    let y = axis(language.of("earned, as a share of the base", "应得占基数的比例"), true);
    let whole = reward.on == GrowthOn::Whole;
    Some(Plot { x, y, line: curves::growth(&reward.table, whole)? })
}

fn curve(reward: &Curve, language: Language) -> Option<Plot> {
    let ratio = reward.edge_scale == EdgeScale::ShareOfTarget;
    let x = axis(if ratio { share(language) } else { measured(language) }, ratio);
    let y = match reward.of {
        CurveOf::Rate => axis(language.of("rate", "比例"), true),
        CurveOf::Amount => axis(language.of("earned", "应得"), false),
    };
    Some(Plot { x, y, line: curves::curve(reward)? })
}

fn factors(multiplier: &Multiplier, language: Language) -> Option<Plot> {
    let ratio = matches!(multiplier.by, Indicator::Attainment | Indicator::ScoreCard(_));
    let x = match &multiplier.by {
        Indicator::Attainment => share(language).to_owned(),
        Indicator::Figure(name) => name.clone(),
        Indicator::Measure(_) => measured(language).to_owned(),
        Indicator::ScoreCard(_) => language.of("score", "得分").to_owned(),
    };
    let y = axis(language.of("factor", "系数"), false);
    Some(Plot { x: Axis { title: x, percent: ratio }, y, line: curves::factors(multiplier)? })
}

fn axis(title: &str, percent: bool) -> Axis {
    Axis { title: title.to_owned(), percent }
}

fn measured(language: Language) -> &'static str {
    language.of("measure", "计量值")
}

fn share(language: Language) -> &'static str {
    language.of("share of the target reached", "目标达成率")
}

fn of_target(language: Language) -> &'static str {
    language.of("earned, as a share of the target", "应得占目标的比例")
}

/// a + (b − a) · n ÷ d, `None` on overflow.
fn between(a: Decimal, b: Decimal, n: Decimal, d: Decimal) -> Option<Decimal> {
    a.checked_add(b.checked_sub(a)?.checked_mul(n)?.checked_div(d)?)
}
