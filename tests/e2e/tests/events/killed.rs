//! The reader of a consumer is killed; a replica, or its own successor, goes on.

use anyhow::{Context as _, ensure};
use e2e_tests::Place;
use tributary::settings::ServiceName;
use tributary_core::{Clock as _, SystemClock};
use tributary_testkit::{engines, redis_url};

use super::fixtures::{cny, contract_risk_counts, create_partner, net_sales, record, sale};

#[tokio::test]
async fn facts_reach_every_service_whoever_is_killed() -> anyhow::Result<()> {
    let Some(redis) = redis_url() else { return Ok(()) };
    for engine in engines() {
        let mut place = Place::start_processes(engine, redis.clone(), SystemClock.now()).await?;
        create_partner(&place, "alpine").await?;
        record(&place, vec![sale("alpine", "1", (4, 1), 100), sale("alpine", "2", (4, 1), 200)]).await?;
        // 100 + 200.
        ensure!(net_sales(&place, 1).await? == cny(300), "{engine:?}");
        contract_risk_counts(&place, 1).await?;

        ensure!(processes(&mut place)?.kill(ServiceName::Analytics, 0)?, "it had ended before");
        record(&place, vec![sale("alpine", "3", (4, 2), 50)]).await?;
        contract_risk_counts(&place, 2).await?;
        processes(&mut place)?.begin(ServiceName::Analytics, 0)?;
        processes(&mut place)?.ready().await?;
        // 300 + 50.
        ensure!(net_sales(&place, 2).await? == cny(350), "{engine:?}");
        place.stop().await?;
    }
    Ok(())
}

fn processes(place: &mut Place) -> anyhow::Result<&mut e2e_tests::processes::Processes> {
    place.processes.as_mut().context("a place of processes")
}
