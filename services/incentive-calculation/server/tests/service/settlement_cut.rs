//! Settlements of many whose runner is killed after every part of them: each goes on where it was, with one effect.

use tributary_proto::{
    google::longrunning::Operation,
    tributary::incentive::v1::{
        AdvanceSettlementsRequest, ListSettlementsRequest, SettlementAdvance, SettlementBatch, SettlementState,
        SettlementTerms,
    },
};

use crate::{
    settlements::{PERIOD, settling},
    support::{LEASE, World, ada, answer, fang, flat, mei, reached, resting_worlds, runner, sale},
};

/// Settlements of one transaction are 100: an operation over these has three parts.
const DEALERS: usize = 250;
const PARTS: usize = 3;

/// What an operation did whose runners were killed after its first part, its second, and so on; a killed one says nothing
/// more, and its lease runs out.
async fn cut_after_every_part(world: &World, asked: &Operation) -> SettlementBatch {
    let mut kills = 0;
    loop {
        let (gate, task) = runner(world, kills + 1, &format!("{}-{kills}", asked.name)).await;
        let cut = reached(world, &gate, asked).await;
        task.abort();
        let _ = task.await;
        if !cut {
            break;
        }
        kills += 1;
        world.clock.advance(LEASE);
    }
    assert_eq!(kills, PARTS, "{}", asked.name);
    world.batch(asked).await
}

/// How many settlements stand somewhere.
async fn standing(world: &World, state: SettlementState) -> usize {
    let request = ListSettlementsRequest { state: state.into(), page_size: 1000, ..ListSettlementsRequest::default() };
    answer(world.settlements().list_settlements(fang().ask(request)).await).expect("a list").settlements.len()
}

#[tokio::test]
async fn operations_whose_runners_are_killed_after_every_part_go_on_where_they_were() {
    for world in resting_worlds().await {
        world.start_but("incentive-calculation-runs");
        let names: Vec<String> = (0..DEALERS).map(|n| format!("dealer-{n:03}")).collect();
        world.dealers(&mei(), &names.iter().map(String::as_str).collect::<Vec<_>>()).await;
        let facts = names.iter().map(|who| sale(&format!("F-{who}"), who, "2012-08-10", "1000.00"));
        world.record(&mei(), facts.collect()).await;
        world.programme(&fang(), "dealers", &["rebate"]).await;
        world.active((&mei(), &fang()), "p", ("dealers", "rebate"), flat("0.10")).await;
        let (_, task) = runner(&world, usize::MAX, "closing").await;
        world.close("dealers", "2012-08", "one").await;
        task.abort();
        let _ = task.await;

        let mut client = world.settlements();
        let asked = client.settle_period(fang().ask(settling(SettlementTerms::default(), "s"))).await;
        let batch = cut_after_every_part(&world, &answer(asked).expect("an operation")).await;
        assert_eq!((batch.done_count, batch.unchanged_count, batch.refused_count), (250, 0, 0));
        assert_eq!(world.booked("house.expense").await, "25000.00");

        let steps = [
            (SettlementAdvance::Submit, SettlementState::InReview, fang()),
            (SettlementAdvance::Approve, SettlementState::Approved, ada()),
            (SettlementAdvance::Lock, SettlementState::Locked, fang()),
        ];
        for (step, state, caller) in steps {
            let request = AdvanceSettlementsRequest {
                name: PERIOD.to_owned(),
                step: step.into(),
                request_id: step.as_str_name().to_owned(),
                ..AdvanceSettlementsRequest::default()
            };
            let asked = client.advance_settlements(caller.ask(request)).await;
            let batch = cut_after_every_part(&world, &answer(asked).expect("an operation")).await;
            assert_eq!((batch.done_count, batch.unchanged_count, batch.refused_count), (250, 0, 0));
            assert_eq!(standing(&world, state).await, DEALERS);
        }
        assert_eq!(world.booked("partner.dealer-249.payable").await, "100.00");
        // The world's own runner does the rest: it verifies what was posted.
        world.start();
        let found = world.verified().await;
        assert!(found.sound, "{:?}", found.findings);
        assert_eq!(found.transaction_count, 500, "an accrual and a locking each");
    }
}
