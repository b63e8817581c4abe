//! Single transactions that arrive while the journal of their tenant is being written: they are entered together by the
//! next write, each with an outcome of its own. Who comes alone waits for nobody; what a commit costs is shared by all who
//! came during the one before it.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use incentive_calculation_domain::ledger::{NewTransaction, Transaction, book::accounts_of};
use tokio::{sync::oneshot, time::Instant};
use tracing::{Instrument as _, Span};
use tributary_core::{Fault, FaultKind, RequestContext, TenantId, Violations, fault::common};
use tributary_sql::deadline;

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
    /// Until when its caller waits.
    until: Option<Instant>,
    /// The call that it comes from.
    span: Span,
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

    /// Who is served next, but for those whose time is over; nobody: the queue is closed.
    fn next(&self, tenant: &TenantId) -> Vec<Order> {
        let mut queues = self.queues();
        let Some(queue) = queues.get_mut(tenant) else { return Vec::new() };
        queue.retain(|order| !order.answer.is_closed());
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
        let (author, scales) = (caller.subject.clone(), read.scales);
        let order = Order { author, new, scales, until: deadline::present(), span: Span::current(), answer };
        if self.desk.take(&caller.tenant, order) {
            // Not in the caller's own call: others wait for it, too, and the caller may go away.
            let serving = Serving { app: self.clone(), tenant: caller.tenant.clone(), open: true };
            tokio::spawn(serve(serving));
        }
        outcome.await.unwrap_or_else(|_| Err(lost()))
    }

    /// Enters transactions, until the last of their deadlines. It is seen in the trace of the first.
    async fn enter_in_time(&self, tenant: &TenantId, group: &[Order]) -> Result<Vec<Outcome>, Fault> {
        let span = group.first().map_or_else(Span::none, |order| order.span.clone());
        let until =
            group.iter().map(|order| order.until).collect::<Option<Vec<_>>>().and_then(|all| all.into_iter().max());
        let work = deadline::scope(until, self.enter_together(tenant, group)).instrument(span);
        match until {
            None => work.await,
            Some(at) => tokio::time::timeout_at(at, work).await.unwrap_or_else(|_| Err(lost())),
        }
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

/// Nobody knows what became of a transaction.
fn lost() -> Fault {
    let why = "what became of the transaction is not known; send it again with the same transaction_id";
    Fault::new(common::STORE_UNAVAILABLE, why)
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
    let outcomes = match app.enter_in_time(tenant, &group).await {
        Ok(outcomes) => outcomes,
        Err(fault) if group.len() == 1 || fault.kind() == FaultKind::Unavailable => vec![Err(fault); group.len()],
        Err(_) => {
            let mut each = Vec::with_capacity(group.len());
            for order in &group {
                let alone = app.enter_in_time(tenant, std::slice::from_ref(order)).await;
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

#[cfg(test)]
mod tests {
    use incentive_calculation_domain::ledger::{NewTransaction, TransactionId};
    use tokio::sync::oneshot;
    use tracing::Span;
    use tributary_core::TenantId;

    use super::{Desk, Order, Outcome, Scales};

    fn order(id: &str) -> (Order, oneshot::Receiver<Outcome>) {
        let new = NewTransaction {
            id: TransactionId::parse(id).expect("an id"),
            postings: Vec::new(),
            pending: false,
            expire_time: None,
            cause: "test".to_owned(),
            memo: String::new(),
            effective_on: None,
            reverses: None,
        };
        let (answer, outcome) = oneshot::channel();
        let scales = Scales::default();
        (Order { author: "fang".to_owned(), new, scales, until: None, span: Span::none(), answer }, outcome)
    }

    fn ids(group: &[Order]) -> Vec<&str> {
        group.iter().map(|order| order.new.id.as_str()).collect()
    }

    #[test]
    fn who_waits_is_served_together_in_order_and_whose_time_is_over_is_not() {
        let (desk, acme, other) = (Desk::default(), TenantId::default_tenant(), TenantId::parse("other").expect("one"));
        let mut waiting = Vec::new();
        for number in 0..300 {
            let (order, outcome) = order(&format!("t{number}"));
            assert_eq!(desk.take(&acme, order), number == 0, "only the first finds nobody who serves");
            waiting.push(outcome);
        }
        let (foreign, _outcome) = order("foreign");
        assert!(desk.take(&other, foreign), "each tenant is served by itself");
        drop(waiting.remove(1));

        let first = desk.next(&acme);
        assert_eq!((first.len(), &ids(&first)[..3]), (256, ["t0", "t2", "t3"].as_slice()));
        let (late, _outcome) = order("late");
        assert!(!desk.take(&acme, late));
        let second = desk.next(&acme);
        assert_eq!((second.len(), *ids(&second).last().expect("one")), (44, "late"));
        assert_eq!(ids(&desk.next(&other)), ["foreign"]);
        assert!(desk.next(&acme).is_empty(), "the queue is closed");
        let (again, _outcome) = order("again");
        assert!(desk.take(&acme, again), "and opened by the next who comes");
    }
}
