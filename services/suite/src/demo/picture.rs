//! The year as the services tell it, read once: the tables, the JSON and the page show the same figures.

use std::{collections::BTreeMap, time::Duration};

use tributary_proto::{
    google::r#type::Date,
    tributary::{
        analytics::v1::{
            AttributeRequest, AttributeResponse, AttributionModel, AttributionModelKind, ClassifyVolumesRequest,
            ClassifyVolumesResponse, JourneySource, ListTargetProgressRequest, MetricDimension, MetricGrain, MetricRow,
            QueryMetricsRequest, TargetProgress, metric_value,
        },
        contract::v1::{
            Alert, CommitmentProgress, EvaluateAlertsRequest, ListAlertsRequest, ListCommitmentProgressRequest,
            ListObligationsRequest, Obligation, OnTimeRate, QueryOnTimeRatesRequest,
        },
    },
};

use super::{contracts::LastYear, targets};
use crate::cli::{Connection, Failure};

/// The metrics of the KPI table.
pub(super) const KPIS: [&str; 8] =
    ["gmv", "net_sales", "orders", "aov", "return_rate", "gross_margin", "partners", "new_customers"];

/// The models side by side.
pub(super) const MODELS: [(AttributionModelKind, &str); 3] = [
    (AttributionModelKind::First, "first touch"),
    (AttributionModelKind::Markov, "Markov chain"),
    (AttributionModelKind::Shapley, "Shapley"),
];

/// How long events may take from a service to its neighbours.
const PATIENCE: Duration = Duration::from_secs(60);

/// Everything that is shown besides statements.
#[derive(Debug, Default)]
pub(super) struct Picture {
    /// Obligations that are overdue, by due day.
    pub overdue: Vec<Obligation>,
    /// On-time rates by partner.
    pub rates: Vec<OnTimeRate>,
    /// Standing warnings, the critical ones first.
    pub alerts: Vec<Alert>,
    /// How far the commitments have got.
    pub commitments: Vec<CommitmentProgress>,
    /// KPIs of the quarters of 2025.
    pub quarters: Vec<MetricRow>,
    /// GMV of the months of both years.
    pub months: Vec<MetricRow>,
    /// Net sales and share by channel class and quarter.
    pub channels: Vec<MetricRow>,
    /// Volume classes of 2025.
    pub classes: ClassifyVolumesResponse,
    /// The targets a month before the end of the year.
    pub targets: Vec<TargetProgress>,
    /// Attribution by the models.
    pub attribution: AttributeResponse,
}

