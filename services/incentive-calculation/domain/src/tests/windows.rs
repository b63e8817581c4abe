//! Windows, fields, figures, targets, growth and R04. Expected values by hand.

use super::{
    examples::{fixed, flat_rate, holds, one},
    support::{currency, day, dec, growth, in_run, measure, period, plan, rule, sale, table},
};
use crate::{
    engine::{Engine, Inputs, Payee},
    fact::FactKind,
    plan::{
        Conversion, ConversionDate, CurrencyPolicy, EdgeSide, Growth, GrowthBase, GrowthOn, Marginal, MeasureField,
        MissingTarget, NegativeMeasure, NoBasePolicy, NonPositiveBasePolicy, PlanSpec, Retrospective, Reward, Rule,
        Target, TargetOf, Window,
    },
};

/// Facts of 100 in March 2011, 200 in May 2012, 400 in July 2012.
const FACTS: &str = r#"[{"occurred_on": "2011-03-31", "net": "100"}, {"occurred_on": "2012-05-15", "net": "200"},
    {"occurred_on": "2012-07-01", "net": "400"}]"#;

fn over(window: Window) -> Rule {
    let mut rule = rule("r", flat_rate("0.1"));
    rule.measure.as_mut().expect("a measure").window = window;
    rule
}

fn gives(rule: Rule, amount: &str) {
    holds(
        &one(rule),
        &format!(r#"{{"period": "2012-Q3", "facts": {FACTS}, "expect": [{{"rule": "r", "amount": "{amount}"}}]}}"#),
    );
}

#[test]
fn every_window_ends_with_the_period() {
    gives(over(Window::Period), "40");
    gives(over(Window::YearToDate), "60");
    gives(over(Window::TrailingMonths(5)), "60");
    gives(over(Window::TrailingMonths(4)), "40"); // from 1 June
    gives(over(Window::TrailingMonths(19)), "70"); // from 1 March 2011
    gives(over(Window::TrailingMonths(18)), "60"); // from 1 April 2011
    gives(over(Window::Since(day("2011-03-31"))), "70");
    gives(over(Window::Since(day("2012-05-16"))), "40");
}

#[test]
fn a_window_since_joining_is_the_payees_own() {
    for (member, amount) in [
        ("{\"partner\": \"p\"}", "70"),
        ("{\"partner\": \"p\", \"member_from\": \"2012-05-15\"}", "60"),
        ("{\"partner\": \"p\", \"member_from\": \"2012-05-16\"}", "40"),
    ] {
        holds(
            &one(over(Window::SinceJoining)),
            &format!(
                r#"{{"period": "2012-Q3", "facts": {FACTS}, "partners": [{member}],
                    "expect": [{{"rule": "r", "amount": "{amount}"}}]}}"#
            ),
        );
    }
}

#[test]
fn a_fiscal_year_to_date_begins_with_its_year() {
    let plans = || vec![in_run("s", plan(vec![over(Window::YearToDate)]))];
    let fiscal = Engine::in_year(period("2012-Q3"), (day("2012-05-15"), day("2013-05-15")), plans());
    assert_eq!(fiscal.windows(), [(day("2012-05-15"), day("2012-10-01"))]);
    assert_eq!(Engine::new(period("2012-Q3"), plans()).windows(), [(day("2012-01-01"), day("2012-10-01"))]);
}

#[test]
fn different_orders_customers_and_skus_are_counted_once() {
    let facts = r#"[
        {"occurred_on": "2012-07-01", "order_id": "1", "customer_key": "a", "sku": "x"},
        {"occurred_on": "2012-07-02", "order_id": "1", "customer_key": "b", "sku": "x"},
        {"occurred_on": "2012-07-03", "customer_key": "a"},
        {"occurred_on": "2012-07-04"}]"#;
    for (field, window, amount) in [
        (MeasureField::DistinctOrders, Window::Period, "3"),
        (MeasureField::DistinctCustomers, Window::Period, "2"),
        (MeasureField::DistinctSkus, Window::Period, "1"),
        (MeasureField::DistinctOrders, Window::SinceJoining, "3"),
        (MeasureField::DistinctCustomers, Window::SinceJoining, "2"),
    ] {
        let mut rule = rule("r", flat_rate("1"));
        rule.measure = Some(crate::plan::Measure { window, ..measure(field) });
        holds(
            &one(rule),
            &format!(r#"{{"period": "2012-Q3", "facts": {facts}, "expect": [{{"rule": "r", "amount": "{amount}"}}]}}"#),
        );
    }
}

