//! `ImportContracts`: every row its own decision.

use tonic::Code;
use tributary_proto::{
    google::rpc::{BadRequest, ErrorInfo},
    tributary::contract::v1::{
        self as pb, Contract, ContractImport, ContractState as S, ImportContractsRequest, ImportOutcome as O,
        ImportResult,
    },
};

use super::desk::{ask, changed, full, raw, reason};
use crate::support::{Running, services};

fn row(erp: &str, state: S, change: impl FnOnce(&mut Contract)) -> ContractImport {
    let mut contract = full("", &[("erp", erp)]).contract.expect("set");
    change(&mut contract);
    ContractImport { contract: Some(contract), state: state.into(), terminates_on: None }
}

async fn import(desk: &Running, rows: Vec<ContractImport>) -> Vec<ImportResult> {
    let request = ImportContractsRequest { contracts: rows, request_id: String::new() };
    ask!(desk, "erp", import_contracts, request).expect("taken").results
}

fn outcomes(results: &[ImportResult]) -> Vec<O> {
    results.iter().map(ImportResult::outcome).collect()
}

/// Reason and fields of a row that was refused.
fn why(result: &ImportResult) -> (String, Vec<String>) {
    let status = result.error.as_ref().expect("refused");
    let info = status.details.iter().find_map(|any| any.to_msg::<ErrorInfo>().ok()).expect("info");
    let fields = status.details.iter().find_map(|any| any.to_msg::<BadRequest>().ok()).unwrap_or_default();
    (info.reason, fields.field_violations.into_iter().map(|v| v.field).collect())
}

#[tokio::test]
async fn rows_are_taken_each_for_itself() {
    for desk in services().await {
        desk.set("2026-11-01");
        let terminating = |on: &str| ContractImport { terminates_on: raw(on), ..row("V-4", S::Terminating, |_| {}) };
        let results = import(
            &desk,
            vec![
                row("V-1", S::Unspecified, |_| {}),
                row("V-2", S::Signed, |c| c.name = "contracts/gz".to_owned()),
                row("V-3", S::Signed, |c| c.effective_to = raw("2026-06-01")),
                terminating("2026-12-01"),
                row("V-5", S::Signed, |c| c.effective_from = raw("2026-12-01")),
                // What is wrong refuses nobody else.
                row("V-6", S::Active, |c| {
                    c.title.clear();
                    c.partner = "p".to_owned();
                    c.commitments.push(c.commitments[0].clone());
                }),
                ContractImport::default(),
                // The same contract once more, and one whose second ref belongs to it.
                row("V-1", S::Draft, |_| {}),
                row("V-7", S::Draft, |c| {
                    c.external_refs.push(full("", &[("crm", "7")]).contract.expect("set").external_refs[0].clone())
                }),
                row("V-8", S::Draft, |c| {
                    c.external_refs = full("", &[("pos", "8"), ("crm", "7")]).contract.expect("set").external_refs;
                }),
            ],
        )
        .await;
        use O::{Created, Refused, Unchanged};
        let expected = [Created, Created, Created, Created, Created, Refused, Refused, Unchanged, Created, Refused];
        assert_eq!(outcomes(&results), expected);
        let (code, mut found) = why(&results[5]);
        found.dedup();
        let wrong = ["contract.partner", "contract.title", "contract.commitments[1].commitment_id", "state"];
        assert_eq!((&*code, found), ("INVALID_REQUEST", wrong.map(str::to_owned).to_vec()));
        let (_, found) = why(&results[6]);
        assert!(found.contains(&"contract.external_refs".to_owned()), "{found:?}");
        assert_eq!(results[6].name, "");
        assert_eq!(results[7].name, results[0].name);
        assert_eq!(why(&results[9]).0, "EXTERNAL_REF_TAKEN");

        // The calendar has made of them what they are today.
        let states = [S::Draft, S::Expiring, S::Ended, S::Terminating, S::Signed];
        for (result, state) in results.iter().zip(states) {
            assert_eq!(desk.get(&result.name).await.state(), state, "{}", result.name);
        }
        assert_eq!(results[1].name, "contracts/gz");
        let told = desk.history("contracts/gz").await;
        let told: Vec<_> = told.iter().map(|(from, to, actor, _)| (*from, *to, &**actor)).collect();
        assert_eq!(
            told,
            [
                (S::Unspecified, S::Signed, "erp"),
                (S::Signed, S::Active, "calendar"),
                (S::Active, S::Expiring, "calendar"),
            ]
        );
        let events = desk.events("contracts/gz", 3).await;
        assert_eq!(events[0].event_type, "tributary.contract.v1.ContractCreated");
        assert_eq!(changed(&events[2]), (S::Active, S::Expiring, "calendar".to_owned()));
        desk.set("2026-12-01");
        desk.moved(&results[3].name, S::Ended).await;
        desk.moved(&results[4].name, S::Expiring).await;
    }
}

