//! `tributary settlement`.

use std::{fs, path::PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use tributary_core::{IdSource as _, SystemIds};
use tributary_proto::{
    google::r#type::Date,
    tributary::incentive::v1::{
        AccrueRunRequest, AdvanceSettlementsRequest, ConfirmPaymentsRequest, ExportPayablesRequest,
        ListSettlementsRequest, PageLanguage, PaymentConfirmation, PaymentOutcome, RenderSettlementRequest,
        RunAccruals, SettlePeriodRequest, Settlement, SettlementAdvance, SettlementBatch, SettlementForm,
        SettlementState, SettlementTerms, WithholdingRule, settlement_service_client::SettlementServiceClient,
    },
};

use super::{
    ConnectArgs, Connection, Done, Failure, Keyed,
    look::{self, ListArgs, value_of},
    operation::follow_to_end,
    partners,
};
use crate::output::{self, Align, decimal_text, message_json, money_text, words};

const EXAMPLES: &str = "\
Examples:
  tributary settlement create dealers 2026-03 --withhold CREATOR=0.2:800 --dispute-days 7
  tributary settlement submit dealers 2026-03
  tributary settlement approve dealers 2026-03        by somebody who had no part in them
  tributary settlement lock dealers 2026-03
  tributary settlement export dealers 2026-03 dealers-2026-03-1 > payables.csv
  tributary settlement paid settlements/s01… dealers-2026-03-1 15000047 --on 2026-04-15
  tributary settlement page settlements/s01… --language zh --out statement.html";

/// Commands about settlements.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub enum SettlementCommand {
    /// Post what a final run states to the ledger until its period is settled
    Accrue(AccrueArgs),
    /// Create the settlements of a locked period
    Create(CreateArgs),
    /// List settlements
    List(SettlementListArgs),
    /// Submit all drafts of a period for review
    Submit(StepArgs),
    /// Approve all settlements of a period that are in review
    Approve(StepArgs),
    /// Lock all approved settlements of a period
    Lock(StepArgs),
    /// Hand payables over to the ERP: CSV on stdout, or JSON
    Export(ExportArgs),
    /// Note that a payable was paid, discounted or delivered
    Paid(PaidArgs),
    /// Note that a payable could not be paid
    Failed(FailedArgs),
    /// Write a settlement as a page for its partner
    Page(PageArgs),
}

/// Arguments of `tributary settlement accrue`.
#[derive(Debug, Args)]
pub struct AccrueArgs {
    /// The newest final run of an open period
    pub run: String,
    /// Print what was done as JSON
    #[arg(long)]
    pub json: bool,
}

/// Which period.
#[derive(Debug, Args)]
pub struct PeriodArgs {
    /// The programme, as in "dealers"
    pub programme: String,
    /// The period, as in 2026-03
    pub period: String,
}

impl PeriodArgs {
    fn name(&self) -> String {
        format!("programmes/{}/periods/{}", self.programme.trim_start_matches("programmes/"), self.period)
    }
}

