//! An alert and what people do to it: open → acknowledged → resolved. What rules do to it is in
//! [`evaluate`](super::evaluate).

use serde::{Deserialize, Serialize};
use tributary_core::{Fault, ResourceId, Timestamp, fault::common};

use super::{finding::Evidence, version};
use crate::{named::named, reasons};

/// Who acts when a rule does.
pub const RULE_ACTOR: &str = "rule";
/// Most changes that are kept of an alert: the newest.
pub const MAX_CHANGES: usize = 100;

named! { "a severity";
    /// How grave an alert is.
    pub enum Severity {
        /// Look at it.
        Warning = "WARNING",
        /// Act.
        Critical = "CRITICAL",
    }
}

named! { "a state of an alert";
    /// Where an alert stands.
    pub enum AlertState {
        /// Nobody has seen to it.
        Open = "OPEN",
        /// Somebody sees to it.
        Acknowledged = "ACKNOWLEDGED",
        /// Closed.
        Resolved = "RESOLVED",
    }
}

/// Who did something, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// Who.
    pub by: String,
    /// When.
    pub time: Timestamp,
}

/// Something that happened to an alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertChange {
    /// State afterwards.
    pub state: AlertState,
    /// Severity afterwards.
    pub severity: Severity,
    /// Who; [`RULE_ACTOR`] for an evaluation.
    pub actor: String,
    /// When.
    pub time: Timestamp,
    /// Summary or remark at that time.
    pub text: String,
}

/// A warning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// Last part of the resource name.
    pub id: ResourceId,
    /// UUIDv7, as text.
    pub uid: String,
    /// The rule.
    pub rule: ResourceId,
    /// The version of it that judged last.
    pub rule_version: i64,
    /// The partner, last part of its resource name.
    pub partner: ResourceId,
    /// The contract, if it is about one.
    pub contract: Option<ResourceId>,
    /// What exactly it is about.
    pub subject: String,
    /// How grave.
    pub severity: Severity,
    /// How grave the last reading is by itself: a critical alert outlasts critical readings, see
    /// [`evaluate`](super::evaluate).
    pub reading: Severity,
    /// Where it stands.
    pub state: AlertState,
    /// One sentence with the figures.
    pub summary: String,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
    /// What to do.
    pub suggested_action: String,
    /// Who should look.
    pub owner: String,
    /// When it was raised.
    pub open_time: Timestamp,
    /// When it was last evaluated with a change, or changed by a person.
    pub update_time: Timestamp,
    /// Who acknowledged it, since it was last opened.
    pub acknowledged: Option<Done>,
    /// Who resolved it.
    pub resolved: Option<Done>,
    /// Remark of who acknowledged or resolved it.
    pub note: String,
    /// What happened to it, oldest first.
    pub changes: Vec<AlertChange>,
    /// Set while it was resolved by hand and its condition stands: how grave the condition is. Not raised again until the
    /// condition clears or becomes critical.
    pub muted: Option<Severity>,
    /// Counts changes that a reader sees, from 1.
    pub revision: i64,
}

impl Alert {
    /// Resource name. Example: "alerts/a0192f7c4…".
    #[must_use]
    pub fn name(&self) -> String {
        resource_name(self.id.as_str())
    }

    /// Resource name of the version that judged last.
    #[must_use]
    pub fn rule_version_name(&self) -> String {
        version::resource_name(&self.rule, self.rule_version)
    }

    /// Fingerprint of the alert as it is.
    #[must_use]
    pub fn etag(&self) -> String {
        format!("r{}", self.revision)
    }

    /// Whether it is open or acknowledged.
    #[must_use]
    pub fn stands(&self) -> bool {
        self.state != AlertState::Resolved
    }

    /// Whether evaluations look at it: it stands, or it mutes its subject. There is at most one per rule and subject.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.stands() || self.muted.is_some()
    }

    /// Refuses an etag of another revision.
    ///
    /// # Errors
    /// `ETAG_MISMATCH`.
    pub fn check_etag(&self, etag: &str) -> Result<(), Fault> {
        let (name, now) = (self.name(), self.etag());
        if etag == now {
            return Ok(());
        }
        let message = format!("{name} is at {now}, not at {etag:?}; read it again and decide anew");
        Err(Fault::new(common::ETAG_MISMATCH, message).with("alert", name).with("etag", now))
    }

    /// Somebody has seen to it.
    ///
    /// # Errors
    /// `ALERT_TRANSITION_REFUSED` unless it is open.
    pub fn acknowledge(&self, by: &str, reason: &str, now: Timestamp) -> Result<Self, Fault> {
        if self.state != AlertState::Open {
            return Err(self.refused("AcknowledgeAlert"));
        }
        let mut next = self.next(now);
        next.acknowledged = Some(Done { by: by.to_owned(), time: next.update_time });
        reason.clone_into(&mut next.note);
        next.record(AlertState::Acknowledged, self.severity, by, reason);
        Ok(next)
    }

    /// Closes it by hand; its subject is muted while the condition stands.
    ///
    /// # Errors
    /// `ALERT_TRANSITION_REFUSED` when it is closed.
    pub fn resolve(&self, by: &str, reason: &str, now: Timestamp) -> Result<Self, Fault> {
        if !self.stands() {
            return Err(self.refused("ResolveAlert"));
        }
        let mut next = self.next(now);
        next.resolved = Some(Done { by: by.to_owned(), time: next.update_time });
        reason.clone_into(&mut next.note);
        next.muted = Some(self.reading);
        next.record(AlertState::Resolved, self.severity, by, reason);
        Ok(next)
    }

    /// The next revision, unchanged.
    pub(super) fn next(&self, now: Timestamp) -> Self {
        // A clock that went back does not make the change older than what it changed.
        let update_time = now.max(self.update_time);
        Self { revision: self.revision.saturating_add(1), update_time, ..self.clone() }
    }

    /// Notes a change of state or severity that was made at the time of the last update.
    pub(super) fn record(&mut self, state: AlertState, severity: Severity, actor: &str, text: &str) {
        (self.state, self.severity) = (state, severity);
        let (actor, text) = (actor.to_owned(), text.to_owned());
        self.changes.push(AlertChange { state, severity, actor, time: self.update_time, text });
        let surplus = self.changes.len().saturating_sub(MAX_CHANGES);
        self.changes.drain(..surplus);
    }

    fn refused(&self, method: &str) -> Fault {
        let possible = match self.state {
            AlertState::Open => "AcknowledgeAlert, ResolveAlert",
            AlertState::Acknowledged => "ResolveAlert",
            AlertState::Resolved => "nothing: it is closed",
        };
        let (name, state) = (self.name(), self.state);
        let message = format!("{method} is not possible for {name} in state {state}; possible in it: {possible}");
        Fault::new(reasons::ALERT_TRANSITION_REFUSED, message).with("alert", name).with("state", state.as_str())
    }
}

/// The resource name of the alert with an id.
#[must_use]
pub fn resource_name(id: &str) -> String {
    format!("alerts/{id}")
}
