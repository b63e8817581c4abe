//! Writes descriptions of plans, and plans as trees along the contract, of which differences are taken.

use incentive_calculation_domain::{
    describe::{self, Change, ChangeKind, Chart, Language, Leaf, Node, RuleDescription, Sentence, Side},
    plan::{self, PlanSpec},
};
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, ReflectMessage as _, Value};
use tributary_proto::{pool, tributary::incentive::v1 as pb};

use super::plan::spec_to_proto;

/// Reads a language.
#[must_use]
pub fn language(language: pb::Language) -> Language {
    match language {
        pb::Language::Unspecified | pb::Language::En => Language::En,
        pb::Language::Zh => Language::Zh,
    }
}

/// Describes a plan.
#[must_use]
pub fn description_to_proto(spec: &PlanSpec, language: Language) -> pb::PlanDescription {
    let description = describe::describe(spec, language);
    pb::PlanDescription {
        title: description.title,
        sentences: description.sentences.into_iter().map(sentence).collect(),
        rules: description.rules.into_iter().map(rule).collect(),
        spec_digest: plan::digest(spec),
    }
}

fn rule(rule: RuleDescription) -> pb::RuleDescription {
    pb::RuleDescription {
        rule: rule.rule,
        title: rule.title,
        sentences: rule.sentences.into_iter().map(sentence).collect(),
        charts: rule.charts.into_iter().map(chart).collect(),
    }
}

fn sentence(sentence: Sentence) -> pb::PlanSentence {
    pb::PlanSentence { path: sentence.path, text: sentence.text }
}

fn chart(chart: Chart) -> pb::PlanChart {
    pb::PlanChart { path: chart.path, title: chart.title, svg: chart.svg }
}

/// Says what differs between two plans.
#[must_use]
pub fn diff_to_proto(before: &PlanSpec, after: &PlanSpec, language: Language) -> pb::PlanDiff {
    let (old, new) = (tree(before), tree(after));
    let said = |spec| describe::describe(spec, language).all().cloned().collect::<Vec<_>>();
    let (said_before, said_after) = (said(before), said(after));
    let changes =
        describe::diff(Side { plan: &old, said: &said_before }, Side { plan: &new, said: &said_after }, language);
    pb::PlanDiff { changes: changes.into_iter().map(change).collect() }
}

fn change(change: Change) -> pb::PlanChange {
    let kind = match change.kind {
        ChangeKind::Added => pb::PlanChangeKind::Added,
        ChangeKind::Removed => pb::PlanChangeKind::Removed,
        ChangeKind::Changed => pb::PlanChangeKind::Changed,
        ChangeKind::Reordered => pb::PlanChangeKind::Reordered,
    };
    pb::PlanChange {
        kind: kind.into(),
        path: change.path,
        before: change.before,
        after: change.after,
        sentence: change.sentence,
    }
}

/// A plan as its message has it: new fields of the contract are in it without a change here.
fn tree(spec: &PlanSpec) -> Node {
    let descriptor = pool().get_message_by_name("tributary.incentive.v1.PlanSpec");
    let message = descriptor.and_then(|descriptor| {
        let mut message = DynamicMessage::new(descriptor);
        message.transcode_from(&spec_to_proto(spec)).ok().map(|()| message)
    });
    // The pool is that of the generated messages: there is a message, and it takes the spec.
    message.map_or_else(|| Node::List(Vec::new()), |message| group(&message))
}

fn group(message: &DynamicMessage) -> Node {
    let descriptor = message.descriptor();
    match descriptor.full_name() {
        "google.type.Decimal" => {
            let value = message.get_field_by_name("value");
            return Node::Leaf(Leaf::Number(value.and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()));
        }
        "google.type.Date" => {
            let part = |name| message.get_field_by_name(name).and_then(|v| v.as_i32()).unwrap_or_default();
            return Node::Leaf(Leaf::Day(format!("{:04}-{:02}-{:02}", part("year"), part("month"), part("day"))));
        }
        _ => {}
    }
    // Flags and counts say something also when they are not set; a choice among several is there or not.
    let always = |field: &FieldDescriptor| {
        let counts = matches!(field.kind(), Kind::Bool | Kind::Int32 | Kind::Int64);
        counts && !field.is_list() && field.containing_oneof().is_none()
    };
    let fields = descriptor.fields().filter(|field| message.has_field(field) || always(field));
    let fields = fields.map(|field| (field.name().to_owned(), node(message.get_field(&field).as_ref(), &field)));
    Node::Group { message: descriptor.name().to_owned(), fields: fields.collect() }
}

fn node(value: &Value, field: &FieldDescriptor) -> Node {
    match value {
        Value::List(items) => Node::List(items.iter().map(|item| node(item, field)).collect()),
        Value::Map(pairs) => {
            let pair = |(key, value): (&prost_reflect::MapKey, &Value)| {
                let key = key.as_str().unwrap_or_default();
                format!("{key}={}", value.as_str().unwrap_or_default())
            };
            let mut pairs: Vec<String> = pairs.iter().map(pair).collect();
            pairs.sort();
            Node::List(pairs.into_iter().map(|pair| Node::Leaf(Leaf::Text(pair))).collect())
        }
        Value::Message(message) => group(message),
        Value::EnumNumber(number) => {
            let choice = if let Kind::Enum(choices) = field.kind() { choices.get_value(*number) } else { None };
            Node::Leaf(Leaf::Choice(choice.map_or_else(|| number.to_string(), |choice| choice.name().to_owned())))
        }
        Value::Bool(flag) => Node::Leaf(Leaf::Flag(*flag)),
        Value::String(text) => Node::Leaf(Leaf::Text(text.clone())),
        Value::I32(number) => Node::Leaf(Leaf::Number(number.to_string())),
        Value::I64(number) => Node::Leaf(Leaf::Number(number.to_string())),
        other => Node::Leaf(Leaf::Text(other.to_string())),
    }
}
