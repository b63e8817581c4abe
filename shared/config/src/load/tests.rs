//! Every source over the one before, and what is refused.

use std::{collections::BTreeMap, io::Write as _};

use serde::{Deserialize, Serialize};

use super::load_from;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    data: String,
    port: u16,
    upstream: Option<String>,
    store: Store,
    labels: BTreeMap<String, String>,
}

#[derive(Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Store {
    url: String,
    connections: u32,
    replicas: Vec<String>,
    read_only: bool,
}

impl Default for Settings {
    fn default() -> Self {
        let store = Store { url: "sqlite:x".to_owned(), connections: 4, ..Store::default() };
        Self { data: "./data".to_owned(), port: 7420, upstream: None, store, labels: BTreeMap::new() }
    }
}

type Pairs<'a> = &'a [(&'a str, &'a str)];

fn read(file: &str, env: Pairs<'_>, flags: Pairs<'_>) -> Result<Settings, Vec<String>> {
    let owned = |pairs: Pairs<'_>| pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect::<Vec<_>>();
    let mut path = tempfile::NamedTempFile::new().expect("file");
    path.write_all(file.as_bytes()).expect("written");
    load_from(Some(path.path()), "TRIBUTARY", owned(env).into_iter(), owned(flags)).map_err(|e| e.faults)
}

#[test]
fn later_sources_win() {
    let default = read("", &[], &[]).expect("defaults");
    assert_eq!(default, Settings::default());
    let file = "port = 1\n[store]\nurl = \"a\"\nconnections = 1\n[labels]\nzone = \"x\"\n";
    let env = [
        ("TRIBUTARY_PORT", "2"),
        ("TRIBUTARY_STORE__CONNECTIONS", "2"),
        ("TRIBUTARY_STORE__REPLICAS", "b, c"),
        ("TRIBUTARY_UPSTREAM", "http://x:1"),
        ("TRIBUTARY_STORE__READ_ONLY", "true"),
        // Not settings: the command line's and the tests' own.
        ("TRIBUTARY_API_KEY", "trib_x"),
        ("TRIBUTARY_TEST_POSTGRES", "postgres://x"),
        ("TRIBUTARYPORT", "9"),
        ("PORT", "9"),
    ];
    let got = read(file, &env, &[("store.connections", "3"), ("store.url", "12")]).expect("settings");
    let store =
        Store { url: "12".to_owned(), connections: 3, replicas: vec!["b".to_owned(), "c".to_owned()], read_only: true };
    let labels = BTreeMap::from([("zone".to_owned(), "x".to_owned())]);
    let expected =
        Settings { data: "./data".to_owned(), port: 2, upstream: Some("http://x:1".to_owned()), store, labels };
    assert_eq!(got, expected);
    let list = read("", &[("TRIBUTARY_STORE__REPLICAS", r#"["a,b", "c"]"#)], &[]).expect("settings");
    assert_eq!(list.store.replicas, ["a,b", "c"]);
}

#[test]
fn every_unknown_key_is_named() {
    let faults = read(
        "prot = 1\n[store]\nulr = \"a\"\n[stroe]\nx = 1\n",
        &[("TRIBUTARY_STORE__CONECTIONS", "2")],
        &[("datta", "x")],
    );
    let expected = ["prot", "store.ulr", "stroe", "store.conections", "datta"];
    assert_eq!(faults, Err(expected.map(|key| format!("{key} is not a setting")).to_vec()));
}

#[test]
fn every_wrong_value_is_named() {
    let faults =
        read("port = \"many\"\n[store]\nconnections = \"few\"\n", &[("TRIBUTARY_STORE__READ_ONLY", "perhaps")], &[])
            .expect_err("three are wrong");
    assert_eq!(faults.len(), 3, "{faults:#?}");
    for key in ["port", "store.connections", "store.read_only"] {
        assert!(faults.iter().any(|fault| fault.contains(key)), "{key}: {faults:#?}");
    }
    assert!(read("port = 70000", &[], &[]).is_err());
    let faults = read("port = ", &[], &[]).expect_err("not TOML");
    assert!(faults[0].contains("port = "), "{faults:?}");
    let missing = super::load::<Settings>(Some(std::path::Path::new("/nowhere/x.toml")), "TRIBUTARY_NOT", vec![]);
    assert!(missing.expect_err("no file").to_string().contains("/nowhere/x.toml"));
}
