//! `tributary funds`.

mod args;
mod show;

use std::path::Path;

use sha2::{Digest as _, Sha256};
use tributary_core::{IdSource as _, SystemIds};
use tributary_proto::tributary::incentive::v1::{
    AcceptSubsidyClaimRequest, ApproveSubsidyRequest, ChangeFundRequest, ClaimSubsidyRequest,
    ConfirmSubsidyPaymentRequest, CreateFundRequest, CreateSubsidyRequest, Fund, FundBudget, FundTerms, GetFundRequest,
    GetSubsidyRequest, RefuseSubsidyClaimRequest, RejectSubsidyRequest, ReturnSubsidyClaimRequest,
    ReverseSubsidyClaimRequest, Subsidy, SubsidyProof, SubsidyProofKind, WithdrawSubsidyRequest,
    fund_service_client::FundServiceClient, subsidy_service_client::SubsidyServiceClient,
};

pub use args::FundsCommand;
use args::{
    AcceptArgs, ApproveArgs, ChangeArgs, ClaimArgs, ClaimWhyArgs, CreateArgs, PaidArgs, RequestArgs, TermsArgs, WhyArgs,
};

use super::{
    ConnectArgs, Connection, Failure, Keyed,
    calculate::resource,
    look::{self, money},
    partners,
};

type Funds = FundServiceClient<Keyed>;
type Subsidies = SubsidyServiceClient<Keyed>;

/// Sees to funds and subsidies.
pub(super) async fn run(command: FundsCommand, connect: &ConnectArgs) -> Result<(), Failure> {
    look::with(connect, async |connection| {
        let (mut funds, mut subsidies) = (connection.funds(), connection.subsidies());
        let request_id = SystemIds.uuid().to_string();
        let subsidy = match command {
            FundsCommand::List(args) => return show::list(&funds, args).await,
            FundsCommand::Show(args) => return show::fund(funds, &args).await,
            FundsCommand::Requests(args) => return show::requests(connection, &subsidies, args).await,
            FundsCommand::Subsidy(args) => return show::subsidy(subsidies, &args).await,
            FundsCommand::Create(args) => {
                show::created(&create(&mut funds, args, request_id).await?);
                return Ok(());
            }
            FundsCommand::Change(args) => {
                show::created(&change(&mut funds, args, request_id).await?);
                return Ok(());
            }
            FundsCommand::Request(args) => request(connection, &mut funds, &mut subsidies, args, request_id).await?,
            FundsCommand::Approve(args) => approve(&mut subsidies, args, request_id).await?,
            FundsCommand::Reject(WhyArgs { subsidy, reason }) => {
                let name = named(&subsidy);
                let request = RejectSubsidyRequest { name, reason, request_id, ..RejectSubsidyRequest::default() };
                subsidies.reject_subsidy(request).await?.into_inner()
            }
            FundsCommand::Withdraw(WhyArgs { subsidy, reason }) => {
                let name = named(&subsidy);
                let request = WithdrawSubsidyRequest { name, reason, request_id, ..WithdrawSubsidyRequest::default() };
                subsidies.withdraw_subsidy(request).await?.into_inner()
            }
            FundsCommand::Claim(args) => claim(&mut subsidies, args, request_id).await?,
            FundsCommand::Accept(args) => accept(&mut subsidies, args, request_id).await?,
            FundsCommand::Return(args) => give_back(&mut subsidies, args, request_id).await?,
            FundsCommand::Refuse(args) => refuse(&mut subsidies, args, request_id).await?,
            FundsCommand::Reverse(args) => reverse(&mut subsidies, args, request_id).await?,
            FundsCommand::Paid(PaidArgs { subsidy, number, reference, on }) => {
                let request = ConfirmSubsidyPaymentRequest {
                    name: named(&subsidy),
                    number,
                    reference,
                    paid_on: Some(on),
                    request_id,
                    ..ConfirmSubsidyPaymentRequest::default()
                };
                subsidies.confirm_subsidy_payment(request).await?.into_inner()
            }
        };
        show::told(&subsidy);
        Ok(())
    })
    .await
}

