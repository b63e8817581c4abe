//! Shows what came of the year: totals per quarter, the largest statements, one line step by step.

use tributary_proto::tributary::incentive::v1::Run;

use crate::demo::network::{Level, Member};
use crate::{
    cli::{Connection, Failure, each_statement, explain, statement_table, trace},
    output::{self, Align, grouped, message_json, money_text},
};

/// Statements shown.
const TOP: u32 = 5;

/// What was set up.
pub(in crate::demo) fn setup(network: &[Member], recorded: u64, known: u64, plans: &[String], json: bool) {
    if json {
        let all = serde_json::json!({
            "partners": network.len(), "recorded": recorded, "duplicate": known, "plans": plans,
        });
        output::json_line(&serde_json::json!({ "setup": all }));
        return;
    }
    let of = |level| network.iter().filter(|m| m.level == level).count();
    let (top, middle, below) = (of(Level::Province), of(Level::City), of(Level::County));
    let joined = network.iter().filter(|m| m.growth.is_none()).count();
    output::line(&format!(
        "{} partners: {top} provincial agents, {middle} city distributors, {below} county dealers ({joined} joined in 2025)",
        network.len()
    ));
    let (recorded, known) = (grouped(&recorded.to_string()), grouped(&known.to_string()));
    output::line(&format!("{recorded} facts of 2024 and 2025 recorded, {known} were there before"));
    plans.iter().for_each(|plan| output::line(plan));
}

/// The quarters, the largest statements of the last one, and how the first of their lines came about.
pub(in crate::demo) async fn results(
    connection: &Connection,
    runs: &[Run],
    json: bool,
) -> Result<Option<String>, Failure> {
    let Some(last) = runs.last() else { return Ok(None) };
    let mut statements = Vec::new();
    each_statement(connection, &last.name, TOP, |s| statements.push(s)).await?;
    let line = statements.first().and_then(|s| s.lines.first()).map(|l| l.name.clone());
    if json {
        for run in runs {
            output::json_line(&serde_json::json!({ "run": message_json(run) }));
        }
        for statement in &statements {
            output::json_line(&serde_json::json!({ "statement": message_json(statement) }));
        }
    } else {
        output::line("");
        output::line(&quarters(runs));
        output::line(&format!("\nlargest statements of {}", last.period));
        output::line(&statement_table(&statements));
        output::line("\nhow the first line came about");
    }
    match &line {
        Some(line) if json => {
            output::json_line(&serde_json::json!({ "explanation": trace(connection, line).await? }));
        }
        Some(line) => explain(connection, line).await?,
        None => {}
    }
    Ok(line)
}

fn quarters(runs: &[Run]) -> String {
    let columns = [
        ("period", Align::Left),
        ("facts", Align::Right),
        ("statements", Align::Right),
        ("lines", Align::Right),
        ("total", Align::Right),
        ("digest", Align::Left),
    ];
    let count = |n: i64| grouped(&n.to_string());
    let row = |run: &Run| {
        vec![
            run.period.clone(),
            count(run.fact_count),
            count(run.statement_count),
            count(run.line_count),
            run.totals.iter().map(money_text).collect::<Vec<_>>().join(", "),
            run.digest.get(..16).unwrap_or_default().to_owned(),
        ]
    };
    output::table(&columns, &runs.iter().map(row).collect::<Vec<_>>())
}
