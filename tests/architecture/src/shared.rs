//! What the shared crates know of each other, and that they know no service.

use crate::{
    Finding, SourceFile,
    manifests::{Dependency, crates, dependencies, package},
};

/// Every shared crate, from the ground up, and the crates of the suite it may depend on.
const KNOWS: [(&str, &[&str]); 15] = [
    ("tributary-core", &[]),
    ("tributary-proto", &[]),
    ("tributary-config", &[]),
    ("tributary-evidence", &[]),
    ("tributary-telemetry", &[]),
    ("tributary-lifecycle", &[]),
    ("tributary-testkit", &["tributary-core"]),
    ("tributary-redis", &["tributary-core"]),
    ("tributary-limits", &["tributary-core", "tributary-redis"]),
    ("tributary-cache", &["tributary-core", "tributary-redis", "tributary-telemetry"]),
    ("tributary-sql", &["tributary-core", "tributary-evidence", "tributary-telemetry"]),
    ("tributary-bus", &["tributary-core", "tributary-sql", "tributary-telemetry"]),
    (
        "tributary-rpc",
        &["tributary-core", "tributary-lifecycle", "tributary-proto", "tributary-sql", "tributary-telemetry"],
    ),
    ("tributary-events", &["tributary-bus", "tributary-core", "tributary-proto", "tributary-rpc", "tributary-sql"]),
    ("tributary-feed", &["tributary-bus", "tributary-core", "tributary-proto", "tributary-rpc"]),
];
/// What every crate may use in its tests.
const IN_TESTS: &str = "tributary-testkit";

/// A shared crate depends only on the shared crates that it is said to know.
#[must_use]
pub fn shared_crates_know_only_those_below(files: &[SourceFile]) -> Vec<Finding> {
    let all = crates(files);
    let ours: Vec<&str> = all.iter().map(|(_, table)| package(table)).collect();
    let mut findings = Vec::new();
    for (file, table) in all.iter().filter(|(file, _)| file.path.starts_with("shared/")) {
        let name = package(table);
        let Some((_, known)) = KNOWS.iter().find(|(shared, _)| *shared == name) else {
            let reason = format!("{name} is not in the list of shared crates: add it with what it may know");
            findings.push(Finding::new(&file.path, 1, reason));
            continue;
        };
        let may = |d: &Dependency| known.contains(&d.name.as_str()) || (d.dev && d.name == IN_TESTS);
        for d in dependencies(file, table).iter().filter(|d| ours.contains(&d.name.as_str()) && !may(d)) {
            let reason =
                format!("{name} depends on '{}': shared crates know only those below them, no service", d.name);
            findings.push(Finding::new(&file.path, d.line, reason));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::shared_crates_know_only_those_below;
    use crate::SourceFile;

    fn manifest(directory: &str, name: &str, rest: &str) -> SourceFile {
        SourceFile::new(&format!("{directory}/Cargo.toml"), &format!("[package]\nname = \"{name}\"\n{rest}"))
    }

    #[test]
    fn a_shared_crate_that_looks_up_is_found() {
        let sql = "[dependencies]\ntributary-core.workspace = true\ntributary-feed.workspace = true\nserde.workspace = true\n";
        let feed = "[dependencies]\nanalytics-server.workspace = true\ntributary-rpc.workspace = true\n\
                    [dev-dependencies]\ntributary-testkit.workspace = true\ntributary-sql.workspace = true\n";
        let found = shared_crates_know_only_those_below(&[
            manifest("shared/core", "tributary-core", ""),
            manifest("shared/testkit", "tributary-testkit", "[dependencies]\ntributary-core.workspace = true\n"),
            manifest("shared/rpc", "tributary-rpc", "[dependencies]\ntributary-testkit.workspace = true\n"),
            manifest("shared/sql", "tributary-sql", sql),
            manifest("shared/feed", "tributary-feed", feed),
            manifest(
                "services/analytics/server",
                "analytics-server",
                "[dependencies]\ntributary-feed.workspace = true\n",
            ),
        ]);
        assert_eq!(
            found.iter().map(|f| (f.path.as_str(), f.line)).collect::<Vec<_>>(),
            [
                ("shared/rpc/Cargo.toml", 4),
                ("shared/sql/Cargo.toml", 5),
                ("shared/feed/Cargo.toml", 4),
                ("shared/feed/Cargo.toml", 8),
            ]
        );
    }

    #[test]
    fn a_shared_crate_that_nobody_placed_is_found() {
        let found = shared_crates_know_only_those_below(&[manifest("shared/new", "tributary-new", "")]);
        assert_eq!(found.iter().map(|f| f.path.as_str()).collect::<Vec<_>>(), ["shared/new/Cargo.toml"]);
    }
}
