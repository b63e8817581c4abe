//! A head of the evidence log that was kept: who may check what, and by which key it is believed.

use std::process::Command;

use tributary_evidence::LogSigner;

use super::World;

const LOG: &str = "tributary/incentive/default";

impl World {
    /// Runs `tributary evidence check` on the kept head; exit code, what it prints, what it notes.
    fn checked(&self, key: Option<&str>, arguments: &[&str]) -> (Option<i32>, String, String) {
        let own = std::fs::read_to_string(self.directory.path().join("bootstrap.key")).expect("a key");
        let mut command = Command::new(env!("CARGO_BIN_EXE_tributary"));
        command.current_dir(self.directory.path()).args(["evidence", "check", "head.txt"]).args(arguments);
        command.env("TRIBUTARY_ENDPOINT", &self.connection.endpoint);
        command.env("TRIBUTARY_API_KEY", key.unwrap_or(own.trim())).env_remove("TRIBUTARY_STORE");
        let output = command.output().expect("it runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_head_that_was_kept_is_checked_as_far_as_one_may() {
    let world = World::start().await;
    let head = world.directory.path().join("head.txt");
    let publish = ["plan", "publish", "standard-commission", "--programme", "dealers", "--slot", "rebate", "--plan"];
    world.shown(&["plan", "programme", "dealers", "--slot", "rebate"]);
    world.shown(&[publish.as_slice(), &["first"]].concat());
    world.shown(&["evidence", "head", "--out", &head.display().to_string()]);
    world.shown(&[publish.as_slice(), &["second"]].concat());
    let sound = format!("sound: {LOG} has 2 entries and begins with the 1 of head.txt\n");
    assert_eq!(world.checked(None, &[]), (Some(0), sound.clone(), String::new()));

    // Who may not list the entries is told that their texts were not looked at.
    let analyst = world.json(&["keys", "create", "ana", "--role", "analyst", "--json"]);
    let (code, out, note) = world.checked(analyst[0]["secret"].as_str(), &[]);
    assert_eq!((code, out), (Some(0), sound));
    assert!(note.contains("only the nodes were checked"), "{note}");

    // A head is believed by the key that signed it, be it an earlier one.
    let key = world.json(&["evidence", "head", "--json"])[0]["key"].as_str().expect("a key").to_owned();
    assert_eq!(world.checked(None, &["--key", &key, "--earlier-key", &key]).0, Some(0));
    let other = LogSigner::from_seed(&[1; 32]).key(LOG).to_string();
    let (code, _, why) = world.checked(None, &["--earlier-key", &other]);
    assert!(code == Some(2) && why.contains(&format!("the head is not signed by {other}")), "{why}");
    world.stop().await;
}
