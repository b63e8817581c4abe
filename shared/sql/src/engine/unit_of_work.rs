//! Idempotency keys, outbox rows, inbox rows, arrivals and operations inside a transaction.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use sqlx::QueryBuilder;
use tributary_core::{Event, NewEvent, TenantId, Timestamp};
use uuid::Uuid;

use super::{Db, Tx};
use crate::{
    NewOperation, OperationOutcome, OperationState, REQUEST_MEMORY, Recall, RequestKey, StoreError, UnitOfWork,
};

/// Events of one statement.
const ROWS_PER_STATEMENT: usize = 500;

#[async_trait]
impl UnitOfWork for Tx {
    async fn recall(&mut self, key: &RequestKey, now: Timestamp) -> Result<Recall, StoreError> {
        // The insert waits for a concurrent twin and afterwards sees its row; a forgotten row is claimed anew.
        let claimed = sqlx::query(
            "INSERT INTO requests (tenant, method, request_id, body_digest, answer, create_time)
             VALUES ($1, $2, $3, $4, NULL, $5)
             ON CONFLICT (tenant, method, request_id) DO UPDATE
             SET body_digest = excluded.body_digest, answer = NULL, create_time = excluded.create_time
             WHERE requests.create_time < $6",
        )
        .bind(key.tenant.as_str())
        .bind(&key.method)
        .bind(&key.request_id)
        .bind(key.body_digest.as_slice())
        .bind(now.0)
        .bind(crate::options::before(now, REQUEST_MEMORY).0)
        .execute(self.conn())
        .await?
        .rows_affected();
        if claimed == 1 {
            self.claimed().push(key.clone());
            return Ok(Recall::New);
        }
        let (digest, answer): (Vec<u8>, Option<Vec<u8>>) = sqlx::query_as(
            "SELECT body_digest, answer FROM requests WHERE tenant = $1 AND method = $2 AND request_id = $3",
        )
        .bind(key.tenant.as_str())
        .bind(&key.method)
        .bind(&key.request_id)
        .fetch_one(self.conn())
        .await?;
        if digest != key.body_digest {
            return Ok(Recall::BodyDiffers);
        }
        answer.map(Recall::Known).ok_or_else(|| {
            StoreError::Internal(format!("request {:?} was recalled twice in one transaction", key.request_id))
        })
    }

    async fn remember(&mut self, key: &RequestKey, answer: &[u8]) -> Result<(), StoreError> {
        if !self.claimed().contains(key) {
            return Err(StoreError::Internal(format!(
                "request {:?} of {} is not claimed by this transaction: call recall first",
                key.request_id, key.method
            )));
        }
        sqlx::query("UPDATE requests SET answer = $1 WHERE tenant = $2 AND method = $3 AND request_id = $4")
            .bind(answer)
            .bind(key.tenant.as_str())
            .bind(&key.method)
            .bind(&key.request_id)
            .execute(self.conn())
            .await?;
        self.claimed().retain(|k| k != key);
        Ok(())
    }

    async fn publish_all(&mut self, events: Vec<NewEvent>) -> Result<(), StoreError> {
        for mut group in groups(events) {
            let sequences = self.next_sequences(&group).await?;
            let before = self.last_of(&group, &sequences).await?;
            for event in &mut group {
                event.time = in_order(event, before.get(&event.subject));
            }
            self.insert_events(&group, &sequences).await?;
        }
        Ok(())
    }

    async fn first_seen(&mut self, consumer: &str, event: &Event, now: Timestamp) -> Result<bool, StoreError> {
        let inserted = sqlx::query(
            "INSERT INTO inbox (tenant, consumer, event_id, create_time) VALUES ($1, $2, $3, $4)
             ON CONFLICT (tenant, consumer, event_id) DO NOTHING",
        )
        .bind(event.tenant.as_str())
        .bind(consumer)
        .bind(event.id)
        .bind(now.0)
        .execute(self.conn())
        .await?
        .rows_affected();
        Ok(inserted == 1)
    }

    async fn arrived(&mut self, tenant: &TenantId, stream: &str, number: i64) -> Result<bool, StoreError> {
        self.arrive(tenant, stream, number).await
    }

    async fn create_operation(&mut self, operation: NewOperation) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO operations (id, tenant, kind, actor, request, state, metadata, response, error,
                                     cancel_requested, attempt, create_time, update_time, trace_parent)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $7, $8, 0, $9, $9, $10)",
        )
        .bind(operation.id)
        .bind(operation.tenant.as_str())
        .bind(&operation.kind)
        .bind(&operation.actor)
        .bind(&operation.request)
        .bind(OperationState::Pending.name())
        .bind(Vec::<u8>::new())
        .bind(false)
        .bind(operation.create_time.0)
        .bind(tributary_telemetry::trace_parent())
        .execute(self.conn())
        .await?;
        Ok(())
    }

    async fn finish_operation(
        &mut self,
        id: Uuid,
        owner: &str,
        outcome: OperationOutcome,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (state, response, error) = match outcome {
            OperationOutcome::Succeeded(response) => (OperationState::Succeeded, response, Vec::new()),
            OperationOutcome::Failed(error) => (OperationState::Failed, Vec::new(), error),
            OperationOutcome::Cancelled => (OperationState::Cancelled, Vec::new(), Vec::new()),
        };
        let finished = sqlx::query(
            "UPDATE operations
             SET state = $1, response = $2, error = $3, lease_owner = NULL, lease_until = NULL, update_time = $4
             WHERE id = $5 AND lease_owner = $6 AND state = 'RUNNING'",
        )
        .bind(state.name())
        .bind(response)
        .bind(error)
        .bind(now.0)
        .bind(id)
        .bind(owner)
        .execute(self.conn())
        .await?
        .rows_affected();
        if finished == 1 { Ok(()) } else { Err(StoreError::Conflict) }
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        self.keep().await
    }
}

