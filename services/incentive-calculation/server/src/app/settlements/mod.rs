//! Settlements (IC-24). Every step locks the journal of the tenant first and the settlements after it, decides on them as
//! they are, and keeps settlement, postings and event together: two callers come one after the other, and a step that was
//! cut has not happened.

mod accounting;
mod accrue;
mod advance;
mod change;
mod confirm;
mod create;
mod export;
mod standing;

pub use accounting::{AccountingPage, AccountingQuery, GlAccount, GlEntry};
pub use accrue::{ACCRUE_OPERATION, AccrueWorker};
pub use advance::{ADVANCE_OPERATION, AdvanceWorker, BulkStep};
pub use change::ChangeRequest;
pub use confirm::ConfirmationAnswer;
pub use create::{SETTLE_OPERATION, SettleWorker};

use std::collections::BTreeMap;

use incentive_calculation_domain::{
    ledger::TransactionId,
    reasons,
    settlement::{Export, Settlement},
};
use prost::Message as _;
use tributary_core::{Currency, Fault, MinorAmount, RequestContext, TenantId, Timestamp};
use tributary_proto::tributary::incentive::v1::{
    SettlementBatch, SettlementChanged, SettlementProgress, SettlementRefusal,
};
use tributary_rpc::convert::minor_to_proto;

use super::{App, ledger::Writing, run_worker::any};
use crate::{
    convert::settlement::state_to_proto,
    ports::{IncentiveTx, settlements::SettlementQuery},
};

/// Settlements of one transaction of the store: few enough to hold the lock of the journal only briefly.
const CHUNK: u32 = 100;
/// Refusals that an operation tells.
const TOLD: usize = 100;

impl App {
    /// One settlement.
    ///
    /// # Errors
    /// `SETTLEMENT_NOT_FOUND`.
    pub async fn settlement(&self, caller: &RequestContext, id: &str) -> Result<Settlement, Fault> {
        let found = self.store.settlement(&caller.tenant, id).await?;
        found.filter(|found| seen_by(caller, found)).map(|found| shown(caller, found)).ok_or_else(|| missing(id))
    }

    /// Settlements in the order of their names. To a partner's own user there are those that were stated to its partner.
    ///
    /// # Errors
    /// `STORE_UNAVAILABLE`.
    pub async fn settlements(
        &self,
        caller: &RequestContext,
        mut query: SettlementQuery,
    ) -> Result<Vec<Settlement>, Fault> {
        if !caller.scope.is_own() {
            return Ok(self.store.settlements(&caller.tenant, &query).await?);
        }
        // No column says whether a draft was stated: such ones are few, and read over.
        let wanted = usize::try_from(query.limit).unwrap_or(usize::MAX);
        let mut seen = Vec::new();
        loop {
            let page = self.store.settlements(&caller.tenant, &query).await?;
            let is_last = page.len() < wanted;
            if let Some(last) = page.last() {
                query.after.clone_from(&last.id);
            }
            seen.extend(page.into_iter().filter(|found| seen_by(caller, found)).map(|found| shown(caller, found)));
            if is_last || seen.len() >= wanted {
                seen.truncate(wanted);
                return Ok(seen);
            }
        }
    }

    /// One export.
    ///
    /// # Errors
    /// `PAYABLE_EXPORT_NOT_FOUND`.
    pub async fn payable_export(&self, caller: &RequestContext, id: &str) -> Result<Export, Fault> {
        self.store
            .payable_export(&caller.tenant, id)
            .await?
            .ok_or_else(|| Fault::new(reasons::PAYABLE_EXPORT_NOT_FOUND, format!("payableExports/{id} does not exist")))
    }

    /// Keeps settlements that moved, each once, and tells of them.
    async fn keep_settlements(
        &self,
        tx: &mut dyn IncentiveTx,
        tenant: &TenantId,
        moved: &[Settlement],
        now: Timestamp,
    ) -> Result<(), Fault> {
        tx.update_settlements(tenant, moved).await?;
        self.tell_settlements(tx, tenant, moved, now).await
    }

