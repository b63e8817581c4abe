//! A page of contracts: conditions compiled to SQL, every value a parameter. None of the columns is ever NULL, so that
//! NOT is exact.

use std::cmp::Ordering;

use contract_risk_domain::ExternalRef;
use sqlx::QueryBuilder;
use tributary_core::{Date, TenantId};

use super::Db;
use crate::ports::{ContractCondition, ContractQuery};

/// The query of a page, in the order of ids.
pub(super) fn page(tenant: &TenantId, query: &ContractQuery) -> QueryBuilder<Db> {
    let mut sql = QueryBuilder::new("SELECT c.body FROM contracts c WHERE c.tenant = ");
    sql.push_bind(tenant.as_str().to_owned()).push(" AND c.contract_id > ").push_bind(query.after.clone());
    if let Some(condition) = &query.condition {
        sql.push(" AND ");
        push(&mut sql, condition);
    }
    sql.push(" ORDER BY c.contract_id LIMIT ").push_bind(i64::from(query.limit));
    sql
}

/// Pushes a condition in brackets.
fn push(sql: &mut QueryBuilder<Db>, condition: &ContractCondition) {
    sql.push("(");
    match condition {
        ContractCondition::All(parts) => push_joined(sql, parts, " AND ", "1 = 1"),
        ContractCondition::Any(parts) => push_joined(sql, parts, " OR ", "1 = 0"),
        ContractCondition::Not(inner) => {
            sql.push("NOT ");
            push(sql, inner);
        }
        ContractCondition::Partner(id) => {
            sql.push("c.partner_id = ").push_bind(id.as_str().to_owned());
        }
        ContractCondition::State(state) => {
            sql.push("c.state = ").push_bind(state.as_str());
        }
        ContractCondition::Model(model) => {
            sql.push("c.model = ").push_bind(model.as_str());
        }
        ContractCondition::Owner(owner) => {
            sql.push("c.owner = ").push_bind(owner.clone());
        }
        ContractCondition::From(ordering, day) => push_day(sql, "c.effective_from", *ordering, *day),
        ContractCondition::To(ordering, day) => push_day(sql, "c.effective_to", *ordering, *day),
        ContractCondition::Ref(ExternalRef { system, id }) => {
            sql.push(
                "EXISTS (SELECT 1 FROM contract_external_refs r
                         WHERE r.tenant = c.tenant AND r.contract_id = c.contract_id AND r.system = ",
            )
            .push_bind(system.clone())
            .push(" AND r.ref_id = ")
            .push_bind(id.clone())
            .push(")");
        }
    }
    sql.push(")");
}

fn push_day(sql: &mut QueryBuilder<Db>, column: &str, ordering: Ordering, day: Date) {
    let operator = match ordering {
        Ordering::Less => " < ",
        Ordering::Equal => " = ",
        Ordering::Greater => " > ",
    };
    sql.push(column).push(operator).push_bind(day.days());
}

fn push_joined(sql: &mut QueryBuilder<Db>, parts: &[ContractCondition], word: &str, empty: &str) {
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
