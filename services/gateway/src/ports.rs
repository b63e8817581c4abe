//! What the use cases need from outside: where things are kept, and randomness.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use tributary_core::{Fault, Role, TenantId, Timestamp};
use tributary_redis::Notices;
use tributary_sql::{DeadLetterStore, OutboxStore, RequestStore, StoreError, UnitOfWork};

pub mod feed;
pub mod issuers;
pub mod webhooks;

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
    /// Resource names of the partners whose rows it sees; there exactly when it has [`Role::Partner`].
    pub partners: Vec<String>,
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
    async fn keys(
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

/// One call that may have changed something or was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Tenant of the caller; for a stranger that of the key he named, else "default".
    pub tenant: TenantId,
    /// A UUIDv7.
    pub id: String,
    /// When the call was answered.
    pub answer_time: Timestamp,
    /// Who called; empty for a stranger.
    pub subject: String,
    /// Prefix of the key that was presented; empty when none was.
    pub api_key: String,
    /// Full name of the method, or the path when there is no such method.
    pub method: String,
    /// What it was about; may be empty.
    pub resource: String,
    /// Where the call came from; empty within the process.
    pub client_address: String,
    /// 1 gRPC, 2 gRPC-Web, 3 JSON.
    pub protocol: i32,
    /// SHA-256 of the request in hexadecimal; empty when the body was not read.
    pub request_digest: String,
    /// gRPC code of the answer.
    pub code: i32,
    /// Reason of the error.
    pub reason: String,
    /// Id of the call.
    pub request_id: String,
    /// How long it took, in microseconds.
    pub duration_us: i64,
    /// How many calls this stands for.
    pub call_count: i64,
}

impl AuditEntry {
    /// One about which nothing is known yet.
    #[must_use]
    pub fn unknown() -> Self {
        Self {
            tenant: TenantId::default_tenant(),
            id: String::new(),
            answer_time: Timestamp(0),
            subject: String::new(),
            api_key: String::new(),
            method: String::new(),
            resource: String::new(),
            client_address: String::new(),
            protocol: 1,
            request_digest: String::new(),
            code: 0,
            reason: String::new(),
            request_id: String::new(),
            duration_us: 0,
            call_count: 1,
        }
    }
}

/// Which entries; empty and unset: any.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditFilter {
    /// Of this subject.
    pub subject: String,
    /// With this key.
    pub api_key: String,
    /// Of this method.
    pub method: String,
    /// About this resource.
    pub resource: String,
    /// From this address.
    pub client_address: String,
    /// With this code.
    pub code: Option<i32>,
    /// With this reason.
    pub reason: String,
    /// Of this call.
    pub request_id: String,
    /// Answered at this time or later.
    pub from: Option<Timestamp>,
    /// Answered before this time.
    pub until: Option<Timestamp>,
}

/// Where the audit is kept. Nothing changes or removes an entry.
#[async_trait]
pub trait AuditStore: Send + Sync {
    /// Adds entries in one transaction; an entry that is there stays as it is.
    async fn append(&self, entries: &[AuditEntry]) -> Result<(), StoreError>;

    /// At most `limit` entries of a tenant with ids below `before`, the latest first.
    async fn entries(
        &self,
        tenant: &TenantId,
        filter: &AuditFilter,
        before: Option<&str>,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StoreError>;
}

/// Does something about a key that another gateway changed.
pub type Heard = dyn for<'a> Fn(&'a str) + Send + Sync;

/// Word of keys that changed, between the gateways of an installation. Only a hint: who does not hear it believes what it
/// read of a key for two seconds, and nobody grants anything because of a word.
#[async_trait]
pub trait KeyNews: Send + Sync + fmt::Debug {
    /// Says that a key changed.
    async fn tell(&self, prefix: &str);

    /// Hears what other gateways say, for ever.
    async fn listen(&self, heard: &Heard);
}

/// For a gateway that is alone.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoNews;

#[async_trait]
impl KeyNews for NoNews {
    async fn tell(&self, _: &str) {}

    async fn listen(&self, _: &Heard) {
        std::future::pending().await
    }
}

#[async_trait]
impl KeyNews for Notices {
    async fn tell(&self, prefix: &str) {
        let _: Option<u64> = Notices::tell(self, prefix).await;
    }

    async fn listen(&self, heard: &Heard) {
        Notices::listen(self, heard).await;
    }
}

/// Everything the gateway keeps.
pub trait GatewayStore:
    KeyStore + AuditStore + feed::FeedStore + webhooks::WebhookStore + DeadLetterStore + OutboxStore
{
}

impl<T> GatewayStore for T where
    T: KeyStore + AuditStore + feed::FeedStore + webhooks::WebhookStore + DeadLetterStore + OutboxStore
{
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

/// What every use case is made with.
#[derive(Clone)]
pub struct Ports {
    /// Keys, audit, events, webhooks.
    pub store: Arc<dyn GatewayStore>,
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
