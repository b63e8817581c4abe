//! Tiers by date: each assignment has a valid time (the days it covers) and a record time. For a day that several
//! cover, the one recorded last decides; nothing is ever deleted, so the answer of any earlier moment can be given.
//!
//! Assigned by hand, a tier overrides evaluations: what they find is recorded only for days on which no override is in
//! force, so the rule above stays the only one, here and in every copy of the assignments.

use serde::{Deserialize, Serialize};
use tributary_core::{Date, ResourceId, Timestamp, Violations};

use crate::text;

/// Where an assignment came from: numbers and names as in `tributary.partner.v1`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TierOrigin {
    /// By hand: an override.
    #[default]
    Manual,
    /// By an evaluation, or by the end of an override.
    Evaluation,
}

impl TierOrigin {
    /// As stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "MANUAL",
            Self::Evaluation => "EVALUATION",
        }
    }

    /// The origin of a name.
    ///
    /// # Errors
    /// A sentence with the name.
    pub fn parse(name: &str) -> Result<Self, String> {
        [Self::Manual, Self::Evaluation]
            .into_iter()
            .find(|origin| origin.as_str() == name)
            .ok_or_else(|| format!("{name:?} is not an origin of tiers"))
    }
}

/// A tier of a partner in [`effective_from`, `effective_to`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TierAssignment {
    /// The partner.
    pub partner: ResourceId,
    /// Counts the assignments of the partner, from 1, in the order of recording.
    pub ordinal: i64,
    /// The tier, empty when an evaluation found none. Example: "advanced".
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
    /// Where it came from. What was remembered before there were evaluations came by hand.
    #[serde(default)]
    pub origin: TierOrigin,
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

/// Days from the first on, before the second (`None`: without end).
pub type Days = (Date, Option<Date>);

/// The days from one on for which `tier` is to be recorded, so that it is in force on all on which no override is; with
/// `ends_overrides` on all that an override is in force on, too. None when it is in force already.
#[must_use]
pub fn days_to_record(assignments: &[TierAssignment], from: Date, tier: &str, ends_overrides: bool) -> Vec<Days> {
    let edges = assignments.iter().flat_map(|a| [Some(a.effective_from), a.effective_to]).flatten();
    let mut edges: Vec<Date> = edges.filter(|edge| *edge > from).chain([from]).collect();
    edges.sort_unstable();
    edges.dedup();
    let ends = edges.iter().copied().skip(1).map(Some).chain([None]);
    let mut days: Vec<Days> = Vec::new();
    for (start, end) in edges.iter().copied().zip(ends) {
        let current = in_force(assignments, start, None);
        let overridden = current.is_some_and(|a| a.origin == TierOrigin::Manual);
        let same = current.map_or("", |a| a.tier.as_str()) == tier;
        if if overridden { !ends_overrides } else { same } {
            continue;
        }
        match days.last_mut() {
            Some(last) if last.1 == Some(start) => last.1 = end,
            _ => days.push((start, end)),
        }
    }
    days
}

/// Whether an override is in force on a day or on a later one.
#[must_use]
pub fn is_overridden_from(assignments: &[TierAssignment], from: Date) -> bool {
    let starts = assignments.iter().flat_map(|a| [Some(a.effective_from), a.effective_to]).flatten();
    let manual = |day| in_force(assignments, day, None).is_some_and(|a| a.origin == TierOrigin::Manual);
    starts.filter(|day| *day > from).chain([from]).any(manual)
}

#[cfg(test)]
mod tests {
    use tributary_core::{Date, ResourceId, Timestamp};

    use super::{TierAssignment, TierOrigin, check, days_to_record, in_force, is_overridden_from};

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
            origin: TierOrigin::Manual,
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

    /// The tier of every day of a span, "" for none.
    fn tiers(all: &[TierAssignment], days: std::ops::Range<i64>) -> Vec<String> {
        days.map(|d| in_force(all, Date::from_days(d), None).map(|a| a.tier.clone()).unwrap_or_default()).collect()
    }

