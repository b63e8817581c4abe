//! How reliably partners keep their days.

use clap::Args;
use tributary_proto::tributary::contract::v1::{OnTimeRate, Party, QueryOnTimeRatesRequest};

use crate::{
    cli::{
        Connection, Failure,
        look::{self, ListArgs, RangeArgs},
        partners,
    },
    output::{Align, grouped, per_cent},
};

/// Whose rates, over which due days.
#[derive(Debug, Args)]
#[command(after_help = "Rate: in time ÷ (in time + late + overdue). What is waived, or waits for acceptance, does not
count. Without --period and --to it is what was due before today.")]
pub struct OnTimeArgs {
    /// Only of this partner: resource name, id, or SYSTEM:ID
    #[arg(long)]
    pub partner: Option<String>,
    /// Who owes: partner or principal
    #[arg(long, default_value = "partner", value_parser = party)]
    pub debtor: Party,
    /// Which due days.
    #[command(flatten)]
    pub range: RangeArgs,
    /// How much of it.
    #[command(flatten)]
    pub list: ListArgs,
}

fn party(text: &str) -> Result<Party, String> {
    look::value_of(text, "party", &["partner", "principal"], "PARTY_", Party::from_str_name)
}

/// Prints the rates by partner.
pub(super) async fn run(connection: &Connection, args: &OnTimeArgs) -> Result<(), Failure> {
    let partner = partners::resource_name(connection, args.partner.as_deref()).await?;
    let (from, to) = args.range.days();
    let page = async |page_size, page_token| {
        let (partner, debtor) = (partner.clone(), args.debtor.into());
        let request = QueryOnTimeRatesRequest { partner, from, to, debtor, page_size, page_token };
        let page = connection.obligations().query_on_time_rates(request).await?.into_inner();
        Ok((page.rates, page.next_page_token))
    };
    let columns = [
        ("partner", Align::Left),
        ("in time", Align::Right),
        ("late", Align::Right),
        ("overdue", Align::Right),
        ("rate", Align::Right),
    ];
    let row = |rate: &OnTimeRate| {
        let count = |n: i64| grouped(&n.to_string());
        vec![
            rate.partner.clone(),
            count(rate.on_time_count),
            count(rate.late_count),
            count(rate.overdue_count),
            rate.rate.as_ref().map_or_else(|| "–".to_owned(), |n| per_cent(&n.value)),
        ]
    };
    look::print((args.list.top, args.list.json), &columns, row, page).await
}
