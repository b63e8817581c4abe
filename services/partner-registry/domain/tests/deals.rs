//! Deals: which customers are one, the state machine move by move, protection, extension, conversion.
#![expect(clippy::expect_used, reason = "helpers of tests stop at the first surprise")]

use partner_registry_domain::{
    Deal, DealName, DealState as S, PartnerStatus, Registration,
    deal::{
        Conversion, Customer, DealChange, DealDraft, DealPolicy, DealRules, DealVerb as V, Ground, Hold, Met, Move,
        NewDeal, letters, require_trading,
    },
};
use proptest::prelude::*;
use tributary_core::{Currency, Date, IdSource as _, MinorAmount, ResourceId, SystemIds, Timestamp};

const NOW: Timestamp = Timestamp(1_782_878_400_000_000);

fn day(text: &str) -> Date {
    Date::parse(text).expect("a day")
}

fn today() -> Date {
    day("2026-07-01")
}

fn cny(value: i64) -> MinorAmount {
    MinorAmount { currency: Currency::parse("CNY").expect("known"), value }
}

fn customer(name: &str) -> Customer {
    Customer { display_name: name.to_owned(), registration: None }
}

fn numbered(name: &str, scheme: &str, number: &str) -> Customer {
    let registration = Some(Registration { scheme: scheme.to_owned(), number: number.to_owned() });
    Customer { display_name: name.to_owned(), registration }
}

fn draft() -> DealDraft {
    DealDraft {
        customer: customer("合肥轨道交通集团"),
        product_line: "mountain-bikes".to_owned(),
        value: Some(cny(25_000_000)),
        ..DealDraft::default()
    }
}

fn name(partner: &str, id: &str) -> DealName {
    let id_of = |text| ResourceId::parse(text).expect("an id");
    DealName { partner: id_of(partner), id: id_of(id) }
}

fn registered(met: Met) -> Deal {
    let new = NewDeal {
        name: name("a", "d"),
        uid: SystemIds.uuid(),
        content: draft().check().expect("good"),
        registrant: "portal".to_owned(),
    };
    Deal::register(new, met, &DealRules::default(), today(), NOW).deal
}

/// One move by the house on a day.
fn moved_on(deal: &Deal, what: &Move, rules: &DealRules, today: Date) -> Result<DealChange, String> {
    let status = PartnerStatus::Active;
    let ground = Ground { actor: "house", status, rules, today, now: NOW };
    deal.apply(what, &ground).map_err(|fault| fault.reason().code.to_owned())
}

fn moved(deal: &Deal, what: &Move) -> Deal {
    moved_on(deal, what, &DealRules::default(), today()).expect("possible").deal
}

fn approve() -> Move {
    Move::Approve { note: String::new() }
}

fn reason() -> String {
    "because".to_owned()
}

fn extend(to: &str) -> Move {
    Move::Extend { protection_end: day(to), reason: reason() }
}

fn convert(on: &str) -> Move {
    Move::Convert(Conversion { order_reference: "SO-1".to_owned(), amount: cny(1), order_date: day(on) })
}

/// One move of every verb.
fn moves() -> [Move; 6] {
    [
        approve(),
        Move::Reject { reason: reason() },
        Move::Withdraw { reason: reason() },
        extend("2026-10-29"),
        convert("2026-07-01"),
        Move::Lose { reason: reason() },
    ]
}

#[test]
fn customers_are_told_apart_by_number_or_name() {
    assert_eq!(customer("Anhui Metro Co., Ltd.").key(), "name:anhuimetrocoltd");
    assert_eq!(customer(" ANHUI  metro (co) ltd").key(), "name:anhuimetrocoltd");
    assert_eq!(customer("ＡＮＨＵＩ　Ｍｅｔｒｏ（Ｃｏ）Ｌｔｄ").key(), "name:anhuimetrocoltd", "full-width forms");
    assert_eq!(customer("合肥轨道交通（集团）").key(), customer("合肥轨道交通(集团)").key());
    assert_ne!(customer("合肥轨道交通集团").key(), customer("合肥轨道交通").key());
    let number = numbered("合肥轨道交通集团", "CN-USCC", "91350100M000100Y43");
    assert_eq!(number.key(), "number:CN-USCC:91350100m000100y43");
    assert_eq!(number.key(), numbered("another name", "CN-USCC", "91350100M000100Y43").key());
    assert_eq!(numbered("x", "duns", "15-048-3782").key(), numbered("y", "DUNS", "150483782").key());
    assert_ne!(numbered("x", "DUNS", "150483782").key(), numbered("x", "LEI", "150483782").key());
    assert_ne!(customer("duns 150483782").key(), numbered("x", "DUNS", "150483782").key());
}

