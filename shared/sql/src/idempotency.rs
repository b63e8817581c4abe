//! Idempotency keys: a call with a `request_id` has its effect once and gets the same answer every time.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use tributary_core::{Fault, Scope, TenantId, Timestamp, fault::common};

use crate::{StoreError, StoreWatch};

/// How long an answer is remembered: 30 days. After that the same `request_id` counts as new.
pub const REQUEST_MEMORY: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// What identifies a repeated call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestKey {
    /// Tenant of the caller.
    pub tenant: TenantId,
    /// Full method, and whose rows the caller sees where it is a partner's own user. Example:
    /// "tributary.partner.v1.PartnerService/CreatePartner".
    pub method: String,
    /// The caller's `request_id`, not empty.
    pub request_id: String,
    /// SHA-256 of the request's bytes, so that another body under the same id is noticed.
    pub body_digest: [u8; 32],
}

impl RequestKey {
    /// The key of a call by somebody of a tenant who sees so much of it; `None` when the caller gave no `request_id`. `body` is
    /// the encoded request. The ids of partners' own users are theirs alone: what the house or another partner asked under the
    /// same id is neither told to them nor in their way.
    #[must_use]
    pub fn new((tenant, scope): (&TenantId, &Scope), method: &str, request_id: &str, body: &[u8]) -> Option<Self> {
        (!request_id.is_empty()).then(|| Self {
            tenant: tenant.clone(),
            method: match scope {
                Scope::Tenant => method.to_owned(),
                Scope::Partners(partners) => format!("{method} of {}", digest_of(partners)),
            },
            request_id: request_id.to_owned(),
            body_digest: Sha256::digest(body).into(),
        })
    }
}

/// Some partners in short, in whatever order a credential names them: a key may name more than an index takes.
fn digest_of(partners: &[String]) -> String {
    let mut names: Vec<&str> = partners.iter().map(String::as_str).collect();
    names.sort_unstable();
    names.dedup();
    hex::encode(Sha256::digest(names.join("\n")))
}

/// What is known about a request key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recall {
    /// Never seen (or forgotten); it is now claimed by this transaction, which must `remember` before it commits.
    New,
    /// Done before with this answer.
    Known(Vec<u8>),
    /// Done before with another body.
    BodyDiffers,
}

/// The memory of requests outside transactions. Every store has one, and is watched.
#[async_trait]
pub trait RequestStore: StoreWatch {
    /// What is known about a request key, without claiming it: `New` may be claimed by another the next moment.
    ///
    /// # Errors
    /// Those of the store.
    async fn recalled(&self, key: &RequestKey, now: Timestamp) -> Result<Recall, StoreError>;

    /// Deletes request keys that are older than [`REQUEST_MEMORY`]; returns how many. They count as new even before.
    ///
    /// # Errors
    /// Those of the store.
    async fn forget_requests(&self, now: Timestamp) -> Result<u64, StoreError>;
}

/// The answer to give at once, if there is one.
///
/// # Errors
/// `REQUEST_ID_REUSED` when the body differs; `INTERNAL` when the remembered answer cannot be read.
pub fn recall_answer<T: DeserializeOwned>(recall: Recall) -> Result<Option<T>, Fault> {
    match recall {
        Recall::New => Ok(None),
        Recall::Known(bytes) => serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|e| Fault::internal(format!("the remembered answer cannot be read: {e}"))),
        Recall::BodyDiffers => Err(Fault::new(
            common::REQUEST_ID_REUSED,
            "the request_id was used with another body; use a new request_id for a new request",
        )),
    }
}

/// The bytes to remember for an answer.
///
/// # Errors
/// `INTERNAL` when the value has no JSON form.
pub fn answer<T: Serialize>(value: &T) -> Result<Vec<u8>, Fault> {
    serde_json::to_vec(value).map_err(|e| Fault::internal(format!("the answer cannot be remembered: {e}")))
}

#[cfg(test)]
mod tests {
    use tributary_core::{Scope, TenantId, fault::common};

    use super::{Recall, RequestKey, answer, recall_answer};

    #[test]
    fn keys_need_an_id_and_digest_the_body() {
        let tenant = TenantId::default_tenant();
        assert_eq!(RequestKey::new((&tenant, &Scope::Tenant), "m", "", b"abc"), None);
        let key = RequestKey::new((&tenant, &Scope::Tenant), "m", "r", b"abc").expect("an id");
        // printf abc | sha256sum
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hex::encode(key.body_digest), expected);
    }

    #[test]
    fn the_ids_of_partners_are_their_own() {
        let tenant = TenantId::default_tenant();
        let of = |names: &[&str]| Scope::Partners(names.iter().map(|name| format!("partners/{name}")).collect());
        let key = |scope: &Scope| RequestKey::new((&tenant, scope), "m", "r", b"abc").expect("an id").method;
        assert_eq!(key(&Scope::Tenant), "m");
        // printf partners/a | sha256sum
        let expected = "m of a3311d94ef2a670eb28942c2f7430a4e1c13242e5d64678f3c76ee65eff60c1b";
        assert_eq!(key(&of(&["a"])), expected);
        assert_eq!(key(&of(&["a", "b"])), key(&of(&["b", "a", "b"])));
        let all = [key(&Scope::Tenant), key(&of(&[])), key(&of(&["a"])), key(&of(&["b"])), key(&of(&["a", "b"]))];
        assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), all.len(), "{all:?}");
    }

    #[test]
    fn answers_come_back_as_they_were() {
        let bytes = answer(&("partners/x", 7_i64)).expect("json");
        assert_eq!(recall_answer(Recall::Known(bytes)), Ok(Some(("partners/x".to_owned(), 7_i64))));
        assert_eq!(recall_answer::<i64>(Recall::New), Ok(None));
        let fault = recall_answer::<i64>(Recall::BodyDiffers).expect_err("refused");
        assert_eq!(fault.reason(), common::REQUEST_ID_REUSED);
        assert!(recall_answer::<i64>(Recall::Known(b"{".to_vec())).is_err());
    }
}
