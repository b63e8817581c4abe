//! `tributary deposits`.

use clap::{Args, Subcommand, ValueEnum};
use tributary_core::{IdSource as _, SystemIds, exact::parse_decimal};
use tributary_proto::{
    google::r#type::{Decimal, Money},
    tributary::incentive::v1::{
        CloseDepositRequest, ConfirmDepositMovementRequest, CreateDepositRequest, DeliveredCommitment, Deposit,
        DepositAmounts, DepositCounterpart, DepositMovement, DepositState, GetDepositRequest, ListDepositsRequest,
        ProposeDepositMovementRequest, ReceiveDepositRequest, RejectDepositMovementRequest,
        deposit_service_client::DepositServiceClient, propose_deposit_movement_request::Proposal,
    },
};

use super::{
    ConnectArgs, Connection, Failure, Keyed,
    calculate::resource,
    look::{self, ListArgs},
    partners,
};
use crate::output::{self, Align, message_json, moment_text, money_text, words};

const EXAMPLES: &str = "\
Examples:
  tributary deposits create mcn-2026 huadong --cause contracts/c-17 --base 1000000 --rate 0.2
  tributary deposits receive mcn-2026 200000 --cause bank/4711
  tributary deposits assess mcn-2026 --committed 500000 --delivered 400000 --unit visits --cause obligations/o-3 \
      --reason 'the year is over'
  tributary deposits confirm mcn-2026 2 --api-key \"$CHECKER\"
  tributary deposits show mcn-2026";

/// Commands about deposits.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub enum DepositsCommand {
    /// Agree on a deposit
    Create(CreateArgs),
    /// List deposits: what is required, held, due
    List(DepositListArgs),
    /// Show a deposit and everything that moved
    Show(ShowArgs),
    /// Record what was received
    Receive(ReceiveArgs),
    /// Propose to give back or to forfeit; without amounts: all that is held above what is required
    Propose(ProposeArgs),
    /// Propose what follows from what was delivered of a commitment
    Assess(AssessArgs),
    /// Let a proposal of somebody else count
    Confirm(DecideArgs),
    /// Give a proposal's reservation back
    Reject(RejectArgs),
    /// Close a deposit of which nothing is held
    Close(CloseArgs),
}

/// Arguments of `tributary deposits create`.
#[derive(Debug, Args)]
pub struct CreateArgs {
    /// Its id, as in "mcn-2026"
    pub id: String,
    /// The partner: resource name, id, or SYSTEM:ID
    pub partner: String,
    /// What it secures, as in contracts/c-17
    #[arg(long)]
    pub cause: String,
    /// Value of what is secured
    #[arg(long, value_name = "AMOUNT")]
    pub base: String,
    /// Share of it that is required, as in 0.2
    #[arg(long, value_parser = look::decimal)]
    pub rate: Decimal,
    /// The currency
    #[arg(long, default_value = "CNY")]
    pub currency: String,
}

/// Arguments of `tributary deposits list`.
#[derive(Debug, Args)]
pub struct DepositListArgs {
    /// Only of this partner: resource name, id, or SYSTEM:ID
    #[arg(long)]
    pub partner: Option<String>,
    /// Only of this cause
    #[arg(long, default_value = "")]
    pub cause: String,
    /// Those that are closed, too
    #[arg(long)]
    pub closed: bool,
    /// How much, and how.
    #[command(flatten)]
    pub list: ListArgs,
}

/// Arguments of `tributary deposits show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The deposit
    pub deposit: String,
    /// Print it as JSON
    #[arg(long)]
    pub json: bool,
}

/// Why something moves.
#[derive(Debug, Args)]
pub struct CauseArgs {
    /// What requires it: another resource or a key of another system
    #[arg(long)]
    pub cause: String,
    /// Why
    #[arg(long, default_value = "")]
    pub reason: String,
}

/// Where money comes from or goes to.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Other {
    /// The bank
    Cash,
    /// What the partner paid in ahead of orders
    Prepayment,
    /// The partner's rebates
    Rebate,
}

impl Other {
    fn to_proto(self) -> i32 {
        match self {
            Self::Cash => DepositCounterpart::Cash.into(),
            Self::Prepayment => DepositCounterpart::Prepayment.into(),
            Self::Rebate => DepositCounterpart::Rebate.into(),
        }
    }
}