fn named(subsidy: &str) -> String {
    resource("subsidies", subsidy)
}

/// Budgets in a currency.
fn budgets(terms: &TermsArgs, currency: &str) -> Result<Vec<FundBudget>, Failure> {
    let budget = |(channel, amount): &(_, String)| {
        Ok(FundBudget { channel: i32::from(*channel), amount: Some(money(amount, currency)?) })
    };
    terms.budgets.iter().map(budget).collect()
}

/// Terms in a currency; what is not given is as it was.
fn terms(args: TermsArgs, known: FundTerms, currency: &str) -> Result<FundTerms, Failure> {
    let cap = |given: Option<String>, known| given.map_or(Ok(known), |text| money(&text, currency).map(Some));
    Ok(FundTerms {
        rate: args.rate.or(known.rate),
        project_cap: cap(args.project_cap, known.project_cap)?,
        annual_cap: cap(args.annual_cap, known.annual_cap)?,
        claim_days: args.claim_days.unwrap_or(known.claim_days),
        approval_days: args.approval_days.unwrap_or(known.approval_days),
    })
}

async fn create(client: &mut Funds, args: CreateArgs, request_id: String) -> Result<Fund, Failure> {
    let fund = Fund {
        display_name: args.title,
        kind: args.kind.into(),
        first_day: Some(args.from),
        end_day: Some(args.to),
        owner: args.owner,
        budgets: budgets(&args.terms, &args.currency)?,
        held_back: args.terms.held_back.clone(),
        terms: Some(terms(args.terms, FundTerms::default(), &args.currency)?),
        currency_code: args.currency,
        ..Fund::default()
    };
    let request = CreateFundRequest { fund_id: args.id, fund: Some(fund), request_id, ..CreateFundRequest::default() };
    Ok(client.create_fund(request).await?.into_inner())
}

async fn change(client: &mut Funds, args: ChangeArgs, request_id: String) -> Result<Fund, Failure> {
    let name = resource("funds", &args.fund);
    let known = client.get_fund(GetFundRequest { name: name.clone() }).await?.into_inner();
    let request = ChangeFundRequest {
        name,
        etag: known.etag,
        display_name: args.title,
        owner: args.owner,
        budgets: budgets(&args.terms, &known.currency_code)?,
        held_back: args.terms.held_back.clone(),
        terms: Some(terms(args.terms, known.terms.unwrap_or_default(), &known.currency_code)?),
        reason: args.reason,
        request_id,
        validate_only: false,
    };
    Ok(client.change_fund(request).await?.into_inner())
}

async fn request(
    connection: &Connection,
    funds: &mut Funds,
    client: &mut Subsidies,
    args: RequestArgs,
    request_id: String,
) -> Result<Subsidy, Failure> {
    let name = resource("funds", &args.fund);
    let fund = funds.get_fund(GetFundRequest { name }).await?.into_inner();
    let subsidy = Subsidy {
        partner: partners::resource_name(connection, Some(&args.partner)).await?,
        channel: args.channel.into(),
        use_reserve: args.reserve,
        project: args.project,
        first_day: Some(args.from),
        end_day: Some(args.to),
        planned_cost: Some(money(&args.cost, &fund.currency_code)?),
        fund: fund.name,
        ..Subsidy::default()
    };
    let request = CreateSubsidyRequest {
        subsidy_id: args.id,
        subsidy: Some(subsidy),
        reason: args.reason,
        request_id,
        validate_only: false,
    };
    Ok(client.create_subsidy(request).await?.into_inner())
}

/// The currency of a subsidy.
async fn currency(client: &mut Subsidies, name: &str) -> Result<String, Failure> {
    let known = client.get_subsidy(GetSubsidyRequest { name: name.to_owned() }).await?.into_inner();
    Ok(known.planned_cost.unwrap_or_default().currency_code)
}

