//! What `tributary deposits` takes.

use clap::{Args, Subcommand, ValueEnum};
use tributary_proto::{google::r#type::Decimal, tributary::incentive::v1::DepositCounterpart};

use crate::cli::look::{self, ListArgs};

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
    pub(super) fn to_proto(self) -> i32 {
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
