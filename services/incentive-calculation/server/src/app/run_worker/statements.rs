//! Groups lines into statements, one per payee and currency.

use std::collections::BTreeMap;

use incentive_calculation_domain::{
    reasons,
    run::{Run, Statement, StatementLine},
};
use tributary_core::{Currency, Fault, MinorAmount};

use super::{Calculated, RunWorker};
use crate::ports::PayeeAttributes;

impl RunWorker {
    /// Groups lines, which come payee by payee and currency by currency, into statements.
    pub(super) fn statements(
        &self,
        run: &Run,
        mut calculated: Calculated,
    ) -> Result<Vec<(Statement, Vec<StatementLine>)>, Fault> {
        let mut statements: Vec<(Statement, Vec<StatementLine>)> = Vec::new();
        let mut current: Option<(u32, Currency)> = None;
        for line in std::mem::take(&mut calculated.lines) {
            let key = (line.payee, line.amount.currency);
            if current != Some(key) {
                let payee = calculated.payee(line.payee).ok_or_else(|| Fault::internal("a payee has no attributes"))?;
                statements.push((self.statement(run, payee, line.amount.currency), Vec::new()));
                current = Some(key);
            }
            if let Some((statement, list)) = statements.last_mut() {
                add(statement, list, line.into())?;
            }
        }
        Ok(statements)
    }

    pub(super) fn statement(&self, run: &Run, payee: &PayeeAttributes, currency: Currency) -> Statement {
        Statement {
            id: self.app.ids.resource_id('s').to_string(),
            run: run.id.clone(),
            partner: payee.attributes.partner.clone(),
            partner_display_name: payee.attributes.display_name.clone(),
            partner_business_key: payee.attributes.business_key.clone(),
            partner_external_refs: payee.external_refs.clone(),
            period: run.period.clone(),
            total: MinorAmount { currency, value: 0 },
        }
    }
}

/// Adds a line to a statement.
pub(super) fn add(statement: &mut Statement, lines: &mut Vec<StatementLine>, line: StatementLine) -> Result<(), Fault> {
    let total = statement.total.value.checked_add(line.amount.value);
    statement.total.value = total.ok_or_else(|| overflow(&statement.partner))?;
    lines.push(line);
    Ok(())
}

pub(super) fn totals(statements: &[(Statement, Vec<StatementLine>)]) -> Result<Vec<MinorAmount>, Fault> {
    let mut sums: BTreeMap<Currency, i64> = BTreeMap::new();
    for (statement, _) in statements {
        let sum = sums.entry(statement.total.currency).or_default();
        *sum = sum.checked_add(statement.total.value).ok_or_else(|| overflow("the run"))?;
    }
    Ok(sums.into_iter().map(|(currency, value)| MinorAmount { currency, value }).collect())
}

fn overflow(whose: &str) -> Fault {
    Fault::new(
        reasons::AMOUNT_OVERFLOW,
        format!("the total of {whose} exceeds 64 bits of minor units; look for a fact of absurd size"),
    )
}
