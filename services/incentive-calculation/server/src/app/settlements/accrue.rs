//! R19: a final run accrues what it states until its period is settled. A newer run takes the place of an older one; whatever
//! is cut goes on, because what is accrued stands beside its transaction.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use async_trait::async_trait;
use incentive_calculation_domain::{
    reasons,
    run::{Run, Statement},
    settlement::RunAccrual,
};
use prost::Message as _;
use serde::{Deserialize, Serialize};
use tributary_core::{Currency, Date, Fault, MinorAmount, RequestContext, TenantId};
use tributary_proto::tributary::incentive::v1::RunAccruals;
use tributary_rpc::convert::minor_to_proto;
use tributary_sql::{OperationHandler, OperationOutcome, OperationRecord, Progress, RequestKey};

use super::{CHUNK, so_far};
use crate::{
    app::{
        App,
        ledger::{Scales, Writing},
        operations::Asked,
        run_worker::any,
    },
    ports::{IncentiveTx, StatementCursor, StatementOrder, settlements::AccrualsOf},
};

/// Kind of the operation.
pub const ACCRUE_OPERATION: &str = "incentive.accrue-run";

/// Why accruals of earlier runs are taken back.
const REPLACED: &str = "a newer run of the period";

/// What the operation remembers.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct AccrueRequest {
    run: String,
}

impl App {
    /// Starts to accrue what a run states and returns the operation.
    ///
    /// # Errors
    /// `RUN_NOT_FOUND`, `RUN_NOT_NEWEST`, `PERIOD_LOCKED`.
    pub async fn accrue_run(
        &self,
        caller: &RequestContext,
        run: &str,
        key: Option<RequestKey>,
    ) -> Result<OperationRecord, Fault> {
        let run = self.run(caller, run).await?;
        let period = match &run.programme {
            Some(programme) => self.store.period(&caller.tenant, programme.as_str(), &run.period).await?,
            None => None,
        };
        let Some(period) = period.filter(|period| period.newest_run == run.id) else { return Err(not_newest(&run)) };
        if period.lock.is_some() {
            let message = format!("{} is locked; settle it by SettlePeriod", period.name());
            return Err(Fault::new(reasons::PERIOD_LOCKED, message).with("period", period.name()));
        }
        let total = run.statement_count;
        let request = serde_json::to_vec(&AccrueRequest { run: run.id });
        let asked = Asked {
            id: self.ids.uuid(),
            kind: ACCRUE_OPERATION,
            request: request.map_err(|e| Fault::internal(e.to_string()))?,
            waiting: so_far(0, total),
        };
        self.start_operation(caller, asked, key).await
    }

    /// Takes accruals of runs back and forgets them.
    pub(super) async fn take_back(
        &self,
        tx: &mut dyn IncentiveTx,
        writing: &mut Writing,
        accruals: &[RunAccrual],
        reason: &str,
    ) -> Result<(), Fault> {
        let scales = self.prepare_accruals(tx, writing, accruals).await?;
        let tenant = writing.tenant().clone();
        for accrual in accruals {
            self.reverse_accrual(writing, accrual, reason, &scales)?;
        }
        tx.delete_run_accruals(&tenant, accruals).await?;
        Ok(())
    }

    /// Takes an accrual of a run back; what [`App::prepare_accruals`] looks at was read.
    pub(super) fn reverse_accrual(
        &self,
        writing: &mut Writing,
        accrual: &RunAccrual,
        reason: &str,
        scales: &Scales,
    ) -> Result<(), Fault> {
        let [id, back] = RunAccrual::ids_of(&accrual.statement)?;
        self.reverse_once(writing, (&id, back), reason, scales)
    }

