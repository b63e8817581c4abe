//! One history of migrations per store: the base tables of this crate and the tables of the service.

use std::collections::BTreeSet;

use sqlx::migrate::Migrator;

use crate::StoreError;

/// Numbers from here on belong to services.
const FIRST_OF_SERVICE: i64 = 100;

/// Joins both; numbers below 100 are the base's, the others the service's, none comes twice.
pub(crate) fn one_history(base: &Migrator, service: &Migrator) -> Result<Migrator, StoreError> {
    let mut seen = BTreeSet::new();
    let mut all = Vec::new();
    let both = base.iter().map(|m| (m, true)).chain(service.iter().map(|m| (m, false)));
    for (migration, is_base) in both {
        let number = migration.version;
        if is_base != (number < FIRST_OF_SERVICE) {
            return Err(StoreError::Internal(format!(
                "migration {number} is out of range: 1 to 99 are the base's, a service counts from {FIRST_OF_SERVICE} on"
            )));
        }
        if migration.migration_type.is_down_migration() || !seen.insert(number) {
            return Err(StoreError::Internal(format!("migration {number} comes twice; give it the next free number")));
        }
        all.push(migration.clone());
    }
    Ok(Migrator::with_migrations(all))
}
