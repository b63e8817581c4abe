//! SIGKILL: each service, at any moment, during ingest, runs and the delivery of events.

use std::{collections::BTreeMap, time::Duration};

use anyhow::ensure;
use rand::{Rng as _, seq::SliceRandom as _};
use tributary::settings::ServiceName;

use super::World;

/// The longest time between two kills.
const LONGEST_MS: u64 = 300;

/// Kills each service so many times.
pub(super) async fn run(world: &mut World) -> anyhow::Result<()> {
    let mut killed: BTreeMap<ServiceName, u32> = BTreeMap::new();
    for _ in 0..world.common.times {
        let mut services = ServiceName::ALL;
        services.shuffle(&mut world.random);
        for service in services {
            let rest = world.random.random_range(0..LONGEST_MS);
            world.kill(service, Duration::from_millis(rest)).await?;
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
