//! Logs and traces of the process, begun by whoever starts first in it.

use tributary_telemetry::{Guard, Options, TelemetryError, init};

/// What is left to flush; nothing when the process had begun telemetry before (tests start several suites).
#[derive(Debug)]
pub(super) struct Telemetry(Option<Guard>);

impl Telemetry {
    /// Begins telemetry in the name of a service.
    ///
    /// # Errors
    /// When the options cannot be read.
    pub(super) fn start(service: &str, options: &Options) -> anyhow::Result<Self> {
        match init(service, options) {
            Ok(guard) => Ok(Self(Some(guard))),
            Err(TelemetryError::Twice) => Ok(Self(None)),
            Err(error) => Err(error.into()),
        }
    }

    /// Sends what is left.
    pub(super) async fn flush(&mut self) {
        if let Some(guard) = self.0.take()
            && let Err(error) = tokio::task::spawn_blocking(move || guard.shutdown()).await
        {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}
