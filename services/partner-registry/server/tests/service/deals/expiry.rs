//! The calendar: a protection is over at midnight in the zone, whether anybody has recorded it or not.

use std::time::Duration;

use tributary_core::Timestamp;
use tributary_proto::tributary::partner::v1::DealState as S;

use super::{deal, deal_name};
use crate::harness::{date, refused, suites};

/// 2026-09-28T15:59:59Z, the last second of 28 September in Shanghai: the 90th day from 1 July on.
const LAST_SECOND: Timestamp = Timestamp(1_790_611_199_000_000);

#[tokio::test]
async fn an_expired_lead_is_free_at_once() {
    for suite in suites().await {
        suite.dealers(&["a", "b"]).await;
        let (old, new) = (deal_name("a", "d"), deal_name("b", "new"));
        suite.register("a", "d", deal("x")).await.expect("registered");
        suite.approve_deal(&old).await.expect("approved");
        suite.clock.set(LAST_SECOND);
        assert_eq!(suite.register("b", "early", deal("x")).await.expect("kept").state(), S::Conflicted);
        assert_eq!(suite.found("-", "state = APPROVED").await, Ok(vec![old.clone()]));
        suite.clock.advance(Duration::from_secs(1));
        assert_eq!(suite.register("b", "new", deal("x")).await.expect("free").state(), S::Submitted);
        assert_eq!(suite.deal(&old).await.state(), S::Expired, "whether the worker has come by or not");
        assert_eq!(suite.found("-", "state = EXPIRED").await, Ok(vec![old.clone()]));
        assert_eq!(suite.found("-", "state = APPROVED").await, Ok(vec![]));

        // The worker records it and leaves the lead to its new holder.
        suite.events_of(&old, 3).await;
        let history = suite.deal_history(&old).await;
        let last = history.last().expect("there");
        assert_eq!((last.action.as_str(), last.actor.as_str()), ("EXPIRED", "service:partner-registry"));
        assert_eq!((last.previous_state(), last.previous_protection_end), (S::Approved, date(2026, 9, 29)));
        assert_eq!(suite.found("-", "state = EXPIRED").await, Ok(vec![old.clone()]));
        assert_eq!(suite.register("a", "back", deal("x")).await.expect("kept").conflict.expect("named").deal, new);

        // An order within the protection that is told late is still the deal's.
        assert_eq!(refused(suite.convert_deal(&old, date(2026, 9, 29)).await).1, ["conversion.order_date"]);
        let won = suite.convert_deal(&old, date(2026, 9, 28)).await.expect("converted");
        assert_eq!(won.state(), S::Converted);
        assert_eq!(suite.approve_deal(&new).await.expect("holds its lead").state(), S::Approved);
    }
}

/// Whether the worker has come by or not, the history tells the end before what came after it.
#[tokio::test]
async fn an_end_is_told_before_what_follows_it() {
    for suite in suites().await {
        suite.dealers(&["a"]).await;
        let name = deal_name("a", "d");
        suite.register("a", "d", deal("x")).await.expect("registered");
        suite.approve_deal(&name).await.expect("approved");
        suite.clock.set(LAST_SECOND.plus_seconds(1));
        suite.convert_deal(&name, date(2026, 9, 28)).await.expect("converted");
        let told = suite.deal_history(&name).await;
        let told: Vec<_> = told.iter().map(|r| (r.action.as_str(), r.actor.as_str(), r.previous_state())).collect();
        let service = "service:partner-registry";
        assert_eq!(told[2], ("EXPIRED", service, S::Approved));
        assert_eq!((told[3].0, told[3].2, told.len()), ("CONVERTED", S::Expired, 4));
        assert_eq!(suite.events_of(&name, 4).await.len(), 4);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn replicas_expire_each_deal_once() {
    for suite in suites().await {
        suite.dealers(&["a"]).await;
        for n in 0..10 {
            let own = format!("d{n}");
            suite.register("a", &own, deal(&format!("customer {n} of {}", n * n))).await.expect("registered");
            suite.approve_deal(&deal_name("a", &own)).await.expect("approved");
        }
        suite.register("a", "waiting", deal("z")).await.expect("registered");
        suite.start_replica().await;
        suite.clock.set(LAST_SECOND.plus_seconds(1));
        for n in 0..10 {
            let name = deal_name("a", &format!("d{n}"));
            assert_eq!(suite.events_of(&name, 3).await.len(), 3, "{name}");
        }
        // The other replica's worker wakes once a second; by now it has looked, too.
        tokio::time::sleep(Duration::from_millis(2_500)).await;
        for n in 0..10 {
            let name = deal_name("a", &format!("d{n}"));
            let actions: Vec<String> = suite.deal_history(&name).await.into_iter().map(|r| r.action).collect();
            assert_eq!(actions, ["REGISTERED", "APPROVED", "EXPIRED"], "{name}");
        }
        let waiting = suite.deal(&deal_name("a", "waiting")).await;
        assert_eq!(waiting.state(), S::Submitted, "what is not decided stays protected");
    }
}