#[test]
fn near_equal_names_are_similar_whatever_they_are_told_apart_by() {
    // Five of six characters, as the test of the similarity has it: 0.9222.
    let found = customer("广州晨光商贸").similar(vec![
        (name("b", "far"), "深圳海岸物流".to_owned()),
        (name("b", "near"), "广州晨旭商贸".to_owned()),
        (name("c", "same"), "广州晨光（商贸）".to_owned()),
        (name("b", "same"), "广州晨光商贸".to_owned()),
    ]);
    let found: Vec<String> = found.iter().map(|s| format!("{} {}", s.deal, s.similarity)).collect();
    assert_eq!(found, ["partners/b/deals/same 1.0000", "partners/c/deals/same 1.0000", "partners/b/deals/near 0.9222"]);
    let many = (0..15).map(|n| (name("b", &format!("d{n}")), "广州晨光商贸".to_owned())).collect();
    assert_eq!(customer("广州晨光商贸").similar(many).len(), 10);
}

#[test]
fn everything_wrong_with_a_draft_comes_at_once() {
    let wrong = DealDraft {
        customer: numbered("!?", "CN-USCC", "91350100M000100Y44"),
        product_line: " bikes".to_owned(),
        value: Some(cny(0)),
        note: "a\u{0}".to_owned(),
        expected_close: Some(day("2026-06-30")),
    };
    let fields: Vec<String> = wrong.violations(today()).into_vec().into_iter().map(|v| v.field).collect();
    let all =
        ["customer.display_name", "customer.registration.number", "product_line", "value", "note", "expected_close"];
    assert_eq!(fields, all);
    assert_eq!(draft().violations(today()).into_vec(), []);
    let missing = DealDraft::default().violations(today());
    let fields: Vec<&str> = missing.as_slice().iter().map(|v| v.field.as_str()).collect();
    assert_eq!(fields, ["customer.display_name", "product_line", "value"]);
}

#[test]
fn every_state_allows_its_verbs_and_no_others() {
    let submitted = registered(Met::default());
    let approved = moved(&submitted, &approve());
    let conflicted = registered(Met { conflict: Some(submitted.in_the_way()), ..Met::default() });
    let states = [
        (submitted.clone(), S::Submitted, vec![V::Approve, V::Reject, V::Withdraw]),
        (conflicted, S::Conflicted, vec![V::Approve, V::Reject, V::Withdraw]),
        (approved.clone(), S::Approved, vec![V::Reject, V::Withdraw, V::Extend, V::Convert, V::Lose]),
        (moved(&submitted, &Move::Reject { reason: reason() }), S::Rejected, vec![]),
        (moved(&submitted, &Move::Withdraw { reason: reason() }), S::Withdrawn, vec![]),
        (moved(&approved, &convert("2026-07-01")), S::Converted, vec![]),
        (moved(&approved, &Move::Lose { reason: reason() }), S::Lost, vec![]),
        (approved.clone().on(day("2026-09-29")), S::Expired, vec![V::Convert]),
    ];
    for (deal, state, possible) in states {
        assert_eq!(deal.state, state);
        for what in moves() {
            let result = moved_on(&deal, &what, &DealRules::default(), today());
            if possible.contains(&what.verb()) {
                let change = result.unwrap_or_else(|e| panic!("{state} {:?}: {e}", what.verb()));
                assert_eq!(change.deal.revision, deal.revision + 1);
                assert_eq!(change.before, Some((deal.state, deal.protection_end)));
                assert_eq!(change.action, what.verb().action());
            } else {
                assert_eq!(result.expect_err("refused"), "DEAL_STATE_REFUSED", "{state} {:?}", what.verb());
            }
        }
    }
}

