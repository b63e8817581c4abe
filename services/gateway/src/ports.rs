//! What the use cases need from outside: where keys are kept, and randomness.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use tributary_core::{Fault, Role, TenantId, Timestamp};
use tributary_sql::{RequestStore, StoreError, UnitOfWork};

/// A key as it is kept: everything but its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// Tenant the key speaks for.
    pub tenant: TenantId,
    /// Public part of the key, unique over all tenants.
    pub prefix: String,
    /// Who acts with it.
    pub subject: String,
    /// What it may do; at least one, never [`Role::Service`].
    pub roles: Vec<Role>,
    /// SHA-256 of the secret.
    pub secret_hash: [u8; 32],
    /// Who made it.
    pub creator: String,
    /// When it was made.
    pub create_time: Timestamp,
    /// When it ends by itself.
    pub expire_time: Option<Timestamp>,
    /// When it was revoked.
    pub revoke_time: Option<Timestamp>,
}

impl KeyRecord {
    /// Resource name. Example: "apiKeys/k7f3q2".
    #[must_use]
    pub fn name(&self) -> String {
        format!("apiKeys/{}", self.prefix)
    }
}

/// Where a list goes on: after the key with this creation time and prefix.
pub type KeyCursor = (Timestamp, String);

/// Reading keys.
#[async_trait]
pub trait KeyReads: Send + Sync {
    /// The key of a prefix, whatever its tenant: the credential says the tenant.
    async fn by_prefix(&self, prefix: &str) -> Result<Option<KeyRecord>, StoreError>;

    /// At most `limit` keys of a tenant in the order of their creation.
    async fn list(
        &self,
        tenant: &TenantId,
        after: Option<&KeyCursor>,
        limit: u32,
    ) -> Result<Vec<KeyRecord>, StoreError>;
}

/// Changing keys, in one transaction.
#[async_trait]
pub trait KeyTx: UnitOfWork {
    /// Adds a key; `AlreadyExists` when the prefix is taken.
    async fn insert(&mut self, key: &KeyRecord) -> Result<(), StoreError>;

    /// Revokes a key of a tenant and gives it back; a second time keeps the first time stamp. `None`: no such key.
    async fn revoke(
        &mut self,
        tenant: &TenantId,
        prefix: &str,
        now: Timestamp,
    ) -> Result<Option<KeyRecord>, StoreError>;

    /// Whether this is the first start of the installation: no key was ever made. Only one caller ever hears `true`,
    /// however many gateways start at once.
    async fn claim_first_start(&mut self, prefix: &str, now: Timestamp) -> Result<bool, StoreError>;
}

/// Where keys are kept.
#[async_trait]
pub trait KeyStore: KeyReads + RequestStore {
    /// Opens a transaction.
    async fn begin(&self) -> Result<Box<dyn KeyTx>, StoreError>;
}

/// Where secrets come from.
pub trait Entropy: Send + Sync + fmt::Debug {
    /// Fills `bytes` with randomness fit for secrets.
    ///
    /// # Errors
    /// `INTERNAL` when the system gives none.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), Fault>;
}

/// The machine's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), Fault> {
        use rand::TryRngCore as _;
        rand::rngs::OsRng
            .try_fill_bytes(bytes)
            .map_err(|e| Fault::internal(format!("the system gives no randomness: {e}")))
    }
}

/// What every use case about keys is made with.
#[derive(Clone)]
pub struct Ports {
    /// Keys.
    pub store: Arc<dyn KeyStore>,
    /// Time.
    pub clock: Arc<dyn tributary_core::Clock>,
    /// Secrets.
    pub entropy: Arc<dyn Entropy>,
}

impl fmt::Debug for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ports").field("clock", &self.clock).finish_non_exhaustive()
    }
}
