//! The verbs, by hand.

use tributary_core::{Fault, Timestamp};

use super::{contract, day, id, terms};
use crate::{Contract, ContractState as S, DraftRenewal, Party, SignatureDraft, Verb};

const NOW: Timestamp = Timestamp(1_000);

fn refused(result: Result<Contract, Fault>) -> (&'static str, String) {
    let fault = result.expect_err("refused");
    (fault.reason().code, fault.message().to_owned())
}

fn signature(contract: &Contract, party: Party) -> SignatureDraft {
    SignatureDraft {
        party,
        signer: "Zhang San".to_owned(),
        capacity: "legal representative".to_owned(),
        signed_on: day("2025-12-20"),
        terms_digest: contract.terms.digest(),
    }
}

fn sign(contract: &Contract, party: Party) -> Result<Contract, Fault> {
    contract.sign(signature(contract, party), "legal", day("2025-12-24"), NOW)
}

/// In legal review, written by "zhao".
fn under_review() -> Contract {
    let negotiating = contract(|_| {}).step(Verb::Negotiate, NOW).expect("negotiating");
    negotiating.step(Verb::Submit, NOW).expect("under review")
}

fn in_state(state: S) -> Contract {
    Contract { state, ..contract(|_| {}) }
}

#[test]
fn a_contract_is_negotiated_reviewed_and_signed() {
    let reviewed = under_review();
    assert_eq!((reviewed.state, &*reviewed.etag()), (S::LegalReview, "v3"));
    assert_eq!(refused(sign(&reviewed, Party::Partner)).0, "CONTRACT_NOT_APPROVED");
    assert_eq!(refused(reviewed.approve("zhao", "", NOW)).0, "MAKER_IS_CHECKER");

    let approved = reviewed.approve("legal", "fine", NOW).expect("approved");
    let approval = approved.approval.as_ref().expect("given");
    assert_eq!((approved.state, &*approval.reviewer, approval.revision), (S::LegalReview, "legal", 1));
    let (code, message) = refused(approved.approve("other", "", NOW));
    assert_eq!(code, "CONTRACT_TRANSITION_REFUSED");
    assert_eq!(message, "\"legal\" has approved revision 1 already; sign or return it");

    let half = sign(&approved, Party::Partner).expect("signed by one");
    assert_eq!((half.state, half.signatures.len()), (S::LegalReview, 1));
    assert_eq!(refused(sign(&half, Party::Partner)).0, "SIGNATURE_EXISTS");
    let signed = sign(&half, Party::Principal).expect("signed by both");
    assert_eq!((signed.state, signed.signatures.len(), signed.version), (S::Signed, 2, 6));
    assert_eq!(signed.next_move_on(), Some(day("2026-01-01")));
}

#[test]
fn a_signature_is_for_what_was_approved() {
    let approved = under_review().approve("legal", "", NOW).expect("approved");
    let mut wrong = signature(&approved, Party::Partner);
    wrong.terms_digest = "0".repeat(64);
    wrong.signed_on = day("2025-12-25");
    wrong.signer = " ".to_owned();
    let fault = approved.sign(wrong, "legal", day("2025-12-24"), NOW).expect_err("refused");
    let fields: Vec<_> = fault.violations().iter().map(|v| v.field.as_str()).collect();
    assert_eq!(fields, ["signature.signer", "signature.signed_on", "signature.terms_digest"]);
    let digest = approved.terms.digest();
    assert!(fault.violations()[2].description.contains(&digest), "names what is to be signed");
}

#[test]
fn what_is_returned_is_neither_approved_nor_signed() {
    let approved = under_review().approve("legal", "", NOW).expect("approved");
    let half = sign(&approved, Party::Partner).expect("signed by one");
    let returned = half.step(Verb::Return, NOW).expect("returned");
    assert_eq!((returned.state, returned.approval.is_none(), returned.signatures.len()), (S::Negotiating, true, 0));
}

