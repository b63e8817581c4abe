//! What processes tell about themselves: one trace from an import to what came of it, metrics on both ways out, and
//! nowhere a secret or personal data.

use std::{collections::BTreeSet, time::Duration};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tonic::{Code, Request};
use tributary::{
    cli::{ConnectArgs, Connection},
    planfile,
};
use tributary_proto::{
    google::{
        longrunning::GetOperationRequest,
        r#type::{Date, Money},
    },
    tributary::{
        gateway::v1::{GetCallerRequest, api_key_service_client::ApiKeyServiceClient},
        incentive::v1::{
            BatchRecordFactsRequest, CalculateRequest, FactKind, SalesFact, calculate_request::Subject, sales_fact,
        },
        partner::v1::{Contact, CreatePartnerRequest, Partner, PartnerKind, PartnerStatus},
    },
};
use tributary_telemetry::collector::{Collector, Received};
use tributary_testkit::{engines, redis_url};

use super::place::{PASSWORD, Place, until};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

/// What must be nowhere. Each is sent, in the place it names.
const CANARIES: [&str; 6] = [
    "canary-customer-key-7f3a",
    "canary.contact@example.invalid",
    "+86139555001234",
    "Canary Person",
    "canary-wrong-api-key",
    "canary.plain.customer@example.invalid",
];

/// A request of one trace, begun elsewhere.
fn traced<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    let parent = format!("00-{TRACE}-b7ad6b7169203331-01");
    request.metadata_mut().insert("traceparent", parent.parse().expect("a value"));
    request
}

fn sale(id: &str, customer: &str) -> SalesFact {
    SalesFact {
        source_system: "erp".to_owned(),
        source_id: id.to_owned(),
        partner_ref: Some(sales_fact::PartnerRef::Partner("partners/alpine".to_owned())),
        kind: FactKind::SellIn.into(),
        occurred: Some(sales_fact::Occurred::OccurredOn(Date { year: 2031, month: 4, day: 1 })),
        net: Some(Money { currency_code: "CNY".to_owned(), units: 100, nanos: 0 }),
        customer_key: customer.to_owned(),
        ..SalesFact::default()
    }
}

async fn create_partner(gateway: &Connection) {
    let [_, email, phone, name, ..] = CANARIES;
    let contact = Contact {
        person_name: name.to_owned(),
        email: email.to_owned(),
        phone: phone.to_owned(),
        ..Contact::default()
    };
    let partner = Partner {
        display_name: "Alpine".to_owned(),
        kind: PartnerKind::Dealer.into(),
        contacts: vec![contact],
        ..Partner::default()
    };
    let request = CreatePartnerRequest {
        partner: Some(partner),
        partner_id: "alpine".to_owned(),
        request_id: "create-alpine".to_owned(),
        initial_status: PartnerStatus::Active.into(),
    };
    until(async || gateway.partners().create_partner(request.clone()).await.map_err(|e| e.to_string())).await;
    // Refused, with everything in it: the errors must not carry it into lines.
    let mut wrong = request.clone();
    wrong.request_id = "create-alpine-wrong".to_owned();
    if let Some(partner) = &mut wrong.partner {
        partner.contacts = vec![partner.contacts[0].clone(); 51];
    }
    let refused = gateway.partners().create_partner(wrong).await.expect_err("51 contacts");
    assert_eq!(refused.code(), Code::InvalidArgument, "{refused:?}");
}

