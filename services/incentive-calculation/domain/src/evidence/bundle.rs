//! The file that a partner takes away. JSON of text alone, with one form only: who verifies writes what was read again and
//! compares the bytes, so that nothing in the file is left unread.

use serde::{Deserialize, Serialize};
use tributary_evidence::{Hash, read_hex};

use crate::digest::sha256;

/// The format, and its version. A settlement statement will have a format of its own, with the same entries and proofs.
pub const FORMAT: &str = "tributary.statement-bundle.v1";

/// A verifiable statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// [`FORMAT`].
    pub format: String,
    /// The key of the log, as it says of itself: NAME+ID+KEY.
    pub key: String,
    /// The signed head of the log.
    pub checkpoint: String,
    /// The statement; its place and path are those in the tree over the statements of its run.
    pub statement: Proven,
    /// The lines, in the order of the statement.
    pub lines: Vec<String>,
    /// The plan versions that the lines name.
    pub plans: Vec<BundlePlan>,
    /// The facts that the lines counted, in the order of their keys; `null`: they are not in the bundle.
    pub facts: Option<Vec<BundleFact>>,
    /// Entries of the ledger's journal about the statement, in their order: what was posted for it, for its settlement and
    /// by the accrual of its run, and what became of that.
    pub postings: Vec<String>,
    /// Entries of the log about the run, the plan versions, the lock of the period and the postings, in their order.
    pub entries: Vec<Proven>,
    /// The log's signature of [`Bundle::issued_text`], in base64: nothing was left out since.
    pub issued: String,
}

/// A text and the proof that it is in a tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proven {
    /// Its place, from 0.
    pub position: String,
    /// The text.
    pub text: String,
    /// The hashes from its neighbour up to the root, 64 lower-case hex digits each.
    pub path: Vec<String>,
}

/// A plan version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BundlePlan {
    /// Its resource name.
    pub name: String,
    /// What it says: the very JSON of which its digest is taken.
    pub spec: String,
}

/// A fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BundleFact {
    /// The system that states it.
    pub source_system: String,
    /// The key in that system.
    pub source_id: String,
    /// Its content: the text of which its digest is taken.
    pub content: String,
}

impl Bundle {
    /// The file.
    #[must_use]
    pub fn write(&self) -> String {
        // Text and lists only: this serialisation has no way to fail.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// What `issued` signs: the format, and the SHA-256 of the file as it is with `issued` empty, a line each.
    #[must_use]
    pub fn issued_text(&self) -> String {
        let unsigned = Self { issued: String::new(), ..self.clone() }.write();
        format!("{FORMAT}\n{}\n", sha256(unsigned))
    }

    /// Reads a file.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(text: &str) -> Result<Self, String> {
        let bundle: Self = serde_json::from_str(text).map_err(|e| format!("the file is no statement bundle: {e}"))?;
        if bundle.format != FORMAT {
            return Err(format!("the file has the format {:?}, not {FORMAT:?}", bundle.format));
        }
        if bundle.write() == text { Ok(bundle) } else { Err("the file is not written as bundles are".to_owned()) }
    }
}

impl Proven {
    /// A text at a place with its path.
    #[must_use]
    pub fn new(position: u64, text: String, path: &[Hash]) -> Self {
        Self { position: position.to_string(), text, path: path.iter().map(hex::encode).collect() }
    }

    /// The place.
    pub(super) fn place(&self) -> Option<u64> {
        self.position.parse().ok().filter(|place: &u64| place.to_string() == self.position)
    }

    /// The path.
    pub(super) fn hashes(&self) -> Option<Vec<Hash>> {
        self.path.iter().map(|text| read_hex(text)).collect()
    }
}
