//! The definitions of metrics, and how their values are shown.

use tributary_proto::tributary::analytics::v1::{ListMetricsRequest, MetricDefinition, MetricDimension, MetricUnit};

use crate::{
    cli::{Connection, Failure, look::left},
    document::nearest,
    output::{self, amount_text, grouped, message_json, per_cent, words},
};

/// All metrics there are.
pub(in crate::cli) struct Definitions(Vec<MetricDefinition>);

impl Definitions {
    /// Reads them.
    pub(in crate::cli) async fn read(connection: &Connection) -> Result<Self, Failure> {
        Ok(Self(connection.metrics().list_metrics(ListMetricsRequest {}).await?.into_inner().metrics))
    }

    /// What the values of a metric are.
    pub(in crate::cli) fn unit(&self, metric: &str) -> MetricUnit {
        self.0.iter().find(|d| d.metric == metric).map_or(MetricUnit::Unspecified, MetricDefinition::unit)
    }

    /// Refuses metrics that do not exist, with the name that may be meant.
    pub(super) fn check(&self, metrics: &[String]) -> Result<(), Failure> {
        let names = || self.0.iter().map(|d| d.metric.as_str());
        match metrics.iter().find(|metric| !names().any(|name| name == metric.as_str())) {
            Some(wrong) => Err(Failure::usage(format!(
                "{wrong:?} is no metric; {}\n\"tributary metrics\" says what each one is",
                nearest(wrong, names())
            ))),
            None => Ok(()),
        }
    }
}

/// A number as its unit wants it; amounts in major units.
pub(in crate::cli) fn shown(number: &str, unit: MetricUnit, currency: &str) -> String {
    match unit {
        MetricUnit::Money => amount_text(number, currency),
        MetricUnit::Ratio => per_cent(number),
        MetricUnit::Count | MetricUnit::Quantity | MetricUnit::Unspecified => grouped(number),
    }
}

/// Lists them.
pub(super) async fn print(connection: &Connection, json: bool) -> Result<(), Failure> {
    let Definitions(all) = Definitions::read(connection).await?;
    if json {
        all.iter().for_each(|definition| output::json_line(&message_json(definition)));
        return Ok(());
    }
    let columns = left(["metric", "title", "unit", "formula", "dimensions"]);
    output::line(&output::table(&columns, &all.iter().map(row).collect::<Vec<_>>()));
    Ok(())
}

fn row(definition: &MetricDefinition) -> Vec<String> {
    vec![
        definition.metric.clone(),
        definition.title.clone(),
        words(definition.unit().as_str_name(), "METRIC_UNIT_"),
        definition.formula.clone(),
        dimensions(definition),
    ]
}

/// The dimensions; where a metric knows all of them, that.
fn dimensions(definition: &MetricDefinition) -> String {
    let known: Vec<String> = definition.dimensions().map(dimension_name).collect();
    if known.len() == super::DIMENSIONS.len() { "all".to_owned() } else { known.join(", ") }
}

/// The name of a dimension as it is typed.
pub(super) fn dimension_name(dimension: MetricDimension) -> String {
    words(dimension.as_str_name(), "METRIC_DIMENSION_").replace(' ', "-")
}
