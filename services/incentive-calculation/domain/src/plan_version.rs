//! The life of a plan version: draft → approved → active → retired. The spec never changes; maker ≠ checker.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tributary_core::{Fault, Period, ResourceId, Timestamp};

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
    /// When it was activated.
    #[serde(default)]
    pub activate_time: Option<Timestamp>,
    /// When it was retired.
    #[serde(default)]
    pub retire_time: Option<Timestamp>,
    /// Whether a newer version of the plan took its place; where that one's bounds end, this one still pays.
    #[serde(default)]
    pub replaced: bool,
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
        match action {
            PlanAction::Activate => next.activate_time = Some(now),
            PlanAction::Retire => next.retire_time = Some(now),
            PlanAction::Approve => {}
        }
        Ok(next)
    }

    /// When it began to pay; `None`: it never has. Versions of before activations were timed count from their approval.
    fn since(&self) -> Option<Timestamp> {
        self.activate_time.or(self.approve_time.filter(|_| self.state == PlanVersionState::Active))
    }

    /// Whether somebody had retired it by a time: the plan then pays nothing any more.
    fn ended(&self, time: Timestamp) -> bool {
        !self.replaced && self.retire_time.is_some_and(|end| end <= time)
    }
}

/// The versions that are in force for a period as known at a time: of each plan the one activated last whose bounds hold
/// the period, unless it was retired by hand. A version that a newer one replaced stays in force where the newer one's
/// bounds do not reach. `stated` names the versions that stated the period, for a closed one: retiring takes nothing back
/// that was stated.
#[must_use]
pub fn in_force<'a>(
    versions: impl IntoIterator<Item = &'a PlanVersion>,
    period: Period,
    known: Timestamp,
    stated: &[String],
) -> Vec<&'a PlanVersion> {
    let mut plans: BTreeMap<&ResourceId, Vec<&PlanVersion>> = BTreeMap::new();
    for version in versions {
        let named = stated.contains(&version.name());
        if (named || version.since().is_some_and(|since| since <= known)) && version.spec.takes_part(period) {
            plans.entry(&version.plan).or_default().push(version);
        }
    }
    let newest = |list: &[&'a PlanVersion], counts: &dyn Fn(&PlanVersion) -> bool| {
        list.iter().copied().filter(|v| counts(v)).max_by_key(|v| (v.since(), v.version))
    };
    let winner = |list: Vec<&'a PlanVersion>| {
        let stays = |v: &PlanVersion| stated.contains(&v.name());
        newest(&list, &|_| true).filter(|v| !v.ended(known) || stays(v)).or_else(|| newest(&list, &stays))
    };
    plans.into_values().filter_map(winner).collect()
}

#[cfg(test)]
mod tests {
    use tributary_core::{Date, ResourceId, Timestamp};

    use super::{PlanAction, PlanVersion, PlanVersionState, in_force};
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
            activate_time: None,
            retire_time: None,
            replaced: false,
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

    /// Version `number` of a plan: bounds, activated at, retired at (by hand or replaced).
    fn version(number: i64, from: &str, at: i64, retired: Option<(i64, bool)>) -> PlanVersion {
        let mut version = PlanVersion { version: number, activate_time: Some(Timestamp(at)), ..draft() };
        version.spec.effective_from = Some(Date::parse(from).expect("date"));
        version.state = PlanVersionState::Active;
        if let Some((time, replaced)) = retired {
            (version.retire_time, version.replaced) = (Some(Timestamp(time)), replaced);
            version.state = PlanVersionState::Retired;
        }
        version
    }

    fn numbers(versions: &[PlanVersion], period: &str, known: i64, stated: &[&str]) -> Vec<i64> {
        let stated: Vec<String> = stated.iter().map(|s| (*s).to_owned()).collect();
        let found = in_force(versions, period.parse().expect("period"), Timestamp(known), &stated);
        found.iter().map(|v| v.version).collect()
    }

    #[test]
    fn a_replaced_version_pays_where_the_newer_one_does_not_reach() {
        let versions = [version(1, "2026-01-01", 10, Some((20, true))), version(2, "2026-07-01", 20, None)];
        assert_eq!(numbers(&versions, "2026-06", 30, &[]), [1]);
        assert_eq!(numbers(&versions, "2026-07", 30, &[]), [2]);
        // As known before the second was activated, the first paid July too.
        assert_eq!(numbers(&versions, "2026-07", 19, &[]), [1]);
        assert_eq!(numbers(&versions, "2025-12", 30, &[]), Vec::<i64>::new());
        assert_eq!(numbers(&versions, "2026-06", 9, &[]), Vec::<i64>::new());
    }

    #[test]
    fn retiring_by_hand_ends_a_plan_but_takes_nothing_back() {
        let corrected =
            [version(1, "2026-01-01", 10, Some((20, true))), version(2, "2026-01-01", 20, Some((40, false)))];
        assert_eq!(numbers(&corrected, "2026-06", 30, &["plans/p/versions/1"]), [2]);
        assert_eq!(numbers(&corrected, "2026-06", 40, &[]), Vec::<i64>::new());
        assert_eq!(numbers(&corrected, "2026-06", 40, &["plans/p/versions/1"]), [1]);
        assert_eq!(numbers(&corrected, "2026-06", 40, &["plans/p/versions/2"]), [2]);
    }
}
