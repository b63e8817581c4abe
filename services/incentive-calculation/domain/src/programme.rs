//! Programmes: the slots that plans fill.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use tributary_core::{ResourceId, Timestamp, Violations};

/// A place in a programme that one plan fills per partner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// Id, unique in the programme.
    pub id: ResourceId,
    /// Name for people.
    pub title: String,
}

/// A programme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Programme {
    /// Last part of the resource name.
    pub id: ResourceId,
    /// UUIDv7, as text.
    pub uid: String,
    /// Name for people.
    pub display_name: String,
    /// The slots, in the order of statement lines.
    pub slots: Vec<Slot>,
    /// When it was created.
    pub create_time: Timestamp,
    /// Counts changes, from 1.
    pub revision: i64,
    /// The calendar of its years and grace days, last part of its name; `None`: calendar years, no grace days.
    #[serde(default)]
    pub calendar: Option<ResourceId>,
}

impl Programme {
    /// Resource name.
    #[must_use]
    pub fn name(&self) -> String {
        format!("programmes/{}", self.id)
    }

    /// Position of a slot, `None` when the programme has no such slot.
    #[must_use]
    pub fn slot_position(&self, slot: &str) -> Option<usize> {
        self.slots.iter().position(|s| s.id.as_str() == slot)
    }
}

/// What is wrong with the slots of a new programme.
#[must_use]
pub fn check_slots(slots: &[Slot]) -> Violations {
    let mut violations = Violations::new();
    let mut seen = BTreeSet::new();
    for (i, slot) in slots.iter().enumerate() {
        if !seen.insert(&slot.id) {
            violations
                .add(format!("slots[{i}].id"), format!("{:?} is there twice; slot ids are unique", slot.id.as_str()));
        }
    }
    violations
}
