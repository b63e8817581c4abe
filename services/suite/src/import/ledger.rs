//! Settles batches: counts, rejects, state, progress. A batch is settled once it is durable, in the order of the file.

use std::{io, path::PathBuf};

use serde::{Deserialize, Serialize};

use super::{Batch, Reject, RejectWriter, State};
use crate::{mapping::RowFault, output::Progress};

/// What became of the rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// New: facts recorded, partners created.
    pub added: u64,
    /// Partners and the like changed.
    pub updated: u64,
    /// There already, and the same.
    pub unchanged: u64,
    /// Not gone in: in the reject file.
    pub refused: u64,
}

impl Counts {
    /// All rows.
    #[must_use]
    pub fn total(self) -> u64 {
        self.added.saturating_add(self.updated).saturating_add(self.unchanged).saturating_add(self.refused)
    }

    fn plus(self, other: Self) -> Self {
        Self {
            added: self.added.saturating_add(other.added),
            updated: self.updated.saturating_add(other.updated),
            unchanged: self.unchanged.saturating_add(other.unchanged),
            refused: self.refused.saturating_add(other.refused),
        }
    }
}

/// How an import ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// What became of the rows.
    pub counts: Counts,
    /// Where the rejects are, if there are any.
    pub rejects: Option<PathBuf>,
    /// Where rejects of an earlier import still lie, when this one has none. They are left there: somebody may have
    /// worked on them.
    pub stale_rejects: Option<PathBuf>,
}

/// What a service said of a batch that is durable.
#[derive(Debug, Default)]
pub struct Settled {
    /// What became of the rows that it took.
    pub counts: Counts,
    /// The rows that it refused, by their places in the batch.
    pub refused: Vec<(usize, Vec<RowFault>)>,
    /// The last row that it took, as [`State::witness`] has it.
    pub witness: Option<(String, String)>,
}

impl Settled {
    /// The last of the sent things whose row was not refused.
    pub(super) fn last_taken<'b, T>(&self, sent: &'b [T]) -> Option<&'b T> {
        let is_refused = |n: usize| self.refused.iter().any(|(refused, _)| *refused == n);
        sent.iter().enumerate().rev().find(|(n, _)| !is_refused(*n)).map(|(_, thing)| thing)
    }
}

/// Where an import stands.
pub struct Ledger {
    /// What is durable.
    pub state: State,
    state_path: Option<PathBuf>,
    rejects: RejectWriter,
    progress: Progress,
    json: bool,
}

impl Ledger {
    /// Starts with what is durable already. Without a path the state is not kept.
    #[must_use]
    pub fn new(
        state: State,
        state_path: Option<PathBuf>,
        rejects: RejectWriter,
        progress: Progress,
        json: bool,
    ) -> Self {
        Self { state, state_path, rejects, progress, json }
    }

    /// Settles a batch that is durable.
    ///
    /// # Errors
    /// When rejects or state cannot be written.
    pub fn settle(&mut self, batch: Batch, settled: Settled) -> io::Result<()> {
        let Settled { counts, refused, witness } = settled;
        let mut rejects = batch.rejects;
        for (n, faults) in refused {
            if let Some(item) = batch.items.get(n) {
                rejects.push(Reject { row: item.row.clone(), source_id: item.source_id.clone(), faults });
            }
        }
        rejects.sort_by_key(|r| r.row.line);
        for reject in &rejects {
            self.rejects.write(reject)?;
            if self.json {
                crate::output::json_line(&serde_json::json!({ "reject": reject.to_json() }));
            }
        }
        let here = Counts {
            unchanged: counts.unchanged.saturating_add(batch.repeated),
            refused: u64::try_from(rejects.len()).unwrap_or(0),
            ..counts
        };
        self.state.counts = self.state.counts.plus(here);
        self.state.rows = batch.rows_end;
        self.state.rejects_length = self.rejects.flush()?;
        self.state.witness = witness.or_else(|| self.state.witness.take());
        self.progress.rows(self.state.rows);
        if let Some(path) = &self.state_path {
            self.state.save(path)?;
        }
        Ok(())
    }

    /// Ends the import: all rows are settled, the state is no longer needed.
    #[must_use]
    pub fn finish(self) -> Finished {
        self.progress.finish();
        if let Some(path) = &self.state_path {
            State::remove(path);
        }
        let path = || self.rejects.path().to_owned();
        Finished {
            counts: self.state.counts,
            rejects: self.rejects.is_used().then(path),
            stale_rejects: self.rejects.is_stale().then(path),
        }
    }
}
