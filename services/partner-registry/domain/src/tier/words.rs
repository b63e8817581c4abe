//! Findings and decisions in sentences, English and Chinese side by side.

use tributary_core::{Currency, Decimal};

use super::{
    benefit::Entitlement,
    decision::{Decision, Move},
    evaluate::{Finding, Standing},
    programme::{Grant, Test, Window},
};

/// A language of sentences.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Chinese.
    Chinese,
}

impl Language {
    fn say(self, english: String, chinese: String) -> String {
        match self {
            Self::English => english,
            Self::Chinese => chinese,
        }
    }
}

/// A requirement and what was found, in a sentence without a dot.
#[must_use]
pub fn finding(finding: &Finding, language: Language) -> String {
    let name = title(finding, language);
    let more = more(finding, language);
    match (&finding.requirement.test, finding.wanted, finding.actual) {
        (Test::Purchases { .. } | Test::Number { .. } | Test::CertifiedPersons { .. }, Some(wanted), actual) => {
            let (wanted, held) =
                (amount(wanted, finding.currency), actual.map(|actual| number(actual, finding.currency)));
            let english =
                held.clone().map_or(format!("nothing recorded, {wanted} wanted"), |h| format!("{h} of {wanted}"));
            let chinese = held.map_or(format!("无记录，需 {wanted}"), |h| format!("{h}，要求 {wanted}"));
            let missing =
                if finding.met { String::new() } else { language.say(format!(", {more}"), format!("，{more}")) };
            language.say(format!("{name}: {english}{missing}"), format!("{name}：{chinese}{missing}"))
        }
        _ => {
            let document = finding.document.as_ref().map(|id| format!(" ({id})")).unwrap_or_default();
            match finding.met {
                true => language.say(format!("{name}: there{document}"), format!("{name}：已具备{document}")),
                false => language.say(format!("{name}: missing"), format!("{name}：缺少")),
            }
        }
    }
}

/// What is missing for a tier; empty when nothing is. Example: "1,200,000.00 CNY more and service certification".
#[must_use]
pub fn missing(standing: &Standing, language: Language) -> String {
    let parts: Vec<String> = standing.findings.iter().filter(|f| !f.met).map(|f| more(f, language)).collect();
    match language {
        Language::Chinese => parts.join("；"),
        Language::English => match parts.split_last() {
            Some((last, [])) => last.clone(),
            Some((last, others)) => format!("{} and {last}", others.join(", ")),
            None => String::new(),
        },
    }
}

/// Why a decision is as it is, one sentence after the other.
#[must_use]
pub fn decision(decision: &Decision, language: Language) -> Vec<String> {
    let none = |tier: &str| {
        if tier.is_empty() { language.say("no tier".to_owned(), "无等级".to_owned()) } else { tier.to_owned() }
    };
    let (earned, after) = (none(&decision.earned), none(&decision.after.tier));
    let (day, version) = (decision.day, decision.version);
    let before = match (decision.was_unknown(), none(&decision.before.tier)) {
        (true, tier) => language
            .say(format!("{tier}, which version {version} does not know,"), format!("第 {version} 版已无的 {tier}")),
        (false, tier) => tier,
    };
    let mut sentences = vec![language.say(
        format!("On {day} version {version} of the programme finds {earned} earned."),
        format!("{day}，按方案第 {version} 版评定达到：{earned}。"),
    )];
    sentences.push(match (decision.moved(), decision.after.grace_until) {
        (_, Some(until)) => language.say(
            format!(
                "{after} is kept in grace; an evaluation from {until} on gives {earned} unless more is earned by then."
            ),
            format!("宽限期内保留 {after}；自 {until} 起评定时若仍未达标，则为 {earned}。"),
        ),
        (Move::Up, None) => language
            .say(format!("It rises from {before} to {after} at once."), format!("由 {before} 即时升为 {after}。")),
        (Move::Down, None) => {
            language.say(format!("It falls from {before} to {after}."), format!("由 {before} 降为 {after}。"))
        }
        (Move::Same, None) => language.say(format!("It stays {after}."), format!("维持 {after}。")),
    });
    for standing in &decision.standings {
        let parts: Vec<String> = standing.findings.iter().map(|f| finding(f, language)).collect();
        let (tier, met) = (&standing.tier, standing.met());
        let english = format!("{tier} is {}", if met { "met" } else { "not met" });
        let chinese = format!("{tier}{}", if met { "已达标" } else { "未达标" });
        sentences.push(match parts.is_empty() {
            true => language.say(format!("{english}: it requires nothing."), format!("{chinese}：无要求。")),
            false => {
                language.say(format!("{english}: {}.", parts.join("; ")), format!("{chinese}：{}。", parts.join("；")))
            }
        });
    }
    sentences
}

