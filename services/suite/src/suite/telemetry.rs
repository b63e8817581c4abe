//! Logs, traces and metrics of the process, begun by whoever starts first in it.

use std::net::SocketAddr;

use tributary_lifecycle::Plan;
use tributary_rpc::serve;
use tributary_telemetry::{Guard, TelemetryError, init};

use super::{accept, bind};
use crate::settings::SuiteSettings;

/// What is left to flush; nothing when the process had begun telemetry before (tests start several suites).
#[derive(Debug)]
pub(super) struct Telemetry(Option<Guard>);

impl Telemetry {
    /// Begins telemetry in the name of a service.
    ///
    /// # Errors
    /// When the options cannot be read.
    pub(super) fn start(service: &str, settings: &SuiteSettings) -> anyhow::Result<Self> {
        match init(service, &settings.log, settings.metrics.listen.is_some()) {
            Ok(guard) => Ok(Self(Some(guard))),
            Err(TelemetryError::Twice) => Ok(Self(None)),
            Err(error) => Err(error.into()),
        }
    }

    /// Adds the endpoint of Prometheus to what the process runs, where one is set.
    ///
    /// # Errors
    /// When its address is taken.
    pub(super) fn offer(&self, listen: Option<SocketAddr>, plan: &mut Plan) -> anyhow::Result<()> {
        let exposition = self.0.as_ref().and_then(Guard::exposition);
        let (Some(exposition), Some(listen)) = (exposition, listen) else { return Ok(()) };
        let (socket, address) = bind(listen)?;
        let listener = accept(socket, address)?;
        tracing::info!(%address, "metrics are at /metrics");
        plan.servers.push(serve::metrics(listener, exposition));
        Ok(())
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