/// Imports and calculates under one trace.
async fn import_and_run(gateway: &Connection) {
    let record = |facts: Vec<SalesFact>| BatchRecordFactsRequest { facts };
    let facts = vec![sale("1", CANARIES[0]), sale("2", CANARIES[0])];
    let imported = async || {
        let answer = gateway.facts().batch_record_facts(traced(record(facts.clone()))).await;
        answer.map_err(|e| e.to_string())
    };
    assert_eq!(until(imported).await.into_inner().recorded_count, 2);
    // A repeat, one with other content, and one that carries an address in the clear, which is refused.
    let mut other = sale("1", CANARIES[0]);
    other.net = Some(Money { currency_code: "CNY".to_owned(), units: 999, nanos: 0 });
    let again = record(vec![sale("2", CANARIES[0]), other, sale("3", CANARIES[5])]);
    let answer = gateway.facts().batch_record_facts(again).await.expect("answered").into_inner();
    assert_eq!((answer.recorded_count, answer.duplicate_count), (0, 1), "{answer:?}");

    let plan = planfile::load("standard-commission").expect("a plan");
    let request = CalculateRequest {
        subject: Some(Subject::Plan(plan)),
        period: "2031-Q2".to_owned(),
        ..CalculateRequest::default()
    };
    let operation = gateway.runs().calculate(traced(request)).await.expect("begun").into_inner();
    until(async || {
        let request = GetOperationRequest { name: operation.name.clone() };
        match gateway.operations().get_operation(request).await {
            Ok(answer) if answer.get_ref().done => Ok(()),
            Ok(_) => Err("it runs".to_owned()),
            Err(status) => Err(status.to_string()),
        }
    })
    .await;
}

/// What the one trace must hold: which service, and the span as a collector shows it.
type Stages = &'static [(&'static str, &'static str)];

/// With a process per service.
const SPLIT: Stages = &[
    ("gateway", "tributary.incentive.v1.FactService/BatchRecordFacts"),
    ("incentive-calculation", "tributary.incentive.v1.FactService/BatchRecordFacts"),
    ("incentive-calculation", "transaction"),
    ("incentive-calculation", "publish tributary.incentive.v1.FactsRecorded"),
    ("analytics", "process tributary.incentive.v1.FactsRecorded"),
    ("analytics", "tributary.incentive.v1.FactService/ReadFacts"),
    ("incentive-calculation", "tributary.incentive.v1.FactService/ReadFacts"),
    ("analytics", "transaction"),
    ("contract-risk", "process tributary.incentive.v1.FactsRecorded"),
    ("gateway", "tributary.incentive.v1.RunService/Calculate"),
    ("incentive-calculation", "operation"),
    ("incentive-calculation", "publish tributary.incentive.v1.RunEnded"),
];

/// With all of them in one.
const TOGETHER: Stages = &[
    ("tributary", "tributary.incentive.v1.FactService/BatchRecordFacts"),
    ("tributary", "transaction"),
    ("tributary", "publish tributary.incentive.v1.FactsRecorded"),
    ("tributary", "process tributary.incentive.v1.FactsRecorded"),
    ("tributary", "tributary.incentive.v1.FactService/ReadFacts"),
    ("tributary", "tributary.incentive.v1.RunService/Calculate"),
    ("tributary", "operation"),
    ("tributary", "publish tributary.incentive.v1.RunEnded"),
];

/// The spans of the one trace, once every stage is in it; each hangs on another or on the caller's.
async fn whole_trace(collector: &Collector, stages: Stages) -> Vec<Received> {
    let spans = until(async || {
        let spans: Vec<_> = collector.spans().into_iter().filter(|span| span.trace == TRACE).collect();
        let there = |(service, name): &&(&str, &str)| spans.iter().any(|s| s.service == *service && s.name == *name);
        let missing: Vec<_> = stages.iter().filter(|stage| !there(stage)).collect();
        if missing.is_empty() { Ok(spans) } else { Err(format!("{missing:?} are missing")) }
    })
    .await;
    let ids: BTreeSet<&str> = spans.iter().map(|span| span.id.as_str()).collect();
    let named = |name: &str| spans.iter().filter(|span| span.name == name).collect::<Vec<_>>();
    for process in named("process tributary.incentive.v1.FactsRecorded") {
        let publish = named("publish tributary.incentive.v1.FactsRecorded");
        assert!(publish.iter().any(|publish| publish.id == process.parent), "{process:?}");
    }
    for transaction in named("transaction") {
        let known = transaction.attributes.iter().any(|(key, value)| key == "outcome" && !value.is_empty());
        assert!(known && ids.contains(transaction.parent.as_str()), "{transaction:?}");
    }
    spans
}

