//! Plays the year, step by step.

use rand::{SeedableRng as _, rngs::StdRng};
use tributary_core::{IdSource as _, SystemIds};
use tributary_proto::tributary::incentive::v1::{CalculateRequest, Run, RunMode, calculate_request::Subject};

use super::{PROGRAMME, facts::Facts, network::network, setup, show};
use crate::cli::{Connection, Failure, calculate_run};

/// What is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Where the random numbers begin.
    pub seed: u64,
    /// About how many facts.
    pub facts: u32,
    /// Results as NDJSON.
    pub json: bool,
}

/// Plays the demo through the gateway and shows what comes of it. Returns the line that was explained.
///
/// # Errors
/// When a service refuses something: the demo shows only what works.
pub async fn play(connection: &Connection, options: &Options) -> Result<Option<String>, Failure> {
    let network = network(&mut StdRng::seed_from_u64(options.seed));
    setup::partners(connection, &network).await?;
    let facts: Facts = Facts::new(options.seed, network.clone(), options.facts);
    let (recorded, known) = setup::facts(connection, facts, options.facts).await?;
    let plans = setup::plans(connection).await?;
    show::setup(&network, recorded, known, &plans, options.json);
    let mut runs = Vec::new();
    for quarter in 1..=4 {
        runs.push(final_run(connection, &format!("2025-Q{quarter}")).await?);
    }
    show::results(connection, &runs, options.json).await
}

async fn final_run(connection: &Connection, period: &str) -> Result<Run, Failure> {
    let request = CalculateRequest {
        subject: Some(Subject::Programme(format!("programmes/{PROGRAMME}"))),
        period: period.to_owned(),
        mode: RunMode::Final.into(),
        request_id: SystemIds.uuid().to_string(),
    };
    calculate_run(connection, request, &format!("final run {period}")).await
}