    /// Reads what entering accruals or taking them back looks at: their accounts, and whether that was posted already.
    pub(super) async fn prepare_accruals(
        &self,
        tx: &mut dyn IncentiveTx,
        writing: &mut Writing,
        accruals: &[RunAccrual],
    ) -> Result<Scales, Fault> {
        let (mut keys, mut ids, mut codes) = (Vec::new(), Vec::new(), BTreeSet::new());
        for accrual in accruals {
            keys.extend(<[_; 2]>::from(accrual.accounts()?));
            ids.extend(RunAccrual::ids_of(&accrual.statement)?);
            codes.insert(accrual.currency.code().to_owned());
        }
        if !ids.is_empty() {
            writing.load(tx, keys).await?;
            writing.know(tx, &ids).await?;
        }
        self.scales(writing.tenant(), codes).await
    }

    /// Takes back what runs before a version have accrued for a period and nobody replaced; how many.
    pub(super) async fn take_rest_back(
        &self,
        tenant: &TenantId,
        actor: &str,
        place: (&str, &str),
        (version, reason): (i64, &str),
    ) -> Result<i32, Fault> {
        let mut taken = 0_i32;
        loop {
            let mut tx = self.store.begin().await?;
            let mut writing = Writing::begin(tx.as_mut(), tenant, actor, self.clock.now()).await?;
            let rest = tx.run_accruals(tenant, place, AccrualsOf::Before(version, CHUNK)).await?;
            if rest.is_empty() {
                return Ok(taken);
            }
            self.take_back(tx.as_mut(), &mut writing, &rest, reason).await?;
            self.keep(tx, writing).await?;
            taken = taken.saturating_add(i32::try_from(rest.len()).unwrap_or(i32::MAX));
        }
    }
}

/// Accrues what runs state.
pub struct AccrueWorker {
    /// The use cases.
    pub app: Arc<App>,
}

#[async_trait]
impl OperationHandler for AccrueWorker {
    fn kind(&self) -> &'static str {
        ACCRUE_OPERATION
    }

    async fn run(&self, operation: OperationRecord, progress: Progress) -> Result<(), Fault> {
        let request: AccrueRequest =
            serde_json::from_slice(&operation.request).map_err(|e| Fault::internal(e.to_string()))?;
        let run = self.app.store.run(&operation.tenant, &request.run).await?;
        let run = run.ok_or_else(|| Fault::internal("the run of an operation is not there"))?;
        let done = self.accrue(&operation, &run, &progress).await?;
        let ended = OperationOutcome::Succeeded(any("RunAccruals", done.encode_to_vec()));
        self.app.end_operation(&operation, progress.owner(), ended).await
    }

    async fn fail(&self, operation: &OperationRecord, owner: &str, fault: &Fault) {
        self.app.fail_operation(operation, owner, fault).await;
    }
}

/// What an operation has done so far.
#[derive(Default)]
struct Done {
    accrued: i32,
    taken_back: i32,
    sums: BTreeMap<Currency, i64>,
}

impl AccrueWorker {
    async fn accrue(&self, operation: &OperationRecord, run: &Run, progress: &Progress) -> Result<RunAccruals, Fault> {
        let (tenant, store) = (&operation.tenant, &self.app.store);
        let programme = run.programme.as_ref().map(ToString::to_string).unwrap_or_default();
        let mut done = Done::default();
        let mut after: Option<StatementCursor> = None;
        let mut seen = 0_i64;
        loop {
            let read = store.statements(tenant, &run.id, "", StatementOrder::ByPartner, after.as_ref(), CHUNK);
            let page: Vec<Statement> = read.await?.into_iter().map(|(statement, _)| statement).collect();
            let Some(last) = page.last() else { break };
            after = Some(StatementCursor::of(last));
            self.chunk(operation, (run, &programme), &page, &mut done).await?;
            seen = seen.saturating_add(i64::try_from(page.len()).unwrap_or(i64::MAX));
            progress.report(so_far(seen, run.statement_count)).await?;
        }
        let place = (programme.as_str(), run.period.as_str());
        let rest = self.app.take_rest_back(tenant, &operation.actor, place, (run.version, REPLACED)).await?;
        Ok(RunAccruals {
            run: run.name(),
            accrued_count: done.accrued,
            taken_back_count: done.taken_back.saturating_add(rest),
            accrued: done
                .sums
                .into_iter()
                .map(|(currency, value)| minor_to_proto(MinorAmount { currency, value }))
                .collect(),
        })
    }