#[test]
fn sub_channels_filter() {
    let mut rule = rule("r", flat_rate("0.1"));
    rule.measure.as_mut().expect("a measure").sub_channels = vec!["tmall".to_owned()];
    holds(
        &one(rule),
        r#"{"period": "2012-Q3",
            "facts": [{"occurred_on": "2012-07-01", "net": "10", "sub_channel": "tmall"},
                      {"occurred_on": "2012-07-01", "net": "99", "sub_channel": "jd"}],
            "expect": [{"rule": "r", "amount": "1"}]}"#,
    );
}

fn footfall() -> Rule {
    let mut rule = rule("r", flat_rate("0.5"));
    let measured =
        crate::plan::Measure { kinds: Vec::new(), figure: "footfall".to_owned(), ..measure(MeasureField::Figure) };
    rule.measure = Some(measured);
    rule
}

#[test]
fn a_figure_is_paid_in_its_own_currency_or_in_that_of_the_facts() {
    // July and September add up; the figure of another quarter and one that reaches beyond this one do not.
    let figures = |currency: &str| {
        format!(
            r#"[{{"figure": "footfall", "period": "2012-07", "currency": "{currency}", "value": "10"}},
                {{"figure": "footfall", "period": "2012-09", "currency": "{currency}", "value": "20"}},
                {{"figure": "footfall", "period": "2012-06", "currency": "{currency}", "value": "999"}},
                {{"figure": "footfall", "period": "2012", "currency": "{currency}", "value": "999"}}]"#
        )
    };
    let fact = r#"{"occurred_on": "2012-07-01", "net": "1", "currency": "EUR"}"#;
    holds(
        &one(footfall()),
        &format!(
            r#"{{"period": "2012-Q3", "figures": {}, "expect": [{{"rule": "r", "currency": "USD", "amount": "15"}}]}}"#,
            figures("USD")
        ),
    );
    holds(
        &one(footfall()),
        &format!(
            r#"{{"period": "2012-Q3", "facts": [{fact}], "figures": {},
                "expect": [{{"rule": "r", "currency": "EUR", "amount": "15"}}]}}"#,
            figures("")
        ),
    );
    // In two currencies nobody knows in which: no line rather than two.
    holds(
        &one(footfall()),
        &format!(
            r#"{{"period": "2012-Q3", "facts": [{fact}, {{"occurred_on": "2012-07-01", "net": "1"}}], "figures": {},
                "expect": []}}"#,
            figures("")
        ),
    );
}

fn with_quota(missing: MissingTarget) -> Rule {
    let mut rule = rule("r", flat_rate("0.1"));
    let Reward::Marginal(marginal) = &mut rule.reward else { panic!("marginal") };
    marginal.table = table(&[("0", "0.1", "0"), ("1", "0.2", "0")], EdgeSide::LowerInclusive);
    marginal.table.edge_scale = crate::plan::EdgeScale::ShareOfTarget;
    rule.target = Some(Target { of: TargetOf::Figure("quota".to_owned()), missing });
    rule
}

