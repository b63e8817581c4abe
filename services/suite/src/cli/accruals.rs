//! `tributary accruals`.

use clap::Args;
use tributary_proto::tributary::incentive::v1::{Accrual, AccrualLine, GetAccrualRequest, ListAccrualsRequest};

use super::{
    ConnectArgs, Connection, Failure,
    calculate::resource,
    look::{self, ListArgs},
    partners,
};
use crate::output::{self, Align, grouped, message_json, money_text};

const EXAMPLES: &str = "\
Examples:
  tributary accruals dealers-2026                         everybody with facts this month
  tributary accruals dealers-2026 --period 2026-Q2 --top 500
  tributary accruals dealers-2026 --partner sap:10023     with the way to the next tier

What is earned so far, without a run. A final run may differ: facts still come, and caps that several partners share
are known only then.";

/// Arguments of `tributary accruals`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct AccrualsArgs {
    /// The programme: resource name or id
    pub programme: String,
    /// Year 2026, quarter 2026-Q2, month 2026-05 or ISO week 2026-W19 [default: this month]
    #[arg(long, default_value = "")]
    pub period: String,
    /// Only this partner: resource name, id, or SYSTEM:ID
    #[arg(long)]
    pub partner: Option<String>,
    /// How much of it.
    #[command(flatten)]
    pub list: ListArgs,
}

/// Shows accruals.
pub(super) async fn run(args: AccrualsArgs, connect: &ConnectArgs) -> Result<(), Failure> {
    look::with(connect, async |connection| {
        let programme = resource("programmes", &args.programme);
        match partners::resource_name(connection, args.partner.as_deref()).await? {
            everybody if everybody.is_empty() => list(connection, &args, programme).await,
            partner => one(connection, &args, programme, partner).await,
        }
    })
    .await
}

async fn list(connection: &Connection, args: &AccrualsArgs, programme: String) -> Result<(), Failure> {
    let page = async |page_size: i32, page_token| {
        let (programme, period) = (programme.clone(), args.period.clone());
        let request = ListAccrualsRequest { programme, period, page_size: page_size.min(200), page_token };
        let page = connection.accruals().list_accruals(request).await?.into_inner();
        Ok((page.accruals, page.next_page_token))
    };
    let columns = [
        ("partner", Align::Left),
        ("name", Align::Left),
        ("period", Align::Left),
        ("so far", Align::Right),
        ("next", Align::Left),
    ];
    let row = |accrual: &Accrual| {
        vec![
            accrual.partner.clone(),
            accrual.partner_display_name.clone(),
            accrual.period.clone(),
            accrual.totals.iter().map(money_text).collect::<Vec<_>>().join(", "),
            accrual
                .lines
                .iter()
                .map(|l| l.next_tier_sentence.as_str())
                .find(|s| !s.is_empty())
                .unwrap_or("")
                .to_owned(),
        ]
    };
    look::print((args.list.top, args.list.json), &columns, row, page).await
}

async fn one(connection: &Connection, args: &AccrualsArgs, programme: String, partner: String) -> Result<(), Failure> {
    let request = GetAccrualRequest { programme, partner, period: args.period.clone() };
    let accrual = connection.accruals().get_accrual(request).await?.into_inner();
    if args.list.json {
        output::json_line(&message_json(&accrual));
        return Ok(());
    }
    let totals: Vec<String> = accrual.totals.iter().map(money_text).collect();
    let totals = if totals.is_empty() { "nothing".to_owned() } else { totals.join(", ") };
    output::line(&format!("{}, {}: {totals}\n", accrual.partner_display_name, accrual.period));
    let columns = [
        ("line", Align::Left),
        ("measure", Align::Right),
        ("facts", Align::Right),
        ("so far", Align::Right),
        ("next", Align::Left),
    ];
    output::line(&output::table(&columns, &accrual.lines.iter().map(row).collect::<Vec<_>>()));
    for none in &accrual.not_fired {
        output::line(&format!("{}: {}", none.rule, none.reason));
    }
    Ok(())
}

fn row(line: &AccrualLine) -> Vec<String> {
    let next = line.next_tier_sentence.clone();
    let line = line.line.clone().unwrap_or_default();
    let part = if line.part.is_empty() { String::new() } else { format!(".{}", line.part) };
    vec![
        format!("{}.{}{part}", line.slot, line.rule),
        line.measure.as_ref().map(|d| grouped(&d.value)).unwrap_or_default(),
        grouped(&line.fact_count.to_string()),
        line.amount.as_ref().map(money_text).unwrap_or_default(),
        next,
    ]
}
