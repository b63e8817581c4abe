//! Ids that count instead of being random.

use std::sync::atomic::{AtomicU64, Ordering};

use tributary_core::IdSource;
use uuid::{Builder, Uuid};

/// 2012-07-01T00:00:00Z, the time in every counted id.
const MILLIS: u64 = 1_341_100_800_000;

/// Version 7 ids whose last part counts from 1, so they are ordered and the same in every run.
#[derive(Debug, Default)]
pub struct CountingIds(AtomicU64);

impl CountingIds {
    /// Starts with 1.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The id with a number (below 2^62), as this source gives it out.
    #[must_use]
    pub fn numbered(number: u64) -> Uuid {
        let [a, b, c, d, e, f, g, h] = number.to_be_bytes();
        Builder::from_unix_timestamp_millis(MILLIS, &[0, 0, a, b, c, d, e, f, g, h]).into_uuid()
    }
}

impl IdSource for CountingIds {
    fn uuid(&self) -> Uuid {
        Self::numbered(self.0.fetch_add(1, Ordering::SeqCst).saturating_add(1))
    }
}

#[cfg(test)]
mod tests {
    use tributary_core::IdSource;

    use super::CountingIds;

    #[test]
    fn ids_count_in_order_and_look_like_version_7() {
        let ids = CountingIds::new();
        let all: Vec<_> = (0..300).map(|_| ids.uuid()).collect();
        assert!(all.is_sorted() && all[0] < all[1]);
        // Python: hex(1341100800000) == '0x1383fd63800'
        assert_eq!(all[0].to_string(), "01383fd6-3800-7000-8000-000000000001");
        assert_eq!(all[299], CountingIds::numbered(300));
        assert_eq!(all[0].get_version_num(), 7);
    }
}
