//! A draft over past facts beside the plan in force: what it costs, who gains and who loses, and what is left when prices
//! and costs move. Nothing is stated.

use anyhow::ensure;
use e2e_tests::{
    calls::{explained, finished},
    exact::money,
    fixtures::{create_partner, day, number, record_new, sale},
    on_every_store_from,
    people::{People, Person, plan},
};
use tributary_proto::tributary::incentive::v1::{
    CreatePlanVersionRequest, GetSimulationRequest, ListRunsRequest, ListSimulatedChangesRequest, SalesFact,
    ScenarioFactors, SimulateRequest, SimulatedChange, SimulatedTotals, Simulation, simulate_request::Draft,
};

use super::{COMMISSION, NOON, forbidden, is};

const DRAFT: &str = r#"
rules:
  - id: commission
    measure: {field: NET, kinds: [SELL_IN, RETURN]}
    negativeMeasure: SIGNED
    wholeVolume: {table: {tiers: [{from: "0", rate: "0.16"}]}}
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_and_another_market_are_tried_on_past_facts() -> anyhow::Result<()> {
    on_every_store_from(NOON, async |place| {
        let people = People::of(place).await?;
        for partner in ["big", "small", "even"] {
            create_partner(place, partner).await?;
        }
        people.programme(&["commission"]).await?;
        people.publish("commission", plan(COMMISSION)?).await?;
        let sold = |partner, id, on, net, cost| -> anyhow::Result<_> {
            Ok(SalesFact { cost: Some(money(cost, "CNY")?), ..sale(partner, id, on, net)? })
        };
        record_new(
            place,
            vec![
                sold("big", "1", day(2031, 1, 10), "1200000", "800000")?,
                sold("big", "2", day(2031, 2, 20), "400000", "200000")?,
                sold("small", "3", day(2031, 1, 20), "400000", "200000")?,
                // Nothing is sold and nothing comes back in the end.
                sold("even", "4", day(2031, 2, 1), "5", "3")?,
                sold("even", "5", day(2031, 2, 2), "-5", "-3")?,
            ],
        )
        .await?;
        draft(&people).await?;
        market(&people).await?;
        let runs = people.analyst.runs().list_runs(ListRunsRequest::default()).await.map_err(explained)?.into_inner();
        ensure!(runs.runs.is_empty(), "stated: {:?}", runs.runs);
        Ok(())
    })
    .await
}

/// In force: January 1,200,000 → 190,000 and 400,000 → 60,000, February 400,000 → 60,000. At 16 %: 192,000, 64,000, 64,000.
async fn draft(people: &People) -> anyhow::Result<()> {
    let request = CreatePlanVersionRequest {
        plan: "plans/next-year".to_owned(),
        programme: "programmes/dealers".to_owned(),
        slot: "commission".to_owned(),
        spec: Some(plan(DRAFT)?),
        request_id: String::new(),
    };
    let version = people.manager.plans().create_plan_version(request).await.map_err(explained)?.into_inner();
    let months = SimulateRequest {
        periods: vec!["2031-01".to_owned(), "2031-02".to_owned()],
        draft: Some(Draft::PlanVersion(version.name)),
        request_id: "months".to_owned(),
        ..asked()
    };
    forbidden(people.analyst.simulations().simulate(months.clone()).await)?;
    let simulation = simulated(&people.manager, months.clone()).await?;
    totals(&simulation, ["310000", "320000", "10000"], [2, 0, 1])?;
    let by_period: Vec<_> = simulation.by_period.iter().collect();
    let [january, february] = by_period.as_slice() else { anyhow::bail!("{by_period:?}") };
    for (month, before, after) in [(january, "250000", "256000"), (february, "60000", "64000")] {
        is(month.before.as_ref(), before)?;
        is(month.after.as_ref(), after)?;
    }
    // Over both months at once, big reached 20 % on 600,000: 270,000 → 256,000. small: 60,000 → 64,000.
    let whole = SimulateRequest {
        periods: vec!["2031-Q1".to_owned()],
        draft: Some(Draft::Plan(plan(DRAFT)?)),
        slot: "commission".to_owned(),
        ..asked()
    };
    let quarter = simulated(&people.finance, whole).await?;
    totals(&quarter, ["330000", "320000", "-10000"], [1, 1, 1])?;
    let losers = changes(people, &quarter, "difference").await?;
    let [big, even, small] = losers.as_slice() else { anyhow::bail!("{losers:?}") };
    for (change, partner, difference) in [(big, "big", "-14000"), (even, "even", "0"), (small, "small", "4000")] {
        ensure!(change.partner == format!("partners/{partner}"), "{losers:?}");
        is(change.difference.as_ref(), difference)?;
    }
    let winners = changes(people, &quarter, "difference desc").await?;
    ensure!(winners.iter().rev().eq(&losers), "{winners:?}");

    // Kept, read by somebody else, and asked for again not calculated again.
    let request = GetSimulationRequest { name: simulation.name.clone() };
    let kept = people.analyst.simulations().get_simulation(request).await.map_err(explained)?.into_inner();
    ensure!(kept == simulation, "{kept:?}");
    ensure!(simulated(&people.manager, months).await?.name == simulation.name, "a retry is the same simulation");
    Ok(())
}

