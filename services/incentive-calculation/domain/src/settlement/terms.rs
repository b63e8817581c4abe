//! How settlements are made: in what form, what tax is withheld, how long lines can be disputed.

use serde::{Deserialize, Serialize};
use tributary_core::{Decimal, Violations};

use crate::{
    assignment::PARTNER_KINDS,
    canonical::{decimal, optional_decimal},
    ledger::Purpose,
};

/// In what form a partner gets what it earned (IC-34).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Form {
    /// Money.
    #[default]
    Cash,
    /// A discount on invoices.
    InvoiceDiscount,
    /// Goods of that value.
    Goods,
    /// Credited to the rebate account.
    RebateAccount,
    /// Credited to the prepayment account.
    PrepaymentAccount,
    /// Credited to the deposit account.
    DepositAccount,
    /// Pays the overdraft back.
    OverdraftAccount,
}

impl Form {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Cash,
        Self::InvoiceDiscount,
        Self::Goods,
        Self::RebateAccount,
        Self::PrepaymentAccount,
        Self::DepositAccount,
        Self::OverdraftAccount,
    ];

    /// The partner's account that is credited when the settlement is locked.
    #[must_use]
    pub fn credited(self) -> Purpose {
        match self {
            Self::Cash | Self::InvoiceDiscount | Self::Goods => Purpose::Payable,
            Self::RebateAccount => Purpose::Rebate,
            Self::PrepaymentAccount => Purpose::Prepayment,
            Self::DepositAccount => Purpose::Deposit,
            Self::OverdraftAccount => Purpose::Overdraft,
        }
    }

    /// Whether the ERP has to do something.
    #[must_use]
    pub fn is_handed_over(self) -> bool {
        self.credited() == Purpose::Payable
    }

    /// In files, and for people.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cash => "CASH",
            Self::InvoiceDiscount => "INVOICE_DISCOUNT",
            Self::Goods => "GOODS",
            Self::RebateAccount => "REBATE_ACCOUNT",
            Self::PrepaymentAccount => "PREPAYMENT_ACCOUNT",
            Self::DepositAccount => "DEPOSIT_ACCOUNT",
            Self::OverdraftAccount => "OVERDRAFT_ACCOUNT",
        }
    }
}

/// Tax on what partners of some kinds get.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withholding {
    /// The kinds, as in `PartnerKind` without its prefix.
    pub partner_kinds: Vec<String>,
    /// Share that is withheld.
    #[serde(with = "decimal")]
    pub rate: Decimal,
    /// What stays free, in major units.
    #[serde(with = "optional_decimal")]
    pub allowance: Option<Decimal>,
}

/// How settlements are made.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Terms {
    /// In what form.
    pub form: Form,
    /// Tax; the first that names a partner's kind decides.
    pub withholding: Vec<Withholding>,
    /// Days in which lines can be disputed after submission.
    pub dispute_days: i64,
}

impl Terms {
    /// What is wrong with them, by the names of the contract.
    #[must_use]
    pub fn check(&self) -> Violations {
        let mut violations = Violations::new();
        for (at, rule) in self.withholding.iter().enumerate() {
            let field = |name: &str| format!("withholding[{at}].{name}");
            if rule.rate.is_sign_negative() || rule.rate > Decimal::ONE {
                violations.add(field("rate"), format!("{} is not between 0 and 1; 20 % is 0.2", rule.rate));
            }
            if let Some(allowance) = rule.allowance.filter(Decimal::is_sign_negative) {
                violations.add(field("allowance"), format!("{allowance} is below 0; leave it out for none"));
            }
            for kind in rule.partner_kinds.iter().filter(|kind| !PARTNER_KINDS.contains(&kind.as_str())) {
                let known = PARTNER_KINDS.join(", ");
                violations
                    .add(field("partner_kinds"), format!("{kind:?} is not a kind of partner; use some of {known}"));
            }
            let earlier = self.withholding.iter().take(at).flat_map(|rule| &rule.partner_kinds);
            for kind in rule.partner_kinds.iter().filter(|kind| earlier.clone().any(|other| other == *kind)) {
                violations.add(field("partner_kinds"), format!("{kind} is named by an earlier rule, which decides"));
            }
        }
        violations
    }

    /// The rule for a kind of partner.
    #[must_use]
    pub fn withholding_of(&self, partner_kind: &str) -> Option<&Withholding> {
        self.withholding.iter().find(|rule| rule.partner_kinds.iter().any(|kind| kind == partner_kind))
    }
}
