//! A run whose runner is killed at every stage is taken over and gives what it would have given, once.

use tributary_proto::{google::longrunning::CancelOperationRequest, tributary::incentive::v1::RunState};

use crate::support::{
    LEASE, World, ada, answer, fang, final_run, flat, lines, mei, reached, resting_worlds, runner, sale, totals,
};

/// A programme whose July was locked at 10.00 and lacks a fact of 500.00, and whose August has 1,000.00.
async fn prepare(world: &World, programmes: &[String]) {
    world.dealers(&mei(), &["anqing"]).await;
    world.record(&mei(), vec![sale("F-1", "anqing", "2012-07-10", "100.00")]).await;
    for programme in programmes {
        world.programme(&fang(), programme, &["rebate"]).await;
        world.active((&mei(), &fang()), programme, (programme, "rebate"), flat("0.10")).await;
        let asked = world.calculate(&fang(), final_run(programme, "2012-07", programme)).await;
        let (_, task) = runner(world, usize::MAX, &format!("before-{programme}")).await;
        world.run_of(&fang(), &asked).await;
        task.abort();
        let request = world.locking(&ada(), programme, "2012-07").await;
        answer(world.closing().lock_period(ada().ask(request)).await).expect("locked");
    }
    let rows = vec![sale("F-2", "anqing", "2012-07-11", "500.00"), sale("F-3", "anqing", "2012-08-11", "1000.00")];
    world.record(&mei(), rows).await;
}

#[tokio::test]
async fn a_run_that_is_killed_at_any_stage_gives_the_same_once() {
    // Recompute July: say so, read, add up. August: read, add up. Then state. Were there fewer reports, a programme would
    // not be cut; were there more, the last one would be.
    const STAGES: usize = 6;
    let programmes: Vec<String> = (0..=STAGES).map(|n| format!("g{n}")).collect();
    for world in resting_worlds().await {
        prepare(&world, &programmes).await;
        let mut digests = Vec::new();
        for (at, programme) in (1..).zip(&programmes) {
            let asked = world.calculate(&fang(), final_run(programme, "2012-08", &format!("cut {programme}"))).await;
            let (gate, task) = runner(&world, at, &format!("killed-{at}")).await;
            let cut = reached(&world, &gate, &asked).await;
            assert_eq!(cut, at <= STAGES, "report {at}");
            task.abort();
            let _ = task.await;
            if cut {
                let known = world.period(&fang(), programme, "2012-08").await;
                assert_eq!((known.newest_run.as_str(), known.newest_version), ("", 0), "nothing is kept");
                world.clock.advance(LEASE);
                let (_, task) = runner(&world, usize::MAX, &format!("heir-{at}")).await;
                world.done(&fang(), &asked.name).await;
                task.abort();
            }
            let run = world.run_of(&fang(), &asked).await;
            let statements = world.statements(&fang(), &run).await;
            let expected = ["anqing rebate.rebate 1000 CNY 100.00 1", "anqing true-up. 0 CNY 50.00 0"];
            assert_eq!(lines(&statements), expected, "report {at}");
            assert_eq!((run.version, run.true_up_count, run.state()), (1, 1, RunState::Succeeded));
            digests.push(run.digest);
        }
        digests.dedup();
        assert_eq!(digests.len(), 1, "{:?}", world.engine);
    }
}

#[tokio::test]
async fn a_run_that_is_cancelled_at_any_stage_states_nothing_and_frees_the_period() {
    for world in resting_worlds().await {
        prepare(&world, &["g".to_owned()]).await;
        for at in [1, 3, 6] {
            let asked = world.calculate(&fang(), final_run("g", "2012-08", &format!("one {at}"))).await;
            let (gate, task) = runner(&world, at, &format!("runner-{at}")).await;
            assert!(reached(&world, &gate, &asked).await);
            let cancel = CancelOperationRequest { name: asked.name.clone() };
            answer(world.operations().cancel_operation(fang().ask(cancel)).await).expect("noted");
            gate.open.notify_one();
            world.done(&fang(), &asked.name).await;
            task.abort();
            let known = world.period(&fang(), "g", "2012-08").await;
            assert_eq!((known.newest_run.as_str(), known.newest_version), ("", 0));
        }
        let asked = world.calculate(&fang(), final_run("g", "2012-08", "two")).await;
        let (_, task) = runner(&world, usize::MAX, "last").await;
        let run = world.run_of(&fang(), &asked).await;
        task.abort();
        assert_eq!(totals(&world.statements(&fang(), &run).await), ["anqing CNY 150.00"]);
        assert_eq!(run.version, 1);
    }
}
