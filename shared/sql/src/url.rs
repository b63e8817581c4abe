//! Where a store is: `sqlite:PATH` or `postgres://…`.

use std::{fmt, path::PathBuf, str::FromStr};

use serde::{Deserialize, Serialize};

/// The place of a store. Printing, debugging and serializing it never shows the password.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum StoreUrl {
    /// A SQLite file; it is made when missing.
    Sqlite(PathBuf),
    /// A PostgreSQL database; it is made when missing and allowed.
    Postgres(String),
}

impl FromStr for StoreUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return match path {
                "" | ":memory:" => {
                    Err(format!("{text:?} names no file; write sqlite:PATH, a store in memory would not be kept"))
                }
                path => Ok(Self::Sqlite(PathBuf::from(path))),
            };
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.to_owned()));
        }
        Err(format!("{:?} is not a store; write sqlite:PATH or postgres://USER@HOST/DATABASE", redacted(text)))
    }
}

impl TryFrom<String> for StoreUrl {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => f.write_str(&redacted(url)),
        }
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for StoreUrl {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Replaces the password between "user:" and "@", and that of a `password=` parameter.
fn redacted(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (main, query) = rest.split_once('?').map_or((rest, None), |(m, q)| (m, Some(q)));
    let main = match main.rsplit_once('@') {
        Some((credentials, host)) => match credentials.split_once(':') {
            Some((user, _)) => format!("{user}:***@{host}"),
            None => main.to_owned(),
        },
        None => main.to_owned(),
    };
    let Some(query) = query else { return format!("{scheme}://{main}") };
    let hide = |pair: &str| match pair.split_once('=') {
        Some((key, _)) if key.contains("password") => format!("{key}=***"),
        _ => pair.to_owned(),
    };
    let query = query.split('&').map(hide).collect::<Vec<_>>().join("&");
    format!("{scheme}://{main}?{query}")
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::StoreUrl;

    #[test]
    fn both_forms_are_read_and_passwords_never_shown() {
        assert_eq!("sqlite:data/a.db".parse(), Ok(StoreUrl::Sqlite(PathBuf::from("data/a.db"))));
        assert_eq!("sqlite:///var/a.db".parse(), Ok(StoreUrl::Sqlite(PathBuf::from("/var/a.db"))));
        let url: StoreUrl = "postgres://app:se@cret@db:5432/x?sslpassword=abc&a=b".parse().expect("a url");
        assert_eq!(url, StoreUrl::Postgres("postgres://app:se@cret@db:5432/x?sslpassword=abc&a=b".to_owned()));
        for shown in [url.to_string(), format!("{url:?}"), serde_json::to_string(&url).expect("json")] {
            assert!(!shown.contains("cret") && !shown.contains("abc"), "{shown}");
            assert!(shown.contains("postgres://app:***@db:5432/x?sslpassword=***&a=b"), "{shown}");
        }
        for bad in ["", "sqlite:", "sqlite::memory:", "mysql://root:pw@h/x"] {
            let e = bad.parse::<StoreUrl>().expect_err(bad);
            assert!(!e.contains(":pw@"), "{e}");
        }
    }
}
