//! `SettlementService`.

use incentive_calculation_domain::settlement::{Change, Settlement, page::Language};
use prost::Message;
use tonic::{Request, Response, Status};
use tributary_core::{Fault, RequestContext, ResourceId, Violations};
use tributary_proto::{
    google::longrunning::Operation,
    tributary::incentive::v1::{
        self as pb, AccrueRunRequest, AdjustSettlementRequest, AdvanceSettlementsRequest, ChangeSettlementRequest,
        ConfirmPaymentsRequest, ConfirmPaymentsResponse, ConfirmationResult, ExportAccountingRequest,
        ExportAccountingResponse, ExportPayablesRequest, GetPayableExportRequest, GetSettlementRequest,
        HoldSettlementLineRequest, ListSettlementsRequest, ListSettlementsResponse, PageLanguage, PayableExport,
        RenderSettlementRequest, RenderSettlementResponse, SettlePeriodRequest, SettlementAdvance,
        settlement_service_server::SettlementService,
    },
};
use tributary_rpc::{convert::minor_amount, operations, page};

use super::{Rpc, accounting, closing_service::period_of, request_key};
use crate::{
    AREA,
    app::{
        App,
        settlements::{BulkStep, ChangeRequest, ConfirmationAnswer},
    },
    convert::settlement::{
        adjustment_kind, confirmation, export_to_proto, settlement_to_proto, state, state_to_proto, terms,
    },
    ports::settlements::SettlementQuery,
};

type Answer = Result<Response<pb::Settlement>, Status>;

