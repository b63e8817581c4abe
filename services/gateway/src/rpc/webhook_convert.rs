//! Webhooks between protobuf and the use cases.

use tributary_core::{Fault, TenantId, Timestamp, Violations};
use tributary_proto::tributary::gateway::v1 as pb;
use tributary_rpc::convert::timestamp_to_proto;

use crate::{
    app::webhooks::{Change, receiver_key},
    ports::webhooks::{Attempt, Delivery, DeliveryKey, DeliveryState, Scheme, Webhook, WebhookState},
};

/// The fields that an update may change.
const FIELDS: [&str; 4] = ["url", "display_name", "types", "subject"];

/// As it is at a time: the keys of secrets that are over are not told.
pub(super) fn webhook_to_proto(webhook: &Webhook, now: Timestamp) -> Result<pb::Webhook, Fault> {
    let scheme = webhook.secrets.first().map(|secret| secret.scheme);
    let in_force = webhook.secrets.iter().filter(|secret| secret.in_force(now));
    let public = in_force.filter(|secret| secret.scheme == Scheme::Ed25519).map(receiver_key);
    Ok(pb::Webhook {
        name: webhook.name(),
        url: webhook.url.clone(),
        display_name: webhook.display_name.clone(),
        types: webhook.types.clone(),
        subject: webhook.subject.clone(),
        state: match webhook.state {
            WebhookState::Enabled => pb::webhook::State::Enabled,
            WebhookState::Disabled => pb::webhook::State::Disabled,
            WebhookState::Gone => pb::webhook::State::Gone,
        }
        .into(),
        signature: match scheme {
            Some(Scheme::HmacSha256) => pb::WebhookSignature::HmacSha256,
            Some(Scheme::Ed25519) => pb::WebhookSignature::Ed25519,
            None => pb::WebhookSignature::Unspecified,
        }
        .into(),
        public_keys: public.collect::<Result<_, _>>()?,
        creator: webhook.creator.clone(),
        create_time: Some(timestamp_to_proto(webhook.create_time)),
        update_time: Some(timestamp_to_proto(webhook.update_time)),
        etag: format!("r{}", webhook.revision),
    })
}

pub(super) fn scheme(signature: i32) -> Option<Scheme> {
    match pb::WebhookSignature::try_from(signature) {
        Ok(pb::WebhookSignature::HmacSha256) => Some(Scheme::HmacSha256),
        Ok(pb::WebhookSignature::Ed25519) => Some(Scheme::Ed25519),
        _ => None,
    }
}

/// All that a new webhook says.
pub(super) fn stated(webhook: pb::Webhook) -> Change {
    Change {
        url: Some(webhook.url),
        display_name: Some(webhook.display_name),
        types: Some(webhook.types),
        subject: Some(webhook.subject),
    }
}

/// What an update says: the fields of its mask, or without one those that are set.
pub(super) fn change(webhook: pb::Webhook, paths: &[String]) -> Result<Change, Fault> {
    let mut violations = Violations::new();
    for (i, path) in paths.iter().enumerate().filter(|(_, path)| !FIELDS.contains(&path.as_str())) {
        let why = format!("{path:?} cannot be changed; there are {}", FIELDS.join(", "));
        violations.add(format!("update_mask.paths[{i}]"), why);
    }
    violations.into_result()?;
    let named = |field: &str, set: bool| if paths.is_empty() { set } else { paths.iter().any(|path| path == field) };
    Ok(Change {
        url: named("url", !webhook.url.is_empty()).then_some(webhook.url),
        display_name: named("display_name", !webhook.display_name.is_empty()).then_some(webhook.display_name),
        types: named("types", !webhook.types.is_empty()).then_some(webhook.types),
        subject: named("subject", !webhook.subject.is_empty()).then_some(webhook.subject),
    })
}

/// The revision of an etag; none was sent: any.
pub(super) fn revision(etag: &str) -> Result<Option<i64>, Fault> {
    if etag.is_empty() {
        return Ok(None);
    }
    let revision = etag.strip_prefix('r').and_then(|digits| digits.parse().ok());
    revision.map(Some).ok_or_else(|| {
        Fault::invalid_field("webhook.etag", format!("{etag:?} is no etag; send the one that you read, or none"))
    })
}

/// The id in a name such as "webhooks/erp".
pub(super) fn webhook_id<'a>(field: &str, name: &'a str) -> Result<&'a str, Fault> {
    name.strip_prefix("webhooks/")
        .filter(|id| !id.is_empty() && !id.contains('/'))
        .ok_or_else(|| Fault::invalid_field(field, format!("{name:?} is not a name of the form \"webhooks/WEBHOOK\"")))
}

/// The delivery in a name such as "webhooks/erp/deliveries/7".
pub(super) fn delivery_key(tenant: &TenantId, name: &str) -> Result<DeliveryKey, Fault> {
    let parts = || {
        let (webhook, number) = name.strip_prefix("webhooks/")?.split_once("/deliveries/")?;
        Some(DeliveryKey { tenant: tenant.clone(), webhook: webhook.to_owned(), number: number.parse().ok()? })
    };
    parts().ok_or_else(|| {
        Fault::invalid_field(
            "name",
            format!("{name:?} is not a name of the form \"webhooks/WEBHOOK/deliveries/NUMBER\""),
        )
    })
}

pub(super) fn delivery_state(state: i32) -> Option<DeliveryState> {
    match pb::webhook_delivery::State::try_from(state) {
        Ok(pb::webhook_delivery::State::Pending) => Some(DeliveryState::Pending),
        Ok(pb::webhook_delivery::State::Delivered) => Some(DeliveryState::Delivered),
        Ok(pb::webhook_delivery::State::Failed) => Some(DeliveryState::Failed),
        _ => None,
    }
}

pub(super) fn delivery_to_proto(delivery: &Delivery, attempts: &[Attempt]) -> pb::WebhookDelivery {
    let pending = delivery.state == DeliveryState::Pending;
    pb::WebhookDelivery {
        name: format!("webhooks/{}/deliveries/{}", delivery.of.key.webhook, delivery.of.key.number),
        event_id: delivery.of.event_id.hyphenated().to_string(),
        event_type: delivery.of.event_type.clone(),
        subject: delivery.of.subject.clone(),
        state: match delivery.state {
            DeliveryState::Pending => pb::webhook_delivery::State::Pending,
            DeliveryState::Delivered => pb::webhook_delivery::State::Delivered,
            DeliveryState::Failed => pb::webhook_delivery::State::Failed,
        }
        .into(),
        attempt_count: i32::try_from(delivery.attempt_count).unwrap_or(i32::MAX),
        next_attempt_time: pending.then(|| timestamp_to_proto(delivery.next_attempt_time)),
        create_time: Some(timestamp_to_proto(delivery.of.create_time)),
        end_time: delivery.end_time.map(timestamp_to_proto),
        attempts: attempts.iter().map(attempt_to_proto).collect(),
    }
}

pub(super) fn attempt_to_proto(attempt: &Attempt) -> pb::WebhookAttempt {
    pb::WebhookAttempt {
        number: i32::try_from(attempt.number).unwrap_or(i32::MAX),
        time: Some(timestamp_to_proto(attempt.time)),
        duration: prost_types::Duration::try_from(attempt.duration).ok(),
        http_status: i32::from(attempt.http_status),
        error: attempt.error.clone(),
        response: attempt.response.clone(),
    }
}
