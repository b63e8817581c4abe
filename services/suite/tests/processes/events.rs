//! Facts that go in at the gateway are counted by the services that learn of them by events.

use tributary::{cli::Connection, settings::ServiceName};
use tributary_proto::{
    google::r#type::{Date, Money},
    tributary::{
        analytics::v1::{QueryMetricsRequest, SalesBasis, metric_value},
        contract::v1::ListCommitmentProgressRequest,
        incentive::v1::{BatchRecordFactsRequest, FactKind, SalesFact, sales_fact},
        partner::v1::{CreatePartnerRequest, Partner, PartnerKind, PartnerStatus},
    },
};
use tributary_testkit::{engines, redis_url};

use super::place::{Place, until};

fn sale(id: &str, units: i64, nanos: i32) -> SalesFact {
    SalesFact {
        source_system: "erp".to_owned(),
        source_id: id.to_owned(),
        partner_ref: Some(sales_fact::PartnerRef::Partner("partners/alpine".to_owned())),
        kind: FactKind::SellIn.into(),
        occurred: Some(sales_fact::Occurred::OccurredOn(Date { year: 2031, month: 4, day: 1 })),
        net: Some(Money { currency_code: "CNY".to_owned(), units, nanos }),
        ..SalesFact::default()
    }
}

async fn create_partner(gateway: &Connection) {
    let partner = Partner { display_name: "Alpine".to_owned(), kind: PartnerKind::Dealer.into(), ..Partner::default() };
    let request = CreatePartnerRequest {
        partner: Some(partner),
        partner_id: "alpine".to_owned(),
        request_id: "create-alpine".to_owned(),
        initial_status: PartnerStatus::Active.into(),
    };
    // Services may be a moment later than the gateway.
    until(async || gateway.partners().create_partner(request.clone()).await.map_err(|e| e.to_string())).await;
}

async fn record(gateway: &Connection, facts: Vec<SalesFact>) {
    let request = BatchRecordFactsRequest { facts };
    let count = i32::try_from(request.facts.len()).expect("few");
    let record = async || gateway.facts().batch_record_facts(request.clone()).await.map_err(|e| e.to_string());
    let answer = until(record).await.into_inner();
    // A try whose answer was lost leaves duplicates.
    assert_eq!(answer.recorded_count + answer.duplicate_count, count, "{answer:?}");
}

/// Net sales that analytics knows of, once it counts so many batches.
async fn net_sales(gateway: &Connection, through: i64) -> Money {
    let request = QueryMetricsRequest {
        metrics: vec!["net_sales".to_owned()],
        basis: SalesBasis::All.into(),
        ..QueryMetricsRequest::default()
    };
    let answer = until(async || match gateway.metrics().query_metrics(request.clone()).await {
        Ok(answer) if answer.get_ref().through_batch >= through => Ok(answer.into_inner()),
        Ok(answer) => Err(format!("analytics counts {} batches", answer.get_ref().through_batch)),
        Err(status) => Err(status.to_string()),
    })
    .await;
    assert_eq!((answer.through_batch, answer.rows.len()), (through, 1), "{answer:?}");
    match &answer.rows[0].values[0].value {
        Some(metric_value::Value::Amount(money)) => money.clone(),
        other => panic!("no amount: {other:?}"),
    }
}

async fn contract_risk_counts(gateway: &Connection, through: i64) {
    until(async || {
        let request = ListCommitmentProgressRequest::default();
        match gateway.alerts().list_commitment_progress(request).await {
            Ok(answer) if answer.get_ref().through_batch == through => Ok(()),
            Ok(answer) => Err(format!("contract-risk counts {} batches", answer.get_ref().through_batch)),
            Err(status) => Err(status.to_string()),
        }
    })
    .await;
}

#[tokio::test]
async fn facts_reach_every_service_in_its_own_process() {
    let Some(redis) = redis_url() else { return };
    for engine in engines() {
        let mut place = Place::start(engine, redis.clone());
        let gateway = place.gateway().await;
        create_partner(&gateway).await;
        record(&gateway, vec![sale("1", 100, 250_000_000), sale("2", 200, 500_000_000)]).await;
        let money = |units, nanos| Money { currency_code: "CNY".to_owned(), units, nanos };
        // 100.25 + 200.50.
        assert_eq!(net_sales(&gateway, 1).await, money(300, 750_000_000), "{engine:?}");
        contract_risk_counts(&gateway, 1).await;

        // The first reader is killed; a replica, or its own successor, takes over.
        place.kill(ServiceName::Analytics, 0);
        record(&gateway, vec![sale("3", 50, 0)]).await;
        contract_risk_counts(&gateway, 2).await;
        place.begin(ServiceName::Analytics, 0);
        // 300.75 + 50.
        assert_eq!(net_sales(&gateway, 2).await, money(350, 750_000_000), "{engine:?}");
    }
}
