//! The sentences of lines that are no table over the payee's own facts: draws, guarantees, shares, overrides, clawbacks.
//! Written by hand, beside amounts that are worked out in the comments.

use super::{
    examples::flat_rate,
    support::{currency, day, dec, in_run, payees, period, plan, rule, sale},
};
use crate::{
    engine::{Engine, Inputs, LineResult, Link, StatedLine},
    explain::line_sentences,
    fact::FactKind,
    plan::{
        Amount, Draw, DrawKind, FrozenNode, Guarantee, NegativeMeasure, Override, OverrideLevel, PerFact, PlanSpec,
        Proration, Reward, Rule, ShareOf, SharePayee, Split, SplitShare,
    },
    run::StatementLine,
};
use tributary_core::{Exact, MinorAmount};

/// Every line of a run over the third quarter: payee, rule and part, then its sentences.
fn told(spec: PlanSpec, sales: &[super::support::Sale], inputs: &Inputs) -> Vec<(String, Vec<String>)> {
    let mut engine = Engine::new(period("2012-Q3"), vec![in_run("s", spec)]);
    sales.iter().for_each(|sale| engine.absorb(&sale.as_fact()));
    read(engine.finish(inputs).expect("runs"))
}

fn read(lines: Vec<LineResult>) -> Vec<(String, Vec<String>)> {
    let each = |line: LineResult| {
        let name = format!("Dealer {}", line.business_key);
        let title = format!("{} {} {}", line.business_key, line.rule, line.part);
        (title.trim_end().to_owned(), line_sentences(&StatementLine::from(line), &name))
    };
    lines.into_iter().map(each).collect()
}

fn assert_told(found: &[(String, Vec<String>)], wanted: &[(&str, &[&str])]) {
    let titles: Vec<&str> = found.iter().map(|(title, _)| title.as_str()).collect();
    assert_eq!(titles, wanted.iter().map(|(title, _)| *title).collect::<Vec<_>>());
    for ((title, found), (_, wanted)) in found.iter().zip(wanted) {
        assert_eq!(found, wanted, "{title}");
    }
}

/// 1,000 a period, topping up; half of what is earned above pays back; forgiven after two periods.
fn draw(recoverable: bool) -> Rule {
    let reward = Draw {
        drawn: Amount::Given(dec("1000")),
        kind: DrawKind::Guarantee,
        recoverable,
        recovery_share: dec("0.5"),
        forgive_after_periods: if recoverable { 2 } else { 0 },
        rules: Vec::new(),
        currency: currency("CNY"),
    };
    Rule::new("draw", None, NegativeMeasure::Zero, Reward::Draw(reward))
}

fn open_draw(from: &str, to: &str, source: &str) -> StatedLine {
    StatedLine {
        from: day(from),
        to: day(to),
        part: "advance".to_owned(),
        amount: MinorAmount { currency: currency("CNY"), value: 0 },
        carried: Exact::from(600),
        source: source.to_owned(),
    }
}

#[test]
fn a_draw() {
    let spec = || plan(vec![rule("r", flat_rate("0.1")), draw(true)]);
    // Earned 400: 600 are advanced.
    let found = told(spec(), &[sale("1", "2012-07-01", "4000")], &Inputs::of_payees(payees(1)));
    assert_told(
        &found[1..],
        &[(
            "p0 draw advance",
            &[
                "This line is the advance of a draw.",
                "Earned under r by Dealer p0: CNY 400.00.",
                "Open draw: the draw advances 600, which later earnings pay back, so 0.00 becomes 600.00.",
                "Advance: this line pays it, so 0.00 becomes 600.00.",
                "The line is CNY 600.00; nothing had to be rounded.",
                "Of the draw 600.00 stays open.",
            ],
        )],
    );

    // Earned 1,500 with 600 open for two periods: half of 500 pays back 250, the other 350 are forgiven.
    let mut inputs = Inputs::of_payees(payees(1));
    let lines = vec![
        open_draw("2012-01-01", "2012-04-01", "statements/one"),
        open_draw("2012-04-01", "2012-07-01", "statements/two"),
    ];
    inputs.stated.0.insert((0, "s".to_owned(), "draw".to_owned()), lines);
    let found = told(spec(), &[sale("1", "2012-07-01", "15000")], &inputs);
    let [earned, open, recovery, forgiveness] = [
        "Earned under r by Dealer p0: CNY 1,500.00.",
        "Open draw from 2012-04-01 to 2012-06-30 is 600, from statements/two.",
        "Recovery: earnings above the draw pay back 250, so 600.00 becomes 350.00.",
        "Forgiveness: what is open at the end of 2 periods in a row is forgiven; so far it was 2, so 350.00 becomes 0.00.",
    ];
    let nothing = "The line is CNY 0.00; nothing had to be rounded.";
    assert_told(
        &found[1..],
        &[
            (
                "p0 draw advance",
                &[
                    "This line is the advance of a draw.",
                    earned,
                    open,
                    recovery,
                    forgiveness,
                    "Advance: nothing is advanced.",
                    nothing,
                ],
            ),
            (
                "p0 draw recovery",
                &[
                    "This line pays an earlier draw back.",
                    earned,
                    open,
                    recovery,
                    forgiveness,
                    "Recovery: this line takes it back, so 0.00 becomes -250.00.",
                    "The line is CNY -250.00; nothing had to be rounded.",
                ],
            ),
            (
                "p0 draw forgiveness",
                &[
                    "This line strikes what is open of a draw; no money moves.",
                    earned,
                    open,
                    recovery,
                    forgiveness,
                    "Forgiveness: this line only tells of it.",
                    nothing,
                ],
            ),
        ],
    );

    let spec = plan(vec![rule("r", flat_rate("0.1")), draw(false)]);
    let found = told(spec, &[sale("1", "2012-07-01", "4000")], &Inputs::of_payees(payees(1)));
    assert_eq!(
        found[1].1,
        [
            "This line is the advance of a draw.",
            "Earned under r by Dealer p0: CNY 400.00.",
            "Advance: this line pays it, so 0.00 becomes 600.00.",
            "The line is CNY 600.00; nothing had to be rounded.",
        ]
    );
}

