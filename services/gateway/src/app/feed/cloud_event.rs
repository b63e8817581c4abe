//! An event of the feed as the world sees it: a CloudEvent, the same by list, stream and webhook.

use prost::Message as _;
use prost_reflect::{DynamicMessage, ReflectMessage as _};
use tributary_core::Fault;
use tributary_proto::{pool, tributary::gateway::v1::CloudEvent};
use tributary_rpc::convert::timestamp_to_proto;

use crate::ports::feed::FeedEvent;

/// The CloudEvent of an event.
#[must_use]
pub fn cloud_event(feed: FeedEvent) -> CloudEvent {
    let FeedEvent { enter_time, event, .. } = feed;
    CloudEvent {
        specversion: "1.0".to_owned(),
        id: event.id.hyphenated().to_string(),
        source: format!("services/{}", event.source),
        subject: event.subject,
        time: Some(timestamp_to_proto(event.time)),
        sequence: event.sequence,
        tenant: event.tenant.to_string(),
        recordedtime: Some(timestamp_to_proto(enter_time)),
        traceparent: event.trace_parent,
        data: Some(prost_types::Any {
            type_url: format!("type.googleapis.com/{}", event.event_type),
            value: event.data,
        }),
        r#type: event.event_type,
    }
}

/// The JSON format of CloudEvents, byte for byte the same for the same event.
///
/// # Errors
/// `INTERNAL` when the data is no message of its type.
pub fn to_json(event: &CloudEvent) -> Result<Vec<u8>, Fault> {
    let of = pool().get_message_by_name("tributary.gateway.v1.CloudEvent");
    let of = of.ok_or_else(|| Fault::internal("the contract has no CloudEvent"))?;
    let message = DynamicMessage::decode(of, event.encode_to_vec().as_slice());
    let message = message.map_err(|e| Fault::internal(format!("event {} does not read back: {e}", event.id)))?;
    serde_json::to_vec(&message).map_err(|e| {
        Fault::internal(format!("event {} as JSON of {}: {e}", event.id, message.descriptor().full_name()))
    })
}

#[cfg(test)]
mod tests {
    use prost::Message as _;
    use tributary_core::{Event, TenantId, Timestamp};
    use tributary_proto::tributary::incentive::v1::FactsRecorded;

    use super::{cloud_event, to_json};
    use crate::ports::feed::FeedEvent;

    #[test]
    fn the_json_is_a_cloud_event() {
        let data = FactsRecorded { batch: 7, fact_count: 3, ..Default::default() }.encode_to_vec();
        let event = Event {
            id: "01383fd6-3800-7000-8000-000000000001".parse().expect("an id"),
            tenant: TenantId::default_tenant(),
            source: "incentive-calculation".to_owned(),
            event_type: "tributary.incentive.v1.FactsRecorded".to_owned(),
            subject: "factBatches/7".to_owned(),
            sequence: 1,
            time: Timestamp(1_341_100_800_000_000),
            data,
            trace_parent: String::new(),
        };
        let feed = FeedEvent { number: 4, enter_time: Timestamp(1_341_100_800_250_000), event };
        let json: serde_json::Value =
            serde_json::from_slice(&to_json(&cloud_event(feed)).expect("written")).expect("JSON");
        let expected = serde_json::json!({
            "specversion": "1.0",
            "id": "01383fd6-3800-7000-8000-000000000001",
            "source": "services/incentive-calculation",
            "type": "tributary.incentive.v1.FactsRecorded",
            "subject": "factBatches/7",
            "time": "2012-07-01T00:00:00Z",
            "sequence": "1",
            "tenant": "default",
            "recordedtime": "2012-07-01T00:00:00.250Z",
            "data": {
                "@type": "type.googleapis.com/tributary.incentive.v1.FactsRecorded",
                "batch": "7",
                "factCount": 3,
            },
        });
        assert_eq!(json, expected);
    }
}
