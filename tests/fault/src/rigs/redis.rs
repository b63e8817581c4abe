//! Redis is emptied, or killed and started again, empty, while events go through it.

use std::time::Duration;

use anyhow::ensure;
use rand::Rng as _;

use super::World;

/// Empties it and kills it, in turns.
pub(super) async fn run(world: &mut World) -> anyhow::Result<()> {
    let (mut emptied, mut killed) = (0_u32, 0_u32);
    for round in 0..world.common.times {
        // Something is published between two faults.
        world.progress(5).await?;
        let rest = Duration::from_millis(world.random.random_range(0..400));
        world.rest(rest).await?;
        if round % 2 == 0 {
            world.place.redis.flush();
            emptied = emptied.saturating_add(1);
        } else {
            world.place.redis.stop();
            // The load does not need it.
            world.progress(5).await?;
            world.place.redis.start_again();
            killed = killed.saturating_add(1);
        }
    }
    world.progress(20).await?;
    ensure!(emptied.saturating_add(killed) == world.common.times, "{emptied} and {killed}");
    println!("  redis: emptied {emptied} times, killed {killed} times");
    Ok(())
}