#[test]
fn a_lead_is_held_from_the_registration_to_the_end_of_its_protection() {
    let submitted = registered(Met::default());
    assert_eq!(submitted.hold(), Some(Hold::Undecided));
    assert_eq!(submitted.decide_by, day("2026-07-06"), "five days");
    // July has 31 days, August 31: 30 + 31 + 29 = 90 days from 1 July on lead to 29 September.
    let approved = moved(&submitted, &approve());
    assert_eq!(approved.hold(), Some(Hold::Until(day("2026-09-29"))));
    assert_eq!(approved.clone().on(day("2026-09-28")).state, S::Approved);
    assert_eq!(approved.expire(day("2026-09-28"), NOW), None);
    let expired = approved.expire(day("2026-09-29"), NOW).expect("over").deal;
    assert_eq!((expired.state, expired.hold(), expired.revision), (S::Expired, None, 3));
    assert_eq!(expired.expire(day("2026-09-30"), NOW), None, "once");
    assert_eq!(submitted.expire(day("2030-01-01"), NOW), None, "what is not decided does not expire");
    let conflicted = registered(Met { conflict: Some(approved.in_the_way()), ..Met::default() });
    assert_eq!((conflicted.hold(), conflicted.is_clear()), (None, false));
    for what in [Move::Lose { reason: reason() }, convert("2026-07-01"), Move::Withdraw { reason: reason() }] {
        assert_eq!(moved(&approved, &what).hold(), None);
    }
}

#[test]
fn whoever_registered_a_deal_does_not_decide_on_it() {
    let deal = registered(Met::default());
    let rules = DealRules::default();
    let ground = |status| Ground { actor: "portal", status, rules: &rules, today: today(), now: NOW };
    for what in [approve(), Move::Reject { reason: reason() }] {
        let fault = deal.apply(&what, &ground(PartnerStatus::Active)).expect_err("the maker");
        assert_eq!(fault.reason().code, "MAKER_IS_CHECKER");
    }
    let withdrawn = deal.apply(&Move::Withdraw { reason: reason() }, &ground(PartnerStatus::Frozen));
    assert_eq!(withdrawn.expect("may give up").deal.state, S::Withdrawn);
}

#[test]
fn only_trading_partners_are_protected() {
    for status in PartnerStatus::ALL {
        let trading = matches!(status, PartnerStatus::Active | PartnerStatus::Probation);
        assert_eq!(require_trading(&name("a", "d").partner, status).is_ok(), trading, "{status}");
        let rules = DealRules::default();
        let ground = Ground { actor: "house", status, rules: &rules, today: today(), now: NOW };
        let approved = moved(&registered(Met::default()), &approve());
        assert_eq!(registered(Met::default()).apply(&approve(), &ground).is_ok(), trading, "{status}");
        assert_eq!(approved.apply(&extend("2026-09-30"), &ground).is_ok(), trading, "{status}");
        assert!(approved.apply(&convert("2026-07-01"), &ground).is_ok(), "what was won was won, {status}");
    }
}

#[test]
fn extensions_keep_to_the_policy() {
    let approved = moved(&registered(Met::default()), &approve());
    let rules = DealRules { max_extensions: 2, extension_days: 30, ..DealRules::default() };
    let try_to = |deal: &Deal, to| moved_on(deal, &extend(to), &rules, today());
    assert_eq!(try_to(&approved, "2026-09-29").expect_err("not later"), "INVALID_REQUEST");
    assert_eq!(try_to(&approved, "2026-10-30").expect_err("31 days"), "DEAL_EXTENSION_REFUSED");
    let first = try_to(&approved, "2026-10-29").expect("30 days").deal;
    assert_eq!((first.protection_end, first.extension_count), (Some(day("2026-10-29")), 1));
    let second = try_to(&first, "2026-10-30").expect("the second").deal;
    assert_eq!(try_to(&second, "2026-10-31").expect_err("a third"), "DEAL_EXTENSION_REFUSED");
    let none = DealRules { max_extensions: 0, ..DealRules::default() };
    assert_eq!(moved_on(&approved, &extend("2026-09-30"), &none, today()).expect_err("none"), "DEAL_EXTENSION_REFUSED");
}

