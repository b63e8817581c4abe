//! Makes an API key. Its secret leaves here and is kept nowhere.

use serde::Serialize;
use tributary_core::{Fault, RequestContext, Role, Timestamp, Violations};
use tributary_sql::{RequestKey, answer, recall_answer};

use crate::{
    key::{ApiKey, ENTROPY},
    ports::{Entropy, KeyRecord, Ports},
    reasons::API_KEY_EXISTS,
};

/// The method in the memory of requests.
const METHOD: &str = "tributary.gateway.v1.ApiKeyService/CreateApiKey";

/// What the new key shall be. Two requests are the same when these are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewKey {
    /// Who acts with it.
    pub subject: String,
    /// What it may do.
    pub roles: Vec<Role>,
    /// Resource names of the partners whose rows it sees, for the role of partners.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub partners: Vec<String>,
    /// When it ends by itself.
    pub expire_time: Option<Timestamp>,
}

/// Makes a key for the caller's tenant; once per `request_id` when it is not empty.
///
/// # Errors
/// `INVALID_REQUEST` for a subject with a colon, no role, the service role, the role of partners without partners or beside
/// another one, partners without that role, or an end that is past; `API_KEY_EXISTS` when the `request_id` has made a key
/// before, whose secret nobody can give again; store faults.
pub async fn create_key(
    ports: &Ports,
    context: &RequestContext,
    new: NewKey,
    request_id: &str,
) -> Result<(KeyRecord, ApiKey), Fault> {
    let now = ports.clock.now();
    let request = RequestKey::new((&context.tenant, &context.scope), METHOD, request_id, &answer(&new)?);
    let mut tx = ports.store.begin().await?;
    // Before the check: a repeat is one even when its expire_time has come to pass.
    if let Some(request) = &request
        && let Some(name) = recall_answer::<String>(tx.recall(request, now).await?)?
    {
        return Err(exists(&name));
    }
    check(&new, now)?;
    let key = random_key(ports.entropy.as_ref())?;
    let record = KeyRecord {
        tenant: context.tenant.clone(),
        prefix: key.prefix().to_owned(),
        subject: new.subject,
        roles: new.roles,
        partners: new.partners,
        secret_hash: key.hash(),
        creator: context.subject.clone(),
        create_time: now,
        expire_time: new.expire_time,
        revoke_time: None,
    };
    tx.insert(&record).await?;
    if let Some(request) = &request {
        tx.remember(request, &answer(&record.name())?).await?;
    }
    tx.commit().await?;
    Ok((record, key))
}

fn exists(name: &str) -> Fault {
    let why = format!(
        "this request_id made {name:?}, whose secret is not kept; revoke it and create another with a new request_id"
    );
    Fault::new(API_KEY_EXISTS, why).with("name", name)
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
    if new.subject.contains(':') {
        // "service:gateway", "oidc:corp:00u1".
        let why =
            format!("{:?} has a colon, as only services and people with tokens have; choose another one", new.subject);
        violations.add("subject", why);
    }
    if new.roles.is_empty() {
        violations.add("roles", "is empty; give at least one role");
    }
    if new.roles.contains(&Role::Service) {
        violations.add("roles", "ROLE_SERVICE is never granted to a key; choose another role");
    }
    let of_partner = new.roles.contains(&Role::Partner);
    if of_partner && new.roles.len() > 1 {
        violations
            .add("roles", "ROLE_PARTNER stands alone, for it sees the rows of its partners only; make another key");
    }
    if of_partner && new.partners.is_empty() {
        violations.add("partners", "is empty; name the partner whose user has ROLE_PARTNER: \"partners/anqing\"");
    }
    if !of_partner && !new.partners.is_empty() {
        violations.add("partners", "is for ROLE_PARTNER; give that role alone, or no partners");
    }
    if let Some(end) = new.expire_time.filter(|end| *end <= now) {
        violations.add("expire_time", format!("{end} is not in the future (now is {now}); give a later one or none"));
    }
    violations.into_result()
}

#[cfg(test)]
mod tests {
    use tributary_core::{Role, Timestamp};

    use super::{NewKey, check};

    fn wrong(new: &NewKey) -> Option<Vec<String>> {
        let fault = check(new, Timestamp(0)).err();
        fault.map(|fault| fault.violations().iter().map(|v| v.field.clone()).collect())
    }

    #[test]
    fn the_role_of_partners_has_partners_and_stands_alone() {
        let fields = |roles: &[Role], partners: &[&str]| {
            let partners = partners.iter().map(|&name| name.to_owned()).collect();
            wrong(&NewKey { subject: "s".to_owned(), roles: roles.to_vec(), partners, expire_time: None })
        };
        let named = |fields: &[&str]| Some(fields.iter().map(|&field| field.to_owned()).collect::<Vec<_>>());
        assert_eq!(fields(&[Role::Partner], &["partners/a", "partners/b"]), None);
        assert_eq!(fields(&[Role::Partner], &[]), named(&["partners"]));
        assert_eq!(fields(&[Role::Partner, Role::Finance], &["partners/a"]), named(&["roles"]));
        assert_eq!(fields(&[Role::Finance, Role::Partner], &[]), named(&["roles", "partners"]));
        assert_eq!(fields(&[Role::Finance], &["partners/a"]), named(&["partners"]));
    }

    #[test]
    fn no_key_is_called_like_a_service_or_somebody_with_a_token() {
        let fields = |subject: &str| {
            wrong(&NewKey {
                subject: subject.to_owned(),
                roles: vec![Role::Admin],
                partners: vec![],
                expire_time: None,
            })
        };
        for subject in ["service:gateway", "oidc:corp:00u1", ":", "a:"] {
            assert_eq!(fields(subject), Some(vec!["subject".to_owned()]), "{subject}");
        }
        assert_eq!(fields("li.wei@example.com"), None);
    }
}
