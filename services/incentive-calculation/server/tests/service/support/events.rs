//! The bus as this service knows it: what the registry tells, and what the service published.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use prost::Message as _;
use tributary_bus::{Bus, BusError, InProcessBus, Subscription};
use tributary_core::{Date, Event, TenantId, Timestamp};
use tributary_proto::tributary::{
    common::v1::ExternalRef,
    partner::v1::{
        HierarchyLink, ParentSet, Partner, PartnerChanged, PartnerKind, PartnerRevision, TierAssigned, TierAssignment,
    },
};
use tributary_rpc::convert::{date_to_proto, timestamp_to_proto};
use uuid::Uuid;

use super::{Caller, World};

/// The bus in this process, and every event that went through it.
pub struct Recorder {
    bus: InProcessBus,
    seen: Mutex<Vec<Event>>,
    count: AtomicU64,
}

impl Recorder {
    pub fn new(bus: InProcessBus) -> Self {
        Self { bus, seen: Mutex::default(), count: AtomicU64::new(1) }
    }
}

#[async_trait::async_trait]
impl Bus for Recorder {
    async fn publish(&self, events: &[Event]) -> Result<(), BusError> {
        self.bus.publish(events).await?;
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(events);
        Ok(())
    }

    fn subscribe(&self, subscription: Subscription) {
        self.bus.subscribe(subscription);
    }
}

/// An active dealer in Guangdong, revision 1, whose id is its business key and its key in the ERP.
pub fn dealer(id: &str) -> Partner {
    Partner {
        name: format!("partners/{id}"),
        uid: uid_of(id).to_string(),
        display_name: format!("Dealer {id}"),
        kind: PartnerKind::Dealer.into(),
        region: "CN/GD".to_owned(),
        external_refs: vec![ExternalRef { system: "erp".to_owned(), id: format!("AW-{id}") }],
        business_key: id.to_owned(),
        revision: 1,
        update_time: Some(timestamp_to_proto(instant("2012-01-01"))),
        ..Partner::default()
    }
}

/// An id that depends on a name alone.
fn uid_of(name: &str) -> Uuid {
    Uuid::from_u128(name.bytes().fold(7, |sum: u128, b| sum.wrapping_mul(257).wrapping_add(b.into())))
}

/// Midnight UTC of a day, which is 8 o'clock of the same day in Shanghai.
fn instant(day: &str) -> Timestamp {
    Timestamp(0).plus_seconds(Date::parse(day).expect("date").days() * 86_400)
}

impl World {
    async fn deliver(&self, caller: &Caller, kind: &str, subject: &str, time: Timestamp, data: Vec<u8>) {
        let number = self.events.count.fetch_add(1, Ordering::SeqCst);
        let event = Event {
            id: Uuid::from_u128(u128::from(number)),
            tenant: caller.tenant().clone(),
            source: "partner-registry".to_owned(),
            event_type: format!("tributary.partner.v1.{kind}"),
            subject: subject.to_owned(),
            sequence: i64::try_from(number).expect("few"),
            time,
            trace_parent: String::new(),
            data,
        };
        // Twice, because delivery is at least once.
        for _ in 0..2 {
            self.events.publish(std::slice::from_ref(&event)).await.expect("handled");
        }
    }

    /// Tells of a revision that was recorded on a day.
    pub async fn changed(&self, caller: &Caller, partner: Partner, day: &str) {
        self.changed_at(caller, partner, instant(day)).await;
    }

    /// Tells of a revision that was recorded at an instant.
    pub async fn changed_at(&self, caller: &Caller, partner: Partner, at: Timestamp) {
        let subject = partner.name.clone();
        let revision = PartnerRevision { partner: Some(partner), ..PartnerRevision::default() };
        let data = PartnerChanged { revision: Some(revision) }.encode_to_vec();
        self.deliver(caller, "PartnerChanged", &subject, at, data).await;
    }

    /// Tells of partners with the ids, all [`dealer`]s known since 2012-01-01.
    pub async fn dealers(&self, caller: &Caller, ids: &[&str]) {
        for id in ids {
            self.changed(caller, dealer(id), "2012-01-01").await;
        }
    }

    /// Tells of a tier in force in `[from, to)`, recorded on a day.
    pub async fn tier(&self, caller: &Caller, id: &str, tier: &str, (from, to): (&str, Option<&str>), recorded: &str) {
        let day = |text: &str| date_to_proto(Date::parse(text).expect("date"));
        let assignment = TierAssignment {
            partner: format!("partners/{id}"),
            tier: tier.to_owned(),
            effective_from: Some(day(from)),
            effective_to: to.map(day),
            record_time: Some(timestamp_to_proto(instant(recorded))),
            ..TierAssignment::default()
        };
        let subject = assignment.partner.clone();
        let data = TierAssigned { assignment: Some(assignment), ..TierAssigned::default() }.encode_to_vec();
        self.deliver(caller, "TierAssigned", &subject, instant(recorded), data).await;
    }

    /// Tells of a parent in force from a day on, recorded on that day.
    pub async fn linked(&self, caller: &Caller, id: &str, parent: &str, from: &str) {
        let link = HierarchyLink {
            partner: format!("partners/{id}"),
            parent: if parent.is_empty() { String::new() } else { format!("partners/{parent}") },
            effective_from: Date::parse(from).map(date_to_proto).ok(),
            record_time: Some(timestamp_to_proto(instant(from))),
            ..HierarchyLink::default()
        };
        let subject = link.partner.clone();
        let data = ParentSet { link: Some(link), ..ParentSet::default() }.encode_to_vec();
        self.deliver(caller, "ParentSet", &subject, instant(from), data).await;
    }

    /// The events of a type that this service published for a tenant, once there are `count`.
    pub async fn published(&self, tenant: &TenantId, kind: &str, count: usize) -> Vec<Event> {
        let wanted = format!("tributary.incentive.v1.{kind}");
        for _ in 0..200 {
            let all = self.events.seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let found: Vec<Event> = all.into_iter().filter(|e| e.event_type == wanted && e.tenant == *tenant).collect();
            if found.len() >= count {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{count} events {kind} did not come within ten seconds");
    }
}
