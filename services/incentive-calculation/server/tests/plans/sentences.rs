//! What is said, word for word, against sentences written by hand.

use incentive_calculation_domain::{
    assignment::{Assignment, AssignmentTarget},
    describe::{self, Language},
    fact::{ChannelClass, FactKind},
    plan::{
        AttributeCondition, Condition, CurveOf, EdgeSide, FactorStep, Gate, Indicator, Limits, Marginal, Matrix,
        Measure, MeasureField, MissingIndicator, Multiplier, NegativeMeasure, PlanSpec, Reward, Rule, Tier, TierTable,
        Window,
    },
};
use incentive_calculation_server::convert::plan_description::{description_to_proto, diff_to_proto};
use tributary_core::Decimal;

fn decimal(text: &str) -> Decimal {
    Decimal::from_str_exact(text).expect("decimal")
}

fn tiers(list: &[(&str, &str)]) -> TierTable {
    let tier = |(from, rate): &(&str, &str)| Tier { from: decimal(from), rate: decimal(rate), ..Tier::default() };
    TierTable { tiers: list.iter().map(tier).collect(), ..TierTable::default() }
}

fn commission(tiers: TierTable) -> Rule {
    let measure = Measure {
        field: MeasureField::Net,
        kinds: vec![FactKind::SellIn, FactKind::Return],
        product_lines: vec!["road".to_owned(), "touring".to_owned()],
        skus: Vec::new(),
        channels: vec![ChannelClass::Online],
        regions: Vec::new(),
        sub_channels: Vec::new(),
        window: Window::Period,
        figure: String::new(),
    };
    let reward = Reward::Marginal(Marginal { table: tiers, first_flat_at_zero: false, retrospective: None });
    Rule { title: "Commission".to_owned(), ..Rule::new("commission", Some(measure), NegativeMeasure::Signed, reward) }
}

fn plan() -> PlanSpec {
    let gate = Gate {
        title: "Certified service".to_owned(),
        when: Condition::Attribute(AttributeCondition {
            attribute: "label:certification".to_owned(),
            values: vec!["service".to_owned()],
        }),
        otherwise: decimal("0.5"),
    };
    let multiplier = Multiplier {
        title: String::new(),
        by: Indicator::Figure("review-rate".to_owned()),
        steps: vec![FactorStep { from: decimal("0.9"), factor: decimal("1.2") }],
        linear: false,
        missing: MissingIndicator::Neutral,
    };
    let rule = Rule {
        gates: vec![gate],
        multipliers: vec![multiplier],
        limits: Limits { year_cap: Some(decimal("50000")), ..Limits::default() },
        ..commission(tiers(&[("0", "0.15"), ("1000000", "0.20")]))
    };
    PlanSpec {
        title: "Dealers 2026".to_owned(),
        rules: vec![rule],
        assignments: vec![Assignment { target: AssignmentTarget::Tier("advanced".to_owned()), priority: 0 }],
        ..PlanSpec::default()
    }
}

fn said(language: Language) -> Vec<String> {
    let said = description_to_proto(&plan(), language);
    let rules = said.rules.iter().flat_map(|r| r.sentences.iter().map(|s| s.text.clone()));
    said.sentences.iter().map(|s| s.text.clone()).chain(rules).collect()
}

#[test]
fn english() {
    assert_eq!(
        said(Language::En),
        [
            "It pays partners of the tier “advanced”; where several plans of the slot fit, the most specific assignment wins.",
            "Each currency is calculated apart: amounts and edges are plain numbers in the currency of the line.",
            "Each line is rounded once, to the minor unit of its currency, half away from zero.",
            "It looks at the sum of net amounts from sell-in and returns of the payee, only those of product line “road” or “touring” and in the channel class online, in the period.",
            "A measure below 0 is owed back at the rate of the first tier.",
            "Certified service: only 50 % is left unless the label “certification” is “service”.",
            "Each part of the measure earns at its own rate: 15 % on the part from 0 to 1,000,000, 20 % on the part above 1,000,000; a value exactly on an edge belongs to the upper tier.",
            "The reward is multiplied by the newest value of the figure “review-rate” in the period: × 1 below the first step, × 1.2 from 0.9 on; the factor jumps at the steps; without it the factor is 1.",
            "A payee gets at most 50,000 in the year, with what its earlier periods stated.",
        ]
    );
}

