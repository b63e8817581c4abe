//! How a line came about (IC-21): the domain mirror of `LineTrace`. Serde gives the form in which it is stored.

use serde::{Deserialize, Serialize};
use tributary_core::{Date, Decimal, Exact, MinorAmount, Rounding};

use crate::{
    canonical::{decimal, optional_decimal},
    fact::FactKind,
    plan::MeasureField,
};

/// How a line came about. A person can recompute it by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineTrace {
    /// Id of the rule.
    pub rule: String,
    /// What sort of rule. Example: "R01 marginal".
    pub rule_type: String,
    /// The plan version; empty for a preview of a plan given in the request.
    pub plan_version: String,
    /// SHA-256 over the plan's spec.
    pub plan_digest: String,
    /// The measure.
    pub measure: MeasureTrace,
    /// The base of a growth rule.
    pub base: Option<MeasureTrace>,
    /// Growth as an exact ratio, for a growth rule with a base above 0.
    pub growth: Option<Exact>,
    /// What the tiers gave; products and flats add up to `exact` unless a step changed it.
    pub slices: Vec<SliceTrace>,
    /// What else changed the amount or decided something, in order.
    pub steps: Vec<StepTrace>,
    /// The exact value.
    pub exact: Exact,
    /// How it was rounded.
    pub rounding: Rounding,
    /// The line.
    pub amount: MinorAmount,
    /// Attributes of the payee that decided.
    pub attributes: Vec<AttributeTrace>,
    /// Rules of the plan that gave no line for this payee and currency, and why.
    pub not_fired: Vec<NotFired>,
    /// What it takes to reach the next tier; unset on the highest.
    pub next_tier: Option<NextTier>,
    /// The target, where the rule has one.
    #[serde(default, with = "optional_decimal")]
    pub target: Option<Decimal>,
    /// measure ÷ target.
    #[serde(default)]
    pub attainment: Option<Exact>,
    /// Figures, other measures, rates and earlier lines that decided.
    #[serde(default)]
    pub inputs: Vec<InputTrace>,
    /// What the line hands on to the next period.
    #[serde(default)]
    pub carried: Option<Exact>,
    /// Of a true-up (R18): what it settles; the differences add up to the line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub origins: Vec<OriginTrace>,
}

/// A line of a closed period that would now be another (R18).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OriginTrace {
    /// The closed period.
    pub period: String,
    /// The slot.
    pub slot: String,
    /// Id of the rule.
    pub rule: String,
    /// The part of the rule; empty: the line itself.
    pub part: String,
    /// What was stated so far, earlier true-ups included.
    pub stated: MinorAmount,
    /// What the period gives from what is known now.
    pub recomputed: MinorAmount,
    /// recomputed − stated.
    pub difference: MinorAmount,
    /// The plan version that gives it now; empty: there is no such line any more.
    pub plan_version: String,
    /// What changed since it was stated.
    pub cause: OriginCause,
}

/// What changed for a payee since a line was stated.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OriginCause {
    /// Facts of the payee, without those that are linked to a sale.
    pub late_facts: i64,
    /// Returns and adjustments of the payee that are linked to a sale.
    pub linked_returns: i64,
    /// Revisions, tiers and links of the payee.
    pub attribute_changes: i64,
    /// The plan version that stated it, where another one recomputes it; empty: none did.
    pub plan_version_before: String,
    /// The plan version that recomputes it, where another one stated it; empty: none does.
    pub plan_version_after: String,
    /// Whether an earlier closed period changed that this one builds on.
    pub earlier_period: bool,
    /// Figures of the payee that were recorded, corrected or withdrawn.
    #[serde(default)]
    pub figure_changes: i64,
    /// Exchange rates that were recorded or corrected, and by which the payee's lines convert.
    #[serde(default)]
    pub rate_changes: i64,
    /// Lines of an older system of the payee that were recorded, corrected or withdrawn.
    #[serde(default)]
    pub opening_line_changes: i64,
}

/// A number that decided, beside the measure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputTrace {
    /// What it is. Example: "figure quota", "stated in 2026-Q1", "rate USD into CNY".
    pub input: String,
    /// Its value.
    pub value: Exact,
    /// Where it comes from. Example: "figures/crm/quota-2026-q1, revision 2".
    pub source: String,
}

/// A measure, with what it counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeasureTrace {
    /// What was added.
    pub field: MeasureField,
    /// The kinds that counted.
    pub kinds: Vec<FactKind>,
    /// Other filters, in words; empty: none.
    pub filter: String,
    /// First day; unset for a base given by the plan.
    pub from: Option<Date>,
    /// First day no longer counted; unset for a base given by the plan.
    pub to: Option<Date>,
    /// Value.
    #[serde(with = "decimal")]
    pub value: Decimal,
    /// How many facts.
    pub fact_count: i64,
    /// SHA-256 over the facts' keys and contents in key order, lower-case hex; empty for a base given by the plan.
    pub facts_digest: String,
}

/// What one tier gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SliceTrace {
    /// Lower edge.
    #[serde(with = "decimal")]
    pub from: Decimal,
    /// Upper edge; unset: open.
    #[serde(with = "optional_decimal")]
    pub to: Option<Decimal>,
    /// The part of the measure (or of the increment) that this tier pays on.
    #[serde(with = "decimal")]
    pub amount_in_slice: Decimal,
    /// Rate.
    #[serde(with = "decimal")]
    pub rate: Decimal,
    /// amount_in_slice × rate.
    pub product: Exact,
    /// Fixed amount, 0 if none.
    #[serde(with = "decimal")]
    pub flat: Decimal,
}

/// A step that changed the amount or decided something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepTrace {
    /// What it is. Example: "negative measure".
    pub name: String,
    /// Value before.
    pub before: Exact,
    /// Value after.
    pub after: Exact,
    /// Why, in words.
    pub reason: String,
}

/// An attribute that decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttributeTrace {
    /// Which. Example: "tier".
    pub attribute: String,
    /// Its value. Example: "advanced".
    pub value: String,
    /// Revision of the partner it was read from; 0 for a tier, which is assigned apart.
    pub revision: i64,
}

/// A rule that gave no line, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotFired {
    /// Id of the rule.
    pub rule: String,
    /// Why.
    pub reason: String,
}

/// What it takes to reach the next tier, and what it pays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextTier {
    /// How much more of the measure: the least amount at the measure's own scale that reaches the tier.
    #[serde(with = "decimal")]
    pub distance: Decimal,
    /// The rate there.
    #[serde(with = "decimal")]
    pub rate: Decimal,
    /// How much more the line then pays than now, exactly.
    pub gain: Exact,
}
