//! What the command prints for machines, and what it leaves on the disk.

use std::{
    path::Path,
    process::{Command, Output},
};

use serde_json::{Value, json};

const ORDERS: &str = "order_no,line_no,order_date,partner_id,sku,qty,currency,gross_amount,cost_amount,net_amount
SO1,1,2012-07-01,P1,A,1,CNY,1000000,0,1000000
SO1,2,2012-09-30,P1,A,1,CNY,600000,0,600000
";

pub(super) fn tributary(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tributary"));
    command.current_dir(directory).args(arguments).args(["--data", "data"]);
    for name in ["TRIBUTARY_ENDPOINT", "TRIBUTARY_API_KEY", "TRIBUTARY_STORE"] {
        command.env_remove(name);
    }
    command.output().expect("it runs")
}

/// The lines of a command that ends with an exit code.
pub(super) fn lines(directory: &Path, arguments: &[&str], code: i32) -> Vec<Value> {
    let output = tributary(directory, arguments);
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{out}\n{err}");
    out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn machines_get_the_run_and_its_statements() {
    let directory = tempfile::tempdir().expect("a directory");
    let home = directory.path();
    std::fs::write(home.join("orders.csv"), ORDERS).expect("written");
    let facts = ["import", "facts", "orders.csv", "--mapping", "order-lines", "--json"];
    let rejected = lines(home, &facts, 1);
    let summary = &rejected.last().expect("a summary")["summary"];
    assert_eq!((&summary["refused"], &summary["rejects"]), (&json!(2), &json!("orders.csv.rejects.csv")));
    assert_eq!(summary["stale_rejects"], Value::Null);

    // The partner was missing. With it everything goes in, and the old rejects are said to be old.
    std::fs::write(home.join("partners.csv"), "partner_id,name,business_type\nP1,Alpine,Warehouse\n").expect("written");
    std::fs::write(
        home.join("partners.yaml"),
        "apiVersion: tributary/v1\nkind: Mapping\ntarget: partners\nunknown: ignore\nfields:\n  external_refs:\n    \
         - {system: {const: erp}, id: {from: partner_id}}\n  display_name: {from: name}\n  kind: {const: DEALER}\n  \
         initial_status: {const: ACTIVE}\n",
    )
    .expect("written");
    lines(home, &["import", "partners", "partners.csv", "--mapping", "partners.yaml", "--json"], 0);
    let recorded = lines(home, &facts, 0);
    let expected = json!({ "summary": {
        "rows": 2, "recorded": 2, "duplicate": 0, "refused": 0,
        "rejects": null, "stale_rejects": "orders.csv.rejects.csv",
    }});
    assert_eq!(recorded, [expected]);
    assert!(home.join("orders.csv.rejects.csv").exists(), "it is somebody's to delete");
    let told = tributary(home, &facts[..5]);
    let told = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(told.contains("orders.csv.rejects.csv is left from an earlier import"), "{told}");

    let calculate = ["calculate", "--plan", "standard-commission", "--period", "2012-Q3", "--json"];
    let answer = lines(home, &calculate, 0);
    assert_eq!(answer.len(), 2);
    let (run, statement) = (&answer[0]["run"], &answer[1]["statement"]);
    // 1,000,000 at 15 % and 600,000 at 20 %.
    let amount = json!({ "currencyCode": "CNY", "amount": "270000.00" });
    assert_eq!(
        (&run["period"], &run["factCount"], &run["statementCount"]),
        (&json!("2012-Q3"), &json!("2"), &json!("1"))
    );
    assert_eq!((&run["totals"], &run["mode"]), (&json!([amount]), &json!("RUN_MODE_PREVIEW")));
    assert!(run["name"].as_str().is_some_and(|name| name.starts_with("runs/")), "{run}");
    assert_eq!((&statement["total"], &statement["run"]), (&amount, &run["name"]));
}

const TICKETS: &str = "ticket,item,day,shop,amount,member
T1,1,2025-11-11,S1,10.00,c-9f86d081
T1,2,2025-11-11,S1,20.00,13800138000
T2,1,2025-11-11,S1,30.00,li.wei@example.com
T3,1,2025-11-11,S1,40.00,
";

const TICKET_MAPPING: &str = r#"
apiVersion: tributary/v1
kind: Mapping
target: facts
source_id: "{ticket}/{item}"
fields:
  source_system: {const: till}
  partner_external_ref: {system: {const: till}, id: {from: shop}}
  kind: {const: SELL_OUT}
  occurred_on: {from: day}
  currency: {const: CNY}
  net: {from: amount}
  order_id: {from: ticket}
  customer_key: {from: member}
"#;

const SHOP_MAPPING: &str = r#"
apiVersion: tributary/v1
kind: Mapping
target: partners
fields:
  external_refs:
    - {system: {const: till}, id: {from: shop}}
  display_name: {from: shop}
  kind: {const: RETAILER}
  initial_status: {const: ACTIVE}
"#;

#[test]
fn personal_data_stays_in_the_rows_of_the_reject_file() {
    let directory = tempfile::tempdir().expect("a directory");
    let home = directory.path();
    let files = [("t.csv", TICKETS), ("t.yaml", TICKET_MAPPING), ("s.csv", "shop\nS1\n"), ("s.yaml", SHOP_MAPPING)];
    files.iter().for_each(|(name, text)| std::fs::write(home.join(name), text).expect("written"));
    lines(home, &["import", "partners", "s.csv", "--mapping", "s.yaml", "--json"], 0);
    let told = lines(home, &["import", "facts", "t.csv", "--mapping", "t.yaml", "--json"], 1);
    let summary = &told.last().expect("a summary")["summary"];
    assert_eq!((&summary["recorded"], &summary["refused"]), (&json!(2), &json!(2)));

    // The key stands in the caller's own column, and in none that the import adds.
    let rejects = std::fs::read_to_string(home.join("t.csv.rejects.csv")).expect("rejects");
    let rejects: Vec<&str> = rejects.lines().skip(1).collect();
    let row = |line, what, own| {
        format!("{line},customer_key,,looks like {what},send a pseudonym such as a keyed hash instead,,{own}")
    };
    let expected = [
        row(3, "a phone number", "T1,2,2025-11-11,S1,20.00,13800138000"),
        row(4, "an e-mail address", "T2,1,2025-11-11,S1,30.00,li.wei@example.com"),
    ];
    assert_eq!(rejects, expected);

    // With pseudonyms they go in.
    let corrected = TICKETS.replace("13800138000", "c-1").replace("li.wei@example.com", "c-2");
    std::fs::write(home.join("t.csv"), corrected).expect("written");
    let again = lines(home, &["import", "facts", "t.csv", "--mapping", "t.yaml", "--json"], 0);
    let summary = &again.last().expect("a summary")["summary"];
    assert_eq!((&summary["recorded"], &summary["duplicate"]), (&json!(2), &json!(2)));
}
