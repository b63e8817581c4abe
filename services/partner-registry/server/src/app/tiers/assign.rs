//! Assigns tiers by hand, ends that, and tells tiers by date.

use async_trait::async_trait;
use partner_registry_domain::{
    TierAssignment, TierOrigin,
    faults::{TIER_NOT_ASSIGNED, TIER_NOT_EVALUATED, TIER_NOT_OVERRIDDEN},
    partner::resource_name,
    text,
    tier::assignment,
};
use serde::Serialize;
use tributary_core::{Date, Fault, NewEvent, RequestContext, ResourceId, Timestamp, Violations};
use uuid::Uuid;

use super::known_of;
use crate::{
    app::{
        Registry,
        command::{Call, Command, Once, Refusal},
        record::event,
        unique::partner_not_found,
    },
    convert,
    ports::{Decided, RegistryTx, Wanted},
};

/// The overrides to end.
#[derive(Debug, Serialize)]
pub(crate) struct EndOverride {
    pub partner: ResourceId,
    /// First day without them; `None`: today.
    pub from: Option<Date>,
    pub reason: String,
}

/// The tier to assign.
#[derive(Debug, Serialize)]
pub(crate) struct AssignTier {
    pub partner: ResourceId,
    pub tier: String,
    pub effective_from: Date,
    pub effective_to: Option<Date>,
    pub reason: String,
}

impl Registry {
    /// Assigns a tier.
    pub async fn assign_tier(
        &self,
        context: &RequestContext,
        command: &AssignTier,
        request_id: &str,
    ) -> Result<TierAssignment, Fault> {
        self.execute(context, &Once::new("TierService/AssignTier", request_id, command)).await
    }

    /// Ends overrides; what was recorded in their place.
    pub async fn end_override(
        &self,
        context: &RequestContext,
        command: &EndOverride,
        request_id: &str,
    ) -> Result<Vec<TierAssignment>, Fault> {
        self.execute(context, &Once::new("TierService/EndTierOverride", request_id, command)).await
    }

    /// The assignment in force on a day (`None`: today), as known at a moment (`None`: now).
    pub async fn partner_tier(
        &self,
        context: &RequestContext,
        partner: &ResourceId,
        day: Option<Date>,
        known_at: Option<Timestamp>,
    ) -> Result<TierAssignment, Fault> {
        self.require(context, partner).await?;
        let day = day.unwrap_or_else(|| self.today());
        let all = self.store.tier_assignments(&context.tenant, partner, None, None).await?;
        let in_force = assignment::in_force(&all, day, known_at).filter(|a| !a.tier.is_empty());
        in_force.cloned().ok_or_else(|| {
            let name = resource_name(partner);
            let known = known_at.map(|moment| format!(" as known at {moment}")).unwrap_or_default();
            let message = format!("{name} had no tier on {day}{known}; assign one");
            Fault::new(TIER_NOT_ASSIGNED, message).with("partner", name).with("date", day.to_string())
        })
    }

    /// Assignments before an ordinal, newest first.
    pub async fn tier_assignments(
        &self,
        context: &RequestContext,
        partner: &ResourceId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<TierAssignment>, Fault> {
        self.require(context, partner).await?;
        Ok(self.store.tier_assignments(&context.tenant, partner, before, Some(limit)).await?)
    }
}

#[async_trait]
impl Command for &AssignTier {
    type Answer = TierAssignment;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn RegistryTx) -> Result<TierAssignment, Refusal> {
        let uids = tx.uids(call.tenant(), std::slice::from_ref(&self.partner)).await?;
        if uids.contains_key(&self.partner) {
            tx.lock_tiers(call.tenant(), std::slice::from_ref(&self.partner)).await?;
        }
        let checked = assignment::check(&self.tier, self.effective_from, self.effective_to, &self.reason);
        let mut v = checked.err().unwrap_or_default();
        // Before there is a programme any tier may be assigned; one that the programme does not know would give nothing. Of one
        // that began in the past it matters what is known today.
        let goes_on = self.effective_to.is_none_or(|to| to > call.today);
        let day = if goes_on { self.effective_from.max(call.today) } else { self.effective_from };
        if let Some(version) = tx.programme_on(call.tenant(), day).await? {
            v.check("tier", version.check_tier(&self.tier, day));
        }
        v.into_result()?;
        let uid = uids.get(&self.partner).ok_or_else(|| partner_not_found(&self.partner))?;
        let (ordinal, record_time) = tx.next_tier(call.tenant(), &self.partner, call.now).await?;
        let assignment = TierAssignment {
            partner: self.partner.clone(),
            ordinal,
            tier: self.tier.clone(),
            effective_from: self.effective_from,
            effective_to: self.effective_to,
            reason: self.reason.clone(),
            actor: call.context.subject.clone(),
            record_time,
            origin: TierOrigin::Manual,
        };
        tx.add_tier(call.tenant(), &assignment).await?;
        tx.publish(assigned(call, &assignment, *uid)).await?;
        Ok(assignment)
    }
}

