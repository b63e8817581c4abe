//! R00, R13, R15, R27. Expected values by hand.

use tributary_core::Exact;

use super::{
    rewards::{at, exact},
    support::{dec, rule, table},
};
use crate::{
    plan::{
        Baseline, EdgeScale, EdgeSide, FrozenNode, NegativeMeasure, Override, OverrideLevel, PerFact, PerFactOn,
        ProfitShare, Reward, Rule, TableReading, TierTable,
    },
    reward::{FactValue, Outcome, Terms, pay},
};

fn fact(value: &str, quantity: &str) -> FactValue {
    FactValue { value: exact(value), quantity: exact(quantity), sale: None }
}

fn back(value: &str, sale: &str, earned: &str) -> FactValue {
    FactValue { sale: Some((exact(sale), exact(earned))), ..fact(value, "0") }
}

fn earned(reward: PerFact, facts: &[FactValue]) -> Outcome {
    under(NegativeMeasure::Signed, reward, facts)
}

fn under(policy: NegativeMeasure, reward: PerFact, facts: &[FactValue]) -> Outcome {
    let x = facts.iter().map(|f| f.value.clone()).sum();
    let rule = Rule { negative_measure: policy, ..rule("r", Reward::PerFact(reward)) };
    let outcome = pay(&rule, &Terms { x, facts, ..Terms::default() }).expect("few digits");
    // What the trace adds up to, what the facts earned, and the value are one number, unless the policy drops it.
    let mut running: Exact = outcome.slices.iter().map(|s| s.product.clone() + s.flat.into()).sum();
    for step in &outcome.steps {
        assert_eq!(step.before, running, "{}", step.name);
        running = step.after.clone();
    }
    assert_eq!(running, outcome.exact);
    if policy == NegativeMeasure::Signed {
        assert_eq!(outcome.per_fact.iter().cloned().sum::<Exact>(), outcome.exact);
    }
    outcome
}

fn each(outcome: &Outcome) -> Vec<String> {
    outcome.per_fact.iter().map(Exact::display).collect()
}

#[test]
fn rate_units_and_fee_add_up_per_fact() {
    let reward = PerFact { rate: dec("0.013"), per_unit: dec("0.5"), per_fact: dec("2"), ..PerFact::default() };
    let outcome = earned(reward, &[fact("200", "3"), fact("0", "0"), fact("-100", "-1"), fact("0", "-2")]);
    assert_eq!(each(&outcome), ["6.1", "2", "-3.8", "-3"]);
    assert_eq!(outcome.exact.display(), "1.3");
}

#[test]
fn floor_and_cap_bound_the_single_fact() {
    let reward = || PerFact {
        rate: dec("0.0299"),
        per_fact: dec("2"),
        floor: Some(dec("2.5")),
        cap: Some(dec("12")),
        ..PerFact::default()
    };
    let outcome = earned(reward(), &[fact("10", "1"), fact("80", "1"), fact("10000", "1"), fact("-10000", "-1")]);
    // 2.299 is lifted, 301 is cut; what is below 0 has neither floor nor cap.
    assert_eq!(each(&outcome), ["2.5", "4.392", "12", "-301"]);
    assert_eq!(under(NegativeMeasure::Zero, reward(), &[fact("-10", "0")]).exact.display(), "0");
    let steps: Vec<&str> = outcome.steps.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(steps, ["per fact", "floor per fact", "cap per fact", "negative sum"]);
}

const BANDS: &[(&str, &str, &str)] = &[("0", "0.01", "0"), ("1000", "0.02", "0"), ("3000", "0.03", "0")];

fn on_table(reading: TableReading, on: PerFactOn) -> PerFact {
    PerFact { table: Some(table(BANDS, EdgeSide::LowerInclusive)), reading, on, ..PerFact::default() }
}

#[test]
fn a_table_reads_the_fact_or_the_running_total() {
    let facts = [fact("200", "1"), fact("1500", "1"), fact("2000", "1")];
    let single = earned(on_table(TableReading::Marginal, PerFactOn::SingleFact), &facts);
    // 2; 10 + 10; 10 + 20.
    assert_eq!(each(&single), ["2", "20", "30"]);
    let whole = earned(on_table(TableReading::Whole, PerFactOn::SingleFact), &facts);
    assert_eq!(each(&whole), ["2", "30", "40"]);
    // Totals 200, 1,700, 3,700: graduated 2, 24, 71; on the whole 2, 34, 111.
    let running = earned(on_table(TableReading::Marginal, PerFactOn::RunningTotal), &facts);
    assert_eq!(each(&running), ["2", "22", "47"]);
    assert_eq!(running.slices.len(), 3);
    let jumping = earned(on_table(TableReading::Whole, PerFactOn::RunningTotal), &facts);
    assert_eq!(each(&jumping), ["2", "32", "77"]);
}

