//! The canonical text of terms, and its digest: what the parties sign.
//!
//! The text begins with the line "tributary.contract.terms.v1". Each field is a line `name=LENGTH:value` with the length
//! in bytes of UTF-8, or `name=-` when it is unset; lists begin with a line that holds their number of items. Lengths
//! and numbers make the text unambiguous whatever the values hold. Days are written as 2026-01-01, amounts as
//! "CNY 2000000.00" with all decimals of the currency, other numbers without needless zeros, enums by their names. A
//! field that a later version adds is written only where it is set, so that no digest ever changes.
//!
//! What only we keep is left out: external refs, owner, labels, and where attachments are kept.

use std::fmt::{Display, Write as _};

use sha2::{Digest as _, Sha256};
use tributary_core::Decimal;

use super::{Commitment, Deposit, Target, Terms};

/// A text under way.
struct Canonical(String);

impl Canonical {
    fn field(&mut self, name: &str, value: impl Display) {
        let value = value.to_string();
        // Writing to a String cannot fail.
        let _ = writeln!(self.0, "{name}={}:{value}", value.len());
    }

    fn optional(&mut self, name: &str, value: Option<impl Display>) {
        match value {
            Some(value) => self.field(name, value),
            None => {
                let _ = writeln!(self.0, "{name}=-");
            }
        }
    }

    fn list<T>(&mut self, name: &str, items: &[T], each: impl Fn(&mut Self, &T)) {
        self.field(name, items.len());
        for item in items {
            each(self, item);
        }
    }
}

impl Terms {
    /// SHA-256 over the canonical text, lower-case hex.
    #[must_use]
    pub fn digest(&self) -> String {
        hex::encode(Sha256::digest(self.canonical().as_bytes()))
    }

    /// Whether both say the same to the partner: what only we keep may differ.
    #[must_use]
    pub fn binds_like(&self, other: &Self) -> bool {
        self.canonical() == other.canonical()
    }

    fn canonical(&self) -> String {
        let mut c = Canonical("tributary.contract.terms.v1\n".to_owned());
        c.field("partner", &self.partner);
        c.field("title", &self.title);
        c.field("effective_from", self.effective_from);
        c.optional("effective_to", self.effective_to);
        c.field("principal", &self.principal);
        c.optional("model", self.model);
        self.territory(&mut c);
        c.list("commitments", &self.commitments, commitment);
        self.payment(&mut c);
        match self.deposit {
            None => c.optional("deposit", None::<&str>),
            Some(Deposit::Amount(amount)) => c.field("deposit.amount", amount),
            Some(Deposit::Rate(rate)) => c.field("deposit.rate", rate.normalize()),
        }
        c.list("clauses", &self.clauses, |c, clause| {
            c.field("clause_id", &clause.clause_id);
            c.field("title", &clause.title);
            c.field("text", &clause.text);
        });
        c.list("attachments", &self.attachments, |c, attachment| {
            c.field("title", &attachment.title);
            c.field("sha256", &attachment.sha256);
            c.field("media_type", &attachment.media_type);
            c.field("size_bytes", attachment.size_bytes);
        });
        c.optional("renewal.notice_days", self.renewal.and_then(|renewal| renewal.notice_days));
        c.optional("renewal.months", self.renewal.and_then(|renewal| renewal.months));
        c.optional("termination_buffer_months", self.termination_buffer_months);
        c.0
    }

    fn territory(&self, c: &mut Canonical) {
        let Some(territory) = &self.territory else { return c.optional("territory", None::<&str>) };
        c.list("territory.regions", &territory.regions, |c, region| c.field("region", region));
        c.list("territory.product_lines", &territory.product_lines, |c, line| c.field("product_line", line));
        c.field("territory.exclusive", territory.exclusive);
    }

    fn payment(&self, c: &mut Canonical) {
        let Some(payment) = &self.payment else { return c.optional("payment", None::<&str>) };
        c.optional("payment.currency_code", payment.currency);
        c.field("payment.payment_days", payment.payment_days);
        c.optional("payment.prepayment_rate", payment.prepayment_rate.map(|rate: Decimal| rate.normalize()));
        c.optional("payment.list_price_factor", payment.list_price_factor.map(|factor| factor.normalize()));
    }
}

fn commitment(c: &mut Canonical, commitment: &Commitment) {
    c.field("commitment_id", &commitment.commitment_id);
    c.field("kind", commitment.kind);
    c.field("cadence", commitment.cadence);
    match commitment.target {
        Target::Amount(amount) => c.field("amount", amount),
        Target::Quantity(quantity) => c.field("quantity", quantity.normalize()),
    }
    c.field("product_line", &commitment.product_line);
}
