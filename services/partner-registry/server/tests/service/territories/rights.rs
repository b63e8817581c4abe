//! Rights: recorded, ended, listed, as of a day and as known at a moment.

use std::time::Duration;

use tributary_proto::tributary::partner::v1 as pb;

use super::{Answer, circle, hefei, record, regions, terms};
use crate::harness::{Suite, answer, date, dealer, name, refused, suites};

async fn get(suite: &Suite, id: &str, known_at: Option<prost_types::Timestamp>) -> Answer<pb::TerritoryRight> {
    let request = pb::GetTerritoryRightRequest { name: format!("territoryRights/{id}"), known_at };
    answer(suite.territories().get_territory_right(suite.ask(request)).await)
}

async fn list(suite: &Suite, mut request: pb::ListTerritoryRightsRequest) -> Vec<String> {
    request.page_size = 2;
    let mut all = Vec::new();
    loop {
        let page = answer(suite.territories().list_territory_rights(suite.ask(request.clone())).await).expect("page");
        let ids = page.territory_rights.into_iter().map(|r| r.name.trim_start_matches("territoryRights/").to_owned());
        all.extend(ids);
        if page.next_page_token.is_empty() {
            return all;
        }
        request.page_token = page.next_page_token;
    }
}

#[tokio::test]
async fn a_right_ends_early_and_what_was_known_stays_known() {
    for suite in suites().await {
        suite.anhui().await;
        let partner = suite.create("a", dealer("A")).await.expect("created");
        let recorded = suite.record("hefei", terms("a", regions(&["cn-340100"]))).await.expect("recorded");
        let right = recorded.right.expect("a right");
        assert_eq!((right.name.as_str(), right.revision, right.etag.as_str()), ("territoryRights/hefei", 1, "r1"));
        assert_eq!((right.actor.as_str(), right.reason.as_str()), ("channel-manager", "contract V-1"));
        let covered = pb::TerritoryRegions {
            regions: vec!["regions/cn-340100".to_owned()],
            covered: vec!["regions/cn-340100".to_owned()],
        };
        let area = pb::Territory { area: Some(pb::territory::Area::Regions(covered)) };
        assert_eq!(right.terms, Some(terms("a", Some(area))));

        suite.clock.advance(Duration::from_secs(3600));
        let ended = suite.end("hefei", 2026, 7, 1).await.expect("ended");
        let now = ended.ending.clone().expect("an ending").record_time;
        assert_eq!(ended.terms.clone().expect("terms").effective_to, date(2026, 7, 1));
        assert_eq!((ended.revision, ended.ending.clone().expect("an ending").reason), (2, "breach".to_owned()));
        assert_eq!(get(&suite, "hefei", None).await.as_ref(), Ok(&ended));
        assert_eq!(get(&suite, "hefei", now).await.as_ref(), Ok(&ended));
        assert_eq!(get(&suite, "hefei", right.create_time).await.as_ref(), Ok(&right), "as it was known");
        let before = prost_types::Timestamp { seconds: right.create_time.expect("a time").seconds - 1, nanos: 0 };
        assert_eq!(refused(get(&suite, "hefei", Some(before)).await).0, "TERRITORY_RIGHT_NOT_FOUND");

        let on = |day, known_at| pb::ListTerritoryRightsRequest { date: day, known_at, ..Default::default() };
        assert_eq!(list(&suite, on(date(2026, 6, 30), None)).await, ["hefei"]);
        assert_eq!(list(&suite, on(date(2026, 7, 1), None)).await, [""; 0]);
        assert_eq!(list(&suite, on(date(2026, 7, 1), right.create_time)).await, ["hefei"]);
        assert_eq!(list(&suite, on(date(2025, 12, 31), None)).await, [""; 0]);

        assert_eq!(refused(suite.end("hefei", 2026, 7, 1).await).0, "TERRITORY_RIGHT_END_REFUSED");
        assert_eq!(refused(suite.end("none", 2026, 7, 1).await).0, "TERRITORY_RIGHT_NOT_FOUND");
        let events = suite.events_of("territoryRights/hefei", 2).await;
        let types: Vec<_> = events.iter().map(|e| e.event_type.trim_start_matches("tributary.partner.v1.")).collect();
        assert_eq!(types, ["TerritoryRightRecorded", "TerritoryRightEnded"]);
        let event: pb::TerritoryRightRecorded = prost::Message::decode(events[0].data.as_slice()).expect("decodes");
        assert_eq!(event, pb::TerritoryRightRecorded { right: Some(right), partner_uid: partner.uid.clone() });
        let event: pb::TerritoryRightEnded = prost::Message::decode(events[1].data.as_slice()).expect("decodes");
        assert_eq!(event, pb::TerritoryRightEnded { right: Some(ended), partner_uid: partner.uid });
    }
}

