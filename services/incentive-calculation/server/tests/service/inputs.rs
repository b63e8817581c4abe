//! What a run reads beside its facts, as it had arrived when the run was asked for. Amounts by hand.

use tributary_proto::tributary::{
    incentive::v1::{
        FrozenNode, GuaranteeReward, Limits, OverrideLevel, OverrideReward, Proration, Rule, SalesFact,
        guarantee_reward::Guaranteed, rule::Reward,
    },
    partner::v1::{Partner, PartnerStatus},
};

use crate::support::{
    World, by_attainment, converting, dealer, decimal, dollar, fang, figure, final_run, flat, marginal, mei, money,
    opening, plan, preview, resting_worlds, rule, sale, totals, worlds,
};

async fn quota(world: &World, id: &str, partner: &str, value: &str) {
    world.record_figures(vec![figure(id, (partner, "quota"), "2012-Q3", value)]).await;
}

#[tokio::test]
async fn quotas_are_those_that_had_arrived_when_the_run_was_asked_for() {
    for world in resting_worlds().await {
        world.dealers(&mei(), &["anqing", "baoding"]).await;
        for id in ["anqing", "baoding"] {
            world.record(&mei(), vec![sale(id, id, "2012-08-01", "150.00")]).await;
        }
        // Targets of one quarter add: 100.
        quota(&world, "q-1", "anqing", "60").await;
        quota(&world, "q-2", "anqing", "40").await;
        let asked = world.calculate(&fang(), preview(by_attainment(), "2012-Q3")).await;
        quota(&world, "q-1", "anqing", "960").await;
        world.start();
        let run = world.run_of(&fang(), &asked).await;
        assert_eq!(totals(&world.statements(&fang(), &run).await), ["anqing CNY 3.00"]);
        let later = world.run(&fang(), preview(by_attainment(), "2012-Q3")).await;
        assert_eq!(totals(&world.statements(&fang(), &later).await), ["anqing CNY 1.50"]);
        assert!(later.snapshot_arrival > run.snapshot_arrival);
    }
}

fn standing(id: &str, revision: i64, status: PartnerStatus) -> Partner {
    Partner { status: status.into(), revision, ..dealer(id) }
}

#[tokio::test]
async fn a_guarantee_is_paid_to_members_without_facts_for_their_days() {
    for world in worlds().await {
        let known = async |id: &str, history: &[(&str, PartnerStatus)]| {
            for (revision, (day, status)) in (1..).zip(history) {
                world.changed(&mei(), standing(id, revision, *status), day).await;
            }
        };
        known("anqing", &[("2012-01-01", PartnerStatus::Active)]).await;
        known("baoding", &[("2012-01-01", PartnerStatus::Active), ("2012-09-01", PartnerStatus::Frozen)]).await;
        known("chengde", &[("2012-01-01", PartnerStatus::Prospect)]).await;
        known("dalian", &[("2012-01-01", PartnerStatus::Active), ("2012-06-30", PartnerStatus::Exiting)]).await;
        known("fuzhou", &[("2012-01-01", PartnerStatus::Admitted), ("2012-09-15", PartnerStatus::Active)]).await;
        world.record(&mei(), vec![sale("1", "anqing", "2012-08-01", "200.00")]).await;
        let guarantee = GuaranteeReward {
            guaranteed: Some(Guaranteed::Amount(decimal("100").expect("a number"))),
            currency: "CNY".to_owned(),
            ..GuaranteeReward::default()
        };
        let guarantee = Rule {
            id: "guarantee".to_owned(),
            reward: Some(Reward::Guarantee(guarantee)),
            proration: Proration::MembershipDays.into(),
            ..Rule::default()
        };
        let spec = plan(vec![rule("commission", marginal(&[("0", "0.10")])), guarantee]);
        let run = world.run(&fang(), preview(spec, "2012-Q3")).await;
        // anqing earns 20 and gets 80 more; fuzhou was a member on 16 of 92 days: 17.391…
        let expected = ["anqing CNY 100.00", "baoding CNY 100.00", "fuzhou CNY 17.39"];
        assert_eq!(totals(&world.statements(&fang(), &run).await), expected);
    }
}

