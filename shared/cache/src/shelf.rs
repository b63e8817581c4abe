//! A service's place in the cache: looks, computes what is not there, once for all who ask at the same time, and keeps it.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use tributary_telemetry::names;

use crate::{
    Cache, Key,
    flights::Flights,
    frame::{framed, unframed},
};

/// How long answers live. Not how long they are right: that is for their keys to say.
const LIVE: Duration = Duration::from_secs(300);

/// A service's answers.
#[derive(Debug)]
pub struct Shelf {
    cache: Arc<dyn Cache>,
    service: &'static str,
    form: u32,
    flights: Flights,
}

/// What was computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fresh {
    /// The answer.
    pub value: Bytes,
    /// What is to be kept: this answer under its key, and others that fell off on the way. Nothing when the answer rests on
    /// what has changed meanwhile.
    pub keep: Vec<(Key, Bytes)>,
}

impl Shelf {
    /// The shelf of a service. `form` is the version of what its values mean and how they are written: another form is a
    /// miss, so that releases may share a Redis.
    #[must_use]
    pub fn new(cache: Arc<dyn Cache>, service: &'static str, form: u32) -> Self {
        Self { cache, service, form, flights: Flights::default() }
    }

    /// The answer under a key, or what `compute` says.
    ///
    /// # Errors
    /// Those of `compute`; they are neither kept nor shared.
    pub async fn answer<E>(&self, key: Key, compute: impl Future<Output = Result<Fresh, E>>) -> Result<Bytes, E> {
        let seat = self.flights.join(&key);
        let mut outcome = "joined";
        let fetch = async {
            let kept = self.cache.get(&key).await.and_then(|kept| unframed(&key, self.form, &kept));
            if let Some(value) = kept {
                outcome = "hit";
                return Ok(value);
            }
            outcome = "miss";
            let Fresh { value, keep } = compute.await?;
            let keep: Vec<_> = keep.into_iter().map(|(key, value)| (key, framed(&key, self.form, &value))).collect();
            if !keep.is_empty() {
                self.cache.put(keep, LIVE).await;
            }
            Ok(value)
        };
        let value = seat.cell().get_or_try_init(|| fetch).await.cloned();
        names::CACHE_REQUESTS.add(1, &[("outcome", outcome), (names::SERVICE, self.service)]);
        value
    }
}