#[test]
fn targets_of_one_window_add_up_and_a_missing_one_is_a_policy() {
    let example = |figures: &str, expect: &str| {
        format!(
            r#"{{"period": "2012-Q3", "facts": [{{"occurred_on": "2012-07-01", "net": "1500"}}],
                "figures": [{figures}], "expect": [{expect}]}}"#
        )
    };
    // 1,000 at 10 % and 500 at 20 %.
    let both = r#"{"figure": "quota", "period": "2012-07", "value": "400"}, {"figure": "quota", "period": "2012-08", "value": "600", "currency": "CNY"}, {"figure": "quota", "value": "999", "currency": "USD"}"#;
    holds(&one(with_quota(MissingTarget::Skip)), &example(both, r#"{"rule": "r", "amount": "200"}"#));
    holds(&one(with_quota(MissingTarget::Skip)), &example("", ""));
    holds(&one(with_quota(MissingTarget::Skip)), &example(r#"{"figure": "quota", "value": "0"}"#, ""));
    let none = one(with_quota(MissingTarget::NoneAttained));
    holds(&none, &example("", r#"{"rule": "r", "amount": "150"}"#));
}

#[test]
fn growth_may_take_its_base_from_a_figure() {
    let growth = Growth {
        base: GrowthBase::Figure,
        given_base: None,
        on: GrowthOn::Increment,
        table: table(&[("0", "0.01", "0"), ("0.2", "0.03", "0")], EdgeSide::LowerInclusive),
        no_base: NoBasePolicy::Skip,
        non_positive_base: NonPositiveBasePolicy::Nothing,
        base_figure: "prior-year-net".to_owned(),
    };
    let spec = one(rule("r", Reward::Growth(growth)));
    // 2,600 against 2,000 of the year before: 30 %, 3 % of 600. Facts of that year are not looked at.
    holds(
        &spec,
        r#"{"period": "2012-Q3",
            "facts": [{"occurred_on": "2012-07-01", "net": "2600"}, {"occurred_on": "2011-07-01", "net": "1"}],
            "figures": [{"figure": "prior-year-net", "period": "2011-07", "value": "1500"},
                        {"figure": "prior-year-net", "period": "2011-08", "value": "500"}],
            "expect": [{"rule": "r", "amount": "18"}]}"#,
    );
    holds(&spec, r#"{"period": "2012-Q3", "facts": [{"occurred_on": "2012-07-01", "net": "2600"}], "expect": []}"#);
}

#[test]
fn growth_of_the_year_to_date_is_against_the_year_before_to_date() {
    let growth = growth(table(&[("0", "0.1", "0")], EdgeSide::LowerInclusive));
    let mut rule = rule("r", Reward::Growth(growth));
    rule.measure.as_mut().expect("a measure").window = Window::YearToDate;
    let plans = vec![in_run("s", plan(vec![rule]))];
    let windows = [(day("2011-01-01"), day("2011-10-01")), (day("2012-01-01"), day("2012-10-01"))];
    assert_eq!(Engine::new(period("2012-Q3"), plans).windows(), windows);
}

#[test]
fn cumulative_rules_pay_what_is_not_yet_stated_and_may_take_back() {
    let mut rule = over(Window::YearToDate);
    rule.less_stated = true;
    let example = |net: &str, amount: &str| {
        format!(
            r#"{{"period": "2012-Q3", "facts": [{{"occurred_on": "2012-01-01", "net": "{net}"}}],
                "stated": [{{"period": "2012-Q1", "rule": "r", "amount": "30"}},
                           {{"period": "2012-Q2", "rule": "r", "amount": "-5"}},
                           {{"period": "2011-Q4", "rule": "r", "amount": "999"}}],
                "expect": [{{"rule": "r", "amount": "{amount}"}}]}}"#
        )
    };
    holds(&one(rule.clone()), &example("400", "15")); // 40 − 25
    holds(&one(rule.clone()), &example("200", "-5"));
    // The cap of the period bounds what the period pays, not what the year has earned.
    rule.limits.period_cap = Some(dec("10"));
    holds(&one(rule), &example("400", "10"));
}

#[test]
fn a_measure_below_zero_is_carried_until_it_is_used_up() {
    let carry = Rule { negative_measure: NegativeMeasure::Carry, ..rule("r", flat_rate("0.1")) };
    let example = |net: &str, amount: &str| {
        format!(
            r#"{{"period": "2012-Q3", "facts": [{{"occurred_on": "2012-07-01", "net": "{net}"}}],
                "stated": [{{"period": "2011-Q4", "rule": "r", "amount": "0", "carried": "900"}},
                           {{"period": "2012-Q1", "rule": "r", "amount": "0", "carried": "500"}}],
                "expect": [{{"rule": "r", "amount": "{amount}"}}]}}"#
        )
    };
    holds(&one(carry.clone()), &example("700", "20"));
    holds(&one(carry.clone()), &example("300", "0"));
    let back = super::support::one_line(carry, &[sale("1", "2012-07-01", "-200")]);
    assert_eq!(
        (back.amount.number().as_str(), back.trace.carried.map(|c| c.display()).as_deref()),
        ("0.00", Some("200"))
    );
}

#[test]
fn the_reached_rate_from_the_start_of_growth_is_a_line_of_its_own() {
    let tiers = table(&[("0", "0.1", "0"), ("1000", "0.2", "0")], EdgeSide::LowerInclusive);
    let rule = |from| {
        rule(
            "r",
            Reward::Marginal(Marginal { table: tiers.clone(), first_flat_at_zero: false, retrospective: Some(from) }),
        )
    };
    // 1,500: 100 + 100. From the first unit 20 % of 1,500 = 300. From 400, last year's: 40 + 220 = 260.
    for (from, extra) in [(Retrospective::FirstUnit, "100"), (Retrospective::StartOfGrowth, "60")] {
        holds(
            &one(rule(from)),
            &format!(
                r#"{{"period": "2012-Q3",
                    "facts": [{{"occurred_on": "2012-07-01", "net": "1500"}}, {{"occurred_on": "2011-09-30", "net": "400"}}],
                    "expect": [{{"rule": "r", "amount": "200"}}, {{"rule": "r", "part": "extra", "amount": "{extra}"}}]}}"#
            ),
        );
    }
}

