//! SIGKILL: each service, at any moment, during ingest, runs and the delivery of events.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{bail, ensure};
use rand::{Rng as _, seq::SliceRandom as _};
use tributary::settings::ServiceName;

use super::World;

/// The longest time between two kills.
const LONGEST_MS: u64 = 300;

/// Kills each service so many times.
pub(super) async fn run(world: &mut World) -> anyhow::Result<()> {
    let mut killed: BTreeMap<ServiceName, u32> = BTreeMap::new();
    let all = world.place.processes.all();
    for _ in 0..world.common.times {
        let mut services = ServiceName::ALL;
        services.shuffle(&mut world.random);
        for service in services {
            let replicas: Vec<usize> = all.iter().filter(|(name, _)| *name == service).map(|(_, n)| *n).collect();
            let chosen = world.random.random_range(0..replicas.len());
            let replica = replicas.get(chosen).copied().unwrap_or_default();
            // One that is up: else it would be killed in its start again and again, and do nothing in between.
            while !world.place.processes.is_open(service, replica) {
                if let Some(ended) = world.place.processes.ended()? {
                    bail!("{ended}");
                }
                world.rest(Duration::from_millis(10)).await?;
            }
            let rest = world.random.random_range(0..LONGEST_MS);
            world.rest(Duration::from_millis(rest)).await?;
            ensure!(world.place.processes.kill(service, replica)?, "{service} {replica} had ended by itself");
            world.place.processes.begin(service, replica)?;
            let count = killed.entry(service).or_default();
            *count = count.saturating_add(1);
        }
        // Between the rounds the load must come further: nobody may be stuck.
        world.progress(10).await?;
    }
    world.progress(20).await?;
    let times = world.common.times;
    ensure!(killed.len() == 5 && killed.values().all(|count| *count == times), "killed: {killed:?}");
    let met = world.load()?.shared.met.all();
    ensure!(met > 0, "no client has noticed a kill: they came to nothing");
    println!("  kill: each of {} services {times} times", killed.len());
    Ok(())
}
