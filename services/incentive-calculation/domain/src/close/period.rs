//! The life of a programme's period: open, then locked for ever. Who calculated it cannot lock it.

use serde::{Deserialize, Serialize};
use tributary_core::{Date, Days, Fault, NamedPeriod, Period, ResourceId, Timestamp, fault::common};

use crate::{reasons, run::Run};

/// Whether what a period states can still change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PeriodState {
    /// The newest final run is what it states.
    Open,
    /// The locked run is what it states.
    Locked,
}

impl PeriodState {
    /// As stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "OPEN",
            Self::Locked => "LOCKED",
        }
    }
}

/// A programme's period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgrammePeriod {
    /// The programme.
    pub programme: ResourceId,
    /// The period as text.
    pub period: String,
    /// What the calendar said of a named period; `None`: the text says everything.
    #[serde(default)]
    pub named: Option<NamedPeriod>,
    /// The days of its year, where the programme has a calendar; `None`: those of the period.
    #[serde(default)]
    pub year: Option<Days>,
    /// First day.
    pub from: Date,
    /// First day after it.
    pub to: Date,
    /// First day on which it may be locked.
    pub lockable_from: Date,
    /// The newest final run that succeeded; empty: none.
    pub newest_run: String,
    /// Its version; 0: none.
    pub newest_version: i64,
    /// How it was locked; `None`: it is open.
    pub lock: Option<Lock>,
    /// Counts changes, from 1.
    pub revision: i64,
}

/// How a period was locked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// The run.
    pub run: String,
    /// Its version.
    pub version: i64,
    /// Who locked it.
    pub actor: String,
    /// When.
    pub time: Timestamp,
    /// Why, as given.
    pub reason: String,
    /// Facts that had arrived since the run's snapshot.
    pub newer_facts: i64,
    /// What the run saw.
    pub locked: Seen,
    /// Up to where everything that was known has been stated: by the run itself, later by true-ups that were locked.
    pub seen: Seen,
}

/// What a calculation saw.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Facts up to this batch.
    pub batch: i64,
    /// Partners as they had arrived up to this number.
    pub arrival: i64,
    /// Plan versions, in the order of slots.
    pub plan_versions: Vec<String>,
}

/// A locked period as a later run looks at it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosedPeriod {
    /// The period as text.
    pub period: String,
    /// What the calendar said of a named period; `None`: the text says everything.
    #[serde(default)]
    pub named: Option<NamedPeriod>,
    /// The days of its year, where the programme has a calendar; `None`: those of the period.
    #[serde(default)]
    pub year: Option<Days>,
    /// First day.
    pub from: Date,
    /// First day after it.
    pub to: Date,
    /// The locked run.
    pub run: String,
    /// What that run saw.
    pub locked: Seen,
    /// Up to where it has been stated.
    pub seen: Seen,
    /// The plan versions that are in force for it now.
    pub plan_versions: Vec<String>,
}

/// Everything that decides whether a period can be locked.
#[derive(Debug)]
pub struct LockAttempt<'a> {
    /// The run whose statements are to stay.
    pub run: &'a Run,
    /// Who asks.
    pub actor: &'a str,
    /// The revision that was decided on.
    pub etag: &'a str,
    /// The present.
    pub now: Timestamp,
    /// The present day.
    pub today: Date,
    /// Whether a final run of the period is under way.
    pub in_progress: bool,
    /// Facts that count in the period's windows and arrived since the run's snapshot.
    pub newer_facts: i64,
    /// Whether they may be left to a true-up.
    pub allow_newer_facts: bool,
    /// Periods whose true-ups on this run were meanwhile stated otherwise.
    pub outdated: &'a [String],
    /// Why.
    pub reason: &'a str,
}

/// Whether a period comes before another: true-ups of an open period that comes before count as stated.
#[must_use]
pub fn comes_before(a: (Date, Date, &str), b: (Date, Date, &str)) -> bool {
    (a.1, a.0, a.2) < (b.1, b.0, b.2)
}

impl ClosedPeriod {
    /// The period that was calculated.
    ///
    /// # Errors
    /// A sentence, for a text that is no period; none was ever kept.
    pub fn calendar_period(&self) -> Result<Period, String> {
        self.named.map_or_else(|| self.period.parse(), |named| Ok(Period::Named(named)))
    }
}

impl ProgrammePeriod {
    /// The period that was calculated.
    ///
    /// # Errors
    /// As [`ClosedPeriod::calendar_period`].
    pub fn calendar_period(&self) -> Result<Period, String> {
        self.named.map_or_else(|| self.period.parse(), |named| Ok(Period::Named(named)))
    }

    /// Resource name.
    #[must_use]
    pub fn name(&self) -> String {
        format!("programmes/{}/periods/{}", self.programme, self.period)
    }

    /// Fingerprint of this revision.
    #[must_use]
    pub fn etag(&self) -> String {
        format!("r{}", self.revision)
    }

    /// Open or locked.
    #[must_use]
    pub fn state(&self) -> PeriodState {
        if self.lock.is_some() { PeriodState::Locked } else { PeriodState::Open }
    }

    /// What orders periods: see [`comes_before`].
    #[must_use]
    pub fn place(&self) -> (Date, Date, &str) {
        (self.from, self.to, &self.period)
    }

