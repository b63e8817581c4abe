//! Sends facts by the stream: several batches in flight, settled in order as their answers come.

use std::{collections::VecDeque, time::Duration};

use tokio::sync::mpsc;
use tonic::{Code, Status, Streaming};
use tributary_proto::tributary::incentive::v1::{StreamFactsRequest, StreamFactsResponse};

use super::{Batch, Counts, Ledger, Settled, server::row_faults};
use crate::{
    cli::{FactClient, Failure, connection_broke},
    mapping::Mapping,
};

/// Batches that may be on their way unanswered.
const IN_FLIGHT: usize = 4;

/// Breaks in a row after which an import gives up.
const ATTEMPTS: u32 = 3;

/// Sends all batches and settles them.
///
/// # Errors
/// When the server refuses the stream or stays away, or a file cannot be read or written.
pub async fn send_facts(
    client: &mut FactClient,
    mapping: &Mapping,
    batches: &mut mpsc::Receiver<std::io::Result<Batch>>,
    ledger: &mut Ledger,
) -> Result<(), Failure> {
    let mut waiting: VecDeque<Batch> = VecDeque::new();
    let mut breaks = 0_u32;
    loop {
        let before = ledger.state.rows;
        match stream(client, mapping, batches, &mut waiting, ledger).await {
            Ok(()) => return Ok(()),
            Err(Broken::Failure(failure)) => return Err(failure),
            Err(Broken::Away(status)) => {
                breaks = if ledger.state.rows > before { 1 } else { breaks.saturating_add(1) };
                if breaks >= ATTEMPTS {
                    return Err(Failure::interrupted(status, ledger.state.rows));
                }
                tokio::time::sleep(Duration::from_millis(250).saturating_mul(2_u32.saturating_pow(breaks))).await;
            }
        }
    }
}

/// Why a stream ended early.
enum Broken {
    /// The server is away for the moment: what is waiting is sent again.
    Away(Status),
    /// Trying again would not help.
    Failure(Failure),
}

impl From<Status> for Broken {
    fn from(status: Status) -> Self {
        let away = status.code() == Code::Unavailable || connection_broke(&status);
        if away { Self::Away(status) } else { Self::Failure(status.into()) }
    }
}

impl<E: Into<Failure>> From<Plain<E>> for Broken {
    fn from(error: Plain<E>) -> Self {
        Self::Failure(error.0.into())
    }
}

/// An error that is never worth another try.
struct Plain<E>(E);

async fn stream(
    client: &mut FactClient,
    mapping: &Mapping,
    batches: &mut mpsc::Receiver<std::io::Result<Batch>>,
    waiting: &mut VecDeque<Batch>,
    ledger: &mut Ledger,
) -> Result<(), Broken> {
    let (requests, outgoing) = mpsc::channel(IN_FLIGHT.saturating_mul(2));
    for batch in waiting.iter().filter(|b| !b.facts.is_empty()) {
        // The channel holds more than can be waiting, so this never blocks.
        let _ = requests.send(request(batch)).await;
    }
    let outgoing = tokio_stream::wrappers::ReceiverStream::new(outgoing);
    let mut answers: Streaming<StreamFactsResponse> = client.stream_facts(outgoing).await?.into_inner();
    let mut more = true;
    loop {
        while more && waiting.len() < IN_FLIGHT {
            match batches.recv().await {
                None => more = false,
                Some(batch) => {
                    let batch = batch.map_err(Plain)?;
                    if batch.facts.is_empty() {
                        // Nothing to send: it waits for those before it, which keeps the order.
                        waiting.push_back(batch);
                        break;
                    }
                    // A closed stream shows in the answers below.
                    let _ = requests.send(request(&batch)).await;
                    waiting.push_back(batch);
                }
            }
        }
        let Some(first) = waiting.front() else { return Ok(()) };
        if first.facts.is_empty() {
            settle(mapping, waiting, ledger, StreamFactsResponse::default())?;
            continue;
        }
        let answer = answers.message().await?;
        let answer = answer.ok_or_else(|| Status::unavailable("the server ended the stream early"))?;
        settle(mapping, waiting, ledger, answer)?;
    }
}

fn request(batch: &Batch) -> StreamFactsRequest {
    StreamFactsRequest { facts: batch.facts.clone(), position: i64::try_from(batch.rows_end).unwrap_or(i64::MAX) }
}

fn settle(
    mapping: &Mapping,
    waiting: &mut VecDeque<Batch>,
    ledger: &mut Ledger,
    answer: StreamFactsResponse,
) -> Result<(), Broken> {
    let Some(batch) = waiting.pop_front() else { return Ok(()) };
    let answered = answer.batch.unwrap_or_default();
    let count = |n: i32| u64::try_from(n).unwrap_or(0);
    let counts = Counts {
        added: count(answered.recorded_count),
        unchanged: count(answered.duplicate_count),
        ..Counts::default()
    };
    let mut refused = Vec::new();
    for (index, result) in answer.refused_indexes.iter().zip(&answered.results) {
        let index = usize::try_from(*index).unwrap_or(usize::MAX);
        if let (Some(item), Some(fact), Some(error)) = (batch.items.get(index), batch.facts.get(index), &result.error) {
            let mut faults = row_faults(error, mapping, &item.row);
            for fault in faults.iter_mut().filter(|f| f.field == "source_id") {
                fault.value.clone_from(&fact.source_id);
            }
            refused.push((index, faults));
        }
    }
    let told = counts.added.saturating_add(counts.unchanged).saturating_add(u64::try_from(refused.len()).unwrap_or(0));
    if told != u64::try_from(batch.items.len()).unwrap_or(0) {
        let failure =
            Failure::server(format!("the server answered for {told} of {} facts of a batch", batch.items.len()));
        return Err(Broken::Failure(failure));
    }
    let mut settled = Settled { counts, refused, witness: None };
    let last = settled.last_taken(&batch.facts);
    settled.witness = last.map(|fact| (fact.source_system.clone(), fact.source_id.clone()));
    ledger.settle(batch, settled).map_err(Plain)?;
    Ok(())
}
