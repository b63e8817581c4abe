//! Which certificates follow from the results of a person. The order in which results come does not matter: whatever was
//! recorded late or corrected, the same results give the same certificates. What was earned under other terms of the
//! definition or its courses stays as it was issued, as long as the passes it rests on are passes.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tributary_core::{Date, Fault, ResourceId, Timestamp};
use uuid::Uuid;

use super::{
    CertificateDefinition, Collection, Course, DefinitionState, ExamResult, Stamp, TrainingName, catalogue::numbered,
};
use crate::faults::CERTIFICATE_STATE_REFUSED;

numbered! {
    /// Where a certificate stands.
    CertificateState:
    /// It was issued.
    Issued "ISSUED",
    /// Its last valid day is over.
    Expired "EXPIRED",
    /// It was revoked.
    Revoked "REVOKED",
}

/// A certificate at a revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// The partner for whom the person works.
    pub partner: ResourceId,
    /// Id there.
    pub id: ResourceId,
    /// Whose it is.
    pub person: ResourceId,
    /// What it certifies.
    pub definition: ResourceId,
    /// Day of the last pass it rests on.
    pub earned_on: Date,
    /// First valid day.
    pub valid_from: Date,
    /// Last valid day; `None`: it does not expire.
    pub expires_on: Option<Date>,
    /// The certificate whose renewal it is.
    pub renews: Option<ResourceId>,
    /// The results it rests on, one per course.
    pub results: Vec<ResourceId>,
    /// Revision of the definition by which it was issued.
    pub definition_revision: i64,
    /// Where it stands. An issued one counts as expired once its last valid day is over: see [`Certificate::on`].
    pub state: CertificateState,
    /// First day on which it is not valid any more, because it was revoked.
    pub revoked_from: Option<Date>,
    /// The day on which somebody revoked it: passes up to it do not earn it again.
    pub revoked_by_hand: Option<Date>,
    /// Why it was revoked.
    pub revocation_reason: String,
    /// Its revision.
    pub stamp: Stamp,
}

impl Certificate {
    /// The first day on which it is not valid any more; `None`: none is known.
    #[must_use]
    pub fn end(&self) -> Option<Date> {
        let after = self.expires_on.map(|last| last.plus_days(1));
        match (after, self.revoked_from) {
            (Some(after), Some(revoked)) => Some(after.min(revoked)),
            (after, revoked) => after.or(revoked),
        }
    }

    /// Whether it is valid on a day.
    #[must_use]
    pub fn covers(&self, day: Date) -> bool {
        self.valid_from <= day && self.end().is_none_or(|end| day < end)
    }

    /// The certificate as it stands on a day, whether its expiry is recorded yet or not.
    #[must_use]
    pub fn on(self, today: Date) -> Self {
        if self.is_over(today) { Self { state: CertificateState::Expired, ..self } } else { self }
    }

    /// The expired certificate; `None` before its last valid day is over, or when that does not matter any more.
    #[must_use]
    pub fn expire(&self, today: Date, now: Timestamp) -> Option<Self> {
        let stamp = self.stamp.next(now);
        self.is_over(today).then(|| Self { state: CertificateState::Expired, stamp, ..self.clone() })
    }

    fn is_over(&self, today: Date) -> bool {
        self.state == CertificateState::Issued && self.expires_on.is_some_and(|last| last < today)
    }

    /// The certificate that somebody revoked today.
    ///
    /// # Errors
    /// `CERTIFICATE_STATE_REFUSED`.
    pub fn revoke(&self, reason: &str, today: Date, now: Timestamp) -> Result<Self, Fault> {
        let standing = self.clone().on(today).state;
        if standing != CertificateState::Issued {
            let name = TrainingName::at_partner(Collection::Certificate, &self.partner, &self.id).to_string();
            let message = format!("{name} is {standing}; only an issued certificate can be revoked");
            let fault = Fault::new(CERTIFICATE_STATE_REFUSED, message);
            return Err(fault.with("certificate", name).with("state", standing.as_str()));
        }
        // One that begins later than today is never valid.
        let from = today.max(self.valid_from);
        Ok(Self { revoked_by_hand: Some(today), ..self.revoked(from, reason, now) })
    }

    fn revoked(&self, from: Date, reason: &str, now: Timestamp) -> Self {
        let (revoked_from, revocation_reason) = (Some(from), reason.to_owned());
        let (state, stamp) = (CertificateState::Revoked, self.stamp.next(now));
        Self { state, revoked_from, revocation_reason, stamp, ..self.clone() }
    }
}

