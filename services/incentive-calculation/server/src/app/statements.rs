//! Reads of runs and statements.

use incentive_calculation_domain::{
    explain, reasons,
    run::{Run, Statement, StatementLine},
};
use tributary_core::{Fault, RequestContext};

use super::App;
use crate::ports::{StatementCursor, StatementOrder};

impl App {
    /// One run.
    ///
    /// # Errors
    /// `RUN_NOT_FOUND`.
    pub async fn run(&self, caller: &RequestContext, id: &str) -> Result<Run, Fault> {
        self.store
            .run(&caller.tenant, id)
            .await?
            .ok_or_else(|| Fault::new(reasons::RUN_NOT_FOUND, format!("runs/{id} does not exist")))
    }

    /// Runs, newest first.
    ///
    /// # Errors
    /// `STORE_UNAVAILABLE`.
    pub async fn runs(
        &self,
        caller: &RequestContext,
        programme: &str,
        period: &str,
        before: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Run>, Fault> {
        Ok(self.store.runs(&caller.tenant, programme, period, before, limit).await?)
    }

    /// One statement with its lines. To a partner's own user there are only those of its partners, of the runs on which their
    /// periods were locked: previews and runs that may yet be replaced are ours alone. Its lines tell nothing of other partners.
    ///
    /// # Errors
    /// `STATEMENT_NOT_FOUND`.
    pub async fn statement(&self, caller: &RequestContext, id: &str) -> Result<(Statement, Vec<StatementLine>), Fault> {
        let found = self.store.statement(&caller.tenant, id).await?;
        let missing = || Fault::new(reasons::STATEMENT_NOT_FOUND, format!("statements/{id} does not exist"));
        let (statement, mut lines) = found.ok_or_else(missing)?;
        if caller.scope.is_own() {
            let own = caller.scope.sees(&statement.partner);
            if !own || !self.was_locked(caller, &statement.run).await? {
                return Err(missing());
            }
            lines.iter_mut().for_each(explain::for_partner);
        }
        Ok((statement, lines))
    }

    /// Whether a period was locked on a run.
    async fn was_locked(&self, caller: &RequestContext, run: &str) -> Result<bool, Fault> {
        let run = self.run(caller, run).await?;
        let Some(programme) = run.programme.as_ref() else { return Ok(false) };
        let period = self.store.period(&caller.tenant, programme.as_str(), &run.period).await?;
        Ok(period.and_then(|period| period.lock).is_some_and(|lock| lock.run == run.id))
    }

    /// Statements of a run.
    ///
    /// # Errors
    /// `RUN_NOT_FOUND`.
    pub async fn statements(
        &self,
        caller: &RequestContext,
        run: &str,
        partner_id: &str,
        order: StatementOrder,
        after: Option<&StatementCursor>,
        limit: u32,
    ) -> Result<Vec<(Statement, Vec<StatementLine>)>, Fault> {
        self.run(caller, run).await?;
        Ok(self.store.statements(&caller.tenant, run, partner_id, order, after, limit).await?)
    }
}
