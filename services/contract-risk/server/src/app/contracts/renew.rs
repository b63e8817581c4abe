//! Writes the successor of a contract.

use async_trait::async_trait;
use contract_risk_domain::Contract;
use tributary_core::{Date, Fault, RequestContext, ResourceId};
use tributary_sql::RequestKey;

use super::{
    Contracts,
    changes::Changes,
    command::{Call, Command, Once, Refusal},
    keys::lock,
};
use crate::ports::ContractTx;

/// The renewal of a contract that the caller has read.
#[derive(Debug, Clone)]
pub struct RenewContract {
    /// The contract.
    pub id: ResourceId,
    /// Etag of what was read.
    pub etag: String,
    /// Remark.
    pub reason: String,
    /// First day after the new term; `None`: by the renewal terms.
    pub effective_to: Option<Date>,
    /// Id of the successor; generated when `None`.
    pub successor: Option<ResourceId>,
    /// Remembers the answer, `None` when the caller gave no `request_id`.
    pub key: Option<RequestKey>,
}

impl Contracts {
    /// Writes the successor and gives it back; a repeat of the same request gets the first answer.
    ///
    /// # Errors
    /// `CONTRACT_NOT_FOUND`, `ETAG_MISMATCH`, `SUCCESSOR_EXISTS`, `CONTRACT_OPEN_ENDED`,
    /// `CONTRACT_TRANSITION_REFUSED`, `CONTRACT_EXISTS`, `INVALID_REQUEST`, `REQUEST_ID_REUSED`.
    pub async fn renew(&self, caller: &RequestContext, request: RenewContract) -> Result<Contract, Fault> {
        let RenewContract { id, etag, reason, effective_to, successor, key } = request;
        let successor = successor.unwrap_or_else(|| self.ids.resource_id('c'));
        let command = Renew { id, etag, reason, effective_to, successor };
        let command = Once { key: key.as_ref(), command };
        self.execute(&caller.tenant, &caller.subject, &command).await
    }
}

struct Renew {
    id: ResourceId,
    etag: String,
    reason: String,
    effective_to: Option<Date>,
    successor: ResourceId,
}

#[async_trait]
impl Command for Renew {
    type Answer = Contract;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn ContractTx) -> Result<Contract, Refusal> {
        let stored = lock(call, tx, &self.id).await?;
        stored.check_etag(&self.etag)?;
        let mut changes = Changes::default();
        let before = changes.caught_up(call, stored);
        let after = before.renew(&self.successor, call.now)?;
        let holders = tx.contract_holders(call.tenant, std::slice::from_ref(&self.successor), &[]).await?;
        holders.check_id(&self.successor)?;
        let uid = call.app.ids.uuid().to_string();
        let successor = before.successor(self.successor.clone(), uid, self.effective_to, call.actor, call.now)?;
        changes.moved(&before, &after, call.actor, &self.reason);
        changes.created(&successor, call.actor, &self.reason);
        changes.save(call, tx).await?;
        Ok(successor)
    }
}
