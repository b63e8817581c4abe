//! Who is calling: what every use case gets besides its arguments.

use serde::{Deserialize, Serialize};

use crate::TenantId;

/// A role of a subject; numbers equal those of `tributary.common.v1.Role`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Role {
    /// Runs the installation.
    Admin = 1,
    /// Settles.
    Finance = 2,
    /// Contracts, disputes, compliance.
    Legal = 3,
    /// Looks after partners.
    ChannelManager = 4,
    /// Reads everything.
    Analyst = 5,
    /// A partner's own user.
    Partner = 6,
    /// Reads everything including history.
    Auditor = 7,
    /// Another service of the suite.
    Service = 8,
}

impl Role {
    /// All roles in the order of their numbers.
    pub const ALL: [Self; 8] = [
        Self::Admin,
        Self::Finance,
        Self::Legal,
        Self::ChannelManager,
        Self::Analyst,
        Self::Partner,
        Self::Auditor,
        Self::Service,
    ];

    /// The number in `tributary.common.v1.Role`.
    #[must_use]
    pub fn number(self) -> i32 {
        Self::ALL.iter().zip(1..).find_map(|(r, n)| (*r == self).then_some(n)).unwrap_or(0)
    }

    /// The role of a number of `tributary.common.v1.Role`.
    #[must_use]
    pub fn from_number(number: i32) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.number() == number)
    }
}

/// The verified caller of one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestContext {
    /// For which tenant.
    pub tenant: TenantId,
    /// Who; what histories show as actor. Example: "erp-production".
    pub subject: String,
    /// With which roles.
    pub roles: Vec<Role>,
    /// Id of this call, in every log line and error.
    pub request_id: String,
}

impl RequestContext {
    /// Whether the caller has a role.
    #[must_use]
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }
}
