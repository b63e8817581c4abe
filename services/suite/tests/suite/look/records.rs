//! Contracts with their obligations, for alpine and birch.

use tributary_proto::{
    google::r#type::{Date, Decimal},
    tributary::contract::v1::{
        Cadence, Clause, Commitment, CommitmentKind, Contract, ContractImport, ContractState, CreateContractRequest,
        ImportContractsRequest, ImportObligationsRequest, ImportOutcome, ImportResult, ListCommitmentProgressRequest,
        NegotiateContractRequest, Obligation, ObligationImport, ObligationKind, PaymentTerms, UpdateContractRequest,
        commitment, obligation_import,
    },
};

use super::{World, reference, until, yuan};

const DAY: Date = Date { year: 2026, month: 1, day: 1 };

fn day(month: i32, day: i32) -> Option<Date> {
    Some(Date { month, day, ..DAY })
}

fn created(results: &[ImportResult]) {
    assert!(results.iter().all(|r| r.outcome() == ImportOutcome::Created), "{results:?}");
}

impl World {
    /// The facts, and contract-risk that has copied them: else the first warnings would rest on less.
    pub(super) async fn copied() -> Self {
        let world = Self::start().await;
        world.partners().await;
        world.facts().await;
        until("contract-risk has the facts", async || {
            let request = ListCommitmentProgressRequest::default();
            let answer = world.connection.alerts().list_commitment_progress(request).await;
            answer.expect("an answer").into_inner().through_batch == 1
        })
        .await;
        world
    }

    /// A contract of alpine in force, over 2026, with 8,000,000 of purchases promised.
    pub(super) async fn contract(&self) {
        let contract = Contract {
            partner: "partners/alpine".to_owned(),
            title: "Dealer agreement 2026".to_owned(),
            effective_from: Some(DAY),
            effective_to: Some(Date { year: 2027, ..DAY }),
            external_refs: vec![reference("V-1")],
            commitments: vec![Commitment {
                commitment_id: "annual".to_owned(),
                kind: CommitmentKind::Purchase.into(),
                cadence: Cadence::Year.into(),
                target: Some(commitment::Target::Amount(yuan(8_000_000))),
                product_line: String::new(),
            }],
            owner: "li.wei".to_owned(),
            ..Contract::default()
        };
        let contracts =
            vec![ContractImport { contract: Some(contract), state: ContractState::Signed.into(), terminates_on: None }];
        let request = ImportContractsRequest { contracts, request_id: String::new() };
        created(&self.connection.contracts().import_contracts(request).await.expect("an answer").into_inner().results);
    }

    /// Payments of that contract: one in time, one late, one 17 days overdue; a report due in nine days.
    pub(super) async fn obligations(&self) {
        let obligation = |title: &str, kind: ObligationKind, due_on, fulfilled_on| {
            let obligation = Obligation {
                kind: kind.into(),
                title: title.to_owned(),
                due_on,
                amount: (kind == ObligationKind::Payment).then(|| yuan(120_000)),
                external_ref: Some(reference(title)),
                owner: "zhang.san".to_owned(),
                ..Obligation::default()
            };
            let contract_ref = Some(obligation_import::ContractRef::ContractExternalRef(reference("V-1")));
            ObligationImport { contract_ref, obligation: Some(obligation), fulfilled_on }
        };
        let obligations = vec![
            obligation("january", ObligationKind::Payment, day(1, 15), day(1, 14)),
            obligation("february", ObligationKind::Payment, day(2, 15), day(2, 20)),
            obligation("march", ObligationKind::Payment, day(3, 15), None),
            obligation("report", ObligationKind::DataReport, day(4, 10), None),
        ];
        let request = ImportObligationsRequest { obligations, request_id: String::new() };
        let answer = self.connection.obligations().import_obligations(request).await.expect("an answer");
        created(&answer.into_inner().results);
    }

    /// A contract of birch under negotiation: its second revision pays later and says so.
    pub(super) async fn negotiated(&self) {
        let mut contracts = self.connection.contracts();
        let mut contract = Contract {
            partner: "partners/birch".to_owned(),
            title: "Dealer agreement Birch".to_owned(),
            effective_from: Some(DAY),
            payment: Some(PaymentTerms {
                currency_code: "CNY".to_owned(),
                payment_days: 30,
                list_price_factor: Some(Decimal { value: "0.7625".to_owned() }),
                ..PaymentTerms::default()
            }),
            clauses: vec![Clause {
                clause_id: "payment".to_owned(),
                title: "Payment".to_owned(),
                text: "Invoices are sent monthly.\nPayment is due in 30 days.".to_owned(),
            }],
            ..Contract::default()
        };
        let request = CreateContractRequest {
            contract: Some(contract.clone()),
            contract_id: "birch-2026".to_owned(),
            request_id: String::new(),
        };
        let made = contracts.create_contract(request).await.expect("created").into_inner();
        let request = NegotiateContractRequest {
            name: made.name.clone(),
            etag: made.etag,
            reason: "birch asks for time".to_owned(),
            request_id: String::new(),
        };
        contract.etag = contracts.negotiate_contract(request).await.expect("open").into_inner().etag;
        contract.name = made.name;
        contract.payment.as_mut().expect("terms").payment_days = 45;
        contract.clauses[0].text = "Invoices are sent monthly.\nPayment is due in 45 days.".to_owned();
        let request = UpdateContractRequest {
            contract: Some(contract),
            note: "two weeks more".to_owned(),
            ..UpdateContractRequest::default()
        };
        contracts.update_contract(request).await.expect("the next revision");
    }
}
