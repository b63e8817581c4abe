use tributary_core::{Role, Violations};

use super::{IdentitySettings, SigningAlgorithm};

const LEAST: &str = "[issuers.corp]\nissuer = \"https://id.example.com\"\naudiences = [\"tributary\"]\ntenant = \"acme\"\n\
                     roles_claim = \"groups\"\nroles = { staff = \"ANALYST\" }\n";

fn read(text: &str) -> IdentitySettings {
    text.parse::<toml::Table>().map(toml::Value::Table).expect("TOML").try_into().expect("settings")
}

/// The fields that are wrong.
fn faults(settings: &IdentitySettings) -> Vec<String> {
    let mut violations = Violations::new();
    settings.check("identity", &mut violations);
    let fault = violations.into_result().err();
    fault.map(|fault| fault.violations().iter().map(|v| v.field.clone()).collect()).unwrap_or_default()
}

#[test]
fn little_is_enough_and_the_rest_is_safe() {
    let settings = read(LEAST);
    assert_eq!(faults(&settings), [""; 0]);
    let corp = &settings.issuers["corp"];
    assert_eq!(corp.algorithms, [SigningAlgorithm::Rs256, SigningAlgorithm::Es256, SigningAlgorithm::EdDsa]);
    assert_eq!((corp.skew_seconds, corp.max_age_seconds, corp.hold_seconds), (60, 86_400, 3_600));
    assert_eq!(corp.roles["staff"].0, [Role::Analyst]);
}

#[test]
fn one_value_a_list_and_commas_are_alike() {
    for audiences in ["[\"a\", \"b\"]", "\"a,b\"", "\" a, b, \""] {
        let settings = read(&LEAST.replace("[\"tributary\"]", audiences));
        assert_eq!(settings.issuers["corp"].audiences, ["a", "b"], "{audiences}");
    }
    let settings = read(&LEAST.replace("\"ANALYST\"", "[\"ANALYST\", \"FINANCE\"]"));
    assert_eq!(settings.issuers["corp"].roles["staff"].0, [Role::Analyst, Role::Finance]);
}

#[test]
fn what_would_be_open_cannot_be_written_down() {
    for more in [
        "algorithms = [\"none\"]",
        "algorithms = [\"HS256\"]",
        "algorithms = \"RS256,HS256\"",
        "algorithm = \"RS256\"",
        "tenant_claim = \"a..b\"",
        "tenant_claim = \"\"",
    ] {
        let text = format!("{LEAST}{more}\n").parse::<toml::Table>().expect("TOML");
        assert!(toml::Value::Table(text).try_into::<IdentitySettings>().is_err(), "{more}");
    }
}

#[test]
fn every_fault_is_named() {
    let at = |field: &str| format!("identity.issuers.corp.{field}");
    for (text, fields) in [
        (LEAST.replace("https:", "http:"), vec![at("issuer")]),
        (LEAST.replace("https://id.example.com", ""), vec![at("issuer"), at("issuer")]),
        (LEAST.replace("[\"tributary\"]", "[]"), vec![at("audiences")]),
        (LEAST.replace("[\"tributary\"]", "[\"\"]"), vec![at("audiences")]),
        (LEAST.replace("tenant = \"acme\"\n", ""), vec![at("tenant")]),
        (LEAST.replace("\"acme\"", "\"No Tenant\""), vec![at("tenant")]),
        (LEAST.replace("staff = \"ANALYST\"", ""), vec![at("roles")]),
        (LEAST.replace("ANALYST", "SERVICE"), vec![at("roles")]),
        (LEAST.replace("ANALYST", "PARTNER"), vec![at("partners_claim")]),
        (LEAST.replace("\"ANALYST\"", "\"ANALYST,PARTNER\""), vec![at("roles"), at("partners_claim")]),
        (format!("{LEAST}partners = {{ a = \"anqing\" }}\n"), vec![at("partners")]),
        (format!("{LEAST}partners_claim = \"org\"\npartners = {{ a = \"No Id\" }}\n"), vec![at("partners")]),
        (format!("{LEAST}tenant_claim = \"org\"\n"), vec![at("tenant_claim")]),
        (format!("{LEAST}tenants = {{ a = \"acme\" }}\n"), vec![at("tenants")]),
        (format!("{LEAST}algorithms = []\n"), vec![at("algorithms")]),
        (format!("{LEAST}skew_seconds = 301\n"), vec![at("skew_seconds")]),
        (format!("{LEAST}max_age_seconds = 0\n"), vec![at("max_age_seconds")]),
        (format!("{LEAST}hold_seconds = 86401\n"), vec![at("hold_seconds")]),
        (format!("{LEAST}hold_seconds = 599\n"), vec![at("hold_seconds")]),
        (format!("{LEAST}jwks_uri = \"http://id\"\n"), vec![at("jwks_uri")]),
        (format!("{LEAST}jwks_uri = \"https://id\"\njwks_file = \"x\"\n"), vec![at("jwks_file")]),
        (LEAST.replace("corp", "Corp"), vec!["identity.issuers.Corp".to_owned()]),
        (
            LEAST.replace("corp", "a:b").replace("issuers.a:b", "issuers.\"a:b\""),
            vec!["identity.issuers.a:b".to_owned()],
        ),
        (format!("{LEAST}{}", LEAST.replace("corp", "twin")), vec!["identity.issuers.twin.issuer".to_owned()]),
    ] {
        assert_eq!(faults(&read(&text)), fields, "{text}");
    }
    let of_partners = LEAST.replace("ANALYST", "PARTNER");
    assert_eq!(faults(&read(&format!("{of_partners}partners_claim = \"partner\"\n"))), [""; 0]);
    // Nothing is fetched when the keys are in a file, and an operator may say that TLS is not needed.
    let file = LEAST.replace("https://id.example.com", "our-issuer");
    assert_eq!(faults(&read(&format!("{file}jwks_file = \"keys.json\"\n"))), [""; 0]);
    let open = format!("allow_http = true\n{}", LEAST.replace("https:", "http:"));
    assert_eq!(faults(&read(&open)), [""; 0]);
}
