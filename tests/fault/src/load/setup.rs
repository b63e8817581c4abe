//! What the load is about: partners with contracts, a programme.

use anyhow::ensure;
use tributary_proto::{
    google::r#type::{Date, Money},
    tributary::{
        common::v1::ExternalRef,
        contract::v1::{
            Cadence, Commitment, CommitmentKind, Contract, ContractImport, ContractState, ImportContractsRequest,
            commitment,
        },
        incentive::v1::{CreateProgrammeRequest, Programme, Slot},
        partner::v1::{BatchUpsertPartnersRequest, Partner, PartnerKind, PartnerStatus, PartnerUpsert},
    },
};

use super::{Shared, until_acknowledged};

/// Partners that sell.
pub const PARTNERS: u32 = 8;

/// A partner that sells. Example: "partners/seller-3".
#[must_use]
pub fn partner_name(number: u32) -> String {
    format!("partners/seller-{number}")
}

/// Makes it. Everything is known by a key of its own, so that it may be tried again.
///
/// # Errors
/// When the suite refuses it.
pub async fn prepare(shared: &Shared) -> anyhow::Result<()> {
    let items = (0..PARTNERS).map(|number| PartnerUpsert {
        partner: Some(Partner {
            display_name: format!("Seller {number}"),
            kind: PartnerKind::Dealer.into(),
            external_refs: vec![reference("seller", number)],
            ..Partner::default()
        }),
        partner_id: format!("seller-{number}"),
        initial_status: PartnerStatus::Active.into(),
    });
    let request = BatchUpsertPartnersRequest { items: items.collect() };
    let upsert = |request| {
        let mut client = shared.gateway.partners();
        async move { client.batch_upsert_partners(request).await }
    };
    let answer = until_acknowledged(&shared.met, &request, upsert).await?.into_inner();
    ensure!(answer.results.iter().all(|result| result.error.is_none()), "{answer:?}");

    let contracts = (0..PARTNERS).map(|number| ContractImport {
        contract: Some(Contract {
            partner: partner_name(number),
            title: format!("Seller {number}"),
            effective_from: Some(Date { year: 1990, month: 1, day: 1 }),
            effective_to: Some(Date { year: 2028, month: 1, day: 1 }),
            external_refs: vec![reference("contract", number)],
            commitments: vec![Commitment {
                commitment_id: "purchases".to_owned(),
                kind: CommitmentKind::Purchase.into(),
                cadence: Cadence::Term.into(),
                target: Some(commitment::Target::Amount(Money {
                    currency_code: "CNY".to_owned(),
                    units: 1_000_000,
                    nanos: 0,
                })),
                ..Commitment::default()
            }],
            ..Contract::default()
        }),
        state: ContractState::Signed.into(),
        terminates_on: None,
    });
    let request = ImportContractsRequest { contracts: contracts.collect(), request_id: String::new() };
    let import = |request| {
        let mut client = shared.gateway.contracts();
        async move { client.import_contracts(request).await }
    };
    let answer = until_acknowledged(&shared.met, &request, import).await?.into_inner();
    ensure!(answer.results.iter().all(|result| result.error.is_none()), "{answer:?}");

    let slots = vec![Slot { id: "commission".to_owned(), title: "Commission".to_owned() }];
    let request = CreateProgrammeRequest {
        programme: Some(Programme { display_name: "Sellers".to_owned(), slots, ..Programme::default() }),
        programme_id: "sellers".to_owned(),
        request_id: "programme".to_owned(),
    };
    let create = |request| {
        let mut client = shared.gateway.plans();
        async move { client.create_programme(request).await }
    };
    until_acknowledged(&shared.met, &request, create).await?;
    Ok(())
}

fn reference(kind: &str, number: u32) -> ExternalRef {
    ExternalRef { system: "fault".to_owned(), id: format!("{kind}-{number}") }
}
