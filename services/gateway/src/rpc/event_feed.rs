//! `tributary.gateway.v1.EventFeedService`.

use std::sync::Arc;

use futures::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use tonic::{Request, Response, Status, async_trait};
use tributary_core::{Fault, Violations};
use tributary_proto::tributary::gateway::v1::{
    EventType, ListEventTypesRequest, ListEventTypesResponse, ListEventsRequest, ListEventsResponse,
    WatchEventsRequest, WatchEventsResponse, event_feed_service_server::EventFeedService,
};
use tributary_rpc::Edge;

use crate::app::feed::{Catalogue, Reader, Selection, Step, Watching, cloud_event};

/// Handlers of EventFeedService.
#[derive(Debug, Clone)]
pub struct EventFeed {
    edge: Edge,
    catalogue: Arc<Catalogue>,
    reader: Reader,
    watching: Watching,
}

impl EventFeed {
    /// Over the feeds of the gateway's store.
    #[must_use]
    pub fn new(edge: Edge, catalogue: Arc<Catalogue>, reader: Reader, watching: Watching) -> Self {
        Self { edge, catalogue, reader, watching }
    }

    fn selection(&self, types: Vec<String>, subject: String) -> Result<Selection, Fault> {
        let selection = Selection { types, subject };
        let mut violations = Violations::new();
        selection.check("types", &self.catalogue, &mut violations);
        violations.into_result().map(|()| selection)
    }
}

#[async_trait]
impl EventFeedService for EventFeed {
    async fn list_events(&self, request: Request<ListEventsRequest>) -> Result<Response<ListEventsResponse>, Status> {
        self.edge
            .read(request, |caller, query: ListEventsRequest| async move {
                let selection = self.selection(query.types, query.subject)?;
                let asked = (query.page_size, query.page_token.as_str());
                let page = self.reader.page(&caller.tenant, &selection, asked, &query.cursor).await?;
                Ok(ListEventsResponse {
                    events: page.events.into_iter().map(cloud_event).collect(),
                    next_page_token: page.next_page_token,
                    cursor: page.cursor,
                })
            })
            .await
    }

    type WatchEventsStream = BoxStream<'static, Result<WatchEventsResponse, Status>>;

    async fn watch_events(
        &self,
        request: Request<WatchEventsRequest>,
    ) -> Result<Response<Self::WatchEventsStream>, Status> {
        let caller = self.edge.context(&request)?;
        let query = request.into_inner();
        self.edge.validate(&query, &caller.request_id)?;
        let begin = async {
            if query.latest && !query.cursor.is_empty() {
                let why = "a stream begins after the cursor or with what comes now; send one of cursor and latest";
                return Err(Fault::invalid_field("latest", why));
            }
            let selection = self.selection(query.types, query.subject)?;
            self.watching.watch(&caller.tenant, selection, &query.cursor, query.latest).await
        };
        let watch = begin.await.map_err(|fault| self.edge.status(&fault, &caller.request_id))?;
        let (edge, request_id) = (self.edge.clone(), caller.request_id);
        let steps = stream::try_unfold(watch, move |mut watch| {
            let (edge, request_id) = (edge.clone(), request_id.clone());
            async move {
                let step = watch.next().await.map_err(|fault| edge.status(&fault, &request_id))?;
                Ok(step.map(|step| (said(step), watch)))
            }
        });
        Ok(Response::new(steps.boxed()))
    }

    async fn list_event_types(
        &self,
        request: Request<ListEventTypesRequest>,
    ) -> Result<Response<ListEventTypesResponse>, Status> {
        self.edge
            .read(request, |_, _: ListEventTypesRequest| async move {
                let kinds = self.catalogue.kinds().iter().cloned();
                let event_types =
                    kinds.map(|kind| EventType { name: kind.name, source: kind.source, description: kind.description });
                Ok(ListEventTypesResponse { event_types: event_types.collect() })
            })
            .await
    }
}

fn said(step: Step) -> WatchEventsResponse {
    match step {
        Step::Event(feed, cursor) => WatchEventsResponse { event: Some(cloud_event(*feed)), cursor },
        Step::Place(cursor) => WatchEventsResponse { event: None, cursor },
    }
}
