//! Streams facts into a suite through its gateway and says how long that took; `tests/bench/ingest` starts it.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tributary::cli::{ConnectArgs, Connection};
use tributary_bench::{
    ingest::{PARTNERS, Sales},
    partners,
};
use tributary_proto::tributary::incentive::v1::StreamFactsRequest;

/// Facts of a batch: the most that one takes.
const BATCH: usize = 1_000;

/// Batches before the clock starts: partners are read through, statements prepared, caches filled.
const WARM_UP: usize = 20;

#[tokio::main]
async fn main() -> Result<()> {
    let usage = "usage: ingest-load ENDPOINT KEY FACTS IN_FLIGHT";
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [endpoint, key, facts, in_flight] = arguments.as_slice() else { anyhow::bail!(usage) };
    let (facts, in_flight): (usize, usize) = (facts.parse()?, in_flight.parse()?);
    let args = ConnectArgs { endpoint: Some(endpoint.clone()), api_key: Some(key.clone()), ..ConnectArgs::default() };
    let gateway = Connection::open(&args).await?;
    partners::create(&gateway, PARTNERS).await?;
    let mut sales = Sales::default();
    stream(&gateway, &mut sales, WARM_UP, in_flight).await?;
    let (seconds, waited) = stream(&gateway, &mut sales, facts.div_ceil(BATCH), in_flight).await?;
    let count = facts.div_ceil(BATCH).saturating_mul(BATCH);
    println!(
        "{}",
        serde_json::json!({ "facts": count, "millis": millis(seconds), "longest_answer_millis": millis(waited) })
    );
    Ok(())
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

/// From the first batch sent to the last acknowledged; and the longest time between two answers.
async fn stream(
    gateway: &Connection,
    sales: &mut Sales,
    batches: usize,
    in_flight: usize,
) -> Result<(Duration, Duration)> {
    let (requests, outgoing) = mpsc::channel(in_flight);
    let begun = Instant::now();
    let mut answers = gateway.facts().stream_facts(ReceiverStream::new(outgoing)).await?.into_inner();
    let mut waiting = VecDeque::new();
    let (mut sent, mut longest, mut last) = (0_usize, Duration::ZERO, begun);
    loop {
        while sent < batches && waiting.len() < in_flight {
            let facts = sales.by_ref().take(BATCH).collect();
            let position = i64::try_from(sent)?;
            requests.send(StreamFactsRequest { facts, position }).await.context("the stream is closed")?;
            waiting.push_back(position);
            sent = sent.saturating_add(1);
        }
        let Some(expected) = waiting.pop_front() else { return Ok((begun.elapsed(), longest)) };
        let answer = answers.message().await?.context("the stream ended early")?;
        let batch = answer.batch.unwrap_or_default();
        ensure!(answer.position == expected && batch.recorded_count == i32::try_from(BATCH)?, "{batch:?}");
        longest = longest.max(last.elapsed());
        last = Instant::now();
    }
}
