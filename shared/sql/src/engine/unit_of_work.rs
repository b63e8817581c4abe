//! Idempotency keys, outbox rows, inbox rows, arrivals and operations inside a transaction.

use std::collections::BTreeMap;

use async_trait::async_trait;
use sqlx::QueryBuilder;
use tributary_core::{Event, NewEvent, TenantId, Timestamp};
use uuid::Uuid;

use super::{Db, Tx};
use crate::{
    NewOperation, OperationOutcome, OperationState, REQUEST_MEMORY, Recall, RequestKey, StoreError, UnitOfWork,
    push_rows,
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

    async fn publish_all(&mut self, mut events: Vec<NewEvent>) -> Result<(), StoreError> {
        // Subjects are locked in one order, whoever publishes; the events of one keep theirs.
        events.sort_by(|a, b| (&a.tenant, &a.subject).cmp(&(&b.tenant, &b.subject)));
        for of_tenant in events.chunk_by_mut(|a, b| a.tenant == b.tenant) {
            for some in of_tenant.chunks_mut(ROWS_PER_STATEMENT) {
                let mut ends = self.ends_of(some).await?;
                let mut sequences = Vec::with_capacity(some.len());
                for event in &mut *some {
                    let end = ends.entry(event.subject.clone()).or_default();
                    event.time = in_order(event, end.last);
                    *end = End { sequence: end.sequence.saturating_add(1), last: Some((event.time.0, event.id)) };
                    sequences.push(end.sequence);
                }
                self.insert_events(some, &sequences).await?;
            }
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

/// The newest event of a subject.
#[derive(Default)]
struct End {
    sequence: i64,
    /// Its time and id, as far as it is still there.
    last: Option<(i64, Uuid)>,
}

impl Tx {
    /// Where the subjects of events of one tenant end, which are counted on by these. Their rows are locked until the end:
    /// sequences have no gaps and become visible in their order.
    async fn ends_of(&mut self, events: &[NewEvent]) -> Result<BTreeMap<String, End>, StoreError> {
        let Some(first) = events.first() else { return Ok(BTreeMap::new()) };
        let tenant = first.tenant.as_str();
        let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
        for event in events {
            let count = counts.entry(event.subject.as_str()).or_default();
            *count = count.saturating_add(1);
        }
        let mut query = QueryBuilder::<Db>::new("INSERT INTO outbox_subjects (tenant, subject, last_sequence) ");
        query.push_values(&counts, |mut row, (subject, count)| {
            row.push_bind(tenant).push_bind(*subject).push_bind(*count);
        });
        query.push(
            " ON CONFLICT (tenant, subject) DO UPDATE \
             SET last_sequence = outbox_subjects.last_sequence + excluded.last_sequence RETURNING subject, last_sequence",
        );
        let counted = query.build_query_as::<(String, i64)>().persistent(counts.len() == 1);
        let mut ends = BTreeMap::new();
        for (subject, newest) in counted.fetch_all(self.conn()).await? {
            let sequence = newest.saturating_sub(counts.get(subject.as_str()).copied().unwrap_or_default());
            ends.insert(subject, End { sequence, last: None });
        }
        self.find_last(tenant, &mut ends).await?;
        Ok(ends)
    }

    /// Finds time and id of the newest events of subjects.
    async fn find_last(&mut self, tenant: &str, ends: &mut BTreeMap<String, End>) -> Result<(), StoreError> {
        let older: Vec<(&String, i64)> =
            ends.iter().map(|(subject, end)| (subject, end.sequence)).filter(|(_, sequence)| *sequence > 0).collect();
        if older.is_empty() {
            return Ok(());
        }
        let mut query = QueryBuilder::<Db>::new("SELECT subject, time, id FROM outbox WHERE tenant = ");
        query.push_bind(tenant).push(" AND (subject, sequence) IN ");
        push_rows(&mut query, &older, |mut row, (subject, sequence)| {
            row.push_bind(*subject).push_bind(*sequence);
        });
        let found = query.build_query_as::<(String, i64, Uuid)>().persistent(older.len() == 1);
        for (subject, time, id) in found.fetch_all(self.conn()).await? {
            ends.entry(subject).and_modify(|end| end.last = Some((time, id)));
        }
        Ok(())
    }

    async fn insert_events(&mut self, events: &[NewEvent], sequences: &[i64]) -> Result<(), StoreError> {
        let trace_parent = tributary_telemetry::trace_parent();
        let mut query = QueryBuilder::<Db>::new(
            "INSERT INTO outbox (id, tenant, event_type, subject, sequence, time, data, trace_parent) ",
        );
        query.push_values(events.iter().zip(sequences), |mut row, (event, sequence)| {
            row.push_bind(event.id)
                .push_bind(event.tenant.as_str())
                .push_bind(&event.event_type)
                .push_bind(&event.subject)
                .push_bind(*sequence)
                .push_bind(event.time.0)
                .push_bind(&event.data)
                .push_bind(&trace_parent);
        });
        query.build().persistent(events.len() == 1).execute(self.conn()).await?;
        Ok(())
    }
}

/// The event's time, or just after its predecessor's when a clock went backwards: a replay goes by time and id and must
/// give each subject's events in the order of their sequence.
fn in_order(event: &NewEvent, before: Option<(i64, Uuid)>) -> Timestamp {
    match before {
        Some((time, id)) if (event.time.0, event.id) <= (time, id) => Timestamp(time).plus_micros(1),
        _ => event.time,
    }
}
