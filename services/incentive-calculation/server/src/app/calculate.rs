//! IC-20: asks for a run. The run itself is a long-running operation, see `run_worker`.

use incentive_calculation_domain::{
    close::ProgrammePeriod,
    plan::PlanSpec,
    reasons,
    run::{Run, RunMode, RunState},
};
use serde::{Deserialize, Serialize};
use tributary_core::{Date, Fault, Period, RequestContext, ResourceId};
use tributary_sql::{OperationRecord, RequestKey, StoreError};
use uuid::Uuid;

use super::{
    App,
    ground::{self, Ground},
    operations::Asked,
    plans::check_spec,
    recall,
    run_worker::stage,
};

/// Kind of the operation that calculates a run.
pub const RUN_OPERATION: &str = "incentive.run";

/// What is calculated.
#[derive(Debug, Clone)]
pub enum RunSubject {
    /// The active plans of a programme.
    Programme(ResourceId),
    /// A plan that is tried out.
    Plan(Box<PlanSpec>),
}

/// A run as a caller asks for it.
#[derive(Debug, Clone)]
pub struct NewRun {
    /// What is calculated.
    pub subject: RunSubject,
    /// The period, as "2012-Q3", or one of a calendar, "fiscal:FY2026-Q1".
    pub period: String,
    /// Preview or final.
    pub mode: RunMode,
}

/// What the operation remembers of its run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunRequest {
    /// Last part of the run's name.
    pub run: String,
}

impl App {
    /// Starts a run and returns its operation.
    ///
    /// # Errors
    /// `INVALID_REQUEST`, `PROGRAMME_NOT_FOUND`, `CALENDAR_NOT_FOUND`, `NO_ACTIVE_PLAN`, `RUN_IN_PROGRESS`.
    pub async fn calculate(
        &self,
        caller: &RequestContext,
        new: NewRun,
        key: Option<RequestKey>,
    ) -> Result<OperationRecord, Fault> {
        let period = self.period(&caller.tenant, &new.period, "period").await?;
        let (programme, plan) = match new.subject {
            RunSubject::Plan(spec) => {
                check_preview(&spec, new.mode, period)?;
                (None, Some(*spec))
            }
            RunSubject::Programme(id) => (Some(self.programme(caller, &id).await?), None),
        };
        let year = match &programme {
            Some(programme) => self.calendar_year(&caller.tenant, programme, period).await?,
            None => None,
        };
        // Facts first: whoever they name had arrived in the copy before them.
        let snapshot_batch = self.store.newest_batch(&caller.tenant).await?;
        let snapshot_arrival = self.store.newest_arrival(&caller.tenant).await?;

        let now = self.clock.now();
        let lockable_from = self.lock_from(&caller.tenant, programme.as_ref(), &new.period).await?;
        let mut tx = self.store.begin().await?;
        if let Some(first) = recall::<Uuid>(tx.as_mut(), key.as_ref(), now).await? {
            drop(tx);
            return self.operation(caller, first).await;
        }
        let ground = match &programme {
            Some(programme) => ground::lay(tx.as_mut(), caller, programme, (period, &new.period), now).await?,
            None => Ground::default(),
        };
        let id = self.ids.uuid();
        let run = Run {
            id: format!("r{}", id.simple()),
            programme: programme.map(|p| p.id),
            period: new.period,
            mode: new.mode,
            state: RunState::Running,
            snapshot_batch,
            snapshot_arrival,
            plan_versions: ground.plan_versions,
            plan,
            digest: String::new(),
            fact_count: 0,
            statement_count: 0,
            line_count: 0,
            totals: Vec::new(),
            actor: caller.subject.clone(),
            create_time: now,
            end_time: None,
            failure: String::new(),
            named: match period {
                Period::Named(named) => Some(named),
                _ => None,
            },
            year,
            version: 0,
            period_locked: ground.period_locked,
            closed: ground.closed,
            stating_runs: ground.stating_runs,
            true_up_count: 0,
            release: String::new(),
            carried_from: String::new(),
        };
        if let (RunMode::Final, Some(programme)) = (run.mode, &run.programme) {
            if ground.own.is_none() {
                tx.insert_period(&caller.tenant, &open_period(programme.clone(), &run, period, lockable_from)).await?;
            }
            match tx.lock_run(&caller.tenant, &run).await {
                Err(StoreError::AlreadyExists(_)) => {
                    return Err(Fault::new(
                        reasons::RUN_IN_PROGRESS,
                        format!("a final run of {} for {} is under way; wait for it", programme_name(&run), run.period),
                    ));
                }
                other => other?,
            }
            // The calendar may have changed since the period was opened.
            if let Some(changed) = ground.own.and_then(|known| known.lockable(lockable_from)) {
                tx.update_period(&caller.tenant, &changed).await?;
            }
        }
        tx.insert_run(&caller.tenant, &run).await?;
        let waiting = stage(&run.name(), "waiting", 0, 0);
        let request =
            serde_json::to_vec(&RunRequest { run: run.id.clone() }).map_err(|e| Fault::internal(e.to_string()))?;
        self.keep_operation(caller, tx, Asked { id, kind: RUN_OPERATION, request, waiting }, key).await
    }
}

fn programme_name(run: &Run) -> String {
    run.programme.as_ref().map_or_else(|| "the plan".to_owned(), |p| format!("programmes/{p}"))
}

/// A period before its first final run.
fn open_period(programme: ResourceId, run: &Run, period: Period, lockable_from: Date) -> ProgrammePeriod {
    ProgrammePeriod {
        programme,
        period: run.period.clone(),
        named: run.named,
        year: run.year,
        from: period.from(),
        to: period.to(),
        lockable_from,
        newest_run: String::new(),
        newest_version: 0,
        lock: None,
        revision: 1,
    }
}

/// A plan that is given must be sound, and can only be previewed, for a period that it pays.
fn check_preview(spec: &PlanSpec, mode: RunMode, period: Period) -> Result<(), Fault> {
    if mode == RunMode::Final {
        return Err(Fault::invalid_field(
            "mode",
            "a plan given in the request can only be previewed; publish, approve and activate it for a final run",
        ));
    }
    check_spec(spec, "plan")?;
    if spec.takes_part(period) {
        return Ok(());
    }
    let why = format!("{period} is not wholly in the bounds of the plan, {}; choose another period", spec.bounds());
    Err(Fault::invalid_field("period", why))
}
