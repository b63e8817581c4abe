//! `ObligationService`: decode, use case, encode.

use std::sync::Arc;

use contract_risk_domain::parse_obligation_name;
use prost::Message;
use tonic::{Request, Response, Status};
use tributary_core::{Fault, RequestContext, ResourceId};
use tributary_proto::tributary::contract::v1::{self as pb, obligation_service_server::ObligationService};
use tributary_rpc::{Edge, validate};
use tributary_sql::RequestKey;

use super::obligation_lists as lists;
use crate::{
    app::{Change, CreateObligation, ObligationChange, Obligations, ScheduleObligations, Seen},
    convert::{duty_draft, obligation_row, obligation_to_proto, proof_draft, raw_day},
};

/// The handlers of `ObligationService`.
#[derive(Clone)]
pub struct ObligationRpc {
    /// The use cases.
    pub app: Arc<Obligations>,
    /// The edge.
    pub edge: Edge,
}

type Answer<T> = Result<Response<T>, Status>;

/// Does what a request asks of the obligation that it names.
macro_rules! verb {
    ($rpc:expr, $request:expr, |$query:ident: $type:ident| $change:expr) => {{
        let app = $rpc.app.clone();
        let handler = |caller: RequestContext, $query: pb::$type| async move {
            let body = Message::encode_to_vec(&$query);
            let change = $change;
            let (contract, id) = named(&$query.name)?;
            let key =
                RequestKey::new((&caller.tenant, &caller.scope), change.verb().method(), &$query.request_id, &body);
            let asked = ObligationChange { contract, id, etag: $query.etag, reason: $query.reason, change, key };
            Ok(seen(&app.change(&caller, asked).await?))
        };
        $rpc.edge.write($request, handler).await
    }};
}

#[tonic::async_trait]
impl ObligationService for ObligationRpc {
    async fn create_obligation(&self, request: Request<pb::CreateObligationRequest>) -> Answer<pb::Obligation> {
        let app = self.app.clone();
        self.edge
            .write_unchecked(request, |caller, query: pb::CreateObligationRequest| async move {
                let create = CreateObligation {
                    annotated: validate::validate(&query).err().unwrap_or_default(),
                    key: key(&caller, "CreateObligation", &query.request_id, &query),
                    parent: query.parent,
                    draft: duty_draft(query.obligation.unwrap_or_default()),
                    obligation_id: query.obligation_id,
                };
                Ok(seen(&app.create(&caller, create).await?))
            })
            .await
    }

    async fn schedule_obligations(
        &self,
        request: Request<pb::ScheduleObligationsRequest>,
    ) -> Answer<pb::ScheduleObligationsResponse> {
        let app = self.app.clone();
        self.edge
            .write_unchecked(request, |caller, query: pb::ScheduleObligationsRequest| async move {
                let schedule = ScheduleObligations {
                    annotated: validate::validate(&query).err().unwrap_or_default(),
                    key: key(&caller, "ScheduleObligations", &query.request_id, &query),
                    parent: query.parent,
                    template: duty_draft(query.template.unwrap_or_default()),
                    every_months: query.every_months,
                    count: query.count,
                    prefix: query.obligation_id_prefix,
                };
                let created = app.schedule(&caller, schedule).await?;
                Ok(pb::ScheduleObligationsResponse { obligations: created.iter().map(seen).collect() })
            })
            .await
    }

    async fn get_obligation(&self, request: Request<pb::GetObligationRequest>) -> Answer<pb::Obligation> {
        self.edge
            .read(request, |caller, query| async move {
                let (contract, id) = named(&query.name)?;
                Ok(seen(&self.app.obligation(&caller, &contract, &id).await?))
            })
            .await
    }

    async fn list_obligations(
        &self,
        request: Request<pb::ListObligationsRequest>,
    ) -> Answer<pb::ListObligationsResponse> {
        self.edge
            .read(request, |caller, query| async move { lists::obligations(&self.app, &caller, query).await })
            .await
    }

    async fn submit_proof(&self, request: Request<pb::SubmitProofRequest>) -> Answer<pb::Obligation> {
        verb!(self, request, |query: SubmitProofRequest| Change::SubmitProof(proof_draft(
            query.proof.unwrap_or_default()
        )))
    }

    async fn accept_obligation(&self, request: Request<pb::AcceptObligationRequest>) -> Answer<pb::Obligation> {
        verb!(self, request, |query: AcceptObligationRequest| Change::Accept)
    }

    async fn return_obligation(&self, request: Request<pb::ReturnObligationRequest>) -> Answer<pb::Obligation> {
        verb!(self, request, |query: ReturnObligationRequest| Change::Return)
    }

    async fn waive_obligation(&self, request: Request<pb::WaiveObligationRequest>) -> Answer<pb::Obligation> {
        verb!(self, request, |query: WaiveObligationRequest| Change::Waive)
    }

    async fn reschedule_obligation(&self, request: Request<pb::RescheduleObligationRequest>) -> Answer<pb::Obligation> {
        verb!(self, request, |query: RescheduleObligationRequest| Change::Reschedule(query.due_on.map(raw_day)))
    }

    async fn list_obligation_transitions(
        &self,
        request: Request<pb::ListObligationTransitionsRequest>,
    ) -> Answer<pb::ListObligationTransitionsResponse> {
        self.edge
            .read(request, |caller, query| async move { lists::transitions(&self.app, &caller, query).await })
            .await
    }

    async fn list_reminders(&self, request: Request<pb::ListRemindersRequest>) -> Answer<pb::ListRemindersResponse> {
        self.edge.read(request, |caller, query| async move { lists::reminders(&self.app, &caller, query).await }).await
    }

    async fn query_on_time_rates(
        &self,
        request: Request<pb::QueryOnTimeRatesRequest>,
    ) -> Answer<pb::QueryOnTimeRatesResponse> {
        self.edge
            .read(request, |caller, query| async move { lists::on_time_rates(&self.app, &caller, query).await })
            .await
    }

    async fn import_obligations(
        &self,
        request: Request<pb::ImportObligationsRequest>,
    ) -> Answer<pb::ImportObligationsResponse> {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: pb::ImportObligationsRequest| async move {
                let key = key(&caller, "ImportObligations", &query.request_id, &query);
                let rows = query.obligations.into_iter().map(obligation_row).collect();
                app.import(&caller, rows, key).await
            })
            .await
    }
}

fn seen(seen: &Seen) -> pb::Obligation {
    obligation_to_proto(&seen.obligation, seen.today)
}

/// Contract and obligation of a request's `name`.
pub(super) fn named(name: &str) -> Result<(ResourceId, ResourceId), Fault> {
    parse_obligation_name(name).map_err(|e| Fault::invalid_field("name", e))
}

fn key(caller: &RequestContext, method: &str, request_id: &str, query: &impl Message) -> Option<RequestKey> {
    RequestKey::new((&caller.tenant, &caller.scope), method, request_id, &query.encode_to_vec())
}
