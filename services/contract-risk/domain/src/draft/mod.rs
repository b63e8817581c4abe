//! What a caller says of a contract, unchecked, and the check that names every violation at once.

mod money;
mod parts;
mod said;
mod update;

use std::collections::BTreeMap;

use tributary_core::{Date, ResourceId, Violations};

pub use money::RawMoney;
pub(crate) use money::quantity;
pub use said::{DraftCommitment, DraftDeposit, DraftPayment, DraftRenewal, DraftTarget};
pub use update::Mask;

use crate::{
    contract::{Attachment, Clause, CooperationModel, ExternalRef, Terms, Territory},
    text,
};

/// Longest title in characters.
pub const MAX_TITLE: usize = 300;
/// Most external refs of one contract.
pub const MAX_REFS: usize = 20;
/// Most characters of the texts of all clauses together: a contract and the difference between two revisions of it fit
/// into a message.
pub const MAX_CLAUSE_TEXT: usize = 200_000;

/// A contract as the caller states it. Days are year, month and day; enums are the numbers of the protobuf enums;
/// decimals are texts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// Resource name of the partner. Example: "partners/zhang-san".
    pub partner: String,
    /// Title.
    pub title: String,
    /// First day of the term.
    pub effective_from: Option<(i32, i32, i32)>,
    /// First day after the term; `None`: open-ended.
    pub effective_to: Option<(i32, i32, i32)>,
    /// Keys in other systems.
    pub external_refs: Vec<ExternalRef>,
    /// Our side.
    pub principal: String,
    /// Model of the cooperation; 0: not stated.
    pub model: i32,
    /// Where and for what the partner may sell.
    pub territory: Option<Territory>,
    /// What the partner promises.
    pub commitments: Vec<DraftCommitment>,
    /// Price and payment.
    pub payment: Option<DraftPayment>,
    /// The deposit.
    pub deposit: Option<DraftDeposit>,
    /// The clauses.
    pub clauses: Vec<Clause>,
    /// Attachments.
    pub attachments: Vec<Attachment>,
    /// How it goes on after the term.
    pub renewal: Option<DraftRenewal>,
    /// Months between the notice of termination and the end.
    pub termination_buffer_months: Option<i32>,
    /// The person in charge.
    pub owner: String,
    /// Labels.
    pub labels: BTreeMap<String, String>,
}

impl Draft {
    /// Checks everything.
    ///
    /// # Errors
    /// Every violation at once, under the field names of the API.
    pub fn check(self) -> Result<Terms, Violations> {
        let mut v = Violations::new();
        let partner = v.check("partner", ResourceId::from_name("partners", &self.partner));
        text::required_line(&mut v, "title", &self.title, MAX_TITLE, "say what the contract is about");
        let (from, effective_to) = term(&mut v, self.effective_from, self.effective_to);
        parts::refs(&mut v, &self.external_refs);
        text::line(&mut v, "principal", &self.principal, 200);
        let model = parts::named(&mut v, "model", self.model, CooperationModel::from_number, "CooperationModel");
        let territory = self.territory.and_then(|t| parts::territory(&mut v, t));
        let commitments = parts::commitments(&mut v, self.commitments, self.effective_to.is_some());
        let payment = self.payment.and_then(|p| parts::payment(&mut v, p));
        let deposit = self.deposit.and_then(|d| parts::deposit(&mut v, d));
        parts::clauses(&mut v, &self.clauses);
        parts::attachments(&mut v, &self.attachments);
        let renewal = self.renewal.and_then(|r| parts::renewal(&mut v, r));
        let months = self.termination_buffer_months;
        let termination_buffer_months = months.and_then(|n| parts::whole(&mut v, "termination_buffer_months", n, 60));
        text::line(&mut v, "owner", &self.owner, 100);
        parts::labels(&mut v, &self.labels);
        match (partner, from) {
            (Some(partner), Some(effective_from)) if v.is_empty() => Ok(Terms {
                partner,
                title: self.title,
                effective_from,
                effective_to,
                external_refs: self.external_refs,
                principal: self.principal,
                model,
                territory,
                commitments,
                payment,
                deposit,
                clauses: self.clauses,
                attachments: self.attachments,
                renewal,
                termination_buffer_months,
                owner: self.owner,
                labels: self.labels,
            }),
            _ => Err(v),
        }
    }
}

fn term(
    v: &mut Violations,
    from: Option<(i32, i32, i32)>,
    to: Option<(i32, i32, i32)>,
) -> (Option<Date>, Option<Date>) {
    let from = match from {
        Some(parts) => v.check("effective_from", day(parts)),
        None => {
            v.add("effective_from", "is required and is not set; state the first day of the term");
            None
        }
    };
    let to = to.and_then(|parts| v.check("effective_to", day(parts)));
    if let (Some(from), Some(to)) = (from, to)
        && to <= from
    {
        v.add(
            "effective_to",
            format!(
                "{to} is not after effective_from {from}; it is the first day after the term, unset it for an open end"
            ),
        );
    }
    (from, to)
}

fn day((year, month, day): (i32, i32, i32)) -> Result<Date, String> {
    Date::from_ymd(year, month, day)
}
