//! Creates the settlements of a locked period. The key of a settlement is that of its statement: whoever comes second, be
//! it a twin or the same operation after a crash, finds it there and leaves it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use async_trait::async_trait;
use incentive_calculation_domain::{
    close::ProgrammePeriod,
    reasons,
    run::{Statement, StatementLine},
    settlement::{Origin, RunAccrual, Settlement, Terms},
};
use prost::Message as _;
use serde::{Deserialize, Serialize};
use tributary_core::{Currency, Fault, RequestContext, ResourceId, TenantId, Violations};
use tributary_proto::tributary::incentive::v1::SettlementBatch;
use tributary_sql::{OperationHandler, OperationOutcome, OperationRecord, Progress, RequestKey};

use super::{CHUNK, Tally, prepare, so_far};
use crate::{
    app::{
        App,
        ledger::{Scales, Writing},
        operations::Asked,
        run_worker::any,
    },
    ports::{StatementCursor, StatementOrder, settlements::AccrualsOf},
};

/// Kind of the operation.
pub const SETTLE_OPERATION: &str = "incentive.settle-period";

/// Why accruals of runs are taken back.
const SETTLED: &str = "the period is settled";

/// What the operation remembers.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct SettleRequest {
    programme: ResourceId,
    period: String,
    terms: Terms,
}

impl App {
    /// Starts to settle a locked period and returns the operation.
    ///
    /// # Errors
    /// `INVALID_REQUEST`, `PERIOD_NOT_FOUND`, `PERIOD_NOT_LOCKED`.
    pub async fn settle_period(
        &self,
        caller: &RequestContext,
        (programme, period): (ResourceId, String),
        terms: Terms,
        key: Option<RequestKey>,
    ) -> Result<OperationRecord, Fault> {
        let mut violations = Violations::new();
        violations.nest("terms", terms.check());
        violations.into_result()?;
        let known = self.programme_period(caller, &programme, &period).await?;
        locked_run(&known)?;
        let request = SettleRequest { programme, period, terms };
        let asked = Asked {
            id: self.ids.uuid(),
            kind: SETTLE_OPERATION,
            request: serde_json::to_vec(&request).map_err(|e| Fault::internal(e.to_string()))?,
            waiting: so_far(0, 0),
        };
        self.start_operation(caller, asked, key).await
    }
}

/// The run on which a period is locked.
fn locked_run(period: &ProgrammePeriod) -> Result<&str, Fault> {
    let lock = period.lock.as_ref().ok_or_else(|| {
        let message = format!("{} is open; lock it by LockPeriod, then settle it", period.name());
        Fault::new(reasons::PERIOD_NOT_LOCKED, message).with("period", period.name())
    })?;
    Ok(&lock.run)
}

/// Creates settlements.
pub struct SettleWorker {
    /// The use cases.
    pub app: Arc<App>,
}

#[async_trait]
impl OperationHandler for SettleWorker {
    fn kind(&self) -> &'static str {
        SETTLE_OPERATION
    }

    async fn run(&self, operation: OperationRecord, progress: Progress) -> Result<(), Fault> {
        let request: SettleRequest =
            serde_json::from_slice(&operation.request).map_err(|e| Fault::internal(e.to_string()))?;
        let batch = self.settle(&operation, &request, &progress).await?;
        let ended = OperationOutcome::Succeeded(any("SettlementBatch", batch.encode_to_vec()));
        self.app.end_operation(&operation, progress.owner(), ended).await
    }

    async fn fail(&self, operation: &OperationRecord, owner: &str, fault: &Fault) {
        self.app.fail_operation(operation, owner, fault).await;
    }
}

/// Kinds of partners that decide nothing: none was known, or the registry has none.
const UNKNOWN_KINDS: [&str; 2] = ["", "UNSPECIFIED"];

type Stated = (Statement, Vec<StatementLine>);

