//! What decides a run beside its facts: figures, rates, calendars, how partners stood, what earlier periods stated. Every
//! read that a run makes takes the number up to which things had arrived.

use async_trait::async_trait;
use incentive_calculation_domain::{
    calendar::Calendar,
    figure::Figure,
    opening::OpeningLine,
    rate::{Rate, RateKey},
    revised::{Revision, SourceKey},
    run::Run,
    standing::{Record, Upline},
};
use tributary_core::{Currency, Date, Days, Exact, MinorAmount, TenantId, Timestamp};
use tributary_sql::StoreError;

/// Which revision of each key is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// The one that holds now.
    Now,
    /// The one that was known at a moment.
    At(Timestamp),
}

/// Which figures are wanted, in the order of their keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FigureQuery {
    /// Only of this partner (last part of its name).
    pub partner_id: Option<String>,
    /// Only of this name.
    pub figure: Option<String>,
    /// Only of this source system.
    pub source_system: Option<String>,
    /// Only those that stand for this day.
    pub as_of: Option<Date>,
    /// Which revisions.
    pub known: Known,
    /// Only after this key.
    pub after: Option<SourceKey>,
    /// At most this many.
    pub limit: u32,
}

/// Which rates of a table are wanted, by currencies and day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateQuery {
    /// The table, last part of its name.
    pub table: String,
    /// Only from this currency.
    pub from: Option<Currency>,
    /// Only into this currency.
    pub into: Option<Currency>,
    /// Which revisions.
    pub known: Known,
    /// Only after this key.
    pub after: Option<RateKey>,
    /// At most this many.
    pub limit: u32,
}

/// A table of rates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateTable {
    /// Last part of its name.
    pub id: String,
    /// How many rates hold.
    pub rates: i64,
    /// Day of the first one.
    pub first_day: Date,
    /// Day of the last one.
    pub last_day: Date,
}

/// Which lines of earlier periods are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatedQuery {
    /// The programme, last part of its name.
    pub programme: String,
    /// Only of periods that begin on this day or later.
    pub from: Date,
    /// Only of periods that end before this day.
    pub before: Date,
    /// As it had arrived up to this number.
    pub up_to_arrival: i64,
    /// The runs whose lines count, of one period each; `None`: the newest final run of each period.
    pub runs: Option<Vec<String>>,
}

/// A line that an earlier period stated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatedRow {
    /// Last part of the payee's name.
    pub partner_id: String,
    /// The slot.
    pub slot: String,
    /// Id of the rule.
    pub rule: String,
    /// The part of the rule; empty: the line itself.
    pub part: String,
    /// The days of its period.
    pub days: Days,
    /// The amount.
    pub amount: MinorAmount,
    /// What it hands on to the next period.
    pub carried: Exact,
    /// Where it comes from, for traces.
    pub source: String,
}

