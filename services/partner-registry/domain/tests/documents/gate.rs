//! The gate: by hand, and against the earliest last day.

use partner_registry_domain::{
    Document, DocumentKind as K, DocumentState as S,
    document::{
        Decision,
        gate::{FindingCode as F, check, is_green},
    },
};
use proptest::prelude::*;
use tributary_core::{Date, Timestamp};

use crate::{after, day, draft, submit, verified};

/// Codes and documents of the findings, and whether the gate is green.
fn seen(documents: &[&Document], on: &str) -> (Vec<(F, String)>, bool) {
    let documents: Vec<Document> = documents.iter().map(|d| (*d).clone()).collect();
    let findings = check(&documents, day(on));
    let green = is_green(&findings);
    let short = |f: &partner_registry_domain::document::gate::Finding| {
        (f.code, f.document.as_ref().map(|n| n.id.to_string()).unwrap_or_default())
    };
    (findings.iter().map(short).collect(), green)
}

fn finding(code: F, document: &str) -> (F, String) {
    (code, document.to_owned())
}

#[test]
fn without_a_verified_licence_it_is_red() {
    let missing = (vec![finding(F::NoBusinessLicence, "")], false);
    assert_eq!(seen(&[], "2026-07-01"), missing);
    let waiting = submit("l", draft(K::BusinessLicence, None), None);
    assert_eq!(seen(&[&waiting], "2026-07-01"), missing);
    let rejected = after(&waiting, Decision::Reject, None).remove(0);
    assert_eq!(seen(&[&rejected], "2026-07-01"), missing);
    assert_eq!(seen(&[&verified("p", K::IndustryPermit, None)], "2026-07-01"), missing);
    assert_eq!(seen(&[&verified("l", K::BusinessLicence, None)], "2026-07-01"), (vec![], true));
}

#[test]
fn a_licence_is_good_from_its_issue_to_its_last_day() {
    let mut licence = verified("l", K::BusinessLicence, Some("2026-06-30"));
    licence.content.issued_on = Some(day("2026-01-01"));
    assert_eq!(seen(&[&licence], "2025-12-31"), (vec![finding(F::NoBusinessLicence, "")], false));
    assert_eq!(seen(&[&licence], "2026-01-01"), (vec![], true));
    assert_eq!(seen(&[&licence], "2026-06-30"), (vec![], true));
    let over = (vec![finding(F::NoBusinessLicence, ""), finding(F::LicenceExpired, "l")], false);
    // The calendar decides, whether the state has followed yet or not.
    assert_eq!(seen(&[&licence], "2026-07-01"), over);
    let expired = licence.expire(day("2026-07-01"), Timestamp(30)).expect("due").document;
    assert_eq!(seen(&[&expired], "2026-07-01"), over);
    assert_eq!(seen(&[&expired], "2026-06-30"), (vec![], true));
}

#[test]
fn permits_block_and_certificates_are_only_named() {
    let licence = verified("l", K::BusinessLicence, None);
    let with = |kind| seen(&[&licence, &verified("x", kind, Some("2026-06-30"))], "2026-07-01");
    assert_eq!(with(K::IndustryPermit), (vec![finding(F::LicenceExpired, "x")], false));
    for kind in [K::QualityCertificate, K::Authorisation, K::Other] {
        assert_eq!(with(kind), (vec![finding(F::DocumentExpired, "x")], true), "{kind}");
    }
    // What expired before anybody accepted it is nobody's licence.
    let waiting = submit("x", draft(K::IndustryPermit, Some("2026-06-30")), None);
    let expired = waiting.expire(day("2026-07-01"), Timestamp(30)).expect("due").document;
    assert_eq!(expired.state, S::Expired);
    assert_eq!(seen(&[&licence, &expired], "2026-07-01"), (vec![], true));
}

#[test]
fn a_renewal_ends_what_an_expiry_means_but_for_the_gap_before_it() {
    let old = verified("old", K::BusinessLicence, Some("2026-06-30"));
    let mut new = submit("new", draft(K::BusinessLicence, Some("2027-06-30")), Some(&old));
    new.content.issued_on = Some(day("2026-07-10"));
    let both = after(&new, Decision::Verify, Some(&old));
    let all = [&both[0], &both[1]];
    assert_eq!(seen(&all, "2026-06-30"), (vec![], true));
    let gap = vec![finding(F::NoBusinessLicence, ""), finding(F::LicenceExpired, "old")];
    assert_eq!(seen(&all, "2026-07-01"), (gap.clone(), false));
    assert_eq!(seen(&all, "2026-07-09"), (gap, false));
    assert_eq!(seen(&all, "2026-07-10"), (vec![], true));
    assert_eq!(seen(&all, "2027-06-30"), (vec![], true));
    let over = vec![finding(F::NoBusinessLicence, ""), finding(F::LicenceExpired, "new")];
    assert_eq!(seen(&all, "2027-07-01"), (over, false));
    // Once the renewal is rejected, the expiry of the old one matters again.
    let both = after(&both[0], Decision::Reject, Some(&both[1]));
    let over = vec![finding(F::NoBusinessLicence, ""), finding(F::LicenceExpired, "old")];
    assert_eq!(seen(&[&both[0], &both[1]], "2026-07-10"), (over, false));
}

#[test]
fn a_second_licence_does_not_hide_the_expired_one() {
    let expired = verified("a", K::BusinessLicence, Some("2026-06-30"));
    let good = verified("b", K::BusinessLicence, None);
    assert_eq!(seen(&[&expired, &good], "2026-07-01"), (vec![finding(F::LicenceExpired, "a")], false));
}

proptest! {
    /// Of verified documents without issue days the gate is green exactly up to the earliest last day of a licence or
    /// permit, given that there is a licence, and never without one; in whatever order they come.
    #[test]
    fn it_closes_with_the_first_licence_that_ends(
        documents in proptest::collection::vec((0_usize..5, proptest::option::of(20_700_i64..20_720)), 0..6)
            .prop_shuffle(),
    ) {
        let stored: Vec<Document> = documents.iter().enumerate().map(|(n, (kind, last))| {
            let last = last.map(|days| Date::from_days(days).to_string());
            verified(&format!("d{n}"), K::ALL[*kind], last.as_deref())
        }).collect();
        let licensed = documents.iter().any(|(kind, _)| *kind == 0);
        let earliest = documents.iter().filter(|(kind, _)| *kind < 2).filter_map(|(_, last)| *last).min();
        for days in 20_699..20_722 {
            let green = is_green(&check(&stored, Date::from_days(days)));
            prop_assert_eq!(green, licensed && earliest.is_none_or(|last| days <= last), "{}", days);
        }
    }
}
