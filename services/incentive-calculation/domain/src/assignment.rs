//! Which plan pays whom: for a partner and slot exactly one plan wins.

use std::{cmp::Ordering, collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};
use tributary_core::{Date, Fault};

use crate::{explain::own::LABEL, plan::PlanSpec, reasons::ASSIGNMENT_UNDECIDED, trace::AttributeTrace};

/// The kinds of partners an assignment may name, as in PartnerKind without its prefix.
pub const PARTNER_KINDS: [&str; 9] = [
    "DEALER",
    "AGENT",
    "DISTRIBUTOR",
    "RETAILER",
    "MCN",
    "CREATOR",
    "GROUP_LEADER",
    "CROSS_INDUSTRY_BRAND",
    "SERVICE_PROVIDER",
];

/// Whom a plan pays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assignment {
    /// The condition.
    pub target: AssignmentTarget,
    /// Breaks ties between assignments of the same sort: higher wins.
    #[serde(default)]
    pub priority: i32,
}

/// The condition of an assignment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssignmentTarget {
    /// Everybody.
    All,
    /// One partner, by resource name.
    Partner(String),
    /// Partners with a label, "key=value".
    Label(String),
    /// Partners of a tier.
    Tier(String),
    /// Partners of a kind, as in PartnerKind without its prefix.
    Kind(String),
    /// Partners of a region and everything below it.
    Region(String),
}

/// What is known of a payee at period end, and the revision it was read from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attributes {
    /// Resource name. Example: "partners/progressive-sports".
    pub partner: String,
    /// The payee's key in digests.
    pub business_key: String,
    /// Name for people.
    pub display_name: String,
    /// Kind, as in PartnerKind without its prefix. Example: "DEALER".
    pub kind: String,
    /// Region. Example: "CN/GD".
    pub region: String,
    /// Tier in force.
    pub tier: Option<String>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Revision of the partner.
    pub revision: i64,
}

impl fmt::Display for AssignmentTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Partner(v) => write!(f, "partner {v}"),
            Self::Label(v) => write!(f, "label {v}"),
            Self::Tier(v) => write!(f, "tier {v}"),
            Self::Kind(v) => write!(f, "kind {v}"),
            Self::Region(v) => write!(f, "region {v}"),
        }
    }
}

impl AssignmentTarget {
    /// How specific it is: partner > label > tier > kind > region > all.
    fn rank(&self) -> u8 {
        match self {
            Self::All => 0,
            Self::Region(_) => 1,
            Self::Kind(_) => 2,
            Self::Tier(_) => 3,
            Self::Label(_) => 4,
            Self::Partner(_) => 5,
        }
    }

    /// Whether a payee fits.
    #[must_use]
    pub fn fits(&self, attributes: &Attributes) -> bool {
        match self {
            Self::All => true,
            Self::Partner(partner) => *partner == attributes.partner,
            Self::Label(label) => {
                label.split_once('=').is_some_and(|(key, value)| attributes.labels.get(key).is_some_and(|v| v == value))
            }
            Self::Tier(tier) => attributes.tier.as_ref() == Some(tier),
            Self::Kind(kind) => *kind == attributes.kind,
            Self::Region(region) => within(&attributes.region, region),
        }
    }

    /// Whether one partner could fit both. A partner has one tier, one kind, one region and one value per label key.
    fn may_overlap(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::All, Self::All) => true,
            (Self::Partner(a), Self::Partner(b)) | (Self::Tier(a), Self::Tier(b)) | (Self::Kind(a), Self::Kind(b)) => {
                a == b
            }
            (Self::Label(a), Self::Label(b)) => a == b || label_key(a) != label_key(b),
            (Self::Region(a), Self::Region(b)) => within(a, b) || within(b, a),
            _ => false,
        }
    }
}

impl Assignment {
    const EVERYBODY: Self = Self { target: AssignmentTarget::All, priority: 0 };

    /// How specific it is and its priority: the greater wins.
    #[must_use]
    pub fn weight(&self) -> (u8, i32) {
        (self.target.rank(), self.priority)
    }

