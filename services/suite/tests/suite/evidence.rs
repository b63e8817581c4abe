//! The evidence log: a head that was kept, and a past that somebody with the disk has written anew.

use std::path::Path;

use tributary_sql::{PoolOptions, sqlite::Pool};

use crate::command::tributary;

const LOG: &str = "tributary/incentive/default";

/// What a command prints when it does what it is asked.
fn done(home: &Path, arguments: &[&str]) -> String {
    let (code, out, err) = run(home, arguments);
    assert_eq!(code, Some(0), "{arguments:?}: {out}\n{err}");
    out
}

/// Exit code, what is printed, and what is noted beside it.
fn run(home: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = tributary(home, arguments);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// Changes the only place of a text in the store of incentive-calculation.
async fn change(home: &Path, from: &str, to: &str) {
    let file = home.join("data/incentive-calculation.db");
    // Who closes it last puts the write-ahead log into the file.
    Pool::open(&file, PoolOptions::default()).await.expect("the store").close().await;
    let mut bytes = std::fs::read(&file).expect("the store");
    let places: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(from.as_bytes())).collect();
    assert_eq!((places.len(), to.len()), (1, from.len()), "{from:?}");
    bytes[places[0]..places[0] + to.len()].copy_from_slice(to.as_bytes());
    std::fs::write(&file, bytes).expect("written");
}

#[tokio::test]
async fn a_head_that_was_kept_shows_what_was_changed() {
    let directory = tempfile::tempdir().expect("a directory");
    let home = directory.path();
    let publish = ["plan", "publish", "standard-commission", "--programme", "dealers", "--slot", "rebate", "--plan"];
    done(home, &["plan", "programme", "dealers", "--slot", "rebate"]);
    done(home, &[publish.as_slice(), &["first"]].concat());
    done(home, &["evidence", "head", "--out", "head.txt"]);
    done(home, &[publish.as_slice(), &["second"]].concat());
    let sound = format!("sound: {LOG} has 2 entries and begins with the 1 of head.txt\n");
    let check = ["evidence", "check", "head.txt"];
    let (code, out, note) = run(home, &check);
    assert_eq!((code, out), (Some(0), sound));
    assert!(!note.contains("only the nodes"), "{note}");

    // The nodes stay as they were, and prove what they did before: only the texts tell.
    change(home, "plan_version=22:plans/first/versions/1", "plan_version=22:plans/other/versions/1").await;
    let (code, out, _) = run(home, &check);
    let why = format!("NOT SOUND: the past of {LOG} was changed: ");
    assert!(code == Some(1) && out.starts_with(&why) && out.contains("entries are not those of the head"), "{out}");
}
