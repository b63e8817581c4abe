//! Holds what is known of a partner against the tiers. The same inputs give the same findings, in whatever order they
//! come.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use tributary_core::{Currency, Date, Decimal, ResourceId, Timestamp};

use super::programme::{Programme, Requirement, Test};
use crate::DocumentKind;

/// What is known of a partner.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inputs {
    /// Net purchases by day and currency, each at most once.
    pub purchases: Vec<Purchase>,
    /// Documents that were verified, whether they are still valid or not.
    pub certificates: Vec<Certificate>,
    /// Everything recorded by hand, in the order of recording.
    pub figures: Vec<Figure>,
    /// Who holds which certificates, and when.
    pub certified: Vec<Certified>,
}

/// Days on which a person works for the partner and a certificate of its is valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certified {
    /// The person.
    pub person: ResourceId,
    /// The certificate's definition.
    pub definition: ResourceId,
    /// First day.
    pub from: Date,
    /// First day no longer; `None`: no end is known.
    pub until: Option<Date>,
}

impl Certified {
    fn covers(&self, day: Date) -> bool {
        self.from <= day && self.until.is_none_or(|end| day < end)
    }
}

/// Net purchases of one day in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Purchase {
    /// The currency.
    pub currency: Currency,
    /// The day.
    pub day: Date,
    /// Sum of the net amounts at the fact scale of the currency.
    pub net: i128,
}

/// A verified document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Id of the document.
    pub document: ResourceId,
    /// Its kind.
    pub kind: DocumentKind,
    /// First valid day, `None` when unknown.
    pub issued_on: Option<Date>,
    /// Last valid day; `None`: it does not expire.
    pub expires_on: Option<Date>,
}

impl Certificate {
    fn covers(&self, day: Date) -> bool {
        self.issued_on.is_none_or(|first| first <= day) && self.expires_on.is_none_or(|last| day <= last)
    }
}

/// A figure of a partner in [`effective_from`, `effective_to`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure {
    /// The partner.
    pub partner: ResourceId,
    /// Counts the figures of the partner, from 1, in the order of recording.
    pub ordinal: i64,
    /// The figure. Example: "contract-years".
    pub figure: String,
    /// What was recorded.
    pub value: FigureValue,
    /// First day.
    pub effective_from: Date,
    /// First day no longer; `None`: open-ended.
    pub effective_to: Option<Date>,
    /// Why.
    pub reason: String,
    /// Who recorded it.
    pub actor: String,
    /// When it was recorded.
    pub record_time: Timestamp,
}

/// What was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FigureValue {
    /// Yes or no.
    Flag(bool),
    /// A number.
    Number(Decimal),
}

impl FigureValue {
    /// Whether a test asks for a figure in this way.
    #[must_use]
    pub fn answers(self, figure: &str, test: &Test) -> bool {
        match (self, test) {
            (Self::Flag(_), Test::Flag(wanted)) | (Self::Number(_), Test::Number { figure: wanted, .. }) => {
                wanted == figure
            }
            _ => false,
        }
    }
}

/// How a partner stands towards a tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The tier.
    pub tier: String,
    /// What was found, in the order of the requirements.
    pub findings: Vec<Finding>,
}

impl Standing {
    /// Whether all requirements hold.
    #[must_use]
    pub fn met(&self) -> bool {
        self.findings.iter().all(|finding| finding.met)
    }
}

/// What was found about a requirement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The requirement.
    pub requirement: Requirement,
    /// Whether it holds.
    pub met: bool,
    /// What is wanted, for amounts, numbers and persons.
    pub wanted: Option<Decimal>,
    /// What there is, for amounts, recorded numbers and persons.
    pub actual: Option<Decimal>,
    /// What is missing, for amounts, numbers and persons.
    pub missing: Option<Decimal>,
    /// The currency, for amounts.
    pub currency: Option<Currency>,
    /// The document that was found.
    pub document: Option<ResourceId>,
}

