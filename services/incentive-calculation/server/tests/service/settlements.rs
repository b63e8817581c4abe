//! Settlements through their RPCs: from the locked period to the confirmed payment, what holds money back, who may do what,
//! and what the ledger then says. Amounts are computed by hand.

use std::sync::atomic::{AtomicU64, Ordering};

use prost::Message as _;
use tonic::Code;
use tributary_proto::{
    google::longrunning::{Operation, operation::Result as Outcome},
    tributary::{
        incentive::v1::{
            AdjustSettlementRequest, AdvanceSettlementsRequest, ChangeSettlementRequest, ConfirmPaymentsRequest,
            ConfirmationResult, ExportPayablesRequest, GetPayableExportRequest, GetSettlementRequest,
            HoldSettlementLineRequest, ListSettlementsRequest, PageLanguage, PaymentConfirmation, PaymentOutcome,
            RenderSettlementRequest, SettlePeriodRequest, Settlement, SettlementAdjustment, SettlementAdjustmentKind,
            SettlementAdvance, SettlementBatch, SettlementChanged, SettlementForm, SettlementState, SettlementTerms,
            WithholdingRule,
        },
        partner::v1::{PartnerKind, PartnerStatus},
    },
};

use crate::support::{
    Caller, World, ada, answer, day, dealer, decimal, fang, flat, mei, money, reason, refused, sale, shown, worlds,
};

/// Numbers the requests of tests.
static ASKED: AtomicU64 = AtomicU64::new(1);

pub const PERIOD: &str = "programmes/dealers/periods/2012-08";

/// Two dealers and a creator with sales of 1,000.00, 2,000.00 and 3,000.00 in August, and a programme that pays 10 %,
/// locked for August.
pub async fn prepare(world: &World) {
    let mut creator = dealer("chen");
    creator.kind = PartnerKind::Creator.into();
    world.dealers(&mei(), &["anqing", "baoding"]).await;
    world.changed(&mei(), creator.clone(), "2012-01-01").await;
    let mut known = vec![dealer("anqing"), dealer("baoding"), creator];
    known.iter_mut().for_each(|partner| partner.status = PartnerStatus::Active.into());
    world.registry.known().partners.insert("default".to_owned(), known);
    let facts = [("F-1", "anqing", "1000.00"), ("F-2", "baoding", "2000.00"), ("F-3", "chen", "3000.00")];
    world.record(&mei(), facts.map(|(id, who, net)| sale(id, who, "2012-08-10", net)).to_vec()).await;
    world.programme(&fang(), "dealers", &["rebate"]).await;
    world.active((&mei(), &fang()), "p", ("dealers", "rebate"), flat("0.10")).await;
    world.close("dealers", "2012-08", "one").await;
}

/// Creators pay 20 % of what is beyond 100.00.
pub fn taxed(form: SettlementForm, dispute_days: i32) -> SettlementTerms {
    let rule =
        WithholdingRule { partner_kinds: vec!["CREATOR".to_owned()], rate: decimal("0.2"), allowance: decimal("100") };
    SettlementTerms { form: form.into(), withholding: vec![rule], dispute_days }
}

pub fn settling(terms: SettlementTerms, request_id: &str) -> SettlePeriodRequest {
    SettlePeriodRequest { name: PERIOD.to_owned(), terms: Some(terms), request_id: request_id.to_owned() }
}

impl World {
    pub async fn batch(&self, operation: &Operation) -> SettlementBatch {
        match self.done(&fang(), &operation.name).await.result {
            Some(Outcome::Response(any)) => SettlementBatch::decode(any.value.as_slice()).expect("a batch"),
            other => panic!("{} gave {other:?}", operation.name),
        }
    }

    /// Settles August by Fang.
    pub async fn settle(&self, terms: SettlementTerms, request_id: &str) -> SettlementBatch {
        let asked = self.settlements().settle_period(fang().ask(settling(terms, request_id))).await;
        self.batch(&answer(asked).expect("an operation")).await
    }

    pub async fn advance(&self, caller: &Caller, step: SettlementAdvance) -> SettlementBatch {
        let request = AdvanceSettlementsRequest {
            name: PERIOD.to_owned(),
            step: step.into(),
            request_id: format!("advance {}", ASKED.fetch_add(1, Ordering::SeqCst)),
            ..AdvanceSettlementsRequest::default()
        };
        self.batch(&answer(self.settlements().advance_settlements(caller.ask(request)).await).expect("asked")).await
    }

