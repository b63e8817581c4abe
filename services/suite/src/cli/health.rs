//! `tributary health`: asks a process whether it takes calls; for supervisors that run a command and look at its exit code.

use std::time::Duration;

use clap::Args;
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};

use super::{Failure, secure::TlsArgs};
use crate::output;

/// Arguments of `tributary health`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  tributary health                                               the gateway on this machine
  tributary health http://127.0.0.1:7421                         one service
  tributary health http://127.0.0.1:7420 --service analytics     what the gateway knows of a service
  tributary health http://127.0.0.1:7421 --service liveness      whether it lives, whatever its store does
  tributary health https://gateway.example.com:7420 --ca-file ca.pem

Exit codes: 0 it takes calls, 3 it does not or does not answer.")]
pub struct HealthArgs {
    /// Address of the process
    #[arg(default_value = "http://127.0.0.1:7420")]
    pub address: String,
    /// A gRPC service, a service of the suite, or "liveness" [default: the process as a whole]
    #[arg(long, default_value = "", hide_default_value = true)]
    pub service: String,
    /// The longest to wait, in seconds
    #[arg(long, default_value_t = 2)]
    pub timeout: u64,
}

/// Asks once.
pub(super) async fn run(args: HealthArgs, tls: &TlsArgs) -> Result<(), Failure> {
    let HealthArgs { address, service, timeout } = args;
    let way = tls.endpoint(&address)?;
    let asked = async {
        let mut asking = HealthClient::new(way.connect().await?);
        Ok::<_, Failure>(asking.check(HealthCheckRequest { service }).await)
    };
    let late = |_| Failure::server(format!("{address} did not answer within {timeout} s"));
    match tokio::time::timeout(Duration::from_secs(timeout), asked).await.map_err(late)?? {
        Ok(answer) if answer.get_ref().status() == ServingStatus::Serving => {
            output::line("serving");
            Ok(())
        }
        Ok(_) => Err(Failure::server(format!("{address} takes no calls"))),
        Err(status) => Err(Failure::server(format!("{address}: {}", status.message()))),
    }
}
