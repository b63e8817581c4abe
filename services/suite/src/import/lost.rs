//! A gateway that dies in the middle of an import: what is told, and what is kept.

use std::{fs, net::SocketAddr, pin::Pin, sync::Arc, time::Duration};

use tokio::sync::mpsc;
use tokio_stream::{Stream, wrappers::ReceiverStream};
use tonic::{Code, Request, Response, Status, Streaming, transport::Server};
use tributary_proto::tributary::incentive::v1::{
    BatchRecordFactsRequest, BatchRecordFactsResponse, GetFactRequest, ListFactsRequest, ListFactsResponse,
    ReadFactsRequest, ReadFactsResponse, RecordFactRequest, SalesFact, StreamFactsRequest, StreamFactsResponse,
    fact_service_server::{FactService, FactServiceServer},
};

use super::{Batches, Format, Ledger, RejectWriter, SourceFile, State, send_facts};
use crate::{
    cli::{ConnectArgs, Connection, Failure},
    mapping::load,
    output::Progress,
};

const TEXT: &str = "order_no,line_no,order_date,partner_id,sku,qty,currency,gross_amount,cost_amount,net_amount
SO1,1,2012-07-01,P1,A,1,USD,1,1,1
SO1,2,2012-07-01,P1,A,1,USD,1,1,1
SO1,3,2012-07-01,P1,A,1,USD,1,1,1
SO1,4,2012-07-01,P1,A,1,USD,1,1,1
";

type Parts<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// Takes the first batch of a stream; with the second it asks to be killed.
struct Mortal(mpsc::Sender<()>);

#[tonic::async_trait]
impl FactService for Mortal {
    type StreamFactsStream = Parts<StreamFactsResponse>;
    type ReadFactsStream = Parts<ReadFactsResponse>;

    async fn stream_facts(
        &self,
        request: Request<Streaming<StreamFactsRequest>>,
    ) -> Result<Response<Self::StreamFactsStream>, Status> {
        let mut requests = request.into_inner();
        let (answer, answers) = mpsc::channel(1);
        let kill = self.0.clone();
        tokio::spawn(async move {
            let first = requests.message().await?.expect("a batch");
            let recorded_count = i32::try_from(first.facts.len()).expect("few");
            let batch = BatchRecordFactsResponse { recorded_count, ..BatchRecordFactsResponse::default() };
            let _ = answer.send(Ok(StreamFactsResponse { batch: Some(batch), ..StreamFactsResponse::default() })).await;
            requests.message().await?.expect("another batch");
            // The first answer gets through before.
            tokio::time::sleep(Duration::from_millis(300)).await;
            let _ = kill.send(()).await;
            std::future::pending::<Result<(), Status>>().await
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(answers))))
    }

    async fn read_facts(&self, _: Request<ReadFactsRequest>) -> Result<Response<Self::ReadFactsStream>, Status> {
        Err(Status::unimplemented("not of this test"))
    }

    async fn record_fact(&self, _: Request<RecordFactRequest>) -> Result<Response<SalesFact>, Status> {
        Err(Status::unimplemented("not of this test"))
    }

    async fn batch_record_facts(
        &self,
        _: Request<BatchRecordFactsRequest>,
    ) -> Result<Response<BatchRecordFactsResponse>, Status> {
        Err(Status::unimplemented("not of this test"))
    }

    async fn get_fact(&self, _: Request<GetFactRequest>) -> Result<Response<SalesFact>, Status> {
        Err(Status::unimplemented("not of this test"))
    }

    async fn list_facts(&self, _: Request<ListFactsRequest>) -> Result<Response<ListFactsResponse>, Status> {
        Err(Status::unimplemented("not of this test"))
    }
}

/// A server in a runtime of its own, which dies with all its connections when it asks for it.
fn mortal_server() -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("set");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let (kill, mut killed) = mpsc::channel(1);
        let server = Server::builder().add_service(FactServiceServer::new(Mortal(kill)));
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            server.serve_with_incoming(tokio_stream::wrappers::TcpListenerStream::new(listener)).await
        });
        killed.blocking_recv();
        runtime.shutdown_background();
    });
    address
}

#[tokio::test]
async fn a_lost_gateway_is_named_with_the_row_and_the_way_on() {
    let directory = tempfile::tempdir().expect("directory");
    let path = directory.path().join("orders.csv");
    fs::write(&path, TEXT).expect("written");
    let (file, mapping) = (SourceFile::open(&path).expect("opened"), load("order-lines").expect("mapping"));
    let (ready, mut batches) = mpsc::channel(4);
    for batch in Batches::open(&file, &mapping, 2, 0, Arc::default()).expect("opened") {
        ready.send(batch).await.expect("sent");
    }
    drop(ready);

    let endpoint = Some(format!("http://{}", mortal_server()));
    let arguments = ConnectArgs { endpoint, api_key: Some("trib_k1_x".to_owned()), ..ConnectArgs::default() };
    let connection = Connection::open(&arguments).await.expect("connected");
    let state_path = directory.path().join("s.state");
    let writer = RejectWriter::new(directory.path().join("r.csv"), Format::Csv, b',', 0);
    let mut ledger =
        Ledger::new(State::default(), Some(state_path.clone()), writer, Progress::counted("importing", 0), false);
    let failure = send_facts(&mut connection.facts(), &mapping, &mut batches, &mut ledger).await.expect_err("lost");
    assert_eq!(
        failure.to_string(),
        "the connection to the gateway broke after row 2; run the same command again, it continues where it stopped"
    );
    assert_eq!(failure.exit_code(), 3);
    assert_eq!(State::load(&state_path, &State::default()).map(|state| state.rows), Some(2));
}

#[test]
fn what_the_server_said_is_told_as_it_is() {
    let failure = Failure::interrupted(Status::new(Code::Unavailable, "the store is away"), 7);
    let expected = "The service is currently unavailable: the store is away\n\
                    the import stopped after row 7; run the same command again, it continues where it stopped";
    assert_eq!((failure.to_string().as_str(), failure.exit_code()), (expected, 3));
    let refused = Failure::interrupted(Status::invalid_argument("no"), 7);
    assert_eq!(refused, Failure::Usage("Client specified an invalid argument: no".to_owned()));
}
