//! Hands payables over to the ERP. The registry is asked first and outside the transaction: without its answer nothing is
//! exported.

use incentive_calculation_domain::{
    close::ProgrammePeriod,
    reasons,
    settlement::{Export, Payable, Settlement, State, payable::LeftOut},
};
use tributary_core::{Fault, RequestContext, ResourceId};

use crate::{
    app::{App, ledger::Writing},
    ports::settlements::SettlementQuery,
};

/// Payables of one export, and partners the registry is asked for at once.
const MOST: u32 = 1_000;

/// What was found to export.
#[derive(Default)]
struct Found {
    chosen: Vec<Settlement>,
    left_out: Vec<LeftOut>,
    last: String,
}

impl App {
    /// Exports what of a period is to be paid; an id that is known gives what was exported under it.
    ///
    /// # Errors
    /// `PERIOD_NOT_FOUND`, `UPSTREAM_UNAVAILABLE`, `NOTHING_TO_EXPORT`, `PAYABLE_EXPORT_DIFFERS`.
    pub async fn export_payables(
        &self,
        caller: &RequestContext,
        (programme, period): (ResourceId, String),
        id: &ResourceId,
    ) -> Result<Export, Fault> {
        let tenant = &caller.tenant;
        let known = self.programme_period(caller, &programme, &period).await?;
        if let Some(first) = self.store.payable_export(tenant, id.as_str()).await? {
            return same(first, &known);
        }
        let found = self.to_export(caller, &known).await?;
        let remaining = SettlementQuery { after: found.last.clone(), ..query(&known, "") };
        let remaining = self.store.count_settlements(tenant, &remaining).await?;

        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let writing = Writing::begin(tx.as_mut(), tenant, &caller.subject, now).await?;
        if let Some(first) = tx.payable_export_of(tenant, id.as_str()).await? {
            return same(first, &known);
        }
        let ids: Vec<String> = found.chosen.iter().map(|settlement| settlement.id.clone()).collect();
        let there = tx.settlements_of(tenant, &ids).await?;
        let moved: Vec<Settlement> = there
            .iter()
            .filter(|settlement| settlement.is_to_export())
            .map(|settlement| settlement.exported(id.as_str(), &caller.subject, now))
            .collect();
        if moved.is_empty() {
            return Err(nothing(&known, &found.left_out));
        }
        let export = Export {
            id: id.to_string(),
            programme: programme.to_string(),
            period,
            payables: moved.iter().map(Payable::of).collect(),
            left_out: found.left_out,
            actor: caller.subject.clone(),
            create_time: now,
            remaining,
        };
        tx.insert_payable_export(tenant, &export).await?;
        self.keep_settlements(tx.as_mut(), tenant, &moved, now).await?;
        self.keep(tx, writing).await?;
        Ok(export)
    }

    /// What can be exported, as far as the registry lets it.
    async fn to_export(&self, caller: &RequestContext, period: &ProgrammePeriod) -> Result<Found, Fault> {
        let mut found = Found::default();
        let most = usize::try_from(MOST).unwrap_or(usize::MAX);
        loop {
            let page = self.store.settlements(&caller.tenant, &query(period, &found.last)).await?;
            let full = page.len() == most;
            let standings = self.standings(caller, &page).await?;
            for settlement in page.into_iter().filter(Settlement::is_to_export) {
                if found.chosen.len() == most {
                    return Ok(found);
                }
                found.last.clone_from(&settlement.id);
                let Some(reason) = standings.against(&settlement.partner) else {
                    found.chosen.push(settlement);
                    continue;
                };
                found.left_out.push(LeftOut {
                    settlement: settlement.id,
                    partner: settlement.partner,
                    reason: reason.to_owned(),
                });
            }
            if !full {
                return Ok(found);
            }
        }
    }
}

fn query(period: &ProgrammePeriod, after: &str) -> SettlementQuery {
    SettlementQuery {
        programme: Some(period.programme.to_string()),
        period: Some(period.period.clone()),
        states: vec![State::Locked, State::Failed],
        payable: true,
        after: after.to_owned(),
        limit: MOST,
        ..SettlementQuery::default()
    }
}

/// An export whose id is known, if it is of this period.
fn same(export: Export, period: &ProgrammePeriod) -> Result<Export, Fault> {
    if (export.programme.as_str(), &export.period) == (period.programme.as_str(), &period.period) {
        return Ok(export);
    }
    let message = format!(
        "{} is of programmes/{}/periods/{}; choose another id for {}",
        export.name(),
        export.programme,
        export.period,
        period.name()
    );
    Err(Fault::new(reasons::PAYABLE_EXPORT_DIFFERS, message).with("export", export.name()))
}

fn nothing(period: &ProgrammePeriod, left_out: &[LeftOut]) -> Fault {
    let who: Vec<String> =
        left_out.iter().take(5).map(|left| format!("partners/{}: {}", left.partner, left.reason)).collect();
    let who = if who.is_empty() {
        "lock settlements first".to_owned()
    } else {
        format!("{} left out, such as {}", left_out.len(), who.join(", "))
    };
    let message = format!("no settlement of {} can be exported; {who}", period.name());
    Fault::new(reasons::NOTHING_TO_EXPORT, message).with("left_out", left_out.len().to_string())
}
