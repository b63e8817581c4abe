//! Tries until there is an answer.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::bail;
use tonic::{Code, Request, Status};
use tributary_proto::google::rpc;

/// How long a client waits for one answer.
const DEADLINE: Duration = Duration::from_secs(10);
/// How long it goes on trying; far more than any fault lasts.
const PATIENCE: Duration = Duration::from_secs(120);
/// Pauses between tries.
const PAUSE: Duration = Duration::from_millis(20);
const LONGEST: Duration = Duration::from_millis(500);

/// What went wrong on the way, by code.
#[derive(Debug, Default)]
pub struct Met(Mutex<BTreeMap<String, u64>>);

impl Met {
    /// Counts a failure.
    pub fn count(&self, what: &str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(what.to_owned()).or_default();
        *count = count.saturating_add(1);
    }

    /// All failures.
    #[must_use]
    pub fn all(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().sum()
    }

    /// As text.
    #[must_use]
    pub fn text(&self) -> String {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.iter().map(|(what, count)| format!("{count} {what}")).collect::<Vec<_>>().join(", ")
    }
}

/// Calls until the answer is a yes. Only what a client may meet while something is away is tried again.
///
/// # Errors
/// Any other no, and a suite that stays away for two minutes.
pub async fn until_acknowledged<Q: Clone, A, F: Future<Output = Result<A, Status>>>(
    met: &Met,
    message: &Q,
    call: impl Fn(Request<Q>) -> F,
) -> anyhow::Result<A> {
    match until_answered(met, message, call).await? {
        Ok(answer) => Ok(answer),
        Err(status) => bail!("refused: {:?} {}", status.code(), status.message()),
    }
}

/// Calls until the answer is a yes, or a no for good.
///
/// # Errors
/// A suite that stays away for two minutes.
pub async fn until_answered<Q: Clone, A, F: Future<Output = Result<A, Status>>>(
    met: &Met,
    message: &Q,
    call: impl Fn(Request<Q>) -> F,
) -> anyhow::Result<Result<A, Status>> {
    let begun = Instant::now();
    let mut pause = PAUSE;
    loop {
        let mut request = Request::new(message.clone());
        request.set_timeout(DEADLINE);
        // The deadline is the server's to keep; this is for a connection that is dead.
        let answer = tokio::time::timeout(DEADLINE.saturating_add(DEADLINE), call(request)).await;
        let status = match answer {
            Ok(Ok(answer)) => return Ok(Ok(answer)),
            Ok(Err(status)) => status,
            Err(_) => Status::deadline_exceeded("no answer"),
        };
        if !is_passing(status.code()) {
            return Ok(Err(status));
        }
        met.count(&format!("{:?}", status.code()));
        if begun.elapsed() > PATIENCE {
            bail!("not acknowledged in {PATIENCE:?}: {:?} {}", status.code(), status.message());
        }
        tokio::time::sleep(pause).await;
        pause = pause.saturating_mul(2).min(LONGEST);
    }
}

/// The status of a row that was refused in an answer, if one is worth another try.
///
/// # Errors
/// A refusal for good.
pub fn passing_row<'a>(errors: impl Iterator<Item = &'a rpc::Status>) -> anyhow::Result<Option<Code>> {
    let mut passing = None;
    for error in errors {
        let code = Code::from_i32(error.code);
        if !is_passing(code) {
            bail!("a row is refused: {code:?} {}", error.message);
        }
        passing = Some(code);
    }
    Ok(passing)
}

/// Whether a code may be met while something is away, and goes with it.
#[must_use]
pub fn is_passing(code: Code) -> bool {
    matches!(
        code,
        Code::Unavailable
            | Code::DeadlineExceeded
            | Code::Aborted
            | Code::Cancelled
            | Code::ResourceExhausted
            // What the transport makes of a connection that broke.
            | Code::Unknown
    )
}
