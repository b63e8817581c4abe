//! `SubsidyService`.

use incentive_calculation_domain::subsidy::{Payment, Proof};
use tonic::{Request, Response, Status};
use tributary_core::{Fault, RequestContext, ResourceId, Violations};
use tributary_proto::{
    google::r#type::Money,
    tributary::incentive::v1::{
        self as pb, AcceptSubsidyClaimRequest, ApproveSubsidyRequest, ClaimSubsidyRequest,
        ConfirmSubsidyPaymentRequest, CreateSubsidyRequest, GetSubsidyRequest, ListSubsidiesRequest,
        ListSubsidiesResponse, RefuseSubsidyClaimRequest, RejectSubsidyRequest, ReturnSubsidyClaimRequest,
        ReverseSubsidyClaimRequest, WithdrawSubsidyRequest, subsidy_service_server::SubsidyService,
    },
};
use tributary_rpc::{convert::minor_amount, page};
use tributary_sql::RequestKey;

use super::{Rpc, fund_service::day, request_key};
use crate::{
    app::{
        App,
        subsidies::{NewSubsidy, SubsidyRequest, SubsidyStep},
    },
    convert::{
        channel,
        fund::amount_in,
        subsidy::{proof, state, subsidy_to_proto},
    },
    ports::funds::SubsidyQuery,
};

type Answer = Result<Response<pb::Subsidy>, Status>;

#[tonic::async_trait]
impl SubsidyService for Rpc {
    async fn create_subsidy(&self, request: Request<CreateSubsidyRequest>) -> Answer {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: CreateSubsidyRequest| async move {
                let key = request_key(&caller, "CreateSubsidy", &query.request_id, &query);
                let new = new_subsidy(&query)?;
                Ok(subsidy_to_proto(&app.create_subsidy(&caller, new, key, query.validate_only).await?))
            })
            .await
    }

    async fn get_subsidy(&self, request: Request<GetSubsidyRequest>) -> Answer {
        self.edge
            .read(request, |caller, query| async move {
                Ok(subsidy_to_proto(&self.app.subsidy(&caller, id_of(&query.name)).await?))
            })
            .await
    }

    async fn list_subsidies(
        &self,
        request: Request<ListSubsidiesRequest>,
    ) -> Result<Response<ListSubsidiesResponse>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let (stands, class) = (query.state.to_string(), query.channel.to_string());
                let parts = ["ListSubsidies", &query.fund, &query.partner, &stands, &class];
                let page = page::PageRequest::read(&parts, query.page_size, &query.page_token)?;
                let wanted = SubsidyQuery {
                    fund: query.fund.strip_prefix("funds/").map(ToOwned::to_owned),
                    partner: query.partner.strip_prefix("partners/").map(ToOwned::to_owned),
                    state: state(query.state()),
                    channel: channel(query.channel),
                    after: page.cursor.clone().unwrap_or_default(),
                    limit: page.limit(),
                };
                let mut list = self.app.subsidies(&caller, &wanted).await?;
                let next_page_token = page.cut(&mut list, &parts, |subsidy| subsidy.id.clone());
                Ok(ListSubsidiesResponse { subsidies: list.iter().map(subsidy_to_proto).collect(), next_page_token })
            })
            .await
    }

    async fn approve_subsidy(&self, request: Request<ApproveSubsidyRequest>) -> Answer {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: ApproveSubsidyRequest| async move {
                let key = request_key(&caller, "ApproveSubsidy", &query.request_id, &query);
                let amount = stated(&app, &caller, &query.name, "amount", query.amount.as_ref()).await?;
                let why = (query.etag, query.reason, query.validate_only);
                stepped(&app, &caller, &query.name, SubsidyStep::Approve(amount), why, key).await
            })
            .await
    }

    async fn reject_subsidy(&self, request: Request<RejectSubsidyRequest>) -> Answer {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: RejectSubsidyRequest| async move {
                let key = request_key(&caller, "RejectSubsidy", &query.request_id, &query);
                let why = (query.etag, query.reason, query.validate_only);
                stepped(&app, &caller, &query.name, SubsidyStep::Reject, why, key).await
            })
            .await
    }

    async fn withdraw_subsidy(&self, request: Request<WithdrawSubsidyRequest>) -> Answer {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: WithdrawSubsidyRequest| async move {
                let key = request_key(&caller, "WithdrawSubsidy", &query.request_id, &query);
                let why = (query.etag, query.reason, query.validate_only);
                stepped(&app, &caller, &query.name, SubsidyStep::Withdraw, why, key).await
            })
            .await
    }

    async fn claim_subsidy(&self, request: Request<ClaimSubsidyRequest>) -> Answer {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: ClaimSubsidyRequest| async move {
                let key = request_key(&caller, "ClaimSubsidy", &query.request_id, &query);
                let cost = stated(&app, &caller, &query.name, "cost", query.cost.as_ref()).await?;
                let proofs: Vec<Proof> = query.proofs.iter().map(proof).collect();
                let step = SubsidyStep::Claim(cost.unwrap_or_default(), proofs, query.note);
                let why = (query.etag, String::new(), query.validate_only);
                stepped(&app, &caller, &query.name, step, why, key).await
            })
            .await
    }

    async fn accept_subsidy_claim(&self, request: Request<AcceptSubsidyClaimRequest>) -> Answer {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: AcceptSubsidyClaimRequest| async move {
                let key = request_key(&caller, "AcceptSubsidyClaim", &query.request_id, &query);
                let eligible = query.eligible_cost.as_ref();
                let eligible = stated(&app, &caller, &query.name, "eligible_cost", eligible).await?;
                let step = SubsidyStep::Accept(claim(query.number), eligible, query.keep_rest);
                let why = (query.etag, query.reason, query.validate_only);
                stepped(&app, &caller, &query.name, step, why, key).await
            })
            .await
    }

    async fn return_subsidy_claim(&self, request: Request<ReturnSubsidyClaimRequest>) -> Answer {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: ReturnSubsidyClaimRequest| async move {
                let key = request_key(&caller, "ReturnSubsidyClaim", &query.request_id, &query);
                let why = (query.etag, query.reason, query.validate_only);
                stepped(&app, &caller, &query.name, SubsidyStep::Return(claim(query.number)), why, key).await
            })
            .await
    }

    async fn refuse_subsidy_claim(&self, request: Request<RefuseSubsidyClaimRequest>) -> Answer {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: RefuseSubsidyClaimRequest| async move {
                let key = request_key(&caller, "RefuseSubsidyClaim", &query.request_id, &query);
                let why = (query.etag, query.reason, query.validate_only);
                stepped(&app, &caller, &query.name, SubsidyStep::Refuse(claim(query.number)), why, key).await
            })
            .await
    }

    async fn confirm_subsidy_payment(&self, request: Request<ConfirmSubsidyPaymentRequest>) -> Answer {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: ConfirmSubsidyPaymentRequest| async move {
                let key = request_key(&caller, "ConfirmSubsidyPayment", &query.request_id, &query);
                let mut violations = Violations::new();
                let paid_on = day("paid_on", query.paid_on.as_ref(), &mut violations);
                violations.into_result()?;
                let paid_on = paid_on.ok_or_else(|| Fault::internal("a day without violations cannot be read"))?;
                let payment = Payment { reference: query.reference, paid_on };
                let step = SubsidyStep::Confirm(claim(query.number), payment);
                let why = (query.etag, String::new(), query.validate_only);
                stepped(&app, &caller, &query.name, step, why, key).await
            })
            .await
    }

    async fn reverse_subsidy_claim(&self, request: Request<ReverseSubsidyClaimRequest>) -> Answer {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: ReverseSubsidyClaimRequest| async move {
                let key = request_key(&caller, "ReverseSubsidyClaim", &query.request_id, &query);
                let why = (query.etag, query.reason, query.validate_only);
                let step = SubsidyStep::Reverse(claim(query.number));
                stepped(&app, &caller, &query.name, step, why, key).await
            })
            .await
    }
}