/// Sequences by subject.
type Sequences = BTreeMap<String, i64>;

impl Tx {
    /// Counts the subjects of a group on. Their rows are locked until the end: sequences have no gaps and become visible in
    /// their order.
    async fn next_sequences(&mut self, group: &[NewEvent]) -> Result<Sequences, StoreError> {
        let mut query = QueryBuilder::<Db>::new("INSERT INTO outbox_subjects (tenant, subject, last_sequence) ");
        query.push_values(group, |mut row, event| {
            row.push_bind(event.tenant.as_str()).push_bind(&event.subject).push("1");
        });
        query.push(
            " ON CONFLICT (tenant, subject) DO UPDATE SET last_sequence = outbox_subjects.last_sequence + 1 \
             RETURNING subject, last_sequence",
        );
        let rows = query.build_query_as::<(String, i64)>().persistent(group.len() == 1).fetch_all(self.conn()).await?;
        Ok(rows.into_iter().collect())
    }

    /// Time and id of the event before, of the subjects that have one.
    async fn last_of(
        &mut self,
        group: &[NewEvent],
        sequences: &Sequences,
    ) -> Result<BTreeMap<String, (i64, Uuid)>, StoreError> {
        let older: Vec<_> = sequences.iter().filter(|(_, sequence)| **sequence > 1).collect();
        let (Some(first), false) = (group.first(), older.is_empty()) else { return Ok(BTreeMap::new()) };
        let mut query = QueryBuilder::<Db>::new("SELECT subject, time, id FROM outbox WHERE tenant = ");
        query.push_bind(first.tenant.as_str()).push(" AND (subject, sequence) IN (VALUES ");
        let mut wanted = query.separated(", ");
        for (subject, sequence) in &older {
            wanted.push("(").push_bind_unseparated(*subject).push_unseparated(", ");
            wanted.push_bind_unseparated(sequence.saturating_sub(1)).push_unseparated(")");
        }
        query.push(")");
        let rows = query.build_query_as::<(String, i64, Uuid)>().persistent(older.len() == 1);
        let rows = rows.fetch_all(self.conn()).await?;
        Ok(rows.into_iter().map(|(subject, time, id)| (subject, (time, id))).collect())
    }

    async fn insert_events(&mut self, group: &[NewEvent], sequences: &Sequences) -> Result<(), StoreError> {
        let trace_parent = tributary_telemetry::trace_parent();
        let mut query = QueryBuilder::<Db>::new(
            "INSERT INTO outbox (id, tenant, event_type, subject, sequence, time, data, trace_parent) ",
        );
        query.push_values(group, |mut row, event| {
            row.push_bind(event.id)
                .push_bind(event.tenant.as_str())
                .push_bind(&event.event_type)
                .push_bind(&event.subject)
                .push_bind(sequences.get(&event.subject).copied())
                .push_bind(event.time.0)
                .push_bind(&event.data)
                .push_bind(&trace_parent);
        });
        query.build().persistent(group.len() == 1).execute(self.conn()).await?;
        Ok(())
    }
}

/// Events in groups of one tenant in which no subject comes twice, each in the order of its subjects. Those of a subject
/// stay in their order.
fn groups(events: Vec<NewEvent>) -> Vec<Vec<NewEvent>> {
    let mut groups: Vec<Vec<NewEvent>> = Vec::new();
    let mut subjects = BTreeSet::new();
    for event in events {
        let fits = |group: &Vec<NewEvent>| {
            group.len() < ROWS_PER_STATEMENT && group.first().is_none_or(|first| first.tenant == event.tenant)
        };
        match groups.last_mut() {
            Some(group) if fits(group) && subjects.insert(event.subject.clone()) => group.push(event),
            _ => {
                subjects = BTreeSet::from([event.subject.clone()]);
                groups.push(vec![event]);
            }
        }
    }
    groups.iter_mut().for_each(|group| group.sort_by(|a, b| a.subject.cmp(&b.subject)));
    groups
}

/// The event's time, or just after its predecessor's when a clock went backwards: a replay goes by time and id and must
/// give each subject's events in the order of their sequence.
fn in_order(event: &NewEvent, before: Option<&(i64, Uuid)>) -> Timestamp {
    match before {
        Some((time, id)) if (event.time.0, event.id) <= (*time, *id) => Timestamp(*time).plus_micros(1),
        _ => event.time,
    }
}
