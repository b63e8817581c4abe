//! Generic validation of requests from the annotations of the contract: `buf.validate` rules and
//! `google.api.field_behavior`. Every violation comes at once, with the path of the field in proto names.
//!
//! - `REQUIRED` (either dialect): scalars are not zero or empty, lists and maps have items, messages are set. Other rules
//!   of an absent required field are not reported on top.
//! - `OUTPUT_ONLY` fields are ignored on input, so they are not looked at.
//! - Where a request has an `update_mask`, only the fields of the resource that the mask names are checked; with an empty
//!   mask only those that are set.
//! - No text, annotated or not, may hold U+0000: PostgreSQL cannot keep it.
//! - Rows with results of their own ([`OWN_RESULTS`]) are counted, not looked into.
//!
//! The rules of all messages are read from the descriptor pool once. A message is checked on its encoded bytes: what has
//! no rules is skipped there without being decoded again.

mod check;
mod path;
mod rules;
mod wire;

use std::collections::HashSet;

use prost::{Message, Name};
use tributary_core::Violations;

use path::Path;
use rules::{FieldRules, MessageRules, Shape};
use wire::Raw;

/// Messages that are rows of a batch: each gets a result of its own, so one wrong row must not refuse the others.
/// A repeated field of such a type is checked for its number of items only.
pub const OWN_RESULTS: [&str; 10] = [
    "tributary.analytics.v1.Cost",
    "tributary.analytics.v1.Journey",
    "tributary.analytics.v1.Touchpoint",
    "tributary.contract.v1.ContractImport",
    "tributary.contract.v1.ObligationImport",
    "tributary.incentive.v1.Figure",
    "tributary.incentive.v1.OpeningLine",
    "tributary.incentive.v1.Rate",
    "tributary.incentive.v1.SalesFact",
    "tributary.partner.v1.PartnerUpsert",
];

/// Checks a message against the annotations of its type. Types without annotations and texts always pass.
///
/// # Errors
/// Every violation at once, each with the value (shortened) and the remedy.
pub fn validate<M: Message + Name>(message: &M) -> Result<(), Violations> {
    let Some(rules) = rules::of(&M::full_name()) else { return Ok(()) };
    let mut found = Violations::new();
    walk(rules, &message.encode_to_vec(), &Path::Root, &Scope::All, &mut found);
    if found.is_empty() { Ok(()) } else { Err(found) }
}

/// Which fields of a message count.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Scope {
    /// All of them.
    All,
    /// Those that an update mask names.
    Paths(Vec<String>),
    /// Those that are set: an update with an empty mask.
    Populated,
}

impl Scope {
    /// The scope inside one field; `None` when the field does not count.
    fn inside(&self, field: &str, present: bool) -> Option<Self> {
        match self {
            Self::All => Some(Self::All),
            Self::Populated => present.then_some(Self::All),
            Self::Paths(paths) => {
                if paths.iter().any(|path| path == field || path == "*") {
                    return Some(Self::All);
                }
                let below = |path: &String| path.strip_prefix(field)?.strip_prefix('.').map(str::to_owned);
                let paths: Vec<String> = paths.iter().filter_map(below).collect();
                (!paths.is_empty()).then_some(Self::Paths(paths))
            }
        }
    }

    fn of_mask(mask: &prost_types::FieldMask) -> Self {
        if mask.paths.is_empty() { Self::Populated } else { Self::Paths(mask.paths.clone()) }
    }
}

fn walk(rules: &MessageRules, bytes: &[u8], path: &Path<'_>, scope: &Scope, found: &mut Violations) {
    let mut values: Vec<Vec<Raw<'_>>> = vec![Vec::new(); rules.fields.len()];
    let mut mask = None;
    for (number, raw) in wire::fields(bytes) {
        if rules.mask == Some(number)
            && let Raw::Bytes(bytes) = raw
        {
            mask = prost_types::FieldMask::decode(bytes).ok();
        }
        if let Some(slot) = rules.by_number.get(&number).and_then(|at| values.get_mut(*at)) {
            slot.push(raw);
        }
    }
    let resource = rules.mask.map(|_| Scope::of_mask(&mask.unwrap_or_default()));
    for (field, values) in rules.fields.iter().zip(&values) {
        let Some(inside) = scope.inside(&field.name, !values.is_empty()) else { continue };
        let inside = match (&resource, &field.nested) {
            (Some(masked), Some(_)) if field.shape == Shape::One && field.name != rules::MASK => masked.clone(),
            _ => inside,
        };
        check_field(field, values, &path.field(&field.name), &inside, found);
    }
    for oneof in &rules.oneofs {
        let set = |at: &usize| values.get(*at).is_some_and(|values| !values.is_empty());
        if *scope == Scope::All && !oneof.members.iter().any(set) {
            let names: Vec<&str> =
                oneof.members.iter().filter_map(|at| rules.fields.get(*at)).map(|f| f.name.as_str()).collect();
            found.add(path.field(&oneof.name).to_string(), format!("is required; set one of {}", names.join(", ")));
        }
    }
}

