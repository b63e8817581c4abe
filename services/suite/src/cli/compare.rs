//! `tributary compare`: a parallel run. What another system stated beside a run of ours, line by line.

use std::{
    path::PathBuf,
    sync::{Arc, atomic::AtomicU64},
};

use clap::Args;
use prost_reflect::DynamicMessage;
use tributary_proto::tributary::incentive::v1::{
    CompareStatementsRequest, CompareStatementsResponse, ForeignLine, StatementDifference,
};

use super::{ConnectArgs, Connection, Done, Failure, calculate::resource};
use crate::{
    import::{Batches, SourceFile},
    mapping::{self, Mapping, RowFault},
    output::{self, Align, grouped, money_text, words},
};

const EXAMPLES: &str = "\
Examples:
  tributary compare statements.csv --run runs/r0192f7c4a1b27cc3
  tributary compare march.csv.gz --run r0192f7c4a1b27cc3 --mapping my-statements.yaml --json

A mapping says which columns hold partner, label, amount and measure; the ready-made one is \"statements\".
Exit code 0 when everything is equal, 1 when something differs.
With --json the first line is {\"summary\": {...}}, each further line {\"difference\": {...}}, largest first.";

/// Lines that are compared at once.
const MOST: usize = 10_000;
/// Faults of rows that are shown.
const SHOWN: usize = 20;
/// Rows that are mapped at once.
const BATCH: usize = 1_000;

/// Arguments of `tributary compare`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CompareArgs {
    /// CSV or JSON Lines file with the lines of the other system, plain or gzipped
    pub file: PathBuf,
    /// The run to compare with, preview or final
    #[arg(long, value_name = "RUN")]
    pub run: String,
    /// Mapping file, or the name of a ready-made mapping
    #[arg(long, value_name = "MAPPING", default_value = "statements")]
    pub mapping: String,
    /// Leave out lines of partners that the file does not name, for a file with some of the partners
    #[arg(long)]
    pub named_only: bool,
    /// Print summary and differences as NDJSON
    #[arg(long)]
    pub json: bool,
}

/// Compares and shows.
pub(super) async fn run(args: CompareArgs, connect: &ConnectArgs) -> Result<Done, Failure> {
    let mapping = mapping::load(&args.mapping)?;
    if mapping.target().as_str() != "statements" {
        let found = mapping.target().as_str();
        return Err(Failure::usage(format!("the mapping {} is for {found}, not for statements", mapping.name)));
    }
    let lines = read(&args, &mapping)?;
    let request =
        CompareStatementsRequest { run: resource("runs", &args.run), lines, named_payees_only: args.named_only };
    let connection = Connection::open(connect).await?;
    let answer = connection.go_live().compare_statements(request).await;
    connection.close().await?;
    let answer = answer?.into_inner();
    show(&args, &answer);
    Ok(if answer.different_count == 0 { Done::All } else { Done::Differs })
}

/// Reads the lines of the file; one that does not fit the mapping stops the command, for a comparison with holes says
/// nothing.
fn read(args: &CompareArgs, mapping: &Mapping) -> Result<Vec<ForeignLine>, Failure> {
    let file = SourceFile::open(&args.file).map_err(Failure::Usage)?;
    let batches = Batches::open(&file, mapping, BATCH, 0, Arc::new(AtomicU64::new(0))).map_err(Failure::Usage)?;
    let (mut lines, mut faults) = (Vec::new(), Vec::new());
    for batch in batches {
        let batch = batch.map_err(|e| Failure::usage(format!("{}: {e}", args.file.display())))?;
        for reject in &batch.rejects {
            faults.extend(reject.faults.iter().map(|fault| fault_text(reject.row.line, fault)));
        }
        for record in &batch.records {
            lines.push(foreign(record)?);
        }
    }
    if !faults.is_empty() {
        let more = faults.len().saturating_sub(SHOWN);
        faults.truncate(SHOWN);
        if more > 0 {
            faults.push(format!("and {more} more"));
        }
        return Err(Failure::usage(format!("{}:\n{}", args.file.display(), faults.join("\n"))));
    }
    match lines.len() {
        0 => Err(Failure::usage(format!("{} has no rows", args.file.display()))),
        n if n > MOST => Err(Failure::usage(format!(
            "{} has {n} rows, and {MOST} are compared at once; cut it by partner and compare the parts with --named-only",
            args.file.display()
        ))),
        _ => Ok(lines),
    }
}

fn fault_text(line: u64, fault: &RowFault) -> String {
    format!("  line {line}, {}: {}; {}", fault.field, fault.reason, fault.remedy)
}

