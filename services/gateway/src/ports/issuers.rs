//! What issuers of tokens publish: which keys they sign with.

use std::{fmt, path::PathBuf};

use async_trait::async_trait;

/// Where a document is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// At an address of the web.
    Url(String),
    /// In a file of this machine.
    File(PathBuf),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(url) => f.write_str(url),
            Self::File(file) => write!(f, "{}", file.display()),
        }
    }
}

/// Reads what issuers publish.
#[async_trait]
pub trait Published: Send + Sync + fmt::Debug {
    /// The bytes of a document; bounded in size and time.
    ///
    /// # Errors
    /// A sentence for the log of the operator; it is not for callers.
    async fn read(&self, place: &Place) -> Result<Vec<u8>, String>;
}