/// What is known of a person: courses by id, and all results.
#[derive(Debug, Clone)]
pub struct Ledger<'a> {
    /// All courses.
    pub courses: &'a BTreeMap<ResourceId, Course>,
    /// All results of the person.
    pub results: &'a [ExamResult],
}

/// What is to be changed so that certificates follow from results.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settled {
    /// Those that do not follow any more.
    pub revoked: Vec<Certificate>,
    /// Those that do and are not there.
    pub issued: Vec<Certificate>,
}

/// A certificate as it follows.
struct Earned<'a> {
    earned_on: Date,
    valid_from: Date,
    expires_on: Option<Date>,
    results: Vec<&'a ResourceId>,
    is_renewal: bool,
}

/// Why a certificate is revoked that does not follow any more.
const NOT_EARNED: &str = "the exam results it rested on were corrected, or others came late";

impl<'a> Ledger<'a> {
    /// The passes of a course by day, whether they count or not; of one day the first by its id.
    fn passes(&self, course: &ResourceId) -> BTreeMap<Date, &'a ResourceId> {
        let mut passes: BTreeMap<Date, &ResourceId> = BTreeMap::new();
        for result in self.results.iter().filter(|r| r.course == *course && r.passed()) {
            let first = passes.entry(result.taken_on).or_insert(&result.id);
            *first = (*first).min(&result.id);
        }
        passes
    }

    /// Whether a pass of one day still counts on another.
    fn lasts(&self, course: &ResourceId, pass: Date, day: Date) -> bool {
        let months = self.courses.get(course).map_or(0, |course| course.content.validity_months);
        months == 0 || day <= pass.plus_months(months)
    }

    /// The passes of a course that count, by day: all prerequisites were passed by then, and counted. `above` are the
    /// courses that asked for this one, so that this ends even if there were a cycle.
    fn counting(&self, course: &ResourceId, above: &BTreeSet<&ResourceId>) -> BTreeMap<Date, &'a ResourceId> {
        let mut passes = self.passes(course);
        let mut above = above.clone();
        if !above.insert(course) {
            return BTreeMap::new();
        }
        for needed in self.courses.get(course).into_iter().flat_map(|course| &course.content.prerequisites) {
            let before = self.counting(needed, &above);
            passes.retain(|day, _| before.range(..=*day).any(|(pass, _)| self.lasts(needed, *pass, *day)));
        }
        passes
    }

    /// What is missing for a definition by a day, each in a sentence.
    #[must_use]
    pub fn missing(&self, definition: &CertificateDefinition, day: Date) -> Vec<String> {
        let sentence = |course: &ResourceId| {
            let counting = self.counting(course, &BTreeSet::new());
            let last = counting.range(..=day).next_back().map(|(pass, _)| *pass);
            match (last, self.passes(course).range(..=day).next_back()) {
                (Some(pass), _) if self.lasts(course, pass, day) => None,
                (Some(pass), _) => Some(format!("{course} was passed on {pass}, which counts no longer on {day}")),
                (None, Some((pass, _))) => {
                    Some(format!("{course} was passed on {pass}, before what has to be passed first"))
                }
                (None, None) => Some(format!("{course} was not passed")),
            }
        };
        definition.content.courses.iter().filter_map(sentence).collect()
    }

    /// The first of the given courses that a person has no counting pass of on a day.
    #[must_use]
    pub fn without_pass<'c>(&self, courses: &'c BTreeSet<ResourceId>, day: Date) -> Vec<&'c ResourceId> {
        let lacks = |course: &&ResourceId| {
            let counting = self.counting(course, &BTreeSet::new());
            !counting.range(..=day).any(|(pass, _)| self.lasts(course, *pass, day))
        };
        courses.iter().filter(lacks).collect()
    }

    /// Since when the terms are as they are, `None` for ever: those of the definition, of its courses and of all that these ask for.
    fn terms_since(&self, definition: &CertificateDefinition) -> Option<Date> {
        let mut since = definition.terms_since;
        let mut seen: BTreeSet<&ResourceId> = BTreeSet::new();
        let mut waiting: Vec<&ResourceId> = definition.content.courses.iter().collect();
        while let Some(id) = waiting.pop() {
            if let Some(course) = self.courses.get(id).filter(|_| seen.insert(id)) {
                since = since.max(course.terms_since);
                waiting.extend(&course.content.prerequisites);
            }
        }
        since
    }

    /// Whether a certificate still rests on passes of the days it was earned by.
    fn supports(&self, certificate: &Certificate) -> bool {
        let day = |id: &ResourceId| self.results.iter().find(|r| r.id == *id && r.passed()).map(|r| r.taken_on);
        let days: Option<Vec<Date>> = certificate.results.iter().map(day).collect();
        days.is_some_and(|days| days.iter().max() == Some(&certificate.earned_on))
    }

    /// The certificates that follow from passes after a day; `before` is the last valid day of the one they may renew.
    fn follow(&self, definition: &CertificateDefinition, floor: Option<Date>, before: Option<Date>) -> Vec<Earned<'a>> {
        let content = &definition.content;
        let of = |course: &'_ ResourceId| (course.clone(), self.counting(course, &BTreeSet::new()));
        let passes: BTreeMap<ResourceId, BTreeMap<Date, &ResourceId>> = content.courses.iter().map(of).collect();
        let days: BTreeSet<Date> = passes.values().flat_map(|passes| passes.keys().copied()).collect();
        let (mut floor, mut before, mut all) = (floor, before, Vec::new());
        for day in days {
            if floor.is_some_and(|floor| day <= floor) {
                continue;
            }
            let latest = |(course, passes): (&ResourceId, &BTreeMap<Date, &'a ResourceId>)| {
                let (pass, result) = passes.range(..=day).next_back()?;
                let counts = floor.is_none_or(|floor| *pass > floor) && self.lasts(course, *pass, day);
                counts.then_some(*result)
            };
            let Some(results) = passes.iter().map(latest).collect::<Option<Vec<_>>>() else { continue };
            let window = i64::from(content.renewal_days);
            let renewed = before.filter(|last| day <= *last && day > last.plus_days(window.saturating_neg()));
            let valid_from = renewed.map_or(day, |last| last.plus_days(1));
            // A renewal is counted from the last valid day, so that years do not begin a day later each time.
            let months = content.validity_months;
            let expires_on = (months > 0).then(|| renewed.unwrap_or(day).plus_months(months));
            all.push(Earned { earned_on: day, valid_from, expires_on, results, is_renewal: renewed.is_some() });
            (floor, before) = (Some(day), expires_on);
        }
        all
    }

    /// What is to be changed so that the certificates of a person by a definition follow from its results. `held` are all
    /// of them, `new` makes the ids of a new one.
    #[must_use]
    pub fn settle(
        &self,
        (partner, person): (&ResourceId, &ResourceId),
        definition: &CertificateDefinition,
        held: &[Certificate],
        now: Timestamp,
        mut new: impl FnMut() -> (ResourceId, Uuid),
    ) -> Settled {
        let by_hand = held.iter().filter_map(|c| c.revoked_by_hand).max();
        let (since, retired) = (self.terms_since(definition), definition.state == DefinitionState::Retired);
        let is_kept = |c: &Certificate| {
            retired || since.is_some_and(|day| c.earned_on < day) || by_hand.is_some_and(|day| c.earned_on <= day)
        };
        let live = held.iter().filter(|c| c.state != CertificateState::Revoked);
        let (kept, open): (Vec<_>, Vec<_>) = live.partition(|c| is_kept(c));
        let (kept, mut gone): (Vec<_>, Vec<_>) = kept.into_iter().partition(|c| self.supports(c));
        let last = kept.iter().max_by_key(|c| c.earned_on);
        let floor = last.map(|c| c.earned_on).max(by_hand);
        let before = last.and_then(|c| c.expires_on);
        let wanted = if retired { Vec::new() } else { self.follow(definition, floor, before) };

        let mut settled = Settled::default();
        let mut matched: BTreeSet<&ResourceId> = BTreeSet::new();
        let mut previous = last.map(|c| c.id.clone());
        for earned in wanted {
            let same = |c: &&&Certificate| {
                (c.earned_on, c.valid_from, c.expires_on) == (earned.earned_on, earned.valid_from, earned.expires_on)
                    && self.supports(c)
            };
            previous = Some(if let Some(there) = open.iter().find(same) {
                matched.insert(&there.id);
                there.id.clone()
            } else {
                let (id, uid) = new();
                settled.issued.push(Certificate {
                    partner: partner.clone(),
                    id: id.clone(),
                    person: person.clone(),
                    definition: definition.id.clone(),
                    earned_on: earned.earned_on,
                    valid_from: earned.valid_from,
                    expires_on: earned.expires_on,
                    renews: previous.filter(|_| earned.is_renewal),
                    results: earned.results.into_iter().cloned().collect(),
                    definition_revision: definition.stamp.revision,
                    state: CertificateState::Issued,
                    revoked_from: None,
                    revoked_by_hand: None,
                    revocation_reason: String::new(),
                    stamp: Stamp::new(uid, now),
                });
                id
            });
        }
        gone.extend(open.into_iter().filter(|c| !matched.contains(&c.id)));
        settled.revoked = gone.into_iter().map(|c| c.revoked(c.valid_from, NOT_EARNED, now)).collect();
        settled
    }
}
