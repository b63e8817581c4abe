//! What a token says: times, audiences, and what stands at a path.

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tributary_core::{ResourceId, Role};

use super::settings::IssuerSettings;

/// Where something stands among the claims: names with dots between, "realm_access.roles". A name with "://" in it, as
/// namespaces of claims have, is one name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClaimPath(Vec<String>);

impl TryFrom<String> for ClaimPath {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let names: Vec<String> =
            if text.contains("://") { vec![text.clone()] } else { text.split('.').map(str::to_owned).collect() };
        if names.iter().any(String::is_empty) {
            return Err(format!("{text:?} is no path of a claim; write it as groups or realm_access.roles"));
        }
        Ok(Self(names))
    }
}

impl From<ClaimPath> for String {
    fn from(path: ClaimPath) -> Self {
        path.0.join(".")
    }
}

impl fmt::Display for ClaimPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("."))
    }
}

/// The claims of one token.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(transparent)]
pub(super) struct Claims(Map<String, Value>);

impl Claims {
    /// A claim that is a text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// What confirms who may send the token (`cnf`), where it is this and nothing else.
    pub(super) fn confirmed(&self, by: &str) -> Option<&str> {
        let Value::Object(ways) = self.0.get("cnf")? else { return None };
        if ways.len() == 1 { ways.get(by)?.as_str() } else { None }
    }

    /// Whether a claim is there at all.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// A claim that is a time, in seconds since 1970; parts of a second are cut off. `None`: it is none.
    pub(super) fn time(&self, name: &str) -> Option<i64> {
        let Value::Number(number) = self.0.get(name)? else { return None };
        // Written with an exponent it is out of all bounds, and what stands before its point is another number.
        let whole = || number.to_string().split('.').next()?.parse().ok();
        number.as_i64().or_else(|| if number.to_string().contains('e') { None } else { whole() })
    }

    /// Whether one of these is among those the token is for.
    pub(super) fn is_for(&self, audiences: &[String]) -> bool {
        let listed = |one: &Value| one.as_str().is_some_and(|one| audiences.iter().any(|known| known == one));
        match self.0.get("aud") {
            Some(Value::Array(many)) => many.iter().any(listed),
            Some(one) => listed(one),
            None => false,
        }
    }

    /// What stands at a path.
    pub(super) fn at(&self, path: &ClaimPath) -> Option<&Value> {
        let (first, rest) = path.0.split_first()?;
        rest.iter().try_fold(self.0.get(first)?, |value, name| value.get(name))
    }

    /// The roles that the claim of roles gives, each once.
    pub(super) fn roles(&self, issuer: &IssuerSettings) -> Vec<Role> {
        let said: Vec<&str> = match self.at(&issuer.roles_claim) {
            Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
            // As `scope` is written; a group with a space in its name is found as a whole.
            Some(Value::String(text)) => text.split(' ').chain([text.as_str()]).collect(),
            _ => Vec::new(),
        };
        let given = said.into_iter().filter_map(|value| issuer.roles.get(value)).flat_map(|roles| &roles.0);
        // Never from outside, whatever a mapping says.
        given.copied().filter(|role| *role != Role::Service).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The resource names of the partners that the claim of partners names, each once.
    pub(super) fn partners(&self, issuer: &IssuerSettings) -> Vec<String> {
        let said = match issuer.partners_claim.as_ref().and_then(|path| self.at(path)) {
            Some(Value::Array(many)) => many.as_slice(),
            Some(one) => std::slice::from_ref(one),
            None => &[],
        };
        let id = |said: &Value| {
            let said = said.as_str()?;
            let said = if issuer.partners.is_empty() { said } else { issuer.partners.get(said)?.as_str() };
            ResourceId::parse(said.strip_prefix("partners/").unwrap_or(said)).ok()
        };
        let names = said.iter().filter_map(id).map(|id| format!("partners/{id}"));
        names.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The tenant that the token names, as a text: fixed, or from its claim.
    pub(super) fn tenant<'a>(&'a self, issuer: &'a IssuerSettings) -> Option<&'a str> {
        if let Some(fixed) = &issuer.tenant {
            return Some(fixed);
        }
        let said = self.at(issuer.tenant_claim.as_ref()?)?.as_str()?;
        if issuer.tenants.is_empty() { Some(said) } else { issuer.tenants.get(said).map(String::as_str) }
    }
}
