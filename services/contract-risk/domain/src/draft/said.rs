//! The parts of a contract as callers state them, and checked terms said again: what an update merges into.

use tributary_core::{Currency, Date, Decimal};

use super::{Draft, RawMoney};
use crate::contract::{Commitment, CooperationModel, Deposit, PaymentTerms, RenewalTerms, Target, Terms};

/// A commitment as the caller states it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DraftCommitment {
    /// Its id within the contract.
    pub commitment_id: String,
    /// Number of the kind.
    pub kind: i32,
    /// Number of the cadence.
    pub cadence: i32,
    /// How much per window; required.
    pub target: Option<DraftTarget>,
    /// Only this product line.
    pub product_line: String,
}

/// How much is promised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DraftTarget {
    /// An amount.
    Amount(RawMoney),
    /// A quantity.
    Quantity(String),
}

/// Price and payment as the caller states it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DraftPayment {
    /// ISO 4217 code; empty: not stated.
    pub currency_code: String,
    /// Days from invoice to payment.
    pub payment_days: i32,
    /// Part paid before delivery.
    pub prepayment_rate: Option<String>,
    /// Price as a part of list.
    pub list_price_factor: Option<String>,
}

/// The deposit as the caller states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DraftDeposit {
    /// Neither amount nor rate.
    Unsaid,
    /// An amount.
    Amount(RawMoney),
    /// A part of the contract value.
    Rate(String),
}

/// The renewal as the caller states it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DraftRenewal {
    /// Days before the end from which the contract counts as expiring.
    pub notice_days: Option<i32>,
    /// Length of a renewal in months; 0: as long as the term.
    pub months: i32,
}

impl From<&Terms> for Draft {
    fn from(terms: &Terms) -> Self {
        Self {
            partner: format!("partners/{}", terms.partner),
            title: terms.title.clone(),
            effective_from: Some(terms.effective_from.ymd()),
            effective_to: terms.effective_to.map(Date::ymd),
            external_refs: terms.external_refs.clone(),
            principal: terms.principal.clone(),
            model: terms.model.map_or(0, CooperationModel::number),
            territory: terms.territory.clone(),
            commitments: terms.commitments.iter().map(DraftCommitment::from).collect(),
            payment: terms.payment.as_ref().map(DraftPayment::from),
            deposit: terms.deposit.map(|deposit| match deposit {
                Deposit::Amount(amount) => DraftDeposit::Amount(amount.into()),
                Deposit::Rate(rate) => DraftDeposit::Rate(rate.to_string()),
            }),
            clauses: terms.clauses.clone(),
            attachments: terms.attachments.clone(),
            renewal: terms.renewal.map(DraftRenewal::from),
            termination_buffer_months: terms.termination_buffer_months.map(signed),
            owner: terms.owner.clone(),
            labels: terms.labels.clone(),
        }
    }
}

impl From<&Commitment> for DraftCommitment {
    fn from(commitment: &Commitment) -> Self {
        Self {
            commitment_id: commitment.commitment_id.clone(),
            kind: commitment.kind.number(),
            cadence: commitment.cadence.number(),
            target: Some(match commitment.target {
                Target::Amount(amount) => DraftTarget::Amount(amount.into()),
                Target::Quantity(quantity) => DraftTarget::Quantity(quantity.to_string()),
            }),
            product_line: commitment.product_line.clone(),
        }
    }
}

impl From<&PaymentTerms> for DraftPayment {
    fn from(payment: &PaymentTerms) -> Self {
        let text = |rate: Option<Decimal>| rate.map(|rate| rate.to_string());
        Self {
            currency_code: payment.currency.map_or("", Currency::code).to_owned(),
            payment_days: signed(payment.payment_days),
            prepayment_rate: text(payment.prepayment_rate),
            list_price_factor: text(payment.list_price_factor),
        }
    }
}

impl From<RenewalTerms> for DraftRenewal {
    fn from(renewal: RenewalTerms) -> Self {
        Self { notice_days: renewal.notice_days.map(signed), months: renewal.months.map_or(0, signed) }
    }
}

fn signed(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
