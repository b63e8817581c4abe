//! What `tributary funds` takes.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use tributary_proto::{
    google::r#type::{Date, Decimal},
    tributary::incentive::v1::{ChannelClass, FundKind, SubsidyProofKind, SubsidyState},
};

use crate::cli::look::{self, ListArgs, value_of};

const EXAMPLES: &str = "\
Examples:
  tributary funds create mdf-2026 --title 'Marketing fund 2026' --owner channel-marketing --from 2026-01-01 --to 2027-01-01 \
      --budget online=2000000 --budget offline=800000 --budget emerging=200000 --held-back 0.1 \
      --rate 0.5 --project-cap 50000 --annual-cap 200000 --claim-days 30
  tributary funds request roadshow-7 mdf-2026 huadong --channel online --project 'Roadshow in six cities' \
      --from 2026-06-01 --to 2026-06-11 --cost 120000
  tributary funds approve roadshow-7 --api-key \"$CHECKER\"
  tributary funds claim roadshow-7 118000 --invoice 91310000MA1FL0Q12X/24312000000012345678=invoice.pdf \
      --proof photo=stage.jpg
  tributary funds accept roadshow-7 1 --api-key \"$CHECKER\"
  tributary funds paid roadshow-7 1 15000047 --on 2026-07-31
  tributary funds show mdf-2026";

/// Commands about funds and subsidies.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub enum FundsCommand {
    /// Create a fund
    Create(CreateArgs),
    /// List funds
    List(FundListArgs),
    /// Show a fund: its terms, and what is committed, claimed, paid and free
    Show(ShowArgs),
    /// Change budgets and terms of a fund
    Change(ChangeArgs),
    /// Ask a fund for money for a project
    Request(RequestArgs),
    /// List what was asked for
    Requests(RequestListArgs),
    /// Show a subsidy: limits, claims, history
    Subsidy(SubsidyArgs),
    /// Pre-approve what somebody else asked for
    Approve(ApproveArgs),
    /// Reject what was asked for
    Reject(WhyArgs),
    /// Take back what was asked for
    Withdraw(WhyArgs),
    /// Claim costs with their proof; documents stay here, only their digests are sent
    Claim(ClaimArgs),
    /// Accept a claim of somebody else: the payout becomes payable
    Accept(AcceptArgs),
    /// Give a claim back to be mended
    Return(ClaimWhyArgs),
    /// Refuse a claim, and with it what is left of the subsidy
    Refuse(ClaimWhyArgs),
    /// Note that a payout was paid
    Paid(PaidArgs),
    /// Take back a claim that somebody else accepted; what was paid already is claimed from the partner
    Reverse(ClaimWhyArgs),
}

/// Terms of a fund.
#[derive(Debug, Args)]
pub struct TermsArgs {
    /// A budget, as in online=2000000: online, offline, emerging; may be given for each
    #[arg(long = "budget", value_name = "CHANNEL=AMOUNT", value_parser = budget)]
    pub budgets: Vec<(ChannelClass, String)>,
    /// Share of each budget that is held back for sudden opportunities, as in 0.1
    #[arg(long, value_name = "SHARE", value_parser = look::decimal)]
    pub held_back: Option<Decimal>,
    /// Share of eligible cost, as in 0.5
    #[arg(long, value_parser = look::decimal)]
    pub rate: Option<Decimal>,
    /// Most that a project is paid
    #[arg(long, value_name = "AMOUNT")]
    pub project_cap: Option<String>,
    /// Most that a partner is paid in a calendar year
    #[arg(long, value_name = "AMOUNT")]
    pub annual_cap: Option<String>,
    /// Days after the activity in which its costs can be claimed
    #[arg(long, value_name = "DAYS")]
    pub claim_days: Option<i32>,
    /// Days after which a pre-approval without a claim lapses; 0: only when nothing can be claimed any more
    #[arg(long, value_name = "DAYS")]
    pub approval_days: Option<i32>,
}

/// Arguments of `tributary funds create`.
#[derive(Debug, Args)]
pub struct CreateArgs {
    /// Its id, as in "mdf-2026"
    pub id: String,
    /// Its name for people
    #[arg(long)]
    pub title: String,
    /// What it pays for: marketing, advertising, logistics, warehouse
    #[arg(long, value_parser = kind, default_value = "marketing")]
    pub kind: FundKind,
    /// Who answers for it
    #[arg(long)]
    pub owner: String,
    /// First day of its period
    #[arg(long, value_name = "DATE", value_parser = look::day)]
    pub from: Date,
    /// First day after its period
    #[arg(long, value_name = "DATE", value_parser = look::day)]
    pub to: Date,
    /// The currency
    #[arg(long, default_value = "CNY")]
    pub currency: String,
    /// Terms.
    #[command(flatten)]
    pub terms: TermsArgs,
}

