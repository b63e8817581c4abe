//! Plays the year, step by step.

use std::path::PathBuf;

use rand::{SeedableRng as _, rngs::StdRng};
use tributary_core::{IdSource as _, OffsetClock, SystemIds, Timestamp};
use tributary_proto::tributary::incentive::v1::{CalculateRequest, Run, RunMode, calculate_request::Subject};

use super::{
    PROGRAMME, contracts, customers,
    facts::Facts,
    licences,
    network::network,
    page,
    picture::{self, Picture},
    setup, show, targets,
};
use crate::{
    cli::{Connection, Failure, calculate_run},
    output,
};

/// What is played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Where the random numbers begin.
    pub seed: u64,
    /// About how many facts.
    pub facts: u32,
    /// Results as NDJSON.
    pub json: bool,
    /// Also as a page with plots, in this file.
    pub html: Option<PathBuf>,
}

/// The clock of the demo: it begins on 2025-12-31 at 20:00 in Shanghai and ticks on.
#[must_use]
pub fn evening() -> OffsetClock {
    OffsetClock::starting_at(Timestamp::from_seconds_nanos(1_767_182_400, 0))
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
    let cast = setup::cast(connection).await?;
    let plans = setup::plans(connection, &cast).await?;
    show::setup(&network, recorded, known, &plans, options.json);
    let mut runs = Vec::new();
    for quarter in 1..=4 {
        runs.push(final_run(connection, &format!("2025-Q{quarter}")).await?);
    }
    let explained = show::results(connection, &runs, options.json).await?;

    licences::licences(connection, &cast.approver, &network).await?;
    picture::settled(connection, recorded.saturating_add(known)).await?;
    let last_year = picture::last_year(connection).await?;
    contracts::contracts(connection, options.seed, &network, &last_year).await?;
    customers::customers(connection, options.seed).await?;
    targets::targets(connection).await?;
    let picture = Picture::read(connection).await?;
    show::picture(&picture, &network, options.json);
    if let Some(file) = &options.html {
        page::write(file, &picture, &runs, &network)?;
        output::note(&format!("the page is {}", file.display()));
    }
    Ok(explained)
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