#[tokio::test]
async fn caps_of_the_year_go_on_from_an_older_system_and_from_own_runs() {
    for world in worlds().await {
        world.dealers(&mei(), &["anqing"]).await;
        let sales = [("2012-02-01", "300.00"), ("2012-03-01", "300.00")];
        world.record(&mei(), sales.map(|(on, net)| sale(on, "anqing", on, net)).into()).await;
        world.programme(&fang(), "dealers", &["sales"]).await;
        let mut spec = flat("0.10");
        spec.rules[0].limits = Some(Limits { year_cap: decimal("100"), ..Limits::default() });
        world.active((&mei(), &fang()), "standard", ("dealers", "sales"), spec.clone()).await;
        let opening = opening("2012-01/anqing", "anqing", ("sales", "rebate"), "2012-01", "60.00");
        world.record_openings(vec![opening]).await;

        let paid = async |request| {
            let run = world.run(&fang(), request).await;
            totals(&world.statements(&fang(), &run).await)
        };
        assert_eq!(paid(final_run("dealers", "2012-02", "feb")).await, ["anqing CNY 30.00"]);
        // 60 and 30 were stated, so that 10 are left.
        assert_eq!(paid(final_run("dealers", "2012-03", "mar")).await, ["anqing CNY 10.00"]);
        // A plan that is tried out has no past.
        assert_eq!(paid(preview(spec, "2012-03")).await, ["anqing CNY 30.00"]);
        // A later sale of February, stated anew: 40 then, so that nothing is left of the year for March.
        world.record(&mei(), vec![sale("late", "anqing", "2012-02-02", "900.00")]).await;
        assert_eq!(paid(final_run("dealers", "2012-02", "feb again")).await, ["anqing CNY 40.00"]);
        assert_eq!(paid(final_run("dealers", "2012-03", "mar again")).await, ["anqing CNY 0.00"]);
    }
}

#[tokio::test]
async fn amounts_are_converted_by_the_rates_that_had_arrived() {
    for world in resting_worlds().await {
        let record = async |on: &str, value: &str| world.record_rates(vec![dollar(on, value)]).await;
        world.dealers(&mei(), &["anqing"]).await;
        let dollars = SalesFact { net: Some(money("USD", "100.00")), ..sale("1", "anqing", "2012-07-10", "0") };
        world.record(&mei(), vec![dollars, sale("2", "anqing", "2012-07-10", "1000.00")]).await;
        // Before the quarter, and the newest by the day of the sale.
        record("2012-06-29", "6.3").await;
        record("2012-07-11", "9").await;
        let spec = converting(flat("0.10"));
        let asked = world.calculate(&fang(), preview(spec.clone(), "2012-Q3")).await;
        record("2012-06-29", "7").await;
        world.start();
        let run = world.run_of(&fang(), &asked).await;
        assert_eq!(totals(&world.statements(&fang(), &run).await), ["anqing CNY 163.00"]);
        let later = world.run(&fang(), preview(spec, "2012-Q3")).await;
        assert_eq!(totals(&world.statements(&fang(), &later).await), ["anqing CNY 170.00"]);
    }
}

#[tokio::test]
async fn uplines_without_facts_earn_and_frozen_ones_are_skipped() {
    for world in worlds().await {
        let active = |id: &str| standing(id, 1, PartnerStatus::Active);
        for id in ["anqing", "baoding", "chengde", "dalian"] {
            world.changed(&mei(), active(id), "2012-01-01").await;
        }
        world.changed(&mei(), standing("chengde", 2, PartnerStatus::Frozen), "2012-08-01").await;
        world.linked(&mei(), "anqing", "baoding", "2012-01-02").await;
        world.linked(&mei(), "baoding", "chengde", "2012-01-02").await;
        world.linked(&mei(), "anqing", "dalian", "2012-09-01").await;
        let facts = [("1", "2012-07-31", "1000.00"), ("2", "2012-08-01", "100.00"), ("3", "2012-09-01", "10.00")];
        world.record(&mei(), facts.map(|(id, on, net)| sale(id, "anqing", on, net)).into()).await;
        let level = |level: i32, rate: &str| OverrideLevel { level, rate: decimal(rate) };
        let reward =
            OverrideReward { levels: vec![level(1, "0.05"), level(2, "0.01")], frozen: FrozenNode::Skip.into() };
        let run = world.run(&fang(), preview(plan(vec![rule("override", Reward::Override(reward))]), "2012-Q3")).await;
        // baoding 5 % of 1,100; chengde 1 % of 1,000, frozen from August on; dalian 5 % of 10.
        let expected = ["baoding CNY 55.00", "chengde CNY 10.00", "dalian CNY 0.50"];
        assert_eq!(totals(&world.statements(&fang(), &run).await), expected);
    }
}
