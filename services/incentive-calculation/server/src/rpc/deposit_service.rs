//! `DepositService`.

use incentive_calculation_domain::deposit::{Deposit, Proposal, RATE_DIGITS};
use prost::Message;
use tonic::{Request, Response, Status};
use tributary_core::{Fault, MinorAmount, RequestContext, ResourceId, Violations};
use tributary_proto::{
    google::r#type::Money,
    tributary::incentive::v1::{
        self as pb, ChangeDepositTermsRequest, CloseDepositRequest, ConfirmDepositMovementRequest,
        CreateDepositRequest, DepositAmounts, GetDepositRequest, ListDepositsRequest, ListDepositsResponse,
        ProposeDepositMovementRequest, ReceiveDepositRequest, RejectDepositMovementRequest,
        deposit_service_server::DepositService, propose_deposit_movement_request::Proposal as Asked,
    },
};
use tributary_rpc::{
    convert::{date, decimal, minor_amount},
    page,
};

use super::{Rpc, request_key};
use crate::{
    app::{
        App,
        deposits::{DepositRequest, DepositStep, NewDeposit},
    },
    convert::deposit::{counterpart, deposit_to_proto, performance, state},
    ports::deposits::DepositQuery,
};

/// Days in which a proposal can be confirmed, when nobody says otherwise.
const VALID_DAYS: i32 = 30;

type Answer = Result<Response<pb::Deposit>, Status>;

#[tonic::async_trait]
impl DepositService for Rpc {
    async fn create_deposit(&self, request: Request<CreateDepositRequest>) -> Answer {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: CreateDepositRequest| async move {
                let key = request_key(&caller, "CreateDeposit", &query.request_id, &query);
                let new = new_deposit(&query)?;
                Ok(deposit_to_proto(&app.create_deposit(&caller, new, key, query.validate_only).await?))
            })
            .await
    }

    async fn get_deposit(&self, request: Request<GetDepositRequest>) -> Answer {
        self.edge
            .read(request, |caller, query| async move {
                Ok(deposit_to_proto(&self.app.deposit(&caller, id_of(&query.name)).await?))
            })
            .await
    }

    async fn list_deposits(
        &self,
        request: Request<ListDepositsRequest>,
    ) -> Result<Response<ListDepositsResponse>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let kind = query.state.to_string();
                let parts = ["ListDeposits", &query.partner, &kind, &query.cause];
                let page = page::PageRequest::read(&parts, query.page_size, &query.page_token)?;
                let wanted = DepositQuery {
                    partner: query.partner.strip_prefix("partners/").map(ToOwned::to_owned),
                    state: state(query.state()),
                    cause: Some(query.cause.clone()).filter(|cause| !cause.is_empty()),
                    after: page.cursor.clone().unwrap_or_default(),
                    limit: page.limit(),
                };
                let mut list = self.app.deposits(&caller, &wanted).await?;
                let next_page_token = page.cut(&mut list, &parts, |deposit| deposit.id.clone());
                Ok(ListDepositsResponse { deposits: list.iter().map(deposit_to_proto).collect(), next_page_token })
            })
            .await
    }

    async fn change_deposit_terms(&self, request: Request<ChangeDepositTermsRequest>) -> Answer {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: ChangeDepositTermsRequest| async move {
                let known = app.deposit(&caller, id_of(&query.name)).await?;
                let mut violations = Violations::new();
                if query.base.is_none() && query.rate.is_none() {
                    violations.add("base", "is missing, and so is rate; state what changes");
                }
                let base = query.base.as_ref().and_then(|base| amount(&known, "base", base, &mut violations));
                let rate = query.rate.as_ref().map(|rate| decimal(rate, RATE_DIGITS));
                let rate = rate.and_then(|rate| violations.check("rate", rate));
                violations.into_result()?;
                let body = query.encode_to_vec();
                let asked = DepositRequest {
                    id: known.id,
                    step: DepositStep::Terms(base, rate),
                    cause: query.cause,
                    reason: query.reason,
                    validate_only: query.validate_only,
                };
                stepped(&app, &caller, asked, ("ChangeDepositTerms", &query.request_id, &body)).await
            })
            .await
    }

    async fn receive_deposit(&self, request: Request<ReceiveDepositRequest>) -> Answer {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: ReceiveDepositRequest| async move {
                let known = app.deposit(&caller, id_of(&query.name)).await?;
                let mut violations = Violations::new();
                let stated = query.amount.clone().unwrap_or_default();
                let value = amount(&known, "amount", &stated, &mut violations);
                let day = query.effective_date.as_ref().map(date);
                let day = day.and_then(|day| violations.check("effective_date", day));
                violations.into_result()?;
                let (body, from) = (query.encode_to_vec(), counterpart(query.source()));
                let asked = DepositRequest {
                    id: known.id,
                    step: DepositStep::Receive(value.unwrap_or_default(), from, day),
                    cause: query.cause,
                    reason: query.reason,
                    validate_only: query.validate_only,
                };
                stepped(&app, &caller, asked, ("ReceiveDeposit", &query.request_id, &body)).await
            })
            .await
    }

    async fn propose_deposit_movement(&self, request: Request<ProposeDepositMovementRequest>) -> Answer {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: ProposeDepositMovementRequest| async move {
                let known = app.deposit(&caller, id_of(&query.name)).await?;
                let mut violations = Violations::new();
                let proposal = match &query.proposal {
                    Some(Asked::Amounts(amounts)) => in_amounts(&known, amounts, &mut violations),
                    Some(Asked::Performance(stated)) => Proposal::Performance(performance(stated, &mut violations)),
                    None => return Err(Fault::invalid_field("proposal", "is missing; state amounts or performance")),
                };
                violations.into_result()?;
                let days = if query.valid_days == 0 { VALID_DAYS } else { query.valid_days };
                let (body, to) = (query.encode_to_vec(), counterpart(query.destination()));
                let asked = DepositRequest {
                    id: known.id,
                    step: DepositStep::Propose(proposal, to, days.into()),
                    cause: query.cause,
                    reason: query.reason,
                    validate_only: query.validate_only,
                };
                stepped(&app, &caller, asked, ("ProposeDepositMovement", &query.request_id, &body)).await
            })
            .await
    }

    async fn confirm_deposit_movement(&self, request: Request<ConfirmDepositMovementRequest>) -> Answer {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: ConfirmDepositMovementRequest| async move {
                let asked = decision(&query.name, DepositStep::Confirm(number(query.number)), String::new());
                let body = query.encode_to_vec();
                stepped(&app, &caller, asked, ("ConfirmDepositMovement", &query.request_id, &body)).await
            })
            .await
    }

    async fn reject_deposit_movement(&self, request: Request<RejectDepositMovementRequest>) -> Answer {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: RejectDepositMovementRequest| async move {
                let body = query.encode_to_vec();
                let asked = decision(&query.name, DepositStep::Reject(number(query.number)), query.reason);
                stepped(&app, &caller, asked, ("RejectDepositMovement", &query.request_id, &body)).await
            })
            .await
    }

    async fn close_deposit(&self, request: Request<CloseDepositRequest>) -> Answer {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: CloseDepositRequest| async move {
                let asked = decision(&query.name, DepositStep::Close, String::new());
                let body = query.encode_to_vec();
                stepped(&app, &caller, asked, ("CloseDeposit", &query.request_id, &body)).await
            })
            .await
    }
}

