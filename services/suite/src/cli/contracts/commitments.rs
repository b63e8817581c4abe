//! How far commitments have got.

use clap::Args;
use tributary_proto::{
    google::r#type::{Date, Decimal},
    tributary::contract::v1::{
        CommitmentProgress, ListCommitmentProgressRequest, commitment::Target, commitment_progress::WindowTarget,
    },
};

use crate::{
    cli::{
        Connection, Failure,
        look::{self, ListArgs},
        partners,
    },
    output::{Align, amount_text, date_text, grouped, name, per_cent},
};

/// Whose commitments, on which day.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  tributary contracts commitments
  tributary contracts commitments --contract dealer-2026-gz --as-of 2026-06-30

Attained is reached ÷ target of the window; pace is reached ÷ what the days gone by ask for.")]
pub struct CommitmentsArgs {
    /// Only of this partner: resource name, id, or SYSTEM:ID
    #[arg(long)]
    pub partner: Option<String>,
    /// Only of this contract: resource name, id, or SYSTEM:ID
    #[arg(long)]
    pub contract: Option<String>,
    /// On which day [default: today]
    #[arg(long, value_name = "DATE", value_parser = look::day)]
    pub as_of: Option<Date>,
    /// How much of it.
    #[command(flatten)]
    pub list: ListArgs,
}

const COLUMNS: [(&str, Align); 11] = [
    ("contract", Align::Left),
    ("partner", Align::Left),
    ("commitment", Align::Left),
    ("kind", Align::Left),
    ("window", Align::Left),
    ("currency", Align::Left),
    ("target", Align::Right),
    ("reached", Align::Right),
    ("attained", Align::Right),
    ("elapsed", Align::Right),
    ("pace", Align::Right),
];

/// Prints it.
pub(super) async fn run(connection: &Connection, args: &CommitmentsArgs) -> Result<(), Failure> {
    let partner = partners::resource_name(connection, args.partner.as_deref()).await?;
    let contract = match &args.contract {
        Some(contract) => super::resource_name(connection, contract).await?,
        None => String::new(),
    };
    let page = async |page_size, page_token| {
        let (partner, contract) = (partner.clone(), contract.clone());
        let request = ListCommitmentProgressRequest { partner, contract, as_of: args.as_of, page_size, page_token };
        let page = connection.alerts().list_commitment_progress(request).await?.into_inner();
        Ok((page.progress, page.next_page_token))
    };
    look::print((args.list.top, args.list.json), &COLUMNS, row, page).await
}

fn row(progress: &CommitmentProgress) -> Vec<String> {
    let commitment = progress.commitment.clone().unwrap_or_default();
    let currency = match &commitment.target {
        Some(Target::Amount(money)) => money.currency_code.clone(),
        Some(Target::Quantity(_)) | None => String::new(),
    };
    let value = |number: &Decimal| {
        if currency.is_empty() { grouped(&number.value) } else { amount_text(&number.value, &currency) }
    };
    let target = match &progress.window_target {
        Some(WindowTarget::TargetAmount(number) | WindowTarget::TargetQuantity(number)) => value(number),
        None => String::new(),
    };
    let ratio = |number: &Option<Decimal>| number.as_ref().map_or_else(|| "–".to_owned(), |n| per_cent(&n.value));
    let day = |date: &Option<Date>| date.as_ref().map(date_text).unwrap_or_default();
    vec![
        progress.contract.clone(),
        progress.partner.clone(),
        commitment.commitment_id.clone(),
        name(commitment.kind().as_str_name(), "COMMITMENT_KIND_"),
        format!("{}..{}", day(&progress.window_from), day(&progress.window_to)),
        currency.clone(),
        target,
        progress.actual.as_ref().filter(|_| progress.measured).map_or_else(|| "–".to_owned(), value),
        ratio(&progress.attainment),
        ratio(&progress.elapsed),
        ratio(&progress.pace),
    ]
}