#[test]
fn terms_change_in_place_or_as_a_revision_or_not_at_all() {
    let longer = || terms(|d| d.title = "Longer".to_owned());
    let updated = contract(|_| {}).update(longer(), "qian", NOW).expect("allowed").expect("differs");
    assert_eq!((updated.revision, updated.version, &*updated.author, &*updated.terms.title), (1, 2, "qian", "Longer"));
    assert_eq!(updated.update(longer(), "sun", NOW), Ok(None), "nothing differs");

    let negotiating = updated.step(Verb::Negotiate, NOW).expect("negotiating");
    let revised = negotiating.update(terms(|_| {}), "sun", NOW).expect("allowed").expect("differs");
    assert_eq!((revised.revision, revised.version, &*revised.author), (2, 4, "sun"));

    for state in [S::LegalReview, S::Signed, S::Active, S::Expiring, S::Renewed, S::Terminating, S::Ended, S::Withdrawn]
    {
        let fault = in_state(state).update(longer(), "sun", NOW).expect_err("refused");
        assert_eq!(fault.reason().code, "CONTRACT_NOT_EDITABLE");
        assert!(fault.message().contains(state.as_str()), "{}", fault.message());
        // What the partner never signs is ours at any time, and no revision.
        let owned = in_state(state).update(terms(|d| d.owner = "li.wei".to_owned()), "sun", NOW);
        let owned = owned.expect("allowed").expect("differs");
        assert_eq!((owned.revision, owned.version, &*owned.author, owned.state), (1, 2, "zhao", state));
    }
}

#[test]
fn notice_ends_a_contract_after_its_buffer_at_the_latest_with_its_term() {
    let active = in_state(S::Active);
    let ends = |contract: &Contract, notice: &str, today: &str| {
        let done = contract.terminate(day(notice), day(today), NOW).map_err(|fault| fault.message().to_owned());
        done.map(|c| (c.state, c.terminates_on.expect("set").to_string()))
    };
    let on = |day: &str| Ok((S::Terminating, day.to_owned()));
    // Three months unless the contract says otherwise; the last day of a shorter month.
    assert_eq!(ends(&active, "2026-03-10", "2026-03-10"), on("2026-06-10"));
    assert_eq!(ends(&active, "2026-05-31", "2026-06-10"), on("2026-08-31"));
    assert_eq!(ends(&active, "2026-08-31", "2026-08-31"), on("2026-11-30"));
    assert_eq!(ends(&active, "2026-11-15", "2026-11-15"), on("2027-01-01"), "never beyond the term");
    let mut open = active.clone();
    open.terms.effective_to = None;
    assert_eq!(ends(&open, "2026-11-15", "2026-11-15"), on("2027-02-15"));
    open.terms.termination_buffer_months = Some(0);
    assert_eq!(ends(&open, "2026-11-15", "2026-11-15"), on("2026-11-15"));
    // At most 30 days back, never before the term, never to come.
    assert_eq!(ends(&active, "2026-03-01", "2026-03-31"), on("2026-06-01"));
    for (notice, today) in [("2026-02-28", "2026-03-31"), ("2026-04-01", "2026-03-31"), ("2025-12-31", "2026-01-02")] {
        assert!(ends(&active, notice, today).is_err_and(|e| e.starts_with("notice_on: ")), "{notice} {today}");
    }
}

