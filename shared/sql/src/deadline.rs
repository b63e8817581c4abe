//! Until when somebody waits for what is being done. Set by the layers of a call, it is seen by every statement made on
//! its behalf: waiting for a connection ends with it, and so does a statement that runs.
//!
//! Workers and operations have none: they wait as long as it takes.

use std::time::Duration;

use tokio::time::Instant;

use crate::StoreError;

tokio::task_local! {
    static DEADLINE: Option<Instant>;
}

/// Runs work for somebody who waits until `at`. It only informs what is done inside, it does not cut.
pub fn scope<F: Future>(at: Option<Instant>, work: F) -> impl Future<Output = F::Output> {
    DEADLINE.scope(at, work)
}

/// Until when the present work is waited for; to be handed to tasks that go on with it.
#[must_use]
pub fn present() -> Option<Instant> {
    DEADLINE.try_with(|at| *at).unwrap_or_default()
}

/// The time that is left.
#[must_use]
pub fn remaining() -> Option<Duration> {
    present().map(|at| at.saturating_duration_since(Instant::now()))
}

/// Waits at most until the deadline. What is dropped then must not mind.
pub(crate) async fn bounded<T, E>(work: impl Future<Output = Result<T, E>>) -> Result<T, StoreError>
where
    StoreError: From<E>,
{
    match present() {
        None => Ok(work.await?),
        Some(at) => match tokio::time::timeout_at(at, work).await {
            Ok(done) => Ok(done?),
            Err(_) => {
                Err(StoreError::Unavailable("the caller's deadline came before a connection was free".to_owned()))
            }
        },
    }
}
