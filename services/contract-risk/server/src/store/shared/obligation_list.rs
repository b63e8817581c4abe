//! A page of obligations: conditions compiled to SQL, every value a parameter.

use std::cmp::Ordering;

use sqlx::QueryBuilder;
use tributary_core::{Date, TenantId};

use super::Db;
use crate::ports::{ObligationCondition, ObligationQuery};

/// The query of a page, by due day, contract and id.
pub(super) fn page(tenant: &TenantId, query: &ObligationQuery) -> QueryBuilder<Db> {
    let mut sql = QueryBuilder::new("SELECT body FROM obligations WHERE tenant = ");
    sql.push_bind(tenant.as_str());
    if let Some(contract) = &query.contract {
        sql.push(" AND contract_id = ").push_bind(contract.as_str());
    }
    if let Some(after) = &query.after {
        sql.push(" AND (due_on, contract_id, obligation_id) > (").push_bind(after.due_on.days());
        sql.push(", ").push_bind(after.contract.as_str());
        sql.push(", ").push_bind(after.id.as_str()).push(")");
    }
    if let Some(condition) = &query.condition {
        sql.push(" AND ");
        push(&mut sql, condition);
    }
    sql.push(" ORDER BY due_on, contract_id, obligation_id LIMIT ").push_bind(i64::from(query.limit));
    sql
}

/// Pushes a condition in brackets. None of them is ever unknown, so that NOT is exact.
fn push(sql: &mut QueryBuilder<Db>, condition: &ObligationCondition) {
    use ObligationCondition as C;
    sql.push("(");
    match condition {
        C::All(parts) => push_joined(sql, parts, " AND ", "1 = 1"),
        C::Any(parts) => push_joined(sql, parts, " OR ", "1 = 0"),
        C::Not(inner) => {
            sql.push("NOT ");
            push(sql, inner);
        }
        C::Partner(partner) => {
            sql.push("partner_id = ").push_bind(partner.as_str());
        }
        C::Kind(kind) => {
            sql.push("kind = ").push_bind(kind.as_str());
        }
        C::State(state) => {
            sql.push("state = ").push_bind(state.as_str());
        }
        C::Debtor(party) => {
            sql.push("debtor = ").push_bind(party.as_str());
        }
        C::Owner(owner) => {
            sql.push("owner = ").push_bind(owner);
        }
        C::DueOn(ordering, day) => push_day(sql, "due_on", *ordering, *day),
        C::Overdue(today) => {
            sql.push(super::on_time::OVERDUE).push(" AND due_on < ").push_bind(today.days());
        }
    }
    sql.push(")");
}

/// Pushes the comparison of a column with a day.
pub(super) fn push_day(sql: &mut QueryBuilder<Db>, column: &str, ordering: Ordering, day: Date) {
    let operator = match ordering {
        Ordering::Less => " < ",
        Ordering::Equal => " = ",
        Ordering::Greater => " > ",
    };
    sql.push(column).push(operator).push_bind(day.days());
}

fn push_joined(sql: &mut QueryBuilder<Db>, parts: &[ObligationCondition], word: &str, empty: &str) {
    if parts.is_empty() {
        sql.push(empty);
    }
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            sql.push(word);
        }
        push(sql, part);
    }
}
