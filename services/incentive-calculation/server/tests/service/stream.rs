//! Ingest as a stream, and reads of whole batches by other services.

use tonic::Code;
use tributary_core::Role;
use tributary_proto::tributary::incentive::v1::{
    FactOutcome, ReadFactsRequest, SalesFact, StreamFactsRequest, StreamFactsResponse,
};
use tributary_rpc::status::{describe, to_tonic};

use crate::support::{Caller, World, mei, refused, sale, worlds};

fn part(position: i64, facts: Vec<SalesFact>) -> StreamFactsRequest {
    StreamFactsRequest { facts, position }
}

/// Sends parts and collects the answers, up to the first error.
async fn stream(world: &World, parts: Vec<StreamFactsRequest>) -> (Vec<StreamFactsResponse>, Option<tonic::Status>) {
    let request = mei().ask(tokio_stream::iter(parts));
    let mut answers = world.facts().stream_facts(request).await.expect("a stream").into_inner();
    let mut durable = Vec::new();
    loop {
        match answers.message().await {
            Ok(Some(answer)) => durable.push(answer),
            Ok(None) => return (durable, None),
            Err(status) => return (durable, Some(status)),
        }
    }
}

#[tokio::test]
async fn each_part_is_durable_when_it_is_answered_and_a_repeat_counts_duplicates() {
    for world in worlds().await {
        world.dealers(&mei(), &["anqing"]).await;
        let parts = || {
            vec![
                part(2, vec![sale("S-1", "anqing", "2012-07-01", "1.00"), sale("S-2", "anqing", "2012-07-02", "2.00")]),
                part(
                    5,
                    vec![
                        sale("S-3", "anqing", "2012-07-03", "3.00"),
                        sale("S-4", "nobody", "2012-07-03", "4.00"),
                        sale("S-5", "anqing", "2012-02-30", "5.00"),
                    ],
                ),
                part(6, vec![sale("S-1", "anqing", "2012-07-01", "1.00")]),
            ]
        };
        let (answers, end) = stream(&world, parts()).await;
        assert!(end.is_none(), "{end:?}");
        let told = |a: &StreamFactsResponse| {
            let b = a.batch.clone().expect("a result");
            (a.position, b.batch, b.recorded_count, b.duplicate_count, b.refused_count)
        };
        let first: Vec<_> = answers.iter().map(told).collect();
        assert_eq!(first, [(2, 1, 2, 0, 0), (5, 2, 1, 0, 2), (6, 0, 0, 1, 0)]);
        assert_eq!(answers[1].refused_indexes, [1, 2]);
        let refused = &answers[1].batch.as_ref().expect("a result").results;
        let reasons: Vec<_> =
            refused.iter().map(|r| (r.outcome(), describe(&to_tonic(r.error.as_ref().expect("why"))).reason)).collect();
        let (unknown, wrong) = ("PARTNER_UNKNOWN".to_owned(), "INVALID_REQUEST".to_owned());
        assert_eq!(reasons, [(FactOutcome::Refused, unknown), (FactOutcome::Refused, wrong)]);

        let (again, _) = stream(&world, parts()).await;
        let second: Vec<_> = again.iter().map(told).collect();
        assert_eq!(second, [(2, 0, 0, 2, 0), (5, 0, 0, 1, 2), (6, 0, 0, 1, 0)]);
    }
}

#[tokio::test]
async fn the_first_error_ends_the_stream_and_keeps_what_was_answered() {
    for world in worlds().await {
        world.dealers(&mei(), &["anqing"]).await;
        let parts = vec![
            part(1, vec![sale("S-1", "anqing", "2012-07-01", "1.00")]),
            part(1, Vec::new()),
            part(2, vec![sale("S-2", "anqing", "2012-07-01", "1.00")]),
        ];
        let (answers, end) = stream(&world, parts).await;
        assert_eq!(answers.len(), 1);
        assert_eq!(end.map(|s| s.code()), Some(Code::InvalidArgument));
        assert_eq!(world.known_facts(&mei()).await, ["S-1"]);

        // The registry goes away in the middle.
        world.registry.known().away = true;
        let parts = vec![
            part(1, vec![sale("S-2", "anqing", "2012-07-01", "1.00")]),
            part(2, vec![sale("S-3", "baoding", "2012-07-01", "1.00")]),
        ];
        let (answers, end) = stream(&world, parts).await;
        assert_eq!(answers.len(), 1);
        assert_eq!(end.map(|s| describe(&s).reason).as_deref(), Some("UPSTREAM_UNAVAILABLE"));
        assert_eq!(world.known_facts(&mei()).await, ["S-1", "S-2"]);
    }
}

#[tokio::test]
async fn other_services_read_whole_batches_in_the_order_of_keys() {
    for world in worlds().await {
        world.dealers(&mei(), &["anqing"]).await;
        let rows = |ids: &[&str]| ids.iter().map(|id| sale(id, "anqing", "2012-07-01", "1.00")).collect::<Vec<_>>();
        world.record(&mei(), rows(&["R-2", "R-1", "R-4"])).await;
        world.record(&mei(), rows(&["R-0"])).await;
        world.record(&mei(), rows(&["R-3"])).await;
        let service = Caller::new("default", "service:analytics", Role::Service);
        let read = async |caller: &Caller, from_batch, to_batch| {
            let request = caller.ask(ReadFactsRequest { from_batch, to_batch });
            let mut parts = world.facts().read_facts(request).await.expect("a stream").into_inner();
            let mut read = Vec::new();
            while let Some(part) = parts.message().await.expect("a part") {
                read.extend(part.facts.into_iter().map(|f| format!("{} {}", f.batch, f.source_id)));
            }
            read
        };
        assert_eq!(read(&service, 1, 2).await, ["1 R-1", "1 R-2", "1 R-4", "2 R-0"]);
        assert_eq!(read(&service, 3, 9).await, ["3 R-3"]);
        let stranger = Caller::new("other", "service:analytics", Role::Service);
        assert!(read(&stranger, 1, 3).await.is_empty(), "of another tenant");
        let wrong = ReadFactsRequest { from_batch: 0, to_batch: 1 };
        let why = world.facts().read_facts(service.ask(wrong)).await.map(|_| tonic::Response::new(()));
        assert_eq!(refused(why).reason, "INVALID_REQUEST");
    }
}
