//! Which state the data are in that answers rest on.

use std::collections::BTreeMap;

use async_trait::async_trait;
use tributary_core::TenantId;
use tributary_sql::StoreError;
use uuid::Uuid;

/// Data that grow on their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Data {
    /// Lines of facts, first orders, and how far the batches are in.
    Sales,
    /// Touchpoints.
    Touchpoints,
    /// Costs.
    Costs,
    /// Recorded journeys.
    Journeys,
}

impl Data {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Sales, Self::Touchpoints, Self::Costs, Self::Journeys];

    /// Its name in the store.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sales => "sales",
            Self::Touchpoints => "touchpoints",
            Self::Costs => "costs",
            Self::Journeys => "journeys",
        }
    }
}

/// The states of a tenant's data at a moment; data that were never added to have none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Versions(pub BTreeMap<Data, Uuid>);

impl Versions {
    /// The state of some data, as bytes to compare. `None` when none of them was ever added to: there is nothing to tell one
    /// such store from another.
    #[must_use]
    pub fn of(&self, data: &[Data]) -> Option<Vec<u8>> {
        let known = data.iter().any(|data| self.0.contains_key(data));
        let ids = data.iter().flat_map(|data| self.0.get(data).copied().unwrap_or_default().into_bytes());
        known.then(|| ids.collect())
    }
}

/// Says that data are in another state from this transaction on.
#[async_trait]
pub trait Moves: Send {
    /// Gives data a new version. The last statement before the commit: it holds up other transactions over the same data of
    /// the tenant.
    async fn moved(&mut self, tenant: &TenantId, data: Data, version: Uuid) -> Result<(), StoreError>;
}

/// Reads versions.
#[async_trait]
pub trait VersionReads: Send + Sync {
    /// Those of a tenant. Whatever is read later is of these versions or newer.
    async fn versions(&self, tenant: &TenantId) -> Result<Versions, StoreError>;
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{Data, Versions};

    #[test]
    fn a_state_has_a_place_for_each_of_its_data() {
        let one = Uuid::from_u128(1);
        let versions = Versions([(Data::Sales, one)].into());
        let other = Versions([(Data::Costs, one)].into());
        let both = [Data::Sales, Data::Costs];
        assert_eq!(versions.of(&[Data::Sales]), Some(one.as_bytes().to_vec()));
        assert_eq!(versions.of(&both).map(|state| state.len()), Some(32));
        assert_ne!(versions.of(&both), other.of(&both));
        assert_eq!(versions.of(&[Data::Costs]), None);
        assert_eq!(Versions::default().of(&Data::ALL), None);
    }
}
