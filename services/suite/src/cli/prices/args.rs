//! What `tributary prices` takes.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use tributary_proto::{
    google::r#type::{Date, Decimal},
    tributary::incentive::v1::PriceState,
};

use crate::cli::look::{self, ListArgs, value_of};

const EXAMPLES: &str = "\
Examples:
  tributary prices draft standard standard --items deploy/prices/standard.csv
  tributary prices put standard/1 new-items.csv
  tributary prices approve standard/1 --api-key \"$CHECKER\"
  tributary prices promote mid-year 618
  tributary prices approve promotions/mid-year --api-key \"$CHECKER\"
  tributary prices quote huadong HL-U509=60 --date 2026-06-10
  tributary prices quote huadong HL-U509=60 TI-M267=1200 --zh
  tributary prices retire standard/1 --from 2027-01-01 --reason 'new prices'";

/// Commands about prices.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub enum PricesCommand {
    /// What items cost a partner, step by step
    Quote(QuoteArgs),
    /// Write a new version of a price list
    Draft(DraftArgs),
    /// Put items of a CSV file into a draft
    Put(PutArgs),
    /// Write a promotion
    Promote(PromoteArgs),
    /// Approve a version or a promotion that somebody else wrote
    Approve(ApproveArgs),
    /// End a version or a promotion, or discard a draft
    Retire(RetireArgs),
    /// List versions of price lists
    Lists(ListsArgs),
    /// List the items of a version
    Items(ItemsArgs),
    /// List promotions
    Promotions(PromotionsArgs),
}

/// What is asked.
#[derive(Debug, Args)]
pub struct QuoteArgs {
    /// Partner: id, resource name, or SYSTEM:ID of another system
    pub partner: String,
    /// Items as SKU=QUANTITY
    #[arg(required = true, value_name = "SKU=QUANTITY", value_parser = item)]
    pub items: Vec<(String, Decimal)>,
    /// The day [default: today]
    #[arg(long, value_name = "DATE", value_parser = look::day)]
    pub date: Option<Date>,
    /// Only lists in this currency, as in CNY
    #[arg(long, default_value = "")]
    pub currency: String,
    /// Sentences in Chinese
    #[arg(long)]
    pub zh: bool,
    /// Print each quote as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// A new version.
#[derive(Debug, Args)]
pub struct DraftArgs {
    /// The list
    pub list: String,
    /// File with `kind: PriceList`, or the name of a ready-made one: standard
    pub file: String,
    /// CSV file of items: sku, list_price, unit, product_line, floor_price
    #[arg(long, value_name = "FILE")]
    pub items: Option<PathBuf>,
    /// Take the items of this version over first, as in east/3
    #[arg(long, value_name = "LIST/VERSION", default_value = "")]
    pub copy_from: String,
    /// Why
    #[arg(long, default_value = "")]
    pub reason: String,
}

/// Items for a draft.
#[derive(Debug, Args)]
pub struct PutArgs {
    /// The draft, as in east/3
    pub version: String,
    /// CSV file: sku, list_price, unit, product_line, floor_price
    pub file: PathBuf,
}

/// A new promotion.
#[derive(Debug, Args)]
pub struct PromoteArgs {
    /// Last part of its name
    pub id: String,
    /// File with `kind: Promotion`, or the name of a ready-made one: 618
    pub file: String,
    /// Why
    #[arg(long, default_value = "")]
    pub reason: String,
}

/// What is approved.
#[derive(Debug, Args)]
pub struct ApproveArgs {
    /// A version as in east/3, or promotions/ID
    pub name: String,
    /// Why
    #[arg(long, default_value = "")]
    pub reason: String,
}

/// What is ended.
#[derive(Debug, Args)]
pub struct RetireArgs {
    /// A version as in east/3, or promotions/ID
    pub name: String,
    /// First day on which it counts no more [default: today]
    #[arg(long, value_name = "DATE", value_parser = look::day)]
    pub from: Option<Date>,
    /// Why
    #[arg(long)]
    pub reason: String,
}

/// Which versions.
#[derive(Debug, Args)]
pub struct ListsArgs {
    /// Only of this list
    #[arg(default_value = "-")]
    pub list: String,
    /// Only in this state: draft, approved, retired
    #[arg(long, value_parser = state)]
    pub state: Option<PriceState>,
    /// Only those whose bounds hold this day
    #[arg(long, value_name = "DATE", value_parser = look::day)]
    pub date: Option<Date>,
    /// How many, and how
    #[command(flatten)]
    pub list_args: ListArgs,
}

/// Which items.
#[derive(Debug, Args)]
pub struct ItemsArgs {
    /// The version, as in east/3
    pub version: String,
    /// Only of this product line
    #[arg(long, default_value = "")]
    pub product_line: String,
    /// How many, and how
    #[command(flatten)]
    pub list_args: ListArgs,
}

/// Which promotions.
#[derive(Debug, Args)]
pub struct PromotionsArgs {
    /// Only in this state: draft, approved, retired
    #[arg(long, value_parser = state)]
    pub state: Option<PriceState>,
    /// Only those whose days hold this one
    #[arg(long, value_name = "DATE", value_parser = look::day)]
    pub date: Option<Date>,
    /// How many, and how
    #[command(flatten)]
    pub list_args: ListArgs,
}

fn state(text: &str) -> Result<PriceState, String> {
    value_of(text, "state", &["draft", "approved", "retired"], "PRICE_STATE_", PriceState::from_str_name)
}

fn item(text: &str) -> Result<(String, Decimal), String> {
    let (sku, quantity) =
        text.rsplit_once('=').ok_or_else(|| format!("{text:?} is no item; write it as HL-U509=60"))?;
    Ok((sku.to_owned(), look::decimal(quantity)?))
}
