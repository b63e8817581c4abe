//! Ten thousand random mutations of a bundle, from a fixed seed: every one is noticed, most of them by who does not ask
//! whether the file is the one that was issued. Some change characters of the file, some what the JSON says, some repair the
//! digests above what they change, as far as somebody can who does not have the key.

use incentive_calculation_domain::{
    canonical::Canonical,
    evidence::{self, Bundle, Report},
};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tributary_evidence::LogSigner;

use super::{ORIGIN, august, key, sound};
use crate::support::world;
use tributary_testkit::Engine;

/// Numbers from a seed (SplitMix64).
pub(super) struct Random(u64);

impl Random {
    pub(super) fn of(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below n.
    pub(super) fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(n).expect("small")).expect("small")
    }

    /// A text with one character changed, left out, doubled or two of them turned.
    pub(super) fn text(&mut self, text: &str) -> String {
        let mut chars: Vec<char> = text.chars().collect();
        if chars.is_empty() {
            return "x".to_owned();
        }
        let at = self.below(chars.len());
        match self.below(4) {
            0 => chars[at] = char::from(u8::try_from(32 + self.below(95)).expect("ASCII")),
            1 => drop(chars.remove(at)),
            2 => chars.insert(at, chars[at]),
            _ => {
                let other = self.below(chars.len());
                chars.swap(at, other);
            }
        }
        chars.into_iter().collect()
    }
}

/// The texts of a value, those in lists and objects too.
fn strings<'a>(value: &'a mut Value, found: &mut Vec<&'a mut String>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(list) => list.iter_mut().for_each(|item| strings(item, found)),
        Value::Object(map) => map.values_mut().for_each(|item| strings(item, found)),
        _ => {}
    }
}

/// The lists of a value that are not empty: the outermost, or those inside of them.
fn lists<'a>(value: &'a mut Value, inside: bool, found: &mut Vec<&'a mut Vec<Value>>) {
    match value {
        Value::Array(list) => {
            if !list.is_empty() && (!inside || list.iter().all(Value::is_string)) {
                found.push(list);
            } else {
                list.iter_mut().for_each(|item| lists(item, inside, found));
            }
        }
        Value::Object(map) => map.values_mut().for_each(|item| lists(item, inside, found)),
        _ => {}
    }
}

fn written(value: &Value) -> String {
    format!("{}\n", serde_json::to_string_pretty(value).expect("text"))
}

fn hex(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

/// Changes a line, or a plan, and every digest above it that is in the bundle.
fn repaired(random: &mut Random, file: &str) -> String {
    let mut bundle = Bundle::read(file).expect("a bundle");
    if random.below(2) == 0 {
        let at = random.below(bundle.lines.len());
        let before = hex(&bundle.lines[at]);
        bundle.lines[at] = random.text(&bundle.lines[at]);
        bundle.statement.text = bundle.statement.text.replace(&before, &hex(&bundle.lines[at]));
    } else {
        let digest = |spec: &str| hex::encode(Canonical::new("tributary.plan.v1").field("spec", spec).sha256());
        let plan = &mut bundle.plans[0];
        let before = digest(&plan.spec);
        plan.spec = random.text(&plan.spec);
        let after = digest(&plan.spec);
        for line in &mut bundle.lines {
            let (old, new) = (hex(line), line.replace(&before, &after));
            bundle.statement.text = bundle.statement.text.replace(&old, &hex(&new));
            *line = new;
        }
        bundle.entries.iter_mut().for_each(|entry| entry.text = entry.text.replace(&before, &after));
    }
    bundle.write()
}

fn mutated(random: &mut Random, file: &str) -> String {
    if random.below(4) == 0 {
        return random.text(file);
    }
    let mut value: Value = serde_json::from_str(file).expect("JSON");
    match random.below(3) {
        0 => {
            let mut texts = Vec::new();
            strings(&mut value, &mut texts);
            let at = random.below(texts.len());
            *texts[at] = random.text(texts[at]);
        }
        1 => {
            let (mut all, inside) = (Vec::new(), random.below(2) == 0);
            lists(&mut value, inside, &mut all);
            let at = random.below(all.len());
            let list = &mut all[at];
            let (one, other) = (random.below(list.len()), random.below(list.len()));
            match random.below(3) {
                0 => drop(list.remove(one)),
                1 => list.insert(other, list[one].clone()),
                _ => list.swap(one, other),
            }
        }
        _ => return repaired(random, file),
    }
    written(&value)
}

#[tokio::test]
async fn ten_thousand_mutations_are_all_noticed() {
    let world = world(Engine::Sqlite).await;
    world.start();
    let run = august(&world).await;
    let statement = world.statement_of(&run, "anqing").await;
    let file = world.export(&statement, false).await;
    let report = sound(&file);
    assert_eq!(report.postings, 1);
    let mut random = Random(20_121_005);
    let mut of_bundle = 0;
    while of_bundle < 2_000 {
        let changed = mutated(&mut random, &file);
        if changed != file {
            of_bundle += 1;
            let noticed = evidence::verify(&changed, Some(&key())).is_err();
            assert!(noticed, "mutation {of_bundle} goes unnoticed:\n{changed}");
        }
    }
    issued_again(&mut random, &file, &report);
}

/// Eight thousand more, of which the one who has the key signs the file anew but not the head: nothing but leaving entries
/// out goes through, and what is left says nothing else, but that the log says nothing.
fn issued_again(random: &mut Random, file: &str, report: &Report) {
    let silent = ["the log says nothing of the approval of ", "the period was not locked on this run"];
    let mut tried = 0;
    while tried < 8_000 {
        let Ok(mut bundle) = Bundle::read(&mutated(random, file)) else { continue };
        bundle.issued = LogSigner::from_seed(&[7; 32]).sign_text(ORIGIN, &bundle.issued_text());
        let changed = bundle.write();
        if changed == file {
            continue;
        }
        tried += 1;
        if let Ok(other) = evidence::verify(&changed, Some(&key())) {
            let entries = |file: &str| Bundle::read(file).expect("a bundle").entries.len();
            assert!(entries(&changed) < entries(file), "mutation {tried} goes unnoticed:\n{changed}");
            let known =
                |said: &String| report.said.contains(said) || silent.iter().any(|start| said.starts_with(start));
            assert!(other.said.iter().all(known), "{:?}", other.said);
            let (lines, total) = (report.lines.clone(), report.total.clone());
            assert_eq!((other.lines, other.total, other.postings), (lines, total, report.postings));
        }
    }
}
