//! When an event is tried again: the schedule that the Standard Webhooks specification gives as example, ten attempts over
//! 75 hours and 35 minutes, each pause made longer or shorter by up to a tenth, so that receivers that come back are not
//! called by everybody at once.

use std::time::Duration;

/// How often an event is tried.
pub const ATTEMPTS: usize = 10;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

/// Seconds before the second attempt, the third one, …
const PAUSES: [u64; ATTEMPTS - 1] =
    [5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR];

/// The longest that a receiver may ask us to wait, in seconds.
const LONGEST: u64 = 24 * HOUR;

/// The pause after so many failed attempts; `None`: it was the last one. `chance` makes the jitter. A receiver that asks for
/// a longer pause by `retry-after` gets it, up to a day.
#[must_use]
pub fn pause(failed: usize, chance: u32, retry_after: Option<u64>) -> Option<Duration> {
    let seconds = *PAUSES.get(failed.checked_sub(1)?)?;
    // 0.900 to 1.100 of it, in thousandths.
    let per_mille = u64::from(chance % 201).saturating_add(900);
    let planned = Duration::from_millis(seconds.saturating_mul(per_mille));
    Some(planned.max(Duration::from_secs(retry_after.unwrap_or_default().min(LONGEST))))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{ATTEMPTS, pause};

    #[test]
    fn ten_attempts_take_about_76_hours() {
        let whole = |chance| {
            let pauses: Vec<_> =
                (1..ATTEMPTS).map(|failed| pause(failed, chance, None).expect("another one")).collect();
            pauses.iter().sum::<Duration>()
        };
        // 75:35:05, and 10 % around it.
        assert_eq!(whole(100), Duration::from_secs(272_105));
        assert_eq!((whole(0), whole(200)), (Duration::from_millis(244_894_500), Duration::from_millis(299_315_500)));
        assert_eq!(whole(201), whole(0));
        assert_eq!((pause(10, 0, None), pause(0, 0, None)), (None, None));
    }

    #[test]
    fn a_receiver_may_ask_for_a_longer_pause_but_not_for_ever() {
        assert_eq!(pause(1, 100, Some(60)), Some(Duration::from_secs(60)));
        assert_eq!(pause(2, 100, Some(60)), Some(Duration::from_secs(300)));
        assert_eq!(pause(1, 100, Some(u64::MAX)), Some(Duration::from_secs(86_400)));
        assert_eq!(pause(10, 100, Some(60)), None);
    }
}
