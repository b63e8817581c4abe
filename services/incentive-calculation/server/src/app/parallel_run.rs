//! A parallel run (IC-35): compares a foreign statement file with a run. Nothing is kept.

use std::collections::{HashMap, HashSet};

use incentive_calculation_domain::{
    parallel_run::{Comparison, ForeignLine, OwnLine, compare},
    reasons,
    run::RunState,
};
use tributary_core::{Decimal, Fault, MinorAmount, RequestContext};

use super::App;
use crate::ports::{PartnerRef, StatementCursor, StatementOrder};

/// Statements per read.
const PAGE: u32 = 500;
/// Partners that are looked up at once.
const PARTNERS: usize = 1_000;

/// A foreign line as the caller states it.
#[derive(Debug, Clone)]
pub struct NamedLine {
    /// To whom it was stated.
    pub partner: PartnerRef,
    /// What our lines are called; empty: everything stated to the payee.
    pub label: String,
    /// The amount.
    pub amount: MinorAmount,
    /// What the other system measured.
    pub measure: Option<Decimal>,
}

impl App {
    /// Compares foreign lines with those of a run.
    ///
    /// # Errors
    /// `RUN_NOT_FOUND`, `RUN_NOT_SUCCEEDED`, `AMOUNT_OVERFLOW`.
    pub async fn compare_statements(
        &self,
        caller: &RequestContext,
        run: &str,
        lines: Vec<NamedLine>,
        named_only: bool,
    ) -> Result<Comparison, Fault> {
        let run = self.run(caller, run).await?;
        if run.state != RunState::Succeeded {
            let message =
                format!("{} has not succeeded, so that it has no statements; compare another run", run.name());
            return Err(Fault::new(reasons::RUN_NOT_SUCCEEDED, message).with("run", run.name()));
        }
        let mut refs: Vec<PartnerRef> = lines.iter().map(|line| line.partner.clone()).collect();
        refs.sort();
        refs.dedup();
        let mut known = HashMap::with_capacity(refs.len());
        for chunk in refs.chunks(PARTNERS) {
            known.extend(self.store.resolve(&caller.tenant, chunk).await?);
        }
        let foreign: Vec<ForeignLine> = lines
            .into_iter()
            .map(|line| ForeignLine {
                payee: line.partner.to_string(),
                partner: known.get(&line.partner).map(|p| format!("partners/{}", p.partner_id)),
                label: line.label,
                amount: line.amount,
                measure: line.measure,
            })
            .collect();
        let named: HashSet<&str> = foreign.iter().filter_map(|line| line.partner.as_deref()).collect();
        let own = self.own_lines(caller, &run.id, named_only.then_some(&named)).await?;
        compare(&foreign, &own, named_only)
    }

    /// The lines of a run: of some partners, or all.
    async fn own_lines(
        &self,
        caller: &RequestContext,
        run: &str,
        of: Option<&HashSet<&str>>,
    ) -> Result<Vec<OwnLine>, Fault> {
        let (mut own, mut after) = (Vec::new(), None);
        loop {
            let order = StatementOrder::ByPartner;
            let page = self.store.statements(&caller.tenant, run, "", order, after.as_ref(), PAGE).await?;
            let Some((last, _)) = page.last() else { return Ok(own) };
            after = Some(StatementCursor {
                total: last.total.value,
                business_key: last.partner_business_key.clone(),
                currency: last.total.currency.code().to_owned(),
            });
            for (statement, lines) in page {
                if of.is_some_and(|of| !of.contains(statement.partner.as_str())) {
                    continue;
                }
                own.extend(lines.into_iter().map(|line| OwnLine {
                    name: format!("{}/lines/{}", statement.name(), line.id()),
                    partner: statement.partner.clone(),
                    payee: statement.partner_display_name.clone(),
                    line,
                }));
            }
        }
    }
}
