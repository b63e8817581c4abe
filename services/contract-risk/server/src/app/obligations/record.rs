//! What every change of an obligation leaves behind: the obligation, a line of its history, an event in the outbox.

use contract_risk_domain::{Obligation, ObligationState, ObligationTransition};
use prost::Message as _;
use tributary_core::{Date, NewEvent, RequestContext};
use tributary_proto::tributary::contract::v1::ObligationChanged;
use tributary_sql::StoreError;

use super::Obligations;
use crate::{convert::obligation_to_proto, ports::ObligationTx};

impl Obligations {
    /// Writes history and event of an obligation that was written; `from` is its state before, `None` when it is new.
    pub(super) async fn record(
        &self,
        tx: &mut dyn ObligationTx,
        caller: &RequestContext,
        from: Option<ObligationState>,
        after: &Obligation,
        reason: &str,
        today: Date,
    ) -> Result<(), StoreError> {
        let actor = &caller.subject;
        let transition = ObligationTransition::to(after, from, actor, reason);
        tx.add_obligation_transition(&caller.tenant, after, &transition).await?;
        let changed = ObligationChanged {
            obligation: Some(obligation_to_proto(after, today)),
            from_state: from.map_or(0, ObligationState::number),
            actor: actor.clone(),
            reason: reason.to_owned(),
        };
        tx.publish(NewEvent {
            id: self.ids.uuid(),
            tenant: caller.tenant.clone(),
            event_type: "tributary.contract.v1.ObligationChanged".to_owned(),
            subject: after.name(),
            time: after.update_time,
            data: changed.encode_to_vec(),
        })
        .await
    }
}
