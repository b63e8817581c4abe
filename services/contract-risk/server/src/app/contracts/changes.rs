//! What every change leaves behind: the contract, a revision when its terms are others, a line of its history when
//! something was done to it, an event.

use std::collections::BTreeMap;

use contract_risk_domain::{CALENDAR, Contract, ContractState, Revision, Transition};
use prost::Message as _;
use tributary_core::{NewEvent, ResourceId};
use tributary_proto::tributary::contract::v1::{ContractChanged, ContractCreated};
use tributary_sql::StoreError;

use super::command::Call;
use crate::{
    convert::contract_to_proto,
    ports::{ContractTx, ContractWrite},
};

/// Changes under way: each contract is written once, as it is after the last of them.
#[derive(Default)]
pub(super) struct Changes {
    writes: BTreeMap<ResourceId, ContractWrite>,
    revisions: Vec<(ResourceId, Revision)>,
    transitions: Vec<(ResourceId, Transition)>,
    events: Vec<(String, &'static str, Vec<u8>)>,
}

impl Changes {
    /// A new contract.
    pub fn created(&mut self, contract: &Contract, actor: &str, note: &str) {
        self.revisions.push((contract.id.clone(), Revision::of(contract, note)));
        self.transitions.push((contract.id.clone(), Transition::to(contract, None, actor, note)));
        let data = ContractCreated { contract: Some(contract_to_proto(contract)) };
        self.event(contract, "tributary.contract.v1.ContractCreated", data.encode_to_vec());
        self.write(None, contract);
    }

    /// Other terms.
    pub fn rewritten(&mut self, before: &Contract, after: &Contract, actor: &str, note: &str) {
        // In other states than these two, what changed is no part of the revision.
        if after.revision != before.revision || before.state == ContractState::Draft {
            self.revisions.push((after.id.clone(), Revision::of(after, note)));
        }
        self.changed(before, after, actor, note);
    }

    /// Something was done to it.
    pub fn moved(&mut self, before: &Contract, after: &Contract, actor: &str, reason: &str) {
        self.transitions.push((after.id.clone(), Transition::to(after, Some(before.state), actor, reason)));
        self.changed(before, after, actor, reason);
    }

    /// What was made elsewhere, taken over again: other terms, another state or both.
    pub fn taken_over(&mut self, before: &Contract, after: &Contract, actor: &str, note: &str) {
        if after.revision != before.revision {
            self.revisions.push((after.id.clone(), Revision::of(after, note)));
        }
        if (after.state, after.terminates_on) == (before.state, before.terminates_on) {
            self.changed(before, after, actor, note);
        } else {
            self.moved(before, after, actor, note);
        }
    }

    /// Everything that the calendar has to do to a contract by today; the contract afterwards.
    pub fn caught_up(&mut self, call: &Call<'_>, mut contract: Contract) -> Contract {
        while let Some((next, reason)) = contract.calendar_move(call.today, call.now) {
            self.moved(&contract, &next, CALENDAR, &reason);
            contract = next;
        }
        contract
    }

    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    /// Writes everything.
    pub async fn save(mut self, call: &Call<'_>, tx: &mut dyn ContractTx) -> Result<(), StoreError> {
        let writes: Vec<_> = self.writes.into_values().collect();
        tx.write_contracts(call.tenant, &writes).await?;
        tx.put_revisions(call.tenant, &self.revisions).await?;
        tx.add_transitions(call.tenant, &self.transitions).await?;
        // Publishing locks the subject: in one order for all writers. The sort keeps a contract's events in their order.
        self.events.sort_by(|(a, ..), (b, ..)| a.cmp(b));
        for (subject, event_type, data) in self.events {
            let event = NewEvent {
                id: call.app.ids.uuid(),
                tenant: call.tenant.clone(),
                event_type: event_type.to_owned(),
                subject,
                time: call.now,
                data,
            };
            tx.publish(event).await?;
        }
        Ok(())
    }

    fn changed(&mut self, before: &Contract, after: &Contract, actor: &str, reason: &str) {
        let data = ContractChanged {
            contract: Some(contract_to_proto(after)),
            from_state: before.state.number(),
            actor: actor.to_owned(),
            reason: reason.to_owned(),
        };
        self.event(after, "tributary.contract.v1.ContractChanged", data.encode_to_vec());
        self.write(Some(before), after);
    }

    fn event(&mut self, contract: &Contract, event_type: &'static str, data: Vec<u8>) {
        self.events.push((contract.name(), event_type, data));
    }

    fn write(&mut self, before: Option<&Contract>, after: &Contract) {
        // What is stored is what the first of the changes saw.
        let new = || ContractWrite { before: before.cloned(), after: after.clone() };
        self.writes.entry(after.id.clone()).or_insert_with(new).after = after.clone();
    }
}
