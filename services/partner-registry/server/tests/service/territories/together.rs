//! Rights at the same instant: of those that conflict, one wins.

use futures::future::join_all;
use tributary_proto::tributary::partner::v1 as pb;

use super::{Answer, circle, hefei, record, regions, terms};
use crate::harness::{Suite, answer, dealer, suites};

const CALLERS: usize = 64;

async fn at_once(
    suite: &Suite,
    request: impl Fn(usize) -> pb::RecordTerritoryRightRequest,
) -> Vec<Answer<pb::RecordTerritoryRightResponse>> {
    let calls = (0..CALLERS).map(|n| {
        let (mut client, request) = (suite.territories(), suite.ask(request(n)));
        tokio::spawn(async move { answer(client.record_territory_right(request).await) })
    });
    join_all(calls).await.into_iter().map(|result| result.expect("ran")).collect()
}

async fn partners(suite: &Suite) {
    for n in 0..CALLERS {
        suite.create(&format!("p{n}"), dealer(&format!("P{n}"))).await.expect("created");
    }
}

fn one_won(results: &[Answer<pb::RecordTerritoryRightResponse>]) {
    let won: Vec<_> = results.iter().filter_map(|r| r.as_ref().ok()).collect();
    let [pb::RecordTerritoryRightResponse { right: Some(right), .. }] = won.as_slice() else {
        panic!("one wins: {results:?}")
    };
    for refusal in results.iter().filter_map(|r| r.as_ref().err()) {
        let named = refusal.metadata.get("rights");
        assert_eq!((refusal.reason.as_str(), named), ("TERRITORY_CONFLICT", Some(&right.name)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_sixty_four_exclusive_rights_to_one_place_one_is_recorded() {
    for suite in suites().await {
        suite.anhui().await;
        partners(&suite).await;
        // Each names another level of the same tree, so that no key of the table could tell them apart.
        let levels = ["cn", "cn-340000", "cn-340100", "cn-340111"];
        one_won(&at_once(&suite, |n| record("", terms(&format!("p{n}"), regions(&[levels[n % 4]])))).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_sixty_four_circles_that_meet_one_is_recorded() {
    for suite in suites().await {
        suite.anhui().await;
        partners(&suite).await;
        let radius = |n: usize| 1_000 + i64::try_from(n).expect("small");
        one_won(&at_once(&suite, |n| record("", terms(&format!("p{n}"), circle(hefei(), radius(n), "")))).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_sixty_four_repeats_one_has_an_effect() {
    for suite in suites().await {
        suite.anhui().await;
        suite.create("a", dealer("A")).await.expect("created");
        let request = |_| pb::RecordTerritoryRightRequest {
            request_id: "same".to_owned(),
            ..record("", terms("a", regions(&["cn-340100"])))
        };
        let results = at_once(&suite, request).await;
        let first = results[0].as_ref().expect("recorded");
        assert!(results.iter().all(|result| result.as_ref() == Ok(first)), "{results:?}");
        let list = pb::ListTerritoryRightsRequest::default();
        let all = answer(suite.territories().list_territory_rights(suite.ask(list)).await).expect("page");
        assert_eq!(all.territory_rights.len(), 1);
    }
}
