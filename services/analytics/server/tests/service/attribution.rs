//! `AttributionService`: journeys in with a result per row, personal data put aside, models out with their proof.

use tokio_stream::StreamExt as _;
use tonic::Code;
use tributary_proto::{
    google::r#type::{Date, Decimal, Money},
    tributary::analytics::v1::{
        AttributeRequest, AttributeResponse, AttributionModel, AttributionModelKind as Kind, AttributionUnit, Journey,
        JourneyOutcome as Outcome, ListSetAsideRowsRequest, RecordJourneysRequest, RecordJourneysResponse,
        StreamJourneysRequest, Touch, TransitionTarget,
    },
};
use tributary_rpc::status::{describe, to_tonic};

use crate::support::{Running, analyst, manager, services};

/// A journey over channels by letter.
pub fn journey(id: &str, path: &str, conversions: i64, nulls: i64, units: i64) -> Journey {
    let touch = |c: char| Touch { channel: c.to_string(), ..Touch::default() };
    let money = |units| Money { currency_code: "CNY".to_owned(), units, nanos: 0 };
    Journey {
        journey_id: id.to_owned(),
        touches: path.chars().map(touch).collect(),
        conversions,
        nulls,
        value: (units > 0).then(|| money(units)),
        ..Journey::default()
    }
}

pub async fn record(service: &Running, journeys: Vec<Journey>) -> RecordJourneysResponse {
    let request = manager("default", RecordJourneysRequest { journeys });
    service.attribution.clone().record_journeys(request).await.expect("recorded").into_inner()
}

fn outcomes(answer: &RecordJourneysResponse) -> Vec<Outcome> {
    answer.results.iter().map(|r| r.outcome()).collect()
}

/// Reason and fields of the no at a place.
fn no(answer: &RecordJourneysResponse, at: usize) -> (String, Vec<String>) {
    let described = describe(&to_tonic(answer.results.get(at).and_then(|r| r.error.as_ref()).expect("an error")));
    (described.reason, described.violations.into_iter().map(|v| v.field).collect())
}

async fn attribute(service: &Running, request: AttributeRequest) -> AttributeResponse {
    service.attribution.clone().attribute(analyst("default", request)).await.expect("results").into_inner()
}

fn of(kind: Kind) -> AttributionModel {
    AttributionModel { kind: kind.into(), ..AttributionModel::default() }
}

