//! Reads what fills one field of a message: by its type, and whether it is repeated.

use std::collections::BTreeMap;

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use serde_yaml_ng::Value;
use tributary_core::Currency;

use super::{
    At,
    described::{MONEY, example},
};
use crate::{
    document::shown,
    mapping::{
        Element, Expr, LeafKind, Node,
        parse::{
            Parser,
            expr::{Place, Slot, Time},
            parts::scalar,
        },
        value::parse_number,
    },
};

impl Parser {
    pub(super) fn node(&mut self, at: At<'_>, value: &Value, field: &FieldDescriptor) -> Option<Node> {
        if field.is_map() {
            return self.entries(at, value, field);
        }
        if !field.is_list() {
            return self.single(at, value, field);
        }
        let Value::Sequence(items) = value else {
            let wanted = format!("a list is wanted, such as {}", example(field));
            self.fault(at.path, format!("{} stands where {wanted}", shown(value)));
            return None;
        };
        let mut elements = Vec::with_capacity(items.len());
        for (n, item) in items.iter().enumerate() {
            let path = at.path.index(n);
            let node = self.single(At { path: &path, place: Place::Element, ..at }, item, field);
            elements.extend(node.map(|node| Element { node, always: at.is_compulsory(&path) }));
        }
        if items.is_empty() {
            self.fault(at.path, format!("the list is empty; write {}, or leave it out", example(field)));
        }
        Some(Node::List(elements))
    }

    fn single(&mut self, at: At<'_>, value: &Value, field: &FieldDescriptor) -> Option<Node> {
        if let Some(kind) = LeafKind::of(&field.kind()) {
            return self.leaf(at, value, field.name(), &kind).map(|expr| Node::Leaf(kind, expr));
        }
        match field.kind() {
            Kind::Message(descriptor) if descriptor.full_name() == MONEY => self.amount(at, value, descriptor),
            Kind::Message(descriptor) => self.tree(at, value, &descriptor).map(Node::Message),
            _ => {
                self.fault(at.path, format!("{} cannot be filled by a mapping; leave it out", field.name()));
                None
            }
        }
    }

    fn leaf(&mut self, at: At<'_>, value: &Value, name: &str, kind: &LeafKind) -> Option<Expr> {
        let time = match kind {
            LeafKind::Day(_) => Some(Time::Day),
            LeafKind::Instant(_) => Some(Time::Instant),
            _ => None,
        };
        let check = |text: &str, expr: &Expr| kind.of_text(text, expr).map(|_| ());
        let slot = Slot { name, number: kind.is_number(), time, place: at.place, check: &check };
        self.expr_for(at.path, &slot, value)
    }

    fn amount(&mut self, at: At<'_>, value: &Value, descriptor: MessageDescriptor) -> Option<Node> {
        let wanted = "{amount: {from: COLUMN}, currency: {const: CNY}}";
        let map = self.map(at.path, value, &["amount", "currency"])?;
        let mut part = |name: &str, number: bool, check: &dyn Fn(&str, &Expr) -> Result<(), String>| {
            let Some(value) = map.get(name) else {
                self.fault(at.path, format!("{name} is missing; money is an amount with its currency: {wanted}"));
                return None;
            };
            let slot = Slot { name, number, time: None, place: at.place, check };
            self.expr_for(&at.path.key(name), &slot, value)
        };
        let number = |text: &str, _: &Expr| parse_number(text).map(|_| ());
        let code = |text: &str, _: &Expr| Currency::parse(text).map(|_| ());
        let (amount, currency) = (part("amount", true, &number), part("currency", false, &code));
        Some(Node::Money { descriptor, amount: amount?, currency: currency? })
    }

    fn entries(&mut self, at: At<'_>, value: &Value, field: &FieldDescriptor) -> Option<Node> {
        let kind = field.kind();
        let entry = kind.as_message()?;
        if entry.map_entry_key_field().kind() != Kind::String || entry.map_entry_value_field().kind() != Kind::String {
            self.fault(at.path, format!("{} cannot be filled by a mapping; leave it out", field.name()));
            return None;
        }
        let Value::Mapping(map) = value else {
            let wanted = format!("a mapping is wanted, such as {}", example(field));
            self.fault(at.path, format!("{} stands where {wanted}", shown(value)));
            return None;
        };
        let mut entries = BTreeMap::new();
        for (key, value) in map {
            let Some(key) = scalar(key) else {
                self.fault(at.path, format!("{} is no key; write it as a quoted string", shown(key)));
                continue;
            };
            let path = at.path.key(&key);
            if let Some(found) = self.leaf(at.on(&path), value, &key, &LeafKind::Text) {
                entries.insert(key, found);
            }
        }
        Some(Node::Map(entries))
    }
}
