//! Whom a plan pays.

use tributary_core::{ResourceId, Violations};

use super::measure::check_region;
use crate::assignment::{AssignmentTarget, PARTNER_KINDS};

/// Adds the violations of what an assignment looks at.
pub(crate) fn check(path: &str, target: &AssignmentTarget, v: &mut Violations) {
    match target {
        AssignmentTarget::All => {}
        AssignmentTarget::Partner(partner) => {
            if ResourceId::from_name("partners", partner).is_err() {
                let remedy = "write it as \"partners/progressive-sports\"";
                v.add(format!("{path}.partner"), format!("{partner:?} is not the name of a partner; {remedy}"));
            }
        }
        AssignmentTarget::Label(label) => {
            let sound = |key: &str, value: &str| !key.is_empty() && !value.is_empty();
            if !label.split_once('=').is_some_and(|(k, w)| sound(k, w)) || label.chars().any(char::is_control) {
                let remedy = "write it as key=value, such as \"segment=road\"";
                v.add(format!("{path}.label"), format!("{label:?} is not a label; {remedy}"));
            }
        }
        AssignmentTarget::Tier(tier) => {
            if ResourceId::parse(tier).is_err() {
                v.add(format!("{path}.tier"), format!("{tier:?} is not a tier; write it as \"advanced\""));
            }
        }
        AssignmentTarget::Kind(kind) => {
            if !PARTNER_KINDS.contains(&kind.as_str()) {
                let known = PARTNER_KINDS.join(", ");
                v.add(format!("{path}.kind"), format!("{kind:?} is not a kind of partner; use one of {known}"));
            }
        }
        AssignmentTarget::Region(region) => {
            if region.is_empty() {
                v.add(format!("{path}.region"), "is empty; write it broad to narrow, such as \"CN/GD\"");
            }
            check_region(&format!("{path}.region"), region, v);
        }
    }
}
