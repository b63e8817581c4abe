//! The contracts of the demo: one for every provincial agent and city distributor, with a commitment of a fifth more than
//! they bought the year before, a payment every month and a report every quarter. Most keep their days, some do not.

use std::collections::BTreeMap;

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use tributary_core::Date;
use tributary_proto::{
    google::r#type::{Decimal, Money},
    tributary::{
        common::v1::ExternalRef,
        contract::v1::{
            Cadence, Commitment, CommitmentKind, Contract, ContractImport, ContractState, CooperationModel,
            ImportContractsRequest, ImportObligationsRequest, ImportOutcome, ImportResult, Obligation,
            ObligationImport, ObligationKind, PaymentTerms, Territory, commitment, obligation_import,
        },
    },
};
use tributary_rpc::convert::date_to_proto;

use super::{
    SOURCE,
    network::{Level, Member},
};
use crate::cli::{Connection, Failure};

/// How reliable a partner is: of twenty, so many are slow, and so many stop paying in autumn.
const SLOW: u32 = 4;
const FAILING: u32 = 2;

/// Whole yuan that every partner bought in the year before, by resource name.
pub(super) type LastYear = BTreeMap<String, i64>;

/// Imports the contracts with their obligations; how many of each.
pub(super) async fn contracts(
    connection: &Connection,
    seed: u64,
    network: &[Member],
    last_year: &LastYear,
) -> Result<(usize, usize), Failure> {
    // A sequence of its own: more facts must not mean other contracts.
    let mut random = StdRng::seed_from_u64(seed ^ 0xC0);
    let parties: Vec<_> = network.iter().filter(|m| m.level != Level::County).collect();
    let mut contracts = Vec::new();
    let mut obligations = Vec::new();
    for member in parties {
        let yearly = committed(last_year.get(&member.resource()).copied().unwrap_or(0));
        contracts.push(contract(&mut random, member, yearly)?);
        obligations.extend(payments(&mut random, member, yearly)?);
        obligations.extend(reports(member)?);
    }
    let sizes = (contracts.len(), obligations.len());
    let request = ImportContractsRequest { contracts, request_id: String::new() };
    taken(&connection.contracts().import_contracts(request).await?.into_inner().results)?;
    let request = ImportObligationsRequest { obligations, request_id: String::new() };
    taken(&connection.obligations().import_obligations(request).await?.into_inner().results)?;
    Ok(sizes)
}

fn taken(results: &[ImportResult]) -> Result<(), Failure> {
    let refused = results.iter().find(|r| r.outcome() == ImportOutcome::Refused);
    refused.map_or(Ok(()), |result| {
        let why = result.error.as_ref().map(|e| e.message.clone()).unwrap_or_default();
        Err(Failure::server(format!("a row of the demo was refused: {why}")))
    })
}

/// A fifth more than last year, in whole ten thousands.
fn committed(last_year: i64) -> i64 {
    let more = last_year.saturating_mul(12) / 10;
    more.saturating_add(9_999) / 10_000 * 10_000
}

fn contract(random: &mut StdRng, member: &Member, yearly: i64) -> Result<ContractImport, Failure> {
    // Agents have three years; distributors one, and some of those end soon after the new year.
    let end = match member.level {
        Level::Province => day(2028, 1, 1)?,
        _ => day(2026, 1, 1)?.plus_days(random.random_range(20..=300)),
    };
    let contract = Contract {
        partner: member.resource(),
        title: format!("经销合同 {}", member.name),
        effective_from: Some(date_to_proto(day(2025, 1, 1)?)),
        effective_to: Some(date_to_proto(end)),
        external_refs: vec![reference(member)],
        model: match member.level {
            Level::Province => CooperationModel::ExclusiveAgency.into(),
            _ => CooperationModel::RegionalDistribution.into(),
        },
        territory: Some(Territory {
            regions: vec![member.region.clone()],
            product_lines: Vec::new(),
            exclusive: member.level == Level::Province,
        }),
        commitments: vec![Commitment {
            commitment_id: "annual-purchases".to_owned(),
            kind: CommitmentKind::Purchase.into(),
            cadence: Cadence::Year.into(),
            target: Some(commitment::Target::Amount(yuan(yearly.max(10_000)))),
            product_line: String::new(),
        }],
        payment: Some(PaymentTerms {
            currency_code: "CNY".to_owned(),
            payment_days: 30,
            prepayment_rate: Some(Decimal { value: "0.2".to_owned() }),
            list_price_factor: Some(Decimal { value: "0.75".to_owned() }),
        }),
        owner: "demo.author".to_owned(),
        ..Contract::default()
    };
    Ok(ContractImport { contract: Some(contract), state: ContractState::Signed.into(), terminates_on: None })
}

/// A twelfth of the commitment by the 15th of every month.
fn payments(random: &mut StdRng, member: &Member, yearly: i64) -> Result<Vec<ObligationImport>, Failure> {
    let character = random.random_range(0..20);
    let amount = yuan((yearly / 12).max(1_000));
    let mut all = Vec::with_capacity(12);
    for month in 1..=12 {
        let due = day(2025, month, 15)?;
        let late = match character {
            c if c < SLOW => random.random_range(-2..=16),
            _ => random.random_range(-9..=0),
        };
        let fails = (SLOW..SLOW + FAILING).contains(&character) && month >= 10;
        all.push(ObligationImport {
            fulfilled_on: (!fails).then(|| date_to_proto(due.plus_days(late))),
            ..obligation(
                member,
                &format!("payment-2025-{month:02}"),
                ObligationKind::Payment,
                due,
                Some(amount.clone()),
            )
        });
    }
    Ok(all)
}

/// A report of sales and stock by the 10th after every quarter; the last one is still to come.
fn reports(member: &Member) -> Result<Vec<ObligationImport>, Failure> {
    let due = [day(2025, 4, 10)?, day(2025, 7, 10)?, day(2025, 10, 10)?, day(2026, 1, 10)?];
    let one = |(quarter, due): (i32, Date)| ObligationImport {
        fulfilled_on: (quarter < 4).then(|| date_to_proto(due.plus_days(-3))),
        ..obligation(member, &format!("report-2025-q{quarter}"), ObligationKind::DataReport, due, None)
    };
    Ok((1..).zip(due).map(one).collect())
}

fn obligation(member: &Member, what: &str, kind: ObligationKind, due: Date, amount: Option<Money>) -> ObligationImport {
    let obligation = Obligation {
        kind: kind.into(),
        title: what.to_owned(),
        due_on: Some(date_to_proto(due)),
        amount,
        external_ref: Some(ExternalRef { system: SOURCE.to_owned(), id: format!("{}/{what}", member.key) }),
        ..Obligation::default()
    };
    let contract = obligation_import::ContractRef::ContractExternalRef(reference(member));
    ObligationImport { contract_ref: Some(contract), obligation: Some(obligation), fulfilled_on: None }
}

fn reference(member: &Member) -> ExternalRef {
    ExternalRef { system: SOURCE.to_owned(), id: format!("V-{}", member.key) }
}

fn yuan(units: i64) -> Money {
    Money { currency_code: "CNY".to_owned(), units, nanos: 0 }
}

fn day(year: i32, month: i32, day: i32) -> Result<Date, Failure> {
    Date::from_ymd(year, month, day).map_err(Failure::server)
}
