//! `tributary simulate`.

use std::path::PathBuf;

use clap::Args;
use tributary_core::{IdSource as _, Period, SystemIds};
use tributary_proto::{
    google::r#type::Decimal,
    tributary::incentive::v1::{
        ListSimulatedChangesRequest, ScenarioFactors, SimulateRequest, SimulatedChange, SimulatedTotals, Simulation,
        simulate_request::Draft,
    },
};

use super::{ConnectArgs, Connection, Failure, calculate::resource, look, operation};
use crate::{
    output::{self, Align, grouped, message_json, money_text},
    planfile,
};

const EXAMPLES: &str = "\
Examples:
  tributary simulate dealers-2026 --plan draft.yaml --slot sales-commission --period 2025-Q3 --period 2025-Q4
  tributary simulate dealers-2026 --version plans/dealer-commission/versions/3 --period 2025
  tributary simulate dealers-2026 --price 0.9 --cost 0.95 --period 2025    what lower prices and costs do to the margin

A draft takes the place of its slot's plans, over the facts of the periods; nothing is stated. Factors change the facts
of the draft's side. With --json the first line is {\"simulation\": {...}}, each further line {\"change\": {...}}.";

/// Arguments of `tributary simulate`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct SimulateArgs {
    /// The programme: resource name or id
    pub programme: String,
    /// Plan file or name of a ready-made plan that is tried; needs --slot
    #[arg(long, value_name = "FILE", requires = "slot", conflicts_with = "version")]
    pub plan: Option<String>,
    /// Plan version that is tried, in any state
    #[arg(long, value_name = "NAME")]
    pub version: Option<String>,
    /// The slot that the plan fills
    #[arg(long, value_name = "ID", requires = "plan", default_value = "")]
    pub slot: String,
    /// Period whose facts are taken; may be said several times
    #[arg(long = "period", required = true, value_name = "PERIOD", value_parser = str::parse::<Period>)]
    pub periods: Vec<Period>,
    /// Factor on prices: 0.9 is 10 % less
    #[arg(long, value_name = "FACTOR", value_parser = look::decimal)]
    pub price: Option<Decimal>,
    /// Factor on costs
    #[arg(long, value_name = "FACTOR", value_parser = look::decimal)]
    pub cost: Option<Decimal>,
    /// Factor on quantities, and with them on amounts
    #[arg(long, value_name = "FACTOR", value_parser = look::decimal)]
    pub volume: Option<Decimal>,
    /// Write the distribution of changes as a chart (SVG)
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
    /// How many changes to show, greatest losses and greatest gains [default: 10 of each; with --json all]
    #[arg(long, value_name = "N")]
    pub top: Option<u32>,
    /// Print the simulation, then every change, as NDJSON
    #[arg(long)]
    pub json: bool,
}

/// Simulates and shows.
pub(super) async fn run(args: SimulateArgs, connect: &ConnectArgs) -> Result<(), Failure> {
    let draft = match (&args.plan, &args.version) {
        (Some(plan), _) => Some(Draft::Plan(planfile::load(plan)?)),
        (None, Some(version)) => Some(Draft::PlanVersion(version.clone())),
        (None, None) => None,
    };
    let request = SimulateRequest {
        programme: resource("programmes", &args.programme),
        periods: args.periods.iter().map(ToString::to_string).collect(),
        draft,
        slot: args.slot.clone(),
        factors: Some(ScenarioFactors {
            price: args.price.clone(),
            cost: args.cost.clone(),
            volume: args.volume.clone(),
        }),
        request_id: SystemIds.uuid().to_string(),
    };
    look::with(connect, async |connection| {
        let started = connection.simulations().simulate(request).await?.into_inner();
        let simulation: Simulation = operation::follow_to_end(connection, started, "simulating").await?;
        if let Some(path) = &args.svg {
            std::fs::write(path, &simulation.chart_svg)
                .map_err(|e| Failure::usage(format!("{} cannot be written: {e}", path.display())))?;
            output::note(&format!("wrote {}", path.display()));
        }
        if args.json { lines(connection, &args, &simulation).await } else { show(connection, &args, &simulation).await }
    })
    .await
}

async fn lines(connection: &Connection, args: &SimulateArgs, simulation: &Simulation) -> Result<(), Failure> {
    output::json_line(&serde_json::json!({ "simulation": message_json(simulation) }));
    let take = |change: SimulatedChange| output::json_line(&serde_json::json!({ "change": message_json(&change) }));
    each(connection, simulation, "difference", args.top.unwrap_or(u32::MAX), take).await
}

async fn show(connection: &Connection, args: &SimulateArgs, simulation: &Simulation) -> Result<(), Failure> {
    output::line(&simulation.name);
    for sentence in &simulation.sentences {
        output::line(sentence);
    }
    output::line("");
    let columns = [("", Align::Left), ("now", Align::Right), ("then", Align::Right)];
    let rows: Vec<Vec<String>> = simulation.totals.iter().flat_map(totals).collect();
    output::line(&output::table(&columns, &rows));
    let columns = [("what changes", Align::Left), ("payees", Align::Right)];
    for sums in &simulation.totals {
        let row = |b: &tributary_proto::tributary::incentive::v1::SimulatedBand| {
            vec![b.title.clone(), grouped(&b.payees.to_string())]
        };
        output::line("");
        output::line(&output::table(
            &columns,
            &sums.bands.iter().filter(|b| b.payees > 0).map(row).collect::<Vec<_>>(),
        ));
    }
    for (order, title) in [("difference", "loses"), ("difference desc", "gains")] {
        let mut rows = Vec::new();
        let mut take = |change: SimulatedChange| {
            let difference = change.difference.clone().unwrap_or_default();
            let lost = difference.units < 0 || difference.nanos < 0;
            if lost == (title == "loses") && (difference.units, difference.nanos) != (0, 0) {
                let money = |m: &Option<_>| m.as_ref().map(money_text).unwrap_or_default();
                rows.push(vec![
                    format!("{} ({})", change.partner_display_name, change.partner),
                    money(&change.before),
                    money(&change.after),
                    money_text(&difference),
                ]);
            }
        };
        each(connection, simulation, order, args.top.unwrap_or(10), &mut take).await?;
        if !rows.is_empty() {
            let columns = [("who", Align::Left), ("now", Align::Right), ("then", Align::Right), (title, Align::Right)];
            output::line("");
            output::line(&output::table(&columns, &rows));
        }
    }
    Ok(())
}

fn totals(sums: &SimulatedTotals) -> Vec<Vec<String>> {
    let money = |m: &Option<_>| m.as_ref().map(money_text).unwrap_or_default();
    let row = |name: &str, now, then| vec![name.to_owned(), money(now), money(then)];
    vec![
        row("incentives", &sums.before, &sums.after),
        row("sales less cost", &sums.margin_before, &sums.margin_after),
        row("what is kept", &sums.kept_before, &sums.kept_after),
    ]
}

async fn each(
    connection: &Connection,
    simulation: &Simulation,
    order: &str,
    top: u32,
    take: impl FnMut(SimulatedChange),
) -> Result<(), Failure> {
    let page = async |page_size, page_token| {
        let (simulation, order_by) = (simulation.name.clone(), order.to_owned());
        let request = ListSimulatedChangesRequest { simulation, order_by, page_size, page_token };
        let page = connection.simulations().list_simulated_changes(request).await?.into_inner();
        Ok((page.changes, page.next_page_token))
    };
    look::each(top, page, take).await
}
