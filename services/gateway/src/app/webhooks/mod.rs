//! Webhooks: who is told of which events, and the telling, after the Standard Webhooks specification.

mod deliveries;
mod manage;
mod schedule;
mod send;
mod sign;
mod worker;

pub use deliveries::{attempts_of, delivery, list_deliveries, redeliver, redeliver_failed};
pub use manage::{
    Change, NewWebhook, create_webhook, delete_webhook, list_webhooks, rotate_secret, set_state, update_webhook,
    webhook,
};
pub use schedule::{ATTEMPTS, pause};
pub use send::{Sending, test_webhook};
pub use sign::{random_secret, receiver_key, signatures};
pub use worker::deliver_worker;

use crate::{app::feed::Selection, ports::webhooks::Webhook};

/// Which events a webhook wants.
#[must_use]
pub fn selection_of(webhook: &Webhook) -> Selection {
    Selection { types: webhook.types.clone(), subject: webhook.subject.clone() }
}
