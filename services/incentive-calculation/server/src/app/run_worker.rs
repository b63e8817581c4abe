//! IC-20: calculates a run. Reads the snapshot in key order, lets the engine add it up, and keeps statements, run,
//! event and operation in one transaction. After a crash the run starts anew from the same snapshot and gives the same.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use async_trait::async_trait;
use incentive_calculation_domain::{
    digest::run_digest,
    engine::{Engine, Inputs, LineResult, Payee, PlanInRun},
    plan,
    plan_version::PlanVersion,
    run::{Run, RunState, Statement, StatementLine},
};
use prost::Message as _;
use prost_types::Any;
use tributary_core::{Currency, Fault, FaultKind, MinorAmount, Period, TenantId};
use tributary_proto::tributary::incentive::v1::{RunEnded, RunProgress};
use tributary_rpc::status::to_rpc_status;
use tributary_sql::{OperationHandler, OperationOutcome, OperationRecord, Progress};

use super::{
    App,
    calculate::{RUN_OPERATION, RunRequest},
};
use crate::{
    DOMAIN,
    convert::run::run_to_proto,
    ports::{FactQuery, PayeeAttributes},
};

/// Facts per read.
const PAGE: u32 = 10_000;

/// Slot of the lines of a plan that was given in the request.
const PREVIEW_SLOT: &str = "preview";

/// Calculates runs.
pub struct RunWorker {
    /// The use cases.
    pub app: Arc<App>,
}

/// What a run gave.
struct Outcome {
    statements: Vec<(Statement, Vec<StatementLine>)>,
    run: Run,
}

#[async_trait]
impl OperationHandler for RunWorker {
    fn kind(&self) -> &'static str {
        RUN_OPERATION
    }

    async fn run(&self, operation: OperationRecord, progress: Progress) -> Result<(), Fault> {
        let run = self.load(&operation).await?;
        let outcome = self.calculate(&operation.tenant, run, &progress).await?;
        let response = any("Run", run_to_proto(&outcome.run).encode_to_vec());
        self.finish(&operation, progress.owner(), outcome, OperationOutcome::Succeeded(response)).await
    }

    async fn fail(&self, operation: &OperationRecord, owner: &str, fault: &Fault) {
        if let Err(error) = self.end(operation, owner, fault).await {
            // The lease runs out and another attempt ends the run.
            tracing::warn!(operation = %operation.id, %error, "a failed run could not be ended");
        }
    }
}

impl RunWorker {
    /// Ends a run that failed or was cancelled.
    async fn end(&self, operation: &OperationRecord, owner: &str, fault: &Fault) -> Result<(), Fault> {
        let mut run = self.load(operation).await?;
        let cancelled = fault.kind() == FaultKind::Cancelled;
        run.state = if cancelled { RunState::Cancelled } else { RunState::Failed };
        // What is internal stays in the log, under the operation's id.
        run.failure = if fault.kind() == FaultKind::Internal {
            format!("internal error, quote operation {}", operation.id)
        } else {
            fault.to_string()
        };
        run.end_time = Some(self.app.clock.now());
        let outcome = if cancelled {
            OperationOutcome::Cancelled
        } else {
            OperationOutcome::Failed(to_rpc_status(fault, DOMAIN).encode_to_vec())
        };
        self.finish(operation, owner, Outcome { statements: Vec::new(), run }, outcome).await
    }

    async fn load(&self, operation: &OperationRecord) -> Result<Run, Fault> {
        let request: RunRequest =
            serde_json::from_slice(&operation.request).map_err(|e| Fault::internal(e.to_string()))?;
        let run = self.app.store.run(&operation.tenant, &request.run).await?;
        run.ok_or_else(|| Fault::internal("the operation's run is not there"))
    }