/// Waits until analytics and contract-risk have taken in all facts.
pub(super) async fn settled(connection: &Connection, facts: u64) -> Result<(), Failure> {
    let all = async {
        loop {
            let request = QueryMetricsRequest { metrics: vec!["lines".to_owned()], ..QueryMetricsRequest::default() };
            let answer = connection.metrics().query_metrics(request).await?.into_inner();
            let progress = ListCommitmentProgressRequest { page_size: 1, ..ListCommitmentProgressRequest::default() };
            let copied = connection.alerts().list_commitment_progress(progress).await?.into_inner().through_batch;
            let lines = answer.rows.first().and_then(|row| number(row, 0)).and_then(|n| n.parse::<u64>().ok());
            // A data directory of an earlier start may hold others besides.
            if lines >= Some(facts) && copied >= answer.through_batch {
                return Ok::<_, Failure>(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, all)
        .await
        .map_err(|_| Failure::server(format!("not all of {facts} facts came through in {PATIENCE:?}")))?
}

/// What every partner bought in 2024, in whole yuan.
pub(super) async fn last_year(connection: &Connection) -> Result<LastYear, Failure> {
    let by = [MetricDimension::Partner];
    let rows = metrics(connection, &["net_sales"], &by, MetricGrain::Unspecified, (year(2024), year(2025))).await?;
    let bought = |row: MetricRow| match row.values.first().and_then(|v| v.value.as_ref()) {
        Some(metric_value::Value::Amount(money)) => Some((row.partner.clone(), money.units)),
        _ => None,
    };
    Ok(rows.into_iter().filter_map(bought).collect::<BTreeMap<_, _>>())
}

impl Picture {
    /// Reads everything.
    pub(super) async fn read(connection: &Connection) -> Result<Self, Failure> {
        connection.alerts().evaluate_alerts(EvaluateAlertsRequest::default()).await?;
        let filter = "overdue = true".to_owned();
        let request =
            ListObligationsRequest { parent: "contracts/-".to_owned(), filter, page_size: 1_000, ..Default::default() };
        let overdue = connection.obligations().list_obligations(request).await?.into_inner().obligations;
        let request = QueryOnTimeRatesRequest { page_size: 1_000, ..QueryOnTimeRatesRequest::default() };
        let rates = connection.obligations().query_on_time_rates(request).await?.into_inner().rates;
        let filter = "state != \"RESOLVED\"".to_owned();
        let request = ListAlertsRequest { filter, page_size: 1_000, ..ListAlertsRequest::default() };
        let mut alerts = connection.alerts().list_alerts(request).await?.into_inner().alerts;
        alerts.sort_by_key(|a| (std::cmp::Reverse(a.severity), a.partner.clone(), a.subject.clone()));
        let request = ListCommitmentProgressRequest { page_size: 1_000, ..ListCommitmentProgressRequest::default() };
        let commitments = connection.alerts().list_commitment_progress(request).await?.into_inner().progress;

        let this_year = (year(2025), year(2026));
        let quarters = metrics(connection, &KPIS, &[], MetricGrain::Quarter, this_year).await?;
        let months = metrics(connection, &["gmv"], &[], MetricGrain::Month, (year(2024), year(2026))).await?;
        let by = [MetricDimension::Channel];
        let channels =
            metrics(connection, &["net_sales", "channel_share"], &by, MetricGrain::Quarter, this_year).await?;
        let (from, to) = (Some(year(2025)), Some(year(2026)));
        let request = ClassifyVolumesRequest { from, to, page_size: 5, ..ClassifyVolumesRequest::default() };
        let classes = connection.metrics().classify_volumes(request).await?.into_inner();
        let as_of = Some(Date { year: 2025, month: 11, day: 30 });
        let period = targets::PERIOD.to_owned();
        let request = ListTargetProgressRequest { period, as_of, ..ListTargetProgressRequest::default() };
        let targets = connection.targets().list_target_progress(request).await?.into_inner().progress;
        let models = MODELS.map(|(kind, _)| AttributionModel { kind: kind.into(), ..AttributionModel::default() });
        let request = AttributeRequest {
            models: models.to_vec(),
            source: JourneySource::Touchpoints.into(),
            ..AttributeRequest::default()
        };
        let attribution = connection.attribution().attribute(request).await?.into_inner();
        Ok(Self { overdue, rates, alerts, commitments, quarters, months, channels, classes, targets, attribution })
    }
}

async fn metrics(
    connection: &Connection,
    metrics: &[&str],
    by: &[MetricDimension],
    grain: MetricGrain,
    (from, to): (Date, Date),
) -> Result<Vec<MetricRow>, Failure> {
    let request = QueryMetricsRequest {
        metrics: metrics.iter().map(|m| (*m).to_owned()).collect(),
        dimensions: by.iter().map(|d| i32::from(*d)).collect(),
        grain: grain.into(),
        from: Some(from),
        to: Some(to),
        page_size: 1_000,
        ..QueryMetricsRequest::default()
    };
    Ok(connection.metrics().query_metrics(request).await?.into_inner().rows)
}

/// The number of a value; of money its decimal text.
pub(super) fn number(row: &MetricRow, n: usize) -> Option<String> {
    match row.values.get(n)?.value.as_ref()? {
        metric_value::Value::Amount(money) => Some(crate::output::decimal_text(money)),
        metric_value::Value::Number(decimal) => Some(decimal.value.clone()),
    }
}

fn year(year: i32) -> Date {
    Date { year, month: 1, day: 1 }
}
