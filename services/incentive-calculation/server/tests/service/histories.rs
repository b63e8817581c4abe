//! Random histories over both stores: facts, returns of them, quotas and rates that are corrected, locks at random moments,
//! in random order of arrival. What was stated and what is open add up to what direct previews over all that is known give;
//! digests do not depend on the store, the order, the batches, or the number of tasks.

use std::collections::BTreeMap;

use tributary_proto::tributary::incentive::v1::{FactKind, Figure, PlanSpec, Run, SalesFact};
use tributary_testkit::engines;

use crate::support::{
    World, ada, answer, by_attainment, converting, dollar, fang, figure, final_run, growth, marginal, mei, money, plan,
    preview, rule, sale, world_of,
};

const MONTHS: [&str; 4] = ["2012-06", "2012-07", "2012-08", "2012-09"];
const PARTNERS: [&str; 3] = ["anqing", "baoding", "chengde"];

/// Numbers that depend on a seed alone (a linear congruential generator, Knuth's constants).
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % n
    }

    fn shuffle<T>(&mut self, list: &mut [T]) {
        for i in (1..list.len()).rev() {
            let j = self.below(i + 1);
            list.swap(i, j);
        }
    }
}

/// Tiers, growth over last year (a late fact of 2011 changes 2012), and a bonus by quota, all in CNY.
fn spec() -> PlanSpec {
    let mut rules = vec![
        rule("tiers", marginal(&[("0", "0.01"), ("500", "0.025")])),
        rule("growth", growth(&[("0", "0.01"), ("0.2", "0.03")])),
    ];
    rules.extend(by_attainment().rules);
    converting(plan(rules))
}

/// A day of the months that are calculated, or of those a year before.
fn some_day(dice: &mut Dice) -> String {
    let month = MONTHS[dice.below(MONTHS.len())];
    let year = if dice.below(3) == 0 { "2011" } else { "2012" };
    format!("{year}{}-{:02}", &month[4..], 1 + dice.below(28))
}

/// Now and then a quota or a rate is recorded or corrected.
async fn correct(world: &World, dice: &mut Dice) {
    if dice.below(2) == 0 {
        let (partner, month) = (PARTNERS[dice.below(PARTNERS.len())], MONTHS[dice.below(MONTHS.len())]);
        let id = format!("{partner}/{month}");
        let quota = figure(&id, (partner, "quota"), month, &dice.below(3_000).to_string());
        let withdrawn = dice.below(6) == 0;
        world.record_figures(vec![Figure { withdrawn, ..quota }]).await;
    }
    if dice.below(3) == 0 {
        let rate = format!("6.{:03}", dice.below(1_000));
        world.record_rates(vec![dollar(&some_day(dice), &rate)]).await;
    }
}

fn facts(dice: &mut Dice, count: usize) -> Vec<SalesFact> {
    let mut facts: Vec<SalesFact> = Vec::new();
    for n in 0..count {
        let on = some_day(dice);
        let net = format!("{}.{:02}", dice.below(1_000), dice.below(100));
        let partner = PARTNERS[dice.below(PARTNERS.len())];
        let mut fact = sale(&format!("F-{n:03}"), partner, &on, &net);
        let currency = if dice.below(3) == 0 { "USD" } else { "CNY" };
        fact.net = Some(money(currency, &net));
        if dice.below(4) == 0 && !facts.is_empty() {
            let of = facts[dice.below(facts.len())].clone();
            if of.kind() == FactKind::SellIn {
                fact.kind = FactKind::Return.into();
                fact.partner_ref = of.partner_ref;
                fact.original_source_id = of.source_id;
                let currency = of.net.map(|net| net.currency_code).unwrap_or_default();
                fact.net = Some(money(&currency, &format!("-{net}")));
            }
        }
        facts.push(fact);
    }
    facts
}

async fn prepare(world: &World) {
    world.start();
    world.dealers(&mei(), &PARTNERS).await;
    world.record_rates(vec![dollar("2011-01-01", "6.5")]).await;
    world.programme(&fang(), "dealers", &["rebate"]).await;
    world.active((&mei(), &fang()), "p", ("dealers", "rebate"), spec()).await;
}