    /// The run that is what the period states; `None`: nothing is stated.
    #[must_use]
    pub fn stating_run(&self) -> Option<&str> {
        match &self.lock {
            Some(lock) => Some(&lock.run),
            None => Some(self.newest_run.as_str()).filter(|run| !run.is_empty()),
        }
    }

    /// The period after another final run of it succeeded; the number of that version is its `newest_version`. While it
    /// is open its days are those of the run, which may have been asked for by another revision of its calendar.
    ///
    /// # Errors
    /// When the run's period has no days.
    pub fn with_version(&self, run: &Run) -> Result<Self, String> {
        let next = Self {
            newest_run: run.id.clone(),
            newest_version: self.newest_version.saturating_add(1),
            revision: self.revision.saturating_add(1),
            ..self.clone()
        };
        if self.lock.is_some() {
            return Ok(next);
        }
        let days = Self { named: run.named, year: run.year, ..next };
        let period = days.calendar_period()?;
        Ok(Self { from: period.from(), to: period.to(), ..days })
    }

    /// The period with another first day of locking, as the calendar says it now; `None` when that changes nothing.
    #[must_use]
    pub fn lockable(&self, from: Date) -> Option<Self> {
        let changes = self.lock.is_none() && self.lockable_from != from;
        changes.then(|| Self { lockable_from: from, revision: self.revision.saturating_add(1), ..self.clone() })
    }

    /// The locked period.
    ///
    /// # Errors
    /// `ETAG_MISMATCH`, `PERIOD_LOCKED`, `PERIOD_NOT_OVER`, `RUN_IN_PROGRESS`, `RUN_NOT_NEWEST`,
    /// `LOCKER_IS_CALCULATOR`, `NEWER_FACTS`, `TRUE_UPS_OUTDATED`.
    pub fn locked(&self, attempt: &LockAttempt<'_>) -> Result<Self, Fault> {
        let (name, run) = (self.name(), attempt.run);
        if let Some(lock) = &self.lock {
            let message =
                format!("{name} was locked by {} on runs/{}; a locked period never changes", lock.actor, lock.run);
            return Err(Fault::new(reasons::PERIOD_LOCKED, message).with("run", format!("runs/{}", lock.run)));
        }
        if self.etag() != attempt.etag {
            let message = format!("{name} is at {:?}, you decided on {:?}; read it again", self.etag(), attempt.etag);
            return Err(Fault::new(common::ETAG_MISMATCH, message).with("etag", self.etag()));
        }
        if attempt.in_progress {
            let message = format!("a final run of {name} is under way; wait for it and lock on what it gives");
            return Err(Fault::new(reasons::RUN_IN_PROGRESS, message));
        }
        if run.id != self.newest_run {
            let newest = format!("runs/{}", self.newest_run);
            let message =
                format!("{} is not the newest final run of {name}, which is {newest}; lock on that one", run.name());
            return Err(Fault::new(reasons::RUN_NOT_NEWEST, message).with("newest_run", newest));
        }
        if attempt.today < self.lockable_from {
            let (from, today) = (self.lockable_from, attempt.today);
            let message = format!(
                "{name} may be locked from {from} on, today is {today}; its days or its grace days are not over"
            );
            return Err(Fault::new(reasons::PERIOD_NOT_OVER, message).with("lockable_from", from.to_string()));
        }
        if run.actor == attempt.actor {
            let message =
                format!("{} was asked for by {}, who cannot lock {name}; another subject must", run.name(), run.actor);
            return Err(Fault::new(reasons::LOCKER_IS_CALCULATOR, message).with("actor", &run.actor));
        }
        if attempt.newer_facts > 0 && !attempt.allow_newer_facts {
            let count = attempt.newer_facts;
            let message = format!(
                "{count} facts that count in {name} arrived since {}; calculate it again, or set allow_newer_facts and leave them to a true-up",
                run.name()
            );
            return Err(Fault::new(reasons::NEWER_FACTS, message).with("newer_facts", count.to_string()));
        }
        if !attempt.outdated.is_empty() {
            let message = format!(
                "{} settles {}, of which another run has stated something meanwhile; calculate {name} again",
                run.name(),
                attempt.outdated.join(", ")
            );
            return Err(Fault::new(reasons::TRUE_UPS_OUTDATED, message));
        }
        let lock = Lock {
            run: run.id.clone(),
            version: run.version,
            actor: attempt.actor.to_owned(),
            time: attempt.now,
            reason: attempt.reason.to_owned(),
            newer_facts: attempt.newer_facts,
            locked: run.seen(),
            seen: run.seen(),
        };
        Ok(Self { lock: Some(lock), revision: self.revision.saturating_add(1), ..self.clone() })
    }

    /// The period after a run that looked at it was locked: what that run saw has been stated. `None` when something
    /// newer has been stated already.
    #[must_use]
    pub fn settled_by(&self, seen: Seen) -> Option<Self> {
        let lock = self.lock.as_ref()?;
        if (seen.batch, seen.arrival) < (lock.seen.batch, lock.seen.arrival) || seen == lock.seen {
            return None;
        }
        let lock = Lock { seen, ..lock.clone() };
        Some(Self { lock: Some(lock), revision: self.revision.saturating_add(1), ..self.clone() })
    }
}
