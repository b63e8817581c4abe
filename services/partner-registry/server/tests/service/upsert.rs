//! Batches: each item with a result of its own.

use std::time::Duration;

use prost::Message as _;
use tributary_proto::{google::rpc, tributary::partner::v1 as pb};

use crate::harness::{Suite, answer, dealer, reference, registration, suites};

fn item(key: &str, display_name: &str) -> pb::PartnerUpsert {
    let partner = pb::Partner { external_refs: vec![reference("erp", key)], ..dealer(display_name) };
    pb::PartnerUpsert { partner: Some(partner), ..Default::default() }
}

async fn upsert(suite: &Suite, items: &[pb::PartnerUpsert]) -> Vec<pb::PartnerUpsertResult> {
    let request = pb::BatchUpsertPartnersRequest { items: items.to_vec() };
    answer(suite.partners().batch_upsert_partners(suite.ask(request)).await).expect("results").results
}

/// Outcomes as short words; a refused one with its reason and fields.
fn outcomes(results: &[pb::PartnerUpsertResult]) -> Vec<String> {
    results
        .iter()
        .map(|r| match &r.error {
            None => r.outcome().as_str_name().trim_start_matches("UPSERT_OUTCOME_").to_owned(),
            Some(status) => {
                assert_eq!((r.outcome(), r.partner.as_str()), (pb::UpsertOutcome::Refused, ""));
                let described = tributary_rpc::status::describe(&tributary_rpc::status::to_tonic(status));
                let fields: Vec<_> = described.violations.into_iter().map(|v| v.field).collect();
                format!("{} {}", described.reason, fields.join(" ")).trim().to_owned()
            }
        })
        .collect()
}

#[tokio::test]
async fn a_bad_item_never_costs_the_good_ones() {
    for suite in suites().await {
        let mut items = vec![item("1", "One"), item("2", ""), item("3", "Three"), item("4", "Four")];
        items[0].partner_id = "one".to_owned();
        items[0].initial_status = pb::PartnerStatus::Active.into();
        items[3].partner = Some(dealer("no ref"));
        let wrong = items[1].partner.as_mut().expect("partner");
        wrong.kind = 0;
        wrong.registration = registration("91350100M000100Y44");
        let results = upsert(&suite, &items).await;
        assert_eq!(
            outcomes(&results),
            [
                "CREATED",
                "INVALID_REQUEST partner.display_name partner.kind partner.registration.number",
                "CREATED",
                "INVALID_REQUEST partner.external_refs",
            ]
        );
        let status = results[1].error.as_ref().expect("error");
        assert_eq!(status.code, 3);
        let urls: Vec<_> = status.details.iter().map(|d| d.type_url.as_str()).collect();
        assert!(urls.contains(&"type.googleapis.com/google.rpc.ErrorInfo"), "{urls:?}");
        let info = status.details.iter().find(|d| d.type_url.ends_with("ErrorInfo")).expect("info");
        assert_eq!(rpc::ErrorInfo::decode(info.value.as_slice()).expect("decodes").domain, "partner.tributary");

        let one = suite.get("one").await;
        assert_eq!((one.status(), one.business_key.as_str()), (pb::PartnerStatus::Active, "one"));
        let three = suite.get(results[2].partner.trim_start_matches("partners/")).await;
        assert_eq!((three.status(), three.business_key.as_str()), (pb::PartnerStatus::Prospect, "erp:3"));
        // Repeating the good ones changes nothing.
        let again = upsert(&suite, &[items[0].clone(), items[2].clone()]).await;
        assert_eq!(outcomes(&again), ["UNCHANGED", "UNCHANGED"]);
        assert_eq!(
            (again[0].partner.as_str(), again[1].partner.as_str()),
            ("partners/one", results[2].partner.as_str())
        );
        assert_eq!(suite.get("one").await, one);
    }
}

