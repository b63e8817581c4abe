//! What rules say of each other and of their plan.

use tributary_core::{Currency, Decimal};

use super::super::support::{day, dec, marginal, measure, plan, rule, table, told, whole};
use super::{bounds, curve, fields, kpi, of, scaled, sound, target, two, yuan};
use crate::{
    assignment::{Assignment, AssignmentTarget},
    plan::{
        Amount, Baseline, CapScope, Condition, Conversion, ConversionDate, CurrencyPolicy, CurveOf, Draw, DrawKind,
        EdgeScale, EdgeSide, FrozenNode, Gate, Guarantee, InKind, InKindSort, Indicator, Limits, Matrix, MeasureField,
        NegativeMeasure, Override, OverrideLevel, PartStep, PerFact, PlanSpec, ProfitShare, Reward, Rule, ShareOf,
        SharePayee, SharedCap, Split, SplitShare, Step, Window,
    },
};

#[test]
fn a_split_names_each_payee_once() {
    let share = |payee, share, minimum: Option<&str>| SplitShare { payee, share, minimum: minimum.map(dec) };
    let partner = |name: &str| SharePayee::Partner(name.to_owned());
    let with =
        |shares: Vec<SplitShare>| of(Rule { split: Some(Split { shares, less_figure: String::new() }), ..sound() });
    let own = |weight| share(SharePayee::Own, ShareOf::Weight(weight), None);
    let media = |weight| share(partner("partners/media"), ShareOf::Weight(weight), Some("100"));
    assert_eq!(with(vec![own(70), media(30)]), Vec::<String>::new());
    assert_eq!(with(vec![own(0), media(0)]), ["rules[0].split.shares: all weights are 0; give at least one above 0"]);
    assert_eq!(with(vec![own(1)]), ["rules[0].split.shares: 1 are fewer than 2; add at least 2"]);
    let figure = ShareOf::WeightFigure(String::new());
    assert_eq!(
        with(vec![own(1), own(1), share(partner("media"), figure, Some("-1"))]),
        [
            "rules[0].split.shares[1].self: \"the partner of the facts\" has an earlier share; give one share per payee",
            "rules[0].split.shares[2].partner: \"media\" is not the name of a partner; write it as \"partners/sunrise-media\"",
            "rules[0].split.shares[2].weight_figure: \"\" is not the name of a figure; write it as \"quota\"",
            "rules[0].split.shares[2].minimum: -1 is below 0; use 0 or more",
        ]
    );
}

/// A rule whose amount goes half to another partner.
fn halved(id: &str) -> Rule {
    let share = |payee| SplitShare { payee, share: ShareOf::Weight(1), minimum: None };
    let shares = vec![share(SharePayee::Own), share(SharePayee::Partner("partners/media".to_owned()))];
    Rule { split: Some(Split { shares, less_figure: String::new() }), ..rule(id, marginal(two())) }
}

#[test]
fn what_goes_on_from_stated_lines_is_not_split() {
    let limits = Limits { year_cap: Some(dec("100")), year_floor: Some(dec("10")), ..Limits::default() };
    let why = "goes on from what was stated, which is the payee's own share and not the pool that is split; leave it \
               out, or leave the split out";
    let expected = [format!("rules[0].limits.year_cap: 100 {why}"), format!("rules[0].limits.year_floor: 10 {why}")];
    assert_eq!(of(Rule { limits, ..halved("r") }), expected);
    let period = Limits { period_cap: Some(dec("100")), ..Limits::default() };
    assert_eq!(of(Rule { limits: period, ..halved("r") }), Vec::<String>::new());
    let mut cumulative = Rule { less_stated: true, ..halved("r") };
    cumulative.measure.as_mut().expect("a measure").window = Window::YearToDate;
    assert_eq!(of(cumulative), [format!("rules[0].less_stated: true {why}")]);

    let cap = |rules: &[&str], scope, yearly| SharedCap {
        id: "budget".to_owned(),
        title: String::new(),
        rules: rules.iter().map(|r| (*r).to_owned()).collect(),
        amount: dec("1000"),
        currency: yuan(),
        scope,
        yearly,
    };
    let with = |cap| told(&PlanSpec { shared_caps: vec![cap], ..plan(vec![sound(), halved("pool")]) });
    let why = "\"pool\" is split, and earlier periods of the year stated the payee's own share of it, not the pool; name \
               other rules, or set scope PLAN, which counts all shares";
    assert_eq!(with(cap(&["r", "pool"], CapScope::Payee, true)), [format!("shared_caps[0].rules[1]: {why}")]);
    assert_eq!(with(cap(&[], CapScope::Payee, true)), [format!("shared_caps[0].rules: {why}")]);
    assert_eq!(with(cap(&["r"], CapScope::Payee, true)), Vec::<String>::new());
    assert_eq!(with(cap(&[], CapScope::Plan, true)), Vec::<String>::new());
    assert_eq!(with(cap(&[], CapScope::Payee, false)), Vec::<String>::new());
}

