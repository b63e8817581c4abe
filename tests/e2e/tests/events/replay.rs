//! Consumers whose store is gone are rebuilt from the events of others, and are then as they were.

use anyhow::{Context as _, ensure};
use e2e_tests::{
    Place,
    calls::{explained, key_of},
};
use tributary::settings::ServiceName;
use tributary_core::Timestamp;
use tributary_proto::{
    google::r#type::{Date, Decimal},
    tributary::{
        analytics::v1::{MetricDimension, MetricGrain, QueryMetricsRequest, QueryMetricsResponse, SalesBasis},
        common::v1::{ExternalRef, Role},
        contract::v1::{
            Cadence, Commitment, CommitmentKind, CommitmentProgress, Contract, ContractImport, ContractState,
            EvaluateAlertsRequest, ImportContractsRequest, ListAlertsRequest, ListCommitmentProgressRequest,
            commitment,
        },
        event::v1::ReplayEventsRequest,
        incentive::v1::{FactKind, SalesFact},
        partner::v1::{
            Document, DocumentKind, SubmitDocumentRequest, VerifyDocumentRequest,
            document_service_client::DocumentServiceClient,
        },
    },
};
use tributary_testkit::{engines, redis_url};

use super::fixtures::{cny, contract_risk_counts, create_partner, queried, record, sale, until};

/// Python: datetime(2031, 7, 1, 12, tzinfo=ZoneInfo("Asia/Shanghai")).timestamp() == 1940644800.0
const NOON: Timestamp = Timestamp(1_940_644_800_000_000);
const BATCHES: i64 = 4;

/// What the consumers tell.
#[derive(Debug, PartialEq)]
struct Told {
    metrics: QueryMetricsResponse,
    progress: Vec<CommitmentProgress>,
    /// Rule, partner, severity and summary of each alert that stands.
    alerts: Vec<(String, String, i32, String)>,
}

#[tokio::test]
async fn an_emptied_consumer_is_rebuilt_to_equal_state() -> anyhow::Result<()> {
    for engine in engines() {
        let clock = std::sync::Arc::new(tributary_core::OffsetClock::starting_at(NOON));
        rebuilt(Place::start_at(engine, clock).await?).await.with_context(|| format!("{engine:?}, one process"))?;
        if let Some(redis) = redis_url() {
            let place = Place::start_processes(engine, redis, NOON).await?;
            rebuilt(place).await.with_context(|| format!("{engine:?}, processes"))?;
        }
    }
    Ok(())
}

async fn rebuilt(place: Place) -> anyhow::Result<()> {
    history(&place).await?;
    contracts(&place).await?;
    let before = told(&place).await?;
    // 3 partners × (months of their sales), 2 commitments, a pace and a licence to warn of.
    ensure!(before.metrics.rows.len() == 5 && before.progress.len() == 2, "{before:?}");
    let rules: Vec<&str> = before.alerts.iter().map(|alert| alert.0.as_str()).collect();
    ensure!(rules == ["commitment-pace", "licence-expiring"], "{rules:?}");

    let place = place.emptied(&[ServiceName::Analytics, ServiceName::ContractRisk]).await?;
    ensure!(queried(&place, question(), 0).await?.rows.is_empty(), "analytics was to be empty");
    contract_risk_counts(&place, 0).await?;
    // What no event carries is entered again.
    contracts(&place).await?;
    replay(&place, "incentive-calculation", BATCHES).await?;
    let events = place.gateway.events();
    let again = ReplayEventsRequest {
        service: "services/partner-registry".to_owned(),
        subject: "partners/b/documents/licence".to_owned(),
        ..ReplayEventsRequest::default()
    };
    let count = events.clone().replay_events(again).await.map_err(explained)?.into_inner().event_count;
    // Submitted, verified.
    ensure!(count == 2, "{count} events of the licence");
    until(async || {
        let after = told(&place).await?;
        ensure!(after == before, "{after:#?}\nwas {before:#?}");
        Ok(())
    })
    .await?;

    // Again: who has handled them is not changed by them.
    replay(&place, "incentive-calculation", BATCHES).await?;
    replay(&place, "partner-registry", 5).await?;
    record(&place, vec![sale("c", "last", (6, 30), 7)]).await?;
    let last = queried(&place, question(), BATCHES + 1).await?;
    ensure!(last.rows.len() == 6, "one row more: {last:?}");
    let same = last.rows.iter().filter(|row| before.metrics.rows.contains(row)).count();
    ensure!(same == 5, "{same} rows are as before");
    place.stop().await
}