async fn stepped(
    app: &App,
    caller: &RequestContext,
    asked: DepositRequest,
    (method, request_id, body): (&'static str, &str, &[u8]),
) -> Result<pb::Deposit, Fault> {
    let key = tributary_sql::RequestKey::new((&caller.tenant, &caller.scope), method, request_id, body);
    Ok(deposit_to_proto(&app.step_deposit(caller, asked, key).await?))
}

fn decision(name: &str, step: DepositStep, reason: String) -> DepositRequest {
    DepositRequest { id: id_of(name).to_owned(), step, cause: String::new(), reason, validate_only: false }
}

fn id_of(name: &str) -> &str {
    name.trim_start_matches("deposits/")
}

/// The number of a movement; the contract asks for 1 or more.
fn number(stated: i32) -> u32 {
    u32::try_from(stated).unwrap_or(0)
}

fn new_deposit(query: &CreateDepositRequest) -> Result<NewDeposit, Fault> {
    let stated = query.deposit.clone().unwrap_or_default();
    let mut violations = Violations::new();
    let id = violations.check("deposit_id", ResourceId::parse(&query.deposit_id));
    let partner = stated
        .partner
        .strip_prefix("partners/")
        .ok_or_else(|| format!("{:?} is no partner; use a resource name such as \"partners/huadong\"", stated.partner));
    let partner = violations.check("deposit.partner", partner.and_then(ResourceId::parse));
    let base = stated.base.as_ref().ok_or_else(|| "is missing; state the value of what is secured".to_owned());
    let base: Option<MinorAmount> = violations.check("deposit.base", base.and_then(minor_amount));
    let rate = stated.rate.as_ref().ok_or_else(|| "is missing; state a share such as \"0.2\"".to_owned());
    let rate = violations.check("deposit.rate", rate.and_then(|rate| decimal(rate, RATE_DIGITS)));
    if stated.cause.is_empty() {
        violations.add("deposit.cause", "is empty; name what the deposit secures, such as \"contracts/c-17\"");
    }
    violations.into_result()?;
    match (id, partner, base, rate) {
        (Some(id), Some(partner), Some(base), Some(rate)) => {
            Ok(NewDeposit { id, partner, cause: stated.cause, currency: base.currency, base: base.value, rate })
        }
        _ => Err(Fault::internal("a deposit without violations cannot be read")),
    }
}

/// Whole minor units in the currency of the deposit.
fn amount(known: &Deposit, field: &str, stated: &Money, violations: &mut Violations) -> Option<i64> {
    let read = violations.check(field, minor_amount(stated))?;
    if read.currency != known.currency {
        violations.add(field, format!("is in {}, {} in {}", read.currency, known.name(), known.currency));
    }
    Some(read.value)
}

fn in_amounts(known: &Deposit, stated: &DepositAmounts, violations: &mut Violations) -> Proposal {
    if stated.release.is_none() && stated.forfeit.is_none() {
        return Proposal::Excess;
    }
    let mut read = |field: &str, stated: &Option<Money>| {
        let value = stated.as_ref().and_then(|stated| amount(known, field, stated, violations)).unwrap_or_default();
        if value < 0 {
            violations.add(field, "is below 0; what comes in is received");
        }
        value
    };
    Proposal::Amounts(read("amounts.release", &stated.release), read("amounts.forfeit", &stated.forfeit))
}
