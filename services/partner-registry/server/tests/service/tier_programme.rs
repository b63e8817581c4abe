//! The tier programme from draft to decision, overrides, grace, figures and benefits.

mod allowances;

use std::time::Duration;

use partner_registry_server::ports::PurchaseCells;
use tributary_core::{Currency, Date as Day, ResourceId, Role, TenantId};
use tributary_proto::{
    google::r#type::{Date, Decimal, Money},
    tributary::partner::v1::{
        self as pb, tier_benefit::Value as Gives, tier_figure::Value, tier_requirement::Test as Wants,
    },
};
use tributary_rpc::status::Described;

use crate::harness::{Suite, answer, date, dealer, name, refused, suites};

const DAY: Duration = Duration::from_secs(86_400);

fn yuan(units: i64) -> Option<Money> {
    Some(Money { currency_code: "CNY".to_owned(), units, nanos: 0 })
}

fn decimal(value: &str) -> Option<Decimal> {
    Some(Decimal { value: value.to_owned() })
}

fn requirement(id: &str, test: Wants) -> pb::TierRequirement {
    pb::TierRequirement { id: id.to_owned(), display_name: String::new(), test: Some(test) }
}

fn purchases(units: i64) -> pb::TierRequirement {
    let window = pb::TierWindow::Trailing12Months.into();
    requirement("purchases", Wants::Purchases(pb::PurchasesRequirement { at_least: yuan(units), window }))
}

fn benefit(id: &str, value: Option<Gives>) -> pb::TierBenefit {
    pb::TierBenefit { id: id.to_owned(), display_name: String::new(), value }
}

fn factor(min: &str, max: &str) -> pb::TierBenefit {
    benefit("price-factor", Some(Gives::PriceFactor(pb::PriceFactor { min: decimal(min), max: decimal(max) })))
}

fn tier(id: &str, requirements: Vec<pb::TierRequirement>, benefits: Vec<pb::TierBenefit>) -> pb::ProgrammeTier {
    pb::ProgrammeTier { id: id.to_owned(), requirements, benefits, ..Default::default() }
}

/// Basic and strategic as in the standard programme, 90 days of grace.
fn programme() -> pb::TierProgramme {
    let team = Wants::Flag(pb::FlagRequirement { figure: "service-team".to_owned() });
    let years = pb::NumberRequirement { figure: "contract-years".to_owned(), at_least: decimal("3") };
    let campaign = benefit("campaign", yuan(50_000).map(Gives::YearlyAllowance));
    pb::TierProgramme {
        display_name: "Standard".to_owned(),
        grace_days: 90,
        tiers: vec![
            tier("basic", vec![purchases(500_000)], vec![factor("0.8", "0.9"), campaign.clone()]),
            tier(
                "strategic",
                vec![requirement("team", team), requirement("years", Wants::Number(years))],
                vec![factor("0.75", "0.75"), campaign],
            ),
        ],
    }
}

async fn draft(suite: &Suite, programme: pb::TierProgramme) -> Result<pb::TierProgrammeVersion, Box<Described>> {
    let request = pb::CreateTierProgrammeVersionRequest { programme: Some(programme), ..Default::default() };
    answer(suite.programmes().create_tier_programme_version(suite.ask(request)).await)
}

async fn approve(suite: &Suite, subject: &str, version: &str) -> Result<pb::TierProgrammeVersion, Box<Described>> {
    let request = pb::ApproveTierProgrammeVersionRequest { name: version.to_owned(), ..Default::default() };
    let request = suite.ask_as(subject, Role::Finance, request);
    answer(suite.programmes().approve_tier_programme_version(request).await)
}

async fn activate(suite: &Suite, version: &str) -> Result<pb::TierProgrammeVersion, Box<Described>> {
    let effective_from = date(2026, 1, 1);
    let request =
        pb::ActivateTierProgrammeVersionRequest { name: version.to_owned(), effective_from, ..Default::default() };
    answer(suite.programmes().activate_tier_programme_version(suite.ask(request)).await)
}

