//! The matrix for people, made from the contract.

use std::{fmt::Write as _, path::PathBuf};

use tributary_core::Role;
use tributary_rpc::policy::{Access, PartnerScope, Policy, is_house_only};

use super::methods;

/// When set, a document that differs is written anew.
const UPDATE: &str = "TRIBUTARY_UPDATE";

const HEAD: &str = "# Who may call what

Made from the policies of the contract (`proto/tributary/common/v1/policy.proto`): change them there, then run
`TRIBUTARY_UPDATE=1 cargo test -p tributary --test suite authorisation`. Tests make every call of these tables, by every role,
without a credential and with one that is none, by gRPC, gRPC-Web and JSON: they show who is let in. Whose rows an answer holds
is tried over rows that are there: another tenant asks for them by every read that is no stream, and the user of another partner by
every method of the last column, by reads that name a partner in its own name, too, while the user of their partner is shown them.

A partner's own user ([guide](identity.md#a-partners-own-users)) sees the rows of its partners alone. `field`: the request must
name its partner in that field. *own*: rows of others are answered like rows that are not there. *all*: there are no rows of
partners in it. Empty: not open to it.
";

const COLUMNS: [(Role, &str); 6] = [
    (Role::Admin, "admin"),
    (Role::Finance, "finance"),
    (Role::Legal, "legal"),
    (Role::ChannelManager, "channel manager"),
    (Role::Analyst, "analyst"),
    (Role::Auditor, "auditor"),
];

fn of_partner(policy: &Policy) -> String {
    match policy.own.as_ref().map(|own| (own.scope, own.field.join("."))) {
        None => String::new(),
        Some((PartnerScope::Request, field)) => format!(" `{field}`"),
        Some((PartnerScope::None, _)) => " *all*".to_owned(),
        Some(_) => " *own*".to_owned(),
    }
}

fn document() -> String {
    let mut document = HEAD.to_owned();
    let mut of = String::new();
    for method in methods::all() {
        let service = method.method.parent_service().full_name().to_owned();
        if method.policy.access == Access::Internal {
            continue;
        }
        if service != of {
            let columns = COLUMNS.map(|(_, name)| name).join(" | ");
            let _ = writeln!(document, "\n## {service}\n| method | access | {columns} | partner |");
            let _ = writeln!(document, "|---|---|---|---|---|---|---|---|---|");
            of = service;
        }
        let mut row =
            format!("| {} | {} |", method.method.name(), method.policy.access.as_str_name()[7..].to_lowercase());
        for (role, _) in COLUMNS {
            row.push_str(if method.policy.roles.contains(&role) { " yes |" } else { " |" });
        }
        let _ = writeln!(document, "{row}{} |", of_partner(&method.policy));
    }
    document.push_str("\n## What a partner's own user is not shown\n");
    let pool = tributary_proto::pool();
    let fields = pool.all_messages().flat_map(|message| message.fields().collect::<Vec<_>>());
    let mut hidden: Vec<String> = fields.map(|f| f.full_name().to_owned()).filter(|name| is_house_only(name)).collect();
    hidden.sort();
    for name in hidden {
        let _ = writeln!(document, "- `{name}`");
    }
    document
}

#[test]
fn the_document_says_what_the_contract_says() {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../deploy/docs/authorisation.md");
    let made = document();
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(&file, &made).expect("written");
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(made == kept, "{} is not what the contract says; run with {UPDATE}=1", file.display());
}