/// Arguments of `tributary settlement create`.
#[derive(Debug, Args)]
pub struct CreateArgs {
    /// Which period.
    #[command(flatten)]
    pub period: PeriodArgs,
    /// cash, invoice-discount, goods, rebate-account, prepayment-account, deposit-account, overdraft-account
    #[arg(long, default_value = "cash", value_parser = form)]
    pub form: SettlementForm,
    /// Withhold tax from partners of a kind: KIND=RATE or KIND=RATE:ALLOWANCE; more than one is fine
    #[arg(long, value_name = "RULE", value_parser = rule)]
    pub withhold: Vec<WithholdingRule>,
    /// Days in which lines can be disputed after submission
    #[arg(long, value_name = "DAYS", default_value_t = 0)]
    pub dispute_days: i32,
    /// Print what was done as JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of the steps that all settlements of a period take.
#[derive(Debug, Args)]
pub struct StepArgs {
    /// Which period.
    #[command(flatten)]
    pub period: PeriodArgs,
    /// Why; kept with every step
    #[arg(long, default_value = "")]
    pub reason: String,
    /// Lock although lines can still be disputed
    #[arg(long)]
    pub waive_dispute_window: bool,
    /// Print what was done as JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `tributary settlement list`.
#[derive(Debug, Args)]
pub struct SettlementListArgs {
    /// Only of this programme
    #[arg(long)]
    pub programme: Option<String>,
    /// Only of this period
    #[arg(long, default_value = "")]
    pub period: String,
    /// Only of this partner: resource name, id, or SYSTEM:ID
    #[arg(long)]
    pub partner: Option<String>,
    /// Only in this state: draft, in-review, approved, locked, exported, paid, failed
    #[arg(long, value_parser = state)]
    pub state: Option<SettlementState>,
    /// How much, and how.
    #[command(flatten)]
    pub list: ListArgs,
}

/// Arguments of `tributary settlement export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Which period.
    #[command(flatten)]
    pub period: PeriodArgs,
    /// Id of the export; the same again gives the same
    pub id: String,
    /// Print the export as JSON instead of CSV
    #[arg(long)]
    pub json: bool,
}

/// Which payable.
#[derive(Debug, Args)]
pub struct PayableArgs {
    /// The settlement
    pub settlement: String,
    /// Id of the export
    pub export: String,
}

/// Arguments of `tributary settlement paid`.
#[derive(Debug, Args)]
pub struct PaidArgs {
    /// Which payable.
    #[command(flatten)]
    pub payable: PayableArgs,
    /// Key of the payment in the ERP
    pub reference: String,
    /// The day of the payment
    #[arg(long, value_name = "DATE", value_parser = look::day)]
    pub on: Date,
    /// The red-letter invoice; compulsory for an invoice discount
    #[arg(long, default_value = "")]
    pub red_letter_invoice: String,
}

/// Arguments of `tributary settlement failed`.
#[derive(Debug, Args)]
pub struct FailedArgs {
    /// Which payable.
    #[command(flatten)]
    pub payable: PayableArgs,
    /// Why
    pub reason: String,
}

/// A language of pages.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum PageIn {
    /// English
    En,
    /// Chinese
    Zh,
}

