//! The verbs that change one contract, and what they do to the contract that it follows.

use async_trait::async_trait;
use contract_risk_domain::{Contract, ContractState, SignatureDraft, Verb};
use tributary_core::{Date, Fault, RequestContext, ResourceId};
use tributary_sql::RequestKey;

use super::{
    Contracts,
    changes::Changes,
    command::{Call, Command, Once, Refusal},
    keys::lock,
};
use crate::ports::ContractTx;

/// What is done to a contract.
#[derive(Debug, Clone)]
pub enum ContractAct {
    /// A verb that changes nothing but the state.
    Step(Verb),
    /// Legal approves.
    Approve,
    /// A party has signed.
    Sign(SignatureDraft),
    /// Notice is given on a day; `None`: today.
    Terminate(Option<Date>),
}

impl ContractAct {
    fn verb(&self) -> Verb {
        match self {
            Self::Step(verb) => *verb,
            Self::Approve => Verb::Approve,
            Self::Sign(_) => Verb::Sign,
            Self::Terminate(_) => Verb::Terminate,
        }
    }
}

/// A change of a contract that the caller has read.
#[derive(Debug, Clone)]
pub struct ContractChange {
    /// The contract.
    pub id: ResourceId,
    /// Etag of what was read.
    pub etag: String,
    /// Why.
    pub reason: String,
    /// What is done.
    pub act: ContractAct,
    /// Remembers the answer, `None` when the caller gave no `request_id`.
    pub key: Option<RequestKey>,
}

impl Contracts {
    /// Makes a change; a repeat of the same request gets the first answer.
    ///
    /// # Errors
    /// `CONTRACT_NOT_FOUND`, `ETAG_MISMATCH`, `CONTRACT_TRANSITION_REFUSED`, `MAKER_IS_CHECKER`, `CONTRACT_NOT_APPROVED`,
    /// `SIGNATURE_EXISTS`, `INVALID_REQUEST`, `REQUEST_ID_REUSED`.
    pub async fn change(&self, caller: &RequestContext, request: ContractChange) -> Result<Contract, Fault> {
        let ContractChange { id, etag, reason, act, key } = request;
        act.verb().check_reason(&reason)?;
        let command = Once { key: key.as_ref(), command: Change { id, etag, reason, act } };
        self.execute(&caller.tenant, &caller.subject, &command).await
    }
}

struct Change {
    id: ResourceId,
    etag: String,
    reason: String,
    act: ContractAct,
}

#[async_trait]
impl Command for Change {
    type Answer = Contract;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn ContractTx) -> Result<Contract, Refusal> {
        let stored = lock(call, tx, &self.id).await?;
        stored.check_etag(&self.etag)?;
        let mut changes = Changes::default();
        // What a day has brought counts even where the calendar has not come by yet.
        let before = changes.caught_up(call, stored);
        let after = match &self.act {
            ContractAct::Step(verb) => before.step(*verb, call.now)?,
            ContractAct::Approve => before.approve(call.actor, &self.reason, call.now)?,
            ContractAct::Sign(signature) => before.sign(signature.clone(), call.actor, call.today, call.now)?,
            ContractAct::Terminate(notice_on) => {
                before.terminate(notice_on.unwrap_or(call.today), call.today, call.now)?
            }
        };
        changes.moved(&before, &after, call.actor, &self.reason);
        if let Some(predecessor) = &after.predecessor
            && after.state != before.state
        {
            tell_predecessor(call, tx, &mut changes, predecessor, &after).await?;
        }
        let after = changes.caught_up(call, after);
        changes.save(call, tx).await?;
        Ok(after)
    }
}

/// A signed successor renews the contract before it; one that was withdrawn leaves it free for another.
async fn tell_predecessor(
    call: &Call<'_>,
    tx: &mut dyn ContractTx,
    changes: &mut Changes,
    predecessor: &ResourceId,
    successor: &Contract,
) -> Result<(), Refusal> {
    if !matches!(successor.state, ContractState::Signed | ContractState::Withdrawn) {
        return Ok(());
    }
    let stored = lock(call, tx, predecessor).await?;
    let before = changes.caught_up(call, stored);
    let name = successor.name();
    let (after, reason) = if successor.state == ContractState::Signed {
        (before.renewed(call.now), format!("{name} is signed"))
    } else {
        (before.without_successor(&successor.id, call.now), format!("{name} is withdrawn"))
    };
    if let Some(after) = after {
        changes.moved(&before, &after, call.actor, &reason);
    }
    Ok(())
}
