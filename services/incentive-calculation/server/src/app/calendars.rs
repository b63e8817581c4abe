//! Calendars with periods of their own (R20), and what a period means wherever one is asked for.

use incentive_calculation_domain::{
    calendar::{self, Calendar, CalendarPeriod},
    programme::Programme,
    reasons,
};
use prost::Message as _;
use tributary_core::{Date, Days, Fault, Period, RequestContext, ResourceId, TenantId, Violations, fault::common};
use tributary_proto::tributary::incentive::v1::CalendarChanged;
use tributary_sql::{RequestKey, StoreError};

use super::{App, recall, remember};
use crate::convert::calendar::calendar_to_proto;

/// What a caller says of a calendar.
#[derive(Debug, Clone)]
pub struct NewCalendar {
    /// Last part of its name.
    pub id: ResourceId,
    /// Name for people.
    pub display_name: String,
    /// Days after the close date of a period before which it may not be locked.
    pub grace_days: u32,
    /// The periods, in any order.
    pub periods: Vec<CalendarPeriod>,
}

/// What a period is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedPeriod {
    /// The period.
    pub period: Period,
    /// The days of its year.
    pub year: Days,
    /// The earliest day on which it may be locked.
    pub lock_from: Date,
}

/// How many periods of a calendar a message names.
const NAMED: usize = 10;

impl App {
    /// Creates a calendar.
    ///
    /// # Errors
    /// `INVALID_REQUEST` with every violation, `CALENDAR_EXISTS`.
    pub async fn create_calendar(
        &self,
        caller: &RequestContext,
        new: NewCalendar,
        key: Option<RequestKey>,
    ) -> Result<Calendar, Fault> {
        let calendar = self.checked(new, 1)?;
        let mut tx = self.store.begin().await?;
        if let Some(first) = recall(tx.as_mut(), key.as_ref(), calendar.update_time).await? {
            return Ok(first);
        }
        match tx.insert_calendar(&caller.tenant, &calendar).await {
            Err(StoreError::AlreadyExists(_)) => {
                let message = format!("{} exists; update it, or choose another calendar_id", calendar.name());
                return Err(Fault::new(reasons::CALENDAR_EXISTS, message).with("calendar", calendar.name()));
            }
            other => other?,
        }
        self.keep_calendar(caller, tx, key, calendar).await
    }

    /// Replaces a calendar whose etag the caller has seen.
    ///
    /// # Errors
    /// `INVALID_REQUEST` with every violation, `CALENDAR_NOT_FOUND`, `ETAG_MISMATCH`.
    pub async fn update_calendar(
        &self,
        caller: &RequestContext,
        new: NewCalendar,
        etag: &str,
        key: Option<RequestKey>,
    ) -> Result<Calendar, Fault> {
        let mut calendar = self.checked(new, 0)?;
        let mut tx = self.store.begin().await?;
        if let Some(first) = recall(tx.as_mut(), key.as_ref(), calendar.update_time).await? {
            return Ok(first);
        }
        let held = self.calendar(caller, &calendar.id).await?;
        let stale = |why: String| Fault::new(common::ETAG_MISMATCH, why).with("calendar", held.name());
        if held.etag() != etag {
            let (name, now) = (held.name(), held.etag());
            return Err(stale(format!("{name} is at {now}, not at {etag:?}; read it again and decide anew")));
        }
        calendar.revision = held.revision.saturating_add(1);
        match tx.update_calendar(&caller.tenant, &calendar).await {
            Err(StoreError::Conflict) => {
                return Err(stale(format!("{} was just changed by somebody else; read it again", held.name())));
            }
            other => other?,
        }
        self.keep_calendar(caller, tx, key, calendar).await
    }

    fn checked(&self, new: NewCalendar, revision: i64) -> Result<Calendar, Fault> {
        let mut violations = Violations::new();
        violations.nest("calendar", calendar::check(&new.periods));
        violations.into_result()?;
        let mut periods = new.periods;
        calendar::sort(&mut periods);
        Ok(Calendar {
            id: new.id,
            display_name: new.display_name,
            grace_days: new.grace_days,
            periods,
            revision,
            update_time: self.clock.now(),
        })
    }

    async fn keep_calendar(
        &self,
        caller: &RequestContext,
        mut tx: Box<dyn crate::ports::IncentiveTx>,
        key: Option<RequestKey>,
        calendar: Calendar,
    ) -> Result<Calendar, Fault> {
        let event = CalendarChanged { calendar: Some(calendar_to_proto(&calendar)) };
        let (name, now) = (calendar.name(), calendar.update_time);
        tx.publish(self.event(&caller.tenant, "CalendarChanged", &name, event.encode_to_vec(), now)).await?;
        remember(tx.as_mut(), key.as_ref(), &calendar).await?;
        self.commit(tx).await?;
        Ok(calendar)
    }

    /// One calendar.
    ///
    /// # Errors
    /// `CALENDAR_NOT_FOUND`.
    pub async fn calendar(&self, caller: &RequestContext, id: &ResourceId) -> Result<Calendar, Fault> {
        self.calendar_of(&caller.tenant, id.as_str()).await
    }

