//! A service in this process with its bus, its stand-in upstream and a caller with a signed token.

use std::sync::Arc;

use analytics_server::{Deps, Settings, build};
use prost::Message as _;
use sqlx::{AssertSqlSafe, Connection as _};
use tributary_bus::{Bus, BusError, InProcessBus};
use tributary_cache::{Cache, LocalCache};
use tributary_core::{Event, RequestContext, Role, TenantId, Timestamp};
use tributary_proto::{
    google::r#type::Decimal,
    tributary::{
        analytics::v1::{
            MetricDimension, MetricRow, MetricValue, QueryMetricsRequest, QueryMetricsResponse, SalesBasis,
            attribution_service_client::AttributionServiceClient, ingest_service_client::IngestServiceClient,
            metric_service_client::MetricServiceClient, metric_value,
        },
        incentive::v1::{FactsRecorded, SalesFact, fact_service_server::FactServiceServer},
    },
};
use tributary_rpc::{
    Edge,
    client::{self, Backend},
    service::ServiceBuilder,
    status::{Described, describe},
    token::TokenSigner,
};
use tributary_testkit::{CountingIds, Engine, ManualClock, TestDatabase, engines};
use uuid::Uuid;

use crate::incentive::Incentive;

/// A running service.
pub struct Running {
    pub client: MetricServiceClient<Backend>,
    pub attribution: AttributionServiceClient<Backend>,
    pub ingest: IngestServiceClient<Backend>,
    pub incentive: Incentive,
    bus: Arc<InProcessBus>,
    pub database: Arc<TestDatabase>,
}

/// A migrated database of its own.
pub async fn database(engine: Engine) -> TestDatabase {
    let migrate =
        async |url: &str| analytics_server::migrate(&url.parse().expect("a store url")).await.expect("migrated");
    TestDatabase::migrated(engine, migrate).await
}

/// The service on every engine.
pub async fn services() -> Vec<Running> {
    let mut running = Vec::new();
    for engine in engines() {
        let database = Arc::new(database(engine).await);
        running.push(service(database, Arc::default(), Arc::new(LocalCache::default())).await);
    }
    running
}

/// A service over a store; replicas over one store share the source of ids, too.
pub async fn service(database: Arc<TestDatabase>, ids: Arc<CountingIds>, cache: Arc<dyn Cache>) -> Running {
    let signer = Arc::new(TokenSigner::generate().expect("key"));
    let clock = Arc::new(ManualClock::default());
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
        cache,
        verifier: signer.verifier(),
        signer: signer.clone(),
        incentive_calculation: client::local(upstream.router),
    };
    let settings = Settings { store: database.url().parse().expect("a store url"), ..Settings::default() };
    let service = build(settings, deps).await.expect("the service");
    let backend = client::authorised(client::local(service.router), signer, clock, "gateway");
    let attribution = AttributionServiceClient::new(backend.clone());
    let ingest = IngestServiceClient::new(backend.clone());
    Running { client: MetricServiceClient::new(backend), attribution, ingest, incentive, bus, database }
}

/// A request of an analyst: reads everything, changes nothing.
pub fn analyst<T>(tenant: &str, request: T) -> tonic::Request<T> {
    by(Role::Analyst, tenant, request)
}

/// A request of a channel manager: writes too.
pub fn manager<T>(tenant: &str, request: T) -> tonic::Request<T> {
    by(Role::ChannelManager, tenant, request)
}

/// A request of a role.
pub fn by<T>(role: Role, tenant: &str, request: T) -> tonic::Request<T> {
    let caller = RequestContext {
        tenant: TenantId::parse(tenant).expect("tenant"),
        subject: "someone".to_owned(),
        roles: vec![role],
        scope: tributary_core::Scope::Tenant,
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
        trace_parent: String::new(),
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

    /// Everything that the store keeps, as bytes: texts stand in it as they are.
    pub async fn everything_kept(&self) -> Vec<u8> {
        match self.database.engine() {
            Engine::Sqlite => {
                let files = ["", "-wal"].map(|end| std::fs::read(format!("{}{end}", self.database.place())));
                files.into_iter().flat_map(Result::unwrap_or_default).collect()
            }
            Engine::Postgres => {
                let mut connection = sqlx::PgConnection::connect(self.database.place()).await.expect("connects");
                let tables = "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'";
                let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut connection).await.expect("tables");
                let mut kept = Vec::new();
                for table in tables {
                    let rows = AssertSqlSafe(format!("SELECT CAST(t AS TEXT) FROM \"{table}\" t"));
                    let rows: Vec<String> = sqlx::query_scalar(rows).fetch_all(&mut connection).await.expect("rows");
                    kept.extend(rows.concat().into_bytes());
                }
                kept
            }
        }
    }

    pub async fn deliver(&self, event: &Event) -> Result<(), BusError> {
        self.bus.publish(std::slice::from_ref(event)).await
    }

    pub async fn query(&self, tenant: &str, request: QueryMetricsRequest) -> Result<QueryMetricsResponse, Described> {
        let answer = self.client.clone().query_metrics(analyst(tenant, request)).await;
        answer.map(tonic::Response::into_inner).map_err(|s| describe(&s))
    }

    /// All rows, shown, and how far they go.
    pub async fn rows(&self, tenant: &str, request: QueryMetricsRequest) -> (Vec<String>, i64) {
        let answer = self.query(tenant, request).await.expect("rows");
        assert_eq!(answer.next_page_token, "");
        (answer.rows.iter().map(shown).collect(), answer.through_batch)
    }
}

/// A question for metrics, split by dimensions, of every fact.
pub fn asked(metrics: &[&str], dimensions: &[MetricDimension]) -> QueryMetricsRequest {
    QueryMetricsRequest {
        metrics: metrics.iter().map(|id| (*id).to_owned()).collect(),
        dimensions: dimensions.iter().map(|dimension| i32::from(*dimension)).collect(),
        basis: SalesBasis::All.into(),
        page_size: 1_000,
        ..QueryMetricsRequest::default()
    }
}

/// A row as "period texts | values"; a value as what it is, and what it is made of in brackets.
pub fn shown(row: &MetricRow) -> String {
    let MetricRow { period, partner, region, product_line, sku, channel, sub_channel, kind, currency_code, .. } = row;
    let about = [period, partner, region, product_line, sku, channel, sub_channel, kind, currency_code];
    let about: Vec<&str> = about.into_iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
    let values: Vec<String> = row.values.iter().map(value).collect();
    format!("{} | {}", about.join(" "), values.join(" "))
}

fn value(value: &MetricValue) -> String {
    let decimal = |decimal: &Option<Decimal>| decimal.as_ref().map(|decimal| decimal.value.clone());
    let shown = match &value.value {
        None => "-".to_owned(),
        Some(metric_value::Value::Amount(money)) if money.nanos == 0 => money.units.to_string(),
        Some(metric_value::Value::Amount(money)) => format!("{},{}", money.units, money.nanos),
        Some(metric_value::Value::Number(number)) => number.value.clone(),
    };
    match (decimal(&value.numerator), decimal(&value.denominator)) {
        (Some(numerator), Some(denominator)) => format!("{shown}({numerator}/{denominator})"),
        _ => shown,
    }
}
