//! `CalendarService`.

use tonic::{Request, Response, Status};
use tributary_core::{Fault, ResourceId, Violations};
use tributary_proto::tributary::incentive::v1::{
    self as pb, CreateCalendarRequest, GetCalendarRequest, ListCalendarsRequest, ListCalendarsResponse,
    ResolvePeriodRequest, UpdateCalendarRequest, calendar_service_server::CalendarService,
};
use tributary_rpc::{convert::resource_id, page};

use super::{Rpc, request_key};
use crate::{
    app::calendars::NewCalendar,
    convert::calendar::{calendar_to_proto, new_calendar, resolved_to_proto},
};

#[tonic::async_trait]
impl CalendarService for Rpc {
    async fn create_calendar(&self, request: Request<CreateCalendarRequest>) -> Result<Response<pb::Calendar>, Status> {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: CreateCalendarRequest| async move {
                let key = request_key(&caller, "CreateCalendar", &query.request_id, &query);
                let id = ResourceId::parse(&query.calendar_id);
                let id = id.map_err(|e| Fault::invalid_field("calendar_id", e))?;
                let new = read(id, query.calendar)?;
                Ok(calendar_to_proto(&app.create_calendar(&caller, new, key).await?))
            })
            .await
    }

    async fn update_calendar(&self, request: Request<UpdateCalendarRequest>) -> Result<Response<pb::Calendar>, Status> {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: UpdateCalendarRequest| async move {
                let key = request_key(&caller, "UpdateCalendar", &query.request_id, &query);
                let calendar = query.calendar.unwrap_or_default();
                let id = resource_id("calendars", &calendar.name, "calendar.name")?;
                let etag = calendar.etag.clone();
                let new = read(id, Some(calendar))?;
                Ok(calendar_to_proto(&app.update_calendar(&caller, new, &etag, key).await?))
            })
            .await
    }

    async fn get_calendar(&self, request: Request<GetCalendarRequest>) -> Result<Response<pb::Calendar>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let id = resource_id("calendars", &query.name, "name")?;
                Ok(calendar_to_proto(&self.app.calendar(&caller, &id).await?))
            })
            .await
    }

    async fn list_calendars(
        &self,
        request: Request<ListCalendarsRequest>,
    ) -> Result<Response<ListCalendarsResponse>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let parts = ["ListCalendars"];
                let page = page::PageRequest::read(&parts, query.page_size, &query.page_token)?;
                let after = page.cursor.clone().unwrap_or_default();
                let mut list = self.app.calendars(&caller, &after, page.limit()).await?;
                let next_page_token = page.cut(&mut list, &parts, |calendar| calendar.id.to_string());
                Ok(ListCalendarsResponse { calendars: list.iter().map(calendar_to_proto).collect(), next_page_token })
            })
            .await
    }

    async fn resolve_period(
        &self,
        request: Request<ResolvePeriodRequest>,
    ) -> Result<Response<pb::ResolvedPeriod>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let programme = match query.programme.as_str() {
                    "" => None,
                    name => Some(resource_id("programmes", name, "programme")?),
                };
                let resolved = self.app.resolve_period(&caller, &query.period, programme.as_ref()).await?;
                Ok(resolved_to_proto(&query.period, &resolved))
            })
            .await
    }
}

fn read(id: ResourceId, calendar: Option<pb::Calendar>) -> Result<NewCalendar, Fault> {
    new_calendar(id, &calendar.unwrap_or_default()).map_err(|v: Violations| Fault::invalid(v))
}