    fn evaluated(mut all: Vec<TierAssignment>, from: &str, tier: &str, ends: bool) -> Vec<TierAssignment> {
        for (from, to) in days_to_record(&all, day(from), tier, ends) {
            let ordinal = i64::try_from(all.len()).expect("few") + 1;
            let origin = TierOrigin::Evaluation;
            let made = assignment(ordinal, tier, "2026-01-01", None, ordinal);
            all.push(TierAssignment { effective_from: from, effective_to: to, origin, ..made });
        }
        all
    }

    #[test]
    fn an_evaluation_leaves_overrides_alone_and_comes_in_force_behind_them() {
        // Strategic by hand in the second quarter; an evaluation in May finds basic, one in June advanced.
        let all = vec![assignment(1, "strategic", "2026-04-01", Some("2026-07-01"), 1)];
        let all = evaluated(all, "2026-05-01", "basic", false);
        assert_eq!((all.len(), all[1].effective_from, all[1].effective_to), (2, day("2026-07-01"), None));
        let all = evaluated(all, "2026-06-01", "advanced", false);
        let on = |text| in_force(&all, day(text), None).map(|a| a.tier.as_str());
        assert_eq!((on("2026-06-30"), on("2026-07-01")), (Some("strategic"), Some("advanced")));
        // Found again: nothing to record.
        assert_eq!(days_to_record(&all, day("2026-06-02"), "advanced", false), []);
        assert_eq!(days_to_record(&[], day("2026-06-02"), "", false), []);
    }

    #[test]
    fn an_evaluation_stands_before_and_behind_an_override_to_come() {
        let all = vec![assignment(1, "strategic", "2026-09-01", Some("2026-10-01"), 1)];
        let days = days_to_record(&all, day("2026-06-01"), "basic", false);
        let (start, end) = (day("2026-09-01"), day("2026-10-01"));
        assert_eq!(days, [(day("2026-06-01"), Some(start)), (end, None)]);
    }

    #[test]
    fn ended_overrides_give_way_to_the_decision() {
        let all = vec![assignment(1, "strategic", "2026-01-01", None, 1)];
        assert!(is_overridden_from(&all, day("2027-01-01")) && !is_overridden_from(&[], day("2027-01-01")));
        let all = evaluated(all, "2026-06-01", "basic", true);
        assert_eq!((all.len(), all[1].effective_from, all[1].effective_to), (2, day("2026-06-01"), None));
        assert!(!is_overridden_from(&all, day("2026-06-01")) && is_overridden_from(&all, day("2026-05-31")));
        // From then on evaluations count again.
        let all = evaluated(all, "2026-07-01", "advanced", false);
        assert_eq!(in_force(&all, day("2026-07-01"), None).map(|a| a.tier.as_str()), Some("advanced"));
    }

    #[test]
    fn overrides_of_any_shape_keep_their_days_and_all_others_follow() {
        // Every pair of overrides within five days from day 100 on, with or without an end; the evaluation is on day 101.
        let spans: Vec<(i64, Option<i64>)> =
            (100..104).flat_map(|from| (from + 1..105).map(move |to| (from, Some(to))).chain([(from, None)])).collect();
        for (one, two) in spans.iter().flat_map(|one| spans.iter().map(move |two| (*one, *two))) {
            let make = |ordinal, (from, to): (i64, Option<i64>)| TierAssignment {
                effective_from: Date::from_days(from),
                effective_to: to.map(Date::from_days),
                ..assignment(ordinal, "gold", "2026-01-01", None, ordinal)
            };
            let before = vec![make(1, one), make(2, two)];
            let after = evaluated(before.clone(), &Date::from_days(101).to_string(), "tin", false);
            let (was, is) = (tiers(&before, 99..107), tiers(&after, 99..107));
            for (n, (was, is)) in was.iter().zip(&is).enumerate() {
                let wanted = if was.is_empty() && n >= 2 { "tin" } else { was };
                assert_eq!(is, wanted, "{one:?} {two:?} day {}", n + 99);
            }
        }
    }
}
