//! Keys between protobuf and the use cases.

use tributary_core::{Fault, Role, Timestamp, Violations};
use tributary_proto::tributary::gateway::v1 as pb;
use tributary_rpc::convert;

use crate::{
    app::create_key::NewKey,
    ports::{KeyCursor, KeyRecord},
};

pub(super) fn key_to_proto(key: &KeyRecord) -> pb::ApiKey {
    pb::ApiKey {
        name: key.name(),
        subject: key.subject.clone(),
        roles: roles_to_proto(&key.roles),
        partners: key.partners.clone(),
        create_time: Some(convert::timestamp_to_proto(key.create_time)),
        expire_time: key.expire_time.map(convert::timestamp_to_proto),
        revoke_time: key.revoke_time.map(convert::timestamp_to_proto),
    }
}

pub(super) fn roles_to_proto(roles: &[Role]) -> Vec<i32> {
    roles.iter().map(|role| role.number()).collect()
}

pub(super) fn new_key(request: pb::CreateApiKeyRequest) -> Result<NewKey, Fault> {
    let mut violations = Violations::new();
    let mut roles = Vec::new();
    for (i, number) in request.roles.iter().enumerate() {
        let role = Role::from_number(*number).ok_or_else(|| format!("{number} is not a role; see Role"));
        roles.extend(violations.check(&format!("roles[{i}]"), role));
    }
    let expire_time = request.expire_time.as_ref().map(convert::timestamp);
    let expire_time = expire_time.and_then(|time| violations.check("expire_time", time));
    violations.into_result()?;
    Ok(NewKey { subject: request.subject, roles, partners: request.partners, expire_time })
}

pub(super) fn key_prefix(name: &str) -> Result<&str, Fault> {
    name.strip_prefix("apiKeys/")
        .filter(|prefix| crate::key::is_prefix(prefix))
        .ok_or_else(|| Fault::invalid_field("name", format!("{name:?} is not a name of the form \"apiKeys/PREFIX\"")))
}

/// Where a list goes on after a key.
pub(super) fn cursor(key: &KeyRecord) -> String {
    format!("{}:{}", key.create_time.0, key.prefix)
}

/// Reads what [`cursor`] wrote.
pub(super) fn read_cursor(text: &str) -> Result<KeyCursor, Fault> {
    let parts = text.split_once(':').and_then(|(time, prefix)| Some((time.parse().ok()?, prefix.to_owned())));
    let (time, prefix) = parts.ok_or_else(|| Fault::internal(format!("a sealed cursor reads {text:?}")))?;
    Ok((Timestamp(time), prefix))
}
