//! The rules on the contract catch what is planted: a small file with one violation of each kind, compiled beside the
//! real ones.

#![cfg(test)]

use std::{fs, path::Path};

use architecture_tests::{Finding, SourceFile, protos};
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
