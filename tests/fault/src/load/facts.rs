//! Clients that bring facts.

use std::{collections::VecDeque, time::Duration};

use anyhow::{Context as _, ensure};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;
use tributary_proto::{
    google::r#type::{Date, Money},
    tributary::incentive::v1::{
        BatchRecordFactsRequest, BatchRecordFactsResponse, FactKind, SalesFact, StreamFactsRequest, sales_fact,
    },
};

use super::{
    PARTNERS, Shared, partner_name,
    retry::{is_passing, passing_row, until_acknowledged},
};
use crate::journal::Entry;

/// Facts of a batch.
const BATCH: std::ops::Range<u32> = 4..16;
/// Rest between batches, so that consumers keep up and the reconciler reads no more than it can.
const REST: Duration = Duration::from_millis(40);
/// Batches on their way in a stream.
const IN_FLIGHT: usize = 4;
/// How long a stream waits for an answer before it begins anew.
const SILENCE: Duration = Duration::from_secs(15);
/// 1/10,000 of a yuan in nanos.
const NANOS: i64 = 100_000;

/// Makes facts with ids that no other client uses.
pub struct Source {
    random: StdRng,
    client: u32,
    next: u64,
}

impl Source {
    /// For a client of the load.
    #[must_use]
    pub fn new(seed: u64, client: u32) -> Self {
        Self { random: StdRng::seed_from_u64(seed ^ (u64::from(client) << 32)), client, next: 0 }
    }

    /// The next batch, and what is to be kept once it is acknowledged.
    pub fn batch(&mut self) -> (Vec<SalesFact>, Vec<Entry>) {
        let count = self.random.random_range(BATCH);
        (0..count).map(|_| self.fact()).unzip()
    }

    fn fact(&mut self) -> (SalesFact, Entry) {
        self.next = self.next.saturating_add(1);
        let id = format!("c{}-{}", self.client, self.next);
        let partner = partner_name(self.random.random_range(0..PARTNERS));
        let net = self.random.random_range(1..50_000_000_i64);
        let (month, day) = (self.random.random_range(1..=12), self.random.random_range(1..=28));
        let nanos = i32::try_from((net % 10_000).saturating_mul(NANOS)).unwrap_or(0);
        let fact = SalesFact {
            source_system: "fault".to_owned(),
            source_id: id.clone(),
            partner_ref: Some(sales_fact::PartnerRef::Partner(partner.clone())),
            kind: FactKind::SellIn.into(),
            occurred: Some(sales_fact::Occurred::OccurredOn(Date { year: 2026, month, day })),
            net: Some(Money { currency_code: "CNY".to_owned(), units: net / 10_000, nanos }),
            ..SalesFact::default()
        };
        (fact, Entry::Fact { id, partner, net })
    }
}

/// Sends batches one after the other.
pub async fn in_batches(shared: Shared, client: u32) -> anyhow::Result<()> {
    let mut source = Source::new(shared.seed, client);
    while !shared.is_over() {
        let (facts, entries) = source.batch();
        record(&shared, facts).await?;
        shared.journal.keep(&entries)?;
        shared.one_more();
        tokio::time::sleep(REST).await;
    }
    Ok(())
}

/// Records a batch, however often it takes.
///
/// # Errors
/// When a fact is refused for good.
pub async fn record(shared: &Shared, facts: Vec<SalesFact>) -> anyhow::Result<()> {
    let request = BatchRecordFactsRequest { facts };
    loop {
        let call = |request| {
            let mut client = shared.gateway.facts();
            async move { client.batch_record_facts(request).await }
        };
        let answer = until_acknowledged(&shared.met, &request, call).await?.into_inner();
        if is_whole(shared, &answer, request.facts.len())? {
            return Ok(());
        }
        tokio::time::sleep(REST).await;
    }
}

/// Whether every fact of a batch is durable; false when one is to be sent again.
fn is_whole(shared: &Shared, answer: &BatchRecordFactsResponse, count: usize) -> anyhow::Result<bool> {
    if let Some(code) = passing_row(answer.results.iter().filter_map(|result| result.error.as_ref()))? {
        shared.met.count(&format!("{code:?} of a row"));
        return Ok(false);
    }
    let durable = answer.recorded_count.saturating_add(answer.duplicate_count);
    ensure!(usize::try_from(durable)? == count, "{durable} of {count} facts: {answer:?}");
    Ok(true)
}

/// A batch on its way.
struct Sent {
    facts: Vec<SalesFact>,
    entries: Vec<Entry>,
}

/// Sends batches by stream, several on their way; after a break it goes on from the first without an answer.
pub async fn by_stream(shared: Shared, client: u32) -> anyhow::Result<()> {
    let mut source = Source::new(shared.seed, client);
    let mut waiting: VecDeque<Sent> = VecDeque::new();
    while !(shared.is_over() && waiting.is_empty()) {
        if let Err(status) = stream(&shared, &mut source, &mut waiting).await? {
            shared.met.count(&format!("{:?} of a stream", status.code()));
            ensure!(is_passing(status.code()), "a stream is refused: {:?} {}", status.code(), status.message());
            tokio::time::sleep(REST).await;
        }
    }
    Ok(())
}

/// One stream, until the load is over or it breaks.
async fn stream(
    shared: &Shared,
    source: &mut Source,
    waiting: &mut VecDeque<Sent>,
) -> anyhow::Result<Result<(), Status>> {
    let (requests, outgoing) = mpsc::channel(IN_FLIGHT.saturating_mul(2));
    for sent in waiting.iter() {
        // The channel holds more than can be waiting.
        drop(requests.send(request(&sent.facts)).await);
    }
    let opened = shared.gateway.facts().stream_facts(ReceiverStream::new(outgoing)).await;
    let mut answers = match opened {
        Ok(answers) => answers.into_inner(),
        Err(status) => return Ok(Err(status)),
    };
    loop {
        while waiting.len() < IN_FLIGHT && !shared.is_over() {
            let (facts, entries) = source.batch();
            // A stream that is closed shows in its answers.
            drop(requests.send(request(&facts)).await);
            waiting.push_back(Sent { facts, entries });
        }
        if waiting.is_empty() {
            return Ok(Ok(()));
        }
        let answer = match tokio::time::timeout(SILENCE, answers.message()).await {
            Ok(Ok(Some(answer))) => answer.batch.unwrap_or_default(),
            Ok(Ok(None)) => return Ok(Err(Status::unavailable("the stream ended early"))),
            Ok(Err(status)) => return Ok(Err(status)),
            Err(_) => return Ok(Err(Status::deadline_exceeded("a stream is silent"))),
        };
        let first = waiting.front().context("an answer to nothing")?;
        if !is_whole(shared, &answer, first.facts.len())? {
            return Ok(Err(Status::unavailable("a row is to be sent again")));
        }
        shared.journal.keep(&first.entries)?;
        waiting.pop_front();
        shared.one_more();
        tokio::time::sleep(REST).await;
    }
}

fn request(facts: &[SalesFact]) -> StreamFactsRequest {
    StreamFactsRequest { facts: facts.to_vec(), position: 0 }
}
