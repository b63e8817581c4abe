//! Imports of contracts, obligations and journeys: good rows go in, faulty ones come back with field, value and remedy,
//! and whatever is imported again changes nothing.

use std::{fs, path::Path, sync::Arc};

use serde_json::{Value, json};
use tributary::{
    cli::Connection,
    import::{Batches, Format, Ledger, RecordClient, RejectWriter, SourceFile, State, send_records},
    mapping::{Target, load},
    output::Progress,
};
use tributary_proto::{
    google::r#type::{Date, Decimal, Money},
    tributary::contract::v1::{
        Contract, ContractState, ListContractsRequest, ListObligationsRequest, Obligation, ObligationState,
        commitment::Target as Promised, contract_service_client::ContractServiceClient, deposit_terms::Size,
        obligation_service_client::ObligationServiceClient,
    },
};

use super::command::{lines, tributary};

const REGISTER: &str = "contract_no,partner,title,effective_from,effective_to,annual_purchase_commitment,currency,payment_days,deposit_rate,owner,state
C-1,alpine,Dealer 2020,2020-01-01,,2000000,CNY,30,0.2,li.wei,active
C-2,alpine,Draft 2030,2030-01-01,2031-01-01,,CNY,,,,
C-3,baltic,Thirty days,2020-01-01,,,CNY,thirty,,,active
C-4,baltic,Backwards,2020-01-01,2019-01-01,,CNY,,,,signed
C-5,baltic,Nothing promised,2020-01-01,,0,CNY,,,,signed
C-6,No One,Two faults,2020-01-01,,,CNY,,1.5,,signed
";

const DUTIES: &str = "obligation_no,contract_no,kind,title,due_on,amount,currency,fulfilled_on
O-1,C-1,PAYMENT,Instalment,2099-03-31,12.50,CNY,
O-2,C-1,data report,Figures,2020-03-31,,,2020-03-30
O-3,C-9,OTHER,No contract,2020-03-31,,,
O-4,C-1,PAYMENT,No amount,2020-03-31,,,
O-5,C-1,GIFT,No kind,2020-03-31,,,
";

/// The summary of an import that ends with an exit code.
fn import(home: &Path, what: &str, file: &str, code: i32) -> Value {
    let told = lines(home, &["import", what, file, "--mapping", what, "--json"], code);
    told.last().map(|line| line["summary"].clone()).expect("a summary")
}

fn counts(created: u64, updated: u64, unchanged: u64, refused: u64) -> [Value; 4] {
    [created, updated, unchanged, refused].map(Value::from)
}

fn counted(summary: &Value) -> [Value; 4] {
    ["created", "updated", "unchanged", "refused"].map(|name| summary[name].clone())
}

/// What the import added to the rejected rows: line, field, value, reason, remedy.
fn rejects(path: &Path) -> Vec<[String; 5]> {
    let mut reader = csv::Reader::from_path(path).expect("rejects");
    let rows = reader.records().map(|row| row.expect("a row"));
    rows.map(|row| std::array::from_fn(|n| row.get(n).unwrap_or_default().to_owned())).collect()
}

fn told(line: u32, field: &str, value: &str, reason: &str, remedy: &str) -> [String; 5] {
    [&line.to_string(), field, value, reason, remedy].map(ToOwned::to_owned)
}

fn replaced(text: &str, changes: &[(&str, &str)]) -> String {
    changes.iter().fold(text.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from} in {text}");
        text.replace(from, to)
    })
}

