//! Contracts, facts and documents meet in warnings and figures. The clock begins at noon of 2031-03-01 in Shanghai; the
//! contract runs from 2031-01-01 to 2031-12-31, so 60 of its 365 days have gone by.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use e2e_tests::{
    Place,
    calls::{explained, refusal},
    exact::{decimal, money, of_decimal, of_money},
    fixtures::{create_partner, day, record_new, sale},
    on_every_place_from,
};
use tributary_core::Timestamp;
use tributary_proto::tributary::{
    analytics::v1::{MetricDimension, QueryMetricsRequest},
    contract::v1::{
        Alert, AlertSeverity, AlertState, Cadence, Commitment, CommitmentKind, Contract, ContractImport, ContractState,
        EvaluateAlertsRequest, ImportContractsRequest, ImportObligationsRequest, ImportOutcome, ListAlertsRequest,
        ListCommitmentProgressRequest, Obligation, ObligationImport, ObligationKind, ResolveAlertRequest, commitment,
        obligation_import,
    },
};

/// Python: datetime(2031, 3, 1, 12, tzinfo=ZoneInfo("Asia/Shanghai")).timestamp() == 1930104000.0
const NOON: Timestamp = Timestamp(1_930_104_000_000_000);
/// How long events may take from one service to the other.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pace_falls_and_rises() -> anyhow::Result<()> {
    on_every_place_from(NOON, async |place| {
        create_partner(place, "dealer").await?;
        // 365,000 a year are 1,000 a day: 60,000 are expected by today. 30,000 of them are a pace of 0.5, below 0.8 and
        // not below 0.5. The fact comes first: without it the pace would be 0 for a moment, and critical.
        record_new(place, vec![sale("dealer", "1", day(2031, 1, 15), "30000")?]).await?;
        copied(place, 1).await?;
        import(place, "365000").await?;
        let raised = standing(place, 1).await?;
        let alert = raised.first().context("no alert")?;
        ensure!(alert.severity() == AlertSeverity::Warning && alert.state() == AlertState::Open, "{alert:?}");
        ensure!(
            alert.summary == "purchases are at 50.0 % of the pace: 30,000.00 of 60,000.00 CNY",
            "{}",
            alert.summary
        );
        // 51,000 are 0.85: above the trigger, not clear. The same alert stands, with new figures.
        record_new(place, vec![sale("dealer", "2", day(2031, 2, 1), "21000")?]).await?;
        let still = standing(place, 2).await?;
        ensure!(still.len() == 1 && still[0].name == alert.name, "{still:?}");
        ensure!(still[0].summary.contains("85.0 %") && still[0].etag != alert.etag, "{still:?}");
        // 54,000 are 0.9: clear.
        record_new(place, vec![sale("dealer", "3", day(2031, 2, 28), "3000")?]).await?;
        ensure!(standing(place, 3).await?.is_empty(), "still standing");
        let resolve = ResolveAlertRequest {
            name: alert.name.clone(),
            etag: still[0].etag.clone(),
            reason: "by hand".to_owned(),
            ..ResolveAlertRequest::default()
        };
        let refused = refusal(place.gateway.alerts().resolve_alert(resolve).await)?;
        ensure!(["ETAG_MISMATCH", "ALERT_TRANSITION_REFUSED"].contains(&refused.reason.as_str()), "{refused:?}");
        figures(place).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_payment_is_critical_after_a_month() -> anyhow::Result<()> {
    on_every_place_from(NOON, async |place| {
        create_partner(place, "dealer").await?;
        import(place, "1").await?;
        let due = |id: &str, on| ObligationImport {
            contract_ref: Some(obligation_import::ContractRef::ContractExternalRef(reference("V-1"))),
            obligation: Some(Obligation {
                kind: ObligationKind::Payment.into(),
                title: id.to_owned(),
                due_on: Some(on),
                amount: money("1250.50", "CNY").ok(),
                external_ref: Some(reference(id)),
                ..Obligation::default()
            }),
            fulfilled_on: None,
        };
        // 30 days before the first of March is 2031-01-30; a payment of six days ago is not late enough to count alone.
        let obligations =
            vec![due("P-1", day(2031, 1, 30)), due("P-2", day(2031, 2, 23)), due("P-3", day(2031, 13, 1))];
        let request = ImportObligationsRequest { obligations, request_id: "import-1".to_owned() };
        let answer = place.gateway.obligations().import_obligations(request).await.map_err(explained)?.into_inner();
        let outcomes: Vec<_> = answer.results.iter().map(|r| r.outcome()).collect();
        let wanted = [ImportOutcome::Created, ImportOutcome::Created, ImportOutcome::Refused];
        ensure!(outcomes == wanted, "{:?}", answer.results);
        evaluate(place).await?;
        let alerts = alerts(place).await?;
        let late: Vec<_> = alerts.iter().filter(|a| a.rule_version.contains("/payment-late/")).collect();
        ensure!(late.len() == 1 && late[0].severity() == AlertSeverity::Critical, "{alerts:?}");
        // 2 × 1,250.50
        ensure!(late[0].summary.contains("2,501.00 CNY"), "{}", late[0].summary);
        Ok(())
    })
    .await
}

fn reference(id: &str) -> tributary_proto::tributary::common::v1::ExternalRef {
    tributary_proto::tributary::common::v1::ExternalRef { system: "erp".to_owned(), id: id.to_owned() }
}

/// A signed contract of "partners/dealer" over 2031 with purchases promised for the whole term.
async fn import(place: &Place, promised: &str) -> anyhow::Result<()> {
    let contract = Contract {
        partner: "partners/dealer".to_owned(),
        title: "Dealer 2031".to_owned(),
        effective_from: Some(day(2031, 1, 1)),
        effective_to: Some(day(2032, 1, 1)),
        external_refs: vec![reference("V-1")],
        commitments: vec![Commitment {
            commitment_id: "purchases".to_owned(),
            kind: CommitmentKind::Purchase.into(),
            cadence: Cadence::Term.into(),
            target: Some(commitment::Target::Amount(money(promised, "CNY")?)),
            ..Commitment::default()
        }],
        ..Contract::default()
    };
    let row = ContractImport { contract: Some(contract), state: ContractState::Signed.into(), terminates_on: None };
    let request = ImportContractsRequest { contracts: vec![row], request_id: String::new() };
    let answer = place.gateway.contracts().import_contracts(request).await.map_err(explained)?.into_inner();
    ensure!(answer.results.iter().all(|r| r.outcome() == ImportOutcome::Created), "{answer:?}");
    Ok(())
}

/// The standing alerts once so many batches of facts are counted.
async fn standing(place: &Place, batches: i64) -> anyhow::Result<Vec<Alert>> {
    copied(place, batches).await?;
    evaluate(place).await?;
    alerts(place).await
}

/// Waits until so many batches of facts are counted.
async fn copied(place: &Place, batches: i64) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let request = ListCommitmentProgressRequest::default();
        let page = place.gateway.alerts().list_commitment_progress(request).await.map_err(explained)?.into_inner();
        if page.through_batch >= batches {
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "{} of {batches} batches after {PATIENCE:?}", page.through_batch);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn evaluate(place: &Place) -> anyhow::Result<()> {
    place.gateway.alerts().evaluate_alerts(EvaluateAlertsRequest::default()).await.map_err(explained)?;
    Ok(())
}

async fn alerts(place: &Place) -> anyhow::Result<Vec<Alert>> {
    let request = ListAlertsRequest { filter: "state != \"RESOLVED\"".to_owned(), ..ListAlertsRequest::default() };
    Ok(place.gateway.alerts().list_alerts(request).await.map_err(explained)?.into_inner().alerts)
}

/// The same facts in the metric layer: 30,000 + 21,000 + 3,000 in three orders.
async fn figures(place: &Place) -> anyhow::Result<()> {
    let request = QueryMetricsRequest {
        metrics: ["orders", "partners", "net_sales"].map(str::to_owned).to_vec(),
        dimensions: vec![MetricDimension::Currency.into()],
        ..QueryMetricsRequest::default()
    };
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = place.gateway.metrics().query_metrics(request.clone()).await.map_err(explained)?.into_inner();
        if answer.through_batch >= 3 {
            let row = answer.rows.first().context("no row")?;
            let number = |n: usize| match row.values.get(n).and_then(|v| v.value.as_ref()) {
                Some(tributary_proto::tributary::analytics::v1::metric_value::Value::Number(n)) => of_decimal(Some(n)),
                Some(tributary_proto::tributary::analytics::v1::metric_value::Value::Amount(n)) => of_money(Some(n)),
                None => anyhow::bail!("no value in {row:?}"),
            };
            ensure!(row.currency_code == "CNY" && answer.rows.len() == 1, "{answer:?}");
            ensure!(number(0)? == decimal("3")? && number(1)? == decimal("1")?, "{row:?}");
            ensure!(number(2)? == decimal("54000")?, "{row:?}");
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "{} of 3 batches after {PATIENCE:?}", answer.through_batch);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
