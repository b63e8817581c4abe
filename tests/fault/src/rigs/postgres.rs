//! PostgreSQL crashes or is restarted, its sessions are ended, connections break while a COMMIT is under way.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use rand::Rng as _;

use super::World;
use crate::place::{Cut, Postgres, Store};

/// Cuts asked for at once: commits are many, so that several services are hit.
const CUTS: u32 = 4;

/// Each kind of fault so many times.
pub(super) async fn run(world: &mut World) -> anyhow::Result<()> {
    ensure!(world.common.store == Store::Postgres, "this rig is for --store postgres");
    let (mut restarted, mut ended, mut asked) = (0_u32, 0_u32, 0_u32);
    for round in 0..world.common.times {
        world.progress(10).await?;
        for cut in [Cut::After, Cut::Before, Cut::After, Cut::After] {
            world.place.proxy.as_ref().context("a proxy")?.cut(cut);
            asked = asked.saturating_add(1);
        }
        let rest = Duration::from_millis(world.random.random_range(100..400));
        world.rest(rest).await?;
        ended = ended.saturating_add(server(world)?.terminate_sessions()?);
        let rest = Duration::from_millis(world.random.random_range(100..400));
        world.rest(rest).await?;
        if round % 2 == 0 {
            server(world)?.crash()?;
        } else {
            server(world)?.stop()?;
        }
        let rest = Duration::from_millis(world.random.random_range(0..500));
        world.rest(rest).await?;
        server(world)?.begin()?;
        restarted = restarted.saturating_add(1);
    }
    world.progress(20).await?;
    let made = world.place.proxy.as_ref().context("a proxy")?.made();
    let times = world.common.times;
    ensure!(asked == times.saturating_mul(CUTS) && made == asked, "{made} of {asked} cuts were made");
    ensure!(restarted == times && ended >= times, "{restarted} restarts, {ended} sessions ended");
    println!("  postgres: restarted {restarted} times, {ended} sessions ended, {made} connections cut at their commit");
    Ok(())
}

fn server(world: &World) -> anyhow::Result<&Postgres> {
    world.place.postgres.as_ref().context("a server")
}
