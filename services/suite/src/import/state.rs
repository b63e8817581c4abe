//! The state file of an import: how far it is durable. It only saves time: whatever it says, sending a row twice adds
//! nothing. It is removed when the import is through.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::Counts;

/// How far an import is durable.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Digest of the file.
    pub file_digest: String,
    /// Digest of the mapping.
    pub mapping_digest: String,
    /// The server and tenant it goes to.
    pub server: String,
    /// Rows from the beginning that are settled: recorded, known or rejected.
    pub rows: u64,
    /// What became of them.
    pub counts: Counts,
    /// Length of the reject file then, in bytes.
    pub rejects_length: u64,
    /// Where the rejects went.
    pub rejects: PathBuf,
    /// A row that must be there if the server is still the same: system and id of a fact or partner; of any other target
    /// how to ask for it, and its name or its bytes.
    pub witness: Option<(String, String)>,
}

impl State {
    /// Reads the state of the same import, if there is one.
    #[must_use]
    pub fn load(path: &Path, like: &Self) -> Option<Self> {
        let state: Self = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
        let same = state.file_digest == like.file_digest
            && state.mapping_digest == like.mapping_digest
            && state.server == like.server
            && state.rejects == like.rejects;
        let rejects_there = fs::metadata(&state.rejects).map_or(0, |m| m.len()) >= state.rejects_length;
        (same && rejects_there).then_some(state)
    }

    /// Writes it in one piece: a crash leaves the old one or the new one.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        let mut next = path.as_os_str().to_owned();
        next.push(".new");
        let next = PathBuf::from(next);
        fs::write(&next, serde_json::to_vec(self)?)?;
        fs::rename(&next, path)
    }

    /// Removes it; a missing one is fine.
    pub fn remove(path: &Path) {
        // Nothing depends on it: a state that stays is only read when file, mapping and server are the same.
        let _ = fs::remove_file(path);
    }
}
