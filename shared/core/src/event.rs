//! Events: facts about state changes, in the shape of a CloudEvent. Written to the outbox in the transaction of the
//! change; delivered at least once, in order per subject.

use uuid::Uuid;

use crate::{TenantId, Timestamp};

/// An event to be published; the outbox gives it its sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// UUIDv7, the key of exactly-once effects.
    pub id: Uuid,
    /// Tenant.
    pub tenant: TenantId,
    /// `tributary.<area>.v1.<PastTense>`. Example: "tributary.partner.v1.PartnerChanged".
    pub event_type: String,
    /// Resource name the event is about; order holds within one. Example: "partners/x".
    pub subject: String,
    /// When it was recorded.
    pub time: Timestamp,
    /// The protobuf message named by the type, encoded.
    pub data: Vec<u8>,
}

/// A published event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// UUIDv7.
    pub id: Uuid,
    /// Tenant.
    pub tenant: TenantId,
    /// Which service said it. Example: "partner-registry".
    pub source: String,
    /// `tributary.<area>.v1.<PastTense>`.
    pub event_type: String,
    /// Resource name the event is about.
    pub subject: String,
    /// Counts the events of one tenant and subject, from 1, without gaps.
    pub sequence: i64,
    /// When it was recorded.
    pub time: Timestamp,
    /// The protobuf message named by the type, encoded.
    pub data: Vec<u8>,
    /// The span it came from, as the text of a W3C `traceparent`; empty when none was traced.
    pub trace_parent: String,
}
