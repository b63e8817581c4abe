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
use tributary_core::{Fault, RequestContext, TenantId};
use tributary_proto::{
    google::r#type::Decimal,
    tributary::incentive::v1::{CommoditySums, LedgerFinding, LedgerVerification, LedgerVerificationProgress},
};
use tributary_sql::{OperationHandler, OperationOutcome, OperationRecord, Progress, RequestKey};

use super::Scales;
use crate::{
    app::{App, operations::Asked, run_worker::any},
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
        let entry_count = self.store.journal_head(&caller.tenant).await?.position;
        let asked = Asked {
            id: self.ids.uuid(),
            kind: VERIFY_OPERATION,
            request: Vec::new(),
            waiting: read_so_far(0, entry_count),
        };
        self.start_operation(caller, asked, key).await
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
        self.app.end_operation(&operation, progress.owner(), ended).await
    }

    async fn fail(&self, operation: &OperationRecord, owner: &str, fault: &Fault) {
        self.app.fail_operation(operation, owner, fault).await;
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
            progress.report(read_so_far(replay.head().position, entry_count)).await?;
            if page.len() < usize::try_from(PAGE).unwrap_or(usize::MAX) {
                break;
            }
        }
        let seen = replay.head().position;
        for sums in store.movement_sums(tenant, seen).await? {
            let told = (sums.debits_posted, sums.credits_posted, sums.debits_pending, sums.credits_pending);
            replay.movements(&sums.account, told);
        }
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
}

/// The metadata of the operation.
fn read_so_far(read_count: i64, entry_count: i64) -> Vec<u8> {
    any("LedgerVerificationProgress", LedgerVerificationProgress { read_count, entry_count }.encode_to_vec())
}

fn finding(finding: Finding) -> LedgerFinding {
    LedgerFinding { subject: finding.subject, description: finding.description }
}
