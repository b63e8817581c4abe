//! Ingest by single calls and batches: each row has an outcome of its own, a repeat changes nothing.

use tonic::Code;
use tributary_proto::tributary::incentive::v1::{
    BatchRecordFactsResponse, FactOutcome, FactsRecorded, GetFactRequest, RecordFactRequest, SalesFact,
};
use tributary_rpc::status::{Described, describe, to_tonic};

use prost::Message as _;

use crate::support::{answer, batch, day, mei, reason, refused, sale, sale_by_ref, worlds};

fn one(fact: SalesFact) -> RecordFactRequest {
    RecordFactRequest { fact: Some(fact) }
}

/// Outcomes in order.
fn outcomes(answered: &BatchRecordFactsResponse) -> Vec<FactOutcome> {
    answered.results.iter().map(|r| r.outcome()).collect()
}

fn error(answered: &BatchRecordFactsResponse, row: usize) -> Described {
    describe(&to_tonic(answered.results[row].error.as_ref().expect("a refused row")))
}

#[tokio::test]
async fn a_single_fact_is_recorded_once_and_never_changed() {
    for world in worlds().await {
        world.dealers(&mei(), &["anqing"]).await;
        let stated = sale("SO-1/1", "anqing", "2012-07-05", "1000.50");
        let recorded = answer(world.facts().record_fact(mei().ask(one(stated.clone()))).await).expect("recorded");
        assert_eq!(recorded.batch, 1);
        // Python: sha256 over the canonical text of the fact, see the domain's `content_hash`.
        let digest = "4b3377b7dfe0c8558e028df2bbb276535348e04e9b5f56d7d166b7131b9aa24e";
        assert_eq!(recorded.content_digest, digest);
        assert_eq!(recorded.record_time.map(|t| t.seconds), Some(1_349_395_200));
        assert_eq!(recorded.net, stated.net);

        // The same again, by the partner's key in the ERP and with a label: the content is the same.
        let mut again = sale_by_ref("SO-1/1", ("erp", "AW-anqing"), "2012-07-05", "1000.5");
        again.labels.insert("file".to_owned(), "july.csv".to_owned());
        let repeated = answer(world.facts().record_fact(mei().ask(one(again))).await).expect("known");
        assert_eq!(repeated, recorded);

        let other = sale("SO-1/1", "anqing", "2012-07-05", "1000.51");
        let why = refused(world.facts().record_fact(mei().ask(one(other))).await);
        assert_eq!((why.code, why.reason.as_str()), (Code::AlreadyExists, "FACT_CONTENT_DIFFERS"));
        assert_eq!(why.metadata.get("source_id").map(String::as_str), Some("SO-1/1"));

        let key = |id: &str| GetFactRequest { source_system: "erp".to_owned(), source_id: id.to_owned() };
        let kept = answer(world.facts().get_fact(mei().ask(key("SO-1/1"))).await).expect("there");
        assert_eq!(kept, recorded);
        assert_eq!(reason(world.facts().get_fact(mei().ask(key("SO-1/2"))).await), "FACT_NOT_FOUND");
    }
}

#[tokio::test]
async fn a_single_wrong_fact_is_told_all_its_faults_under_the_path_of_the_request() {
    for world in worlds().await {
        world.dealers(&mei(), &["anqing"]).await;
        let wrong = SalesFact { kind: 0, net: None, occurred: None, ..sale("SO-1", "anqing", "2012-07-05", "1") };
        let why = refused(world.facts().record_fact(mei().ask(one(wrong))).await);
        assert_eq!((why.code, why.reason.as_str()), (Code::InvalidArgument, "INVALID_REQUEST"));
        let mut fields: Vec<_> = why.violations.iter().map(|v| v.field.as_str()).collect();
        fields.sort_unstable();
        assert_eq!(fields, ["fact.kind", "fact.net", "fact.occurred_on"]);
    }
}

