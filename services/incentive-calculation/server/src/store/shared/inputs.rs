//! What decides a run beside its facts: the port, spelled out over the statements of the other files.

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
use tributary_core::{Currency, Days, TenantId};
use tributary_sql::StoreError;

use super::{Pool, Tx, calendars, counters, figures, openings, rates, records, stated};
use crate::ports::{FigureQuery, InputReads, InputTx, Known, RateQuery, RateTable, StatedQuery, StatedRow};

#[async_trait]
impl InputReads for Pool {
    async fn figure(
        &self,
        tenant: &TenantId,
        key: &SourceKey,
        known: Known,
    ) -> Result<Option<Revision<Figure>>, StoreError> {
        figures::one(self, tenant, key, known).await
    }

    async fn figures(&self, tenant: &TenantId, query: &FigureQuery) -> Result<Vec<Revision<Figure>>, StoreError> {
        figures::list(self, tenant, query).await
    }

    async fn figures_named(
        &self,
        tenant: &TenantId,
        wanted: (&[String], Days),
        partner_ids: Option<&[String]>,
        up_to_arrival: i64,
    ) -> Result<Vec<Revision<Figure>>, StoreError> {
        figures::named(self, tenant, wanted, partner_ids, up_to_arrival).await
    }

    async fn rate(&self, tenant: &TenantId, key: &RateKey, known: Known) -> Result<Option<Revision<Rate>>, StoreError> {
        rates::one(self, tenant, key, known).await
    }

    async fn rates(&self, tenant: &TenantId, query: &RateQuery) -> Result<Vec<Revision<Rate>>, StoreError> {
        rates::list(self, tenant, query).await
    }

    async fn rates_into(
        &self,
        tenant: &TenantId,
        table: &str,
        into: Currency,
        days: Days,
        up_to_arrival: i64,
    ) -> Result<Vec<Revision<Rate>>, StoreError> {
        rates::into(self, tenant, table, into, days, up_to_arrival).await
    }

    async fn rate_tables(&self, tenant: &TenantId, after: &str, limit: u32) -> Result<Vec<RateTable>, StoreError> {
        rates::tables(self, tenant, after, limit).await
    }

    async fn calendar(&self, tenant: &TenantId, id: &str) -> Result<Option<Calendar>, StoreError> {
        calendars::one(self, tenant, id).await
    }

    async fn calendars(&self, tenant: &TenantId, after: &str, limit: u32) -> Result<Vec<Calendar>, StoreError> {
        calendars::list(self, tenant, after, limit).await
    }

    async fn opening_line(
        &self,
        tenant: &TenantId,
        key: &SourceKey,
    ) -> Result<Option<Revision<OpeningLine>>, StoreError> {
        openings::one(self, tenant, key).await
    }

    async fn opening_lines(
        &self,
        tenant: &TenantId,
        programme: Option<&str>,
        partner_id: Option<&str>,
        after: Option<&SourceKey>,
        limit: u32,
    ) -> Result<Vec<Revision<OpeningLine>>, StoreError> {
        openings::list(self, tenant, programme, partner_id, after, limit).await
    }

    async fn stated_lines(&self, tenant: &TenantId, query: &StatedQuery) -> Result<Vec<StatedRow>, StoreError> {
        stated::lines(self, tenant, query).await
    }

    async fn records(
        &self,
        tenant: &TenantId,
        partner_ids: &[String],
        up_to_arrival: i64,
    ) -> Result<Vec<(String, Record)>, StoreError> {
        records::of(self, tenant, partner_ids, up_to_arrival).await
    }

    async fn links(
        &self,
        tenant: &TenantId,
        partner_ids: &[String],
        up_to_arrival: i64,
    ) -> Result<Vec<(String, Vec<Upline>)>, StoreError> {
        records::links(self, tenant, partner_ids, up_to_arrival).await
    }

    async fn partner_ids(
        &self,
        tenant: &TenantId,
        up_to_arrival: i64,
        after: &str,
        limit: u32,
    ) -> Result<Vec<String>, StoreError> {
        records::partner_ids(self, tenant, up_to_arrival, after, limit).await
    }
}

#[async_trait]
impl InputTx for Tx {
    async fn next_arrival(&mut self, tenant: &TenantId) -> Result<i64, StoreError> {
        counters::next(self.conn(), tenant, counters::ARRIVAL).await
    }

    async fn held_figures(
        &mut self,
        tenant: &TenantId,
        keys: &[SourceKey],
    ) -> Result<Vec<Revision<Figure>>, StoreError> {
        figures::held(self.conn(), tenant, keys).await
    }

    async fn keep_figures(&mut self, tenant: &TenantId, revisions: &[Revision<Figure>]) -> Result<(), StoreError> {
        figures::keep(self.conn(), tenant, revisions).await
    }

    async fn held_rates(&mut self, tenant: &TenantId, keys: &[RateKey]) -> Result<Vec<Revision<Rate>>, StoreError> {
        rates::held(self.conn(), tenant, keys).await
    }

    async fn keep_rates(&mut self, tenant: &TenantId, revisions: &[Revision<Rate>]) -> Result<(), StoreError> {
        rates::keep(self.conn(), tenant, revisions).await
    }

    async fn held_opening_lines(
        &mut self,
        tenant: &TenantId,
        keys: &[SourceKey],
    ) -> Result<Vec<Revision<OpeningLine>>, StoreError> {
        openings::held(self.conn(), tenant, keys).await
    }

    async fn keep_opening_lines(
        &mut self,
        tenant: &TenantId,
        revisions: &[Revision<OpeningLine>],
    ) -> Result<(), StoreError> {
        openings::keep(self.conn(), tenant, revisions).await
    }

    async fn insert_calendar(&mut self, tenant: &TenantId, calendar: &Calendar) -> Result<(), StoreError> {
        calendars::insert(self.conn(), tenant, calendar).await
    }

    async fn update_calendar(&mut self, tenant: &TenantId, calendar: &Calendar) -> Result<(), StoreError> {
        calendars::update(self.conn(), tenant, calendar).await
    }

    async fn mark_stated(&mut self, tenant: &TenantId, run: &Run, days: Days) -> Result<(), StoreError> {
        stated::mark(self.conn(), tenant, run, days).await
    }
}