    /// Tells where settlements stand now.
    async fn tell_settlements(
        &self,
        tx: &mut dyn IncentiveTx,
        tenant: &TenantId,
        settlements: &[Settlement],
        now: Timestamp,
    ) -> Result<(), Fault> {
        let told = settlements.iter().map(|settlement| {
            let data = SettlementChanged {
                settlement: settlement.name(),
                partner: format!("partners/{}", settlement.partner),
                programme: format!("programmes/{}", settlement.programme),
                period: settlement.period.clone(),
                state: state_to_proto(settlement.state).into(),
                payable: Some(minor_to_proto(settlement.money(settlement.amounts.payable))),
            };
            self.event(tenant, "SettlementChanged", &settlement.name(), data.encode_to_vec(), now)
        });
        Ok(tx.publish_all(told.collect()).await?)
    }
}

/// Whether a settlement is there for a caller: to a partner's own user only those of its partners are, once they were submitted.
fn seen_by(caller: &RequestContext, settlement: &Settlement) -> bool {
    let own = || caller.scope.sees(&format!("partners/{}", settlement.partner));
    !caller.scope.is_own() || (settlement.was_stated() && own())
}

/// A settlement that is there for a caller, as he may see it.
fn shown(caller: &RequestContext, settlement: Settlement) -> Settlement {
    if caller.scope.is_own() { settlement.for_partner() } else { settlement }
}

fn missing(id: &str) -> Fault {
    let message =
        format!("settlements/{id} does not exist; it has the id of a statement of a locked period that is settled");
    Fault::new(reasons::SETTLEMENT_NOT_FOUND, message)
}

/// Reads what steps of settlements look at: their accounts, and whether a step was posted already.
async fn prepare(
    tx: &mut dyn IncentiveTx,
    writing: &mut Writing,
    settlements: &[&Settlement],
    step: &str,
) -> Result<(), Fault> {
    let mut keys = Vec::new();
    let mut ids = Vec::with_capacity(settlements.len());
    for settlement in settlements {
        keys.extend(settlement.accounts()?);
        ids.push(TransactionId::parse(&format!("settlement.{}.{step}", settlement.id)).map_err(Fault::internal)?);
    }
    writing.load(tx, keys).await?;
    writing.know(tx, &ids).await
}

/// What an operation over many settlements has done so far.
#[derive(Debug, Default)]
struct Tally {
    done: i32,
    unchanged: i32,
    refused: i32,
    refusals: Vec<SettlementRefusal>,
    payable: BTreeMap<Currency, i64>,
}

impl Tally {
    fn done(&mut self, settlement: &Settlement) {
        self.done = self.done.saturating_add(1);
        let sum = self.payable.entry(settlement.currency).or_default();
        *sum = sum.saturating_add(settlement.amounts.payable);
    }

    fn unchanged(&mut self) {
        self.unchanged = self.unchanged.saturating_add(1);
    }

    fn refused(&mut self, settlement: &Settlement, fault: &Fault) {
        self.refused = self.refused.saturating_add(1);
        if self.refusals.len() < TOLD {
            self.refusals.push(SettlementRefusal {
                settlement: settlement.name(),
                reason: fault.reason().code.to_owned(),
                message: fault.message().to_owned(),
            });
        }
    }

    /// Settlements looked at.
    fn seen(&self) -> i64 {
        [self.done, self.unchanged, self.refused].into_iter().map(i64::from).sum()
    }

    fn batch(self, programme: &str, period: &str) -> SettlementBatch {
        let money = |(currency, value): (Currency, i64)| minor_to_proto(MinorAmount { currency, value });
        SettlementBatch {
            programme: format!("programmes/{programme}"),
            period: period.to_owned(),
            done_count: self.done,
            unchanged_count: self.unchanged,
            refused_count: self.refused,
            refusals: self.refusals,
            payable: self.payable.into_iter().map(money).collect(),
        }
    }
}

/// The metadata of an operation.
fn so_far(seen_count: i64, total_count: i64) -> Vec<u8> {
    any("SettlementProgress", SettlementProgress { seen_count, total_count }.encode_to_vec())
}
