//! Recomputes the ledger from its journal. What is far back is read while others write; the end, and what differed because
//! it was just changed, under the lock.

use std::{collections::BTreeSet, sync::Arc};

use async_trait::async_trait;
use incentive_calculation_domain::ledger::{
    TransactionId,
    commodity::sum_text,
    journal::Head,
    verify::{Finding, Replay},
};
use prost::Message as _;
use tributary_core::{Fault, FaultKind, RequestContext, TenantId};
use tributary_proto::{
    google::r#type::Decimal,
    tributary::incentive::v1::{CommoditySums, LedgerFinding, LedgerVerification, LedgerVerificationProgress},
};
use tributary_rpc::status::to_rpc_status;
use tributary_sql::{NewOperation, OperationHandler, OperationOutcome, OperationRecord, Progress, RequestKey};
use uuid::Uuid;

use super::Scales;
use crate::{
    DOMAIN,
    app::{App, recall, remember, run_worker::any},
    ports::{IncentiveTx, ledger::TransactionQuery},
};

/// Kind of the operation.
pub const VERIFY_OPERATION: &str = "incentive.verify-ledger";

/// Entries or transactions per read.
const PAGE: u32 = 1_000;

impl App {
    /// Starts to verify the ledger and returns the operation.
    ///
    /// # Errors
    /// `STORE_UNAVAILABLE`.
    pub async fn verify_ledger(
        &self,
        caller: &RequestContext,
        key: Option<RequestKey>,
    ) -> Result<OperationRecord, Fault> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        if let Some(first) = recall::<Uuid>(tx.as_mut(), key.as_ref(), now).await? {
            drop(tx);
            return self.operation(caller, first).await;
        }
        let id = self.ids.uuid();
        tx.create_operation(NewOperation {
            id,
            tenant: caller.tenant.clone(),
            kind: VERIFY_OPERATION.to_owned(),
            actor: caller.subject.clone(),
            request: Vec::new(),
            create_time: now,
        })
        .await?;
        remember(tx.as_mut(), key.as_ref(), &id).await?;
        self.commit(tx).await?;
        self.operation(caller, id).await
    }
}

/// Verifies ledgers.
pub struct VerifyWorker {
    /// The use cases.
    pub app: Arc<App>,
}

#[async_trait]
impl OperationHandler for VerifyWorker {
    fn kind(&self) -> &'static str {
        VERIFY_OPERATION
    }

    async fn run(&self, operation: OperationRecord, progress: Progress) -> Result<(), Fault> {
        let found = self.verify(&operation.tenant, &progress).await?;
        let ended = OperationOutcome::Succeeded(any("LedgerVerification", found.encode_to_vec()));
        self.finish(&operation, progress.owner(), ended).await
    }

    async fn fail(&self, operation: &OperationRecord, owner: &str, fault: &Fault) {
        let ended = if fault.kind() == FaultKind::Cancelled {
            OperationOutcome::Cancelled
        } else {
            OperationOutcome::Failed(to_rpc_status(fault, DOMAIN).encode_to_vec())
        };
        if let Err(error) = self.finish(operation, owner, ended).await {
            tracing::warn!(operation = %operation.id, %error, "a failed verification could not be ended");
        }
    }
}

impl VerifyWorker {
    async fn verify(&self, tenant: &TenantId, progress: &Progress) -> Result<LedgerVerification, Fault> {
        let store = &self.app.store;
        let mut replay = Replay::default();
        loop {
            let page = store.journal(tenant, replay.head().position, PAGE).await?;
            page.iter().for_each(|entry| drop(replay.entry(entry)));
            let entry_count = store.journal_head(tenant).await?.position;
            let read = LedgerVerificationProgress { read_count: replay.head().position, entry_count };
            progress.report(any("LedgerVerificationProgress", read.encode_to_vec())).await?;
            if page.len() < usize::try_from(PAGE).unwrap_or(usize::MAX) {
                break;
            }
        }
        let seen = replay.head().position;
        let mut again: BTreeSet<TransactionId> = BTreeSet::new();
        let mut query = TransactionQuery { limit: PAGE, ..TransactionQuery::default() };
        let mut transaction_count = 0_i64;
        loop {
            let page = store.ledger_transactions(tenant, &query).await?;
            for kept in page.iter().filter(|kept| kept.entry <= seen) {
                transaction_count = transaction_count.saturating_add(1);
                if !replay.transaction(kept) {
                    again.insert(kept.content.id.clone());
                }
            }
            query.before = page.last().map(|last| last.entry);
            if page.len() < usize::try_from(PAGE).unwrap_or(usize::MAX) {
                break;
            }
        }
        let mut tx = store.begin().await?;
        let head = tx.lock_journal(tenant).await?;
        let (added, account_count) = self.compare_locked(tx.as_mut(), tenant, &mut replay, again).await?;
        // Nothing was written: the lock ends with the transaction.
        drop(tx);
        let counts = (account_count, transaction_count.saturating_add(added));
        self.report(tenant, replay, &head, counts).await
    }

    /// Compares under the lock what may have changed meanwhile; how many transactions were new, and how many accounts.
    async fn compare_locked(
        &self,
        tx: &mut dyn IncentiveTx,
        tenant: &TenantId,
        replay: &mut Replay,
        mut again: BTreeSet<TransactionId>,
    ) -> Result<(i64, i64), Fault> {
        loop {
            let page = tx.journal_after(tenant, replay.head().position, PAGE).await?;
            if page.is_empty() {
                break;
            }
            page.iter().for_each(|entry| again.extend(replay.entry(entry)));
        }
        let ids: Vec<TransactionId> = again.into_iter().collect();
        let mut added = 0_i64;
        for kept in tx.transactions_of(tenant, &ids).await? {
            added = added.saturating_add(i64::from(replay.is_new(&kept.content.id)));
            replay.transaction_now(&kept);
        }
        let accounts = tx.all_accounts(tenant).await?;
        accounts.iter().for_each(|account| replay.account(account));
        for sums in tx.movement_sums(tenant).await? {
            let told = (sums.debits_posted, sums.credits_posted, sums.debits_pending, sums.credits_pending);
            replay.movements(&sums.account, told);
        }
        Ok((added, i64::try_from(accounts.len()).unwrap_or(i64::MAX)))
    }

    async fn report(
        &self,
        tenant: &TenantId,
        replay: Replay,
        head: &Head,
        (account_count, transaction_count): (i64, i64),
    ) -> Result<LedgerVerification, Fault> {
        let (sums, findings) = replay.finish(head);
        let scales: Scales = self.app.scales(tenant, sums.keys().cloned().collect()).await?;
        let decimal = |units: i128, code: &str| Some(Decimal { value: sum_text(units, scales.of(code)) });
        Ok(LedgerVerification {
            sound: findings.is_empty(),
            entry_count: head.position,
            account_count,
            transaction_count,
            head_digest: head.digest.clone(),
            findings: findings.into_iter().map(finding).collect(),
            sums: sums
                .iter()
                .map(|(code, sums)| CommoditySums {
                    commodity: code.clone(),
                    debits: decimal(sums.debits, code),
                    credits: decimal(sums.credits, code),
                })
                .collect(),
        })
    }

    async fn finish(&self, operation: &OperationRecord, owner: &str, ended: OperationOutcome) -> Result<(), Fault> {
        let mut tx = self.app.store.begin().await?;
        tx.finish_operation(operation.id, owner, ended, self.app.clock.now()).await?;
        self.app.commit(tx).await
    }
}

fn finding(finding: Finding) -> LedgerFinding {
    LedgerFinding { subject: finding.subject, description: finding.description }
}
