//! `tributary explain`.

use clap::Args;
use tributary_proto::tributary::incentive::v1::{
    ExplainLineRequest, ListLineFactsRequest, SalesFact, sales_fact::Occurred,
};

use super::{ConnectArgs, Connection, Failure};
use crate::output::{self, Align, date_text, grouped, money_text};

/// Facts shown.
const FIRST_FACTS: i32 = 10;

/// Arguments of `tributary explain`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  tributary explain statements/s0192f7c4a1b27cc3/lines/rebates.marginal")]
pub struct ExplainArgs {
    /// Resource name of the line, as "calculate" prints it
    pub line: String,
    /// Print the full trace as JSON
    #[arg(long)]
    pub json: bool,
}

/// Explains a line.
pub(super) async fn run(args: ExplainArgs, connect: &ConnectArgs) -> Result<(), Failure> {
    let connection = Connection::open(connect).await?;
    let result = if args.json {
        trace(&connection, &args.line).await.map(|trace| output::json_line(&trace))
    } else {
        explain(&connection, &args.line).await
    };
    connection.close().await?;
    result
}

/// The whole answer as JSON.
pub(crate) async fn trace(connection: &Connection, line: &str) -> Result<serde_json::Value, Failure> {
    let answer = connection.runs().explain_line(ExplainLineRequest { name: line.to_owned() }).await?.into_inner();
    Ok(output::message_json(&answer))
}

/// Shows sentences, table and first facts.
pub(crate) async fn explain(connection: &Connection, line: &str) -> Result<(), Failure> {
    let mut runs = connection.runs();
    let answer = runs.explain_line(ExplainLineRequest { name: line.to_owned() }).await?.into_inner();
    if let Some(statement) = &answer.statement {
        output::line(&format!("{}, {}", statement.partner_display_name, statement.period));
    }
    for sentence in &answer.sentences {
        output::line(&format!("  {sentence}"));
    }
    output::line("");
    output::line(answer.table.trim_end());
    let request =
        ListLineFactsRequest { name: line.to_owned(), page_size: FIRST_FACTS, ..ListLineFactsRequest::default() };
    let facts = runs.list_line_facts(request).await?.into_inner().facts;
    let count = answer.line.map_or(0, |l| l.fact_count);
    if count == 0 {
        // A true-up or a line of other lines.
        return Ok(());
    }
    output::line("");
    output::line(&format!("{} facts were measured; the first {}:", grouped(&count.to_string()), facts.len()));
    output::line(&fact_table(&facts));
    Ok(())
}

fn fact_table(facts: &[SalesFact]) -> String {
    let columns = [
        ("fact", Align::Left),
        ("day", Align::Left),
        ("kind", Align::Left),
        ("sku", Align::Left),
        ("quantity", Align::Right),
        ("net", Align::Right),
        ("belongs to", Align::Left),
    ];
    let row = |fact: &SalesFact| {
        let day = match &fact.occurred {
            Some(Occurred::OccurredOn(date)) => date_text(date),
            Some(Occurred::OccurredAt(instant)) => instant.to_string(),
            None => String::new(),
        };
        vec![
            format!("{}:{}", fact.source_system, fact.source_id),
            day,
            fact.kind().as_str_name().trim_start_matches("FACT_KIND_").to_owned(),
            fact.sku.clone(),
            fact.quantity.as_ref().map(|q| grouped(&q.value)).unwrap_or_default(),
            fact.net.as_ref().map(money_text).unwrap_or_default(),
            fact.original_source_id.clone(),
        ]
    };
    output::table(&columns, &facts.iter().map(row).collect::<Vec<_>>())
}
