//! The rules on the contract catch what is planted: a small file with one violation of each kind, compiled beside the
//! real ones.

#![cfg(test)]

use std::{fs, path::Path};

use architecture_tests::{Finding, SourceFile, partners, protos};
use prost_reflect::DescriptorPool;

const PLANTED: &str = r#"syntax = "proto3";
package tributary.planted.v1;
import "google/api/annotations.proto";
import "tributary/common/v1/policy.proto";

// A service.
service PlantedService {
  // Fine.
  rpc Fine(Thing) returns (Thing) {
    option (google.api.http) = {get: "/v1/fine"};
    option (tributary.common.v1.policy) = {roles: [ROLE_ADMIN] access: ACCESS_READ};
  }
  // No path.
  rpc NoPath(Thing) returns (Thing) {
    option (tributary.common.v1.policy) = {roles: [ROLE_ADMIN] access: ACCESS_READ};
  }
  // A stream without a path either.
  rpc StreamIn(stream Thing) returns (Thing) {
    option (tributary.common.v1.policy) = {roles: [ROLE_ADMIN] access: ACCESS_WRITE};
  }
  // Internal, but for people.
  rpc Leaks(Thing) returns (Thing) {
    option (tributary.common.v1.policy) = {roles: [ROLE_ADMIN, ROLE_SERVICE] access: ACCESS_INTERNAL};
  }
  // No policy.
  rpc NoPolicy(Thing) returns (Thing) {
    option (google.api.http) = {get: "/v1/noPolicy"};
  }
  // No access.
  rpc NoAccess(Thing) returns (Thing) {
    option (google.api.http) = {get: "/v1/noAccess"};
    option (tributary.common.v1.policy) = {roles: [ROLE_ADMIN]};
  }
  // No roles.
  rpc NoRoles(Thing) returns (Thing) {
    option (google.api.http) = {get: "/v1/noRoles"};
    option (tributary.common.v1.policy) = {access: ACCESS_READ};
  }
  // Open to partners, or nearly.
  rpc Own(Thing) returns (Thing) {
    option (google.api.http) = {post: "/v1/own"};
    option (tributary.common.v1.policy) = {roles: [ROLE_ADMIN, ROLE_PARTNER] access: ACCESS_READ partner_scope: PARTNER_SCOPE_REQUEST partner_field: "bad"};
  }
  // Open to partners, or nearly.
  rpc Unscoped(Thing) returns (Thing) {
    option (google.api.http) = {post: "/v1/unscoped"};
    option (tributary.common.v1.policy) = {roles: [ROLE_ADMIN, ROLE_PARTNER] access: ACCESS_READ};
  }
  // Open to partners, or nearly.
  rpc ScopeAlone(Thing) returns (Thing) {
    option (google.api.http) = {post: "/v1/scopeAlone"};
    option (tributary.common.v1.policy) = {roles: [ROLE_ADMIN] access: ACCESS_READ partner_scope: PARTNER_SCOPE_NONE};
  }
  // Open to partners, or nearly.
  rpc NoField(Thing) returns (Thing) {
    option (google.api.http) = {post: "/v1/noField"};
    option (tributary.common.v1.policy) = {roles: [ROLE_ADMIN, ROLE_PARTNER] access: ACCESS_READ partner_scope: PARTNER_SCOPE_REQUEST partner_field: "nothing"};
  }
  // Open to partners, or nearly.
  rpc NoName(Thing) returns (Thing) {
    option (google.api.http) = {post: "/v1/noName"};
    option (tributary.common.v1.policy) = {roles: [ROLE_ADMIN, ROLE_PARTNER] access: ACCESS_READ partner_scope: PARTNER_SCOPE_ROW partner_field: "good"};
  }
  // Open to partners, or nearly.
  rpc Rowless(Thing) returns (Thing) {
    option (google.api.http) = {post: "/v1/rowless"};
    option (tributary.common.v1.policy) = {roles: [ROLE_ADMIN, ROLE_PARTNER] access: ACCESS_READ partner_scope: PARTNER_SCOPE_NONE partner_field: "bad"};
  }
  // Open to partners, or nearly.
  rpc Stream(stream Thing) returns (Thing) {
    option (google.api.http) = {post: "/v1/stream"};
    option (tributary.common.v1.policy) = {roles: [ROLE_ADMIN, ROLE_PARTNER] access: ACCESS_READ partner_scope: PARTNER_SCOPE_ROW};
  }
  // Compares owner and title. Not for a partner's own user: title.
  rpc ListRows(ListRequest) returns (ListAnswer) {
    option (google.api.http) = {post: "/v1/rows"};
    option (tributary.common.v1.policy) = {roles: [ROLE_ADMIN, ROLE_PARTNER] access: ACCESS_READ partner_scope: PARTNER_SCOPE_REQUEST partner_field: "partner"};
  }
  rpc NoComment(Thing) returns (Thing) {
    option (google.api.http) = {get: "/v1/noComment"};
    option (tributary.common.v1.policy) = {roles: [ROLE_ADMIN] access: ACCESS_READ};
  }
}

// A thing.
message Thing {
  // Has a comment; maps make a hidden message, which needs none.
  map<string, string> good = 1;
  string bad = 2;
  oneof choice {
    // One.
    string one = 3;
  }
}

message Bare {}

// Asks for rows.
message ListRequest {
  // Whose.
  string partner = 1;
  // Over owner, title, kind and key.
  string filter = 2;
}

// Rows.
message ListAnswer {
  // Them.
  repeated Row rows = 1;
}

