//! The ledger: the journal, and the accounts, transactions and movements that follow from it.

use async_trait::async_trait;
use incentive_calculation_domain::ledger::{
    Account, AccountKey, Commodity, Entry, Movement, State, Transaction, TransactionId, journal::Head,
};
use sqlx::{QueryBuilder, Row};
use tributary_core::{Date, TenantId, Timestamp};
use tributary_sql::StoreError;

use super::{Db, DbRow, Pool, plans::body};
use crate::ports::ledger::{AccountQuery, KeptMovement, LedgerReads, MovementSums, TransactionQuery};

const ACCOUNT: &str = "SELECT account_id, floor, closed, debits_posted, credits_posted, debits_pending, credits_pending, \
     entry FROM ledger_accounts WHERE tenant = ";

pub(super) fn account(row: &DbRow) -> Result<Account, StoreError> {
    Ok(Account {
        key: key(row.try_get("account_id")?)?,
        floor: row.try_get("floor")?,
        closed: row.try_get("closed")?,
        debits_posted: row.try_get("debits_posted")?,
        credits_posted: row.try_get("credits_posted")?,
        debits_pending: row.try_get("debits_pending")?,
        credits_pending: row.try_get("credits_pending")?,
        entry: row.try_get("entry")?,
    })
}

fn key(id: &str) -> Result<AccountKey, StoreError> {
    AccountKey::parse(id).map_err(|why| StoreError::Corrupt(format!("ledger_accounts: {why}")))
}

fn transaction_id(id: &str) -> Result<TransactionId, StoreError> {
    TransactionId::parse(id).map_err(|why| StoreError::Corrupt(format!("ledger_transactions: {why}")))
}

pub(super) fn accounts(tenant: &TenantId) -> QueryBuilder<Db> {
    let mut query = QueryBuilder::new(ACCOUNT);
    query.push_bind(tenant.as_str().to_owned());
    query
}

pub(super) const ENTRIES: &str = "SELECT position, content, author, record_time, digest FROM ledger_entries \
     WHERE tenant = $1 AND position > $2 ORDER BY position LIMIT $3";

pub(super) fn entry(row: &DbRow) -> Result<Entry, StoreError> {
    Ok(Entry {
        position: row.try_get("position")?,
        content: row.try_get("content")?,
        author: row.try_get("author")?,
        record_time: Timestamp(row.try_get("record_time")?),
        digest: row.try_get("digest")?,
    })
}

fn state(text: &str) -> Result<State, StoreError> {
    let known = State::ALL.into_iter().find(|state| state.as_str() == text);
    known.ok_or_else(|| StoreError::Corrupt(format!("ledger: {text:?} is no state")))
}

fn movement(row: &DbRow, account: &AccountKey) -> Result<KeptMovement, StoreError> {
    Ok(KeptMovement {
        entry: row.try_get("entry")?,
        transaction: transaction_id(row.try_get("transaction_id")?)?,
        state: state(row.try_get("state")?)?,
        movement: Movement {
            account: account.clone(),
            debit: row.try_get("debit")?,
            credit: row.try_get("credit")?,
            pending_debit: row.try_get("pending_debit")?,
            pending_credit: row.try_get("pending_credit")?,
            balance: row.try_get("balance")?,
        },
        effective_on: Date::from_days(row.try_get("effective_on")?),
        record_time: Timestamp(row.try_get("record_time")?),
    })
}

#[async_trait]
impl LedgerReads for Pool {
    async fn commodities(&self, tenant: &TenantId, after: &str, limit: u32) -> Result<Vec<Commodity>, StoreError> {
        let rows = sqlx::query(
            "SELECT body FROM ledger_commodities WHERE tenant = $1 AND commodity > $2 ORDER BY commodity LIMIT $3",
        )
        .bind(tenant.as_str())
        .bind(after)
        .bind(i64::from(limit))
        .fetch_all(self.reader())
        .await?;
        rows.iter().map(body).collect()
    }

    async fn commodities_of(&self, tenant: &TenantId, codes: &[String]) -> Result<Vec<Commodity>, StoreError> {
        if codes.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = QueryBuilder::<Db>::new("SELECT body FROM ledger_commodities WHERE tenant = ");
        query.push_bind(tenant.as_str()).push(" AND commodity IN (");
        let mut list = query.separated(", ");
        for code in codes {
            list.push_bind(code);
        }
        query.push(")");
        query.build().persistent(false).fetch_all(self.reader()).await?.iter().map(body).collect()
    }

    async fn ledger_account(&self, tenant: &TenantId, key: &AccountKey) -> Result<Option<Account>, StoreError> {
        let mut query = accounts(tenant);
        query.push(" AND account_id = ").push_bind(key.to_string());
        query.build().fetch_optional(self.reader()).await?.as_ref().map(account).transpose()
    }

