//! Where each service keeps its data: a SQLite file, or a PostgreSQL database, of its own.

use std::{io::ErrorKind, path::Path};

use anyhow::Context as _;
use tributary_sql::StoreUrl;

use crate::settings::{ServiceName, SuiteSettings};

/// PostgreSQL cuts names at 63 bytes; "_incentive_calculation" takes 22 of them.
const MAX_PREFIX: usize = 41;

/// Makes the data directory when missing. It holds money and keys, so only its owner may look inside; one that is there
/// keeps its mode.
pub(super) async fn prepare(settings: &SuiteSettings) -> anyhow::Result<()> {
    let directory = settings.data_dir.clone();
    tokio::task::spawn_blocking(move || make_private(&directory))
        .await?
        .with_context(|| format!("cannot make the data directory {}", settings.data_dir.display()))
}

fn make_private(directory: &Path) -> std::io::Result<()> {
    if directory.is_dir() {
        return Ok(());
    }
    if let Some(parent) = directory.parent() {
        std::fs::create_dir_all(parent)?;
    }
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(directory) {
        // Another service of the suite was a moment faster.
        Err(e) if e.kind() == ErrorKind::AlreadyExists && directory.is_dir() => Ok(()),
        other => other,
    }
}

/// The store of a service.
///
/// # Errors
/// A sentence that says how to write `store`, without its password.
pub(crate) fn url(settings: &SuiteSettings, name: ServiceName) -> anyhow::Result<StoreUrl> {
    let Some(place) = &settings.store else {
        return Ok(StoreUrl::Sqlite(settings.data_dir.join(format!("{name}.db"))));
    };
    let shown = match place.parse::<StoreUrl>() {
        Ok(StoreUrl::Postgres(_)) => place.parse::<StoreUrl>().map(|url| url.to_string()).unwrap_or_default(),
        Ok(StoreUrl::Sqlite(_)) => anyhow::bail!("store is for PostgreSQL; for SQLite leave it out and set data_dir"),
        Err(why) => anyhow::bail!("store: {why}"),
    };
    let (main, query) = place.split_once('?').map_or((place.as_str(), None), |(main, query)| (main, Some(query)));
    let prefix = main.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map(|(_, prefix)| prefix);
    let plain = |text: &str| text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if !prefix.is_some_and(|prefix| !prefix.is_empty() && prefix.len() <= MAX_PREFIX && plain(prefix)) {
        anyhow::bail!(
            "store: {shown} names no prefix of the databases; write postgres://USER@HOST:PORT/PREFIX with 1 to {MAX_PREFIX} of a-z, 0-9 and '_'"
        );
    }
    let database = format!("{main}_{}", name.as_str().replace('-', "_"));
    Ok(StoreUrl::Postgres(query.map_or_else(|| database.clone(), |query| format!("{database}?{query}"))))
}

#[cfg(test)]
mod tests {
    use tributary_sql::StoreUrl;

    use super::url;
    use crate::settings::{ServiceName, SuiteSettings};

    fn settings(store: Option<&str>) -> SuiteSettings {
        SuiteSettings { data_dir: "d".into(), store: store.map(str::to_owned), ..SuiteSettings::default() }
    }

    #[test]
    fn every_service_has_its_own_file() {
        let file = |name| url(&settings(None), name).expect("a url");
        assert_eq!(file(ServiceName::PartnerRegistry), StoreUrl::Sqlite("d/partner-registry.db".into()));
        assert_eq!(file(ServiceName::Gateway), StoreUrl::Sqlite("d/gateway.db".into()));
    }

    #[test]
    fn every_service_has_its_own_database() {
        let database = |store, name| url(&settings(Some(store)), name).map_err(|e| e.to_string());
        let expect = |text: &str| Ok(StoreUrl::Postgres(text.to_owned()));
        let name = ServiceName::IncentiveCalculation;
        assert_eq!(database("postgres://u@h:5432/t1", name), expect("postgres://u@h:5432/t1_incentive_calculation"));
        assert_eq!(
            database("postgres://u:p@h/t1?sslmode=disable", ServiceName::Gateway),
            expect("postgres://u:p@h/t1_gateway?sslmode=disable")
        );
        for bad in ["postgres://u:pw@h", "postgres://u:pw@h/", "postgres://u:pw@h/A-b", "mysql://u:pw@h/x", "sqlite:x"]
        {
            let why = database(bad, name).expect_err(bad);
            assert!(why.starts_with("store") && !why.contains("pw"), "{why}");
        }
    }
}
