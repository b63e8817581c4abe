//! What goes into the engine and what comes out.

use serde::{Deserialize, Serialize};
use tributary_core::{Currency, Date, Decimal, Exact, MinorAmount};

use crate::{
    canonical::decimal,
    fact::{ChannelClass, Fact, FactKind},
    plan::{InKindSort, PlanSpec},
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
    /// Channel within the class.
    pub sub_channel: &'a str,
    /// Order, empty when unset.
    pub order_id: &'a str,
    /// Pseudonym of the customer, empty when unset.
    pub customer_key: &'a str,
    /// For a return or adjustment: key of the sale it belongs to, in the same system; empty when unset.
    pub original_source_id: &'a str,
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
    /// What the digest of a line takes in of the fact, one after the other: source_system, a zero byte, source_id, a zero
    /// byte, the content's digest. Keys hold no control characters, so this is unambiguous, and facts in the order of these
    /// bytes are in the order of their keys.
    #[must_use]
    pub fn identity(&self) -> [&'a [u8]; 5] {
        [self.source_system.as_bytes(), &[0], self.source_id.as_bytes(), &[0], self.content_hash]
    }

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
            sub_channel: &fact.sub_channel,
            order_id: &fact.order_id,
            customer_key: &fact.customer_key,
            original_source_id: &fact.original_source_id,
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
    /// The part of the rule this line is, where a rule gives several; empty: the line itself. "extra" (R03), "advance",
    /// "recovery", "forgiveness" (R12), "clawback" (R13), "share" (R14).
    pub part: String,
    /// What is given in kind; the amount is then 0 (R29).
    pub in_kind: Option<InKindAmount>,
    /// Why the amount is withheld; empty: it is not (R21).
    pub holds: Vec<HoldReason>,
    /// How it came about.
    pub trace: LineTrace,
}

/// An amount in kind (R29).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InKindAmount {
    /// What sort of thing.
    pub sort: InKindSort,
    /// Which one.
    pub item: String,
    /// Name for people.
    pub title: String,
    /// How many.
    #[serde(with = "decimal")]
    pub quantity: Decimal,
    /// quantity × unit value, rounded to the minor unit.
    pub value: MinorAmount,
}

/// Why an amount is withheld (R21).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldReason {
    /// Why, in words.
    pub reason: String,
    /// The day from which it no longer is; `None`: until a condition holds or a person releases it.
    pub until: Option<Date>,
}
