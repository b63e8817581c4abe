//! What comes from other services over the bus, and what this one says of alerts.

use std::{sync::atomic::Ordering, time::Duration};

use prost::Message;
use tributary_bus::{Bus as _, BusError};
use tributary_core::{Event, TenantId, Timestamp};
use tributary_proto::tributary::{
    contract::v1 as pb,
    incentive::v1::{FactsRecorded, SalesFact},
    partner::v1::{Document, DocumentChanged, DocumentKind, DocumentRevision, DocumentState},
};
use tributary_testkit::CountingIds;
use uuid::Uuid;

use super::world::{World, day};

impl World {
    /// Makes a batch known upstream and delivers its event.
    pub async fn record(&self, tenant: &str, batch: i64, facts: Vec<SalesFact>) {
        let count = i32::try_from(facts.len()).expect("few");
        self.incentive.0.lock().expect("lock").batches.insert((tenant.to_owned(), batch), facts);
        self.deliver(&self.recorded(tenant, batch, count)).await.expect("delivered");
    }

    /// A new event of a batch.
    pub fn recorded(&self, tenant: &str, batch: i64, fact_count: i32) -> Event {
        let data = FactsRecorded { batch, fact_count, ..FactsRecorded::default() }.encode_to_vec();
        self.event(tenant, "tributary.incentive.v1.FactsRecorded", "facts", batch, data)
    }

    fn event(&self, tenant: &str, event_type: &str, subject: &str, sequence: i64, data: Vec<u8>) -> Event {
        Event {
            id: CountingIds::numbered(1_000_000 + self.events.fetch_add(1, Ordering::SeqCst)),
            tenant: TenantId::parse(tenant).expect("tenant"),
            source: "elsewhere".to_owned(),
            event_type: event_type.to_owned(),
            subject: subject.to_owned(),
            sequence,
            time: Timestamp(1),
            trace_parent: String::new(),
            data,
        }
    }

    pub async fn deliver(&self, event: &Event) -> Result<(), BusError> {
        self.bus.publish(std::slice::from_ref(event)).await
    }

    /// Delivers an event of a business licence of partner `gz`.
    pub async fn licence(&self, id: &str, state: DocumentState, expires_on: &str, sequence: i64) {
        let document = Document {
            name: format!("partners/gz/documents/{id}"),
            kind: DocumentKind::BusinessLicence.into(),
            expires_on: Some(day(expires_on)),
            state: state.into(),
            ..Document::default()
        };
        let revision = DocumentRevision { document: Some(document), ..DocumentRevision::default() };
        let data = DocumentChanged { revision: Some(revision), ..DocumentChanged::default() }.encode_to_vec();
        let subject = format!("partners/gz/documents/{id}");
        let event = self.event("default", "tributary.partner.v1.DocumentChanged", &subject, sequence, data);
        self.deliver(&event).await.expect("delivered");
    }

    /// What was said of alerts so far, as "from → to severity", once every event is out.
    pub async fn announced(&self, count: usize) -> Vec<String> {
        let mut said = Vec::new();
        for _ in 0..1_000 {
            said = self.said();
            if said.len() >= count {
                return said;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{said:?} are fewer than {count}");
    }

    fn said(&self) -> Vec<String> {
        let kept = self.bus.kept.lock().expect("lock");
        let mut seen: Vec<Uuid> = Vec::new();
        let mut said = Vec::new();
        for event in kept.iter().filter(|e| e.event_type == "tributary.contract.v1.AlertChanged") {
            if seen.contains(&event.id) {
                continue;
            }
            seen.push(event.id);
            let changed = pb::AlertChanged::decode(event.data.as_slice()).expect("decodes");
            let alert = changed.alert.clone().expect("set");
            assert_eq!((&*event.source, &event.subject), ("contract-risk", &alert.name));
            let short = |name: &str| name.trim_start_matches("ALERT_STATE_").to_owned();
            let (from, to) = (short(changed.from_state().as_str_name()), short(alert.state().as_str_name()));
            let severity = alert.severity().as_str_name().trim_start_matches("ALERT_SEVERITY_").to_owned();
            said.push(format!("{from} → {to} {severity}"));
        }
        said
    }
}
