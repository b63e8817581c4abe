//! Who is calling by a certificate of a client (mutual TLS), instead of a key or a token. That an authority gave it and that the
//! client has its key, the handshake has shown.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tributary_core::{Fault, ResourceId, Role, TenantId, Violations};
use tributary_rpc::tls::PeerCertificate;

use super::{
    authenticate::{Caller, Credential},
    tokens::{Roles, check_id},
};
use crate::reasons::CERTIFICATE_UNKNOWN;

/// One client that is known by a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientSettings {
    /// An alternative name of its certificate, a URI or a DNS name: every certificate that an authority gives it for this name
    /// is believed, so that it may be renewed. Example: "spiffe://example.com/erp".
    #[serde(default)]
    pub name: Option<String>,
    /// SHA-256 of its one certificate (DER), 64 hexadecimal digits, with colons or without, instead of a name.
    #[serde(default)]
    pub sha256: Option<String>,
    /// Its tenant.
    pub tenant: String,
    /// Its roles.
    pub roles: Roles,
    /// Ids of the partners whose own user it is; with the role PARTNER only.
    #[serde(default)]
    pub partners: Vec<String>,
}

/// What a certificate is known by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Known {
    Name(String),
    Sha256([u8; 32]),
}

impl Known {
    fn of(settings: &ClientSettings) -> Option<Self> {
        match (&settings.name, &settings.sha256) {
            (Some(name), None) if !name.is_empty() => Some(Self::Name(name.clone())),
            (None, Some(digits)) => sha256(digits).map(Self::Sha256),
            _ => None,
        }
    }

    fn is(&self, certificate: &PeerCertificate) -> bool {
        match self {
            Self::Name(name) => certificate.names.contains(name),
            Self::Sha256(digest) => certificate.sha256 == *digest,
        }
    }
}

fn sha256(text: &str) -> Option<[u8; 32]> {
    let digits: String = text.chars().filter(|sign| *sign != ':').collect();
    if !digits.is_ascii() {
        return None;
    }
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    digits.as_bytes().chunks(2).map(byte).collect::<Option<Vec<u8>>>()?.try_into().ok()
}

/// Notes everything that is wrong with clients, under `field`.
pub(super) fn check(clients: &BTreeMap<String, ClientSettings>, field: &str, violations: &mut Violations) {
    let mut known = BTreeSet::new();
    for (id, client) in clients {
        let field = format!("{field}.{id}");
        check_id(id, &field, violations);
        let mut wrong = |name: &str, why: String| violations.add(format!("{field}.{name}"), why);
        match Known::of(client) {
            Some(one) => {
                if !known.insert(one) {
                    wrong("name", "is that of another client, too; a certificate must lead to one".to_owned());
                }
            }
            None if client.sha256.is_some() && client.name.is_none() => {
                wrong(
                    "sha256",
                    format!("{:?} is not 64 hexadecimal digits", client.sha256.as_deref().unwrap_or_default()),
                );
            }
            None => wrong("name", "give a name or a sha256, one of them".to_owned()),
        }
        if let Err(why) = TenantId::parse(&client.tenant) {
            wrong("tenant", why);
        }
        for partner in &client.partners {
            if let Err(why) = ResourceId::parse(partner) {
                wrong("partners", why);
            }
        }
        let roles = &client.roles.0;
        if roles.is_empty() {
            wrong("roles", "is empty, so it could do nothing; give one".to_owned());
        }
        if roles.contains(&Role::Service) {
            wrong("roles", "SERVICE is for the services themselves".to_owned());
        }
        if roles.contains(&Role::Partner) == client.partners.is_empty() {
            wrong("partners", "go with the role PARTNER, and it with them".to_owned());
        }
        if roles.contains(&Role::Partner) && roles.len() > 1 {
            wrong("roles", "PARTNER stands alone".to_owned());
        }
    }
}

/// Clients that are known.
#[derive(Debug, Clone, Default)]
pub struct Clients(Vec<(Known, Caller)>);

impl Clients {
    /// As the settings say; what is wrong in them, [`check`] says, and it opens nothing.
    #[must_use]
    pub fn new(settings: &BTreeMap<String, ClientSettings>) -> Self {
        let client = |(id, client): (&String, &ClientSettings)| {
            let roles: BTreeSet<Role> = client.roles.0.iter().copied().filter(|role| *role != Role::Service).collect();
            let partners: BTreeSet<String> = client.partners.iter().map(|id| format!("partners/{id}")).collect();
            let caller = Caller {
                tenant: TenantId::parse(&client.tenant).ok()?,
                // As with issuers: nobody else is ever called so.
                subject: format!("mtls:{id}"),
                roles: roles.into_iter().collect(),
                partners: partners.into_iter().collect(),
                credential: Credential::Certificate,
            };
            Some((Known::of(client)?, caller))
        };
        Self(settings.iter().filter_map(client).collect())
    }

    /// The caller whose certificate this is.
    ///
    /// # Errors
    /// `CERTIFICATE_UNKNOWN` when it is nobody's, or that of several.
    pub fn caller(&self, certificate: &PeerCertificate) -> Result<Caller, Fault> {
        let mut found = self.0.iter().filter(|(known, _)| known.is(certificate));
        let unknown = |why: &str| Fault::new(CERTIFICATE_UNKNOWN, why);
        match (found.next(), found.next()) {
            (Some((_, caller)), None) => Ok(caller.clone()),
            (Some(_), Some(_)) => {
                Err(unknown("the certificate of the client has the names of several clients; it must lead to one"))
            }
            (None, _) => Err(unknown(
                "the certificate of the client is good but names no client of this installation; an operator must name it in \
                 gateway.identity.clients, or send a key or a token",
            )),
        }
    }
}

#[cfg(test)]
mod tests;
