//! Tiers by date: each assignment has a valid time (the days it covers) and a record time. For a day that several
//! cover, the one recorded last decides; nothing is ever deleted, so the answer of any earlier moment can be given.

use serde::{Deserialize, Serialize};
use tributary_core::{Date, ResourceId, Timestamp, Violations};

use crate::text;

/// A tier of a partner in [`effective_from`, `effective_to`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TierAssignment {
    /// The partner.
    pub partner: ResourceId,
    /// Counts the assignments of the partner, from 1, in the order of recording.
    pub ordinal: i64,
    /// The tier. Example: "advanced".
    pub tier: String,
    /// First day in force.
    pub effective_from: Date,
    /// First day no longer in force; `None`: open-ended.
    pub effective_to: Option<Date>,
    /// Why.
    pub reason: String,
    /// Subject of the caller.
    pub actor: String,
    /// When it was recorded.
    pub record_time: Timestamp,
}

impl TierAssignment {
    /// Whether a day lies in its valid time.
    #[must_use]
    pub fn covers(&self, day: Date) -> bool {
        self.effective_from <= day && self.effective_to.is_none_or(|end| day < end)
    }
}

/// Checks what a caller gives for an assignment.
///
/// # Errors
/// Every violation at once.
pub fn check(tier: &str, from: Date, to: Option<Date>, reason: &str) -> Result<(), Violations> {
    let mut v = Violations::new();
    v.check("tier", ResourceId::parse(tier));
    if let Some(to) = to.filter(|to| *to <= from) {
        v.add("effective_to", format!("{to} is not after effective_from {from}; give a later day or none"));
    }
    text::reason(&mut v, "reason", reason);
    if v.is_empty() { Ok(()) } else { Err(v) }
}

/// The assignment in force on a day, as known at a moment (`None`: now).
#[must_use]
pub fn in_force(assignments: &[TierAssignment], day: Date, known_at: Option<Timestamp>) -> Option<&TierAssignment> {
    assignments
        .iter()
        .filter(|a| a.covers(day) && known_at.is_none_or(|moment| a.record_time <= moment))
        .max_by_key(|a| a.ordinal)
}

#[cfg(test)]
mod tests {
    use tributary_core::{Date, ResourceId, Timestamp};

    use super::{TierAssignment, check, in_force};

    fn day(text: &str) -> Date {
        Date::parse(text).expect("date")
    }

    fn assignment(ordinal: i64, tier: &str, from: &str, to: Option<&str>, recorded: i64) -> TierAssignment {
        TierAssignment {
            partner: ResourceId::parse("p").expect("id"),
            ordinal,
            tier: tier.to_owned(),
            effective_from: day(from),
            effective_to: to.map(day),
            reason: "r".to_owned(),
            actor: "a".to_owned(),
            record_time: Timestamp(recorded),
        }
    }

    #[test]
    fn the_assignment_recorded_last_decides_for_a_day() {
        // basic for ever from January; advanced for the second quarter; in May it is found that June was strategic.
        let all = [
            assignment(1, "basic", "2026-01-01", None, 10),
            assignment(2, "advanced", "2026-04-01", Some("2026-07-01"), 20),
            assignment(3, "strategic", "2026-06-01", Some("2026-07-01"), 30),
        ];
        let tier =
            |on: &str, known: Option<i64>| in_force(&all, day(on), known.map(Timestamp)).map(|a| a.tier.as_str());
        assert_eq!(tier("2025-12-31", None), None);
        assert_eq!(tier("2026-01-01", None), Some("basic"));
        assert_eq!(tier("2026-04-01", None), Some("advanced"));
        assert_eq!(tier("2026-06-15", None), Some("strategic"));
        assert_eq!(tier("2026-06-30", None), Some("strategic"));
        assert_eq!(tier("2026-07-01", None), Some("basic"));
        assert_eq!(tier("2026-06-15", Some(30)), Some("strategic"));
        assert_eq!(tier("2026-06-15", Some(29)), Some("advanced"));
        assert_eq!(tier("2026-06-15", Some(19)), Some("basic"));
        assert_eq!(tier("2026-06-15", Some(9)), None);
    }

    #[test]
    fn every_violation_comes_at_once() {
        let v = check("Gold Tier", day("2026-07-01"), Some(day("2026-07-01")), " ").expect_err("wrong");
        let fields: Vec<_> = v.as_slice().iter().map(|v| v.field.as_str()).collect();
        assert_eq!(fields, ["tier", "effective_to", "reason"]);
        assert!(check("gold", day("2026-07-01"), Some(day("2026-07-02")), "why").is_ok());
    }
}
