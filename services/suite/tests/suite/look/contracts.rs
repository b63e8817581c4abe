//! Contracts and their commitments.

use serde_json::json;

use super::{World, row};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn contracts_are_told() {
    let world = World::copied().await;
    world.contract().await;
    world.negotiated().await;

    let list = world.table(&["contracts", "list", "--partner", "erp:D-2"]);
    assert_eq!(list.len(), 2);
    let birch = ["contracts/birch-2026", "partners/birch", "Dealer agreement Birch", "2026-01-01", "open-ended"];
    assert_eq!(row(&list, birch[0]), [&birch[..], &["NEGOTIATING", "2"]].concat());
    let active = world.json(&["contracts", "list", "--filter", "state = ACTIVE", "--json"]);
    assert_eq!((active.len(), &active[0]["effectiveTo"]), (1, &json!("2027-01-01")));

    let shown = world.table(&["contracts", "show", "birch-2026"]);
    assert_eq!(shown[0], ["contracts/birch-2026: Dealer agreement Birch"]);
    assert_eq!(row(&shown, "term"), ["term", "from 2026-01-01, open-ended"]);
    assert_eq!(row(&shown, "payment within"), ["payment within", "45 days"]);
    assert_eq!(row(&shown, "price of list"), ["price of list", "76.25 %"]);
    assert!(shown.iter().all(|row| row[0] != "deposit"), "what is not agreed is not shown");
    assert_eq!(row(&shown, "clause payment: Payment").len(), 1);
    assert_eq!(shown.last().expect("a clause")[0], "Payment is due in 45 days.");
    let alpine = world.table(&["contracts", "show", "erp:V-1"]);
    assert_eq!(row(&alpine, "annual"), ["annual", "PURCHASE", "YEAR", "CNY 8,000,000.00"]);

    let history = world.table(&["contracts", "history", "birch-2026"]);
    assert_eq!(history[0], ["time", "from", "to", "revision", "by", "why"]);
    assert!(history[1][0].starts_with("2026-04-01T04:0"), "{history:?}");
    assert_eq!(history[2][1..], ["DRAFT", "NEGOTIATING", "1", "bootstrap", "birch asks for time"]);
    assert_eq!(row(&history, "2")[2..4], ["bootstrap", "two weeks more"]);
    let lines = world.json(&["contracts", "history", "birch-2026", "--json"]);
    assert_eq!(lines.iter().filter(|line| line.get("revision").is_some()).count(), 2);

    let redline = "contracts/birch-2026, revision 1 to 2

payment.payment_days
- 30
+ 45

clauses[payment].text
- Payment is due in 30 days.
+ Payment is due in 45 days.
";
    assert_eq!(world.shown(&["contracts", "compare", "birch-2026"]), redline, "plain: this is no terminal");
    assert_eq!(world.shown(&["contracts", "compare", "birch-2026", "--from", "1", "--to", "2"]), redline);

    // 1,425,000 of 8,000,000; 91 of 365 days ask for 1,994,520.55.
    let commitments = world.table(&["contracts", "commitments"]);
    let figures = ["CNY", "8,000,000.00", "1,425,000.00", "17.8 %", "24.9 %", "71.4 %"];
    let window = ["partners/alpine", "annual", "PURCHASE", "2026-01-01..2027-01-01"];
    assert_eq!(commitments[1][1..], [&window[..], &figures[..]].concat());
    // On 2026-02-28, 59 of 365 days: 1,500,000 of 1,293,150.68.
    let earlier = world.table(&["contracts", "commitments", "--contract", "erp:V-1", "--as-of", "2026-02-28"]);
    assert_eq!(earlier[1][7..], ["1,500,000.00", "18.8 %", "16.2 %", "116.0 %"]);
    let exact = world.json(&["contracts", "commitments", "--partner", "alpine", "--json"]);
    assert_eq!((exact.len(), &exact[0]["pace"]), (1, &json!("0.714457")));

    world.refused(&["contracts", "compare", "erp:V-1"], 2, "there is no revision before the first one");
    world.refused(&["contracts", "compare", "birch-2026", "--from", "9"], 3, "REVISION_NOT_FOUND");
    world.refused(&["contracts", "show", "erp:V-9"], 3, "no contract has the key \"erp:V-9\"");
    world.refused(&["contracts", "show", "oak-2026"], 3, "CONTRACT_NOT_FOUND");
    world.refused(&["contracts", "list", "--filter", "colour = red"], 2, "\"colour\" is not a field of this filter");
    world.stop().await;
}
