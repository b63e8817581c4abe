//! What a final run enters: its digest, its plans, and the root of the tree over its statements.

use incentive_calculation_domain::{
    engine::PlanInRun,
    evidence::{self, SettledRun},
    run::{Run, Statement, StatementLine},
};
use tributary_core::{Fault, TenantId, Timestamp};
use tributary_evidence::{Tree, leaf};

use super::entry;
use crate::ports::{IncentiveTx, evidence::StatementLeaf};

/// The statements of a final run, hashed before the transaction that keeps them.
pub(in super::super) struct Attested {
    leaves: Vec<StatementLeaf>,
    root: String,
    plans: Vec<PlanInRun>,
}

impl Attested {
    /// Hashes statements in the order in which they are kept.
    pub fn of(statements: &[(Statement, Vec<StatementLine>)], plans: Vec<PlanInRun>) -> Self {
        let leaf = |(statement, lines): &(Statement, Vec<StatementLine>)| StatementLeaf {
            statement: statement.id.clone(),
            hash: leaf(evidence::statement(statement, lines).as_bytes()),
        };
        let leaves: Vec<StatementLeaf> = statements.iter().map(leaf).collect();
        let root = hex::encode(Tree::of(leaves.iter().map(|leaf| leaf.hash)).root());
        Self { leaves, root, plans }
    }

    /// Keeps the leaves and enters the run into the log.
    pub async fn keep(
        &self,
        tx: &mut dyn IncentiveTx,
        tenant: &TenantId,
        run: &Run,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let period = run.calendar_period().map_err(Fault::internal)?;
        let content = evidence::run(&SettledRun {
            run,
            period: (period.from(), period.to()),
            year: run.year.unwrap_or_else(|| period.year()),
            plans: &self.plans,
            statements_root: &self.root,
        });
        tx.keep_statement_leaves(tenant, &run.id, &self.leaves).await?;
        Ok(tx.attest(tenant, &[entry(run.name(), content)], now).await?)
    }
}
