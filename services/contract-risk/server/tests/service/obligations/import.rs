//! `ImportObligations`: every row has a result of its own.

use contract_risk_domain::ContractState;
use tonic::Code;
use tributary_proto::tributary::{
    common::v1::ExternalRef,
    contract::v1::{
        ImportObligationsRequest, ImportOutcome, ImportResult, ListObligationsRequest, Obligation, ObligationImport,
        ObligationState, obligation_import::ContractRef,
    },
};
use tributary_rpc::status::{Described, describe, to_tonic};

use super::desk::{Desk, ask, desks, fen, milestone, payment, proof, raw};

fn key(id: &str) -> ExternalRef {
    ExternalRef { system: "erp".to_owned(), id: id.to_owned() }
}

/// A row for contract `a`.
fn row(id: &str, obligation: Obligation) -> ObligationImport {
    ObligationImport {
        contract_ref: Some(ContractRef::Contract("contracts/a".to_owned())),
        obligation: Some(Obligation { external_ref: Some(key(id)), ..obligation }),
        fulfilled_on: None,
    }
}

async fn import(desk: &Desk, rows: Vec<ObligationImport>) -> Vec<ImportResult> {
    let request = ImportObligationsRequest { obligations: rows, request_id: String::new() };
    ask!(desk, "erp", import_obligations, request).expect("taken").results
}

fn outcomes(results: &[ImportResult]) -> Vec<ImportOutcome> {
    results.iter().map(ImportResult::outcome).collect()
}

fn refusal(result: &ImportResult) -> Described {
    describe(&to_tonic(result.error.as_ref().expect("an error")))
}

fn fields(result: &ImportResult) -> Vec<String> {
    let mut found: Vec<_> = refusal(result).violations.into_iter().map(|v| v.field).collect();
    found.sort();
    found.dedup();
    found
}

#[tokio::test]
async fn rows_are_created_changed_left_and_refused() {
    for desk in desks("2026-05-01").await {
        let done = ObligationImport { fulfilled_on: raw("2026-02-01"), ..row("3", payment("2026-01-31", 100)) };
        let by_ref = ObligationImport {
            contract_ref: Some(ContractRef::ContractExternalRef(key("V-b"))),
            ..row("2", milestone("2026-04-30"))
        };
        let rows = vec![row("1", milestone("2026-04-30")), by_ref.clone(), done.clone()];
        let results = import(&desk, rows.clone()).await;
        use ImportOutcome::{Created, Refused, Unchanged, Updated};
        assert_eq!(outcomes(&results), [Created, Created, Created]);
        assert!(results[1].name.starts_with("contracts/b/obligations/o"), "{}", results[1].name);
        let taken = desk.get(&results[2].name).await.expect("there");
        assert_eq!((taken.state(), taken.fulfilled_on), (ObligationState::Accepted, raw("2026-02-01")));
        assert_eq!((taken.overdue, taken.filed_amount), (false, fen(0)));
        assert_eq!(outcomes(&import(&desk, rows).await), [Unchanged, Unchanged, Unchanged]);

        // One bad row between good ones; a row that comes twice.
        let nameless = ObligationImport { obligation: None, contract_ref: None, fulfilled_on: raw("2027-01-01") };
        let lost = ObligationImport {
            contract_ref: Some(ContractRef::Contract("contracts/z".to_owned())),
            ..row("4", milestone("2026-04-30"))
        };
        let lost_ref = ObligationImport {
            contract_ref: Some(ContractRef::ContractExternalRef(key("V-z"))),
            ..row("4", milestone("2026-04-30"))
        };
        let rows = vec![
            row("1", milestone("2026-05-31")),
            nameless,
            lost,
            lost_ref,
            row("5", milestone("2026-06-30")),
            row("5", milestone("2026-07-31")),
            ObligationImport { fulfilled_on: raw("2026-04-29"), ..by_ref },
            ObligationImport { fulfilled_on: raw("2026-02-02"), ..done },
            row("2", milestone("2026-04-30")),
            row("6", Obligation { title: String::new(), ..payment("2026-04-30", 0) }),
        ];
        let results = import(&desk, rows).await;
        let expected = [Updated, Refused, Refused, Refused, Created, Updated, Updated, Refused, Refused, Refused];
        assert_eq!(outcomes(&results), expected);
        let contract = ["contract_ref", "fulfilled_on", "obligation.due_on", "obligation.external_ref"];
        let mut nameless = contract.map(str::to_owned).to_vec();
        nameless.extend(["obligation.kind".to_owned(), "obligation.title".to_owned()]);
        assert_eq!(fields(&results[1]), nameless);
        for lost in [2, 3] {
            let refused = refusal(&results[lost]);
            assert_eq!((refused.code, &*refused.reason), (Code::NotFound, "CONTRACT_NOT_FOUND"));
        }
        assert_eq!(results[4].name, results[5].name);
        let five = desk.get(&results[5].name).await.expect("there");
        assert_eq!((five.due_on, &*five.etag), (raw("2026-07-31"), "r2"));
        assert_eq!(desk.get(&results[6].name).await.expect("there").state(), ObligationState::Accepted);
        assert_eq!(refusal(&results[7]).reason, "OBLIGATION_TRANSITION_REFUSED", "another day than accepted");
        let refused = refusal(&results[8]);
        assert_eq!(refused.reason, "EXTERNAL_REF_TAKEN", "it is of contract b");
        assert_eq!(refused.metadata["obligation"], results[6].name);
        assert_eq!(fields(&results[9]), ["obligation.amount", "obligation.title"]);
        assert_eq!(results[9].name, "");
    }
}