/// The programme in force, partners "a" and "b"; "a" bought for 800,000.00 CNY in March.
async fn ready(suite: &Suite) {
    let version = draft(suite, programme()).await.expect("drafted").name;
    approve(suite, "finance", &version).await.expect("approved");
    activate(suite, &version).await.expect("active");
    for id in ["a", "b"] {
        suite.create(id, dealer(id)).await.expect("created");
    }
    buy(suite, "a", "2026-03-31", 800_000).await;
}

async fn buy(suite: &Suite, partner: &str, day: &str, units: i128) {
    let key = (
        ResourceId::parse(partner).expect("id"),
        Day::parse(day).expect("a day"),
        Currency::parse("CNY").expect("a currency"),
    );
    let mut tx = suite.store().await.begin().await.expect("begun");
    let more = PurchaseCells::from([(key, units * 1_000_000)]);
    tx.add_purchases(&TenantId::default_tenant(), &more).await.expect("added");
    tx.commit().await.expect("kept");
}

async fn evaluate(
    suite: &Suite,
    request: pb::EvaluateTiersRequest,
) -> Result<pb::EvaluateTiersResponse, Box<Described>> {
    answer(suite.tiers().evaluate_tiers(suite.ask(request)).await)
}

/// Evaluates all as of today: tier by partner "a" and "b", and what came of it.
async fn evaluate_all(suite: &Suite) -> ([String; 2], pb::EvaluateTiersResponse) {
    let answer = evaluate(suite, pb::EvaluateTiersRequest::default()).await.expect("evaluated");
    let tiers: Vec<String> = answer.tier_decisions.iter().map(|d| d.tier.clone()).collect();
    (tiers.try_into().expect("two partners"), answer)
}

async fn tier_on(suite: &Suite, partner: &str, on: Option<Date>) -> String {
    let request = pb::GetPartnerTierRequest { partner: name(partner), date: on, known_at: None };
    let found = answer(suite.tiers().get_partner_tier(suite.ask(request)).await);
    found.map_or_else(|refused| refused.reason, |assignment| assignment.tier)
}

async fn record(
    suite: &Suite,
    figure: &str,
    value: Value,
    from: Option<Date>,
) -> Result<pb::TierFigure, Box<Described>> {
    let figure = pb::TierFigure {
        partner: name("b"),
        figure: figure.to_owned(),
        value: Some(value),
        effective_from: from,
        reason: "contract V-17".to_owned(),
        ..Default::default()
    };
    let request = pb::RecordTierFigureRequest { tier_figure: Some(figure), ..Default::default() };
    answer(suite.tiers().record_tier_figure(suite.ask(request)).await)
}

#[tokio::test]
async fn two_people_put_a_programme_in_force() {
    for suite in suites().await {
        suite.create("a", dealer("A")).await.expect("created");
        let all = pb::EvaluateTiersRequest::default();
        assert_eq!(refused(evaluate(&suite, all).await).0, "TIER_PROGRAMME_MISSING");
        let first = draft(&suite, programme()).await.expect("drafted");
        assert_eq!((first.name.as_str(), first.state()), ("tierProgrammeVersions/1", pb::TierProgrammeState::Draft));
        assert_eq!(refused(activate(&suite, &first.name).await).0, "TIER_PROGRAMME_STATE_REFUSED");
        assert_eq!(refused(approve(&suite, "channel-manager", &first.name).await).0, "MAKER_IS_CHECKER");
        assert_eq!(approve(&suite, "finance", &first.name).await.expect("approved").approver, "finance");
        let active = activate(&suite, &first.name).await.expect("active");
        assert_eq!((active.effective_from, active.etag.as_str()), (date(2026, 1, 1), "r3"));
        assert_eq!(active.programme, Some(programme()), "what it says comes back as it was given");
        let missing = approve(&suite, "finance", "tierProgrammeVersions/9").await;
        assert_eq!(refused(missing).0, "TIER_PROGRAMME_VERSION_NOT_FOUND");

        let mut wrong = programme();
        wrong.tiers[1].id = "basic".to_owned();
        wrong.tiers[0].benefits[0] = factor("0.9", "0.8");
        let (reason, fields, _) = refused(draft(&suite, wrong).await);
        let expected = ["programme.tiers[0].benefits[0].price_factor.max", "programme.tiers[1].id"];
        assert_eq!((reason.as_str(), fields), ("INVALID_REQUEST", expected.map(str::to_owned).to_vec()));
        let events = suite.events_of("tierProgrammeVersions/1", 3).await;
        assert_eq!(events[2].event_type, "tributary.partner.v1.TierProgrammeVersionChanged");
    }
}