/// Adds the statements of a run to sums by partner.
async fn add(world: &World, run: &Run, sums: &mut BTreeMap<String, i64>) {
    for statement in world.statements(&fang(), run).await {
        let total = statement.total.expect("a total");
        *sums.entry(statement.partner).or_default() += total.units * 100 + i64::from(total.nanos / 10_000_000);
    }
    sums.retain(|_, value| *value != 0);
}

#[tokio::test]
async fn what_is_stated_and_what_is_open_is_what_all_that_is_known_gives() {
    for engine in engines() {
        for seed in 1..=2 {
            let world = world_of(engine, 2).await;
            prepare(&world).await;
            let mut dice = Dice(seed);
            let mut rows = facts(&mut dice, 40);
            dice.shuffle(&mut rows);
            let (mut stated, mut next, mut true_ups) = (BTreeMap::new(), 0, 0);
            while !rows.is_empty() {
                let batch = rows.split_off(rows.len().saturating_sub(1 + dice.below(9)));
                world.record(&mei(), batch).await;
                correct(&world, &mut dice).await;
                if dice.below(3) == 0 && next < MONTHS.len() - 1 {
                    let run = world.close("dealers", MONTHS[next], &format!("close {next}")).await;
                    true_ups += run.true_up_count;
                    add(&world, &run, &mut stated).await;
                    next += 1;
                }
            }
            while next < MONTHS.len() {
                let run = world.close("dealers", MONTHS[next], &format!("close {next}")).await;
                true_ups += run.true_up_count;
                add(&world, &run, &mut stated).await;
                next += 1;
            }
            let mut direct = BTreeMap::new();
            for month in MONTHS {
                let run = world.run(&fang(), preview(spec(), month)).await;
                add(&world, &run, &mut direct).await;
            }
            assert_eq!(stated, direct, "{engine:?}, seed {seed}");
            assert!(true_ups > 0, "{engine:?}, seed {seed}: nothing was ever settled");
        }
    }
}

#[tokio::test]
async fn the_digest_depends_on_no_store_order_batch_or_number_of_tasks() {
    let mut digests: Vec<(String, i64)> = Vec::new();
    for engine in engines() {
        for tasks in [1, 2, 3, 8] {
            let world = world_of(engine, tasks).await;
            prepare(&world).await;
            let mut dice = Dice(99);
            let mut rows = facts(&mut dice, 120);
            let mut order = Dice(u64::from(tasks));
            order.shuffle(&mut rows);
            while !rows.is_empty() {
                let batch = rows.split_off(rows.len().saturating_sub(1 + order.below(40)));
                world.record(&mei(), batch).await;
            }
            let run = world.run(&fang(), final_run("dealers", "2012-08", "one")).await;
            digests.push((run.digest, run.fact_count));
        }
    }
    digests.dedup();
    assert_eq!(digests.len(), 1, "{digests:?}");
    assert!(digests[0].1 > 10);
}

#[tokio::test]
async fn twins_of_a_run_and_of_a_lock_have_one_effect() {
    for engine in engines() {
        let world = world_of(engine, 0).await;
        prepare(&world).await;
        world.record(&mei(), vec![sale("F-1", "anqing", "2012-07-10", "100.00")]).await;
        let caller = fang();
        let asked = futures_of(8, |_| world.calculate(&caller, final_run("dealers", "2012-07", "one"))).await;
        assert!(asked.windows(2).all(|pair| pair[0].name == pair[1].name));
        let run = world.run_of(&fang(), &asked[0]).await;
        assert_eq!(run.version, 1);
        let request = world.locking(&ada(), "dealers", "2012-07").await;
        let locked = futures_of(8, |_| async {
            answer(world.closing().lock_period(ada().ask(request.clone())).await).expect("locked")
        })
        .await;
        assert!(locked.windows(2).all(|pair| pair[0] == pair[1]));
        assert_eq!(world.published(fang().tenant(), "PeriodLocked", 1).await.len(), 1);
    }
}

/// So many calls at once.
async fn futures_of<T, F: Future<Output = T>>(count: usize, call: impl Fn(usize) -> F) -> Vec<T> {
    futures::future::join_all((0..count).map(call)).await
}
