//! Writes of the ledger. The row of the journal's head is locked first, so that writers of one tenant come one after the
//! other; the limits of accounts stand in the table, too.

use async_trait::async_trait;
use incentive_calculation_domain::ledger::{
    Account, AccountKey, Commodity, Entry, Side, Transaction, TransactionId, journal::Head,
};
use sqlx::{QueryBuilder, Row};
use tributary_core::TenantId;
use tributary_sql::StoreError;

use super::{
    Connection, Db, Tx,
    ledger::{ENTRIES, account, accounts, entry},
    plans::{body, json},
};
use crate::ports::ledger::{KeptMovement, LedgerChange, LedgerTx};

/// Rows of one statement, under the 32,766 values that SQLite takes.
const ROWS_PER_STATEMENT: usize = 1_000;

#[async_trait]
impl LedgerTx for Tx {
    async fn lock_journal(&mut self, tenant: &TenantId) -> Result<Head, StoreError> {
        let row = sqlx::query(
            "INSERT INTO ledger_heads (tenant, position, digest) VALUES ($1, 0, '') \
             ON CONFLICT (tenant) DO UPDATE SET position = ledger_heads.position RETURNING position, digest",
        )
        .bind(tenant.as_str())
        .fetch_one(self.conn())
        .await?;
        Ok(Head { position: row.try_get(0)?, digest: row.try_get(1)? })
    }

    async fn insert_commodity(&mut self, tenant: &TenantId, commodity: &Commodity) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO ledger_commodities (tenant, commodity, body) VALUES ($1, $2, $3)")
            .bind(tenant.as_str())
            .bind(commodity.code.as_str())
            .bind(json(commodity)?)
            .execute(self.conn())
            .await?;
        Ok(())
    }

    async fn accounts_of(&mut self, tenant: &TenantId, keys: &[AccountKey]) -> Result<Vec<Account>, StoreError> {
        let mut found = Vec::with_capacity(keys.len());
        for chunk in keys.chunks(ROWS_PER_STATEMENT) {
            let mut query = accounts(tenant);
            query.push(" AND account_id IN (");
            let mut list = query.separated(", ");
            for key in chunk {
                list.push_bind(key.to_string());
            }
            query.push(")");
            for row in query.build().persistent(false).fetch_all(self.conn()).await? {
                found.push(account(&row)?);
            }
        }
        Ok(found)
    }

    async fn transactions_of(
        &mut self,
        tenant: &TenantId,
        ids: &[TransactionId],
    ) -> Result<Vec<Transaction>, StoreError> {
        let mut found = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(ROWS_PER_STATEMENT) {
            let mut query = QueryBuilder::<Db>::new("SELECT body FROM ledger_transactions WHERE tenant = ");
            query.push_bind(tenant.as_str()).push(" AND transaction_id IN (");
            let mut list = query.separated(", ");
            for id in chunk {
                list.push_bind(id.as_str());
            }
            query.push(")");
            for row in query.build().persistent(false).fetch_all(self.conn()).await? {
                found.push(body(&row)?);
            }
        }
        Ok(found)
    }

    async fn keep_ledger(&mut self, tenant: &TenantId, change: &LedgerChange) -> Result<(), StoreError> {
        let Some(last) = change.entries.last() else { return Ok(()) };
        insert_entries(self.conn(), tenant, &change.entries).await?;
        put_accounts(self.conn(), tenant, &change.accounts).await?;
        put_transactions(self.conn(), tenant, &change.transactions).await?;
        insert_movements(self.conn(), tenant, &change.movements).await?;
        let moved =
            sqlx::query("UPDATE ledger_heads SET position = $1, digest = $2 WHERE tenant = $3 AND position = $4")
                .bind(last.position)
                .bind(&last.digest)
                .bind(tenant.as_str())
                .bind(change.entries.first().map_or(0, |first| first.position.saturating_sub(1)))
                .execute(self.conn())
                .await?;
        if moved.rows_affected() == 1 { Ok(()) } else { Err(StoreError::Conflict) }
    }

    async fn journal_after(&mut self, tenant: &TenantId, after: i64, limit: u32) -> Result<Vec<Entry>, StoreError> {
        let read = sqlx::query(ENTRIES).bind(tenant.as_str()).bind(after).bind(i64::from(limit));
        read.fetch_all(self.conn()).await?.iter().map(entry).collect()
    }

    async fn all_accounts(&mut self, tenant: &TenantId) -> Result<Vec<Account>, StoreError> {
        accounts(tenant).build().fetch_all(self.conn()).await?.iter().map(account).collect()
    }
}

