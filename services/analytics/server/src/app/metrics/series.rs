//! One metric of one scope, per day and in all: what a target has reached and what a forecast rests on.

use analytics_domain::{
    metric::{Asked, Basis, Condition, Definition, Dimension, Grain, MetricQuery, Parts, Row, Table, Value, find},
    reasons::CURRENCY_AMBIGUOUS,
};
use tributary_core::{Currency, Date, Exact, Fault, RequestContext};

use super::Metrics;

/// What a series is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SeriesQuery {
    /// Id of the metric. Example: "gmv".
    pub metric: String,
    /// What facts must be like; [`filter::condition`](super::filter::condition) reads it.
    pub condition: Option<Condition>,
    /// Which flow of goods; `None`: the one that the facts in scope have.
    pub basis: Option<Basis>,
    /// The currency of a metric that is money or a ratio of money; `None`: the only one that the facts in scope have.
    pub currency: Option<Currency>,
    /// First day.
    pub from: Option<Date>,
    /// First day no longer wanted.
    pub to: Option<Date>,
}

/// One metric of one scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// The definition. [`Definition::is_additive`] says whether the days add up to the total.
    pub definition: &'static Definition,
    /// Exact parts by day, in order; days without facts are left out: their sums are 0.
    pub days: Vec<(Date, Parts)>,
    /// Exact parts of the whole range: not the sum of the days for distinct counts and ratios. A sum over no facts is 0, a
    /// ratio over none has no [`value`](Parts::value).
    pub total: Parts,
    /// Currency of an amount; `None` for other metrics and where there are no facts.
    pub currency: Option<Currency>,
    /// The flow that was counted; `None` when there were no facts and none was asked for.
    pub basis: Option<Basis>,
    /// All batches up to this one are counted.
    pub through_batch: i64,
}

impl SeriesQuery {
    /// The question, in periods of a length.
    fn asked(&self, grain: Option<Grain>) -> Asked {
        let currency = self.currency.map(|code| Condition::Is(Dimension::Currency, code.code().to_owned()));
        Asked {
            metrics: vec![self.metric.clone()],
            condition: Some(Condition::All(self.condition.clone().into_iter().chain(currency).collect())),
            grain,
            from: self.from,
            to: self.to,
            basis: self.basis,
            ..Asked::default()
        }
    }
}

impl Metrics {
    /// The parts of a metric per day and in all, in one pass over the facts.
    ///
    /// # Errors
    /// `INVALID_REQUEST` for an unknown metric, or a filter or currency it does not know; `BASIS_AMBIGUOUS`,
    /// `CURRENCY_AMBIGUOUS`, `METRIC_TOO_LARGE`, `STORE_UNAVAILABLE`.
    pub async fn series(&self, caller: &RequestContext, query: SeriesQuery) -> Result<Series, Fault> {
        let checked = |grain| MetricQuery::new(query.asked(grain)).map_err(Fault::invalid);
        let (whole, daily) = (checked(None)?, checked(Some(Grain::Day))?);
        let definition = find(&query.metric).ok_or_else(|| Fault::internal("a checked metric is not known"))?;
        let ([whole, daily], through_batch) = self.count(&caller.tenant, [whole, daily]).await?;
        let row = only_currency(&whole)?;
        let days = daily.rows().filter_map(|row| row.key.first.zip(parts(&row))).collect();
        Ok(Series {
            definition,
            days,
            total: match &row {
                None if definition.is_ratio() => nothing(),
                None => Parts::zero(),
                Some(row) => parts(row).unwrap_or_else(nothing),
            },
            currency: row.and_then(|row| row.currency),
            basis: whole.basis(),
            through_batch,
        })
    }
}

/// The row of a table that is split by nothing but the currency; `None` when it has none.
pub(super) fn only_currency(table: &Table) -> Result<Option<Row>, Fault> {
    let mut rows = table.rows();
    let (first, second) = (rows.next(), rows.next());
    match (&first, second) {
        (Some(one), Some(other)) => Err(ambiguous(one.currency, other.currency)),
        _ => Ok(first),
    }
}

/// Rows come in the order of the codes, so the answer depends on the facts alone.
pub(super) fn ambiguous(one: Option<Currency>, other: Option<Currency>) -> Fault {
    let shown = |currency: Option<Currency>| currency.map_or("none", Currency::code);
    let (one, other) = (shown(one), shown(other));
    let message = format!("the facts in scope are in {one} and in {other}, which are never added; state a currency");
    Fault::new(CURRENCY_AMBIGUOUS, message).with("currencies", format!("{one},{other}"))
}

fn parts(row: &Row) -> Option<Parts> {
    row.values.first().and_then(Option::as_ref).map(Value::parts)
}

/// A ratio over nothing, or of what is not known.
fn nothing() -> Parts {
    Parts { numerator: Exact::zero(), denominator: Exact::zero() }
}