#[test]
fn one_fact_may_straddle_two_bands_of_attainment() {
    let tiers = table(&[("0", "0.05", "0"), ("1", "0.10", "0")], EdgeSide::LowerInclusive);
    let reward = PerFact {
        table: Some(TierTable { edge_scale: EdgeScale::ShareOfTarget, ..tiers }),
        on: PerFactOn::RunningTotal,
        ..PerFact::default()
    };
    let facts = [fact("80", "1"), fact("50", "1"), fact("10", "1")];
    let rule = rule("r", Reward::PerFact(reward));
    let outcome = pay(&rule, &Terms { target: Some(exact("100")), facts: &facts, ..at("140") }).expect("few digits");
    // 50 is 20 at 5 % and 30 at 10 %.
    assert_eq!(each(&outcome), ["4", "4", "1"]);
}

#[test]
fn a_linked_return_takes_back_what_its_sale_earned() {
    let reward = || PerFact { rate: dec("0.15"), ..PerFact::default() };
    // Stated 240,000; 500,000 of 1,600,000 come back.
    let outcome = earned(reward(), &[back("-500000", "1600000", "240000")]);
    assert_eq!(outcome.exact.display(), "-75000");
    // At the historic rate, whatever the plan says now; without a link at the plan's.
    let mixed = earned(reward(), &[fact("1000", "1"), back("-50", "100", "20"), fact("-100", "-1")]);
    assert_eq!(each(&mixed), ["150", "-10", "-15"]);
    // Never more than the sale earned; an adjustment upwards adds in proportion.
    assert_eq!(each(&earned(reward(), &[back("-120", "100", "20"), back("10", "100", "20")])), ["-20", "2"]);
}

#[test]
fn a_return_of_a_sale_of_value_zero_earns_for_itself() {
    let reward = PerFact { per_unit: dec("3"), per_fact: dec("1"), ..PerFact::default() };
    let sample = FactValue { quantity: exact("-2"), ..back("0", "0", "13") };
    assert_eq!(each(&earned(reward, &[fact("0", "4"), sample])), ["13", "-7"]);
}

#[test]
fn returns_leave_the_running_total_but_not_what_sales_earned() {
    let facts = [fact("1500", "1"), back("-1000", "1500", "20"), fact("1000", "1")];
    let outcome = earned(on_table(TableReading::Marginal, PerFactOn::RunningTotal), &facts);
    // After the return 500 stand; the next 1,000 are 500 at 1 % and 500 at 2 %. Taken back: two thirds of 20.
    assert_eq!(each(&outcome)[..1], ["20"]);
    assert_eq!(outcome.per_fact[1], Exact::new((-40).into(), 3.into()));
    assert_eq!(outcome.per_fact[2].display(), "15");
}

fn overrides() -> Reward {
    let levels = [(1, "0.03"), (2, "0.01")].map(|(level, rate)| OverrideLevel { level, rate: dec(rate) });
    Reward::Override(Override { levels: levels.to_vec(), frozen: FrozenNode::Skip })
}

#[test]
fn overrides_add_the_levels_at_their_rates() {
    let paid = |policy, levels: &[Exact]| {
        let rule = Rule { negative_measure: policy, ..rule("r", overrides()) };
        pay(&rule, &Terms { levels, ..at("0") }).expect("few digits").exact.display()
    };
    assert_eq!(paid(NegativeMeasure::Signed, &[exact("1000"), exact("5000")]), "80");
    assert_eq!(paid(NegativeMeasure::Signed, &[exact("-1000"), exact("500")]), "-25");
    assert_eq!(paid(NegativeMeasure::Zero, &[exact("-1000"), exact("500")]), "0");
    assert_eq!(paid(NegativeMeasure::Zero, &[exact("-1000"), exact("5000")]), "20");
}

fn share(guaranteed: &str, carry_losses: bool) -> ProfitShare {
    ProfitShare {
        rate: dec("0.15"),
        baseline: Baseline::Amount(dec("1000")),
        guaranteed: dec(guaranteed),
        carry_losses,
    }
}

#[test]
fn profit_above_the_baseline_is_shared_and_a_loss_goes_on() {
    let paid = |share: ProfitShare, x: &str, losses: &str, policy| {
        let rule = Rule { negative_measure: policy, ..rule("r", Reward::ProfitShare(share)) };
        let terms = Terms { baseline: exact("1000"), losses: exact(losses), ..at(x) };
        let outcome = pay(&rule, &terms).expect("few digits");
        (outcome.exact.display(), outcome.carried.map(|c| c.display()))
    };
    let signed = NegativeMeasure::Signed;
    let some = |amount: &str, carried: &str| (amount.to_owned(), Some(carried.to_owned()));
    let none = |amount: &str| (amount.to_owned(), None);
    assert_eq!(paid(share("0", false), "3000", "0", signed), none("300"));
    assert_eq!(paid(share("0", false), "1000", "0", signed), none("0"));
    assert_eq!(paid(share("200", false), "2000", "0", signed), none("200"));
    // Losses count only where the rule carries them.
    assert_eq!(paid(share("0", false), "3000", "500", signed), none("300"));
    assert_eq!(paid(share("0", true), "3000", "500", signed), none("225"));
    assert_eq!(paid(share("0", true), "1200", "500", signed), some("0", "300"));
    // Profit below the baseline and a loss: the guarantee holds, the loss goes on whole.
    assert_eq!(paid(share("200", true), "-400", "500", signed), some("200", "1900"));
    assert_eq!(paid(share("200", true), "-400", "500", NegativeMeasure::Zero), some("0", "1900"));
}