#[tokio::test]
async fn a_bad_row_never_costs_the_good_ones() {
    use FactOutcome::{Duplicate, Recorded, Refused};
    for world in worlds().await {
        world.dealers(&mei(), &["anqing", "baoding"]).await;
        let rows = vec![
            sale("R-0", "anqing", "2012-07-05", "100.00"),
            sale("R-0", "anqing", "2012-07-05", "100.0"),
            sale("R-0", "anqing", "2012-07-05", "100.01"),
            sale("R-3", "nobody", "2012-07-05", "1.00"),
            sale_by_ref("R-4", ("ERP!", ""), "2012-07-05", "1.00"),
            SalesFact { occurred: None, ..sale("R-5", "anqing", "2012-07-05", "1.00") },
            sale("R-6", "anqing", "2012-02-30", "1.00"),
            sale_by_ref("R-7", ("erp", "AW-baoding"), "2012-07-06", "-0.000001"),
            sale_by_ref("R-8", ("erp", "AW-nobody"), "2012-07-06", "1.00"),
        ];
        let answered = answer(world.facts().batch_record_facts(mei().ask(batch(rows))).await).expect("a result");
        let expected = [Recorded, Duplicate, Refused, Refused, Refused, Refused, Refused, Recorded, Refused];
        assert_eq!(outcomes(&answered), expected);
        let counts = (answered.batch, answered.recorded_count, answered.duplicate_count, answered.refused_count);
        assert_eq!(counts, (1, 2, 1, 6));

        assert_eq!(error(&answered, 2).reason, "FACT_CONTENT_DIFFERS");
        for (row, field) in [(3, "partner"), (8, "partner_external_ref")] {
            let why = error(&answered, row);
            assert_eq!((why.code, why.reason.as_str()), (Code::FailedPrecondition, "PARTNER_UNKNOWN"));
            assert_eq!(why.metadata.get("field").map(String::as_str), Some(field));
        }
        let fields = |row| error(&answered, row).violations.into_iter().map(|v| v.field).collect::<Vec<_>>();
        assert_eq!(fields(4), ["partner_external_ref.system", "partner_external_ref.id"]);
        assert_eq!(fields(5), ["occurred_on"]);
        assert_eq!(fields(6), ["occurred_on"], "30 February is one fault");
        assert!(error(&answered, 6).message.contains("2012"), "names the value: {}", error(&answered, 6).message);

        assert_eq!(world.known_facts(&mei()).await, ["R-0", "R-7"]);
        let events = world.published(mei().tenant(), "FactsRecorded", 1).await;
        let event = FactsRecorded::decode(events[0].data.as_slice()).expect("the event");
        assert_eq!((event.batch, event.fact_count), (1, 2));
        assert_eq!((event.first_day, event.last_day), (day("2012-07-05"), day("2012-07-06")));
    }
}

#[tokio::test]
async fn a_repeated_batch_takes_no_number_and_is_told_to_nobody() {
    for world in worlds().await {
        world.dealers(&mei(), &["anqing"]).await;
        let rows = || vec![sale("B-1", "anqing", "2012-07-05", "1.00"), sale("B-2", "anqing", "2012-07-06", "2.00")];
        assert_eq!(world.record(&mei(), rows()).await.batch, 1);
        let again = world.record(&mei(), rows()).await;
        assert_eq!((again.batch, again.recorded_count, again.duplicate_count), (0, 0, 2));
        let more = vec![sale("B-3", "anqing", "2012-07-07", "3.00"), sale("B-1", "anqing", "2012-07-05", "1.00")];
        let third = world.record(&mei(), more).await;
        assert_eq!((third.batch, third.recorded_count, third.duplicate_count), (2, 1, 1));
        let events = world.published(mei().tenant(), "FactsRecorded", 2).await;
        assert_eq!(events.iter().map(|e| e.subject.as_str()).collect::<Vec<_>>(), ["factBatches/1", "factBatches/2"]);
    }
}

#[tokio::test]
async fn twins_in_a_batch_are_measured_by_what_is_kept_not_by_a_refused_row() {
    use FactOutcome::{Duplicate, Refused};
    for world in worlds().await {
        world.dealers(&mei(), &["anqing"]).await;
        let kept = || sale("T-1", "anqing", "2012-07-05", "1.00");
        let other = || sale("T-1", "anqing", "2012-07-05", "2.00");
        world.record(&mei(), vec![kept()]).await;
        let rows = vec![other(), other(), kept()];
        let answered = answer(world.facts().batch_record_facts(mei().ask(batch(rows))).await).expect("a result");
        assert_eq!(outcomes(&answered), [Refused, Refused, Duplicate]);
    }
}

#[tokio::test]
async fn a_batch_has_1_to_1000_rows() {
    for world in worlds().await {
        world.dealers(&mei(), &["anqing"]).await;
        let rows = |n: usize| (0..n).map(|i| sale(&format!("N-{i}"), "anqing", "2012-07-05", "1.00")).collect();
        for n in [0, 1001] {
            assert_eq!(reason(world.facts().batch_record_facts(mei().ask(batch(rows(n)))).await), "INVALID_REQUEST");
        }
        assert_eq!(world.record(&mei(), rows(1000)).await.recorded_count, 1000);
        assert_eq!(world.known_facts(&mei()).await.len(), 1000);
    }
}
