//! `tributary alerts`.

mod rules;
mod show;

use clap::{Args, Subcommand};
use tributary_core::{IdSource as _, SystemIds};
use tributary_proto::tributary::contract::v1::{
    AcknowledgeAlertRequest, Alert, EvaluateAlertsRequest, GetAlertRequest, ListAlertsRequest, ResolveAlertRequest,
};

use self::rules::RulesArgs;
use super::{
    ConnectArgs, Connection, Failure,
    calculate::resource,
    look::{self, ListArgs, all_of, equals, left},
    partners,
};
use crate::output::{self, message_json, moment_text, name};

const EXAMPLES: &str = "\
Examples:
  tributary alerts                          what stands, newest first
  tributary alerts --filter 'severity = CRITICAL AND rule = payment-late'
  tributary alerts show alerts/a0192f7c4…
  tributary alerts acknowledge alerts/a0192f7c4… --reason 'called, pays on Friday'
  tributary alerts resolve alerts/a0192f7c4… --reason 'paid'";

/// Alerts.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, after_help = EXAMPLES)]
pub struct AlertsCommand {
    /// What else.
    #[command(subcommand)]
    pub command: Option<AlertsSubcommand>,
    /// Which.
    #[command(flatten)]
    pub list: AlertsArgs,
}

/// The commands for alerts.
#[derive(Debug, Subcommand)]
pub enum AlertsSubcommand {
    /// List the alerts that stand; also without a word
    List(AlertsArgs),
    /// Show what one rests on, and what happened to it
    Show(ShowArgs),
    /// Say that somebody sees to it
    Acknowledge(AcknowledgeArgs),
    /// Close it by hand: while the condition stands, only a critical one is raised again
    Resolve(ResolveArgs),
    /// List the rules that are in force
    Rules(RulesArgs),
    /// Evaluate all rules now, and wait for it
    Evaluate(EvaluateArgs),
}

/// Which alerts.
#[derive(Debug, Args)]
pub struct AlertsArgs {
    /// Also those that are resolved
    #[arg(long)]
    pub all: bool,
    /// Only of this partner: resource name, id, or SYSTEM:ID
    #[arg(long)]
    pub partner: Option<String>,
    /// Filter over partner, contract, rule, severity and state
    #[arg(long, default_value = "")]
    pub filter: String,
    /// How much of it.
    #[command(flatten)]
    pub list: ListArgs,
}

/// Which alert.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// Resource name or id
    pub name: String,
    /// Print it as JSON
    #[arg(long)]
    pub json: bool,
}

/// Which alert, and a remark.
#[derive(Debug, Args)]
pub struct AcknowledgeArgs {
    /// Resource name or id
    pub name: String,
    /// What is being done; kept with the alert
    #[arg(long, default_value = "", hide_default_value = true)]
    pub reason: String,
    /// Print the answer as JSON
    #[arg(long)]
    pub json: bool,
}

/// Which alert, and why it is closed.
#[derive(Debug, Args)]
pub struct ResolveArgs {
    /// Resource name or id
    pub name: String,
    /// What was done; kept with the alert
    #[arg(long)]
    pub reason: String,
    /// Print the answer as JSON
    #[arg(long)]
    pub json: bool,
}

/// Of whom.
#[derive(Debug, Args)]
pub struct EvaluateArgs {
    /// Only of this partner: resource name, id, or SYSTEM:ID
    #[arg(long)]
    pub partner: Option<String>,
    /// Print the answer as JSON
    #[arg(long)]
    pub json: bool,
}

/// Does one of the alert commands.
pub(super) async fn run(command: AlertsCommand, connect: &ConnectArgs) -> Result<(), Failure> {
    look::with(connect, async |connection| match command.command.unwrap_or(AlertsSubcommand::List(command.list)) {
        AlertsSubcommand::List(args) => list(connection, &args).await,
        AlertsSubcommand::Show(args) => show::run(connection, &args).await,
        AlertsSubcommand::Acknowledge(args) => acknowledge(connection, args).await,
        AlertsSubcommand::Resolve(args) => resolve(connection, args).await,
        AlertsSubcommand::Rules(args) => rules::run(connection, &args).await,
        AlertsSubcommand::Evaluate(args) => evaluate(connection, &args).await,
    })
    .await
}

async fn list(connection: &Connection, args: &AlertsArgs) -> Result<(), Failure> {
    let partner = partners::resource_name(connection, args.partner.as_deref()).await?;
    let partner = (!partner.is_empty()).then(|| equals("partner", &partner));
    let standing = (!args.all).then(|| "state != RESOLVED".to_owned());
    let filter = all_of(&args.filter, partner.into_iter().chain(standing));
    let page = async |page_size, page_token| {
        let request = ListAlertsRequest { page_size, page_token, filter: filter.clone() };
        let page = connection.alerts().list_alerts(request).await?.into_inner();
        Ok((page.alerts, page.next_page_token))
    };
    let columns = left(["name", "severity", "state", "rule", "partner", "since", "what"]);
    look::print((args.list.top, args.list.json), &columns, row, page).await
}

fn row(alert: &Alert) -> Vec<String> {
    vec![
        alert.name.clone(),
        name(alert.severity().as_str_name(), "ALERT_SEVERITY_"),
        name(alert.state().as_str_name(), "ALERT_STATE_"),
        rules::rule_id(&alert.rule_version).to_owned(),
        alert.partner.clone(),
        moment_text(alert.open_time.as_ref()),
        alert.summary.clone(),
    ]
}

/// The alert as it is now.
async fn get(connection: &Connection, text: &str) -> Result<Alert, Failure> {
    let request = GetAlertRequest { name: resource("alerts", text) };
    Ok(connection.alerts().get_alert(request).await?.into_inner())
}

async fn acknowledge(connection: &Connection, args: AcknowledgeArgs) -> Result<(), Failure> {
    let Alert { name, etag, .. } = get(connection, &args.name).await?;
    let request_id = SystemIds.uuid().to_string();
    let request = AcknowledgeAlertRequest { name, etag, reason: args.reason, request_id };
    let alert = connection.alerts().acknowledge_alert(request).await?.into_inner();
    say(args.json, &alert, &format!("{} is acknowledged by {}", alert.name, alert.acknowledged_by));
    Ok(())
}

async fn resolve(connection: &Connection, args: ResolveArgs) -> Result<(), Failure> {
    let Alert { name, etag, .. } = get(connection, &args.name).await?;
    let request = ResolveAlertRequest { name, etag, reason: args.reason, request_id: SystemIds.uuid().to_string() };
    let alert = connection.alerts().resolve_alert(request).await?.into_inner();
    say(args.json, &alert, &format!("{} is resolved by {}", alert.name, alert.resolved_by));
    Ok(())
}

async fn evaluate(connection: &Connection, args: &EvaluateArgs) -> Result<(), Failure> {
    let partner = partners::resource_name(connection, args.partner.as_deref()).await?;
    let answer = connection.alerts().evaluate_alerts(EvaluateAlertsRequest { partner }).await?.into_inner();
    let text = format!(
        "{} raised, {} changed, {} resolved; {} stand",
        answer.raised_count, answer.updated_count, answer.resolved_count, answer.standing_count
    );
    say(args.json, &answer, &text);
    Ok(())
}

fn say<M: prost::Message + prost::Name>(json: bool, message: &M, text: &str) {
    if json { output::json_line(&message_json(message)) } else { output::line(text) }
}
