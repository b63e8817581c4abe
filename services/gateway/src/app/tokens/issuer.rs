//! The keys of one issuer over time: fetched when they are first needed, again every few minutes and when a token names one
//! that is not known, but never more often than a stranger's tokens may make us.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::{
    FutureExt as _,
    future::{BoxFuture, Shared},
};
use serde::Deserialize;
use tributary_core::{Clock, Fault, Timestamp};

use super::{
    keys::KeySet,
    settings::{IssuerSettings, SigningAlgorithm, USED_SECONDS},
};
use crate::{
    ports::issuers::{Place, Published},
    reasons::{ISSUER_UNAVAILABLE, TOKEN_KEY_UNKNOWN},
};

/// How long keys are used before they are fetched again, behind the calls that go on with them.
const FRESH: i64 = 300_000_000;
/// The least time between two fetches for keys that are not known: anybody can name one that there is not.
const APART: i64 = 30_000_000;
/// The same after a fetch that failed.
const APART_AFTER_FAILURE: i64 = 5_000_000;

/// One issuer: what is set about it, and its keys.
pub(super) struct Issuer {
    /// Our name for it.
    pub(super) id: String,
    /// What is set.
    pub(super) settings: IssuerSettings,
    published: Arc<dyn Published>,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    keys: Option<(Arc<KeySet>, Timestamp)>,
    attempt: Option<Timestamp>,
    failed: bool,
    under_way: Option<Shared<BoxFuture<'static, ()>>>,
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issuer").field("id", &self.id).finish_non_exhaustive()
    }
}

/// How old keys are that may still be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Age {
    Fresh,
    Aging,
    Old,
}

/// What an issuer says of itself, as far as it is needed (OpenID Connect Discovery 1.0).
#[derive(Debug, Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

impl Issuer {
    pub(super) fn new(
        id: String,
        settings: IssuerSettings,
        published: Arc<dyn Published>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { id, settings, published, clock, state: Mutex::default() }
    }

    /// Keys among which is the one that a token names.
    ///
    /// # Errors
    /// `TOKEN_KEY_UNKNOWN` when the issuer has no such key, `ISSUER_UNAVAILABLE` when that cannot be known.
    pub(super) async fn keys(self: &Arc<Self>, kid: &str, algorithm: SigningAlgorithm) -> Result<Arc<KeySet>, Fault> {
        let knows = |keys: &Arc<KeySet>| keys.knows(kid, algorithm);
        if let Some((keys, age)) = self.held()
            && knows(&keys)
        {
            match age {
                Age::Fresh => return Ok(keys),
                // Who comes first after a pause waits. Once the issuer has shown to be away, nobody does.
                Age::Old if !self.state().failed => {}
                Age::Aging | Age::Old => {
                    drop(self.fetch());
                    return Ok(keys);
                }
            }
        }
        if let Some(under_way) = self.fetch() {
            under_way.await;
        }
        match self.held() {
            Some((keys, _)) if knows(&keys) => Ok(keys),
            Some(_) if !self.state().failed => {
                let why = format!("the issuer {} has no key of the kid that the token names; get a new token", self.id);
                Err(Fault::new(TOKEN_KEY_UNKNOWN, why))
            }
            _ => {
                let why = format!("the keys of the issuer {} cannot be fetched; retry with backoff", self.id);
                Err(Fault::new(ISSUER_UNAVAILABLE, why).with("issuer", self.id.clone()))
            }
        }
    }

    /// The keys that may still be believed, and how old they are.
    fn held(&self) -> Option<(Arc<KeySet>, Age)> {
        let now = self.clock.now();
        let state = self.state();
        let (keys, at) = state.keys.as_ref()?;
        let micros = |seconds: u32| i64::from(seconds).saturating_mul(1_000_000);
        let age = match (within(*at, now, FRESH), within(*at, now, micros(USED_SECONDS))) {
            (true, _) => Age::Fresh,
            (false, true) => Age::Aging,
            (false, false) => Age::Old,
        };
        within(*at, now, micros(self.settings.hold_seconds)).then(|| (keys.clone(), age))
    }

    /// Begins to fetch the keys, or joins who does. `None`: that was done a moment ago.
    ///
    /// It goes on by itself when the caller goes away: else callers who hang up could keep keys from ever being renewed.
    fn fetch(self: &Arc<Self>) -> Option<Shared<BoxFuture<'static, ()>>> {
        let now = self.clock.now();
        let mut state = self.state();
        if let Some(under_way) = state.under_way.as_ref().filter(|one| one.peek().is_none()) {
            return Some(under_way.clone());
        }
        let apart = if state.failed { APART_AFTER_FAILURE } else { APART };
        if state.attempt.is_some_and(|at| within(at, now, apart)) {
            return None;
        }
        state.attempt = Some(now);
        let own = self.clone();
        let fetching = tokio::spawn(async move {
            let read = own.read().await;
            own.took(read, now);
        });
        // A task that was broken off has left the state as it was.
        let under_way = fetching.map(|_| ()).boxed().shared();
        state.under_way = Some(under_way.clone());
        Some(under_way)
    }

    fn took(&self, read: Result<KeySet, String>, now: Timestamp) {
        let mut state = self.state();
        state.under_way = None;
        state.failed = read.is_err();
        match read {
            Ok(keys) => {
                tracing::debug!(issuer = %self.id, ?keys, "the keys of an issuer were fetched");
                state.keys = Some((Arc::new(keys), now));
            }
            Err(error) => tracing::warn!(issuer = %self.id, error, "the keys of an issuer cannot be fetched"),
        }
    }

    async fn read(&self) -> Result<KeySet, String> {
        let place = match (&self.settings.jwks_file, &self.settings.jwks_uri) {
            (Some(file), _) => Place::File(file.clone()),
            (None, Some(uri)) => Place::Url(uri.clone()),
            (None, None) => Place::Url(self.discovered().await?),
        };
        let document = self.published.read(&place).await?;
        KeySet::read(&document, &self.settings.algorithms).map_err(|why| format!("{place} {why}"))
    }

    async fn discovered(&self) -> Result<String, String> {
        let place = format!("{}/.well-known/openid-configuration", self.settings.issuer.trim_end_matches('/'));
        let place = Place::Url(place);
        let document = self.published.read(&place).await?;
        let discovery: Discovery =
            serde_json::from_slice(&document).map_err(|e| format!("{place} is no document of discovery: {e}"))?;
        // Who answers there for another issuer must not lend it his keys.
        if discovery.issuer == self.settings.issuer {
            Ok(discovery.jwks_uri)
        } else {
            Err(format!("{place} is of the issuer {:?}, not of {:?}", discovery.issuer, self.settings.issuer))
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether less than `span` has passed; a clock that went back is not believed.
fn within(at: Timestamp, now: Timestamp, span: i64) -> bool {
    (0..span).contains(&now.0.saturating_sub(at.0))
}