fn check_field(field: &FieldRules, values: &[Raw<'_>], path: &Path<'_>, scope: &Scope, found: &mut Violations) {
    match field.shape {
        Shape::One => {
            let absent = match values.last() {
                None => true,
                Some(raw) => !field.presence && raw.is_zero(),
            };
            if absent && field.required {
                found.add(path.to_string(), field.missing());
            } else if let Some(raw) = values.last() {
                check_value(field, raw, path, scope, found);
            } else if !field.presence {
                // Without presence an absent scalar is its zero value, and rules hold for it like for any other.
                check_value(field, &field.kind.zero(), path, scope, found);
            }
        }
        Shape::List => {
            let unpacked = field.kind.unpacked(values);
            let items = unpacked.as_deref().unwrap_or(values);
            if !check_count(field, items.len(), "items", path, found) {
                return;
            }
            let mut seen = HashSet::new();
            for (at, raw) in items.iter().enumerate() {
                let path = path.index(at);
                if field.unique && !seen.insert(*raw) {
                    found.add(
                        path.to_string(),
                        format!("{} stands twice; send each once", check::shown(&field.kind, raw)),
                    );
                }
                check_value(field, raw, &path, scope, found);
            }
        }
        Shape::Map => {
            if !check_count(field, values.len(), "entries", path, found) {
                return;
            }
            for raw in values {
                let Raw::Bytes(entry) = raw else { continue };
                let part = |number| wire::fields(entry).filter(|(n, _)| *n == number).last().map(|(_, raw)| raw);
                let key = part(1).unwrap_or_else(|| field.key_kind.zero());
                let path = path.key(check::shown(&field.key_kind, &key));
                check::value(&field.key_kind, &field.keys, &key, &path, found);
                let value = part(2).unwrap_or_else(|| field.kind.zero());
                check_value(field, &value, &path, scope, found);
            }
        }
    }
}

/// Whether a list or map has items to look at; says what is wrong with their number.
fn check_count(field: &FieldRules, count: usize, what: &str, path: &Path<'_>, found: &mut Violations) -> bool {
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    if count == 0 && (field.required || field.min_items.is_some_and(|min| min > 0)) {
        found.add(
            path.to_string(),
            format!("is required; send at least {} {what}", field.min_items.unwrap_or(1).max(1)),
        );
        return false;
    }
    if let Some(min) = field.min_items.filter(|min| count < *min) {
        found.add(path.to_string(), format!("has {count} {what}; send at least {min}"));
    }
    if let Some(max) = field.max_items.filter(|max| count > *max) {
        found.add(path.to_string(), format!("has {count} {what}; send at most {max}, the rest in another call"));
        return false;
    }
    true
}

fn check_value(field: &FieldRules, raw: &Raw<'_>, path: &Path<'_>, scope: &Scope, found: &mut Violations) {
    match (&field.nested, raw) {
        (Some(name), Raw::Bytes(bytes)) => {
            if let Some(rules) = rules::of(name) {
                walk(rules, bytes, path, scope, found);
            }
        }
        _ => check::value(&field.kind, &field.value, raw, path, found),
    }
}

impl FieldRules {
    /// What to say when it is required and absent.
    fn missing(&self) -> String {
        match self.value.example() {
            Some(hint) => format!("is required; {hint}"),
            None => "is required; set it".to_owned(),
        }
    }
}

impl<'a> Raw<'a> {
    /// The values of a packed list.
    fn packed(values: &[Self], each: fn(&mut &'a [u8]) -> Option<Self>) -> Vec<Self> {
        let mut out = Vec::new();
        for value in values {
            match *value {
                Raw::Bytes(mut bytes) => out.extend(std::iter::from_fn(|| each(&mut bytes))),
                other => out.push(other),
            }
        }
        out
    }
}

#[cfg(test)]
mod tests;
