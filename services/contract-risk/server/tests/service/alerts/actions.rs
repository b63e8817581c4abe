//! What people do to alerts: acknowledge, resolve; filters and pages.

use tonic::Code;
use tributary_proto::tributary::{
    contract::v1::{self as pb, AlertSeverity, AlertState},
    incentive::v1::FactKind::Adjustment,
};
use tributary_rpc::status::Described;

use super::{
    incentive::fact,
    world::{World, answer, by, call, purchases, worlds},
};

/// The service with one alert at 79 % of the pace.
async fn warned() -> Vec<World> {
    let worlds = worlds("2026-04-10").await;
    for world in &worlds {
        world.contract("dealer", "gz", vec![purchases()]).await;
        bought(world, 1, 79_000).await;
    }
    worlds
}

/// Records a batch and evaluates.
async fn bought(world: &World, batch: i64, yuan: i64) -> (i64, i64, i64, i64) {
    world.record("default", batch, vec![fact("gz", "2026-01-02", Adjustment, "CNY", (yuan, 0), "")]).await;
    world.evaluate().await
}

async fn acknowledge(world: &World, alert: &pb::Alert, request_id: &str) -> Result<pb::Alert, Described> {
    let (name, etag) = (alert.name.clone(), alert.etag.clone());
    let (reason, request_id) = ("on it".to_owned(), request_id.to_owned());
    let request = pb::AcknowledgeAlertRequest { name, etag, reason, request_id };
    answer(world.alerts.clone().acknowledge_alert(by("li.wei", "default", request))).await
}

async fn resolve(world: &World, alert: &pb::Alert) -> Result<pb::Alert, Described> {
    let (name, etag) = (alert.name.clone(), alert.etag.clone());
    let request = pb::ResolveAlertRequest { name, etag, reason: "plan agreed".to_owned(), request_id: String::new() };
    answer(world.alerts.clone().resolve_alert(by("li.wei", "default", request))).await
}

#[tokio::test]
async fn an_alert_is_acknowledged_and_reopened_when_it_becomes_critical() {
    for world in warned().await {
        let open = world.only().await;
        let stale = pb::Alert { etag: "r9".to_owned(), ..open.clone() };
        let refused = acknowledge(&world, &stale, "").await.expect_err("stale");
        assert_eq!((refused.code, &*refused.reason), (Code::Aborted, "ETAG_MISMATCH"));
        let seen = acknowledge(&world, &open, "r-1").await.expect("acknowledged");
        assert_eq!(
            (seen.state(), seen.acknowledged_by.as_str(), seen.note.as_str()),
            (AlertState::Acknowledged, "li.wei", "on it")
        );
        assert_eq!(acknowledge(&world, &open, "r-1").await, Ok(seen.clone()), "a repeat gets the first answer");
        let refused = acknowledge(&world, &seen, "").await.expect_err("twice");
        assert_eq!((refused.code, &*refused.reason), (Code::FailedPrecondition, "ALERT_TRANSITION_REFUSED"));

        // New figures leave it acknowledged, a critical pace opens it.
        assert_eq!(bought(&world, 2, -9_000).await, (0, 1, 0, 1));
        assert_eq!(world.only().await.state(), AlertState::Acknowledged);
        assert_eq!(bought(&world, 3, -21_000).await, (0, 1, 0, 1));
        let critical = world.only().await;
        assert_eq!((critical.state(), critical.severity()), (AlertState::Open, AlertSeverity::Critical));
        assert_eq!((critical.acknowledged_by.as_str(), critical.acknowledge_time), ("", None));
        assert_eq!(
            world.announced(3).await,
            ["UNSPECIFIED → OPEN WARNING", "OPEN → ACKNOWLEDGED WARNING", "ACKNOWLEDGED → OPEN CRITICAL"]
        );
    }
}