/// Arguments of `tributary funds list`.
#[derive(Debug, Args)]
pub struct FundListArgs {
    /// Only of this kind: marketing, advertising, logistics, warehouse
    #[arg(long, value_parser = kind)]
    pub kind: Option<FundKind>,
    /// How much, and how.
    #[command(flatten)]
    pub list: ListArgs,
}

/// Arguments of `tributary funds show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The fund
    pub fund: String,
    /// Print it and what is used of it, each as a line of JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `tributary funds change`.
#[derive(Debug, Args)]
pub struct ChangeArgs {
    /// The fund
    pub fund: String,
    /// Why
    #[arg(long)]
    pub reason: String,
    /// Its new name for people
    #[arg(long, default_value = "")]
    pub title: String,
    /// Who answers for it now
    #[arg(long, default_value = "")]
    pub owner: String,
    /// Terms; what is not given stays. Budgets are given all or none.
    #[command(flatten)]
    pub terms: TermsArgs,
}

/// Arguments of `tributary funds request`.
#[derive(Debug, Args)]
pub struct RequestArgs {
    /// Its id, as in "roadshow-7"
    pub id: String,
    /// The fund
    pub fund: String,
    /// The partner: resource name, id, or SYSTEM:ID
    pub partner: String,
    /// The budget it draws on: online, offline, emerging
    #[arg(long, value_parser = channel)]
    pub channel: ChannelClass,
    /// What is done
    #[arg(long)]
    pub project: String,
    /// First day of the activity
    #[arg(long, value_name = "DATE", value_parser = look::day)]
    pub from: Date,
    /// First day after the activity
    #[arg(long, value_name = "DATE", value_parser = look::day)]
    pub to: Date,
    /// What it is to cost
    #[arg(long, value_name = "AMOUNT")]
    pub cost: String,
    /// Draw on what is held back
    #[arg(long)]
    pub reserve: bool,
    /// Why
    #[arg(long, default_value = "")]
    pub reason: String,
}

/// Arguments of `tributary funds requests`.
#[derive(Debug, Args)]
pub struct RequestListArgs {
    /// Only of this fund
    #[arg(long)]
    pub fund: Option<String>,
    /// Only of this partner: resource name, id, or SYSTEM:ID
    #[arg(long)]
    pub partner: Option<String>,
    /// Only in this state: requested, approved, claimed, settled, rejected, withdrawn, refused, expired
    #[arg(long, value_parser = state)]
    pub state: Option<SubsidyState>,
    /// Only of this channel class: online, offline, emerging
    #[arg(long, value_parser = channel)]
    pub channel: Option<ChannelClass>,
    /// How much, and how.
    #[command(flatten)]
    pub list: ListArgs,
}

