//! What an evaluation makes of a partner's alerts. Pure: rules in force, what is known of the partner, the alerts that
//! stand or mute, and the day go in; what changes comes out.
//!
//! An alert is raised at the trigger (or critical) level and closes by itself at the clear level; between the two nothing
//! is raised and nothing closes. Severity has the same hysteresis: a critical alert stays critical until its reading is
//! back at the trigger level, and only then falls to WARNING. So neither raising, nor closing, nor severity flaps around
//! one level. What can no longer be judged (its window is over, its contract has ended, its rule is retired) closes.

use std::collections::BTreeMap;

use tributary_core::{Date, ResourceId, Timestamp};

use super::{
    Alert, AlertState, Finding, Level, PartnerView, RULE_ACTOR, RuleVersion, Severity, findings,
    life::{AlertChange, Done},
};

/// What an evaluation does to one alert. They are to be written in the order given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Raises one; it still needs an id.
    Raise(Box<NewAlert>),
    /// Changes one.
    Change(Box<Alert>, Effect),
}

/// What a change is to those who read alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// New figures; state and severity are as they were.
    Figures,
    /// Another severity, and open again when that is critical.
    Severity,
    /// Closed.
    Closed,
    /// Nothing: only what the resolved alert mutes has changed.
    Memory,
}

/// An alert without an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAlert {
    rule: ResourceId,
    rule_version: i64,
    suggested_action: String,
    owner: String,
    partner: ResourceId,
    finding: Finding,
    severity: Severity,
}

impl NewAlert {
    /// The alert under an id.
    #[must_use]
    pub fn with_id(self, id: ResourceId, uid: String, now: Timestamp) -> Alert {
        let Self { rule, rule_version, suggested_action, owner, partner, finding, severity } = self;
        let (state, actor, text) = (AlertState::Open, RULE_ACTOR.to_owned(), finding.summary.clone());
        Alert {
            id,
            uid,
            rule,
            rule_version,
            partner,
            contract: finding.contract,
            subject: finding.subject,
            severity,
            reading: severity,
            state,
            summary: finding.summary,
            evidence: finding.evidence,
            suggested_action,
            owner,
            open_time: now,
            update_time: now,
            acknowledged: None,
            resolved: None,
            note: String::new(),
            changes: vec![AlertChange { state, severity, actor, time: now, text }],
            muted: None,
            revision: 1,
        }
    }
}

/// Evaluates a partner: `rules` in force, one version per rule, and its `live` alerts.
#[must_use]
pub fn evaluate(rules: &[RuleVersion], view: &PartnerView, live: &[Alert], today: Date, now: Timestamp) -> Vec<Step> {
    let mut live: BTreeMap<(&ResourceId, String), &Alert> =
        live.iter().map(|alert| ((&alert.rule, alert.subject.clone()), alert)).collect();
    let mut steps = Vec::new();
    for rule in rules {
        for finding in findings(&rule.spec, view, today) {
            let known = live.remove(&(&rule.rule, finding.subject.clone()));
            match known {
                Some(alert) if alert.stands() => steps.extend(standing(alert, rule, finding, now)),
                Some(alert) => steps.extend(muted(alert, rule, view, finding)),
                None => steps.extend(severity(finding.level).map(|severity| raise(rule, view, finding, severity))),
            }
        }
    }
    // What is left was found by no rule in force.
    steps.extend(live.into_values().map(|alert| match rules.iter().find(|rule| rule.rule == alert.rule) {
        None => close(alert, "the rule is no longer in force", now),
        Some(rule) if !rule.spec.covers(&alert.partner) => close(alert, "the rule no longer covers the partner", now),
        Some(rule) => close(alert, rule.spec.condition.gone(), now),
    }));
    steps
}

/// The severity at which a level raises an alert.
fn severity(level: Level) -> Option<Severity> {
    match level {
        Level::Critical => Some(Severity::Critical),
        Level::Warning => Some(Severity::Warning),
        Level::Between | Level::Clear => None,
    }
}

fn raise(rule: &RuleVersion, view: &PartnerView, finding: Finding, severity: Severity) -> Step {
    Step::Raise(Box::new(NewAlert {
        rule: rule.rule.clone(),
        rule_version: rule.version,
        suggested_action: rule.spec.suggested_action.clone(),
        owner: rule.spec.owner.clone(),
        partner: view.partner.clone(),
        finding,
        severity,
    }))
}

/// An alert that stands and whose subject was found again.
fn standing(alert: &Alert, rule: &RuleVersion, finding: Finding, now: Timestamp) -> Option<Step> {
    let mut next = alert.next(now);
    next.rule_version = rule.version;
    next.suggested_action.clone_from(&rule.spec.suggested_action);
    next.owner.clone_from(&rule.spec.owner);
    (next.contract, next.summary, next.evidence) = (finding.contract, finding.summary, finding.evidence);
    next.reading = severity(finding.level).unwrap_or(Severity::Warning);
    let text = next.summary.clone();
    let effect = match (finding.level, alert.severity) {
        (Level::Clear, _) => {
            next.resolved = Some(Done { by: RULE_ACTOR.to_owned(), time: next.update_time });
            next.record(AlertState::Resolved, alert.severity, RULE_ACTOR, &text);
            Effect::Closed
        }
        (Level::Critical, Severity::Warning) => {
            // Whoever saw to the warning has not seen this.
            next.acknowledged = None;
            next.record(AlertState::Open, Severity::Critical, RULE_ACTOR, &text);
            Effect::Severity
        }
        (Level::Between, Severity::Critical) => {
            next.record(alert.state, Severity::Warning, RULE_ACTOR, &text);
            Effect::Severity
        }
        _ => {
            let unchanged = Alert { revision: alert.revision, update_time: alert.update_time, ..next.clone() };
            if unchanged == *alert {
                return None;
            }
            Effect::Figures
        }
    };
    Some(Step::Change(Box::new(next), effect))
}

/// A subject that is muted: raised again only when it becomes critical.
fn muted(alert: &Alert, rule: &RuleVersion, view: &PartnerView, finding: Finding) -> Vec<Step> {
    let remember = |muted| Step::Change(Box::new(Alert { muted, ..alert.clone() }), Effect::Memory);
    match (finding.level, alert.muted) {
        (Level::Clear, _) => vec![remember(None)],
        (Level::Critical, Some(Severity::Warning)) => {
            vec![remember(None), raise(rule, view, finding, Severity::Critical)]
        }
        (Level::Between, Some(Severity::Critical)) => vec![remember(Some(Severity::Warning))],
        _ => Vec::new(),
    }
}

/// An alert whose subject was not found: closed, or no longer muted.
fn close(alert: &Alert, why: &str, now: Timestamp) -> Step {
    if !alert.stands() {
        return Step::Change(Box::new(Alert { muted: None, ..alert.clone() }), Effect::Memory);
    }
    let mut next = alert.next(now);
    next.resolved = Some(Done { by: RULE_ACTOR.to_owned(), time: next.update_time });
    next.record(AlertState::Resolved, alert.severity, RULE_ACTOR, why);
    Step::Change(Box::new(next), Effect::Closed)
}