#[test]
fn an_order_counts_by_its_own_day() {
    let approved = moved(&registered(Met::default()), &approve());
    let rules = DealRules::default();
    let won = |order: &str, told: &str| {
        let deal = approved.clone().on(day(told));
        moved_on(&deal, &convert(order), &rules, day(told)).map(|change| change.deal.state)
    };
    assert_eq!(won("2026-09-28", "2026-09-28"), Ok(S::Converted));
    assert_eq!(won("2026-09-28", "2026-10-15"), Ok(S::Converted), "told late");
    let wrong = Err("INVALID_REQUEST".to_owned());
    assert_eq!(won("2026-09-29", "2026-10-15"), wrong, "after the protection");
    assert_eq!(won("2026-06-30", "2026-07-02"), wrong, "before the registration");
    assert_eq!(won("2026-07-03", "2026-07-02"), wrong, "not yet");
    let bad = Move::Convert(Conversion { order_reference: " ".to_owned(), amount: cny(-1), order_date: today() });
    let fields: Vec<String> = bad.violations().into_vec().into_iter().map(|v| v.field).collect();
    assert_eq!(fields, ["conversion.order_reference", "conversion.amount"]);
}

#[test]
fn a_policy_changes_by_revisions() {
    let rules = DealRules {
        protection_days: 0,
        decision_days: 91,
        max_extensions: 21,
        extension_days: 0,
        ..DealRules::default()
    };
    assert_eq!(rules.violations().into_vec().len(), 4);
    let first = DealPolicy::default();
    assert_eq!((first.etag().as_str(), first.rules.protection_days), ("r0", 90));
    assert_eq!(first.change(DealRules::default(), "x".to_owned(), reason(), NOW), None);
    let longer = DealRules { protection_days: 120, ..DealRules::default() };
    let second = first.change(longer, "x".to_owned(), reason(), NOW).expect("differs");
    assert_eq!((second.revision, second.update_time), (1, Some(NOW)));
    assert!(second.check_etag("r0").is_err() && second.check_etag("").is_ok() && second.check_etag("r1").is_ok());
}

proptest! {
    /// Whatever is done to deals in whatever order, the state machine never leaves its states, a final one never moves, and
    /// a lead is held exactly while submitted or approved.
    #[test]
    fn any_walk_keeps_its_promises(steps in prop::collection::vec((0_usize..6, 0_i64..40), 1..30)) {
        let mut deal = registered(Met::default());
        let (mut now, rules) = (today(), DealRules { max_extensions: 3, ..DealRules::default() });
        for (which, days) in steps {
            now = now.plus_days(days);
            deal = match deal.expire(now, NOW) {
                Some(change) => change.deal,
                None => deal,
            };
            let final_before = deal.state.possible().is_empty();
            let end = deal.protection_end.unwrap_or(now).plus_days(days);
            let what = match which {
                3 => Move::Extend { protection_end: end, reason: reason() },
                4 => Move::Convert(Conversion { order_reference: "o".to_owned(), amount: cny(1), order_date: now }),
                other => moves()[other].clone(),
            };
            let revision = deal.revision;
            if let Ok(change) = moved_on(&deal, &what, &rules, now) {
                prop_assert!(!final_before);
                prop_assert_eq!(change.deal.revision, revision + 1);
                deal = change.deal;
            }
            prop_assert_eq!(deal.hold().is_some(), matches!(deal.state, S::Submitted | S::Approved));
            prop_assert!(deal.extension_count <= 3);
            if deal.state == S::Approved {
                prop_assert!(deal.protection_end.expect("set") > now);
            }
        }
    }

    /// Punctuation, spaces and case never make another customer, and a key never depends on how often it is made.
    #[test]
    fn keys_see_letters_and_digits_only(name in "[a-zA-Z0-9\u{4e00}-\u{4fff}]{1,20}", noise in "[ .,()（）·-]{0,5}") {
        let noisy: String = name.chars().flat_map(|c| std::iter::once(c).chain(noise.chars())).collect();
        prop_assert_eq!(customer(&noisy).key(), customer(&name).key());
        prop_assert_eq!(letters(&letters(&noisy)), letters(&name));
    }
}
