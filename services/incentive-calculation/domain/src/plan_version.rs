//! The life of a plan version: draft → approved → active → retired. The spec never changes; maker ≠ checker.

use serde::{Deserialize, Serialize};
use tributary_core::{Fault, ResourceId, Timestamp};

use crate::{plan::PlanSpec, reasons};

/// Where a version stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PlanVersionState {
    /// Written, valid, not approved.
    Draft,
    /// Approved by a second subject.
    Approved,
    /// Pays.
    Active,
    /// No longer pays.
    Retired,
}

impl PlanVersionState {
    /// As stored and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Approved => "APPROVED",
            Self::Active => "ACTIVE",
            Self::Retired => "RETIRED",
        }
    }
}

/// What can be done to a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanAction {
    /// Draft → approved, by another subject than the author.
    Approve,
    /// Approved → active.
    Activate,
    /// Approved or active → retired.
    Retire,
}

/// One version of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanVersion {
    /// The plan.
    pub plan: ResourceId,
    /// Counts from 1.
    pub version: i64,
    /// UUIDv7, as text.
    pub uid: String,
    /// The programme whose slot it fills.
    pub programme: ResourceId,
    /// The slot it fills.
    pub slot: ResourceId,
    /// What it says.
    pub spec: PlanSpec,
    /// SHA-256 over the spec, hex.
    pub spec_digest: String,
    /// Where it stands.
    pub state: PlanVersionState,
    /// Who wrote it.
    pub author: String,
    /// Who approved it.
    pub approver: Option<String>,
    /// When it was created.
    pub create_time: Timestamp,
    /// When it was approved.
    pub approve_time: Option<Timestamp>,
    /// Counts changes, from 1.
    pub revision: i64,
}

impl PlanVersion {
    /// Resource name.
    #[must_use]
    pub fn name(&self) -> String {
        format!("plans/{}/versions/{}", self.plan, self.version)
    }

    /// Plan id and number in a resource name; `None` for any other text.
    #[must_use]
    pub fn parse_name(name: &str) -> Option<(ResourceId, i64)> {
        let (plan, number) = name.split_once("/versions/")?;
        Some((ResourceId::from_name("plans", plan).ok()?, number.parse().ok()?))
    }

    /// Fingerprint of this revision.
    #[must_use]
    pub fn etag(&self) -> String {
        format!("r{}", self.revision)
    }

    /// The version after `action` by `actor`.
    ///
    /// # Errors
    /// `PLAN_STATE_TRANSITION_REFUSED`, `MAKER_IS_CHECKER`.
    pub fn after(&self, action: PlanAction, actor: &str, now: Timestamp) -> Result<Self, Fault> {
        use PlanVersionState::{Active, Approved, Draft, Retired};
        let state = match (action, self.state) {
            (PlanAction::Approve, Draft) => Approved,
            (PlanAction::Activate, Approved) => Active,
            (PlanAction::Retire, Approved | Active) => Retired,
            (_, from) => {
                let possible = match from {
                    Draft => "approve",
                    Approved => "activate or retire",
                    Active => "retire",
                    Retired => "nothing: it is final",
                };
                return Err(Fault::new(
                    reasons::PLAN_STATE_TRANSITION_REFUSED,
                    format!("{} is {}; possible from there: {possible}", self.name(), from.as_str()),
                )
                .with("state", from.as_str()));
            }
        };
        let mut next = self.clone();
        next.state = state;
        next.revision = self.revision.saturating_add(1);
        if action == PlanAction::Approve {
            if actor == self.author {
                return Err(Fault::new(
                    reasons::MAKER_IS_CHECKER,
                    format!("{} was written by {actor}, who cannot approve it; another subject must", self.name()),
                )
                .with("author", actor));
            }
            next.approver = Some(actor.to_owned());
            next.approve_time = Some(now);
        }
        Ok(next)
    }
}

#[cfg(test)]
mod tests {
    use tributary_core::{ResourceId, Timestamp};

    use super::{PlanAction, PlanVersion, PlanVersionState};
    use crate::plan::PlanSpec;

    fn draft() -> PlanVersion {
        let id = |t: &str| ResourceId::parse(t).expect("id");
        PlanVersion {
            plan: id("p"),
            version: 1,
            uid: String::new(),
            programme: id("x"),
            slot: id("s"),
            spec: PlanSpec::default(),
            spec_digest: String::new(),
            state: PlanVersionState::Draft,
            author: "maker".to_owned(),
            approver: None,
            create_time: Timestamp(0),
            approve_time: None,
            revision: 1,
        }
    }

    #[test]
    fn the_author_cannot_approve() {
        let fault = draft().after(PlanAction::Approve, "maker", Timestamp(1)).expect_err("maker");
        assert_eq!(fault.reason().code, "MAKER_IS_CHECKER");
        let approved = draft().after(PlanAction::Approve, "checker", Timestamp(1)).expect("checker");
        assert_eq!((approved.state, approved.approver.as_deref()), (PlanVersionState::Approved, Some("checker")));
    }

    #[test]
    fn a_version_goes_one_way() {
        let step = |v: &PlanVersion, a| v.after(a, "checker", Timestamp(1));
        assert!(step(&draft(), PlanAction::Activate).is_err());
        assert!(step(&draft(), PlanAction::Retire).is_err());
        let approved = step(&draft(), PlanAction::Approve).expect("approve");
        assert!(step(&approved, PlanAction::Approve).is_err());
        let active = step(&approved, PlanAction::Activate).expect("activate");
        assert_eq!(active.revision, 3);
        let retired = step(&active, PlanAction::Retire).expect("retire");
        for action in [PlanAction::Approve, PlanAction::Activate, PlanAction::Retire] {
            assert!(step(&retired, action).is_err());
        }
    }
}
