//! `tributary compare-runs`.

use clap::Args;
use tributary_proto::tributary::incentive::v1::{
    CompareRunsRequest, ComparedLine, LineDifference, closing_service_client::ClosingServiceClient,
};

use super::{
    ConnectArgs, Failure,
    look::{ListArgs, print, with},
};
use crate::output::{self, Align, money_text, words};

/// Arguments of `tributary compare-runs`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  tributary compare-runs runs/r0192f7c4a1b27cc3 runs/r0192f7d0c3e98b11")]
pub struct CompareRunsArgs {
    /// The first run
    pub a: String,
    /// The second run; differences are its amounts less those of the first
    pub b: String,
    /// Show lines that are equal too
    #[arg(long)]
    pub all: bool,
    /// How much, and how.
    #[command(flatten)]
    pub list: ListArgs,
}

/// Shows two runs beside each other.
pub(super) async fn run(args: CompareRunsArgs, connect: &ConnectArgs) -> Result<(), Failure> {
    let columns = [
        ("partner", Align::Left),
        ("line", Align::Left),
        ("first", Align::Right),
        ("second", Align::Right),
        ("difference", Align::Right),
        ("because of", Align::Left),
    ];
    let (a, b) = (named(&args.a), named(&args.b));
    with(connect, async |connection| {
        let client = ClosingServiceClient::new(connection.own());
        let ask = async |page_size, page_token| {
            let request =
                CompareRunsRequest { a: a.clone(), b: b.clone(), include_equal: args.all, page_size, page_token };
            client.clone().compare_runs(request).await.map(tonic::Response::into_inner)
        };
        let page = async |size, token| {
            let answer = ask(size, token).await?;
            Ok((answer.differences, answer.next_page_token))
        };
        print((args.list.top, args.list.json), &columns, row, page).await?;
        if !args.list.json {
            let totals = ask(1, String::new()).await?.difference_totals;
            let totals: Vec<String> = totals.iter().map(money_text).collect();
            output::line(&format!(
                "in all: {}",
                if totals.is_empty() { "nothing".to_owned() } else { totals.join(", ") }
            ));
        }
        Ok(())
    })
    .await
}

/// A run may be given by its id alone.
fn named(run: &str) -> String {
    if run.contains('/') { run.to_owned() } else { format!("runs/{run}") }
}

fn row(difference: &LineDifference) -> Vec<String> {
    let amount = |side: &Option<ComparedLine>| {
        side.as_ref().and_then(|l| l.amount.as_ref()).map_or_else(|| "–".to_owned(), money_text)
    };
    let causes = difference.causes().map(|c| words(c.as_str_name(), "DIFFERENCE_CAUSE_"));
    vec![
        difference.partner_display_name.clone(),
        difference.line.clone(),
        amount(&difference.a),
        amount(&difference.b),
        difference.difference.as_ref().map(money_text).unwrap_or_default(),
        causes.collect::<Vec<_>>().join(", "),
    ]
}