async fn insert_entries(conn: &mut Connection, tenant: &TenantId, entries: &[Entry]) -> Result<(), StoreError> {
    for chunk in entries.chunks(ROWS_PER_STATEMENT) {
        let mut query = QueryBuilder::<Db>::new(
            "INSERT INTO ledger_entries (tenant, position, content, author, record_time, digest) ",
        );
        query.push_values(chunk, |mut row, entry| {
            row.push_bind(tenant.as_str()).push_bind(entry.position).push_bind(&entry.content);
            row.push_bind(&entry.author).push_bind(entry.record_time.0).push_bind(&entry.digest);
        });
        query.build().persistent(chunk.len() == 1).execute(&mut *conn).await?;
    }
    Ok(())
}

async fn put_accounts(conn: &mut Connection, tenant: &TenantId, list: &[Account]) -> Result<(), StoreError> {
    for chunk in list.chunks(ROWS_PER_STATEMENT) {
        let mut query = QueryBuilder::<Db>::new(
            "INSERT INTO ledger_accounts (tenant, account_id, partner_id, purpose, commodity, grows_by_credit, floor, closed, \
             debits_posted, credits_posted, debits_pending, credits_pending, entry) ",
        );
        query.push_values(chunk, |mut row, account| {
            row.push_bind(tenant.as_str())
                .push_bind(account.key.to_string())
                .push_bind(account.key.partner().map(ToString::to_string))
                .push_bind(account.key.purpose.as_str())
                .push_bind(&account.key.commodity)
                .push_bind(account.key.purpose.side() == Side::Credit)
                .push_bind(account.floor)
                .push_bind(account.closed)
                .push_bind(account.debits_posted)
                .push_bind(account.credits_posted)
                .push_bind(account.debits_pending)
                .push_bind(account.credits_pending)
                .push_bind(account.entry);
        });
        query.push(
            " ON CONFLICT (tenant, account_id) DO UPDATE SET floor = excluded.floor, closed = excluded.closed, \
             debits_posted = excluded.debits_posted, credits_posted = excluded.credits_posted, \
             debits_pending = excluded.debits_pending, credits_pending = excluded.credits_pending, entry = excluded.entry",
        );
        query.build().persistent(chunk.len() == 2).execute(&mut *conn).await?;
    }
    Ok(())
}

async fn put_transactions(conn: &mut Connection, tenant: &TenantId, list: &[Transaction]) -> Result<(), StoreError> {
    for chunk in list.chunks(ROWS_PER_STATEMENT) {
        let bodies = chunk.iter().map(json).collect::<Result<Vec<_>, _>>()?;
        let mut query = QueryBuilder::<Db>::new(
            "INSERT INTO ledger_transactions (tenant, transaction_id, entry, state, cause, expire_time, body) ",
        );
        query.push_values(chunk.iter().zip(bodies), |mut row, (transaction, body)| {
            row.push_bind(tenant.as_str())
                .push_bind(transaction.content.id.as_str())
                .push_bind(transaction.entry)
                .push_bind(transaction.state.as_str())
                .push_bind(&transaction.content.cause)
                .push_bind(transaction.content.expire_time.map(|at| at.0))
                .push_bind(body);
        });
        query.push(" ON CONFLICT (tenant, transaction_id) DO UPDATE SET state = excluded.state, body = excluded.body");
        query.build().persistent(chunk.len() == 1).execute(&mut *conn).await?;
    }
    Ok(())
}

async fn insert_movements(conn: &mut Connection, tenant: &TenantId, list: &[KeptMovement]) -> Result<(), StoreError> {
    for chunk in list.chunks(ROWS_PER_STATEMENT) {
        let mut query = QueryBuilder::<Db>::new(
            "INSERT INTO ledger_movements (tenant, account_id, entry, transaction_id, state, debit, credit, pending_debit, \
             pending_credit, balance, effective_on, record_time) ",
        );
        query.push_values(chunk, |mut row, kept| {
            row.push_bind(tenant.as_str())
                .push_bind(kept.movement.account.to_string())
                .push_bind(kept.entry)
                .push_bind(kept.transaction.as_str())
                .push_bind(kept.state.as_str())
                .push_bind(kept.movement.debit)
                .push_bind(kept.movement.credit)
                .push_bind(kept.movement.pending_debit)
                .push_bind(kept.movement.pending_credit)
                .push_bind(kept.movement.balance)
                .push_bind(kept.effective_on.days())
                .push_bind(kept.record_time.0);
        });
        query.build().persistent(chunk.len() == 2).execute(&mut *conn).await?;
    }
    Ok(())
}
