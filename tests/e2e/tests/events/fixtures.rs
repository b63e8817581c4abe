//! Partners and facts, and how far the services that learn of them by events have come.

use std::time::{Duration, Instant};

use anyhow::{bail, ensure};
use e2e_tests::{Place, calls::explained};
use tributary_proto::{
    google::r#type::{Date, Money},
    tributary::{
        analytics::v1::{QueryMetricsRequest, QueryMetricsResponse, SalesBasis, metric_value},
        contract::v1::ListCommitmentProgressRequest,
        incentive::v1::{BatchRecordFactsRequest, FactKind, SalesFact, sales_fact},
        partner::v1::{CreatePartnerRequest, Partner, PartnerKind, PartnerStatus},
    },
};

/// How long events may take, a lease that runs out included.
const PATIENCE: Duration = Duration::from_secs(60);

/// Creates "partners/ID".
pub async fn create_partner(place: &Place, id: &str) -> anyhow::Result<()> {
    let partner = Partner { display_name: id.to_owned(), kind: PartnerKind::Dealer.into(), ..Partner::default() };
    let request = CreatePartnerRequest {
        partner: Some(partner),
        partner_id: id.to_owned(),
        request_id: format!("create-{id}"),
        initial_status: PartnerStatus::Active.into(),
    };
    place.gateway.partners().create_partner(request).await.map_err(explained)?;
    Ok(())
}

/// A sale of a partner in CNY, an order of its own.
pub fn sale(partner: &str, id: &str, (month, day): (i32, i32), units: i64) -> SalesFact {
    SalesFact {
        source_system: "erp".to_owned(),
        source_id: id.to_owned(),
        partner_ref: Some(sales_fact::PartnerRef::Partner(format!("partners/{partner}"))),
        kind: FactKind::SellIn.into(),
        occurred: Some(sales_fact::Occurred::OccurredOn(Date { year: 2031, month, day })),
        net: Some(cny(units)),
        ..SalesFact::default()
    }
}

/// Yuan.
pub fn cny(units: i64) -> Money {
    Money { currency_code: "CNY".to_owned(), units, nanos: 0 }
}

/// Records a batch of new facts.
pub async fn record(place: &Place, facts: Vec<SalesFact>) -> anyhow::Result<()> {
    let count = facts.len();
    let answer = place.gateway.facts().batch_record_facts(BatchRecordFactsRequest { facts }).await;
    let answer = answer.map_err(explained)?.into_inner();
    ensure!(usize::try_from(answer.recorded_count)? == count, "{answer:?}");
    Ok(())
}

/// What analytics answers once it counts so many batches.
pub async fn queried(
    place: &Place,
    request: QueryMetricsRequest,
    through: i64,
) -> anyhow::Result<QueryMetricsResponse> {
    until(async || {
        let answer = place.gateway.metrics().query_metrics(request.clone()).await.map_err(explained)?.into_inner();
        ensure!(answer.through_batch == through, "analytics counts {} batches", answer.through_batch);
        Ok(answer)
    })
    .await
}

/// Net sales of everything, once analytics counts so many batches.
pub async fn net_sales(place: &Place, through: i64) -> anyhow::Result<Money> {
    let request = QueryMetricsRequest {
        metrics: vec!["net_sales".to_owned()],
        basis: SalesBasis::All.into(),
        ..QueryMetricsRequest::default()
    };
    let answer = queried(place, request, through).await?;
    match answer.rows.first().and_then(|row| row.values.first()).and_then(|value| value.value.clone()) {
        Some(metric_value::Value::Amount(money)) => Ok(money),
        other => bail!("no amount: {other:?}"),
    }
}

/// Waits until contract-risk counts so many batches.
pub async fn contract_risk_counts(place: &Place, through: i64) -> anyhow::Result<()> {
    until(async || {
        let request = ListCommitmentProgressRequest::default();
        let page = place.gateway.alerts().list_commitment_progress(request).await.map_err(explained)?.into_inner();
        ensure!(page.through_batch == through, "contract-risk counts {} batches", page.through_batch);
        Ok(())
    })
    .await
}

/// Waits for something that must come; the error says what is there instead.
pub async fn until<T>(mut holds: impl AsyncFnMut() -> anyhow::Result<T>) -> anyhow::Result<T> {
    let begun = Instant::now();
    loop {
        match holds().await {
            Err(instead) if begun.elapsed() < PATIENCE => drop(instead),
            result => return result,
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
