//! Many at the same instant: one holds the lead, and everybody gets a clear answer.

use futures::future::join_all;
use tributary_proto::tributary::partner::v1::{self as pb, DealState as S};

use super::{deal, deal_name, registering};
use crate::harness::{Suite, answer, suites};

/// Partners p0 to p15.
async fn sixteen(suite: &Suite) {
    let ids: Vec<String> = (0..16).map(|n| format!("p{n}")).collect();
    suite.dealers(&ids.iter().map(String::as_str).collect::<Vec<_>>()).await;
}

/// What sixteen partners get that register at once.
async fn at_once(suite: &Suite, own: &str, customer: impl Fn(usize) -> String) -> Vec<pb::Deal> {
    let calls = (0..16).map(|n| {
        let request = suite.ask(registering(&format!("p{n}"), own, deal(&customer(n))));
        let mut client = suite.deals();
        async move { answer(client.register_deal(request).await).expect("answered") }
    });
    join_all(calls).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_sixteen_partners_that_register_one_lead_one_holds_it() {
    for suite in suites().await {
        sixteen(&suite).await;
        let deals = at_once(&suite, "d", |_| "合肥轨道交通集团".to_owned()).await;
        let (held, rest): (Vec<_>, Vec<_>) = deals.iter().partition(|deal| deal.state() == S::Submitted);
        let [winner] = held.as_slice() else { panic!("one: {held:?}") };
        for deal in rest {
            let conflict = deal.conflict.clone().expect("named");
            assert_eq!((deal.state(), &conflict.deal), (S::Conflicted, &winner.name));
        }
        assert_eq!(suite.found("-", "state = SUBMITTED").await, Ok(vec![winner.name.clone()]));

        // Its protection ends, and sixteen come again: one takes the lead over.
        suite.approve_deal(&winner.name).await.expect("approved");
        suite.clock.advance(std::time::Duration::from_secs(90 * 86_400));
        let again = at_once(&suite, "again", |_| "合肥轨道交通集团".to_owned()).await;
        assert_eq!(again.iter().filter(|deal| deal.state() == S::Submitted).count(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_sixteen_near_equal_names_each_sees_those_before_it() {
    for suite in suites().await {
        sixteen(&suite).await;
        let deals = at_once(&suite, "d", |n| {
            format!("Hefei Metro Group {}", char::from(b'a' + u8::try_from(n).expect("small")))
        })
        .await;
        let mut seen: Vec<usize> = deals.iter().map(|deal| deal.similar.len()).collect();
        seen.sort_unstable();
        // The first sees none, the second one, and so on up to the ten that are kept.
        assert_eq!(seen, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10, 10, 10, 10, 10]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_conflicts_that_are_approved_at_once_one_gets_the_lead() {
    for suite in suites().await {
        sixteen(&suite).await;
        let deals = at_once(&suite, "d", |_| "x".to_owned()).await;
        let winner = deals.iter().find(|deal| deal.state() == S::Submitted).expect("one");
        suite.reject_deal(&winner.name).await.expect("rejected");
        let calls = deals.iter().filter(|deal| deal.name != winner.name).map(|deal| suite.approve_deal(&deal.name));
        let results = join_all(calls).await;
        let refusals: Vec<&str> =
            results.iter().filter_map(|result| result.as_ref().err().map(|e| e.reason.as_str())).collect();
        assert_eq!(refusals, ["LEAD_PROTECTED"; 14]);
        assert_eq!(suite.found("-", "state = APPROVED").await.expect("page").len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_sixteen_repeats_one_has_an_effect() {
    for suite in suites().await {
        suite.dealers(&["a"]).await;
        let calls = (0..16).map(|n| {
            // Half by a request id, half by the deal's own id alone.
            let request_id = if n % 2 == 0 { "same".to_owned() } else { String::new() };
            let request = pb::RegisterDealRequest { request_id, ..registering("a", "d", deal("x")) };
            let (request, mut client) = (suite.ask(request), suite.deals());
            async move { answer(client.register_deal(request).await).expect("answered") }
        });
        let mut names: Vec<String> =
            join_all(calls).await.into_iter().map(|deal| format!("{} {}", deal.name, deal.uid)).collect();
        names.dedup();
        assert_eq!(names.len(), 1, "{names:?}");
        assert_eq!(suite.deal_history(&deal_name("a", "d")).await.len(), 1);
    }
}