/// Prices at 90 %, costs at 95 %, under the plan in force: net 1,800,000, cost 1,140,000 instead of 1,200,000. Paid on
/// 1,440,000: 238,000; on 360,000: 54,000.
async fn market(people: &People) -> anyhow::Result<()> {
    let factors = ScenarioFactors { price: number("0.9"), cost: number("0.95"), ..ScenarioFactors::default() };
    let request = SimulateRequest { periods: vec!["2031-Q1".to_owned()], factors: Some(factors), ..asked() };
    let simulation = simulated(&people.finance, request).await?;
    totals(&simulation, ["330000", "292000", "-38000"], [0, 2, 1])?;
    let total = only_total(&simulation)?;
    let sums = [&total.margin_before, &total.margin_after, &total.kept_before, &total.kept_after];
    for (sum, expected) in sums.into_iter().zip(["800000", "660000", "470000", "368000"]) {
        is(sum.as_ref(), expected)?;
    }
    Ok(())
}

fn asked() -> SimulateRequest {
    SimulateRequest { programme: "programmes/dealers".to_owned(), ..SimulateRequest::default() }
}

async fn simulated(person: &Person, request: SimulateRequest) -> anyhow::Result<Simulation> {
    let started = person.simulations().simulate(request).await.map_err(explained)?.into_inner();
    finished(&mut person.operations(), started).await
}

fn only_total(simulation: &Simulation) -> anyhow::Result<&SimulatedTotals> {
    match simulation.totals.as_slice() {
        [total] => Ok(total),
        other => anyhow::bail!("not one currency: {other:?}"),
    }
}

/// Before, after, difference; winners, losers, unchanged.
fn totals(simulation: &Simulation, sums: [&str; 3], payees: [i64; 3]) -> anyhow::Result<()> {
    let total = only_total(simulation)?;
    for (sum, expected) in [&total.before, &total.after, &total.difference].into_iter().zip(sums) {
        is(sum.as_ref(), expected)?;
    }
    ensure!([total.winners, total.losers, total.unchanged] == payees, "{total:?}");
    Ok(())
}

async fn changes(people: &People, simulation: &Simulation, order_by: &str) -> anyhow::Result<Vec<SimulatedChange>> {
    let request = ListSimulatedChangesRequest {
        simulation: simulation.name.clone(),
        order_by: order_by.to_owned(),
        ..ListSimulatedChangesRequest::default()
    };
    let page = people.analyst.simulations().list_simulated_changes(request).await.map_err(explained)?.into_inner();
    Ok(page.changes)
}
