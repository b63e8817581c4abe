//! Rules on `Cargo.toml`: who may depend on what, where code is generated, that every crate has the lints.

use toml::{Table, Value};

use crate::{Finding, SourceFile, layers::in_domain};

/// Crates that may depend on sqlx, besides the servers.
const SQL_OWNERS: [&str; 3] = ["tributary-sql", "tributary-testkit", "tributary-gateway"];
/// Crates that may name sqlx in their tests: what they deliver has its effect in a table of the test's own.
const SQL_TESTERS: [&str; 2] = ["tributary-bus", "tributary-events"];
/// The only crate that may depend on opentelemetry.
const TELEMETRY_OWNER: &str = "tributary-telemetry";
/// The only crate with a build script.
const GENERATOR: &str = "shared/proto/";
/// What a domain crate must not depend on, with everything that goes on with "-".
const IMPURE: [&str; 6] = ["tonic", "sqlx", "tokio", "prost", "rand", "redis"];

/// A dependency of a crate.
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) line: usize,
    from_workspace: bool,
    /// Of tests only.
    pub(crate) dev: bool,
}

/// Only the telemetry crate depends on opentelemetry.
#[must_use]
pub fn only_telemetry_knows_opentelemetry(files: &[SourceFile]) -> Vec<Finding> {
    let why = "only shared/telemetry may name opentelemetry: its versions move together and often";
    dependencies_where(files, why, |package, d| d.name.contains("opentelemetry") && package != TELEMETRY_OWNER)
}

/// Only stores depend on sqlx.
#[must_use]
pub fn only_stores_know_sqlx(files: &[SourceFile]) -> Vec<Finding> {
    let why = "only tributary-sql, the testkit, the servers and the gateway may name sqlx: SQL has few homes";
    dependencies_where(files, why, |package, d| {
        let may = package.ends_with("-server") || SQL_OWNERS.contains(&package);
        is_or_extends(&d.name, "sqlx") && !may && !(d.dev && SQL_TESTERS.contains(&package))
    })
}

/// A domain crate depends on nothing that does I/O.
#[must_use]
pub fn domain_crates_depend_on_no_io(files: &[SourceFile]) -> Vec<Finding> {
    let why = "a domain crate is pure: it depends on std, serde, thiserror and shared/core";
    let domain: Vec<_> = files.iter().filter(|f| in_domain(&f.path)).cloned().collect();
    dependencies_where(&domain, why, |_, d| IMPURE.iter().any(|bad| is_or_extends(&d.name, bad)))
}

