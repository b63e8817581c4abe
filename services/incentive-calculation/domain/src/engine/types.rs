//! What goes into the engine and what comes out.

use tributary_core::{Currency, Decimal, Exact, MinorAmount};

use crate::{
    fact::{ChannelClass, Fact, FactKind},
    plan::PlanSpec,
    trace::LineTrace,
};

/// A plan version that takes part in a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanInRun {
    /// The slot it fills.
    pub slot: String,
    /// Resource name of the version; empty for a preview of a plan given in the request.
    pub version_name: String,
    /// SHA-256 over the spec.
    pub digest: String,
    /// What it says.
    pub spec: PlanSpec,
}

/// A fact as the engine needs it: borrowed, amounts at the fact scale, what is unset as 0 or empty.
#[derive(Debug, Clone, Copy)]
pub struct MeasuredFact<'a> {
    /// The payee, by any number the caller gave it.
    pub payee: u32,
    /// The day, counted from 1970-01-01.
    pub day: i64,
    /// What sort of fact.
    pub kind: FactKind,
    /// Currency of all amounts.
    pub currency: Currency,
    /// Value after discounts.
    pub net: i64,
    /// List value, 0 when unset.
    pub gross: i64,
    /// Cost of goods, 0 when unset.
    pub cost: i64,
    /// Units in 10⁻⁶, 0 when unset.
    pub quantity: i64,
    /// Product line.
    pub product_line: &'a str,
    /// Stock keeping unit.
    pub sku: &'a str,
    /// Channel class.
    pub channel: Option<ChannelClass>,
    /// Region of the sale.
    pub region: &'a str,
    /// The system that states the fact.
    pub source_system: &'a str,
    /// The key in that system.
    pub source_id: &'a str,
    /// Digest of the content.
    pub content_hash: &'a [u8; 32],
}

impl<'a> MeasuredFact<'a> {
    /// The view of a checked fact.
    #[must_use]
    pub fn of(fact: &'a Fact, payee: u32, content_hash: &'a [u8; 32]) -> Self {
        Self {
            payee,
            day: fact.occurred_on.days(),
            kind: fact.kind,
            currency: fact.currency,
            net: fact.net,
            gross: fact.gross.unwrap_or(0),
            cost: fact.cost.unwrap_or(0),
            quantity: fact.quantity.unwrap_or(0),
            product_line: &fact.product_line,
            sku: &fact.sku,
            channel: fact.channel,
            region: &fact.region,
            source_system: &fact.source_system,
            source_id: &fact.source_id,
            content_hash,
        }
    }
}

/// One line: payee × rule × period × currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineResult {
    /// The payee's number as in the facts.
    pub payee: u32,
    /// The payee's key in digests.
    pub business_key: String,
    /// The slot.
    pub slot: String,
    /// Id of the rule.
    pub rule: String,
    /// Name of the rule for people.
    pub title: String,
    /// Value of the measure: an amount in the line's currency, units, or a count.
    pub measure: Decimal,
    /// The base of a growth rule.
    pub base: Option<Decimal>,
    /// The amount, whole minor units, with the line's currency.
    pub amount: MinorAmount,
    /// The exact value before the one rounding.
    pub exact: Exact,
    /// How many facts were measured.
    pub fact_count: i64,
    /// How it came about.
    pub trace: LineTrace,
}