/// Arguments of `tributary settlement page`.
#[derive(Debug, Args)]
pub struct PageArgs {
    /// The settlement
    pub settlement: String,
    /// The language
    #[arg(long, value_enum, default_value = "en")]
    pub language: PageIn,
    /// Where it is written [default: stdout]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

type Client = SettlementServiceClient<Keyed>;

/// Settles.
pub(super) async fn run(command: SettlementCommand, connect: &ConnectArgs) -> Result<Done, Failure> {
    look::with(connect, async |connection| {
        let mut client = SettlementServiceClient::new(connection.own());
        match command {
            SettlementCommand::Accrue(args) => accrue(connection, client, args).await,
            SettlementCommand::Create(args) => create(connection, client, args).await,
            SettlementCommand::List(args) => list(connection, &client, args).await.map(|()| Done::All),
            SettlementCommand::Submit(args) => step(connection, client, args, SettlementAdvance::Submit).await,
            SettlementCommand::Approve(args) => step(connection, client, args, SettlementAdvance::Approve).await,
            SettlementCommand::Lock(args) => step(connection, client, args, SettlementAdvance::Lock).await,
            SettlementCommand::Export(args) => export(client, args).await,
            SettlementCommand::Paid(args) => {
                let confirmation = PaymentConfirmation {
                    outcome: PaymentOutcome::Paid.into(),
                    reference: args.reference,
                    paid_on: Some(args.on),
                    red_letter_invoice: args.red_letter_invoice,
                    ..confirmation(&args.payable)
                };
                confirm(client, confirmation).await
            }
            SettlementCommand::Failed(args) => {
                let confirmation = PaymentConfirmation {
                    outcome: PaymentOutcome::Failed.into(),
                    reason: args.reason,
                    ..confirmation(&args.payable)
                };
                confirm(client, confirmation).await
            }
            SettlementCommand::Page(args) => {
                let language = match args.language {
                    PageIn::En => PageLanguage::En,
                    PageIn::Zh => PageLanguage::Zh,
                };
                let request = RenderSettlementRequest { name: named(&args.settlement), language: language.into() };
                let html = client.render_settlement(request).await?.into_inner().html;
                match args.out {
                    Some(path) => fs::write(&path, html)
                        .map_err(|e| Failure::usage(format!("{} cannot be written: {e}", path.display())))?,
                    None => output::line(&html),
                }
                Ok(Done::All)
            }
        }
    })
    .await
}

async fn accrue(connection: &Connection, mut client: Client, args: AccrueArgs) -> Result<Done, Failure> {
    let name = format!("runs/{}", args.run.trim_start_matches("runs/"));
    let request = AccrueRunRequest { name, request_id: SystemIds.uuid().to_string() };
    let asked = client.accrue_run(request).await?.into_inner();
    let done: RunAccruals = follow_to_end(connection, asked, "accruing").await?;
    if args.json {
        output::json_line(&message_json(&done));
    } else {
        let accrued: Vec<String> = done.accrued.iter().map(money_text).collect();
        let accrued = if accrued.is_empty() { "nothing".to_owned() } else { accrued.join(", ") };
        output::line(&format!(
            "{} statements accrued: {accrued}; {} of earlier runs taken back",
            done.accrued_count, done.taken_back_count
        ));
    }
    Ok(Done::All)
}

async fn create(connection: &Connection, mut client: Client, args: CreateArgs) -> Result<Done, Failure> {
    let terms = SettlementTerms { form: args.form.into(), withholding: args.withhold, dispute_days: args.dispute_days };
    let request =
        SettlePeriodRequest { name: args.period.name(), terms: Some(terms), request_id: SystemIds.uuid().to_string() };
    let asked = client.settle_period(request).await?.into_inner();
    let batch: SettlementBatch = follow_to_end(connection, asked, "settling").await?;
    Ok(told(&batch, "created", args.json))
}

async fn step(
    connection: &Connection,
    mut client: Client,
    args: StepArgs,
    step: SettlementAdvance,
) -> Result<Done, Failure> {
    let request = AdvanceSettlementsRequest {
        name: args.period.name(),
        step: step.into(),
        request_id: SystemIds.uuid().to_string(),
        reason: args.reason,
        waive_dispute_window: args.waive_dispute_window,
    };
    let asked = client.advance_settlements(request).await?.into_inner();
    let (doing, done) = match step {
        SettlementAdvance::Approve => ("approving", "approved"),
        SettlementAdvance::Lock => ("locking", "locked"),
        _ => ("submitting", "submitted"),
    };
    let batch: SettlementBatch = follow_to_end(connection, asked, doing).await?;
    Ok(told(&batch, done, args.json))
}

fn told(batch: &SettlementBatch, done: &str, json: bool) -> Done {
    if json {
        output::json_line(&message_json(batch));
    } else {
        let payable: Vec<String> = batch.payable.iter().map(money_text).collect();
        let payable = if payable.is_empty() { String::new() } else { format!(", payable {}", payable.join(", ")) };
        output::line(&format!(
            "{} {done}, {} unchanged, {} refused{payable}",
            batch.done_count, batch.unchanged_count, batch.refused_count
        ));
        for refusal in &batch.refusals {
            output::line(&format!("{} {}: {}", refusal.settlement, refusal.reason, refusal.message));
        }
    }
    if batch.refused_count == 0 { Done::All } else { Done::SomeRejected }
}

async fn list(connection: &Connection, client: &Client, args: SettlementListArgs) -> Result<(), Failure> {
    let columns = [
        ("settlement", Align::Left),
        ("partner", Align::Left),
        ("period", Align::Left),
        ("state", Align::Left),
        ("earned", Align::Right),
        ("withheld", Align::Right),
        ("tax", Align::Right),
        ("payable", Align::Right),
        ("closing", Align::Right),
    ];
    let row = |settlement: &Settlement| {
        let value = |money: &Option<_>| money.as_ref().map(money_text).unwrap_or_default();
        vec![
            settlement.name.trim_start_matches("settlements/").to_owned(),
            settlement.partner_display_name.clone(),
            settlement.period.clone(),
            words(settlement.state().as_str_name(), "SETTLEMENT_STATE_"),
            value(&settlement.earned),
            value(&settlement.withheld),
            value(&settlement.tax),
            value(&settlement.payable),
            value(&settlement.closing),
        ]
    };
    let partner = partners::resource_name(connection, args.partner.as_deref()).await?;
    let programme = args.programme.map(|text| format!("programmes/{}", text.trim_start_matches("programmes/")));
    let page = async |page_size, page_token| {
        let request = ListSettlementsRequest {
            programme: programme.clone().unwrap_or_default(),
            period: args.period.clone(),
            partner: partner.clone(),
            state: args.state.unwrap_or_default().into(),
            page_size,
            page_token,
        };
        let page = client.clone().list_settlements(request).await?.into_inner();
        Ok((page.settlements, page.next_page_token))
    };
    look::print((args.list.top, args.list.json), &columns, row, page).await
}

async fn export(mut client: Client, args: ExportArgs) -> Result<Done, Failure> {
    let request = ExportPayablesRequest { period: args.period.name(), payable_export_id: args.id };
    let made = client.export_payables(request).await?.into_inner();
    if args.json {
        output::json_line(&message_json(&made));
    } else {
        // Byte for byte, as its digest has it.
        output::text(&made.csv);
        for total in &made.totals {
            output::note(&format!("{} {}", total.currency_code, decimal_text(total)));
        }
    }
    for left in &made.left_out {
        output::note(&format!("left out: {} of {}: {}", left.settlement, left.partner, left.reason));
    }
    if made.remaining_count > 0 {
        output::note(&format!("{} remain: export them under another id", made.remaining_count));
    }
    Ok(if made.left_out.is_empty() { Done::All } else { Done::SomeRejected })
}

fn confirmation(payable: &PayableArgs) -> PaymentConfirmation {
    PaymentConfirmation {
        settlement: named(&payable.settlement),
        export: format!("payableExports/{}", payable.export.trim_start_matches("payableExports/")),
        ..PaymentConfirmation::default()
    }
}

async fn confirm(mut client: Client, confirmation: PaymentConfirmation) -> Result<Done, Failure> {
    let request = ConfirmPaymentsRequest { confirmations: vec![confirmation] };
    let answered = client.confirm_payments(request).await?.into_inner();
    for result in &answered.results {
        let what = if result.accepted {
            let again = if result.repeated { ", as was known" } else { "" };
            format!("{}{again}", words(result.state().as_str_name(), "SETTLEMENT_STATE_"))
        } else {
            format!("{}: {}", result.reason, result.message)
        };
        output::line(&format!("{} {what}", result.settlement));
    }
    Ok(if answered.refused_count == 0 { Done::All } else { Done::SomeRejected })
}

/// A settlement may be given by its id alone.
fn named(settlement: &str) -> String {
    format!("settlements/{}", settlement.trim_start_matches("settlements/"))
}

fn form(text: &str) -> Result<SettlementForm, String> {
    let known = [
        "cash",
        "invoice-discount",
        "goods",
        "rebate-account",
        "prepayment-account",
        "deposit-account",
        "overdraft-account",
    ];
    value_of(text, "form of settlement", &known, "SETTLEMENT_FORM_", SettlementForm::from_str_name)
}

fn state(text: &str) -> Result<SettlementState, String> {
    let known = ["draft", "in-review", "approved", "locked", "exported", "paid", "failed"];
    value_of(text, "state", &known, "SETTLEMENT_STATE_", SettlementState::from_str_name)
}

/// Reads KIND=RATE or KIND=RATE:ALLOWANCE.
fn rule(text: &str) -> Result<WithholdingRule, String> {
    let (kind, rest) = text.split_once('=').ok_or_else(|| format!("{text:?} is not KIND=RATE, as in CREATOR=0.2"))?;
    let (rate, allowance) = rest.split_once(':').map_or((rest, None), |(rate, free)| (rate, Some(free)));
    Ok(WithholdingRule {
        partner_kinds: vec![kind.to_uppercase().replace('-', "_")],
        rate: Some(look::decimal(rate)?),
        allowance: allowance.map(look::decimal).transpose()?,
    })
}

#[cfg(test)]
mod tests {
    use super::{form, rule};

    #[test]
    fn rules_and_forms_are_read() {
        let read = rule("group-leader=0.2:800").expect("a rule");
        assert_eq!(read.partner_kinds, ["GROUP_LEADER"]);
        let value = |d: Option<tributary_proto::google::r#type::Decimal>| d.map(|d| d.value);
        assert_eq!((value(read.rate), value(read.allowance)), (Some("0.2".to_owned()), Some("800".to_owned())));
        assert!(rule("CREATOR").is_err());
        assert_eq!(form("csah"), Err("\"csah\" is no form of settlement; did you mean \"cash\"?".to_owned()));
    }
}
