//! Plan versions (IC-02): publish, approve, activate, retire.

use incentive_calculation_domain::{
    assignment, evidence,
    plan::{self, PlanSpec},
    plan_version::{PlanAction, PlanVersion, PlanVersionState},
    programme::Programme,
    reasons,
};
use prost::Message as _;
use tributary_core::{Fault, RequestContext, ResourceId, Timestamp, Violations, fault::common};
use tributary_proto::tributary::incentive::v1::PlanVersionChanged;
use tributary_sql::{NewEvidence, RequestKey, StoreError};

use super::{App, evidence::entry, recall, remember};
use crate::{convert::plan::plan_version_to_proto, ports::IncentiveTx};

/// What a caller says of a new version.
#[derive(Debug, Clone)]
pub struct NewPlanVersion {
    /// The plan.
    pub plan: ResourceId,
    /// The programme.
    pub programme: ResourceId,
    /// The slot.
    pub slot: ResourceId,
    /// What it says.
    pub spec: PlanSpec,
}

/// A change of state as a caller asks for it.
#[derive(Debug, Clone)]
pub struct PlanChange {
    /// The plan.
    pub plan: ResourceId,
    /// The version.
    pub version: i64,
    /// What is done.
    pub action: PlanAction,
    /// Etag the caller decided on.
    pub etag: String,
    /// Why.
    pub reason: String,
    /// Check everything, change nothing.
    pub validate_only: bool,
}

/// Validates a spec and runs its examples; violations get the prefix `field`.
///
/// # Errors
/// `INVALID_REQUEST` with every violation.
pub fn check_spec(spec: &PlanSpec, field: &str) -> Result<(), Fault> {
    let mut violations = Violations::new();
    violations.nest(field, plan::validate(spec));
    violations.into_result()
}

impl App {
    /// Publishes a draft.
    ///
    /// # Errors
    /// `INVALID_REQUEST`, `PROGRAMME_NOT_FOUND`, `SLOT_NOT_FOUND`, `PLAN_SLOT_DIFFERS`.
    pub async fn create_plan_version(
        &self,
        caller: &RequestContext,
        new: NewPlanVersion,
        key: Option<RequestKey>,
    ) -> Result<PlanVersion, Fault> {
        check_spec(&new.spec, "spec")?;
        let programme = self.programme(caller, &new.programme).await?;
        slot_of(&programme, &new.slot)?;

        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        if let Some(first) = recall(tx.as_mut(), key.as_ref(), now).await? {
            return Ok(first);
        }
        let (number, its_programme, its_slot) =
            tx.next_version(&caller.tenant, new.plan.as_str(), new.programme.as_str(), new.slot.as_str()).await?;
        if (its_programme.as_str(), its_slot.as_str()) != (new.programme.as_str(), new.slot.as_str()) {
            return Err(Fault::new(
                reasons::PLAN_SLOT_DIFFERS,
                format!(
                    "plans/{} fills slot {its_slot:?} of programmes/{its_programme}; publish under another plan id to fill {:?}",
                    new.plan,
                    new.slot.as_str()
                ),
            ));
        }
        let version = PlanVersion {
            plan: new.plan,
            version: number,
            uid: self.ids.uuid().to_string(),
            programme: new.programme,
            slot: new.slot,
            spec_digest: plan::digest(&new.spec),
            spec: new.spec,
            state: PlanVersionState::Draft,
            author: caller.subject.clone(),
            approver: None,
            create_time: now,
            approve_time: None,
            activate_time: None,
            retire_time: None,
            replaced: false,
            revision: 1,
        };
        tx.insert_version(&caller.tenant, &version).await?;
        let evidence = self.announce(tx.as_mut(), caller, &version, "", now).await?;
        remember(tx.as_mut(), key.as_ref(), &version).await?;
        tx.attest(&caller.tenant, &[evidence], now).await?;
        self.commit(tx).await?;
        Ok(version)
    }

