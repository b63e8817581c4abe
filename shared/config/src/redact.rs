//! Settings as text that may be shown: secrets are masked.

use serde::Serialize;
use toml::Value;

const MASK: &str = "***";
/// A setting whose name contains one of these is a secret.
const SECRET: [&str; 3] = ["secret", "password", "key"];

/// Settings as TOML. Values of settings named *secret*, *password* or *key* and the passwords in addresses are masked.
#[must_use]
pub fn redacted<T: Serialize>(settings: &T) -> String {
    let text = Value::try_from(settings).map_err(|e| e.to_string()).and_then(|mut value| {
        mask(&mut value, false);
        toml::to_string_pretty(&value).map_err(|e| e.to_string())
    });
    text.unwrap_or_else(|error| format!("# cannot be shown: {error}\n"))
}

fn mask(value: &mut Value, secret: bool) {
    match value {
        Value::Table(table) => {
            for (name, value) in table.iter_mut() {
                let name = name.to_lowercase();
                mask(value, secret || SECRET.iter().any(|part| name.contains(part)));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| mask(item, secret)),
        Value::String(text) if secret && !text.is_empty() => MASK.clone_into(text),
        Value::String(text) => {
            if let Some(masked) = without_password(text) {
                *text = masked;
            }
        }
        other if secret => *other = Value::String(MASK.to_owned()),
        _ => {}
    }
}

/// `scheme://user:password@host` with the password masked; `None` when there is none. Everything up to the last "@"
/// counts as password: better to mask too much than to show the end of a careless one.
fn without_password(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let (credentials, host) = rest.rsplit_once('@')?;
    let (user, _) = credentials.split_once(':')?;
    Some(format!("{scheme}://{user}:{MASK}@{host}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{redacted, without_password};

    #[test]
    fn secrets_are_masked() {
        let settings = BTreeMap::from([
            ("filter", "info"),
            ("store", "postgres://trib:hunter2@db:5432/x?sslmode=off"),
            ("signing_key", "-----BEGIN"),
            ("db_password", "hunter2"),
            ("client_Secret", "hunter2"),
            ("no_secret_given", ""),
        ]);
        let expected = "client_Secret = \"***\"\ndb_password = \"***\"\nfilter = \"info\"\nno_secret_given = \"\"\n\
                        signing_key = \"***\"\nstore = \"postgres://trib:***@db:5432/x?sslmode=off\"\n";
        assert_eq!(redacted(&settings), expected);
        let nested = BTreeMap::from([("keys", BTreeMap::from([("a", vec![1, 2])]))]);
        assert_eq!(redacted(&nested), "[keys]\na = [\n    \"***\",\n    \"***\",\n]\n");
    }

    #[test]
    fn passwords_in_addresses_are_found() {
        for (text, expected) in [
            ("redis://:pw@host", Some("redis://:***@host")),
            ("postgres://u:p@ss/w@h/db", Some("postgres://u:***@h/db")),
            ("postgres://u@h/db", None),
            ("http://h:1/a@b:c", Some("http://h:***@b:c")),
            ("http://h:1/a", None),
            ("sqlite:data/x.db", None),
        ] {
            assert_eq!(without_password(text).as_deref(), expected, "{text}");
        }
    }
}