#[test]
fn different_orders_customers_and_skus_belong_to_no_single_fact() {
    let levels = vec![OverrideLevel { level: 1, rate: dec("0.05") }];
    let upline = Reward::Override(Override { levels, frozen: FrozenNode::Skip });
    let fields = [
        MeasureField::DistinctOrders,
        MeasureField::DistinctCustomers,
        MeasureField::DistinctSkus,
        MeasureField::Figure,
    ];
    for field in fields {
        let mut rule = rule("r", upline.clone());
        let of_rule = rule.measure.as_mut().expect("a measure");
        of_rule.field = field;
        if field == MeasureField::Figure {
            (of_rule.kinds, of_rule.figure) = (Vec::new(), "footfall".to_owned());
        }
        let why = "belongs to no single fact; R15 override needs NET, GROSS, PROFIT, QUANTITY or COUNT";
        assert_eq!(of(rule), [format!("rules[0].measure.field: {field:?} {why}")]);
    }
}

fn guarantee(rules: &[&str]) -> Rule {
    let rules = rules.iter().map(|r| (*r).to_owned()).collect();
    let guarantee = Guarantee { guaranteed: Amount::Given(dec("100")), rules, currency: yuan() };
    Rule::new("floor", None, NegativeMeasure::Signed, Reward::Guarantee(guarantee))
}

#[test]
fn guarantees_and_draws_look_at_rules_before_them() {
    assert_eq!(told(&plan(vec![sound(), guarantee(&["r"])])), Vec::<String>::new());
    assert_eq!(told(&plan(vec![sound(), guarantee(&[])])), Vec::<String>::new());
    assert_eq!(
        told(&plan(vec![sound(), guarantee(&["r", "r", "nope", "floor", "later"]), rule("later", marginal(two()))])),
        [
            "rules[1].guarantee.rules[1]: \"r\" is named twice; leave one out",
            "rules[1].guarantee.rules[2]: \"nope\" is no rule of this plan; use one of r, floor, later",
            "rules[1].guarantee.rules[3]: \"floor\" is this rule itself; name rules before it",
            "rules[1].guarantee.rules[4]: \"later\" is paid after this rule; put this rule after it, so nothing runs in a circle",
        ]
    );
    assert_eq!(
        told(&plan(vec![guarantee(&[])])),
        ["rules[0].guarantee: no rule stands before it, so nothing is earned; put it after the rules it looks at"]
    );
    let goods =
        InKind { sort: InKindSort::Goods, item: "phone".to_owned(), title: String::new(), unit_value: dec("1") };
    let piece = Rule { in_kind: Some(goods), ..sound() };
    assert_eq!(
        told(&plan(vec![piece, guarantee(&["r"])])),
        ["rules[1].guarantee.rules[0]: \"r\" gives pieces, not money; leave it out"]
    );
    let mut measured = guarantee(&["r"]);
    (measured.measure, measured.less_stated) = (sound().measure, true);
    assert_eq!(told(&plan(vec![sound(), measured])).len(), 3);
    let draw = Draw {
        drawn: Amount::Figure("draw".to_owned()),
        kind: DrawKind::AddOn,
        recoverable: false,
        recovery_share: dec("1.5"),
        forgive_after_periods: 3,
        rules: Vec::new(),
        currency: yuan(),
    };
    let draw = Rule::new("draw", None, NegativeMeasure::Signed, Reward::Draw(draw));
    assert_eq!(
        told(&plan(vec![sound(), draw])),
        [
            "rules[1].draw.recovery_share: 1.5 is above 1, which is all of it; use at most 1",
            "rules[1].draw.forgive_after_periods: 3 is not used; nothing is owed unless it is recoverable",
        ]
    );
}

