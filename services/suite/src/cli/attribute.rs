//! `tributary attribute`: models of attribution side by side.

use clap::Args;
use tributary_core::{Currency, Exact};
use tributary_proto::{
    google::r#type::Decimal,
    tributary::analytics::v1::{
        AttributeRequest, AttributionModel, AttributionModelKind, AttributionUnit, JourneySource, JourneyTotals,
        ModelResult, UnitCredit,
    },
};

use super::{
    ConnectArgs, Connection, Failure,
    look::{self, RangeArgs},
};
use crate::output::{self, Align, grouped, message_json, money_text, read, rounded, share, words};

const EXAMPLES: &str = "\
Examples:
  tributary attribute
  tributary attribute --model last,linear,time-decay:14,markov:2,shapley --period 2026-Q1
  tributary attribute --by partner --source touchpoints --lookback 45

Models: first, last, linear, position-based, time-decay[:HALF_LIFE], markov[:ORDER], shapley.
With --json the first line is {\"totals\": {...}}, then there is {\"model\": {...}} with definition and
proof for each model, then {\"synergy\": {...}} for each channel that feeds another one.";

/// Arguments of `tributary attribute`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct AttributeArgs {
    /// Models, in the order in which they are shown
    #[arg(
        long = "model",
        value_name = "MODEL",
        value_delimiter = ',',
        default_value = "first,markov,shapley",
        value_parser = model
    )]
    pub models: Vec<AttributionModel>,
    /// What gets credit: channel, partner or channel-and-partner
    #[arg(long, default_value = "channel", value_parser = unit)]
    pub by: AttributionUnit,
    /// Where journeys come from: recorded as such, or stitched from touchpoints
    #[arg(long, default_value = "recorded", value_parser = source)]
    pub source: JourneySource,
    /// With --source touchpoints: how many days a journey may pause and reaches back, 1 to 365 [default: 30]
    #[arg(long, value_name = "DAYS", default_value_t = 0, hide_default_value = true)]
    pub lookback: i32,
    /// Day of the end of the journeys.
    #[command(flatten)]
    pub range: RangeArgs,
    /// Only values in this currency; needed where there are several
    #[arg(long, value_name = "CODE", default_value = "", hide_default_value = true)]
    pub currency: String,
    /// Print totals, models and synergies as NDJSON
    #[arg(long)]
    pub json: bool,
}

const KINDS: [&str; 7] = ["first", "last", "linear", "position-based", "time-decay", "markov", "shapley"];

/// Reads a model with its parameter.
fn model(text: &str) -> Result<AttributionModel, String> {
    let (kind, parameter) = text.split_once(':').map_or((text, None), |(kind, parameter)| (kind, Some(parameter)));
    let kind = look::value_of(kind, "model", &KINDS, "ATTRIBUTION_MODEL_KIND_", AttributionModelKind::from_str_name)?;
    let mut model = AttributionModel { kind: kind.into(), ..AttributionModel::default() };
    match (kind, parameter) {
        (_, None) => {}
        (AttributionModelKind::Markov, Some(order)) => {
            let order = order.parse().ok().filter(|order| (1..=4).contains(order));
            model.order = order.ok_or_else(|| format!("{text:?}: the order is 1, 2, 3 or 4, as in markov:2"))?;
        }
        (AttributionModelKind::TimeDecay, Some(touches)) => {
            let touches = look::decimal(touches);
            model.half_life =
                Some(touches.map_err(|e| format!("{text:?}: the half-life in touches, as in time-decay:7: {e}"))?);
        }
        (_, Some(_)) => return Err(format!("{text:?}: only markov and time-decay have a parameter")),
    }
    Ok(model)
}

fn unit(text: &str) -> Result<AttributionUnit, String> {
    let known = ["channel", "partner", "channel-and-partner"];
    look::value_of(text, "unit of attribution", &known, "ATTRIBUTION_UNIT_", AttributionUnit::from_str_name)
}

fn source(text: &str) -> Result<JourneySource, String> {
    let known = ["recorded", "touchpoints"];
    look::value_of(text, "source of journeys", &known, "JOURNEY_SOURCE_", JourneySource::from_str_name)
}

/// Computes and shows.
pub(super) async fn run(args: AttributeArgs, connect: &ConnectArgs) -> Result<(), Failure> {
    look::with(connect, async |connection| attribute(connection, &args).await).await
}