#[tokio::test]
async fn what_is_led_here_no_row_changes() {
    for desk in services().await {
        desk.set("2026-03-05");
        let draft = desk.draft(full("here", &[("erp", "V-1")])).await;
        let other = || row("V-1", S::Signed, |c| c.title = "In force without anybody's signature".to_owned());
        let results = import(&desk, vec![other(), row("V-2", S::Signed, |_| {})]).await;
        assert_eq!(outcomes(&results), [O::Refused, O::Created]);
        assert_eq!(why(&results[0]).0, "CONTRACT_LED_HERE");
        let signed = desk.signed(&draft, "2026-03-04").await;
        assert_eq!(outcomes(&import(&desk, vec![other()]).await), [O::Refused]);
        // The same once more is no change, and nothing was changed.
        let results = import(&desk, vec![row("V-1", S::Signed, |_| {})]).await;
        assert_eq!(outcomes(&results), [O::Unchanged]);
        let now = desk.get("contracts/here").await;
        assert_eq!((now.etag, now.led_elsewhere), (signed.etag, false));

        // Led elsewhere until somebody does something to it here.
        let taken = desk.get(&import(&desk, vec![row("V-2", S::Signed, |_| {})]).await[0].name).await;
        assert!(taken.led_elsewhere);
        let request = pb::TerminateContractRequest {
            name: taken.name.clone(),
            etag: taken.etag,
            reason: "moved away".to_owned(),
            ..Default::default()
        };
        let ended = ask!(desk, "legal", terminate_contract, request).expect("under notice");
        assert!(!ended.led_elsewhere);
        let results =
            import(&desk, vec![row("V-2", S::Signed, |c| c.title = "As if nothing had been".to_owned())]).await;
        assert_eq!(why(&results[0]).0, "CONTRACT_LED_HERE");
    }
}

#[tokio::test]
async fn known_rows_are_unchanged_or_a_further_revision() {
    for desk in services().await {
        desk.set("2026-03-05");
        let first = import(&desk, vec![row("V-1", S::Signed, |_| {}), row("V-2", S::Draft, |_| {})]).await;
        let name = first[0].name.clone();
        let before = desk.get(&name).await;
        assert_eq!((before.state(), before.revision, &*before.author), (S::Active, 1, "erp"));

        let again = import(&desk, vec![row("V-1", S::Signed, |_| {}), row("V-2", S::Unspecified, |_| {})]).await;
        assert_eq!(outcomes(&again), [O::Unchanged, O::Unchanged]);
        assert_eq!(desk.get(&name).await, before, "nothing was written");

        // What was added here by hand stays: another system's key, the owner, labels.
        let ours = pb::UpdateContractRequest {
            contract: Some(Contract { owner: "li.wei".to_owned(), ..before.clone() }),
            update_mask: Some(prost_types::FieldMask { paths: vec!["owner".to_owned()] }),
            ..Default::default()
        };
        ask!(desk, "qian", update_contract, ours).expect("ours");
        assert_eq!(outcomes(&import(&desk, vec![row("V-1", S::Signed, |_| {})]).await), [O::Unchanged]);

        let changed = vec![
            row("V-1", S::Signed, |c| c.title = "Dealer agreement, amended".to_owned()),
            row("V-2", S::Signed, |_| {}),
        ];
        let results = import(&desk, changed).await;
        assert_eq!(outcomes(&results), [O::Updated, O::Updated]);
        let after = desk.get(&name).await;
        assert_eq!((after.revision, after.state(), &*after.owner), (2, S::Active, "li.wei"));
        let second = desk.get(&results[1].name).await;
        assert_eq!((second.revision, second.state()), (1, S::Active), "signed now, and its term has begun");

        // Another partner, another name, an old etag: refused. A contract that is over stays as it is.
        let wrong = vec![
            row("V-1", S::Signed, |c| c.partner = "partners/q".to_owned()),
            row("V-1", S::Signed, |c| c.name = "contracts/other".to_owned()),
            row("V-1", S::Signed, |c| c.etag = before.etag.clone()),
            ContractImport { terminates_on: raw("2026-03-05"), ..row("V-2", S::Terminating, |_| {}) },
            row("V-2", S::Signed, |c| c.title = "Too late".to_owned()),
        ];
        let results = import(&desk, wrong).await;
        assert_eq!(outcomes(&results), [O::Refused, O::Refused, O::Refused, O::Updated, O::Refused]);
        assert_eq!(why(&results[0]).1, ["contract.partner"]);
        assert_eq!(why(&results[1]).1, ["contract.name"]);
        assert_eq!(
            (why(&results[2]).0, why(&results[4]).0),
            ("ETAG_MISMATCH".to_owned(), "CONTRACT_NOT_EDITABLE".to_owned())
        );
        assert_eq!(desk.get(&second.name).await.state(), S::Ended);
    }
}