#[tokio::test]
async fn a_name_is_that_of_a_new_obligation() {
    for desk in desks("2026-05-01").await {
        let named = |id: &str, name: &str| {
            let name = name.to_owned();
            row(id, Obligation { name, ..milestone("2026-04-30") })
        };
        let rows = vec![
            named("1", "contracts/a/obligations/opening"),
            named("1", "contracts/a/obligations/other"),
            named("2", "contracts/a/obligations/opening"),
            named("3", "contracts/b/obligations/opening"),
            named("4", "opening"),
        ];
        let results = import(&desk, rows).await;
        use ImportOutcome::{Created, Refused, Unchanged};
        assert_eq!(outcomes(&results), [Created, Unchanged, Refused, Refused, Refused]);
        assert_eq!(results[1].name, "contracts/a/obligations/opening");
        assert_eq!(refusal(&results[2]).reason, "OBLIGATION_EXISTS");
        for wrong in [3, 4] {
            assert_eq!(fields(&results[wrong]), ["obligation.name"]);
        }
    }
}

#[tokio::test]
async fn what_is_under_way_here_is_not_written_over() {
    for desk in desks("2026-05-01").await {
        let results = import(&desk, vec![row("1", milestone("2026-04-30"))]).await;
        let open = desk.get(&results[0].name).await.expect("there");
        let filed = desk.submit("maker", &open, proof("2026-04-30", None)).await.expect("filed");
        assert_eq!(outcomes(&import(&desk, vec![row("1", milestone("2026-04-30"))]).await), [ImportOutcome::Unchanged]);
        let results = import(&desk, vec![row("1", milestone("2026-05-31"))]).await;
        assert_eq!(refusal(&results[0]).reason, "OBLIGATION_TRANSITION_REFUSED");
        assert_eq!(refusal(&results[0]).metadata["state"], "SUBMITTED");
        let done = desk.accept("checker", &filed).await.expect("accepted");
        let again = ObligationImport { fulfilled_on: raw("2026-04-30"), ..row("1", milestone("2026-04-30")) };
        assert_eq!(outcomes(&import(&desk, vec![again]).await), [ImportOutcome::Unchanged]);
        assert_eq!(desk.get(&done.name).await.expect("there"), done);
    }
}

#[tokio::test]
async fn a_thousand_rows_are_taken_at_once() {
    for desk in desks("2026-05-01").await {
        let rows: Vec<_> = (0..1000).map(|i| row(&i.to_string(), milestone("2026-04-30"))).collect();
        assert_eq!(outcomes(&import(&desk, rows.clone()).await), vec![ImportOutcome::Created; 1000]);
        assert_eq!(outcomes(&import(&desk, rows).await), vec![ImportOutcome::Unchanged; 1000]);
    }
}

#[tokio::test]
async fn what_is_over_takes_history_only() {
    for desk in desks("2026-05-01").await {
        desk.contract("old", "p", Some("2026-03-01"), ContractState::Ended).await;
        let of_old = |id: &str, done: bool| ObligationImport {
            contract_ref: Some(ContractRef::Contract("contracts/old".to_owned())),
            fulfilled_on: done.then(|| raw("2026-02-01")).flatten(),
            ..row(id, milestone("2026-02-28"))
        };
        let results = import(&desk, vec![of_old("1", false), of_old("2", true)]).await;
        assert_eq!(outcomes(&results), [ImportOutcome::Refused, ImportOutcome::Created]);
        assert_eq!(refusal(&results[0]).reason, "CONTRACT_OVER");
    }
}

#[tokio::test]
async fn a_repeat_gets_the_first_results() {
    for desk in desks("2026-05-01").await {
        let rows = vec![row("1", milestone("2026-04-30")), ObligationImport::default()];
        let request = ImportObligationsRequest { obligations: rows, request_id: "i-1".to_owned() };
        let first = ask!(desk, "erp", import_obligations, request.clone()).expect("taken");
        assert_eq!(outcomes(&first.results), [ImportOutcome::Created, ImportOutcome::Refused]);
        assert_eq!(ask!(desk, "erp", import_obligations, request.clone()).expect("again"), first);
        let other = ImportObligationsRequest { obligations: vec![ObligationImport::default()], ..request };
        let refused = ask!(desk, "erp", import_obligations, other).expect_err("another body");
        assert_eq!(refused.reason, "REQUEST_ID_REUSED");
        for count in [0, 1001] {
            let rows = vec![ObligationImport::default(); count];
            let request = ImportObligationsRequest { obligations: rows, request_id: String::new() };
            let refused = ask!(desk, "erp", import_obligations, request).expect_err("bounds");
            assert_eq!((refused.code, &*refused.violations[0].field), (Code::InvalidArgument, "obligations"));
        }
        let query = ListObligationsRequest { parent: "contracts/-".to_owned(), ..Default::default() };
        assert_eq!(ask!(desk, "legal", list_obligations, query).expect("list").obligations.len(), 1);
    }
}