#[test]
fn a_successor_says_the_same_from_the_end_on() {
    let mut active = Contract { state: S::Active, ..contract(|d| d.owner = "li.wei".to_owned()) };
    let renewed = active.renew(&id("gz-2"), NOW).expect("renewed");
    assert_eq!((renewed.state, renewed.successor), (S::Active, Some(id("gz-2"))));
    let end = |contract: &Contract, to: Option<&str>| {
        let made = contract.successor(id("gz-2"), "u2".to_owned(), to.map(day), "qian", NOW);
        made.map(|c| c.terms.effective_to.expect("ends").to_string()).map_err(|fault| fault.message().to_owned())
    };
    // As long as the term: a year.
    assert_eq!(end(&active, None), Ok("2028-01-01".to_owned()));
    assert_eq!(end(&active, Some("2027-01-02")), Ok("2027-01-02".to_owned()));
    assert!(end(&active, Some("2027-01-01")).is_err_and(|e| e.starts_with("effective_to: ")));
    // By the renewal terms.
    active.terms.renewal = terms(|d| d.renewal = Some(DraftRenewal { notice_days: None, months: 6 })).renewal;
    assert_eq!(end(&active, None), Ok("2027-07-01".to_owned()));
    // A term of no whole months: as many days. Python: (date(2026, 12, 20) - date(2026, 1, 1)).days == 353
    active.terms.renewal = None;
    active.terms.effective_to = Some(day("2026-12-20"));
    assert_eq!(end(&active, None), Ok("2027-12-08".to_owned()));

    let successor = active.successor(id("gz-2"), "u2".to_owned(), None, "qian", NOW).expect("a draft");
    assert_eq!((successor.state, successor.predecessor.as_ref()), (S::Draft, Some(&id("gz"))));
    assert_eq!((successor.terms.effective_from, &*successor.terms.owner), (day("2026-12-20"), "li.wei"));
    assert!(successor.terms.external_refs.is_empty(), "each is the key of one contract");

    let mut followed = active.renew(&id("gz-2"), NOW).expect("renewed");
    assert_eq!(refused(followed.renew(&id("gz-3"), NOW)).0, "SUCCESSOR_EXISTS");
    followed = followed.without_successor(&id("gz-2"), NOW).expect("withdrawn");
    assert!(followed.renew(&id("gz-3"), NOW).is_ok());
    assert_eq!(followed.without_successor(&id("gz-2"), NOW), None);
    active.terms.effective_to = None;
    assert_eq!(refused(active.renew(&id("gz-2"), NOW)).0, "CONTRACT_OPEN_ENDED");
}

/// Every state with the verbs that are possible in it, from the handbook's chain.
#[test]
fn the_table_of_verbs() {
    use Verb as V;
    for (state, verbs) in [
        (S::Draft, vec![(V::Negotiate, S::Negotiating), (V::Withdraw, S::Withdrawn)]),
        (S::Negotiating, vec![(V::Submit, S::LegalReview), (V::Withdraw, S::Withdrawn)]),
        (
            S::LegalReview,
            vec![
                (V::Return, S::Negotiating),
                (V::Approve, S::LegalReview),
                (V::Sign, S::Signed),
                (V::Withdraw, S::Withdrawn),
            ],
        ),
        (S::Signed, vec![]),
        (S::Active, vec![(V::Renew, S::Active), (V::Terminate, S::Terminating)]),
        (S::Expiring, vec![(V::Renew, S::Expiring), (V::Terminate, S::Terminating)]),
        (S::Renewed, vec![(V::Terminate, S::Terminating)]),
        (S::Terminating, vec![]),
        (S::Ended, vec![]),
        (S::Withdrawn, vec![]),
    ] {
        let found: Vec<_> = Verb::ALL.iter().filter_map(|verb| Some((*verb, verb.from(state)?))).collect();
        assert_eq!(found, verbs, "{state}");
    }
}

#[test]
fn a_refusal_names_the_state_and_what_is_possible() {
    let (code, message) = refused(in_state(S::Active).step(Verb::Submit, NOW));
    assert_eq!(code, "CONTRACT_TRANSITION_REFUSED");
    assert_eq!(
        message,
        "SubmitContract is not possible in state ACTIVE; possible in it: RenewContract, TerminateContract"
    );
    let fault = in_state(S::Ended).step(Verb::Withdraw, NOW).expect_err("refused");
    assert_eq!(fault.message(), "WithdrawContract is not possible in state ENDED; nothing is possible in it any more");
    let metadata: Vec<_> = fault.metadata().iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let expected = [("contract", "contracts/gz"), ("possible", ""), ("state", "ENDED"), ("verb", "WithdrawContract")];
    assert_eq!(metadata, expected);
}

#[test]
fn etags_are_compulsory() {
    let contract = contract(|_| {});
    assert!(contract.check_etag("v1").is_ok());
    for other in ["", "v2", "r1", "1"] {
        assert_eq!(contract.check_etag(other).expect_err("another").reason().code, "ETAG_MISMATCH");
    }
}

#[test]
fn a_clock_that_was_set_back_orders_nothing_anew() {
    let first = contract(|_| {}).step(Verb::Negotiate, Timestamp(50)).expect("negotiating");
    let second = first.step(Verb::Submit, Timestamp(40)).expect("under review");
    assert_eq!((first.update_time(), second.update_time()), (Timestamp(50), Timestamp(50)));
}
