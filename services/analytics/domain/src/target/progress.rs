//! How far a target has got on a day, where it will end, and how it stands.

use tributary_core::{Date, Exact, Period};

use super::{Goal, Moment, Status, Target};
use crate::{
    forecast::{Interval, run_rate},
    metric::Definition,
};

/// Fewest observed days on which a forecast rests, unless the period is a week: with fewer, a weekend more or less turns
/// the answer round.
pub const MIN_OBSERVED_DAYS: u32 = 7;

/// What the metric layer measured from the first day of the period to `as_of`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    /// The value; `None` where it does not exist, such as a ratio to nothing.
    pub total: Option<Exact>,
    /// Values of the days that have any; of sums only.
    pub days: Vec<Exact>,
}

/// How far a target has got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The day up to and with which it is measured.
    pub as_of: Date,
    /// The value to reach; `None` when there is no base to grow from.
    pub target_value: Option<Exact>,
    /// For growth: the value of the year before.
    pub base_value: Option<Exact>,
    /// Reached so far.
    pub actual: Option<Exact>,
    /// actual ÷ target.
    pub attainment: Option<Exact>,
    /// Days up to and with `as_of` ÷ days of the period.
    pub elapsed: Exact,
    /// Where it will end.
    pub forecast: Option<Forecast>,
    /// How it stands.
    pub status: Status,
}

/// A forecast of the end of the period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forecast {
    /// How it was made.
    pub method: Method,
    /// The expected value.
    pub expected: Exact,
    /// Where the end lies with some probability.
    pub interval: Option<Interval>,
    /// Days it rests on.
    pub observed_days: u32,
    /// Days still to come.
    pub remaining_days: u32,
}

/// How a forecast is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// By the mean of the observed days.
    RunRate,
    /// The period is over: the end is known.
    Final,
    /// The present value.
    Present,
}

/// How the value of a metric moves as days come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Course {
    /// Each day adds to it, or takes from it.
    Sum,
    /// A count of different things: it only grows, by what no single day tells.
    Count,
    /// It moves either way.
    Ratio,
}

impl Course {
    fn of(definition: &Definition) -> Self {
        match (definition.is_additive(), definition.is_ratio()) {
            (true, _) => Self::Sum,
            (false, true) => Self::Ratio,
            (false, false) => Self::Count,
        }
    }
}

impl Progress {
    /// Compares a target with what was measured: `measured` in the [`window`](Moment::window) of the period, `None` before
    /// the period and where it cannot be measured; `base`, for growth, the value of the whole period a year before.
    #[must_use]
    pub fn of(
        target: &Target,
        moment: Moment,
        measured: Option<&Measured>,
        base: Option<Exact>,
        confidence: &Exact,
    ) -> Self {
        let period = target.scope.period;
        let course = target.scope.definition().map(Course::of);
        let target_value = match target.aim.goal {
            Goal::Value(value) => Some(value.into()),
            // Nothing grows from nothing, and a loss grown by a part is a larger loss.
            Goal::Growth(growth) => {
                base.clone().filter(Exact::is_positive).map(|b| b * (Exact::from(1) + Exact::from(growth)))
            }
        };
        let actual = measured.and_then(|measured| measured.total.clone());
        let forecast =
            course.zip(measured).and_then(|(course, measured)| forecast(course, period, moment, measured, confidence));
        let status = match (course, &target_value, &actual) {
            (Some(course), Some(goal), Some(actual)) => {
                Judge { target, goal, course }.status(actual, forecast.as_ref(), moment.is_after(period))
            }
            _ => Status::Pending,
        };
        let attainment = actual.as_ref().zip(target_value.as_ref()).and_then(|(a, t)| a.checked_div(t));
        Self {
            as_of: moment.as_of,
            target_value,
            base_value: base,
            actual,
            attainment,
            elapsed: elapsed(moment.days(period)),
            forecast,
            status,
        }
    }
}

fn elapsed((observed, remaining): (u32, u32)) -> Exact {
    let all = Exact::from(i64::from(observed).saturating_add(i64::from(remaining)));
    Exact::from(i64::from(observed)).checked_div(&all).unwrap_or_else(Exact::zero)
}

fn forecast(
    course: Course,
    period: Period,
    moment: Moment,
    measured: &Measured,
    confidence: &Exact,
) -> Option<Forecast> {
    let (observed_days, remaining_days) = moment.days(period);
    let made = |method, expected, interval| Forecast { method, expected, interval, observed_days, remaining_days };
    let total = measured.total.clone()?;
    if moment.is_after(period) {
        return Some(made(Method::Final, total, None));
    }
    let enough = if matches!(period, Period::Week(..)) { 1 } else { MIN_OBSERVED_DAYS };
    if observed_days < enough {
        return None;
    }
    match course {
        Course::Sum => {
            let rate = run_rate(&measured.days, observed_days, remaining_days, confidence)?;
            Some(made(Method::RunRate, rate.expected, rate.interval))
        }
        Course::Count | Course::Ratio => Some(made(Method::Present, total, None)),
    }
}

/// Decides how a target stands, on exact values.
struct Judge<'a> {
    target: &'a Target,
    goal: &'a Exact,
    course: Course,
}

impl Judge<'_> {
    fn status(&self, actual: &Exact, forecast: Option<&Forecast>, is_over: bool) -> Status {
        let less_is_better = self.target.aim.lower_is_better;
        if is_over {
            return if self.reaches(actual) { Status::Reached } else { Status::Missed };
        }
        // What is to stay low is reached at the end only, and a ratio can still move either way.
        if !less_is_better && self.course != Course::Ratio && self.reaches(actual) {
            return Status::Reached;
        }
        let Some(Forecast { expected, .. }) = forecast else { return Status::Pending };
        // The present value of a count is no more than a floor: only a miss of what is to stay low can be told from it.
        let tells = self.course != Course::Count || (less_is_better && !self.reaches(expected));
        match tells {
            false => Status::Pending,
            true if self.reaches(expected) => Status::OnTrack,
            true if self.is_within_tolerance(expected) => Status::AtRisk,
            true => Status::OffTrack,
        }
    }

    fn reaches(&self, value: &Exact) -> bool {
        if self.target.aim.lower_is_better { value <= self.goal } else { value >= self.goal }
    }

    fn is_within_tolerance(&self, value: &Exact) -> bool {
        let miss = self.goal.clone() * Exact::from(self.target.aim.tolerance);
        if self.target.aim.lower_is_better {
            *value <= self.goal.clone() + miss
        } else {
            *value >= self.goal.clone() - miss
        }
    }
}
