//! What is said, word for word, against sentences written by hand.

use incentive_calculation_domain::{
    assignment::{Assignment, AssignmentTarget},
    describe::{self, Language},
    fact::{ChannelClass, FactKind},
    plan::{
        Amount, AttributeCondition, Condition, CurveOf, Draw, DrawKind, EdgeSide, FactorStep, FrozenNode, Gate,
        Guarantee, Indicator, Limits, Marginal, Matrix, Measure, MeasureField, MissingIndicator, Multiplier,
        NegativeMeasure, Override, OverrideLevel, PerFact, PlanSpec, Reward, Rule, ShareOf, SharePayee, Split,
        SplitShare, Tier, TierTable, Window,
    },
};
use incentive_calculation_server::convert::plan_description::{description_to_proto, diff_to_proto};
use tributary_core::{Currency, Decimal};

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

/// What a rule with a reward says of it, in both languages; its other sentences are told elsewhere.
fn reward_said(rule: &Rule) -> [String; 2] {
    [Language::En, Language::Zh].map(|language| {
        let spec = PlanSpec { rules: vec![rule.clone()], ..PlanSpec::default() };
        let said = description_to_proto(&spec, language);
        let sentences = said.rules[0].sentences.iter().filter(|s| !s.path.contains("measure"));
        sentences.map(|s| s.text.clone()).collect::<Vec<_>>().join(" ")
    })
}

fn draw(kind: DrawKind, recoverable: bool, drawn: Amount, rules: &[&str]) -> Rule {
    let reward = Draw {
        drawn,
        kind,
        recoverable,
        recovery_share: if recoverable { decimal("0.5") } else { Decimal::ONE },
        forgive_after_periods: if recoverable { 2 } else { 0 },
        rules: rules.iter().map(|rule| (*rule).to_owned()).collect(),
        currency: Currency::parse("CNY").expect("a currency"),
    };
    Rule::new("draw", None, NegativeMeasure::Zero, Reward::Draw(reward))
}

fn overrides(frozen: FrozenNode) -> Rule {
    let levels = [(1, "0.05"), (2, "0.02")].map(|(level, rate)| OverrideLevel { level, rate: decimal(rate) });
    Rule { reward: Reward::Override(Override { levels: levels.into(), frozen }), ..commission(tiers(&[])) }
}

fn split(shares: Vec<SplitShare>, less_figure: &str) -> Rule {
    let split = Split { shares, less_figure: less_figure.to_owned() };
    Rule { split: Some(split), ..draw(DrawKind::AddOn, false, Amount::Given(decimal("10")), &[]) }
}

#[test]
fn draws_shares_overrides_and_what_returns_take_back() {
    let guarantee = Guarantee {
        guaranteed: Amount::Given(decimal("10000")),
        rules: vec!["commission".to_owned(), "bonus".to_owned()],
        currency: Currency::parse("CNY").expect("a currency"),
    };
    let guarantee = Rule::new("guarantee", None, NegativeMeasure::Zero, Reward::Guarantee(guarantee));
    let per_fact = PerFact { rate: decimal("0.029"), floor: Some(decimal("1")), ..PerFact::default() };
    let own = SplitShare { payee: SharePayee::Own, share: ShareOf::Weight(70), minimum: Some(decimal("5")) };
    let other = SplitShare {
        payee: SharePayee::Partner("partners/media".to_owned()),
        share: ShareOf::WeightFigure("views".to_owned()),
        minimum: None,
    };
    let given = || Amount::Given(decimal("1000"));
    for (rule, en, zh) in [
        (
            draw(DrawKind::Guarantee, true, given(), &[]),
            "A draw of 1,000 CNY for a whole period; the sum of all rules before it is topped up to it; later earnings \
             pay it back; 50 % of what is earned above the draw goes into recovery; what is still open after 2 periods is \
             forgiven.",
            "整期预支 1,000 元；把此前各规则之和补足到该额；由以后的所得归还；超出预支额的所得按 50% 用于归还；满 2 期仍未还清的予以免除。",
        ),
        (
            draw(DrawKind::AddOn, false, Amount::Figure("advance".to_owned()), &["commission"]),
            "A draw of the newest value of the figure “advance” in the period, in CNY (none without it); it is paid \
             whatever the sum of “commission” is; it is not paid back.",
            "预支额为本期内指标“advance”的最新值，币种 CNY（没有则不预支）；不论“commission”之和多少都支付；无需归还。",
        ),
        (
            guarantee,
            "10,000 CNY is guaranteed for a whole period; the line pays by how much the sum of “commission” and “bonus” \
             falls short of it.",
            "整期保底 10,000 元；本行支付“commission”和“bonus”之和不足保底的差额。",
        ),
        (
            overrides(FrozenNode::Skip),
            "Uplines earn on what their downline is credited with, by its level in the hierarchy on the day of the fact \
             (level 1 is the direct downline; levels that are not named earn nothing): 5 % on level 1 and 2 % on level 2; \
             an upline that is frozen on that day earns nothing on the fact, and the uplines above it keep their levels.",
            "上级按下级的业绩计奖，层级以业绩发生当日的上下级关系为准（第 1 级为直属下级，未列出的层级不计）：第 1 级 5%和第 2 级 2%；\
             当日被冻结的上级对该笔业绩不计奖，其上各级的层级不变。",
        ),
        (
            split(vec![own, other], "stock"),
            "A draw of 10 CNY for a whole period; it is paid whatever the sum of all rules before it is; it is not paid \
             back. The amount less the figure “stock” of the facts' partner (never below 0) is split by weight, and the \
             parts add up to the whole: the partner of the facts with weight 70 and at least 5; “partners/media” with the \
             newest value of its figure “views” as weight (0 without it).",
            "整期预支 10 元；不论此前各规则之和多少都支付；无需归还。 金额减去业绩所属伙伴的指标“stock”（不低于 0）按权重分配，各份之和等于总额：\
             业绩所属伙伴的权重为 70，且至少 5；“partners/media”以其指标“views”的最新值为权重（没有则为 0）。",
        ),
        (
            Rule { reward: Reward::PerFact(per_fact), ..commission(tiers(&[])) },
            "Each fact earns 2.9 % of its value; a fact of 0 or above earns at least 1; a return that names its sale takes \
             back what that sale earned, in proportion.",
            "每笔计其数值的 2.9%；非负的一笔至少计 1；注明原单的退货按比例扣回原单所得。",
        ),
    ] {
        let found = reward_said(&rule);
        assert_eq!(found, [en, zh].map(str::to_owned));
    }
    let [hold, hold_zh] = reward_said(&overrides(FrozenNode::Hold));
    assert!(hold.ends_with("an upline that is frozen on that day earns all the same, and its line is held."), "{hold}");
    assert!(hold_zh.ends_with("当日被冻结的上级照常计奖，但该行暂扣。"), "{hold_zh}");
    let [compress, compress_zh] = reward_said(&overrides(FrozenNode::Compress));
    let end = "an upline that is frozen on that day is left out, and the uplines above it count one level nearer.";
    assert!(compress.ends_with(end), "{compress}");
    assert!(compress_zh.ends_with("当日被冻结的上级视为不存在，其上各级依次递补。"), "{compress_zh}");
}
