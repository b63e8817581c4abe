//! R08 to R12, R16: what follows the reward. Expected values by hand.

use tributary_core::{Currency, Exact};

use super::{
    rewards::exact,
    support::{dec, marginal, rule, table},
};
use crate::{
    plan::{
        Amount, Condition, Draw, DrawKind, EdgeSide, FactorStep, Gate, Indicator, IndicatorCondition, Limits,
        MissingIndicator, Multiplier, Rule,
    },
    reward::{Drawn, Modified, Modifiers, draw, guarantee, modify},
};

fn plain() -> Rule {
    rule("r", marginal(table(&[("0", "0.1", "0")], EdgeSide::LowerInclusive)))
}

fn gate(otherwise: &str) -> Gate {
    let at_least = Some(dec("1"));
    let when = IndicatorCondition { indicator: Indicator::Figure("kpi".to_owned()), at_least, below: None };
    Gate { title: "certified".to_owned(), when: Condition::Indicator(when), otherwise: dec(otherwise) }
}

fn multiplier(linear: bool, missing: MissingIndicator) -> Multiplier {
    let steps = [("0.8", "0.9"), ("1", "1"), ("1.2", "1.5")];
    Multiplier {
        title: String::new(),
        by: Indicator::Attainment,
        steps: steps.map(|(from, factor)| FactorStep { from: dec(from), factor: dec(factor) }).to_vec(),
        linear,
        missing,
    }
}

fn chained(modified: &Modified, from: &str) {
    let mut running = exact(from);
    for step in &modified.steps {
        assert_eq!(step.before, running, "{}", step.name);
        running = step.after.clone();
    }
    assert_eq!(running, modified.exact);
}

fn after(rule: &Rule, amount: &str, modifiers: &Modifiers) -> (String, Vec<String>) {
    let modified = modify(rule, &exact(amount), modifiers);
    chained(&modified, amount);
    (modified.exact.display(), modified.steps.into_iter().map(|s| s.name).collect())
}

#[test]
fn a_gate_leaves_all_or_its_share() {
    let with = |otherwise, holds| {
        let rule = Rule { gates: vec![gate(otherwise)], ..plain() };
        after(&rule, "100", &Modifiers { gates: vec![holds], ..Modifiers::default() })
    };
    let told = |amount: &str| (amount.to_owned(), vec!["gate".to_owned()]);
    assert_eq!(with("0", true), told("100"));
    assert_eq!(with("0", false), told("0"));
    assert_eq!(with("0.4", false), told("40"));
}

#[test]
fn a_factor_jumps_or_runs_between_its_steps() {
    let with = |linear, missing, indicator: Option<&str>| {
        let rule = Rule { multipliers: vec![multiplier(linear, missing)], ..plain() };
        after(&rule, "100", &Modifiers { indicators: vec![indicator.map(exact)], ..Modifiers::default() }).0
    };
    let neutral = MissingIndicator::Neutral;
    let jumping = ["0.79", "0.8", "0.99", "1", "1.1", "1.2", "9"].map(|i| with(false, neutral, Some(i)));
    assert_eq!(jumping, ["100", "90", "90", "100", "100", "150", "150"]);
    let linear = ["0.79", "0.8", "0.9", "1", "1.1", "1.2", "9"].map(|i| with(true, neutral, Some(i)));
    assert_eq!(linear, ["100", "90", "95", "100", "125", "150", "150"]);
    assert_eq!(with(false, neutral, None), "100");
    assert_eq!(with(false, MissingIndicator::Nothing, None), "0");
}

#[test]
fn modifiers_follow_their_order_and_each_is_told() {
    let limits = Limits {
        period_cap: Some(dec("50")),
        period_floor: Some(dec("10")),
        year_cap: Some(dec("120")),
        year_floor: None,
    };
    let rule = Rule {
        gates: vec![gate("0.5"), gate("0.5")],
        multipliers: vec![multiplier(false, MissingIndicator::Neutral)],
        limits,
        ..plain()
    };
    let modifiers = Modifiers {
        gates: vec![true, false],
        indicators: vec![Some(exact("1.2"))],
        days: Some((15, 30)),
        stated_in_year: exact("90"),
        last_of_year: false,
    };
    // 200 → 200 → 100 → 150 → 75 → 50 → 50 → 30, for only 30 are left of the year's 120.
    let names = ["gate", "gate", "multiplier", "proration", "period cap", "period floor", "year cap"];
    assert_eq!(after(&rule, "200", &modifiers), ("30".to_owned(), names.map(str::to_owned).to_vec()));
    // 8 → 4 → 6 → 3 → 3 → 10.
    assert_eq!(after(&rule, "8", &modifiers).0, "10");
    // A correction after the cap was full comes off; more than the cap was stated: the rest is taken back.
    assert_eq!(after(&Rule { limits: Limits { period_floor: None, ..limits }, ..plain() }, "-20", &modifiers).0, "-10");
    let over = Modifiers { stated_in_year: exact("125"), ..Modifiers::default() };
    assert_eq!(
        after(&Rule { limits: Limits { year_cap: Some(dec("120")), ..Limits::default() }, ..plain() }, "7", &over).0,
        "-5"
    );
}