    async fn calculate(&self, tenant: &TenantId, mut run: Run, progress: &Progress) -> Result<Outcome, Fault> {
        let period: Period = run.period.parse().map_err(Fault::internal)?;
        let mut engine = Engine::new(period, self.plans(tenant, &run).await?);
        let mut payees = Payees::default();
        run.fact_count = self.absorb(tenant, &run, &mut engine, &mut payees, progress).await?;

        progress.report(stage(&run, "calculating lines", run.fact_count, run.fact_count)).await?;
        // Attributes on the last day of the period decide, as they had arrived when the run was asked for: a run that is
        // resumed after a crash sees the same.
        let last_day = period.to().plus_days(-1);
        let arrival = run.snapshot_arrival;
        let attributes = self.app.store.attributes_on(tenant, &payees.ids, last_day, arrival).await?;
        let attributes: HashMap<String, PayeeAttributes> = attributes.into_iter().collect();
        let of = |payee: u32| payees.id(payee).and_then(|id| attributes.get(id));
        let known = (0..).zip(&payees.ids).filter_map(|(number, id)| {
            let payee = Payee { attributes: attributes.get(id)?.attributes.clone(), ..Payee::default() };
            Some((number, payee))
        });
        let lines = engine.finish(&Inputs { payees: known.collect(), ..Inputs::default() })?;

        run.digest = run_digest(&lines);
        run.line_count = count(lines.len());
        let statements = self.statements(&run, lines, of)?;
        run.statement_count = count(statements.len());
        run.totals = totals(&statements)?;
        run.state = RunState::Succeeded;
        run.end_time = Some(self.app.clock.now());
        Ok(Outcome { statements, run })
    }

    /// The plans of a run, in the order of slots.
    async fn plans(&self, tenant: &TenantId, run: &Run) -> Result<Vec<PlanInRun>, Fault> {
        if let Some(spec) = &run.plan {
            return Ok(vec![PlanInRun {
                slot: PREVIEW_SLOT.to_owned(),
                version_name: String::new(),
                digest: plan::digest(spec),
                spec: spec.clone(),
            }]);
        }
        let mut plans = Vec::with_capacity(run.plan_versions.len());
        for name in &run.plan_versions {
            let version = self.version(tenant, name).await?;
            plans.push(PlanInRun {
                slot: version.slot.to_string(),
                version_name: version.name(),
                digest: version.spec_digest,
                spec: version.spec,
            });
        }
        Ok(plans)
    }

    async fn version(&self, tenant: &TenantId, name: &str) -> Result<PlanVersion, Fault> {
        let missing = || Fault::internal(format!("{name} is not there"));
        let (plan, number) = PlanVersion::parse_name(name).ok_or_else(missing)?;
        self.app.store.plan_version(tenant, plan.as_str(), number).await?.ok_or_else(missing)
    }

    /// Feeds the snapshot to the engine in key order; returns how many facts there were.
    async fn absorb(
        &self,
        tenant: &TenantId,
        run: &Run,
        engine: &mut Engine,
        payees: &mut Payees,
        progress: &Progress,
    ) -> Result<i64, Fault> {
        let mut query = FactQuery {
            windows: engine.windows(),
            up_to_batch: Some(run.snapshot_batch),
            limit: PAGE,
            ..FactQuery::default()
        };
        if query.windows.is_empty() {
            return Ok(0);
        }
        let total = self.app.store.count_facts(tenant, &query).await?;
        let mut read = 0_i64;
        loop {
            progress.report(stage(run, "reading facts", read, total)).await?;
            let page = self.app.store.facts(tenant, &query).await?;
            for stored in &page {
                engine.absorb(&stored.measured(payees.number(&stored.partner_id)));
            }
            read = read.saturating_add(count(page.len()));
            match page.last() {
                Some(last) if count(page.len()) == i64::from(PAGE) => query.after = Some(last.key()),
                _ => return Ok(read),
            }
        }
    }

