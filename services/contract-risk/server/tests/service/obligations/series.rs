//! `ScheduleObligations`: all or none.

use tributary_proto::tributary::{
    common::v1::ExternalRef,
    contract::v1::{self as pb, ListObligationsRequest, Obligation, ObligationChanged},
};

use super::desk::{Desk, ask, desks, fields, milestone, payment, raw, reason};

fn request(prefix: &str, count: i32) -> pb::ScheduleObligationsRequest {
    pb::ScheduleObligationsRequest {
        parent: "contracts/a".to_owned(),
        template: Some(Obligation { title: "Instalment {n}".to_owned(), ..payment("2026-01-31", 10_000) }),
        every_months: 1,
        count,
        obligation_id_prefix: prefix.to_owned(),
        request_id: String::new(),
    }
}

async fn names(desk: &Desk) -> Vec<String> {
    let query = ListObligationsRequest { parent: "contracts/-".to_owned(), ..Default::default() };
    let page = ask!(desk, "legal", list_obligations, query).expect("list");
    page.obligations.into_iter().map(|o| o.name).collect()
}

#[tokio::test]
async fn a_series_is_monthly_from_its_first_day() {
    for desk in desks("2026-01-02").await {
        let made = ask!(desk, "legal", schedule_obligations, request("rent", 12)).expect("made").obligations;
        let days = [
            "2026-01-31",
            "2026-02-28",
            "2026-03-31",
            "2026-04-30",
            "2026-05-31",
            "2026-06-30",
            "2026-07-31",
            "2026-08-31",
            "2026-09-30",
            "2026-10-31",
            "2026-11-30",
            "2026-12-31",
        ];
        assert_eq!(made.iter().map(|o| o.due_on).collect::<Vec<_>>(), days.map(raw));
        assert_eq!(
            (&*made[0].name, &*made[11].name),
            ("contracts/a/obligations/rent-001", "contracts/a/obligations/rent-012")
        );
        assert_eq!((&*made[0].title, &*made[11].title), ("Instalment 1", "Instalment 12"));
        assert_eq!(names(&desk).await.len(), 12);
        let _: Vec<ObligationChanged> = desk.events("ObligationChanged", &made[11].name, 1).await;
    }
}

#[tokio::test]
async fn all_are_made_or_none() {
    for desk in desks("2026-01-02").await {
        desk.create("a", "rent-003", milestone("2026-03-31")).await.expect("created");
        assert_eq!(reason(ask!(desk, "legal", schedule_obligations, request("rent", 5))), "OBLIGATION_EXISTS");
        assert_eq!(names(&desk).await, ["contracts/a/obligations/rent-003"]);
        let repeated = pb::ScheduleObligationsRequest { request_id: "s-1".to_owned(), ..request("", 2) };
        let first = ask!(desk, "legal", schedule_obligations, repeated.clone()).expect("made");
        assert_eq!(ask!(desk, "legal", schedule_obligations, repeated).expect("again"), first);
        assert!(first.obligations[1].name.ends_with("-002"));
        assert_eq!(names(&desk).await.len(), 3);
    }
}

#[tokio::test]
async fn bounds_are_told_at_once() {
    for desk in desks("2026-01-02").await {
        let wrong = pb::ScheduleObligationsRequest {
            template: Some(Obligation { title: String::new(), ..payment("2026-01-31", 0) }),
            every_months: 0,
            count: 241,
            ..request("rent", 1)
        };
        let refused = ask!(desk, "legal", schedule_obligations, wrong).expect_err("wrong");
        let mut found = fields(&refused);
        found.sort_unstable();
        found.dedup();
        assert_eq!(found, ["count", "every_months", "template.amount", "template.title"]);
        let mut shared = request("rent", 2);
        shared.template.as_mut().expect("set").external_ref =
            Some(ExternalRef { system: "erp".to_owned(), id: "1".to_owned() });
        let refused = ask!(desk, "legal", schedule_obligations, shared).expect_err("one ref for two");
        assert_eq!(fields(&refused), ["template.external_ref"]);
        let lost = pb::ScheduleObligationsRequest { parent: "contracts/z".to_owned(), ..request("rent", 2) };
        assert_eq!(reason(ask!(desk, "legal", schedule_obligations, lost)), "CONTRACT_NOT_FOUND");
    }
}
