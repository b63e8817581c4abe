use std::collections::BTreeMap;

use tributary_core::{Role, Violations};
use tributary_rpc::tls::PeerCertificate;

use super::{ClientSettings, Clients, check};

type Settings = BTreeMap<String, ClientSettings>;

fn read(text: &str) -> Settings {
    text.parse::<toml::Table>().map(toml::Value::Table).expect("TOML").try_into().expect("settings")
}

/// The fields that are wrong.
fn faults(settings: &Settings) -> Vec<String> {
    let mut violations = Violations::new();
    check(settings, "clients", &mut violations);
    let fault = violations.into_result().err();
    fault.map(|fault| fault.violations().iter().map(|v| v.field.clone()).collect()).unwrap_or_default()
}

fn shown(names: &[&str], first: u8) -> PeerCertificate {
    let mut sha256 = [0; 32];
    sha256[0] = first;
    PeerCertificate { sha256, names: names.iter().map(|name| (*name).to_owned()).collect() }
}

const BOTH: &str = "[erp]\nname = \"spiffe://example.com/erp\"\ntenant = \"acme\"\nroles = \"FINANCE,ANALYST\"\n\
                    [portal]\nsha256 = \"AB:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00\"\n\
                    tenant = \"acme\"\nroles = \"PARTNER\"\npartners = [\"anqing\"]\n";

#[test]
fn a_name_or_a_certificate_leads_to_one_client() {
    let settings = read(BOTH);
    assert_eq!(faults(&settings), [""; 0]);
    let clients = Clients::new(&settings);
    let erp = clients.caller(&shown(&["erp.example.com", "spiffe://example.com/erp"], 1)).expect("known");
    assert_eq!((erp.subject.as_str(), erp.tenant.as_str(), erp.key()), ("mtls:erp", "acme", ""));
    assert_eq!(erp.roles, [Role::Finance, Role::Analyst]);
    let portal = clients.caller(&shown(&[], 0xab)).expect("known");
    assert_eq!((portal.roles, portal.partners), (vec![Role::Partner], vec!["partners/anqing".to_owned()]));

    for nobody in [shown(&[], 1), shown(&["spiffe://example.com/erp2", "SPIFFE://example.com/erp"], 1)] {
        let refused = clients.caller(&nobody).expect_err("unknown");
        assert_eq!(refused.reason().code, "CERTIFICATE_UNKNOWN");
    }
    let two = clients.caller(&shown(&["spiffe://example.com/erp"], 0xab)).expect_err("two clients");
    assert!(two.to_string().contains("several clients"), "{two}");
}

#[test]
fn every_fault_is_named() {
    for (of, with, fields) in [
        ("name = \"spiffe://example.com/erp\"\n", "", vec!["clients.erp.name"]),
        ("spiffe://example.com/erp", "", vec!["clients.erp.name"]),
        ("AB:00", "AB", vec!["clients.portal.sha256"]),
        ("AB:00", "é:00", vec!["clients.portal.sha256"]),
        ("\"acme\"\nroles = \"FIN", "\"a c\"\nroles = \"FIN", vec!["clients.erp.tenant"]),
        ("FINANCE,ANALYST", "SERVICE", vec!["clients.erp.roles"]),
        ("\"FINANCE,ANALYST\"", "[]", vec!["clients.erp.roles"]),
        ("FINANCE,ANALYST", "PARTNER", vec!["clients.erp.partners"]),
        ("\"PARTNER\"", "\"ANALYST\"", vec!["clients.portal.partners"]),
        ("\"PARTNER\"", "\"PARTNER,ADMIN\"", vec!["clients.portal.roles"]),
        ("anqing", "An Qing", vec!["clients.portal.partners"]),
        ("[erp]", "[ERP]", vec!["clients.ERP"]),
    ] {
        let text = BOTH.replace(of, with);
        assert_ne!(text, BOTH, "{of}");
        assert_eq!(faults(&read(&text)), fields, "{of} → {with}");
    }
    let same = "[a]\nname = \"erp\"\ntenant = \"acme\"\nroles = \"ADMIN\"\n[b]\nname = \"erp\"\ntenant = \"acme\"\nroles = \"ADMIN\"\n";
    assert_eq!(faults(&read(same)), ["clients.b.name"]);
}
