//! Settlements that are returned, asked for too late, or refused one by one. Amounts are computed by hand.

use std::time::Duration;

use incentive_calculation_server::{
    AREA,
    app::settlements::{ACCRUE_OPERATION, ADVANCE_OPERATION},
};
use prost::Message as _;
use tributary_core::{Clock as _, IdSource as _, SystemIds, Timestamp};
use tributary_proto::{
    google::{longrunning::operation::Result as Outcome, r#type::Decimal},
    tributary::{
        incentive::v1::{
            ChangeSettlementRequest, CreateTransactionRequest, LedgerTransaction, Posting, SettlementAdjustmentKind,
            SettlementAdvance, SettlementBatch, SettlementForm, SettlementState, SettlementTerms,
        },
        partner::v1::{Partner, PartnerKind, PartnerStatus},
    },
};
use tributary_rpc::operations::operation_name;
use tributary_sql::NewOperation;

use crate::{
    settlements::{adjust, change, line, prepare, taxed},
    support::{World, ada, answer, dealer, fang, final_run, flat, mei, reason, refused, sale, worlds},
};

impl World {
    /// Puts an operation in the queue as if it had waited there since an instant; its outcome.
    async fn late(&self, kind: &'static str, request: &str, actor: &str, asked: Timestamp) -> Option<Outcome> {
        let app = self.app().await;
        let id = SystemIds.uuid();
        let mut tx = app.store.begin().await.expect("begin");
        let operation = NewOperation {
            id,
            tenant: fang().tenant().clone(),
            kind: kind.to_owned(),
            actor: actor.to_owned(),
            request: request.as_bytes().to_vec(),
            create_time: asked,
        };
        tx.create_operation(operation).await.expect("kept");
        tx.commit().await.expect("committed");
        self.done(&fang(), &operation_name(AREA, id)).await.result
    }

    async fn recorded(&self, id: &str, debit: &str, credit: &str, value: &str) {
        let amount = Some(Decimal { value: value.to_owned() });
        let account = |id: &str| format!("ledgerAccounts/{id}.CNY");
        let posting = Posting { debit: account(debit), credit: account(credit), amount, posted_amount: None };
        let transaction =
            LedgerTransaction { postings: vec![posting], cause: "by hand".to_owned(), ..LedgerTransaction::default() };
        let request = CreateTransactionRequest {
            transaction: Some(transaction),
            transaction_id: id.to_owned(),
            validate_only: false,
        };
        answer(self.ledger().create_transaction(fang().ask(request)).await).expect("recorded");
    }

    fn stands(&self, partner: &str, status: PartnerStatus) {
        let mut known = self.registry.known();
        let all = known.partners.get_mut("default").expect("partners");
        all.iter_mut().filter(|p| p.name == format!("partners/{partner}")).for_each(|p| p.status = status.into());
    }
}

/// What was refused and why, in the order of the reasons.
fn reasons(batch: &SettlementBatch) -> Vec<&str> {
    let mut reasons: Vec<&str> = batch.refusals.iter().map(|refusal| refusal.reason.as_str()).collect();
    reasons.sort_unstable();
    reasons
}

#[tokio::test]
async fn an_approval_that_comes_late_leaves_what_was_changed_since() {
    for world in worlds().await {
        prepare(&world).await;
        world.settle(SettlementTerms::default(), "settle").await;
        assert_eq!(world.advance(&fang(), SettlementAdvance::Submit).await.done_count, 3);
        let asked = world.clock.now();
        world.clock.advance(Duration::from_secs(60));
        // While the approval waits, one of them is returned, gets 5,000.00 more and is submitted again.
        let mut client = world.settlements();
        let anqing = world.settlement_of("anqing").await;
        let back = ChangeSettlementRequest { reason: "too low".to_owned(), ..change(&anqing, "r") };
        let returned = answer(client.return_settlement(ada().ask(back)).await).expect("returned");
        let more = adjust(&returned, SettlementAdjustmentKind::Correction, "5000.00");
        let more = answer(client.adjust_settlement(fang().ask(more)).await).expect("adjusted");
        answer(client.submit_settlement(fang().ask(change(&more, "s"))).await).expect("submitted");
        let request = r#"{"programme":"dealers","period":"2012-08","step":"APPROVE","reason":""}"#;
        let Some(Outcome::Response(any)) = world.late(ADVANCE_OPERATION, request, "ada", asked).await else {
            panic!("the operation failed")
        };
        let batch = SettlementBatch::decode(any.value.as_slice()).expect("a batch");
        assert_eq!((batch.done_count, batch.unchanged_count, reasons(&batch)), (2, 0, vec!["ETAG_MISMATCH"]));
        assert_eq!(batch.refusals[0].settlement, anqing.name);
        assert!(batch.refusals[0].message.contains("is IN_REVIEW again"), "{}", batch.refusals[0].message);
        assert_eq!(world.settlement_of("anqing").await.state(), SettlementState::InReview);
        assert_eq!(world.settlement_of("chen").await.state(), SettlementState::Approved);
        assert_eq!(world.advance(&ada(), SettlementAdvance::Approve).await.done_count, 1, "asked for anew");
    }
}

#[tokio::test]
async fn what_ada_returned_and_fang_mended_is_approved_by_ada() {
    for world in worlds().await {
        prepare(&world).await;
        world.settle(taxed(SettlementForm::Cash, 7), "settle").await;
        let mut client = world.settlements();
        let draft = world.settlement_of("anqing").await;
        assert_eq!(
            reason(client.return_settlement(ada().ask(change(&draft, "early"))).await),
            "SETTLEMENT_STATE_REFUSED"
        );
        let submitted = answer(client.submit_settlement(fang().ask(change(&draft, "s"))).await).expect("submitted");
        // 30.00 are claimed from the partner by hand after the review.
        world.recorded("claim", "partner.anqing.clawback", "house.expense", "30.00").await;
        let why = refused(client.approve_settlement(ada().ask(change(&submitted, "a"))).await);
        assert_eq!(why.reason, "SETTLEMENT_OUTDATED");
        assert!(why.message.contains("70.00") && why.message.contains("100.00"), "{}", why.message);
        let silent = refused(client.return_settlement(ada().ask(change(&submitted, "r"))).await);
        assert_eq!(silent.violations[0].field, "reason");
        let back = ChangeSettlementRequest { reason: "a claim came in".to_owned(), ..change(&submitted, "r2") };
        let returned = answer(client.return_settlement(ada().ask(back)).await).expect("returned");
        assert_eq!(returned.state(), SettlementState::Draft);
        let last = returned.steps.last().expect("a step");
        let told = (last.action.as_str(), last.actor.as_str(), last.reason.as_str());
        assert_eq!(told, ("returned", "ada", "a claim came in"));
        let fee = adjust(&returned, SettlementAdjustmentKind::Fee, "-1.00");
        let fee = answer(client.adjust_settlement(fang().ask(fee)).await).expect("mended");
        let again = answer(client.submit_settlement(fang().ask(change(&fee, "s2"))).await).expect("submitted");
        let approved = answer(client.approve_settlement(ada().ask(change(&again, "a2"))).await).expect("approved");
        let waiving = ChangeSettlementRequest { waive_dispute_window: true, ..change(&approved, "l") };
        let own = refused(client.lock_settlement(fang().ask(waiving.clone())).await);
        assert_eq!(own.reason, "SETTLEMENT_MAKER_IS_CHECKER");
        let silent = ChangeSettlementRequest { request_id: "l2".to_owned(), ..waiving };
        assert_eq!(refused(client.lock_settlement(ada().ask(silent)).await).violations[0].field, "reason");
        world.clock.advance(Duration::from_secs(8 * 86_400));
        let late = client.dispute_settlement_line(mei().ask(line(&approved, "d", "an order is missing"))).await;
        let late = refused(late);
        assert_eq!(late.reason, "DISPUTE_WINDOW_OVER");
        assert!(late.message.contains("2012-10-12"), "{}", late.message);
        let locked = answer(client.lock_settlement(fang().ask(change(&approved, "l3"))).await).expect("locked");
        assert_eq!(locked.state(), SettlementState::Locked);
        // 100.00 less 1.00 less the 30.00 that were claimed.
        for (account, balance) in [("payable", "69.00"), ("clawback", "0.00"), ("accrued", "0.00")] {
            assert_eq!(world.booked(&format!("partner.anqing.{account}")).await, balance, "{account}");
        }
    }
}

#[tokio::test]
async fn nothing_is_credited_to_who_is_frozen_and_no_overdraft_is_paid_that_there_is_not() {
    for world in worlds().await {
        prepare(&world).await;
        world.settle(taxed(SettlementForm::RebateAccount, 0), "settle").await;
        assert_eq!(world.advance(&fang(), SettlementAdvance::Submit).await.done_count, 3);
        assert_eq!(world.advance(&ada(), SettlementAdvance::Approve).await.done_count, 3);
        world.stands("baoding", PartnerStatus::Frozen);
        let batch = world.advance(&ada(), SettlementAdvance::Lock).await;
        assert_eq!((batch.done_count, reasons(&batch)), (2, vec!["PARTNER_NOT_PAYABLE"]));
        assert!(batch.refusals[0].message.contains("partners/baoding: the partner is frozen"), "{batch:?}");
        let baoding = world.settlement_of("baoding").await;
        assert_eq!(baoding.state(), SettlementState::Approved);
        assert_eq!(world.booked("partner.baoding.accrued").await, "200.00");
        let mut client = world.settlements();
        assert_eq!(reason(client.lock_settlement(ada().ask(change(&baoding, "l"))).await), "PARTNER_NOT_PAYABLE");
        world.stands("baoding", PartnerStatus::Active);
        world.registry.known().away = true;
        assert_eq!(reason(client.lock_settlement(ada().ask(change(&baoding, "l"))).await), "UPSTREAM_UNAVAILABLE");
        world.registry.known().away = false;
        let locked = answer(client.lock_settlement(ada().ask(change(&baoding, "l"))).await).expect("locked");
        assert_eq!(world.booked("partner.baoding.rebate").await, "200.00");
        // A repeat is answered while the registry is away.
        world.registry.known().away = true;
        let repeated =
            answer(client.lock_settlement(ada().ask(change(&baoding, "l"))).await).expect("the first answer");
        assert_eq!(repeated, locked);
        world.registry.known().away = false;
    }
    for world in worlds().await {
        prepare(&world).await;
        world.settle(taxed(SettlementForm::OverdraftAccount, 0), "settle").await;
        assert_eq!(world.advance(&fang(), SettlementAdvance::Submit).await.done_count, 3);
        assert_eq!(world.advance(&ada(), SettlementAdvance::Approve).await.done_count, 3);
        // Anqing owes 150.00, the others nothing.
        world.recorded("drawn", "partner.anqing.overdraft", "house.cash", "150.00").await;
        let batch = world.advance(&ada(), SettlementAdvance::Lock).await;
        assert_eq!((batch.done_count, reasons(&batch)), (1, vec!["BALANCE_LIMIT"; 2]));
        assert_eq!(world.booked("partner.anqing.overdraft").await, "50.00");
        assert_eq!(world.settlement_of("chen").await.state(), SettlementState::Approved);
        assert!(world.verified().await.sound);
    }
}

/// Chen as revision `revision` of the registry, of a kind.
fn chen(revision: i64, kind: PartnerKind) -> Partner {
    Partner { revision, kind: kind.into(), ..dealer("chen") }
}

#[tokio::test]
async fn a_statement_that_is_not_settled_holds_up_no_other() {
    for world in worlds().await {
        world.dealers(&mei(), &["anqing", "baoding"]).await;
        world.changed(&mei(), chen(1, PartnerKind::Unspecified), "2012-01-01").await;
        let facts = [("F-1", "anqing", "1000.00"), ("F-2", "baoding", "2000.00"), ("F-3", "chen", "3000.00")];
        world.record(&mei(), facts.map(|(id, who, net)| sale(id, who, "2012-08-10", net)).to_vec()).await;
        world.programme(&fang(), "dealers", &["rebate"]).await;
        world.active((&mei(), &fang()), "p", ("dealers", "rebate"), flat("0.10")).await;
        let run = world.run(&fang(), final_run("dealers", "2012-08", "one")).await;
        assert_eq!(world.accrued(&run.name, "a1").await.accrued_count, 3);
        let locking = world.locking(&ada(), "dealers", "2012-08").await;
        answer(world.closing().lock_period(ada().ask(locking)).await).expect("locked");
        let batch = world.settle(taxed(SettlementForm::Cash, 0), "first").await;
        let why = vec!["PARTNER_KIND_UNKNOWN"];
        assert_eq!((batch.done_count, batch.unchanged_count, reasons(&batch)), (2, 0, why));
        assert_eq!(world.settlement_of("anqing").await.state(), SettlementState::Draft);
        // What the run accrued for Chen stays until it is settled, too.
        for (account, balance) in [("anqing", "100.00"), ("baoding", "200.00"), ("chen", "300.00")] {
            assert_eq!(world.booked(&format!("partner.{account}.accrued")).await, balance, "{account}");
        }
        world.changed(&mei(), chen(2, PartnerKind::Creator), "2012-01-02").await;
        let batch = world.settle(taxed(SettlementForm::Cash, 0), "second").await;
        assert_eq!((batch.done_count, batch.unchanged_count, batch.refused_count), (1, 2, 0), "the kind is known now");
        assert_eq!(world.settlement_of("chen").await.partner_kind, "CREATOR");
        assert_eq!(world.booked("partner.chen.accrued").await, "300.00");
        assert_eq!(world.booked("house.expense").await, "600.00");
        assert!(world.verified().await.sound);
    }
}

/// 100.00 of Anqing were accrued by a run that was replaced by one that states 90.00, and 95.00 of them were moved away by hand.
#[tokio::test]
async fn an_accrual_that_cannot_be_taken_back_holds_up_no_other() {
    for world in worlds().await {
        world.dealers(&mei(), &["anqing", "baoding"]).await;
        let facts = [("F-1", "anqing", "1000.00"), ("F-2", "baoding", "2000.00")];
        world.record(&mei(), facts.map(|(id, who, net)| sale(id, who, "2012-08-10", net)).to_vec()).await;
        world.programme(&fang(), "dealers", &["rebate"]).await;
        world.active((&mei(), &fang()), "p", ("dealers", "rebate"), flat("0.10")).await;
        let first = world.run(&fang(), final_run("dealers", "2012-08", "one")).await;
        assert_eq!(world.accrued(&first.name, "a1").await.accrued_count, 2);
        world.record(&mei(), vec![sale("F-3", "anqing", "2012-08-11", "-100.00")]).await;
        world.close("dealers", "2012-08", "two").await;
        world.recorded("moved", "partner.anqing.accrued", "house.expense", "95.00").await;
        let batch = world.settle(SettlementTerms::default(), "first").await;
        assert_eq!((batch.done_count, reasons(&batch)), (1, vec!["BALANCE_LIMIT"]));
        // Nothing of Anqing's was entered; Baoding's accrual was replaced by its settlement.
        assert_eq!(world.booked("partner.anqing.accrued").await, "5.00");
        assert_eq!(world.booked("partner.baoding.accrued").await, "200.00");
        assert_eq!(world.booked("house.expense").await, "205.00");
        world.recorded("moved-back", "house.expense", "partner.anqing.accrued", "95.00").await;
        let batch = world.settle(SettlementTerms::default(), "second").await;
        assert_eq!((batch.done_count, batch.unchanged_count, batch.refused_count), (1, 1, 0));
        assert_eq!(world.booked("partner.anqing.accrued").await, "90.00");
        assert_eq!(world.booked("house.expense").await, "290.00");
        assert!(world.verified().await.sound);
    }
}

#[tokio::test]
async fn a_replaced_run_accrues_nothing_more() {
    for world in worlds().await {
        world.dealers(&mei(), &["anqing", "baoding"]).await;
        world.record(&mei(), vec![sale("F-1", "anqing", "2012-08-10", "1000.00")]).await;
        world.programme(&fang(), "dealers", &["rebate"]).await;
        world.active((&mei(), &fang()), "p", ("dealers", "rebate"), flat("0.10")).await;
        let old = world.run(&fang(), final_run("dealers", "2012-08", "one")).await;
        let asked = world.clock.now();
        world.record(&mei(), vec![sale("F-2", "baoding", "2012-08-11", "200.00")]).await;
        let new = world.run(&fang(), final_run("dealers", "2012-08", "two")).await;
        let request = format!(r#"{{"run":"{}"}}"#, old.name.trim_start_matches("runs/"));
        let Some(Outcome::Error(status)) = world.late(ACCRUE_OPERATION, &request, "fang", asked).await else {
            panic!("the replaced run was accrued")
        };
        assert!(status.message.contains("is not the newest final run"), "{}", status.message);
        assert_eq!(world.accrued(&new.name, "a").await.taken_back_count, 0, "nothing was there to take back");
        assert_eq!(world.booked("partner.anqing.accrued").await, "100.00");
    }
}
