//! Attribution over journeys that are stitched from touchpoints.

use tributary_proto::{
    google::r#type::{Date, Money},
    tributary::analytics::v1::{
        AttributeRequest, AttributeResponse, AttributionModel, AttributionModelKind as ModelKind, AttributionUnit,
        Journey, JourneySource, RecordJourneysRequest, Touch, Touchpoint, TouchpointKind as Kind,
    },
};
use tributary_rpc::status::describe;

use crate::{
    ingest::{touched, touchpoint, yuan},
    support::{Running, analyst, manager, services},
};

const DAY: i64 = 86_400;

fn at(id: &str, customer: &str, kind: Kind, place: &str, day: i64) -> Touchpoint {
    let (channel, partner) = place.split_once('@').unwrap_or((place, ""));
    let mut found = touchpoint(id, customer, kind, channel, day * DAY);
    if !partner.is_empty() {
        found.partner = format!("partners/{partner}");
    }
    found
}

fn bought(id: &str, customer: &str, place: &str, day: i64, value: Option<Money>) -> Touchpoint {
    Touchpoint { value, ..at(id, customer, Kind::Conversion, place, day) }
}

fn stitched() -> AttributeRequest {
    AttributeRequest { source: JourneySource::Touchpoints.into(), ..AttributeRequest::default() }
}

async fn attribute(service: &Running, tenant: &str, request: AttributeRequest) -> AttributeResponse {
    service.attribution.clone().attribute(analyst(tenant, request)).await.expect("results").into_inner()
}

/// Rows, touches, conversions, nulls and whole units of value.
fn totals(answer: &AttributeResponse) -> (i64, i64, i64, i64, i64) {
    let totals = answer.totals.clone().expect("totals");
    let value = totals.value.map_or(0, |value| value.units);
    (totals.row_count, totals.touch_count, totals.conversions, totals.nulls, value)
}

/// Touchpoints from 2026-01-01 on, and by hand the journeys that follow from them with a lookback of 30 days.
fn history() -> (Vec<Touchpoint>, Vec<Journey>) {
    use Kind::{Click, Impression, Lead, Visit};
    let touchpoints = vec![
        // k1: two purchases share no touch; the first touch is 31 days before the next: a journey of its own.
        at("1", "k1", Impression, "search", 0),
        at("2", "k1", Click, "feed", 31),
        at("3", "k1", Visit, "shop@north", 40),
        bought("4", "k1", "shop@north", 41, Some(yuan(100))),
        bought("5", "k1", "app", 41, None),
        at("6", "k1", Lead, "feed", 50),
        bought("7", "k1", "shop@south", 80, Some(yuan(20))),
        // k2: bought once without a touch; what came after led nowhere.
        bought("8", "k2", "shop@north", 5, Some(yuan(7))),
        at("9", "k2", Visit, "search", 6),
        at("10", "k2", Visit, "feed", 20),
        // k3: at one instant the click came before the visit, and both before the purchase.
        bought("11", "k3", "app", 60, None),
        at("13", "k3", Visit, "shop@north", 60),
        at("12", "k3", Click, "feed", 60),
        // k4: still under way. Nobody: in no journey, but the newest of all.
        at("14", "k4", Visit, "search", 75),
        at("15", "", Visit, "search", 82),
    ];
    let journey = |id: &str, path: &[&str], value: Option<i64>, converted: bool, (month, day): (i32, i32)| {
        let touch = |place: &&str| {
            let (channel, partner) = place.split_once('@').unwrap_or((place, ""));
            let partner = if partner.is_empty() { String::new() } else { format!("partners/{partner}") };
            Touch { channel: channel.to_owned(), partner, occurred_at: None }
        };
        Journey {
            journey_id: id.to_owned(),
            touches: path.iter().map(touch).collect(),
            conversions: converted.into(),
            nulls: (!converted).into(),
            value: value.map(yuan),
            ended_on: Some(Date { year: 2026, month, day }),
            ..Journey::default()
        }
    };
    let journeys = vec![
        // 30 days after 2026-01-01.
        journey("a", &["search"], None, false, (1, 31)),
        journey("b", &["feed", "shop@north"], Some(100), true, (2, 11)),
        journey("c", &["app"], None, true, (2, 11)),
        journey("d", &["feed"], Some(20), true, (3, 22)),
        journey("e", &["shop@north"], Some(7), true, (1, 6)),
        // 30 days after 2026-01-21.
        journey("f", &["search", "feed"], None, false, (2, 20)),
        journey("g", &["feed", "shop@north"], None, true, (3, 2)),
    ];
    (touchpoints, journeys)
}