#[tonic::async_trait]
impl SettlementService for Rpc {
    async fn accrue_run(&self, request: Request<AccrueRunRequest>) -> Result<Response<Operation>, Status> {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: AccrueRunRequest| async move {
                let key = request_key(&caller, "AccrueRun", &query.request_id, &query);
                let run = query.name.trim_start_matches("runs/");
                Ok(operations::to_proto(&app.accrue_run(&caller, run, key).await?, AREA))
            })
            .await
    }

    async fn settle_period(&self, request: Request<SettlePeriodRequest>) -> Result<Response<Operation>, Status> {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: SettlePeriodRequest| async move {
                let key = request_key(&caller, "SettlePeriod", &query.request_id, &query);
                let mut violations = Violations::new();
                let terms = terms(&query.terms.unwrap_or_default(), &mut violations);
                violations.into_result()?;
                let period = period_of(&query.name)?;
                Ok(operations::to_proto(&app.settle_period(&caller, period, terms, key).await?, AREA))
            })
            .await
    }

    async fn advance_settlements(
        &self,
        request: Request<AdvanceSettlementsRequest>,
    ) -> Result<Response<Operation>, Status> {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: AdvanceSettlementsRequest| async move {
                let key = request_key(&caller, "AdvanceSettlements", &query.request_id, &query);
                let step = match query.step() {
                    SettlementAdvance::Submit => BulkStep::Submit,
                    SettlementAdvance::Approve => BulkStep::Approve,
                    SettlementAdvance::Lock => BulkStep::Lock { waive: query.waive_dispute_window },
                    SettlementAdvance::Unspecified => {
                        return Err(Fault::invalid_field("step", "is missing; say which step is taken"));
                    }
                };
                let period = period_of(&query.name)?;
                let asked = app.advance_settlements(&caller, period, (step, query.reason), key).await?;
                Ok(operations::to_proto(&asked, AREA))
            })
            .await
    }

    async fn get_settlement(&self, request: Request<GetSettlementRequest>) -> Answer {
        self.edge
            .read(request, |caller, query| async move {
                Ok(settlement_to_proto(&self.app.settlement(&caller, id_of(&query.name)).await?))
            })
            .await
    }

    async fn list_settlements(
        &self,
        request: Request<ListSettlementsRequest>,
    ) -> Result<Response<ListSettlementsResponse>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let kind = query.state.to_string();
                let parts = ["ListSettlements", &query.programme, &query.period, &query.partner, &kind];
                let page = page::PageRequest::read(&parts, query.page_size, &query.page_token)?;
                let wanted = SettlementQuery {
                    programme: query.programme.strip_prefix("programmes/").map(ToOwned::to_owned),
                    period: Some(query.period.clone()).filter(|period| !period.is_empty()),
                    partner: query.partner.strip_prefix("partners/").map(ToOwned::to_owned),
                    states: state(query.state()).into_iter().collect(),
                    payable: false,
                    after: page.cursor.clone().unwrap_or_default(),
                    limit: page.limit(),
                };
                let mut list = self.app.settlements(&caller, wanted).await?;
                let next_page_token = page.cut(&mut list, &parts, |settlement| settlement.id.clone());
                let settlements = list.iter().map(settlement_to_proto).collect();
                Ok(ListSettlementsResponse { settlements, next_page_token })
            })
            .await
    }

    async fn submit_settlement(&self, request: Request<ChangeSettlementRequest>) -> Answer {
        self.moved(request, "SubmitSettlement", |_| Change::Submit).await
    }

    async fn approve_settlement(&self, request: Request<ChangeSettlementRequest>) -> Answer {
        self.moved(request, "ApproveSettlement", |_| Change::Approve).await
    }

    async fn return_settlement(&self, request: Request<ChangeSettlementRequest>) -> Answer {
        self.moved(request, "ReturnSettlement", |_| Change::Return).await
    }

    async fn lock_settlement(&self, request: Request<ChangeSettlementRequest>) -> Answer {
        self.moved(request, "LockSettlement", |query| Change::Lock { waive: query.waive_dispute_window }).await
    }

    async fn adjust_settlement(&self, request: Request<AdjustSettlementRequest>) -> Answer {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: AdjustSettlementRequest| async move {
                let key = ("AdjustSettlement", query.request_id.clone(), query.encode_to_vec());
                let made = query.adjustment.unwrap_or_default();
                let known = app.settlement(&caller, id_of(&query.name)).await?;
                let (change, reason) = adjustment(&known, made)?;
                let etag = query.etag;
                let change = ChangeRequest { id: known.id, etag, change, reason, validate_only: query.validate_only };
                changed(&app, &caller, change, key).await
            })
            .await
    }

    async fn hold_settlement_line(&self, request: Request<HoldSettlementLineRequest>) -> Answer {
        self.line(request, "HoldSettlementLine", Change::Hold).await
    }

    async fn release_settlement_line(&self, request: Request<HoldSettlementLineRequest>) -> Answer {
        self.line(request, "ReleaseSettlementLine", Change::Release).await
    }

    async fn dispute_settlement_line(&self, request: Request<HoldSettlementLineRequest>) -> Answer {
        self.line(request, "DisputeSettlementLine", Change::Dispute).await
    }

    async fn export_payables(
        &self,
        request: Request<ExportPayablesRequest>,
    ) -> Result<Response<PayableExport>, Status> {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: ExportPayablesRequest| async move {
                let id = ResourceId::parse(&query.payable_export_id);
                let id = id.map_err(|why| Fault::invalid_field("payable_export_id", why))?;
                Ok(export_to_proto(&app.export_payables(&caller, period_of(&query.period)?, &id).await?))
            })
            .await
    }

    async fn get_payable_export(
        &self,
        request: Request<GetPayableExportRequest>,
    ) -> Result<Response<PayableExport>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let id = query.name.trim_start_matches("payableExports/");
                Ok(export_to_proto(&self.app.payable_export(&caller, id).await?))
            })
            .await
    }

    async fn confirm_payments(
        &self,
        request: Request<ConfirmPaymentsRequest>,
    ) -> Result<Response<ConfirmPaymentsResponse>, Status> {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: ConfirmPaymentsRequest| async move {
                let mut violations = Violations::new();
                let stated = query.confirmations.into_iter().enumerate();
                let read = stated.map(|(at, one)| confirmation(one, &format!("confirmations[{at}]"), &mut violations));
                let read = read.collect();
                violations.into_result()?;
                let results: Vec<_> =
                    app.confirm_payments(&caller, read).await?.into_iter().map(confirmed_to_proto).collect();
                let refused = results.iter().filter(|result| !result.accepted).count();
                Ok(ConfirmPaymentsResponse { results, refused_count: i32::try_from(refused).unwrap_or(i32::MAX) })
            })
            .await
    }

    async fn render_settlement(
        &self,
        request: Request<RenderSettlementRequest>,
    ) -> Result<Response<RenderSettlementResponse>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let settlement = self.app.settlement(&caller, id_of(&query.name)).await?;
                let language = match query.language() {
                    PageLanguage::Zh => Language::Chinese,
                    PageLanguage::En | PageLanguage::Unspecified => Language::English,
                };
                Ok(RenderSettlementResponse { html: settlement.page(language) })
            })
            .await
    }

    async fn export_accounting(
        &self,
        request: Request<ExportAccountingRequest>,
    ) -> Result<Response<ExportAccountingResponse>, Status> {
        self.edge
            .read(request, |caller, query| async move { accounting::export(&self.app, &caller, query).await })
            .await
    }
}

