//! `IngestService`: touchpoints and costs in with a result per row, in single calls and in streams, once whatever comes
//! twice.

use tokio_stream::StreamExt as _;
use tonic::Code;
use tributary_core::{Role, Timestamp};
use tributary_proto::{
    google::r#type::{Date, Money},
    tributary::analytics::v1::{
        Cost, RecordCostsRequest, RecordRowsResponse, RecordTouchpointsRequest, RowOutcome as Outcome,
        StreamCostsRequest, StreamTouchpointsRequest, Touchpoint, TouchpointKind as Kind,
    },
};
use tributary_rpc::{
    convert::timestamp_to_proto,
    status::{Described, describe, to_tonic},
};

use crate::support::{Running, by, manager, services};

pub fn yuan(units: i64) -> Money {
    Money { currency_code: "CNY".to_owned(), units, nanos: 0 }
}

/// A touchpoint of the system "web" at a second of 2026-01-01 in UTC.
pub fn touchpoint(id: &str, customer: &str, kind: Kind, channel: &str, second: i64) -> Touchpoint {
    // date -u -d 2026-01-01 +%s
    let occurred_at = timestamp_to_proto(Timestamp(0).plus_seconds(1_767_225_600 + second));
    Touchpoint {
        source_system: "web".to_owned(),
        source_id: id.to_owned(),
        customer_key: customer.to_owned(),
        kind: kind.into(),
        channel: channel.to_owned(),
        occurred_at: Some(occurred_at),
        ..Touchpoint::default()
    }
}

fn visit(id: &str) -> Touchpoint {
    touchpoint(id, "k-1", Kind::Visit, "tmall", 0)
}

pub fn cost(id: &str, units: i64) -> Cost {
    Cost {
        source_system: "erp".to_owned(),
        source_id: id.to_owned(),
        cost_type: "media".to_owned(),
        occurred_on: Some(Date { year: 2026, month: 1, day: 1 }),
        amount: Some(yuan(units)),
        ..Cost::default()
    }
}

pub async fn touched(service: &Running, tenant: &str, touchpoints: Vec<Touchpoint>) -> RecordRowsResponse {
    let request = manager(tenant, RecordTouchpointsRequest { touchpoints });
    service.ingest.clone().record_touchpoints(request).await.expect("recorded").into_inner()
}

pub async fn spent(service: &Running, costs: Vec<Cost>) -> RecordRowsResponse {
    let request = manager("default", RecordCostsRequest { costs });
    service.ingest.clone().record_costs(request).await.expect("recorded").into_inner()
}

pub fn outcomes(answer: &RecordRowsResponse) -> Vec<Outcome> {
    answer.results.iter().map(|r| r.outcome()).collect()
}

/// Recorded, duplicate, refused, set aside.
fn counts(answer: &RecordRowsResponse) -> (i32, i32, i32, i32) {
    (answer.recorded_count, answer.duplicate_count, answer.refused_count, answer.set_aside_count)
}

pub fn no(answer: &RecordRowsResponse, at: usize) -> Described {
    describe(&to_tonic(answer.results.get(at).and_then(|r| r.error.as_ref()).expect("an error")))
}

fn fields(described: &Described) -> Vec<&str> {
    described.violations.iter().map(|v| v.field.as_str()).collect()
}