impl App {
    /// Enters drafts in turn, each wholly or not at all: what is claimed of each partner afterwards, or why not.
    fn enter_drafts(
        &self,
        writing: &mut Writing,
        drafts: &[Settlement],
        accrued: &[RunAccrual],
        scales: &Scales,
    ) -> Vec<Result<i64, Fault>> {
        let accrued: BTreeMap<(&str, Currency), &RunAccrual> =
            accrued.iter().map(|accrual| ((accrual.partner.as_str(), accrual.currency), accrual)).collect();
        let before = writing.clone();
        let mut outcomes: Vec<Result<i64, Fault>> = vec![Ok(0); drafts.len()];
        'anew: loop {
            for (draft, outcome) in drafts.iter().zip(&mut outcomes).filter(|(_, outcome)| outcome.is_ok()) {
                let next = writing.next();
                *outcome = self.enter_draft(writing, draft, accrued.get(&payee(draft)).copied(), scales);
                if outcome.is_err() && writing.next() != next {
                    // Half of it is entered, which happens next to never: the others are entered anew without it.
                    writing.clone_from(&before);
                    continue 'anew;
                }
            }
            return outcomes;
        }
    }

    /// Enters what a draft earned and takes back what runs accrued for it: what is claimed of the partner afterwards.
    fn enter_draft(
        &self,
        writing: &mut Writing,
        draft: &Settlement,
        accrued: Option<&RunAccrual>,
        scales: &Scales,
    ) -> Result<i64, Fault> {
        if UNKNOWN_KINDS.contains(&draft.partner_kind.as_str()) && !draft.terms.withholding.is_empty() {
            let message = format!(
                "tax is withheld by the kind of partner, and none of partners/{} was known on {}; state it in the registry \
                 as of that day and settle the period again",
                draft.partner, draft.period_end
            );
            return Err(Fault::new(reasons::PARTNER_KIND_UNKNOWN, message).with("settlement", draft.name()));
        }
        let account = draft.claims_account()?;
        // Its own negative earnings will be claimed with what is claimed already.
        let claims = writing.book.account(&account).balance();
        draft.computed(claims.saturating_sub(draft.earned()?.min(0)))?;
        if let Some(accrual) = draft.accrual()? {
            self.enter_once(writing, &accrual, scales)?;
        }
        if let Some(accrual) = accrued {
            self.reverse_accrual(writing, accrual, SETTLED, scales)?;
        }
        Ok(writing.book.account(&account).balance())
    }
}

impl SettleWorker {
    async fn settle(
        &self,
        operation: &OperationRecord,
        request: &SettleRequest,
        progress: &Progress,
    ) -> Result<SettlementBatch, Fault> {
        let (tenant, store) = (&operation.tenant, &self.app.store);
        let period = store.period(tenant, request.programme.as_str(), &request.period).await?;
        let period = period.ok_or_else(|| Fault::internal("the period of an operation is not there"))?;
        let run = locked_run(&period)?.to_owned();
        let total = store.run(tenant, &run).await?.map_or(0, |run| run.statement_count);
        let mut tally = Tally::default();
        let mut after: Option<StatementCursor> = None;
        loop {
            let read = store.statements(tenant, &run, "", StatementOrder::ByPartner, after.as_ref(), CHUNK);
            let page = read.await?;
            let Some((last, _)) = page.last() else { break };
            after = Some(StatementCursor::of(last));
            self.chunk(operation, request, &period, &page, &mut tally).await?;
            progress.report(so_far(tally.seen(), total)).await?;
        }
        // What was accrued for whom the locked run states nothing. While something is refused it stays with the accruals of
        // what was refused: settling once more, after the remedy, takes both back.
        if tally.refused == 0 {
            let place = (request.programme.as_str(), request.period.as_str());
            self.app.take_rest_back(tenant, &operation.actor, place, (i64::MAX, SETTLED)).await?;
        }
        Ok(tally.batch(request.programme.as_str(), &request.period))
    }

