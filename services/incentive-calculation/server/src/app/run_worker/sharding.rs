//! Facts go to N tasks by payee, each with an engine of its own, and their engines are merged: what comes out is the
//! same for any N, because a payee's facts all reach one engine, in key order.

use std::sync::Arc;

use incentive_calculation_domain::engine::Engine;
use tokio::{sync::mpsc, task::JoinHandle};
use tributary_core::Fault;
use tributary_sql::StoreError;

use super::{
    count,
    sealed::{Counted, Group},
};
use crate::ports::StoredFact;

/// Parts that wait for a task: reading runs ahead of adding up by that much.
const AHEAD: usize = 2;

/// What a task gets at once.
enum Part {
    /// Facts, each with the number of its payee.
    Facts(Vec<(u32, StoredFact)>),
    /// All facts of a payee.
    Payee(u32, Group, Arc<Counted>),
}

impl Part {
    /// Hands its facts to an engine; how many there were.
    fn absorb(&self, engine: &mut Engine) -> Result<i64, StoreError> {
        match self {
            Self::Facts(facts) => {
                facts.iter().for_each(|(payee, fact)| engine.absorb(&fact.measured(*payee)));
                Ok(count(facts.len()))
            }
            Self::Payee(payee, group, counted) => group.absorb(engine, *payee, counted),
        }
    }
}

/// The tasks of one calculation.
pub(super) struct Shards {
    senders: Vec<mpsc::Sender<Part>>,
    tasks: Vec<JoinHandle<Result<(Engine, i64), StoreError>>>,
}

impl Shards {
    /// Starts so many tasks, at least one.
    pub(super) fn start(engine: &Engine, tasks: usize) -> Self {
        let mut shards = Self { senders: Vec::new(), tasks: Vec::new() };
        for _ in 0..tasks.max(1) {
            let (sender, mut receiver) = mpsc::channel::<Part>(AHEAD);
            let mut engine = engine.clone();
            shards.senders.push(sender);
            shards.tasks.push(tokio::task::spawn_blocking(move || {
                let mut facts = 0_i64;
                while let Some(part) = receiver.blocking_recv() {
                    facts = facts.saturating_add(part.absorb(&mut engine)?);
                }
                Ok((engine, facts))
            }));
        }
        shards
    }

    /// Hands a page, in key order, to the tasks. `number` gives the number of a payee. `false`: a task has stopped, and
    /// [`Self::merged`] says why.
    pub(super) async fn send(&mut self, page: Vec<StoredFact>, mut number: impl FnMut(&str) -> u32) -> bool {
        let mut parts: Vec<Vec<(u32, StoredFact)>> = self.senders.iter().map(|_| Vec::new()).collect();
        for fact in page {
            let payee = number(&fact.partner_id);
            let task = self.task_of(payee);
            if let Some(part) = parts.get_mut(task) {
                part.push((payee, fact));
            }
        }
        for (task, part) in parts.into_iter().enumerate().filter(|(_, part)| !part.is_empty()) {
            if !self.hand(task, Part::Facts(part)).await {
                return false;
            }
        }
        true
    }

    /// Hands all facts of a payee to its task, as [`Self::send`] does.
    pub(super) async fn send_payee(&mut self, payee: u32, group: Group, counted: &Arc<Counted>) -> bool {
        self.hand(self.task_of(payee), Part::Payee(payee, group, counted.clone())).await
    }

    fn task_of(&self, payee: u32) -> usize {
        usize::try_from(payee).unwrap_or(0).checked_rem(self.senders.len()).unwrap_or(0)
    }

    async fn hand(&self, task: usize, part: Part) -> bool {
        match self.senders.get(task) {
            Some(sender) => sender.send(part).await.is_ok(),
            None => false,
        }
    }

    /// Waits for the tasks and merges their engines; how many facts they took in.
    pub(super) async fn merged(self) -> Result<(Engine, i64), Fault> {
        drop(self.senders);
        let mut merged: Option<(Engine, i64)> = None;
        for task in self.tasks {
            let ended = task.await.map_err(|e| Fault::internal(format!("a task that adds facts up failed: {e}")))?;
            let (engine, facts) = ended?;
            match &mut merged {
                Some((first, sum)) => {
                    first.merge(engine)?;
                    *sum = sum.saturating_add(facts);
                }
                None => merged = Some((engine, facts)),
            }
        }
        merged.ok_or_else(|| Fault::internal("no task added facts up"))
    }
}
