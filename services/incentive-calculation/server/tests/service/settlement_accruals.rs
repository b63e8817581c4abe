//! R19: what runs accrue before their period is settled, and what is left of it afterwards. Amounts are computed by hand.

use prost::Message as _;
use tributary_proto::{
    google::longrunning::operation::Result as Outcome,
    tributary::incentive::v1::{AccrueRunRequest, RunAccruals, SettlementTerms},
};

use crate::support::{World, ada, answer, fang, final_run, flat, mei, reason, sale, shown, worlds};

/// 10 % of 1,000.00 is accrued by the first run; the second one has 500.00 more of one dealer and another dealer.
#[tokio::test]
async fn runs_accrue_until_their_period_is_settled() {
    for world in worlds().await {
        world.dealers(&mei(), &["anqing", "baoding"]).await;
        world.record(&mei(), vec![sale("F-1", "anqing", "2012-08-10", "1000.00")]).await;
        world.programme(&fang(), "dealers", &["rebate"]).await;
        world.active((&mei(), &fang()), "p", ("dealers", "rebate"), flat("0.10")).await;
        let first = world.run(&fang(), final_run("dealers", "2012-08", "one")).await;
        let done = world.accrued(&first.name, "a1").await;
        assert_eq!(
            (done.accrued_count, done.taken_back_count, shown(done.accrued.first())),
            (1, 0, "CNY 100.00".into())
        );
        let again = world.accrued(&first.name, "a2").await;
        assert_eq!((again.accrued_count, again.taken_back_count), (1, 0), "a repeat accrues nothing more");
        assert_eq!(world.booked("partner.anqing.accrued").await, "100.00");

        let facts = vec![sale("F-2", "anqing", "2012-08-11", "500.00"), sale("F-3", "baoding", "2012-08-11", "200.00")];
        world.record(&mei(), facts).await;
        let second = world.run(&fang(), final_run("dealers", "2012-08", "two")).await;
        let old = AccrueRunRequest { name: first.name.clone(), request_id: "a3".to_owned() };
        assert_eq!(reason(world.settlements().accrue_run(fang().ask(old)).await), "RUN_NOT_NEWEST");
        let done = world.accrued(&second.name, "a4").await;
        assert_eq!(
            (done.accrued_count, done.taken_back_count, shown(done.accrued.first())),
            (2, 1, "CNY 170.00".into())
        );
        assert_eq!(world.booked("partner.anqing.accrued").await, "150.00");
        assert_eq!(world.booked("house.expense").await, "170.00");

        let locking = world.locking(&ada(), "dealers", "2012-08").await;
        answer(world.closing().lock_period(ada().ask(locking)).await).expect("locked");
        let late = AccrueRunRequest { name: second.name, request_id: "a5".to_owned() };
        assert_eq!(reason(world.settlements().accrue_run(fang().ask(late)).await), "PERIOD_LOCKED");
        assert_eq!(world.settle(SettlementTerms::default(), "settle").await.done_count, 2);
        // The accruals of the run were taken back, those of the settlements stand.
        for (account, balance) in
            [("partner.anqing.accrued", "150.00"), ("partner.baoding.accrued", "20.00"), ("house.expense", "170.00")]
        {
            assert_eq!(world.booked(account).await, balance, "{account}");
        }
        let found = world.verified().await;
        assert!(found.sound, "{:?}", found.findings);
        assert_eq!(found.transaction_count, 8, "3 accrued and taken back by runs, 2 by settlements");
    }
}

impl World {
    /// Accrues a run by Fang.
    pub async fn accrued(&self, run: &str, request_id: &str) -> RunAccruals {
        let request = AccrueRunRequest { name: run.to_owned(), request_id: request_id.to_owned() };
        let asked = answer(self.settlements().accrue_run(fang().ask(request)).await).expect("an operation");
        match self.done(&fang(), &asked.name).await.result {
            Some(Outcome::Response(any)) => RunAccruals::decode(any.value.as_slice()).expect("accruals"),
            other => panic!("{} gave {other:?}", asked.name),
        }
    }
}
