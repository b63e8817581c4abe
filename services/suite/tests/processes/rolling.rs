//! Replicas are restarted one after the other while calls come in: none fails, and nothing is lost.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use tonic::Status;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tributary::{cli::Connection, settings::ServiceName};
use tributary_proto::{
    google::r#type::{Date, Money},
    tributary::{
        incentive::v1::{BatchRecordFactsRequest, FactKind, SalesFact, sales_fact},
        partner::v1::{CreatePartnerRequest, GetPartnerRequest, Partner, PartnerKind, PartnerStatus},
    },
};
use tributary_rpc::client;
use tributary_testkit::{Engine, redis_url};

use super::place::{Place, until};

fn fact(number: u32) -> SalesFact {
    SalesFact {
        source_system: "erp".to_owned(),
        source_id: number.to_string(),
        partner_ref: Some(sales_fact::PartnerRef::Partner("partners/alpine".to_owned())),
        kind: FactKind::SellIn.into(),
        occurred: Some(sales_fact::Occurred::OccurredOn(Date { year: 2031, month: 4, day: 1 })),
        net: Some(Money { currency_code: "CNY".to_owned(), units: 1, nanos: 0 }),
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
    until(async || gateway.partners().create_partner(request.clone()).await.map_err(|e| e.to_string())).await;
    until(async || record(gateway, 0).await.map_err(|e| e.to_string())).await;
}

async fn record(gateway: &Connection, number: u32) -> Result<(), Status> {
    let answer = gateway.facts().batch_record_facts(BatchRecordFactsRequest { facts: vec![fact(number)] }).await?;
    let answer = answer.into_inner();
    assert_eq!(answer.recorded_count + answer.duplicate_count, 1, "{answer:?}");
    Ok(())
}

/// Reads and writes, one after the other, until told to end; gives how many calls there were, and the first that failed.
async fn load(gateway: &Connection, numbers: &AtomicU32, end: &AtomicBool) -> (u32, Option<Status>) {
    let mut calls = 0;
    while !end.load(Ordering::Relaxed) {
        let number = numbers.fetch_add(1, Ordering::Relaxed);
        let partner = GetPartnerRequest { name: "partners/alpine".to_owned() };
        let read = gateway.partners().get_partner(partner).await.map(|_| ());
        if let Err(status) = read.and(record(gateway, number).await) {
            return (calls, Some(status));
        }
        calls += 2;
    }
    (calls, None)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rolling_restart_fails_no_call() {
    let Some(redis) = redis_url() else { return };
    if !Engine::Postgres.is_available() {
        return;
    }
    let mut place = Place::start(Engine::Postgres, redis);
    let gateway = place.gateway().await;
    create_partner(&gateway).await;
    let restarted = [ServiceName::PartnerRegistry, ServiceName::IncentiveCalculation];
    let ready = async |place: &Place, name, replica| {
        let backend = client::remote(&place.address(name, replica)).expect("an address");
        until(async || {
            let answer = HealthClient::new(backend.clone()).check(HealthCheckRequest::default()).await;
            match answer {
                Ok(answer) if answer.get_ref().status == 1 => Ok(()),
                other => Err(format!("{other:?}")),
            }
        })
        .await;
        // Who tries again waits at most a second.
        tokio::time::sleep(Duration::from_millis(1_500)).await;
    };
    for name in restarted {
        for replica in [0, 1] {
            ready(&place, name, replica).await;
        }
    }
    let (numbers, end) = (Arc::new(AtomicU32::new(1)), Arc::new(AtomicBool::new(false)));
    let gateway = Arc::new(gateway);
    let callers: Vec<_> = (0..4)
        .map(|_| {
            let (gateway, numbers, end) = (gateway.clone(), numbers.clone(), end.clone());
            tokio::spawn(async move { load(&gateway, &numbers, &end).await })
        })
        .collect();
    for name in restarted {
        for replica in [0, 1] {
            place.end(name, replica);
            tokio::time::sleep(Duration::from_millis(300)).await;
            place.begin(name, replica);
            ready(&place, name, replica).await;
        }
    }
    end.store(true, Ordering::Relaxed);
    let mut calls = 0;
    for caller in callers {
        let (made, failed) = caller.await.expect("no panic");
        assert!(failed.is_none(), "after {made} calls: {failed:?}");
        calls += made;
    }
    assert!(calls > 100, "only {calls} calls in four restarts");
}