#[tokio::test]
async fn evaluations_decide_and_repeating_them_changes_nothing() {
    for suite in suites().await {
        ready(&suite).await;
        let page = |token: String| pb::EvaluateTiersRequest { page_size: 1, page_token: token, ..Default::default() };
        let one = evaluate(&suite, page(String::new())).await.expect("evaluated");
        let decision = &one.tier_decisions[0];
        assert_eq!((one.recorded_count, one.up_count, decision.tier.as_str()), (1, 1, "basic"));
        assert_eq!(decision.standings[1].missing, "service team and 3 more contract years");
        let two = evaluate(&suite, page(one.next_page_token)).await.expect("evaluated");
        assert_eq!((two.tier_decisions[0].partner.as_str(), two.next_page_token.as_str()), ("partners/b", ""));
        assert_eq!(two.tier_decisions[0].standings[0].missing, "500,000.00 CNY more");
        let (tiers, again) = evaluate_all(&suite).await;
        assert_eq!((tiers, again.recorded_count), (["basic".to_owned(), String::new()], 0));
        assert_eq!(tier_on(&suite, "a", date(2026, 6, 30)).await, "TIER_NOT_ASSIGNED");
        assert_eq!(
            (tier_on(&suite, "a", None).await, tier_on(&suite, "b", None).await),
            ("basic".into(), "TIER_NOT_ASSIGNED".into())
        );
        let types: Vec<_> = suite.events_of("partners/a", 3).await.into_iter().map(|e| e.event_type).collect();
        assert_eq!(types[1..], ["tributary.partner.v1.TierEvaluated", "tributary.partner.v1.TierAssigned"]);

        let tomorrow = pb::EvaluateTiersRequest { date: date(2026, 7, 2), ..Default::default() };
        assert_eq!(refused(evaluate(&suite, tomorrow).await).1, ["date"]);
        let past = pb::EvaluateTiersRequest { date: date(2026, 6, 30), ..Default::default() };
        assert_eq!(evaluate(&suite, past).await.expect("left").later_count, 2);
    }
}

