//! What an engine says it needs: fields of facts, and whether payees stand alone.

use super::support::{in_run, marginal, measure, period, plan, rule, table};
use crate::{
    engine::{Engine, Fields, reach_others},
    fact::ChannelClass,
    plan::{
        CapScope, EdgeSide, FrozenNode, Measure, MeasureField, Override, PerFact, PlanSpec, Reward, Rule, ShareOf,
        SharePayee, SharedCap, Split, SplitShare,
    },
};

fn commission() -> Rule {
    rule("commission", marginal(table(&[("0", "0.1", "0")], EdgeSide::default())))
}

fn fields(of: Rule) -> Fields {
    Engine::new(period("2012-Q3"), vec![in_run("s", plan(vec![of]))]).fields()
}

fn by(change: impl FnOnce(&mut Measure)) -> Fields {
    let mut rule = commission();
    let mut own = measure(MeasureField::Net);
    change(&mut own);
    rule.measure = Some(own);
    fields(rule)
}

#[test]
fn only_fields_that_decide_are_asked_for() {
    let none = Fields::default();
    let list = || vec!["x".to_owned()];
    assert_eq!(fields(commission()), none);
    assert_eq!(by(|m| m.field = MeasureField::Count), none);
    assert_eq!(by(|m| m.field = MeasureField::Gross), Fields { gross: true, ..none });
    assert_eq!(by(|m| m.field = MeasureField::Profit), Fields { cost: true, ..none });
    assert_eq!(by(|m| m.field = MeasureField::Quantity), Fields { quantity: true, ..none });
    let distinct = Fields { order: true, customer: true, sku: true, ..none };
    for field in [MeasureField::DistinctOrders, MeasureField::DistinctCustomers, MeasureField::DistinctSkus] {
        assert_eq!(by(|m| m.field = field), distinct);
    }
    assert_eq!(by(|m| m.skus = list()), Fields { sku: true, ..none });
    assert_eq!(by(|m| m.product_lines = list()), Fields { product_line: true, ..none });
    assert_eq!(by(|m| m.regions = list()), Fields { region: true, ..none });
    assert_eq!(by(|m| m.sub_channels = list()), Fields { sub_channel: true, ..none });
    assert_eq!(by(|m| m.channels = vec![ChannelClass::Online]), Fields { channel: true, ..none });
    let single = fields(rule("fee", Reward::PerFact(PerFact::default())));
    assert_eq!(single, Fields { gross: true, cost: true, quantity: true, original: true, ..none });
}

fn reaches(spec: PlanSpec) -> bool {
    reach_others(&[in_run("a", plan(vec![commission()])), in_run("b", spec)])
}

#[test]
fn overrides_splits_and_budgets_reach_others() {
    assert!(!reaches(plan(vec![commission()])));
    let uplines = Override { levels: Vec::new(), frozen: FrozenNode::Skip };
    assert!(reaches(plan(vec![commission(), rule("override", Reward::Override(uplines))])));
    let cap = |scope| SharedCap {
        id: "c".to_owned(),
        title: String::new(),
        rules: Vec::new(),
        amount: super::support::dec("1"),
        currency: super::support::currency("CNY"),
        scope,
        yearly: false,
    };
    let capped = |scope| PlanSpec { shared_caps: vec![cap(scope)], ..plan(vec![commission()]) };
    assert!(reaches(capped(CapScope::Plan)));
    assert!(!reaches(capped(CapScope::Payee)));
    let share =
        SplitShare { payee: SharePayee::Partner("partners/b".to_owned()), share: ShareOf::Weight(1), minimum: None };
    let split = Split { shares: vec![share], less_figure: String::new() };
    assert!(reaches(plan(vec![Rule { split: Some(split), ..commission() }])));
}
