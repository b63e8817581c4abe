//! How a partner stood over time, from what the copy of the registry has: attributes, membership, frozen days, uplines.
//! Several revisions may hold for a day; as everywhere, the newest one that was in force by then decides, and before the
//! first one the first one stands in, because facts may be older than what the registry knows of their partner.

use std::collections::BTreeMap;

use tributary_core::{Date, Days};

use crate::{assignment::Attributes, engine::AttributeSpan};

/// What the status of a partner means for what it earns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The copy does not know the status. Counts as a member: nothing speaks against it.
    Unknown,
    /// Not yet a member, or never: prospects, applicants, admitted and rejected ones.
    Outside,
    /// A member that trades, under observation or not.
    Member,
    /// A member that is stopped for now. It stays one: its contract runs and its time counts; what it earns meanwhile is
    /// held by a rule that says so, not lost by being no member.
    Frozen,
    /// Leaving or gone. Who leaves trades no longer, so that membership ends with the notice, not with the last settlement.
    Left,
}

impl Standing {
    /// By the name of the registry's status, without its prefix.
    #[must_use]
    pub fn of(status: &str) -> Self {
        match status {
            "PROSPECT" | "APPLICANT" | "ADMITTED" | "REJECTED" => Self::Outside,
            "ACTIVE" | "PROBATION" => Self::Member,
            "FROZEN" => Self::Frozen,
            "EXITING" | "EXITED" => Self::Left,
            _ => Self::Unknown,
        }
    }

    fn is_member(self) -> bool {
        matches!(self, Self::Unknown | Self::Member | Self::Frozen)
    }
}

/// A revision of a partner.
#[derive(Debug, Clone, PartialEq)]
pub struct PartnerRevision {
    /// First day it holds.
    pub effective_on: Date,
    /// How the partner stood.
    pub standing: Standing,
    /// What assignments look at, without the tier; the number of the revision with it.
    pub attributes: Attributes,
}

/// A tier over some days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TierSpan {
    /// First day.
    pub from: Date,
    /// First day no longer.
    pub to: Option<Date>,
    /// The tier; empty: an evaluation found none.
    pub tier: String,
}

/// An upline from a day on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upline {
    /// First day.
    pub from: Date,
    /// Last part of the upline's name; `None`: none.
    pub parent: Option<String>,
}

/// Everything that is known of a partner over time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Record {
    /// Revisions in any order.
    pub revisions: Vec<PartnerRevision>,
    /// Tiers in the order in which they were recorded: for a day that several cover the last one decides.
    pub tiers: Vec<TierSpan>,
}

/// Before every day that counts, and after all of them.
fn ages() -> Days {
    (Date::from_days(0), Date::from_days(i64::MAX))
}

impl Record {
    /// The days on which it was a member; `None`: always. A partner that was never activated is a member all the time, as
    /// one of whom no status is known: nobody leads its status, and the facts speak for themselves.
    #[must_use]
    pub fn membership(&self) -> Option<Vec<Days>> {
        if self.was_never_activated() {
            return None;
        }
        let spans = self.spans(Standing::is_member);
        (spans != [ages()]).then_some(spans)
    }

    /// The days on which it was frozen.
    #[must_use]
    pub fn frozen(&self) -> Vec<Days> {
        self.spans(|standing| standing == Standing::Frozen)
    }

    /// Whether it was a member on one of some days. Unlike [`Self::membership`] this asks for proof: without facts, a
    /// partner that was never activated is none.
    #[must_use]
    pub fn was_member_in(&self, (from, to): Days) -> bool {
        self.spans(Standing::is_member).iter().any(|(first, end)| *first < to && from < *end)
    }

    /// Its attributes over some days, ascending, without gaps; empty without a revision.
    #[must_use]
    pub fn history(&self, (from, to): Days) -> Vec<AttributeSpan> {
        let steps = self.steps();
        let starts = steps.iter().map(|(day, _)| *day);
        let tiers = self.tiers.iter().flat_map(|t| [Some(t.from), t.to]).flatten();
        let mut days: Vec<Date> = starts.chain(tiers).filter(|day| from < *day && *day < to).chain([from]).collect();
        days.sort_unstable();
        days.dedup();
        let ends = days.iter().skip(1).copied().chain([to]);
        let mut spans: Vec<AttributeSpan> = Vec::new();
        for (day, end) in days.iter().zip(ends) {
            let Some((_, revision)) = steps.iter().rev().find(|(start, _)| start <= day) else { continue };
            let attributes = Attributes { tier: self.tier_on(*day), ..revision.attributes.clone() };
            match spans.last_mut() {
                Some(last) if last.attributes == attributes => last.to = end,
                _ => spans.push(AttributeSpan { from: *day, to: end, attributes }),
            }
        }
        spans
    }

    fn was_never_activated(&self) -> bool {
        self.revisions.iter().all(|r| r.standing == Standing::Outside)
    }

    fn tier_on(&self, day: Date) -> Option<String> {
        let covers = |t: &&TierSpan| t.from <= day && t.to.is_none_or(|to| day < to);
        // The empty one covers what was before it, and is no tier.
        self.tiers.iter().rev().find(covers).map(|t| t.tier.clone()).filter(|tier| !tier.is_empty())
    }

    /// Which revision holds from which day on, beginning with the ages.
    fn steps(&self) -> Vec<(Date, &PartnerRevision)> {
        let number = |r: &PartnerRevision| r.attributes.revision;
        let mut ordered: Vec<&PartnerRevision> = self.revisions.iter().collect();
        ordered.sort_by_key(|r| (r.effective_on, number(r)));
        let mut steps: Vec<(Date, &PartnerRevision)> = Vec::new();
        steps.extend(self.revisions.iter().min_by_key(|r| number(r)).map(|first| (ages().0, first)));
        let mut newest = i64::MIN;
        for revision in ordered {
            // An older revision that is in force later changes nothing.
            if number(revision) > newest {
                newest = number(revision);
                steps.push((revision.effective_on.max(ages().0), revision));
            }
        }
        steps
    }

    /// The days on which its standing is of some sort, merged.
    fn spans(&self, wanted: impl Fn(Standing) -> bool) -> Vec<Days> {
        let steps = self.steps();
        let ends = steps.iter().skip(1).map(|(day, _)| *day).chain([ages().1]);
        let mut spans: Vec<Days> = Vec::new();
        for ((from, revision), to) in steps.iter().zip(ends) {
            if *from >= to || !wanted(revision.standing) {
                continue;
            }
            match spans.last_mut() {
                Some(last) if last.1 == *from => last.1 = to,
                _ => spans.push((*from, to)),
            }
        }
        spans
    }
}

/// Uplines by the day from which they hold, from links in the order in which they were recorded: a link holds from its
/// first day on, and for a day that several cover the one recorded last decides.
#[must_use]
pub fn uplines(recorded: &[Upline]) -> Vec<Upline> {
    let mut held: BTreeMap<Date, Option<&String>> = BTreeMap::new();
    for link in recorded {
        held.retain(|day, _| *day < link.from);
        held.insert(link.from, link.parent.as_ref());
    }
    let mut uplines: Vec<Upline> = Vec::new();
    for (from, parent) in held {
        if uplines.last().is_none_or(|last| last.parent.as_ref() != parent) {
            uplines.push(Upline { from, parent: parent.cloned() });
        }
    }
    uplines
}