// A row.
message Row {
  // In charge.
  string owner = 1 [(tributary.common.v1.house_only) = true];
  // Called.
  string title = 2 [(tributary.common.v1.house_only) = true];
  // Keys.
  repeated string keys = 3 [(tributary.common.v1.house_only) = true];
  // Of what kind.
  string kind = 4;
  // Who wrote it.
  string author = 5;
  // Who took it in.
  string taken_by = 6;
  // Why.
  string reason = 7;
  // What is not shown shows nothing.
  Hidden hidden = 8 [(tributary.common.v1.house_only) = true];
}

// For the house.
message Hidden {
  // Who.
  string actor = 1;
}

// A sort.
enum Sort {
  SORT_UNSPECIFIED = 0;
}
"#;

fn pool() -> DescriptorPool {
    let proto = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../proto");
    let planted = tempfile::tempdir().unwrap();
    fs::write(planted.path().join("planted.proto"), PLANTED).unwrap();
    let includes = [planted.path(), &proto.join("third_party"), &proto];
    let mut compiler = protox::Compiler::new(includes).unwrap();
    compiler.include_imports(true).include_source_info(true);
    compiler.open_file("planted.proto").unwrap();
    DescriptorPool::decode(compiler.encode_file_descriptor_set().as_slice()).unwrap()
}

/// The first word of each reason, with the line in the planted file.
fn planted(findings: &[Finding]) -> Vec<(String, usize)> {
    let ours = findings.iter().filter(|f| f.path == "proto/planted.proto");
    ours.map(|f| (f.reason.split(' ').next().unwrap().to_owned(), f.line)).collect()
}

/// The line, from 1, on which `text` stands in the planted file.
fn line_of(text: &str) -> usize {
    1 + PLANTED.lines().position(|l| l.contains(text)).unwrap()
}

#[test]
fn a_method_without_a_path_is_found() {
    let found = planted(&protos::every_method_has_a_path(&pool()));
    assert_eq!(found, ["NoPath", "StreamIn"].map(|m| (m.to_owned(), line_of(&format!("rpc {m}(")))));
}

#[test]
fn a_method_without_a_policy_is_found() {
    let found = planted(&protos::every_method_has_a_policy(&pool()));
    let expected = ["Leaks", "NoPolicy", "NoAccess", "NoRoles"];
    assert_eq!(found, expected.map(|m| (m.to_owned(), line_of(&format!("rpc {m}(")))));
}

#[test]
fn a_method_that_lets_partners_see_too_much_is_found() {
    let found = planted(&protos::partners_see_their_own_rows(&pool()));
    let expected = ["Unscoped", "ScopeAlone", "NoField", "NoName", "Rowless", "Stream"];
    assert_eq!(found, expected.map(|m| (m.to_owned(), line_of(&format!("rpc {m}(")))));
}

#[test]
fn people_who_are_shown_to_partners_are_found() {
    let open = [("tributary.planted.v1.Row.reason", "for them"), ("tributary.planted.v1.Row.kind", "no name of ours")];
    let found = planted(&partners::people_and_reasons_are_for_the_house(&pool(), &open));
    let expected =
        ["author", "taken_by"].map(|f| (format!("tributary.planted.v1.Row.{f}"), line_of(&format!("string {f}"))));
    assert_eq!(found, expected);
    let stale = [("tributary.planted.v1.Row.owner", "marked"), ("tributary.planted.v1.Hidden.actor", "not reached")];
    let found = partners::people_and_reasons_are_for_the_house(&pool(), &stale);
    let stale: Vec<&str> = found.iter().map(|f| f.reason.as_str()).filter(|reason| reason.contains("listed")).collect();
    assert_eq!(stale.len(), 2, "{found:?}");
}

#[test]
fn filters_over_what_is_for_the_house_are_found() {
    let reads = |text: &str| [SourceFile::new("services/planted/server/src/rpc/filter.rs", text)];
    let kept = reads("parse_for(scope, \"tributary.planted.v1.Row\", filter, &FIELDS)");
    let found = partners::filters_ask_nothing_of_what_is_for_the_house(&pool(), &kept);
    let reasons: Vec<&str> = found.iter().map(|f| f.reason.split(", which").next().unwrap()).collect();
    // The title is named as none of theirs; a key stands for one of the keys.
    assert_eq!(reasons, ["ListRows: the filter names owner", "ListRows: the filter names keys"]);
    for left in ["parse(filter, &FIELDS)", "parse_for(scope, \"tributary.planted.v1.Other\", filter, &FIELDS)"] {
        let found = partners::filters_ask_nothing_of_what_is_for_the_house(&pool(), &reads(left));
        assert!(found[0].reason.contains("no service reads its filter by parse_for"), "{found:?}");
    }
}

#[test]
fn things_without_a_comment_are_found() {
    let mut found = planted(&protos::everything_has_a_comment(&pool()));
    found.sort_by_key(|(_, line)| *line);
    let package = "tributary.planted.v1";
    assert_eq!(
        found,
        [
            (format!("{package}.PlantedService.NoComment"), line_of("rpc NoComment")),
            (format!("{package}.Thing.bad"), line_of("string bad")),
            (format!("{package}.Thing.choice"), line_of("oneof choice")),
            (format!("{package}.Bare"), line_of("message Bare")),
            (format!("{package}.SORT_UNSPECIFIED"), line_of("SORT_UNSPECIFIED")),
        ]
    );
}

#[test]
fn a_file_that_is_not_compiled_is_found() {
    let files = ["proto/planted.proto", "proto/tributary/new/v1/new.proto"].map(|p| SourceFile::new(p, ""));
    let found = protos::every_file_is_compiled(&pool(), &files);
    assert_eq!(found.iter().map(|f| f.path.as_str()).collect::<Vec<_>>(), ["proto/tributary/new/v1/new.proto"]);
}
