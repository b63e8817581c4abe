//! A handler with its stand-ins: where facts come from, and where they go.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use prost::Message as _;
use tributary_core::{Event, Fault, TenantId, Timestamp};
use tributary_feed::{EVENT_TYPES, FactEvents, FactSink, FeedFact, IncentiveClient};
use tributary_proto::tributary::incentive::v1::{FactsRecorded, SalesFact, fact_service_server::FactServiceServer};
use tributary_rpc::{Edge, client, service::ServiceBuilder, token::TokenSigner};
use tributary_testkit::{CountingIds, ManualClock};
use uuid::Uuid;

use crate::incentive::Incentive;

/// What a sink was given: the event's id, the batch, the facts.
pub type Added = (Uuid, i64, Vec<FeedFact>);

/// Keeps what it is given, or refuses it.
#[derive(Default)]
pub struct Sink {
    pub added: Mutex<Vec<Added>>,
    pub refusal: Mutex<Option<Fault>>,
}

#[async_trait]
impl FactSink for Sink {
    async fn add(&self, event: &Event, batch: i64, facts: Vec<FeedFact>) -> Result<(), Fault> {
        if let Some(fault) = self.refusal.lock().expect("lock").clone() {
            return Err(fault);
        }
        self.added.lock().expect("lock").push((event.id, batch, facts));
        Ok(())
    }
}

/// The handler and both ends of it.
pub struct Feed {
    pub handler: FactEvents,
    pub incentive: Incentive,
    pub sink: Arc<Sink>,
}

pub async fn feed() -> Feed {
    let signer = Arc::new(TokenSigner::generate().expect("key"));
    let (clock, ids) = (Arc::new(ManualClock::default()), Arc::new(CountingIds::new()));
    let incentive = Incentive::default();
    let edge = Edge::new("incentive.tributary");
    let upstream = ServiceBuilder::new("incentive-calculation", &edge, signer.verifier(), clock.clone(), ids)
        .add(FactServiceServer::new(incentive.clone()))
        .build()
        .await
        .expect("the upstream");
    let backend = client::authorised(client::local(upstream.router), signer, clock, "consumer");
    let sink = Arc::new(Sink::default());
    let handler = FactEvents { source: Arc::new(IncentiveClient { backend }), sink: sink.clone() };
    Feed { handler, incentive, sink }
}

impl Feed {
    /// Makes a batch known upstream.
    pub fn know(&self, tenant: &str, batch: i64, facts: Vec<SalesFact>) {
        self.incentive.0.lock().expect("lock").batches.insert((tenant.to_owned(), batch), facts);
    }

    /// What the sink was given: the batch and the source ids of its facts.
    pub fn added(&self) -> Vec<(i64, Vec<String>)> {
        let added = self.sink.added.lock().expect("lock");
        added.iter().map(|(_, batch, facts)| (*batch, facts.iter().map(|f| f.source_id.clone()).collect())).collect()
    }
}

/// The event of a batch.
pub fn recorded(tenant: &str, batch: i64, fact_count: i32) -> Event {
    Event {
        id: Uuid::from_u128(7),
        tenant: TenantId::parse(tenant).expect("tenant"),
        source: "incentive-calculation".to_owned(),
        event_type: EVENT_TYPES[0].to_owned(),
        subject: format!("factBatches/{batch}"),
        sequence: 1,
        time: Timestamp(1),
        trace_parent: String::new(),
        data: FactsRecorded { batch, fact_count, ..FactsRecorded::default() }.encode_to_vec(),
    }
}
