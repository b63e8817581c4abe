//! A page of partners: conditions compiled to SQL, every value a parameter.

use partner_registry_domain::duplicates::folded;
use sqlx::QueryBuilder;
use tributary_core::{Date, TenantId};

use super::{
    Db,
    rows::{push_tier, select_partners},
};
use crate::ports::{Condition, ListQuery};

/// The query of a page, in the order of ids.
pub(super) fn page(tenant: &TenantId, query: &ListQuery) -> QueryBuilder<Db> {
    let mut sql = select_partners(tenant, query.today);
    if let Some(after) = &query.after {
        sql.push(" AND p.id > ").push_bind(after);
    }
    if let Some(condition) = &query.condition {
        sql.push(" AND ");
        push(&mut sql, condition, query.today);
    }
    sql.push(" ORDER BY p.id LIMIT ").push_bind(i64::from(query.limit));
    sql
}

/// Pushes a condition in brackets. None of the columns is ever NULL, so that NOT is exact.
fn push(sql: &mut QueryBuilder<Db>, condition: &Condition, today: Date) {
    sql.push("(");
    match condition {
        Condition::All(parts) => push_joined(sql, parts, " AND ", "1 = 1", today),
        Condition::Any(parts) => push_joined(sql, parts, " OR ", "1 = 0", today),
        Condition::Not(inner) => {
            sql.push("NOT ");
            push(sql, inner, today);
        }
        Condition::Name(name) => {
            sql.push("p.display_name = ").push_bind(name);
        }
        Condition::NameContains(fragment) => {
            let pattern = format!("%{}%", escaped(&folded(fragment)));
            sql.push("p.name_folded LIKE ").push_bind(pattern).push(r" ESCAPE '\'");
        }
        Condition::Kind(kind) => {
            sql.push("p.kind = ").push_bind(kind.as_str());
        }
        Condition::Status(status) => {
            sql.push("p.status = ").push_bind(status.as_str());
        }
        Condition::Region(region) => {
            sql.push("p.region = ").push_bind(region);
        }
        Condition::RegionWithin(region) => {
            // "0" follows "/" in the order of bytes: everything that starts with "REGION/", through the index.
            let (first, end) = (format!("{region}/"), format!("{region}0"));
            sql.push("p.region = ").push_bind(region).push(" OR p.region >= ").push_bind(first);
            sql.push(" AND p.region < ").push_bind(end);
        }
        Condition::Tier(tier) => {
            push_tier(sql, today);
            sql.push(" = ").push_bind(tier);
        }
        Condition::Label(key, value) => {
            push_label(sql, key);
            sql.push(" AND l.label_value = ").push_bind(value).push(")");
        }
        Condition::LabelExists(key) => {
            push_label(sql, key);
            sql.push(")");
        }
    }
    sql.push(")");
}

fn push_joined(sql: &mut QueryBuilder<Db>, parts: &[Condition], word: &str, empty: &str, today: Date) {
    if parts.is_empty() {
        sql.push(empty);
    }
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            sql.push(word);
        }
        push(sql, part, today);
    }
}

fn push_label(sql: &mut QueryBuilder<Db>, key: &str) {
    sql.push(
        "EXISTS (SELECT 1 FROM partner_labels l
                 WHERE l.tenant = p.tenant AND l.partner_id = p.id AND l.label_key = ",
    )
    .push_bind(key);
}

/// A fragment with the wildcards of LIKE taken literally.
fn escaped(fragment: &str) -> String {
    let mut text = String::with_capacity(fragment.len());
    for c in fragment.chars() {
        if matches!(c, '%' | '_' | '\\') {
            text.push('\\');
        }
        text.push(c);
    }
    text
}
