//! `SimulationService`.

use tonic::{Request, Response, Status};
use tributary_core::{Fault, ResourceId, Violations};
use tributary_proto::{
    google::longrunning::Operation,
    tributary::incentive::v1::{
        self as pb, GetSimulationRequest, ListSimulatedChangesRequest, ListSimulatedChangesResponse, SimulateRequest,
        simulate_request::Draft as PbDraft, simulation_service_server::SimulationService,
    },
};
use tributary_rpc::{convert::resource_id, operations, page};

use super::{
    Rpc,
    plan_service::{admit_with_plan, read_spec},
    request_key,
};
use crate::{
    AREA,
    app::simulations::{Draft, NewSimulation},
    convert::simulation::{change_to_proto, scenario, simulation_to_proto},
    ports::simulations::ChangeCursor,
};

#[tonic::async_trait]
impl SimulationService for Rpc {
    async fn simulate(&self, request: Request<SimulateRequest>) -> Result<Response<Operation>, Status> {
        let app = self.app.clone();
        self.edge
            .write_unchecked(request, |caller, query: SimulateRequest| async move {
                let plan = match &query.draft {
                    Some(PbDraft::Plan(spec)) => Some(spec),
                    _ => None,
                };
                admit_with_plan(&query, plan, "plan")?;
                let key = request_key(&caller, "Simulate", &query.request_id, &query);
                let operation = app.simulate(&caller, new_simulation(&query)?, key).await?;
                Ok(operations::to_proto(&operation, AREA))
            })
            .await
    }

    async fn get_simulation(&self, request: Request<GetSimulationRequest>) -> Result<Response<pb::Simulation>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let id = query.name.trim_start_matches("simulations/");
                Ok(simulation_to_proto(&self.app.simulation(&caller, id).await?))
            })
            .await
    }

    async fn list_simulated_changes(
        &self,
        request: Request<ListSimulatedChangesRequest>,
    ) -> Result<Response<ListSimulatedChangesResponse>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let parts = ["ListSimulatedChanges", &query.simulation, &query.order_by];
                let page = page::PageRequest::read(&parts, query.page_size, &query.page_token)?;
                let after = page.cursor.as_deref().and_then(read_cursor);
                let id = query.simulation.trim_start_matches("simulations/");
                let descending = query.order_by == "difference desc";
                let mut list =
                    self.app.simulated_changes(&caller, id, descending, after.as_ref(), page.limit()).await?;
                let next = page
                    .cut(&mut list, &parts, |(ordinal, named)| format!("{}\u{1f}{ordinal}", named.change.difference()));
                Ok(ListSimulatedChangesResponse {
                    changes: list.iter().map(|(_, named)| change_to_proto(named)).collect(),
                    next_page_token: next,
                })
            })
            .await
    }
}

fn read_cursor(text: &str) -> Option<ChangeCursor> {
    let (difference, ordinal) = text.split_once('\u{1f}')?;
    Some(ChangeCursor { difference: difference.parse().ok()?, ordinal: ordinal.parse().ok()? })
}

fn new_simulation(query: &SimulateRequest) -> Result<NewSimulation, Fault> {
    let mut v = Violations::new();
    let scenario = scenario(query.factors.as_ref(), &mut v);
    let draft = match &query.draft {
        None => {
            if !query.slot.is_empty() {
                v.add("slot", format!("{:?} is not used without a draft; leave it out, or give a plan", query.slot));
            }
            Draft::None
        }
        Some(PbDraft::PlanVersion(name)) => Draft::Version(name.clone()),
        Some(PbDraft::Plan(spec)) => {
            let slot = v.check("slot", ResourceId::parse(&query.slot));
            let spec = read_spec(Some(spec), "plan").map_err(|fault| {
                for found in fault.violations() {
                    v.add(found.field.clone(), found.description.clone());
                }
            });
            match (slot, spec) {
                (Some(slot), Ok(spec)) => Draft::Plan(slot, Box::new(spec)),
                _ => Draft::None,
            }
        }
    };
    let programme = resource_id("programmes", &query.programme, "programme")?;
    if v.is_empty() {
        Ok(NewSimulation { programme, periods: query.periods.clone(), draft, scenario })
    } else {
        Err(Fault::invalid(v))
    }
}