impl Inputs {
    /// How the partner stands towards every tier on a day, lowest first.
    #[must_use]
    pub fn standings(&self, programme: &Programme, day: Date) -> Vec<Standing> {
        let find = |requirement: &Requirement| self.find(requirement, day);
        let stand = |tier: &super::Tier| Standing {
            tier: tier.id.clone(),
            findings: tier.requirements.iter().map(find).collect(),
        };
        programme.tiers.iter().map(stand).collect()
    }

    fn find(&self, requirement: &Requirement, day: Date) -> Finding {
        let none = Finding {
            requirement: requirement.clone(),
            met: false,
            wanted: None,
            actual: None,
            missing: None,
            currency: None,
            document: None,
        };
        match &requirement.test {
            Test::Purchases { at_least, window } => {
                let (from, through) = window.days(day);
                let currency = at_least.currency;
                let counted = |p: &&Purchase| p.currency == currency && from <= p.day && p.day <= through;
                let net = self.purchases.iter().filter(counted).fold(0_i128, |sum, p| sum.saturating_add(p.net));
                let actual = decimal(net, currency.fact_scale());
                let wanted = decimal(at_least.value.into(), currency.exponent());
                Finding { currency: Some(currency), ..none.compared(wanted, Some(actual)) }
            }
            Test::Certification(kind) => {
                let valid = self.certificates.iter().filter(|c| c.kind == *kind && c.covers(day));
                // Of several the one that is valid longest; of those the first by its id.
                let last = |c: &&Certificate| c.expires_on.map_or(i64::MAX, Date::days);
                let best = valid.min_by_key(|c| (std::cmp::Reverse(last(c)), c.document.clone()));
                Finding { met: best.is_some(), document: best.map(|c| c.document.clone()), ..none }
            }
            Test::CertifiedPersons { definition, at_least } => {
                let valid = self.certified.iter().filter(|c| c.definition == *definition && c.covers(day));
                let persons: BTreeSet<&ResourceId> = valid.map(|c| &c.person).collect();
                none.compared(Decimal::from(*at_least), Some(Decimal::from(persons.len())))
            }
            Test::Flag(figure) => Finding { met: self.figure(figure, day) == Some(FigureValue::Flag(true)), ..none },
            Test::Number { figure, at_least } => {
                let actual = match self.figure(figure, day) {
                    Some(FigureValue::Number(number)) => Some(number),
                    _ => None,
                };
                none.compared(*at_least, actual)
            }
        }
    }

    /// The figure of a day: the one recorded last.
    fn figure(&self, figure: &str, day: Date) -> Option<FigureValue> {
        let covers =
            |f: &&Figure| f.figure == figure && f.effective_from <= day && f.effective_to.is_none_or(|end| day < end);
        self.figures.iter().filter(covers).max_by_key(|f| f.ordinal).map(|f| f.value)
    }
}

impl Finding {
    fn compared(self, wanted: Decimal, actual: Option<Decimal>) -> Self {
        let missing = wanted.checked_sub(actual.unwrap_or_default()).unwrap_or(Decimal::MAX).max(Decimal::ZERO);
        let met = actual.is_some_and(|actual| actual >= wanted);
        Self { met, wanted: Some(wanted), actual, missing: Some(missing), ..self }
    }
}

/// The highest tier all of whose requirements hold; "" when there is none.
#[must_use]
pub fn earned(standings: &[Standing]) -> &str {
    standings.iter().rev().find(|standing| standing.met()).map_or("", |standing| standing.tier.as_str())
}

/// An integer at a scale as a decimal; the far end of what decimals hold when it is beyond.
fn decimal(value: i128, scale: u32) -> Decimal {
    let end = if value < 0 { Decimal::MIN } else { Decimal::MAX };
    Decimal::try_from_i128_with_scale(value, scale).map_or(end, |exact| exact.normalize())
}