#[tokio::test]
async fn stitched_journeys_count_as_the_same_ones_recorded() {
    for service in services().await {
        let (touchpoints, journeys) = history();
        touched(&service, "default", touchpoints).await;
        let request = manager("acme", RecordJourneysRequest { journeys });
        let recorded = service.attribution.clone().record_journeys(request).await.expect("recorded").into_inner();
        assert_eq!(recorded.recorded_count, 7);

        let first = |month, day| Some(Date { year: 2026, month, day });
        let ranges = [(None, None), (first(1, 6), first(2, 11)), (first(2, 11), first(3, 22)), (first(3, 1), None)];
        for unit in [AttributionUnit::Channel, AttributionUnit::Partner, AttributionUnit::ChannelAndPartner] {
            for (from, to) in ranges {
                let asked = |request: AttributeRequest| AttributeRequest { unit: unit.into(), from, to, ..request };
                let found = attribute(&service, "default", asked(stitched())).await;
                let expected = attribute(&service, "acme", asked(AttributeRequest::default())).await;
                assert_eq!(found, expected, "{unit:?} {from:?} {to:?}");
            }
        }
        let all = attribute(&service, "default", stitched()).await;
        assert_eq!(totals(&all), (7, 10, 5, 2, 127));
        // What was recorded and what was stitched are never mixed.
        assert_eq!(totals(&attribute(&service, "default", AttributeRequest::default()).await), (0, 0, 0, 0, 0));
        assert_eq!(totals(&attribute(&service, "acme", stitched()).await), (0, 0, 0, 0, 0));
    }
}

#[tokio::test]
async fn every_journey_is_in_one_of_the_months() {
    for service in services().await {
        touched(&service, "default", history().0).await;
        let mut rows = Vec::new();
        for month in 1..=4 {
            let from = Some(Date { year: 2026, month, day: 1 });
            let to = Some(Date { year: 2026, month: month + 1, day: 1 });
            rows.push(totals(&attribute(&service, "default", AttributeRequest { from, to, ..stitched() }).await).0);
        }
        assert_eq!(rows, [2, 3, 2, 0]);
        // The journey of k4 ends without a purchase once something is known that is later than its lookback: 2026-04-16.
        touched(&service, "default", vec![at("16", "k5", Kind::Visit, "feed", 106)]).await;
        let april = AttributeRequest { from: Some(Date { year: 2026, month: 4, day: 1 }), ..stitched() };
        assert_eq!(totals(&attribute(&service, "default", april).await), (1, 1, 0, 1, 0));
    }
}

#[tokio::test]
async fn the_lookback_can_be_chosen() {
    for service in services().await {
        let rows = vec![
            at("1", "k", Kind::Visit, "a", 0),
            at("2", "k", Kind::Visit, "b", 1),
            bought("3", "k", "shop", 2, None),
            at("4", "k", Kind::Visit, "c", 40),
        ];
        touched(&service, "default", rows).await;
        let with = |lookback_days| AttributeRequest { lookback_days, ..stitched() };
        // One day reaches back to b only, and c is over when?  It is the newest: still under way.
        assert_eq!(totals(&attribute(&service, "default", with(1)).await), (1, 1, 1, 0, 0));
        assert_eq!(totals(&attribute(&service, "default", with(2)).await), (1, 2, 1, 0, 0));
        assert_eq!(attribute(&service, "default", with(0)).await, attribute(&service, "default", with(30)).await);

        let refused = async |request| {
            let answer = service.attribution.clone().attribute(analyst("default", request)).await;
            let described = describe(&answer.expect_err("a wrong question"));
            described.violations.into_iter().map(|v| v.field).collect::<Vec<_>>()
        };
        assert_eq!(refused(with(366)).await, ["lookback_days"]);
        assert_eq!(refused(with(-1)).await, ["lookback_days"]);
        let recorded = AttributeRequest { lookback_days: 30, ..AttributeRequest::default() };
        assert_eq!(refused(recorded).await, ["lookback_days"]);
        assert_eq!(refused(AttributeRequest { source: 3, ..AttributeRequest::default() }).await, ["source"]);
    }
}

#[tokio::test]
async fn values_in_several_currencies_are_never_added() {
    for service in services().await {
        let dollars = Money { currency_code: "USD".to_owned(), units: 3, nanos: 0 };
        let rows = vec![
            bought("1", "k", "a", 0, Some(yuan(5))),
            bought("2", "m", "b", 0, Some(dollars)),
            bought("3", "n", "c", 0, None),
        ];
        touched(&service, "default", rows).await;
        let request = analyst("default", stitched());
        let refused = service.attribution.clone().attribute(request).await.expect_err("mixed");
        assert_eq!(describe(&refused).reason, "CURRENCIES_MIXED");
        let linear = AttributionModel { kind: ModelKind::Linear.into(), ..AttributionModel::default() };
        let yuan = AttributeRequest { models: vec![linear], currency_code: "CNY".to_owned(), ..stitched() };
        let answer = attribute(&service, "default", yuan).await;
        assert_eq!(totals(&answer), (2, 2, 2, 0, 5));
        assert_eq!(answer.totals.clone().expect("totals").other_currency_row_count, 1);
        let credits: Vec<_> = answer.results[0].credits.iter().map(|c| c.unit.clone().expect("unit").channel).collect();
        assert_eq!(credits, ["a", "c"]);
    }
}