/// Arguments of `tributary deposits receive`.
#[derive(Debug, Args)]
pub struct ReceiveArgs {
    /// The deposit
    pub deposit: String,
    /// How much, in its currency
    pub amount: String,
    /// Where it comes from
    #[arg(long, value_enum, default_value = "cash")]
    pub source: Other,
    /// Why.
    #[command(flatten)]
    pub why: CauseArgs,
}

/// Where it goes, and for how long it can be confirmed.
#[derive(Debug, Args)]
pub struct OutArgs {
    /// Where what is given back goes
    #[arg(long, value_enum, default_value = "cash")]
    pub destination: Other,
    /// Days in which it can be confirmed
    #[arg(long, default_value_t = 30)]
    pub valid_days: i32,
    /// Why.
    #[command(flatten)]
    pub why: CauseArgs,
}

/// Arguments of `tributary deposits propose`.
#[derive(Debug, Args)]
pub struct ProposeArgs {
    /// The deposit
    pub deposit: String,
    /// Give so much back
    #[arg(long, value_name = "AMOUNT")]
    pub release: Option<String>,
    /// Forfeit so much
    #[arg(long, value_name = "AMOUNT")]
    pub forfeit: Option<String>,
    /// Where and why.
    #[command(flatten)]
    pub out: OutArgs,
}

/// Arguments of `tributary deposits assess`.
#[derive(Debug, Args)]
pub struct AssessArgs {
    /// The deposit
    pub deposit: String,
    /// What was promised
    #[arg(long, value_parser = look::decimal)]
    pub committed: Decimal,
    /// What was delivered
    #[arg(long, value_parser = look::decimal)]
    pub delivered: Decimal,
    /// What is counted, as in visits
    #[arg(long, default_value = "")]
    pub unit: String,
    /// The rest stays deposited, because the contract goes on
    #[arg(long)]
    pub keep_rest: bool,
    /// Where and why.
    #[command(flatten)]
    pub out: OutArgs,
}

/// Which proposal.
#[derive(Debug, Args)]
pub struct DecideArgs {
    /// The deposit
    pub deposit: String,
    /// Number of the movement
    pub number: i32,
}

/// Arguments of `tributary deposits reject`.
#[derive(Debug, Args)]
pub struct RejectArgs {
    /// Which one.
    #[command(flatten)]
    pub which: DecideArgs,
    /// Why
    #[arg(long)]
    pub reason: String,
}

/// Arguments of `tributary deposits close`.
#[derive(Debug, Args)]
pub struct CloseArgs {
    /// The deposit
    pub deposit: String,
}

type Client = DepositServiceClient<Keyed>;

