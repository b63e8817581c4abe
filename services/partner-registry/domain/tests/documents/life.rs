//! Review, renewal and expiry.

use partner_registry_domain::{
    Document, DocumentKind as K, DocumentState as S, Review,
    document::{Change, Decision, DocumentAction},
};
use tributary_core::{Fault, Timestamp};

use crate::{TODAY, after, day, decide, draft, submit, try_submit, verified};

fn reason(result: Result<impl std::fmt::Debug, Fault>) -> &'static str {
    result.expect_err("refused").reason().code
}

/// A licence up to 2026-06-30, and its verified renewal up to 2027-06-30.
fn renewed() -> (Document, Document) {
    let old = verified("old", K::BusinessLicence, Some("2026-06-30"));
    let new = submit("new", draft(K::BusinessLicence, Some("2027-06-30")), Some(&old));
    let [new, old]: [Document; 2] = after(&new, Decision::Verify, Some(&old)).try_into().expect("both");
    (old, new)
}

#[test]
fn a_review_leaves_reviewer_time_and_note() {
    let new = submit("x", draft(K::BusinessLicence, None), None);
    assert_eq!((new.state, new.revision, new.etag().as_str()), (S::Submitted, 1, "r1"));
    let changes = decide(&new, Decision::Verify, None, TODAY).expect("possible");
    let [Change { document, action: DocumentAction::Verified }] = changes.as_slice() else { panic!("{changes:?}") };
    let review = Review { reviewer: "checker".to_owned(), time: Timestamp(20), note: "seen".to_owned() };
    assert_eq!((document.state, document.review.as_ref()), (S::Verified, Some(&review)));
    assert_eq!((document.revision, document.create_time, document.update_time), (2, Timestamp(10), Timestamp(20)));
    assert_eq!(document.submitter, "maker");
    assert!(document.check_etag("r2").is_ok() && document.check_etag("").is_ok());
    assert_eq!(reason(document.check_etag("r1")), "ETAG_MISMATCH");
}

/// The table of the proto comments: decision, from, to.
const TABLE: [(Decision, S, S); 4] = [
    (Decision::Verify, S::Submitted, S::Verified),
    (Decision::Reject, S::Submitted, S::Rejected),
    (Decision::Reject, S::Verified, S::Rejected),
    (Decision::Reject, S::Expired, S::Rejected),
];

#[test]
fn exactly_the_decisions_of_the_table_are_possible() {
    for state in S::ALL {
        for decision in [Decision::Verify, Decision::Reject] {
            let from = Document { state, ..submit("x", draft(K::Other, None), None) };
            let expected = TABLE.iter().find(|(d, f, _)| *d == decision && *f == state).map(|(_, _, to)| *to);
            let got = decide(&from, decision, None, TODAY);
            assert_eq!(got.as_ref().ok().map(|c| c[0].document.state), expected, "{decision:?} from {state}");
            if let Err(fault) = got {
                assert_eq!(fault.reason().code, "DOCUMENT_STATE_REFUSED");
                assert_eq!(fault.metadata()["state"], state.as_str());
            }
        }
    }
    let fault = decide(&verified("x", K::Other, None), Decision::Verify, None, TODAY).expect_err("refused");
    assert_eq!(
        fault.message(),
        "VerifyDocument is not possible for partners/a/documents/x in state VERIFIED; possible from it: RejectDocument"
    );
}

#[test]
fn nobody_reviews_what_they_submitted() {
    let own = Review { reviewer: "maker".to_owned(), time: Timestamp(20), note: String::new() };
    for document in [submit("x", draft(K::Other, None), None), verified("x", K::Other, None)] {
        let decision = if document.state == S::Submitted { Decision::Verify } else { Decision::Reject };
        let fault = document.decide(decision, own.clone(), None, day(TODAY)).expect_err("refused");
        assert_eq!(fault.reason().code, "MAKER_IS_CHECKER");
        assert_eq!(fault.metadata()["submitter"], "maker");
    }
}

#[test]
fn the_last_valid_day_is_a_valid_one() {
    let new = submit("x", draft(K::BusinessLicence, Some("2026-07-01")), None);
    assert!(decide(&new, Decision::Verify, None, "2026-07-01").is_ok());
    let fault = decide(&new, Decision::Verify, None, "2026-07-02").expect_err("refused");
    assert_eq!((fault.reason().code, fault.metadata()["expires_on"].as_str()), ("DOCUMENT_EXPIRED", "2026-07-01"));
    // It can still be rejected.
    assert!(decide(&new, Decision::Reject, None, "2026-07-02").is_ok());
}