    /// Settled, submitted by Fang, approved and locked by Ada.
    pub async fn locked(&self, terms: SettlementTerms) {
        assert_eq!(self.settle(terms, "settle").await.done_count, 3);
        assert_eq!(self.advance(&fang(), SettlementAdvance::Submit).await.done_count, 3);
        assert_eq!(self.advance(&ada(), SettlementAdvance::Approve).await.done_count, 3);
        assert_eq!(self.advance(&ada(), SettlementAdvance::Lock).await.done_count, 3);
    }

    pub async fn settlement_of(&self, partner: &str) -> Settlement {
        let request = ListSettlementsRequest { partner: format!("partners/{partner}"), ..Default::default() };
        let listed = answer(self.settlements().list_settlements(fang().ask(request)).await).expect("a list");
        listed.settlements.into_iter().next().expect("a settlement")
    }

    pub async fn paid(&self, confirmation: PaymentConfirmation) -> ConfirmationResult {
        let request = ConfirmPaymentsRequest { confirmations: vec![confirmation] };
        let answered = answer(self.settlements().confirm_payments(fang().ask(request)).await).expect("an answer");
        answered.results.into_iter().next().expect("a result")
    }

    pub async fn booked(&self, account: &str) -> String {
        self.balance(&format!("ledgerAccounts/{account}.CNY")).await.0
    }
}

pub fn change(settlement: &Settlement, request_id: &str) -> ChangeSettlementRequest {
    ChangeSettlementRequest {
        name: settlement.name.clone(),
        etag: settlement.etag.clone(),
        request_id: request_id.to_owned(),
        ..ChangeSettlementRequest::default()
    }
}

pub fn line(settlement: &Settlement, request_id: &str, reason: &str) -> HoldSettlementLineRequest {
    HoldSettlementLineRequest {
        name: settlement.name.clone(),
        etag: settlement.etag.clone(),
        request_id: request_id.to_owned(),
        line: "rebate.rebate".to_owned(),
        reason: reason.to_owned(),
    }
}

pub fn adjust(settlement: &Settlement, kind: SettlementAdjustmentKind, amount: &str) -> AdjustSettlementRequest {
    let adjustment = SettlementAdjustment {
        kind: kind.into(),
        amount: Some(money("CNY", amount)),
        reason: "agreed".to_owned(),
        author: String::new(),
    };
    AdjustSettlementRequest {
        name: settlement.name.clone(),
        etag: settlement.etag.clone(),
        request_id: format!("adjust {amount} {}", settlement.etag),
        adjustment: Some(adjustment),
        validate_only: false,
    }
}

pub fn export(id: &str) -> ExportPayablesRequest {
    ExportPayablesRequest { period: PERIOD.to_owned(), payable_export_id: id.to_owned() }
}

pub fn confirmation(settlement: &Settlement, export: &str, outcome: PaymentOutcome) -> PaymentConfirmation {
    let confirmation = PaymentConfirmation {
        settlement: settlement.name.clone(),
        export: format!("payableExports/{export}"),
        outcome: outcome.into(),
        ..PaymentConfirmation::default()
    };
    match outcome {
        PaymentOutcome::Paid => {
            PaymentConfirmation { reference: "15000047".to_owned(), paid_on: day("2012-10-04"), ..confirmation }
        }
        _ => PaymentConfirmation { reason: "account closed".to_owned(), ..confirmation },
    }
}

/// opening, earned, adjusted, withheld, tax, payable, closing.
fn sums(settlement: &Settlement) -> [String; 7] {
    let s = settlement;
    [&s.opening, &s.earned, &s.adjusted, &s.withheld, &s.tax, &s.payable, &s.closing]
        .map(|amount| shown(amount.as_ref()).trim_start_matches("CNY ").to_owned())
}