    /// Settles some statements in one transaction.
    async fn chunk(
        &self,
        operation: &OperationRecord,
        request: &SettleRequest,
        period: &ProgrammePeriod,
        page: &[Stated],
        tally: &mut Tally,
    ) -> Result<(), Fault> {
        let (app, tenant) = (&self.app, &operation.tenant);
        let kinds = self.kinds(tenant, period, page).await?;
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        let mut writing = Writing::begin(tx.as_mut(), tenant, &operation.actor, now).await?;
        let ids: Vec<String> = page.iter().map(|(statement, _)| statement.id.clone()).collect();
        let there = tx.settlements_of(tenant, &ids).await?;
        let there: BTreeMap<&str, &Settlement> = there.iter().map(|s| (s.id.as_str(), s)).collect();
        let id = operation.id.to_string();
        let mut drafts = Vec::new();
        for (statement, lines) in page {
            match there.get(statement.id.as_str()) {
                Some(known) if known.operation == id => tally.done(known),
                Some(_) => tally.unchanged(),
                None => {
                    let origin = Origin {
                        statement,
                        lines,
                        programme: request.programme.as_str(),
                        period_end: period.to.plus_days(-1),
                        partner_kind: kinds.get(&statement.partner).map_or("", String::as_str),
                        terms: &request.terms,
                    };
                    drafts.push(Settlement::draft(&origin, &operation.actor, now));
                }
            }
        }
        prepare(tx.as_mut(), &mut writing, &drafts.iter().collect::<Vec<_>>(), "accrued").await?;
        let codes: BTreeSet<String> = drafts.iter().map(|draft| draft.currency.code().to_owned()).collect();
        let scales = app.scales(tenant, codes).await?;
        let partners: Vec<String> = drafts.iter().map(|draft| draft.partner.clone()).collect();
        let place = (request.programme.as_str(), request.period.as_str());
        let accrued = tx.run_accruals(tenant, place, AccrualsOf::Partners(&partners)).await?;
        app.prepare_accruals(tx.as_mut(), &mut writing, &accrued).await?;
        let entered = app.enter_drafts(&mut writing, &drafts, &accrued, &scales);
        let (mut made, mut refused) = (Vec::with_capacity(drafts.len()), Vec::new());
        for (mut draft, entered) in drafts.into_iter().zip(entered) {
            match entered {
                Ok(claims) => {
                    draft.operation.clone_from(&id);
                    made.push(draft.valued(claims)?);
                }
                Err(fault) => refused.push((draft, fault)),
            }
        }
        let settled: BTreeSet<(&str, Currency)> = made.iter().map(payee).collect();
        let mut settled_accruals = accrued;
        settled_accruals.retain(|accrual| settled.contains(&(accrual.partner.as_str(), accrual.currency)));
        tx.delete_run_accruals(tenant, &settled_accruals).await?;
        tx.insert_settlements(tenant, &made).await?;
        app.tell_settlements(tx.as_mut(), tenant, &made, now).await?;
        app.keep(tx, writing).await?;
        // Only what was kept counts.
        made.iter().for_each(|settlement| tally.done(settlement));
        refused.iter().for_each(|(settlement, fault)| tally.refused(settlement, fault));
        Ok(())
    }

    /// What sort of partners they are on the last day of the period, by resource name.
    async fn kinds(
        &self,
        tenant: &TenantId,
        period: &ProgrammePeriod,
        page: &[Stated],
    ) -> Result<BTreeMap<String, String>, Fault> {
        let store = &self.app.store;
        let partners: BTreeSet<String> =
            page.iter().map(|(s, _)| s.partner.trim_start_matches("partners/").to_owned()).collect();
        let partners: Vec<String> = partners.into_iter().collect();
        let arrival = store.newest_arrival(tenant).await?;
        let found = store.attributes_on(tenant, &partners, period.to.plus_days(-1), arrival).await?;
        let kind =
            |attributes: crate::ports::PayeeAttributes| (attributes.attributes.partner, attributes.attributes.kind);
        Ok(found.into_iter().map(|(_, attributes)| kind(attributes)).collect())
    }
}

/// Whose accrual of a run a draft replaces.
fn payee(draft: &Settlement) -> (&str, Currency) {
    (&draft.partner, draft.currency)
}
