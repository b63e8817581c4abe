//! What days do to contracts: the worker on a clock that is set by hand. A day begins at midnight in Shanghai.

use tributary_core::Timestamp;
use tributary_lifecycle::CancellationToken;
use tributary_proto::tributary::contract::v1::{self as pb, ContractState as S};

use super::desk::{ask, changed, full, raw, reason};
use crate::support::services;

#[tokio::test]
async fn days_move_a_contract_to_its_end() {
    for desk in services().await {
        desk.set("2025-12-20");
        let draft = desk.draft(full("gz", &[])).await;
        let signed = desk.signed(&draft, "2025-12-20").await;
        assert_eq!(signed.state(), S::Signed);
        // 2025-12-31T16:00:00Z is midnight of 1 January in Shanghai; a second before it is still the old year.
        // Python: datetime(2025, 12, 31, 16, tzinfo=UTC).timestamp() == 1767196800
        desk.clock.set(Timestamp(1_767_196_799_000_000));
        let stop = CancellationToken::new();
        let running = tokio::spawn((desk.calendar.run)(stop.clone()));
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        assert_eq!(desk.get("contracts/gz").await, signed, "not yet");
        stop.cancel();
        running.await.expect("ends");
        desk.clock.set(Timestamp(1_767_196_800_000_000));
        let active = desk.moved("contracts/gz", S::Active).await;
        assert_eq!(active.update_time.map(|t| t.seconds), Some(1_767_196_800));

        // Python: date(2027, 1, 1) - timedelta(90) == date(2026, 10, 3)
        desk.set("2026-10-03");
        desk.moved("contracts/gz", S::Expiring).await;
        desk.set("2027-01-01");
        let ended = desk.moved("contracts/gz", S::Ended).await;
        assert_ne!(ended.etag, signed.etag);

        let told = desk.history("contracts/gz").await;
        let told: Vec<_> = told[6..].iter().map(|(from, to, actor, why)| (*from, *to, &**actor, &**why)).collect();
        assert_eq!(
            told,
            [
                (S::Signed, S::Active, "calendar", "the term begins on 2026-01-01"),
                (S::Active, S::Expiring, "calendar", "the notice before the end of the term begins on 2026-10-03"),
                (S::Expiring, S::Ended, "calendar", "the term ended before 2027-01-01"),
            ]
        );
        // Creation and five verbs, then the calendar.
        let events = desk.events("contracts/gz", 9).await;
        assert_eq!(changed(&events[6]), (S::Signed, S::Active, "calendar".to_owned()));
        assert_eq!(changed(&events[8]), (S::Expiring, S::Ended, "calendar".to_owned()));
    }
}

#[tokio::test]
async fn a_downtime_is_caught_up_once_whoever_does_it() {
    for desk in services().await {
        desk.set("2025-12-20");
        for n in 0..5 {
            let draft = desk.draft(full(&format!("c{n}"), &[])).await;
            desk.signed(&draft, "2025-12-20").await;
        }
        // A year later four replicas wake up at the same time.
        desk.set("2027-03-01");
        let stop = CancellationToken::new();
        let replicas: Vec<_> = (0..4).map(|_| tokio::spawn((desk.calendar.run)(stop.clone()))).collect();
        for n in 0..5 {
            let name = format!("contracts/c{n}");
            desk.moved(&name, S::Ended).await;
            let steps = desk.history(&name).await;
            let states: Vec<_> = steps.iter().map(|(_, to, ..)| *to).skip(5).collect();
            assert_eq!(states, [S::Signed, S::Active, S::Expiring, S::Ended], "each once");
        }
        stop.cancel();
        for replica in replicas {
            replica.await.expect("ends");
        }
        for n in 0..5 {
            let events = desk.events(&format!("contracts/c{n}"), 9).await;
            assert_eq!(events.len(), 9);
            let sequences: Vec<_> = events.iter().map(|event| event.sequence).collect();
            assert_eq!(sequences, (1..=9).collect::<Vec<_>>());
        }
    }
}

#[tokio::test]
async fn a_contract_signed_late_is_at_once_what_its_days_say() {
    for desk in services().await {
        desk.set("2026-11-01");
        let draft = desk.draft(full("gz", &[])).await;
        let signed = desk.signed(&draft, "2026-10-30").await;
        assert_eq!(signed.state(), S::Expiring, "signed, begun and within its notice");
        let steps = desk.history("contracts/gz").await;
        let last: Vec<_> = steps[5..].iter().map(|(_, to, actor, _)| (*to, &**actor)).collect();
        assert_eq!(last, [(S::Signed, "legal"), (S::Active, "calendar"), (S::Expiring, "calendar")]);
    }
}

#[tokio::test]
async fn notice_ends_a_contract_after_its_buffer() {
    for desk in services().await {
        desk.set("2026-03-05");
        let draft = desk.draft(full("gz", &[])).await;
        let active = desk.signed(&draft, "2026-01-02").await;
        assert_eq!(active.state(), S::Active);
        let terminate = |notice_on: &str| pb::TerminateContractRequest {
            name: active.name.clone(),
            etag: active.etag.clone(),
            reason: "unpaid".to_owned(),
            notice_on: if notice_on.is_empty() { None } else { raw(notice_on) },
            ..Default::default()
        };
        for wrong in ["2026-03-06", "2026-02-02"] {
            let refused = ask!(desk, "legal", terminate_contract, terminate(wrong)).expect_err("not a day for it");
            assert_eq!(refused.violations[0].field, "notice_on", "{wrong}");
        }
        let terminating = ask!(desk, "legal", terminate_contract, terminate("2026-02-28")).expect("terminating");
        assert_eq!((terminating.state(), terminating.terminates_on), (S::Terminating, raw("2026-05-28")));
        let again = pb::TerminateContractRequest { etag: terminating.etag.clone(), ..terminate("") };
        assert_eq!(reason(ask!(desk, "legal", terminate_contract, again)), "CONTRACT_TRANSITION_REFUSED");
        desk.set("2026-05-28");
        let ended = desk.moved("contracts/gz", S::Ended).await;
        assert_eq!(ended.terminates_on, raw("2026-05-28"));
    }
}

#[tokio::test]
async fn what_a_day_has_brought_counts_before_the_calendar_comes_by() {
    for desk in services().await {
        desk.set("2026-03-05");
        let draft = desk.draft(full("gz", &[])).await;
        let active = desk.signed(&draft, "2026-01-02").await;
        desk.set("2027-01-01");
        let late = pb::TerminateContractRequest {
            name: active.name.clone(),
            etag: active.etag.clone(),
            reason: "unpaid".to_owned(),
            ..Default::default()
        };
        let refused = ask!(desk, "legal", terminate_contract, late).expect_err("over");
        assert_eq!(refused.metadata.get("state").map(String::as_str), Some("ENDED"));
        assert_eq!(desk.get("contracts/gz").await, active, "a refusal changes nothing");
    }
}
