//! One attempt: the event as JSON, signed, posted, and what the answer means.

use std::sync::Arc;

use prost::Message as _;
use tokio::time::Instant;
use tributary_core::{Clock, Event, Fault, IdSource, RequestContext, Timestamp};
use tributary_proto::tributary::gateway::v1::WebhookTested;

use super::{schedule, sign};
use crate::{
    app::feed::{cloud_event, to_json},
    ports::{
        Entropy,
        feed::FeedEvent,
        webhooks::{Attempt, Outgoing, Post, Reply, Verdict, Webhook},
    },
};

/// 410 Gone: the receiver wants nothing any more.
const GONE: u16 = 410;

/// What sending needs.
#[derive(Debug, Clone)]
pub struct Sending {
    /// The way out.
    pub post: Arc<dyn Post>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Jitter.
    pub entropy: Arc<dyn Entropy>,
}

impl Sending {
    /// Sends an event once; what came of it, and how long the receiver asks to be left alone.
    pub async fn attempt(&self, webhook: &Webhook, feed: FeedEvent, number: i64) -> (Attempt, Option<u64>) {
        let time = self.clock.now();
        let begun = Instant::now();
        let answer = match outgoing(webhook, feed, time) {
            Ok(request) => self.post.post(&request).await,
            Err(fault) => {
                tracing::error!(webhook = %webhook.id, %fault, "an event cannot be written or signed");
                Err("the gateway could not write or sign the event; its log says why".to_owned())
            }
        };
        let duration = begun.elapsed();
        let (reply, error) = match answer {
            Ok(reply) if (200..300).contains(&reply.status) => (reply, String::new()),
            Ok(reply) => {
                let why = format!("answered {}", reply.status);
                (reply, why)
            }
            Err(why) => (Reply { status: 0, retry_after: None, body: String::new() }, why),
        };
        let attempt = Attempt { number, time, duration, http_status: reply.status, error, response: reply.body };
        (attempt, reply.retry_after)
    }

    /// What an attempt makes of a delivery that had `tries` in this round before it.
    ///
    /// # Errors
    /// `INTERNAL` when the system gives no randomness.
    pub fn verdict(&self, attempt: &Attempt, retry_after: Option<u64>, tries: i64) -> Result<Verdict, Fault> {
        if attempt.error.is_empty() {
            return Ok(Verdict::Delivered);
        }
        if attempt.http_status == GONE {
            return Ok(Verdict::Gone);
        }
        let mut chance = [0_u8; 4];
        self.entropy.fill(&mut chance)?;
        let failed = usize::try_from(tries).unwrap_or(usize::MAX).saturating_add(1);
        let pause = schedule::pause(failed, u32::from_le_bytes(chance), retry_after);
        Ok(pause.map_or(Verdict::Failed, |pause| {
            Verdict::Again(self.clock.now().plus_micros(i64::try_from(pause.as_micros()).unwrap_or(i64::MAX)))
        }))
    }
}

/// An event as it is posted at a time.
fn outgoing(webhook: &Webhook, feed: FeedEvent, time: Timestamp) -> Result<Outgoing, Fault> {
    let event = cloud_event(feed);
    let body = to_json(&event)?;
    let timestamp = time.to_seconds_nanos().0;
    let signature = sign::signatures(&webhook.secrets, &event.id, timestamp, &body, time)?;
    let headers =
        vec![("webhook-id", event.id), ("webhook-timestamp", timestamp.to_string()), ("webhook-signature", signature)];
    Ok(Outgoing { url: webhook.url.clone(), headers, body })
}

/// Sends a webhook an event made for it, once; what came of it.
pub async fn test_webhook(
    sending: &Sending,
    ids: &dyn IdSource,
    context: &RequestContext,
    webhook: &Webhook,
) -> Attempt {
    let now: Timestamp = sending.clock.now();
    let data = WebhookTested { webhook: webhook.name(), actor: context.subject.clone() };
    let event = Event {
        id: ids.uuid(),
        tenant: context.tenant.clone(),
        source: crate::SERVICE.to_owned(),
        event_type: "tributary.gateway.v1.WebhookTested".to_owned(),
        subject: webhook.name(),
        sequence: 1,
        time: now,
        data: data.encode_to_vec(),
        trace_parent: String::new(),
    };
    sending.attempt(webhook, FeedEvent { number: 0, enter_time: now, event }, 1).await.0
}
