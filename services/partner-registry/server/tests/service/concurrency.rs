//! Twins at the same time: one effect, and a clear answer for everyone.

use std::collections::BTreeSet;

use futures::future::join_all;
use tributary_proto::tributary::partner::v1 as pb;

use crate::harness::{answer, date, dealer, name, reference, registration, suites};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_registration_number_makes_one_partner() {
    for suite in suites().await {
        let calls = (0..12).map(|n| {
            let partner = pb::Partner { registration: registration("91350100M000100Y43"), ..dealer(&format!("P{n}")) };
            let request = pb::CreatePartnerRequest { partner: Some(partner), ..Default::default() };
            let (mut client, request) = (suite.partners(), suite.ask(request));
            tokio::spawn(async move { answer(client.create_partner(request).await) })
        });
        let results: Vec<_> = join_all(calls).await.into_iter().map(|r| r.expect("ran")).collect();
        let made: Vec<_> = results.iter().filter_map(|r| r.as_ref().ok()).collect();
        assert_eq!(made.len(), 1, "{results:?}");
        for refusal in results.iter().filter_map(|r| r.as_ref().err()) {
            assert_eq!(refusal.reason, "REGISTRATION_TAKEN");
            assert_eq!(refusal.metadata["partner"], made[0].name);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_request_id_has_one_effect() {
    for suite in suites().await {
        let calls = (0..12).map(|_| {
            let request = pb::CreatePartnerRequest {
                partner: Some(dealer("P")),
                request_id: "same".to_owned(),
                ..Default::default()
            };
            let (mut client, request) = (suite.partners(), suite.ask(request));
            tokio::spawn(async move { answer(client.create_partner(request).await).expect("answered") })
        });
        let names: BTreeSet<String> = join_all(calls).await.into_iter().map(|r| r.expect("ran").name).collect();
        assert_eq!(names.len(), 1, "{names:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_etag_lets_one_change_through() {
    for suite in suites().await {
        suite.create("a", dealer("A")).await.expect("created");
        let calls = (0..8).map(|_| {
            let request = pb::ChangePartnerStatusRequest {
                name: name("a"),
                reason: "r".to_owned(),
                etag: "r1".to_owned(),
                request_id: String::new(),
            };
            let (mut client, request) = (suite.partners(), suite.ask(request));
            tokio::spawn(async move { answer(client.freeze_partner(request).await) })
        });
        let results: Vec<_> = join_all(calls).await.into_iter().map(|r| r.expect("ran")).collect();
        assert_eq!(results.iter().filter(|r| r.is_ok()).count(), 1);
        assert!(results.iter().filter_map(|r| r.as_ref().err()).all(|e| e.reason == "ETAG_MISMATCH"), "{results:?}");
        assert_eq!(suite.get("a").await.revision, 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_links_never_close_a_cycle_together() {
    for suite in suites().await {
        for round in 0..10 {
            let (a, b) = (format!("a{round}"), format!("b{round}"));
            for id in [&a, &b] {
                suite.create(id, dealer(id)).await.expect("created");
            }
            let calls = [(&a, &b), (&b, &a)].map(|(own, parent)| {
                let request = pb::SetParentRequest {
                    partner: name(own),
                    parent: name(parent),
                    effective_from: date(2026, 1, 1),
                    reason: "r".to_owned(),
                    request_id: String::new(),
                };
                let (mut client, request) = (suite.trees(), suite.ask(request));
                tokio::spawn(async move { answer(client.set_parent(request).await) })
            });
            let results: Vec<_> = join_all(calls).await.into_iter().map(|r| r.expect("ran")).collect();
            let refused: Vec<_> = results.iter().filter_map(|r| r.as_ref().err()).collect();
            assert_eq!(refused.len(), 1, "{results:?}");
            assert_eq!(refused[0].reason, "HIERARCHY_CYCLE");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn batches_over_the_same_partners_do_not_disturb_each_other() {
    for suite in suites().await {
        let calls = (0..4).map(|n| {
            let mut keys: Vec<usize> = (0..60).collect();
            keys.rotate_left(n * 15);
            let items = keys.into_iter().map(|key| {
                let partner = pb::Partner {
                    external_refs: vec![reference("erp", &key.to_string())],
                    ..dealer(&format!("Partner {key}"))
                };
                pb::PartnerUpsert { partner: Some(partner), ..Default::default() }
            });
            let request = pb::BatchUpsertPartnersRequest { items: items.collect() };
            let (mut client, request) = (suite.partners(), suite.ask(request));
            tokio::spawn(async move { answer(client.batch_upsert_partners(request).await).expect("answered").results })
        });
        let results: Vec<_> = join_all(calls).await.into_iter().flat_map(|r| r.expect("ran")).collect();
        let created = results.iter().filter(|r| r.outcome() == pb::UpsertOutcome::Created).count();
        let unchanged = results.iter().filter(|r| r.outcome() == pb::UpsertOutcome::Unchanged).count();
        assert_eq!((created, unchanged), (60, 180));
        let request = pb::ListPartnersRequest { page_size: 1000, ..Default::default() };
        let all = answer(suite.partners().list_partners(suite.ask(request)).await).expect("list");
        assert_eq!(all.partners.len(), 60);
    }
}
