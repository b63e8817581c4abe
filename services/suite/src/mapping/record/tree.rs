//! Messages along their descriptors, from rows.

use std::collections::{BTreeMap, HashMap};

use prost_reflect::{DynamicMessage, MapKey, MessageDescriptor, Value};
use tributary_core::Currency;

use super::{Reading, reading::money};
use crate::mapping::{
    Element, Expr, LeafKind, Member, Node, RowFault, Tree,
    leaf::message,
    tree::{Placed, placed},
};

impl Reading<'_> {
    /// The message of a tree. `path` is where it stands, empty at the root.
    pub fn message(&mut self, path: &str, tree: &Tree) -> DynamicMessage {
        let mut message = DynamicMessage::new(tree.descriptor.clone());
        for member in &tree.members {
            let name = member.field.name();
            let at = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
            if self.is_not_chosen(&at, member, tree, &message) {
                continue;
            }
            if let Some(value) = self.node(&at, &member.node, member.required) {
                message.set_field(&member.field, value);
            }
        }
        message
    }

    /// Whether another field of the same oneof is the one that the row fills. Two that it fills are a fault.
    fn is_not_chosen(&mut self, path: &str, member: &Member, tree: &Tree, message: &DynamicMessage) -> bool {
        let Some(oneof) = member.oneof() else { return false };
        let siblings = || tree.members.iter().filter(|other| other.oneof().as_ref() == Some(&oneof));
        let said = member.node.is_said(self.eval);
        let Some(other) = siblings().find(|other| message.has_field(&other.field)) else {
            // A default gives way to what a row says.
            return !said && siblings().any(|other| other.node.is_said(self.eval));
        };
        if said {
            let (name, other) = (member.field.name(), other.field.name());
            let reason = format!("{name} and {other} are both filled, and only one of them can be");
            self.faults.push(RowFault::new(path, "", reason, "leave one of them empty"));
        }
        true
    }

    /// The value of a field; `None` where the row leaves it out, or after a fault.
    fn node(&mut self, path: &str, node: &Node, required: bool) -> Option<Value> {
        match node {
            Node::Leaf(kind, expr) => self.leaf(path, kind, expr, required),
            Node::Money { descriptor, amount, currency } => self.amount(path, descriptor, amount, currency, required),
            Node::Message(tree) => {
                (required || node.is_there(self.eval)).then(|| Value::Message(self.message(path, tree)))
            }
            Node::List(elements) => {
                let found = self.list(path, elements)?;
                if found.is_empty() && required {
                    let columns: Vec<String> = elements.iter().flat_map(|e| e.node.columns()).collect();
                    self.is_empty(path, &columns.join(", "));
                }
                (!found.is_empty()).then_some(Value::List(found))
            }
            Node::Map(entries) => self.map(path, entries),
        }
    }

    fn leaf(&mut self, path: &str, kind: &LeafKind, expr: &Expr, required: bool) -> Option<Value> {
        let (shown, value) = if kind.is_number() {
            let number = self.eval.decimal(path, expr);
            let number = self.take(number)?;
            (number.map(|n| n.to_string()).unwrap_or_default(), number.map(|n| kind.of_number(n)))
        } else {
            let text = self.eval.text(path, expr);
            let text = self.take(text)?;
            (text.clone().unwrap_or_default(), text.map(|text| kind.of_text(&text, expr)))
        };
        match value {
            None if required => {
                self.is_empty(path, &expr.columns_text());
                None
            }
            None => None,
            Some(value) => self.take(value.map_err(|e| RowFault::from_sentence(path, &shown, &e, "correct it"))),
        }
    }

    fn amount(
        &mut self,
        path: &str,
        descriptor: &MessageDescriptor,
        amount: &Expr,
        currency: &Expr,
        required: bool,
    ) -> Option<Value> {
        let found = self.eval.decimal(path, amount);
        let Some(found) = self.take(found)? else {
            if required {
                self.is_empty(path, &amount.columns_text());
            }
            return None;
        };
        let at = format!("{path}.currency_code");
        let code = self.required(&at, Some(currency));
        let code = code.trim();
        if code.is_empty() {
            return None;
        }
        let parsed = Currency::parse(code).map_err(|e| RowFault::from_sentence(&at, code, &e, "correct it"));
        let made = money(found, self.take(parsed)?).and_then(|made| message(descriptor, &made));
        self.take(made.map_err(|e| RowFault::from_sentence(path, &found.to_string(), &e, "correct it")))
    }

    /// `None` after a fault of the list as a whole.
    fn list(&mut self, path: &str, elements: &[Element]) -> Option<Vec<Value>> {
        let outside = self.eval;
        for element in elements {
            let counts: Vec<_> = element.node.parts(outside).iter().map(ToString::to_string).collect();
            if counts.len() > 1 {
                let reason = format!("the columns have {} parts, which belong together", counts.join(" and "));
                let remedy = format!("give {} as many parts each", element.node.columns().join(" and "));
                self.faults.push(RowFault::new(path, "", reason, remedy));
                return None;
            }
        }
        let mut found = Vec::new();
        for (n, Placed { element, part }) in placed(elements, outside).into_iter().enumerate() {
            self.eval = outside.at(part);
            found.extend(self.node(&format!("{path}[{n}]"), &element.node, element.always));
        }
        self.eval = outside;
        Some(found)
    }

    fn map(&mut self, path: &str, entries: &BTreeMap<String, Expr>) -> Option<Value> {
        let mut found = HashMap::new();
        for (key, expr) in entries {
            let text = self.text(&format!("{path}[{key:?}]"), Some(expr));
            if !text.is_empty() {
                found.insert(MapKey::String(key.clone()), Value::String(text));
            }
        }
        (!found.is_empty()).then_some(Value::Map(found))
    }

    /// What a row has to fill is empty.
    fn is_empty(&mut self, path: &str, columns: &str) {
        self.faults.push(RowFault::new(path, "", format!("{path} is empty"), format!("fill {columns} in")));
    }
}

#[cfg(test)]
mod tests;
