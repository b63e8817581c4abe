//! Where in a plan a change is: as a path for machines, and in words for people.

use std::collections::HashSet;

use super::{
    Language, Leaf, Node, names,
    shown::{Context, shown},
    text::say,
};

/// A place in a plan.
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    /// With items by what identifies them.
    pub path: String,
    /// With items by their place in the earlier plan, as descriptions name them.
    pub before: String,
    /// With items by their place in the later plan.
    pub after: String,
    /// The message that has the field.
    pub message: String,
    /// The field.
    pub name: String,
    /// The rule it is in, in words; empty: none.
    rule: String,
    /// What people call it, from the outside in.
    trail: Vec<String>,
}

impl Place {
    pub fn field(&self, message: &str, name: &str, language: Language) -> Self {
        let join = |path: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        let mut next = Self {
            path: join(&self.path),
            before: join(&self.before),
            after: join(&self.after),
            message: message.to_owned(),
            name: name.to_owned(),
            ..self.clone()
        };
        // A rule has one reward: nobody needs to hear of which one a tier is.
        if self.message == "Rule" && names::is_reward(&self.name) {
            next.trail.clear();
        }
        let label = names::field(message, name, language).unwrap_or(name);
        if !label.is_empty() {
            next.trail.push(language.of("the ", "").to_owned() + label);
        }
        next
    }

    /// An item of the list that the place is.
    pub fn item(&self, index: usize, key: &str, node: &Node, context: Context, language: Language) -> Self {
        let mut next = self.clone();
        next.path = format!("{}[{key}]", self.path);
        next.before = format!("{}[{index}]", self.before);
        next.after = format!("{}[{index}]", self.after);
        next.trail.pop();
        let Node::Group { message, .. } = node else { return next };
        if message == "Rule" {
            next.rule = say!(language, "rule “{key}”", "规则“{key}”");
        } else {
            let list = names::field(&self.message, &self.name, language).unwrap_or(&self.name);
            next.trail.push(item_words(message, list, index, node, context, self, language));
        }
        next
    }

    /// The same item, at another place of the earlier plan.
    pub fn was(mut self, index: usize) -> Self {
        if let Some((list, _)) = self.before.rsplit_once('[') {
            self.before = format!("{list}[{index}]");
        }
        self
    }

    /// What people call it: "the rate of the tier from 1,000,000". The rule itself where nothing of it is named.
    pub fn words(&self, language: Language) -> String {
        if self.trail.is_empty() {
            return self.rule.clone();
        }
        match language {
            Language::En => self.trail.iter().rev().cloned().collect::<Vec<_>>().join(" of "),
            Language::Zh => self.trail.join("的"),
        }
    }

    /// "Rule “volume”: " before what is inside of it.
    pub fn heading(&self, language: Language) -> String {
        if self.rule.is_empty() || self.trail.is_empty() {
            return String::new();
        }
        let rule = &self.rule;
        say!(language, "{rule}: ", "{rule}：")
    }
}

fn item_words(
    message: &str,
    list: &str,
    index: usize,
    node: &Node,
    context: Context,
    place: &Place,
    language: Language,
) -> String {
    let number = index.saturating_add(1);
    let value = |name: &str| {
        let inner = place.field(message, name, language);
        node.get(name).map(|node| shown(node, context, &inner, language)).unwrap_or_default()
    };
    let title = node.value("title").map(|title| language.quoted(&title)).unwrap_or_default();
    match message {
        "Tier" => {
            let from = value("from");
            say!(language, "the tier from {from}", "{from} 起的档")
        }
        "FactorStep" => {
            let from = value("from");
            say!(language, "the step from {from}", "{from} 起的系数档")
        }
        "CurvePoint" => {
            let at = value("at");
            say!(language, "the point at {at}", "{at} 处的点")
        }
        "OverrideLevel" => {
            let level = value("level");
            say!(language, "level {level}", "第 {level} 级")
        }
        "SharedCap" => {
            let id = value("id");
            say!(language, "the shared cap {id}", "共同上限{id}")
        }
        "PlanExample" => say!(language, "the example {title}", "示例{title}"),
        "Assignment" => {
            let who = assigned(node, language);
            say!(language, "the assignment to {who}", "对{who}的指派")
        }
        "SplitShare" => {
            let who = node
                .value("partner")
                .unwrap_or_else(|| language.of("the partner of the facts", "业绩所属伙伴").to_owned());
            say!(language, "the share of {who}", "{who}的份额")
        }
        "Gate" | "Multiplier" | "Hold" | "ScoreItem" => {
            let noun = match message {
                "Gate" => language.of("gate", "门槛"),
                "Multiplier" => language.of("multiplier", "系数"),
                "Hold" => language.of("hold", "暂扣"),
                _ => language.of("score item", "评分项"),
            };
            if title.is_empty() {
                say!(language, "{noun} {number}", "第 {number} 个{noun}")
            } else {
                say!(language, "the {noun} {title}", "{noun}{title}")
            }
        }
        _ => say!(language, "entry {number} of the {list}", "{list}第 {number} 项"),
    }
}

fn assigned(node: &Node, language: Language) -> String {
    let Node::Group { fields, .. } = node else { return String::new() };
    let target = fields.iter().find(|(name, _)| name != "priority");
    match target {
        Some((_, Node::Leaf(Leaf::Text(text)))) => text.clone(),
        _ => language.of("everybody", "所有伙伴").to_owned(),
    }
}

/// Whether a list has messages.
pub(super) fn are_groups(items: &[Node]) -> bool {
    items.iter().any(|item| matches!(item, Node::Group { .. }))
}

/// What tells the items of two lists apart: what identifies them for people, or their places where that is not unique.
pub(super) fn keys(before: &[Node], after: &[Node]) -> (Vec<String>, Vec<String>) {
    let named = |items: &[Node]| -> Option<Vec<String>> {
        let keys: Vec<String> = items.iter().map(key).collect::<Option<_>>()?;
        let unique: HashSet<&String> = keys.iter().collect();
        (unique.len() == keys.len()).then_some(keys)
    };
    let placed = |items: &[Node]| (0..items.len()).map(|i| i.to_string()).collect();
    match (named(before), named(after)) {
        (Some(before), Some(after)) => (before, after),
        _ => (placed(before), placed(after)),
    }
}

fn key(node: &Node) -> Option<String> {
    let Node::Group { message, fields } = node else { return None };
    match message.as_str() {
        "Rule" | "SharedCap" => node.value("id"),
        "Tier" | "FactorStep" => node.value("from"),
        "CurvePoint" => node.value("at"),
        "OverrideLevel" => node.value("level"),
        "ExamplePartner" => node.value("partner"),
        "Gate" | "Multiplier" | "Hold" | "ScoreItem" | "PlanExample" => node.value("title"),
        "SplitShare" => node.value("partner").or_else(|| Some("self".to_owned())),
        "Assignment" => fields.iter().find(|(name, _)| name != "priority").map(|(name, node)| match node {
            Node::Leaf(Leaf::Text(text)) => format!("{name}={text}"),
            _ => name.clone(),
        }),
        _ => None,
    }
}
