//! The areas of the API and who serves them.

use std::fmt;

use tributary_rpc::client::Backend;

/// An area of the API: the second part of a package, the first of an operation's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Area {
    /// Partner registry.
    Partner,
    /// Incentive calculation.
    Incentive,
    /// Contract and risk.
    Contract,
    /// Analytics.
    Analytics,
    /// The gateway itself.
    Gateway,
}

impl Area {
    /// All areas.
    pub const ALL: [Self; 5] = [Self::Partner, Self::Incentive, Self::Contract, Self::Analytics, Self::Gateway];

    /// As in packages and operation names. Example: "partner".
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Partner => "partner",
            Self::Incentive => "incentive",
            Self::Contract => "contract",
            Self::Analytics => "analytics",
            Self::Gateway => "gateway",
        }
    }

    /// The service that serves it. Example: "partner-registry".
    #[must_use]
    pub const fn service(self) -> &'static str {
        match self {
            Self::Partner => "partner-registry",
            Self::Incentive => "incentive-calculation",
            Self::Contract => "contract-risk",
            Self::Analytics => "analytics",
            Self::Gateway => crate::SERVICE,
        }
    }

    /// The area of a name as in packages.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|area| area.as_str() == name)
    }

    /// The area of a package. Example: "tributary.partner.v1" is partner's.
    #[must_use]
    pub fn of_package(package: &str) -> Option<Self> {
        Self::named(package.strip_prefix("tributary.")?.split('.').next()?)
    }
}

impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where each area is served. An area without a backend answers UNAVAILABLE.
#[derive(Clone, Default)]
pub struct Backends(Vec<(Area, Backend)>);

impl Backends {
    /// The same with an area served by a backend.
    #[must_use]
    pub fn with(mut self, area: Area, backend: Backend) -> Self {
        self.0.retain(|(other, _)| *other != area);
        self.0.push((area, backend));
        self
    }

    /// The backend of an area.
    #[must_use]
    pub fn get(&self, area: Area) -> Option<Backend> {
        self.0.iter().find(|(other, _)| *other == area).map(|(_, backend)| backend.clone())
    }
}

impl fmt::Debug for Backends {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.iter().map(|(area, _)| area)).finish()
    }
}
