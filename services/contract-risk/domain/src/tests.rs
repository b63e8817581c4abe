//! What a draft may say, by hand.

use tributary_core::{Date, ResourceId, Timestamp};

use crate::{Contract, ContractState, Draft, ExternalRef};

fn reference(system: &str, id: &str) -> ExternalRef {
    ExternalRef { system: system.to_owned(), id: id.to_owned() }
}

fn draft() -> Draft {
    Draft {
        partner: "partners/zhang-san".to_owned(),
        title: "Dealer agreement Guangzhou 2026".to_owned(),
        effective_from: Some((2026, 1, 1)),
        effective_to: Some((2027, 1, 1)),
        external_refs: vec![reference("erp", "V-1"), reference("crm", "V-1")],
    }
}

/// The fields of the violations, in the order found.
fn wrong(change: impl FnOnce(&mut Draft)) -> Vec<String> {
    let mut draft = draft();
    change(&mut draft);
    match draft.check() {
        Ok(_) => Vec::new(),
        Err(v) => v.into_vec().into_iter().map(|v| v.field).collect(),
    }
}

#[test]
fn a_good_draft_keeps_what_was_said() {
    let terms = draft().check().expect("good");
    assert_eq!(terms.partner.as_str(), "zhang-san");
    // Python: (date(2026, 1, 1) - date(1970, 1, 1)).days == 20454; one year later 20819
    assert_eq!((terms.effective_from.days(), terms.effective_to.map(Date::days)), (20_454, Some(20_819)));
    assert_eq!(terms.external_refs, [reference("erp", "V-1"), reference("crm", "V-1")]);
    let id = ResourceId::parse("d").expect("id");
    let contract = Contract::new(id, "u".to_owned(), terms, Timestamp(7));
    assert_eq!((contract.name().as_str(), contract.etag().as_str()), ("contracts/d", "r1"));
    assert_eq!((contract.state, contract.create_time), (ContractState::Draft, Timestamp(7)));
}

#[test]
fn a_term_is_open_or_at_least_one_day() {
    assert_eq!(wrong(|d| d.effective_to = None), Vec::<String>::new());
    assert_eq!(wrong(|d| d.effective_to = Some((2026, 1, 2))), Vec::<String>::new());
    assert_eq!(wrong(|d| d.effective_to = Some((2026, 1, 1))), ["effective_to"], "no day at all");
    assert_eq!(wrong(|d| d.effective_to = Some((2025, 12, 31))), ["effective_to"]);
    assert_eq!(wrong(|d| d.effective_from = None), ["effective_from"]);
    assert_eq!(wrong(|d| d.effective_from = Some((2026, 2, 29))), ["effective_from"]);
    assert_eq!(wrong(|d| d.effective_from = Some((0, 5, 1))), ["effective_from"], "a date without a year");
    let mut swapped = draft();
    swapped.effective_to = Some((2025, 1, 1));
    let violations = swapped.check().expect_err("ends before it begins").into_vec();
    assert_eq!(
        violations[0].description,
        "2025-01-01 is not after effective_from 2026-01-01; it is the first day after the term, unset it for an open end"
    );
}

#[test]
fn titles_are_said_and_fit() {
    for (title, good) in [("", false), ("  ", false), ("a\nb", false), ("a\0", false), ("合同", true)] {
        assert_eq!(wrong(|d| d.title = title.to_owned()).is_empty(), good, "{title:?}");
    }
    assert!(wrong(|d| d.title = "合".repeat(300)).is_empty());
    assert_eq!(wrong(|d| d.title = "合".repeat(301)), ["title"]);
}

#[test]
fn a_system_has_one_key() {
    let refs = |list: &[(&str, &str)]| {
        let list = list.iter().map(|(s, i)| reference(s, i)).collect();
        wrong(|d| d.external_refs = list)
    };
    assert!(refs(&[]).is_empty());
    assert_eq!(refs(&[("erp", "1"), ("crm", "1"), ("erp", "2")]), ["external_refs[2].system"]);
    assert_eq!(refs(&[("ERP", "1")]), ["external_refs[0].system"]);
    assert_eq!(refs(&[("erp", "")]), ["external_refs[0].id"]);
    assert_eq!(refs(&[("erp", "a\tb")]), ["external_refs[0].id"]);
    assert_eq!(refs(&[("erp", &"x".repeat(201))]), ["external_refs[0].id"]);
    let many: Vec<_> = (0..21).map(|i| reference(&format!("s{i}"), "1")).collect();
    assert_eq!(wrong(|d| d.external_refs = many), ["external_refs"]);
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let fields = wrong(|d| {
        *d = Draft {
            partner: "zhang-san".to_owned(),
            title: String::new(),
            effective_from: None,
            effective_to: Some((2026, 13, 1)),
            external_refs: vec![reference("", "")],
        };
    });
    assert_eq!(
        fields,
        ["partner", "title", "effective_from", "effective_to", "external_refs[0].system", "external_refs[0].id"]
    );
}