/// 46 of 92 days: 5,000, less 2,000.
#[test]
fn a_guarantee() {
    let reward = Guarantee { guaranteed: Amount::Given(dec("10000")), rules: Vec::new(), currency: currency("CNY") };
    let guarantee = Rule {
        proration: Proration::MembershipDays,
        ..Rule::new("guarantee", None, NegativeMeasure::Zero, Reward::Guarantee(reward))
    };
    let mut inputs = Inputs::of_payees(payees(1));
    inputs.payees.get_mut(&0).expect("there").membership = Some(vec![(day("2012-08-16"), day("2013-01-01"))]);
    let found = told(plan(vec![rule("r", flat_rate("0.1")), guarantee]), &[sale("1", "2012-09-01", "20000")], &inputs);
    assert_eq!(
        found[1].1,
        [
            "Earned under r by Dealer p0: CNY 2,000.00.",
            "Guarantee: 10000 is guaranteed, 46 of 92 days count, 2000 is earned, so 0.00 becomes 3,000.00.",
            "The line is CNY 3,000.00; nothing had to be rounded.",
        ]
    );
}

/// 10.01 and 5.00 over 70:30: 7.01, 3.00; 3.50, 1.50.
#[test]
fn a_split() {
    let share = |payee, weight| SplitShare { payee, share: ShareOf::Weight(weight), minimum: None };
    let shares = vec![share(SharePayee::Own, 70), share(SharePayee::Partner("partners/p2".to_owned()), 30)];
    let split = Split { shares, less_figure: String::new() };
    let mut second = sale("2", "2012-07-01", "50");
    second.payee = 1;
    let split = Rule { split: Some(split), ..rule("r", flat_rate("0.1")) };
    let found = told(plan(vec![split]), &[sale("1", "2012-07-01", "100.10"), second], &Inputs::of_payees(payees(3)));
    let counts = "Facts that count: SELL_IN, SELL_OUT, RETURN, ADJUSTMENT.";
    assert_told(
        &found,
        &[
            (
                "p0 r",
                &[
                    "Net sales of Dealer p0 from 2012-07-01 to 2012-09-30: CNY 100.10 from 1 fact.",
                    counts,
                    "In the tier from 0 up, 100.10 at 10 % gives 10.01.",
                    "Split: the rounded amount, CNY 10.01, is split: 70 of 100 parts are the payee's own, so 10.01 becomes 7.01.",
                    "The line is CNY 7.01.",
                ],
            ),
            (
                "p1 r",
                &[
                    "Net sales of Dealer p1 from 2012-07-01 to 2012-09-30: CNY 50.00 from 1 fact.",
                    counts,
                    "In the tier from 0 up, 50.00 at 10 % gives 5.00.",
                    "Split: the rounded amount, CNY 5.00, is split: 70 of 100 parts are the payee's own, so 5.00 becomes 3.50.",
                    "The line is CNY 3.50.",
                ],
            ),
            (
                "p2 r share",
                &[
                    "This line is a share of what others earned.",
                    "Pools of other payees that Dealer p2 shares: CNY 15.01.",
                    "Pool of \"p0\" is 10.01, from r of slot s.",
                    "Pool of \"p1\" is 5, from r of slot s.",
                    "Share: 30 of 100 parts of the pool of \"p0\", CNY 10.01, so 0.00 becomes 3.00.",
                    "Share: 30 of 100 parts of the pool of \"p1\", CNY 5.00, so 3.00 becomes 4.50.",
                    "The line is CNY 4.50.",
                ],
            ),
        ],
    );
}

