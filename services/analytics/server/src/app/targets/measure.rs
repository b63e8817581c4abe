//! Measures targets by the metric layer.

use analytics_domain::{
    reasons::{BASIS_AMBIGUOUS, CURRENCY_AMBIGUOUS},
    target::{Goal, Measured, Moment, Progress, Target},
};
use tributary_core::{Date, Exact, Fault, FaultKind, RequestContext, ResourceId, Scope, TenantId};
use tributary_feed::STREAM;

use super::Targets;
use crate::app::metrics::{Series, SeriesQuery, filter};

/// As of when, and how wide the interval of the forecast is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AsOf {
    /// The day up to and with which facts count; `None`: today.
    pub day: Option<Date>,
    /// Probability of the interval.
    pub confidence: Exact,
}

impl AsOf {
    /// The confidence where none is asked for.
    #[must_use]
    pub fn usual_confidence() -> Exact {
        Exact::from_scaled(8, 1)
    }
}

/// A target with what it has reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measurement {
    /// The target.
    pub target: Target,
    /// How far it has got.
    pub progress: Progress,
    /// All batches of facts up to this one are counted.
    pub through_batch: i64,
    /// Why it cannot be measured.
    pub error: Option<Fault>,
}

impl Targets {
    /// Progress of one target.
    ///
    /// # Errors
    /// `TARGET_NOT_FOUND`; those of the metric layer.
    pub async fn progress(&self, caller: &RequestContext, id: &ResourceId, as_of: &AsOf) -> Result<Measurement, Fault> {
        let target = self.target(caller, id).await?;
        let measured = self.measure(caller, target, self.moment(as_of), &as_of.confidence).await?;
        measured.error.clone().map_or(Ok(measured), Err)
    }

    /// Progress of some targets. One that cannot be measured does not stand in the way of the others.
    ///
    /// # Errors
    /// `STORE_UNAVAILABLE`.
    pub async fn progress_of(
        &self,
        caller: &RequestContext,
        targets: Vec<Target>,
        as_of: &AsOf,
    ) -> Result<Vec<Measurement>, Fault> {
        let moment = self.moment(as_of);
        let mut measured = Vec::with_capacity(targets.len());
        for target in targets {
            measured.push(self.measure(caller, target, moment, &as_of.confidence).await?);
        }
        Ok(measured)
    }

    fn moment(&self, as_of: &AsOf) -> Moment {
        Moment::new(as_of.day, self.zone.day_of(self.clock.now()))
    }

    /// Measures a target. That it cannot be, for what facts and filter are like, is a part of the answer.
    ///
    /// # Errors
    /// `STORE_UNAVAILABLE`.
    pub(super) async fn measure(
        &self,
        caller: &RequestContext,
        target: Target,
        moment: Moment,
        confidence: &Exact,
    ) -> Result<Measurement, Fault> {
        // First how far, then the facts: what comes in between makes the values newer than said, never older.
        let through_batch = self.metrics.sales.through(&caller.tenant, STREAM).await?;
        let ((measured, base), error) = match self.read(caller, &target, moment).await {
            Ok(read) => (read, None),
            Err(fault) if is_of_the_question(&fault) => ((None, None), Some(fault)),
            Err(fault) => return Err(fault),
        };
        let progress = Progress::of(&target, moment, measured.as_ref(), base, confidence);
        Ok(Measurement { target, progress, through_batch, error })
    }

    /// What was measured in the period, and the base of a growth.
    async fn read(
        &self,
        caller: &RequestContext,
        target: &Target,
        moment: Moment,
    ) -> Result<(Option<Measured>, Option<Exact>), Fault> {
        let period = target.scope.period;
        let base = match target.aim.goal {
            Goal::Value(_) => None,
            Goal::Growth(_) => {
                let before = period.last_year();
                Some(self.series(caller, target, before.from(), before.to()).await?)
            }
        };
        let base_value = base.as_ref().and_then(|base| base.total.value());
        let Some((from, to)) = moment.window(period) else { return Ok((None, base_value)) };
        let series = self.series(caller, target, from, to).await?;
        if let Some(base) = &base {
            comparable(base, &series)?;
        }
        let days = if series.definition.is_additive() { series.days } else { Vec::new() };
        let days = days.into_iter().filter_map(|(_, parts)| parts.value()).collect();
        Ok((Some(Measured { total: series.total.value(), days }), base_value))
    }

    async fn series(&self, caller: &RequestContext, target: &Target, from: Date, to: Date) -> Result<Series, Fault> {
        let scope = &target.scope;
        let query = SeriesQuery {
            metric: scope.metric.clone(),
            condition: filter::condition(&scope.filter)?,
            basis: scope.basis,
            currency: scope.currency,
            from: Some(from),
            to: Some(to),
        };
        self.metrics.series(caller, query).await
    }
}

/// Refuses to compare one flow of goods with the other, or amounts in two currencies, where neither was stated.
fn comparable(base: &Series, series: &Series) -> Result<(), Fault> {
    let differ = |reason, what: &str, before: &str, now: &str| {
        let message =
            format!("the year before has {before} facts and this period {now} ones; set a target with a {what}");
        Err(Fault::new(reason, message))
    };
    if let (Some(before), Some(now)) = (base.basis, series.basis)
        && before != now
    {
        return differ(BASIS_AMBIGUOUS, "basis", before.name(), now.name());
    }
    if let (Some(before), Some(now)) = (base.currency, series.currency)
        && before != now
    {
        return differ(CURRENCY_AMBIGUOUS, "currency_code", before.code(), now.code());
    }
    Ok(())
}

/// Whether another store or another minute would not help.
fn is_of_the_question(fault: &Fault) -> bool {
    matches!(fault.kind(), FaultKind::FailedPrecondition | FaultKind::InvalidArgument)
}

/// The service itself as a caller, for what it measures unasked.
pub(super) fn own_context(tenant: &TenantId) -> RequestContext {
    RequestContext {
        tenant: tenant.clone(),
        subject: crate::NAME.to_owned(),
        roles: Vec::new(),
        scope: Scope::Tenant,
        request_id: String::new(),
    }
}
