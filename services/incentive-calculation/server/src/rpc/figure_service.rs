//! `FigureService`.

use incentive_calculation_domain::revised::SourceKey;
use tonic::{Request, Response, Status};
use tributary_core::{Fault, RequestContext, ResourceId, Violations};
use tributary_proto::tributary::incentive::v1::{
    self as pb, BatchRecordFiguresRequest, BatchRecordFiguresResponse, GetFigureRequest, ListFiguresRequest,
    ListFiguresResponse, RecordFigureRequest, figure_service_server::FigureService,
};
use tributary_rpc::{convert, page};

use super::{Rpc, fact_service::under, request_key};
use crate::{
    app::{App, record_revised::RowRecord},
    convert::figure::{figure_row, figure_to_proto, known, result_to_proto},
    ports::{FigureQuery, Known},
};

#[tonic::async_trait]
impl FigureService for Rpc {
    async fn record_figure(&self, request: Request<RecordFigureRequest>) -> Result<Response<pb::Figure>, Status> {
        let app = self.app.clone();
        // The row is checked by the domain, with the same words as in a batch.
        self.edge
            .write_unchecked(request, |caller, query: RecordFigureRequest| async move {
                let row = figure_row(query.figure.unwrap_or_default());
                match app.record_figures(&caller, vec![row], None).await?.pop() {
                    Some(RowRecord::Kept { name, .. }) => {
                        Ok(figure_to_proto(&app.figure(&caller, &name, Known::Now).await?))
                    }
                    Some(RowRecord::Refused(fault)) => Err(under("figure", fault)),
                    _ => Err(Fault::internal("a row was left without an outcome")),
                }
            })
            .await
    }

    async fn batch_record_figures(
        &self,
        request: Request<BatchRecordFiguresRequest>,
    ) -> Result<Response<BatchRecordFiguresResponse>, Status> {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: BatchRecordFiguresRequest| async move {
                let key = request_key(&caller, "BatchRecordFigures", &query.request_id, &query);
                let rows = query.figures.into_iter().map(figure_row).collect();
                let results = app.record_figures(&caller, rows, key).await?;
                Ok(BatchRecordFiguresResponse { results: results.iter().map(result_to_proto).collect() })
            })
            .await
    }

    async fn get_figure(&self, request: Request<GetFigureRequest>) -> Result<Response<pb::Figure>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let known = known(query.known_at.as_ref())?;
                Ok(figure_to_proto(&self.app.figure(&caller, &query.name, known).await?))
            })
            .await
    }

    async fn list_figures(
        &self,
        request: Request<ListFiguresRequest>,
    ) -> Result<Response<ListFiguresResponse>, Status> {
        self.edge.read(request, |caller, query| async move { list(&self.app, &caller, query).await }).await
    }
}

async fn list(app: &App, caller: &RequestContext, query: ListFiguresRequest) -> Result<ListFiguresResponse, Fault> {
    let mut violations = Violations::new();
    let as_of = query.as_of.as_ref().and_then(|d| violations.check("as_of", convert::date(d)));
    let partner = partner_id("partner", &query.partner, &mut violations);
    violations.into_result()?;
    let bounds = format!("{as_of:?} {:?}", query.known_at);
    let parts = ["ListFigures", &query.partner, &query.figure, &query.source_system, &bounds];
    let page = page::PageRequest::read(&parts, query.page_size, &query.page_token)?;
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let wanted = FigureQuery {
        partner_id: partner,
        figure: some(&query.figure),
        source_system: some(&query.source_system),
        as_of,
        known: known(query.known_at.as_ref())?,
        after: page.cursor.as_deref().and_then(read_cursor),
        limit: page.limit(),
    };
    let mut figures = app.figures(caller, &wanted).await?;
    let next_page_token = page.cut(&mut figures, &parts, |kept| cursor(&kept.content.key));
    Ok(ListFiguresResponse { figures: figures.iter().map(figure_to_proto).collect(), next_page_token })
}

/// The partner of a condition; an empty text is none.
pub(super) fn partner_id(field: &str, name: &str, violations: &mut Violations) -> Option<String> {
    if name.is_empty() {
        return None;
    }
    violations.check(field, ResourceId::from_name("partners", name)).map(|id| id.to_string())
}

/// A key as the text of a cursor. A source system has no control characters, so the first one separates.
pub(super) fn cursor(key: &SourceKey) -> String {
    format!("{}\u{1f}{}", key.system, key.id)
}

/// The key of a cursor.
pub(super) fn read_cursor(text: &str) -> Option<SourceKey> {
    let (system, id) = text.split_once('\u{1f}')?;
    Some(SourceKey { system: system.to_owned(), id: id.to_owned() })
}
