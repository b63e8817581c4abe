//! Idempotency keys, outbox rows, inbox rows, arrivals and operations inside a transaction.

use async_trait::async_trait;
use tributary_core::{Event, NewEvent, TenantId, Timestamp};
use uuid::Uuid;

use super::Tx;
use crate::{
    NewOperation, OperationOutcome, OperationState, REQUEST_MEMORY, Recall, RequestKey, StoreError, UnitOfWork,
};

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

    async fn publish(&mut self, event: NewEvent) -> Result<(), StoreError> {
        // The row of the subject is locked until the end: sequences have no gaps and become visible in their order.
        let sequence: i64 = sqlx::query_scalar(
            "INSERT INTO outbox_subjects (tenant, subject, last_sequence) VALUES ($1, $2, 1)
             ON CONFLICT (tenant, subject) DO UPDATE SET last_sequence = outbox_subjects.last_sequence + 1
             RETURNING last_sequence",
        )
        .bind(event.tenant.as_str())
        .bind(&event.subject)
        .fetch_one(self.conn())
        .await?;
        let time = self.time_in_order(&event, sequence).await?;
        sqlx::query(
            "INSERT INTO outbox (id, tenant, event_type, subject, sequence, time, data, trace_parent)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(event.id)
        .bind(event.tenant.as_str())
        .bind(&event.event_type)
        .bind(&event.subject)
        .bind(sequence)
        .bind(time.0)
        .bind(&event.data)
        .bind(tributary_telemetry::trace_parent())
        .execute(self.conn())
        .await?;
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

impl Tx {
    /// The event's time, or just after its predecessor's when a clock went backwards: a replay goes by time and id and
    /// must give each subject's events in the order of their sequence.
    async fn time_in_order(&mut self, event: &NewEvent, sequence: i64) -> Result<Timestamp, StoreError> {
        if sequence == 1 {
            return Ok(event.time);
        }
        let before: Option<(i64, Uuid)> =
            sqlx::query_as("SELECT time, id FROM outbox WHERE tenant = $1 AND subject = $2 AND sequence = $3")
                .bind(event.tenant.as_str())
                .bind(&event.subject)
                .bind(sequence.saturating_sub(1))
                .fetch_optional(self.conn())
                .await?;
        Ok(match before {
            Some((time, id)) if (event.time.0, event.id) <= (time, id) => Timestamp(time).plus_micros(1),
            _ => event.time,
        })
    }
}
