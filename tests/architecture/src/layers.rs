//! Who may name what: `app/` decides, `rpc/` talks, `store/` speaks SQL, `domain/` knows none of it.

use crate::{
    Finding, SourceFile,
    lexer::{code_only, lines_with},
};

/// A name that a layer must not use.
struct Ban {
    words: &'static str,
    /// Whether a longer word that goes on with "_" counts: crates come in families (`tonic_types`).
    family: bool,
}

const fn family(words: &'static str) -> Ban {
    Ban { words, family: true }
}

const fn exactly(words: &'static str) -> Ban {
    Ban { words, family: false }
}

/// `app/` never names tonic or sqlx.
#[must_use]
pub fn app_knows_no_transport_and_no_sql(files: &[SourceFile]) -> Vec<Finding> {
    let why = "use cases know domain and ports only, so that transport and store can change without them";
    check(files, |path| in_layer(path, "app"), &[family("tonic"), family("sqlx")], why)
}

/// `rpc/` never names sqlx.
#[must_use]
pub fn rpc_knows_no_sql(files: &[SourceFile]) -> Vec<Finding> {
    let why = "handlers decode, call a use case and encode; only store/ speaks SQL";
    check(files, |path| in_layer(path, "rpc"), &[family("sqlx")], why)
}

/// `domain/` is pure: no transport, no store, no runtime, no clock, no ids of its own.
#[must_use]
pub fn domain_is_pure(files: &[SourceFile]) -> Vec<Finding> {
    let why = "the domain is pure: values in, values out; time and ids come from outside";
    let bans = [
        family("tonic"),
        family("sqlx"),
        family("tokio"),
        family("prost"),
        family("rand"),
        exactly("SystemTime"),
        exactly("Instant"),
        family("Uuid::now"),
        family("Uuid::new"),
        exactly("Timestamp::now"),
        exactly("Zoned::now"),
    ];
    check(files, in_domain, &bans, why)
}

/// Whether the path is in a service's `domain` crate.
#[must_use]
pub fn in_domain(path: &str) -> bool {
    path.starts_with("services/") && path.split('/').any(|part| part == "domain")
}

/// Whether the path is in the module `layer` of a service: `…/src/layer/…` or `…/src/layer.rs`.
fn in_layer(path: &str, layer: &str) -> bool {
    let inside = path.strip_prefix("services/").and_then(|p| p.split_once("/src/")).map(|(_, inside)| inside);
    inside.and_then(|p| p.strip_prefix(layer)).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

fn check(files: &[SourceFile], covers: impl Fn(&str) -> bool, bans: &[Ban], why: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|f| f.is(".rs") && covers(&f.path)) {
        let code = code_only(&file.text);
        for ban in bans {
            for line in lines_with(&code, ban.words, ban.family) {
                findings.push(Finding::new(&file.path, line, format!("names '{}': {why}", ban.words)));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::{app_knows_no_transport_and_no_sql, domain_is_pure, rpc_knows_no_sql};
    use crate::SourceFile;

    #[test]
    fn a_status_in_a_use_case_is_found() {
        let planted = SourceFile::new(
            "services/partner-registry/server/src/app/create.rs",
            "//! Knows no tonic.\nfn f() -> tonic::Status {}\nuse tonic_types::ErrorDetails;\nuse sqlx::Pool;\n",
        );
        let elsewhere = SourceFile::new("services/partner-registry/server/src/rpc/create.rs", "use tonic::Status;");
        let found = app_knows_no_transport_and_no_sql(&[planted, elsewhere]);
        assert_eq!(found.iter().map(|f| f.line).collect::<Vec<_>>(), [2, 3, 4]);
    }

    #[test]
    fn sql_in_a_handler_is_found() {
        let handler = SourceFile::new("services/gateway/src/rpc/keys.rs", "\nlet x = sqlx::query(\"SELECT 1\");");
        let module = SourceFile::new("services/gateway/src/rpc.rs", "use sqlx::Row;");
        let store = SourceFile::new("services/gateway/src/store/keys.rs", "use sqlx::Row;");
        let found = rpc_knows_no_sql(&[handler, module, store]);
        assert_eq!(
            found.iter().map(|f| (f.path.as_str(), f.line)).collect::<Vec<_>>(),
            [("services/gateway/src/rpc/keys.rs", 2), ("services/gateway/src/rpc.rs", 1)]
        );
    }

    #[test]
    fn a_clock_or_a_runtime_in_the_domain_is_found() {
        for bad in [
            "use tonic::Code;",
            "use sqlx::Type;",
            "async fn f() { tokio::time::sleep(d).await }",
            "use prost_types::Any;",
            "let t = std::time::SystemTime::now();",
            "let id = Uuid::now_v7();",
            "let id = Uuid::new_v4();",
            "let t = jiff::Timestamp::now();",
        ] {
            let found = domain_is_pure(&[SourceFile::new("services/analytics/domain/src/lib.rs", bad)]);
            assert_eq!(found.len(), 1, "{bad}");
        }
        let fine = "// SystemTime\nfn f(now: Timestamp) -> &'static str { \"tokio\" }";
        assert!(domain_is_pure(&[SourceFile::new("services/analytics/domain/src/lib.rs", fine)]).is_empty());
    }
}
