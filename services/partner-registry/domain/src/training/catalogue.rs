//! Courses and certificate definitions: what they say, and how they change.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tributary_core::{Date, Fault, ResourceId, Timestamp, Violations};

use super::{Collection, Score, Stamp, TrainingName};
use crate::{
    faults::{CERTIFICATE_DEFINITION_RETIRED, COURSE_RETIRED},
    text,
};

/// Most months.
const MOST_MONTHS: i32 = 1200;

/// Defines an enum with the numbers and names of `tributary.partner.v1`.
macro_rules! numbered {
    ($(#[$doc:meta])* $name:ident: $($(#[$own:meta])* $variant:ident $text:literal),+ $(,)?) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$own])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// Every one in the order of its number, from 1.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// Their names, in the same order.
            pub const NAMES: &'static [&'static str] = &[$($text),+];

            /// The name in filters and stores.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// The number in the proto enum.
            #[must_use]
            pub fn number(self) -> i32 {
                Self::ALL.iter().zip(1..).find_map(|(s, n)| (*s == self).then_some(n)).unwrap_or(0)
            }

            /// The one of a number; `None` for a number that is not known.
            #[must_use]
            pub fn from_number(number: i32) -> Option<Self> {
                Self::ALL.iter().zip(1..).find_map(|(s, n)| (n == number).then_some(*s))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
pub(super) use numbered;

numbered! {
    /// How a course is held.
    CourseKind:
    /// At a screen.
    Online "ONLINE",
    /// In a room.
    Classroom "CLASSROOM",
    /// A simulated live session.
    LiveSimulation "LIVE_SIMULATION",
}

numbered! {
    /// Whether a course is still given.
    CourseState:
    /// It is.
    Active "ACTIVE",
    /// Not any more.
    Retired "RETIRED",
}

numbered! {
    /// Whether a certificate is still issued.
    DefinitionState:
    /// It is.
    Active "ACTIVE",
    /// Not any more.
    Retired "RETIRED",
}

/// What a course says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CourseContent {
    /// Title.
    pub display_name: String,
    /// How it is held; `None` is refused.
    pub kind: Option<CourseKind>,
    /// Least score that is a pass; `None` is refused.
    pub passing_score: Option<Score>,
    /// Months for which a pass counts; 0: for ever.
    pub validity_months: i32,
    /// Courses that must be passed by the same day.
    pub prerequisites: BTreeSet<ResourceId>,
    /// What it teaches.
    pub description: String,
}

/// A course at a revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Course {
    /// Its id.
    pub id: ResourceId,
    /// What it says.
    pub content: CourseContent,
    /// Last day of exams, once it is retired.
    pub retired_on: Option<Date>,
    /// Since when its months and prerequisites are as they are; `None`: since ever.
    pub terms_since: Option<Date>,
    /// Its revision.
    pub stamp: Stamp,
}

/// What a definition says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefinitionContent {
    /// Name for people.
    pub display_name: String,
    /// The courses that must all be passed.
    pub courses: BTreeSet<ResourceId>,
    /// Months from the first day to the last; 0: it does not expire.
    pub validity_months: i32,
    /// Days before and with the last one in which passes renew it.
    pub renewal_days: i32,
    /// What it is for.
    pub description: String,
}

/// A certificate definition at a revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateDefinition {
    /// Its id.
    pub id: ResourceId,
    /// What it says.
    pub content: DefinitionContent,
    /// Whether it is still issued.
    pub state: DefinitionState,
    /// Since when its terms are as they are; `None`: since ever.
    pub terms_since: Option<Date>,
    /// Its revision.
    pub stamp: Stamp,
}

impl CourseContent {
    /// Everything that is wrong with it, but for what other courses say.
    #[must_use]
    pub fn violations(&self) -> Violations {
        let mut v = Violations::new();
        text::required_line(&mut v, "display_name", &self.display_name, 200);
        text::note(&mut v, "description", &self.description);
        if self.kind.is_none() {
            v.add("kind", "is required; say how the course is held");
        }
        if self.passing_score.is_none() {
            v.add("passing_score", "is required; give the least score that is a pass, 0 to 100");
        }
        within(&mut v, "validity_months", self.validity_months, MOST_MONTHS);
        at_most(&mut v, "prerequisites", self.prerequisites.len());
        v
    }
}

impl DefinitionContent {
    /// Everything that is wrong with it, but for what courses say.
    #[must_use]
    pub fn violations(&self) -> Violations {
        let mut v = Violations::new();
        text::required_line(&mut v, "display_name", &self.display_name, 200);
        text::note(&mut v, "description", &self.description);
        if self.courses.is_empty() {
            v.add("courses", "is empty; name the courses that must be passed");
        }
        at_most(&mut v, "courses", self.courses.len());
        within(&mut v, "validity_months", self.validity_months, MOST_MONTHS);
        within(&mut v, "renewal_days", self.renewal_days, 1000);
        v
    }