#[async_trait]
impl Command for &EndOverride {
    type Answer = Vec<TierAssignment>;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn RegistryTx) -> Result<Vec<TierAssignment>, Refusal> {
        let mut v = Violations::new();
        text::reason(&mut v, "reason", &self.reason);
        v.into_result()?;
        let from = self.from.unwrap_or(call.today);
        let uids = tx.uids(call.tenant(), std::slice::from_ref(&self.partner)).await?;
        let uid = *uids.get(&self.partner).ok_or_else(|| partner_not_found(&self.partner))?;
        let heads = tx.lock_tiers(call.tenant(), std::slice::from_ref(&self.partner)).await?;
        let wanted = Wanted { newest: Some(Decided::Ever), assignments: true, ..Wanted::default() };
        let known = known_of(tx, call.tenant(), &self.partner, &wanted).await?;
        if !assignment::is_overridden_from(&known.assignments, from) {
            let name = resource_name(&self.partner);
            let message = format!("no tier assigned by hand is in force for {name} on {from} or later");
            return Err(Fault::new(TIER_NOT_OVERRIDDEN, message).with("partner", name).into());
        }
        let newest = known.newest.ok_or_else(|| {
            let name = resource_name(&self.partner);
            let message =
                format!("{name} was never evaluated, so there is no tier to follow its override; evaluate it");
            Fault::new(TIER_NOT_EVALUATED, message).with("partner", name)
        })?;
        newest.check_first_day("effective_from", from)?;
        let tier = newest.after.tier;
        let head = heads.get(&self.partner).copied().unwrap_or_default();
        let days = assignment::days_to_record(&known.assignments, from, &tier, true);
        let made = follow(call, head, &self.partner, &tier, &days, &self.reason);
        tx.add_tiers(call.tenant(), &made).await?;
        tx.publish_all(made.iter().map(|assignment| assigned(call, assignment, uid)).collect()).await?;
        Ok(made)
    }
}

/// Assignments that follow the last one of a partner, made from decisions.
pub(super) fn follow(
    call: &Call<'_>,
    (ordinal, time): (i64, Timestamp),
    partner: &ResourceId,
    tier: &str,
    days: &[assignment::Days],
    reason: &str,
) -> Vec<TierAssignment> {
    let first = call.now.0.max(time.0.saturating_add(1));
    let make = |(n, (from, to)): (i64, &assignment::Days)| TierAssignment {
        partner: partner.clone(),
        ordinal: ordinal.saturating_add(n).saturating_add(1),
        tier: tier.to_owned(),
        effective_from: *from,
        effective_to: *to,
        reason: reason.to_owned(),
        actor: call.context.subject.clone(),
        record_time: Timestamp(first.saturating_add(n)),
        origin: TierOrigin::Evaluation,
    };
    (0..).zip(days).map(make).collect()
}

/// Tells that a tier was assigned.
pub(super) fn assigned(call: &Call<'_>, assignment: &TierAssignment, uid: Uuid) -> NewEvent {
    let data = convert::tier_assigned(assignment, uid);
    event(call, "tributary.partner.v1.TierAssigned", resource_name(&assignment.partner), data)
}
