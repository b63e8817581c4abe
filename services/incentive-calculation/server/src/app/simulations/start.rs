//! Asks for a simulation: everything that decides it is fixed here, so that a resumed one gives the same.

use incentive_calculation_domain::{
    plan::PlanSpec, plan_version::PlanVersion, programme::Programme, reasons, simulation::Scenario,
};
use serde::{Deserialize, Serialize};
use tributary_core::{Fault, RequestContext, ResourceId, Violations};
use tributary_sql::{OperationRecord, RequestKey};

use super::SIMULATION_OPERATION;
use crate::app::{App, operations::Asked, plans::check_spec, run_worker::stage};

/// What takes the place of a slot's plans.
#[derive(Debug, Clone)]
pub enum Draft {
    /// Nothing: the plans in force on both sides.
    None,
    /// A plan for a slot.
    Plan(ResourceId, Box<PlanSpec>),
    /// A plan version, by its resource name.
    Version(String),
}

/// A simulation as a caller asks for it.
#[derive(Debug, Clone)]
pub struct NewSimulation {
    /// The programme.
    pub programme: ResourceId,
    /// The periods as text.
    pub periods: Vec<String>,
    /// What is tried.
    pub draft: Draft,
    /// How facts are changed.
    pub scenario: Scenario,
}

/// What the operation remembers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct SimulationRequest {
    /// Last part of the simulation's name.
    pub id: String,
    /// The programme, last part of its name.
    pub programme: String,
    /// The periods as text.
    pub periods: Vec<String>,
    /// The slot that is filled anew; empty: none.
    pub slot: String,
    /// Name of the version that is tried; empty: none, or a plan that was given.
    pub plan_version: String,
    /// What is tried, its bounds left aside.
    pub draft: Option<PlanSpec>,
    /// How facts are changed.
    pub scenario: Scenario,
    /// Facts up to this batch are seen.
    pub snapshot_batch: i64,
    /// Partners are seen as they had arrived up to this number.
    pub snapshot_arrival: i64,
    /// The versions in force, in the order of slots.
    pub in_force: Vec<String>,
}

impl App {
    /// Starts a simulation and returns its operation.
    ///
    /// # Errors
    /// `INVALID_REQUEST`, `PROGRAMME_NOT_FOUND`, `SLOT_NOT_FOUND`, `PLAN_VERSION_NOT_FOUND`.
    pub async fn simulate(
        &self,
        caller: &RequestContext,
        new: NewSimulation,
        key: Option<RequestKey>,
    ) -> Result<OperationRecord, Fault> {
        let programme = self.programme(caller, &new.programme).await?;
        let mut v = Violations::new();
        for (i, text) in new.periods.iter().enumerate() {
            v.check(&format!("periods[{i}]"), self.read_period(&caller.tenant, text).await?);
        }
        if !v.is_empty() {
            return Err(Fault::invalid(v));
        }
        let (slot, plan_version, draft) = self.draft(caller, &programme, new.draft).await?;
        let mut in_force = self.store.active_versions(&caller.tenant, programme.id.as_str()).await?;
        in_force.sort_by_key(|v| (programme.slot_position(v.slot.as_str()), v.plan.clone()));
        let id = self.ids.uuid();
        let request = SimulationRequest {
            id: format!("w{}", id.simple()),
            programme: programme.id.to_string(),
            periods: new.periods,
            slot,
            plan_version,
            draft,
            scenario: new.scenario,
            snapshot_batch: self.store.newest_batch(&caller.tenant).await?,
            snapshot_arrival: self.store.newest_arrival(&caller.tenant).await?,
            in_force: in_force.iter().map(PlanVersion::name).collect(),
        };

        let asked = Asked {
            id,
            kind: SIMULATION_OPERATION,
            request: serde_json::to_vec(&request).map_err(|e| Fault::internal(e.to_string()))?,
            waiting: stage(&format!("simulations/{}", request.id), "waiting", 0, 0),
        };
        self.start_operation(caller, asked, key).await
    }

    /// Slot, version name and spec of a draft, free of its effective bounds.
    async fn draft(
        &self,
        caller: &RequestContext,
        programme: &Programme,
        draft: Draft,
    ) -> Result<(String, String, Option<PlanSpec>), Fault> {
        let (slot, name, spec) = match draft {
            Draft::None => return Ok((String::new(), String::new(), None)),
            Draft::Plan(slot, spec) => {
                check_spec(&spec, "plan")?;
                (slot.to_string(), String::new(), *spec)
            }
            Draft::Version(name) => {
                let missing = || {
                    Fault::invalid_field("plan_version", format!("{name:?} is not of the form \"plans/P/versions/N\""))
                };
                let (plan, number) = PlanVersion::parse_name(&name).ok_or_else(missing)?;
                let version = self.plan_version(caller, &plan, number).await?;
                (version.slot.to_string(), name, version.spec)
            }
        };
        if !programme.slots.iter().any(|s| s.id.as_str() == slot) {
            let known: Vec<&str> = programme.slots.iter().map(|s| s.id.as_str()).collect();
            return Err(Fault::new(
                reasons::SLOT_NOT_FOUND,
                format!("{} has no slot {slot:?}; it has: {}", programme.name(), known.join(", ")),
            ));
        }
        let mut spec = PlanSpec { effective_from: None, effective_to: None, examples: Vec::new(), ..spec };
        for rule in &mut spec.rules {
            (rule.effective_from, rule.effective_to) = (None, None);
        }
        Ok((slot, name, Some(spec)))
    }
}