#[tokio::test]
async fn the_end_of_a_buffer_is_for_contracts_under_notice_and_within_their_term() {
    for desk in services().await {
        desk.set("2026-03-05");
        let with = |state, on: &str| ContractImport {
            terminates_on: if on.is_empty() { None } else { raw(on) },
            ..row("V-1", state, |_| {})
        };
        let rows = vec![
            with(S::Terminating, ""),
            with(S::Terminating, "2027-01-02"),
            with(S::Terminating, "2025-12-31"),
            with(S::Signed, "2026-08-01"),
        ];
        for result in import(&desk, rows).await {
            assert_eq!(why(&result), ("INVALID_REQUEST".to_owned(), vec!["terminates_on".to_owned()]));
        }
    }
}

#[tokio::test]
async fn an_import_is_bounded_and_repeated_with_its_first_answer() {
    for desk in services().await {
        desk.set("2026-03-05");
        let request =
            |rows: Vec<ContractImport>, id: &str| ImportContractsRequest { contracts: rows, request_id: id.to_owned() };
        let none = ask!(desk, "erp", import_contracts, request(Vec::new(), "")).expect_err("nothing");
        assert_eq!((none.code, &*none.violations[0].field), (Code::InvalidArgument, "contracts"));
        let many = vec![row("V-1", S::Draft, |_| {}); 1001];
        let many = ask!(desk, "erp", import_contracts, request(many, "")).expect_err("too many");
        assert_eq!((many.code, &*many.violations[0].field), (Code::InvalidArgument, "contracts"));

        let rows = vec![row("V-1", S::Draft, |_| {}), ContractImport::default()];
        let first = ask!(desk, "erp", import_contracts, request(rows.clone(), "i-1")).expect("taken");
        assert_eq!(outcomes(&first.results), [O::Created, O::Refused]);
        let again = ask!(desk, "erp", import_contracts, request(rows.clone(), "i-1")).expect("repeated");
        assert_eq!(again, first);
        let other = ask!(desk, "erp", import_contracts, request(rows[..1].to_vec(), "i-1"));
        assert_eq!(reason(other), "REQUEST_ID_REUSED");
    }
}

#[tokio::test]
async fn imports_of_the_same_rows_at_the_same_time_make_each_contract_once() {
    for desk in services().await {
        desk.set("2026-03-05");
        let rows: Vec<_> = (0..50).map(|n| row(&format!("V-{n}"), S::Signed, |_| {})).collect();
        let imports = (0..4).map(|turn| {
            let mut rows = rows.clone();
            if turn % 2 == 1 {
                rows.reverse();
            }
            let mut client = desk.client.clone();
            let request = ImportContractsRequest { contracts: rows, request_id: String::new() };
            tokio::spawn(
                async move { client.import_contracts(crate::support::call_as("default", "erp", request)).await },
            )
        });
        let imports: Vec<_> = imports.collect();
        let mut created = 0;
        for import in imports {
            let results = import.await.expect("ends").expect("taken").into_inner().results;
            assert!(results.iter().all(|r| matches!(r.outcome(), O::Created | O::Unchanged)), "{results:?}");
            created += results.iter().filter(|r| r.outcome() == O::Created).count();
        }
        assert_eq!(created, 50);
        assert_eq!(desk.list("", 100, "").await.expect("list").0.len(), 50);
    }
}
