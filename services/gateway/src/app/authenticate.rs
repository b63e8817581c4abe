//! Who is calling: from the key or the token that was sent to tenant, subject and roles.

use std::sync::Arc;

use tributary_core::{Clock, Fault, Role, TenantId, fault::common::UNAUTHENTICATED};
use tributary_rpc::tls::PeerCertificate;

use crate::{
    app::{cache::KeyCache, clients::Clients, tokens::Tokens},
    key::ApiKey,
    ports::{KeyRecord, KeyStore, Ports},
};

/// The holder of a valid credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// For which tenant.
    pub tenant: TenantId,
    /// Who.
    pub subject: String,
    /// With which roles.
    pub roles: Vec<Role>,
    /// Resource names of the partners he is bound to, with the role of partners.
    pub partners: Vec<String>,
    /// By what.
    pub credential: Credential,
}

/// What a caller was known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// A key: its public part.
    Key(String),
    /// A token of an issuer; whose, the subject says.
    Token,
    /// A certificate of a client; whose, the subject says.
    Certificate,
}

impl Caller {
    /// The public part of the key; empty for any other credential.
    #[must_use]
    pub fn key(&self) -> &str {
        match &self.credential {
            Credential::Key(prefix) => prefix,
            Credential::Token | Credential::Certificate => "",
        }
    }
}

/// What a caller sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presented<'a> {
    /// As a bearer: a key or a token.
    Bearer(&'a str),
    /// Where only keys are sent.
    Key(&'a str),
}

impl<'a> Presented<'a> {
    /// The credential itself.
    #[must_use]
    pub const fn text(self) -> &'a str {
        match self {
            Self::Bearer(text) | Self::Key(text) => text,
        }
    }
}

/// Checks keys, tokens and certificates.
pub struct Authenticate {
    store: Arc<dyn KeyStore>,
    clock: Arc<dyn Clock>,
    cache: Arc<KeyCache>,
    tokens: Tokens,
    clients: Clients,
}

impl std::fmt::Debug for Authenticate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authenticate").finish_non_exhaustive()
    }
}

impl Authenticate {
    /// With the cache that revocations clear.
    #[must_use]
    pub fn new(ports: &Ports, cache: Arc<KeyCache>, tokens: Tokens, clients: Clients) -> Self {
        Self { store: ports.store.clone(), clock: ports.clock.clone(), cache, tokens, clients }
    }

    /// The caller who presents a key or a token; where none was sent, whoever the certificate of his connection is for.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` when there is no key or it is not valid now, `STORE_UNAVAILABLE` when it cannot be looked up; those
    /// of [`Tokens::caller`] and [`Clients::caller`].
    pub async fn caller(
        &self,
        presented: Option<Presented<'_>>,
        certificate: Option<&PeerCertificate>,
    ) -> Result<Caller, Fault> {
        let Some(presented) = presented else {
            if let Some(certificate) = certificate {
                return self.clients.caller(certificate);
            }
            return Err(refusal("no API key was sent; send one as 'authorization: Bearer KEY' or 'x-api-key: KEY'"));
        };
        if let Presented::Bearer(token) = presented
            && self.tokens.takes(token)
        {
            return self.tokens.caller(token, certificate).await;
        }
        let unknown = || refusal("the API key is not known; create one with CreateApiKey");
        let presented = ApiKey::parse(presented.text()).ok_or_else(unknown)?;
        let record = self.record(presented.prefix()).await?.ok_or_else(unknown)?;
        if !presented.matches(&record.secret_hash) {
            return Err(unknown());
        }
        // Said only to who knows the secret.
        if let Some(at) = record.revoke_time {
            return Err(refusal(format!("the API key {} was revoked at {at}; use another one", record.prefix)));
        }
        if let Some(at) = record.expire_time.filter(|at| *at <= self.clock.now()) {
            return Err(refusal(format!("the API key {} expired at {at}; use another one", record.prefix)));
        }
        let credential = Credential::Key(record.prefix);
        let KeyRecord { tenant, subject, roles, partners, .. } = record;
        Ok(Caller { tenant, subject, roles, partners, credential })
    }

    /// The tenant of a key that was used lately, for the trail of who shows its public part only.
    #[must_use]
    pub fn tenant_of(&self, prefix: &str) -> Option<TenantId> {
        self.cache.get(prefix, self.clock.now()).map(|record| record.tenant)
    }

    async fn record(&self, prefix: &str) -> Result<Option<KeyRecord>, Fault> {
        let now = self.clock.now();
        if let Some(record) = self.cache.get(prefix, now) {
            return Ok(Some(record));
        }
        let mark = self.cache.mark();
        let record = self.store.by_prefix(prefix).await?;
        // Unknown prefixes are not kept: anybody could fill the cache with them.
        if let Some(record) = &record {
            self.cache.put(mark, record.clone(), now);
        }
        Ok(record)
    }
}

fn refusal(message: impl Into<String>) -> Fault {
    Fault::new(UNAUTHENTICATED, message)
}