#[tokio::test]
async fn what_is_resolved_by_hand_stays_quiet_until_it_becomes_critical() {
    for world in warned().await {
        let closed = resolve(&world, &world.only().await).await.expect("resolved");
        assert_eq!((closed.state(), closed.resolved_by.as_str()), (AlertState::Resolved, "li.wei"));
        let refused = resolve(&world, &closed).await.expect_err("twice");
        assert_eq!(&*refused.reason, "ALERT_TRANSITION_REFUSED");
        assert_eq!(bought(&world, 2, -9_000).await, (0, 0, 0, 0), "70 %");
        assert_eq!(bought(&world, 3, -21_000).await, (1, 0, 0, 1), "49 %");
        assert_eq!(world.only().await.severity(), AlertSeverity::Critical);
        // Resolved again, cleared, and bad again: that is a new one.
        resolve(&world, &world.only().await).await.expect("resolved");
        assert_eq!(bought(&world, 4, 0).await, (0, 0, 0, 0));
        assert_eq!(bought(&world, 5, 51_000).await, (0, 0, 0, 0), "100 %");
        assert_eq!(bought(&world, 6, -60_000).await, (1, 0, 0, 1), "40 %");
        assert_eq!(world.list("").await.len(), 3);
    }
}

#[tokio::test]
async fn alerts_are_read_by_their_tenant_filtered_and_paged() {
    for world in warned().await {
        world.contract("other", "sz", vec![purchases()]).await;
        world.contract_of("acme", "dealer", "gz", vec![purchases()]).await;
        assert_eq!(world.evaluate().await, (1, 0, 0, 2), "sz bought nothing");
        let all = world.list("").await;
        let partners: Vec<_> = all.iter().map(|alert| alert.partner.as_str()).collect();
        assert_eq!(partners, ["partners/sz", "partners/gz"], "newest first");
        for (filter, found) in [
            (r#"partner = "partners/gz""#, &["partners/gz"][..]),
            (r#"contract = "contracts/other""#, &["partners/sz"]),
            ("severity = CRITICAL", &["partners/sz"]),
            ("rule = commitment-pace", &["partners/sz", "partners/gz"]),
            ("state = RESOLVED", &[]),
        ] {
            let alerts = world.list(filter).await;
            assert_eq!(alerts.iter().map(|a| a.partner.as_str()).collect::<Vec<_>>(), found, "{filter}");
        }
        let page = |token: &str, filter: &str| {
            let request =
                pb::ListAlertsRequest { page_size: 1, page_token: token.to_owned(), filter: filter.to_owned() };
            let mut client = world.alerts.clone();
            async move { answer(client.list_alerts(call(request))).await }
        };
        let first = page("", "").await.expect("a page");
        let second = page(&first.next_page_token, "").await.expect("a page");
        assert_eq!((&first.alerts[0], &second.alerts[0]), (&all[0], &all[1]));
        assert_eq!(second.next_page_token, "");
        let refused = page(&first.next_page_token, "severity = CRITICAL").await.expect_err("another query");
        assert_eq!(&*refused.reason, "PAGE_TOKEN_INVALID");
        assert_eq!(&*page("", "colour = red").await.expect_err("no field").reason, "FILTER_INVALID");

        let get = |tenant: &str, name: &str| {
            let request = by("zhao", tenant, pb::GetAlertRequest { name: name.to_owned() });
            let mut client = world.alerts.clone();
            async move { answer(client.get_alert(request)).await }
        };
        assert_eq!(get("default", &all[0].name).await.as_ref(), Ok(&all[0]));
        for (tenant, name) in [("acme", all[0].name.as_str()), ("default", "alerts/none")] {
            let refused = get(tenant, name).await.expect_err("not there");
            assert_eq!((refused.code, &*refused.reason), (Code::NotFound, "ALERT_NOT_FOUND"));
        }
        let one = pb::EvaluateAlertsRequest { partner: "partners/gz".to_owned() };
        let done = answer(world.alerts.clone().evaluate_alerts(call(one))).await.expect("evaluated");
        assert_eq!((done.raised_count, done.standing_count), (0, 1));
    }
}
