//! `tributary deposits`.

mod args;
mod show;

use tributary_core::{IdSource as _, SystemIds};
use tributary_proto::{
    google::r#type::Money,
    tributary::incentive::v1::{
        CloseDepositRequest, ConfirmDepositMovementRequest, CreateDepositRequest, DeliveredCommitment, Deposit,
        DepositAmounts, GetDepositRequest, ProposeDepositMovementRequest, ReceiveDepositRequest,
        RejectDepositMovementRequest, deposit_service_client::DepositServiceClient,
        propose_deposit_movement_request::Proposal,
    },
};

pub use args::DepositsCommand;
use args::{CreateArgs, OutArgs};

use super::{
    ConnectArgs, Connection, Failure, Keyed,
    calculate::resource,
    look::{self, money},
    partners,
};

type Client = DepositServiceClient<Keyed>;

/// Sees to deposits.
pub(super) async fn run(command: DepositsCommand, connect: &ConnectArgs) -> Result<(), Failure> {
    look::with(connect, async |connection| {
        let mut client = connection.deposits();
        let request_id = SystemIds.uuid().to_string();
        let deposit = match command {
            DepositsCommand::List(args) => return show::list(connection, &client, args).await,
            DepositsCommand::Show(args) => return show::show(client, &args).await,
            DepositsCommand::Create(args) => create(connection, &mut client, args, request_id).await?,
            DepositsCommand::Receive(args) => {
                let name = named(&args.deposit);
                let amount = amounts(&mut client, &name, [Some(&args.amount)]).await?;
                let request = ReceiveDepositRequest {
                    name,
                    amount: amount.into_iter().next().flatten(),
                    source: args.source.to_proto(),
                    cause: args.why.cause,
                    reason: args.why.reason,
                    request_id,
                    ..ReceiveDepositRequest::default()
                };
                client.receive_deposit(request).await?.into_inner()
            }
            DepositsCommand::Propose(args) => {
                let name = named(&args.deposit);
                let [release, forfeit] =
                    amounts(&mut client, &name, [args.release.as_ref(), args.forfeit.as_ref()]).await?;
                let proposal = Proposal::Amounts(DepositAmounts { release, forfeit });
                propose(&mut client, name, proposal, args.out, request_id).await?
            }
            DepositsCommand::Assess(args) => {
                let proposal = Proposal::Performance(DeliveredCommitment {
                    committed: Some(args.committed),
                    delivered: Some(args.delivered),
                    unit: args.unit,
                    keep_rest: args.keep_rest,
                });
                propose(&mut client, named(&args.deposit), proposal, args.out, request_id).await?
            }
            DepositsCommand::Confirm(args) => {
                let name = named(&args.deposit);
                let request = ConfirmDepositMovementRequest { name, number: args.number, request_id };
                client.confirm_deposit_movement(request).await?.into_inner()
            }
            DepositsCommand::Reject(args) => {
                let (name, number, reason) = (named(&args.which.deposit), args.which.number, args.reason);
                let request = RejectDepositMovementRequest { name, number, reason, request_id };
                client.reject_deposit_movement(request).await?.into_inner()
            }
            DepositsCommand::Close(args) => {
                let request = CloseDepositRequest { name: named(&args.deposit), request_id };
                client.close_deposit(request).await?.into_inner()
            }
        };
        show::told(&deposit);
        Ok(())
    })
    .await
}

fn named(deposit: &str) -> String {
    resource("deposits", deposit)
}

/// Amounts in the currency of a deposit.
async fn amounts<const N: usize>(
    client: &mut Client,
    name: &str,
    texts: [Option<&String>; N],
) -> Result<[Option<Money>; N], Failure> {
    let known = client.get_deposit(GetDepositRequest { name: name.to_owned() }).await?.into_inner();
    let currency = known.base.unwrap_or_default().currency_code;
    let mut read = [const { None }; N];
    for (slot, text) in read.iter_mut().zip(texts) {
        *slot = text.map(|text| money(text, &currency)).transpose()?;
    }
    Ok(read)
}

async fn create(
    connection: &Connection,
    client: &mut Client,
    args: CreateArgs,
    request_id: String,
) -> Result<Deposit, Failure> {
    let deposit = Deposit {
        partner: partners::resource_name(connection, Some(&args.partner)).await?,
        cause: args.cause,
        base: Some(money(&args.base, &args.currency)?),
        rate: Some(args.rate),
        ..Deposit::default()
    };
    let request =
        CreateDepositRequest { deposit_id: args.id, deposit: Some(deposit), request_id, validate_only: false };
    Ok(client.create_deposit(request).await?.into_inner())
}

async fn propose(
    client: &mut Client,
    name: String,
    proposal: Proposal,
    out: OutArgs,
    request_id: String,
) -> Result<Deposit, Failure> {
    let request = ProposeDepositMovementRequest {
        name,
        proposal: Some(proposal),
        destination: out.destination.to_proto(),
        cause: out.why.cause,
        reason: out.why.reason,
        valid_days: out.valid_days,
        request_id,
        validate_only: false,
    };
    Ok(client.propose_deposit_movement(request).await?.into_inner())
}
