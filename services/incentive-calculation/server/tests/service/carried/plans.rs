//! Plans of each kind, as far as it matters which payees a change reaches.

use tributary_proto::tributary::incentive::v1::{
    CapScope, Conversion, ConversionDate, CurrencyPolicy, DrawKind, DrawReward, EdgeScale, FrozenNode, GuaranteeReward,
    Limits, MeasureField, MissingTarget, OverrideLevel, OverrideReward, PerFactReward, PlanSpec, Proration, Rule,
    SharedCap, Target, TierTable, WholeVolumeReward, Window, assignment, draw_reward::Drawn,
    guarantee_reward::Guaranteed, rule::Reward, target, window,
};

use crate::support::{decimal, flat, growth, marginal, paying, plan, rule, table};

/// A programme, and the plans that fill its one slot.
pub struct Programme {
    pub id: &'static str,
    pub plans: Vec<(&'static str, PlanSpec)>,
    /// Whether lines of one payee can depend on others: then no line is ever taken over.
    pub reaches: bool,
}

fn programme(id: &'static str, spec: PlanSpec) -> Programme {
    Programme { id, plans: vec![(id, spec)], reaches: false }
}

/// One of each kind.
pub fn programmes() -> Vec<Programme> {
    vec![
        programme(
            "tiers",
            plan(vec![
                rule("tiers", marginal(&[("0", "0.01"), ("500", "0.025")])),
                rule("growth", growth(&[("0", "0.01"), ("0.2", "0.03")])),
            ]),
        ),
        programme("fees", plan(vec![rule("fee", Reward::PerFact(fee()))])),
        programme("quotas", by_attainment()),
        programme("safe", safe()),
        programme("year", of_the_year()),
        programme("orders", orders()),
        programme("dollars", converted()),
        Programme { id: "gold", plans: by_tier(), reaches: false },
        Programme { reaches: true, ..programme("tree", uplines()) },
        Programme { reaches: true, ..programme("budget", budget()) },
    ]
}

fn fee() -> PerFactReward {
    PerFactReward { rate: decimal("0.029"), floor: decimal("3"), ..PerFactReward::default() }
}

/// 1 % below the quota, 2 % from it on; without a quota no line.
fn by_attainment() -> PlanSpec {
    let table = TierTable {
        edge_scale: EdgeScale::ShareOfTarget.into(),
        ..table(&[("0", "0.01"), ("1", "0.02")]).expect("a table")
    };
    let reward = WholeVolumeReward { table: Some(table), ..WholeVolumeReward::default() };
    let target = Target { of: Some(target::Of::Figure("quota".to_owned())), missing: MissingTarget::Skip.into() };
    plan(vec![Rule { target: Some(target), ..rule("bonus", Reward::WholeVolume(reward)) }])
}

/// Payees without facts are guaranteed something, and advanced what later periods pay back.
fn safe() -> PlanSpec {
    let guarantee = GuaranteeReward {
        guaranteed: Some(Guaranteed::Amount(decimal("5").expect("a number"))),
        currency: "CNY".to_owned(),
        ..GuaranteeReward::default()
    };
    let draw = DrawReward {
        drawn: Some(Drawn::Amount(decimal("9").expect("a number"))),
        kind: DrawKind::Guarantee.into(),
        recoverable: true,
        currency: "CNY".to_owned(),
        ..DrawReward::default()
    };
    let paid = |id: &str, reward| Rule { id: id.to_owned(), reward: Some(reward), ..Rule::default() };
    plan(vec![
        rule("commission", marginal(&[("0", "0.01")])),
        Rule { proration: Proration::MembershipDays.into(), ..paid("guarantee", Reward::Guarantee(guarantee)) },
        paid("draw", Reward::Draw(draw)),
    ])
}

/// What the year has earned less what it has been paid, with a cap of the year.
fn of_the_year() -> PlanSpec {
    let mut cumulative = rule("cumulative", marginal(&[("0", "0.01"), ("1000", "0.03")]));
    cumulative.measure.as_mut().expect("a measure").window =
        Some(Window { days: Some(window::Days::YearToDate(true)) });
    cumulative.less_stated = true;
    let mut capped = rule("capped", marginal(&[("0", "0.02")]));
    capped.limits = Some(Limits { year_cap: decimal("25"), ..Limits::default() });
    plan(vec![cumulative, capped])
}

/// Counts orders since the payee joined.
fn orders() -> PlanSpec {
    let mut counted = rule("orders", marginal(&[("0", "1"), ("3", "2")]));
    let measure = counted.measure.as_mut().expect("a measure");
    measure.field = MeasureField::DistinctOrders.into();
    measure.window = Some(Window { days: Some(window::Days::SinceJoining(true)) });
    plan(vec![counted])
}

fn converted() -> PlanSpec {
    PlanSpec {
        currency_policy: CurrencyPolicy::Convert.into(),
        conversion: Some(Conversion {
            rate_table: "rateTables/group".to_owned(),
            date_rule: ConversionDate::FactDay.into(),
            into: "CNY".to_owned(),
        }),
        ..flat("0.10")
    }
}

/// Everybody 1 %, gold 4 %, each for the days of its tier.
fn by_tier() -> Vec<(&'static str, PlanSpec)> {
    let by_days = |rate: &str| {
        let mut spec = flat(rate);
        spec.rules[0].proration = Proration::AssignmentDays.into();
        spec
    };
    let gold = assignment::Target::Tier("gold".to_owned());
    vec![("everybody", by_days("0.01")), ("gold", paying(by_days("0.04"), gold, 0))]
}

fn uplines() -> PlanSpec {
    let levels = vec![OverrideLevel { level: 1, rate: decimal("0.05") }];
    plan(vec![rule("override", Reward::Override(OverrideReward { levels, frozen: FrozenNode::Skip.into() }))])
}

/// 10 %, together no more than 100.
fn budget() -> PlanSpec {
    let cap = SharedCap {
        id: "budget".to_owned(),
        amount: decimal("100"),
        currency: "CNY".to_owned(),
        scope: CapScope::Plan.into(),
        ..SharedCap::default()
    };
    PlanSpec { shared_caps: vec![cap], ..flat("0.10") }
}
