//! Funds: budgets, what is held back, what is used and what will be, by hand.

use tributary_core::{Currency, Date, Decimal, Timestamp};

use crate::{
    fact::ChannelClass,
    fund::{Budget, Fund, Kind, MOST_AMOUNT, MOST_REQUESTED, MOST_VERSIONS, Terms, Used, UsedOf, Version},
    reasons,
};

pub fn on(text: &str) -> Date {
    Date::parse(text).expect("a day")
}

pub fn terms() -> Terms {
    Terms {
        rate: Decimal::new(5, 1),
        project_cap: Some(5_000_000),
        annual_cap: Some(20_000_000),
        claim_days: 30,
        approval_days: 0,
    }
}

/// The standard budgets of 2026, of which 10 % are held back.
pub fn standard() -> Fund {
    let budget = |channel, amount| Budget { channel, amount };
    Fund {
        id: "mdf-2026".to_owned(),
        display_name: "Marketing fund 2026".to_owned(),
        kind: Kind::Marketing,
        currency: Currency::parse("CNY").expect("known"),
        first_day: on("2026-01-01"),
        end_day: on("2027-01-01"),
        owner: "channel-marketing".to_owned(),
        now: Version {
            budgets: vec![
                budget(ChannelClass::Online, 200_000_000),
                budget(ChannelClass::Offline, 80_000_000),
                budget(ChannelClass::Emerging, 20_000_000),
            ],
            held_back: Decimal::new(1, 1),
            terms: terms(),
            reason: String::new(),
            author: "fang".to_owned(),
            time: Timestamp(0),
        },
        past: Vec::new(),
        create_time: Timestamp(0),
        revision: 1,
    }
}

fn version(budget: i64, held_back: Decimal) -> Version {
    let budgets = vec![Budget { channel: ChannelClass::Online, amount: budget }];
    Version { budgets, held_back, ..standard().now }
}

#[test]
fn a_share_of_each_budget_is_held_back() {
    let fund = standard();
    let usable = |channel| (fund.usable(channel, false), fund.usable(channel, true));
    assert_eq!(usable(ChannelClass::Online), (180_000_000, 20_000_000));
    assert_eq!(usable(ChannelClass::Offline), (72_000_000, 8_000_000));
    assert_eq!(usable(ChannelClass::Emerging), (18_000_000, 2_000_000));
    // 12.5 % of 1.00 is 0.125: 0.13 are held back.
    let small = Fund { now: version(100, Decimal::new(125, 3)), ..fund };
    assert_eq!((small.usable(ChannelClass::Online, true), small.usable(ChannelClass::Online, false)), (13, 87));
    assert_eq!(small.usable(ChannelClass::Offline, false), 0);
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    assert!(standard().check().is_empty());
    let twice = vec![Budget { channel: ChannelClass::Online, amount: -1 }; 2];
    let none = Terms { rate: Decimal::ZERO, project_cap: Some(0), annual_cap: Some(-1), ..terms() };
    let now = Version { budgets: twice, held_back: Decimal::new(11, 1), terms: none, ..standard().now };
    let (display_name, owner, end_day) = (String::new(), String::new(), on("2026-01-01"));
    let wrong = Fund { display_name, owner, end_day, now, ..standard() }.check();
    let fields: Vec<&str> = wrong.as_slice().iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "display_name",
            "owner",
            "end_day",
            "budgets[0].amount",
            "budgets[1].channel",
            "budgets[1].amount",
            "held_back",
            "terms.rate",
            "terms.project_cap",
            "terms.annual_cap"
        ]
    );
}

