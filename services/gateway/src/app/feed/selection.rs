//! Which events somebody wants: by type and by subject.

use tributary_core::Violations;

use super::catalogue::Catalogue;

/// Types and subjects that are wanted; nothing said means all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// Names of types, or beginnings of them that end in ".*".
    pub types: Vec<String>,
    /// A subject, or the beginning of subjects that ends in "/*".
    pub subject: String,
}

impl Selection {
    /// Whether an event is wanted.
    #[must_use]
    pub fn wants(&self, event_type: &str, subject: &str) -> bool {
        let of_type = self.types.is_empty() || self.types.iter().any(|pattern| stands_for(pattern, ".*", event_type));
        of_type && (self.subject.is_empty() || stands_for(&self.subject, "/*", subject))
    }

    /// The one subject that is wanted, when it is one.
    #[must_use]
    pub fn one_subject(&self) -> Option<&str> {
        Some(self.subject.as_str()).filter(|subject| !subject.is_empty() && !subject.ends_with("/*"))
    }

    /// Notes every pattern that stands for no type there is.
    pub fn check(&self, field: &str, catalogue: &Catalogue, violations: &mut Violations) {
        for (i, pattern) in self.types.iter().enumerate() {
            if !catalogue.kinds().iter().any(|kind| stands_for(pattern, ".*", &kind.name)) {
                let near = catalogue.kinds().iter().max_by(|a, b| {
                    strsim::jaro_winkler(&a.name, pattern).total_cmp(&strsim::jaro_winkler(&b.name, pattern))
                });
                let near = near.map(|kind| format!("; did you mean {:?}?", kind.name)).unwrap_or_default();
                let why = format!("{pattern:?} is no type of events{near} ListEventTypes names them all");
                violations.add(format!("{field}[{i}]"), why);
            }
        }
    }

    /// As text, to bind page tokens to it.
    pub(super) fn text(&self) -> String {
        format!("{}|{}", self.types.join(","), self.subject)
    }
}

/// Whether a name, or all that begins as a pattern does, is meant.
fn stands_for(pattern: &str, wildcard: &str, name: &str) -> bool {
    match pattern.strip_suffix('*').filter(|_| pattern.ends_with(wildcard)) {
        Some(beginning) => name.starts_with(beginning),
        None => pattern == name,
    }
}

#[cfg(test)]
mod tests {
    use tributary_core::Violations;

    use super::{Catalogue, Selection};

    fn of(types: &[&str], subject: &str) -> Selection {
        Selection { types: types.iter().map(|t| (*t).to_owned()).collect(), subject: subject.to_owned() }
    }

    #[test]
    fn types_and_subjects_are_chosen_whole_or_by_their_beginning() {
        let (tier, contract) = ("tributary.partner.v1.TierAssigned", "tributary.contract.v1.ContractCreated");
        for (selection, tier_of_x, contract_y) in [
            (of(&[], ""), true, true),
            (of(&[tier], ""), true, false),
            (of(&["tributary.contract.v1.*"], ""), false, true),
            (of(&["tributary.*"], "partners/*"), true, false),
            (of(&[tier, contract], "contracts/y"), false, true),
            (of(&[], "partners/"), false, false),
            (of(&["tributary.partner*"], ""), false, false),
        ] {
            let found = (selection.wants(tier, "partners/x"), selection.wants(contract, "contracts/y"));
            assert_eq!(found, (tier_of_x, contract_y), "{selection:?}");
        }
        assert!(!of(&[], "partners/x").wants(tier, "partners/xy"));
        assert_eq!(of(&[], "partners/x").one_subject(), Some("partners/x"));
        assert_eq!((of(&[], "partners/*").one_subject(), of(&[], "").one_subject()), (None, None));
    }

    #[test]
    fn a_type_that_is_none_is_told_with_the_nearest() {
        let catalogue = Catalogue::from_pool(tributary_proto::pool());
        let mut violations = Violations::new();
        of(&["tributary.*", "tributary.partner.v1.TierAsigned", "PartnerChanged.*"], "").check(
            "types",
            &catalogue,
            &mut violations,
        );
        let found = violations.into_vec();
        assert_eq!(found.iter().map(|v| v.field.as_str()).collect::<Vec<_>>(), ["types[1]", "types[2]"]);
        let expected = "\"tributary.partner.v1.TierAsigned\" is no type of events; did you mean \
             \"tributary.partner.v1.TierAssigned\"? ListEventTypes names them all";
        assert_eq!(found[0].description, expected);
    }
}
