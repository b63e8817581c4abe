//! `tributary obligations`.

mod on_time;
mod reminders;

use clap::{Args, Subcommand};
use tributary_proto::tributary::contract::v1::{ListObligationsRequest, Obligation};

use self::{on_time::OnTimeArgs, reminders::RemindersArgs};
use super::{
    ConnectArgs, Connection, Failure, contracts,
    look::{self, ListArgs, all_of, equals},
    partners,
};
use crate::output::{Align, date_text, grouped, money_text, name};

const EXAMPLES: &str = "\
Examples:
  tributary obligations --overdue
  tributary obligations --partner progressive-sports --filter 'due_on < 2026-10-01'
  tributary obligations on-time --period 2026
  tributary obligations reminders --filter 'step = OVERDUE'";

/// Obligations.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, after_help = EXAMPLES)]
pub struct ObligationsCommand {
    /// What else.
    #[command(subcommand)]
    pub command: Option<ObligationsSubcommand>,
    /// Which.
    #[command(flatten)]
    pub list: ObligationsArgs,
}

/// The commands for obligations.
#[derive(Debug, Subcommand)]
pub enum ObligationsSubcommand {
    /// List obligations by due day; also without a word
    List(ObligationsArgs),
    /// Show how reliably partners keep their days
    OnTime(OnTimeArgs),
    /// List reminders that were sent, newest first
    Reminders(RemindersArgs),
}

/// Which obligations.
#[derive(Debug, Args)]
pub struct ObligationsArgs {
    /// Only what is overdue
    #[arg(long)]
    pub overdue: bool,
    /// Only of this partner: resource name, id, or SYSTEM:ID
    #[arg(long)]
    pub partner: Option<String>,
    /// Only of this contract: resource name, id, or SYSTEM:ID
    #[arg(long)]
    pub contract: Option<String>,
    /// Filter over partner, kind, state, debtor, owner, due_on and overdue
    #[arg(long, default_value = "")]
    pub filter: String,
    /// How much of it.
    #[command(flatten)]
    pub list: ListArgs,
}

/// Does one of the obligation commands.
pub(super) async fn run(command: ObligationsCommand, connect: &ConnectArgs) -> Result<(), Failure> {
    look::with(connect, async |connection| match command.command.unwrap_or(ObligationsSubcommand::List(command.list)) {
        ObligationsSubcommand::List(args) => list(connection, &args).await,
        ObligationsSubcommand::OnTime(args) => on_time::run(connection, &args).await,
        ObligationsSubcommand::Reminders(args) => reminders::run(connection, &args).await,
    })
    .await
}

/// The condition that a partner is meant, if one is.
async fn of_partner(connection: &Connection, partner: Option<&str>) -> Result<Option<String>, Failure> {
    let name = partners::resource_name(connection, partner).await?;
    Ok((!name.is_empty()).then(|| equals("partner", &name)))
}

async fn list(connection: &Connection, args: &ObligationsArgs) -> Result<(), Failure> {
    let parent = match &args.contract {
        Some(contract) => contracts::resource_name(connection, contract).await?,
        None => "contracts/-".to_owned(),
    };
    let partner = of_partner(connection, args.partner.as_deref()).await?;
    let overdue = args.overdue.then(|| "overdue = true".to_owned());
    let filter = all_of(&args.filter, partner.into_iter().chain(overdue));
    let page = async |page_size, page_token| {
        let (parent, filter) = (parent.clone(), filter.clone());
        let request = ListObligationsRequest { parent, page_size, page_token, filter };
        let page = connection.obligations().list_obligations(request).await?.into_inner();
        Ok((page.obligations, page.next_page_token))
    };
    let columns = [
        ("name", Align::Left),
        ("partner", Align::Left),
        ("kind", Align::Left),
        ("title", Align::Left),
        ("due on", Align::Left),
        ("state", Align::Left),
        ("days late", Align::Right),
        ("how much", Align::Right),
        ("done on", Align::Left),
    ];
    look::print((args.list.top, args.list.json), &columns, row, page).await
}

fn row(obligation: &Obligation) -> Vec<String> {
    let quantity = obligation.quantity.as_ref().map(|n| format!("{} {}", grouped(&n.value), obligation.unit));
    vec![
        obligation.name.clone(),
        obligation.partner.clone(),
        name(obligation.kind().as_str_name(), "OBLIGATION_KIND_"),
        obligation.title.clone(),
        obligation.due_on.as_ref().map(date_text).unwrap_or_default(),
        name(obligation.state().as_str_name(), "OBLIGATION_STATE_"),
        if obligation.overdue { obligation.days_overdue.to_string() } else { String::new() },
        obligation.amount.as_ref().map(money_text).or(quantity).unwrap_or_default(),
        obligation.fulfilled_on.as_ref().map(date_text).unwrap_or_default(),
    ]
}