#[test]
fn a_rule_may_have_bounds_of_its_own() {
    let mut bounded = rule("late", fixed("5"));
    bounded.effective_from = Some(day("2012-10-01"));
    holds(
        &plan(vec![rule("r", flat_rate("0.1")), bounded]),
        r#"{"period": "2012-Q3", "facts": [{"occurred_on": "2012-07-01", "net": "10"}],
            "expect": [{"rule": "r", "amount": "1"}]}"#,
    );
}

#[test]
fn needs_name_what_the_rules_look_up() {
    let engine =
        Engine::new(period("2012-Q3"), vec![in_run("s", plan(vec![footfall(), with_quota(MissingTarget::Skip)]))]);
    let needs = engine.needs();
    assert_eq!(needs.figures.into_iter().collect::<Vec<_>>(), ["footfall", "quota"]);
    assert!(needs.everybody && !needs.tree && needs.stated_from.is_none());
    assert_eq!(needs.figures_from, Some(day("2012-07-01")));
    assert_eq!(
        Engine::new(period("2012-Q3"), vec![in_run("s", plan(vec![rule("r", flat_rate("0.1"))]))]).needs(),
        crate::engine::Needs::default()
    );
}

#[test]
fn needs_say_from_which_day_figures_and_rates_are_looked_up() {
    let needs = |spec| Engine::new(period("2012-Q3"), vec![in_run("s", spec)]).needs();
    let from = |rule: Rule| needs(plan(vec![rule])).figures_from;
    let mut to_date = with_quota(MissingTarget::Skip);
    to_date.measure.as_mut().expect("a measure").window = Window::YearToDate;
    assert_eq!(from(to_date), Some(day("2012-01-01")));
    let mut since_joining = footfall();
    since_joining.measure.as_mut().expect("a measure").window = Window::SinceJoining;
    assert_eq!(from(since_joining), Some(day("1970-01-01")));
    let mut base = growth(table(&[("0", "0.03", "0")], EdgeSide::LowerInclusive));
    (base.base, base.base_figure) = (GrowthBase::Figure, "prior".to_owned());
    assert_eq!(from(rule("g", Reward::Growth(base))), Some(day("2011-07-01")));

    let rates = |window, date_rule| {
        let mut rule = rule("r", flat_rate("0.1"));
        rule.measure.as_mut().expect("a measure").window = window;
        let into = currency("CNY");
        let conversion = Conversion { rate_table: "rateTables/g".to_owned(), date_rule, into };
        let spec =
            PlanSpec { currency_policy: CurrencyPolicy::Convert, conversion: Some(conversion), ..plan(vec![rule]) };
        needs(spec).rates.into_values().collect::<Vec<_>>()
    };
    let end = day("2012-10-01");
    assert_eq!(rates(Window::Period, ConversionDate::FactDay), [(day("2012-07-01"), end)]);
    assert_eq!(rates(Window::YearToDate, ConversionDate::FactDay), [(day("2012-01-01"), end)]);
    assert_eq!(rates(Window::YearToDate, ConversionDate::PeriodEnd), [(day("2012-09-30"), end)]);
}

#[test]
fn whoever_never_was_a_member_has_no_days_since_joining() {
    let mut engine = Engine::new(period("2012-Q3"), vec![in_run("s", plan(vec![over(Window::SinceJoining)]))]);
    engine.absorb(&super::support::Sale { kind: FactKind::SellIn, ..sale("1", "2012-07-01", "10") }.as_fact());
    let mut inputs = Inputs::of_payees(super::support::payees(1));
    assert_eq!(engine.finish(&inputs).expect("runs").len(), 1);
    let payee: &mut Payee = inputs.payees.get_mut(&0).expect("there");
    payee.membership = Some(Vec::new());
    assert!(engine.finish(&inputs).expect("runs").is_empty());
}
