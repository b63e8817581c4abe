//! Facts go to N tasks by payee, each with an engine of its own, and their engines are merged: what comes out is the
//! same for any N, because a payee's facts all reach one engine, in key order.

use incentive_calculation_domain::engine::Engine;
use tokio::{sync::mpsc, task::JoinHandle};
use tributary_core::Fault;

use crate::ports::StoredFact;

/// Pages that wait for a task: reading runs ahead of adding up by that much.
const AHEAD: usize = 2;

/// A page of facts, each with the number of its payee.
type Part = Vec<(u32, StoredFact)>;

/// The tasks of one calculation.
pub(super) struct Shards {
    senders: Vec<mpsc::Sender<Part>>,
    tasks: Vec<JoinHandle<Engine>>,
}

impl Shards {
    /// Starts so many tasks, at least one.
    pub(super) fn start(engine: &Engine, count: usize) -> Self {
        let (mut senders, mut tasks) = (Vec::new(), Vec::new());
        for _ in 0..count.max(1) {
            let (sender, mut receiver) = mpsc::channel::<Part>(AHEAD);
            let mut engine = engine.clone();
            senders.push(sender);
            tasks.push(tokio::task::spawn_blocking(move || {
                while let Some(part) = receiver.blocking_recv() {
                    for (payee, fact) in &part {
                        engine.absorb(&fact.measured(*payee));
                    }
                }
                engine
            }));
        }
        Self { senders, tasks }
    }

    /// Hands a page, in key order, to the tasks. `number` gives the number of a payee.
    pub(super) async fn send(
        &mut self,
        page: Vec<StoredFact>,
        mut number: impl FnMut(&str) -> u32,
    ) -> Result<(), Fault> {
        let mut parts: Vec<Part> = self.senders.iter().map(|_| Part::new()).collect();
        for fact in page {
            let payee = number(&fact.partner_id);
            let shard = usize::try_from(payee).unwrap_or(0).checked_rem(parts.len()).unwrap_or(0);
            if let Some(part) = parts.get_mut(shard) {
                part.push((payee, fact));
            }
        }
        for (sender, part) in self.senders.iter().zip(parts) {
            if !part.is_empty() {
                sender.send(part).await.map_err(|_| Fault::internal("a task that adds facts up has stopped"))?;
            }
        }
        Ok(())
    }

    /// Waits for the tasks and merges their engines.
    pub(super) async fn merged(self) -> Result<Engine, Fault> {
        drop(self.senders);
        let mut merged: Option<Engine> = None;
        for task in self.tasks {
            let engine = task.await.map_err(|e| Fault::internal(format!("a task that adds facts up failed: {e}")))?;
            match &mut merged {
                Some(first) => first.merge(engine)?,
                None => merged = Some(engine),
            }
        }
        merged.ok_or_else(|| Fault::internal("no task added facts up"))
    }
}
