//! What can be typed.

use clap::{Parser, Subcommand};

use super::{
    ConnectArgs,
    accruals::AccrualsArgs,
    alerts::AlertsCommand,
    attribute::AttributeArgs,
    calculate::CalculateArgs,
    compare::CompareArgs,
    compare_runs::CompareRunsArgs,
    contracts::ContractsCommand,
    deals::DealsCommand,
    demo::DemoArgs,
    deposits::DepositsCommand,
    events::EventsCommand,
    evidence::EvidenceCommand,
    explain::ExplainArgs,
    funds::FundsCommand,
    health::HealthArgs,
    import::ImportArgs,
    keys::KeysCommand,
    ledger::LedgerCommand,
    metrics::MetricsCommand,
    migrate::MigrateArgs,
    obligations::ObligationsCommand,
    openapi::OpenapiArgs,
    partners::PartnersCommand,
    plan::PlanCommand,
    prices::PricesCommand,
    settlement::SettlementCommand,
    simulate::SimulateArgs,
    targets::TargetsCommand,
    territory::TerritoryCommand,
    tiers::TiersCommand,
    training::TrainingCommand,
    up::{CheckConfigArgs, ServeArgs, UpArgs},
    verify::VerifyBundleArgs,
    webhooks::WebhooksCommand,
};

const EXAMPLES: &str = "\
Examples:
  tributary demo --keep                       play a year of a channel programme, then keep serving
  tributary up                                start the suite on ./data
  tributary import partners resellers.csv.gz --mapping resellers
  tributary import facts orders.csv --mapping order-lines
  tributary calculate --plan reseller-rebates --period 2012-Q3
  tributary explain statements/s01…/lines/rebates.marginal
  tributary metrics net_sales return_rate --by channel --period 2026 --grain quarter
  tributary obligations --overdue
  tributary alerts

Exit codes:
  0  done
  1  some rows were rejected: see the reject file; or what was compared differs
  2  the request or a file is wrong
  3  the server is away or refused";

/// Channel cooperation: partners, sales facts, incentive plans, statements that explain themselves.
#[derive(Debug, Parser)]
#[command(name = "tributary", version, after_help = EXAMPLES, disable_help_subcommand = true)]
pub struct Cli {
    /// Which server.
    #[command(flatten)]
    pub connect: ConnectArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start all services and the gateway in this process
    Up(UpArgs),
    /// Run one service, or the gateway alone
    Serve(ServeArgs),
    /// Bring the stores to the newest version
    Migrate(MigrateArgs),
    /// Ask a process whether it takes calls
    Health(HealthArgs),
    /// Read the configuration, report every fault, print what is in force
    CheckConfig(CheckConfigArgs),
    /// Print the OpenAPI document of the JSON API
    Openapi(OpenapiArgs),
    /// Print the version
    Version,
    /// Import partners, facts, contracts and more from CSV or JSON Lines
    Import(ImportArgs),
    /// Calculate a period: a preview of a plan, or a programme
    Calculate(CalculateArgs),
    /// Show what partners have earned so far, and how far the next tier is
    Accruals(AccrualsArgs),
    /// Try a draft plan, or other prices and costs, on the facts of past periods
    Simulate(SimulateArgs),
    /// Compare the statements of another system with a run, line by line
    Compare(CompareArgs),
    /// Compare two runs line by line, with what made the difference
    CompareRuns(CompareRunsArgs),
    /// Look at accounts and movements of the ledger, and verify it
    #[command(subcommand)]
    Ledger(LedgerCommand),
    /// Look at the evidence log, and export statements that can be verified
    #[command(subcommand)]
    Evidence(EvidenceCommand),
    /// Verify the bundle of a statement, without a server
    Verify(VerifyBundleArgs),
    /// Agree on deposits, receive them, give them back, forfeit them
    #[command(subcommand)]
    Deposits(DepositsCommand),
    /// Refund costs of partners from funds: budgets, requests, approvals, claims, payouts
    #[command(subcommand)]
    Funds(FundsCommand),
    /// Price lists, promotions, and what items cost a partner
    #[command(subcommand)]
    Prices(PricesCommand),
    /// Settle locked periods: create, approve, lock, export, confirm
    #[command(subcommand)]
    Settlement(SettlementCommand),
    /// Validate, publish, approve and activate plans
    #[command(subcommand)]
    Plan(PlanCommand),
    /// Explain a statement line step by step, down to its facts
    Explain(ExplainArgs),
    /// Look partners up
    #[command(subcommand)]
    Partners(PartnersCommand),
    /// Draft, approve and try the tier programme; evaluate tiers; see to benefits
    #[command(subcommand)]
    Tiers(TiersCommand),
    /// Import regions; check, grant and find rights to territories
    #[command(subcommand)]
    Territory(TerritoryCommand),
    /// Register leads for partners; decide, extend and close deals
    #[command(subcommand)]
    Deals(DealsCommand),
    /// See to courses, sessions, persons, exam results and certificates; check who may do duty
    #[command(subcommand)]
    Training(TrainingCommand),
    /// Look at contracts: terms, history, redlines, commitments
    #[command(subcommand)]
    Contracts(ContractsCommand),
    /// List what is owed and overdue, on-time rates, reminders
    Obligations(ObligationsCommand),
    /// List, acknowledge and resolve early warnings
    Alerts(AlertsCommand),
    /// Query metrics and volume classes, or list what there is
    Metrics(MetricsCommand),
    /// Show how far targets have got
    Targets(TargetsCommand),
    /// Attribute conversions to channels or partners, models side by side
    Attribute(AttributeArgs),
    /// List and watch what happened; see to events that could not be handled
    #[command(subcommand)]
    Events(EventsCommand),
    /// Send events to other systems: create webhooks, look at deliveries
    #[command(subcommand)]
    Webhooks(WebhooksCommand),
    /// Create, list and revoke API keys
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Play a year of a channel programme, and show what comes of it
    Demo(DemoArgs),
}
