//! How a use case that changes something runs: in one transaction, once per `request_id`, and anew when a concurrent
//! twin came first.

use async_trait::async_trait;
use contract_risk_domain::Contract;
use tributary_core::{Date, Fault, TenantId, Timestamp, fault::common::CONCURRENT_CHANGE};
use tributary_sql::{RequestKey, StoreError, answer, recall_answer};

use super::Contracts;
use crate::ports::ContractTx;

/// How often a command is tried when concurrent changes come first.
const ATTEMPTS: u32 = 4;

/// Why a command ends without an effect.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The caller is told so.
    Fault(Fault),
    /// The store refused; some of these are worth another try.
    Store(StoreError),
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// One try of a command.
pub(super) struct Call<'a> {
    pub app: &'a Contracts,
    pub tenant: &'a TenantId,
    /// Who does it.
    pub actor: &'a str,
    pub now: Timestamp,
    pub today: Date,
}

/// A change. `run` may be called several times, each time in a new transaction.
#[async_trait]
pub(super) trait Command: Sync {
    type Answer: Send;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn ContractTx) -> Result<Self::Answer, Refusal>;
}

/// A command that answers with a contract and has its effect once per request key.
pub(super) struct Once<'a, C> {
    pub key: Option<&'a RequestKey>,
    pub command: C,
}

#[async_trait]
impl<C: Command<Answer = Contract>> Command for Once<'_, C> {
    type Answer = Contract;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn ContractTx) -> Result<Contract, Refusal> {
        let Some(key) = self.key else { return self.command.run(call, tx).await };
        if let Some(known) = recall_answer(tx.recall(key, call.now).await?)? {
            return Ok(known);
        }
        let done = self.command.run(call, tx).await?;
        tx.remember(key, &answer(&done)?).await?;
        Ok(done)
    }
}

impl Contracts {
    /// Runs a command to its end.
    pub(super) async fn execute<C: Command>(
        &self,
        tenant: &TenantId,
        actor: &str,
        command: &C,
    ) -> Result<C::Answer, Fault> {
        let mut attempt = 1;
        loop {
            match self.attempt(tenant, actor, command).await {
                Ok(done) => return Ok(done),
                Err(Refusal::Fault(fault)) => return Err(fault),
                Err(Refusal::Store(error)) if attempt < ATTEMPTS && came_second(&error) => {
                    tracing::debug!(%error, attempt, "a concurrent change came first, starting anew");
                    attempt += 1;
                }
                Err(Refusal::Store(StoreError::AlreadyExists(_))) => {
                    return Err(Fault::new(CONCURRENT_CHANGE, "concurrent changes of the same keys came first; retry"));
                }
                Err(Refusal::Store(error)) => return Err(error.into()),
            }
        }
    }

    async fn attempt<C: Command>(&self, tenant: &TenantId, actor: &str, command: &C) -> Result<C::Answer, Refusal> {
        // Faults of begin and commit are final: a full store only gets fuller by retries, and after a commit without
        // an answer it is not known whether the effect is there.
        let last = |error: StoreError| Refusal::Fault(error.into());
        let mut tx = self.store.begin().await.map_err(last)?;
        let now = self.clock.now();
        let call = Call { app: self, tenant, actor, now, today: self.zone.day_of(now) };
        let done = command.run(&call, tx.as_mut()).await?;
        tx.commit().await.map_err(last)?;
        (self.wake)();
        Ok(done)
    }
}

/// Whether the next try sees what came first. `Unavailable` inside a transaction is a deadlock that was broken up.
fn came_second(error: &StoreError) -> bool {
    matches!(error, StoreError::AlreadyExists(_) | StoreError::Conflict | StoreError::Unavailable(_))
}
