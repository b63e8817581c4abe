//! What each reward needs, and the ranges of its numbers.

use tributary_core::{Decimal, Violations};

use super::condition::check_indicator;
use super::number::{ascending, count, figure, not_negative, positive, rate};
use crate::plan::{
    Baseline, Curve, CurveEnd, CurveOf, CurvePoint, EdgeScale, Growth, GrowthBase, GrowthOn, Marginal, Matrix,
    NoBasePolicy, Override, PaidOn, PerFact, PerFactOn, ProfitShare, Retrospective, Reward, Rule, Step, TableReading,
    WholeVolume,
    tiers::{TableKind, check_decimals, check_table},
};

/// Adds the violations of a reward. What guarantees and draws refer to is checked with the references.
pub(super) fn check(path: &str, rule: &Rule, v: &mut Violations) {
    let money = rule.measure.as_ref().is_some_and(|m| m.field.is_money());
    match &rule.reward {
        Reward::Marginal(marginal) => check_marginal(&format!("{path}.marginal"), marginal, money, v),
        Reward::WholeVolume(whole) => check_whole_volume(&format!("{path}.whole_volume"), whole, money, v),
        Reward::Growth(growth) => check_growth(&format!("{path}.growth"), growth, money, v),
        Reward::PerFact(per_fact) => check_per_fact(&format!("{path}.per_fact"), per_fact, money, v),
        Reward::Curve(curve) => check_curve(&format!("{path}.curve"), curve, money, v),
        Reward::Step(step) => check_step(&format!("{path}.step"), step, v),
        Reward::Matrix(matrix) => check_matrix(&format!("{path}.matrix"), matrix, money, v),
        Reward::ProfitShare(share) => check_profit_share(&format!("{path}.profit_share"), share, v),
        Reward::Override(levels) => check_override(&format!("{path}.override"), levels, money, v),
        Reward::Guarantee(_) | Reward::Draw(_) => {}
    }
}

fn check_marginal(path: &str, marginal: &Marginal, money: bool, v: &mut Violations) {
    check_table(&format!("{path}.table"), &marginal.table, TableKind::Measure { money }, v);
    let Some(from) = marginal.retrospective else { return };
    if let Retrospective::Point(point) = from {
        not_negative(&format!("{path}.retrospective.point"), point, v);
    }
    for (i, pair) in marginal.table.tiers.windows(2).enumerate() {
        if let [lower, upper] = pair
            && upper.rate < lower.rate
        {
            let field = format!("{path}.table.tiers[{}].rate", i.saturating_add(1));
            let rates = format!("{} is below {} of the tier before", upper.rate, lower.rate);
            v.add(field, format!("{rates}; a rate that is paid from further back must not fall"));
        }
    }
}

fn check_whole_volume(path: &str, whole: &WholeVolume, money: bool, v: &mut Violations) {
    // A share of a target or of a given amount may be more than all of it.
    let money = money && whole.paid_on == PaidOn::Measure;
    check_table(&format!("{path}.table"), &whole.table, TableKind::Measure { money }, v);
    check_paid_on(path, whole.paid_on, v);
}

fn check_paid_on(path: &str, paid_on: PaidOn, v: &mut Violations) {
    if let PaidOn::Amount(amount) = paid_on {
        positive(&format!("{path}.amount"), amount, v);
    }
}

fn check_growth(path: &str, growth: &Growth, money: bool, v: &mut Violations) {
    let increment = growth.on == GrowthOn::Increment;
    check_table(&format!("{path}.table"), &growth.table, TableKind::Growth { money, increment }, v);
    if growth.table.edge_scale != EdgeScale::Absolute {
        v.add(format!("{path}.table.edge_scale"), "is not used; edges of growth are ratios: leave it out");
    }
    let needed = growth.base == GrowthBase::Given || growth.no_base == NoBasePolicy::DefaultBase;
    let field = format!("{path}.given_base");
    match growth.given_base {
        None if needed => v.add(field, "is missing; a given or default base needs a number above 0"),
        Some(base) if !needed => {
            v.add(field, format!("{base} is not used; leave it out, or set base GIVEN or no_base DEFAULT_BASE"));
        }
        Some(base) if base <= Decimal::ZERO => {
            v.add(field, format!("{base} is not above 0; growth has no value there"));
        }
        Some(base) => check_decimals(&field, base, v),
        None => {}
    }
    let field = format!("{path}.base_figure");
    if growth.base == GrowthBase::Figure {
        figure(&field, &growth.base_figure, v);
    } else if !growth.base_figure.is_empty() {
        v.add(field, format!("{:?} is not used; leave it out, or set base FIGURE", growth.base_figure));
    }
}

fn check_per_fact(path: &str, reward: &PerFact, money: bool, v: &mut Violations) {
    let products = [("rate", reward.rate), ("per_unit", reward.per_unit), ("per_fact", reward.per_fact)];
    rate(&format!("{path}.rate"), reward.rate, money, v);
    not_negative(&format!("{path}.per_unit"), reward.per_unit, v);
    not_negative(&format!("{path}.per_fact"), reward.per_fact, v);
    if let Some(table) = &reward.table {
        check_table(&format!("{path}.table"), table, TableKind::Measure { money }, v);
        for (name, value) in products.iter().filter(|(_, value)| !value.is_zero()) {
            let remedy = "a table says all that a fact earns: leave one of them out";
            v.add(format!("{path}.{name}"), format!("{value} stands beside a table; {remedy}"));
        }
    } else {
        if products.iter().all(|(_, value)| value.is_zero()) && reward.floor.is_none() {
            v.add(path, "earns nothing; set rate, per_unit, per_fact, a table or a floor");
        }
        let unused = "is not used without a table; leave it out or add a table";
        if reward.reading != TableReading::default() {
            v.add(format!("{path}.reading"), unused);
        }
        if reward.on != PerFactOn::default() {
            v.add(format!("{path}.on"), unused);
        }
    }
    if let Some(floor) = reward.floor {
        not_negative(&format!("{path}.floor"), floor, v);
    }
    if let Some(cap) = reward.cap {
        positive(&format!("{path}.cap"), cap, v);
        if let Some(floor) = reward.floor.filter(|floor| *floor > cap) {
            v.add(format!("{path}.floor"), format!("{floor} is above cap {cap}; use at most {cap}"));
        }
    }
}

