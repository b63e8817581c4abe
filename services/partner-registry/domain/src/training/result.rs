//! Exam results. A correction is a new revision; nothing is edited.

use std::fmt;

use serde::{Deserialize, Serialize};
use tributary_core::{Date, Fault, ResourceId, Timestamp, Violations};

use super::{Collection, Course, Stamp, TrainingName, person::reference_violations};
use crate::{ExternalRef, faults::EXAM_RESULT_VOID};

/// A score in hundredths, 0 to 10,000.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Score(i64);

impl Score {
    /// The highest one.
    pub const MOST: Self = Self(10_000);

    /// The score of so many hundredths.
    ///
    /// # Errors
    /// A sentence with the value.
    pub fn of_hundredths(hundredths: i64) -> Result<Self, String> {
        let score = Self(hundredths);
        if (0..=10_000).contains(&hundredths) { Ok(score) } else { Err(format!("{score} is not between 0 and 100")) }
    }

    /// In hundredths.
    #[must_use]
    pub fn hundredths(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let whole = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", whole.checked_div(100).unwrap_or(0), whole.checked_rem(100).unwrap_or(0))
    }
}

/// What is told of a result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultContent {
    /// Whose it is.
    pub person: ResourceId,
    /// Of which course.
    pub course: ResourceId,
    /// What was scored; `None` is refused.
    pub score: Option<Score>,
    /// Day of the exam; `None` is refused.
    pub taken_on: Option<Date>,
    /// In which session.
    pub session: Option<ResourceId>,
    /// Key in the system it comes from.
    pub source: Option<ExternalRef>,
}

/// A result at a revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExamResult {
    /// The partner for whom the person works.
    pub partner: ResourceId,
    /// Id there.
    pub id: ResourceId,
    /// Whose it is.
    pub person: ResourceId,
    /// Of which course.
    pub course: ResourceId,
    /// What was scored.
    pub score: Score,
    /// Day of the exam.
    pub taken_on: Date,
    /// In which session.
    pub session: Option<ResourceId>,
    /// Key in the system it comes from.
    pub source: Option<ExternalRef>,
    /// Least score that was a pass when it was recorded.
    pub passing_score: Score,
    /// Counts the results of the person in the course.
    pub attempt: i32,
    /// Whether it was taken back.
    pub voided: bool,
    /// Who recorded it.
    pub maker: String,
    /// Its revision.
    pub stamp: Stamp,
}

/// A correction; what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// The right score.
    pub score: Option<Score>,
    /// The right day.
    pub taken_on: Option<Date>,
    /// Whether it is taken back.
    pub void: bool,
}

impl ResultContent {
    /// Everything that is wrong with it as a result that is told on a day.
    #[must_use]
    pub fn violations(&self, today: Date) -> Violations {
        let mut v = Violations::new();
        if self.score.is_none() {
            v.add("score", "is required; give what was scored, 0 to 100");
        }
        match self.taken_on {
            None => v.add("taken_on", "is required; give the day of the exam"),
            Some(day) => not_after(&mut v, day, today),
        }
        if let Some(source) = &self.source {
            reference_violations(&mut v, "source", source);
        }
        v
    }
}

fn not_after(v: &mut Violations, day: Date, today: Date) {
    if day > today {
        v.add("taken_on", format!("{day} is after today, {today}; give the day of the exam"));
    }
}

impl ExamResult {
    /// Whether the score is a pass.
    #[must_use]
    pub fn passed(&self) -> bool {
        !self.voided && self.score >= self.passing_score
    }

    /// Whether it says what is told.
    #[must_use]
    pub fn says(&self, told: &ResultContent) -> bool {
        let own = (&self.person, &self.course, Some(self.score), Some(self.taken_on), &self.session, &self.source);
        own == (&told.person, &told.course, told.score, told.taken_on, &told.session, &told.source)
    }

    /// The corrected result; `None` when nothing differs.
    ///
    /// # Errors
    /// `EXAM_RESULT_VOID`, `INVALID_REQUEST`, `COURSE_RETIRED` for a day after the last one of the course.
    pub fn correct(
        &self,
        correction: &Correction,
        course: &Course,
        today: Date,
        now: Timestamp,
    ) -> Result<Option<Self>, Fault> {
        if self.voided {
            let name = TrainingName::at_partner(Collection::Result, &self.partner, &self.id).to_string();
            let message = format!("{name} was taken back; record another result");
            return Err(Fault::new(EXAM_RESULT_VOID, message).with("exam_result", name));
        }
        if *correction == Correction::default() {
            let why = "nothing is corrected; give score, taken_on or void_result";
            return Err(Fault::invalid_field("score", why));
        }
        let mut v = Violations::new();
        if let Some(day) = correction.taken_on {
            not_after(&mut v, day, today);
        }
        v.into_result()?;
        let (score, taken_on) = (correction.score.unwrap_or(self.score), correction.taken_on.unwrap_or(self.taken_on));
        course.require_given(Some(taken_on))?;
        let after = Self { score, taken_on, voided: correction.void, ..self.clone() };
        Ok((after != *self).then(|| Self { stamp: self.stamp.next(now), ..after }))
    }
}
