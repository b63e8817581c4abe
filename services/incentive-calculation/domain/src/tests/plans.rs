//! What publishing refuses, and the examples inside a plan.

use tributary_core::Decimal;

use super::support::{day, dec, growth, marginal, plan, rule, table, told, whole};
use crate::{
    assignment::{Assignment, AssignmentTarget as Target},
    plan::{
        EdgeSide, ExampleFact, ExampleLine, GrowthBase, MeasureField, NoBasePolicy, PlanExample, PlanSpec, Reward,
        Tier, digest,
    },
};

const TWO: &[(&str, &str, &str)] = &[("0", "0.15", "0"), ("1000000", "0.20", "0")];

fn standard() -> PlanSpec {
    plan(vec![rule("r", marginal(table(TWO, EdgeSide::LowerInclusive)))])
}

/// What is told of the standard plan with its tiers changed.
fn tiers(change: impl Fn(&mut Vec<Tier>)) -> Vec<String> {
    let mut changed = table(TWO, EdgeSide::LowerInclusive);
    change(&mut changed.tiers);
    told(&plan(vec![rule("r", whole(changed))]))
}

#[test]
fn tier_tables_are_whole_and_open_at_the_top() {
    assert_eq!(told(&standard()), Vec::<String>::new());
    let at =
        |i: usize, field: &str, text: &str| vec![format!("rules[0].whole_volume.table.tiers[{i}].{field}: {text}")];
    assert_eq!(
        tiers(|t| t[0].to = Some(dec("900000"))),
        at(
            1,
            "from",
            "1000000 leaves a gap after 900000, where the tier before ends; start at 900000 or add a tier between"
        )
    );
    assert_eq!(
        tiers(|t| t[0].to = Some(dec("1100000"))),
        at(
            1,
            "from",
            "1000000 overlaps the tier before, which ends at 1100000; start at 1100000 or end that one at 1000000"
        )
    );
    assert_eq!(
        tiers(|t| t[1].to = Some(dec("2000000"))),
        at(
            1,
            "to",
            "the last tier ends at 2000000; name what follows: add a tier from 2000000, for example with rate 0"
        )
    );
    assert_eq!(
        tiers(|t| t[1].from = Decimal::ZERO),
        at(1, "from", "0 is not above 0, where the tier before starts; list the tiers lowest first")
    );
    assert_eq!(
        tiers(|t| t[0].from = dec("1")),
        at(0, "from", "1 is not 0; the first tier starts at 0, for example with rate 0")
    );
    assert_eq!(tiers(|t| t[1].rate = dec("20")), at(1, "rate", "20 is above 1, which is 100 %; \"0.15\" is 15 %"));
    assert_eq!(tiers(|t| t[1].rate = dec("-0.1")), at(1, "rate", "-0.1 is below 0; use 0 where nothing is earned"));
    assert_eq!(tiers(|t| t[1].flat = dec("-1")), at(1, "flat", "-1 is below 0; use 0 where nothing is added"));
    let many = at(1, "rate", "0.1234567890123 has more than 12 decimals; nothing is rounded silently");
    assert_eq!(tiers(|t| t[1].rate = dec("0.1234567890123")), many);
    assert_eq!(tiers(|t| t[0].to = Some(dec("1000000.00"))), Vec::<String>::new());
    assert_eq!(tiers(Vec::clear), ["rules[0].whole_volume.table.tiers: there is no tier; add at least one"]);
}

#[test]
fn rates_per_unit_may_exceed_one() {
    let mut spec = plan(vec![rule("r", marginal(table(&[("0", "2.5", "0")], EdgeSide::LowerInclusive)))]);
    assert_eq!(told(&spec).len(), 1);
    for field in [MeasureField::Quantity, MeasureField::Count] {
        spec.rules[0].measure.as_mut().expect("a measure").field = field;
        assert_eq!(told(&spec), Vec::<String>::new());
    }
}