#[tokio::test]
async fn rights_are_listed_by_partner_line_and_region() {
    use pb::RegionMatch::{Covers, Unspecified, Within};
    for suite in suites().await {
        suite.anhui().await;
        for id in ["a", "b"] {
            suite.create(id, dealer(id)).await.expect("created");
        }
        let shared = |partner: &str, territory, lines: &[&str]| pb::TerritoryTerms {
            exclusive: false,
            product_lines: lines.iter().map(|line| (*line).to_owned()).collect(),
            ..terms(partner, territory)
        };
        suite.record("r1", shared("a", regions(&["cn-340000"]), &["bikes"])).await.expect("recorded");
        suite.record("r2", shared("b", regions(&["cn-340100", "cn-340800"]), &[])).await.expect("recorded");
        suite.record("r3", shared("b", regions(&["cn-340111"]), &["parts", "bikes"])).await.expect("recorded");
        suite.record("r4", shared("a", circle(hefei(), 3_000, "cn-340104"), &["parts"])).await.expect("recorded");
        let all = pb::ListTerritoryRightsRequest::default();
        assert_eq!(list(&suite, all.clone()).await, ["r1", "r2", "r3", "r4"]);
        let of = |partner: &str| pb::ListTerritoryRightsRequest { partner: name(partner), ..all.clone() };
        assert_eq!(list(&suite, of("a")).await, ["r1", "r4"]);
        let to = |line: &str| pb::ListTerritoryRightsRequest { product_line: line.to_owned(), ..all.clone() };
        assert_eq!(list(&suite, to("parts")).await, ["r2", "r3", "r4"]);
        assert_eq!(list(&suite, to("toys")).await, ["r2"]);
        for (region, matched, expected) in [
            ("cn-340100", Unspecified, &["r1", "r2", "r3", "r4"][..]),
            ("cn-340100", Covers, &["r1", "r2"]),
            ("cn-340100", Within, &["r2", "r3", "r4"]),
            ("cn-340111", Covers, &["r1", "r2", "r3"]),
            ("cn-340803", Covers, &["r1", "r2"]),
            ("cn-340803", Within, &[]),
            ("cn-310000", Unspecified, &[]),
            ("cn", Within, &["r1", "r2", "r3", "r4"]),
        ] {
            let request = pb::ListTerritoryRightsRequest {
                region: format!("regions/{region}"),
                region_match: matched.into(),
                ..all.clone()
            };
            assert_eq!(list(&suite, request).await, expected, "{region} {matched:?}");
        }
    }
}

#[tokio::test]
async fn wrong_rights_are_refused_with_every_violation() {
    for suite in suites().await {
        suite.anhui().await;
        let hefei = || regions(&["cn-340100"]);
        assert_eq!(refused(suite.record("x", terms("a", hefei())).await).0, "PARTNER_NOT_FOUND");
        suite.create("a", dealer("A")).await.expect("created");
        assert_eq!(refused(suite.record("x", terms("a", regions(&["cn-350000"]))).await).0, "REGION_NOT_FOUND");
        let backwards = pb::TerritoryTerms { effective_to: date(2026, 1, 1), ..terms("a", hefei()) };
        let (reason, fields, _) = refused(suite.record("x", backwards).await);
        assert_eq!((reason.as_str(), fields), ("INVALID_REQUEST", vec!["terms.effective_to".to_owned()]));
        let nobody = pb::TerritoryTerms { partner: String::new(), ..terms("a", hefei()) };
        assert_eq!(refused(suite.record("x", nobody).await).1, ["terms.partner"]);
        let nowhere = pb::TerritoryTerms { territory: None, effective_from: None, ..terms("a", None) };
        let fields = refused(suite.record("x", nowhere).await).1;
        assert!(
            fields.contains(&"terms.territory".to_owned()) && fields.contains(&"terms.effective_from".to_owned()),
            "{fields:?}"
        );
        let far = circle(super::point("91", "181"), 3_000, "");
        let fields = refused(suite.record("x", terms("a", far)).await).1;
        assert_eq!(fields, ["terms.territory.circle.centre.latitude", "terms.territory.circle.centre.longitude"]);
        suite.record("x", terms("a", hefei())).await.expect("recorded");
        assert_eq!(refused(suite.record("x", terms("a", hefei())).await).0, "TERRITORY_RIGHT_EXISTS");
        let stale = pb::EndTerritoryRightRequest {
            name: "territoryRights/x".to_owned(),
            effective_to: date(2026, 7, 1),
            reason: "r".to_owned(),
            etag: "r2".to_owned(),
            request_id: String::new(),
        };
        let answered = answer(suite.territories().end_territory_right(suite.ask(stale)).await);
        assert_eq!(refused(answered).0, "ETAG_MISMATCH");
    }
}

#[tokio::test]
async fn a_repeated_request_gives_the_first_answer() {
    for suite in suites().await {
        suite.anhui().await;
        suite.create("a", dealer("A")).await.expect("created");
        let request = pb::RecordTerritoryRightRequest {
            request_id: "same".to_owned(),
            ..record("", terms("a", circle(hefei(), 3_000, "cn-340111")))
        };
        let call = async |request: pb::RecordTerritoryRightRequest| {
            answer(suite.territories().record_territory_right(suite.ask(request)).await)
        };
        let first = call(request.clone()).await.expect("recorded");
        assert_eq!(call(request.clone()).await, Ok(first.clone()));
        let other = pb::RecordTerritoryRightRequest { reason: "another".to_owned(), ..request };
        assert_eq!(refused(call(other).await).0, "REQUEST_ID_REUSED");
        assert_eq!(list(&suite, pb::ListTerritoryRightsRequest::default()).await.len(), 1);
    }
}
