//! What a partner has accrued: days of sums, and facts where rules need single ones, through the engine that pays.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use incentive_calculation_domain::{
    engine::{Day, Engine, LineResult, PlanInRun, reach_others},
    explain,
    plan::CapScope,
    reasons::{AMOUNT_OVERFLOW, NO_ACTIVE_PLAN, PARTNER_UNKNOWN},
    run::StatementLine,
    trace::NotFired,
};
use tributary_core::{
    Currency, Date, Days, Fault, MinorAmount, Period, RequestContext, ResourceId, TenantId, Timestamp,
};

use super::follow::in_run;
use crate::{
    app::{
        App,
        run_worker::{Basis, Payees},
    },
    ports::{Arrivals, FactQuery, PayeeAttributes, accruals::KeptFilter},
};

/// How long a question brings sums up to date before it answers with what there is: enough for what has just come, not for
/// the history of a plan that was just activated.
const PATIENCE: Duration = Duration::from_secs(2);
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

impl Accrual {
    /// Leaves out what a partner's own user does not see.
    fn leave_out_others(&mut self) {
        let own = |line: LineResult| {
            let (payee, key) = (line.payee, line.business_key.clone());
            let mut line = StatementLine::from(line);
            explain::for_partner(&mut line);
            line.result(payee, key)
        };
        self.lines = std::mem::take(&mut self.lines).into_iter().map(own).collect();
        self.not_fired.iter_mut().for_each(explain::not_fired_for_partner);
    }
}