#[tokio::test]
async fn figures_raise_a_partner_and_grace_lets_it_fall_late() {
    for suite in suites().await {
        ready(&suite).await;
        for (figure, value, field) in [
            ("contract-years", Value::Flag(true), "tier_figure.figure"),
            ("contract-year", Value::Number(Decimal { value: "3".to_owned() }), "tier_figure.figure"),
        ] {
            assert_eq!(refused(record(&suite, figure, value, date(2026, 1, 1)).await).1, [field]);
        }
        let years = Value::Number(Decimal { value: "3".to_owned() });
        record(&suite, "contract-years", years, date(2026, 1, 1)).await.expect("recorded");
        record(&suite, "service-team", Value::Flag(true), date(2026, 1, 1)).await.expect("recorded");
        assert_eq!(evaluate_all(&suite).await.0[1], "strategic");
        record(&suite, "service-team", Value::Flag(false), date(2026, 7, 2)).await.expect("recorded");
        assert_eq!(evaluate_all(&suite).await.1.recorded_count, 0);

        suite.clock.advance(DAY);
        let (tiers, answer) = evaluate_all(&suite).await;
        // 90 days after 2 July is 30 September.
        let until = answer.tier_decisions[1].grace_until;
        assert_eq!((tiers[1].as_str(), answer.grace_count, until), ("strategic", 1, date(2026, 9, 30)));
        let request = pb::GetTierProgressRequest { partner: name("b"), ..Default::default() };
        let progress = crate::harness::answer(suite.tiers().get_tier_progress(suite.ask(request)).await).expect("told");
        assert_eq!((progress.decided_tier.as_str(), progress.earned_tier.as_str()), ("strategic", ""));
        assert_eq!((progress.next_tier.as_str(), progress.grace_until), ("basic", until));
        suite.clock.advance(DAY * 89);
        assert_eq!(evaluate_all(&suite).await.0[1], "strategic");
        suite.clock.advance(DAY);
        let (tiers, answer) = evaluate_all(&suite).await;
        assert_eq!((tiers[1].as_str(), answer.down_count), ("", 1));
        assert_eq!(tier_on(&suite, "b", None).await, "TIER_NOT_ASSIGNED");
        assert_eq!(suite.get("b").await.tier, "");

        let list = pb::ListTierDecisionsRequest { partner: name("b"), ..Default::default() };
        let found = crate::harness::answer(suite.tiers().list_tier_decisions(suite.ask(list)).await).expect("listed");
        assert_eq!(found.tier_decisions.len(), 4);
        let explain = |name: String, language: pb::TierLanguage| {
            let request = pb::ExplainTierDecisionRequest { name, language: language.into() };
            let (mut client, request) = (suite.tiers(), suite.ask(request));
            async move { crate::harness::answer(client.explain_tier_decision(request).await) }
        };
        let newest = found.tier_decisions[0].name.clone();
        let told = explain(newest.clone(), pb::TierLanguage::English).await.expect("explained").sentences;
        assert_eq!(told[1], "It falls from strategic to no tier.");
        let told = explain(newest, pb::TierLanguage::Chinese).await.expect("explained").sentences;
        assert_eq!(told[1], "由 strategic 降为 无等级。");
        let unknown = explain("partners/b/tierDecisions/9".to_owned(), pb::TierLanguage::English).await;
        assert_eq!(refused(unknown).0, "TIER_DECISION_NOT_FOUND");
    }
}

#[tokio::test]
async fn an_override_stands_until_its_end_or_until_it_is_ended() {
    for suite in suites().await {
        ready(&suite).await;
        let assign = pb::AssignTierRequest {
            partner: name("a"),
            tier: "strategic".to_owned(),
            effective_from: date(2026, 7, 1),
            effective_to: date(2026, 10, 1),
            reason: "pilot".to_owned(),
            request_id: String::new(),
        };
        let end = |from| pb::EndTierOverrideRequest {
            partner: name("a"),
            effective_from: from,
            reason: "pilot over".to_owned(),
            request_id: String::new(),
        };
        let none = answer(suite.tiers().end_tier_override(suite.ask(end(None))).await);
        assert_eq!(refused(none).0, "TIER_NOT_OVERRIDDEN");
        let unknown =
            pb::AssignTierRequest { tier: "gold".to_owned(), effective_to: date(2026, 7, 1), ..assign.clone() };
        let unknown = answer(suite.tiers().assign_tier(suite.ask(unknown)).await);
        assert_eq!(refused(unknown).1, ["effective_to", "tier"], "both at once");
        // On the day before the first version no tier is unknown.
        let before = pb::AssignTierRequest {
            tier: "gold".to_owned(),
            effective_from: date(2025, 12, 31),
            effective_to: date(2026, 1, 1),
            ..assign.clone()
        };
        answer(suite.tiers().assign_tier(suite.ask(before)).await).expect("assigned");
        let made = answer(suite.tiers().assign_tier(suite.ask(assign)).await).expect("assigned");
        assert_eq!(made.origin(), pb::TierOrigin::Manual);
        let early = answer(suite.tiers().end_tier_override(suite.ask(end(None))).await);
        assert_eq!(refused(early).0, "TIER_NOT_EVALUATED");
        evaluate_all(&suite).await;
        assert_eq!(tier_on(&suite, "a", date(2026, 9, 30)).await, "strategic");
        assert_eq!(tier_on(&suite, "a", date(2026, 10, 1)).await, "basic");
        // What was in force before the newest decision stays what it was.
        let past = answer(suite.tiers().end_tier_override(suite.ask(end(date(2026, 6, 30)))).await);
        assert_eq!(refused(past).1, ["effective_from"]);
        assert_eq!(tier_on(&suite, "a", date(2026, 6, 30)).await, "TIER_NOT_ASSIGNED");
        let ended = answer(suite.tiers().end_tier_override(suite.ask(end(date(2026, 8, 1)))).await).expect("ended");
        let [one] = ended.tier_assignments.as_slice() else { panic!("{ended:?}") };
        assert_eq!(
            (one.tier.as_str(), one.effective_from, one.effective_to),
            ("basic", date(2026, 8, 1), date(2026, 10, 1))
        );
        assert_eq!(
            (tier_on(&suite, "a", date(2026, 7, 31)).await, tier_on(&suite, "a", date(2026, 8, 1)).await),
            ("strategic".into(), "basic".into())
        );
        // Created, two assigned by hand, evaluated, what is in force behind the override, and its end.
        let events = suite.events_of("partners/a", 6).await;
        let types: Vec<&str> = events.iter().map(|e| e.event_type.rsplit('.').next().expect("a name")).collect();
        let assigned = "TierAssigned";
        assert_eq!(types, ["PartnerChanged", assigned, assigned, "TierEvaluated", assigned, assigned]);
        assert!(events.iter().map(|e| e.sequence).eq(1..=6));
    }
}

