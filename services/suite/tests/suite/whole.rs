//! Start, first call, stop; in one process and in several parts.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::Path,
    time::{Duration, Instant},
};

use tonic::{Code, Request, Status, transport::Channel};
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};
use tributary::{
    settings::{PeerSettings, ServiceAddresses, ServiceName, SuiteSettings},
    suite::{RunningSuite, serve_until},
};
use tributary_lifecycle::CancellationToken;
use tributary_proto::tributary::{
    analytics::v1::{ListMetricsRequest, metric_service_client::MetricServiceClient},
    contract::v1::{ListContractsRequest, contract_service_client::ContractServiceClient},
    gateway::v1::{Caller, GetCallerRequest, api_key_service_client::ApiKeyServiceClient},
    incentive::v1::{ListProgrammesRequest, plan_service_client::PlanServiceClient},
    partner::v1::{
        CreatePartnerRequest, ListPartnersRequest, Partner, PartnerKind, partner_service_client::PartnerServiceClient,
    },
};
use tributary_sql::{OutboxStore, PoolOptions, sqlite::Pool};

fn settings(data: &Path) -> SuiteSettings {
    SuiteSettings {
        data_dir: data.to_owned(),
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        ..SuiteSettings::default()
    }
}

fn with_key<T>(key: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("authorization", format!("Bearer {key}").parse().expect("a value"));
    request
}

async fn channel(endpoint: &str) -> Channel {
    Channel::from_shared(endpoint.to_owned()).expect("a url").connect().await.expect("it answers")
}

async fn caller(channel: &Channel, key: &str) -> Result<Caller, Status> {
    let mut client = ApiKeyServiceClient::new(channel.clone());
    client.get_caller(with_key(key, GetCallerRequest {})).await.map(tonic::Response::into_inner)
}

async fn health(channel: &Channel, service: &str) -> ServingStatus {
    let request = HealthCheckRequest { service: service.to_owned() };
    HealthClient::new(channel.clone()).check(request).await.expect("known").into_inner().status()
}

/// Every service answers through the door.
async fn look_around(channel: &Channel, key: &str) {
    let mut partners = PartnerServiceClient::new(channel.clone());
    let page = partners.list_partners(with_key(key, ListPartnersRequest::default())).await.expect("a page");
    assert!(page.metadata().get("x-request-id").is_some());
    assert!(page.into_inner().partners.is_empty());
    let mut plans = PlanServiceClient::new(channel.clone());
    let page = plans.list_programmes(with_key(key, ListProgrammesRequest::default())).await.expect("a page");
    assert!(page.into_inner().programmes.is_empty());
    let mut contracts = ContractServiceClient::new(channel.clone());
    let page = contracts.list_contracts(with_key(key, ListContractsRequest::default())).await.expect("a page");
    assert!(page.into_inner().contracts.is_empty());
    let mut metrics = MetricServiceClient::new(channel.clone());
    let page = metrics.list_metrics(with_key(key, ListMetricsRequest {})).await.expect("a list");
    assert!(!page.into_inner().metrics.is_empty());
    for service in [
        "",
        "gateway",
        "tributary.partner.v1.PartnerService",
        "incentive-calculation",
        "tributary.contract.v1.ContractService",
        "analytics",
    ] {
        assert_eq!(health(channel, service).await, ServingStatus::Serving, "{service}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_starts_answers_and_stops() {
    let directory = tempfile::tempdir().expect("a directory");
    let data = directory.path().join("deep").join("data");
    let settings = settings(&data);
    let begun = Instant::now();
    let suite = RunningSuite::start(settings.clone()).await.expect("starts");
    println!("cold start {:?}", begun.elapsed());
    assert!(suite.api_key_is_new);
    let written = std::fs::read_to_string(data.join("bootstrap.key")).expect("written");
    assert_eq!(written.trim(), suite.api_key);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!((mode(&data), mode(&data.join("bootstrap.key"))), (0o700, 0o600), "for the owner only");
    }
    let open = channel(&suite.endpoint).await;
    let who = caller(&open, &suite.api_key).await.expect("known");
    assert_eq!((who.tenant.as_str(), who.subject.as_str(), who.roles), ("default", "bootstrap", vec![1]));
    assert_eq!(caller(&open, "trib_k1_x").await.expect_err("unknown").code(), Code::Unauthenticated);
    look_around(&open, &suite.api_key).await;
    let (endpoint, key) = (suite.endpoint.clone(), suite.api_key.clone());
    // The connection stays open: a stop must not wait for its owner.
    tokio::time::timeout(Duration::from_secs(10), suite.stop()).await.expect("in time").expect("cleanly");
    assert!(Channel::from_shared(endpoint).expect("a url").connect().await.is_err(), "the port is free again");

    let again = RunningSuite::start(settings).await.expect("starts again");
    assert_eq!((again.api_key_is_new, again.api_key.as_str()), (false, key.as_str()));
    assert!(caller(&channel(&again.endpoint).await, &key).await.is_ok());
    again.stop().await.expect("cleanly");
}

/// Whoever waits for the port finds the key.
#[tokio::test(flavor = "multi_thread")]
async fn the_port_opens_after_the_first_key_is_written() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut settings = settings(directory.path());
    settings.listen = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("an address");
    let (address, key) = (settings.listen, directory.path().join("bootstrap.key"));
    let waiting = tokio::task::spawn_blocking(move || {
        let begun = Instant::now();
        while std::net::TcpStream::connect(address).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(30), "the port does not open");
            std::thread::sleep(Duration::from_millis(1));
        }
        std::fs::read_to_string(key).map_err(|e| e.to_string())
    });
    let suite = RunningSuite::start(settings).await.expect("starts");
    let found = waiting.await.expect("waited");
    assert_eq!(found.as_deref().map(str::trim), Ok(suite.api_key.as_str()));
    suite.stop().await.expect("cleanly");
}

