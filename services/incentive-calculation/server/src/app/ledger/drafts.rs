//! Transactions as callers state them: amounts are texts until the digits of their commodities are known.

use std::collections::BTreeSet;

use incentive_calculation_domain::{
    ledger::{AccountKey, NewTransaction, Posting, TransactionId, commodity::units},
    reasons,
};
use tributary_core::{Date, Fault, RequestContext, Timestamp, Violations};

use super::{Scales, unknown_commodity};
use crate::{app::App, ports::PartnerRef};

/// A posting, decoded but unchecked.
#[derive(Debug, Clone)]
pub struct PostingDraft {
    /// Resource name.
    pub debit: String,
    /// Resource name.
    pub credit: String,
    /// A decimal; `None`: not stated.
    pub amount: Option<String>,
}

/// A transaction, decoded but unchecked.
#[derive(Debug, Clone)]
pub struct TransactionDraft {
    /// Its id.
    pub id: String,
    /// Its postings.
    pub postings: Vec<PostingDraft>,
    /// Whether its amounts are only reserved.
    pub pending: bool,
    /// When the reservation ends.
    pub expire_time: Option<Timestamp>,
    /// What it is done for.
    pub cause: String,
    /// For people.
    pub memo: String,
    /// The day on which it counts.
    pub effective_on: Option<Date>,
    /// What could not be decoded.
    pub violations: Violations,
}

/// Drafts with the digits of their amounts.
pub(super) struct Read {
    /// In the order of the drafts, each with the path of its fields.
    pub(super) transactions: Vec<(String, NewTransaction)>,
    /// The digits of everything in them.
    pub(super) scales: Scales,
}

type Keys = (Option<AccountKey>, Option<AccountKey>);
type Keyed = (String, TransactionDraft, Vec<Keys>);

impl App {
    /// Reads drafts; `path` of an index is where its fields stand in the request.
    pub(super) async fn read_drafts(
        &self,
        caller: &RequestContext,
        drafts: Vec<TransactionDraft>,
        path: impl Fn(usize) -> String,
    ) -> Result<Read, Fault> {
        let mut all = Violations::new();
        let mut keyed: Vec<Keyed> = Vec::with_capacity(drafts.len());
        for (at, mut draft) in drafts.into_iter().enumerate() {
            let path = path(at);
            nest(&mut all, &path, std::mem::take(&mut draft.violations));
            let mut own = Violations::new();
            let keys = draft.postings.iter().enumerate().map(|(at, posting)| {
                let mut key =
                    |side: &str, name: &str| own.check(&format!("postings[{at}].{side}"), AccountKey::of_name(name));
                (key("debit", &posting.debit), key("credit", &posting.credit))
            });
            let keys = keys.collect();
            all.nest(&within(&path, "transaction"), own);
            keyed.push((path, draft, keys));
        }
        let (codes, partners) = named(&keyed);
        let scales = self.scales(&caller.tenant, codes.clone()).await?;
        let unknown: Vec<String> = codes.into_iter().filter(|code| scales.get(code).is_none()).collect();

        let mut transactions = Vec::with_capacity(keyed.len());
        for (path, draft, keys) in keyed {
            let mut own = Violations::new();
            let id = all.check(&within(&path, "transaction_id"), TransactionId::chosen(&draft.id));
            let read = read(id, draft, &keys, &scales, &mut own);
            all.nest(&within(&path, "transaction"), own);
            transactions.extend(read.map(|new| (path, new)));
        }
        all.into_result()?;
        if !unknown.is_empty() {
            return Err(unknown_commodity(&unknown.join(", ")));
        }
        self.known_holders(caller, &partners).await?;
        Ok(Read { transactions, scales })
    }

    /// Refuses partners that nobody knows.
    pub(in crate::app) async fn known_holders(
        &self,
        caller: &RequestContext,
        partners: &[PartnerRef],
    ) -> Result<(), Fault> {
        let known = self.resolve(caller, partners.iter()).await?;
        let unknown = partners.iter().filter(|partner| !known.contains_key(*partner));
        let unknown: BTreeSet<String> = unknown.map(ToString::to_string).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let unknown = unknown.into_iter().collect::<Vec<_>>().join(", ");
        let message = format!("no partner is known as {unknown}; create it in the registry first");
        Err(Fault::new(reasons::PARTNER_UNKNOWN, message).with("value", unknown))
    }
}

/// The commodities and partners of the accounts that could be read.
fn named(keyed: &[Keyed]) -> (BTreeSet<String>, Vec<PartnerRef>) {
    let accounts = || keyed.iter().flat_map(|row| &row.2).flat_map(|(debit, credit)| [debit, credit]).flatten();
    let partners = accounts().filter_map(|key| key.partner().map(|id| PartnerRef::Id(id.to_string())));
    (accounts().map(|key| key.commodity.clone()).collect(), partners.collect())
}

/// The path of a field of a request, which stands at `path`, or is the message itself when that is empty.
pub(super) fn within(path: &str, field: &str) -> String {
    if path.is_empty() { field.to_owned() } else { format!("{path}.{field}") }
}

fn nest(all: &mut Violations, path: &str, own: Violations) {
    if path.is_empty() { all.extend(own) } else { all.nest(path, own) }
}

fn read(
    id: Option<TransactionId>,
    draft: TransactionDraft,
    keys: &[Keys],
    scales: &Scales,
    own: &mut Violations,
) -> Option<NewTransaction> {
    let mut postings = Vec::with_capacity(keys.len());
    for (at, (posting, keys)) in draft.postings.iter().zip(keys).enumerate() {
        let field = format!("postings[{at}].amount");
        let Some(amount) = &posting.amount else {
            own.add(field, "is missing; state how much");
            continue;
        };
        let (Some(debit), Some(credit)) = keys else { continue };
        let Some(scale) = scales.get(&debit.commodity) else { continue };
        if let Some(amount) = own.check(&field, units(amount, scale)) {
            let posting = Posting { debit: debit.clone(), credit: credit.clone(), amount };
            own.nest(&format!("postings[{at}]"), posting.check());
            postings.push(posting);
        }
    }
    if draft.expire_time.is_some() && !draft.pending {
        own.add("expire_time", "is only for pending transactions");
    }
    if postings.len() < draft.postings.len() {
        return None;
    }
    Some(NewTransaction {
        id: id?,
        postings,
        pending: draft.pending,
        expire_time: draft.expire_time,
        cause: draft.cause,
        memo: draft.memo,
        effective_on: draft.effective_on,
        reverses: None,
    })
}
