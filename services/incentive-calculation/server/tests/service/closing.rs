//! Locking a period: who, when, on which run; and what a locked period no longer does.

use prost::Message as _;
use tonic::Code;
use tributary_proto::tributary::incentive::v1::{
    GetPeriodRequest, ListPeriodsRequest, LockPeriodRequest, PeriodLocked, PeriodState,
};

use crate::support::{World, ada, answer, fang, final_run, flat, mei, refused, resting_worlds, sale, totals, worlds};

/// One dealer with a sale of 1,000.00 in August, and a programme that pays 10 %.
async fn prepare(world: &World) {
    world.dealers(&mei(), &["anqing"]).await;
    world.record(&mei(), vec![sale("F-1", "anqing", "2012-08-10", "1000.00")]).await;
    world.programme(&fang(), "dealers", &["rebate"]).await;
    world.active((&mei(), &fang()), "p", ("dealers", "rebate"), flat("0.10")).await;
}

async fn why(world: &World, request: LockPeriodRequest) -> (Code, String, String) {
    let refused = refused(world.closing().lock_period(ada().ask(request)).await);
    (refused.code, refused.reason, refused.message)
}

#[tokio::test]
async fn a_period_is_locked_once_on_its_newest_run_by_another_subject() {
    for world in worlds().await {
        prepare(&world).await;
        let none = GetPeriodRequest { name: "programmes/dealers/periods/2012-08".to_owned() };
        let unknown = refused(world.closing().get_period(mei().ask(none)).await);
        assert_eq!((unknown.code, unknown.reason.as_str()), (Code::NotFound, "PERIOD_NOT_FOUND"));

        let first = world.run(&fang(), final_run("dealers", "2012-08", "one")).await;
        let second = world.run(&fang(), final_run("dealers", "2012-08", "two")).await;
        assert_eq!((first.version, second.version), (1, 2));
        let open = world.period(&mei(), "dealers", "2012-08").await;
        assert_eq!(
            (open.state(), open.newest_run.as_str(), open.newest_version),
            (PeriodState::Open, &*second.name, 2)
        );
        assert_eq!((open.locked_run.as_str(), open.locked_version), ("", 0));

        let wanted = world.locking(&ada(), "dealers", "2012-08").await;
        let (code, reason, message) =
            why(&world, LockPeriodRequest { run: first.name.clone(), request_id: "a".into(), ..wanted.clone() }).await;
        assert_eq!((code, reason.as_str()), (Code::FailedPrecondition, "RUN_NOT_NEWEST"));
        assert!(message.contains(&second.name), "{message}");
        let (code, reason, _) =
            why(&world, LockPeriodRequest { etag: "r1".into(), request_id: "b".into(), ..wanted.clone() }).await;
        assert_eq!((code, reason.as_str()), (Code::Aborted, "ETAG_MISMATCH"));
        let own = refused(world.closing().lock_period(fang().ask(wanted.clone())).await);
        assert_eq!((own.code, own.reason.as_str()), (Code::FailedPrecondition, "LOCKER_IS_CALCULATOR"));

        let look = LockPeriodRequest { validate_only: true, ..wanted.clone() };
        let shown = answer(world.closing().lock_period(ada().ask(look)).await).expect("would do");
        assert_eq!(shown.state(), PeriodState::Locked);
        assert_eq!(world.period(&mei(), "dealers", "2012-08").await, open, "nothing happened");

        let wanted = LockPeriodRequest { reason: "August is done".into(), ..wanted };
        let locked = answer(world.closing().lock_period(ada().ask(wanted.clone())).await).expect("locked");
        assert_eq!(
            (locked.state(), locked.locked_run.as_str(), locked.locked_version),
            (PeriodState::Locked, &*second.name, 2)
        );
        assert_eq!((locked.locked_by.as_str(), locked.lock_reason.as_str()), ("ada", "August is done"));
        let repeated = answer(world.closing().lock_period(ada().ask(wanted.clone())).await).expect("the first answer");
        assert_eq!(repeated, locked);
        let (_, reason, _) = why(&world, LockPeriodRequest { request_id: "c".into(), ..wanted }).await;
        assert_eq!(reason, "PERIOD_LOCKED");
        let event = &world.published(fang().tenant(), "PeriodLocked", 1).await[0];
        let told = PeriodLocked::decode(event.data.as_slice()).expect("the event").period.expect("a period");
        assert_eq!((told, event.subject.as_str()), (locked.clone(), &*locked.name));

        // A later run is a version of its own and changes nothing of what is stated.
        world.record(&mei(), vec![sale("F-2", "anqing", "2012-08-11", "500.00")]).await;
        let third = world.run(&fang(), final_run("dealers", "2012-08", "three")).await;
        assert_eq!((third.version, third.period_locked, third.true_up_count), (3, true, 0));
        assert_eq!(totals(&world.statements(&fang(), &third).await), ["anqing CNY 150.00"]);
        let still = world.period(&mei(), "dealers", "2012-08").await;
        assert_eq!((still.locked_run.as_str(), still.newest_version), (&*second.name, 3));
        assert_eq!(totals(&world.statements(&fang(), &second).await), ["anqing CNY 100.00"]);
    }
}

