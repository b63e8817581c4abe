//! What-if: past facts under a draft or under changed prices, beside what the plans in force pay. Nothing is stated.

use std::time::Duration;

use prost::Message as _;
use tonic::Code;
use tributary_proto::{
    google::longrunning::operation::Result as Outcome,
    tributary::incentive::v1::{
        GetSimulationRequest, ListRunsRequest, ListSimulatedChangesRequest, ScenarioFactors, SimulateRequest,
        Simulation, simulate_request::Draft,
    },
};
use tributary_rpc::status::describe;

use crate::support::{
    World, answer, decimal, fang, flat, marginal, mei, plan, refused, resting_worlds, rule, sale, shown, worlds,
};

async fn filled(world: &World) {
    world.dealers(&mei(), &["anqing", "baoding"]).await;
    world.programme(&fang(), "dealers", &["commission"]).await;
    let spec = plan(vec![rule("commission", marginal(&[("0", "0.15"), ("1000000", "0.20")]))]);
    world.active((&mei(), &fang()), "commission", ("dealers", "commission"), spec).await;
    let facts = vec![
        sale("A-1", "anqing", "2012-07-05", "1000000.00"),
        sale("A-2", "anqing", "2012-09-30", "600000.00"),
        sale("B-1", "baoding", "2012-08-01", "333.33"),
        sale("B-2", "baoding", "2012-10-01", "1000.00"),
    ];
    world.record(&mei(), facts).await;
}

fn ask(periods: &[&str]) -> SimulateRequest {
    SimulateRequest {
        programme: "programmes/dealers".to_owned(),
        periods: periods.iter().map(|p| (*p).to_owned()).collect(),
        ..SimulateRequest::default()
    }
}

async fn simulated(world: &World, request: SimulateRequest) -> Simulation {
    let started = answer(world.simulations().simulate(fang().ask(request)).await).expect("an operation");
    match world.done(&fang(), &started.name).await.result {
        Some(Outcome::Response(any)) => Simulation::decode(any.value.as_slice()).expect("a simulation"),
        other => panic!("{} gave {other:?}", started.name),
    }
}

/// Payee, before, after, difference.
async fn changes(world: &World, simulation: &Simulation, order_by: &str) -> Vec<String> {
    let request = ListSimulatedChangesRequest {
        simulation: simulation.name.clone(),
        order_by: order_by.to_owned(),
        ..ListSimulatedChangesRequest::default()
    };
    let page = answer(world.simulations().list_simulated_changes(fang().ask(request)).await).expect("a page");
    let told = |money: &Option<_>| shown(money.as_ref());
    let line = |c: &tributary_proto::tributary::incentive::v1::SimulatedChange| {
        format!("{} {} {} {}", c.partner, told(&c.before), told(&c.after), told(&c.difference))
    };
    page.changes.iter().map(line).collect()
}

#[tokio::test]
async fn a_draft_is_tried_on_past_facts() {
    for world in worlds().await {
        filled(&world).await;
        let request = SimulateRequest {
            draft: Some(Draft::Plan(flat("0.16"))),
            slot: "commission".to_owned(),
            request_id: "try-1".to_owned(),
            ..ask(&["2012-Q3", "2012-Q4"])
        };
        let simulation = simulated(&world, request.clone()).await;
        // Q3: 150,000 + 120,000, and 49.9995; Q4: 150. At 16 %: 256,000; 53.3328; 160.
        let total = simulation.totals.first().expect("one currency");
        let sums = [&total.before, &total.after, &total.difference].map(|m| shown(m.as_ref()));
        assert_eq!(sums, ["CNY 270200.00", "CNY 256213.33", "CNY -13986.67"]);
        assert_eq!((total.winners, total.losers, total.unchanged), (1, 1, 0));
        let periods: Vec<_> = simulation
            .by_period
            .iter()
            .map(|p| format!("{} {} {}", p.period, shown(p.before.as_ref()), shown(p.after.as_ref())))
            .collect();
        assert_eq!(periods, ["2012-Q3 CNY 270050.00 CNY 256053.33", "2012-Q4 CNY 150.00 CNY 160.00"]);
        let anqing = "partners/anqing CNY 270000.00 CNY 256000.00 CNY -14000.00";
        let baoding = "partners/baoding CNY 200.00 CNY 213.33 CNY 13.33";
        assert_eq!(changes(&world, &simulation, "").await, [anqing, baoding]);
        assert_eq!(changes(&world, &simulation, "difference desc").await, [baoding, anqing]);
        assert!(simulation.chart_svg.starts_with("<svg"), "{}", simulation.chart_svg);
        assert!(!simulation.sentences.is_empty());

        let name = GetSimulationRequest { name: simulation.name.clone() };
        assert_eq!(answer(world.simulations().get_simulation(fang().ask(name)).await).expect("kept"), simulation);
        assert_eq!(simulated(&world, request).await.name, simulation.name, "a retry is the same simulation");
        let runs = answer(world.runs().list_runs(fang().ask(ListRunsRequest::default())).await).expect("runs");
        assert_eq!(runs.runs.len(), 0, "nothing is stated");
    }
}

