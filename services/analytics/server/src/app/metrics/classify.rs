//! Volume classes by cumulative share.

use std::collections::BTreeSet;

use analytics_domain::metric::{Asked, Basis, Classes, Condition, Dimension, MetricQuery, Table, Value};
use tributary_core::{Currency, Date, Exact, Fault, RequestContext};

use super::{Metrics, series::ambiguous};

/// A checked question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassifyQuery {
    /// What is classified.
    pub by: Dimension,
    /// By which volume: the id of a metric that may be added up.
    pub metric: String,
    /// The currency of a volume in money; `None`: the only one that the facts in scope have.
    pub currency: Option<Currency>,
    /// What facts must be like.
    pub condition: Option<Condition>,
    /// First day.
    pub from: Option<Date>,
    /// First day no longer wanted.
    pub to: Option<Date>,
    /// Which flow of goods.
    pub basis: Option<Basis>,
    /// Upper bound of A.
    pub a_share: Exact,
    /// Upper bound of B.
    pub b_share: Exact,
}

/// All members in their classes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Classification {
    /// The classes.
    pub classes: Classes,
    /// Decimals of the volumes, which are integers.
    pub digits: u32,
    /// Their currency; `None` for a quantity and where there are no facts.
    pub currency: Option<Currency>,
    /// All batches up to this one are counted.
    pub through_batch: i64,
}

impl Metrics {
    /// Puts partners, goods or regions into classes.
    ///
    /// # Errors
    /// `INVALID_REQUEST`, `BASIS_AMBIGUOUS`, `CURRENCY_AMBIGUOUS`, `METRIC_TOO_LARGE`, `STORE_UNAVAILABLE`.
    pub async fn classify(&self, caller: &RequestContext, query: ClassifyQuery) -> Result<Classification, Fault> {
        let currency = query.currency.map(|code| Condition::Is(Dimension::Currency, code.code().to_owned()));
        let asked = Asked {
            metrics: vec![query.metric],
            dimensions: vec![query.by],
            condition: Some(Condition::All(query.condition.into_iter().chain(currency).collect())),
            from: query.from,
            to: query.to,
            basis: query.basis,
            ..Asked::default()
        };
        let asked = MetricQuery::new(asked).map_err(Fault::invalid)?;
        let ([table], through_batch) = self.count(&caller.tenant, [asked]).await?;
        let classified =
            tokio::task::spawn_blocking(move || classified(&table, &query.a_share, &query.b_share, through_batch));
        classified.await.map_err(|e| Fault::internal(format!("members were not put into classes: {e}")))?
    }
}

/// The rows of a table as members of classes.
fn classified(table: &Table, a: &Exact, b: &Exact, through_batch: i64) -> Result<Classification, Fault> {
    let (mut volumes, mut digits, mut currencies) = (Vec::new(), 0, BTreeSet::new());
    for row in table.rows() {
        currencies.insert(row.currency);
        if let Some(Some(Value::Sum { value, digits: of_value, .. })) = row.values.first() {
            digits = *of_value;
            volumes.push((row.key.texts.into_iter().next().unwrap_or_default(), *value));
        }
    }
    let mut currencies = currencies.into_iter();
    let currency = match (currencies.next(), currencies.next()) {
        (Some(one), Some(other)) => return Err(ambiguous(one, other)),
        (one, _) => one.flatten(),
    };
    Ok(Classification { classes: Classes::of(volumes, a, b), digits, currency, through_batch })
}
