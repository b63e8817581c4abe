//! Reads of runs and statements.

use incentive_calculation_domain::{
    reasons,
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

    /// One statement with its lines.
    ///
    /// # Errors
    /// `STATEMENT_NOT_FOUND`.
    pub async fn statement(&self, caller: &RequestContext, id: &str) -> Result<(Statement, Vec<StatementLine>), Fault> {
        self.store
            .statement(&caller.tenant, id)
            .await?
            .ok_or_else(|| Fault::new(reasons::STATEMENT_NOT_FOUND, format!("statements/{id} does not exist")))
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
