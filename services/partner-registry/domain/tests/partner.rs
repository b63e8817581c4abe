//! Checked construction, business keys, updates by mask, etags and revisions.
#![expect(clippy::expect_used, reason = "helpers of tests stop at the first surprise")]

use std::collections::BTreeMap;

use partner_registry_domain::{
    Contact, Draft, ExternalRef, Partner, PartnerKind, PartnerStatus, Profile, Registration, StatusVerb,
    partner::business_keys,
    update::{Mask, merge},
};
use tributary_core::{IdSource as _, ResourceId, SystemIds, Timestamp, Violations};

const YEAR: i32 = 2026;

fn reference(system: &str, id: &str) -> ExternalRef {
    ExternalRef { system: system.to_owned(), id: id.to_owned() }
}

fn draft() -> Draft {
    Draft {
        display_name: "广州晨光商贸".to_owned(),
        kind: Some(PartnerKind::Dealer),
        region: "CN/GD/Guangzhou".to_owned(),
        founding_year: 1976,
        registration: Some(Registration { scheme: "CN-USCC".to_owned(), number: "91350100M000100Y43".to_owned() }),
        external_refs: vec![reference("erp", "AW00000676"), reference("crm", "17850")],
        labels: BTreeMap::from([("segment".to_owned(), "road".to_owned())]),
        ..Draft::default()
    }
}

fn profile() -> Profile {
    draft().check(YEAR).expect("good")
}

fn partner() -> Partner {
    let id = ResourceId::parse("p1").expect("id");
    Partner::create(id, SystemIds.uuid(), "p1".to_owned(), profile(), PartnerStatus::Prospect, Timestamp(10))
}

fn fields(v: &Violations) -> Vec<&str> {
    v.as_slice().iter().map(|v| v.field.as_str()).collect()
}

#[test]
fn every_violation_comes_at_once() {
    let bad = Draft {
        display_name: " ".to_owned(),
        kind: None,
        region: "CN//GD".to_owned(),
        founding_year: 1599,
        registration: Some(Registration { scheme: "CN-USCC".to_owned(), number: "91350100M000100Y44".to_owned() }),
        contacts: vec![Contact::default()],
        external_refs: vec![reference("ERP", "1"), reference("crm", ""), reference("crm", "2")],
        labels: BTreeMap::from([("k".to_owned(), "x".repeat(201))]),
        ..Draft::default()
    };
    let v = bad.check(YEAR).expect_err("bad");
    assert_eq!(
        fields(&v),
        [
            "display_name",
            "registration.number",
            "kind",
            "founding_year",
            "region",
            "contacts[0].person_name",
            "external_refs[0].system",
            "external_refs[1].id",
            "external_refs[2].system",
            "labels[\"k\"]",
        ]
    );
}

#[test]
fn bounds_are_inclusive() {
    let with = |change: &dyn Fn(&mut Draft)| {
        let mut d = draft();
        change(&mut d);
        d.check(YEAR).is_ok()
    };
    assert!(with(&|d| d.founding_year = 0));
    assert!(with(&|d| d.founding_year = 1600));
    assert!(with(&|d| d.founding_year = YEAR));
    assert!(!with(&|d| d.founding_year = YEAR + 1));
    assert!(!with(&|d| d.founding_year = -1));
    assert!(with(&|d| d.display_name = "名".repeat(200)));
    assert!(!with(&|d| d.display_name = "名".repeat(201)));
    assert!(!with(&|d| d.display_name = "a\0b".to_owned()));
    assert!(!with(&|d| d.registration = Some(Registration { scheme: "cn-uscc".to_owned(), number: "1".to_owned() })));
    assert!(with(&|d| d.registration = Some(Registration { scheme: "US-EIN".to_owned(), number: "1".to_owned() })));
    assert!(!with(&|d| d.registration = Some(Registration::default())));
}

#[test]
fn a_legal_name_equal_to_the_display_name_is_left_out() {
    let same = Draft { legal_name: "广州晨光商贸".to_owned(), ..draft() };
    assert_eq!(same.check(YEAR).expect("good"), profile());
}