#[test]
fn shared_caps_and_conversions_fit_the_plan() {
    let cap = |id: &str, rules: &[&str]| SharedCap {
        id: id.to_owned(),
        title: String::new(),
        rules: rules.iter().map(|r| (*r).to_owned()).collect(),
        amount: dec("1000"),
        currency: yuan(),
        scope: CapScope::Plan,
        yearly: false,
    };
    let spec = |caps| PlanSpec { shared_caps: caps, ..plan(vec![sound()]) };
    assert_eq!(told(&spec(vec![cap("budget", &["r"]), cap("all", &[])])), Vec::<String>::new());
    assert_eq!(
        told(&spec(vec![cap("budget", &["x"]), cap("budget", &[]), cap("r", &[])])),
        [
            "shared_caps[0].rules[0]: \"x\" is no rule of this plan; use one of r",
            "shared_caps[1].id: \"budget\" is the id of an earlier cap; give each its own",
            "shared_caps[2].id: \"r\" is the id of a rule; give the cap its own",
        ]
    );
    let conversion = |table: &str| Conversion {
        rate_table: table.to_owned(),
        date_rule: ConversionDate::FactDay,
        into: Currency::parse("USD").expect("currency"),
    };
    let converted =
        |policy, conversion| PlanSpec { currency_policy: policy, conversion, ..spec(vec![cap("budget", &[])]) };
    assert_eq!(
        told(&converted(CurrencyPolicy::Convert, None)),
        ["conversion: is missing; currency_policy CONVERT needs a rate table, a date rule and a currency"]
    );
    assert_eq!(
        told(&converted(CurrencyPolicy::Nominal, Some(conversion("rateTables/group"))))[0],
        "conversion: is not used; leave it out, or set currency_policy CONVERT"
    );
    assert_eq!(
        told(&converted(CurrencyPolicy::Convert, Some(conversion("group")))),
        [
            "conversion.rate_table: \"group\" is not the name of a rate table; write it as \"rateTables/group\"",
            "shared_caps[0].currency: CNY is not USD, into which the plan converts; use USD",
        ]
    );
}

#[test]
fn a_rule_lives_inside_its_plan() {
    let with = |from: &str, to: &str| {
        let rule = Rule { effective_from: Some(day(from)), effective_to: Some(day(to)), ..sound() };
        let spec = PlanSpec {
            effective_from: Some(day("2026-01-01")),
            effective_to: Some(day("2027-01-01")),
            ..plan(vec![rule])
        };
        told(&spec)
    };
    assert_eq!(with("2026-01-01", "2027-01-01"), Vec::<String>::new());
    assert_eq!(
        with("2025-12-31", "2027-01-02"),
        ["effective_from: 2025-12-31", "effective_to: 2027-01-02"].map(|start| format!(
            "rules[0].{start} lies outside the plan's bounds, from 2026-01-01 to before 2027-01-01; use a day inside them"
        ))
    );
    assert_eq!(
        with("2026-07-01", "2026-07-01"),
        ["rules[0].effective_to: 2026-07-01 is not after effective_from 2026-07-01; no period lies between them"]
    );
}

