//! Groups lines into statements, one per payee and currency.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use incentive_calculation_domain::{
    close::TrueUp,
    reasons,
    run::{Run, Statement, StatementLine},
};
use tributary_core::{Currency, Fault, MinorAmount, TenantId};

use super::{super::App, Calculated};
use crate::ports::PayeeAttributes;

/// Groups lines, which come payee by payee and currency by currency, into statements; true-ups come last on each.
pub(in super::super) async fn group(
    app: &App,
    tenant: &TenantId,
    run: &Run,
    mut calculated: Calculated,
    true_ups: &[TrueUp],
) -> Result<Vec<(Statement, Vec<StatementLine>)>, Fault> {
    let mut statements: Vec<(Statement, Vec<StatementLine>)> = Vec::new();
    let mut current: Option<(u32, Currency)> = None;
    for line in std::mem::take(&mut calculated.lines) {
        let key = (line.payee, line.amount.currency);
        if current != Some(key) {
            let payee = calculated.payee(line.payee).ok_or_else(|| Fault::internal("a payee has no attributes"))?;
            statements.push((new_statement(app, run, payee, line.amount.currency), Vec::new()));
            current = Some(key);
        }
        if let Some((statement, list)) = statements.last_mut() {
            add(statement, list, line.into())?;
        }
    }
    if true_ups.is_empty() {
        return Ok(statements);
    }
    let place = |partner: &str, currency: Currency| (partner.to_owned(), currency);
    let mut places: HashMap<(String, Currency), usize> = statements
        .iter()
        .enumerate()
        .map(|(at, (statement, _))| (place(&statement.partner, statement.total.currency), at))
        .collect();
    let payees = payees_of(app, tenant, run, true_ups).await?;
    for true_up in true_ups {
        let at = match places.get(&place(&true_up.partner, true_up.amount.currency)) {
            Some(at) => *at,
            None => {
                let payee = payees
                    .get(true_up.partner.trim_start_matches("partners/"))
                    .ok_or_else(|| Fault::internal("the payee of a true-up has no attributes"))?;
                places.insert(place(&true_up.partner, true_up.amount.currency), statements.len());
                statements.push((new_statement(app, run, payee, true_up.amount.currency), Vec::new()));
                statements.len().saturating_sub(1)
            }
        };
        if let Some((statement, list)) = statements.get_mut(at) {
            add(statement, list, true_up.line())?;
        }
    }
    Ok(statements)
}

/// The payees of true-ups on the last day of the run's period.
async fn payees_of(
    app: &App,
    tenant: &TenantId,
    run: &Run,
    true_ups: &[TrueUp],
) -> Result<HashMap<String, PayeeAttributes>, Fault> {
    let ids: BTreeSet<String> = true_ups.iter().map(|t| t.partner.trim_start_matches("partners/").to_owned()).collect();
    let ids: Vec<String> = ids.into_iter().collect();
    let period = run.calendar_period().map_err(Fault::internal)?;
    let found = app.store.attributes_on(tenant, &ids, period.to().plus_days(-1), run.snapshot_arrival).await?;
    Ok(found.into_iter().collect())
}

fn new_statement(app: &App, run: &Run, payee: &PayeeAttributes, currency: Currency) -> Statement {
    Statement {
        id: app.ids.resource_id('s').to_string(),
        run: run.id.clone(),
        partner: payee.attributes.partner.clone(),
        partner_display_name: payee.attributes.display_name.clone(),
        partner_business_key: payee.attributes.business_key.clone(),
        partner_external_refs: payee.external_refs.clone(),
        period: run.period.clone(),
        total: MinorAmount { currency, value: 0 },
    }
}

/// Adds a line to a statement.
fn add(statement: &mut Statement, lines: &mut Vec<StatementLine>, line: StatementLine) -> Result<(), Fault> {
    let total = statement.total.value.checked_add(line.amount.value);
    statement.total.value = total.ok_or_else(|| overflow(&statement.partner))?;
    lines.push(line);
    Ok(())
}

/// Sums of a run's statements.
pub(super) fn totals(statements: &[(Statement, Vec<StatementLine>)]) -> Result<Vec<MinorAmount>, Fault> {
    sum(statements.iter().map(|(statement, _)| statement.total), "the run")
}

/// Sums of amounts, one per currency in the order of codes.
///
/// # Errors
/// `AMOUNT_OVERFLOW`.
pub(crate) fn sum(amounts: impl Iterator<Item = MinorAmount>, whose: &str) -> Result<Vec<MinorAmount>, Fault> {
    let mut sums: BTreeMap<Currency, i64> = BTreeMap::new();
    for amount in amounts {
        let sum = sums.entry(amount.currency).or_default();
        *sum = sum.checked_add(amount.value).ok_or_else(|| overflow(whose))?;
    }
    Ok(sums.into_iter().map(|(currency, value)| MinorAmount { currency, value }).collect())
}

fn overflow(whose: &str) -> Fault {
    Fault::new(
        reasons::AMOUNT_OVERFLOW,
        format!("the total of {whose} exceeds 64 bits of minor units; look for a fact of absurd size"),
    )
}
