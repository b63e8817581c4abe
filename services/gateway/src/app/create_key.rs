//! Makes an API key. Its secret leaves here and is kept nowhere.

use tributary_core::{Fault, RequestContext, Role, Timestamp, Violations};

use crate::{
    key::{ApiKey, ENTROPY},
    ports::{Entropy, KeyRecord, Ports},
};

/// What the new key shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    /// Who acts with it.
    pub subject: String,
    /// What it may do.
    pub roles: Vec<Role>,
    /// When it ends by itself.
    pub expire_time: Option<Timestamp>,
}

/// Makes a key for the caller's tenant.
///
/// # Errors
/// `INVALID_REQUEST` for no role, the service role or an end that is past; store faults.
pub async fn create_key(ports: &Ports, context: &RequestContext, new: NewKey) -> Result<(KeyRecord, ApiKey), Fault> {
    let now = ports.clock.now();
    check(&new, now)?;
    let key = random_key(ports.entropy.as_ref())?;
    let record = KeyRecord {
        tenant: context.tenant.clone(),
        prefix: key.prefix().to_owned(),
        subject: new.subject,
        roles: new.roles,
        secret_hash: key.hash(),
        creator: context.subject.clone(),
        create_time: now,
        expire_time: new.expire_time,
        revoke_time: None,
    };
    let mut tx = ports.store.begin().await?;
    tx.insert(&record).await?;
    tx.commit().await?;
    Ok((record, key))
}

/// A key nobody can guess.
///
/// # Errors
/// `INTERNAL` when the system gives no randomness.
pub fn random_key(entropy: &dyn Entropy) -> Result<ApiKey, Fault> {
    let mut random = [0_u8; ENTROPY];
    entropy.fill(&mut random)?;
    Ok(ApiKey::mint(&random))
}

fn check(new: &NewKey, now: Timestamp) -> Result<(), Fault> {
    let mut violations = Violations::new();
    if new.subject.starts_with("service:") {
        violations.add("subject", format!("{:?} is kept for the services; choose another one", new.subject));
    }
    if new.roles.is_empty() {
        violations.add("roles", "is empty; give at least one role");
    }
    if new.roles.contains(&Role::Service) {
        violations.add("roles", "ROLE_SERVICE is never granted to a key; choose another role");
    }
    if let Some(end) = new.expire_time.filter(|end| *end <= now) {
        violations.add("expire_time", format!("{end} is not in the future (now is {now}); give a later one or none"));
    }
    violations.into_result()
}