/// Accruals of some partners, and as of when.
#[derive(Debug, Clone)]
pub struct AccrualPage {
    /// The programme.
    pub programme: ResourceId,
    /// The period as text.
    pub period: String,
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
    text: String,
    year: Days,
    plans: Vec<PlanInRun>,
    filters: Vec<KeptFilter>,
    newest: i64,
    /// Whether a payee's lines depend on nobody else.
    alone: bool,
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
        period: &str,
    ) -> Result<AccrualPage, Fault> {
        let question = self.question(caller, programme, period).await?;
        let answered = self.answer(&caller.tenant, question, vec![partner.to_string()]).await;
        let mut page = answered.map_err(|fault| explain::fault_for(caller.scope.is_own(), fault))?;
        if caller.scope.is_own() {
            page.accruals.iter_mut().for_each(Accrual::leave_out_others);
        }
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
        period: &str,
        after: &str,
        limit: u32,
    ) -> Result<AccrualPage, Fault> {
        let question = self.question(caller, programme, period).await?;
        let ids: Vec<String> = question.filters.iter().map(|f| f.id.clone()).collect();
        let window = (question.period.from(), question.period.to());
        let partners = self.store.accrual_partners(&caller.tenant, &ids, window, after, limit).await?;
        self.answer(&caller.tenant, question, partners).await
    }

    /// The plans in force and the filters that they count by, brought up to date.
    async fn question(&self, caller: &RequestContext, programme: &ResourceId, period: &str) -> Result<Question, Fault> {
        let programme = self.programme(caller, programme).await?;
        let (period, text) = match period {
            "" => (self.this_month(), self.this_month().to_string()),
            text => (self.period(&caller.tenant, text, "period").await?, text.to_owned()),
        };
        let year = self.year_of(&caller.tenant, &programme, period).await?;
        let mut versions = self.store.active_versions(&caller.tenant, programme.id.as_str()).await?;
        versions.retain(|v| v.spec.takes_part(period));
        versions.sort_by_key(|v| (programme.slot_position(v.slot.as_str()), v.plan.clone()));
        if versions.is_empty() {
            return Err(Fault::new(
                NO_ACTIVE_PLAN,
                format!("{} has no active plan version for {text}; approve and activate one", programme.name()),
            ));
        }
        let mut plans: Vec<PlanInRun> = versions.iter().map(in_run).collect();
        for plan in &mut plans {
            // What all partners share is known at the run.
            plan.spec.shared_caps.retain(|cap| cap.scope == CapScope::Payee);
        }
        self.keep_filters(&caller.tenant, &versions).await?;
        self.catch_up(&caller.tenant, PATIENCE).await?;
        let wanted: Vec<String> =
            Engine::new(period, plans.clone()).dailies().iter().map(|daily| daily.filter.id()).collect();
        let mut filters = self.store.accrual_filters(&caller.tenant).await?;
        filters.retain(|f| wanted.contains(&f.id));
        let newest = self.store.newest_batch(&caller.tenant).await?;
        let alone = !reach_others(&plans);
        Ok(Question { programme: programme.id, period, text, year, plans, filters, newest, alone })
    }

    async fn answer(&self, tenant: &TenantId, question: Question, partners: Vec<String>) -> Result<AccrualPage, Fault> {
        let mut accruals = Vec::with_capacity(partners.len());
        for partner in &partners {
            accruals.extend(self.of_partner(tenant, &question, partner).await?);
        }
        let reached = question.filters.iter().map(|f| f.through_batch).min();
        Ok(AccrualPage {
            programme: question.programme,
            period: question.text,
            accruals,
            through_batch: reached.unwrap_or(question.newest),
            newest_batch: question.newest,
            as_of: self.clock.now(),
        })
    }

    /// `None` for a partner that is not known.
    async fn of_partner(
        &self,
        tenant: &TenantId,
        question: &Question,
        partner: &str,
    ) -> Result<Option<Accrual>, Fault> {
        let basis = Basis {
            programme: Some(question.programme.to_string()),
            period: question.period,
            year: question.year,
            plans: question.plans.clone(),
            batch: question.newest,
            arrivals: Arrivals::up_to(self.store.newest_arrival(tenant).await?),
            scenario: None,
            last_day: question.period.to().plus_days(-1),
            only_rows: false,
            partners: question.alone.then(|| BTreeSet::from([partner.to_owned()])),
            stating_runs: None,
            recomputed: Vec::new(),
        };
        let mut engine = Engine::in_year(basis.period, basis.year, basis.plans.clone());
        let mut payees = Payees::default();
        let own = payees.number(partner);
        let mut sellers = vec![partner.to_owned()];
        if engine.needs().tree {
            sellers.extend(self.below(tenant, partner).await?);
        }
        for (number, daily) in engine.dailies().into_iter().enumerate() {
            if daily.single_facts {
                self.single_facts(tenant, &basis, &mut engine, (number, daily.window), own, partner).await?;
                continue;
            }
            let Some(kept) = question.filters.iter().find(|f| f.filter == daily.filter) else { continue };
            for day in self.store.accrual_days(tenant, kept, &sellers, daily.window).await? {
                let (payee, currency) = (payees.number(&day.key.partner), day.key.currency);
                let (sums, keys) = (&day.sums, day.keys.as_slice());
                engine.absorb_day(number, &Day { payee, day: day.key.day.days(), currency, sums, keys });
            }
        }
        let known = self.run_inputs(tenant, &basis, &engine, &mut payees).await?;
        let Some(payee) = known.attributes.get(partner).cloned() else { return Ok(None) };
        let mut lines = engine.finish(&known.inputs)?;
        lines.retain(|line| line.payee == own);
        let mut not_fired: Vec<NotFired> = Vec::new();
        for none in lines.iter().flat_map(|line| &line.trace.not_fired) {
            if !not_fired.contains(none) {
                not_fired.push(none.clone());
            }
        }
        let next = lines.iter().map(|line| explain::next_tier(&line.trace).unwrap_or_default()).collect();
        Ok(Some(Accrual { payee, next, not_fired, totals: totals(&lines)?, lines }))
    }

    /// Everybody who ever had the partner above them, at whatever distance: whose sales may earn it an override (R15).
    async fn below(&self, tenant: &TenantId, partner: &str) -> Result<BTreeSet<String>, Fault> {
        let mut seen = BTreeSet::from([partner.to_owned()]);
        let mut level = vec![partner.to_owned()];
        while !level.is_empty() {
            level = self.store.ever_below(tenant, &level).await?;
            level.retain(|id| seen.insert(id.clone()));
        }
        seen.remove(partner);
        Ok(seen)
    }

    /// Single facts of the partner, for a rule that earns on each (R00).
    async fn single_facts(
        &self,
        tenant: &TenantId,
        basis: &Basis,
        engine: &mut Engine,
        (number, window): (usize, (Date, Date)),
        payee: u32,
        partner: &str,
    ) -> Result<(), Fault> {
        let mut query = FactQuery {
            partner_id: Some(partner.to_owned()),
            windows: vec![window],
            up_to_batch: Some(basis.batch),
            as_counted: true,
            limit: PAGE,
            ..FactQuery::default()
        };
        loop {
            let page = self.store.facts(tenant, &query).await?;
            for stored in &page {
                engine.absorb_single(number, &stored.measured(payee));
            }
            match page.last() {
                Some(last) if page.len() >= usize::try_from(PAGE).unwrap_or(usize::MAX) => {
                    query.after = Some(last.key())
                }
                _ => return Ok(()),
            }
        }
    }
}

fn totals(lines: &[LineResult]) -> Result<Vec<MinorAmount>, Fault> {
    let mut sums: BTreeMap<Currency, i64> = BTreeMap::new();
    for line in lines {
        let sum = sums.entry(line.amount.currency).or_default();
        *sum = sum.checked_add(line.amount.value).ok_or_else(|| {
            let who = &line.business_key;
            Fault::new(AMOUNT_OVERFLOW, format!("the accrual of {who:?} exceeds 64 bits of minor units"))
        })?;
    }
    Ok(sums.into_iter().map(|(currency, value)| MinorAmount { currency, value }).collect())
}
