//! What is agreed of an account: its floor, and whether it takes movements.

use incentive_calculation_domain::{
    ledger::{
        Account, AccountKey, Content,
        commodity::{text, units},
    },
    reasons,
};
use tributary_core::{Fault, RequestContext, fault::common};
use tributary_sql::RequestKey;

use super::{refusals::no_account, writing::Writing};
use crate::{
    app::{App, recall, remember},
    ports::PartnerRef,
};

/// What should become of an account.
#[derive(Debug, Clone)]
pub enum AccountChange {
    /// Another floor, as a decimal.
    Floor(String),
    /// No new movements.
    Close,
    /// Movements again.
    Reopen,
}

impl App {
    /// Changes an account whose etag the caller has seen; an empty etag stands for any.
    ///
    /// # Errors
    /// `INVALID_REQUEST`, `COMMODITY_UNKNOWN`, `PARTNER_UNKNOWN`, `LEDGER_ACCOUNT_NOT_FOUND`, `ETAG_MISMATCH`,
    /// `BALANCE_LIMIT`, `ACCOUNT_NOT_EMPTY`.
    pub async fn change_account(
        &self,
        caller: &RequestContext,
        key: AccountKey,
        change: AccountChange,
        (etag, reason): (&str, String),
        request: Option<RequestKey>,
    ) -> Result<Account, Fault> {
        let scale = self.scale(&caller.tenant, &key.commodity).await?;
        let floor = match &change {
            AccountChange::Floor(floor) => {
                if key.purpose.floor().is_none() {
                    let message = format!("{} is of the house, whose accounts have no limit", key.name());
                    return Err(Fault::invalid_field("name", message));
                }
                let partner: Vec<_> = key.partner().map(|id| PartnerRef::Id(id.to_string())).into_iter().collect();
                self.known_holders(caller, &partner).await?;
                Some(units(floor, scale).map_err(|why| Fault::invalid_field("floor", why))?)
            }
            AccountChange::Close | AccountChange::Reopen => None,
        };
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        if let Some(first) = recall(tx.as_mut(), request.as_ref(), now).await? {
            return Ok(first);
        }
        let mut writing = Writing::begin(tx.as_mut(), &caller.tenant, &caller.subject, now).await?;
        writing.load(tx.as_mut(), vec![key.clone()]).await?;
        let held = writing.book.account(&key);
        if held.entry == 0 && floor.is_none() {
            return Err(no_account(&key));
        }
        let name = key.name();
        if !etag.is_empty() && etag != held.etag() {
            let message = format!("{name} is at {}, not at {etag:?}; read it again and decide anew", held.etag());
            return Err(Fault::new(common::ETAG_MISMATCH, message).with("account", name));
        }
        let entry = writing.next();
        let (account, content) = match (&change, floor) {
            (AccountChange::Floor(_), floor) => {
                let floor = floor.unwrap_or_default();
                if held.available() < i128::from(floor) {
                    let available = i64::try_from(held.available()).map_or("less".to_owned(), |v| text(v, scale));
                    let message =
                        format!("{name} has {available} available, which is less than {}", text(floor, scale));
                    return Err(Fault::new(reasons::BALANCE_LIMIT, message).with("account", name));
                }
                let content = Content::FloorSet { account: key, floor, reason };
                (Account { floor: Some(floor), entry, ..held }, content)
            }
            (AccountChange::Close, _) => {
                if !held.is_empty() {
                    let message = format!(
                        "{name} has a balance of {} and {} and {} pending; settle them first",
                        text(held.balance(), scale),
                        text(held.debits_pending, scale),
                        text(held.credits_pending, scale)
                    );
                    return Err(Fault::new(reasons::ACCOUNT_NOT_EMPTY, message).with("account", name));
                }
                let content = Content::ClosedSet { account: key, closed: true, reason };
                (Account { closed: true, entry, ..held }, content)
            }
            (AccountChange::Reopen, _) => {
                let content = Content::ClosedSet { account: key, closed: false, reason };
                (Account { closed: false, entry, ..held }, content)
            }
        };
        writing.book.put(account.clone());
        writing.enter(&content)?;
        remember(tx.as_mut(), request.as_ref(), &account).await?;
        self.keep(tx, writing).await?;
        Ok(account)
    }
}
