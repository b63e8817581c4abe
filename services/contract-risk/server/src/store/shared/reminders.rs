//! Reminders and notices that were sent, and what is to be sent.

use contract_risk_domain::{Contract, Reminder, ReminderStep};
use sqlx::{FromRow, QueryBuilder};
use tributary_core::{Date, TenantId, Timestamp};
use tributary_sql::StoreError;

use super::{Db, Pool, Tx, obligation_list::push_day, obligations::id};
use crate::ports::{NoticeQuery, ReminderCondition, ReminderQuery, ToRemind};

#[derive(FromRow)]
struct ReminderRow {
    reminder_id: String,
    contract_id: String,
    obligation_id: String,
    partner_id: String,
    step: String,
    due_on: i64,
    create_time: i64,
    said: String,
    owner: String,
}

impl ReminderRow {
    fn read(self) -> Result<Reminder, StoreError> {
        Ok(Reminder {
            uid: self.reminder_id,
            contract: id(&self.contract_id)?,
            obligation: if self.obligation_id.is_empty() { None } else { Some(id(&self.obligation_id)?) },
            partner: id(&self.partner_id)?,
            step: ReminderStep::parse(&self.step).map_err(StoreError::Corrupt)?,
            due_on: Date::from_days(self.due_on),
            create_time: Timestamp(self.create_time),
            text: self.said,
            owner: self.owner,
        })
    }
}

/// See `ObligationReads::reminders`.
pub(super) async fn page(pool: &Pool, tenant: &TenantId, query: &ReminderQuery) -> Result<Vec<Reminder>, StoreError> {
    let mut sql = QueryBuilder::<Db>::new(
        "SELECT reminder_id, contract_id, obligation_id, partner_id, step, due_on, create_time, said, owner
         FROM reminders WHERE tenant = ",
    );
    sql.push_bind(tenant.as_str());
    if let Some((time, uid)) = &query.before {
        sql.push(" AND (create_time, reminder_id) < (").push_bind(time.0).push(", ").push_bind(uid).push(")");
    }
    if let Some(condition) = &query.condition {
        sql.push(" AND ");
        push(&mut sql, condition);
    }
    sql.push(" ORDER BY create_time DESC, reminder_id DESC LIMIT ").push_bind(i64::from(query.limit));
    let rows: Vec<ReminderRow> = sql.build_query_as().fetch_all(pool.reader()).await?;
    rows.into_iter().map(ReminderRow::read).collect()
}

/// Pushes a condition in brackets. No column is ever NULL, so that NOT is exact.
fn push(sql: &mut QueryBuilder<Db>, condition: &ReminderCondition) {
    use ReminderCondition as C;
    sql.push("(");
    match condition {
        C::All(parts) => push_joined(sql, parts, " AND ", "1 = 1"),
        C::Any(parts) => push_joined(sql, parts, " OR ", "1 = 0"),
        C::Not(inner) => {
            sql.push("NOT ");
            push(sql, inner);
        }
        C::Partner(partner) => {
            sql.push("partner_id = ").push_bind(partner.as_str());
        }
        C::Contract(contract) => {
            sql.push("contract_id = ").push_bind(contract.as_str());
        }
        C::Obligation(contract, obligation) => {
            sql.push("contract_id = ").push_bind(contract.as_str());
            sql.push(" AND obligation_id = ").push_bind(obligation.as_str());
        }
        C::Step(step) => {
            sql.push("step = ").push_bind(step.as_str());
        }
        C::RemindOn(ordering, day) => push_day(sql, "remind_on", *ordering, *day),
    }
    sql.push(")");
}

fn push_joined(sql: &mut QueryBuilder<Db>, parts: &[ReminderCondition], word: &str, empty: &str) {
    if parts.is_empty() {
        sql.push(empty);
    }
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            sql.push(word);
        }
        push(sql, part);
    }
}

