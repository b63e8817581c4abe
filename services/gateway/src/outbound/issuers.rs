//! Fetches what issuers of tokens publish. Operators name them, so they may be inside; what they send is bounded all the same.

use std::{path::Path, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, header};
use http_body_util::Full;
use tributary_core::Fault;

use super::{
    client::{Client, Resolve, exchange},
    guard::Guard,
};
use crate::{
    app::tokens::IdentitySettings,
    ports::issuers::{Place, Published},
};

/// The longest fetch, from the name to the end of the answer: callers wait for it.
const PATIENCE: Duration = Duration::from_secs(5);
/// The largest document, in bytes. Sets of keys have a few thousand.
const LARGEST: usize = 256 * 1024;

/// What issuers publish, from the web and from files.
#[derive(Debug, Clone)]
pub struct IssuerDocuments(Client);

impl IssuerDocuments {
    /// With what an operator chose.
    ///
    /// # Errors
    /// `INTERNAL` when the file of authorities cannot be read.
    pub fn new(settings: &IdentitySettings, resolver: Arc<dyn Resolve>) -> Result<Self, Fault> {
        let authorities = settings.authorities_file.as_deref();
        Ok(Self(Client::guarded(Guard::open(), settings.allow_http, authorities, resolver)?))
    }

    async fn fetch(&self, url: &str) -> Result<Vec<u8>, String> {
        let target = self.0.target(url)?;
        let message = Request::get(target.path())
            .header(header::HOST, target.authority())
            .header(header::ACCEPT, "application/json")
            .header(header::USER_AGENT, concat!("Tributary/", env!("CARGO_PKG_VERSION")))
            .body(Full::new(Bytes::new()))
            .map_err(|e| format!("{url:?} cannot be fetched: {e}"))?;
        let taken = exchange(self.0.stream(&target).await?, message, LARGEST).await?;
        match (taken.status, taken.whole) {
            (200, true) => Ok(taken.body),
            (200, false) => Err(format!("{url} broke off, or is larger than {LARGEST} bytes")),
            (status, _) => Err(format!("{url} answered {status}")),
        }
    }
}

#[async_trait]
impl Published for IssuerDocuments {
    async fn read(&self, place: &Place) -> Result<Vec<u8>, String> {
        let reading = async {
            match place {
                Place::Url(url) => self.fetch(url).await,
                Place::File(file) => read(file).await,
            }
        };
        let late = |_| Err(format!("no answer from {place} within {} seconds", PATIENCE.as_secs()));
        tokio::time::timeout(PATIENCE, reading).await.unwrap_or_else(late)
    }
}

async fn read(file: &Path) -> Result<Vec<u8>, String> {
    let bytes = tokio::fs::read(file).await.map_err(|e| format!("{} cannot be read: {e}", file.display()))?;
    let large = bytes.len() > LARGEST;
    if large { Err(format!("{} is larger than {LARGEST} bytes", file.display())) } else { Ok(bytes) }
}