/// Arguments of `tributary funds subsidy`.
#[derive(Debug, Args)]
pub struct SubsidyArgs {
    /// The subsidy
    pub subsidy: String,
    /// Print it as JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `tributary funds approve`.
#[derive(Debug, Args)]
pub struct ApproveArgs {
    /// The subsidy
    pub subsidy: String,
    /// Only so much [default: as much as the limits allow]
    #[arg(long)]
    pub amount: Option<String>,
    /// Why
    #[arg(long, default_value = "")]
    pub reason: String,
}

/// A subsidy and why.
#[derive(Debug, Args)]
pub struct WhyArgs {
    /// The subsidy
    pub subsidy: String,
    /// Why
    #[arg(long)]
    pub reason: String,
}

/// A claim of a subsidy and why.
#[derive(Debug, Args)]
pub struct ClaimWhyArgs {
    /// The subsidy
    pub subsidy: String,
    /// Number of the claim, as `tributary funds subsidy` shows it
    pub number: i32,
    /// Why
    #[arg(long)]
    pub reason: String,
}

/// Arguments of `tributary funds claim`.
#[derive(Debug, Args)]
pub struct ClaimArgs {
    /// The subsidy
    pub subsidy: String,
    /// Eligible cost
    pub cost: String,
    /// An invoice: who wrote it, its number, its file; may be given several times
    #[arg(long = "invoice", value_name = "ISSUER/NUMBER=FILE", value_parser = invoice, required = true)]
    pub invoices: Vec<(String, String, PathBuf)>,
    /// Another proof, as in photo=stage.jpg: photo, report, contract, other; may be given several times
    #[arg(long = "proof", value_name = "KIND=FILE", value_parser = proof)]
    pub proofs: Vec<(SubsidyProofKind, PathBuf)>,
    /// For those who decide
    #[arg(long, default_value = "")]
    pub note: String,
}

/// Arguments of `tributary funds accept`.
#[derive(Debug, Args)]
pub struct AcceptArgs {
    /// The subsidy
    pub subsidy: String,
    /// Number of the claim that was looked at, as `tributary funds subsidy` shows it
    pub number: i32,
    /// Accept only so much of the claimed cost
    #[arg(long, value_name = "AMOUNT")]
    pub eligible: Option<String>,
    /// Keep what is left of the pre-approval for another claim
    #[arg(long)]
    pub keep_rest: bool,
    /// Why
    #[arg(long, default_value = "")]
    pub reason: String,
}

/// Arguments of `tributary funds paid`.
#[derive(Debug, Args)]
pub struct PaidArgs {
    /// The subsidy
    pub subsidy: String,
    /// Number of the claim
    pub number: i32,
    /// The payment in the other system
    pub reference: String,
    /// The day
    #[arg(long, value_name = "DATE", value_parser = look::day)]
    pub on: Date,
}

fn channel(text: &str) -> Result<ChannelClass, String> {
    let known = ["online", "offline", "emerging"];
    value_of(text, "channel class", &known, "CHANNEL_CLASS_", ChannelClass::from_str_name)
}

fn kind(text: &str) -> Result<FundKind, String> {
    let known = ["marketing", "advertising", "logistics", "warehouse"];
    value_of(text, "kind of fund", &known, "FUND_KIND_", FundKind::from_str_name)
}

fn state(text: &str) -> Result<SubsidyState, String> {
    let known = ["requested", "approved", "claimed", "settled", "rejected", "withdrawn", "refused", "expired"];
    value_of(text, "state", &known, "SUBSIDY_STATE_", SubsidyState::from_str_name)
}

/// Reads CHANNEL=AMOUNT.
fn budget(text: &str) -> Result<(ChannelClass, String), String> {
    let (class, amount) =
        text.split_once('=').ok_or_else(|| format!("{text:?} is not CHANNEL=AMOUNT, as in online=2000000"))?;
    Ok((channel(class)?, amount.to_owned()))
}

/// Reads ISSUER/NUMBER=FILE.
fn invoice(text: &str) -> Result<(String, String, PathBuf), String> {
    let (name, file) = text.split_once('=').unwrap_or((text, ""));
    let (issuer, number) = name.split_once('/').unwrap_or((name, ""));
    if [issuer, number, file].iter().any(|part| part.trim().is_empty()) {
        return Err(format!("{text:?} is not ISSUER/NUMBER=FILE, as in 91310000MA1FL0Q12X/24312=invoice.pdf"));
    }
    Ok((issuer.to_owned(), number.to_owned(), PathBuf::from(file)))
}

/// Reads KIND=FILE.
fn proof(text: &str) -> Result<(SubsidyProofKind, PathBuf), String> {
    let (kind, file) =
        text.split_once('=').ok_or_else(|| format!("{text:?} is not KIND=FILE, as in photo=stage.jpg"))?;
    let known = ["photo", "report", "contract", "other"];
    let kind = value_of(kind, "kind of proof", &known, "SUBSIDY_PROOF_KIND_", SubsidyProofKind::from_str_name)?;
    Ok((kind, PathBuf::from(file)))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{budget, invoice};

    #[test]
    fn budgets_and_invoices_are_read_or_refused() {
        assert!(budget("online=2000000").is_ok());
        for bad in ["online", "onlin=1"] {
            assert!(budget(bad).is_err(), "{bad}");
        }
        let read = ("9131".to_owned(), "24/7".to_owned(), PathBuf::from("a=b.pdf"));
        assert_eq!(invoice("9131/24/7=a=b.pdf"), Ok(read));
        for bad in ["9131/24", "9131=a.pdf", "/24=a.pdf", "9131/ =a.pdf"] {
            assert!(invoice(bad).is_err(), "{bad}");
        }
    }
}
