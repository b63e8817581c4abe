//! How a use case that changes something runs: in one transaction, once per `request_id`, and anew when a concurrent
//! twin came first.

use async_trait::async_trait;
use serde::{Serialize, de::DeserializeOwned};
use tributary_core::{Date, Fault, RequestContext, Scope, TenantId, Timestamp, fault::common::CONCURRENT_CHANGE};
use tributary_sql::{RequestKey, StoreError, answer, recall_answer};

use super::Registry;
use crate::ports::RegistryTx;

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

impl Refusal {
    /// The fault that the caller is told, where there is no other try.
    pub fn into_fault(self) -> Fault {
        match self {
            Self::Fault(fault) => fault,
            Self::Store(error) => error.into(),
        }
    }
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
    pub app: &'a Registry,
    pub context: &'a RequestContext,
    pub now: Timestamp,
    pub today: Date,
}

impl Call<'_> {
    pub fn tenant(&self) -> &TenantId {
        &self.context.tenant
    }

    pub fn scope(&self) -> &Scope {
        &self.context.scope
    }
}

/// A change. `run` may be called several times, each time in a new transaction.
#[async_trait]
pub(super) trait Command: Sync {
    type Answer: Send;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn RegistryTx) -> Result<Self::Answer, Refusal>;
}

/// A command that has its effect once per `request_id`. Two bodies are the same when the commands have the same JSON:
/// the bytes of a message will not do, because the order of a protobuf map is not fixed.
pub(super) struct Once<'a, C> {
    method: String,
    request_id: &'a str,
    command: C,
}

impl<'a, C> Once<'a, C> {
    /// `method` without the package. Example: "PartnerService/CreatePartner".
    pub fn new(method: &str, request_id: &'a str, command: C) -> Self {
        Self { method: format!("tributary.partner.v1.{method}"), request_id, command }
    }
}

#[async_trait]
impl<C> Command for Once<'_, C>
where
    C: Command + Serialize,
    C::Answer: Serialize + DeserializeOwned,
{
    type Answer = C::Answer;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn RegistryTx) -> Result<C::Answer, Refusal> {
        let body = answer(&self.command)?;
        let Some(key) = RequestKey::new((call.tenant(), call.scope()), &self.method, self.request_id, &body) else {
            return self.command.run(call, tx).await;
        };
        if let Some(known) = recall_answer(tx.recall(&key, call.now).await?)? {
            return Ok(known);
        }
        let done = self.command.run(call, tx).await?;
        tx.remember(&key, &answer(&done)?).await?;
        Ok(done)
    }
}

impl Registry {
    /// Runs a command to its end.
    pub(super) async fn execute<C: Command>(&self, context: &RequestContext, command: &C) -> Result<C::Answer, Fault> {
        let mut attempt = 1;
        loop {
            match self.attempt(context, command).await {
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

    async fn attempt<C: Command>(&self, context: &RequestContext, command: &C) -> Result<C::Answer, Refusal> {
        // Faults of begin and commit are final: a full store only gets fuller by retries, and after a commit without
        // an answer it is not known whether the effect is there.
        let last = |error: StoreError| Refusal::Fault(error.into());
        let mut tx = self.store.begin().await.map_err(last)?;
        let now = self.clock.now();
        let call = Call { app: self, context, now, today: self.zone.day_of(now) };
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
