//! What a contract says, checked: see [`Draft`](crate::Draft) for what callers say unchecked.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tributary_core::{Currency, Date, Decimal, MinorAmount, ResourceId};

use super::{Commitment, CooperationModel};

/// Days before the end from which a contract counts as expiring, unless it says otherwise.
const DEFAULT_NOTICE_DAYS: u32 = 90;
/// Months between the notice of termination and the end, unless the contract says otherwise.
const DEFAULT_BUFFER_MONTHS: u32 = 3;

/// The key of a contract in another system; unique per tenant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ExternalRef {
    /// The other system. Example: "erp".
    pub system: String,
    /// The key there, byte for byte. Example: "V-2026-0117".
    pub id: String,
}

/// What a contract says: a checked [`Draft`](crate::Draft). Fields that came after the first version have defaults, so
/// that what was kept before can be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The partner, last part of its resource name. Whether the registry knows it is not checked.
    pub partner: ResourceId,
    /// Title, not blank.
    pub title: String,
    /// First day of the term.
    pub effective_from: Date,
    /// First day after the term; `None`: open-ended.
    pub effective_to: Option<Date>,
    /// Keys in other systems, one per system, in the order given.
    pub external_refs: Vec<ExternalRef>,
    /// Our side: the legal entity that signs.
    #[serde(default)]
    pub principal: String,
    /// Model of the cooperation; `None`: not stated.
    #[serde(default)]
    pub model: Option<CooperationModel>,
    /// Where and for what the partner may sell.
    #[serde(default)]
    pub territory: Option<Territory>,
    /// What the partner promises, each under an id of its own.
    #[serde(default)]
    pub commitments: Vec<Commitment>,
    /// Price and payment.
    #[serde(default)]
    pub payment: Option<PaymentTerms>,
    /// The deposit, if one is due.
    #[serde(default)]
    pub deposit: Option<Deposit>,
    /// The clauses in their order, each under an id of its own.
    #[serde(default)]
    pub clauses: Vec<Clause>,
    /// Attachments by digest.
    #[serde(default)]
    pub attachments: Vec<Attachment>,
    /// How it goes on after the term.
    #[serde(default)]
    pub renewal: Option<RenewalTerms>,
    /// Months between the notice of termination and the end.
    #[serde(default)]
    pub termination_buffer_months: Option<u32>,
    /// The person in charge.
    #[serde(default)]
    pub owner: String,
    /// Labels.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
}

/// Where and for what a partner may sell.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Territory {
    /// Regions, broad to narrow with "/". Example: "CN/GD/Guangzhou".
    pub regions: Vec<String>,
    /// Product lines; empty: all.
    pub product_lines: Vec<String>,
    /// Whether nobody else may sell there.
    pub exclusive: bool,
}

/// Price and payment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentTerms {
    /// Currency of the contract.
    pub currency: Option<Currency>,
    /// Days from invoice to payment.
    pub payment_days: u32,
    /// Part paid before delivery, 0 to 1.
    pub prepayment_rate: Option<Decimal>,
    /// Price as a part of list, above 0 to 1.
    pub list_price_factor: Option<Decimal>,
}

/// The deposit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deposit {
    /// Fixed, above zero.
    Amount(MinorAmount),
    /// Part of the contract value, above 0 to 1.
    Rate(Decimal),
}

/// A clause.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clause {
    /// Its id within the contract. Example: "termination".
    pub clause_id: String,
    /// Heading.
    pub title: String,
    /// Text.
    pub text: String,
}

/// A file that belongs to the contract. The file itself stays where it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// What it is.
    pub title: String,
    /// SHA-256 of the file, lower-case hex.
    pub sha256: String,
    /// Media type.
    pub media_type: String,
    /// Length in bytes.
    pub size_bytes: i64,
    /// Where it is kept. Never fetched.
    pub uri: String,
}

/// How a contract goes on after its term.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenewalTerms {
    /// Days before the end from which the contract counts as expiring.
    pub notice_days: Option<u32>,
    /// Length of a renewal in months; `None`: as long as the term.
    pub months: Option<u32>,
}

impl Terms {
    /// Days before the end from which the contract counts as expiring: 90 unless it says otherwise.
    #[must_use]
    pub fn notice_days(&self) -> u32 {
        self.renewal.and_then(|renewal| renewal.notice_days).unwrap_or(DEFAULT_NOTICE_DAYS)
    }

    /// Months between the notice of termination and the end: 3 unless the contract says otherwise.
    #[must_use]
    pub fn buffer_months(&self) -> u32 {
        self.termination_buffer_months.unwrap_or(DEFAULT_BUFFER_MONTHS)
    }

    /// The commitment of an id.
    #[must_use]
    pub fn commitment(&self, commitment_id: &str) -> Option<&Commitment> {
        self.commitments.iter().find(|commitment| commitment.commitment_id == commitment_id)
    }
}
