//! The same call again and again: 64 at once under one key while services are killed, once more after all of them were, and
//! then with another body. Each key has one effect, every repeat the answer of the first, and the other body is refused.

use std::{collections::HashMap, sync::Arc, time::Duration};

use anyhow::{bail, ensure};
use prost::Message;
use rand::Rng as _;
use tonic::{Request, Response, Status};
use tributary::settings::ServiceName;
use tributary_rpc::status::describe;

use super::World;
use crate::{
    journal::Entry,
    load::{Met, Shared, agree, partner, partner_name, receipt, transaction, until_answered, version},
};

/// Repeats under one key at once.
const AT_ONCE: u32 = 64;
/// The longest a wave of calls is let go on before a service is killed.
const LONGEST_MS: u64 = 200;
/// Receipts of one deposit, which has at most 500 movements.
const RECEIPTS: u32 = 400;

/// Makes so many calls.
pub(super) async fn run(world: &mut World) -> anyhow::Result<()> {
    let met = Arc::new(Met::default());
    let shared = world.load()?.shared.with(met.clone());
    // A wave has one key of every kind.
    let waves = world.common.times.div_ceil(AT_ONCE * 4).max(1);
    let mut answered = Vec::new();
    for wave in 0..waves {
        if wave.is_multiple_of(RECEIPTS) {
            agree(&shared, &deposit(wave)).await?;
        }
        let keys = [Key::Partner(wave), Key::Version(wave), Key::Posting(wave), Key::Receipt(wave)];
        let mut calls = tokio::task::JoinSet::new();
        for key in keys {
            for _ in 0..AT_ONCE {
                let shared = shared.clone();
                calls.spawn(async move { Ok::<_, anyhow::Error>((key, key.call(&shared, false).await?)) });
            }
        }
        let services = [ServiceName::IncentiveCalculation, ServiceName::PartnerRegistry, ServiceName::Gateway];
        if let Some(service) = services.get(usize::try_from(wave % 4)?) {
            let after = world.random.random_range(0..LONGEST_MS);
            world.kill(*service, Duration::from_millis(after)).await?;
        }
        let mut first: HashMap<Key, Vec<u8>> = HashMap::new();
        while let Some(ended) = calls.join_next().await {
            let (key, answer) = ended??;
            let answer = answer.map_err(|status| anyhow::anyhow!("{key:?} is refused: {status}"))?;
            let known = first.entry(key).or_insert_with(|| answer.clone());
            ensure!(*known == answer, "two answers to {key:?}");
        }
        for (key, answer) in first {
            shared.journal.keep(&[key.entry(&answer)?])?;
            answered.push((key, answer));
        }
        world.load()?.goes_on()?;
    }
    for service in ServiceName::ALL {
        world.kill(service, Duration::ZERO).await?;
    }
    world.place.processes.ready().await?;
    for (key, before) in &answered {
        let again = key.call(&shared, false).await?;
        ensure!(again.is_ok_and(|again| again == *before), "another answer to {key:?} after the restart");
        match key.call(&shared, true).await? {
            Ok(_) => bail!("another body was taken under the key of {key:?}"),
            Err(status) => {
                let reason = describe(&status).reason;
                ensure!(reason == key.refusal(), "{key:?} with another body: {reason:?} {status}");
            }
        }
    }
    let calls = u32::try_from(answered.len())?.saturating_mul(AT_ONCE + 1);
    ensure!(met.all() > 0, "no repeat has met a kill: they came to nothing");
    println!(
        "  repeat: {calls} calls under {} keys, each refused with another body; met: {}",
        answered.len(),
        met.text()
    );
    Ok(())
}

/// A call under a key of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Partner(u32),
    Version(u32),
    Posting(u32),
    Receipt(u32),
}

impl Key {
    /// Makes the call, or one with another body under the same key: its answer, or why it was refused.
    async fn call(self, shared: &Shared, other: bool) -> anyhow::Result<Result<Vec<u8>, Status>> {
        match self {
            Self::Partner(number) => {
                let mut request = partner(&format!("repeated-{number}"));
                if let Some(partner) = request.partner.as_mut().filter(|_| other) {
                    partner.display_name.push_str(", another");
                }
                let client = shared.gateway.partners();
                let call = |request| {
                    let mut client = client.clone();
                    async move { client.create_partner(request).await }
                };
                answer(shared, &request, call).await
            }
            Self::Version(number) => {
                let title = if other { "Another".to_owned() } else { title(number) };
                let client = shared.gateway.plans();
                let call = |request| {
                    let mut client = client.clone();
                    async move { client.create_plan_version(request).await }
                };
                answer(shared, &version(&title, &format!("repeated-version-{number}")), call).await
            }
            Self::Posting(number) => {
                let cents = cents(number).saturating_add(i64::from(other));
                let client = shared.gateway.ledger();
                let call = |request| {
                    let mut client = client.clone();
                    async move { client.create_transaction(request).await }
                };
                answer(shared, &transaction(&posting(number), &partner_name(0), cents, false), call).await
            }
            Self::Receipt(number) => {
                let cents = cents(number).saturating_add(i64::from(other));
                let client = shared.gateway.deposits();
                let call = |request| {
                    let mut client = client.clone();
                    async move { client.receive_deposit(request).await }
                };
                answer(shared, &receipt(&deposit(number), cents, &format!("repeated-receipt-{number}")), call).await
            }
        }
    }

    /// What its one effect is.
    fn entry(self, answer: &[u8]) -> anyhow::Result<Entry> {
        Ok(match self {
            Self::Partner(_) => {
                let made = tributary_proto::tributary::partner::v1::Partner::decode(answer)?;
                Entry::Partner { name: made.name, display_name: made.display_name }
            }
            Self::Version(number) => {
                let made = tributary_proto::tributary::incentive::v1::PlanVersion::decode(answer)?;
                Entry::Version { name: made.name, title: title(number) }
            }
            Self::Posting(number) => {
                Entry::Posting { id: posting(number), partner: partner_name(0), cents: cents(number) }
            }
            Self::Receipt(number) => Entry::Received { deposit: deposit(number), cents: cents(number) },
        })
    }

    /// The reason for which another body is refused.
    fn refusal(self) -> &'static str {
        match self {
            Self::Posting(_) => "TRANSACTION_DIFFERS",
            _ => "REQUEST_ID_REUSED",
        }
    }
}

async fn answer<Q: Clone, A: Message, F: Future<Output = Result<Response<A>, Status>>>(
    shared: &Shared,
    request: &Q,
    call: impl Fn(Request<Q>) -> F,
) -> anyhow::Result<Result<Vec<u8>, Status>> {
    Ok(until_answered(&shared.met, request, call).await?.map(|answer| answer.into_inner().encode_to_vec()))
}

fn title(number: u32) -> String {
    format!("Repeated version {number}")
}

fn posting(number: u32) -> String {
    format!("repeated-{number}")
}

fn deposit(number: u32) -> String {
    format!("deposits/repeated-{}", number / RECEIPTS)
}

fn cents(number: u32) -> i64 {
    i64::from(number).saturating_add(1)
}
