//! Reads simulations.

use incentive_calculation_domain::reasons;
use tributary_core::{Fault, RequestContext};

use crate::{
    app::App,
    ports::simulations::{ChangeCursor, NamedChange, Simulation},
};

impl App {
    /// One simulation.
    ///
    /// # Errors
    /// `SIMULATION_NOT_FOUND`.
    pub async fn simulation(&self, caller: &RequestContext, id: &str) -> Result<Simulation, Fault> {
        self.store.simulation(&caller.tenant, id).await?.ok_or_else(|| {
            let remedy = "it may still be under way, as its operation says, or was deleted because of its age";
            Fault::new(reasons::SIMULATION_NOT_FOUND, format!("there is no simulation {id:?}; {remedy}"))
        })
    }

    /// What changes for whom, each with its place in the simulation.
    ///
    /// # Errors
    /// `SIMULATION_NOT_FOUND`.
    pub async fn simulated_changes(
        &self,
        caller: &RequestContext,
        id: &str,
        descending: bool,
        after: Option<&ChangeCursor>,
        limit: u32,
    ) -> Result<Vec<(i64, NamedChange)>, Fault> {
        self.simulation(caller, id).await?;
        Ok(self.store.simulated_changes(&caller.tenant, id, descending, after, limit).await?)
    }
}
