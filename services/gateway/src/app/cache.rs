//! Keys that were read a moment ago, so that a call does not cost a query. An entry lives two seconds: that long a key
//! revoked by another gateway process may go on working where its word does not arrive; a revocation in this process is seen
//! at once.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use tributary_core::Timestamp;

use crate::ports::KeyRecord;

/// How long an entry is believed, in microseconds.
const LIFETIME: i64 = 2_000_000;
/// How many keys are held; beyond that all are forgotten and read again.
const CAPACITY: usize = 10_000;

#[derive(Debug)]
struct Entry {
    key: KeyRecord,
    read_at: Timestamp,
}

#[derive(Debug, Default)]
struct Inner {
    entries: HashMap<String, Entry>,
    forgotten: u64,
}

/// The cache. Keys are held by prefix, with the hash of their secret; what a caller presents is compared every time.
#[derive(Debug, Default)]
pub struct KeyCache(RwLock<Inner>);

/// When a read began; see [`KeyCache::put`].
#[derive(Debug, Clone, Copy)]
pub struct Mark(u64);

impl KeyCache {
    /// The key of a prefix, if it was read less than two seconds ago.
    #[must_use]
    pub fn get(&self, prefix: &str, now: Timestamp) -> Option<KeyRecord> {
        let inner = self.read();
        let entry = inner.entries.get(prefix)?;
        let age = now.0.saturating_sub(entry.read_at.0);
        (0..LIFETIME).contains(&age).then(|| entry.key.clone())
    }

    /// To be taken before a key is read from the store.
    #[must_use]
    pub fn mark(&self) -> Mark {
        Mark(self.read().forgotten)
    }

    /// Keeps a key that was read, unless one was forgotten since `mark`: the read may have been before that change.
    pub fn put(&self, mark: Mark, key: KeyRecord, now: Timestamp) {
        let mut inner = self.write();
        if inner.forgotten != mark.0 {
            return;
        }
        if inner.entries.len() >= CAPACITY {
            inner.entries.clear();
        }
        inner.entries.insert(key.prefix.clone(), Entry { key, read_at: now });
    }

    /// Forgets a key, because it changed.
    pub fn forget(&self, prefix: &str) {
        let mut inner = self.write();
        inner.entries.remove(prefix);
        inner.forgotten = inner.forgotten.wrapping_add(1);
    }

    fn read(&self) -> RwLockReadGuard<'_, Inner> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Inner> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use tributary_core::{Role, TenantId, Timestamp};

    use super::KeyCache;
    use crate::ports::KeyRecord;

    fn key() -> KeyRecord {
        KeyRecord {
            tenant: TenantId::default_tenant(),
            prefix: "k1".to_owned(),
            subject: "erp".to_owned(),
            roles: vec![Role::Admin],
            partners: Vec::new(),
            secret_hash: [7; 32],
            creator: "bootstrap".to_owned(),
            create_time: Timestamp(1),
            expire_time: None,
            revoke_time: None,
        }
    }

    #[test]
    fn an_entry_lives_two_seconds() {
        let cache = KeyCache::default();
        let start = Timestamp(1_000_000_000);
        cache.put(cache.mark(), key(), start);
        assert_eq!(cache.get("k1", start.plus_micros(1_999_999)), Some(key()));
        assert_eq!(cache.get("k1", start.plus_micros(2_000_000)), None);
        assert_eq!(cache.get("k1", start.plus_micros(-1)), None, "a clock that went back is not believed");
        assert_eq!(cache.get("k2", start), None);
    }

    #[test]
    fn a_read_that_began_before_a_change_is_not_kept() {
        let cache = KeyCache::default();
        let before = cache.mark();
        cache.forget("k1");
        cache.put(before, key(), Timestamp(5));
        assert_eq!(cache.get("k1", Timestamp(5)), None);
        cache.put(cache.mark(), key(), Timestamp(5));
        assert!(cache.get("k1", Timestamp(5)).is_some());
        cache.forget("k1");
        assert_eq!(cache.get("k1", Timestamp(5)), None);
    }
}