/// Reads of what decides a run beside its facts.
#[async_trait]
pub trait InputReads: Send + Sync {
    /// One figure; a withdrawn one too.
    async fn figure(
        &self,
        tenant: &TenantId,
        key: &SourceKey,
        known: Known,
    ) -> Result<Option<Revision<Figure>>, StoreError>;
    /// Figures in key order; withdrawn ones too.
    async fn figures(&self, tenant: &TenantId, query: &FigureQuery) -> Result<Vec<Revision<Figure>>, StoreError>;
    /// Figures of some names, whose days lie in some days, that hold, as they had arrived, by name, end of their days and
    /// key within a partner: of some partners or of all.
    async fn figures_named(
        &self,
        tenant: &TenantId,
        figures: (&[String], Days),
        partner_ids: Option<&[String]>,
        up_to_arrival: i64,
    ) -> Result<Vec<Revision<Figure>>, StoreError>;
    /// One rate.
    async fn rate(&self, tenant: &TenantId, key: &RateKey, known: Known) -> Result<Option<Revision<Rate>>, StoreError>;
    /// Rates by currencies and day.
    async fn rates(&self, tenant: &TenantId, query: &RateQuery) -> Result<Vec<Revision<Rate>>, StoreError>;
    /// Rates of a table into a currency for some days, as they had arrived, by currency and day: those of the days, and of
    /// each currency the newest one before them.
    async fn rates_into(
        &self,
        tenant: &TenantId,
        table: &str,
        into: Currency,
        days: Days,
        up_to_arrival: i64,
    ) -> Result<Vec<Revision<Rate>>, StoreError>;
    /// Tables of rates in the order of their ids.
    async fn rate_tables(&self, tenant: &TenantId, after: &str, limit: u32) -> Result<Vec<RateTable>, StoreError>;
    /// One calendar.
    async fn calendar(&self, tenant: &TenantId, id: &str) -> Result<Option<Calendar>, StoreError>;
    /// Calendars in the order of their ids.
    async fn calendars(&self, tenant: &TenantId, after: &str, limit: u32) -> Result<Vec<Calendar>, StoreError>;
    /// One opening line; a withdrawn one too.
    async fn opening_line(
        &self,
        tenant: &TenantId,
        key: &SourceKey,
    ) -> Result<Option<Revision<OpeningLine>>, StoreError>;
    /// Opening lines that hold now, in key order, withdrawn ones too; of one programme and partner if those are given.
    async fn opening_lines(
        &self,
        tenant: &TenantId,
        programme: Option<&str>,
        partner_id: Option<&str>,
        after: Option<&SourceKey>,
        limit: u32,
    ) -> Result<Vec<Revision<OpeningLine>>, StoreError>;
    /// Lines that earlier periods stated, of all payees, by period: of each period the lines of the newest final run, or of
    /// the run that is named, and those of an older system for periods that no run stated. A period is stated when a final
    /// run of it succeeded.
    async fn stated_lines(&self, tenant: &TenantId, query: &StatedQuery) -> Result<Vec<StatedRow>, StoreError>;
    /// How partners stood over time, as it had arrived. A partner of whom nothing had arrived is left out.
    async fn records(
        &self,
        tenant: &TenantId,
        partner_ids: &[String],
        up_to_arrival: i64,
    ) -> Result<Vec<(String, Record)>, StoreError>;
    /// Links of partners to their uplines, as they had arrived, in the order in which the registry recorded them.
    async fn links(
        &self,
        tenant: &TenantId,
        partner_ids: &[String],
        up_to_arrival: i64,
    ) -> Result<Vec<(String, Vec<Upline>)>, StoreError>;
    /// Partners that had arrived, in the order of their ids, after an id.
    async fn partner_ids(
        &self,
        tenant: &TenantId,
        up_to_arrival: i64,
        after: &str,
        limit: u32,
    ) -> Result<Vec<String>, StoreError>;
}

/// Writes of what decides a run beside its facts.
#[async_trait]
pub trait InputTx: Send {
    /// Takes the next number of arrivals from the tenant's locked counter row: who else records waits.
    async fn next_arrival(&mut self, tenant: &TenantId) -> Result<i64, StoreError>;
    /// The figures that hold now, of some keys.
    async fn held_figures(
        &mut self,
        tenant: &TenantId,
        keys: &[SourceKey],
    ) -> Result<Vec<Revision<Figure>>, StoreError>;
    /// Keeps revisions of figures, oldest first; each ends the one before it.
    async fn keep_figures(&mut self, tenant: &TenantId, revisions: &[Revision<Figure>]) -> Result<(), StoreError>;
    /// The rates that hold now, of some keys.
    async fn held_rates(&mut self, tenant: &TenantId, keys: &[RateKey]) -> Result<Vec<Revision<Rate>>, StoreError>;
    /// Keeps revisions of rates, oldest first; each ends the one before it.
    async fn keep_rates(&mut self, tenant: &TenantId, revisions: &[Revision<Rate>]) -> Result<(), StoreError>;
    /// The opening lines that hold now, of some keys.
    async fn held_opening_lines(
        &mut self,
        tenant: &TenantId,
        keys: &[SourceKey],
    ) -> Result<Vec<Revision<OpeningLine>>, StoreError>;
    /// Keeps revisions of opening lines, oldest first; each ends the one before it.
    async fn keep_opening_lines(
        &mut self,
        tenant: &TenantId,
        revisions: &[Revision<OpeningLine>],
    ) -> Result<(), StoreError>;
    /// Creates a calendar. `AlreadyExists` for a taken id.
    async fn insert_calendar(&mut self, tenant: &TenantId, calendar: &Calendar) -> Result<(), StoreError>;
    /// Replaces a calendar whose revision is `calendar.revision - 1`. `Conflict` otherwise.
    async fn update_calendar(&mut self, tenant: &TenantId, calendar: &Calendar) -> Result<(), StoreError>;
    /// Says that a final run states its period, `days`, for later ones, as of the next arrival.
    async fn mark_stated(&mut self, tenant: &TenantId, run: &Run, days: Days) -> Result<(), StoreError>;
}