#[tokio::test]
async fn what_was_earned_is_settled_exported_and_paid() {
    for world in worlds().await {
        prepare(&world).await;
        let batch = world.settle(taxed(SettlementForm::Cash, 0), "settle").await;
        assert_eq!((batch.done_count, batch.unchanged_count, batch.refused_count), (3, 0, 0));
        assert_eq!(shown(batch.payable.first()), "CNY 560.00", "100 + 200 + 300 less 20 % of 200");
        assert_eq!(world.booked("house.expense").await, "600.00");
        assert_eq!(world.booked("partner.chen.accrued").await, "300.00");
        // Another call finds them there.
        let again = world.settle(taxed(SettlementForm::Goods, 0), "settle again").await;
        assert_eq!((again.done_count, again.unchanged_count), (0, 3));

        let chen = world.settlement_of("chen").await;
        assert_eq!((chen.state(), chen.partner_kind.as_str()), (SettlementState::Draft, "CREATOR"));
        assert_eq!(sums(&chen), ["0.00", "300.00", "0.00", "0.00", "40.00", "260.00", "0.00"]);
        assert_eq!(chen.statement, chen.name.replace("settlements/", "statements/"));

        assert_eq!(world.advance(&fang(), SettlementAdvance::Submit).await.done_count, 3);
        // Fang created and submitted them.
        let own = world.advance(&fang(), SettlementAdvance::Approve).await;
        assert_eq!((own.done_count, own.refused_count), (0, 3));
        assert_eq!(own.refusals[0].reason, "SETTLEMENT_MAKER_IS_CHECKER");
        assert_eq!(world.advance(&ada(), SettlementAdvance::Approve).await.done_count, 3);
        assert_eq!(world.advance(&fang(), SettlementAdvance::Lock).await.done_count, 3);
        let balances = [
            ("partner.anqing.payable", "100.00"),
            ("partner.baoding.payable", "200.00"),
            ("partner.chen.payable", "260.00"),
            ("partner.chen.accrued", "0.00"),
            ("house.tax", "40.00"),
        ];
        for (account, balance) in balances {
            assert_eq!(world.booked(account).await, balance, "{account}");
        }
        let locked = world.settlement_of("chen").await;
        let adjusting = adjust(&locked, SettlementAdjustmentKind::Correction, "1.00");
        assert_eq!(
            reason(world.settlements().adjust_settlement(fang().ask(adjusting)).await),
            "SETTLEMENT_STATE_REFUSED",
            "a locked settlement never changes"
        );

        exported_and_paid(&world).await;
        let found = world.verified().await;
        assert!(found.sound, "{:?}", found.findings);
    }
}

