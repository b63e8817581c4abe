//! Rules on migrations: both engines have the same steps, by number and name, in the range that is theirs.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Finding, SourceFile};

const ENGINES: [&str; 2] = ["postgres", "sqlite"];
/// Numbers below this are the shared tables of tributary-sql, the others a service's own; both share one history.
const FIRST_OF_SERVICE: u32 = 100;

/// Both engines have the same migrations.
#[must_use]
pub fn engines_have_the_same_migrations(files: &[SourceFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (home, by_engine) in homes(files) {
        for (engine, other) in [(ENGINES[0], ENGINES[1]), (ENGINES[1], ENGINES[0])] {
            let empty = BTreeSet::new();
            let mine = by_engine.get(engine).unwrap_or(&empty);
            let theirs = by_engine.get(other).unwrap_or(&empty);
            for name in mine.difference(theirs) {
                let reason = format!("{other} has no '{name}': both engines have the same numbers and names");
                findings.push(Finding::new(&format!("{home}/{engine}/{name}"), 1, reason));
            }
        }
    }
    findings
}

/// A migration is called `NNNN_what_it_does.sql`, each number once, services from 100 on, shared tables below.
#[must_use]
pub fn migrations_are_numbered(files: &[SourceFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (home, by_engine) in homes(files) {
        for (engine, names) in by_engine {
            let mut seen = BTreeSet::new();
            for name in names {
                let path = format!("{home}/{engine}/{name}");
                let Some(number) = number(&name) else {
                    findings.push(Finding::new(&path, 1, "a migration is called NNNN_what_it_does.sql"));
                    continue;
                };
                if !seen.insert(number) {
                    findings.push(Finding::new(&path, 1, format!("number {number} stands twice")));
                }
                if home.starts_with("services/") != (number >= FIRST_OF_SERVICE) {
                    let reason = "1 to 99 are the shared tables of tributary-sql, a service counts from 100";
                    findings.push(Finding::new(&path, 1, reason));
                }
            }
        }
    }
    findings
}

/// File names by home (`…/migrations`) and engine.
fn homes(files: &[SourceFile]) -> BTreeMap<String, BTreeMap<String, BTreeSet<String>>> {
    let mut homes: BTreeMap<String, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for file in files.iter().filter(|f| f.is(".sql")) {
        let Some((directory, name)) = file.path.rsplit_once('/') else { continue };
        let Some((home, engine)) = directory.rsplit_once('/') else { continue };
        if ENGINES.contains(&engine) && home.contains("migrations") {
            let engines = homes.entry(home.to_owned()).or_default();
            engines.entry(engine.to_owned()).or_default().insert(name.to_owned());
        }
    }
    homes
}

fn number(name: &str) -> Option<u32> {
    let (digits, rest) = name.strip_suffix(".sql")?.split_once('_')?;
    let plain = rest.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    (digits.len() == 4 && plain && !rest.is_empty()).then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::{engines_have_the_same_migrations, migrations_are_numbered};
    use crate::SourceFile;

    const HOME: &str = "services/analytics/server/src/store/migrations";

    fn sql(path: &str) -> SourceFile {
        SourceFile::new(path, "CREATE TABLE t (a BIGINT);")
    }

    #[test]
    fn a_migration_for_one_engine_only_is_found() {
        let found = engines_have_the_same_migrations(&[
            sql(&format!("{HOME}/sqlite/0100_start.sql")),
            sql(&format!("{HOME}/postgres/0100_start.sql")),
            sql(&format!("{HOME}/postgres/0101_more.sql")),
            sql("services/gateway/src/store/migrations/sqlite/0100_keys.sql"),
        ]);
        let mut paths: Vec<_> = found.iter().map(|f| f.path.clone()).collect();
        paths.sort();
        assert_eq!(
            paths,
            [
                format!("{HOME}/postgres/0101_more.sql"),
                "services/gateway/src/store/migrations/sqlite/0100_keys.sql".to_owned()
            ]
        );
    }

    #[test]
    fn bad_numbers_are_found() {
        let found = migrations_are_numbered(&[
            sql(&format!("{HOME}/sqlite/100_start.sql")),
            sql(&format!("{HOME}/sqlite/0101_a.sql")),
            sql(&format!("{HOME}/sqlite/0101_b.sql")),
            sql(&format!("{HOME}/sqlite/0007_low.sql")),
            sql("shared/sql/migrations/sqlite/0100_high.sql"),
            sql("shared/sql/migrations/sqlite/0001_fine.sql"),
        ]);
        assert_eq!(found.len(), 4, "{found:?}");
    }
}
