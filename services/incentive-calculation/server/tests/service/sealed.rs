//! Runs whose facts come out of segments give what rows give: a run that is calculated again for proof reads rows only.

use incentive_calculation_domain::engine::Fields;
use incentive_calculation_server::{
    app::App,
    ports::{
        StoredFact,
        segments::{Loose, SegmentQuery},
    },
    segment::{merge, month_of},
};
use tributary_proto::tributary::incentive::v1::{
    CalculateRequest, FactKind, Run, SalesFact, calculate_request::Subject,
};

use crate::{
    as_known::reproduced,
    carried::plans::programmes,
    histories::Dice,
    support::{World, dollar, fang, final_run, flat, mei, money, resting_worlds, sale, world_of, worlds},
};

/// Enough that segments pay, and that lines of the half of them can be taken over.
const PARTNERS: usize = 72;
const ROUNDS: usize = 4;

fn partner(number: usize) -> String {
    format!("dealer-{number:02}")
}

async fn dealers(world: &World) {
    let ids: Vec<String> = (0..PARTNERS).map(partner).collect();
    world.dealers(&mei(), &ids.iter().map(String::as_str).collect::<Vec<_>>()).await;
}

async fn seal_all(app: &App) {
    while app.seal(fang().tenant()).await.expect("sealed") {}
}

async fn preview(world: &World, programme: &str) -> Run {
    let subject = Some(Subject::Programme(format!("programmes/{programme}")));
    world.run(&fang(), CalculateRequest { subject, period: "2012-08".to_owned(), ..CalculateRequest::default() }).await
}

/// Sales of this and last year, and returns of sales that were and that are yet to come.
struct History {
    dice: Dice,
    next: usize,
}

impl History {
    fn fact(&mut self, of: usize) -> SalesFact {
        self.next += 1;
        let year = if self.dice.below(4) == 0 { "2011" } else { "2012" };
        let on = format!("{year}-{:02}-{:02}", 6 + self.dice.below(4), 1 + self.dice.below(28));
        let currency = if self.dice.below(6) == 0 { "USD" } else { "CNY" };
        let id = format!("F-{:05}", (self.next * 7_919) % 100_000);
        let fact = SalesFact {
            net: Some(money(currency, &format!("{}.{:02}", self.dice.below(900), self.dice.below(100)))),
            order_id: format!("O-{}", self.next / 3),
            ..sale(&id, &partner(of), &on, "0")
        };
        if self.dice.below(5) != 0 {
            return fact;
        }
        let sale = (self.next + 40).saturating_sub(self.dice.below(120)).max(1);
        SalesFact {
            kind: FactKind::Return.into(),
            net: Some(money(currency, &format!("-{}.50", self.dice.below(200)))),
            original_source_id: format!("F-{:05}", (sale * 7_919) % 100_000),
            ..fact
        }
    }

    /// A batch of some partners.
    async fn record(&mut self, world: &World, partners: std::ops::Range<usize>, each: usize) {
        let facts = partners.flat_map(|of| std::iter::repeat_n(of, each)).map(|of| self.fact(of)).collect();
        world.record(&mei(), facts).await;
    }
}

#[tokio::test]
async fn runs_from_segments_give_what_rows_give() {
    for engine in tributary_testkit::engines() {
        let world = world_of(engine, 2).await;
        world.start();
        dealers(&world).await;
        world.record_rates(vec![dollar("2011-01-01", "6.3")]).await;
        let all = programmes();
        for programme in &all {
            world.programme(&fang(), programme.id, &["slot"]).await;
            for (plan, spec) in &programme.plans {
                let plan = format!("{}-{plan}", programme.id);
                world.active((&mei(), &fang()), &plan, (programme.id, "slot"), spec.clone()).await;
            }
        }
        let app = world.app().await;
        let mut history = History { dice: Dice(11), next: 0 };
        history.record(&world, 0..PARTNERS, 6).await;
        let mut taken = 0;
        for round in 0..ROUNDS {
            // Some rounds find everything sealed, some late facts of the half of the partners in rows.
            if round != 3 {
                seal_all(&app).await;
            }
            if round % 2 == 1 {
                history.record(&world, 0..PARTNERS / 2, 1).await;
            }
            for programme in &all {
                let run = preview(&world, programme.id).await;
                let id = run.name.trim_start_matches("runs/");
                let kept = app.store.run(fang().tenant(), id).await.expect("read").expect("a run");
                taken += usize::from(!kept.carried_from.is_empty());
                let again = reproduced(&world, &run).await;
                assert!(again.equal, "{engine:?}, round {round}, {}: {again:?}", programme.id);
            }
        }
        assert!(taken > 10, "{engine:?}: lines were taken over {taken} times");
    }
}

