//! Partners the own copy misses: asked of the registry, kept, and nothing recorded while it is away.

use tonic::Code;
use tributary_proto::tributary::incentive::v1::FactsRecorded;

use prost::Message as _;

use crate::support::{answer, batch, dealer, fang, flat, mei, refused, sale, sale_by_ref, worlds};

#[tokio::test]
async fn while_the_registry_is_away_nothing_is_recorded_and_a_retry_records_once() {
    for world in worlds().await {
        world.dealers(&mei(), &["anqing"]).await;
        world.registry.known().away = true;
        let rows = || vec![sale("A-1", "anqing", "2012-07-05", "1.00"), sale("A-2", "baoding", "2012-07-05", "2.00")];
        let why = refused(world.facts().batch_record_facts(mei().ask(batch(rows()))).await);
        assert_eq!((why.code, why.reason.as_str()), (Code::Unavailable, "UPSTREAM_UNAVAILABLE"));
        assert!(why.retry_after.is_some(), "says when to retry");
        assert!(world.known_facts(&mei()).await.is_empty(), "not even the row whose partner is known");
        // Rows whose partners are known need no registry.
        assert_eq!(world.record(&mei(), vec![sale("A-0", "anqing", "2012-07-05", "3.00")]).await.recorded_count, 1);

        world.registry.known().away = false;
        world.registry.known().partners.insert("default".to_owned(), vec![dealer("baoding")]);
        assert_eq!(world.record(&mei(), rows()).await.recorded_count, 2);
        let again = world.record(&mei(), rows()).await;
        assert_eq!((again.recorded_count, again.duplicate_count), (0, 2));
        assert_eq!(world.known_facts(&mei()).await, ["A-0", "A-1", "A-2"]);
    }
}

#[tokio::test]
async fn a_partner_is_read_through_once_and_is_paid() {
    for world in worlds().await {
        world.registry.known().partners.insert("default".to_owned(), vec![dealer("anqing")]);
        world.record(&mei(), vec![sale_by_ref("A-1", ("erp", "AW-anqing"), "2012-07-05", "1000.00")]).await;
        world.record(&mei(), vec![sale("A-2", "anqing", "2012-07-06", "500.00")]).await;
        assert_eq!(world.registry.known().asked, 1, "by name it is known from the first call");

        let run = world.run(&fang(), crate::support::preview(flat("0.10"), "2012-Q3")).await;
        let statements = world.statements(&fang(), &run).await;
        assert_eq!(crate::support::totals(&statements), ["anqing CNY 150.00"]);
        assert_eq!(statements[0].partner_display_name, "Dealer anqing");
        assert_eq!(statements[0].partner_external_refs, ["erp:AW-anqing"]);
    }
}

#[tokio::test]
async fn a_late_event_of_an_older_revision_does_not_replace_what_was_read_through() {
    for world in worlds().await {
        let mut moved = dealer("anqing");
        (moved.revision, moved.external_refs[0].id) = (2, "AW-new".to_owned());
        world.registry.known().partners.insert("default".to_owned(), vec![moved]);
        world.record(&mei(), vec![sale_by_ref("A-1", ("erp", "AW-new"), "2012-07-05", "1.00")]).await;
        world.dealers(&mei(), &["anqing"]).await;
        world.record(&mei(), vec![sale_by_ref("A-2", ("erp", "AW-new"), "2012-07-05", "1.00")]).await;
        let old = vec![sale_by_ref("A-3", ("erp", "AW-anqing"), "2012-07-05", "1.00")];
        let answered = answer(world.facts().batch_record_facts(mei().ask(batch(old))).await).expect("a result");
        assert_eq!(answered.refused_count, 1, "the old key is nobody's any more");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_32_identical_batches_at_once_each_fact_is_recorded_once() {
    for world in worlds().await {
        world.registry.known().partners.insert("default".to_owned(), vec![dealer("anqing"), dealer("baoding")]);
        let rows: Vec<_> = (0..20)
            .map(|i| sale(&format!("C-{i:02}"), if i % 2 == 0 { "anqing" } else { "baoding" }, "2012-07-05", "1.00"))
            .collect();
        let calls: Vec<_> = (0..32)
            .map(|n| {
                let (client, mut rows) = (world.facts(), rows.clone());
                // Every other call has them the other way round.
                if n % 2 == 1 {
                    rows.reverse();
                }
                tokio::spawn(async move { answer(client.clone().batch_record_facts(mei().ask(batch(rows))).await) })
            })
            .collect();
        let (mut recorded, mut duplicates, mut batches) = (0, 0, Vec::new());
        for call in calls {
            let answered = call.await.expect("ends").expect("a result");
            assert_eq!(answered.refused_count, 0, "{:?}", answered.results);
            recorded += answered.recorded_count;
            duplicates += answered.duplicate_count;
            batches.extend((answered.batch != 0).then_some(answered.batch));
        }
        assert_eq!((recorded, duplicates, batches), (20, 31 * 20, vec![1]));
        assert_eq!(world.known_facts(&mei()).await.len(), 20);

        // The next batch has the next number: repeats have taken none.
        assert_eq!(world.record(&mei(), vec![sale("C-99", "anqing", "2012-07-05", "1.00")]).await.batch, 2);
        let events = world.published(mei().tenant(), "FactsRecorded", 2).await;
        let told: Vec<_> = events
            .iter()
            .map(|e| FactsRecorded::decode(e.data.as_slice()).map(|f| (f.batch, f.fact_count)).expect("the event"))
            .collect();
        assert_eq!(told, [(1, 20), (2, 1)]);
    }
}