    /// Calendars in the order of their ids.
    ///
    /// # Errors
    /// `STORE_UNAVAILABLE`.
    pub async fn calendars(&self, caller: &RequestContext, after: &str, limit: u32) -> Result<Vec<Calendar>, Fault> {
        Ok(self.store.calendars(&caller.tenant, after, limit).await?)
    }

    async fn calendar_of(&self, tenant: &TenantId, id: &str) -> Result<Calendar, Fault> {
        self.store.calendar(tenant, id).await?.ok_or_else(|| {
            Fault::new(reasons::CALENDAR_NOT_FOUND, format!("calendars/{id} does not exist; create it first"))
                .with("calendar", format!("calendars/{id}"))
        })
    }

    /// What a period means: "2026-Q1", or one of a calendar, "fiscal:FY2026-Q1".
    ///
    /// # Errors
    /// `INVALID_REQUEST` for `field`, `CALENDAR_NOT_FOUND`.
    pub async fn period(&self, tenant: &TenantId, text: &str, field: &str) -> Result<Period, Fault> {
        if let Some(id) = text.split_once(':').and_then(|(id, _)| ResourceId::parse(id).ok()) {
            self.calendar_of(tenant, id.as_str()).await?;
        }
        self.read_period(tenant, text).await?.map_err(|why| Fault::invalid_field(field, why))
    }

    /// What a period means, or a sentence that says why it is none.
    pub(super) async fn read_period(&self, tenant: &TenantId, text: &str) -> Result<Result<Period, String>, Fault> {
        let Some((id, name)) = text.split_once(':') else { return Ok(text.parse()) };
        if let Err(why) = ResourceId::parse(id) {
            return Ok(Err(why));
        }
        let Some(calendar) = self.store.calendar(tenant, id).await? else {
            return Ok(Err(format!("{text:?} is of calendars/{id}, which does not exist; create it first")));
        };
        Ok(calendar.period(name).map(Period::Named).ok_or_else(|| unknown_period(&calendar, name)))
    }

    /// The days of the year a period belongs to: the calendar of the programme says, else the period itself.
    ///
    /// # Errors
    /// `CALENDAR_NOT_FOUND`.
    pub async fn year_of(&self, tenant: &TenantId, programme: &Programme, period: Period) -> Result<Days, Fault> {
        let year = self.calendar_year(tenant, programme, period).await?;
        Ok(year.unwrap_or_else(|| period.year()))
    }

    /// What the calendar of a programme says of the year; `None`: it has no calendar, or that has no such year.
    pub(super) async fn calendar_year(
        &self,
        tenant: &TenantId,
        programme: &Programme,
        period: Period,
    ) -> Result<Option<Days>, Fault> {
        let Some(id) = &programme.calendar else { return Ok(None) };
        Ok(self.calendar_of(tenant, id.as_str()).await?.year_of(period.from()))
    }

    /// The earliest day on which a period of a programme may be locked: the first day after it, or its close date, and the
    /// grace days of the programme's calendar. A period of another calendar goes by that one, if the programme has none.
    ///
    /// # Errors
    /// `INVALID_REQUEST` for `period`, `CALENDAR_NOT_FOUND`.
    pub async fn lock_from(
        &self,
        tenant: &TenantId,
        programme: Option<&Programme>,
        period: &str,
    ) -> Result<Date, Fault> {
        let days = self.period(tenant, period, "period").await?;
        let own = programme.and_then(|p| p.calendar.as_ref()).map(ResourceId::as_str);
        let Some(id) = own.or_else(|| period.split_once(':').map(|(id, _)| id)) else { return Ok(days.to()) };
        Ok(self.calendar_of(tenant, id).await?.lock_from(days))
    }

    /// Everything about a period.
    ///
    /// # Errors
    /// `INVALID_REQUEST`, `CALENDAR_NOT_FOUND`, `PROGRAMME_NOT_FOUND`.
    pub async fn resolve_period(
        &self,
        caller: &RequestContext,
        text: &str,
        programme: Option<&ResourceId>,
    ) -> Result<ResolvedPeriod, Fault> {
        let programme = match programme {
            Some(id) => Some(self.programme(caller, id).await?),
            None => None,
        };
        let tenant = &caller.tenant;
        let period = self.period(tenant, text, "period").await?;
        let year = match &programme {
            Some(programme) => self.year_of(tenant, programme, period).await?,
            None => period.year(),
        };
        Ok(ResolvedPeriod { period, year, lock_from: self.lock_from(tenant, programme.as_ref(), text).await? })
    }
}

fn unknown_period(calendar: &Calendar, name: &str) -> String {
    let names: Vec<&str> = calendar.periods.iter().take(NAMED).map(|p| p.name.as_str()).collect();
    let more = if calendar.periods.len() > NAMED { ", …" } else { "" };
    format!("{} has no period {name:?}; it has {}{more}", calendar.name(), names.join(", "))
}
