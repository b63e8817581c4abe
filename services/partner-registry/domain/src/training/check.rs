//! What a person may do on a day, and what a partner holds because enough of its people do.

use std::collections::BTreeSet;

use tributary_core::{Date, ResourceId};

use super::{Certificate, CertificateDefinition, CertificateState, Collection, Ledger, Person, TrainingName};

/// A person with its certificates by one definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// The person.
    pub person: Person,
    /// Its certificates, also revoked ones.
    pub certificates: Vec<Certificate>,
}

/// Whether a person may do duty on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonFinding {
    /// Whether it may.
    pub allowed: bool,
    /// First day on which that ends; `None`: not allowed, or no end is known.
    pub until: Option<Date>,
    /// The certificate that is valid longest.
    pub certificate: Option<ResourceId>,
    /// What is missing, each in a sentence.
    pub missing: Vec<String>,
}

/// Whether enough people hold a certificate on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Qualified {
    /// Those who do, by id.
    pub holders: Vec<ResourceId>,
    /// How many must.
    pub minimum: usize,
    /// First day on which too few do; `None`: not enough do, or no such day is known.
    pub until: Option<Date>,
}

impl Holding {
    /// Whether the person works for the partner on a day and a certificate is valid.
    #[must_use]
    pub fn holds(&self, day: Date) -> bool {
        self.person.is_active(day) && self.certificates.iter().any(|c| c.covers(day))
    }

    /// The days on which that may begin or end.
    fn turns(&self) -> impl Iterator<Item = Date> + '_ {
        let content = &self.person.content;
        let of_person = [content.active_from, content.active_until.map(|last| last.plus_days(1))];
        let of_certificates = self.certificates.iter().flat_map(|c| [Some(c.valid_from), c.end()]);
        of_person.into_iter().chain(of_certificates).flatten()
    }

    /// Whether the person may do duty on a day; `ledger` says what is missing.
    #[must_use]
    pub fn check(&self, definition: &CertificateDefinition, ledger: &Ledger<'_>, day: Date) -> PersonFinding {
        let valid = self.certificates.iter().filter(|c| c.covers(day));
        let longest = valid.max_by_key(|c| (c.end().map_or(i64::MAX, Date::days), std::cmp::Reverse(&c.id)));
        let mut missing = Vec::new();
        if !self.person.is_active(day) {
            let name = TrainingName::at_partner(Collection::Person, &self.person.partner, &self.person.id);
            missing.push(format!("{name} does not work for the partner on {day}"));
        }
        if longest.is_none() {
            missing.extend(self.why_none(definition, day));
            missing.extend(ledger.missing(definition, day));
        }
        let allowed = missing.is_empty();
        let until = first_turn(std::slice::from_ref(self), day, 1).filter(|_| allowed);
        PersonFinding { allowed, until, certificate: longest.map(|c| c.id.clone()), missing }
    }

    /// What became of the certificate that would be valid, or nearly would.
    fn why_none(&self, definition: &CertificateDefinition, day: Date) -> Option<String> {
        let what = &definition.id;
        let begun = self.certificates.iter().filter(|c| c.valid_from <= day);
        let last = begun.max_by_key(|c| (c.valid_from, c.stamp.create_time, &c.id));
        let next = self.certificates.iter().filter(|c| c.valid_from > day && c.end() != Some(c.valid_from));
        match (last, next.min_by_key(|c| (c.valid_from, &c.id))) {
            (Some(c), _) if c.state == CertificateState::Revoked => {
                let from = c.revoked_from.unwrap_or(c.valid_from);
                Some(format!("{what} was revoked from {from} on: {}", c.revocation_reason))
            }
            (Some(c), None) => c.expires_on.map(|last| format!("{what} expired: its last valid day was {last}")),
            (_, Some(c)) => Some(format!("{what} begins on {} only", c.valid_from)),
            (None, None) => Some(format!("{what} was never earned")),
        }
    }
}

/// The first day after one on which fewer than so many hold.
fn first_turn(holdings: &[Holding], day: Date, minimum: usize) -> Option<Date> {
    let turns: BTreeSet<Date> = holdings.iter().flat_map(Holding::turns).filter(|turn| *turn > day).collect();
    turns.into_iter().find(|turn| holdings.iter().filter(|h| h.holds(*turn)).count() < minimum)
}

/// Whether enough people hold the certificate on a day; `holdings` are all persons with their certificates by it.
#[must_use]
pub fn qualified(holdings: &[Holding], minimum: usize, day: Date) -> Qualified {
    let mut holders: Vec<ResourceId> = holdings.iter().filter(|h| h.holds(day)).map(|h| h.person.id.clone()).collect();
    holders.sort();
    let until = if holders.len() < minimum { None } else { first_turn(holdings, day, minimum) };
    Qualified { holders, minimum, until }
}

impl Qualified {
    /// Whether enough do.
    #[must_use]
    pub fn held(&self) -> bool {
        self.holders.len() >= self.minimum
    }

    /// What is missing, in words; empty when it is held. Example: "1 more person with live-host".
    #[must_use]
    pub fn missing(&self, definition: &ResourceId) -> String {
        match self.minimum.saturating_sub(self.holders.len()) {
            0 => String::new(),
            1 => format!("1 more person with {definition}"),
            more => format!("{more} more persons with {definition}"),
        }
    }
}
