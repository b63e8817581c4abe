//! What is handed over to the ERP: a list of payables and the same as a CSV file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tributary_core::{Currency, MinorAmount, Timestamp};

use super::{Form, Settlement};

/// A payment that the ERP is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payable {
    /// The settlement, last part of its name.
    pub settlement: String,
    /// The partner, last part of its name.
    pub partner: String,
    /// Its keys in other systems, "system:id".
    pub partner_external_refs: Vec<String>,
    /// Its name for people.
    pub partner_display_name: String,
    /// In what form.
    pub form: Form,
    /// How much.
    pub amount: MinorAmount,
}

/// A settlement that was not exported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The settlement, last part of its name.
    pub settlement: String,
    /// The partner, last part of its name.
    pub partner: String,
    /// Why.
    pub reason: String,
}

/// What was handed over at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Export {
    /// Last part of its name.
    pub id: String,
    /// The programme, last part of its name.
    pub programme: String,
    /// The period as text.
    pub period: String,
    /// What is to be paid.
    pub payables: Vec<Payable>,
    /// What was left out.
    pub left_out: Vec<LeftOut>,
    /// Who exported.
    pub actor: String,
    /// When.
    pub create_time: Timestamp,
    /// Settlements still to be exported.
    pub remaining: i64,
}

impl Payable {
    /// What a settlement asks for.
    #[must_use]
    pub fn of(settlement: &Settlement) -> Self {
        Self {
            settlement: settlement.id.clone(),
            partner: settlement.partner.clone(),
            partner_external_refs: settlement.partner_external_refs.clone(),
            partner_display_name: settlement.partner_display_name.clone(),
            form: settlement.terms.form,
            amount: settlement.money(settlement.amounts.payable),
        }
    }
}

const HEAD: &str = "settlement,partner,partner_external_refs,partner_display_name,form,currency,amount\r\n";

impl Export {
    /// Resource name.
    #[must_use]
    pub fn name(&self) -> String {
        format!("payableExports/{}", self.id)
    }

    /// Sums by currency.
    #[must_use]
    pub fn totals(&self) -> Vec<MinorAmount> {
        let mut sums: BTreeMap<Currency, i64> = BTreeMap::new();
        for payable in &self.payables {
            let sum = sums.entry(payable.amount.currency).or_default();
            *sum = sum.saturating_add(payable.amount.value);
        }
        sums.into_iter().map(|(currency, value)| MinorAmount { currency, value }).collect()
    }

    /// The payables as RFC 4180.
    #[must_use]
    pub fn csv(&self) -> String {
        let row = |payable: &Payable| {
            let fields = [
                format!("settlements/{}", payable.settlement),
                format!("partners/{}", payable.partner),
                payable.partner_external_refs.join(" "),
                payable.partner_display_name.clone(),
                payable.form.as_str().to_owned(),
                payable.amount.currency.code().to_owned(),
                payable.amount.number(),
            ];
            let fields: Vec<String> = fields.iter().map(|field| quoted(field)).collect();
            format!("{}\r\n", fields.join(","))
        };
        let rows: String = self.payables.iter().map(row).collect();
        format!("{HEAD}{rows}")
    }
}

fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}