#[test]
fn the_day_after_the_last_one_expires_what_still_counts() {
    let at = Timestamp(30);
    let licence = |state| Document { state, ..verified("x", K::BusinessLicence, Some("2026-06-30")) };
    for state in S::ALL {
        assert_eq!(licence(state).expire(day("2026-06-30"), at), None, "{state} on its last day");
        let expired = licence(state).expire(day("2026-07-01"), at).map(|c| (c.document.state, c.action));
        let counts = matches!(state, S::Submitted | S::Verified);
        assert_eq!(expired, counts.then_some((S::Expired, DocumentAction::Expired)), "{state} the day after");
    }
    assert_eq!(verified("x", K::BusinessLicence, None).expire(day("9999-12-31"), at), None);
    let change = licence(S::Verified).expire(day("2026-07-01"), at).expect("due");
    assert_eq!((change.document.revision, change.document.update_time), (3, at));
    assert!(change.document.is_accepted(), "its review stays");
    let waiting = submit("y", draft(K::BusinessLicence, Some("2026-06-30")), None);
    let change = waiting.expire(day("2026-07-01"), at).expect("due");
    assert!(!change.document.is_accepted(), "nobody ever accepted it");
}

#[test]
fn a_verified_renewal_supersedes() {
    let old = verified("old", K::BusinessLicence, Some("2026-06-30"));
    let expired = old.expire(day("2026-07-01"), Timestamp(15)).expect("due").document;
    for old in [old, expired] {
        let new = submit("new", draft(K::BusinessLicence, Some("2027-06-30")), Some(&old));
        assert_eq!(new.supersedes.as_ref().map(|id| id.as_str()), Some("old"));
        let changes = decide(&new, Decision::Verify, Some(&old), TODAY).expect("possible");
        let actions: Vec<_> = changes.iter().map(|c| c.action).collect();
        assert_eq!(actions, [DocumentAction::Verified, DocumentAction::Superseded]);
        let superseded = &changes[1].document;
        assert_eq!((superseded.state, superseded.revision), (S::Superseded, old.revision + 1));
        assert_eq!(superseded.superseded_by.as_ref().map(|id| id.as_str()), Some("new"));
        assert_eq!(superseded.review, old.review, "its own review stays");
        // A refused renewal changes nothing.
        assert_eq!(after(&new, Decision::Reject, Some(&old)).len(), 1);
    }
}

#[test]
fn only_an_accepted_document_of_the_same_kind_is_renewed_and_only_once() {
    let permit = |own: &str, renews: &Document| try_submit(own, draft(K::IndustryPermit, None), Some(renews));
    let waiting = submit("w", draft(K::IndustryPermit, None), None);
    assert_eq!(reason(permit("n", &waiting)), "RENEWAL_REFUSED");
    let rejected = after(&waiting, Decision::Reject, None).remove(0);
    assert_eq!(reason(permit("n", &rejected)), "RENEWAL_REFUSED");
    assert_eq!(reason(permit("n", &verified("l", K::BusinessLicence, None))), "RENEWAL_REFUSED");
    // Two renewals of one document: the second cannot be verified, and a third cannot be submitted.
    let old = verified("old", K::IndustryPermit, None);
    let (one, two) = (permit("one", &old).expect("submitted"), permit("two", &old).expect("submitted"));
    let old = after(&one, Decision::Verify, Some(&old)).remove(1);
    let fault = decide(&two, Decision::Verify, Some(&old), TODAY).expect_err("refused");
    assert_eq!(
        fault.message(),
        "partners/a/documents/two cannot supersede partners/a/documents/old, which is superseded by \
         partners/a/documents/one; renew that one"
    );
    assert_eq!(reason(permit("three", &old)), "RENEWAL_REFUSED");
    assert_eq!(after(&two, Decision::Reject, Some(&old)).len(), 1, "rejecting it leaves the first one in place");
}

#[test]
fn a_renewal_of_what_was_rejected_meanwhile_stands_by_itself() {
    let old = verified("old", K::IndustryPermit, None);
    let new = submit("new", draft(K::IndustryPermit, None), Some(&old));
    let old = after(&old, Decision::Reject, None).remove(0);
    let changes = after(&new, Decision::Verify, Some(&old));
    assert_eq!((changes.len(), changes[0].state), (1, S::Verified));
}

#[test]
fn rejecting_a_verified_renewal_reinstates() {
    let (old, new) = renewed();
    // Its last day is 2026-06-30: still valid on it, expired a day later.
    for (today, state) in [("2026-06-30", S::Verified), ("2026-07-01", S::Expired)] {
        let changes = decide(&new, Decision::Reject, Some(&old), today).expect("possible");
        assert_eq!(
            changes.iter().map(|c| c.action).collect::<Vec<_>>(),
            [DocumentAction::Rejected, DocumentAction::Reinstated]
        );
        let reinstated = &changes[1].document;
        assert_eq!((reinstated.state, reinstated.superseded_by.as_ref()), (state, None));
        assert!(reinstated.is_accepted());
    }
    // In a chain only the newest can be rejected.
    let newest = submit("newest", draft(K::BusinessLicence, None), Some(&new));
    let new = after(&newest, Decision::Verify, Some(&new)).remove(1);
    assert_eq!(reason(decide(&new, Decision::Reject, Some(&old), TODAY)), "DOCUMENT_STATE_REFUSED");
}

#[test]
fn a_clock_set_back_never_makes_a_revision_older() {
    let late = Document { update_time: Timestamp(100), ..submit("x", draft(K::Other, None), None) };
    assert_eq!(after(&late, Decision::Verify, None)[0].update_time, Timestamp(100));
}