/// "channel partner conversions value" of each credit of a result.
fn credits(answer: &AttributeResponse, at: usize) -> Vec<String> {
    let text = |d: &Option<Decimal>| d.as_ref().map_or_else(|| "-".to_owned(), |d| d.value.clone());
    let shown = |c: &tributary_proto::tributary::analytics::v1::UnitCredit| {
        let unit = c.unit.clone().expect("unit");
        let all = format!("{} {} {} {}", unit.channel, unit.partner, text(&c.conversions), text(&c.value));
        all.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    answer.results.get(at).expect("a result").credits.iter().map(shown).collect()
}

#[tokio::test]
async fn rows_have_results_of_their_own_and_count_once() {
    use Outcome::{Duplicate, Recorded, Refused};
    for service in services().await {
        let first = [journey("1", "ab", 3, 1, 30), journey("2", "b", 1, 3, 10), journey("1", "ab", 3, 1, 30)];
        let answer = record(&service, first.to_vec()).await;
        assert_eq!(outcomes(&answer), [Recorded, Recorded, Duplicate]);

        let wrong = Journey { ended_on: Some(Date { year: 2026, month: 2, day: 30 }), ..journey("4", "", 0, 0, 5) };
        let rows = vec![journey("1", "ab", 3, 1, 30), journey("2", "b", 1, 4, 10), wrong, journey("3", "aa", 0, 2, 0)];
        let answer = record(&service, rows).await;
        assert_eq!(outcomes(&answer), [Duplicate, Refused, Refused, Recorded]);
        assert_eq!((answer.recorded_count, answer.duplicate_count, answer.refused_count), (1, 1, 2));
        assert_eq!(no(&answer, 1).0, "JOURNEY_CONTENT_DIFFERS");
        let fields = ["ended_on", "touches", "conversions", "value"].map(str::to_owned).to_vec();
        assert_eq!(no(&answer, 2), ("INVALID_REQUEST".to_owned(), fields));

        let models = vec![of(Kind::Linear), of(Kind::Markov)];
        let answer = attribute(&service, AttributeRequest { models, ..AttributeRequest::default() }).await;
        assert_eq!(credits(&answer, 0), ["a 1.5 15", "b 2.5 25"]);
        let totals = answer.totals.clone().expect("totals");
        assert_eq!((totals.row_count, totals.touch_count, totals.conversions, totals.nulls), (3, 5, 4, 6));
        assert_eq!(totals.value.expect("value").units, 40);
        // As in the domain's test by hand: without a half is lost, without b all.
        let markov = &answer.results[1];
        for (credit, effect) in markov.credits.iter().zip([0.5, 1.0]) {
            let stated = credit.removal_effect_conversions.clone().expect("effect").value;
            let found: f64 = stated.parse().expect("a number");
            assert!((found - effect).abs() < 1e-12, "{found} instead of {effect}");
        }
        let proof = markov.markov.clone().expect("proof");
        assert_eq!((proof.state_count, proof.transition_total_count), (2, 6));
        assert_eq!(proof.conversion_probability.expect("probability").value, "0.4");
        let end = &proof.transitions[4];
        assert_eq!((end.from[0].channel.as_str(), end.target(), end.weight), ("b", TransitionTarget::Conversion, 4));
        assert!(markov.definition.contains("order 1"));
        assert_eq!((answer.synergies.len(), answer.synergies[0].converting_step_count), (1, 3));
        // An analyst asks and does not record; another tenant sees nothing.
        let request = analyst("default", RecordJourneysRequest { journeys: first.to_vec() });
        let refused = service.attribution.clone().record_journeys(request).await.expect_err("an analyst");
        assert_eq!(refused.code(), Code::PermissionDenied);
        let request = analyst("acme", AttributeRequest::default());
        let other = service.attribution.clone().attribute(request).await.expect("results").into_inner();
        assert_eq!(other.totals.expect("totals").row_count, 0);
    }
}

#[tokio::test]
async fn personal_data_is_put_aside_and_never_kept() {
    use Outcome::{Duplicate, Recorded, SetAside};
    for service in services().await {
        let keyed = |id: &str, key: &str| Journey { customer_key: key.to_owned(), ..journey(id, "a", 1, 0, 0) };
        let rows = vec![
            keyed("1", "13800138000"),
            keyed("2", "li.wei@example.com"),
            keyed("3", "9f86d081884c7d659a2feaa0c55ad015"),
            keyed("110101199003078515", "k"),
        ];
        let answer = record(&service, rows.clone()).await;
        assert_eq!(outcomes(&answer), [SetAside, SetAside, Recorded, SetAside]);
        assert_eq!((answer.set_aside_count, no(&answer, 0).0.as_str()), (3, "PERSONAL_DATA"));
        let told = format!("{answer:?}");
        assert!(["13800138000", "example.com", "110101"].iter().all(|key| !told.contains(key)), "{told}");

        let list = async |size: i32, token: String| {
            let query = ListSetAsideRowsRequest { page_size: size, page_token: token, row_type: "journey".to_owned() };
            service.ingest.clone().list_set_aside_rows(analyst("default", query)).await.expect("notes").into_inner()
        };
        let shown = |notes: &[tributary_proto::tributary::analytics::v1::SetAsideRow]| {
            notes.iter().map(|n| format!("{}|{}|{}", n.row_id, n.field, n.looks_like)).collect::<Vec<_>>()
        };
        let page = list(2, String::new()).await;
        assert_eq!(shown(&page.rows), ["1|customer_key|a phone number", "2|customer_key|an e-mail address"]);
        let rest = list(2, page.next_page_token).await;
        assert_eq!(
            (shown(&rest.rows), rest.next_page_token),
            (vec!["|journey_id|a national id".to_owned()], String::new())
        );

        // Sent again with a pseudonym it is recorded and leaves the list.
        let answer = record(&service, vec![keyed("1", "k-1"), keyed("1", "k-1")]).await;
        assert_eq!(outcomes(&answer), [Recorded, Duplicate]);
        assert_eq!(shown(&list(0, String::new()).await.rows).len(), 2);
    }
}

#[tokio::test]
async fn streams_answer_each_batch_in_order() {
    for service in services().await {
        let batch = |position, journeys| StreamJourneysRequest { journeys, position };
        let bad = journey("", "a", 1, 0, 0);
        let requests = vec![
            batch(2, vec![journey("1", "a", 1, 0, 0), journey("2", "b", 1, 0, 0)]),
            batch(4, vec![journey("1", "a", 1, 0, 0), bad]),
            batch(5, Vec::new()),
            batch(6, vec![journey("3", "c", 1, 0, 0)]),
        ];
        let request = manager("default", tokio_stream::iter(requests));
        let answers = service.attribution.clone().stream_journeys(request).await.expect("stream").into_inner();
        let answers: Vec<_> = answers.collect().await;
        assert_eq!(answers.len(), 3, "the first error ends the stream");
        let first = answers[0].as_ref().expect("answer");
        let told = first.batch.clone().expect("batch");
        assert_eq!((first.position, told.recorded_count, told.results.len()), (2, 2, 0));
        let second = answers[1].as_ref().expect("answer");
        let told = second.batch.clone().expect("batch");
        assert_eq!((second.position, told.duplicate_count, told.refused_count), (4, 1, 1));
        assert_eq!((second.result_indexes.as_slice(), no(&told, 0).1), (&[1][..], vec!["journey_id".to_owned()]));
        assert_eq!(answers[2].as_ref().expect_err("an empty batch").code(), Code::InvalidArgument);
    }
}

#[tokio::test]
async fn units_ranges_and_currencies() {
    for service in services().await {
        let mut one = journey("1", "ab", 2, 0, 8);
        one.touches[0].partner = "partners/north".to_owned();
        one.ended_on = Some(Date { year: 2026, month: 1, day: 31 });
        let mut two = journey("2", "a", 1, 0, 0);
        two.ended_on = Some(Date { year: 2026, month: 2, day: 1 });
        let mut three = journey("3", "a", 1, 0, 5);
        three.value.as_mut().expect("value").currency_code = "USD".to_owned();
        record(&service, vec![one, two, three]).await;

        let linear = || AttributeRequest { models: vec![of(Kind::Linear)], ..AttributeRequest::default() };
        let refused = service.attribution.clone().attribute(analyst("default", linear())).await.expect_err("mixed");
        assert_eq!(describe(&refused).reason, "CURRENCIES_MIXED");

        let yuan = || AttributeRequest { currency_code: "CNY".to_owned(), ..linear() };
        let answer = attribute(&service, yuan()).await;
        assert_eq!(credits(&answer, 0), ["a 2 4", "b 1 4"]);
        assert_eq!(answer.totals.expect("totals").other_currency_row_count, 1);
        let by = |unit: AttributionUnit| AttributeRequest { unit: unit.into(), ..yuan() };
        let partners = attribute(&service, by(AttributionUnit::Partner)).await;
        assert_eq!(credits(&partners, 0), ["2 4", "partners/north 1 4"]);
        let both = attribute(&service, by(AttributionUnit::ChannelAndPartner)).await;
        assert_eq!(credits(&both, 0), ["a 1 0", "a partners/north 1 4", "b 1 4"]);

        let first_of = |month| Some(Date { year: 2026, month, day: 1 });
        let january = attribute(&service, AttributeRequest { to: first_of(2), ..linear() }).await;
        assert_eq!(credits(&january, 0), ["a 1 4", "b 1 4"]);
        let february = attribute(&service, AttributeRequest { from: first_of(2), ..linear() }).await;
        assert_eq!(credits(&february, 0), ["a 1 -"], "no journey has a value");
    }
}

#[tokio::test]
async fn wrong_questions_name_every_field() {
    for service in services().await {
        let fields = async |request| -> Vec<String> {
            let refused = service.attribution.clone().attribute(analyst("default", request)).await.expect_err("wrong");
            describe(&refused).violations.into_iter().map(|v| v.field).collect()
        };
        let half = |text: &str| Some(Decimal { value: text.to_owned() });
        let decay = |text| AttributionModel { half_life: half(text), ..of(Kind::TimeDecay) };
        let asked = |models| AttributeRequest { models, ..AttributeRequest::default() };
        assert_eq!(fields(asked(vec![decay("0")])).await, ["models[0].half_life"]);
        assert_eq!(fields(asked(vec![of(Kind::First), decay("x")])).await, ["models[1].half_life"]);
        assert_eq!(fields(asked(vec![of(Kind::First), of(Kind::First)])).await, ["models[1]"]);
        let order = AttributionModel { order: 2, ..of(Kind::Linear) };
        assert_eq!(fields(asked(vec![order])).await, ["models[0].order"]);
        let deep = AttributionModel { order: 5, ..of(Kind::Markov) };
        assert_eq!(fields(asked(vec![deep])).await, ["models[0].order"]);
        let day = |month| Some(Date { year: 2026, month, day: 1 });
        let bounds = AttributeRequest { from: day(2), to: day(1), currency_code: "QQQ".to_owned(), ..asked(vec![]) };
        assert_eq!(fields(bounds).await, ["to", "currency_code"]);
    }
}
