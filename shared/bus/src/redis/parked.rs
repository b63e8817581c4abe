//! Entries that wait: a failed one, and those of the same subject behind it.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use tokio::time::Instant;
use tributary_core::{Event, TenantId};

use crate::Pauses;

/// An event and where it lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) stream: String,
    pub(super) id: String,
    pub(super) event: Event,
}

impl Entry {
    fn subject(&self) -> Subject {
        (self.stream.clone(), self.event.tenant.clone(), self.event.subject.clone())
    }
}

/// What order holds within.
pub(super) type Subject = (String, TenantId, String);

/// Waiting entries, by subject.
pub(super) struct Parked {
    pauses: Pauses,
    subjects: HashMap<Subject, Queue>,
    entries: usize,
}

struct Queue {
    entries: VecDeque<Entry>,
    failures: u32,
    not_before: Instant,
}

impl Parked {
    pub(super) fn new(pauses: Pauses) -> Self {
        Self { pauses, subjects: HashMap::new(), entries: 0 }
    }

    /// How many entries wait.
    pub(super) fn len(&self) -> usize {
        self.entries
    }

    /// Puts an entry behind those of its subject that wait; gives it back when none does.
    pub(super) fn behind(&mut self, entry: Entry) -> Option<Entry> {
        let Some(queue) = self.subjects.get_mut(&entry.subject()) else { return Some(entry) };
        queue.entries.push_back(entry);
        self.entries = self.entries.saturating_add(1);
        None
    }

    /// An entry failed for the first time: it rests.
    pub(super) fn park(&mut self, entry: Entry, now: Instant) {
        let not_before = after(now, self.pauses.after(0));
        let queue = Queue { entries: VecDeque::new(), failures: 1, not_before };
        self.subjects.entry(entry.subject()).or_insert(queue).entries.push_back(entry);
        self.entries = self.entries.saturating_add(1);
    }

    /// Subjects whose rest is over.
    pub(super) fn due(&self, now: Instant) -> Vec<Subject> {
        self.subjects.iter().filter(|(_, queue)| queue.not_before <= now).map(|(subject, _)| subject.clone()).collect()
    }

    /// When the next rest is over.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.subjects.values().map(|queue| queue.not_before).min()
    }

    /// The entry a subject waits for.
    pub(super) fn head(&self, subject: &Subject) -> Option<Entry> {
        self.subjects.get(subject)?.entries.front().cloned()
    }

    /// The head is done; the next one is not to blame for it.
    pub(super) fn done(&mut self, subject: &Subject) {
        let Some(queue) = self.subjects.get_mut(subject) else { return };
        if queue.entries.pop_front().is_some() {
            self.entries = self.entries.saturating_sub(1);
        }
        queue.failures = 0;
        if queue.entries.is_empty() {
            self.subjects.remove(subject);
        }
    }

    /// The head failed again: it rests longer.
    pub(super) fn failed(&mut self, subject: &Subject, now: Instant) {
        if let Some(queue) = self.subjects.get_mut(subject) {
            queue.not_before = after(now, self.pauses.after(queue.failures));
            queue.failures = queue.failures.saturating_add(1);
        }
    }
}

fn after(from: Instant, span: Duration) -> Instant {
    from.checked_add(span).unwrap_or(from)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;
    use tributary_core::{Event, TenantId, Timestamp};
    use uuid::Uuid;

    use super::{Entry, Parked};
    use crate::Pauses;

    fn entry(subject: &str, sequence: i64) -> Entry {
        let event = Event {
            id: Uuid::from_u128(1),
            tenant: TenantId::default_tenant(),
            source: "s".to_owned(),
            event_type: "t".to_owned(),
            subject: subject.to_owned(),
            sequence,
            time: Timestamp(0),
            trace_parent: String::new(),
            data: vec![],
        };
        Entry { stream: "s".to_owned(), id: sequence.to_string(), event }
    }

    #[test]
    fn a_failed_entry_holds_back_its_own_subject() {
        let mut parked = Parked::new(Pauses { first: Duration::from_secs(1), longest: Duration::from_secs(3) });
        let start = Instant::now();
        let at = |seconds: u64| start.checked_add(Duration::from_secs(seconds)).expect("a time");
        assert_eq!(parked.behind(entry("a", 1)), Some(entry("a", 1)));
        parked.park(entry("a", 1), start);
        assert_eq!((parked.behind(entry("a", 2)), parked.behind(entry("b", 1))), (None, Some(entry("b", 1))));
        assert_eq!((parked.len(), parked.next_due()), (2, Some(at(1))));
        assert!(parked.due(start).is_empty());
        let due = parked.due(at(1));
        let [a] = due.as_slice() else { panic!("one subject: {due:?}") };
        // 1 s, 2 s, then the longest.
        for (now, next) in [(1, 3), (3, 6), (6, 9)] {
            assert_eq!(parked.head(a), Some(entry("a", 1)));
            parked.failed(a, at(now));
            assert_eq!(parked.next_due(), Some(at(next)));
        }
        parked.done(a);
        assert_eq!((parked.head(a), parked.len()), (Some(entry("a", 2)), 1));
        parked.done(a);
        assert_eq!((parked.head(a), parked.len(), parked.next_due()), (None, 0, None));
        assert_eq!(parked.behind(entry("a", 3)), Some(entry("a", 3)));
    }
}
