//! What differs between two plans: a walk over both, along the fields of the contract, whatever they are. Items of lists
//! are told apart by what identifies them for people, such as the edge of a tier, not by their place.

use super::{
    Language, Sentence,
    shown::{Context, shown},
    text::say,
    words::{self, Place},
};

/// A part of a plan as the contract has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A value.
    Leaf(Leaf),
    /// Several of a sort.
    List(Vec<Node>),
    /// A message: its name in the contract, and its fields that are set, flags and counts also when they are not.
    Group {
        /// Name of the message. Example: "Tier".
        message: String,
        /// Fields by name.
        fields: Vec<(String, Node)>,
    },
}

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leaf {
    /// An exact number, or a count.
    Number(String),
    /// Text.
    Text(String),
    /// A choice by its full name in the contract.
    Choice(String),
    /// Yes or no.
    Flag(bool),
    /// A day.
    Day(String),
}

impl Leaf {
    /// As in the JSON form.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Number(text) | Self::Text(text) | Self::Choice(text) | Self::Day(text) => text.clone(),
            Self::Flag(flag) => flag.to_string(),
        }
    }
}

impl Node {
    /// A field of a message.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        let Self::Group { fields, .. } = self else { return None };
        fields.iter().find(|(field, _)| field == name).map(|(_, node)| node)
    }

    /// A field as text, where it is a value that is set.
    pub(super) fn value(&self, name: &str) -> Option<String> {
        match self.get(name)? {
            Self::Leaf(leaf) => Some(leaf.text()).filter(|text| !text.is_empty()),
            _ => None,
        }
    }

    /// The whole part in one text, for changes of parts.
    fn text(&self) -> String {
        match self {
            Self::Leaf(leaf) => leaf.text(),
            Self::List(items) => items.iter().map(Self::text).collect::<Vec<_>>().join(", "),
            Self::Group { fields, .. } => {
                let fields: Vec<String> =
                    fields.iter().map(|(name, node)| format!("{name}: {}", node.text())).collect();
                format!("{{{}}}", fields.join(", "))
            }
        }
    }
}

/// What sort of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// Was not there before.
    Added,
    /// Is no longer there.
    Removed,
    /// Has another value.
    Changed,
    /// The items of a list have another order.
    Reordered,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What sort of change.
    pub kind: ChangeKind,
    /// Where. Example: "rules[volume].marginal.table.tiers[1000000].rate".
    pub path: String,
    /// Value before; empty: there was none.
    pub before: String,
    /// Value after; empty: there is none.
    pub after: String,
    /// The change in words.
    pub sentence: String,
}

/// A plan as it stands in the contract, and what its description says of its parts.
#[derive(Debug, Clone, Copy)]
pub struct Side<'p> {
    /// The plan.
    pub plan: &'p Node,
    /// The sentences of its description, in the language of the diff.
    pub said: &'p [Sentence],
}

/// What differs, in the order of the later plan.
#[must_use]
pub fn diff(before: Side<'_>, after: Side<'_>, language: Language) -> Vec<Change> {
    let mut walk = Walk { language, before: before.said, after: after.said, changes: Vec::new() };
    let pair = Pair { before: before.plan, after: after.plan, contexts: <[Context; 2]>::default() };
    walk.group(pair, &Place::default());
    walk.changes
}

/// The same part of both plans.
#[derive(Clone, Copy)]
struct Pair<'n> {
    before: &'n Node,
    after: &'n Node,
    contexts: [Context; 2],
}

struct Walk<'s> {
    language: Language,
    before: &'s [Sentence],
    after: &'s [Sentence],
    changes: Vec<Change>,
}