#[test]
fn growth_rules_name_their_base() {
    let sound = growth(table(&[("0.05", "0.01", "0"), ("0.20", "0.03", "0")], EdgeSide::LowerInclusive));
    let with = |change: &dyn Fn(&mut crate::plan::Growth)| {
        let mut growth = sound.clone();
        change(&mut growth);
        told(&plan(vec![rule("r", Reward::Growth(growth))]))
    };
    assert_eq!(with(&|_| {}), Vec::<String>::new());
    let base = |text: &str| vec![format!("rules[0].growth.given_base: {text}")];
    let missing = base("is missing; a given or default base needs a number above 0");
    assert_eq!(with(&|g| g.base = GrowthBase::Given), missing);
    assert_eq!(with(&|g| g.no_base = NoBasePolicy::DefaultBase), missing);
    assert_eq!(
        with(&|g| g.given_base = Some(dec("5"))),
        base("5 is not used; leave it out, or set base GIVEN or no_base DEFAULT_BASE")
    );
    let given = |value: &'static str| {
        with(&move |g| {
            g.base = GrowthBase::Given;
            g.given_base = Some(dec(value));
        })
    };
    assert_eq!(given("0"), base("0 is not above 0; growth has no value there"));
    assert_eq!(given("5"), Vec::<String>::new());
    assert_eq!(
        with(&|g| g.table.tiers[1].flat = dec("5")),
        ["rules[0].growth.table.tiers[1].flat: 5 is not 0; tiers over growth pay a rate only"]
    );
    assert_eq!(with(&|g| g.table.tiers[0].from = dec("-0.05")).len(), 1);
}

#[test]
fn everything_wrong_is_told_at_once() {
    let mut spec = standard();
    let mut second = spec.rules[0].clone();
    second.measure.as_mut().expect("a measure").kinds.clear();
    second.measure.as_mut().expect("a measure").regions = vec!["/US".to_owned(), String::new()];
    spec.rules.push(second);
    spec.rules.push(rule("Not an id", marginal(table(TWO, EdgeSide::LowerInclusive))));
    (spec.title, spec.rules[0].title) = ("a\nb".to_owned(), "\u{0}".to_owned());
    let targets = [
        Target::Partner("acme".to_owned()),
        Target::Label("road".to_owned()),
        Target::Tier("Top tier".to_owned()),
        Target::Kind("SHOP".to_owned()),
        Target::Region("CN//GD".to_owned()),
        Target::Kind("GROUP_LEADER".to_owned()),
    ];
    spec.assignments = targets.into_iter().map(|target| Assignment { target, priority: 0 }).collect();
    (spec.effective_from, spec.effective_to) = (Some(day("2012-07-01")), Some(day("2012-07-01")));
    let fields: Vec<String> = crate::plan::validate(&spec).into_vec().into_iter().map(|v| v.field).collect();
    let expected = "title rules[0].title rules[1].id rules[1].measure.kinds rules[1].measure.regions[1] rules[1].measure.regions[0] rules[2].id \
                    assignments[0].partner assignments[1].label assignments[2].tier assignments[3].kind \
                    assignments[4].region effective_to";
    assert_eq!(fields, expected.split_whitespace().collect::<Vec<_>>());
    assert_eq!(told(&PlanSpec::default()), ["rules: there is no rule; add at least one"]);
}

fn fact(on: &str, net: &str) -> ExampleFact {
    ExampleFact {
        partner: String::new(),
        occurred_on: day(on),
        kind: None,
        currency: String::new(),
        net: Some(dec(net)),
        gross: None,
        cost: None,
        quantity: None,
        product_line: String::new(),
        region: String::new(),
        channel: None,
        sku: String::new(),
        sub_channel: String::new(),
        order_id: String::new(),
        customer_key: String::new(),
        source_id: String::new(),
        original_source_id: String::new(),
    }
}

fn line(rule: &str, amount: &str, exact: Option<&str>) -> ExampleLine {
    ExampleLine {
        partner: String::new(),
        rule: rule.to_owned(),
        currency: String::new(),
        amount: dec(amount),
        exact: exact.map(dec),
        part: String::new(),
        quantity: None,
    }
}

