//! The transaction on obligations.

use async_trait::async_trait;
use contract_risk_domain::{ExternalRef, Obligation, ObligationState, ObligationTransition, Reminder, obligation_name};
use tributary_core::{Date, ResourceId, TenantId};
use tributary_sql::StoreError;

use super::{
    Tx,
    obligations::{body, id},
    reminders,
};
use crate::ports::{ObligationInserted, ObligationTx};

fn to_json(obligation: &Obligation) -> Result<String, StoreError> {
    serde_json::to_string(obligation).map_err(|e| StoreError::Internal(e.to_string()))
}

#[async_trait]
impl ObligationTx for Tx {
    async fn insert_obligation(
        &mut self,
        tenant: &TenantId,
        obligation: &Obligation,
    ) -> Result<ObligationInserted, StoreError> {
        let duty = &obligation.duty;
        let reference = duty.external_ref.as_ref();
        // No error on a taken key: after one, PostgreSQL could not be asked who holds it.
        let inserted = sqlx::query(
            "INSERT INTO obligations (tenant, contract_id, obligation_id, partner_id, ref_system, ref_id, kind, debtor,
                                      owner, state, due_on, done_on, next_reminder_on, revision, body)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT DO NOTHING",
        )
        .bind(tenant.as_str())
        .bind(obligation.contract.as_str())
        .bind(obligation.id.as_str())
        .bind(obligation.partner.as_str())
        .bind(reference.map(|r| &r.system))
        .bind(reference.map(|r| &r.id))
        .bind(duty.kind.as_str())
        .bind(duty.debtor.as_str())
        .bind(&duty.owner)
        .bind(obligation.state.as_str())
        .bind(duty.due_on.days())
        .bind(obligation.done_on().map(Date::days))
        .bind(obligation.next_reminder_on().map(Date::days))
        .bind(obligation.revision)
        .bind(to_json(obligation)?)
        .execute(self.conn())
        .await?;
        if inserted.rows_affected() == 1 {
            return Ok(ObligationInserted::Yes);
        }
        match reference {
            Some(reference) => match holder(self, tenant, reference).await? {
                Some(name) => Ok(ObligationInserted::RefTaken(name)),
                None => Ok(ObligationInserted::IdTaken),
            },
            None => Ok(ObligationInserted::IdTaken),
        }
    }

    async fn lock_obligation(
        &mut self,
        tenant: &TenantId,
        contract: &ResourceId,
        id: &ResourceId,
    ) -> Result<Option<Obligation>, StoreError> {
        // An update that changes nothing holds the row until the end, on both engines.
        let row = sqlx::query(
            "UPDATE obligations SET revision = revision WHERE tenant = $1 AND contract_id = $2 AND obligation_id = $3
             RETURNING body",
        )
        .bind(tenant.as_str())
        .bind(contract.as_str())
        .bind(id.as_str())
        .fetch_optional(self.conn())
        .await?;
        row.as_ref().map(body).transpose()
    }

    async fn lock_obligation_by_ref(
        &mut self,
        tenant: &TenantId,
        reference: &ExternalRef,
    ) -> Result<Option<Obligation>, StoreError> {
        let row = sqlx::query(
            "UPDATE obligations SET revision = revision WHERE tenant = $1 AND ref_system = $2 AND ref_id = $3
             RETURNING body",
        )
        .bind(tenant.as_str())
        .bind(&reference.system)
        .bind(&reference.id)
        .fetch_optional(self.conn())
        .await?;
        row.as_ref().map(body).transpose()
    }

    async fn update_obligation(
        &mut self,
        tenant: &TenantId,
        read_at: i64,
        obligation: &Obligation,
    ) -> Result<(), StoreError> {
        let duty = &obligation.duty;
        let done = sqlx::query(
            "UPDATE obligations
             SET kind = $1, debtor = $2, owner = $3, state = $4, due_on = $5, done_on = $6, next_reminder_on = $7,
                 revision = $8, body = $9
             WHERE tenant = $10 AND contract_id = $11 AND obligation_id = $12 AND revision = $13",
        )
        .bind(duty.kind.as_str())
        .bind(duty.debtor.as_str())
        .bind(&duty.owner)
        .bind(obligation.state.as_str())
        .bind(duty.due_on.days())
        .bind(obligation.done_on().map(Date::days))
        .bind(obligation.next_reminder_on().map(Date::days))
        .bind(obligation.revision)
        .bind(to_json(obligation)?)
        .bind(tenant.as_str())
        .bind(obligation.contract.as_str())
        .bind(obligation.id.as_str())
        .bind(read_at)
        .execute(self.conn())
        .await?;
        if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::Conflict) }
    }

    async fn add_obligation_transition(
        &mut self,
        tenant: &TenantId,
        obligation: &Obligation,
        transition: &ObligationTransition,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO obligation_transitions (tenant, contract_id, obligation_id, ordinal, from_state, to_state,
                                                 due_on, actor, reason, record_time)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(tenant.as_str())
        .bind(obligation.contract.as_str())
        .bind(obligation.id.as_str())
        .bind(transition.ordinal)
        .bind(transition.from.map_or("", ObligationState::as_str))
        .bind(transition.to.as_str())
        .bind(transition.due_on.days())
        .bind(&transition.actor)
        .bind(&transition.reason)
        .bind(transition.time.0)
        .execute(self.conn())
        .await?;
        Ok(())
    }

    async fn add_reminder(&mut self, tenant: &TenantId, reminder: &Reminder) -> Result<bool, StoreError> {
        reminders::insert(self, tenant, reminder).await
    }
}

/// The name of the obligation that has a ref.
async fn holder(tx: &mut Tx, tenant: &TenantId, reference: &ExternalRef) -> Result<Option<String>, StoreError> {
    let found: Option<(String, String)> = sqlx::query_as(
        "SELECT contract_id, obligation_id FROM obligations WHERE tenant = $1 AND ref_system = $2 AND ref_id = $3",
    )
    .bind(tenant.as_str())
    .bind(&reference.system)
    .bind(&reference.id)
    .fetch_optional(tx.conn())
    .await?;
    found.map(|(contract, obligation)| Ok(obligation_name(&id(&contract)?, &id(&obligation)?))).transpose()
}