/// Sees to deposits.
pub(super) async fn run(command: DepositsCommand, connect: &ConnectArgs) -> Result<(), Failure> {
    look::with(connect, async |connection| {
        let mut client = connection.deposits();
        let request_id = SystemIds.uuid().to_string();
        let deposit = match command {
            DepositsCommand::List(args) => return list(connection, &client, args).await,
            DepositsCommand::Show(args) => return show(client, &args).await,
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
        told(&deposit);
        Ok(())
    })
    .await
}

fn named(deposit: &str) -> String {
    resource("deposits", deposit)
}

fn money(text: &str, currency: &str) -> Result<Money, Failure> {
    let read = parse_decimal(text, 9).map_err(Failure::usage)?;
    let whole = read.trunc();
    let units = i64::try_from(whole).map_err(|_| Failure::usage(format!("{text} is more than 64 bits hold")))?;
    let nanos = (read - whole) * tributary_core::Decimal::from(1_000_000_000);
    let nanos = i32::try_from(nanos).map_err(|_| Failure::usage(format!("{text} is no amount")))?;
    Ok(Money { currency_code: currency.to_owned(), units, nanos })
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

fn shown(money: Option<&Money>) -> String {
    money.map(money_text).unwrap_or_default()
}

/// A deposit in a line, and what moved last.
fn told(deposit: &Deposit) {
    let [required, held, reserved, due] =
        [&deposit.required, &deposit.held, &deposit.reserved, &deposit.due].map(|money| shown(money.as_ref()));
    output::line(&format!("{}: required {required}, held {held}, reserved {reserved}, due {due}", deposit.name));
    if let Some(last) = deposit.movements.last() {
        let row = moved(last);
        output::line(&format!("movement {}: {}", last.number, row.get(1..).unwrap_or_default().join(", ")));
    }
}

async fn list(connection: &Connection, client: &Client, args: DepositListArgs) -> Result<(), Failure> {
    let columns = [
        ("deposit", Align::Left),
        ("partner", Align::Left),
        ("secures", Align::Left),
        ("required", Align::Right),
        ("held", Align::Right),
        ("reserved", Align::Right),
        ("due", Align::Right),
        ("state", Align::Left),
    ];
    let row = |deposit: &Deposit| {
        vec![
            deposit.name.trim_start_matches("deposits/").to_owned(),
            deposit.partner.trim_start_matches("partners/").to_owned(),
            deposit.cause.clone(),
            shown(deposit.required.as_ref()),
            shown(deposit.held.as_ref()),
            shown(deposit.reserved.as_ref()),
            shown(deposit.due.as_ref()),
            words(deposit.state().as_str_name(), "DEPOSIT_STATE_"),
        ]
    };
    let partner = partners::resource_name(connection, args.partner.as_deref()).await?;
    let state = if args.closed { DepositState::Unspecified } else { DepositState::Open };
    let page = async |page_size, page_token| {
        let request = ListDepositsRequest {
            partner: partner.clone(),
            state: state.into(),
            cause: args.cause.clone(),
            page_size,
            page_token,
        };
        let page = client.clone().list_deposits(request).await?.into_inner();
        Ok((page.deposits, page.next_page_token))
    };
    look::print((args.list.top, args.list.json), &columns, row, page).await
}

async fn show(mut client: Client, args: &ShowArgs) -> Result<(), Failure> {
    let deposit = client.get_deposit(GetDepositRequest { name: named(&args.deposit) }).await?.into_inner();
    if args.json {
        output::json_line(&message_json(&deposit));
        return Ok(());
    }
    let share = deposit.rate.as_ref().map(|rate| rate.value.clone()).unwrap_or_default();
    output::line(&output::pairs(&[
        ("deposit", format!("{} of {}", deposit.name, deposit.partner)),
        ("secures", deposit.cause.clone()),
        ("required", format!("{} = {share} × {}", shown(deposit.required.as_ref()), shown(deposit.base.as_ref()))),
        ("held", shown(deposit.held.as_ref())),
        ("reserved", shown(deposit.reserved.as_ref())),
        ("due", shown(deposit.due.as_ref())),
        ("excess", shown(deposit.excess.as_ref())),
        ("state", words(deposit.state().as_str_name(), "DEPOSIT_STATE_")),
    ]));
    if deposit.movements.is_empty() {
        return Ok(());
    }
    let columns = [
        ("no.", Align::Right),
        ("what", Align::Left),
        ("state", Align::Left),
        ("cause", Align::Left),
        ("by", Align::Left),
        ("on", Align::Left),
    ];
    let rows: Vec<_> = deposit.movements.iter().map(moved).collect();
    output::line(&output::table(&columns, &rows));
    Ok(())
}

fn moved(movement: &DepositMovement) -> Vec<String> {
    let parts =
        [(&movement.received, "received"), (&movement.released, "given back"), (&movement.forfeited, "forfeited")];
    let moves = |money: &&Money| money.units != 0 || money.nanos != 0;
    let what = parts
        .iter()
        .filter_map(|(money, what)| money.as_ref().filter(moves).map(|money| format!("{} {what}", money_text(money))));
    let by = match (movement.author.as_str(), movement.decider.as_str()) {
        (author, "") => author.to_owned(),
        (author, decider) => format!("{author}, {decider}"),
    };
    vec![
        movement.number.to_string(),
        what.collect::<Vec<_>>().join(", "),
        words(movement.state().as_str_name(), "DEPOSIT_MOVEMENT_STATE_"),
        movement.cause.clone(),
        by,
        moment_text(movement.create_time.as_ref()),
    ]
}