#[test]
fn tiers_behind_a_gate_or_above_a_full_cap_are_unreachable() {
    let three = table(&[("0", "0", "0"), ("1000", "0.02", "0"), ("5000", "0.03", "0")], EdgeSide::LowerInclusive);
    let gate = |at_least: Option<&str>, below: Option<&str>, reward| {
        let indicator = Indicator::Measure(measure(MeasureField::Net));
        let gate = Gate { title: String::new(), when: bounds(indicator, at_least, below), otherwise: Decimal::ZERO };
        of(Rule { gates: vec![gate], ..rule("r", reward) })
    };
    assert_eq!(gate(Some("1000"), Some("5001"), whole(three.clone())), Vec::<String>::new());
    assert_eq!(
        gate(None, Some("5000"), marginal(three.clone())),
        ["rules[0].marginal.table.tiers[2]: is never paid: gates[0] lets nothing pass from 5000 on"]
    );
    assert_eq!(
        gate(Some("5000"), None, whole(three.clone())),
        ["rules[0].whole_volume.table.tiers[1]: is never paid: gates[0] lets nothing pass below 5000"]
    );
    // A graduated slice below the gate is paid all the same.
    assert_eq!(gate(Some("5000"), None, marginal(three.clone())), Vec::<String>::new());
    let attained = Gate {
        title: String::new(),
        when: Condition::All(vec![bounds(Indicator::Attainment, None, Some("1"))]),
        otherwise: Decimal::ZERO,
    };
    assert_eq!(
        fields(Rule { gates: vec![attained.clone()], target: target("100"), ..rule("r", marginal(scaled())) }),
        ["marginal.table.tiers[1]"]
    );
    // 5,000 is the target: all tiers from there on.
    assert_eq!(
        fields(Rule { gates: vec![attained], target: target("5000"), ..rule("r", whole(three.clone())) }),
        ["whole_volume.table.tiers[2]"]
    );
    let capped = |cap: &str, reward| {
        of(Rule { limits: Limits { period_cap: Some(dec(cap)), ..Limits::default() }, ..rule("r", reward) })
    };
    // Graduated: 80 at the last edge. On the whole: 100 just below it, 150 on it.
    assert_eq!(capped("80.01", marginal(three.clone())), Vec::<String>::new());
    let full = |name: &str, cap: &str| {
        [format!(
            "rules[0].{name}.table.tiers[2]: pays nothing more: limits.period_cap {cap} is reached before it; raise the cap or drop the tier"
        )]
    };
    assert_eq!(capped("80", marginal(three.clone())), full("marginal", "80"));
    assert_eq!(capped("100.01", whole(three.clone())), Vec::<String>::new());
    assert_eq!(capped("100", whole(three.clone())), full("whole_volume", "100"));
    // A tier without pay only names what follows.
    let mut section = three;
    (section.tiers[2].rate, section.tiers[2].edge_side) = (Decimal::ZERO, Some(EdgeSide::UpperInclusive));
    assert_eq!(capped("100", whole(section.clone())), Vec::<String>::new());
    assert_eq!(capped("80", marginal(section)), Vec::<String>::new());
}

#[test]
fn nothing_is_left_that_is_not_calculated() {
    let assignments = vec![Assignment { target: AssignmentTarget::All, priority: 0 }];
    let step = Step {
        above: dec("0"),
        step: dec("100"),
        amount: dec("1"),
        part_step: PartStep::Nothing,
        max_steps: 3,
        edge_scale: EdgeScale::Absolute,
    };
    let matrix = Matrix {
        column: kpi(),
        row_edges: vec![dec("0")],
        column_edges: vec![dec("0")],
        rows: vec![vec![dec("0.1")]],
        of: CurveOf::Rate,
        edge_side: EdgeSide::LowerInclusive,
    };
    let share =
        ProfitShare { rate: dec("0.15"), baseline: Baseline::None, guaranteed: Decimal::ZERO, carry_losses: true };
    let levels = vec![OverrideLevel { level: 1, rate: dec("0.03") }];
    let rewards = [
        ("fact", Reward::PerFact(PerFact { rate: dec("0.1"), ..PerFact::default() })),
        ("curve", Reward::Curve(curve(&[("0", "0.01"), ("100", "0.02")]))),
        ("step", Reward::Step(step)),
        ("matrix", Reward::Matrix(matrix)),
        ("share", Reward::ProfitShare(share)),
        ("over", Reward::Override(Override { levels, frozen: FrozenNode::Compress })),
    ];
    let mut rules: Vec<Rule> = rewards.into_iter().map(|(id, reward)| rule(id, reward)).collect();
    rules.push(guarantee(&[]));
    assert_eq!(told(&PlanSpec { assignments, ..plan(rules) }), Vec::<String>::new());
}