#[test]
fn what_is_used_adds_up_to_the_budget() {
    let fund = standard();
    let of = |committed, claimed, paid| Used { requested: 700, committed, claimed, paid };
    let used = UsedOf::from([
        ((ChannelClass::Online, false), of(6_000_000, 2_500_000, 3_000_000)),
        ((ChannelClass::Online, true), of(1_000_000, 0, 0)),
        ((ChannelClass::Emerging, false), of(0, 0, 5)),
    ]);
    // 14 March is day 73 of 365: five times as much by the end of the year.
    let usage = fund.usage(&used, on("2026-03-14"));
    let online = usage.lines.first().expect("a line");
    assert_eq!((online.budget, online.held_back, online.used.requested), (200_000_000, 20_000_000, 1_400));
    assert_eq!((online.used.committed, online.used.claimed, online.used.paid), (7_000_000, 2_500_000, 3_000_000));
    assert_eq!((online.free, online.free_reserve, online.forecast), (190_000_000, 19_000_000, 50_000_000));
    assert_eq!(usage.lines.len(), 3);
    let total = usage.total;
    assert_eq!((total.budget, total.used.committed, total.used.paid), (300_000_000, 7_000_000, 3_000_005));
    assert_eq!((total.free, total.free_reserve, total.forecast), (289_999_995, 29_000_000, 50_000_025));
    // Day 1: 365 times. Day 200: 10,000,005 × 365 ÷ 200 = 18,250,009.125. Before and after: as it is.
    let forecast = |day| fund.usage(&used, on(day)).total.forecast;
    assert_eq!(forecast("2026-01-01"), 3_650_001_825);
    assert_eq!(forecast("2026-07-19"), 18_250_009);
    for day in ["2025-12-31", "2026-12-31", "2027-01-01"] {
        assert_eq!(forecast(day), 10_000_005, "{day}");
    }
}

#[test]
fn a_budget_holds_what_is_used_of_it() {
    let fund = standard();
    let spent = |committed| Used { committed, ..Used::default() };
    let used =
        UsedOf::from([((ChannelClass::Online, false), spent(9_000)), ((ChannelClass::Online, true), spent(1_000))]);
    let change = |budget, held_back| {
        fund.changed(fund.display_name.clone(), fund.owner.clone(), version(budget, held_back)).expect("a version")
    };
    let enough = change(10_000, Decimal::new(1, 1));
    assert_eq!(enough.holds(&used), Ok(()));
    assert_eq!((enough.revision, enough.past.len(), enough.past[0].budgets.len()), (2, 1, 3));
    for (budget, held_back, faults) in
        [(9_999, Decimal::new(1, 1), 1), (10_000, Decimal::new(11, 2), 1), (0, Decimal::ZERO, 2)]
    {
        let fault = change(budget, held_back).holds(&used).expect_err("refused");
        assert_eq!(
            (fault.reason().code, fault.violations().len()),
            (reasons::FUND_INSUFFICIENT.code, faults),
            "{budget}"
        );
    }
    let mut full = fund;
    for _ in 1..MOST_VERSIONS {
        full = full.changed(full.display_name.clone(), full.owner.clone(), full.now.clone()).expect("a version");
    }
    let more = full.changed(String::new(), String::new(), full.now.clone()).expect_err("refused");
    assert_eq!(more.reason().code, reasons::FUND_FULL.code);
}

#[test]
fn no_more_is_asked_than_can_be_added_up() {
    let fund = standard();
    let requested = |requested| {
        let used = |requested| Used { requested, committed: i64::MAX, ..Used::default() };
        UsedOf::from([
            ((ChannelClass::Online, false), used(requested)),
            ((ChannelClass::Online, true), used(1)),
            ((ChannelClass::Offline, false), used(1)),
        ])
    };
    let room = requested(MOST_REQUESTED - MOST_AMOUNT - 2);
    assert_eq!(fund.takes(&room, MOST_AMOUNT), Ok(()));
    let fault = fund.takes(&room, MOST_AMOUNT + 1).expect_err("refused");
    assert_eq!(fault.reason().code, reasons::FUND_FULL.code);
    assert!(fault.message().contains("funds/mdf-2026 are requested and not decided"), "{}", fault.message());
    assert!(fund.takes(&requested(i64::MAX), i64::MAX).is_err());
}