/// Exports with a frozen partner and without the registry; confirms, repeats, contradicts and exports again.
async fn exported_and_paid(world: &World) {
    world.registry.known().away = true;
    let away = refused(world.settlements().export_payables(fang().ask(export("a"))).await);
    assert_eq!((away.code, away.reason.as_str()), (Code::Unavailable, "UPSTREAM_UNAVAILABLE"));
    assert_eq!(world.settlement_of("anqing").await.state(), SettlementState::Locked, "it fails closed");
    world.registry.known().away = false;
    for partner in world.registry.known().partners.get_mut("default").expect("partners") {
        partner.status =
            if partner.name == "partners/baoding" { PartnerStatus::Frozen } else { PartnerStatus::Active }.into();
    }
    let made = answer(world.settlements().export_payables(fang().ask(export("a"))).await).expect("exported");
    assert_eq!((made.payables.len(), made.left_out.len(), made.remaining_count), (2, 1, 0));
    assert_eq!(
        (made.left_out[0].partner.as_str(), made.left_out[0].reason.as_str()),
        ("partners/baoding", "the partner is frozen")
    );
    assert_eq!(shown(made.totals.first()), "CNY 360.00");
    let (anqing, chen) = (world.settlement_of("anqing").await, world.settlement_of("chen").await);
    let row = |s: &Settlement, id: &str, amount: &str| {
        format!("{},partners/{id},erp:AW-{id},Dealer {id},CASH,CNY,{amount}\r\n", s.name)
    };
    let mut rows = [row(&anqing, "anqing", "100.00"), row(&chen, "chen", "260.00")];
    rows.sort();
    let head = "settlement,partner,partner_external_refs,partner_display_name,form,currency,amount\r\n";
    assert_eq!(made.csv, format!("{head}{}", rows.concat()));
    let again = answer(world.settlements().export_payables(fang().ask(export("a"))).await).expect("the same");
    assert_eq!(again, made);
    let get = GetPayableExportRequest { name: made.name.clone() };
    assert_eq!(answer(world.settlements().get_payable_export(fang().ask(get)).await).expect("kept"), made);
    let nothing = refused(world.settlements().export_payables(fang().ask(export("b"))).await);
    assert_eq!(nothing.reason, "NOTHING_TO_EXPORT");
    assert!(nothing.message.contains("partners/baoding: the partner is frozen"), "{}", nothing.message);

    let missing = PaymentConfirmation {
        reference: String::new(),
        paid_on: None,
        ..confirmation(&anqing, "a", PaymentOutcome::Paid)
    };
    let told = world.paid(missing).await;
    assert_eq!((told.accepted, told.reason.as_str()), (false, "INVALID_REQUEST"));
    assert!(told.message.contains("reference") && told.message.contains("paid_on"), "{}", told.message);
    let paid = confirmation(&anqing, "a", PaymentOutcome::Paid);
    // Neither tomorrow nor before August was over.
    for (wrong, why) in [("2012-10-06", "after today, 2012-10-05"), ("2012-08-30", "before 2012-08-31")] {
        let told = world.paid(PaymentConfirmation { paid_on: day(wrong), ..paid.clone() }).await;
        assert_eq!((told.accepted, told.reason.as_str()), (false, "INVALID_REQUEST"));
        assert!(told.message.contains("paid_on") && told.message.contains(why), "{}", told.message);
    }
    let told = world.paid(paid.clone()).await;
    assert_eq!((told.accepted, told.repeated, told.state()), (true, false, SettlementState::Paid));
    let told = world.paid(paid.clone()).await;
    assert_eq!((told.accepted, told.repeated), (true, true));
    let other = world.paid(PaymentConfirmation { reference: "15000048".to_owned(), ..paid }).await;
    assert_eq!(other.reason, "PAYMENT_DIFFERS");
    assert!(other.message.contains("paid on 2012-10-04 by 15000047"), "{}", other.message);
    assert_eq!(world.paid(confirmation(&chen, "b", PaymentOutcome::Paid)).await.reason, "PAYMENT_UNKNOWN");
    assert_eq!(world.booked("partner.anqing.payable").await, "0.00");
    assert_eq!(world.booked("partner.anqing.paid").await, "100.00");

    let failed = confirmation(&chen, "a", PaymentOutcome::Failed);
    assert_eq!(world.paid(failed.clone()).await.state(), SettlementState::Failed);
    assert_eq!(world.booked("partner.chen.payable").await, "260.00", "it stays payable");
    let second = answer(world.settlements().export_payables(fang().ask(export("b"))).await).expect("exported");
    assert_eq!(second.payables.len(), 1);
    assert!(world.paid(failed).await.repeated, "the first handing over failed, as was said");
    let told = world.paid(confirmation(&chen, "b", PaymentOutcome::Paid)).await;
    assert_eq!(told.state(), SettlementState::Paid);
    assert_eq!(world.settlement_of("chen").await.payments.len(), 2);
    let render = RenderSettlementRequest { name: chen.name, language: PageLanguage::Zh.into() };
    let page = answer(world.settlements().render_settlement(fang().ask(render)).await).expect("a page").html;
    assert!(page.contains("<h1>结算单</h1>") && page.contains("付款通知") && page.contains("260.00"), "{page}");
    let told = world.published(fang().tenant(), "SettlementChanged", 1).await;
    let first = SettlementChanged::decode(told[0].data.as_slice()).expect("the event");
    assert_eq!((first.period.as_str(), first.state()), ("2012-08", SettlementState::Draft));
}