impl Rpc {
    /// A verb that moves a settlement.
    async fn moved(
        &self,
        request: Request<ChangeSettlementRequest>,
        method: &'static str,
        change: impl FnOnce(&ChangeSettlementRequest) -> Change + Send + 'static,
    ) -> Answer {
        let app = self.app.clone();
        self.edge
            .write(request, move |caller, query: ChangeSettlementRequest| async move {
                let key = (method, query.request_id.clone(), query.encode_to_vec());
                let change = ChangeRequest {
                    id: id_of(&query.name).to_owned(),
                    change: change(&query),
                    etag: query.etag,
                    reason: query.reason,
                    validate_only: query.validate_only,
                };
                changed(&app, &caller, change, key).await
            })
            .await
    }

    /// A verb that changes a line of a settlement.
    async fn line(
        &self,
        request: Request<HoldSettlementLineRequest>,
        method: &'static str,
        change: fn(String) -> Change,
    ) -> Answer {
        let app = self.app.clone();
        self.edge
            .write(request, move |caller, query: HoldSettlementLineRequest| async move {
                let key = (method, query.request_id.clone(), query.encode_to_vec());
                let change = ChangeRequest {
                    id: id_of(&query.name).to_owned(),
                    change: change(query.line),
                    etag: query.etag,
                    reason: query.reason,
                    validate_only: false,
                };
                changed(&app, &caller, change, key).await
            })
            .await
    }
}

/// The method, the request id and the body of a call.
type Key = (&'static str, String, Vec<u8>);

async fn changed(
    app: &App,
    caller: &RequestContext,
    change: ChangeRequest,
    (method, request_id, body): Key,
) -> Result<pb::Settlement, Fault> {
    let key = tributary_sql::RequestKey::new((&caller.tenant, &caller.scope), method, &request_id, &body);
    Ok(settlement_to_proto(&app.change_settlement(caller, change, key).await?))
}

fn id_of(name: &str) -> &str {
    name.trim_start_matches("settlements/")
}

/// An adjustment, in the currency of the settlement, and its reason.
fn adjustment(known: &Settlement, made: pb::SettlementAdjustment) -> Result<(Change, String), Fault> {
    let mut violations = Violations::new();
    let kind = adjustment_kind(made.kind()).ok_or("is missing; say what sort of adjustment it is");
    let kind = violations.check("adjustment.kind", kind);
    let amount = made.amount.as_ref().ok_or_else(|| "is missing; state how much".to_owned());
    let amount = violations.check("adjustment.amount", amount.and_then(minor_amount));
    if let Some(amount) = amount.filter(|amount| amount.currency != known.currency) {
        violations
            .add("adjustment.amount", format!("is in {}, {} in {}", amount.currency, known.name(), known.currency));
    }
    violations.into_result()?;
    match (kind, amount) {
        (Some(kind), Some(amount)) => Ok((Change::Adjust(kind, amount.value), made.reason)),
        _ => Err(Fault::internal("an adjustment without violations cannot be read")),
    }
}

fn confirmed_to_proto(answer: ConfirmationAnswer) -> ConfirmationResult {
    let settlement = format!("settlements/{}", answer.settlement);
    match answer.result {
        Ok((state, repeated)) => ConfirmationResult {
            settlement,
            accepted: true,
            repeated,
            state: state_to_proto(state).into(),
            ..ConfirmationResult::default()
        },
        Err(fault) => ConfirmationResult {
            settlement,
            reason: fault.reason().code.to_owned(),
            message: told(&fault),
            ..ConfirmationResult::default()
        },
    }
}

/// The message of a fault with all its violations.
fn told(fault: &Fault) -> String {
    match fault.violations() {
        [] | [_] => fault.message().to_owned(),
        many => many.iter().map(|v| format!("{}: {}", v.field, v.description)).collect::<Vec<_>>().join("; "),
    }
}