#[tokio::test]
async fn an_evaluation_tells_of_each_partner_what_was_decided_and_then_what_was_assigned() {
    for suite in suites().await {
        ready(&suite).await;
        for id in ["c", "d"] {
            suite.create(id, dealer(id)).await.expect("created");
            buy(&suite, id, "2026-03-31", 800_000).await;
        }
        // The second one has an override to come, so that what is decided stands before and behind it.
        let assign = pb::AssignTierRequest {
            partner: name("c"),
            tier: "strategic".to_owned(),
            effective_from: date(2026, 9, 1),
            effective_to: date(2026, 10, 1),
            reason: "pilot".to_owned(),
            request_id: String::new(),
        };
        answer(suite.tiers().assign_tier(suite.ask(assign)).await).expect("assigned");
        evaluate(&suite, pb::EvaluateTiersRequest::default()).await.expect("evaluated");
        for (id, told) in [
            ("a", ["PartnerChanged", "TierEvaluated", "TierAssigned"].as_slice()),
            ("c", &["PartnerChanged", "TierAssigned", "TierEvaluated", "TierAssigned", "TierAssigned"]),
            ("d", &["PartnerChanged", "TierEvaluated", "TierAssigned"]),
        ] {
            let events = suite.events_of(&name(id), told.len()).await;
            let types: Vec<&str> = events.iter().map(|e| e.event_type.rsplit('.').next().expect("a name")).collect();
            assert_eq!(types, told, "{id}");
        }
        assert_eq!(suite.events_of(&name("b"), 1).await.len(), 1, "nothing was decided that differs from before");
    }
}

#[tokio::test]
async fn a_draft_is_tried_on_all_partners_before_it_counts() {
    for suite in suites().await {
        ready(&suite).await;
        evaluate_all(&suite).await;
        let mut higher = programme();
        higher.tiers[0].requirements[0] = purchases(900_000);
        let version = draft(&suite, higher).await.expect("drafted").name;
        let preview = pb::PreviewTierProgrammeVersionRequest { name: version, ..Default::default() };
        let found = answer(suite.programmes().preview_tier_programme_version(suite.ask(preview)).await).expect("tried");
        assert_eq!((found.up_count, found.down_count, found.same_count), (0, 1, 1));
        let a = &found.partners[0];
        assert_eq!((a.before.as_str(), a.after.as_str(), a.r#move()), ("basic", "", pb::TierMove::Down));
        assert_eq!(tier_on(&suite, "a", None).await, "basic");
    }
}