#[tokio::test]
async fn an_open_period_is_not_settled_and_wrong_terms_are_told_at_once() {
    for world in worlds().await {
        world.dealers(&mei(), &["anqing"]).await;
        world.record(&mei(), vec![sale("F-1", "anqing", "2012-08-10", "1000.00")]).await;
        world.programme(&fang(), "dealers", &["rebate"]).await;
        world.active((&mei(), &fang()), "p", ("dealers", "rebate"), flat("0.10")).await;
        let wrong = SettlementTerms {
            withholding: vec![
                WithholdingRule {
                    partner_kinds: vec!["CREATOR".into()],
                    rate: decimal("1.2"),
                    allowance: decimal("-1"),
                },
                WithholdingRule { partner_kinds: vec!["CREATOR".into()], rate: decimal("0.1"), allowance: None },
            ],
            ..SettlementTerms::default()
        };
        let mut client = world.settlements();
        let why = refused(client.settle_period(fang().ask(settling(wrong, "y"))).await);
        let fields: Vec<&str> = why.violations.iter().map(|v| v.field.as_str()).collect();
        let expected =
            ["terms.withholding[0].rate", "terms.withholding[0].allowance", "terms.withholding[1].partner_kinds"];
        assert_eq!(fields, expected);
        assert_eq!(
            reason(client.settle_period(fang().ask(settling(SettlementTerms::default(), "x"))).await),
            "PERIOD_NOT_FOUND"
        );
        world.run(&fang(), crate::support::final_run("dealers", "2012-08", "one")).await;
        assert_eq!(
            reason(client.settle_period(fang().ask(settling(SettlementTerms::default(), "x"))).await),
            "PERIOD_NOT_LOCKED"
        );
    }
}

#[tokio::test]
async fn lines_are_held_disputed_and_adjusted_while_it_is_a_draft() {
    for world in worlds().await {
        prepare(&world).await;
        world.settle(taxed(SettlementForm::Cash, 7), "settle").await;
        let mut client = world.settlements();
        let draft = world.settlement_of("baoding").await;
        let stale = ChangeSettlementRequest { etag: "r9".to_owned(), ..change(&draft, "stale") };
        let why = refused(client.submit_settlement(fang().ask(stale)).await);
        assert_eq!((why.code, why.reason.as_str()), (Code::Aborted, "ETAG_MISMATCH"));
        // 200.00 earned, 30.00 into the deposit, 5.00 fee.
        let deposit = adjust(&draft, SettlementAdjustmentKind::Deposit, "-30.00");
        let adjusted = answer(client.adjust_settlement(fang().ask(deposit.clone())).await).expect("adjusted");
        assert_eq!(answer(client.adjust_settlement(fang().ask(deposit)).await).expect("the first answer"), adjusted);
        let fee = adjust(&adjusted, SettlementAdjustmentKind::Fee, "5.00");
        assert_eq!(refused(client.adjust_settlement(fang().ask(fee)).await).violations[0].field, "adjustment.amount");
        let fee = adjust(&adjusted, SettlementAdjustmentKind::Fee, "-5.00");
        let fee = answer(client.adjust_settlement(fang().ask(fee)).await).expect("adjusted");
        assert_eq!(sums(&fee), ["0.00", "200.00", "-35.00", "0.00", "0.00", "165.00", "0.00"]);
        let submitted = answer(client.submit_settlement(fang().ask(change(&fee, "s"))).await).expect("submitted");
        assert_eq!(submitted.dispute_until, day("2012-10-12"));
        let approved = answer(client.approve_settlement(ada().ask(change(&submitted, "a"))).await).expect("approved");
        let early = refused(client.lock_settlement(ada().ask(change(&approved, "l"))).await);
        assert_eq!(early.reason, "SETTLEMENT_DISPUTABLE");
        assert!(early.message.contains("2012-10-12"), "{}", early.message);
        // Mei brings the dispute of the partner: all of its only line is held back, 35.00 are missing.
        let disputed =
            answer(client.dispute_settlement_line(mei().ask(line(&approved, "d", "two orders missing"))).await);
        let disputed = disputed.expect("disputed");
        assert_eq!(disputed.state(), SettlementState::Draft);
        assert_eq!(sums(&disputed), ["0.00", "200.00", "-35.00", "200.00", "0.00", "0.00", "-35.00"]);
        let unknown = HoldSettlementLineRequest { line: "no.such".to_owned(), ..line(&disputed, "n", "x") };
        assert_eq!(reason(client.release_settlement_line(fang().ask(unknown)).await), "LINE_NOT_FOUND");

        let submitted = answer(client.submit_settlement(fang().ask(change(&disputed, "s2"))).await).expect("submitted");
        let approved = answer(client.approve_settlement(ada().ask(change(&submitted, "a2"))).await).expect("approved");
        let waived = ChangeSettlementRequest {
            waive_dispute_window: true,
            reason: "the partner agreed".to_owned(),
            ..change(&approved, "l2")
        };
        let look = ChangeSettlementRequest { validate_only: true, ..waived.clone() };
        let would = answer(client.lock_settlement(ada().ask(look)).await).expect("would do");
        assert_eq!(would.state(), SettlementState::Locked);
        let locked = answer(client.lock_settlement(ada().ask(waived.clone())).await).expect("locked");
        assert_eq!(answer(client.lock_settlement(ada().ask(waived)).await).expect("the first answer"), locked);
        let balances = [
            ("partner.baoding.withheld", "200.00"),
            ("partner.baoding.deposit", "30.00"),
            ("house.income", "5.00"),
            ("partner.baoding.clawback", "35.00"),
            ("partner.baoding.accrued", "0.00"),
        ];
        for (account, balance) in balances {
            assert_eq!(world.booked(account).await, balance, "{account}");
        }
        let got = GetSettlementRequest { name: locked.name.clone() };
        assert_eq!(answer(client.get_settlement(mei().ask(got)).await).expect("kept"), locked);
        assert!(world.verified().await.sound);
    }
}

