//! The customers of the demo: what they saw and visited before they bought, or did not, and what the channels cost.

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use tributary_core::{Date, Timestamp};
use tributary_proto::{
    google::r#type::Money,
    tributary::analytics::v1::{Cost, RecordCostsRequest, StreamTouchpointsRequest, Touchpoint, TouchpointKind},
};
use tributary_rpc::convert::{date_to_proto, timestamp_to_proto};

use crate::{
    cli::{Connection, Failure},
    output::Progress,
};

/// How many customers, and touchpoints per request.
const CUSTOMERS: u32 = 8_000;
const BATCH: usize = 1_000;
const HOUR: i64 = 3_600_000_000;
/// The last evening, in seconds: what is later has not happened yet.
const END: i64 = 1_767_182_400;

/// A channel: name, class, how often a journey begins or goes on with it, of 1,000 touches so many lead to a purchase,
/// cost per month in thousands of yuan.
struct Channel(&'static str, &'static str, u32, u32, i64);

const CHANNELS: [Channel; 7] = [
    Channel("douyin", "ONLINE", 26, 40, 180),
    Channel("search", "ONLINE", 18, 60, 95),
    Channel("kol", "ONLINE", 14, 30, 140),
    Channel("tmall", "ONLINE", 14, 150, 120),
    Channel("jd", "ONLINE", 9, 140, 70),
    Channel("wechat-group", "EMERGING", 8, 110, 25),
    Channel("store", "OFFLINE", 11, 210, 160),
];

/// Records touchpoints and costs; how many of each.
pub(super) async fn customers(connection: &Connection, seed: u64) -> Result<(usize, usize), Failure> {
    let touchpoints = touchpoints(&mut StdRng::seed_from_u64(seed ^ 0xCC))?;
    let mut progress = Progress::counted("touchpoints", u64::try_from(touchpoints.len()).unwrap_or(0));
    let chunks = touchpoints.chunks(BATCH).zip(1_i64..);
    let requests: Vec<_> =
        chunks.map(|(rows, position)| StreamTouchpointsRequest { touchpoints: rows.to_vec(), position }).collect();
    let answers = connection.intake().stream_touchpoints(tokio_stream::iter(requests)).await?;
    let (mut answers, mut done) = (answers.into_inner(), 0_u64);
    while let Some(answer) = answers.message().await? {
        let batch = answer.batch.unwrap_or_default();
        if let Some(error) = batch.results.first().and_then(|r| r.error.as_ref()) {
            return Err(Failure::server(format!("a touchpoint was not taken: {}", error.message)));
        }
        done =
            done.saturating_add(u64::try_from(batch.recorded_count.saturating_add(batch.duplicate_count)).unwrap_or(0));
        progress.rows(done);
    }
    progress.finish();
    if done != u64::try_from(touchpoints.len()).unwrap_or(0) {
        return Err(Failure::server(format!("the server answered for {done} of {} touchpoints", touchpoints.len())));
    }
    let costs = costs()?;
    let sizes = (touchpoints.len(), costs.len());
    let answer = connection.intake().record_costs(RecordCostsRequest { costs }).await?.into_inner();
    match answer.results.iter().find_map(|r| r.error.as_ref()) {
        Some(error) => Err(Failure::server(format!("a cost was not taken: {}", error.message))),
        None => Ok(sizes),
    }
}

fn touchpoints(random: &mut StdRng) -> Result<Vec<Touchpoint>, Failure> {
    let first = Date::from_ymd(2025, 1, 1).map_err(Failure::server)?.days().saturating_mul(24 * HOUR);
    let mut all = Vec::new();
    for customer in 0..CUSTOMERS {
        let mut at = first.saturating_add(random.random_range(0..355 * 24_i64).saturating_mul(HOUR));
        let mut touch = 0_u32;
        let mut add = |kind, channel: &Channel, at, value| {
            touch = touch.saturating_add(1);
            all.push(Touchpoint {
                source_system: "demo-web".to_owned(),
                source_id: format!("{customer}-{touch}"),
                customer_key: format!("c-{customer:06x}"),
                kind: i32::from(kind),
                channel: channel.0.to_owned(),
                occurred_at: Some(timestamp_to_proto(Timestamp(at))),
                value,
                ..Touchpoint::default()
            });
        };
        for _ in 0..random.random_range(1..=9) {
            let channel = pick(random);
            let kind = if channel.0 == "store" { TouchpointKind::Visit } else { TouchpointKind::Click };
            add(kind, channel, at, None);
            if random.random_range(0..1_000) < channel.3 {
                let units = random.random_range(180..6_400);
                let value = Money { currency_code: "CNY".to_owned(), units, nanos: 0 };
                add(TouchpointKind::Conversion, channel, at.saturating_add(HOUR / 4), Some(value));
                if random.random_range(0..3) > 0 {
                    break;
                }
            }
            at = at.saturating_add(random.random_range(1..96_i64).saturating_mul(HOUR));
        }
    }
    all.retain(|touch| touch.occurred_at.as_ref().is_some_and(|at| at.seconds < END));
    Ok(all)
}

fn pick(random: &mut StdRng) -> &'static Channel {
    let mut left = random.random_range(0..CHANNELS.iter().map(|c| c.2).sum());
    let found = CHANNELS.iter().find(|c| match left.checked_sub(c.2) {
        Some(rest) => {
            left = rest;
            false
        }
        None => true,
    });
    found.unwrap_or(&CHANNELS[0])
}

/// What every channel cost in every month of 2025, a little more at 618 and double eleven.
fn costs() -> Result<Vec<Cost>, Failure> {
    let mut all = Vec::new();
    for month in 1..=12 {
        let factor = if matches!(month, 6 | 11) { 16 } else { 10 };
        for Channel(name, class, _, _, thousands) in &CHANNELS {
            all.push(Cost {
                source_system: "demo-erp".to_owned(),
                source_id: format!("media-2025-{month:02}-{name}"),
                cost_type: "media".to_owned(),
                occurred_on: Some(date_to_proto(Date::from_ymd(2025, month, 1).map_err(Failure::server)?)),
                amount: Some(Money {
                    currency_code: "CNY".to_owned(),
                    units: thousands.saturating_mul(100).saturating_mul(factor),
                    nanos: 0,
                }),
                channel: (*class).to_owned(),
                sub_channel: (*name).to_owned(),
                ..Cost::default()
            });
        }
    }
    Ok(all)
}
