//! Sends what is due: reminders of obligations, and notices that contracts end.
//!
//! Exactly once with several replicas: an obligation is locked before its step is chosen, and the store keeps each step
//! once per due day. The event is written in the transaction of the row.

use contract_risk_domain::{
    Contract, Reminder,
    reminder::{due_notice, notice, notice_windows},
};
use prost::Message as _;
use tributary_core::{NewEvent, TenantId};
use tributary_proto::tributary::contract::v1::ReminderDue;
use tributary_sql::StoreError;

use super::{Moment, Obligations};
use crate::{
    convert::reminder_to_proto,
    ports::{NoticeQuery, ObligationTx, ToRemind},
};

/// How many are read at once.
const BATCH: u32 = 500;

impl Obligations {
    /// Sends everything that is due now; how many were sent. What cannot be sent now is tried again the next time.
    ///
    /// # Errors
    /// Those of the store when it is away.
    pub async fn send_reminders(&self) -> Result<u64, StoreError> {
        let moment = self.moment();
        let reminders = self.remind_of_obligations(moment).await?;
        Ok(reminders.saturating_add(self.announce_ends(moment).await?))
    }

    async fn remind_of_obligations(&self, moment: Moment) -> Result<u64, StoreError> {
        let (mut sent, mut after) = (0_u64, None);
        loop {
            let due = self.store.to_remind(moment.today, after.as_ref(), BATCH).await?;
            for one in &due {
                sent = sent.saturating_add(told(&one.contract, self.remind(one, moment).await)?);
            }
            after = due.into_iter().last();
            if after.is_none() {
                return Ok(sent);
            }
        }
    }

    /// Sends the latest step that is reached; `false` when there is nothing to send any more.
    async fn remind(&self, due: &ToRemind, moment: Moment) -> Result<bool, StoreError> {
        let mut tx = self.store.begin_obligations().await?;
        let Some(mut obligation) = tx.lock_obligation(&due.tenant, &due.contract, &due.id).await? else {
            return Ok(false);
        };
        let Some(step) = obligation.due_step(moment.today) else { return Ok(false) };
        let reminder = obligation.reminder(step, self.ids.uuid().to_string(), moment.today, moment.now);
        obligation.reminded = Some(step);
        tx.update_obligation(&due.tenant, obligation.revision, &obligation).await?;
        let sent = self.send(tx.as_mut(), &due.tenant, reminder, moment).await?;
        tx.commit().await?;
        (self.wake)();
        Ok(sent)
    }

    async fn announce_ends(&self, moment: Moment) -> Result<u64, StoreError> {
        let mut sent = 0_u64;
        for (step, after, up_to) in notice_windows(moment.today) {
            let mut query = NoticeQuery { step, after, up_to, cursor: None, limit: BATCH };
            loop {
                let near = self.store.to_announce(&query).await?;
                for (tenant, contract) in &near {
                    sent = sent.saturating_add(told(&contract.id, self.announce(tenant, contract, moment).await)?);
                }
                let last = near.last().and_then(|(tenant, c)| Some((c.term().to?, tenant.clone(), c.id.clone())));
                if last.is_none() {
                    break;
                }
                query.cursor = last;
            }
        }
        Ok(sent)
    }

    async fn announce(&self, tenant: &TenantId, contract: &Contract, moment: Moment) -> Result<bool, StoreError> {
        let Some(due) = due_notice(contract, moment.today) else { return Ok(false) };
        let notice = notice(contract, due, self.ids.uuid().to_string(), moment.today, moment.now);
        let mut tx = self.store.begin_obligations().await?;
        let sent = self.send(tx.as_mut(), tenant, notice, moment).await?;
        tx.commit().await?;
        (self.wake)();
        Ok(sent)
    }

    /// Keeps a reminder with its event; `false` when its step was sent for this due day before.
    async fn send(
        &self,
        tx: &mut dyn ObligationTx,
        tenant: &TenantId,
        reminder: Reminder,
        moment: Moment,
    ) -> Result<bool, StoreError> {
        if !tx.add_reminder(tenant, &reminder).await? {
            return Ok(false);
        }
        let subject = reminder.subject();
        let due = ReminderDue { reminder: Some(reminder_to_proto(reminder)) };
        tx.publish(NewEvent {
            id: self.ids.uuid(),
            tenant: tenant.clone(),
            event_type: "tributary.contract.v1.ReminderDue".to_owned(),
            subject,
            time: moment.now,
            data: due.encode_to_vec(),
        })
        .await?;
        Ok(true)
    }
}

/// Counts what was sent. A row that cannot be read must not keep the others waiting: it is logged and passed over.
fn told(contract: &tributary_core::ResourceId, sent: Result<bool, StoreError>) -> Result<u64, StoreError> {
    match sent {
        Ok(sent) => Ok(u64::from(sent)),
        Err(error) if error.is_retryable() => Err(error),
        Err(error) => {
            tracing::error!(%contract, %error, "a reminder cannot be sent");
            Ok(0)
        }
    }
}
