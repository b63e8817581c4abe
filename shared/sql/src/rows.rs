//! Lists of keys with several columns.

use sqlx::{Database, QueryBuilder, query_builder::Separated};

/// Adds a list of rows for `(a, b) IN …`. SQLite looks the rows up in an index only when the list is a plain `SELECT`; it
/// reads the whole table for several rows of `VALUES`.
pub fn push_rows<DB, I, F>(query: &mut QueryBuilder<DB>, rows: I, push: F)
where
    DB: Database,
    I: IntoIterator,
    F: FnMut(Separated<'_, DB, &'static str>, I::Item),
{
    query.push("(SELECT * FROM (");
    query.push_values(rows, push);
    query.push(") AS listed)");
}