#[tokio::test]
async fn touchpoints_have_results_of_their_own_and_count_once() {
    use Outcome::{Duplicate, Recorded, Refused};
    for service in services().await {
        let mut bought = touchpoint("2", "", Kind::Conversion, "shop", 60);
        (bought.value, bought.order_id, bought.partner) =
            (Some(yuan(5)), "SO1".to_owned(), "partners/north".to_owned());
        (bought.region, bought.channel_class) = ("CN/GD".to_owned(), "OFFLINE".to_owned());
        let answer = touched(&service, "default", vec![visit("1"), bought.clone(), visit("1")]).await;
        assert_eq!((outcomes(&answer), counts(&answer)), (vec![Recorded, Recorded, Duplicate], (2, 1, 0, 0)));
        assert!(answer.results.iter().all(|r| r.error.is_none()));

        let mut other = visit("1");
        (other.channel, other.region) = ("jd".to_owned(), "CN".to_owned());
        let wrong = Touchpoint {
            partner: "north".to_owned(),
            channel_class: "WEB".to_owned(),
            value: Some(yuan(-1)),
            occurred_at: None,
            kind: 9,
            ..visit(&"x".repeat(201))
        };
        // A changed twin does not spoil the repeat beside it, whichever comes first.
        let rows = vec![other, visit("1"), wrong, bought, visit("3"), Touchpoint::default()];
        let answer = touched(&service, "default", rows).await;
        assert_eq!(outcomes(&answer), [Refused, Duplicate, Refused, Duplicate, Recorded, Refused]);
        assert_eq!(counts(&answer), (1, 2, 3, 0));
        let differs = no(&answer, 0);
        assert_eq!((differs.code, differs.reason.as_str()), (Code::AlreadyExists, "ROW_CONTENT_DIFFERS"));
        assert_eq!(differs.metadata.get("fields").map(String::as_str), Some("channel, region"));
        let invalid = no(&answer, 2);
        assert_eq!((invalid.code, invalid.reason.as_str()), (Code::InvalidArgument, "INVALID_REQUEST"));
        assert_eq!(fields(&invalid), ["kind", "partner", "source_id", "channel_class", "value", "occurred_at"]);
        assert_eq!(fields(&no(&answer, 5)), ["source_system", "source_id", "channel", "kind", "occurred_at"]);

        // Another tenant knows nothing of it.
        assert_eq!(outcomes(&touched(&service, "acme", vec![visit("1")]).await), [Recorded]);
    }
}

#[tokio::test]
async fn costs_have_results_of_their_own_and_count_once() {
    use Outcome::{Duplicate, Recorded, Refused};
    for service in services().await {
        let whole = Cost {
            channel: "ONLINE".to_owned(),
            sub_channel: "tmall".to_owned(),
            partner: "partners/north".to_owned(),
            region: "CN/GD".to_owned(),
            product_line: "bikes".to_owned(),
            ..cost("1", -5)
        };
        let answer = spent(&service, vec![whole.clone(), cost("2", 0), whole.clone()]).await;
        assert_eq!(outcomes(&answer), [Recorded, Recorded, Duplicate]);
        let fen = Cost { amount: Some(Money { nanos: 1, ..yuan(1) }), ..cost("3", 1) };
        let wrong = Cost {
            occurred_on: Some(Date { year: 2026, month: 2, day: 30 }),
            channel: "tmall".to_owned(),
            ..cost("", 1)
        };
        let answer = spent(&service, vec![cost("1", -5), fen, wrong, Cost::default(), cost("2", 0)]).await;
        assert_eq!(outcomes(&answer), [Refused, Refused, Refused, Refused, Duplicate]);
        let told = no(&answer, 0);
        let all = "channel, sub_channel, partner, region, product_line";
        assert_eq!((told.reason.as_str(), told.metadata["fields"].as_str()), ("ROW_CONTENT_DIFFERS", all));
        assert_eq!(fields(&no(&answer, 1)), ["amount"]);
        assert_eq!(fields(&no(&answer, 2)), ["occurred_on", "source_id", "channel"]);
        assert_eq!(fields(&no(&answer, 3)), ["source_system", "source_id", "cost_type", "occurred_on", "amount"]);
        // The same key in the other table is another row.
        let same = Touchpoint { source_system: "erp".to_owned(), ..visit("1") };
        assert_eq!(outcomes(&touched(&service, "default", vec![same]).await), [Recorded]);
    }
}

