//! Clients go away in the middle of their calls, by the thousand: nothing is half done, no connection is left in a
//! transaction, and whoever comes back with the same ids gets one effect.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use rand::Rng as _;
use tonic::{Code, Request};
use tributary_proto::tributary::incentive::v1::BatchRecordFactsRequest;

use super::World;
use crate::load::{Shared, Source, create_partner, partner, record};

/// Calls that are cancelled at the same time.
const AT_ONCE: u32 = 50;
/// The longest a call is waited for before it is cancelled, in microseconds: about as long as it takes.
const LONGEST_US: u64 = 25_000;
/// How long ordinary calls may take afterwards, all together.
const HEALTHY: Duration = Duration::from_secs(20);

/// Cancels so many calls, then makes each of them again.
pub(super) async fn run(world: &mut World) -> anyhow::Result<()> {
    let times = world.common.times;
    let shared = world.load()?.shared.clone();
    let mut source = Source::new(world.common.seed, 100);
    let (mut cut, mut answered, mut number) = (0_u32, 0_u32, 0_u32);
    while cut < times {
        let mut calls = tokio::task::JoinSet::new();
        for _ in 0..AT_ONCE {
            number = number.saturating_add(1);
            let call = Call::new(number, &mut source);
            let wait = Duration::from_micros(world.random.random_range(0..LONGEST_US));
            calls.spawn(cancelled(shared.clone(), call, wait));
        }
        let mut again = Vec::new();
        while let Some(ended) = calls.join_next().await {
            let (was_cut, call) = ended??;
            if was_cut {
                cut = cut.saturating_add(1);
            } else {
                answered = answered.saturating_add(1);
            }
            again.push(call);
        }
        // Answered or not: the same once more, until it is acknowledged.
        let mut calls = tokio::task::JoinSet::new();
        for call in again {
            calls.spawn(acknowledged(shared.clone(), call));
        }
        while let Some(ended) = calls.join_next().await {
            ended??;
        }
        world.load()?.goes_on()?;
        ensure!(number < times.saturating_mul(20), "only {cut} of {number} calls could be cancelled");
    }
    let begun = Instant::now();
    world.progress(100).await.context("after the cancelled calls")?;
    ensure!(begun.elapsed() < HEALTHY, "100 ordinary calls took {:?}", begun.elapsed());
    if let Some(server) = &world.place.postgres {
        let ask = "SELECT count(*) FROM pg_stat_activity WHERE datname LIKE 'fault%' AND state LIKE 'idle in%'
                   AND state_change < now() - interval '5 seconds'";
        let stuck = server.ask(ask)?;
        ensure!(stuck == "0", "{stuck} connections are left in a transaction");
    }
    println!("  cancel: {cut} calls cancelled, {answered} were faster");
    Ok(())
}

/// What is called.
enum Call {
    Facts(Vec<tributary_proto::tributary::incentive::v1::SalesFact>, Vec<crate::journal::Entry>),
    Partner(String),
}

impl Call {
    fn new(number: u32, source: &mut Source) -> Self {
        if number.is_multiple_of(3) {
            return Self::Partner(format!("cancelled-{number}"));
        }
        let (facts, entries) = source.batch();
        Self::Facts(facts, entries)
    }
}

/// Makes a call and gives it up after a while; whether that was before its answer. In turns the client goes away, and
/// the deadline of the call comes.
async fn cancelled(shared: Shared, call: Call, wait: Duration) -> anyhow::Result<(bool, Call)> {
    let by_deadline = wait.as_micros().is_multiple_of(2);
    let code = match &call {
        Call::Facts(facts, _) => {
            let mut request = Request::new(BatchRecordFactsRequest { facts: facts.clone() });
            if by_deadline {
                request.set_timeout(wait);
            }
            let mut client = shared.gateway.facts();
            let sent = client.batch_record_facts(request);
            ended(by_deadline, wait, sent).await
        }
        Call::Partner(id) => {
            let mut request = Request::new(partner(id));
            if by_deadline {
                request.set_timeout(wait);
            }
            let mut client = shared.gateway.partners();
            let sent = client.create_partner(request);
            ended(by_deadline, wait, sent).await
        }
    };
    Ok((code != Some(Code::Ok), call))
}

/// The code of the answer; none when the caller went away before it.
async fn ended<A>(
    by_deadline: bool,
    wait: Duration,
    sent: impl Future<Output = Result<tonic::Response<A>, tonic::Status>>,
) -> Option<Code> {
    let code = |answer: Result<tonic::Response<A>, tonic::Status>| answer.map_or_else(|s| s.code(), |_| Code::Ok);
    if by_deadline {
        return Some(code(sent.await));
    }
    tokio::time::timeout(wait, sent).await.ok().map(code)
}

async fn acknowledged(shared: Shared, call: Call) -> anyhow::Result<()> {
    match call {
        Call::Facts(facts, entries) => {
            record(&shared, facts).await?;
            shared.journal.keep(&entries)
        }
        Call::Partner(id) => {
            let entry = create_partner(&shared, &id).await?;
            shared.journal.keep(&[entry])
        }
    }
}
