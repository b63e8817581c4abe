//! Events as services would say them.

use prost::Message as _;
use tributary_bus::Bus as _;
use tributary_core::{Clock as _, Event, TenantId};
use tributary_proto::tributary::partner::v1::{PartnerChanged, TierAssigned};
use tributary_testkit::CountingIds;

use super::World;

pub const TIER: &str = "tributary.partner.v1.TierAssigned";
pub const PARTNER: &str = "tributary.partner.v1.PartnerChanged";

/// An event of partner-registry: its number makes its id.
pub fn event(world: &World, number: u64, event_type: &str, subject: &str, sequence: i64) -> Event {
    let data = match event_type {
        TIER => TierAssigned { partner_uid: format!("u{number}"), ..TierAssigned::default() }.encode_to_vec(),
        _ => PartnerChanged::default().encode_to_vec(),
    };
    Event {
        // Away from the ids that the gateway of the test gives out.
        id: CountingIds::numbered(1_000_000 + number),
        tenant: TenantId::default_tenant(),
        source: "partner-registry".to_owned(),
        event_type: event_type.to_owned(),
        subject: subject.to_owned(),
        sequence,
        time: world.clock.now(),
        data,
        trace_parent: String::new(),
    }
}

impl World {
    /// An event comes by the bus and is taken in.
    pub async fn says(&self, number: u64, event_type: &str, subject: &str, sequence: i64) {
        let event = event(self, number, event_type, subject, sequence);
        self.bus.publish(&[event]).await.expect("taken in");
    }

    /// The same of another tenant.
    pub async fn says_of(&self, tenant: &TenantId, number: u64, event_type: &str, subject: &str, sequence: i64) {
        let event = Event { tenant: tenant.clone(), ..event(self, number, event_type, subject, sequence) };
        self.bus.publish(&[event]).await.expect("taken in");
    }
}