/// Four batches of facts of three partners, and a licence.
async fn history(place: &Place) -> anyhow::Result<()> {
    for id in ["a", "b", "c"] {
        create_partner(place, id).await?;
    }
    record(place, (1..=20).map(|n| sale("a", &format!("a{n}"), (3, n), 1_000 * i64::from(n))).collect()).await?;
    record(place, vec![sale("b", "b1", (3, 5), 500), sale("b", "b2", (4, 5), 700)]).await?;
    let back = SalesFact { kind: FactKind::Return.into(), net: Some(cny(-300)), ..sale("a", "back", (4, 9), 0) };
    record(place, vec![back, sale("a", "a21", (4, 9), 41)]).await?;
    record(place, vec![sale("c", "c1", (5, 1), 90)]).await?;

    let document = Document {
        kind: DocumentKind::BusinessLicence.into(),
        number: "L-1".to_owned(),
        issuer: "the city".to_owned(),
        issued_on: Some(Date { year: 2029, month: 1, day: 1 }),
        expires_on: Some(Date { year: 2031, month: 8, day: 1 }),
        file_digest: "0".repeat(64),
        media_type: "application/pdf".to_owned(),
        size_bytes: 1,
        ..Document::default()
    };
    let submit = SubmitDocumentRequest {
        parent: "partners/b".to_owned(),
        document: Some(document),
        document_id: "licence".to_owned(),
        request_id: "licence".to_owned(),
    };
    let submitted = place.gateway.documents().submit_document(submit).await.map_err(explained)?.into_inner();
    let key = key_of(&place.gateway, "checker", &[Role::Legal]).await?;
    let verify = VerifyDocumentRequest { name: submitted.name, ..VerifyDocumentRequest::default() };
    DocumentServiceClient::new(place.gateway.keyed(&key)?).verify_document(verify).await.map_err(explained)?;
    Ok(())
}

/// What a and c promised: 365,000 and 36 in the year.
async fn contracts(place: &Place) -> anyhow::Result<()> {
    let row = |partner: &str, units: i64| ContractImport {
        contract: Some(Contract {
            partner: format!("partners/{partner}"),
            title: partner.to_owned(),
            effective_from: Some(Date { year: 2031, month: 1, day: 1 }),
            effective_to: Some(Date { year: 2032, month: 1, day: 1 }),
            external_refs: vec![ExternalRef { system: "erp".to_owned(), id: partner.to_owned() }],
            commitments: vec![Commitment {
                commitment_id: "purchases".to_owned(),
                kind: CommitmentKind::Purchase.into(),
                cadence: Cadence::Term.into(),
                target: Some(commitment::Target::Amount(cny(units))),
                ..Commitment::default()
            }],
            ..Contract::default()
        }),
        state: ContractState::Signed.into(),
        terminates_on: None,
    };
    let request =
        ImportContractsRequest { contracts: vec![row("a", 1_000_000), row("c", 36)], request_id: String::new() };
    place.gateway.contracts().import_contracts(request).await.map_err(explained)?;
    Ok(())
}

fn question() -> QueryMetricsRequest {
    QueryMetricsRequest {
        metrics: ["gmv", "net_sales", "orders", "return_rate", "new_customers"].map(str::to_owned).to_vec(),
        dimensions: vec![MetricDimension::Partner.into(), MetricDimension::Currency.into()],
        grain: MetricGrain::Month.into(),
        basis: SalesBasis::All.into(),
        ..QueryMetricsRequest::default()
    }
}

async fn told(place: &Place) -> anyhow::Result<Told> {
    let metrics = queried(place, question(), BATCHES).await?;
    contract_risk_counts(place, BATCHES).await?;
    let as_of = Some(Date { year: 2031, month: 7, day: 1 });
    let request = ListCommitmentProgressRequest { as_of, ..ListCommitmentProgressRequest::default() };
    let progress = place.gateway.alerts().list_commitment_progress(request).await.map_err(explained)?.into_inner();
    let mut progress = progress.progress;
    for one in &mut progress {
        // Made anew with the contract.
        one.contract.clear();
    }
    let zero = Decimal { value: "0".to_owned() };
    ensure!(progress.iter().all(|one| one.actual.as_ref().is_some_and(|actual| *actual != zero)), "{progress:?}");
    progress.sort_by(|x, y| x.partner.cmp(&y.partner));
    place.gateway.alerts().evaluate_alerts(EvaluateAlertsRequest::default()).await.map_err(explained)?;
    // Those that stand: one more may have come and gone while the sums were being rebuilt.
    let standing = ListAlertsRequest { filter: "state != RESOLVED".to_owned(), ..ListAlertsRequest::default() };
    let alerts = place.gateway.alerts().list_alerts(standing).await.map_err(explained)?;
    let mut alerts: Vec<_> = alerts
        .into_inner()
        .alerts
        .into_iter()
        .map(|alert| (rule(&alert.rule_version).to_owned(), alert.partner, alert.severity, alert.summary))
        .collect();
    alerts.sort();
    Ok(Told { metrics, progress, alerts })
}

/// The rule of a version. Example: "alertRules/payment-late/versions/1".
fn rule(version: &str) -> &str {
    version.split('/').nth(1).unwrap_or(version)
}

async fn replay(place: &Place, service: &str, at_least: i64) -> anyhow::Result<()> {
    let request = ReplayEventsRequest { service: format!("services/{service}"), ..ReplayEventsRequest::default() };
    let count = place.gateway.events().replay_events(request).await.map_err(explained)?.into_inner().event_count;
    ensure!(count >= at_least, "{count} events of {service} went out again");
    Ok(())
}