/// The texts of every metrics endpoint that the lines name.
async fn metrics(lines: &str) -> Vec<String> {
    let mut texts = Vec::new();
    for line in lines.lines().filter(|line| line.contains("metrics are at /metrics")) {
        let line: serde_json::Value = serde_json::from_str(line).expect("a line is an object");
        let address = line["address"].as_str().expect("an address").to_owned();
        let mut stream = tokio::net::TcpStream::connect(&address).await.expect("it listens");
        let ask = format!("GET /metrics HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        stream.write_all(ask.as_bytes()).await.expect("asked");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("text");
        let (head, text) = answer.split_once("\r\n\r\n").expect("a head");
        assert!(head.starts_with("HTTP/1.1 200") && head.contains("text/plain; version=0.0.4"), "{head}");
        texts.push(text.to_owned());
    }
    texts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_trace_leads_from_an_import_to_the_run_and_no_canary_sings() {
    let Some(redis) = redis_url() else { return };
    let Some(engine) = engines().into_iter().next_back() else { return };
    let collector = Collector::start().await.expect("a collector");
    let variables = vec![
        ("TRIBUTARY_LOG__FILTER", "trace".to_owned()),
        ("TRIBUTARY_LOG__FORMAT", "json".to_owned()),
        ("TRIBUTARY_LOG__OTLP_ENDPOINT", collector.endpoint.clone()),
        ("TRIBUTARY_METRICS__LISTEN", "127.0.0.1:0".to_owned()),
    ];
    let mut place = Place::start_with(engine, redis, variables);
    let gateway = place.gateway().await;
    create_partner(&gateway).await;
    import_and_run(&gateway).await;
    let stranger = gateway.keyed(CANARIES[4]).expect("a key");
    let mut stranger = ApiKeyServiceClient::new(stranger);
    let refused = stranger.get_caller(GetCallerRequest {}).await;
    assert_eq!(refused.expect_err("no such key").code(), Code::Unauthenticated);

    let spans = whole_trace(&collector, SPLIT).await;
    // Counted every ten seconds.
    let texts = until(async || {
        let texts = metrics(&place.lines()).await;
        let counted = texts.iter().filter(|text| text.contains("tributary_outbox_pending{")).count();
        if counted >= 5 { Ok(texts) } else { Err(format!("{counted} of {} processes count", texts.len())) }
    })
    .await;
    let all = texts.concat();
    for shown in [
        "rpc_server_call_duration_seconds_count{rpc_method=\"tributary.incentive.v1.FactService/BatchRecordFacts\",\
         rpc_response_status_code=\"OK\",rpc_system_name=\"grpc\",tributary_service=\"gateway\"} 2",
        "rpc_response_status_code=\"UNAUTHENTICATED\"",
        "rpc_client_call_duration_seconds_count{rpc_method=\"tributary.incentive.v1.FactService/ReadFacts\"",
        "tributary_facts_recorded_total{outcome=\"recorded\"} 2",
        "tributary_facts_recorded_total{outcome=\"duplicate\"} 1",
        "tributary_facts_recorded_total{outcome=\"refused\"} 2",
        "tributary_operation_duration_seconds_count{operation_kind=",
        "tributary_run_facts_total{state=\"SUCCEEDED\"} 2",
        "tributary_consumer_lag_seconds_count{messaging_consumer_group_name=\"analytics",
        "messaging_process_duration_seconds_count{messaging_consumer_group_name=\"analytics",
        "messaging_client_sent_messages_total{messaging_system=\"tributary\",tributary_service=\"incentive-calculation\"}",
        "db_client_connection_count{",
        "tributary_store_up{tributary_service=\"contract-risk\"} 1",
        "tributary_outbox_pending{tributary_service=\"incentive-calculation\"} 0",
        "tributary_dead_letters{tributary_service=\"analytics\"} 0",
        "tributary_transaction_duration_seconds_count{db_system_name=",
        "tributary_build_info{service_version=",
    ] {
        assert!(all.contains(shown), "{shown} is not shown:\n{all}");
    }
    until(async || {
        let there: BTreeSet<String> = collector.metrics().into_iter().collect();
        let wanted = ["rpc.server.call.duration", "tributary.outbox.oldest_age", "tributary.run.facts"];
        let missing: Vec<_> = wanted.iter().filter(|name| !there.contains(**name)).collect();
        if missing.is_empty() { Ok(()) } else { Err(format!("{missing:?} did not come over OTLP")) }
    })
    .await;
    place.stop();

    let lines = place.lines();
    let mut of_the_trace = 0;
    for line in lines.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{line:?}: {e}"));
        of_the_trace += usize::from(line["trace_id"] == TRACE && line["span_id"].is_string());
        if line["message"] == "call answered" {
            assert!(line["request_id"].is_string(), "{line}");
        }
    }
    assert!(of_the_trace > 20, "{of_the_trace} lines of the trace");
    let services: BTreeSet<&str> = spans.iter().map(|span| span.service.as_str()).collect();
    assert!(services.len() >= 4, "{services:?}");
    let raw = collector.raw();
    let key = place.api_key();
    let secret = key.rsplit('_').next().filter(|secret| secret.len() >= 32).expect("the secret half");
    // Tokens between services are JSON in base64, and begin so.
    for canary in CANARIES.into_iter().chain([PASSWORD, secret, "eyJ", "PRIVATE KEY"]) {
        for (where_, text) in [("lines", &lines), ("spans and metrics", &raw), ("metrics", &all)] {
            if let Some(at) = text.find(canary) {
                let from = text[..at].rfind('\n').map_or(0, |n| n + 1);
                let line: String = text[from..].lines().next().unwrap_or_default().chars().take(600).collect();
                panic!("{canary:?} is in the {where_}: {line}");
            }
        }
    }
}

#[tokio::test]
async fn nothing_is_offered_that_was_not_asked_for() {
    let Some(redis) = redis_url() else { return };
    let place =
        Place::start_with(tributary_testkit::Engine::Sqlite, redis, vec![("TRIBUTARY_LOG__FORMAT", "json".to_owned())]);
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(!place.lines().contains("/metrics"));
}

/// A process that ends with the test, however that ends.
struct Ends(std::process::Child);

impl Drop for Ends {
    fn drop(&mut self) {
        if self.0.kill().is_ok() {
            drop(self.0.wait());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_trace_leads_through_one_process_as_well() {
    let collector = Collector::start().await.expect("a collector");
    let data = tempfile::tempdir().expect("a directory");
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound");
    let child = std::process::Command::new(env!("CARGO_BIN_EXE_tributary"))
        .args(["up", "--listen", &free.to_string(), "--data"])
        .arg(data.path())
        .current_dir(data.path())
        .env("TRIBUTARY_LOG__OTLP_ENDPOINT", &collector.endpoint)
        .env("TRIBUTARY_LOG__FILTER", "info")
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("it starts");
    let _ends = Ends(child);
    let gateway = until(async || {
        let key = std::fs::read_to_string(data.path().join("bootstrap.key")).map_err(|e| e.to_string())?;
        let args = ConnectArgs {
            endpoint: Some(format!("http://{free}")),
            api_key: Some(key.trim().to_owned()),
            ..ConnectArgs::default()
        };
        Connection::open(&args).await.map_err(|e| e.to_string())
    })
    .await;
    create_partner(&gateway).await;
    import_and_run(&gateway).await;
    let spans = whole_trace(&collector, TOGETHER).await;
    // Both consumers of facts.
    let consumers: BTreeSet<&str> = spans
        .iter()
        .filter(|span| span.name == "process tributary.incentive.v1.FactsRecorded")
        .flat_map(|span| span.attributes.iter().find(|(key, _)| key == "messaging.consumer.group.name"))
        .map(|(_, consumer)| consumer.as_str())
        .collect();
    assert!(consumers.len() >= 2, "{consumers:?}");
}