fn foreign(record: &DynamicMessage) -> Result<ForeignLine, Failure> {
    record.transcode_to().map_err(|e| Failure::server(format!("this version cannot send the lines: {e}")))
}

fn show(args: &CompareArgs, answer: &CompareStatementsResponse) {
    if args.json {
        let summary = CompareStatementsResponse { differences: Vec::new(), ..answer.clone() };
        output::json_line(&serde_json::json!({ "summary": output::message_json(&summary) }));
        for difference in &answer.differences {
            output::json_line(&serde_json::json!({ "difference": output::message_json(difference) }));
        }
        return;
    }
    let count = |n: i32| grouped(&n.to_string());
    output::line(&format!(
        "{} compared, {} equal, {} different",
        count(answer.compared_count),
        count(answer.equal_count),
        count(answer.different_count)
    ));
    if answer.differences.is_empty() {
        return;
    }
    output::line("");
    output::line(&totals(answer));
    output::line("");
    output::line(&differences(&answer.differences));
    for difference in answer.differences.iter().take(SHOWN) {
        output::line("");
        output::line(&format!("{} {}: {}", difference.payee, difference.label, difference.reason));
        if !difference.explanation.is_empty() {
            output::line(&format!("  ours: {}", difference.explanation));
        }
    }
    let shown = i32::try_from(answer.differences.len()).unwrap_or(i32::MAX);
    if shown < answer.different_count {
        output::note(&format!("the largest {} of {} differences", count(shown), count(answer.different_count)));
    }
}

fn cause(full: &str) -> String {
    words(full, "FOREIGN_DIFFERENCE_CAUSE_")
}

fn totals(answer: &CompareStatementsResponse) -> String {
    let columns = [
        ("cause", Align::Left),
        ("lines", Align::Right),
        ("theirs", Align::Right),
        ("ours", Align::Right),
        ("difference", Align::Right),
    ];
    let money = |money: Option<&_>| money.map(money_text).unwrap_or_default();
    let rows = answer.totals.iter().map(|total| {
        vec![
            cause(total.cause().as_str_name()),
            grouped(&total.count.to_string()),
            money(total.theirs.as_ref()),
            money(total.ours.as_ref()),
            money(total.difference.as_ref()),
        ]
    });
    output::table(&columns, &rows.collect::<Vec<_>>())
}

fn differences(all: &[StatementDifference]) -> String {
    let columns = [
        ("payee", Align::Left),
        ("label", Align::Left),
        ("theirs", Align::Right),
        ("ours", Align::Right),
        ("difference", Align::Right),
        ("cause", Align::Left),
    ];
    let money = |money: Option<&_>| money.map_or_else(|| "none".to_owned(), money_text);
    let rows = all.iter().map(|d| {
        vec![
            d.payee.clone(),
            d.label.clone(),
            money(d.theirs.as_ref()),
            money(d.ours.as_ref()),
            money(d.difference.as_ref()),
            cause(d.cause().as_str_name()),
        ]
    });
    output::table(&columns, &rows.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::{CompareArgs, cause, read};
    use crate::mapping;

    fn args(text: &str) -> (tempfile::TempDir, CompareArgs) {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("theirs.csv");
        std::fs::write(&file, text).expect("written");
        let args = CompareArgs {
            file,
            run: "r1".to_owned(),
            mapping: "statements".to_owned(),
            named_only: false,
            json: false,
        };
        (folder, args)
    }

    #[test]
    fn lines_are_read_by_the_mapping_or_all_faults_told() {
        let mapping = mapping::load("statements").expect("ready-made");
        let (_folder, good) = args("partner_id,label,amount,currency,measure\nAW1,year,7.50,CNY,50\nAW1,,1,CNY,\n");
        let lines = read(&good, &mapping).expect("lines");
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0].amount.as_ref().map(|a| (a.units, a.nanos)), Some((7, 500_000_000)));
        let (_folder, bad) = args("partner_id,label,amount,currency,measure\n,year,7,CNY,\nAW1,year,x,CNY,\n");
        let told = read(&bad, &mapping).expect_err("faults").to_string();
        assert!(told.contains("line 2, ") && told.contains("line 3, amount"), "{told}");
        let (_folder, empty) = args("partner_id,label,amount,currency,measure\n");
        assert!(read(&empty, &mapping).expect_err("no rows").to_string().contains("no rows"));
        assert_eq!(cause("FOREIGN_DIFFERENCE_CAUSE_NOT_IN_OURS"), "not in ours");
    }
}