/// Every dependency is taken from the list of the workspace.
#[must_use]
pub fn versions_stand_in_one_place(files: &[SourceFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (file, table) in crates(files) {
        for d in dependencies(file, &table).into_iter().filter(|d| !d.from_workspace) {
            let reason = format!("'{}' has a version of its own: write `{}.workspace = true`", d.name, d.name);
            findings.push(Finding::new(&file.path, d.line, reason));
        }
    }
    findings
}

/// Only `shared/proto` has a build script.
#[must_use]
pub fn only_the_generator_has_a_build_script(files: &[SourceFile]) -> Vec<Finding> {
    let why = "only shared/proto generates code: a build script elsewhere slows every build";
    let mut findings = Vec::new();
    // A build.rs is a build script where it stands beside a manifest, else a module.
    let scripts: Vec<_> = manifests(files).map(|f| f.path.replace("Cargo.toml", "build.rs")).collect();
    for file in files.iter().filter(|f| !f.path.starts_with(GENERATOR) && scripts.contains(&f.path)) {
        findings.push(Finding::new(&file.path, 1, why));
    }
    for (file, table) in crates(files).into_iter().filter(|(f, _)| !f.path.starts_with(GENERATOR)) {
        if table.get("package").and_then(|p| p.get("build")).is_some_and(|b| b.as_bool() != Some(false)) {
            findings.push(Finding::new(&file.path, line_of(&file.text, "build"), why));
        }
    }
    findings
}

/// Every crate takes the lints of the workspace.
#[must_use]
pub fn every_crate_has_the_lints(files: &[SourceFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (file, table) in crates(files) {
        let inherits = table.get("lints").and_then(|l| l.get("workspace")).and_then(Value::as_bool);
        if inherits != Some(true) {
            let reason = "no `[lints] workspace = true`: the lints hold for every crate or for none";
            findings.push(Finding::new(&file.path, 1, reason));
        }
    }
    findings
}

/// Every manifest can be read; the other rules pass over one that cannot.
#[must_use]
pub fn manifests_can_be_read(files: &[SourceFile]) -> Vec<Finding> {
    let unreadable = |f: &&SourceFile| f.text.parse::<Table>().is_err();
    manifests(files).filter(unreadable).map(|f| Finding::new(&f.path, 1, "not valid TOML")).collect()
}

fn manifests(files: &[SourceFile]) -> impl Iterator<Item = &SourceFile> {
    files.iter().filter(|f| f.path.rsplit('/').next() == Some("Cargo.toml"))
}

/// The manifests that describe a crate, parsed.
pub(crate) fn crates(files: &[SourceFile]) -> Vec<(&SourceFile, Table)> {
    let parsed = manifests(files).filter_map(|f| Some((f, f.text.parse::<Table>().ok()?)));
    parsed.filter(|(_, table)| table.contains_key("package")).collect()
}

/// The name of a crate.
pub(crate) fn package(table: &Table) -> &str {
    table.get("package").and_then(|p| p.get("name")).and_then(Value::as_str).unwrap_or_default()
}

fn dependencies_where(files: &[SourceFile], why: &str, bad: impl Fn(&str, &Dependency) -> bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (file, table) in crates(files) {
        let package = package(&table);
        for d in dependencies(file, &table).into_iter().filter(|d| bad(package, d)) {
            findings.push(Finding::new(&file.path, d.line, format!("{package} depends on '{}': {why}", d.name)));
        }
    }
    findings
}

/// All dependencies: normal, of tests, of the build, of targets; a renamed one by its true name.
pub(crate) fn dependencies(file: &SourceFile, table: &Table) -> Vec<Dependency> {
    let targets = table.get("target").and_then(Value::as_table).into_iter().flat_map(Table::values);
    let tables = targets.filter_map(Value::as_table).chain([table]);
    let mut found = Vec::new();
    for t in tables {
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for (key, value) in t.get(section).and_then(Value::as_table).into_iter().flatten() {
                found.push(Dependency {
                    name: value.get("package").and_then(Value::as_str).unwrap_or(key).to_owned(),
                    line: line_of(&file.text, key),
                    dev: section == "dev-dependencies",
                    from_workspace: value.get("workspace").and_then(Value::as_bool) == Some(true),
                });
            }
        }
    }
    found
}

fn is_or_extends(name: &str, family: &str) -> bool {
    name.strip_prefix(family).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// The line on which `key` is set, 1 when it cannot be found.
fn line_of(text: &str, key: &str) -> usize {
    let sets = |line: &str| {
        let header = line.starts_with('[') && line.ends_with(&format!("dependencies.{key}]"));
        header || line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with(['=', '.']))
    };
    (1..).zip(text.lines()).find(|(_, line)| sets(line.trim())).map_or(1, |(n, _)| n)
}

#[cfg(test)]
mod tests {
    use super::{
        domain_crates_depend_on_no_io, every_crate_has_the_lints, manifests_can_be_read, only_stores_know_sqlx,
        only_telemetry_knows_opentelemetry, only_the_generator_has_a_build_script, versions_stand_in_one_place,
    };
    use crate::{Finding, SourceFile};

    fn manifest(path: &str, name: &str, rest: &str) -> SourceFile {
        SourceFile::new(path, &format!("[package]\nname = \"{name}\"\n{rest}"))
    }

    fn lines(findings: &[Finding]) -> Vec<usize> {
        findings.iter().map(|f| f.line).collect()
    }

    #[test]
    fn opentelemetry_outside_telemetry_is_found() {
        let rest = "[dependencies]\ntracing-opentelemetry.workspace = true\n[target.'cfg(unix)'.dev-dependencies]\n\
                    otel = { package = \"opentelemetry\", workspace = true }\n";
        let found = only_telemetry_knows_opentelemetry(&[
            manifest("shared/rpc/Cargo.toml", "tributary-rpc", rest),
            manifest("shared/telemetry/Cargo.toml", "tributary-telemetry", rest),
        ]);
        assert_eq!(found.iter().map(|f| f.path.as_str()).collect::<Vec<_>>(), ["shared/rpc/Cargo.toml"; 2]);
        let mut at = lines(&found);
        at.sort_unstable();
        assert_eq!(at, [4, 6]);
    }

    #[test]
    fn sqlx_outside_the_stores_is_found() {
        let rest = "[dependencies.sqlx]\nworkspace = true\n";
        let in_tests = "[dev-dependencies.sqlx]\nworkspace = true\n";
        let found = only_stores_know_sqlx(&[
            manifest("shared/bus/Cargo.toml", "tributary-bus", rest),
            manifest("shared/bus/Cargo.toml", "tributary-bus", in_tests),
            manifest("shared/rpc/Cargo.toml", "tributary-rpc", in_tests),
            manifest("shared/sql/Cargo.toml", "tributary-sql", rest),
            manifest("services/analytics/server/Cargo.toml", "analytics-server", rest),
        ]);
        assert_eq!(
            found.iter().map(|f| f.path.as_str()).collect::<Vec<_>>(),
            ["shared/bus/Cargo.toml", "shared/rpc/Cargo.toml"]
        );
        assert_eq!(lines(&found), [3, 3]);
    }

    #[test]
    fn a_runtime_under_a_domain_is_found() {
        let rest = "[dependencies]\nserde.workspace = true\ntokio-stream.workspace = true\n";
        let found = domain_crates_depend_on_no_io(&[
            manifest("services/analytics/domain/Cargo.toml", "analytics-domain", rest),
            manifest("services/analytics/server/Cargo.toml", "analytics-server", rest),
        ]);
        assert_eq!(lines(&found), [5]);
    }

    #[test]
    fn a_version_of_its_own_is_found() {
        let rest = "[dependencies]\nserde.workspace = true\nhex = \"0.4\"\n";
        assert_eq!(lines(&versions_stand_in_one_place(&[manifest("shared/x/Cargo.toml", "x", rest)])), [5]);
    }

    #[test]
    fn a_second_build_script_is_found() {
        let found = only_the_generator_has_a_build_script(&[
            SourceFile::new("shared/proto/build.rs", "fn main() {}"),
            SourceFile::new("services/gateway/build.rs", "fn main() {}"),
            SourceFile::new("services/gateway/src/build.rs", "fn module() {}"),
            manifest("services/gateway/Cargo.toml", "tributary-gateway", ""),
            manifest("shared/proto/Cargo.toml", "tributary-proto", ""),
            manifest("services/suite/Cargo.toml", "tributary", "build = \"make.rs\"\n"),
        ]);
        assert_eq!(
            found.iter().map(|f| (f.path.as_str(), f.line)).collect::<Vec<_>>(),
            [("services/gateway/build.rs", 1), ("services/suite/Cargo.toml", 3)]
        );
    }

    #[test]
    fn a_crate_without_lints_is_found() {
        let found = every_crate_has_the_lints(&[
            manifest("shared/a/Cargo.toml", "a", ""),
            manifest("shared/b/Cargo.toml", "b", "[lints]\nworkspace = false\n"),
            manifest("shared/c/Cargo.toml", "c", "[lints]\nworkspace = true\n"),
            SourceFile::new("Cargo.toml", "[workspace]\n"),
        ]);
        assert_eq!(
            found.iter().map(|f| f.path.as_str()).collect::<Vec<_>>(),
            ["shared/a/Cargo.toml", "shared/b/Cargo.toml"]
        );
    }

    #[test]
    fn a_broken_manifest_is_found() {
        assert_eq!(manifests_can_be_read(&[SourceFile::new("shared/a/Cargo.toml", "[package")]).len(), 1);
    }
}