fn example(facts: Vec<ExampleFact>, expect: Vec<ExampleLine>) -> PlanSpec {
    let mut spec = standard();
    spec.rules.push(rule("g", Reward::Growth(growth(table(&[("0", "0.01", "0")], EdgeSide::LowerInclusive)))));
    let title = "an example".to_owned();
    spec.examples = vec![PlanExample { title, period: "2012-Q3".to_owned(), facts, expect, ..PlanExample::default() }];
    spec
}

#[test]
fn examples_that_hold_are_silent() {
    let spec = example(vec![fact("2012-07-01", "1000000.01")], vec![line("r", "150000.00", Some("150000.002"))]);
    assert_eq!(told(&spec), Vec::<String>::new());
}

#[test]
fn a_failing_example_says_expected_and_actual_and_how() {
    let spec = example(vec![fact("2012-07-01", "1600000")], vec![line("r", "320000", Some("320000"))]);
    let how = "net sales is CNY 1,600,000.00 from 1 fact; 1,000,000.00 × 15 % = 150,000.00; 600,000.00 × 20 % = 120,000.00; \
               exactly 270,000.00, rounded half away from zero to 270,000.00";
    assert_eq!(
        told(&spec),
        [
            format!("examples[0].expect[0].amount: expected 320000, the plan gives 270000.00: {how}"),
            format!("examples[0].expect[0].exact: expected 320000, the plan gives 270000: {how}"),
        ]
    );
}

#[test]
fn missing_and_unexpected_lines_fail() {
    let spec = example(vec![fact("2012-07-01", "10")], vec![line("r", "1.5", None), line("g", "1", None)]);
    let reason = "no fact in CNY from 2011-07-01 to 2011-09-30 passes the measure, so there is no base; \
                  under this rule that gives no line";
    let missing = format!("examples[0].expect[1].amount: expected CNY 1, but the plan gives no line: {reason}");
    assert_eq!(told(&spec), [missing]);
    let unexpected = told(&example(vec![fact("2012-07-01", "10")], Vec::new()));
    assert_eq!(unexpected.len(), 1);
    assert!(unexpected[0].starts_with(
        "examples[0].expect: the plan gives CNY 1.50 for partner \"p\", rule \"r\", which is not expected"
    ));
}

#[test]
fn an_example_that_cannot_be_run_says_where() {
    let mut spec = example(vec![fact("2012-07-01", "0.0000001")], vec![line("nope", "1", None)]);
    spec.examples[0].facts[0].quantity = Some(dec("0.0000001"));
    spec.examples.push(PlanExample { period: "2012-Q9".to_owned(), ..PlanExample::default() });
    let fields: Vec<String> = crate::plan::validate(&spec).into_vec().into_iter().map(|v| v.field).collect();
    assert_eq!(
        fields,
        [
            "examples[0].facts[0].net",
            "examples[0].facts[0].quantity",
            "examples[0].expect[0].rule",
            "examples[1].period"
        ]
    );
    let mut bounded = example(vec![fact("2012-07-01", "10")], vec![line("r", "1.5", None)]);
    bounded.effective_from = Some(day("2013-01-01"));
    assert!(told(&bounded)[0].starts_with("examples[0].period: 2012-Q3 does not lie wholly inside"));
}

#[test]
fn the_digest_knows_values_not_spellings() {
    let spelled =
        |rate: &str| digest(&plan(vec![rule("r", marginal(table(&[("0", rate, "0")], EdgeSide::LowerInclusive)))]));
    assert_eq!(spelled("0.15"), spelled("0.1500"));
    assert_ne!(spelled("0.15"), spelled("0.16"));
    assert_eq!(spelled("0.15").len(), 64);
}

#[test]
fn a_spec_survives_its_stored_form() {
    let spec = example(vec![fact("2012-07-01", "10.50")], vec![line("r", "1.58", Some("1.575"))]);
    let text = serde_json::to_string(&spec).expect("serialises");
    assert!(
        text.contains("\"marginal\":{\"table\":{\"tiers\":[{\"from\":\"0\",\"to\":null,\"rate\":\"0.15\""),
        "{text}"
    );
    let back: PlanSpec = serde_json::from_str(&text).expect("reads");
    assert_eq!((digest(&back), &back), (digest(&spec), &spec));
}