#[test]
fn the_business_key_prefers_what_the_caller_controls() {
    let generated = ResourceId::parse("p0192").expect("id");
    let own = ResourceId::parse("chenguang").expect("id");
    assert_eq!(
        business_keys(Some(&own), &profile(), &own),
        ["chenguang", "erp:AW00000676", "91350100M000100Y43", "chenguang"]
    );
    assert_eq!(business_keys(None, &profile(), &generated)[0], "erp:AW00000676");
    let no_refs = Draft { external_refs: Vec::new(), ..draft() }.check(YEAR).expect("good");
    assert_eq!(business_keys(None, &no_refs, &generated)[0], "91350100M000100Y43");
    let bare = Draft { registration: None, ..no_refs.into() }.check(YEAR).expect("good");
    assert_eq!(business_keys(None, &bare, &generated), ["p0192"]);
}

#[test]
fn a_mask_changes_only_its_fields() {
    let from = Draft { display_name: "新名".to_owned(), industry: "bikes".to_owned(), ..Draft::default() };
    let mask = Mask::parse(&["display_name", "labels"]).expect("mask");
    let after = mask.apply(&profile(), &from).check(YEAR).expect("good");
    assert_eq!(after.display_name, "新名");
    assert!(after.labels.is_empty());
    assert_eq!(after.industry, "");
    assert_eq!(after.external_refs, profile().external_refs);

    let after = Mask::of_set_fields(&from).apply(&profile(), &from).check(YEAR).expect("good");
    assert_eq!((after.industry.as_str(), after.labels.len()), ("bikes", 1));

    let all = Mask::parse(&["*"]).expect("mask").apply(&profile(), &from);
    assert_eq!(all, from);
}

#[test]
fn unknown_and_output_only_paths_are_refused_together() {
    let v = Mask::parse(&["status", "labels", "colour", "etag", "labels.segment"]).expect_err("refused");
    let text: Vec<_> = v.as_slice().iter().map(|v| v.description.as_str()).collect();
    assert_eq!(text.len(), 4);
    assert_eq!(text[0], "\"status\" cannot be updated; use a status verb such as ActivatePartner");
    assert!(text[1].starts_with("\"colour\" is not a field to update"));
}

#[test]
fn an_upsert_keeps_the_keys_of_other_systems() {
    let from = Draft {
        industry: "bikes".to_owned(),
        external_refs: vec![reference("erp", "AW00000676"), reference("shop", "9")],
        ..Draft::default()
    };
    let after = merge(&profile(), &from);
    assert_eq!(
        after.external_refs,
        [reference("erp", "AW00000676"), reference("crm", "17850"), reference("shop", "9")]
    );
    assert_eq!((after.industry.as_str(), after.founding_year), ("bikes", 1976));
}

#[test]
fn revisions_count_and_etags_guard() {
    let first = partner();
    assert_eq!(first.etag(), "r1");
    assert!(first.update(profile(), Timestamp(20)).is_none());
    let second = first.change_status(StatusVerb::SubmitApplication, Timestamp(20)).expect("applied");
    assert_eq!((second.revision, second.update_time, second.create_time), (2, Timestamp(20), Timestamp(10)));
    let fault = second.check_etag("r1").expect_err("stale");
    assert_eq!(fault.reason().code, "ETAG_MISMATCH");
    assert!(second.check_etag("").is_ok() && second.check_etag("r2").is_ok());
    // A clock set back never makes a later revision look older.
    let third = second.change_status(StatusVerb::Admit, Timestamp(5)).expect("admitted");
    assert_eq!(third.update_time, Timestamp(20));
}

#[test]
fn kinds_have_the_numbers_of_the_proto() {
    assert_eq!(PartnerKind::ALL.map(PartnerKind::number), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for kind in PartnerKind::ALL {
        assert_eq!(PartnerKind::parse(kind.as_str()), Ok(kind));
        assert_eq!(PartnerKind::from_number(kind.number()), Some(kind));
    }
    assert_eq!(PartnerKind::from_number(0), None);
}
