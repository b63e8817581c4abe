//! Every rule of the house, run on the tree.

#![cfg(test)]

use std::{fmt::Write as _, path::Path};

use architecture_tests::{Finding, SourceFile, layers, manifests, migrations, partners, protos, shared, text, tree};
use tributary_proto::pool;

fn files() -> Vec<SourceFile> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let files = tree::load(&root).unwrap();
    assert!(files.iter().any(|f| f.path == "shared/core/src/lib.rs"), "the tree was not found");
    files
}

fn holds(findings: &[Finding]) {
    let mut list = String::new();
    for finding in findings {
        writeln!(list, "{finding}").unwrap();
    }
    assert!(findings.is_empty(), "{} places break the rule:\n{list}", findings.len());
}

#[test]
fn app_knows_no_transport_and_no_sql() {
    holds(&layers::app_knows_no_transport_and_no_sql(&files()));
}

#[test]
fn rpc_knows_no_sql() {
    holds(&layers::rpc_knows_no_sql(&files()));
}

#[test]
fn domain_is_pure() {
    holds(&layers::domain_is_pure(&files()));
}

#[test]
fn domain_crates_depend_on_no_io() {
    holds(&manifests::domain_crates_depend_on_no_io(&files()));
}

#[test]
fn only_telemetry_knows_opentelemetry() {
    holds(&manifests::only_telemetry_knows_opentelemetry(&files()));
}

#[test]
fn only_stores_know_sqlx() {
    holds(&manifests::only_stores_know_sqlx(&files()));
}

#[test]
fn shared_crates_know_only_those_below() {
    holds(&shared::shared_crates_know_only_those_below(&files()));
}

#[test]
fn versions_stand_in_one_place() {
    holds(&manifests::versions_stand_in_one_place(&files()));
}

#[test]
fn only_the_generator_has_a_build_script() {
    holds(&manifests::only_the_generator_has_a_build_script(&files()));
}

#[test]
fn every_crate_has_the_lints() {
    holds(&manifests::every_crate_has_the_lints(&files()));
}

#[test]
fn manifests_can_be_read() {
    holds(&manifests::manifests_can_be_read(&files()));
}

#[test]
fn engines_have_the_same_migrations() {
    holds(&migrations::engines_have_the_same_migrations(&files()));
}

#[test]
fn migrations_are_numbered() {
    holds(&migrations::migrations_are_numbered(&files()));
}

#[test]
fn files_are_short() {
    holds(&text::files_are_short(&files()));
}

#[test]
fn lists_of_keys_use_indexes() {
    holds(&text::lists_of_keys_use_indexes(&files()));
}

#[test]
fn no_lint_is_allowed() {
    holds(&text::no_lint_is_allowed(&files()));
}

#[test]
fn no_test_is_ignored() {
    holds(&text::no_test_is_ignored(&files()));
}

#[test]
fn nothing_is_left_open() {
    holds(&text::nothing_is_left_open(&files()));
}

#[test]
fn every_proto_file_is_compiled() {
    holds(&protos::every_file_is_compiled(pool(), &files()));
}

#[test]
fn every_method_has_a_path() {
    holds(&protos::every_method_has_a_path(pool()));
}

#[test]
fn every_method_has_a_policy() {
    holds(&protos::every_method_has_a_policy(pool()));
}

#[test]
fn partners_see_their_own_rows() {
    holds(&protos::partners_see_their_own_rows(pool()));
}

#[test]
fn people_and_reasons_are_for_the_house() {
    holds(&partners::people_and_reasons_are_for_the_house(pool(), partners::OPEN));
}

#[test]
fn filters_ask_nothing_of_what_is_for_the_house() {
    holds(&partners::filters_ask_nothing_of_what_is_for_the_house(pool(), &files()));
}

#[test]
fn everything_in_the_contract_has_a_comment() {
    holds(&protos::everything_has_a_comment(pool()));
}
