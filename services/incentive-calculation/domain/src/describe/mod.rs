//! Says plans in sentences that a partner manager can read, in English and Chinese, with their tables as pictures; and
//! what differs between two plans. Every field of the language is said: what is not said is not so.

mod chart;
mod condition;
mod diff;
mod earned;
mod measure;
mod modifier;
mod names;
mod reward;
mod shown;
mod table;
mod text;
mod whole;
mod words;

pub use chart::Chart;
pub use diff::{Change, ChangeKind, Leaf, Node, Side, diff};
pub use names::knows;
pub use text::Language;

use crate::plan::{PlanSpec, Reward, Rule};
pub(crate) use text::say;

/// A plan in sentences and pictures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// Title of the plan.
    pub title: String,
    /// What holds for the whole plan.
    pub sentences: Vec<Sentence>,
    /// The rules, in their order.
    pub rules: Vec<RuleDescription>,
}

impl Description {
    /// Every sentence.
    pub fn all(&self) -> impl Iterator<Item = &Sentence> {
        self.sentences.iter().chain(self.rules.iter().flat_map(|rule| &rule.sentences))
    }
}

/// A rule in sentences and pictures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleDescription {
    /// Its id.
    pub rule: String,
    /// Its title, else its id.
    pub title: String,
    /// What it says, in the order in which it is calculated.
    pub sentences: Vec<Sentence>,
    /// Its tables.
    pub charts: Vec<Chart>,
}

/// One sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// The part of the spec that it says. Example: "rules[0].gates[1]".
    pub path: String,
    /// The sentence.
    pub text: String,
}

/// Says a plan.
#[must_use]
pub fn describe(spec: &PlanSpec, language: Language) -> Description {
    let title = if spec.title.is_empty() { language.of("Plan", "方案").to_owned() } else { spec.title.clone() };
    let rules = spec.rules.iter().enumerate().map(|(i, r)| rule(&format!("rules[{i}]"), r, language));
    Description { title, sentences: whole::sentences(spec, language), rules: rules.collect() }
}

/// The name of a reward's field in the contract.
fn reward_field(reward: &Reward) -> &'static str {
    match reward {
        Reward::Marginal(_) => "marginal",
        Reward::WholeVolume(_) => "whole_volume",
        Reward::Growth(_) => "growth",
        Reward::PerFact(_) => "per_fact",
        Reward::Curve(_) => "curve",
        Reward::Step(_) => "step",
        Reward::Matrix(_) => "matrix",
        Reward::ProfitShare(_) => "profit_share",
        Reward::Override(_) => "override",
        Reward::Guarantee(_) => "guarantee",
        Reward::Draw(_) => "draw",
    }
}

fn rule(path: &str, rule: &Rule, language: Language) -> RuleDescription {
    let mut said = Vec::new();
    let mut add = |field: String, text: String| said.push(Sentence { path: format!("{path}.{field}"), text });
    if let Some(measure) = &rule.measure {
        let whose = match rule.reward {
            Reward::Override(_) => language.of("the payee's downline", "收款方下级"),
            _ => language.of("the payee", "收款方"),
        };
        let measure = language.measure(measure, whose);
        add("measure".to_owned(), language.sentence(&say!(language, "it looks at {measure}", "计量{measure}")));
        add("negative_measure".to_owned(), language.negative(rule.negative_measure));
    }
    if let Some(target) = &rule.target {
        add("target".to_owned(), language.target(target));
    }
    for (i, gate) in rule.gates.iter().enumerate() {
        add(format!("gates[{i}]"), language.gate(gate));
    }
    add(reward_field(&rule.reward).to_owned(), language.reward(rule));
    for (i, multiplier) in rule.multipliers.iter().enumerate() {
        add(format!("multipliers[{i}]"), language.multiplier(multiplier));
    }
    if let Some(text) = language.proration(rule.proration) {
        add("proration".to_owned(), text);
    }
    if let Some(text) = language.limits(&rule.limits) {
        add("limits".to_owned(), text);
    }
    if rule.less_stated {
        add("less_stated".to_owned(), language.less_stated());
    }
    if let Some(in_kind) = &rule.in_kind {
        add("in_kind".to_owned(), language.in_kind(in_kind));
    }
    if let Some(split) = &rule.split {
        add("split".to_owned(), language.split(split));
    }
    for (i, hold) in rule.holds.iter().enumerate() {
        add(format!("holds[{i}]"), language.hold(hold));
    }
    for (field, day) in [("effective_from", rule.effective_from), ("effective_to", rule.effective_to)] {
        if let Some(day) = day {
            add(field.to_owned(), whole::bound(field, day, language));
        }
    }
    let title = if rule.title.is_empty() { rule.id.clone() } else { rule.title.clone() };
    RuleDescription { rule: rule.id.clone(), title, sentences: said, charts: chart::charts(path, rule, language) }
}
