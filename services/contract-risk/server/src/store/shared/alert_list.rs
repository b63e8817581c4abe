//! A page of alerts: conditions compiled to SQL, every value a parameter.

use sqlx::QueryBuilder;
use tributary_core::TenantId;

use super::Db;
use crate::ports::{AlertCondition, AlertQuery};

/// The query of a page, newest first: ids are made in the order of time.
pub(super) fn page(tenant: &TenantId, query: &AlertQuery) -> QueryBuilder<Db> {
    let mut sql = QueryBuilder::new("SELECT body FROM alerts WHERE tenant = ");
    sql.push_bind(tenant.as_str().to_owned());
    if let Some(condition) = &query.condition {
        sql.push(" AND ");
        push(&mut sql, condition);
    }
    if let Some(before) = &query.before {
        sql.push(" AND alert_id < ").push_bind(before.clone());
    }
    sql.push(" ORDER BY alert_id DESC LIMIT ").push_bind(i64::from(query.limit));
    sql
}

/// Pushes a condition in brackets. None of the columns is ever NULL, so that NOT is exact.
fn push(sql: &mut QueryBuilder<Db>, condition: &AlertCondition) {
    sql.push("(");
    match condition {
        AlertCondition::All(parts) => push_joined(sql, parts, " AND "),
        AlertCondition::Any(parts) => push_joined(sql, parts, " OR "),
        AlertCondition::Not(inner) => {
            sql.push("NOT ");
            push(sql, inner);
        }
        AlertCondition::Partner(id) => {
            sql.push("partner_id = ").push_bind(id.clone());
        }
        AlertCondition::Contract(id) => {
            sql.push("contract_id = ").push_bind(id.clone());
        }
        AlertCondition::Rule(id) => {
            sql.push("rule_id = ").push_bind(id.clone());
        }
        AlertCondition::Severity(severity) => {
            sql.push("severity = ").push_bind(severity.as_str());
        }
        AlertCondition::State(state) => {
            sql.push("state = ").push_bind(state.as_str());
        }
    }
    sql.push(")");
}

fn push_joined(sql: &mut QueryBuilder<Db>, parts: &[AlertCondition], word: &str) {
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            sql.push(word);
        }
        push(sql, part);
    }
}
