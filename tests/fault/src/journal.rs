//! What the load was told: one line of JSON per acknowledgement, for the reconciler.

use std::{
    fs::File,
    io::Write as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use serde::Serialize;

/// Something that was acknowledged.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// A fact is durable.
    Fact {
        /// Its source id.
        id: String,
        /// Whose it is.
        partner: String,
        /// Net, in 1/10,000 of a yuan.
        net: i64,
    },
    /// A partner was created.
    Partner {
        /// Its resource name.
        name: String,
        /// What it is called; no other is.
        display_name: String,
    },
    /// A version of a plan was created.
    Version {
        /// Its resource name.
        name: String,
        /// Its title; no other has it.
        title: String,
    },
    /// A run came to its end.
    Run {
        /// Its resource name.
        name: String,
        /// Its digest.
        digest: String,
    },
    /// A transaction of the ledger counts.
    Posting {
        /// Its id.
        id: String,
        /// Whose earnings grew.
        partner: String,
        /// What was posted.
        cents: i64,
    },
    /// A deposit was received.
    Received {
        /// The deposit.
        deposit: String,
        /// How much.
        cents: i64,
    },
    /// A proposal of a deposit was made, and perhaps taken back.
    Reserved {
        /// The deposit.
        deposit: String,
        /// What it still reserves.
        cents: i64,
    },
    /// What a seller earned in a month was paid.
    Settled {
        /// The seller.
        partner: String,
        /// The month.
        period: String,
        /// How much.
        cents: i64,
    },
    /// The last run, after all faults: it must see everything.
    Last {
        /// Its resource name.
        name: String,
    },
}

/// A file of entries.
#[derive(Debug, Clone)]
pub struct Journal {
    path: PathBuf,
    file: Arc<Mutex<File>>,
}

impl Journal {
    /// A fresh file.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create(path: &Path) -> anyhow::Result<Self> {
        Ok(Self { path: path.to_owned(), file: Arc::new(Mutex::new(File::create(path)?)) })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Keeps entries that were acknowledged together.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn keep(&self, entries: &[Entry]) -> anyhow::Result<()> {
        let mut lines = Vec::new();
        for entry in entries {
            serde_json::to_writer(&mut lines, entry)?;
            lines.push(b'\n');
        }
        self.file.lock().unwrap_or_else(PoisonError::into_inner).write_all(&lines)?;
        Ok(())
    }
}