#[tokio::test]
async fn a_period_is_not_locked_before_it_is_over_or_while_it_is_calculated() {
    for world in resting_worlds().await {
        prepare(&world).await;
        let asked = world.calculate(&fang(), final_run("dealers", "2012-08", "one")).await;
        let early = world.calculate(&fang(), final_run("dealers", "2012-10", "two")).await;
        world.start();
        world.run_of(&fang(), &asked).await;
        world.run_of(&fang(), &early).await;
        // The clock stands at 2012-10-05.
        let october = world.locking(&ada(), "dealers", "2012-10").await;
        let (code, reason, message) = why(&world, october).await;
        assert_eq!((code, reason.as_str()), (Code::FailedPrecondition, "PERIOD_NOT_OVER"));
        assert!(message.contains("2012-11-01") && message.contains("2012-10-05"), "{message}");
    }
    for world in resting_worlds().await {
        prepare(&world).await;
        let asked = world.calculate(&fang(), final_run("dealers", "2012-08", "one")).await;
        let known = world.period(&mei(), "dealers", "2012-08").await;
        assert_eq!((known.newest_run.as_str(), known.newest_version), ("", 0));
        let run = world.runs().list_runs(fang().ask(Default::default())).await.expect("runs").into_inner().runs;
        let request = LockPeriodRequest {
            name: known.name,
            run: run[0].name.clone(),
            etag: known.etag,
            request_id: "x".into(),
            ..LockPeriodRequest::default()
        };
        let (code, reason, _) = why(&world, request).await;
        assert_eq!((code, reason.as_str()), (Code::FailedPrecondition, "RUN_IN_PROGRESS"));
        world.start();
        world.run_of(&fang(), &asked).await;
    }
}

#[tokio::test]
async fn facts_that_arrived_since_the_run_are_counted_and_can_be_left_to_a_true_up() {
    for world in worlds().await {
        prepare(&world).await;
        world.run(&fang(), final_run("dealers", "2012-08", "one")).await;
        // One of another month does not count, one of another day of the month does.
        world.record(&mei(), vec![sale("G-1", "anqing", "2012-09-01", "1.00")]).await;
        let rows = vec![sale("F-2", "anqing", "2012-08-31", "200.00"), sale("F-3", "anqing", "2012-08-01", "300.00")];
        world.record(&mei(), rows).await;
        let wanted = world.locking(&ada(), "dealers", "2012-08").await;
        let (code, reason, message) = why(&world, wanted.clone()).await;
        assert_eq!((code, reason.as_str()), (Code::FailedPrecondition, "NEWER_FACTS"));
        assert!(message.starts_with("2 facts"), "{message}");
        let wanted = LockPeriodRequest { allow_newer_facts: true, request_id: "y".into(), ..wanted };
        let locked = answer(world.closing().lock_period(ada().ask(wanted)).await).expect("locked");
        assert_eq!(locked.newer_facts_at_lock, 2);
        // 10 % of 1.00 in September, and 10 % of the 500.00 that August missed.
        let september = world.run(&fang(), final_run("dealers", "2012-09", "two")).await;
        assert_eq!(totals(&world.statements(&fang(), &september).await), ["anqing CNY 50.10"]);
    }
}

#[tokio::test]
async fn periods_are_listed_the_latest_first() {
    for world in worlds().await {
        prepare(&world).await;
        for period in ["2012-07", "2012-Q3", "2012-09", "2012-08"] {
            world.run(&fang(), final_run("dealers", period, period)).await;
        }
        let (mut seen, mut token) = (Vec::new(), String::new());
        loop {
            let request =
                ListPeriodsRequest { programme: "programmes/dealers".into(), page_size: 3, page_token: token };
            let page = answer(world.closing().list_periods(mei().ask(request)).await).expect("a page");
            seen.extend(page.periods.into_iter().map(|p| p.period));
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(seen, ["2012-09", "2012-Q3", "2012-08", "2012-07"]);
        let unknown = ListPeriodsRequest { programme: "programmes/agents".into(), ..Default::default() };
        assert_eq!(refused(world.closing().list_periods(mei().ask(unknown)).await).reason, "PROGRAMME_NOT_FOUND");
    }
}