#[test]
fn chinese() {
    assert_eq!(
        said(Language::Zh),
        [
            "适用于“advanced”等级的伙伴；同一槽位有多个方案适用时，以最具体的指派为准。",
            "各币种分别计算：金额与分界点均为该行币种的数字。",
            "每行只舍入一次，到币种最小单位，四舍五入（半数远离零）。",
            "计量收款方本期进货（sell-in）和退货的净额合计（仅限产品线为“road”或“touring”和渠道类别为线上）。",
            "计量值为负时按首档比例扣回。",
            "Certified service：须标签“certification”为“service”，否则只计 50%。",
            "分段累进，各段按本段比例计算：0 至 1,000,000 部分按 15%，1,000,000 以上部分按 20%；恰在分界点上归入较高一档。",
            "奖励乘以系数，依据本期内指标“review-rate”的最新值：低于首点 × 1，0.9 起 × 1.2；系数在各点跳变；缺少时系数为 1。",
            "每个收款方全年（含已出账各期）最多 50,000。",
        ]
    );
}

#[test]
fn changes_are_said_where_they_are() {
    let before = plan();
    let mut after = plan();
    after.rules[0] = Rule {
        multipliers: before.rules[0].multipliers.clone(),
        limits: Limits { year_cap: Some(decimal("60000")), period_cap: Some(decimal("9000")), ..Limits::default() },
        ..commission(tiers(&[("0", "0.15"), ("1000000", "0.18"), ("3000000", "0.25")]))
    };
    after.rules.push(Rule { id: "second".to_owned(), title: String::new(), ..commission(tiers(&[("0", "0.01")])) });
    let changes = |language| -> Vec<String> {
        diff_to_proto(&before, &after, language)
            .changes
            .into_iter()
            .map(|c| format!("{} | {}", c.path, c.sentence))
            .collect()
    };
    assert_eq!(
        changes(Language::En),
        [
            "rules[commission].marginal.table.tiers[1000000].rate | Rule “commission”: the rate of the tier from 1,000,000 changed from 20 % to 18 %.",
            "rules[commission].marginal.table.tiers[3000000] | Rule “commission”: the tier from 3,000,000 was added: start 3,000,000, rate 25 %, fixed amount 0.",
            "rules[commission].limits.period_cap | Rule “commission”: the most in a period was added: 9,000.",
            "rules[commission].limits.year_cap | Rule “commission”: the most in a year changed from 50,000 to 60,000.",
            "rules[commission].gates[Certified service] | Rule “commission”: the gate “Certified service” was removed; it was: Certified service: only 50 % is left unless the label “certification” is “service”.",
            "rules[second] | Rule “second” was added: It looks at the sum of net amounts from sell-in and returns of the payee, only those of product line “road” or “touring” and in the channel class online, in the period. A measure below 0 is owed back at the rate of the first tier. Each part of the measure earns at its own rate: 1 % on the part above 0.",
        ]
    );
    assert_eq!(
        changes(Language::Zh)[0],
        "rules[commission].marginal.table.tiers[1000000].rate | 规则“commission”：1,000,000 起的档的比例由 20% 改为 18%。"
    );
}

#[test]
fn tables_are_drawn_with_their_edges() {
    let description = describe::describe(&plan(), Language::En);
    let charts = &description.rules[0].charts;
    let paths: Vec<&str> = charts.iter().map(|c| c.path.as_str()).collect();
    assert_eq!(paths, ["rules[0].marginal", "rules[0].multipliers[0]"]);
    let svg = &charts[0].svg;
    assert!(svg.starts_with("<svg xmlns=") && svg.ends_with("</svg>"), "{svg}");
    // 0 to 1,500,000 goes to the pixels 96 to 584; 150,000 of 250,000 stands three fifths of the way from 292 up to 52.
    for part in ["Commission: what is earned", ">1,000,000</text>", "x1=\"96\" y1=\"292\" x2=\"421.3\" y2=\"148\""] {
        assert!(svg.contains(part), "{part}: {svg}");
    }
    let matrix = Matrix {
        column: Indicator::Figure("share".to_owned()),
        row_edges: vec![decimal("0"), decimal("500")],
        column_edges: vec![decimal("0"), decimal("0.5")],
        rows: vec![vec![decimal("0"), decimal("0.01")], vec![decimal("0.02"), decimal("0.04")]],
        of: CurveOf::Rate,
        edge_side: EdgeSide::default(),
    };
    let mut spec = plan();
    spec.rules[0].reward = Reward::Matrix(matrix);
    let svg = describe::describe(&spec, Language::Zh).rules[0].charts[0].svg.clone();
    assert!(svg.contains(">4%</text>") && svg.contains("计量值起点"), "{svg}");
}