#[test]
fn the_floor_of_a_year_is_made_up_in_its_last_period() {
    let rule = Rule { limits: Limits { year_floor: Some(dec("100")), ..Limits::default() }, ..plain() };
    let with = |last_of_year, stated| {
        after(&rule, "20", &Modifiers { last_of_year, stated_in_year: exact(stated), ..Modifiers::default() }).0
    };
    assert_eq!(with(false, "30"), "20");
    assert_eq!(with(true, "30"), "70");
    assert_eq!(with(true, "80"), "20");
    assert_eq!(with(true, "500"), "20");
}

#[test]
fn a_guarantee_adds_what_is_missing_to_its_prorated_amount() {
    let missing = |share, earned: &str| guarantee(&exact("10000"), share, &exact(earned)).display();
    assert_eq!(missing((15, 30), "2000"), "3000");
    assert_eq!(missing((30, 30), "2000"), "8000");
    assert_eq!(missing((15, 30), "5000"), "0");
    assert_eq!(missing((0, 30), "0"), "0");
    assert_eq!(missing((15, 30), "-100"), "5100");
}

fn advance(kind: DrawKind, recovery_share: &str, forgive_after_periods: u32) -> Draw {
    Draw {
        drawn: Amount::Given(dec("1000")),
        kind,
        recoverable: true,
        recovery_share: dec(recovery_share),
        forgive_after_periods,
        rules: Vec::new(),
        currency: Currency::parse("CNY").expect("currency"),
    }
}

/// Advance, recovery, forgiveness, balance.
fn drawn(rule: &Draw, earned: &str, balances: &[&str]) -> [String; 4] {
    let balances: Vec<Exact> = balances.iter().map(|b| exact(b)).collect();
    let Drawn { advance, recovery, forgiveness, balance, .. } =
        draw(rule, &exact("1000"), (30, 30), &exact(earned), &balances);
    [advance, recovery, forgiveness, balance].map(|e| e.display())
}

#[test]
fn a_draw_tops_up_and_is_paid_back_from_what_is_earned_above_it() {
    let rule = advance(DrawKind::Guarantee, "1", 0);
    assert_eq!(drawn(&rule, "300", &[]), ["700", "0", "0", "700"]);
    assert_eq!(drawn(&rule, "1000", &["700"]), ["0", "0", "0", "700"]);
    assert_eq!(drawn(&rule, "1400", &["0", "700"]), ["0", "400", "0", "300"]);
    assert_eq!(drawn(&rule, "9000", &["700"]), ["0", "700", "0", "0"]);
    let half = advance(DrawKind::Guarantee, "0.5", 0);
    assert_eq!(drawn(&half, "1400", &["700"]), ["0", "200", "0", "500"]);
    let free = Draw { recoverable: false, ..rule };
    assert_eq!(drawn(&free, "300", &["700"]), ["700", "0", "0", "0"]);
}

#[test]
fn an_add_on_comes_whatever_is_earned() {
    let rule = advance(DrawKind::AddOn, "1", 0);
    assert_eq!(drawn(&rule, "300", &[]), ["1000", "0", "0", "1000"]);
    // Earnings above the draw pay back what was open before, not this advance.
    assert_eq!(drawn(&rule, "5000", &["1000"]), ["1000", "1000", "0", "1000"]);
}

#[test]
fn an_old_balance_is_forgiven_after_so_many_periods() {
    let rule = advance(DrawKind::Guarantee, "1", 2);
    assert_eq!(drawn(&rule, "1100", &["700"]), ["0", "100", "0", "600"]);
    assert_eq!(drawn(&rule, "1100", &["700", "600"]), ["0", "100", "500", "0"]);
    // It was even in between: the count begins anew. What is advanced now is not forgiven with it.
    assert_eq!(drawn(&rule, "1100", &["700", "0", "600"]), ["0", "100", "0", "500"]);
    assert_eq!(drawn(&rule, "400", &["700", "600"]), ["600", "0", "600", "600"]);
    let prorated = draw(&rule, &exact("1000"), (10, 30), &exact("0"), &[]);
    assert_eq!(prorated.advance, Exact::new(1000.into(), 3.into()));
}
