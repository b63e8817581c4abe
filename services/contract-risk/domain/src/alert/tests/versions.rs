//! The life of a version of a rule, and its name.

use tributary_core::Timestamp;

use super::world::{id, pace_rule};
use crate::{
    alert::{RuleState, RuleVersion, STANDARD_AUTHOR, parse_name},
    reasons,
};

#[test]
fn a_draft_is_put_in_force_by_another_and_retired_once() {
    let draft = RuleVersion::draft(id("r"), 3, pace_rule().spec, "zhao", Timestamp(1));
    assert_eq!((draft.state, draft.name().as_str()), (RuleState::Draft, "alertRules/r/versions/3"));
    let own = draft.activate("zhao", Timestamp(2)).expect_err("its author");
    assert_eq!(own.reason(), reasons::MAKER_IS_CHECKER);
    assert_eq!(draft.retire(Timestamp(2)).expect_err("a draft").reason(), reasons::ALERT_RULE_TRANSITION_REFUSED);
    let active = draft.activate("qian", Timestamp(2)).expect("another");
    assert_eq!((active.state, active.activator.as_str()), (RuleState::Active, "qian"));
    assert_eq!(
        active.activate("sun", Timestamp(3)).expect_err("twice").reason(),
        reasons::ALERT_RULE_TRANSITION_REFUSED
    );
    let retired = active.retire(Timestamp(4)).expect("in force");
    assert_eq!(
        (retired.state, retired.activate_time, retired.retire_time),
        (RuleState::Retired, Some(Timestamp(2)), Some(Timestamp(4)))
    );
    for refused in [retired.retire(Timestamp(5)), retired.activate("sun", Timestamp(5))] {
        assert_eq!(refused.expect_err("final").reason(), reasons::ALERT_RULE_TRANSITION_REFUSED);
    }
}

#[test]
fn what_ships_is_in_force_as_version_1() {
    let standard = pace_rule();
    assert_eq!((standard.version, standard.state, standard.author.as_str()), (1, RuleState::Active, STANDARD_AUTHOR));
    assert_eq!((standard.create_time, standard.activate_time), (None, None));
    assert_eq!(standard.retire(Timestamp(1)).map(|retired| retired.state), Ok(RuleState::Retired));
}

#[test]
fn names_are_read_or_refused() {
    assert_eq!(parse_name("alertRules/commitment-pace/versions/12"), Ok((id("commitment-pace"), 12)));
    for bad in [
        "",
        "alertRules/x",
        "alertRules/x/versions/",
        "alertRules/x/versions/0",
        "rules/x/versions/1",
        "alertRules/X/versions/1",
    ] {
        assert!(parse_name(bad).is_err(), "{bad}");
    }
}
