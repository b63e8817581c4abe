//! What holds for a whole plan, in words: bounds, payees, currencies, rounding, shared caps, examples.

use tributary_core::{Date, Rounding};

use super::{Language, Sentence, text::say};
use crate::{
    assignment::{Assignment, AssignmentTarget},
    plan::{Conversion, ConversionDate, CurrencyPolicy, ExampleLine, PlanExample, PlanSpec},
};

pub(super) fn sentences(spec: &PlanSpec, language: Language) -> Vec<Sentence> {
    let mut said = Vec::new();
    let mut add = |path: &str, text: String| said.push(Sentence { path: path.to_owned(), text });
    if !spec.description.is_empty() {
        add("description", spec.description.clone());
    }
    for (field, day) in [("effective_from", spec.effective_from), ("effective_to", spec.effective_to)] {
        if let Some(day) = day {
            add(field, bound(field, day, language));
        }
    }
    add("assignments", assignments(&spec.assignments, language));
    add("currency_policy", currencies(spec, language));
    add("rounding", rounding(spec.rounding, language));
    for (i, cap) in spec.shared_caps.iter().enumerate() {
        add(&format!("shared_caps[{i}]"), language.shared_cap(cap));
    }
    for (i, example) in spec.examples.iter().enumerate() {
        add(&format!("examples[{i}]"), self::example(example, language));
    }
    said
}

/// A bound of a plan or rule.
pub(super) fn bound(field: &str, day: Date, language: Language) -> String {
    let text = match field {
        "effective_from" => {
            let day = language.date(day);
            say!(language, "it pays periods that begin on {day} or later", "支付 {day}及以后开始的各期")
        }
        _ => {
            let last = language.date(day.plus_days(-1));
            say!(language, "it pays periods that end on {last} or earlier", "支付 {last}及以前结束的各期")
        }
    };
    language.sentence(&text)
}

fn assignments(list: &[Assignment], language: Language) -> String {
    if list.is_empty() {
        return language.sentence(language.of("it pays everybody", "适用于所有伙伴"));
    }
    let said: Vec<String> = list
        .iter()
        .map(|one| {
            let who = match &one.target {
                AssignmentTarget::All => language.of("everybody", "所有伙伴").to_owned(),
                AssignmentTarget::Partner(name) => name.clone(),
                AssignmentTarget::Label(label) => {
                    say!(language, "partners with the label “{label}”", "带标签“{label}”的伙伴")
                }
                AssignmentTarget::Tier(tier) => say!(language, "partners of the tier “{tier}”", "“{tier}”等级的伙伴"),
                AssignmentTarget::Kind(kind) => {
                    let kind = partner_kind(kind, language);
                    say!(language, "partners of the kind {kind}", "类型为{kind}的伙伴")
                }
                AssignmentTarget::Region(region) => {
                    say!(language, "partners in “{region}” and everything below it", "“{region}”及其下级地区的伙伴")
                }
            };
            let priority = one.priority;
            if priority == 0 {
                who
            } else {
                say!(language, "{who} (priority {priority})", "{who}（优先级 {priority}）")
            }
        })
        .collect();
    let said = language.and(&said);
    language.sentence(&say!(
        language,
        "it pays {said}; where several plans of the slot fit, the most specific assignment wins",
        "适用于{said}；同一槽位有多个方案适用时，以最具体的指派为准"
    ))
}

fn partner_kind(kind: &str, language: Language) -> String {
    let zh = match kind {
        "DEALER" => "经销商",
        "AGENT" => "代理商",
        "DISTRIBUTOR" => "分销商",
        "RETAILER" => "零售商",
        "MCN" => "MCN 机构",
        "CREATOR" => "达人",
        "GROUP_LEADER" => "团长",
        "CROSS_INDUSTRY_BRAND" => "异业品牌",
        "SERVICE_PROVIDER" => "服务商",
        other => other,
    };
    match language {
        Language::En => kind.to_lowercase().replace('_', " "),
        Language::Zh => zh.to_owned(),
    }
}

fn currencies(spec: &PlanSpec, language: Language) -> String {
    let mut text = match spec.currency_policy {
        CurrencyPolicy::Nominal => language.of(
            "each currency is calculated apart: amounts and edges are plain numbers in the currency of the line",
            "各币种分别计算：金额与分界点均为该行币种的数字",
        ),
        CurrencyPolicy::Convert => language.of(
            "amounts are converted into one currency, each fact exactly, before they are added",
            "金额先逐笔精确折算为同一币种，再相加",
        ),
    }
    .to_owned();
    if let Some(conversion) = &spec.conversion {
        text = language.clauses(&[text, self::conversion(conversion, language)]);
    }
    language.sentence(&text)
}

fn conversion(conversion: &Conversion, language: Language) -> String {
    let (table, into) = (&conversion.rate_table, conversion.into.code());
    let date = match conversion.date_rule {
        ConversionDate::FactDay => language.of("of the day of the fact", "发生当日"),
        ConversionDate::PeriodEnd => language.of("of the last day of the period", "期末日"),
    };
    say!(
        language,
        "the currency is {into}, by {table} at the rate {date}, else the newest one before it",
        "折算为 {into}，按 {table} {date}的汇率，没有则取此前最近的"
    )
}

fn rounding(rounding: Rounding, language: Language) -> String {
    let how = match rounding {
        Rounding::HalfAwayFromZero => language.of("half away from zero", "四舍五入（半数远离零）"),
        Rounding::HalfEven => language.of("half to even", "四舍六入五成双"),
    };
    language.sentence(&say!(
        language,
        "each line is rounded once, to the minor unit of its currency, {how}",
        "每行只舍入一次，到币种最小单位，{how}"
    ))
}

fn example(example: &PlanExample, language: Language) -> String {
    let title = if example.title.is_empty() { example.period.clone() } else { example.title.clone() };
    let period = &example.period;
    let facts = match (language, example.facts.len()) {
        (Language::En, 1) => "1 fact".to_owned(),
        (Language::En, count) => format!("{count} facts"),
        (Language::Zh, count) => format!("{count} 笔数据"),
    };
    let lines: Vec<String> = example.expect.iter().map(|line| expected(line, language)).collect();
    let lines =
        if lines.is_empty() { language.of("no line", "无明细行").to_owned() } else { language.clauses(&lines) };
    say!(language, "Example “{title}” ({period}, {facts}): {lines}.", "示例“{title}”（{period}，{facts}）：{lines}。")
}

fn expected(line: &ExampleLine, language: Language) -> String {
    let (rule, amount) = (language.quoted(&line.rule), language.number(line.amount));
    let currency = if line.currency.is_empty() { "CNY" } else { &line.currency };
    let part = if line.part.is_empty() { String::new() } else { format!(" ({})", line.part) };
    let partner = if line.partner.is_empty() {
        String::new()
    } else {
        let partner = &line.partner;
        say!(language, " for {partner}", "（{partner}）")
    };
    say!(language, "{rule}{part} gives {amount} {currency}{partner}", "{rule}{part}得 {amount} {currency}{partner}")
}
