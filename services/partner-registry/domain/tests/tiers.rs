//! Programmes, evaluations, grace, sentences and benefits. Amounts are worked out by hand.
#![expect(clippy::expect_used, clippy::panic, reason = "helpers of tests stop at the first surprise")]

use partner_registry_domain::{
    DocumentKind,
    tier::{
        Benefit, Certificate, Decision, Figure, FigureValue, Grant, Held, Inputs, Move, PriceAgreement, Programme,
        Purchase, Requirement, Test, Tier, Version, Window,
        benefit::Place,
        check::check,
        decision::{Occasion, Outcome, movement},
        evaluate::earned,
        words::{self, Language},
    },
};
use proptest::prelude::*;
use tributary_core::{Currency, Date, Decimal, MinorAmount, ResourceId, Timestamp, exact::parse_decimal};

fn id(text: &str) -> ResourceId {
    ResourceId::parse(text).expect("id")
}

fn day(text: &str) -> Date {
    Date::parse(text).expect("a day")
}

fn decimal(text: &str) -> Decimal {
    parse_decimal(text, 28).expect("a decimal")
}

fn cny() -> Currency {
    Currency::parse("CNY").expect("a currency")
}

/// Whole yuan in fen.
fn yuan(units: i64) -> MinorAmount {
    MinorAmount { currency: cny(), value: units * 100 }
}

fn requirement(id: &str, test: Test) -> Requirement {
    Requirement { id: id.to_owned(), display_name: String::new(), test }
}

fn purchases(units: i64) -> Requirement {
    requirement("purchases", Test::Purchases { at_least: yuan(units), window: Window::Trailing12Months })
}

fn benefit(id: &str, grant: Grant) -> Benefit {
    Benefit { id: id.to_owned(), display_name: String::new(), grant }
}

fn factor(min: &str, max: &str) -> Benefit {
    benefit("price-factor", Grant::PriceFactor { min: decimal(min), max: decimal(max) })
}

/// The standard programme in short.
fn standard() -> Programme {
    let certification = Requirement {
        display_name: "service certification".to_owned(),
        ..requirement("certification", Test::Certification(DocumentKind::ServiceCertificate))
    };
    let years = Test::Number { figure: "contract-years".to_owned(), at_least: decimal("3") };
    let tier = |id: &str, includes: &str, requirements, benefits| Tier {
        id: id.to_owned(),
        display_name: String::new(),
        requirements,
        benefits,
        includes: includes.to_owned(),
    };
    Programme {
        display_name: "Standard".to_owned(),
        grace_days: 90,
        tiers: vec![
            tier("basic", "", vec![purchases(500_000)], vec![factor("0.80", "0.90"), benefit("library", Grant::Plain)]),
            tier(
                "advanced",
                "basic",
                vec![purchases(2_000_000), certification],
                vec![factor("0.75", "0.75"), benefit("campaign", Grant::YearlyAllowance(yuan(50_000)))],
            ),
            tier(
                "strategic",
                "advanced",
                vec![
                    requirement("team", Test::Flag("dedicated-service-team".to_owned())),
                    requirement("contract", years),
                ],
                vec![benefit("profit", Grant::Share(decimal("0.15")))],
            ),
        ],
    }
}

/// Purchases of so many yuan, at the fact scale of six decimals.
fn bought(on: &str, units: i128) -> Purchase {
    Purchase { currency: cny(), day: day(on), net: units * 1_000_000 }
}

fn certificate(expires: Option<&str>) -> Certificate {
    Certificate {
        document: id("service-2026"),
        kind: DocumentKind::ServiceCertificate,
        issued_on: Some(day("2026-01-01")),
        expires_on: expires.map(day),
    }
}

fn figure(ordinal: i64, name: &str, value: FigureValue, from: &str, to: Option<&str>) -> Figure {
    Figure {
        partner: id("p"),
        ordinal,
        figure: name.to_owned(),
        value,
        effective_from: day(from),
        effective_to: to.map(day),
        reason: "r".to_owned(),
        actor: "a".to_owned(),
        record_time: Timestamp(ordinal),
    }
}

fn fields(programme: &Programme) -> Vec<String> {
    check(programme).err().unwrap_or_default().into_vec().into_iter().map(|v| v.field).collect()
}

