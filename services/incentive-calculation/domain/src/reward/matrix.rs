//! IC-06: a matrix over two numbers: the measure picks the row, an indicator the column.

use tributary_core::{Decimal, Exact};

use super::{
    Outcome, Terms, TooManyDigits,
    parts::{of_amount, of_slices, slice, step, text},
    table::reached,
};
use crate::plan::{CurveOf, EdgeSide, Matrix};

/// What the picked cell gives. Without a column nothing is earned; below 0 the rates of the first row count.
pub(super) fn pay(matrix: &Matrix, terms: &Terms<'_>) -> Result<Outcome, TooManyDigits> {
    let Some(indicator) = &terms.column else {
        return Ok(of_amount(Exact::zero(), "matrix", "the indicator that picks the column is missing"));
    };
    // The first row begins at 0 and has no lower neighbour.
    let row = last_reached(matrix.edge_side, &matrix.row_edges, &terms.x).unwrap_or(0);
    let Some(column) = last_reached(matrix.edge_side, &matrix.column_edges, indicator) else {
        let reason = format!("the indicator is {}, below the first column, which earns nothing", text(indicator));
        return Ok(Outcome { tier: Some(row), ..of_amount(Exact::zero(), "matrix", reason) });
    };
    let cell = cell(matrix, row, column);
    let place = format!("row {}, column {} (the indicator is {})", row + 1, column + 1, text(indicator));
    if matrix.of == CurveOf::Amount {
        let amount = if terms.x.is_negative() { Decimal::ZERO } else { cell };
        return Ok(Outcome {
            tier: Some(row),
            ..of_amount(amount.into(), "matrix", format!("{place} gives an amount"))
        });
    }
    let from = matrix.row_edges.get(row).copied().unwrap_or_default();
    let to = matrix.row_edges.get(row.saturating_add(1)).map(|to| Exact::from(*to));
    let slices = vec![slice((&from.into(), to.as_ref()), terms.x.clone(), cell, Decimal::ZERO)?];
    let mut outcome = of_slices(slices, Some(row));
    outcome.steps.push(step("matrix", &outcome.exact, &outcome.exact, format!("{place} gives the rate")));
    Ok(outcome)
}

/// The cell that a row and the present column give.
pub(super) fn cell_in_row(matrix: &Matrix, row: usize, column: &Exact) -> Option<Decimal> {
    Some(cell(matrix, row, last_reached(matrix.edge_side, &matrix.column_edges, column)?))
}

fn cell(matrix: &Matrix, row: usize, column: usize) -> Decimal {
    matrix.rows.get(row).and_then(|cells| cells.get(column)).copied().unwrap_or_default()
}

fn last_reached(side: EdgeSide, edges: &[Decimal], value: &Exact) -> Option<usize> {
    edges.iter().rposition(|edge| reached(side, &Exact::from(*edge), value))
}