    /// Accrues some statements in one transaction.
    async fn chunk(
        &self,
        operation: &OperationRecord,
        (run, programme): (&Run, &str),
        page: &[Statement],
        done: &mut Done,
    ) -> Result<(), Fault> {
        let (app, tenant) = (&self.app, &operation.tenant);
        let mut tx = app.store.begin().await?;
        let mut writing = Writing::begin(tx.as_mut(), tenant, &operation.actor, app.clock.now()).await?;
        let period_end = open_period_end(tx.as_mut(), tenant, (programme, run)).await?;
        let mine: Vec<RunAccrual> = page.iter().map(|statement| accrual(statement, run, programme)).collect();
        let partners: BTreeSet<String> = mine.iter().map(|accrual| accrual.partner.clone()).collect();
        let partners: Vec<String> = partners.into_iter().collect();
        let there = tx.run_accruals(tenant, (programme, &run.period), AccrualsOf::Partners(&partners)).await?;
        let there: BTreeMap<(&str, Currency), &RunAccrual> =
            there.iter().map(|accrual| ((accrual.partner.as_str(), accrual.currency), accrual)).collect();
        let (mut old, mut new) = (Vec::new(), Vec::new());
        for accrual in mine {
            match there.get(&(accrual.partner.as_str(), accrual.currency)) {
                // A newer run was first, or this one was cut here before.
                Some(known) if known.version > accrual.version => continue,
                Some(known) if known.statement == accrual.statement => done.add(&accrual),
                Some(known) => {
                    old.push((*known).clone());
                    new.push(accrual);
                }
                None => new.push(accrual),
            }
        }
        new.retain(|accrual| accrual.amount > 0);
        app.take_back(tx.as_mut(), &mut writing, &old, REPLACED).await?;
        let scales = app.prepare_accruals(tx.as_mut(), &mut writing, &new).await?;
        for accrual in &new {
            app.enter_once(&mut writing, &accrual.transaction(&run.id, period_end)?, &scales)?;
        }
        tx.insert_run_accruals(tenant, &new).await?;
        app.keep(tx, writing).await?;
        new.iter().for_each(|accrual| done.add(accrual));
        done.taken_back = done.taken_back.saturating_add(i32::try_from(old.len()).unwrap_or(i32::MAX));
        Ok(())
    }
}

impl Done {
    fn add(&mut self, accrual: &RunAccrual) {
        self.accrued = self.accrued.saturating_add(1);
        let sum = self.sums.entry(accrual.currency).or_default();
        *sum = sum.saturating_add(accrual.amount);
    }
}

/// What a statement accrues.
fn accrual(statement: &Statement, run: &Run, programme: &str) -> RunAccrual {
    RunAccrual {
        programme: programme.to_owned(),
        period: run.period.clone(),
        partner: statement.partner.trim_start_matches("partners/").to_owned(),
        currency: statement.total.currency,
        statement: statement.id.clone(),
        version: run.version,
        amount: statement.total.value.max(0),
    }
}

fn not_newest(run: &Run) -> Fault {
    let message = format!("{} is not the newest final run of its period; accrue that one", run.name());
    Fault::new(reasons::RUN_NOT_NEWEST, message).with("run", run.name())
}

/// The last day of a period that is open still, and of which this is the newest run still: a newer one may state nothing
/// for a partner, and then nobody would take back what this one accrued for it.
async fn open_period_end(
    tx: &mut dyn IncentiveTx,
    tenant: &TenantId,
    (programme, run): (&str, &Run),
) -> Result<Date, Fault> {
    let known = tx.lock_period(tenant, programme, &run.period).await?;
    let known = known.ok_or_else(|| Fault::internal("the period of a run is not there"))?;
    if known.lock.is_some() {
        let message = format!("{} was locked meanwhile; settle it by SettlePeriod", known.name());
        return Err(Fault::new(reasons::PERIOD_LOCKED, message).with("period", known.name()));
    }
    if known.newest_run != run.id {
        return Err(not_newest(run));
    }
    Ok(known.to.plus_days(-1))
}
