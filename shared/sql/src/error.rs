//! What a store can answer besides a value: few classes, each of which a caller handles in its own way.

use sqlx::error::{DatabaseError, ErrorKind};
use thiserror::Error;
use tributary_core::{Fault, fault::common};

/// A store's refusal. Only [`StoreError::Unavailable`] and [`StoreError::Conflict`] are worth a retry.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StoreError {
    /// What was asked for does not exist.
    #[error("no such row")]
    NotFound,
    /// A unique key is taken; carries the constraint (PostgreSQL) or the columns (SQLite, "table.column, …").
    #[error("{0} exists already")]
    AlreadyExists(String),
    /// A concurrent change won: a revision differs or a lease is not held any more.
    #[error("a concurrent change won; read again and retry")]
    Conflict,
    /// A check, foreign key or not-null rule of the schema refused the row; carries its name or the driver's text.
    #[error("constraint {0} refused the row")]
    Constraint(String),
    /// The store is busy or away; the same call may succeed soon.
    #[error("store unavailable: {0}")]
    Unavailable(String),
    /// What is stored cannot be read back.
    #[error("stored data cannot be read: {0}")]
    Corrupt(String),
    /// Our mistake: wrong SQL, wrong use.
    #[error("store: {0}")]
    Internal(String),
}

impl StoreError {
    /// Whether the same call may succeed when it is repeated.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Conflict)
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        match &error {
            E::RowNotFound => Self::NotFound,
            E::Database(e) => of_database(e.as_ref()),
            E::Io(_) | E::Tls(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed | E::BeginFailed => {
                Self::Unavailable(error.to_string())
            }
            E::ColumnDecode { .. } | E::Decode(_) => Self::Corrupt(error.to_string()),
            _ => Self::Internal(error.to_string()),
        }
    }
}

impl From<sqlx::migrate::MigrateError> for StoreError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        use sqlx::migrate::MigrateError as M;
        match error {
            M::Execute(e) => Self::from(e),
            M::ExecuteMigration(e, number) => match Self::from(e) {
                Self::Unavailable(why) => Self::Unavailable(why),
                other => Self::Internal(format!("migration {number} failed: {other}")),
            },
            M::VersionMismatch(number) => Self::Corrupt(format!(
                "migration {number} was applied with another text; migrations never change once landed, restore the old text"
            )),
            M::VersionMissing(number) => Self::Corrupt(format!(
                "migration {number} was applied and is not part of this version; run the version that has it or a newer one"
            )),
            other => Self::Internal(other.to_string()),
        }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(detail) => {
                // What the database said names hosts and paths: it stays in the log.
                tracing::warn!(%detail, "the store is unavailable");
                Self::new(common::STORE_UNAVAILABLE, common::STORE_UNAVAILABLE.help)
            }
            StoreError::Conflict => Self::new(common::CONCURRENT_CHANGE, error.to_string()),
            other => Self::internal(other.to_string()),
        }
    }
}

fn of_database(e: &dyn DatabaseError) -> StoreError {
    let message = e.message();
    let named = || e.constraint().map_or_else(|| after_colon(message), str::to_owned);
    match e.kind() {
        ErrorKind::UniqueViolation => return StoreError::AlreadyExists(named()),
        ErrorKind::ForeignKeyViolation | ErrorKind::NotNullViolation | ErrorKind::CheckViolation => {
            return StoreError::Constraint(named());
        }
        _ => {}
    }
    let code = e.code().unwrap_or_default().into_owned();
    let shown = || format!("{message} (code {code})");
    let class = if e.try_downcast_ref::<sqlx::postgres::PgDatabaseError>().is_some() {
        postgres_class(&code)
    } else {
        sqlite_class(&code)
    };
    match class {
        Class::Away => StoreError::Unavailable(shown()),
        Class::Refused => StoreError::Constraint(shown()),
        Class::Damaged => StoreError::Corrupt(shown()),
        Class::Wrong => StoreError::Internal(shown()),
    }
}

enum Class {
    Away,
    Refused,
    Damaged,
    Wrong,
}

/// SQLSTATE: 40001 serialization, 40P01 deadlock, 55P03 lock timeout, 57014 cancelled, 57P0x shutting down or starting,
/// 08 connection, 53 out of resources; 23 the rest of the constraints; XX001 and XX002 damage.
fn postgres_class(code: &str) -> Class {
    match code {
        "40001" | "40P01" | "55P03" | "55006" | "57014" | "57P01" | "57P02" | "57P03" | "57P05" | "25P03" => {
            Class::Away
        }
        "XX001" | "XX002" => Class::Damaged,
        _ if code.starts_with("08") || code.starts_with("53") => Class::Away,
        _ if code.starts_with("23") => Class::Refused,
        _ => Class::Wrong,
    }
}

/// The low byte of SQLite's result code: 5 busy, 6 locked, 9 interrupted at the deadline, 10 input/output, 13 full, 14 cannot open; 19 the rest of the
/// constraints; 11 and 26 damage.
fn sqlite_class(code: &str) -> Class {
    match code.parse::<i64>().map(|c| c & 0xff) {
        Ok(5 | 6 | 9 | 10 | 13 | 14) => Class::Away,
        Ok(19) => Class::Refused,
        Ok(11 | 26) => Class::Damaged,
        _ => Class::Wrong,
    }
}

/// SQLite says "UNIQUE constraint failed: table.column"; only the columns are of use.
fn after_colon(message: &str) -> String {
    message.split_once(": ").map_or(message, |(_, rest)| rest).to_owned()
}

#[cfg(test)]
mod tests {
    use tributary_core::Fault;

    use super::StoreError;

    #[test]
    fn what_the_database_said_is_not_sent() {
        let fault = Fault::from(StoreError::Unavailable("connection to 10.0.0.7 refused".to_owned()));
        assert_eq!(fault.message(), "the store is busy or away; retry with backoff");
        assert_eq!(fault.reason().code, "STORE_UNAVAILABLE");
    }
}