/// Why a partner is entitled to a benefit, or is not. `ranges`: whether it is told in which range a factor may be agreed.
#[must_use]
pub fn entitlement(entitlement: &Entitlement, ranges: bool) -> String {
    let (tier, benefit) = (&entitlement.tier, &entitlement.benefit);
    let Some(terms) = &entitlement.terms else {
        let tier = if tier.is_empty() { "no tier is in force, and none" } else { tier };
        return format!("{tier} gives no {benefit}");
    };
    let how = match (&terms.grant, entitlement.price_factor, entitlement.quota) {
        (Grant::PriceFactor { .. }, Some(factor), _) => format!(": {factor} of the list price"),
        (Grant::PriceFactor { .. }, None, _) if !ranges => ": no part of the list price was agreed yet".to_owned(),
        (Grant::PriceFactor { min, max }, None, _) => {
            format!(": between {min} and {max} of the list price, no factor in this range was agreed yet")
        }
        (Grant::YearlyAllowance(allowance), _, Some((_, left))) => format!(": {left} left of {allowance} a year"),
        (Grant::Share(share), ..) => format!(": a share of {share}"),
        _ => String::new(),
    };
    format!("{tier} gives {}{how}", terms.title())
}

/// What is missing, or the name of the requirement where it is no amount.
fn more(finding: &Finding, language: Language) -> String {
    let name = title(finding, language);
    match (&finding.requirement.test, finding.missing) {
        (Test::Purchases { .. }, Some(missing)) => {
            let missing = amount(missing, finding.currency);
            language.say(format!("{missing} more"), format!("还差 {missing}"))
        }
        (Test::CertifiedPersons { definition, .. }, Some(missing)) => {
            let (missing, named) = (missing.normalize(), !finding.requirement.display_name.is_empty());
            let what = if named { name } else { definition.to_string() };
            let persons = if missing == Decimal::ONE { "person" } else { "persons" };
            language
                .say(format!("{missing} more {persons} with {what}"), format!("还差 {missing} 名持有 {what} 的人员"))
        }
        (Test::Number { .. }, Some(missing)) => {
            language.say(format!("{} more {name}", missing.normalize()), format!("{name}还差 {}", missing.normalize()))
        }
        _ => name,
    }
}

/// The name of a requirement: its own, or one that is made.
fn title(finding: &Finding, language: Language) -> String {
    let requirement = &finding.requirement;
    if !requirement.display_name.is_empty() {
        return requirement.display_name.clone();
    }
    match &requirement.test {
        Test::Purchases { window, .. } => match window {
            Window::Trailing12Months => {
                language.say("purchases in the last 12 months".to_owned(), "近 12 个月采购额".to_owned())
            }
            Window::CalendarYearToDate => language.say("purchases this year".to_owned(), "本年采购额".to_owned()),
            Window::LastCalendarYear => language.say("purchases last year".to_owned(), "上年采购额".to_owned()),
        },
        Test::CertifiedPersons { definition, .. } => {
            language.say(format!("persons with {definition}"), format!("持有 {definition} 的人员"))
        }
        test => test.to_string(),
    }
}

/// An amount with its currency, or a number. Example: "1,200,000.00 CNY".
fn amount(value: Decimal, currency: Option<Currency>) -> String {
    let text = number(value, currency);
    currency.map_or(text.clone(), |currency| format!("{text} {currency}"))
}

/// A number with its thousands apart; amounts with at least the decimals of the minor unit.
fn number(value: Decimal, currency: Option<Currency>) -> String {
    let text = value.normalize().to_string();
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let least = currency.and_then(|currency| usize::try_from(currency.exponent()).ok()).unwrap_or(0);
    let mut grouped = String::new();
    for (n, digit) in whole.chars().enumerate() {
        if n > 0 && whole.len().saturating_sub(n) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let fraction = format!("{fraction:0<least$}");
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{grouped}{point}{fraction}")
}
