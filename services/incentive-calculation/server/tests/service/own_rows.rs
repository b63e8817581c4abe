//! What a partner's own user sees here: nothing of other partners, and what was once stated to it for good. Amounts by hand.

use tributary_proto::tributary::incentive::v1::{
    CapScope, ExplainLineRequest, GetAccrualRequest, GetPositionRequest, GetSettlementRequest, GetStatementRequest,
    HoldSettlementLineRequest, ListLineFactsRequest, ListSettlementsRequest, PlanSpec, RenderSettlementRequest,
    Settlement, SettlementForm, SettlementState, SharedCap, assignment::Target,
};
use tributary_testkit::Engine;

use crate::{
    settlements::{change, settling, taxed},
    support::{
        Caller, World, ada, answer, dealer, decimal, fang, flat, mei, paying, reason, refused, sale, shown, worlds,
    },
};

fn anqing() -> Caller {
    Caller::of_partner("anqing")
}

/// The plan, with 150.00 for all partners together.
fn bounded_for_all(spec: PlanSpec) -> PlanSpec {
    let cap = SharedCap {
        id: "budget".to_owned(),
        title: "Budget".to_owned(),
        amount: decimal("150"),
        currency: "CNY".to_owned(),
        scope: CapScope::Plan.into(),
        ..SharedCap::default()
    };
    PlanSpec { shared_caps: vec![cap], ..spec }
}

/// Two dealers that the house watches, with sales of 1,000.00 and 2,000.00 in August, which pay 10 % into each of two slots;
/// locked for August. Of the first slot all together get 150.00.
async fn prepare(world: &World) {
    for id in ["anqing", "baoding"] {
        let mut partner = dealer(id);
        partner.labels = [("risk".to_owned(), "zzwatched".to_owned())].into();
        world.changed(&mei(), partner, "2012-01-01").await;
    }
    let facts = [("F-1", "anqing", "1000.00"), ("F-2", "baoding", "2000.00")];
    world.record(&mei(), facts.map(|(id, who, net)| sale(id, who, "2012-08-10", net)).to_vec()).await;
    world.programme(&fang(), "dealers", &["rebate", "bonus"]).await;
    let watched = paying(flat("0.10"), Target::Label("risk=zzwatched".to_owned()), 0);
    world.active((&mei(), &fang()), "p", ("dealers", "rebate"), bounded_for_all(watched)).await;
    world.active((&mei(), &fang()), "q", ("dealers", "bonus"), flat("0.10")).await;
    world.close("dealers", "2012-08", "one").await;
}

async fn settled(world: &World) {
    prepare(world).await;
    let asked =
        world.settlements().settle_period(fang().ask(settling(taxed(SettlementForm::Cash, 10), "settle"))).await;
    assert_eq!(world.batch(&answer(asked).expect("an operation")).await.done_count, 2);
}

async fn submitted(world: &World, partner: &str) -> Settlement {
    let draft = world.settlement_of(partner).await;
    let asked = change(&draft, &format!("submit {partner}"));
    answer(world.settlements().submit_settlement(fang().ask(asked)).await).expect("submitted")
}

fn dispute(settlement: &Settlement, line: &str, request_id: &str) -> HoldSettlementLineRequest {
    HoldSettlementLineRequest {
        name: settlement.name.clone(),
        etag: settlement.etag.clone(),
        request_id: request_id.to_owned(),
        line: line.to_owned(),
        reason: "an order is missing".to_owned(),
    }
}

