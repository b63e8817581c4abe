//! `tributary verify`: verifies the bundle of a statement, without a server.

use std::path::PathBuf;

use clap::Args;
use incentive_calculation_domain::evidence::{self, Recomputed, Report};
use serde_json::json;

use super::{
    Done, Failure,
    evidence::{read, trusted},
};
use crate::output;

const EXAMPLES: &str = "\
Examples:
  tributary verify march.bundle --key suite.vkey
  tributary verify march.bundle --key 'tributary/incentive/default+f5d917eb+AQOh…'

Exit code 0 when everything holds, 1 when something does not, 2 when there is no such file.
Without --key only the key that the file names itself is checked: compare what is printed with what you were given.";

/// Arguments of `tributary verify`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct VerifyBundleArgs {
    /// The bundle
    pub file: PathBuf,
    /// The key of the log that you trust, NAME+ID+KEY, or a file that holds it
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
    /// Print what was found as JSON
    #[arg(long)]
    pub json: bool,
}

/// Verifies and tells.
pub(super) fn run(args: &VerifyBundleArgs) -> Result<Done, Failure> {
    let key = args.key.as_deref().map(trusted).transpose()?;
    let found = evidence::verify(&read(&args.file)?, key.as_ref());
    if args.json {
        output::json_line(&as_json(&found));
    } else {
        match &found {
            Ok(report) => told(report),
            Err(findings) => {
                output::line("NOT SOUND");
                findings.iter().for_each(|finding| output::line(&format!("  {finding}")));
            }
        }
    }
    Ok(if found.is_ok() { Done::All } else { Done::Differs })
}

fn told(report: &Report) {
    output::line(&format!("sound: {} of {} ({})", report.statement, report.display_name, report.partner));
    let Report { period, run, version, total, .. } = report;
    output::line(&format!("  period {period}, {run} (version {version} of the period), total {total}"));
    for line in &report.lines {
        let how = match &line.recomputed {
            Recomputed::Equal => "recomputed from the facts".to_owned(),
            Recomputed::Not(why) => format!("proven, not recomputed: {why}"),
        };
        output::line(&format!("  {}  {}  {how}", line.id, line.amount));
    }
    let facts = report.facts.map_or("no facts in the file".to_owned(), |count| format!("{count} facts"));
    output::line(&format!("  {facts}, {} postings", report.postings));
    report.said.iter().for_each(|said| output::line(&format!("  {said}")));
    output::line(&format!("  in the log {} of {} entries, signed by {}", report.origin, report.size, report.key));
    if !report.trusted {
        output::note("the key is the one that the file names; give the one you trust by --key");
    }
}

fn as_json(found: &Result<Report, Vec<String>>) -> serde_json::Value {
    let report = match found {
        Ok(report) => report,
        Err(findings) => return json!({"sound": false, "findings": findings}),
    };
    let lines = report.lines.iter().map(|line| match &line.recomputed {
        Recomputed::Equal => json!({"line": line.id, "amount": line.amount, "recomputed": true}),
        Recomputed::Not(why) => json!({"line": line.id, "amount": line.amount, "recomputed": false, "why": why}),
    });
    json!({
        "sound": true,
        "statement": report.statement,
        "partner": report.partner,
        "period": report.period,
        "run": report.run,
        "version": report.version,
        "total": report.total,
        "lines": lines.collect::<Vec<_>>(),
        "facts": report.facts,
        "postings": report.postings,
        "said": report.said,
        "origin": report.origin,
        "size": report.size,
        "key": report.key,
        "keyTrusted": report.trusted,
    })
}