fn check_curve(path: &str, curve: &Curve, money: bool, v: &mut Violations) {
    count(&format!("{path}.points"), curve.points.len(), (2, 100), v);
    let at: Vec<Decimal> = curve.points.iter().map(|p| p.at).collect();
    ascending(|i| format!("{path}.points[{i}].at"), &at, v);
    let share = money && curve.of == CurveOf::Rate && curve.paid_on == PaidOn::Measure;
    for (i, point) in curve.points.iter().enumerate() {
        not_negative(&format!("{path}.points[{i}].at"), point.at, v);
        rate(&format!("{path}.points[{i}].value"), point.value, share, v);
    }
    if curve.of == CurveOf::Amount && curve.paid_on != PaidOn::Measure {
        v.add(
            format!("{path}.paid_on"),
            "is not used; a curve of amounts says what is paid: leave it out, or set of RATE",
        );
    } else {
        check_paid_on(path, curve.paid_on, v);
    }
    check_ends(path, curve, v);
}

/// A line that goes on must not lead below 0, where it would take money back.
fn check_ends(path: &str, curve: &Curve, v: &mut Violations) {
    let (first, last) = (curve.points.iter().take(2), curve.points.iter().rev().take(2));
    if let [a, b] = first.collect::<Vec<_>>().as_slice()
        && curve.below == CurveEnd::Continue
        && at_zero(a, b).is_some_and(|value| value < Decimal::ZERO)
    {
        v.add(format!("{path}.below"), "the line goes below 0 before 0; start lower, or use NOTHING or LEVEL");
    }
    if let [b, a] = last.collect::<Vec<_>>().as_slice()
        && curve.above == CurveEnd::Continue
        && b.value < a.value
    {
        v.add(format!("{path}.above"), "the line falls and would go below 0; use NOTHING or LEVEL");
    }
}

/// The sign of the value at 0 on the line through two points: value × run − at × rise, without a division.
fn at_zero(a: &CurvePoint, b: &CurvePoint) -> Option<Decimal> {
    let run = b.at.checked_sub(a.at)?;
    let rise = b.value.checked_sub(a.value)?;
    a.value.checked_mul(run)?.checked_sub(a.at.checked_mul(rise)?)
}

fn check_step(path: &str, step: &Step, v: &mut Violations) {
    not_negative(&format!("{path}.above"), step.above, v);
    positive(&format!("{path}.step"), step.step, v);
    not_negative(&format!("{path}.amount"), step.amount, v);
}

fn check_matrix(path: &str, matrix: &Matrix, money: bool, v: &mut Violations) {
    check_indicator(&format!("{path}.column"), &matrix.column, v);
    let edges = [("row_edges", &matrix.row_edges), ("column_edges", &matrix.column_edges)];
    for (name, edges) in edges {
        count(&format!("{path}.{name}"), edges.len(), (1, 50), v);
        ascending(|i| format!("{path}.{name}[{i}]"), edges, v);
        for (i, edge) in edges.iter().enumerate() {
            check_decimals(&format!("{path}.{name}[{i}]"), *edge, v);
        }
    }
    if let Some(first) = matrix.row_edges.first().filter(|edge| !edge.is_zero()) {
        v.add(
            format!("{path}.row_edges[0]"),
            format!("{first} is not 0; the first row starts at 0, for example with 0"),
        );
    }
    if matrix.rows.len() != matrix.row_edges.len() {
        let (rows, edges) = (matrix.rows.len(), matrix.row_edges.len());
        v.add(format!("{path}.rows"), format!("{rows} rows stand against {edges} row edges; give one row per edge"));
    }
    let share = money && matrix.of == CurveOf::Rate;
    for (i, row) in matrix.rows.iter().enumerate() {
        if row.len() != matrix.column_edges.len() {
            let (cells, edges) = (row.len(), matrix.column_edges.len());
            let text = format!("{cells} cells stand against {edges} column edges; give one cell per edge");
            v.add(format!("{path}.rows[{i}].cells"), text);
        }
        for (j, cell) in row.iter().enumerate() {
            rate(&format!("{path}.rows[{i}].cells[{j}]"), *cell, share, v);
        }
    }
}

fn check_profit_share(path: &str, share: &ProfitShare, v: &mut Violations) {
    rate(&format!("{path}.rate"), share.rate, true, v);
    match &share.baseline {
        Baseline::None => {}
        Baseline::Amount(amount) => not_negative(&format!("{path}.baseline_amount"), *amount, v),
        Baseline::Figure(name) => figure(&format!("{path}.baseline_figure"), name, v),
    }
    not_negative(&format!("{path}.guaranteed"), share.guaranteed, v);
}

fn check_override(path: &str, levels: &Override, money: bool, v: &mut Violations) {
    count(&format!("{path}.levels"), levels.levels.len(), (1, 20), v);
    for ((i, level), due) in levels.levels.iter().enumerate().zip(1..) {
        let path = format!("{path}.levels[{i}]");
        if level.level != due {
            let found = level.level;
            v.add(format!("{path}.level"), format!("{found} is not {due}; list the levels from 1 on, without gaps"));
        }
        rate(&format!("{path}.rate"), level.rate, money, v);
    }
}
