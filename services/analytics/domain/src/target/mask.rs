//! Changes of an aim by mask (AIP-134).

use std::collections::BTreeSet;

use tributary_core::Violations;

use super::aim::{Aim, AimDraft};

/// A field that Update may set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Field {
    Title,
    Value,
    Growth,
    Tolerance,
    LowerIsBetter,
    Owner,
}

/// Every field with its proto name.
const FIELDS: [(Field, &str); 6] = [
    (Field::Title, "title"),
    (Field::Value, "value"),
    (Field::Growth, "growth"),
    (Field::Tolerance, "tolerance"),
    (Field::LowerIsBetter, "lower_is_better"),
    (Field::Owner, "owner"),
];

/// Fields that Update may never set, and why.
const FIXED: [(&str, &str); 9] = [
    ("name", "the name says which target and never changes"),
    ("metric", "what a target measures is fixed; set a new target"),
    ("filter", "what a target measures is fixed; set a new target"),
    ("basis", "what a target measures is fixed; set a new target"),
    ("period", "what a target measures is fixed; set a new target"),
    ("currency_code", "what a target measures is fixed; set a new target"),
    ("create_time", "it is made by the server"),
    ("update_time", "it is made by the server"),
    ("etag", "send it in the target, not in the mask"),
];

/// Which fields to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mask(BTreeSet<Field>);

impl Mask {
    /// The mask of the paths: proto names, or "*" for every field that can be set.
    ///
    /// # Errors
    /// Every unknown or fixed path at once, under `update_mask`.
    pub fn parse<S: AsRef<str>>(paths: &[S]) -> Result<Self, Violations> {
        let mut v = Violations::new();
        let mut fields = BTreeSet::new();
        for path in paths.iter().map(AsRef::as_ref) {
            if path == "*" {
                fields.extend(FIELDS.map(|(field, _)| field));
            } else if let Some((field, _)) = FIELDS.iter().find(|(_, name)| *name == path) {
                fields.insert(*field);
            } else if let Some((_, why)) = FIXED.iter().find(|(name, _)| *name == path) {
                v.add("update_mask", format!("{path:?} cannot be updated; {why}"));
            } else {
                let names = FIELDS.map(|(_, name)| name).join(", ");
                v.add("update_mask", format!("{path:?} is not a field to update; use any of {names}"));
            }
        }
        if v.is_empty() { Ok(Self(fields)) } else { Err(v) }
    }

    /// The mask of every field that is set in a draft, which is what an empty mask means.
    #[must_use]
    pub fn of_set_fields(draft: &AimDraft) -> Self {
        let set = |field: Field| match field {
            Field::Title => !draft.title.is_empty(),
            Field::Value => draft.value.is_some(),
            Field::Growth => draft.growth.is_some(),
            Field::Tolerance => draft.tolerance.is_some(),
            Field::LowerIsBetter => draft.lower_is_better,
            Field::Owner => !draft.owner.is_empty(),
        };
        Self(FIELDS.into_iter().map(|(field, _)| field).filter(|field| set(*field)).collect())
    }

    /// The aim with the fields of the mask taken from `from`; to be checked again. Value and growth are one choice:
    /// setting one clears the other, unless the mask names both.
    #[must_use]
    pub fn apply(&self, aim: &Aim, from: &AimDraft) -> AimDraft {
        let mut draft = AimDraft::from(aim.clone());
        let replaces = |field, other| self.0.contains(&field) && !self.0.contains(&other);
        if from.value.is_some() && replaces(Field::Value, Field::Growth) {
            draft.growth = None;
        }
        if from.growth.is_some() && replaces(Field::Growth, Field::Value) {
            draft.value = None;
        }
        for field in &self.0 {
            match field {
                Field::Title => draft.title.clone_from(&from.title),
                Field::Value => draft.value = from.value,
                Field::Growth => draft.growth = from.growth,
                Field::Tolerance => draft.tolerance = from.tolerance,
                Field::LowerIsBetter => draft.lower_is_better = from.lower_is_better,
                Field::Owner => draft.owner.clone_from(&from.owner),
            }
        }
        draft
    }
}