#[tokio::test]
async fn prices_fall_under_the_plans_in_force() {
    for world in worlds().await {
        filled(&world).await;
        let factors = ScenarioFactors { price: decimal("0.5"), ..ScenarioFactors::default() };
        let simulation = simulated(&world, SimulateRequest { factors: Some(factors), ..ask(&["2012-Q3"]) }).await;
        // 800,000 × 15 %; 166.665 × 15 % is 24.99975.
        let total = simulation.totals.first().expect("one currency");
        let sums = [&total.before, &total.after, &total.margin_before, &total.margin_after].map(|m| shown(m.as_ref()));
        assert_eq!(sums, ["CNY 270050.00", "CNY 120025.00", "CNY 1600333.33", "CNY 800166.67"]);
    }
}

#[tokio::test]
async fn what_cannot_be_simulated_is_refused_at_once() {
    for world in worlds().await {
        filled(&world).await;
        let draft = || Some(Draft::Plan(flat("0.16")));
        let wrong = [
            (ask(&[]), Code::InvalidArgument, "INVALID_REQUEST"),
            (
                SimulateRequest { draft: draft(), slot: "bonus".to_owned(), ..ask(&["2012-Q3"]) },
                Code::NotFound,
                "SLOT_NOT_FOUND",
            ),
            (
                SimulateRequest {
                    draft: Some(Draft::PlanVersion("plans/commission/versions/9".to_owned())),
                    ..ask(&["2012-Q3"])
                },
                Code::NotFound,
                "PLAN_VERSION_NOT_FOUND",
            ),
        ];
        for (request, code, why) in wrong {
            let status = refused(world.simulations().simulate(fang().ask(request)).await);
            assert_eq!((status.code, status.reason.as_str()), (code, why), "{status:?}");
        }
        let name = GetSimulationRequest { name: "simulations/none".to_owned() };
        let status = refused(world.simulations().get_simulation(fang().ask(name)).await);
        assert_eq!(status.reason, "SIMULATION_NOT_FOUND");
    }
}

#[tokio::test]
async fn a_simulation_is_kept_for_thirty_days() {
    const NOT_FOUND: &str = "SIMULATION_NOT_FOUND";
    for world in resting_worlds().await {
        world.start_but("incentive-calculation-forget-simulations");
        filled(&world).await;
        let day = Duration::from_secs(24 * 60 * 60);
        // More than one transaction deletes, and one that stays.
        let mut old = Vec::new();
        for _ in 0..21 {
            old.push(simulated(&world, ask(&["2012-Q3"])).await);
        }
        world.clock.advance(Duration::from_micros(1));
        let last = simulated(&world, ask(&["2012-Q3"])).await;
        world.clock.advance(30 * day);
        world.start();
        let gone = async |simulation: &Simulation| {
            let name = GetSimulationRequest { name: simulation.name.clone() };
            let changes = ListSimulatedChangesRequest { simulation: simulation.name.clone(), ..Default::default() };
            let Err(read) = world.simulations().get_simulation(fang().ask(name)).await else { return false };
            // Not before: it may go between the two.
            let listed = refused(world.simulations().list_simulated_changes(fang().ask(changes)).await);
            assert_eq!((describe(&read).reason.as_str(), listed.reason.as_str()), (NOT_FOUND, NOT_FOUND));
            true
        };
        for simulation in &old {
            let mut patience = 1_000;
            while !gone(simulation).await {
                patience -= 1;
                assert!(patience > 0, "{} is still there", simulation.name);
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        assert!(!gone(&last).await, "thirty days are not over");
    }
}