    /// Approves, activates or retires a version.
    ///
    /// # Errors
    /// `PLAN_VERSION_NOT_FOUND`, `ETAG_MISMATCH`, `PLAN_STATE_TRANSITION_REFUSED`, `MAKER_IS_CHECKER`,
    /// `ASSIGNMENT_UNDECIDED`.
    pub async fn change_plan_version(
        &self,
        caller: &RequestContext,
        change: PlanChange,
        key: Option<RequestKey>,
    ) -> Result<PlanVersion, Fault> {
        let known = self.plan_version(caller, &change.plan, change.version).await?;
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        if let Some(first) = recall(tx.as_mut(), key.as_ref(), now).await? {
            return Ok(first);
        }
        // Activations of one programme come one after the other, so that two cannot both find the slot free.
        tx.lock_programme(&caller.tenant, known.programme.as_str()).await?;
        let known = tx.plan_version(&caller.tenant, change.plan.as_str(), change.version).await?.unwrap_or(known);
        if known.etag() != change.etag {
            return Err(Fault::new(
                common::ETAG_MISMATCH,
                format!("{} is at {:?}, you decided on {:?}; read it again", known.name(), known.etag(), change.etag),
            )
            .with("etag", known.etag()));
        }
        let next = known.after(change.action, &caller.subject, now)?;
        let mut evidence = Vec::new();
        if change.action == PlanAction::Activate {
            let active = tx.active_versions(&caller.tenant, next.programme.as_str()).await?;
            refuse_undecided(&next, &active)?;
            let replaced = |v: &&PlanVersion| v.plan == next.plan && v.spec.overlaps(&next.spec);
            for earlier in active.iter().filter(replaced) {
                let retired = earlier.after(PlanAction::Retire, &caller.subject, now)?;
                let retired = PlanVersion { replaced: true, ..retired };
                save(tx.as_mut(), caller, &retired).await?;
                evidence.push(self.announce(tx.as_mut(), caller, &retired, "replaced by a newer version", now).await?);
            }
        }
        if change.validate_only {
            return Ok(next);
        }
        save(tx.as_mut(), caller, &next).await?;
        evidence.push(self.announce(tx.as_mut(), caller, &next, &change.reason, now).await?);
        remember(tx.as_mut(), key.as_ref(), &next).await?;
        tx.attest(&caller.tenant, &evidence, now).await?;
        self.commit(tx).await?;
        Ok(next)
    }

    /// One version.
    ///
    /// # Errors
    /// `PLAN_VERSION_NOT_FOUND`.
    pub async fn plan_version(
        &self,
        caller: &RequestContext,
        plan: &ResourceId,
        version: i64,
    ) -> Result<PlanVersion, Fault> {
        self.store.plan_version(&caller.tenant, plan.as_str(), version).await?.ok_or_else(|| {
            let name = format!("plans/{plan}/versions/{version}");
            Fault::new(reasons::PLAN_VERSION_NOT_FOUND, format!("{name} does not exist")).with("plan_version", name)
        })
    }

    /// Versions of one plan or of all, in order.
    ///
    /// # Errors
    /// `STORE_UNAVAILABLE`.
    pub async fn plan_versions(
        &self,
        caller: &RequestContext,
        plan: Option<&str>,
        after: (&str, i64),
        limit: u32,
    ) -> Result<Vec<PlanVersion>, Fault> {
        Ok(self.store.plan_versions(&caller.tenant, plan, after, limit).await?)
    }

    /// Publishes what a version became; gives the entry of the evidence log that says the same.
    async fn announce(
        &self,
        tx: &mut dyn IncentiveTx,
        caller: &RequestContext,
        version: &PlanVersion,
        reason: &str,
        now: Timestamp,
    ) -> Result<NewEvidence, Fault> {
        let event =
            PlanVersionChanged { plan_version: Some(plan_version_to_proto(version)), reason: reason.to_owned() };
        let event = self.event(&caller.tenant, "PlanVersionChanged", &version.name(), event.encode_to_vec(), now);
        tx.publish(event).await?;
        Ok(entry(version.name(), evidence::plan_version(version, &caller.subject, reason, now)))
    }
}

async fn save(tx: &mut dyn IncentiveTx, caller: &RequestContext, version: &PlanVersion) -> Result<(), Fault> {
    match tx.update_version(&caller.tenant, version).await {
        Err(StoreError::Conflict) => Err(Fault::new(
            common::ETAG_MISMATCH,
            format!("{} was changed at the same moment; read it again", version.name()),
        )),
        other => Ok(other?),
    }
}

fn slot_of(programme: &Programme, slot: &ResourceId) -> Result<(), Fault> {
    if programme.slot_position(slot.as_str()).is_some() {
        return Ok(());
    }
    let slots: Vec<&str> = programme.slots.iter().map(|s| s.id.as_str()).collect();
    Err(Fault::new(
        reasons::SLOT_NOT_FOUND,
        format!("{} has no slot {:?}; it has: {}", programme.name(), slot.as_str(), slots.join(", ")),
    ))
}

/// Two active plans of one slot must never fit one partner equally well.
fn refuse_undecided(next: &PlanVersion, active: &[PlanVersion]) -> Result<(), Fault> {
    for other in active.iter().filter(|v| v.slot == next.slot && v.plan != next.plan) {
        if let Some((ours, theirs)) = assignment::undecided(&next.spec, &other.spec) {
            return Err(Fault::new(
                reasons::ASSIGNMENT_UNDECIDED,
                format!(
                    "{} of {} and {} of {} could fit the same partner of slot {:?} equally well; give one a higher priority",
                    ours.target,
                    next.name(),
                    theirs.target,
                    other.name(),
                    next.slot.as_str()
                ),
            )
            .with("other_plan_version", other.name()));
        }
    }
    Ok(())
}
