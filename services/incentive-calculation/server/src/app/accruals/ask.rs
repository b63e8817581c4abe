//! What a partner has accrued: days of sums, and facts where rules need single ones, through the engine that pays.

use std::collections::BTreeMap;

use incentive_calculation_domain::{
    engine::{Engine, LineResult, PlanInRun},
    explain,
    reasons::{NO_ACTIVE_PLAN, PARTNER_UNKNOWN},
    trace::NotFired,
};
use tributary_core::{Currency, Fault, MinorAmount, Period, RequestContext, ResourceId, TenantId, Timestamp};

use super::follow::in_run;
use crate::{
    app::{App, run_worker::Payees},
    ports::{FactQuery, PayeeAttributes, accruals::KeptFilter},
};

/// Steps that a question takes to bring sums up to date before it answers with what there is.
const STEPS: usize = 64;
/// Facts per read.
const PAGE: u32 = 10_000;

/// What a partner has accrued.
#[derive(Debug, Clone)]
pub struct Accrual {
    /// The payee.
    pub payee: PayeeAttributes,
    /// The lines.
    pub lines: Vec<LineResult>,
    /// For each line: what it takes to reach the next tier, in a sentence; empty on the highest.
    pub next: Vec<String>,
    /// Rules that give no line, and why.
    pub not_fired: Vec<NotFired>,
    /// Sum of the lines per currency.
    pub totals: Vec<MinorAmount>,
}

/// Accruals of some partners, and as of when.
#[derive(Debug, Clone)]
pub struct AccrualPage {
    /// The programme.
    pub programme: ResourceId,
    /// The period.
    pub period: Period,
    /// By partner.
    pub accruals: Vec<Accrual>,
    /// Facts up to this batch are in.
    pub through_batch: i64,
    /// The newest batch there is.
    pub newest_batch: i64,
    /// When it was worked out.
    pub as_of: Timestamp,
}

/// What a question is answered from.
struct Question {
    programme: ResourceId,
    period: Period,
    plans: Vec<PlanInRun>,
    filters: Vec<KeptFilter>,
    newest: i64,
}

impl App {
    /// What one partner has accrued.
    ///
    /// # Errors
    /// `PROGRAMME_NOT_FOUND`, `PARTNER_UNKNOWN`, `NO_ACTIVE_PLAN`.
    pub async fn accrual(
        &self,
        caller: &RequestContext,
        programme: &ResourceId,
        partner: &ResourceId,
        period: Period,
    ) -> Result<AccrualPage, Fault> {
        let question = self.question(caller, programme, period).await?;
        let page = self.answer(&caller.tenant, question, vec![partner.to_string()]).await?;
        if page.accruals.is_empty() {
            let remedy = "create it in the registry, or look for its name";
            return Err(Fault::new(PARTNER_UNKNOWN, format!("there is no partner partners/{partner}; {remedy}")));
        }
        Ok(page)
    }

    /// What partners with facts in the period have accrued, in the order of ids after one.
    ///
    /// # Errors
    /// `PROGRAMME_NOT_FOUND`, `NO_ACTIVE_PLAN`.
    pub async fn accruals(
        &self,
        caller: &RequestContext,
        programme: &ResourceId,
        period: Period,
        after: &str,
        limit: u32,
    ) -> Result<AccrualPage, Fault> {
        let question = self.question(caller, programme, period).await?;
        let ids: Vec<String> = question.filters.iter().map(|f| f.id.clone()).collect();
        let window = (period.from(), period.to());
        let partners = self.store.accrual_partners(&caller.tenant, &ids, window, after, limit).await?;
        self.answer(&caller.tenant, question, partners).await
    }

    /// The plans in force and the filters that they count by, brought up to date.
    async fn question(
        &self,
        caller: &RequestContext,
        programme: &ResourceId,
        period: Period,
    ) -> Result<Question, Fault> {
        let programme = self.programme(caller, programme).await?;
        let mut versions = self.store.active_versions(&caller.tenant, programme.id.as_str()).await?;
        versions.retain(|v| v.spec.takes_part(period));
        versions.sort_by_key(|v| (programme.slot_position(v.slot.as_str()), v.plan.clone()));
        if versions.is_empty() {
            return Err(Fault::new(
                NO_ACTIVE_PLAN,
                format!("{} has no active plan version for {period}; approve and activate one", programme.name()),
            ));
        }
        let plans: Vec<PlanInRun> = versions.iter().map(in_run).collect();
        self.keep_filters(&caller.tenant).await?;
        self.catch_up(&caller.tenant, STEPS).await?;
        let wanted: Vec<String> =
            Engine::new(period, plans.clone()).gauges().iter().map(|gauge| gauge.filter.id()).collect();
        let mut filters = self.store.accrual_filters(&caller.tenant).await?;
        filters.retain(|f| wanted.contains(&f.id));
        let newest = self.store.newest_batch(&caller.tenant).await?;
        Ok(Question { programme: programme.id, period, plans, filters, newest })
    }

    async fn answer(&self, tenant: &TenantId, question: Question, partners: Vec<String>) -> Result<AccrualPage, Fault> {
        let mut accruals = Vec::with_capacity(partners.len());
        for partner in &partners {
            accruals.extend(self.of_partner(tenant, &question, partner).await?);
        }
        let reached = question.filters.iter().map(|f| f.through_batch).min();
        Ok(AccrualPage {
            programme: question.programme,
            period: question.period,
            accruals,
            through_batch: reached.unwrap_or(question.newest),
            newest_batch: question.newest,
            as_of: self.clock.now(),
        })
    }

    /// `None` for a partner that is not known.
    async fn of_partner(&self, tenant: &TenantId, question: &Question, partner: &str) -> Result<Option<Accrual>, Fault> {
        let mut engine = Engine::new(question.period, question.plans.clone());
        let mut payees = Payees::default();
        let own = payees.number(partner);
        // Whoever has the partner above it may earn it an override (R15).
        let sellers = self.sellers(tenant, &engine, partner, question.period).await?;
        for (number, gauge) in engine.gauges().into_iter().enumerate() {
            let sellers = if gauge.downline { sellers.as_slice() } else { std::slice::from_ref(&sellers[0]) };
            if gauge.single_facts {
                self.single_facts(tenant, &mut engine, number, gauge.window, &mut payees, sellers).await?;
            } else if let Some(kept) = question.filters.iter().find(|f| f.filter == gauge.filter) {
                for day in self.store.accrual_days(tenant, kept, sellers, gauge.window).await? {
                    let payee = payees.number(&day.key.partner);
                    engine.absorb_day(number, payee, &day.key, &day.sums, &day.keys);
                }
            }
        }
        let _ = own;
        todo_inputs(self, tenant, question, engine, payees).await
    }
}
