//! Long-running operations: rows that a runner claims with a lease, so that a crash never loses or doubles one.

use std::time::Duration;

use async_trait::async_trait;
use tributary_core::{TenantId, Timestamp};
use uuid::Uuid;

use crate::StoreError;

/// An operation to be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOperation {
    /// UUIDv7; its order is the order of listing.
    pub id: Uuid,
    /// Tenant.
    pub tenant: TenantId,
    /// Which handler runs it. Example: "calculate".
    pub kind: String,
    /// Who asked for it.
    pub actor: String,
    /// What the handler needs, in a form of its own.
    pub request: Vec<u8>,
    /// When it was asked for.
    pub create_time: Timestamp,
}

/// Where an operation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OperationState {
    /// Waits to be claimed.
    Pending,
    /// Claimed; runs while the lease lasts.
    Running,
    /// Finished with a response.
    Succeeded,
    /// Finished with an error.
    Failed,
    /// Finished because somebody asked for it.
    Cancelled,
}

impl OperationState {
    /// All states.
    pub const ALL: [Self; 5] = [Self::Pending, Self::Running, Self::Succeeded, Self::Failed, Self::Cancelled];

    /// The stored name. Example: "PENDING".
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::Cancelled => "CANCELLED",
        }
    }

    /// The state of a stored name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.name() == name)
    }

    /// Whether nothing will change any more.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }
}

/// An operation as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationRecord {
    /// UUIDv7.
    pub id: Uuid,
    /// Tenant.
    pub tenant: TenantId,
    /// Which handler runs it.
    pub kind: String,
    /// Who asked for it.
    pub actor: String,
    /// What the handler needs.
    pub request: Vec<u8>,
    /// Where it stands.
    pub state: OperationState,
    /// Progress: an encoded `google.protobuf.Any`; empty before the first report.
    pub metadata: Vec<u8>,
    /// The response: an encoded `google.protobuf.Any`; empty unless succeeded.
    pub response: Vec<u8>,
    /// The error: an encoded `google.rpc.Status`; empty unless failed.
    pub error: Vec<u8>,
    /// Whether somebody asked to cancel it.
    pub cancel_requested: bool,
    /// How often it was claimed and not given back; above 1 an earlier run was cut.
    pub attempt: i64,
    /// Who runs it: the claimer and the attempt, such as "incentive-calculation-7f3q#2". Heartbeat and finish go by it.
    pub lease_owner: Option<String>,
    /// Until when; afterwards anybody may claim it.
    pub lease_until: Option<Timestamp>,
    /// When it was asked for.
    pub create_time: Timestamp,
    /// When it changed last.
    pub update_time: Timestamp,
    /// The span it was asked for in, as the text of a W3C `traceparent`; empty when none was traced.
    pub trace_parent: String,
}

/// How an operation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OperationOutcome {
    /// With a response: an encoded `google.protobuf.Any`.
    Succeeded(Vec<u8>),
    /// With an error: an encoded `google.rpc.Status`.
    Failed(Vec<u8>),
    /// Because somebody asked for it.
    Cancelled,
}

/// Reads, claims and leases operations; they are created and finished in a [`UnitOfWork`](crate::UnitOfWork).
#[async_trait]
pub trait OperationStore: Send + Sync {
    /// One operation of a tenant.
    ///
    /// # Errors
    /// Those of the store.
    async fn get(&self, tenant: &TenantId, id: Uuid) -> Result<Option<OperationRecord>, StoreError>;

    /// A tenant's operations by id (so by age), after a position.
    ///
    /// # Errors
    /// Those of the store.
    async fn list(
        &self,
        tenant: &TenantId,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<OperationRecord>, StoreError>;

    /// Asks to cancel; `false` when there is no such operation or it is finished. The runner finishes it.
    ///
    /// # Errors
    /// Those of the store.
    async fn request_cancel(&self, tenant: &TenantId, id: Uuid, now: Timestamp) -> Result<bool, StoreError>;

    /// Claims the oldest operation of these kinds that waits or whose lease is over, until `now + lease`. The lease
    /// belongs to `owner` and this attempt alone: [`OperationRecord::lease_owner`] is then `OWNER#ATTEMPT`, and is what
    /// [`heartbeat`](Self::heartbeat) and [`finish_operation`](crate::UnitOfWork::finish_operation) take as owner, so
    /// that an earlier attempt of the same process cannot touch a later one.
    ///
    /// # Errors
    /// Those of the store.
    async fn claim(
        &self,
        kinds: &[&str],
        owner: &str,
        now: Timestamp,
        lease: Duration,
    ) -> Result<Option<OperationRecord>, StoreError>;

    /// Prolongs the lease of `owner` (as the claim named it) to `now + lease` and keeps progress (empty `metadata` leaves it as it was). Tells whether
    /// somebody asked to cancel. A lease of zero gives the operation back at once: it waits again, and the attempt does
    /// not count.
    ///
    /// # Errors
    /// `Conflict` when the lease is not the owner's any more.
    async fn heartbeat(
        &self,
        id: Uuid,
        owner: &str,
        metadata: &[u8],
        now: Timestamp,
        lease: Duration,
    ) -> Result<bool, StoreError>;
}
