//! What SQLite's planner is told of our tables. Without statistics it takes the first column of every index for a
//! selective one and reads all rows of a tenant where another index leads to a few: the first column is the tenant, which
//! in most installations is one. `ANALYZE` would tell better once there is much data, but nothing on the day on which a
//! store is made, and plans would change with it. So they are fixed: a tenant has a million rows, every further column
//! of an index leaves one of 128, a whole key one row. The same columns leave the same number of rows in every index, so
//! that among indexes that begin alike the one that also gives the order wins.

use sqlx::{Row, SqliteConnection};

/// Binary digits of the rows of a table.
const ROWS: u32 = 20;
/// Binary digits of the rows that a partial index has.
const PARTIAL: u32 = 16;
/// Binary digits by which every column makes rows fewer.
const TELLING: u32 = 7;
/// Binary digits of the least rows that an index leaves which is no key.
const ALIKE: u32 = 3;

/// An index of a table, or the table itself where it is ordered by its key.
struct Index {
    table: String,
    name: String,
    unique: bool,
    partial: bool,
    columns: Vec<String>,
}

impl Index {
    /// Rows in all, then rows with the same first column, the same first two, and so on; as SQLite writes it.
    fn statistics(&self) -> String {
        let mut rows = if self.partial { PARTIAL } else { ROWS };
        let mut digits = vec![rows];
        for column in &self.columns {
            if column != "tenant" {
                rows = rows.saturating_sub(TELLING).max(ALIKE.min(rows));
            }
            digits.push(rows);
        }
        if let Some(last) = digits.last_mut().filter(|_| self.unique) {
            *last = 0;
        }
        let texts: Vec<String> = digits.iter().map(|digits| (1_u64 << digits).to_string()).collect();
        // A column in the middle has too many values to be tried one by one.
        format!("{} noskipscan", texts.join(" "))
    }
}

/// Tells the planner, where it has not been told the same before.
pub(crate) async fn tell(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let mut wanted: Vec<(String, String, String)> =
        indexes(connection).await?.into_iter().map(|i| (i.table.clone(), i.name.clone(), i.statistics())).collect();
    wanted.sort_unstable();
    // Makes the table of statistics where there is none, and looks at no rows.
    sqlx::raw_sql("ANALYZE sqlite_schema").execute(&mut *connection).await?;
    let there =
        sqlx::query("SELECT tbl, idx, stat FROM sqlite_stat1 ORDER BY tbl, idx").fetch_all(&mut *connection).await?;
    let there = there.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)));
    if there.collect::<Result<Vec<(String, String, String)>, sqlx::Error>>()? == wanted {
        return Ok(());
    }
    let mut text = String::from("BEGIN IMMEDIATE; DELETE FROM sqlite_stat1; ");
    for (table, index, statistics) in &wanted {
        // Names of our own migrations: they hold no quotes.
        text.push_str(&format!(
            "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('{table}', '{index}', '{statistics}'); "
        ));
    }
    text.push_str("COMMIT; ANALYZE sqlite_schema");
    sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(connection).await?;
    Ok(())
}

async fn indexes(connection: &mut SqliteConnection) -> Result<Vec<Index>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT t.name, CASE WHEN i.origin = 'pk' AND t.sql LIKE '%WITHOUT ROWID%' THEN t.name ELSE i.name END, \
         i.\"unique\", i.partial, (SELECT group_concat(c.name, ',') FROM \
         (SELECT coalesce(name, '') AS name FROM pragma_index_info(i.name) ORDER BY seqno) c) \
         FROM sqlite_schema t JOIN pragma_index_list(t.name) i WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%'",
    )
    .fetch_all(connection)
    .await?;
    let index = |row: &sqlx::sqlite::SqliteRow| {
        let columns: Option<String> = row.try_get(4)?;
        Ok(Index {
            table: row.try_get(0)?,
            name: row.try_get(1)?,
            unique: row.try_get(2)?,
            partial: row.try_get(3)?,
            columns: columns.unwrap_or_default().split(',').map(str::to_owned).collect(),
        })
    };
    rows.iter().map(index).collect()
}