async fn attribute(connection: &Connection, args: &AttributeArgs) -> Result<(), Failure> {
    let (from, to) = args.range.days();
    let request = AttributeRequest {
        models: args.models.clone(),
        from,
        to,
        unit: args.by.into(),
        currency_code: args.currency.clone(),
        // Tables show no proof; 0 is as much as the service finds good.
        max_proof_items: if args.json { 0 } else { 1 },
        source: args.source.into(),
        lookback_days: args.lookback,
    };
    let answer = connection.attribution().attribute(request).await?.into_inner();
    let totals = answer.totals.clone().unwrap_or_default();
    if args.json {
        let line = |name: &str, value| output::json_line(&serde_json::json!({ name: value }));
        line("totals", message_json(&totals));
        answer.results.iter().for_each(|result| line("model", message_json(result)));
        answer.synergies.iter().for_each(|synergy| line("synergy", message_json(synergy)));
        return Ok(());
    }
    output::line(&summary(&totals));
    if totals.row_count == 0 {
        output::note("no journeys in these days; \"tributary attribute --help\" says where journeys come from");
        return Ok(());
    }
    output::line("\nconversions");
    output::line(&table(args.by, &answer.results, 1, |credit| credit.conversions.as_ref()));
    if let Some(value) = &totals.value {
        let digits = Currency::parse(&value.currency_code).map_or(2, Currency::exponent);
        output::line(&format!("\nvalue in {}", value.currency_code));
        output::line(&table(args.by, &answer.results, digits, |credit| credit.value.as_ref()));
    }
    Ok(())
}

fn summary(totals: &JourneyTotals) -> String {
    let count = |n: i64| grouped(&n.to_string());
    let (conversions, nulls, touches) = (count(totals.conversions), count(totals.nulls), count(totals.touch_count));
    let value = totals.value.as_ref().map(|value| format!("; value {}", money_text(value))).unwrap_or_default();
    let others = match totals.other_currency_row_count {
        0 => String::new(),
        n => format!("; {} rows in other currencies left out", count(n)),
    };
    format!("{conversions} conversions, {nulls} journeys without one, {touches} touches{value}{others}")
}

/// One row per unit, one column per model: what it is credited with, and its share.
fn table(
    by: AttributionUnit,
    results: &[ModelResult],
    digits: u32,
    of: impl Fn(&UnitCredit) -> Option<&Decimal>,
) -> String {
    let number = |credit: &UnitCredit| of(credit).and_then(|n| read(&n.value)).unwrap_or_else(Exact::zero);
    let whole = |result: &ModelResult| result.credits.iter().map(number).sum::<Exact>();
    let models: Vec<(String, Exact)> = results.iter().map(|result| (label(result), whole(result))).collect();
    // Every model has the same units in the same order.
    let units = results.first().map(|result| result.credits.as_slice()).unwrap_or_default();
    let rows = units.iter().enumerate().map(|(n, credit)| {
        let cells = results.iter().zip(&models).filter_map(|(result, (_, whole))| {
            let credit = result.credits.get(n)?;
            let shown = of(credit).map_or_else(|| "–".to_owned(), |n| rounded(&n.value, digits));
            Some(format!("{shown} ({})", share(&number(credit), whole)))
        });
        names(by, credit).into_iter().chain(cells).collect()
    });
    let heads: &[&str] = match by {
        AttributionUnit::Channel | AttributionUnit::Unspecified => &["channel"],
        AttributionUnit::Partner => &["partner"],
        AttributionUnit::ChannelAndPartner => &["channel", "partner"],
    };
    let columns = heads.iter().map(|name| (*name, Align::Left));
    let columns = columns.chain(models.iter().map(|(name, _)| (name.as_str(), Align::Right)));
    output::table(&columns.collect::<Vec<_>>(), &rows.collect::<Vec<_>>())
}

/// Who gets the credit; touches without a partner are a unit, too.
fn names(by: AttributionUnit, credit: &UnitCredit) -> Vec<String> {
    let unit = credit.unit.clone().unwrap_or_default();
    let partner = if unit.partner.is_empty() { "(not stated)".to_owned() } else { unit.partner };
    match by {
        AttributionUnit::Channel | AttributionUnit::Unspecified => vec![unit.channel],
        AttributionUnit::Partner => vec![partner],
        AttributionUnit::ChannelAndPartner => vec![unit.channel, partner],
    }
}

/// A model with its parameter, as it is typed.
fn label(result: &ModelResult) -> String {
    let model = result.model.clone().unwrap_or_default();
    let kind = words(model.kind().as_str_name(), "ATTRIBUTION_MODEL_KIND_").replace(' ', "-");
    match (&model.half_life, model.order) {
        (Some(half_life), _) => format!("{kind}:{}", half_life.value),
        (None, order) if order > 0 => format!("{kind}:{order}"),
        (None, _) => kind,
    }
}
