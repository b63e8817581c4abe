//! Single transactions that arrive while the journal of their tenant is being written: they are entered together by the
//! next write, each with an outcome of its own. Who comes alone waits for nobody; what a commit costs is shared by all who
//! came during the one before it.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use incentive_calculation_domain::ledger::{NewTransaction, Transaction, book::accounts_of};
use tokio::sync::oneshot;
use tracing::Instrument as _;
use tributary_core::{Fault, FaultKind, RequestContext, TenantId, Violations, fault::common};

use super::{Scales, TransactionDraft, writing::Writing};
use crate::app::App;

/// Transactions that one commit keeps at most.
const TOGETHER: usize = 256;

type Outcome = Result<Transaction, Fault>;

/// A transaction that waits to be entered.
struct Order {
    author: String,
    new: NewTransaction,
    scales: Scales,
    answer: oneshot::Sender<Outcome>,
}

/// Who waits, by tenant. A tenant is in it as long as somebody serves its queue.
#[derive(Default)]
pub struct Desk(Mutex<BTreeMap<TenantId, VecDeque<Order>>>);

impl Desk {
    fn queues(&self) -> MutexGuard<'_, BTreeMap<TenantId, VecDeque<Order>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes an order; whether nobody serves the tenant yet.
    fn take(&self, tenant: &TenantId, order: Order) -> bool {
        let mut queues = self.queues();
        let unserved = !queues.contains_key(tenant);
        queues.entry(tenant.clone()).or_default().push_back(order);
        unserved
    }

    /// Who is served next; nobody: the queue is closed.
    fn next(&self, tenant: &TenantId) -> Vec<Order> {
        let mut queues = self.queues();
        let Some(queue) = queues.get_mut(tenant) else { return Vec::new() };
        let count = queue.len().min(TOGETHER);
        let group: Vec<Order> = queue.drain(..count).collect();
        if group.is_empty() {
            queues.remove(tenant);
        }
        group
    }
}

/// Closes the queue of a tenant when its service ends before its time, so that the next caller serves it anew.
struct Serving {
    app: Arc<App>,
    tenant: TenantId,
    open: bool,
}

impl Drop for Serving {
    fn drop(&mut self) {
        if self.open {
            self.app.desk.queues().remove(&self.tenant);
        }
    }
}

impl App {
    /// Records one transaction. One that is known with the same content stays as it is.
    ///
    /// # Errors
    /// `INVALID_REQUEST`, `COMMODITY_UNKNOWN`, `PARTNER_UNKNOWN`, `TRANSACTION_DIFFERS`, `BALANCE_LIMIT`,
    /// `ACCOUNT_CLOSED`.
    pub async fn create_transaction(self: &Arc<Self>, caller: &RequestContext, draft: TransactionDraft) -> Outcome {
        let mut read = self.read_drafts(caller, vec![draft], |_| String::new()).await?;
        let Some((_, new)) = read.transactions.pop() else {
            return Err(Fault::internal("a draft without faults was not read"));
        };
        let (answer, outcome) = oneshot::channel();
        let order = Order { author: caller.subject.clone(), new, scales: read.scales, answer };
        if self.desk.take(&caller.tenant, order) {
            // Not in the caller's own call: others wait for it, too, and the caller may go away.
            let serving = Serving { app: self.clone(), tenant: caller.tenant.clone(), open: true };
            tokio::spawn(serve(serving).in_current_span());
        }
        let lost = "what became of the transaction is not known; send it again with the same transaction_id";
        outcome.await.unwrap_or_else(|_| Err(Fault::new(common::STORE_UNAVAILABLE, lost)))
    }

    /// Enters transactions in the order in which they came; what is refused costs no other.
    async fn enter_together(&self, tenant: &TenantId, group: &[Order]) -> Result<Vec<Outcome>, Fault> {
        let mut tx = self.store.begin().await?;
        let mut writing = Writing::begin(tx.as_mut(), tenant, "", self.clock.now()).await?;
        let ids: Vec<_> = group.iter().map(|order| order.new.id.clone()).collect();
        writing.know(tx.as_mut(), &ids).await?;
        let accounts = group.iter().flat_map(|order| accounts_of(&order.new.postings)).cloned().collect();
        writing.load(tx.as_mut(), accounts).await?;
        let outcomes = group.iter().map(|order| self.enter_order(&mut writing, order)).collect();
        if !writing.is_empty() {
            self.keep(tx, writing).await?;
        }
        Ok(outcomes)
    }

    fn enter_order(&self, writing: &mut Writing, order: &Order) -> Outcome {
        if writing.known(&order.new.id).is_none() {
            let mut late = Violations::new();
            late.check("transaction.expire_time", order.new.check_time(writing.now()));
            late.into_result()?;
        }
        writing.hand_to(&order.author);
        self.enter_known(writing, &order.new, ("", "transaction"), &order.scales)
    }
}

async fn serve(mut serving: Serving) {
    let (app, tenant) = (serving.app.clone(), serving.tenant.clone());
    loop {
        let group = app.desk.next(&tenant);
        if group.is_empty() {
            serving.open = false;
            return;
        }
        answer(&app, &tenant, group).await;
    }
}

/// Enters a group and answers each of it. What the store holds against one of them is told to that one only: when they
/// cannot be kept together although the store is there, each is entered alone.
async fn answer(app: &App, tenant: &TenantId, group: Vec<Order>) {
    let outcomes = match app.enter_together(tenant, &group).await {
        Ok(outcomes) => outcomes,
        Err(fault) if group.len() == 1 || fault.kind() == FaultKind::Unavailable => vec![Err(fault); group.len()],
        Err(_) => {
            let mut each = Vec::with_capacity(group.len());
            for order in &group {
                let alone = app.enter_together(tenant, std::slice::from_ref(order)).await;
                each.extend(alone.unwrap_or_else(|fault| vec![Err(fault)]));
            }
            each
        }
    };
    for (order, outcome) in group.into_iter().zip(outcomes) {
        // A caller that went away reads what became of it by the id.
        drop(order.answer.send(outcome));
    }
}
