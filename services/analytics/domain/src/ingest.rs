//! What all rows of the intake (AN-01) have in common: a key by which each is recorded once, keys that must be no
//! personal data, the refusal of a key that comes again with another content.

use tributary_core::{
    Date, Fault, Violations,
    pseudonym::{Personal, personal, personal_row_id},
};

use crate::{
    reasons::{PERSONAL_DATA, ROW_CONTENT_DIFFERS},
    text,
};

/// First and last day of a row, year, month, day: those of sales facts.
const DAYS: [(i32, i32, i32); 2] = [(1970, 1, 1), (2199, 12, 31)];

/// What sort of row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowType {
    /// A journey.
    Journey,
    /// A touchpoint.
    Touchpoint,
    /// A cost.
    Cost,
}

impl RowType {
    /// Every type.
    pub const ALL: [Self; 3] = [Self::Journey, Self::Touchpoint, Self::Cost];

    /// Its name, as in the API and in the store.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Journey => "journey",
            Self::Touchpoint => "touchpoint",
            Self::Cost => "cost",
        }
    }

    /// The type of a name.
    ///
    /// # Errors
    /// A sentence with the name.
    pub fn parse(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|of| of.name() == name);
        found.ok_or_else(|| format!("{name:?} is not a type of row; use journey, touchpoint or cost"))
    }
}

/// The key of a row.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowKey {
    /// The system that states it; empty for a journey, whose id stands alone.
    pub source_system: String,
    /// Its id there.
    pub source_id: String,
}

impl RowKey {
    /// As notes show it. Example: "web/17".
    #[must_use]
    pub fn shown(&self) -> String {
        match self.source_system.as_str() {
            "" => self.source_id.clone(),
            system => format!("{system}/{}", self.source_id),
        }
    }

    /// As a note keeps it: empty when a part of it looks like personal data; cut, because what no row could have is not
    /// worth keeping whole.
    #[must_use]
    pub fn noted(&self) -> Self {
        if [&self.source_system, &self.source_id].into_iter().any(|part| personal_row_id(part).is_some()) {
            return Self::default();
        }
        let kept = |part: &str| part.chars().filter(|c| !c.is_control()).take(200).collect();
        Self { source_system: kept(&self.source_system), source_id: kept(&self.source_id) }
    }
}

/// A row: recorded once, never changed.
pub trait Row: Clone {
    /// What sort it is.
    const TYPE: RowType;
    /// Its key.
    fn key(&self) -> RowKey;
    /// The refusal of this row where another of its key is kept; `None` when both have the same content.
    fn differs(&self, kept: &Self) -> Option<Fault>;
}

/// `ROW_CONTENT_DIFFERS` with the names of the fields for which it holds; `None` when it holds for none.
pub(crate) fn content_differs(fields: &[(&str, bool)]) -> Option<Fault> {
    let differing: Vec<&str> = fields.iter().filter(|(_, differs)| *differs).map(|(field, _)| *field).collect();
    let named = differing.join(", ");
    (!differing.is_empty()).then(|| {
        let message = format!(
            "a row of this key is recorded with another content of {named}; rows never change, give the changed one a \
             key of its own"
        );
        Fault::new(ROW_CONTENT_DIFFERS, message).with("fields", named)
    })
}

/// The first field that looks like personal data: the customer key, which has to be a pseudonym, or one of the ids.
#[must_use]
pub fn personal_field(customer_key: &str, ids: &[(&'static str, &str)]) -> Option<(&'static str, Personal)> {
    let of_key = personal(customer_key).map(|what| ("customer_key", what));
    of_key.or_else(|| ids.iter().find_map(|(field, id)| personal_row_id(id).map(|what| (*field, what))))
}

/// The refusal of a row with personal data. Names field and kind, never the key.
#[must_use]
pub fn personal_data(field: &str, what: Personal) -> Fault {
    let message = format!("{field} looks like {}; send a pseudonym such as a keyed hash instead", what.shown());
    Fault::new(PERSONAL_DATA, message).with("field", field).with("looks_like", what.shown())
}

/// Checks the texts that touchpoints and costs share.
pub(crate) fn check_texts(v: &mut Violations, key: &RowKey, channel_class: (&str, &str), region: &str) {
    text::check(v, "source_system", &key.source_system, 1..=63);
    text::check(v, "source_id", &key.source_id, 1..=200);
    let (field, class) = channel_class;
    if !matches!(class, "" | "ONLINE" | "OFFLINE" | "EMERGING") {
        v.add(field, format!("{class:?} is not a channel class; use ONLINE, OFFLINE, EMERGING, or leave it empty"));
    }
    text::check(v, "region", region, 0..=200);
}

/// Checks the day of a row.
pub(crate) fn check_day(v: &mut Violations, field: &str, day: Date) {
    let [first, last] = DAYS;
    if !(first..=last).contains(&day.ymd()) {
        v.add(field, format!("{day} is outside 1970-01-01 to 2199-12-31; check the date"));
    }
}

#[cfg(test)]
mod tests;
