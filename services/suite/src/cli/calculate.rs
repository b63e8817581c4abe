//! `tributary calculate`.

use clap::Args;
use tributary_core::{IdSource as _, Period, SystemIds};
use tributary_proto::tributary::incentive::v1::{
    CalculateRequest, ListStatementsRequest, Run, RunMode, Statement, calculate_request::Subject,
};

use super::{ConnectArgs, Connection, Failure, operation};
use crate::{
    output::{self, Align, grouped, money_text},
    planfile,
};

const EXAMPLES: &str = "\
Examples:
  tributary calculate --plan reseller-rebates --period 2012-Q3
  tributary calculate --plan my-plan.yaml --period 2012-07 --json
  tributary calculate --programme dealers-2026 --period 2026-Q1 --final

Ready-made plans: standard-commission, growth-rebate, reseller-rebates.
A final run uses the active plans of the programme and counts until there is a newer one.
With --json the first line is {\"run\": {...}}, each further line {\"statement\": {...}}, largest first. Amounts,
decimals and dates are texts such as \"270000.00\"; names are those of the API.";

/// Arguments of `tributary calculate`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CalculateArgs {
    /// Plan file or the name of a ready-made plan: a preview, nothing is kept but the run
    #[arg(long, value_name = "FILE", required_unless_present = "programme", conflicts_with = "programme")]
    pub plan: Option<String>,
    /// Programme whose active plans are calculated
    #[arg(long, value_name = "NAME")]
    pub programme: Option<String>,
    /// Year 2012, quarter 2012-Q3, month 2012-07 or ISO week 2012-W27, or one of a calendar, fiscal:FY2026-Q1
    #[arg(long)]
    pub period: String,
    /// A final run instead of a preview; only with --programme
    #[arg(long = "final", requires = "programme")]
    pub final_run: bool,
    /// Print the run, then every statement, as NDJSON
    #[arg(long)]
    pub json: bool,
    /// How many statements to show, largest first [default: 20; with --json all]
    #[arg(long, value_name = "N")]
    pub top: Option<u32>,
}

/// Calculates and shows.
pub(super) async fn run(args: CalculateArgs, connect: &ConnectArgs) -> Result<(), Failure> {
    // Only the server knows what its calendars have.
    if !args.period.contains(':') {
        args.period.parse::<Period>().map_err(Failure::Usage)?;
    }
    let subject = match (&args.plan, &args.programme) {
        (Some(plan), _) => Subject::Plan(planfile::load(plan)?),
        (None, Some(name)) => Subject::Programme(resource("programmes", name)),
        (None, None) => return Err(Failure::usage("give --plan FILE or --programme NAME")),
    };
    let connection = Connection::open(connect).await?;
    let result = calculate(&args, subject, &connection).await;
    connection.close().await?;
    result
}

async fn calculate(args: &CalculateArgs, subject: Subject, connection: &Connection) -> Result<(), Failure> {
    let mode = if args.final_run { RunMode::Final } else { RunMode::Preview };
    let request = CalculateRequest {
        subject: Some(subject),
        period: args.period.clone(),
        mode: mode.into(),
        request_id: SystemIds.uuid().to_string(),
    };
    let run = operation::calculate(connection, request, &format!("calculating {}", args.period)).await?;
    if args.json {
        output::json_line(&serde_json::json!({ "run": output::message_json(&run) }));
        return each_statement(connection, &run.name, args.top.unwrap_or(u32::MAX), |s| {
            output::json_line(&serde_json::json!({ "statement": output::message_json(&s) }));
        })
        .await;
    }
    output::line(&run_text(&run));
    let mut statements = Vec::new();
    each_statement(connection, &run.name, args.top.unwrap_or(20), |s| statements.push(s)).await?;
    if !statements.is_empty() {
        output::line("");
        output::line(&statement_table(&statements));
        if let Some(line) = statements.first().and_then(|s| s.lines.first()) {
            output::note(&format!("\nhow a line came about: tributary explain {}", line.name));
        }
    }
    Ok(())
}

/// A resource name from an id or a name.
pub(super) fn resource(collection: &str, name: &str) -> String {
    if name.contains('/') { name.to_owned() } else { format!("{collection}/{name}") }
}

/// Reads the statements of a run, largest first, at most `limit`.
pub(crate) async fn each_statement(
    connection: &Connection,
    run: &str,
    limit: u32,
    mut take: impl FnMut(Statement),
) -> Result<(), Failure> {
    let mut left = limit;
    let mut page_token = String::new();
    while left > 0 {
        let request = ListStatementsRequest {
            run: run.to_owned(),
            order_by: "total desc".to_owned(),
            page_size: i32::try_from(left.min(500)).unwrap_or(500),
            page_token,
            ..ListStatementsRequest::default()
        };
        let page = connection.runs().list_statements(request).await?.into_inner();
        for statement in page.statements.into_iter().take(usize::try_from(left).unwrap_or(usize::MAX)) {
            take(statement);
            left = left.saturating_sub(1);
        }
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    Ok(())
}

/// A run in a few lines.
pub(crate) fn run_text(run: &Run) -> String {
    let mode = if run.mode() == RunMode::Final { "final" } else { "preview" };
    let of = if run.programme.is_empty() { "a plan file".to_owned() } else { run.programme.clone() };
    let count = |n: i64| grouped(&n.to_string());
    let mut totals: Vec<String> = run.totals.iter().map(money_text).collect();
    if totals.is_empty() {
        totals.push("nothing".to_owned());
    }
    let mut lines = vec![
        format!("{mode} run of {of}, {}: {}", run.period, run.name),
        format!(
            "facts {}, statements {}, lines {}",
            count(run.fact_count),
            count(run.statement_count),
            count(run.line_count)
        ),
        format!("total {}", totals.join(", ")),
        format!("digest {}", run.digest),
    ];
    if !run.plan_versions.is_empty() {
        lines.push(format!("plans {}", run.plan_versions.join(", ")));
    }
    lines.join("\n")
}

/// Statements with their lines. The name of a line is that of its statement, "/lines/" and the first column.
pub(crate) fn statement_table(statements: &[Statement]) -> String {
    let columns = [
        ("partner / line", Align::Left),
        ("measure", Align::Right),
        ("base", Align::Right),
        ("facts", Align::Right),
        ("amount", Align::Right),
        ("statement", Align::Left),
    ];
    let mut rows = Vec::new();
    for statement in statements {
        let key = statement.partner_external_refs.first().unwrap_or(&statement.partner_business_key);
        let total = statement.total.as_ref().map(money_text).unwrap_or_default();
        let name = format!("{} ({key})", statement.partner_display_name);
        let empty = String::new;
        rows.push(vec![name, empty(), empty(), empty(), total, statement.name.clone()]);
        for line in &statement.lines {
            let id = line.name.rsplit('/').next().unwrap_or(&line.name);
            rows.push(vec![
                format!("  {id}"),
                line.measure.as_ref().map(|d| grouped(&d.value)).unwrap_or_default(),
                line.base.as_ref().map(|d| grouped(&d.value)).unwrap_or_default(),
                grouped(&line.fact_count.to_string()),
                line.amount.as_ref().map(money_text).unwrap_or_default(),
                empty(),
            ]);
        }
    }
    output::table(&columns, &rows)
}