#[tokio::test]
async fn an_update_sets_what_is_given_and_keeps_the_rest() {
    for suite in suites().await {
        let known = pb::Partner {
            industry: "bikes".to_owned(),
            external_refs: vec![reference("crm", "9"), reference("erp", "1")],
            ..dealer("Old")
        };
        suite.create("a", known).await.expect("created");
        suite.clock.advance(Duration::from_secs(1));
        let mut change = item("1", "New");
        change.partner.as_mut().expect("partner").external_refs.push(reference("shop", "7"));
        assert_eq!(outcomes(&upsert(&suite, &[change]).await), ["UPDATED"]);
        let after = suite.get("a").await;
        assert_eq!((after.display_name.as_str(), after.industry.as_str(), after.revision), ("New", "bikes", 2));
        assert_eq!(after.external_refs, [reference("crm", "9"), reference("erp", "1"), reference("shop", "7")]);
        let events = suite.events_of("partners/a", 2).await;
        let event: pb::PartnerChanged = pb::PartnerChanged::decode(events[1].data.as_slice()).expect("decodes");
        let revision = event.revision.expect("revision");
        assert_eq!((revision.action.as_str(), revision.partner), ("UPDATED", Some(after)));
        // A stale etag refuses the item.
        let mut stale = item("1", "Newer");
        stale.partner.as_mut().expect("partner").etag = "r1".to_owned();
        assert_eq!(outcomes(&upsert(&suite, &[stale]).await), ["ETAG_MISMATCH"]);
    }
}

#[tokio::test]
async fn items_see_what_earlier_items_did() {
    for suite in suites().await {
        suite
            .create("held", pb::Partner { registration: registration("91350100M000100Y43"), ..dealer("Held") })
            .await
            .expect("created");
        let with = |mut item: pb::PartnerUpsert, number: &str| {
            item.partner.as_mut().expect("partner").registration = registration(number);
            item
        };
        let mut taken_id = item("5", "Five");
        taken_id.partner_id = "held".to_owned();
        let mut foreign_ref = item("6", "Six");
        foreign_ref.partner.as_mut().expect("partner").external_refs.push(reference("crm", "1"));
        let mut first_crm = item("7", "Seven");
        first_crm.partner.as_mut().expect("partner").external_refs.push(reference("crm", "1"));
        let results = upsert(
            &suite,
            &[
                with(item("1", "One"), "91110000802100433B"),
                item("1", "One again"),
                item("1", "One again"),
                with(item("2", "Two"), "91110000802100433B"),
                with(item("3", "Three"), "91350100M000100Y43"),
                with(item("1", "One again"), "91440300708461136T"),
                with(item("4", "Four"), "91110000802100433B"),
                taken_id,
                first_crm,
                foreign_ref,
            ],
        )
        .await;
        assert_eq!(
            outcomes(&results),
            [
                "CREATED",
                "UPDATED",
                "UNCHANGED",
                "REGISTRATION_TAKEN",
                "REGISTRATION_TAKEN",
                "UPDATED",
                "CREATED",
                "PARTNER_EXISTS",
                "CREATED",
                "EXTERNAL_REF_TAKEN",
            ]
        );
        let one = suite.get(results[0].partner.trim_start_matches("partners/")).await;
        assert_eq!((one.display_name.as_str(), one.revision), ("One again", 3));
        let history = pb::ListPartnerRevisionsRequest { name: one.name.clone(), ..Default::default() };
        let history = answer(suite.partners().list_partner_revisions(suite.ask(history)).await).expect("history");
        let actions: Vec<_> = history.revisions.iter().map(|r| r.action.as_str()).collect();
        assert_eq!(actions, ["UPDATED", "UPDATED", "CREATED"]);
        let events = suite.events_of(&one.name, 3).await;
        assert_eq!(events.iter().map(|e| e.sequence).collect::<Vec<_>>(), [1, 2, 3]);
    }
}

#[tokio::test]
async fn the_number_of_items_is_limited() {
    for suite in suites().await {
        for items in [Vec::new(), (0..1_001).map(|n| item(&n.to_string(), "x")).collect()] {
            let request = pb::BatchUpsertPartnersRequest { items };
            let refused =
                answer(suite.partners().batch_upsert_partners(suite.ask(request)).await).expect_err("refused");
            assert_eq!(refused.violations[0].field, "items");
        }
    }
}

#[tokio::test]
async fn seven_hundred_partners_are_taken_over_at_once() {
    for suite in suites().await {
        let mut items: Vec<_> = (0..701).map(|n| item(&format!("AW{n:08}"), &format!("Partner {n}"))).collect();
        for item in &mut items {
            item.partner.as_mut().expect("partner").labels.insert("segment".to_owned(), "road".to_owned());
        }
        let results = upsert(&suite, &items).await;
        assert!(outcomes(&results).iter().all(|o| o == "CREATED"));
        assert!(outcomes(&upsert(&suite, &items).await).iter().all(|o| o == "UNCHANGED"));
        assert_eq!(suite.get(results[700].partner.trim_start_matches("partners/")).await.name, results[700].partner);
    }
}
