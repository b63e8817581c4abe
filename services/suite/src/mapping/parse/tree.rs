//! Reads fields that follow the descriptor of a message: nested mappings for messages, lists for repeated fields,
//! expressions for single values.

mod described;
mod nodes;

use prost_reflect::{FieldDescriptor, MessageDescriptor};
use serde_yaml_ng::Value;

use self::described::{OUTPUT_ONLY, REQUIRED, behaves, example};
use super::{Parser, expr::Place, parts::scalar};
use crate::{
    document::{Path, nearest, shown},
    mapping::{Key, Member, RecordFields, RecordTarget, Template, Tree},
};

/// Where the fields of a target are read.
#[derive(Clone, Copy)]
struct At<'a> {
    target: &'static RecordTarget,
    path: &'a Path,
    place: Place,
}

impl<'a> At<'a> {
    fn on(self, path: &'a Path) -> Self {
        Self { path, ..self }
    }

    /// Whether the service requires a field here, though its descriptor does not say so.
    fn is_compulsory(self, path: &Path) -> bool {
        let path = path.to_string();
        path.strip_prefix("fields.").is_some_and(|path| self.target.compulsory.contains(&path))
    }
}

impl Parser {
    /// The fields of a target that has no code of its own.
    pub(super) fn record(
        &mut self,
        path: &Path,
        value: &Value,
        target: &'static RecordTarget,
        source_id: Option<Template>,
    ) -> Option<RecordFields> {
        let top = Path::root();
        let stated = self.document.root().get("source_id").is_some();
        match target.key {
            Key::Made(_) if !stated => {
                let remedy =
                    "write source_id: \"{COLUMN}\", or \"{COLUMN}/{ordinal(by: COLUMN)}\" for rows without a key";
                self.fault(&top, format!("source_id is missing; {remedy}"));
            }
            Key::Stated(key) if stated => {
                let message = format!("{} have no source id; name their key under fields.{key}", target.name);
                self.fault(&top.key("source_id"), message);
            }
            _ => {}
        }
        let tree = self.tree(At { target, path, place: Place::Message }, value, &target.descriptor()?)?;
        Some(RecordFields { target, source_id, tree })
    }

    fn tree(&mut self, at: At<'_>, value: &Value, descriptor: &MessageDescriptor) -> Option<Tree> {
        let made = at.target.made_key().filter(|_| at.path.steps().len() == 1);
        let writable: Vec<FieldDescriptor> =
            descriptor.fields().filter(|field| !behaves(field, OUTPUT_ONLY) && Some(field.name()) != made).collect();
        let names = || writable.iter().map(FieldDescriptor::name);
        let Value::Mapping(map) = value else {
            let list = names().collect::<Vec<_>>().join(", ");
            self.fault(at.path, format!("{} stands where a mapping is wanted, with keys out of: {list}", shown(value)));
            return None;
        };
        let mut members = Vec::with_capacity(map.len());
        for (key, value) in map {
            let name = scalar(key).unwrap_or_else(|| shown(key));
            let path = at.path.key(&name);
            match descriptor.get_field_by_name(&name) {
                Some(_) if made == Some(name.as_str()) => {
                    self.fault(&path, format!("source_id, beside fields, makes the {name}; leave it out here"));
                }
                Some(field) if behaves(&field, OUTPUT_ONLY) => {
                    self.fault(&path, format!("the service sets {name} itself; leave it out"));
                }
                Some(field) => {
                    let required = behaves(&field, REQUIRED) || at.is_compulsory(&path);
                    let node = self.node(at.on(&path), value, &field);
                    members.extend(node.map(|node| Member { field, required, node }));
                }
                None => self.fault(&path, format!("unknown key; {}", nearest(&name, names()))),
            }
        }
        for field in &writable {
            let required = behaves(field, REQUIRED) || at.is_compulsory(&at.path.key(field.name()));
            if required && map.get(field.name()).is_none() {
                let name = field.name();
                self.fault(at.path, format!("{name} is missing; write {name}: {}", example(field)));
            }
        }
        self.choices(at, descriptor, map, &mut members);
        // In the order of the message, whatever the order of the file: the same fields give the same bytes and faults.
        members.sort_by_key(|member| member.field.number());
        Some(Tree { descriptor: descriptor.clone(), members })
    }

    /// Of a oneof a row fills one field at most, and sometimes one at least.
    fn choices(
        &mut self,
        at: At<'_>,
        descriptor: &MessageDescriptor,
        map: &serde_yaml_ng::Mapping,
        members: &mut [Member],
    ) {
        for oneof in descriptor.oneofs().filter(|oneof| !oneof.is_synthetic()) {
            let names: Vec<String> = oneof.fields().map(|field| field.name().to_owned()).collect();
            let given = names.iter().filter(|name| map.get(name.as_str()).is_some()).count();
            let own = |member: &Member| member.oneof().as_deref() == Some(oneof.name());
            if given > 1 {
                for member in members.iter().filter(|member| own(member) && !member.node.varies()) {
                    let name = member.field.name();
                    let message =
                        format!("{name} is the same in every row, and only one of {} can be", names.join(", "));
                    self.fault(&at.path.key(name), format!("{message}; take the others out, or take it from a column"));
                }
            }
            if !at.is_compulsory(&at.path.key(oneof.name())) {
                continue;
            }
            if given == 0 {
                let wanted: Vec<_> = oneof.fields().map(|f| format!("{}: {}", f.name(), example(&f))).collect();
                self.fault(at.path, format!("{} is missing; write {}", names.join(" or "), wanted.join(", or ")));
            }
            if given == 1 {
                members.iter_mut().filter(|member| own(member)).for_each(|member| member.required = true);
            }
        }
    }
}

#[cfg(test)]
mod tests;