    /// Groups lines, which come payee by payee and currency by currency, into statements.
    fn statements<'a>(
        &self,
        run: &Run,
        lines: Vec<LineResult>,
        of: impl Fn(u32) -> Option<&'a PayeeAttributes>,
    ) -> Result<Vec<(Statement, Vec<StatementLine>)>, Fault> {
        let mut statements: Vec<(Statement, Vec<StatementLine>)> = Vec::new();
        let mut current: Option<(u32, Currency)> = None;
        for line in lines {
            let key = (line.payee, line.amount.currency);
            if current != Some(key) {
                let payee = of(line.payee).ok_or_else(|| Fault::internal("a payee has no attributes"))?;
                statements.push((self.statement(run, payee, line.amount.currency), Vec::new()));
                current = Some(key);
            }
            if let Some((statement, list)) = statements.last_mut() {
                let total = statement.total.value.checked_add(line.amount.value);
                statement.total.value = total.ok_or_else(|| overflow(&statement.partner))?;
                list.push(line.into());
            }
        }
        Ok(statements)
    }

    fn statement(&self, run: &Run, payee: &PayeeAttributes, currency: Currency) -> Statement {
        Statement {
            id: self.app.ids.resource_id('s').to_string(),
            run: run.id.clone(),
            partner: payee.attributes.partner.clone(),
            partner_display_name: payee.attributes.display_name.clone(),
            partner_business_key: payee.attributes.business_key.clone(),
            partner_external_refs: payee.external_refs.clone(),
            period: run.period.clone(),
            total: MinorAmount { currency, value: 0 },
        }
    }

    /// Keeps everything of a run's end, or nothing.
    async fn finish(
        &self,
        operation: &OperationRecord,
        owner: &str,
        outcome: Outcome,
        ended: OperationOutcome,
    ) -> Result<(), Fault> {
        let now = self.app.clock.now();
        let tenant = &operation.tenant;
        let mut tx = self.app.store.begin().await?;
        // First the operation: a runner that lost its lease stops here and keeps nothing.
        tx.finish_operation(operation.id, owner, ended, now).await?;
        tx.insert_statements(tenant, &outcome.statements).await?;
        tx.update_run(tenant, &outcome.run).await?;
        tx.unlock_run(tenant, &outcome.run).await?;
        let event = RunEnded { run: Some(run_to_proto(&outcome.run)) };
        tx.publish(self.app.event(tenant, "RunEnded", &outcome.run.name(), event.encode_to_vec(), now)).await?;
        self.app.commit(tx).await
    }
}

/// Numbers payees in the order of their first fact.
#[derive(Default)]
struct Payees {
    numbers: HashMap<String, u32>,
    ids: Vec<String>,
}

impl Payees {
    fn number(&mut self, id: &str) -> u32 {
        if let Some(number) = self.numbers.get(id) {
            return *number;
        }
        let number = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
        self.numbers.insert(id.to_owned(), number);
        self.ids.push(id.to_owned());
        number
    }

    fn id(&self, number: u32) -> Option<&String> {
        self.ids.get(usize::try_from(number).ok()?)
    }
}

fn totals(statements: &[(Statement, Vec<StatementLine>)]) -> Result<Vec<MinorAmount>, Fault> {
    let mut sums: BTreeMap<Currency, i64> = BTreeMap::new();
    for (statement, _) in statements {
        let sum = sums.entry(statement.total.currency).or_default();
        *sum = sum.checked_add(statement.total.value).ok_or_else(|| overflow("the run"))?;
    }
    Ok(sums.into_iter().map(|(currency, value)| MinorAmount { currency, value }).collect())
}

fn overflow(whose: &str) -> Fault {
    Fault::new(
        incentive_calculation_domain::reasons::AMOUNT_OVERFLOW,
        format!("the total of {whose} exceeds 64 bits of minor units; look for a fact of absurd size"),
    )
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// An encoded `Any` that says how far a run is.
pub(super) fn stage(run: &Run, stage: &str, read: i64, total: i64) -> Vec<u8> {
    let progress = RunProgress { run: run.name(), stage: stage.to_owned(), facts_read: read, facts_total: total };
    any("RunProgress", progress.encode_to_vec())
}

fn any(message: &str, value: Vec<u8>) -> Vec<u8> {
    Any { type_url: format!("type.googleapis.com/tributary.incentive.v1.{message}"), value }.encode_to_vec()
}
