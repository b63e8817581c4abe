//! A service in this process with its bus, its stand-in upstream and a caller with a signed token.

use std::sync::Arc;

use analytics_server::{Deps, Settings, build};
use prost::Message as _;
use tributary_bus::{Bus, BusError, InProcessBus};
use tributary_core::{Event, RequestContext, Role, TenantId, Timestamp};
use tributary_proto::tributary::{
    analytics::v1::{
        QuerySalesRequest, QuerySalesResponse, SalesDimension, SalesRow,
        attribution_service_client::AttributionServiceClient, metric_service_client::MetricServiceClient,
    },
    incentive::v1::{FactsRecorded, SalesFact, fact_service_server::FactServiceServer},
};
use tributary_rpc::{
    Edge,
    client::{self, Backend},
    service::ServiceBuilder,
    status::{Described, describe},
    token::TokenSigner,
};
use tributary_testkit::{CountingIds, ManualClock, TestDatabase, engines};
use uuid::Uuid;

use crate::incentive::Incentive;

/// A running service.
pub struct Running {
    pub client: MetricServiceClient<Backend>,
    pub attribution: AttributionServiceClient<Backend>,
    pub incentive: Incentive,
    bus: Arc<InProcessBus>,
    _database: TestDatabase,
}

/// The service on every engine.
pub async fn services() -> Vec<Running> {
    let mut running = Vec::new();
    for engine in engines() {
        running.push(service(TestDatabase::create(engine).await).await);
    }
    running
}

async fn service(database: TestDatabase) -> Running {
    let signer = Arc::new(TokenSigner::generate().expect("key"));
    let (clock, ids) = (Arc::new(ManualClock::default()), Arc::new(CountingIds::new()));
    let bus = Arc::new(InProcessBus::new(clock.clone()));
    let incentive = Incentive::default();
    let edge = Edge::new("incentive.tributary");
    let upstream = ServiceBuilder::new("incentive-calculation", &edge, signer.verifier(), clock.clone(), ids.clone())
        .add(FactServiceServer::new(incentive.clone()))
        .build()
        .await
        .expect("the upstream");
    let deps = Deps {
        clock: clock.clone(),
        ids,
        bus: bus.clone(),
        verifier: signer.verifier(),
        signer: signer.clone(),
        incentive_calculation: client::local(upstream.router),
    };
    let settings = Settings { store: database.url().parse().expect("a store url") };
    let service = build(settings, deps).await.expect("the service");
    let backend = client::authorised(client::local(service.router), signer, clock, "gateway");
    let attribution = AttributionServiceClient::new(backend.clone());
    Running { client: MetricServiceClient::new(backend), attribution, incentive, bus, _database: database }
}

/// A request of an analyst: reads everything, changes nothing.
pub fn analyst<T>(tenant: &str, request: T) -> tonic::Request<T> {
    by(Role::Analyst, tenant, request)
}

/// A request of a channel manager: writes too.
pub fn manager<T>(tenant: &str, request: T) -> tonic::Request<T> {
    by(Role::ChannelManager, tenant, request)
}

fn by<T>(role: Role, tenant: &str, request: T) -> tonic::Request<T> {
    let caller = RequestContext {
        tenant: TenantId::parse(tenant).expect("tenant"),
        subject: "someone".to_owned(),
        roles: vec![role],
        request_id: "call-1".to_owned(),
    };
    client::on_behalf(&caller, request)
}

/// The event of a batch; `id` makes it this event and no other.
pub fn recorded(tenant: &str, id: u128, batch: i64, fact_count: i32) -> Event {
    Event {
        id: Uuid::from_u128(id),
        tenant: TenantId::parse(tenant).expect("tenant"),
        source: "incentive-calculation".to_owned(),
        event_type: "tributary.incentive.v1.FactsRecorded".to_owned(),
        subject: "facts".to_owned(),
        sequence: batch,
        time: Timestamp(1),
        data: FactsRecorded { batch, fact_count, ..FactsRecorded::default() }.encode_to_vec(),
    }
}

impl Running {
    /// Makes a batch known upstream and delivers its event once.
    pub async fn record(&self, tenant: &str, batch: i64, facts: Vec<SalesFact>) -> Result<(), BusError> {
        let count = i32::try_from(facts.len()).expect("few");
        self.incentive.0.lock().expect("lock").batches.insert((tenant.to_owned(), batch), facts);
        self.deliver(&recorded(tenant, u128::try_from(batch).expect("positive"), batch, count)).await
    }

    pub async fn deliver(&self, event: &Event) -> Result<(), BusError> {
        self.bus.publish(std::slice::from_ref(event)).await
    }

    pub async fn query(&self, tenant: &str, request: QuerySalesRequest) -> Result<QuerySalesResponse, Described> {
        let answer = self.client.clone().query_sales(analyst(tenant, request)).await;
        answer.map(tonic::Response::into_inner).map_err(|s| describe(&s))
    }

    /// All rows, shown, and how far they go.
    pub async fn rows(&self, tenant: &str, dimensions: &[SalesDimension]) -> (Vec<String>, i64) {
        let answer = self.query(tenant, split_by(dimensions)).await.expect("rows");
        (answer.rows.iter().map(shown).collect(), answer.through_batch)
    }
}

/// A query without bounds.
pub fn split_by(dimensions: &[SalesDimension]) -> QuerySalesRequest {
    QuerySalesRequest { dimensions: dimensions.iter().map(|d| i32::from(*d)).collect(), ..Default::default() }
}

/// A row as "partner month kind | currency units.nanos | facts | quantity".
pub fn shown(row: &SalesRow) -> String {
    let net = row.net.clone().expect("net");
    let quantity = &row.quantity.as_ref().expect("quantity").value;
    let SalesRow { partner, month, kind, fact_count, .. } = row;
    let about = format!("{partner} {month} {kind} | {} {} {}", net.currency_code, net.units, net.nanos);
    let about: Vec<_> = about.split_whitespace().collect();
    format!("{} | {fact_count} | {quantity}", about.join(" "))
}