#[tokio::test]
async fn what_was_withheld_and_claimed_is_settled_with_the_next_period() {
    for world in worlds().await {
        prepare(&world).await;
        world.settle(SettlementTerms::default(), "settle").await;
        let mut client = world.settlements();
        let draft = world.settlement_of("anqing").await;
        let held = answer(client.hold_settlement_line(fang().ask(line(&draft, "h", "proof is missing"))).await);
        let held = held.expect("held");
        let fee = adjust(&held, SettlementAdjustmentKind::Fee, "-40.00");
        let fee = answer(client.adjust_settlement(fang().ask(fee)).await).expect("adjusted");
        assert_eq!(sums(&fee), ["0.00", "100.00", "-40.00", "100.00", "0.00", "0.00", "-40.00"]);
        assert_eq!(world.advance(&fang(), SettlementAdvance::Submit).await.done_count, 3);
        assert_eq!(world.advance(&ada(), SettlementAdvance::Approve).await.done_count, 3);
        assert_eq!(world.advance(&ada(), SettlementAdvance::Lock).await.done_count, 3);

        // September earns 50.00; 40.00 are claimed, 100.00 are released.
        world.record(&mei(), vec![sale("G-1", "anqing", "2012-09-10", "500.00")]).await;
        world.run(&fang(), crate::support::final_run("dealers", "2012-09", "two")).await;
        world.clock.advance(std::time::Duration::from_secs(10 * 86_400));
        let locking = world.locking(&ada(), "dealers", "2012-09").await;
        answer(world.closing().lock_period(ada().ask(locking)).await).expect("locked");
        let name = "programmes/dealers/periods/2012-09".to_owned();
        let request = SettlePeriodRequest { name, ..settling(SettlementTerms::default(), "september") };
        world.batch(&answer(client.settle_period(fang().ask(request)).await).expect("asked")).await;
        let listing = ListSettlementsRequest {
            period: "2012-09".to_owned(),
            state: SettlementState::Draft.into(),
            ..ListSettlementsRequest::default()
        };
        let listed = answer(client.list_settlements(fang().ask(listing)).await).expect("a list").settlements;
        let [september] = listed.as_slice() else { panic!("{listed:?}") };
        assert_eq!(sums(september), ["-40.00", "50.00", "0.00", "0.00", "0.00", "10.00", "0.00"]);
        let release = adjust(september, SettlementAdjustmentKind::Release, "100.00");
        let released = answer(client.adjust_settlement(fang().ask(release)).await).expect("adjusted");
        assert_eq!(sums(&released), ["-40.00", "50.00", "100.00", "0.00", "0.00", "110.00", "0.00"]);
        let submitted = answer(client.submit_settlement(fang().ask(change(&released, "s"))).await).expect("submitted");
        let approved = answer(client.approve_settlement(ada().ask(change(&submitted, "a"))).await).expect("approved");
        answer(client.lock_settlement(ada().ask(change(&approved, "l"))).await).expect("locked");
        for (account, balance) in
            [("withheld", "0.00"), ("clawback", "0.00"), ("payable", "110.00"), ("accrued", "0.00")]
        {
            assert_eq!(world.booked(&format!("partner.anqing.{account}")).await, balance, "{account}");
        }
        assert!(world.verified().await.sound);
    }
}
