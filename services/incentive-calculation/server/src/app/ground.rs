//! What a run stands on beside facts and partners, fixed in the transaction that asks for it: the plan versions in
//! force, the closed periods it looks back at, the runs that count as stated. A run that is resumed sees the same.

use incentive_calculation_domain::{
    close::{ClosedPeriod, ProgrammePeriod, comes_before},
    plan_version::{PlanVersion, in_force},
    programme::Programme,
    reasons,
};
use tributary_core::{Fault, Period, RequestContext, Timestamp};

use crate::ports::IncentiveTx;

/// What a run stands on.
#[derive(Debug, Default)]
pub(super) struct Ground {
    /// Names of the plan versions in force, in the order of slots.
    pub plan_versions: Vec<String>,
    /// The period, if a final run of it was ever asked for.
    pub own: Option<ProgrammePeriod>,
    /// Whether the period is locked.
    pub period_locked: bool,
    /// The closed periods that may have changed, earliest first; none for a locked period.
    pub closed: Vec<ClosedPeriod>,
    /// The runs that count as stated.
    pub stating_runs: Vec<String>,
}

/// Finds it. The programme is locked, so that no activation and no locking comes between.
pub(super) async fn lay(
    tx: &mut dyn IncentiveTx,
    caller: &RequestContext,
    programme: &Programme,
    (period, name): (Period, &str),
    now: Timestamp,
) -> Result<Ground, Fault> {
    tx.lock_programme(&caller.tenant, programme.id.as_str()).await?;
    let versions = tx.past_versions(&caller.tenant, programme.id.as_str()).await?;
    let periods = tx.all_periods(&caller.tenant, programme.id.as_str()).await?;
    let own = periods.iter().find(|p| p.period == name);
    let lock = own.and_then(|p| p.lock.as_ref());
    let stated = lock.map(|lock| lock.seen.plan_versions.as_slice()).unwrap_or_default();
    let plan_versions = names(programme, in_force(&versions, period, now, stated));
    if plan_versions.is_empty() {
        return Err(Fault::new(
            reasons::NO_ACTIVE_PLAN,
            format!("{} has no active plan version for {name}; approve and activate one", programme.name()),
        ));
    }
    let place = (period.from(), period.to(), name);
    let mut closed = Vec::new();
    for other in periods.iter().filter(|p| lock.is_none() && p.to <= period.to() && p.period != name) {
        if let Some(locked) = &other.lock {
            let in_force = in_force(&versions, period_of(other)?, now, &locked.seen.plan_versions);
            closed.push(ClosedPeriod {
                period: other.period.clone(),
                named: other.named,
                year: other.year,
                from: other.from,
                to: other.to,
                run: locked.run.clone(),
                locked: locked.locked.clone(),
                seen: locked.seen.clone(),
                plan_versions: names(programme, in_force),
            });
        }
    }
    Ok(Ground {
        plan_versions,
        own: own.cloned(),
        period_locked: lock.is_some(),
        closed,
        stating_runs: stating_runs(&periods, place),
    })
}

/// The period that was calculated.
pub(super) fn period_of(period: &ProgrammePeriod) -> Result<Period, Fault> {
    period.calendar_period().map_err(Fault::internal)
}

/// The runs that count as stated for a period: of every other locked period, and of open ones that come before it.
pub(super) fn stating_runs(
    periods: &[ProgrammePeriod],
    place: (tributary_core::Date, tributary_core::Date, &str),
) -> Vec<String> {
    // By its name: a calendar may have given the period other days since its last run.
    let counts = |p: &&ProgrammePeriod| p.period != place.2 && (p.lock.is_some() || comes_before(p.place(), place));
    periods.iter().filter(counts).filter_map(|p| p.stating_run().map(str::to_owned)).collect()
}

/// Names of versions in the order of the programme's slots.
pub(super) fn names(programme: &Programme, mut versions: Vec<&PlanVersion>) -> Vec<String> {
    versions.sort_by_key(|v| (programme.slot_position(v.slot.as_str()), v.plan.clone()));
    versions.into_iter().map(PlanVersion::name).collect()
}
