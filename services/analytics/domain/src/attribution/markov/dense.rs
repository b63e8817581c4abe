//! Order 1 in closed form, from the inverse of the system.
//!
//! With N = (I − Q)⁻¹, journeys visit state c for the first time with probability u(c) ÷ N(c,c), u the expected visits,
//! and earn x = N·reward from there. What is lost without c is the product: no difference of nearly equal numbers.
#![expect(
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    reason = "a square matrix, indexed within its own bounds; probabilities"
)]

use super::system::System;

/// What is lost without each state, conversions and value per journey.
pub(super) fn lost(system: &System) -> Vec<[f64; 2]> {
    let n = system.rows.len();
    let inverse = inverse(system);
    let mut lost = Vec::with_capacity(n);
    for (c, row) in system.rows.iter().enumerate() {
        let of_c = &inverse[c * n..(c + 1) * n];
        let mut from_here = [0.0; 2];
        for (visits, other) in of_c.iter().zip(&system.rows) {
            from_here[0] += visits * other.reward[0];
            from_here[1] += visits * other.reward[1];
        }
        let reached = row.visits / of_c[c];
        lost.push(from_here.map(|earned| reached * earned));
    }
    lost
}

/// The inverse of I − Q, row by row: Gauss-Jordan in place. Every journey ends, so the matrix is a diagonally dominant
/// M-matrix and needs no pivoting.
fn inverse(system: &System) -> Vec<f64> {
    let n = system.rows.len();
    let mut m = vec![0.0; n * n];
    for (i, row) in system.rows.iter().enumerate() {
        m[i * n + i] = 1.0;
        for (j, p) in &row.next {
            m[i * n + j] -= p;
        }
    }
    let mut pivot_row = vec![0.0; n];
    for k in 0..n {
        let pivot = 1.0 / m[k * n + k];
        m[k * n + k] = 1.0;
        for entry in &mut m[k * n..(k + 1) * n] {
            *entry *= pivot;
        }
        pivot_row.copy_from_slice(&m[k * n..(k + 1) * n]);
        for (i, row) in m.chunks_exact_mut(n).enumerate() {
            let factor = row[k];
            if i == k || factor == 0.0 {
                continue;
            }
            row[k] = 0.0;
            for (entry, p) in row.iter_mut().zip(&pivot_row) {
                *entry -= factor * p;
            }
        }
    }
    m
}