    /// Whether others would be issued by the other one.
    fn has_the_terms_of(&self, other: &Self) -> bool {
        (&self.courses, self.validity_months, self.renewal_days)
            == (&other.courses, other.validity_months, other.renewal_days)
    }
}

fn within(v: &mut Violations, field: &str, value: i32, most: i32) {
    if !(0..=most).contains(&value) {
        v.add(field, format!("{value} is not between 0 and {most}"));
    }
}

fn at_most(v: &mut Violations, field: &str, count: usize) {
    if count > 20 {
        v.add(field, format!("has {count} entries; at most 20 are allowed"));
    }
}

impl Course {
    /// Whether it is still given.
    #[must_use]
    pub fn state(&self) -> CourseState {
        if self.retired_on.is_some() { CourseState::Retired } else { CourseState::Active }
    }

    /// Refuses a retired one, but for exams of days up to its retirement.
    ///
    /// # Errors
    /// `COURSE_RETIRED`.
    pub fn require_given(&self, on: Option<Date>) -> Result<(), Fault> {
        let Some(last) = self.retired_on.filter(|last| on.is_none_or(|day| day > *last)) else { return Ok(()) };
        let name = TrainingName::of_tenant(Collection::Course, &self.id).to_string();
        let message = format!("{name} is retired, its last day of exams was {last}; choose another course or day");
        Err(Fault::new(COURSE_RETIRED, message).with("course", name).with("retired_on", last.to_string()))
    }

    /// The course with another content; `None` when nothing differs.
    #[must_use]
    pub fn change(&self, content: CourseContent, today: Date, now: Timestamp) -> Option<Self> {
        let terms = |content: &CourseContent| (content.validity_months, content.prerequisites.clone());
        let terms_since = if terms(&content) == terms(&self.content) { self.terms_since } else { Some(today) };
        let stamp = self.stamp.next(now);
        (content != self.content).then(|| Self { content, terms_since, stamp, ..self.clone() })
    }

    /// The retired course.
    ///
    /// # Errors
    /// `COURSE_RETIRED`.
    pub fn retire(&self, today: Date, now: Timestamp) -> Result<Self, Fault> {
        self.require_given(None)?;
        Ok(Self { retired_on: Some(today), stamp: self.stamp.next(now), ..self.clone() })
    }
}

impl CertificateDefinition {
    /// The definition with another content; `None` when nothing differs.
    #[must_use]
    pub fn change(&self, content: DefinitionContent, today: Date, now: Timestamp) -> Option<Self> {
        let terms_since = if content.has_the_terms_of(&self.content) { self.terms_since } else { Some(today) };
        let stamp = self.stamp.next(now);
        (content != self.content).then(|| Self { content, terms_since, stamp, ..self.clone() })
    }

    /// Refuses a retired one.
    ///
    /// # Errors
    /// `CERTIFICATE_DEFINITION_RETIRED`.
    pub fn require_active(&self) -> Result<(), Fault> {
        if self.state == DefinitionState::Active {
            return Ok(());
        }
        let name = TrainingName::of_tenant(Collection::Definition, &self.id).to_string();
        let message = format!("{name} is retired; make another definition");
        Err(Fault::new(CERTIFICATE_DEFINITION_RETIRED, message).with("certificate_definition", name))
    }

    /// The retired definition.
    ///
    /// # Errors
    /// `CERTIFICATE_DEFINITION_RETIRED`.
    pub fn retire(&self, now: Timestamp) -> Result<Self, Fault> {
        self.require_active()?;
        Ok(Self { state: DefinitionState::Retired, stamp: self.stamp.next(now), ..self.clone() })
    }
}

/// A way from a course back to itself by prerequisites, if there is one. Example: ["b", "a", "b"].
#[must_use]
pub fn cycle(from: &ResourceId, prerequisites: &BTreeMap<ResourceId, BTreeSet<ResourceId>>) -> Option<Vec<ResourceId>> {
    let mut came: BTreeMap<&ResourceId, &ResourceId> = BTreeMap::new();
    let mut waiting = vec![from];
    while let Some(course) = waiting.pop() {
        for next in prerequisites.get(course).into_iter().flatten() {
            if next == from {
                let mut path = vec![from.clone()];
                let mut at = course;
                while at != from {
                    path.push(at.clone());
                    at = came.get(at).copied().unwrap_or(from);
                }
                path.push(from.clone());
                path.reverse();
                return Some(path);
            }
            if !came.contains_key(next) {
                came.insert(next, course);
                waiting.push(next);
            }
        }
    }
    None
}
