//! IC-36: the ledger's transactions as entries for general-ledger accounts. Read from the journal, which never changes: the
//! same days up to the same entry give the same for ever.

use std::collections::{BTreeMap, BTreeSet};

use incentive_calculation_domain::ledger::{AccountKey, Content, Entry, NewTransaction, Purpose};
use tributary_core::{Date, Fault, RequestContext, TenantId, Violations};

use crate::app::App;

/// Entries of the journal read at once.
const READ: u32 = 1_000;
/// Entries of the journal that one page looks at, at most.
const LOOKED_AT: i64 = 20_000;

/// Which account of the general ledger stands for a purpose.
#[derive(Debug, Clone)]
pub struct GlAccount {
    /// The purpose.
    pub purpose: Purpose,
    /// Only in this commodity; empty: in all that no other one names.
    pub commodity: String,
    /// The account.
    pub account: String,
}

/// What is wanted.
#[derive(Debug, Clone)]
pub struct AccountingQuery {
    /// First day.
    pub from: Date,
    /// First day after them.
    pub to: Date,
    /// The accounts.
    pub accounts: Vec<GlAccount>,
    /// The last entry that counts.
    pub through: i64,
    /// Only after this entry.
    pub after: i64,
    /// At most this many transactions.
    pub limit: usize,
}

/// One posting as an entry of the general ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GlEntry {
    /// Number of the ledger's entry.
    pub entry: i64,
    /// Number of the posting in it, from 1.
    pub posting: i32,
    /// The day on which it counts.
    pub date: Date,
    /// The account that is debited.
    pub debit_account: String,
    /// The account that is credited.
    pub credit_account: String,
    /// Whole units of the commodity.
    pub amount: i64,
    /// Currency or commodity.
    pub commodity: String,
    /// The partner, last part of its name; empty: none.
    pub partner: String,
    /// Resource name of the transaction.
    pub transaction: String,
    /// What it was done for.
    pub cause: String,
}

/// A page of entries.
#[derive(Debug)]
pub struct AccountingPage {
    /// The entries.
    pub entries: Vec<GlEntry>,
    /// The entry after which the next page begins; `None`: there is none.
    pub next: Option<i64>,
}

type Accounts<'a> = BTreeMap<(&'a str, &'a str), &'a str>;

impl App {
    /// Number of the last entry of the journal.
    ///
    /// # Errors
    /// `STORE_UNAVAILABLE`.
    pub async fn journal_end(&self, caller: &RequestContext) -> Result<i64, Fault> {
        Ok(self.store.journal_head(&caller.tenant).await?.position)
    }

    /// A page of accounting entries.
    ///
    /// # Errors
    /// `INVALID_REQUEST` with every purpose of the page that has no account.
    pub async fn accounting(&self, caller: &RequestContext, query: &AccountingQuery) -> Result<AccountingPage, Fault> {
        let tenant = &caller.tenant;
        let accounts = accounts(query)?;
        let mut page = AccountingPage { entries: Vec::new(), next: None };
        let (mut after, mut taken) = (query.after, 0_usize);
        let mut unmapped = BTreeSet::new();
        'journal: loop {
            let read = self.store.journal(tenant, after, READ).await?;
            let Some(last) = read.last().map(|entry| entry.position) else { break };
            for entry in &read {
                if entry.position > query.through {
                    break 'journal;
                }
                after = entry.position;
                let Some((counting, day)) = self.counting(tenant, entry).await? else { continue };
                if day < query.from || day >= query.to {
                    continue;
                }
                page.entries.extend(written(entry, &counting, day, &accounts, &mut unmapped));
                taken = taken.saturating_add(1);
                if taken == query.limit && after < query.through {
                    page.next = Some(after);
                    break 'journal;
                }
            }
            if last >= query.through {
                break;
            }
            if last.saturating_sub(query.after) >= LOOKED_AT {
                page.next = Some(last);
                break;
            }
        }
        if unmapped.is_empty() {
            return Ok(page);
        }
        let mut violations = Violations::new();
        for (purpose, commodity) in unmapped {
            violations.add("mappings", format!("has no account for {purpose} in {commodity}; add one"));
        }
        Err(Fault::invalid(violations))
    }

    /// What counts of an entry and on which day; `None`: it moves nothing.
    async fn counting(&self, tenant: &TenantId, entry: &Entry) -> Result<Option<(NewTransaction, Date)>, Fault> {
        let content: Content = serde_json::from_str(&entry.content).map_err(|e| Fault::internal(e.to_string()))?;
        match content {
            Content::Recorded(new) if !new.pending => {
                let day = self.effective(&new, entry.record_time);
                Ok(Some((new, day)))
            }
            Content::Posted { transaction, amounts } => {
                let known = self.store.ledger_transaction(tenant, &transaction).await?;
                let known = known.ok_or_else(|| Fault::internal("a posted transaction is not there"))?;
                let day = self.effective(&known.content, known.create_time);
                let mut new = known.content;
                for (posting, amount) in new.postings.iter_mut().zip(amounts) {
                    posting.amount = amount;
                }
                Ok(Some((new, day)))
            }
            _ => Ok(None),
        }
    }
}

fn accounts(query: &AccountingQuery) -> Result<Accounts<'_>, Fault> {
    let mut violations = Violations::new();
    if query.to <= query.from {
        violations.add("to", format!("{} is not after {}; it is the first day after them", query.to, query.from));
    }
    let mut accounts = Accounts::new();
    for (at, mapped) in query.accounts.iter().enumerate() {
        let key = (mapped.purpose.as_str(), mapped.commodity.as_str());
        if accounts.insert(key, &mapped.account).is_some() {
            violations.add(format!("mappings[{at}]"), format!("maps {} again; map it once", mapped.purpose.as_str()));
        }
    }
    violations.into_result()?;
    Ok(accounts)
}

fn written(
    entry: &Entry,
    counting: &NewTransaction,
    date: Date,
    accounts: &Accounts<'_>,
    unmapped: &mut BTreeSet<(&'static str, String)>,
) -> Vec<GlEntry> {
    let mut mapped = |key: &AccountKey| {
        let purpose = key.purpose.as_str();
        let found = accounts.get(&(purpose, key.commodity.as_str())).or_else(|| accounts.get(&(purpose, "")));
        if found.is_none() {
            unmapped.insert((purpose, key.commodity.clone()));
        }
        found.map(|account| (*account).to_owned()).unwrap_or_default()
    };
    let mut written = Vec::with_capacity(counting.postings.len());
    for (posting, number) in counting.postings.iter().zip(1_i32..).filter(|(posting, _)| posting.amount != 0) {
        let partner = posting.debit.partner().or_else(|| posting.credit.partner());
        written.push(GlEntry {
            entry: entry.position,
            posting: number,
            date,
            debit_account: mapped(&posting.debit),
            credit_account: mapped(&posting.credit),
            amount: posting.amount,
            commodity: posting.debit.commodity.clone(),
            partner: partner.map(ToString::to_string).unwrap_or_default(),
            transaction: counting.id.name(),
            cause: counting.cause.clone(),
        });
    }
    written
}
