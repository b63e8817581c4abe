//! What a caller says of a new contract, unchecked, and the check that names every violation at once.

use std::collections::BTreeSet;

use tributary_core::{Date, ResourceId, Violations};

use crate::contract::{ExternalRef, Terms};

/// Longest title in characters.
pub const MAX_TITLE: usize = 300;
/// Most external refs of one contract.
pub const MAX_REFS: usize = 20;
/// Longest id of an external ref in characters.
const MAX_REF_ID: usize = 200;

/// A contract as the caller states it. Days are year, month and day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// Resource name of the partner. Example: "partners/zhang-san".
    pub partner: String,
    /// Title.
    pub title: String,
    /// First day of the term.
    pub effective_from: Option<(i32, i32, i32)>,
    /// First day after the term; `None`: open-ended.
    pub effective_to: Option<(i32, i32, i32)>,
    /// Keys in other systems.
    pub external_refs: Vec<ExternalRef>,
}

impl Draft {
    /// Checks everything.
    ///
    /// # Errors
    /// Every violation at once, under the field names of the API.
    pub fn check(self) -> Result<Terms, Violations> {
        let mut v = Violations::new();
        let partner = v.check("partner", ResourceId::from_name("partners", &self.partner));
        check_title(&mut v, &self.title);
        let from = match self.effective_from {
            Some(parts) => v.check("effective_from", day(parts)),
            None => {
                v.add("effective_from", "is required and is not set; state the first day of the term");
                None
            }
        };
        let to = self.effective_to.and_then(|parts| v.check("effective_to", day(parts)));
        if let (Some(from), Some(to)) = (from, to)
            && to <= from
        {
            v.add(
                "effective_to",
                format!("{to} is not after effective_from {from}; it is the first day after the term, unset it for an open end"),
            );
        }
        check_refs(&mut v, &self.external_refs);
        match (partner, from) {
            (Some(partner), Some(effective_from)) if v.is_empty() => Ok(Terms {
                partner,
                title: self.title,
                effective_from,
                effective_to: to,
                external_refs: self.external_refs,
            }),
            _ => Err(v),
        }
    }
}

fn day((year, month, day): (i32, i32, i32)) -> Result<Date, String> {
    Date::from_ymd(year, month, day)
}

fn check_title(v: &mut Violations, title: &str) {
    if title.trim().is_empty() {
        v.add("title", "is required and is blank; say what the contract is about");
    }
    let length = title.chars().count();
    if length > MAX_TITLE {
        v.add("title", format!("has {length} characters; at most {MAX_TITLE} are allowed"));
    }
    if title.chars().any(char::is_control) {
        v.add("title", format!("{title:?} contains a control character; remove it"));
    }
}

fn check_refs(v: &mut Violations, refs: &[ExternalRef]) {
    if refs.len() > MAX_REFS {
        v.add("external_refs", format!("{} refs are more than {MAX_REFS}; leave some out", refs.len()));
    }
    let mut systems = BTreeSet::new();
    for (i, ExternalRef { system, id }) in refs.iter().enumerate() {
        let field = |name: &str| format!("external_refs[{i}].{name}");
        // Systems follow the pattern of ids.
        v.check(&field("system"), ResourceId::parse(system));
        if !systems.insert(system) {
            v.add(field("system"), format!("{system:?} is there twice; a contract has one key per system"));
        }
        let length = id.chars().count();
        if !(1..=MAX_REF_ID).contains(&length) {
            v.add(field("id"), format!("has {length} characters; 1 to {MAX_REF_ID} are allowed"));
        }
        if id.chars().any(char::is_control) {
            v.add(field("id"), format!("{id:?} contains a control character; remove it"));
        }
    }
}
