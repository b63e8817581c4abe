//! What `tributary tiers` is told.

use clap::{Args, Subcommand, ValueEnum};
use tributary_proto::{
    google::r#type::{Date, Decimal},
    tributary::partner::v1::TierLanguage,
};

use crate::cli::look::{ListArgs, day, decimal};

const EXAMPLES: &str = "\
Examples:
  tributary tiers draft standard
  tributary tiers preview 2
  tributary tiers approve 2 --api-key KEY-OF-ANOTHER-SUBJECT
  tributary tiers activate 2 --from 2026-01-01
  tributary tiers evaluate --all
  tributary tiers progress alpine --language chinese
  tributary tiers record alpine contract-years 3 --from 2026-01-01 --to 2029-01-01 --reason 'contract V-17'
  tributary tiers assign alpine strategic --from 2026-07-01 --to 2026-10-01 --reason 'pilot of the new line'
  tributary tiers agree alpine price-factor 0.85 --reason 'price list 2026, annex 2'
  tributary tiers use alpine campaign-allowance 12000.00 --reason 'campaign 618, invoice 4711'";

/// Commands about tiers and their benefits.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub enum TiersCommand {
    /// Check the file of a programme, or a ready-made one; keeps nothing
    Check(FileArgs),
    /// Keep it as the next version, as a draft
    Draft(FileArgs),
    /// List the versions of the programme
    Versions(ListArgs),
    /// Approve a draft of somebody else
    Approve(VersionArgs),
    /// Put an approved version in force from a day on
    Activate(ActivateArgs),
    /// Show what a version would make of all partners
    Preview(PreviewArgs),
    /// Evaluate one partner, or all
    Evaluate(EvaluateArgs),
    /// Show how a partner stands towards every tier, and what is missing
    Progress(ProgressArgs),
    /// List the decisions about a partner
    Decisions(PartnerListArgs),
    /// Explain a decision
    Explain(ExplainArgs),
    /// Assign a tier by hand, which overrides evaluations
    Assign(AssignArgs),
    /// End overrides: what was last decided is in force again
    EndOverride(EndArgs),
    /// Record a figure that requirements ask for: yes, no or a number
    Record(RecordArgs),
    /// List the figures of a partner
    Figures(PartnerListArgs),
    /// Show what a partner is entitled to, or whether to one benefit
    Entitlements(EntitlementArgs),
    /// Record a price factor agreed with a partner
    Agree(AgreeArgs),
    /// Use a yearly allowance, or give back with a negative amount
    Use(UseArgs),
    /// List the uses of an allowance in a calendar year
    Usages(UsagesArgs),
}

/// A language of sentences.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Tongue {
    /// English
    English,
    /// Chinese
    Chinese,
}

impl Tongue {
    pub(super) fn to_proto(self) -> i32 {
        match self {
            Self::English => TierLanguage::English.into(),
            Self::Chinese => TierLanguage::Chinese.into(),
        }
    }
}

/// The file of a programme.
#[derive(Debug, Args)]
pub struct FileArgs {
    /// File, or the name of a ready-made programme: standard
    pub file: String,
    /// Print the version as JSON
    #[arg(long)]
    pub json: bool,
}

/// A version.
#[derive(Debug, Args)]
pub struct VersionArgs {
    /// Its number
    pub version: String,
    /// Print the version as JSON
    #[arg(long)]
    pub json: bool,
}

/// A version and its first day.
#[derive(Debug, Args)]
pub struct ActivateArgs {
    /// Its number
    pub version: String,
    /// First day in force [default: today]
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub from: Option<Date>,
    /// Print the version as JSON
    #[arg(long)]
    pub json: bool,
}

