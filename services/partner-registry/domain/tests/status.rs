//! The state machine against the comments of `partner_service.proto`.

use partner_registry_domain::{PartnerStatus as S, Standing, StatusVerb as V};
use proptest::prelude::*;

/// The table of the proto comments: verb, from, to. Unfreeze is tested by itself.
const TABLE: [(V, S, S); 15] = [
    (V::SubmitApplication, S::Prospect, S::Applicant),
    (V::SubmitApplication, S::Rejected, S::Applicant),
    (V::Admit, S::Applicant, S::Admitted),
    (V::Reject, S::Applicant, S::Rejected),
    (V::Activate, S::Admitted, S::Active),
    (V::Activate, S::Probation, S::Active),
    (V::PlaceOnProbation, S::Active, S::Probation),
    (V::Freeze, S::Active, S::Frozen),
    (V::Freeze, S::Probation, S::Frozen),
    (V::Freeze, S::Exiting, S::Frozen),
    (V::StartExit, S::Active, S::Exiting),
    (V::StartExit, S::Probation, S::Exiting),
    (V::StartExit, S::Frozen, S::Exiting),
    (V::CompleteExit, S::Exiting, S::Exited),
    (V::Unfreeze, S::Frozen, S::Active),
];

#[test]
fn exactly_the_transitions_of_the_table_are_possible() {
    for verb in V::ALL {
        for from in S::ALL {
            let expected = TABLE.iter().find(|(v, f, _)| *v == verb && *f == from).map(|(_, _, to)| *to);
            let got = Standing::initial(from).after(verb).map(Standing::status);
            assert_eq!(got, expected, "{verb:?} from {from}");
        }
    }
}

#[test]
fn unfreezing_returns_to_the_status_before() {
    for before in [S::Active, S::Probation, S::Exiting] {
        let frozen = Standing::initial(before).apply(V::Freeze).expect("freeze");
        assert_eq!(frozen.status(), S::Frozen);
        assert_eq!(frozen.apply(V::Unfreeze).expect("unfreeze").status(), before);
    }
}

#[test]
fn a_refusal_names_the_status_and_what_is_possible() {
    let fault = Standing::initial(S::Prospect).apply(V::Freeze).expect_err("refused");
    assert_eq!(fault.reason().code, "STATUS_TRANSITION_REFUSED");
    assert_eq!(
        fault.message(),
        "FreezePartner is not possible in status PROSPECT; possible from it: SubmitPartnerApplication"
    );
    let fault = Standing::initial(S::Exited).apply(V::Activate).expect_err("refused");
    assert_eq!(
        fault.message(),
        "ActivatePartner is not possible in status EXITED; nothing is possible from it any more"
    );
}

#[test]
fn names_and_numbers_are_those_of_the_proto() {
    assert_eq!(S::ALL.map(S::number), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for status in S::ALL {
        assert_eq!(S::parse(status.as_str()), Ok(status));
        assert_eq!(S::from_number(status.number()), Some(status));
    }
    assert_eq!(S::from_number(0), None);
    assert!(S::parse("active").is_err());
}

proptest! {
    /// Whatever is tried in whatever order: exited stays exited, and only a frozen partner remembers a status.
    #[test]
    fn exited_is_final(start in 0_usize..9, verbs in proptest::collection::vec(0_usize..9, 0..60)) {
        let mut standing = Standing::initial(S::ALL[start]);
        let mut gone = standing.status() == S::Exited;
        for verb in verbs {
            standing = standing.after(V::ALL[verb]).unwrap_or(standing);
            prop_assert!(!gone || standing.status() == S::Exited);
            gone = standing.status() == S::Exited;
            prop_assert_eq!(standing.before_freeze().is_some(), standing.status() == S::Frozen);
            prop_assert!(!matches!(standing.before_freeze(), Some(S::Frozen | S::Exited)));
        }
    }
}
