//! A batch reaches the sink whole or not at all.

use tributary_bus::Handler as _;
use tributary_core::{Currency, FactAmount, Fault, FaultKind, fault::common};
use tributary_proto::tributary::incentive::v1::{FactsRecorded, SalesFact};
use uuid::Uuid;

use crate::{
    incentive::fact,
    support::{feed, recorded},
};

#[tokio::test]
async fn the_whole_batch_of_the_tenant_is_given_to_the_sink() {
    let feed = feed().await;
    // Five facts: the stand-in sends them in three messages.
    feed.know("acme", 3, ["a", "b", "c", "d", "e"].map(|id| fact(id, 2)).to_vec());
    feed.know("acme", 2, vec![fact("of another batch", 1)]);
    feed.know("other", 3, vec![fact("of another tenant", 1)]);
    feed.handler.handle(&recorded("acme", 3, 5)).await.expect("handled");
    assert_eq!(feed.added(), [(3, ["a", "b", "c", "d", "e"].map(str::to_owned).to_vec())]);
    let added = feed.sink.added.lock().expect("lock");
    let (event, _, facts) = &added[0];
    assert_eq!(*event, Uuid::from_u128(7));
    // 2 yuan at six decimals.
    let net = FactAmount { currency: Currency::parse("CNY").expect("known"), value: 2_000_000 };
    assert!(facts.iter().all(|f| f.net == net), "{facts:?}");
    // Asked for once, in the name of the consumer and for its tenant.
    let known = feed.incentive.0.lock().expect("lock");
    let readers: Vec<_> =
        known.readers.iter().map(|(c, batch)| (c.tenant.to_string(), c.subject.as_str(), *batch)).collect();
    assert_eq!(readers, [("acme".to_owned(), "service:consumer", 3)]);
}

#[tokio::test]
async fn half_a_batch_never_counts() {
    let feed = feed().await;
    feed.know("acme", 1, vec![fact("a", 1), fact("b", 1)]);
    for said in [3, 1, 0, -2] {
        let fault = feed.handler.handle(&recorded("acme", 1, said)).await.expect_err("another number");
        // Of the kind that is tried again.
        assert_eq!(fault.kind(), FaultKind::Internal);
        let expected = format!("batch 1 of tenant acme was read with 2 facts, its event says {said}");
        assert_eq!(fault.message(), expected);
    }
    assert_eq!(feed.added(), []);
    feed.know("acme", 1, vec![fact("a", 1), fact("b", 1), fact("c", 1)]);
    feed.handler.handle(&recorded("acme", 1, 3)).await.expect("complete by now");
    assert_eq!(feed.added().len(), 1);
}

#[tokio::test]
async fn a_batch_without_facts_is_a_batch() {
    let feed = feed().await;
    feed.handler.handle(&recorded("acme", 1, 0)).await.expect("handled");
    assert_eq!(feed.added(), [(1, vec![])]);
}

#[tokio::test]
async fn an_upstream_that_is_away_is_tried_again() {
    let feed = feed().await;
    feed.know("acme", 1, vec![fact("a", 1)]);
    feed.incentive.0.lock().expect("lock").away = true;
    let fault = feed.handler.handle(&recorded("acme", 1, 1)).await.expect_err("away");
    assert_eq!((fault.kind(), fault.reason()), (FaultKind::Unavailable, common::UPSTREAM_UNAVAILABLE));
    assert_eq!(feed.added(), []);
    feed.incentive.0.lock().expect("lock").away = false;
    feed.handler.handle(&recorded("acme", 1, 1)).await.expect("back");
    assert_eq!(feed.added().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_silent_upstream_does_not_hold_the_consumer() {
    let feed = feed().await;
    feed.incentive.0.lock().expect("lock").silent = true;
    // The time of the runtime is moved on whenever nothing else is to do.
    let fault = feed.handler.handle(&recorded("acme", 1, 1)).await.expect_err("given up");
    assert_eq!((fault.kind(), fault.reason()), (FaultKind::Unavailable, common::UPSTREAM_UNAVAILABLE));
    assert_eq!(fault.message(), "batch 1 was not read in 60s; retry with backoff");
    assert_eq!(feed.added(), []);
}

#[tokio::test]
async fn a_message_may_be_larger_than_the_default_of_four_mebibytes() {
    let feed = feed().await;
    // Two facts a message: together six mebibytes.
    let sku = "x".repeat(3 * 1024 * 1024);
    feed.know("acme", 1, ["a", "b"].map(|id| SalesFact { sku: sku.clone(), ..fact(id, 1) }).to_vec());
    feed.handler.handle(&recorded("acme", 1, 2)).await.expect("handled");
    assert_eq!(feed.added(), [(1, vec!["a".to_owned(), "b".to_owned()])]);
}

#[tokio::test]
async fn a_fact_that_cannot_be_understood_holds_its_batch_back_for_a_person() {
    let feed = feed().await;
    let unknown = SalesFact { kind: 9, ..fact("b", 1) };
    feed.know("acme", 1, vec![fact("a", 1), unknown]);
    let fault = feed.handler.handle(&recorded("acme", 1, 2)).await.expect_err("not understood");
    assert_eq!((fault.kind(), fault.violations()[0].field.as_str()), (FaultKind::InvalidArgument, "facts[erp:b].kind"));
    assert_eq!(feed.added(), []);
}

#[tokio::test]
async fn an_event_that_names_no_batch_is_refused_before_anything_is_read() {
    let feed = feed().await;
    for batch in [0, -1, i64::MIN] {
        let fault = feed.handler.handle(&recorded("acme", batch, 0)).await.expect_err("no batch");
        assert_eq!((fault.kind(), fault.violations()[0].field.as_str()), (FaultKind::InvalidArgument, "batch"));
    }
    let mut garbled = recorded("acme", 1, 0);
    garbled.data = vec![0xff];
    let fault = feed.handler.handle(&garbled).await.expect_err("no message");
    assert_eq!((fault.kind(), fault.violations()[0].field.as_str()), (FaultKind::InvalidArgument, "data"));
    assert!(feed.incentive.0.lock().expect("lock").readers.is_empty());
    assert_eq!(feed.added(), []);
}

#[tokio::test]
async fn what_the_sink_says_is_the_answer() {
    let feed = feed().await;
    let busy = Fault::new(common::STORE_UNAVAILABLE, "busy");
    *feed.sink.refusal.lock().expect("lock") = Some(busy.clone());
    assert_eq!(feed.handler.handle(&recorded("acme", 1, 0)).await, Err(busy));
}

#[test]
fn the_event_is_the_one_of_the_contract() {
    use prost::Name as _;
    assert_eq!(tributary_feed::EVENT_TYPES, [FactsRecorded::full_name()]);
}
