//! What `tributary deals` is told.

use clap::{Args, Subcommand};
use tributary_proto::google::r#type::Date;

use crate::cli::look::{ListArgs, day};

const EXAMPLES: &str = "\
Examples:
  tributary deals find --customer 合肥轨道交通集团 --line mountain-bikes
  tributary deals register alpine --customer 合肥轨道交通集团 --number CN-USCC:91350100M000100Y43 \\
    --line mountain-bikes --value 250000.00 --id hefei-metro
  tributary deals list --filter 'state = SUBMITTED AND decide_by < 2026-09-30'
  tributary deals approve alpine/hefei-metro --note 'named by the customer' --api-key KEY-OF-ANOTHER-SUBJECT
  tributary deals extend alpine/hefei-metro 2026-10-29 --reason 'tender moved to November'
  tributary deals convert alpine/hefei-metro SO-2026-00417 248000.00 --on 2026-09-14
  tributary deals history alpine/hefei-metro
  tributary deals policy --protection-days 120 --reason 'channel conference 2026'

A deal is named by its resource name, or by PARTNER/DEAL.";

/// Commands about deals.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub enum DealsCommand {
    /// Show who holds a lead, without registering it; exit code 1 when somebody does
    Find(FindArgs),
    /// Register a lead for a partner; exit code 1 when another deal holds it
    Register(RegisterArgs),
    /// List deals
    List(DealListArgs),
    /// Show a deal as JSON
    Get(DealArgs),
    /// Show who did what to a deal, when and why
    History(HistoryArgs),
    /// Approve a deal that somebody else registered
    Approve(ApproveArgs),
    /// Reject a deal that somebody else registered
    Reject(ReasonArgs),
    /// Withdraw a deal on the partner's side
    Withdraw(ReasonArgs),
    /// Extend the protection of a deal
    Extend(ExtendArgs),
    /// Record the order that came of a deal
    Convert(ConvertArgs),
    /// Record that a deal was lost
    Lose(ReasonArgs),
    /// Show the policy, or change what is given of it
    Policy(PolicyArgs),
}

/// Which lead.
#[derive(Debug, Args)]
pub struct LeadArgs {
    /// Name of the customer
    #[arg(long, value_name = "NAME")]
    pub customer: String,
    /// Its number in a register or directory, which tells it apart from then on: CN-USCC:91350100M000100Y43
    #[arg(long, value_name = "SCHEME:NUMBER")]
    pub number: Option<String>,
    /// Product line, as facts write it
    #[arg(long, value_name = "LINE")]
    pub line: String,
}

/// Arguments of `tributary deals find`.
#[derive(Debug, Args)]
pub struct FindArgs {
    /// Which one.
    #[command(flatten)]
    pub lead: LeadArgs,
    /// Who would register it, whose own deals are not in the way: resource name, id, or SYSTEM:ID
    #[arg(long)]
    pub partner: Option<String>,
    /// Print the answer as JSON
    #[arg(long)]
    pub json: bool,
}

/// How a change is sent, and its answer shown.
#[derive(Debug, Args)]
pub struct ChangeArgs {
    /// Makes the command safe to repeat [default: a new one]
    #[arg(long, value_name = "ID")]
    pub request_id: Option<String>,
    /// Print the deal as JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `tributary deals register`.
#[derive(Debug, Args)]
pub struct RegisterArgs {
    /// For whom: resource name, id, or SYSTEM:ID
    pub partner: String,
    /// Which one.
    #[command(flatten)]
    pub lead: LeadArgs,
    /// What it is expected to be worth
    #[arg(long, value_name = "AMOUNT")]
    pub value: String,
    /// Currency of the value
    #[arg(long, value_name = "CODE", default_value = "CNY")]
    pub currency: String,
    /// What it is about
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub note: String,
    /// Day on which it is expected to be won
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub close: Option<Date>,
    /// Id of the deal; the same content again has no effect [default: one is made]
    #[arg(long, value_name = "ID", default_value = "")]
    pub id: String,
    /// How it is sent.
    #[command(flatten)]
    pub change: ChangeArgs,
}

/// Arguments of `tributary deals list`.
#[derive(Debug, Args)]
pub struct DealListArgs {
    /// Of this partner: resource name, id, or SYSTEM:ID [default: of all]
    pub partner: Option<String>,
    /// AIP-160 filter: state, customer, product_line, decide_by, protection_end
    #[arg(long, default_value = "")]
    pub filter: String,
    /// How much of it.
    #[command(flatten)]
    pub list: ListArgs,
}

/// A deal.
#[derive(Debug, Args)]
pub struct DealArgs {
    /// The deal: PARTNER/DEAL
    pub deal: String,
}

/// Arguments of `tributary deals history`.
#[derive(Debug, Args)]
pub struct HistoryArgs {
    /// The deal: PARTNER/DEAL
    pub deal: String,
    /// How much of it.
    #[command(flatten)]
    pub list: ListArgs,
}

/// Arguments of `tributary deals approve`.
#[derive(Debug, Args)]
pub struct ApproveArgs {
    /// The deal: PARTNER/DEAL
    pub deal: String,
    /// What the decision rests on; the partner sees it
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub note: String,
    /// How it is sent.
    #[command(flatten)]
    pub change: ChangeArgs,
}

/// A deal and why.
#[derive(Debug, Args)]
pub struct ReasonArgs {
    /// The deal: PARTNER/DEAL
    pub deal: String,
    /// Why; the partner sees it
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// How it is sent.
    #[command(flatten)]
    pub change: ChangeArgs,
}

/// Arguments of `tributary deals extend`.
#[derive(Debug, Args)]
pub struct ExtendArgs {
    /// The deal: PARTNER/DEAL
    pub deal: String,
    /// First day no longer protected
    #[arg(value_parser = day)]
    pub day: Date,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// How it is sent.
    #[command(flatten)]
    pub change: ChangeArgs,
}

/// Arguments of `tributary deals convert`.
#[derive(Debug, Args)]
pub struct ConvertArgs {
    /// The deal: PARTNER/DEAL
    pub deal: String,
    /// The order, as the system that keeps it names it
    pub order: String,
    /// What it is worth
    pub amount: String,
    /// Currency of the amount
    #[arg(long, value_name = "CODE", default_value = "CNY")]
    pub currency: String,
    /// Day of the order
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub on: Date,
    /// How it is sent.
    #[command(flatten)]
    pub change: ChangeArgs,
}

/// Arguments of `tributary deals policy`.
#[derive(Debug, Args)]
pub struct PolicyArgs {
    /// Days of protection from an approval
    #[arg(long, value_name = "DAYS", requires = "reason")]
    pub protection_days: Option<i32>,
    /// Days within which the house is to decide
    #[arg(long, value_name = "DAYS", requires = "reason")]
    pub decision_days: Option<i32>,
    /// How often a protection may be extended
    #[arg(long, value_name = "N", requires = "reason")]
    pub max_extensions: Option<i32>,
    /// By how many days at most each time
    #[arg(long, value_name = "DAYS", requires = "reason")]
    pub extension_days: Option<i32>,
    /// Approve what meets no other deal at once: true, false
    #[arg(long, value_name = "BOOL", requires = "reason")]
    pub automatic_approval: Option<bool>,
    /// Why it is changed
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Makes the change safe to repeat [default: a new one]
    #[arg(long, value_name = "ID", requires = "reason")]
    pub request_id: Option<String>,
    /// Print the policy as JSON
    #[arg(long)]
    pub json: bool,
}
