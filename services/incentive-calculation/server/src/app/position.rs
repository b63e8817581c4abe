//! IC-29: what was known of a partner, valid on a day, as recorded by a time.

use std::collections::BTreeSet;

use incentive_calculation_domain::{
    engine::reach_others, explain, plan_version::in_force, reasons, run::StatementLine,
};
use tributary_core::{Date, Fault, RequestContext, ResourceId, Timestamp, fault::common};

use super::{App, ground::names, run_worker::Basis};
use crate::ports::{Arrivals, PayeeAttributes};

/// What is asked.
#[derive(Debug, Clone)]
pub struct PositionQuery {
    /// The programme.
    pub programme: ResourceId,
    /// Last part of the partner's name.
    pub partner: String,
    /// The period as text.
    pub period: String,
    /// The last day that counts; `None`: the last of the period.
    pub valid_on: Option<Date>,
    /// As recorded by that time; `None`: as known now.
    pub known_at: Option<Timestamp>,
}

/// What was known.
#[derive(Debug)]
pub struct Position {
    /// The partner on that day.
    pub payee: PayeeAttributes,
    /// The last day that counts.
    pub valid_on: Date,
    /// As known at that time.
    pub known_at: Timestamp,
    /// Facts up to this batch.
    pub batch: i64,
    /// Everything else up to these arrivals.
    pub arrivals: Arrivals,
    /// Names of the plan versions in force.
    pub plan_versions: Vec<String>,
    /// The lines so far.
    pub lines: Vec<StatementLine>,
}

impl App {
    /// What was known of a partner.
    ///
    /// # Errors
    /// `PROGRAMME_NOT_FOUND`, `PARTNER_UNKNOWN`, `INVALID_REQUEST` for a day outside the period, `OUTSIDE_SCOPE` to a partner's
    /// own user where rows of others decide the lines.
    pub async fn position(&self, caller: &RequestContext, query: &PositionQuery) -> Result<Position, Fault> {
        let tenant = &caller.tenant;
        let programme = self.programme(caller, &query.programme).await?;
        let period = self.period(tenant, &query.period, "period").await?;
        let valid_on = query.valid_on.unwrap_or_else(|| period.to().plus_days(-1));
        if !period.contains(valid_on) {
            let why = format!("{valid_on} is not a day of {}; choose one", query.period);
            return Err(Fault::invalid_field("valid_date", why));
        }
        let now = self.clock.now();
        let known_at = query.known_at.unwrap_or(now);
        let (batch, arrivals) = match query.known_at {
            Some(at) => (self.store.batch_at(tenant, at).await?, self.store.arrivals_at(tenant, at).await?),
            None => {
                let newest = self.store.newest_batch(tenant).await?;
                (newest, Arrivals::up_to(self.store.newest_arrival(tenant).await?))
            }
        };
        let ids = [query.partner.clone()];
        let found = self.store.attributes_on(tenant, &ids, valid_on, arrivals.partners).await?;
        let Some((_, payee)) = found.into_iter().next() else {
            let message = format!("no partner is known as partners/{}; look it up in the registry", query.partner);
            return Err(Fault::new(reasons::PARTNER_UNKNOWN, message));
        };
        let versions = self.store.past_versions(tenant, programme.id.as_str()).await?;
        let plan_versions = names(&programme, in_force(&versions, period, known_at, &[]));
        let plans = self.plans_named(tenant, &plan_versions).await?;
        let reaching = reach_others(&plans);
        if reaching && caller.scope.is_own() {
            return Err(outside(query));
        }
        let basis = Basis {
            period,
            year: self.year_of(tenant, &programme, period).await?,
            programme: Some(programme.id.to_string()),
            only_rows: false,
            partners: (!reaching).then(|| BTreeSet::from([query.partner.clone()])),
            plans,
            batch,
            arrivals,
            last_day: valid_on,
            scenario: None,
            stating_runs: None,
            recomputed: Vec::new(),
        };
        let calculated = self.lines(tenant, &basis, None).await;
        let mut calculated = calculated.map_err(|fault| explain::fault_for(caller.scope.is_own(), fault))?;
        let lines = std::mem::take(&mut calculated.lines).into_iter();
        let own = lines.filter(|line| calculated.payees.id(line.payee) == Some(&query.partner));
        let mut lines: Vec<StatementLine> = own.map(StatementLine::from).collect();
        if caller.scope.is_own() {
            lines.iter_mut().for_each(explain::for_partner);
        }
        Ok(Position { payee, valid_on, known_at, batch, arrivals, plan_versions, lines })
    }
}

/// What others are paid by then would show in every step towards a partner's own lines, on any day it asks for.
fn outside(query: &PositionQuery) -> Fault {
    let (programme, partner) = (&query.programme, &query.partner);
    let why = format!(
        "plans of programmes/{programme} in {} let rows of other partners decide lines of partners/{partner}; read its \
         statement once the period is locked",
        query.period
    );
    Fault::new(common::OUTSIDE_SCOPE, why).with("programme", format!("programmes/{programme}"))
}
