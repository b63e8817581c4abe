//! Health of the whole behind one door (`grpc.health.v1`): the empty name is the gateway itself; a service's own name
//! ("partner-registry") and the names of its gRPC services say how that service is. Each is asked every two seconds.

use std::{collections::HashMap, fmt, time::Duration};

use tokio::sync::Mutex;
use tonic_health::{
    ServingStatus,
    pb::{HealthCheckRequest, health_check_response, health_client::HealthClient},
    server::HealthReporter,
};
use tributary_lifecycle::CancellationToken;
use tributary_proto::pool;
use tributary_rpc::client::Backend;

use super::area::{Area, Backends};

const INTERVAL: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_secs(1);

/// Asks the services how they are and tells who asks the gateway.
pub struct HealthWatch {
    reporter: HealthReporter,
    backends: Backends,
    told: Mutex<HashMap<Area, ServingStatus>>,
    stopped: CancellationToken,
}

impl fmt::Debug for HealthWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HealthWatch").field("backends", &self.backends).finish_non_exhaustive()
    }
}

impl HealthWatch {
    /// Reports for the given backends; `stopped` is cancelled by the first step of a stop.
    #[must_use]
    pub fn new(reporter: HealthReporter, backends: Backends, stopped: CancellationToken) -> Self {
        Self { reporter, backends, told: Mutex::default(), stopped }
    }

    /// Asks every service once.
    pub async fn refresh(&self) {
        for area in Area::ALL {
            let status = match self.backends.get(area) {
                Some(backend) => ask(backend).await,
                None => ServingStatus::NotServing,
            };
            if !self.stopped.is_cancelled() {
                self.tell(area, status).await;
            }
        }
    }

    /// Asks again and again until the stop.
    pub async fn run(&self, stop: CancellationToken) {
        loop {
            self.refresh().await;
            tokio::select! {
                () = tokio::time::sleep(INTERVAL) => {}
                () = stop.cancelled() => return,
                () = self.stopped.cancelled() => return stop.cancelled().await,
            }
        }
    }

    /// Says "not serving" for everything, for good: the first step of a stop.
    pub async fn stop(&self) {
        self.stopped.cancel();
        self.reporter.set_service_status("", ServingStatus::NotServing).await;
        for area in Area::ALL {
            self.tell(area, ServingStatus::NotServing).await;
        }
    }

    async fn tell(&self, area: Area, status: ServingStatus) {
        let mut told = self.told.lock().await;
        // Told twice, watchers would hear twice.
        if told.insert(area, status) == Some(status) {
            return;
        }
        self.reporter.set_service_status(area.service(), status).await;
        for service in pool().services().filter(|s| Area::of_package(s.package_name()) == Some(area)) {
            self.reporter.set_service_status(service.full_name(), status).await;
        }
    }
}

async fn ask(backend: Backend) -> ServingStatus {
    let mut client = HealthClient::new(backend);
    let call = client.check(HealthCheckRequest::default());
    match tokio::time::timeout(PATIENCE, call).await {
        Ok(Ok(answer)) if answer.get_ref().status() == health_check_response::ServingStatus::Serving => {
            ServingStatus::Serving
        }
        _ => ServingStatus::NotServing,
    }
}
