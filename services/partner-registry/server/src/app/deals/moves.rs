//! Moves deals: approved, rejected, withdrawn, extended, converted, lost.

use async_trait::async_trait;
use partner_registry_domain::{
    Deal, DealName, DealState,
    deal::{DealVerb, Ground, Move},
    faults::LEAD_PROTECTED,
};
use serde::Serialize;
use tributary_core::{Fault, RequestContext};

use super::{met, record, stored};
use crate::{
    NAME,
    app::{
        Registry,
        command::{Call, Command, Once, Refusal},
        update::lock,
    },
    ports::RegistryTx,
};

/// A move of a deal.
#[derive(Debug, Serialize)]
pub(crate) struct MoveDeal {
    pub name: DealName,
    pub what: Move,
    /// Etag that must agree, empty for any.
    pub etag: String,
}

impl Registry {
    /// Moves a deal.
    pub async fn move_deal(
        &self,
        context: &RequestContext,
        command: &MoveDeal,
        request_id: &str,
    ) -> Result<Deal, Fault> {
        let method = format!("DealService/{}", command.what.verb().method());
        self.execute(context, &Once::new(&method, request_id, command)).await
    }
}

#[async_trait]
impl Command for &MoveDeal {
    type Answer = Deal;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn RegistryTx) -> Result<Deal, Refusal> {
        self.what.violations().into_result()?;
        let partner = lock(call, tx, &self.name.partner).await?.partner;
        let stored = stored(call, tx, &self.name).await?;
        stored.check_etag(&self.etag)?;
        let before = match stored.expire(call.today, call.now) {
            // The worker has not come by yet: what was over before this move is told before it.
            Some(over) => {
                let expired = over.deal.clone();
                record(call, tx, partner.uid, over, (&format!("service:{NAME}"), "")).await?;
                expired
            }
            None => stored,
        };
        let policy = tx.deal_policy(call.tenant()).await?;
        let (actor, status) = (call.context.subject.as_str(), partner.standing.status());
        let ground = Ground { actor, status, rules: &policy.rules, today: call.today, now: call.now };
        let mut change = before.apply(&self.what, &ground)?;
        if self.what.verb() == DealVerb::Approve {
            let (lead, customer) = (&before.content.lead(), &before.content.customer);
            if before.state == DealState::Conflicted {
                // It held nothing so far, and who registered meanwhile did not see it: it stands in line with them, and is
                // looked at anew.
                tx.queue_leads(call.tenant(), &lead.product_line).await?;
                let partner = Some(&self.name.partner);
                change.deal.similar = met(tx, call.tenant(), (lead, customer), partner, call.today).await?.1.similar;
            }
            let holder = tx.holder(call.tenant(), lead, call.today).await?;
            if let Some(other) = holder.filter(|holder| holder.name != before.name) {
                return Err(protected(&before, &other).into());
            }
        }
        let deal = change.deal.clone();
        record(call, tx, partner.uid, change, (actor, self.what.reason())).await?;
        Ok(deal)
    }
}

fn protected(deal: &Deal, holder: &Deal) -> Fault {
    let (name, until) = (holder.name.to_string(), holder.protection_end);
    let until = until.map_or_else(|| "until it is decided".to_owned(), |end| format!("until {end}"));
    let message = format!(
        "{} cannot be approved: {name} is {} and holds the lead {until}; reject that one, or wait",
        deal.name, holder.state
    );
    Fault::new(LEAD_PROTECTED, message)
        .with("deal", name)
        .with("state", holder.state.as_str())
        .with("protection_end", holder.protection_end.map(|end| end.to_string()).unwrap_or_default())
}