    async fn ledger_accounts(&self, tenant: &TenantId, wanted: &AccountQuery) -> Result<Vec<Account>, StoreError> {
        let mut query = accounts(tenant);
        query.push(" AND account_id > ").push_bind(&wanted.after);
        if let Some(partner) = &wanted.partner {
            query.push(" AND partner_id = ").push_bind(partner);
        }
        if let Some(purpose) = wanted.purpose {
            query.push(" AND purpose = ").push_bind(purpose.as_str());
        }
        if let Some(commodity) = &wanted.commodity {
            query.push(" AND commodity = ").push_bind(commodity);
        }
        query.push(" ORDER BY account_id LIMIT ").push_bind(i64::from(wanted.limit));
        query.build().fetch_all(self.reader()).await?.iter().map(account).collect()
    }

    async fn ledger_transaction(
        &self,
        tenant: &TenantId,
        id: &TransactionId,
    ) -> Result<Option<Transaction>, StoreError> {
        let row = sqlx::query("SELECT body FROM ledger_transactions WHERE tenant = $1 AND transaction_id = $2")
            .bind(tenant.as_str())
            .bind(id.as_str())
            .fetch_optional(self.reader())
            .await?;
        row.as_ref().map(body).transpose()
    }

    async fn ledger_transactions(
        &self,
        tenant: &TenantId,
        wanted: &TransactionQuery,
    ) -> Result<Vec<Transaction>, StoreError> {
        let mut query = QueryBuilder::<Db>::new("SELECT body FROM ledger_transactions WHERE tenant = ");
        query.push_bind(tenant.as_str());
        if let Some(state) = wanted.state {
            query.push(" AND state = ").push_bind(state.as_str());
        }
        if let Some(cause) = &wanted.cause {
            query.push(" AND cause = ").push_bind(cause);
        }
        if let Some(before) = wanted.before {
            query.push(" AND entry < ").push_bind(before);
        }
        query.push(" ORDER BY entry DESC LIMIT ").push_bind(i64::from(wanted.limit));
        query.build().fetch_all(self.reader()).await?.iter().map(body).collect()
    }

    async fn movements(
        &self,
        tenant: &TenantId,
        account: &AccountKey,
        after: i64,
        limit: u32,
    ) -> Result<Vec<KeptMovement>, StoreError> {
        let rows = sqlx::query(
            "SELECT entry, transaction_id, state, debit, credit, pending_debit, pending_credit, balance, effective_on, \
             record_time FROM ledger_movements WHERE tenant = $1 AND account_id = $2 AND entry > $3 ORDER BY entry LIMIT $4",
        )
        .bind(tenant.as_str())
        .bind(account.to_string())
        .bind(after)
        .bind(i64::from(limit))
        .fetch_all(self.reader())
        .await?;
        rows.iter().map(|row| movement(row, account)).collect()
    }

    async fn movement_sums(&self, tenant: &TenantId, through: i64) -> Result<Vec<MovementSums>, StoreError> {
        // A sum of BIGINT is NUMERIC on PostgreSQL.
        let rows = sqlx::query(
            "SELECT account_id, CAST(SUM(debit) AS BIGINT), CAST(SUM(credit) AS BIGINT), \
             CAST(SUM(pending_debit) AS BIGINT), CAST(SUM(pending_credit) AS BIGINT) \
             FROM ledger_movements WHERE tenant = $1 AND entry <= $2 GROUP BY account_id",
        )
        .bind(tenant.as_str())
        .bind(through)
        .fetch_all(self.reader())
        .await?;
        let sums = |row: &DbRow| {
            Ok(MovementSums {
                account: key(row.try_get(0)?)?,
                debits_posted: row.try_get(1)?,
                credits_posted: row.try_get(2)?,
                debits_pending: row.try_get(3)?,
                credits_pending: row.try_get(4)?,
            })
        };
        rows.iter().map(sums).collect()
    }

    async fn journal(&self, tenant: &TenantId, after: i64, limit: u32) -> Result<Vec<Entry>, StoreError> {
        let read = sqlx::query(ENTRIES).bind(tenant.as_str()).bind(after).bind(i64::from(limit));
        read.fetch_all(self.reader()).await?.iter().map(entry).collect()
    }

    async fn journal_head(&self, tenant: &TenantId) -> Result<Head, StoreError> {
        let row = sqlx::query("SELECT position, digest FROM ledger_heads WHERE tenant = $1")
            .bind(tenant.as_str())
            .fetch_optional(self.reader())
            .await?;
        match row {
            Some(row) => Ok(Head { position: row.try_get(0)?, digest: row.try_get(1)? }),
            None => Ok(Head::default()),
        }
    }

    async fn overdue(&self, now: Timestamp, limit: u32) -> Result<Vec<(TenantId, TransactionId)>, StoreError> {
        let rows = sqlx::query(
            "SELECT tenant, transaction_id FROM ledger_transactions WHERE expire_time <= $1 AND state = 'pending' \
             ORDER BY expire_time LIMIT $2",
        )
        .bind(now.0)
        .bind(i64::from(limit))
        .fetch_all(self.reader())
        .await?;
        let overdue = |row: &DbRow| {
            let tenant = TenantId::parse(row.try_get(0)?).map_err(StoreError::Corrupt)?;
            Ok((tenant, transaction_id(row.try_get(1)?)?))
        };
        rows.iter().map(overdue).collect()
    }
}
