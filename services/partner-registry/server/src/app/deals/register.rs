//! Registers deals.

use async_trait::async_trait;
use partner_registry_domain::{
    Deal, DealName,
    deal::{DealDraft, Ground, Move, NewDeal, require_trading},
    faults::DEAL_EXISTS,
};
use serde::Serialize;
use tributary_core::{Fault, RequestContext, ResourceId, Violations};

use super::{met, record};
use crate::{
    NAME,
    app::{
        Registry,
        command::{Call, Command, Once, Refusal},
        update::lock,
    },
    ports::RegistryTx,
};

/// The deal to register.
#[derive(Debug, Serialize)]
pub(crate) struct RegisterDeal {
    pub partner: ResourceId,
    pub draft: DealDraft,
    /// Id of the new deal; `None`: a generated one.
    pub deal_id: Option<ResourceId>,
}

impl Registry {
    /// Registers a deal. Days are compared with today only here, behind `request_id` and the id: a repeat gets the first
    /// answer, however late it comes.
    pub async fn register_deal(
        &self,
        context: &RequestContext,
        command: &RegisterDeal,
        request_id: &str,
    ) -> Result<Deal, Fault> {
        self.execute(context, &Once::new("DealService/RegisterDeal", request_id, command)).await
    }

    /// What is wrong with a draft of a deal, as fields of the request.
    pub fn deal_violations(&self, draft: &DealDraft) -> Violations {
        in_deal(draft.violations(self.today()))
    }
}

#[async_trait]
impl Command for &RegisterDeal {
    type Answer = Deal;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn RegistryTx) -> Result<Deal, Refusal> {
        let content = self.draft.clone().check();
        let content = content.map_err(|_| Fault::invalid(in_deal(self.draft.violations(call.today))))?;
        let partner = lock(call, tx, &self.partner).await?.partner;
        let id = self.deal_id.clone().unwrap_or_else(|| call.app.ids.resource_id('d'));
        let name = DealName { partner: self.partner.clone(), id };
        if let Some(known) = tx.stored_deal(call.tenant(), &name).await? {
            // The same once more, by an id of the caller's own.
            return if known.content == content { Ok(known.on(call.today)) } else { Err(exists(&name).into()) };
        }
        in_deal(content.violations(call.today)).into_result()?;
        require_trading(&self.partner, partner.standing.status())?;

        // From here on all who register leads of the product line stand in line: what is met now is all there is.
        tx.queue_leads(call.tenant(), &content.product_line).await?;
        let lead = (&content.lead(), &content.customer);
        let (holder, met) = met(tx, call.tenant(), lead, Some(&self.partner), call.today).await?;
        if let Some(own) = holder.filter(|deal| deal.name.partner == self.partner) {
            return Err(held_already(&own).into());
        }
        let policy = tx.deal_policy(call.tenant()).await?;
        let registrant = call.context.subject.clone();
        let new = NewDeal { name, uid: call.app.ids.uuid(), content, registrant };
        let change = Deal::register(new, met, &policy.rules, call.today, call.now);
        let deal = change.deal.clone();
        record(call, tx, partner.uid, change, (&call.context.subject, "")).await?;
        if !(policy.rules.automatic_approval && deal.is_clear()) {
            return Ok(deal);
        }
        let actor = format!("service:{NAME}");
        let note = format!("by revision {} of the policy: no other deal meets it", policy.revision);
        let status = partner.standing.status();
        let ground = Ground { actor: &actor, status, rules: &policy.rules, today: call.today, now: call.now };
        let approved = deal.apply(&Move::Approve { note: note.clone() }, &ground)?;
        let deal = approved.deal.clone();
        record(call, tx, partner.uid, approved, (&actor, &note)).await?;
        Ok(deal)
    }
}

fn exists(name: &DealName) -> Fault {
    let message = format!("{name} exists and is about something else; choose another id");
    Fault::new(DEAL_EXISTS, message).with("deal", name.to_string())
}

fn held_already(own: &Deal) -> Fault {
    let (name, state) = (own.name.to_string(), own.state);
    let message = format!("{name} holds this lead already and is {state}; go on with that one");
    Fault::new(DEAL_EXISTS, message).with("deal", name).with("state", state.as_str())
}

fn in_deal(violations: Violations) -> Violations {
    let mut all = Violations::new();
    all.nest("deal", violations);
    all
}