/// The number of a claim; the contract asks for 1 or more.
fn claim(number: i32) -> u32 {
    u32::try_from(number).unwrap_or(0)
}

async fn stepped(
    app: &App,
    caller: &RequestContext,
    name: &str,
    step: SubsidyStep,
    (etag, reason, validate_only): (String, String, bool),
    key: Option<RequestKey>,
) -> Result<pb::Subsidy, Fault> {
    let asked = SubsidyRequest { id: id_of(name).to_owned(), etag, step, reason, validate_only };
    Ok(subsidy_to_proto(&app.step_subsidy(caller, asked, key).await?))
}

/// An amount in the currency of a subsidy, which never changes.
async fn stated(
    app: &App,
    caller: &RequestContext,
    name: &str,
    field: &str,
    amount: Option<&Money>,
) -> Result<Option<i64>, Fault> {
    let Some(amount) = amount else { return Ok(None) };
    let currency = app.subsidy(caller, id_of(name)).await?.currency;
    let mut violations = Violations::new();
    let read = amount_in(currency, field, Some(amount), &mut violations);
    violations.into_result()?;
    Ok(read)
}

fn id_of(name: &str) -> &str {
    name.trim_start_matches("subsidies/")
}

fn new_subsidy(query: &CreateSubsidyRequest) -> Result<NewSubsidy, Fault> {
    let stated = query.subsidy.clone().unwrap_or_default();
    let mut violations = Violations::new();
    let id = violations.check("subsidy_id", ResourceId::parse(&query.subsidy_id));
    let mut own = Violations::new();
    let fund = own.check("fund", ResourceId::from_name("funds", &stated.fund));
    let partner = own.check("partner", ResourceId::from_name("partners", &stated.partner));
    let class = channel(stated.channel).ok_or("is not set; use a channel class such as CHANNEL_CLASS_ONLINE");
    let class = own.check("channel", class);
    let days = [("first_day", &stated.first_day), ("end_day", &stated.end_day)];
    let [first_day, end_day] = days.map(|(field, stated)| day(field, stated.as_ref(), &mut own));
    let cost = stated.planned_cost.as_ref().ok_or_else(|| "is missing; state what the project is to cost".to_owned());
    let planned_cost = own.check("planned_cost", cost.and_then(minor_amount));
    violations.nest("subsidy", own);
    violations.into_result()?;
    match (id, fund, partner, class, first_day.zip(end_day), planned_cost) {
        (Some(id), Some(fund), Some(partner), Some(channel), Some((first_day, end_day)), Some(planned_cost)) => {
            Ok(NewSubsidy {
                id,
                fund,
                partner,
                channel,
                reserve: stated.use_reserve,
                project: stated.project,
                first_day,
                end_day,
                planned_cost,
                reason: query.reason.clone(),
            })
        }
        _ => Err(Fault::internal("a subsidy without violations cannot be read")),
    }
}
