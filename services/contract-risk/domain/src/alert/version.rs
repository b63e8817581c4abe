//! The life of a version of a rule: draft → active → retired. What it says never changes; its author cannot put it in
//! force.

use serde::{Deserialize, Serialize};
use tributary_core::{Fault, ResourceId, Timestamp};

use super::spec::RuleSpec;
use crate::reasons;

/// Author of the rules that ship.
pub const STANDARD_AUTHOR: &str = "standard programme";

/// Where a version stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RuleState {
    /// Written.
    Draft,
    /// In force.
    Active,
    /// No longer in force.
    Retired,
}

impl RuleState {
    /// As stored and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Active => "ACTIVE",
            Self::Retired => "RETIRED",
        }
    }
}

/// A version of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleVersion {
    /// The rule.
    pub rule: ResourceId,
    /// Counts from 1.
    pub version: i64,
    /// What it says.
    pub spec: RuleSpec,
    /// Where it stands.
    pub state: RuleState,
    /// Who wrote it.
    pub author: String,
    /// When it was written; `None` for what ships.
    pub create_time: Option<Timestamp>,
    /// Who put it in force; empty for what ships.
    pub activator: String,
    /// When.
    pub activate_time: Option<Timestamp>,
    /// When it was retired.
    pub retire_time: Option<Timestamp>,
}

impl RuleVersion {
    /// A new draft.
    #[must_use]
    pub fn draft(rule: ResourceId, version: i64, spec: RuleSpec, author: &str, now: Timestamp) -> Self {
        Self {
            rule,
            version,
            spec,
            state: RuleState::Draft,
            author: author.to_owned(),
            create_time: Some(now),
            activator: String::new(),
            activate_time: None,
            retire_time: None,
        }
    }

    /// A rule that ships: version 1, in force.
    #[must_use]
    pub fn standard(rule: ResourceId, spec: RuleSpec) -> Self {
        Self {
            rule,
            version: 1,
            spec,
            state: RuleState::Active,
            author: STANDARD_AUTHOR.to_owned(),
            create_time: None,
            activator: String::new(),
            activate_time: None,
            retire_time: None,
        }
    }

    /// Resource name. Example: "alertRules/commitment-pace/versions/2".
    #[must_use]
    pub fn name(&self) -> String {
        resource_name(&self.rule, self.version)
    }

    /// Puts it in force.
    ///
    /// # Errors
    /// `ALERT_RULE_TRANSITION_REFUSED` unless it is a draft; `MAKER_IS_CHECKER` for its author.
    pub fn activate(&self, by: &str, now: Timestamp) -> Result<Self, Fault> {
        self.must_be(RuleState::Draft)?;
        if by == self.author {
            let message =
                format!("{} was written by {by}, who cannot put it in force; another subject must", self.name());
            return Err(Fault::new(reasons::MAKER_IS_CHECKER, message).with("subject", by));
        }
        let (state, activator) = (RuleState::Active, by.to_owned());
        Ok(Self { state, activator, activate_time: Some(now), ..self.clone() })
    }

    /// Takes it out of force.
    ///
    /// # Errors
    /// `ALERT_RULE_TRANSITION_REFUSED` unless it is in force.
    pub fn retire(&self, now: Timestamp) -> Result<Self, Fault> {
        self.must_be(RuleState::Active)?;
        Ok(Self { state: RuleState::Retired, retire_time: Some(now), ..self.clone() })
    }

    fn must_be(&self, state: RuleState) -> Result<(), Fault> {
        if self.state == state {
            return Ok(());
        }
        let possible = match self.state {
            RuleState::Draft => "activate",
            RuleState::Active => "retire",
            RuleState::Retired => "nothing: write a further version",
        };
        let message = format!("{} is {}; possible from there: {possible}", self.name(), self.state.as_str());
        Err(Fault::new(reasons::ALERT_RULE_TRANSITION_REFUSED, message).with("state", self.state.as_str()))
    }
}

/// The resource name of a version.
#[must_use]
pub fn resource_name(rule: &ResourceId, version: i64) -> String {
    format!("alertRules/{rule}/versions/{version}")
}

/// Rule and number in a resource name.
///
/// # Errors
/// A sentence with the value and the form.
pub fn parse_name(name: &str) -> Result<(ResourceId, i64), String> {
    let form = || format!("{name:?} is not a resource name of the form \"alertRules/RULE/versions/NUMBER\"");
    let (rule, number) = name.split_once("/versions/").ok_or_else(form)?;
    let number = number.parse().ok().filter(|n| *n >= 1).ok_or_else(form)?;
    Ok((ResourceId::from_name("alertRules", rule)?, number))
}