#[tokio::test]
async fn a_line_tells_nothing_of_other_partners_and_no_label() {
    for world in worlds().await {
        prepare(&world).await;
        let name = world.settled_statement("anqing").await;
        let line = format!("{name}/lines/rebate.rebate");
        let explain = || ExplainLineRequest { name: line.clone() };
        // 100.00 and 200.00 are cut to 50.00 and 100.00 of 150.00.
        let ours = answer(world.runs().explain_line(fang().ask(explain())).await).expect("explained");
        assert_eq!(shown(ours.line.as_ref().and_then(|l| l.amount.as_ref())), "CNY 50.00");
        for told in ["300.00", "150.00", "zzwatched"] {
            assert!(format!("{ours:?}").contains(told), "{told}");
        }
        let theirs = answer(world.runs().explain_line(anqing().ask(explain())).await).expect("its own");
        assert_eq!(shown(theirs.line.as_ref().and_then(|l| l.amount.as_ref())), "CNY 50.00");
        for left_out in ["300.00", "150.00", "zzwatched", "risk", "digest "] {
            let all = format!("{:?}{}{:?}", theirs.sentences, theirs.table, theirs.trace.as_ref().map(|t| &t.steps));
            let plan = format!("digest {}", theirs.trace.as_ref().expect("a trace").plan_digest);
            assert!(!all.replace(&plan, "").contains(left_out), "{left_out}: {all}");
        }
        let trace = theirs.trace.expect("a trace");
        assert!(trace.attributes.is_empty() && trace.measure.expect("a measure").facts_digest.is_empty());

        // The facts of the line are its own, without the marks of our store.
        let facts = ListLineFactsRequest { name: line.clone(), ..Default::default() };
        let facts = answer(world.runs().list_line_facts(anqing().ask(facts)).await).expect("its own").facts;
        let told: Vec<_> = facts.iter().map(|f| (&*f.source_id, f.batch, &*f.content_digest)).collect();
        assert_eq!(told, [("F-1", 0, "")]);

        let get = |name: &str| GetStatementRequest { name: name.to_owned() };
        assert!(answer(world.runs().get_statement(anqing().ask(get(&name))).await).is_ok());
        let other = world.settled_statement("baoding").await;
        for foreign in [other.as_str(), "statements/none"] {
            assert_eq!(reason(world.runs().get_statement(anqing().ask(get(foreign))).await), "OUTSIDE_SCOPE");
        }
    }
}

#[tokio::test]
async fn a_position_that_others_decide_is_not_asked_for() {
    for world in worlds().await {
        prepare(&world).await;
        let ask = GetPositionRequest {
            programme: "programmes/dealers".to_owned(),
            partner: "partners/anqing".to_owned(),
            period: "2012-08".to_owned(),
            ..GetPositionRequest::default()
        };
        let ours = answer(world.closing().get_position(fang().ask(ask.clone())).await).expect("ours");
        assert_eq!((ours.lines.len(), ours.snapshot_batch > 0), (2, true));
        let refusal = refused(world.closing().get_position(anqing().ask(ask.clone())).await);
        assert_eq!(refusal.reason, "OUTSIDE_SCOPE");
        assert!(refusal.message.contains("let rows of other partners decide"), "{}", refusal.message);
        // Under plans that look at nobody else it may ask.
        world.programme(&fang(), "alone", &["rebate"]).await;
        let watched = paying(flat("0.10"), Target::Label("risk=zzwatched".to_owned()), 0);
        world.active((&mei(), &fang()), "alone", ("alone", "rebate"), watched).await;
        let ask = GetPositionRequest { programme: "programmes/alone".to_owned(), ..ask };
        let own = answer(world.closing().get_position(anqing().ask(ask)).await).expect("its own");
        assert_eq!(shown(own.totals.first()), "CNY 100.00");
        assert!(!format!("{own:?}").contains("zzwatched"), "{own:?}");
        assert_eq!((own.snapshot_batch, own.snapshot_arrival, own.snapshot_input_arrival), (0, 0, 0));

        let ask = GetAccrualRequest {
            programme: "programmes/dealers".to_owned(),
            partner: "partners/anqing".to_owned(),
            period: "2012-08".to_owned(),
        };
        let accrued = answer(world.accruals().get_accrual(anqing().ask(ask)).await).expect("its own");
        assert_eq!((accrued.lines.len(), accrued.through_batch, accrued.newest_batch), (2, 0, 0));
    }
}