/// A version to try.
#[derive(Debug, Args)]
pub struct PreviewArgs {
    /// Its number
    pub version: String,
    /// As of this day [default: today]
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub on: Option<Date>,
    /// List the partners that stay, too
    #[arg(long)]
    pub all: bool,
    /// Print each partner as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// Whom to evaluate.
#[derive(Debug, Args)]
pub struct EvaluateArgs {
    /// The partner: resource name, id, or SYSTEM:ID
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    pub partner: Option<String>,
    /// All partners that are not exited or rejected
    #[arg(long)]
    pub all: bool,
    /// As of this day [default: today]
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub on: Option<Date>,
    /// Print each decision as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// Whose progress.
#[derive(Debug, Args)]
pub struct ProgressArgs {
    /// The partner: resource name, id, or SYSTEM:ID
    pub partner: String,
    /// On this day [default: today]
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub on: Option<Date>,
    /// Language of the sentences
    #[arg(long, value_enum, default_value = "english")]
    pub language: Tongue,
    /// Print the progress as JSON
    #[arg(long)]
    pub json: bool,
}

/// A list about a partner.
#[derive(Debug, Args)]
pub struct PartnerListArgs {
    /// The partner: resource name, id, or SYSTEM:ID
    pub partner: String,
    /// How much of it.
    #[command(flatten)]
    pub list: ListArgs,
}

/// Which decision.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// Resource name. Example: partners/alpine/tierDecisions/3
    pub decision: String,
    /// Language of the sentences
    #[arg(long, value_enum, default_value = "english")]
    pub language: Tongue,
    /// Print decision and sentences as JSON
    #[arg(long)]
    pub json: bool,
}

/// A tier by hand.
#[derive(Debug, Args)]
pub struct AssignArgs {
    /// The partner: resource name, id, or SYSTEM:ID
    pub partner: String,
    /// The tier
    pub tier: String,
    /// First day in force
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub from: Date,
    /// First day no longer in force [default: none]
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub to: Option<Date>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Makes the command safe to repeat [default: a new one]
    #[arg(long, value_name = "ID")]
    pub request_id: Option<String>,
    /// Print the assignment as JSON
    #[arg(long)]
    pub json: bool,
}

/// Overrides to end.
#[derive(Debug, Args)]
pub struct EndArgs {
    /// The partner: resource name, id, or SYSTEM:ID
    pub partner: String,
    /// First day without overrides [default: today]
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub from: Option<Date>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Makes the command safe to repeat [default: a new one]
    #[arg(long, value_name = "ID")]
    pub request_id: Option<String>,
    /// Print what was recorded as JSON
    #[arg(long)]
    pub json: bool,
}

/// A figure.
#[derive(Debug, Args)]
pub struct RecordArgs {
    /// The partner: resource name, id, or SYSTEM:ID
    pub partner: String,
    /// The figure. Example: contract-years
    pub figure: String,
    /// yes, no or a number
    pub value: String,
    /// First day
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub from: Date,
    /// First day no longer [default: none]
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub to: Option<Date>,
    /// Why, and on what evidence
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Makes the command safe to repeat [default: a new one]
    #[arg(long, value_name = "ID")]
    pub request_id: Option<String>,
    /// Print the figure as JSON
    #[arg(long)]
    pub json: bool,
}

/// Whose entitlements.
#[derive(Debug, Args)]
pub struct EntitlementArgs {
    /// The partner: resource name, id, or SYSTEM:ID
    pub partner: String,
    /// Only this benefit
    pub benefit: Option<String>,
    /// On this day [default: today]
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub on: Option<Date>,
    /// Print each as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// A price factor.
#[derive(Debug, Args)]
pub struct AgreeArgs {
    /// The partner: resource name, id, or SYSTEM:ID
    pub partner: String,
    /// The benefit. Example: price-factor
    pub benefit: String,
    /// The part of the list price. Example: 0.85
    #[arg(value_parser = decimal)]
    pub factor: Decimal,
    /// First day [default: today]
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub from: Option<Date>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Makes the command safe to repeat [default: a new one]
    #[arg(long, value_name = "ID")]
    pub request_id: Option<String>,
    /// Print the agreement as JSON
    #[arg(long)]
    pub json: bool,
}

/// A use of an allowance.
#[derive(Debug, Args)]
pub struct UseArgs {
    /// The partner: resource name, id, or SYSTEM:ID
    pub partner: String,
    /// The benefit. Example: campaign-allowance
    pub benefit: String,
    /// How much, in the currency of the allowance
    #[arg(allow_negative_numbers = true)]
    pub amount: String,
    /// The currency [default: that of the allowance]; with it a repeat by --request-id is answered as at first even when the
    /// partner has another tier by then
    #[arg(long, value_name = "CODE")]
    pub currency: Option<String>,
    /// Day of the use [default: today]
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub on: Option<Date>,
    /// For what
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Makes the command safe to repeat [default: a new one]
    #[arg(long, value_name = "ID")]
    pub request_id: Option<String>,
    /// Print the use as JSON
    #[arg(long)]
    pub json: bool,
}

/// Which uses.
#[derive(Debug, Args)]
pub struct UsagesArgs {
    /// The partner: resource name, id, or SYSTEM:ID
    pub partner: String,
    /// The benefit. Example: campaign-allowance
    pub benefit: String,
    /// The calendar year. Example: 2026
    pub year: i32,
    /// How much of it.
    #[command(flatten)]
    pub list: ListArgs,
}