/// Corrects the rejects and imports them, then the whole file with the same corrections: nothing is left to change.
fn corrected(home: &Path, what: &str, file: &str, whole: &str, changes: &[(&str, &str)], rows: u64, rejected: u64) {
    let path = home.join(format!("{file}.rejects.csv"));
    let mended = replaced(&fs::read_to_string(&path).expect("rejects"), changes);
    fs::write(home.join("mended.csv"), mended).expect("written");
    assert_eq!(counted(&import(home, what, "mended.csv", 0)), counts(rejected, 0, 0, 0));
    fs::write(home.join(file), replaced(whole, changes)).expect("written");
    assert_eq!(counted(&import(home, what, file, 0)), counts(0, 0, rows, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn contracts_and_their_obligations_come_in() {
    let directory = tempfile::tempdir().expect("a directory");
    let home = directory.path();
    fs::write(home.join("register.csv"), REGISTER).expect("written");
    fs::write(home.join("duties.csv"), DUTIES).expect("written");

    let first = import(home, "contracts", "register.csv", 1);
    assert_eq!((counted(&first), &first["rows"]), (counts(2, 0, 0, 4), &json!(6)));
    let found = rejects(&home.join("register.csv.rejects.csv"));
    let days = ("contract.payment.payment_days", "\"thirty\" is not a number");
    assert_eq!(found[0], told(4, days.0, "thirty", days.1, "write digits with a point, such as 1234.5"));
    assert_eq!(
        found[1],
        told(
            5,
            "contract.effective_to",
            "2019-01-01",
            "2019-01-01 is not after effective_from 2020-01-01",
            "it is the first day after the term, unset it for an open end"
        )
    );
    let row = "correct the row and import it again";
    assert_eq!(found[2], told(6, "contract.commitments[0].amount", "0 | CNY", "CNY 0.00 is not above zero", row));
    assert_eq!(
        (found[3][1].as_str(), found[3][2].as_str()),
        ("contract.partner | contract.deposit.rate", "No One | 1.5")
    );

    let changes = [
        (",thirty,", ",30,"),
        ("2020-01-01,2019-01-01", "2019-01-01,2020-01-01"),
        (",,0,CNY", ",,500,CNY"),
        ("No One", "no-one"),
        (",1.5,", ",0.5,"),
    ];
    corrected(home, "contracts", "register.csv", REGISTER, &changes, 6, 4);
    // A row that says something else is a further revision; the others stay.
    let other = replaced(REGISTER, &changes).replace("Thirty days", "A month");
    fs::write(home.join("register.csv"), other).expect("written");
    assert_eq!(counted(&import(home, "contracts", "register.csv", 0)), counts(0, 1, 5, 0));

    assert_eq!(counted(&import(home, "obligations", "duties.csv", 1)), counts(2, 0, 0, 3));
    let found = rejects(&home.join("duties.csv.rejects.csv"));
    assert_eq!((found[0][0].as_str(), found[0][1].as_str(), found[0][2].as_str()), ("4", "contract_ref", "C-9"));
    assert_eq!(
        (found[0][3].as_str(), found[0][4].as_str()),
        ("CONTRACT_NOT_FOUND: no contract has the external ref erp \"C-9\"", "create one or correct the ref")
    );
    assert_eq!(found[1], told(5, "obligation.amount", "", "is required for a payment", "state how much"));
    assert_eq!((found[2][1].as_str(), found[2][2].as_str()), ("obligation.kind", "GIFT"));
    let changes = [("C-9", "C-2"), ("No amount,2020-03-31,,", "No amount,2020-03-31,7,CNY"), ("GIFT", "OTHER")];
    corrected(home, "obligations", "duties.csv", DUTIES, &changes, 5, 3);

    looked_at(&home.join("data")).await;
}

/// What stands in the register afterwards.
async fn looked_at(data: &Path) {
    let connection = Connection::embedded(data, None).await.expect("a suite");
    let key = fs::read_to_string(data.join("bootstrap.key")).expect("a key");
    let keyed = || connection.keyed(&key).expect("a key");
    let all = ContractServiceClient::new(keyed()).list_contracts(ListContractsRequest::default()).await;
    let mut contracts = all.expect("a page").into_inner().contracts;
    contracts.sort_by(|a, b| a.external_refs[0].id.cmp(&b.external_refs[0].id));
    // C-4 was signed and its term is over.
    let states: Vec<_> = contracts.iter().map(Contract::state).collect();
    use ContractState as S;
    assert_eq!(states, [S::Active, S::Draft, S::Active, S::Ended, S::Active, S::Active]);
    assert_eq!((contracts[2].title.as_str(), contracts[2].revision), ("A month", 2));
    let first = &contracts[0];
    assert_eq!((first.partner.as_str(), first.title.as_str()), ("partners/alpine", "Dealer 2020"));
    assert_eq!(first.effective_from, Some(Date { year: 2020, month: 1, day: 1 }));
    let cny = |units, nanos| Money { currency_code: "CNY".to_owned(), units, nanos };
    assert_eq!(first.commitments[0].target, Some(Promised::Amount(cny(2_000_000, 0))));
    assert_eq!(first.payment.as_ref().map(|p| p.payment_days), Some(30));
    let rate = Size::Rate(Decimal { value: "0.2".to_owned() });
    assert_eq!(first.deposit.as_ref().and_then(|d| d.size.clone()), Some(rate));

    let request = ListObligationsRequest { parent: first.name.clone(), ..ListObligationsRequest::default() };
    let page = ObligationServiceClient::new(keyed()).list_obligations(request).await.expect("a page").into_inner();
    let by = |id: &str| {
        let is = |o: &&Obligation| o.external_ref.as_ref().is_some_and(|r| r.id == id);
        page.obligations.iter().find(is).cloned().unwrap_or_else(|| panic!("{id}: {page:?}"))
    };
    assert_eq!(page.obligations.len(), 4, "O-3 went to another contract");
    assert_eq!((by("O-1").amount, by("O-1").state()), (Some(cny(12, 500_000_000)), ObligationState::Open));
    assert_eq!(by("O-2").state(), ObligationState::Accepted);
    assert_eq!(by("O-2").fulfilled_on, Some(Date { year: 2020, month: 3, day: 30 }));
    connection.close().await.expect("closed");
}

const PATHS: &str = "journey_id,path,conversions,nulls,value,currency,ended_on,member
J-1,social > search > shop,1,0,99.90,CNY,2026-11-21,c-9f86
J-2,search,0,1,,,2026-11-21,
J-3,search,0,0,,,2026-11-21,
J-4,shop,1,0,1,CNY,2026-11-22,13800138000
J-5,shop,0,1,,,2026-11-22,
";

fn journeys(home: &Path) {
    let ready = include_str!("../../../../deploy/mappings/journeys.yaml");
    fs::write(home.join("journeys"), format!("{ready}  customer_key: {{from: member}}\n")).expect("written");
}

#[test]
fn journeys_come_in_and_customer_keys_stay_outside() {
    let directory = tempfile::tempdir().expect("a directory");
    let home = directory.path();
    journeys(home);
    let text = PATHS.replace("J-5,shop,0,1", "J-2,shop,0,1");
    fs::write(home.join("paths.csv"), &text).expect("written");
    let import = |code| {
        let mut told = lines(home, &["import", "journeys", "paths.csv", "--mapping", "./journeys", "--json"], code);
        told.pop().map(|line| line["summary"].clone()).expect("a summary")
    };
    let first = import(1);
    assert_eq!(
        (&first["recorded"], &first["duplicate"], &first["refused"], &first["updated"]),
        (&json!(2), &json!(0), &json!(3), &Value::Null)
    );
    let found = rejects(&home.join("paths.csv.rejects.csv"));
    assert_eq!(found[0][0], "4", "neither a conversion nor none: {found:?}");
    let pseudonym = "send a pseudonym such as a keyed hash instead";
    assert_eq!(
        found[1],
        told(5, "customer_key", "", "PERSONAL_DATA: customer_key looks like a phone number", pseudonym)
    );
    assert_eq!((found[2][1].as_str(), found[2][2].as_str()), ("journey_id", "J-2"));
    assert!(found[2][3].starts_with("JOURNEY_CONTENT_DIFFERS: "), "{found:?}");

    let mended = replaced(&text, &[("13800138000", "c-1"), ("search,0,0", "search,0,2"), ("J-2,shop", "J-5,shop")]);
    fs::write(home.join("paths.csv"), mended).expect("written");
    let again = import(0);
    assert_eq!((&again["recorded"], &again["duplicate"]), (&json!(3), &json!(2)));
    assert_eq!(import(0)["duplicate"], json!(5));
}

/// Sends the first two rows and breaks off, as far as the state of the command goes.
async fn broken_off(home: &Path, what: &str, file: &str) {
    let mapping = load(what).expect("mapping");
    let Target::Record(target) = mapping.target() else { panic!("{what}") };
    let source = SourceFile::open(&home.join(file)).expect("opened");
    let connection = Connection::embedded(&home.join("data"), None).await.expect("a suite");
    let key = fs::read_to_string(home.join("data/bootstrap.key")).expect("a key");
    let short = |digest: &str| digest[..16].to_owned();
    let name = format!("import-{}-{}.state", short(&source.digest), short(&mapping.digest));
    let rejects = format!("{file}.rejects.csv").into();
    let state = State {
        file_digest: source.digest.clone(),
        mapping_digest: mapping.digest.clone(),
        server: home.join("data").canonicalize().expect("there").display().to_string(),
        rejects,
        ..State::default()
    };
    let writer = RejectWriter::new(home.join("none.csv"), Format::Csv, b',', 0);
    let path = home.join("data").join(name);
    let mut ledger = Ledger::new(state, Some(path), writer, Progress::counted("importing", 0), true);
    let (ready, mut batches) = tokio::sync::mpsc::channel(4);
    let first = Batches::open(&source, &mapping, 2, 0, Arc::default()).expect("opened").next().expect("a batch");
    ready.send(first).await.expect("sent");
    ready.send(Err(std::io::Error::other("the power fails"))).await.expect("sent");
    let mut client = RecordClient::new(connection.keyed(&key).expect("a key"), target);
    send_records(&mut client, &mapping, &mut batches, &mut ledger).await.expect_err("broken off");
    assert_eq!((ledger.state.rows, ledger.state.counts.added), (2, 2));
    connection.close().await.expect("closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_broke_off_goes_on_where_it_was_durable() {
    let register = "contract_no,partner,title,effective_from,effective_to,annual_purchase_commitment,currency,\
                    payment_days,deposit_rate,owner,state\n"
        .to_owned()
        + &(1..=3).map(|n| format!("C-{n},alpine,T,2030-01-01,,,CNY,,,,draft\n")).collect::<String>();
    let paths = "journey_id,path,conversions,nulls,value,currency,ended_on\nJ-1,a,1,0,,,\nJ-2,a,1,0,,,\nJ-3,a,1,0,,,\n";
    let cases =
        [("contracts", register.as_str(), "created", "unchanged"), ("journeys", paths, "recorded", "duplicate")];
    for (what, text, added, same) in cases {
        let directory = tempfile::tempdir().expect("a directory");
        let home = directory.path();
        fs::write(home.join("f.csv"), text).expect("written");
        broken_off(home, what, "f.csv").await;
        // The counts go on with those of the state: nothing of the first two rows was sent again.
        let output = tributary(home, &["import", what, "f.csv", "--mapping", what, "--json"]);
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(err.contains("going on after row 2, as far as it was durable"), "{err}");
        let told: Value = serde_json::from_str(out.lines().last().unwrap_or_default()).expect("JSON");
        assert_eq!((&told["summary"][added], &told["summary"][same]), (&json!(3), &json!(0)), "{what}");

        // Another server under the same name has none of it, so the import begins anew; --restart does the same.
        broken_off_elsewhere(home, what).await;
        let output = tributary(home, &["import", what, "f.csv", "--mapping", what, "--json"]);
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(!err.contains("going on"), "{err}");
        let out = String::from_utf8_lossy(&output.stdout);
        let told: Value = serde_json::from_str(out.lines().last().unwrap_or_default()).expect("JSON");
        // A row without a name is asked for by sending it: what never changes can only be added by that.
        let asked = if what == "journeys" { 1 } else { 0 };
        assert_eq!((&told["summary"][added], &told["summary"][same]), (&json!(3 - asked), &json!(asked)), "{what}");
    }
}

/// Breaks an import off, and sets the server up anew under the same address.
async fn broken_off_elsewhere(home: &Path, what: &str) {
    fs::remove_dir_all(home.join("data")).expect("removed");
    broken_off(home, what, "f.csv").await;
    let states: Vec<_> = fs::read_dir(home.join("data"))
        .expect("there")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "state"))
        .collect();
    let [state] = states.as_slice() else { panic!("{states:?}") };
    let kept = fs::read(state).expect("read");
    fs::remove_dir_all(home.join("data")).expect("removed");
    fs::create_dir(home.join("data")).expect("made");
    fs::write(state, kept).expect("written");
}
