//! A stand-in for incentive-calculation: it answers `ReadFacts` from memory, behind the true layers.

use std::{
    collections::HashMap,
    pin::Pin,
    sync::{Arc, Mutex},
};

use tokio_stream::Stream;
use tonic::{Request, Response, Status, Streaming};
use tributary_core::{Date as Day, RequestContext, Role};
use tributary_proto::{
    google::r#type::{Date, Decimal, Money},
    tributary::incentive::v1::{
        BatchRecordFactsRequest, BatchRecordFactsResponse, FactKind, GetFactRequest, ListFactsRequest,
        ListFactsResponse, ReadFactsRequest, ReadFactsResponse, RecordFactRequest, SalesFact, StreamFactsRequest,
        StreamFactsResponse,
        fact_service_server::FactService,
        sales_fact::{Occurred, PartnerRef},
    },
};

type Parts<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// What it knows.
#[derive(Default)]
pub struct Known {
    /// Facts by tenant and batch.
    pub batches: HashMap<(String, i64), Vec<SalesFact>>,
}

/// The stand-in.
#[derive(Clone, Default)]
pub struct Incentive(pub Arc<Mutex<Known>>);

#[tonic::async_trait]
impl FactService for Incentive {
    type StreamFactsStream = Parts<StreamFactsResponse>;
    type ReadFactsStream = Parts<ReadFactsResponse>;

    async fn read_facts(&self, request: Request<ReadFactsRequest>) -> Result<Response<Self::ReadFactsStream>, Status> {
        let caller = request.extensions().get::<RequestContext>().cloned().expect("the identity layer ran");
        let query = request.into_inner();
        assert!(caller.has(Role::Service));
        assert_eq!(query.from_batch, query.to_batch);
        let known = self.0.lock().expect("lock");
        let facts = known.batches.get(&(caller.tenant.to_string(), query.from_batch)).cloned().unwrap_or_default();
        // Two facts a part, so that every batch of some size has several.
        let parts: Vec<_> = facts.chunks(2).map(|f| Ok(ReadFactsResponse { facts: f.to_vec() })).collect();
        Ok(Response::new(Box::pin(tokio_stream::iter(parts))))
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

    async fn stream_facts(
        &self,
        _: Request<Streaming<StreamFactsRequest>>,
    ) -> Result<Response<Self::StreamFactsStream>, Status> {
        Err(Status::unimplemented("not of this test"))
    }

    async fn get_fact(&self, _: Request<GetFactRequest>) -> Result<Response<SalesFact>, Status> {
        Err(Status::unimplemented("not of this test"))
    }

    async fn list_facts(&self, _: Request<ListFactsRequest>) -> Result<Response<ListFactsResponse>, Status> {
        Err(Status::unimplemented("not of this test"))
    }
}

/// A fact as incentive-calculation shows it. `net` is units and nanos.
pub fn fact(partner: &str, on: &str, kind: FactKind, currency: &str, net: (i64, i32), quantity: &str) -> SalesFact {
    let (year, month, day) = Day::parse(on).expect("a date").ymd();
    SalesFact {
        source_system: "erp".to_owned(),
        source_id: "1".to_owned(),
        partner_ref: Some(PartnerRef::Partner(format!("partners/{partner}"))),
        kind: kind.into(),
        occurred: Some(Occurred::OccurredOn(Date { year, month, day })),
        quantity: (!quantity.is_empty()).then(|| Decimal { value: quantity.to_owned() }),
        net: Some(Money { currency_code: currency.to_owned(), units: net.0, nanos: net.1 }),
        ..SalesFact::default()
    }
}
