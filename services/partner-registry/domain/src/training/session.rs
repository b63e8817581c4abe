//! Sessions of courses, and places in them.

use serde::{Deserialize, Serialize};
use tributary_core::{Date, Fault, ResourceId, Timestamp, Violations};

use super::{Collection, Stamp, TrainingName, catalogue::numbered};
use crate::{
    faults::{
        ENROLMENT_STATE_REFUSED, TRAINING_SESSION_CANCELLED, TRAINING_SESSION_FULL, TRAINING_SESSION_NOT_STARTED,
        TRAINING_SESSION_OVER,
    },
    text,
};

numbered! {
    /// Whether a session takes place.
    SessionState:
    /// It does.
    Scheduled "SCHEDULED",
    /// It does not.
    Cancelled "CANCELLED",
}

numbered! {
    /// Where an enrolment stands.
    EnrolmentState:
    /// The person has a place.
    Enrolled "ENROLLED",
    /// The place was given up.
    Cancelled "CANCELLED",
    /// The person was there.
    Attended "ATTENDED",
    /// The person was not.
    Absent "ABSENT",
}

/// What is told of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionContent {
    /// The course.
    pub course: ResourceId,
    /// The day; `None` is refused.
    pub date: Option<Date>,
    /// Where.
    pub place: String,
    /// Places.
    pub capacity: i32,
    /// What the trainer should know.
    pub trainer_note: String,
}

/// A session at a revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainingSession {
    /// Its id.
    pub id: ResourceId,
    /// What is told.
    pub content: SessionContent,
    /// Places that are taken. Counted beside the revisions.
    pub enrolled: i32,
    /// Whether it takes place.
    pub state: SessionState,
    /// Why it was cancelled.
    pub cancellation_reason: String,
    /// Its revision.
    pub stamp: Stamp,
}

/// A place of a person in a session, at a revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolment {
    /// For whom the person works.
    pub partner: ResourceId,
    /// Who.
    pub person: ResourceId,
    /// The session, and id of the enrolment.
    pub session: ResourceId,
    /// Where it stands.
    pub state: EnrolmentState,
    /// Its revision.
    pub stamp: Stamp,
}

impl SessionContent {
    /// Everything that is wrong with it; `first` is the first day it may have.
    #[must_use]
    pub fn violations(&self, first: Option<Date>) -> Violations {
        let mut v = Violations::new();
        match (self.date, first) {
            (None, _) => v.add("date", "is required; give the day of the session"),
            (Some(day), Some(first)) if day < first => {
                v.add("date", format!("{day} is before {first}; give that day or a later one"));
            }
            _ => {}
        }
        text::required_line(&mut v, "place", &self.place, 200);
        text::note(&mut v, "trainer_note", &self.trainer_note);
        if !(1..=100_000).contains(&self.capacity) {
            v.add("capacity", format!("{} is not between 1 and 100000", self.capacity));
        }
        v
    }
}

impl TrainingSession {
    fn own_name(&self) -> String {
        TrainingName::of_tenant(Collection::Session, &self.id).to_string()
    }

    /// Refuses a cancelled one.
    ///
    /// # Errors
    /// `TRAINING_SESSION_CANCELLED`.
    pub fn require_scheduled(&self) -> Result<(), Fault> {
        if self.state == SessionState::Scheduled {
            return Ok(());
        }
        let name = self.own_name();
        let message = format!("{name} is cancelled; choose another session");
        Err(Fault::new(TRAINING_SESSION_CANCELLED, message).with("training_session", name))
    }

    /// Refuses a session of a day that is over.
    ///
    /// # Errors
    /// `TRAINING_SESSION_OVER`.
    pub fn require_ahead(&self, today: Date) -> Result<(), Fault> {
        let Some(day) = self.content.date.filter(|day| *day < today) else { return Ok(()) };
        let name = self.own_name();
        let message = format!("{name} was on {day}, which is over; choose another session");
        Err(Fault::new(TRAINING_SESSION_OVER, message).with("training_session", name).with("date", day.to_string()))
    }

    /// Refuses a session of a day to come.
    ///
    /// # Errors
    /// `TRAINING_SESSION_NOT_STARTED`.
    pub fn require_begun(&self, today: Date) -> Result<(), Fault> {
        let Some(day) = self.content.date.filter(|day| *day > today) else { return Ok(()) };
        let name = self.own_name();
        let message = format!("{name} is on {day}; who was there is known from that day on");
        let fault = Fault::new(TRAINING_SESSION_NOT_STARTED, message);
        Err(fault.with("training_session", name).with("date", day.to_string()))
    }

    /// All its places are taken.
    #[must_use]
    pub fn full(&self) -> Fault {
        let (name, capacity) = (self.own_name(), self.content.capacity.to_string());
        let message = format!("all {capacity} places of {name} are taken; choose another session or more places");
        Fault::new(TRAINING_SESSION_FULL, message).with("training_session", name).with("capacity", capacity)
    }

    /// The session with another content; `None` when nothing differs.
    ///
    /// # Errors
    /// `TRAINING_SESSION_CANCELLED`, `TRAINING_SESSION_FULL` when more are enrolled than places are left.
    pub fn change(&self, content: SessionContent, now: Timestamp) -> Result<Option<Self>, Fault> {
        self.require_scheduled()?;
        let after = Self { content, stamp: self.stamp.next(now), ..self.clone() };
        if after.content.capacity < self.enrolled {
            let name = self.own_name();
            let (enrolled, capacity) = (self.enrolled.to_string(), after.content.capacity.to_string());
            let message = format!("{enrolled} are enrolled in {name}, more than {capacity}; cancel enrolments first");
            let fault = Fault::new(TRAINING_SESSION_FULL, message).with("training_session", name);
            return Err(fault.with("capacity", capacity).with("enrolled", enrolled));
        }
        Ok((after.content != self.content).then_some(after))
    }

    /// The cancelled session.
    ///
    /// # Errors
    /// `TRAINING_SESSION_CANCELLED`.
    pub fn cancel(&self, reason: &str, now: Timestamp) -> Result<Self, Fault> {
        self.require_scheduled()?;
        let (cancellation_reason, stamp) = (reason.to_owned(), self.stamp.next(now));
        Ok(Self { state: SessionState::Cancelled, cancellation_reason, stamp, ..self.clone() })
    }
}

impl Enrolment {
    /// The enrolment in another state; `None` when it is in it already.
    ///
    /// # Errors
    /// `ENROLMENT_STATE_REFUSED`.
    pub fn change(&self, to: EnrolmentState, now: Timestamp) -> Result<Option<Self>, Fault> {
        use EnrolmentState::{Absent, Attended, Cancelled, Enrolled};
        let possible = match self.state {
            Enrolled => [Cancelled, Attended, Absent].as_slice(),
            Cancelled => &[Enrolled],
            Attended | Absent => &[Attended, Absent],
        };
        if to == self.state {
            return Ok(None);
        }
        if possible.contains(&to) {
            return Ok(Some(Self { state: to, stamp: self.stamp.next(now), ..self.clone() }));
        }
        let name = TrainingName::enrolment(&self.partner, &self.person, &self.session).to_string();
        let possible = possible.iter().map(|state| state.as_str()).collect::<Vec<_>>().join(", ");
        let message = format!("{name} is {}; possible from it: {possible}", self.state);
        let fault = Fault::new(ENROLMENT_STATE_REFUSED, message).with("enrolment", name);
        Err(fault.with("state", self.state.as_str()).with("possible", possible))
    }
}