/// See `ObligationReads::to_remind`.
pub(super) async fn to_remind(
    pool: &Pool,
    today: Date,
    after: Option<&ToRemind>,
    limit: u32,
) -> Result<Vec<ToRemind>, StoreError> {
    let mut sql = QueryBuilder::<Db>::new(
        "SELECT next_reminder_on, tenant, contract_id, obligation_id FROM obligations WHERE next_reminder_on <= ",
    );
    sql.push_bind(today.days());
    if let Some(after) = after {
        sql.push(" AND (next_reminder_on, tenant, contract_id, obligation_id) > (").push_bind(after.on.days());
        sql.push(", ").push_bind(after.tenant.as_str());
        sql.push(", ").push_bind(after.contract.as_str());
        sql.push(", ").push_bind(after.id.as_str()).push(")");
    }
    sql.push(" ORDER BY next_reminder_on, tenant, contract_id, obligation_id LIMIT ").push_bind(i64::from(limit));
    let rows: Vec<(i64, String, String, String)> = sql.build_query_as().fetch_all(pool.reader()).await?;
    let read = |(on, tenant, contract, obligation): (i64, String, String, String)| {
        Ok(ToRemind {
            tenant: TenantId::parse(&tenant).map_err(StoreError::Corrupt)?,
            on: Date::from_days(on),
            contract: id(&contract)?,
            id: id(&obligation)?,
        })
    };
    rows.into_iter().map(read).collect()
}

/// Word for word the expression of the index `contracts_to_announce`.
const ENDS_ON: &str = "CASE state WHEN 'TERMINATING' THEN next_move_on ELSE effective_to END";

/// See `ObligationReads::to_announce`.
pub(super) async fn to_announce(pool: &Pool, query: &NoticeQuery) -> Result<Vec<(TenantId, Contract)>, StoreError> {
    let mut sql = QueryBuilder::<Db>::new("SELECT c.tenant, c.body FROM contracts c");
    sql.push(" WHERE c.state IN ('ACTIVE', 'EXPIRING', 'TERMINATING') AND ").push(ENDS_ON);
    sql.push(" > ").push_bind(query.after.days()).push(" AND ").push(ENDS_ON);
    sql.push(" <= ").push_bind(query.up_to.days());
    if let Some((ends_on, tenant, contract)) = &query.cursor {
        sql.push(" AND (").push(ENDS_ON).push(", c.tenant, c.contract_id) > (").push_bind(ends_on.days());
        sql.push(", ").push_bind(tenant.as_str()).push(", ").push_bind(contract.as_str()).push(")");
    }
    sql.push(
        " AND NOT EXISTS (SELECT 1 FROM reminders r WHERE r.tenant = c.tenant AND r.contract_id = c.contract_id
                          AND r.obligation_id = '' AND r.step = ",
    );
    sql.push_bind(query.step.as_str()).push(" AND r.due_on = ").push(ENDS_ON).push(") ORDER BY ").push(ENDS_ON);
    sql.push(", c.tenant, c.contract_id LIMIT ").push_bind(i64::from(query.limit));
    let rows: Vec<(String, String)> = sql.build_query_as().fetch_all(pool.reader()).await?;
    let read = |(tenant, body): (String, String)| {
        let contract = serde_json::from_str(&body).map_err(|e| StoreError::Corrupt(format!("contracts: {e}")))?;
        Ok((TenantId::parse(&tenant).map_err(StoreError::Corrupt)?, contract))
    };
    rows.into_iter().map(read).collect()
}

/// See `ObligationTx::add_reminder`.
pub(super) async fn insert(tx: &mut Tx, tenant: &TenantId, reminder: &Reminder) -> Result<bool, StoreError> {
    let inserted = sqlx::query(
        "INSERT INTO reminders (tenant, reminder_id, contract_id, obligation_id, partner_id, step, due_on, remind_on,
                                create_time, said, owner)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         ON CONFLICT (tenant, contract_id, obligation_id, due_on, step) DO NOTHING",
    )
    .bind(tenant.as_str())
    .bind(&reminder.uid)
    .bind(reminder.contract.as_str())
    .bind(reminder.obligation.as_ref().map_or("", |id| id.as_str()))
    .bind(reminder.partner.as_str())
    .bind(reminder.step.as_str())
    .bind(reminder.due_on.days())
    .bind(reminder.remind_on().days())
    .bind(reminder.create_time.0)
    .bind(&reminder.text)
    .bind(&reminder.owner)
    .execute(tx.conn())
    .await?;
    Ok(inserted.rows_affected() == 1)
}