#[tokio::test]
async fn facts_are_counted_once_while_they_are_sealed() {
    for world in worlds().await {
        dealers(&world).await;
        world.programme(&fang(), "flat", &["slot"]).await;
        world.active((&mei(), &fang()), "p", ("flat", "slot"), flat("0.10")).await;
        let app = world.app().await;
        let rows = |from: usize| {
            let of = |n: usize| sale(&format!("S-{:03}", from + n), &partner(n), "2012-08-02", "100.00");
            (0..PARTNERS).map(of).collect::<Vec<_>>()
        };
        world.record(&mei(), rows(0)).await;
        seal_all(&app).await;
        world.record(&mei(), rows(100)).await;
        let tenant = fang().tenant().clone();
        let sealed = app.store.sealed_through(&tenant).await.expect("sealed");
        let newest = app.store.newest_batch(&tenant).await.expect("newest");
        // A sealer that ends before it is through: a third of the partners have their new facts in segments.
        let loose = app.store.loose_facts(&tenant, Loose::After(sealed, newest), &[], Fields::ALL, u32::MAX).await;
        let loose: Vec<StoredFact> = loose.expect("read").expect("rows");
        assert_eq!(loose.len(), PARTNERS);
        let query = SegmentQuery { partners: None, windows: Vec::new(), after: None, rest: true, limit: u32::MAX };
        let mut segments = app.store.segments(&tenant, &query).await.expect("segments");
        segments.truncate(PARTNERS / 3);
        for segment in &mut segments {
            let own: Vec<_> = loose.iter().filter(|f| f.partner_id == segment.partner_id).cloned().collect();
            let key = (segment.partner_id.clone(), month_of(own[0].fact.occurred_on));
            *segment = merge(&key, Some(segment), &own, newest).expect("merged").expect("new facts");
        }
        let mut tx = app.store.begin().await.expect("begin");
        tx.put_segments(&tenant, &segments).await.expect("kept");
        tx.commit().await.expect("commit");

        let run = preview(&world, "flat").await;
        assert_eq!(run.fact_count, i64::try_from(2 * PARTNERS).expect("few"));
        assert!(reproduced(&world, &run).await.equal);
        seal_all(&app).await;
        let run = preview(&world, "flat").await;
        assert_eq!(run.fact_count, i64::try_from(2 * PARTNERS).expect("few"));
        assert!(reproduced(&world, &run).await.equal);
    }
}

#[tokio::test]
async fn a_run_sees_no_more_than_its_snapshot_in_newer_segments() {
    for world in resting_worlds().await {
        dealers(&world).await;
        world.programme(&fang(), "flat", &["slot"]).await;
        world.active((&mei(), &fang()), "p", ("flat", "slot"), flat("0.10")).await;
        let app = world.app().await;
        let mut history = History { dice: Dice(3), next: 0 };
        history.record(&world, 0..PARTNERS, 3).await;
        let asked = world.calculate(&fang(), final_run("flat", "2012-08", "before")).await;
        history.record(&world, 0..PARTNERS, 3).await;
        seal_all(&app).await;
        world.start();
        let before = world.run_of(&fang(), &asked).await;
        let after = preview(&world, "flat").await;
        assert!(before.fact_count < after.fact_count, "{} and {} facts", before.fact_count, after.fact_count);
        assert!(reproduced(&world, &before).await.equal);
        assert!(reproduced(&world, &after).await.equal);
    }
}

/// Runs do read segments, and whoever proves a run does not.
#[tokio::test]
async fn a_segment_that_was_tampered_with_is_found() {
    for world in worlds().await {
        dealers(&world).await;
        world.programme(&fang(), "flat", &["slot"]).await;
        world.active((&mei(), &fang()), "p", ("flat", "slot"), flat("0.10")).await;
        let app = world.app().await;
        world.record(&mei(), vec![sale("S-1", &partner(0), "2012-08-02", "100.00")]).await;
        seal_all(&app).await;
        let tenant = fang().tenant().clone();
        let newest = app.store.newest_batch(&tenant).await.expect("newest");
        let mut wrong = app
            .store
            .loose_facts(&tenant, Loose::After(0, newest), &[], Fields::ALL, 9)
            .await
            .expect("read")
            .expect("rows");
        wrong[0].fact.net *= 2;
        let key = (partner(0), month_of(wrong[0].fact.occurred_on));
        let segment = merge(&key, None, &wrong, newest + 1).expect("merged").expect("facts");
        let mut tx = app.store.begin().await.expect("begin");
        tx.put_segments(&tenant, &[segment]).await.expect("kept");
        tx.commit().await.expect("commit");

        let run = preview(&world, "flat").await;
        let again = reproduced(&world, &run).await;
        assert!(!again.equal);
        assert_eq!(again.difference_count, 1, "{again:?}");
    }
}
