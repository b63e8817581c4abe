//! Single flight: of callers that want the same at the same time one fetches it and the others wait for what it brings.
//! One that fails or goes away shares nothing: the next tries for itself.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use bytes::Bytes;
use tokio::sync::OnceCell;

use crate::Key;

type Cell = OnceCell<Bytes>;

/// What is being fetched.
#[derive(Debug, Default)]
pub(crate) struct Flights(Mutex<HashMap<Key, Weak<Cell>>>);

/// A part in a flight; the last one out ends it.
pub(crate) struct Seat<'a> {
    flights: &'a Flights,
    key: Key,
    cell: Arc<Cell>,
}

impl Flights {
    /// Joins the flight of a key, or begins it.
    pub(crate) fn join(&self, key: &Key) -> Seat<'_> {
        let mut all = self.all();
        let cell = all.get(key).and_then(Weak::upgrade).unwrap_or_else(|| {
            let cell = Arc::new(Cell::new());
            all.insert(*key, Arc::downgrade(&cell));
            cell
        });
        Seat { flights: self, key: *key, cell }
    }

    fn all(&self) -> MutexGuard<'_, HashMap<Key, Weak<Cell>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat<'_> {
    /// Where the value will be.
    pub(crate) fn cell(&self) -> &Cell {
        &self.cell
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let mut all = self.flights.all();
        // Joined only under the lock, so nobody comes in meanwhile.
        if Arc::strong_count(&self.cell) == 1 {
            all.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use tributary_core::TenantId;

    use super::Flights;
    use crate::Key;

    #[test]
    fn a_flight_ends_with_its_last_passenger() {
        let (flights, key) = (Flights::default(), Key::new("s", &TenantId::default_tenant(), &[]));
        let (one, two) = (flights.join(&key), flights.join(&key));
        assert!(std::ptr::eq(one.cell(), two.cell()));
        drop(one);
        assert_eq!(flights.all().len(), 1);
        drop(two);
        assert_eq!(flights.all().len(), 0);
    }
}
