//! Where facts come from: incentive-calculation, whole batches by its generated client.

use std::time::Duration;

use async_trait::async_trait;
use tributary_core::{Fault, TenantId, fault::common};
use tributary_proto::tributary::incentive::v1::{ReadFactsRequest, fact_service_client::FactServiceClient};
use tributary_rpc::client::{Backend, for_tenant, upstream};

use crate::fact::FeedFact;

/// The service that is read, as faults name it.
const UPSTREAM: &str = "incentive-calculation";
/// How long the read of one batch, at most 1,000 facts, may take.
const READ_TIMEOUT: Duration = Duration::from_secs(60);
/// A batch was at most 4 MiB when it came in; on the way out every fact has a little more.
const MAX_MESSAGE: usize = 16 * 1024 * 1024;

/// Gives the facts of a batch.
#[async_trait]
pub trait FactSource: Send + Sync {
    /// Gives every fact of a durable batch to `each`. After an error some were given, and none of them may count.
    ///
    /// # Errors
    /// `UPSTREAM_UNAVAILABLE`; `INVALID_REQUEST` for a fact that cannot be understood.
    async fn read_batch(
        &self,
        tenant: &TenantId,
        batch: i64,
        each: &mut (dyn FnMut(FeedFact) + Send),
    ) -> Result<(), Fault>;
}

/// Reads from incentive-calculation.
#[derive(Debug, Clone)]
pub struct IncentiveClient {
    /// Where it is, with tokens signed ([`authorised`](tributary_rpc::client::authorised)).
    pub backend: Backend,
}

#[async_trait]
impl FactSource for IncentiveClient {
    async fn read_batch(
        &self,
        tenant: &TenantId,
        batch: i64,
        each: &mut (dyn FnMut(FeedFact) + Send),
    ) -> Result<(), Fault> {
        let read = async {
            let mut client = FactServiceClient::new(self.backend.clone()).max_decoding_message_size(MAX_MESSAGE);
            let request = for_tenant(tenant, ReadFactsRequest { from_batch: batch, to_batch: batch });
            let failed = |status| upstream(UPSTREAM, &status);
            let mut pages = client.read_facts(request).await.map_err(failed)?.into_inner();
            while let Some(page) = pages.message().await.map_err(failed)? {
                for stated in page.facts {
                    each(stated.try_into()?);
                }
            }
            Ok(())
        };
        // A stream has no deadline of its own; without one a silent peer would hold the consumer for ever.
        tokio::time::timeout(READ_TIMEOUT, read).await.unwrap_or_else(|_| {
            let message = format!("batch {batch} was not read in {READ_TIMEOUT:?}; retry with backoff");
            Err(Fault::new(common::UPSTREAM_UNAVAILABLE, message).with("service", UPSTREAM))
        })
    }
}