    /// The attribute that made it fit, for the trace; `None` for everybody.
    #[must_use]
    pub fn decided_by(&self, attributes: &Attributes) -> Option<AttributeTrace> {
        // Tiers are assigned apart and make no revision of the partner.
        let revision = if matches!(self.target, AssignmentTarget::Tier(_)) { 0 } else { attributes.revision };
        let (attribute, value) = match &self.target {
            AssignmentTarget::All => return None,
            AssignmentTarget::Partner(partner) => ("partner", partner.clone()),
            AssignmentTarget::Label(label) => (LABEL, label.clone()),
            AssignmentTarget::Tier(tier) => ("tier", tier.clone()),
            AssignmentTarget::Kind(kind) => ("kind", kind.clone()),
            AssignmentTarget::Region(_) => ("region", attributes.region.clone()),
        };
        Some(AttributeTrace { attribute: attribute.to_owned(), value, revision })
    }
}

/// Whether `region` is `area` or lies below it. Regions are written broad to narrow with "/".
#[must_use]
pub fn within(region: &str, area: &str) -> bool {
    region.strip_prefix(area).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn label_key(label: &str) -> &str {
    label.split_once('=').map_or(label, |(key, _)| key)
}

fn or_everybody(assignments: &[Assignment]) -> &[Assignment] {
    if assignments.is_empty() { &[Assignment::EVERYBODY] } else { assignments }
}

/// The best assignment of a plan for a payee, `None` when none fits. A plan without assignments pays everybody.
#[must_use]
pub fn best<'a>(spec: &'a PlanSpec, attributes: &Attributes) -> Option<&'a Assignment> {
    best_of(&spec.assignments, attributes)
}

/// The best of some assignments for a payee, `None` when none fits. No assignments fit everybody.
#[must_use]
pub fn best_of<'a>(assignments: &'a [Assignment], attributes: &Attributes) -> Option<&'a Assignment> {
    let mut best: Option<&Assignment> = None;
    for candidate in or_everybody(assignments).iter().filter(|a| a.target.fits(attributes)) {
        if best.is_none_or(|b| candidate.weight() > b.weight()) {
            best = Some(candidate);
        }
    }
    best
}

/// The plan that wins among those of one slot: its index and the assignment that decided. `None` when none fits.
///
/// # Errors
/// `ASSIGNMENT_UNDECIDED` when two plans fit equally well; the text beside each spec names the plan in the message.
pub fn winner<'a>(
    plans: &[(&str, &'a PlanSpec)],
    attributes: &Attributes,
) -> Result<Option<(usize, &'a Assignment)>, Fault> {
    let mut won: Option<(usize, &Assignment)> = None;
    let mut rival: Option<usize> = None;
    for (index, (_, spec)) in plans.iter().enumerate() {
        let Some(candidate) = best(spec, attributes) else { continue };
        match won.map(|(_, w)| candidate.weight().cmp(&w.weight())) {
            None | Some(Ordering::Greater) => (won, rival) = (Some((index, candidate)), None),
            Some(Ordering::Equal) => rival = Some(index),
            Some(Ordering::Less) => {}
        }
    }
    match (won, rival) {
        (Some((first, assignment)), Some(second)) => {
            let name = |i: usize| plans.get(i).map_or("", |(name, _)| name);
            Err(Fault::new(
                ASSIGNMENT_UNDECIDED,
                format!(
                    "plans {:?} and {:?} both fit {} by {} with priority {}; give one assignment a higher priority",
                    name(first),
                    name(second),
                    attributes.partner,
                    assignment.target,
                    assignment.priority
                ),
            )
            .with("partner", &attributes.partner))
        }
        (won, _) => Ok(won),
    }
}

/// A pair of assignments of two plans of one slot that could fit one partner equally well, in one period: same sort,
/// same priority, and targets that may overlap. `None` when every partner is decided. Plans whose effective bounds
/// share no day never meet.
#[must_use]
pub fn undecided(a: &PlanSpec, b: &PlanSpec) -> Option<(Assignment, Assignment)> {
    let before = |to: Option<Date>, from: Option<Date>| to.zip(from).is_some_and(|(to, from)| to <= from);
    if before(a.effective_to, b.effective_from) || before(b.effective_to, a.effective_from) {
        return None;
    }
    rivals(&a.assignments, &b.assignments)
}

/// A pair of assignments of two lists that could fit one partner equally well.
#[must_use]
pub fn rivals(a: &[Assignment], b: &[Assignment]) -> Option<(Assignment, Assignment)> {
    or_everybody(a).iter().find_map(|x| {
        or_everybody(b)
            .iter()
            .find(|y| x.priority == y.priority && x.target.may_overlap(&y.target))
            .map(|y| (x.clone(), y.clone()))
    })
}
