//! Assigns tiers and tells them by date.

use async_trait::async_trait;
use partner_registry_domain::{TierAssignment, faults::TIER_NOT_ASSIGNED, partner::resource_name, tier};
use serde::Serialize;
use tributary_core::{Date, Fault, RequestContext, ResourceId, Timestamp};

use super::{
    Registry,
    command::{Call, Command, Once, Refusal},
    record::publish,
    unique::partner_not_found,
};
use crate::{convert, ports::RegistryTx};

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
        tier::in_force(&all, day, known_at).cloned().ok_or_else(|| {
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
        tier::check(&self.tier, self.effective_from, self.effective_to, &self.reason).map_err(Fault::invalid)?;
        let uids = tx.uids(call.tenant(), std::slice::from_ref(&self.partner)).await?;
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
        };
        tx.add_tier(call.tenant(), &assignment).await?;
        let data = convert::tier_assigned(&assignment, *uid);
        publish(call, tx, "tributary.partner.v1.TierAssigned", resource_name(&self.partner), data).await?;
        Ok(assignment)
    }
}