async fn approve(client: &mut Subsidies, args: ApproveArgs, request_id: String) -> Result<Subsidy, Failure> {
    let name = named(&args.subsidy);
    let amount = match args.amount {
        Some(text) => Some(money(&text, &currency(client, &name).await?)?),
        None => None,
    };
    let reason = args.reason;
    let request = ApproveSubsidyRequest { name, amount, reason, request_id, ..ApproveSubsidyRequest::default() };
    Ok(client.approve_subsidy(request).await?.into_inner())
}

async fn accept(client: &mut Subsidies, args: AcceptArgs, request_id: String) -> Result<Subsidy, Failure> {
    let name = named(&args.subsidy);
    let eligible_cost = match args.eligible {
        Some(text) => Some(money(&text, &currency(client, &name).await?)?),
        None => None,
    };
    let request = AcceptSubsidyClaimRequest {
        name,
        number: args.number,
        eligible_cost,
        keep_rest: args.keep_rest,
        reason: args.reason,
        request_id,
        ..AcceptSubsidyClaimRequest::default()
    };
    Ok(client.accept_subsidy_claim(request).await?.into_inner())
}

async fn give_back(client: &mut Subsidies, args: ClaimWhyArgs, request_id: String) -> Result<Subsidy, Failure> {
    let ClaimWhyArgs { subsidy, number, reason } = args;
    let name = named(&subsidy);
    let unset = ReturnSubsidyClaimRequest::default();
    let request = ReturnSubsidyClaimRequest { name, number, reason, request_id, ..unset };
    Ok(client.return_subsidy_claim(request).await?.into_inner())
}

async fn refuse(client: &mut Subsidies, args: ClaimWhyArgs, request_id: String) -> Result<Subsidy, Failure> {
    let ClaimWhyArgs { subsidy, number, reason } = args;
    let name = named(&subsidy);
    let unset = RefuseSubsidyClaimRequest::default();
    let request = RefuseSubsidyClaimRequest { name, number, reason, request_id, ..unset };
    Ok(client.refuse_subsidy_claim(request).await?.into_inner())
}

async fn reverse(client: &mut Subsidies, args: ClaimWhyArgs, request_id: String) -> Result<Subsidy, Failure> {
    let ClaimWhyArgs { subsidy, number, reason } = args;
    let name = named(&subsidy);
    let unset = ReverseSubsidyClaimRequest::default();
    let request = ReverseSubsidyClaimRequest { name, number, reason, request_id, ..unset };
    Ok(client.reverse_subsidy_claim(request).await?.into_inner())
}

async fn claim(client: &mut Subsidies, args: ClaimArgs, request_id: String) -> Result<Subsidy, Failure> {
    let name = named(&args.subsidy);
    let mut proofs = Vec::with_capacity(args.invoices.len().saturating_add(args.proofs.len()));
    for (issuer, invoice_number, file) in args.invoices {
        let kind = SubsidyProofKind::Invoice.into();
        proofs.push(SubsidyProof { kind, issuer, invoice_number, ..document(&file)? });
    }
    for (kind, file) in args.proofs {
        proofs.push(SubsidyProof { kind: kind.into(), ..document(&file)? });
    }
    let cost = Some(money(&args.cost, &currency(client, &name).await?)?);
    let note = args.note;
    let request = ClaimSubsidyRequest { name, cost, proofs, note, request_id, ..ClaimSubsidyRequest::default() };
    Ok(client.claim_subsidy(request).await?.into_inner())
}

/// A document by its digest and name.
fn document(file: &Path) -> Result<SubsidyProof, Failure> {
    let bytes = std::fs::read(file).map_err(|e| Failure::usage(format!("{} cannot be read: {e}", file.display())))?;
    let file_name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(SubsidyProof { sha256: hex::encode(Sha256::digest(bytes)), file_name, ..SubsidyProof::default() })
}