/// p0 under p1 under p2; 5 % of the first level, 2 % of the second: 50.00; 5.00 and 20.00.
#[test]
fn an_override() {
    let level = |level, rate| OverrideLevel { level, rate: dec(rate) };
    let levels = vec![level(1, "0.05"), level(2, "0.02")];
    let mut inputs = Inputs::of_payees(payees(3));
    for (node, parent) in [(0, 1), (1, 2)] {
        inputs.tree.0.insert(node, vec![Link { from: day("2012-01-01"), parent: Some(parent) }]);
    }
    let mut second = sale("2", "2012-07-01", "100");
    second.payee = 1;
    let sales = [sale("1", "2012-07-01", "1000"), second];
    let overrides = |frozen| {
        let reward = Reward::Override(Override { levels: levels.clone(), frozen });
        plan(vec![rule("r", reward)])
    };
    let found = told(overrides(FrozenNode::Skip), &sales, &inputs);
    let counts = "Facts that count: SELL_IN, SELL_OUT, RETURN, ADJUSTMENT.";
    let first = [
        "Net sales of the downline of Dealer p1 from 2012-07-01 to 2012-09-30: CNY 1,000.00 from 1 fact.",
        counts,
        "Level 1 is 1000, from the downline's facts.",
        "On level 1, 1,000.00 at 5 % gives 50.00.",
        "On level 2, 0.00 at 2 % gives 0.00.",
        "Together: 50.00.",
        "The line is CNY 50.00; nothing had to be rounded.",
    ];
    let second = [
        "Net sales of the downline of Dealer p2 from 2012-07-01 to 2012-09-30: CNY 1,100.00 from 2 facts.",
        counts,
        "Level 1 is 100, from the downline's facts.",
        "Level 2 is 1000, from the downline's facts.",
        "On level 1, 100.00 at 5 % gives 5.00.",
        "On level 2, 1,000.00 at 2 % gives 20.00.",
        "Together: 25.00.",
        "The line is CNY 25.00; nothing had to be rounded.",
    ];
    assert_told(&found, &[("p1 r", &first), ("p2 r", &second)]);

    inputs.payees.get_mut(&1).expect("there").frozen = vec![(day("2012-06-01"), day("2012-08-01"))];
    let found = told(overrides(FrozenNode::Hold), &sales, &inputs);
    let held = [
        "Hierarchy: frozen on days of sales of \"p0\": the line is held.",
        "The line is CNY 50.00; nothing had to be rounded.",
        "The line is withheld: the payee was frozen on days of the sales.",
    ];
    assert_told(&found, &[("p1 r", &[&first[..6], &held].concat()), ("p2 r", &second)]);
}

/// A sale of 1,000 in June earned 100, the cap; half of it comes back in August: −50. 200 in July earn 30.
#[test]
fn what_a_return_takes_back() {
    let reward = PerFact { rate: dec("0.15"), cap: Some(dec("100")), ..PerFact::default() };
    let mut back = sale("2", "2012-08-01", "-500");
    (back.kind, back.original) = (FactKind::Return, "1".to_owned());
    let mut engine = Engine::new(period("2012-Q3"), vec![in_run("s", plan(vec![rule("r", Reward::PerFact(reward))]))]);
    engine.absorb(&back.as_fact());
    engine.absorb(&sale("3", "2012-07-02", "200").as_fact());
    engine.absorb_sale(&sale("1", "2012-06-30", "1000").as_fact());
    let found = read(engine.finish(&Inputs::of_payees(payees(1))).expect("runs"));
    let counts = "Facts that count: SELL_IN, SELL_OUT, RETURN, ADJUSTMENT.";
    let (earned, cap) =
        ("Sale erp/1 earned is 100, from plans/s/versions/1.", "Cap per fact: every fact earns at most 100.");
    let own = [
        "Net sales of Dealer p0 from 2012-07-01 to 2012-09-30: CNY -300.00 from 2 facts.",
        counts,
        earned,
        "In the tier from 0 up, 200.00 at 15 % gives 30.00.",
        "Returns of earlier sales: 1 fact worth -500 of sales before the window; what is taken back is a line of its own.",
        cap,
        "The line is CNY 30.00; nothing had to be rounded.",
    ];
    let back = [
        "This line takes back what sales of earlier periods earned and returns undid.",
        "Net sales of Dealer p0 from 2012-07-01 to 2012-09-30: CNY -500.00 from 1 fact.",
        counts,
        earned,
        "In the tier from 0 up, 0.00 at 15 % gives 0.00.",
        cap,
        "Linked returns: returns take back what their sales earned, in proportion, so 0.00 becomes -50.00.",
        "Negative sum: the sum is below 0; the payee owes it back.",
        "The line is CNY -50.00; nothing had to be rounded.",
    ];
    assert_told(&found, &[("p0 r", &own), ("p0 r clawback", &back)]);
}
