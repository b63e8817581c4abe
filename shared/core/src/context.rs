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

    /// Whether somebody with these roles may do what takes one of `needed`. The role of partners stands alone: whoever has
    /// it is a partner's own user, whatever else he is.
    #[must_use]
    pub fn suffice(roles: &[Self], needed: &[Self]) -> bool {
        if roles.contains(&Self::Partner) {
            needed.contains(&Self::Partner)
        } else {
            roles.iter().any(|role| needed.contains(role))
        }
    }

    /// The role of a number of `tributary.common.v1.Role`.
    #[must_use]
    pub fn from_number(number: i32) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.number() == number)
    }
}

/// Which rows of its tenant a caller may see.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Scope {
    /// All, as far as the roles reach.
    #[default]
    Tenant,
    /// Those of these partners alone, by their resource names; none when it is empty. Example: ["partners/anqing"].
    Partners(Vec<String>),
}

impl Scope {
    /// Of somebody with these roles whose credential names these partners: whoever has the role of partners sees nothing else.
    #[must_use]
    pub fn of(roles: &[Role], partners: Vec<String>) -> Self {
        if roles.contains(&Role::Partner) { Self::Partners(partners) } else { Self::Tenant }
    }

    /// Whether the rows of a partner may be seen, by its resource name or that of something beneath it.
    #[must_use]
    pub fn sees(&self, name: &str) -> bool {
        let beneath =
            |own: &String| name.strip_prefix(own.as_str()).is_some_and(|r| r.is_empty() || r.starts_with('/'));
        match self {
            Self::Tenant => true,
            Self::Partners(own) => own.iter().any(beneath),
        }
    }

    /// Whether it is that of a partner's own user.
    #[must_use]
    pub fn is_own(&self) -> bool {
        matches!(self, Self::Partners(_))
    }

    /// The partners it is bound to, by their resource names.
    #[must_use]
    pub fn partners(&self) -> &[String] {
        match self {
            Self::Tenant => &[],
            Self::Partners(own) => own,
        }
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
    /// Whose rows of the tenant.
    pub scope: Scope,
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

#[cfg(test)]
mod tests {
    use super::{Role, Scope};

    #[test]
    fn the_role_of_partners_stands_alone() {
        let own = vec!["partners/a".to_owned()];
        let scope = Scope::of(&[Role::Finance, Role::Partner], own);
        assert!(scope.is_own() && scope.sees("partners/a") && scope.sees("partners/a/documents/d"));
        for other in ["partners/b", "partners/a-b", "partners/", "partners/-", "", "x/partners/a"] {
            assert!(!scope.sees(other), "{other}");
        }
        assert!(!Scope::of(&[Role::Partner], vec![]).sees("partners/a"), "bound to none");
        assert!(Scope::of(&[Role::Finance], vec![]).sees("partners/a"));

        assert!(Role::suffice(&[Role::Partner], &[Role::Admin, Role::Partner]));
        assert!(Role::suffice(&[Role::Finance], &[Role::Finance]));
        assert!(!Role::suffice(&[Role::Partner, Role::Finance], &[Role::Finance]));
        assert!(!Role::suffice(&[], &[Role::Finance]));
    }
}