#[tokio::test]
async fn who_may_record_what() {
    for service in services().await {
        let (touchpoints, costs) = (vec![visit("1")], vec![cost("1", 1)]);
        let touch = |role| by(role, "default", RecordTouchpointsRequest { touchpoints: touchpoints.clone() });
        let spend = |role| by(role, "default", RecordCostsRequest { costs: costs.clone() });
        let client = || service.ingest.clone();
        let denied = Some(Code::PermissionDenied);
        assert_eq!(client().record_touchpoints(touch(Role::Analyst)).await.err().map(|s| s.code()), denied);
        assert_eq!(client().record_touchpoints(touch(Role::Finance)).await.err().map(|s| s.code()), denied);
        assert_eq!(client().record_costs(spend(Role::Auditor)).await.err().map(|s| s.code()), denied);
        assert_eq!(client().record_costs(spend(Role::Finance)).await.err().map(|s| s.code()), None);
        // How many rows there may be is checked for the whole call.
        let many = manager("default", RecordTouchpointsRequest { touchpoints: vec![visit("1"); 1_001] });
        let refused = describe(&client().record_touchpoints(many).await.expect_err("too many"));
        assert_eq!(fields(&refused), ["touchpoints"]);
        let none = manager("default", RecordCostsRequest { costs: Vec::new() });
        assert_eq!(fields(&describe(&client().record_costs(none).await.expect_err("none"))), ["costs"]);
    }
}

#[tokio::test]
async fn streams_answer_each_batch_in_order() {
    for service in services().await {
        let batch = |position, touchpoints| StreamTouchpointsRequest { touchpoints, position };
        let requests = vec![
            batch(2, vec![visit("1"), visit("2")]),
            batch(5, vec![visit("1"), visit(""), touchpoint("3", "13800138000", Kind::Click, "a", 0)]),
            batch(6, Vec::new()),
            batch(7, vec![visit("4")]),
        ];
        let request = manager("default", tokio_stream::iter(requests));
        let answers = service.ingest.clone().stream_touchpoints(request).await.expect("stream").into_inner();
        let answers: Vec<_> = answers.collect().await;
        assert_eq!(answers.len(), 3, "the first error ends the stream");
        let first = answers[0].as_ref().expect("answer");
        let told = first.batch.clone().expect("batch");
        assert_eq!((first.position, counts(&told), told.results.len()), (2, (2, 0, 0, 0), 0));
        let second = answers[1].as_ref().expect("answer");
        let told = second.batch.clone().expect("batch");
        assert_eq!((second.position, counts(&told)), (5, (0, 1, 1, 1)));
        assert_eq!((second.result_indexes.as_slice(), fields(&no(&told, 0))), (&[1, 2][..], vec!["source_id"]));
        assert_eq!(no(&told, 1).reason, "PERSONAL_DATA");
        assert_eq!(answers[2].as_ref().expect_err("an empty batch").code(), Code::InvalidArgument);
        // What was answered is there, what came after the error is not.
        let again = touched(&service, "default", vec![visit("2"), visit("4")]).await;
        assert_eq!(outcomes(&again), [Outcome::Duplicate, Outcome::Recorded]);

        let batch = |position, costs| StreamCostsRequest { costs, position };
        let requests = vec![batch(1, vec![cost("1", 1), cost("1", 2)]), batch(-9, vec![cost("1", 1), cost("2", 2)])];
        let request = manager("default", tokio_stream::iter(requests));
        let answers = service.ingest.clone().stream_costs(request).await.expect("stream").into_inner();
        let answers: Vec<_> = answers.map(|a| a.expect("answer")).collect().await;
        let told: Vec<_> = answers.iter().map(|a| (a.position, a.result_indexes.clone())).collect();
        assert_eq!(told, [(1, vec![1]), (-9, Vec::new())]);
        let batches: Vec<_> = answers.iter().map(|a| counts(a.batch.as_ref().expect("batch"))).collect();
        assert_eq!(batches, [(1, 0, 1, 0), (1, 1, 0, 0)]);
    }
}

#[tokio::test]
async fn two_equal_batches_at_once_have_one_effect() {
    for service in services().await {
        let rows: Vec<_> = (0..200).map(|i| visit(&format!("t{i}"))).collect();
        let backwards = rows.iter().rev().cloned().collect();
        let (one, other) =
            tokio::join!(touched(&service, "default", rows.clone()), touched(&service, "default", backwards));
        assert_eq!(one.recorded_count + other.recorded_count, 200);
        assert_eq!(one.duplicate_count + other.duplicate_count, 200);
        assert_eq!((one.refused_count, other.refused_count), (0, 0));
        assert_eq!(counts(&touched(&service, "default", rows).await), (0, 200, 0, 0));
    }
}
