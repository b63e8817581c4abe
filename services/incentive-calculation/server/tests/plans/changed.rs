//! A spec with one value changed.

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, ReflectMessage as _, Value};

use super::any::{self, Dice};

/// Where a value stands: fields, with the place in a list.
pub type Path = Vec<(FieldDescriptor, Option<usize>)>;

/// Every value of a spec; decimals and dates are values.
pub fn values(message: &DynamicMessage) -> Vec<Path> {
    let mut found = Vec::new();
    walk(message, &Path::new(), &mut found);
    found
}

fn walk(message: &DynamicMessage, above: &Path, found: &mut Vec<Path>) {
    for (field, value) in message.fields() {
        let here = |index| above.iter().cloned().chain([(field.clone(), index)]).collect::<Path>();
        match value {
            Value::List(items) => {
                for (i, item) in items.iter().enumerate() {
                    enter(item, here(Some(i)), found);
                }
            }
            value => enter(value, here(None), found),
        }
    }
}

fn enter(value: &Value, path: Path, found: &mut Vec<Path>) {
    match value {
        Value::Message(inner) if inner.descriptor().full_name().starts_with("tributary.") => walk(inner, &path, found),
        _ => found.push(path),
    }
}

/// The spec with another value there.
pub fn change(message: &DynamicMessage, path: &[(FieldDescriptor, Option<usize>)], dice: &mut Dice) -> DynamicMessage {
    let mut changed = message.clone();
    let ((field, index), below) = path.split_first().expect("a field");
    let value = message.get_field(field);
    let item = match (value.as_ref(), index) {
        (Value::List(items), Some(i)) => items[*i].clone(),
        (value, _) => value.clone(),
    };
    let new = match &item {
        Value::Message(inner) if !below.is_empty() => Value::Message(change(inner, below, dice)),
        // One of several choices that is written as true: another one is made.
        Value::Bool(true) if field.containing_oneof().is_some() => {
            let oneof = field.containing_oneof().expect("a oneof");
            let other = oneof.fields().find(|f| f != field).expect("another case");
            changed.set_field(&other, any::field(&other, dice, 8));
            return changed;
        }
        other => another(field, other, dice),
    };
    match (value.as_ref(), index) {
        (Value::List(items), Some(i)) => {
            let mut items = items.clone();
            items[*i] = new;
            changed.set_field(field, Value::List(items));
        }
        _ => changed.set_field(field, new),
    }
    any::consistent(&mut changed);
    changed
}

fn another(field: &FieldDescriptor, value: &Value, dice: &mut Dice) -> Value {
    match value {
        Value::String(code) if matches!(field.name(), "currency" | "into") => {
            Value::String(if code == "CNY" { "USD" } else { "CNY" }.to_owned())
        }
        Value::String(text) => Value::String(format!("{text}x")),
        Value::Bool(flag) => Value::Bool(!flag),
        Value::I32(number) => Value::I32(number + 1),
        Value::I64(number) => Value::I64(number + 1),
        Value::EnumNumber(number) => {
            let Kind::Enum(choices) = field.kind() else { panic!("an enum") };
            let mut other = *number;
            while other == *number {
                other = any::choice(&choices, dice);
            }
            Value::EnumNumber(other)
        }
        Value::Map(pairs) => {
            let mut pairs = pairs.clone();
            let first = pairs.values_mut().next().expect("a pair");
            *first = Value::String("other".to_owned());
            Value::Map(pairs)
        }
        Value::Message(inner) => {
            let mut inner = inner.clone();
            let name = if inner.descriptor().name() == "Date" { "day" } else { "value" };
            let changed = match inner.get_field_by_name(name).expect("a field").into_owned() {
                Value::I32(day) => Value::I32(day % 28 + 1),
                Value::String(text) if text.contains('.') => Value::String(format!("{text}7")),
                Value::String(text) => Value::String(format!("{text}.07")),
                other => panic!("{other}"),
            };
            inner.set_field_by_name(name, changed);
            Value::Message(inner)
        }
        other => panic!("{}: no other value than {other}", field.full_name()),
    }
}
