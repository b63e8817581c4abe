//! A matrix as a heat table: rows by the measure, columns by the indicator, darker where more is earned.

use tributary_core::Decimal;

use super::svg::Svg;
use crate::{
    describe::{Language, table::Scale},
    plan::{EdgeScale, Matrix, Rule},
};

const LEFT: u32 = 128;
const TOP: u32 = 84;
const CELL: (u32, u32) = (96, 36);
/// What can still be read.
const MAX: usize = 20;

/// The picture; `None` for a matrix that is too large to be read as one.
pub(super) fn svg(rule: &Rule, matrix: &Matrix, title: &str, language: Language) -> Option<String> {
    let (rows, columns) = (matrix.row_edges.len(), matrix.column_edges.len());
    if rows == 0 || columns == 0 || rows > MAX || columns > MAX {
        return None;
    }
    let place = |index: usize, start: u32, size: u32| {
        u32::try_from(index).ok()?.checked_mul(size)?.checked_add(start).map(Decimal::from)
    };
    let (wide, high) = (u32::try_from(columns).ok()?, u32::try_from(rows).ok()?);
    let width = LEFT.checked_add(wide.checked_mul(CELL.0)?)?.checked_add(16)?.max(360);
    let height = TOP.checked_add(high.checked_mul(CELL.1)?)?.checked_add(16)?;
    let mut svg = Svg::new(width, height, title);
    let half = (Decimal::from(CELL.0 / 2), Decimal::from(CELL.1 / 2 + 4));

    svg.text((Decimal::from(8), Decimal::from(TOP - 12)), "start", "axis", language.of("measure from", "计量值起点"));
    svg.text(
        (Decimal::from(LEFT), Decimal::from(TOP - 36)),
        "start",
        "axis",
        language.of("indicator from", "列指标起点"),
    );
    for (j, edge) in matrix.column_edges.iter().enumerate() {
        let at = place(j, LEFT, CELL.0)?.checked_add(half.0)?;
        svg.text((at, Decimal::from(TOP - 12)), "middle", "tick", &language.column_edge(matrix, *edge));
    }
    let cells = || matrix.rows.iter().flatten().copied();
    let (low, top) = (cells().min()?, cells().max()?);
    let scale = Scale::of(rule, EdgeScale::Absolute);
    for (i, (edge, row)) in matrix.row_edges.iter().zip(&matrix.rows).enumerate() {
        let y = place(i, TOP, CELL.1)?;
        let middle = y.checked_add(half.1)?;
        let edge = language.number(*edge);
        svg.text((Decimal::from(LEFT - 12), middle), "end", "tick", &edge);
        for (j, cell) in row.iter().take(columns).enumerate() {
            let x = place(j, LEFT, CELL.0)?;
            svg.cell((x, y), CELL.0, CELL.1, shade(*cell, low, top)?);
            let text = language.cell(matrix.of, scale, *cell);
            svg.text((x.checked_add(half.0)?, middle), "middle", "cell", &text);
        }
    }
    Some(svg.finish())
}

/// 0 to 100.
fn shade(value: Decimal, low: Decimal, high: Decimal) -> Option<u32> {
    let span = high.checked_sub(low)?;
    if span.is_zero() {
        return Some(30);
    }
    let part = value.checked_sub(low)?.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(span)?;
    u32::try_from(part.round().mantissa()).ok()
}