impl Walk<'_> {
    fn group(&mut self, pair: Pair<'_>, place: &Place) {
        let (Node::Group { message, fields: old }, Node::Group { fields: new, .. }) = (pair.before, pair.after) else {
            return;
        };
        let [b, a] = pair.contexts;
        let contexts = [b.inside(message, pair.before), a.inside(message, pair.after)];
        let names =
            new.iter().chain(old.iter().filter(|(name, _)| pair.after.get(name).is_none())).map(|(name, _)| name);
        for name in names {
            let place = place.field(message, name, self.language);
            match (pair.before.get(name), pair.after.get(name)) {
                (Some(before), Some(after)) => self.same_field(Pair { before, after, contexts }, &place),
                (None, Some(Node::List(items))) if words::are_groups(items) => self.list(&[], items, contexts, &place),
                (Some(Node::List(items)), None) if words::are_groups(items) => self.list(items, &[], contexts, &place),
                (None, Some(after)) => self.appeared(after, contexts, &place),
                (Some(before), None) => self.vanished(before, contexts, &place),
                (None, None) => {}
            }
        }
    }

    fn same_field(&mut self, pair: Pair<'_>, place: &Place) {
        match (pair.before, pair.after) {
            (before, after) if before == after && pair.contexts[0] == pair.contexts[1] => {}
            (Node::Group { .. }, Node::Group { .. }) => self.group(pair, place),
            (Node::List(before), Node::List(after)) if words::are_groups(before) || words::are_groups(after) => {
                self.list(before, after, pair.contexts, place);
            }
            (before, after) if before == after => {}
            (before, after) => {
                let [b, a] = pair.contexts;
                let (old, new) = (shown(before, b, place, self.language), shown(after, a, place, self.language));
                let what = place.words(self.language);
                let text = say!(self.language, "{what} changed from {old} to {new}", "{what}由 {old} 改为 {new}");
                self.push(ChangeKind::Changed, place, before.text(), after.text(), &text);
            }
        }
    }

    fn list(&mut self, before: &[Node], after: &[Node], contexts: [Context; 2], place: &Place) {
        let (old, new) = words::keys(before, after);
        let item =
            |i: usize, key: &str, node: &Node, context: Context| place.item(i, key, node, context, self.language);
        let mut found = Vec::new();
        for (i, (key, node)) in new.iter().zip(after).enumerate() {
            let place = item(i, key, node, contexts[1]);
            match old.iter().position(|k| k == key).and_then(|j| Some((j, before.get(j)?))) {
                Some((j, was)) => found.push((Some((j, was)), Some(node), place.was(j))),
                None => found.push((None, Some(node), place)),
            }
        }
        for (j, (key, node)) in old.iter().zip(before).enumerate().filter(|(_, (key, _))| !new.contains(key)) {
            found.push((Some((j, node)), None, item(j, key, node, contexts[0])));
        }
        for (was, is, place) in found {
            match (was, is) {
                (Some((_, before)), Some(after)) => self.group(Pair { before, after, contexts }, &place),
                (None, Some(after)) => self.appeared(after, contexts, &place),
                (Some((_, before)), None) => self.vanished(before, contexts, &place),
                (None, None) => {}
            }
        }
        let stayed = |keys: &[String], others: &[String]| -> Vec<String> {
            keys.iter().filter(|key| others.contains(key)).cloned().collect()
        };
        let (was, is) = (stayed(&old, &new).join(", "), stayed(&new, &old).join(", "));
        if was != is {
            let what = place.words(self.language);
            let text =
                say!(self.language, "the order of {what} changed from {was} to {is}", "{what}的顺序由 {was} 改为 {is}");
            self.push(ChangeKind::Reordered, place, was, is, &text);
        }
    }

    fn appeared(&mut self, node: &Node, contexts: [Context; 2], place: &Place) {
        let what = place.words(self.language);
        let content = self.content(node, contexts[1], place, &place.after, self.after);
        let text = say!(self.language, "{what} was added: {content}", "新增{what}：{content}");
        self.push(ChangeKind::Added, place, String::new(), node.text(), &text);
    }

    fn vanished(&mut self, node: &Node, contexts: [Context; 2], place: &Place) {
        let what = place.words(self.language);
        let content = self.content(node, contexts[0], place, &place.before, self.before);
        let text = say!(self.language, "{what} was removed; it was: {content}", "删除{what}，原为：{content}");
        self.push(ChangeKind::Removed, place, node.text(), String::new(), &text);
    }

    /// What the description says of a part, else its fields.
    fn content(&self, node: &Node, context: Context, place: &Place, path: &str, said: &[Sentence]) -> String {
        let inside = |s: &&Sentence| s.path == path || s.path.starts_with(&format!("{path}."));
        let sentences: Vec<&str> = said.iter().filter(inside).map(|s| s.text.as_str()).collect();
        if sentences.is_empty() {
            return shown(node, context, place, self.language);
        }
        sentences.join(self.language.of(" ", ""))
    }

    fn push(&mut self, kind: ChangeKind, place: &Place, before: String, after: String, text: &str) {
        let sentence = self.language.sentence(&format!("{}{text}", place.heading(self.language)));
        self.changes.push(Change { kind, path: place.path.clone(), before, after, sentence });
    }
}
