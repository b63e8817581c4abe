//! Progress of commitments: what counts, in which window, at which pace.

use tributary_core::Exact;

use super::world::{cell, contract, day, decimal, purchases};
use crate::{
    Cells, ContractState,
    alert::{Progress, decimal as shown},
    sales::SalesKind::{Adjustment, Return, SellIn, SellOut},
};

fn progress(commitments: serde_json::Value, sales: &Cells, on: &str) -> Progress {
    let contract = contract("dealer", commitments);
    Progress::of(&contract.terms.commitments[0], &contract.term(), sales, day(on)).expect("in a window")
}

fn exact(text: &str) -> Exact {
    Exact::from(decimal(text))
}

/// Fact amounts of CNY are millionths, quantities too.
fn facts() -> Cells {
    Cells::from([
        cell("2025-12-31", SellIn, "", "CNY", 1_000_000_000_000, 1_000_000),
        cell("2026-01-01", SellIn, "bikes", "CNY", 50_000_000_001, 10_000_000),
        cell("2026-01-01", SellIn, "parts", "CNY", 7_000_000_000, 3_000_000),
        cell("2026-02-01", Return, "bikes", "CNY", -1_000_000_000, -1_500_000),
        cell("2026-02-01", Adjustment, "", "CNY", -500_000_000, 0),
        cell("2026-02-01", SellIn, "bikes", "USD", 99_000_000_000, 4_000_000),
        cell("2026-02-01", SellOut, "bikes", "CNY", 80_000_000_000, 20_000_000),
        cell("2026-04-11", SellIn, "", "CNY", 1_000_000_000_000, 1_000_000),
    ])
}

#[test]
fn purchases_count_sell_in_returns_and_adjustments_of_their_currency() {
    let found = progress(purchases("YEAR"), &facts(), "2026-04-10");
    // 50,000.000001 + 7,000 − 1,000 − 500; 100 of 365 days of 365,000.
    assert_eq!(found.actual, exact("55500.000001"));
    assert_eq!(found.expected(), exact("100000"));
    assert_eq!(found.pace(), Some(exact("0.55500000001")));
    // Python: Fraction("55500.000001") / 365000 = 0.152054794523…
    assert_eq!(found.attainment().map(|a| shown(&a, 6)).as_deref(), Some("0.152055"));
    assert_eq!((found.window.from, found.window.to), (day("2026-01-01"), day("2027-01-01")));
    // Python: 100 / 365 = 0.273972602…
    assert_eq!(shown(&found.elapsed, 6), "0.273973");
}

#[test]
fn sales_count_sell_out_and_quantities_every_currency() {
    let commitment = |kind: &str, line: &str, target: serde_json::Value| {
        serde_json::json!([{
            "commitment_id": "c", "kind": kind, "cadence": "YEAR", "product_line": line, "target": target,
        }])
    };
    let amount = serde_json::json!({"amount": {"currency": "CNY", "value": 36_500_000}});
    let pieces = serde_json::json!({"quantity": "730"});
    let actual = |kind, line, target| progress(commitment(kind, line, target), &facts(), "2026-04-10").actual;
    assert_eq!(actual("SALES", "", amount.clone()), exact("80000"));
    // 10 + 3 − 1.5 + 4 pieces, of which 12.5 are bikes.
    assert_eq!(actual("PURCHASE", "", pieces.clone()), exact("15.5"));
    assert_eq!(actual("PURCHASE", "bikes", pieces.clone()), exact("12.5"));
    assert_eq!(actual("PURCHASE", "parts", amount), exact("7000"));
    let visits = progress(commitment("TRAFFIC", "", pieces), &facts(), "2026-04-10");
    assert_eq!((visits.measure, visits.pace(), visits.attainment()), (None, None, None));
}

#[test]
fn a_window_has_gone_on_to_the_end_of_the_day() {
    // January has 31 days, owed 365,000 in each month.
    for (on, elapsed, expected) in [("2026-01-01", (1, 31), "11774.193548"), ("2026-01-31", (31, 31), "365000")] {
        let found = progress(purchases("MONTH"), &Cells::new(), on);
        let (n, d) = (Exact::from(elapsed.0), Exact::from(elapsed.1));
        assert_eq!(Some(&found.elapsed), n.checked_div(&d).as_ref());
        // Python: 365000 / 31 = 11774.1935483…
        assert_eq!(shown(&found.expected(), 6), expected);
        assert_eq!(found.pace(), Some(Exact::zero()));
    }
}

#[test]
fn a_window_that_the_end_cuts_short_owes_less() {
    let mut contract = contract("dealer", purchases("YEAR"));
    // Terminated: in force up to and with 30 June, 181 of 365 days.
    contract.state = ContractState::Terminating;
    contract.terminates_on = Some(day("2026-07-01"));
    let commitment = &contract.terms.commitments[0];
    let found = Progress::of(commitment, &contract.term(), &facts(), day("2026-04-10")).expect("in a window");
    assert_eq!(found.window.target, exact("181000"));
    // 100 of 181 days of 181,000.
    assert_eq!(found.expected(), exact("100000"));
    assert_eq!(Progress::of(commitment, &contract.term(), &facts(), day("2026-07-01")), None);
}