#[tokio::test]
async fn what_was_stated_stays_and_line_after_line_can_be_disputed() {
    for world in worlds().await {
        settled(&world).await;
        let mut client = world.settlements();
        let get = |of: &Settlement| GetSettlementRequest { name: of.name.clone() };
        let list = |state: SettlementState| ListSettlementsRequest {
            partner: "partners/anqing".to_owned(),
            state: state.into(),
            ..ListSettlementsRequest::default()
        };
        // What was never submitted is not there.
        let draft = world.settlement_of("anqing").await;
        assert_eq!(reason(client.get_settlement(anqing().ask(get(&draft))).await), "OUTSIDE_SCOPE");
        let asked = client.dispute_settlement_line(anqing().ask(dispute(&draft, "rebate.rebate", "early"))).await;
        assert_eq!(reason(asked), "OUTSIDE_SCOPE");
        for state in [SettlementState::Unspecified, SettlementState::Draft] {
            let listed = answer(client.list_settlements(anqing().ask(list(state))).await).expect("its own");
            assert!(listed.settlements.is_empty(), "{state:?}");
        }

        let stated = submitted(&world, "anqing").await;
        let first = dispute(&stated, "rebate.rebate", "first");
        let once = answer(client.dispute_settlement_line(anqing().ask(first.clone())).await).expect("disputed");
        assert_eq!((once.state(), shown(once.withheld.as_ref()).as_str()), (SettlementState::Draft, "CNY 50.00"));
        // It is a draft now, and still there: to be read, listed, printed and disputed further.
        assert_eq!(answer(client.get_settlement(anqing().ask(get(&stated))).await).expect("there"), once);
        for state in [SettlementState::Unspecified, SettlementState::Draft] {
            let listed = answer(client.list_settlements(anqing().ask(list(state))).await).expect("its own");
            assert_eq!(listed.settlements, std::slice::from_ref(&once), "{state:?}");
        }
        let page = RenderSettlementRequest { name: stated.name.clone(), ..RenderSettlementRequest::default() };
        let page = answer(client.render_settlement(anqing().ask(page)).await).expect("its own").html;
        assert!(page.contains("an order is missing"), "{page}");
        let second = dispute(&once, "bonus.rebate", "second");
        let twice = answer(client.dispute_settlement_line(anqing().ask(second)).await).expect("disputed");
        assert_eq!(shown(twice.withheld.as_ref()), "CNY 150.00");
        // A repeat has the first answer, whatever became of it since.
        assert_eq!(answer(client.dispute_settlement_line(anqing().ask(first)).await).expect("the same"), once);
        let late = answer(client.dispute_settlement_line(anqing().ask(dispute(&once, "bonus.rebate", "late"))).await);
        assert_eq!(late.expect_err("decided on what is gone").reason, "ETAG_MISMATCH");
    }
}

#[tokio::test]
async fn request_ids_of_the_house_are_not_those_of_partners() {
    for world in worlds().await {
        settled(&world).await;
        let mut client = world.settlements();
        let (own, other) = (submitted(&world, "anqing").await, submitted(&world, "baoding").await);
        let theirs = dispute(&other, "rebate.rebate", "same");
        answer(client.dispute_settlement_line(mei().ask(theirs.clone())).await).expect("disputed");
        // What the house asked under the id is neither told nor in the way, nor is that it was.
        assert_eq!(reason(client.dispute_settlement_line(anqing().ask(theirs)).await), "OUTSIDE_SCOPE");
        let own = dispute(&own, "rebate.rebate", "same");
        let done = answer(client.dispute_settlement_line(anqing().ask(own.clone())).await).expect("disputed");
        assert_eq!(answer(client.dispute_settlement_line(anqing().ask(own.clone())).await), Ok(done));
        let group = Caller::of_partner("baoding");
        assert_eq!(reason(client.dispute_settlement_line(group.ask(own.clone())).await), "OUTSIDE_SCOPE");
        let differs = HoldSettlementLineRequest { reason: "another".to_owned(), ..own };
        assert_eq!(reason(client.dispute_settlement_line(anqing().ask(differs)).await), "REQUEST_ID_REUSED");
    }
}

#[tokio::test]
async fn refused_disputes_do_not_wait_for_the_journal() {
    for world in worlds().await {
        settled(&world).await;
        let (own, other) = (submitted(&world, "anqing").await, submitted(&world, "baoding").await);
        let draft = change(&own, "lock");
        let approved = answer(world.settlements().approve_settlement(ada().ask(draft)).await).expect("approved");
        // Somebody writes into the journal all the while.
        let app = world.app().await;
        let mut held = app.store.begin().await.expect("begun");
        held.lock_journal(mei().tenant()).await.expect("the journal");
        let mut client = world.settlements();
        let mut hopeless = vec![(dispute(&other, "rebate.rebate", "foreign"), "OUTSIDE_SCOPE")];
        // Whether it is a repeat is asked of the store, where SQLite lets nobody write beside another.
        if world.engine == Engine::Postgres {
            hopeless.push((dispute(&own, "rebate.rebate", "old"), "ETAG_MISMATCH"));
            hopeless.push((dispute(&approved, "no.such", "none"), "OUTSIDE_SCOPE"));
        }
        for (asked, why) in hopeless {
            assert_eq!(reason(client.dispute_settlement_line(anqing().ask(asked)).await), why);
        }
        drop(held);
    }
}

impl World {
    /// The name of a partner's statement of August.
    async fn settled_statement(&self, partner: &str) -> String {
        let period = self.period(&fang(), "dealers", "2012-08").await;
        let run = tributary_proto::tributary::incentive::v1::Run { name: period.locked_run, ..Default::default() };
        let statements = self.statements(&fang(), &run).await;
        let own = statements.into_iter().find(|s| s.partner == format!("partners/{partner}"));
        own.expect("a statement").name
    }
}
