//! `tributary plan describe` and `tributary plan diff`.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use tributary_proto::tributary::incentive::v1::{
    DescribePlanRequest, DiffPlanVersionsRequest, Language, PlanChangeKind, PlanDescription, PlanDiff, PlanSource,
    plan_source::Source,
};

use super::{FileOrVersion, show_json};
use crate::{
    cli::{Failure, PlanClient},
    output, planfile,
};

const STYLE: &str = include_str!("description.css");

/// A language of sentences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LanguageArg {
    /// English
    En,
    /// Chinese
    Zh,
}

impl LanguageArg {
    fn number(self) -> i32 {
        match self {
            Self::En => Language::En,
            Self::Zh => Language::Zh,
        }
        .into()
    }

    fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh-Hans",
        }
    }
}

/// What is described.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  tributary plan describe standard-commission
  tributary plan describe my-plan.yaml --language zh --html my-plan.html
  tributary plan describe plans/dealer-commission/versions/2")]
pub struct DescribeArgs {
    /// Plan file, name of a ready-made plan, or a version such as plans/dealer-commission/versions/2
    pub plan: String,
    /// Language of the sentences
    #[arg(long, value_enum, default_value = "en")]
    pub language: LanguageArg,
    /// Also write a page with the charts of the tables
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Print the answer as JSON
    #[arg(long)]
    pub json: bool,
}

/// What is compared.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  tributary plan diff plans/dealer-commission/versions/1 plans/dealer-commission/versions/2
  tributary plan diff plans/dealer-commission/versions/2 my-draft.yaml --language zh")]
pub struct DiffArgs {
    /// The earlier plan: a file, the name of a ready-made plan, or a version
    pub before: String,
    /// The later plan, the same
    pub after: String,
    /// Language of the sentences
    #[arg(long, value_enum, default_value = "en")]
    pub language: LanguageArg,
    /// Print each change as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// Reads what is named; a fault in a file needs no server.
pub(super) fn source(name: &str) -> Result<PlanSource, Failure> {
    let source = match FileOrVersion::of(name) {
        FileOrVersion::Version => Source::Name(name.to_owned()),
        FileOrVersion::File => Source::Spec(planfile::load(name)?),
    };
    Ok(PlanSource { source: Some(source) })
}

pub(super) async fn describe(plans: &mut PlanClient, args: &DescribeArgs, plan: PlanSource) -> Result<(), Failure> {
    let request = DescribePlanRequest { plan: Some(plan), language: args.language.number() };
    let description = plans.describe_plan(request).await?.into_inner();
    if let Some(path) = &args.html {
        write_page(path, &description, args.language)?;
    }
    if args.json {
        show_json(&description);
    } else {
        print(&description);
    }
    Ok(())
}

fn print(description: &PlanDescription) {
    output::line(&description.title);
    for sentence in &description.sentences {
        output::line(&format!("  {}", sentence.text));
    }
    for (n, rule) in (1..).zip(&description.rules) {
        let id = if rule.title == rule.rule { String::new() } else { format!(" ({})", rule.rule) };
        output::line(&format!("\n{n}. {}{id}", rule.title));
        for sentence in &rule.sentences {
            output::line(&format!("  {}", sentence.text));
        }
    }
}

fn write_page(path: &Path, description: &PlanDescription, language: LanguageArg) -> Result<(), Failure> {
    std::fs::write(path, page(description, language).into_string())
        .map_err(|e| Failure::usage(format!("{} cannot be written: {e}", path.display())))
}

fn page(description: &PlanDescription, language: LanguageArg) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(language.code()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (description.title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { (description.title) }
                ul { @for sentence in &description.sentences { li { (sentence.text) } } }
                @for rule in &description.rules {
                    h2 { (rule.title) " " code { (rule.rule) } }
                    ul { @for sentence in &rule.sentences { li { (sentence.text) } } }
                    @for chart in &rule.charts { figure { (PreEscaped(&chart.svg)) } }
                }
                footer { code { (description.spec_digest) } }
            }
        }
    }
}

pub(super) async fn diff(
    plans: &mut PlanClient,
    args: &DiffArgs,
    before: PlanSource,
    after: PlanSource,
) -> Result<(), Failure> {
    let request =
        DiffPlanVersionsRequest { before: Some(before), after: Some(after), language: args.language.number() };
    let diff = plans.diff_plan_versions(request).await?.into_inner();
    if args.json {
        diff.changes.iter().for_each(show_json);
    } else {
        print_changes(&diff);
    }
    Ok(())
}

fn print_changes(diff: &PlanDiff) {
    if diff.changes.is_empty() {
        output::note("no change");
    }
    for change in &diff.changes {
        let sign = match change.kind() {
            PlanChangeKind::Added => '+',
            PlanChangeKind::Removed => '-',
            PlanChangeKind::Reordered => '%',
            PlanChangeKind::Changed | PlanChangeKind::Unspecified => '~',
        };
        output::line(&format!("{sign} {}", change.sentence));
    }
}