#[tokio::test]
async fn a_taken_address_is_said() {
    let directory = tempfile::tempdir().expect("a directory");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let mut settings = settings(directory.path());
    settings.listen = taken.local_addr().expect("an address");
    let why = RunningSuite::start(settings).await.expect_err("taken").to_string();
    assert!(why.contains("cannot listen at 127.0.0.1"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_part_can_stand_alone() {
    let directory = tempfile::tempdir().expect("a directory");
    let free = || {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.local_addr().expect("an address")
    };
    let mut settings = settings(directory.path());
    settings.listen = free();
    settings.services = ServiceAddresses {
        partner_registry: free(),
        incentive_calculation: free(),
        contract_risk: free(),
        analytics: free(),
    };
    settings.peers = PeerSettings {
        partner_registry: format!("http://{}", settings.services.partner_registry),
        incentive_calculation: format!("http://{}", settings.services.incentive_calculation),
        contract_risk: format!("http://{}", settings.services.contract_risk),
        analytics: format!("http://{}", settings.services.analytics),
    };

    let stop = CancellationToken::new();
    let parts = ServiceName::ALL.map(|name| tokio::spawn(serve_until(name, settings.clone(), stop.clone())));
    let endpoint = Channel::from_shared(format!("http://{}", settings.listen)).expect("a url");
    let mut open = Err("not tried".to_owned());
    for _ in 0..100 {
        assert!(
            parts.iter().all(|part| !part.is_finished()),
            "a part ended: {:?}",
            futures::future::join_all(parts).await
        );
        open = endpoint.connect().await.map_err(|e| e.to_string());
        if open.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let open = open.expect("the gateway answers");
    // Services may be a moment later than the gateway; health says when.
    for service in ServiceName::BEHIND_THE_GATEWAY {
        let mut tries = 0;
        while health(&open, service.as_str()).await != ServingStatus::Serving {
            tries += 1;
            assert!(tries < 100, "{service} does not come up");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    let key = std::fs::read_to_string(directory.path().join("bootstrap.key")).expect("written");
    look_around(&open, key.trim()).await;

    // A service believes the tokens of the gateway, not the keys of its callers.
    let registry = channel(&settings.peers.partner_registry).await;
    let mut partners = PartnerServiceClient::new(registry);
    let refused = partners.list_partners(with_key(key.trim(), ListPartnersRequest::default())).await;
    assert_eq!(refused.expect_err("refused").code(), Code::Unauthenticated);

    let partner = Partner { display_name: "Alpine".to_owned(), kind: PartnerKind::Dealer.into(), ..Partner::default() };
    let create = CreatePartnerRequest { partner: Some(partner), ..CreatePartnerRequest::default() };
    let made = PartnerServiceClient::new(open.clone()).create_partner(with_key(key.trim(), create)).await;
    made.expect("created");
    // Longer than a relay needs.
    tokio::time::sleep(Duration::from_secs(1)).await;

    stop.cancel();
    for part in parts {
        tokio::time::timeout(Duration::from_secs(25), part).await.expect("in time").expect("ran").expect("cleanly");
    }
    let file = directory.path().join("partner-registry.db");
    let store = Pool::open(file, PoolOptions::default()).await.expect("the store of the registry");
    assert_eq!(store.pending().await, Ok(1), "its event waits for a bus");
}
