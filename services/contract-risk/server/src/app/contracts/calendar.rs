//! Moves contracts on when their day has come.

use async_trait::async_trait;
use contract_risk_domain::CALENDAR;
use tributary_core::{Fault, ResourceId};

use super::{
    Contracts,
    changes::Changes,
    command::{Call, Command, Refusal},
};
use crate::ports::ContractTx;

/// How many contracts are looked up at once.
const BATCH: u32 = 100;

impl Contracts {
    /// Moves on every contract of every tenant whose day has come, each in a transaction of its own; how many were
    /// moved. One that cannot be moved now is left for the next time and holds up no other.
    ///
    /// # Errors
    /// When what is due cannot be looked up.
    pub async fn follow_calendar(&self) -> Result<u64, Fault> {
        let (mut after, mut moved) = (None, 0_u64);
        loop {
            let due = self.store.due_contracts(self.today(), after.as_ref(), BATCH).await?;
            for contract in &due {
                match self.execute(&contract.tenant, CALENDAR, &Advance(&contract.id)).await {
                    Ok(true) => moved = moved.saturating_add(1),
                    Ok(false) => {}
                    Err(error) => {
                        tracing::warn!(%error, tenant = %contract.tenant, contract = %contract.id, "was not moved on");
                    }
                }
            }
            match due.into_iter().last() {
                Some(last) => after = Some(last),
                None => return Ok(moved),
            }
        }
    }
}

/// Whether the contract was moved. It is read again under its lock: another replica may have come first.
struct Advance<'a>(&'a ResourceId);

#[async_trait]
impl Command for Advance<'_> {
    type Answer = bool;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn ContractTx) -> Result<bool, Refusal> {
        let Some(contract) = tx.lock_contracts(call.tenant, std::slice::from_ref(self.0)).await?.pop() else {
            return Ok(false);
        };
        let mut changes = Changes::default();
        changes.caught_up(call, contract);
        let moved = !changes.is_empty();
        changes.save(call, tx).await?;
        Ok(moved)
    }
}