fn evaluate(programme: &Programme, on: Date, newest: Option<&Decision>, inputs: &Inputs) -> Outcome {
    let occasion = Occasion { programme, version: 1, day: on, facts_batch: 7, actor: "a", now: Timestamp(1) };
    occasion.decide(&id("p"), newest, inputs)
}

fn decided(outcome: Outcome) -> Decision {
    match outcome {
        Outcome::New(decision) => *decision,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_standard_programme_is_right_and_everything_wrong_comes_at_once() {
    assert_eq!(fields(&standard()), Vec::<String>::new());
    let mut wrong = standard();
    wrong.display_name = " ".to_owned();
    wrong.grace_days = -1;
    wrong.tiers[0].includes = "strategic".to_owned();
    wrong.tiers[1].id = "basic".to_owned();
    wrong.tiers[1].requirements[0] = purchases(500_000);
    wrong.tiers[1].requirements[1].id = "purchases".to_owned();
    wrong.tiers[1].benefits[0] = factor("0.95", "1.2");
    wrong.tiers[1].benefits.push(factor("0.7", "0.6"));
    wrong.tiers[1].benefits.push(benefit("library", Grant::Share(decimal("0"))));
    wrong.tiers[2].requirements.clear();
    assert_eq!(
        fields(&wrong),
        [
            "display_name",
            "grace_days",
            "tiers[0].includes",
            "tiers[1].id",
            "tiers[1].requirements[1].id",
            "tiers[1].benefits[2].id",
            "tiers[1].requirements[0].purchases.at_least",
            "tiers[1].benefits[0].price_factor.max",
            "tiers[1].benefits[2].price_factor.max",
            "tiers[1].benefits[3].share",
            "tiers[1].benefits[3].id",
            "tiers[2].includes",
            "tiers[2].requirements",
        ]
    );
}

#[test]
fn what_is_missing_is_said_in_both_languages() {
    let programme = standard();
    // 300,000 a year ago less a day, 500,000 in spring; what is older, or in dollars, does not count.
    let dollars = Purchase { currency: Currency::parse("USD").expect("USD"), ..bought("2026-03-01", 9_000_000) };
    let inputs = Inputs {
        purchases: vec![bought("2025-07-02", 300_000), bought("2026-04-01", 500_000), bought("2025-07-01", 9), dollars],
        ..Inputs::default()
    };
    let standings = inputs.standings(&programme, day("2026-07-01"));
    assert_eq!(earned(&standings), "basic");
    let missing = |n: usize, language| words::missing(&standings[n], language);
    assert_eq!(missing(0, Language::English), "");
    assert_eq!(missing(1, Language::English), "1,200,000.00 CNY more and service certification");
    assert_eq!(missing(1, Language::Chinese), "还差 1,200,000.00 CNY；service certification");
    assert_eq!(missing(2, Language::English), "dedicated service team and 3 more contract years");
    assert_eq!(
        words::finding(&standings[1].findings[0], Language::English),
        "purchases in the last 12 months: 800,000.00 of 2,000,000.00 CNY, 1,200,000.00 CNY more"
    );
    assert_eq!(
        words::finding(&standings[1].findings[0], Language::Chinese),
        "近 12 个月采购额：800,000.00，要求 2,000,000.00 CNY，还差 1,200,000.00 CNY"
    );
}

#[test]
fn a_fraction_below_the_threshold_is_below() {
    let short = Purchase { net: 500_000 * 1_000_000 - 1, ..bought("2026-07-01", 0) };
    let inputs = Inputs { purchases: vec![short], ..Inputs::default() };
    let standings = inputs.standings(&standard(), day("2026-07-01"));
    assert_eq!(
        (earned(&standings), words::missing(&standings[0], Language::English).as_str()),
        ("", "0.000001 CNY more")
    );
    let inputs = Inputs { purchases: vec![short, Purchase { net: 1, ..short }], ..Inputs::default() };
    assert_eq!(earned(&inputs.standings(&standard(), day("2026-07-01"))), "basic");
}

#[test]
fn certificates_and_figures_count_on_their_days_only() {
    let inputs = Inputs {
        certified: Vec::new(),
        purchases: vec![bought("2026-06-01", 2_000_000)],
        certificates: vec![certificate(Some("2026-06-30"))],
        figures: vec![
            figure(1, "dedicated-service-team", FigureValue::Flag(true), "2026-01-01", None),
            figure(2, "contract-years", FigureValue::Number(decimal("3")), "2026-05-01", Some("2029-05-01")),
            // Found out later: from August on the contract is one of two years.
            figure(3, "contract-years", FigureValue::Number(decimal("2")), "2026-08-01", None),
        ],
    };
    let earned_on = |on: &str| earned(&inputs.standings(&standard(), day(on))).to_owned();
    assert_eq!(earned_on("2026-05-31"), "strategic");
    assert_eq!(earned_on("2026-04-30"), "");
    assert_eq!(earned_on("2026-08-01"), "basic");
    let without_team = Inputs { figures: Vec::new(), ..inputs };
    let earned_on = |on: &str| earned(&without_team.standings(&standard(), day(on))).to_owned();
    assert_eq!((earned_on("2026-06-30"), earned_on("2026-07-01")), ("advanced".to_owned(), "basic".to_owned()));
}

#[test]
fn a_rise_counts_at_once_and_a_fall_after_the_days_of_grace() {
    let programme = standard();
    let rich = Inputs { purchases: vec![bought("2026-01-10", 600_000)], ..Inputs::default() };
    let poor = Inputs::default();
    let first = decided(evaluate(&programme, day("2026-02-01"), None, &rich));
    assert_eq!((first.after.tier.as_str(), first.moved(), first.after.grace_until), ("basic", Move::Up, None));
    // 90 days after 1 March is 30 May.
    let grace = decided(evaluate(&programme, day("2026-03-01"), Some(&first), &poor));
    assert_eq!((grace.after.tier.as_str(), grace.earned.as_str(), grace.moved()), ("basic", "", Move::Same));
    assert_eq!(grace.after.grace_until, Some(day("2026-05-30")));
    let still = decided(evaluate(&programme, day("2026-05-29"), Some(&grace), &poor));
    assert_eq!((still.after.tier.as_str(), still.after.grace_until), ("basic", Some(day("2026-05-30"))));
    let fallen = decided(evaluate(&programme, day("2026-05-30"), Some(&still), &poor));
    assert_eq!((fallen.after.tier.as_str(), fallen.after.grace_until, fallen.moved()), ("", None, Move::Down));
    // Earned again in time: grace is over, and begins anew the next time.
    let saved = decided(evaluate(&programme, day("2026-05-29"), Some(&grace), &rich));
    assert_eq!((saved.after.tier.as_str(), saved.after.grace_until), ("basic", None));
    let sentences = words::decision(&grace, Language::English);
    assert_eq!(sentences[0], "On 2026-03-01 version 1 of the programme finds no tier earned.");
    assert_eq!(
        sentences[1],
        "basic is kept in grace; an evaluation from 2026-05-30 on gives no tier unless more is earned by then."
    );
    assert_eq!(words::decision(&grace, Language::Chinese).len(), 5);
}

#[test]
fn an_evaluation_is_made_anew_from_what_was_before_it() {
    let programme = standard();
    let rich = Inputs { purchases: vec![bought("2026-01-10", 600_000)], ..Inputs::default() };
    let on = day("2026-02-01");
    let first = decided(evaluate(&programme, on, None, &rich));
    assert_eq!(evaluate(&programme, on, Some(&first), &rich), Outcome::Unchanged);
    assert_eq!(evaluate(&programme, day("2026-01-31"), Some(&first), &rich), Outcome::Later);
    // A late return of the same day takes the tier back without grace: it was never earned.
    let again = decided(evaluate(&programme, on, Some(&first), &Inputs::default()));
    assert_eq!((again.ordinal, again.before.tier.as_str(), again.after.tier.as_str()), (2, "", ""));
    assert_eq!(again.after.grace_until, None);
}

#[test]
fn a_tier_that_the_programme_no_longer_knows_is_lost_with_nothing_in_its_place() {
    let programme = standard();
    let rich = Inputs { purchases: vec![bought("2026-01-10", 600_000)], ..Inputs::default() };
    let gold = Decision {
        after: Held { tier: "gold".to_owned(), grace_until: None },
        ..decided(evaluate(&programme, day("2026-02-01"), None, &rich))
    };
    let lost = decided(evaluate(&programme, day("2026-03-01"), Some(&gold), &Inputs::default()));
    assert_eq!((lost.before.tier.as_str(), lost.after.tier.as_str(), lost.moved()), ("gold", "", Move::Down));
    let said = |decision, language| words::decision(decision, language)[1].clone();
    assert_eq!(said(&lost, Language::English), "It falls from gold, which version 1 does not know, to no tier.");
    assert_eq!(said(&lost, Language::Chinese), "由 第 1 版已无的 gold 降为 无等级。");
    let kept = decided(evaluate(&programme, day("2026-03-01"), Some(&gold), &rich));
    assert_eq!((kept.after.tier.as_str(), kept.moved()), ("basic", Move::Up));
    // Where nothing was, nothing is lost.
    let nothing = decided(evaluate(&programme, day("2026-03-01"), None, &Inputs::default()));
    assert_eq!((nothing.moved(), said(&nothing, Language::English).as_str()), (Move::Same, "It stays no tier."));
    assert_eq!(movement(("gold", None), ("", None)), Move::Down);
    assert_eq!(movement(("", None), ("", None)), Move::Same);
}

#[test]
fn overrides_end_no_earlier_than_the_newest_decision() {
    let first = decided(evaluate(&standard(), day("2026-02-01"), None, &Inputs::default()));
    assert!(first.check_first_day("effective_from", day("2026-02-01")).is_ok());
    let refused = first.check_first_day("effective_from", day("2026-01-31")).expect_err("refused");
    assert_eq!(
        refused.message(),
        "effective_from: 2026-01-31 is before 2026-02-01, the day of partners/p/tierDecisions/1, the newest decision; \
         give 2026-02-01 or a later day"
    );
}

#[test]
fn a_tier_to_assign_is_one_of_the_version() {
    let version = Version::draft(2, standard(), "anna".to_owned(), Timestamp(1));
    assert_eq!(version.check_tier("advanced", day("2026-02-01")), Ok(()));
    assert_eq!(
        version.check_tier("gold", day("2026-02-01")).expect_err("refused"),
        "\"gold\" is no tier of tierProgrammeVersions/2, which is in force on 2026-02-01; use one of basic, advanced, \
         strategic"
    );
}

#[test]
fn versions_are_approved_by_somebody_else_and_follow_each_other() {
    let draft = Version::draft(1, standard(), "anna".to_owned(), Timestamp(1));
    let refused = |result: Result<Version, tributary_core::Fault>| result.expect_err("refused").reason().code;
    assert_eq!(refused(draft.clone().approve("anna".to_owned(), Timestamp(2))), "MAKER_IS_CHECKER");
    assert_eq!(refused(draft.clone().activate(day("2026-01-01"), None, Timestamp(2))), "TIER_PROGRAMME_STATE_REFUSED");
    let approved = draft.approve("bo".to_owned(), Timestamp(2)).expect("approved");
    let last = Some((day("2026-01-02"), Timestamp(7)));
    assert_eq!(refused(approved.clone().activate(day("2026-01-01"), last, Timestamp(3))), "INVALID_REQUEST");
    let active = approved.activate(day("2026-01-02"), last, Timestamp(3)).expect("active");
    // After the last one, whatever the clock says: of two with the same first day the one activated last decides.
    assert_eq!((active.revision, active.etag().as_str(), active.update_time), (3, "r3", Timestamp(8)));
    assert_eq!(refused(active.approve("cy".to_owned(), Timestamp(4))), "TIER_PROGRAMME_STATE_REFUSED");
}

#[test]
fn a_tier_gives_its_own_benefits_and_those_it_includes() {
    let programme = standard();
    let ids = |tier: &str| programme.benefits(tier).iter().map(|b| b.id.as_str()).collect::<Vec<_>>();
    assert_eq!(ids("basic"), ["price-factor", "library"]);
    assert_eq!(ids("advanced"), ["price-factor", "campaign", "library"]);
    assert_eq!(ids("strategic"), ["profit", "price-factor", "campaign", "library"]);
    assert_eq!(ids(""), Vec::<&str>::new());
    let place = |tier| Place { programme: &programme, version: 1, partner: &PARTNER, tier, day: day("2026-06-01") };
    static PARTNER: std::sync::LazyLock<ResourceId> = std::sync::LazyLock::new(|| id("p"));
    let agreed = |ordinal, factor: &str, from: &str| PriceAgreement {
        partner: PARTNER.clone(),
        ordinal,
        benefit: "price-factor".to_owned(),
        factor: decimal(factor),
        effective_from: day(from),
        reason: "r".to_owned(),
        actor: "a".to_owned(),
        record_time: Timestamp(ordinal),
    };
    let agreements = [agreed(1, "0.85", "2026-01-01"), agreed(2, "0.82", "2026-06-02")];
    let price = |tier| place(tier).entitlement("price-factor", &agreements, 0).expect("known").price_factor;
    assert_eq!(price("basic"), Some(decimal("0.85")));
    // What was agreed within basic does not count in advanced, which allows one factor only.
    assert_eq!(
        (price("advanced"), price("strategic"), price("")),
        (Some(decimal("0.75")), Some(decimal("0.75")), None)
    );
    assert_eq!(place("basic").entitlement("price-factor", &[], 0).expect("known").price_factor, None);
    assert_eq!(
        place("basic").check_factor("price-factor", decimal("0.91")).expect_err("no").reason().code,
        "INVALID_REQUEST"
    );

    let used =
        |tier, amount: i64, used: i64| place(tier).consume("campaign", MinorAmount { value: amount, ..yuan(0) }, used);
    assert_eq!(used("advanced", 5_000_000, 0).map(|(used, left)| (used.value, left.value)).ok(), Some((5_000_000, 0)));
    assert_eq!(used("advanced", -1, 1).map(|(used, left)| (used.value, left.value)).ok(), Some((0, 5_000_000)));
    let code = |result: Result<_, tributary_core::Fault>| result.map(|_| ()).expect_err("refused").reason().code;
    assert_eq!(code(used("advanced", 2, 4_999_999)), "BENEFIT_QUOTA_EXCEEDED");
    assert_eq!(code(used("advanced", -2, 1)), "INVALID_REQUEST");
    assert_eq!(code(used("basic", 1, 0)), "BENEFIT_NOT_ENTITLED");
    assert_eq!(code(place("basic").consume("nothing", yuan(1), 0)), "BENEFIT_NOT_FOUND");
}

proptest! {
    /// Whatever is earned on whatever days: a tier is never below what is earned, never lost within the days of grace, and
    /// never kept beyond them.
    #[test]
    fn tiers_follow_what_is_earned(steps in proptest::collection::vec((1_i64..60, 0_i128..2), 1..12)) {
        let mut programme = standard();
        programme.tiers.truncate(1);
        let (mut on, mut newest, mut short_since) = (day("2026-01-01"), None::<Decision>, None::<Date>);
        for (days, rich) in steps {
            on = on.plus_days(days);
            // Older purchases are over in less than a year: what counts is what was bought that day.
            let inputs = Inputs { purchases: vec![bought(&on.to_string(), rich * 500_000)], ..Inputs::default() };
            let made = decided(evaluate(&programme, on, newest.as_ref(), &inputs));
            let held = newest.as_ref().is_some_and(|d| d.after.tier == "basic");
            if rich == 1 {
                short_since = None;
                prop_assert_eq!(made.after.tier.as_str(), "basic");
            } else if held {
                let since = *short_since.get_or_insert(on);
                let kept = on < since.plus_days(90);
                prop_assert_eq!(made.after.tier.as_str(), if kept { "basic" } else { "" });
                prop_assert_eq!(made.after.grace_until.is_some(), kept);
            } else {
                prop_assert_eq!(made.after.tier.as_str(), "");
            }
            prop_assert_eq!(evaluate(&programme, on, Some(&made), &inputs), Outcome::Unchanged);
            newest = Some(made);
        }
    }

    /// In whatever order purchases come, and however they are split, the findings are the same.
    #[test]
    fn the_order_of_purchases_does_not_count(amounts in proptest::collection::vec(-1_000_000_i128..1_000_000, 1..20)) {
        let one = |net: &i128| Purchase { net: *net, ..bought("2026-05-05", 0) };
        let all: Vec<Purchase> = amounts.iter().map(one).collect();
        let sum = Purchase { net: amounts.iter().sum(), ..bought("2026-05-05", 0) };
        let stand = |purchases| Inputs { purchases, ..Inputs::default() }.standings(&standard(), day("2026-06-01"));
        let expected = stand(vec![sum]);
        prop_assert_eq!(stand(all.iter().rev().copied().collect()), expected.clone());
        prop_assert_eq!(stand(all), expected);
    }
}
