//! Kept simulations (IC-22).

use async_trait::async_trait;
use incentive_calculation_domain::simulation::{Band, Change, Scenario, Totals};
use serde::{Deserialize, Serialize};
use tributary_core::{MinorAmount, TenantId, Timestamp};
use tributary_sql::{StoreError, UnitOfWork};

/// What a simulation gave, without its changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Simulation {
    /// Last part of the resource name.
    pub id: String,
    /// The programme, last part of its name.
    pub programme: String,
    /// The slot that the draft filled; empty: none.
    pub slot: String,
    /// The plan version that was tried; empty: a plan in the request, or none.
    pub plan_version: String,
    /// The periods as text.
    pub periods: Vec<String>,
    /// How facts were changed.
    pub scenario: Scenario,
    /// Sums by currency.
    pub totals: Vec<CurrencyOutcome>,
    /// Sums by period and currency: before, after.
    pub by_period: Vec<(String, MinorAmount, MinorAmount)>,
    /// Budgets.
    pub budgets: Vec<Budget>,
    /// The outcome in sentences.
    pub sentences: Vec<String>,
    /// Facts up to this batch were seen.
    pub snapshot_batch: i64,
    /// Who asked.
    pub actor: String,
    /// When it was worked out.
    pub create_time: Timestamp,
}

/// The outcome in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurrencyOutcome {
    /// Sums and counts.
    pub totals: Totals,
    /// Payees per class of change.
    pub bands: Vec<(Band, i64)>,
    /// Sales less cost of the facts as they were, minor units.
    pub margin_before: i64,
    /// The same of the facts as they are changed.
    pub margin_after: i64,
}

/// What a shared budget bears in a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Id of the shared cap.
    pub cap: String,
    /// The period.
    pub period: String,
    /// The budget.
    pub amount: MinorAmount,
    /// What lines give before, minor units; `None`: the cap is only in the draft.
    pub before: Option<i64>,
    /// What they give after; `None`: the cap is not in the draft.
    pub after: Option<i64>,
}

/// A change with who it is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedChange {
    /// The payee, resource name.
    pub partner: String,
    /// Name for people.
    pub display_name: String,
    /// What changes.
    pub change: Change,
}

/// Where a page of changes ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeCursor {
    /// Difference of the last one.
    pub difference: i64,
    /// Its place in the simulation.
    pub ordinal: i64,
}

/// Reads of simulations.
#[async_trait]
pub trait SimulationReads: Send + Sync {
    /// One simulation.
    async fn simulation(&self, tenant: &TenantId, id: &str) -> Result<Option<Simulation>, StoreError>;
    /// Changes of a simulation by their difference, ascending or descending, after a cursor; each with its place.
    async fn simulated_changes(
        &self,
        tenant: &TenantId,
        id: &str,
        descending: bool,
        after: Option<&ChangeCursor>,
        limit: u32,
    ) -> Result<Vec<(i64, NamedChange)>, StoreError>;
}

/// Writes of simulations.
#[async_trait]
pub trait SimulationTx: UnitOfWork {
    /// Deletes simulations that were worked out before an instant, the oldest first and at most so many, with their
    /// changes, whoever's they are; returns how many.
    async fn forget_simulations(&mut self, before: Timestamp, most: u32) -> Result<u64, StoreError>;
    /// Keeps a simulation with its changes.
    async fn insert_simulation(
        &mut self,
        tenant: &TenantId,
        simulation: &Simulation,
        changes: &[NamedChange],
    ) -> Result<(), StoreError>;
}
