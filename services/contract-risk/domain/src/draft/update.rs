//! Changes of terms by mask (AIP-134).

use std::collections::BTreeSet;

use tributary_core::Violations;

use super::Draft;
use crate::contract::Terms;

/// A field that an update may set.
struct Field {
    /// Its name in the message.
    name: &'static str,
    /// Whether a draft states it.
    is_set: fn(&Draft) -> bool,
    /// Takes it over.
    take: fn(&mut Draft, &Draft),
}

macro_rules! fields {
    ($($name:ident: $is_set:expr;)*) => {
        &[$(Field {
            name: stringify!($name),
            is_set: |draft| {
                let is_set: fn(&Draft) -> bool = $is_set;
                is_set(draft)
            },
            take: |to, from| to.$name.clone_from(&from.$name),
        }),*]
    };
}

/// Every field that an update may set.
const FIELDS: &[Field] = fields! {
    title: |d| !d.title.is_empty();
    effective_from: |d| d.effective_from.is_some();
    effective_to: |d| d.effective_to.is_some();
    external_refs: |d| !d.external_refs.is_empty();
    principal: |d| !d.principal.is_empty();
    model: |d| d.model != 0;
    territory: |d| d.territory.is_some();
    commitments: |d| !d.commitments.is_empty();
    payment: |d| d.payment.is_some();
    deposit: |d| d.deposit.is_some();
    clauses: |d| !d.clauses.is_empty();
    attachments: |d| !d.attachments.is_empty();
    renewal: |d| d.renewal.is_some();
    termination_buffer_months: |d| d.termination_buffer_months.is_some();
    owner: |d| !d.owner.is_empty();
    labels: |d| !d.labels.is_empty();
};

/// Fields of the message that an update never sets, and what sets them.
const FIXED: [(&str, &str); 15] = [
    ("name", "the name says which contract and never changes"),
    ("uid", "it is made by the server"),
    ("partner", "it is fixed at creation; withdraw this contract and create another"),
    ("state", "use a verb such as NegotiateContract"),
    ("create_time", "it is made by the server"),
    ("etag", "send it in the contract, not in the mask"),
    ("update_time", "it is made by the server"),
    ("revision", "it is counted by the server"),
    ("author", "it is the caller"),
    ("approval", "use ApproveContract"),
    ("signatures", "use SignContract"),
    ("predecessor", "use RenewContract"),
    ("successor", "use RenewContract"),
    ("terminates_on", "use TerminateContract"),
    ("terms_digest", "it is made by the server"),
];

/// Which fields to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mask(BTreeSet<&'static str>);

impl Mask {
    /// The mask of the paths: names of fields of the message, or "*" for every field that can be set.
    ///
    /// # Errors
    /// Every unknown or fixed path at once, under `update_mask`.
    pub fn parse<S: AsRef<str>>(paths: &[S]) -> Result<Self, Violations> {
        let mut v = Violations::new();
        let mut names = BTreeSet::new();
        for path in paths.iter().map(AsRef::as_ref) {
            if path == "*" {
                names.extend(FIELDS.iter().map(|field| field.name));
            } else if let Some(field) = FIELDS.iter().find(|field| field.name == path) {
                names.insert(field.name);
            } else if let Some((_, why)) = FIXED.iter().find(|(name, _)| *name == path) {
                v.add("update_mask", format!("{path:?} cannot be updated; {why}"));
            } else {
                let all: Vec<_> = FIELDS.iter().map(|field| field.name).collect();
                let all = all.join(", ");
                v.add("update_mask", format!("{path:?} is not a field to update as a whole; use any of {all}"));
            }
        }
        if v.is_empty() { Ok(Self(names)) } else { Err(v) }
    }

    /// The mask of every field that is set in a draft, which is what an empty mask means.
    #[must_use]
    pub fn of_set_fields(draft: &Draft) -> Self {
        Self(FIELDS.iter().filter(|field| (field.is_set)(draft)).map(|field| field.name).collect())
    }

    /// The terms with the fields of the mask taken from `from`; to be checked again.
    #[must_use]
    pub fn apply(&self, terms: &Terms, from: &Draft) -> Draft {
        let mut draft = Draft::from(terms);
        for field in FIELDS.iter().filter(|field| self.0.contains(field.name)) {
            (field.take)(&mut draft, from);
        }
        draft
    }
}
