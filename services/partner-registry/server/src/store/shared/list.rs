//! A page of partners: conditions compiled to SQL, every value a parameter.

use partner_registry_domain::duplicates::folded;
use sqlx::QueryBuilder;
use tributary_core::{Date, TenantId};

use super::{
    Db,
    rows::{push_tier, select_partners},
};
use crate::ports::{Condition, ListQuery, PartnerTest};

/// The query of a page, in the order of ids.
pub(super) fn page(tenant: &TenantId, query: &ListQuery) -> QueryBuilder<Db> {
    let mut sql = select_partners(tenant, query.today);
    if let Some(after) = &query.after {
        sql.push(" AND p.id > ").push_bind(after);
    }
    if let Some(condition) = &query.condition {
        sql.push(" AND ");
        push_condition(&mut sql, condition, &|sql, test| push_test(sql, test, query.today));
    }
    sql.push(" ORDER BY p.id LIMIT ").push_bind(i64::from(query.limit));
    sql
}

/// Pushes a condition in brackets. No test may be NULL, so that NOT is exact.
pub(super) fn push_condition<T>(
    sql: &mut QueryBuilder<Db>,
    condition: &Condition<T>,
    test: &impl Fn(&mut QueryBuilder<Db>, &T),
) {
    let joined = |sql: &mut QueryBuilder<Db>, parts: &[Condition<T>], word: &str, empty: &str| {
        if parts.is_empty() {
            sql.push(empty);
        }
        for (i, part) in parts.iter().enumerate() {
            if i > 0 {
                sql.push(word);
            }
            push_condition(sql, part, test);
        }
    };
    sql.push("(");
    match condition {
        Condition::All(parts) => joined(sql, parts, " AND ", "1 = 1"),
        Condition::Any(parts) => joined(sql, parts, " OR ", "1 = 0"),
        Condition::Not(inner) => {
            sql.push("NOT ");
            push_condition(sql, inner, test);
        }
        Condition::Is(one) => test(sql, one),
    }
    sql.push(")");
}

/// Pushes a test of a partner. None of the columns is ever NULL.
fn push_test(sql: &mut QueryBuilder<Db>, test: &PartnerTest, today: Date) {
    match test {
        PartnerTest::Name(name) => {
            sql.push("p.display_name = ").push_bind(name);
        }
        PartnerTest::NameContains(fragment) => {
            let pattern = format!("%{}%", escaped(&folded(fragment)));
            sql.push("p.name_folded LIKE ").push_bind(pattern).push(r" ESCAPE '\'");
        }
        PartnerTest::Kind(kind) => {
            sql.push("p.kind = ").push_bind(kind.as_str());
        }
        PartnerTest::Status(status) => {
            sql.push("p.status = ").push_bind(status.as_str());
        }
        PartnerTest::Region(region) => {
            sql.push("p.region = ").push_bind(region);
        }
        PartnerTest::RegionWithin(region) => {
            // "0" follows "/" in the order of bytes: everything that starts with "REGION/", through the index.
            let (first, end) = (format!("{region}/"), format!("{region}0"));
            sql.push("p.region = ").push_bind(region).push(" OR p.region >= ").push_bind(first);
            sql.push(" AND p.region < ").push_bind(end);
        }
        PartnerTest::Tier(tier) => {
            push_tier(sql, today);
            sql.push(" = ").push_bind(tier);
        }
        PartnerTest::Label(key, value) => {
            push_label(sql, key);
            sql.push(" AND l.label_value = ").push_bind(value).push(")");
        }
        PartnerTest::LabelExists(key) => {
            push_label(sql, key);
            sql.push(")");
        }
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
pub(super) fn escaped(fragment: &str) -> String {
    let mut text = String::with_capacity(fragment.len());
    for c in fragment.chars() {
        if matches!(c, '%' | '_' | '\\') {
            text.push('\\');
        }
        text.push(c);
    }
    text
}
