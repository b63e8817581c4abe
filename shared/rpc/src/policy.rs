//! Who may call what: the policies that the methods carry in their descriptors, in one table. The gateway's door and the
//! identity layer of every service go by it; what is not in the table is denied.

use std::collections::HashMap;

use prost_reflect::{DescriptorPool, ExtensionDescriptor, MethodDescriptor};
use tributary_core::{Fault, Role, fault::common};
pub use tributary_proto::tributary::common::v1::Access;
use tributary_proto::tributary::common::v1::MethodPolicy;

/// The extension of method options that carries the policy.
const POLICY: &str = "tributary.common.v1.policy";

/// Long-running operations: they come from a foreign file that carries no policies.
const OPERATIONS: &str = "google.longrunning.Operations";

/// Who may look at operations, whatever their area: everyone who may look at what they make. Partners may not: an
/// operation is the tenant's.
const OPERATION_READERS: &[Role] =
    &[Role::Admin, Role::Finance, Role::Legal, Role::ChannelManager, Role::Analyst, Role::Auditor];

/// Who may cancel and delete them: those who run settlements.
const OPERATION_WRITERS: &[Role] = &[Role::Admin, Role::Finance];

/// The policy of one method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Any of these roles is enough; at least one.
    pub roles: Vec<Role>,
    /// What the method does to state; never unspecified.
    pub access: Access,
    /// Whether either side sends a stream.
    pub streaming: bool,
}

impl Policy {
    /// Whether one of a caller's roles is enough.
    #[must_use]
    pub fn allows(&self, roles: &[Role]) -> bool {
        roles.iter().any(|role| self.roles.contains(role))
    }
}

/// The refusal of a path without a policy.
#[must_use]
pub fn unknown(path: &str) -> Fault {
    let shown: String = path.chars().take(200).collect();
    let why = format!("{shown:?} is not served here; list the services by reflection");
    Fault::new(common::METHOD_UNKNOWN, why).with("method", shown)
}

/// The refusal of a caller whose roles do not fit a method.
#[must_use]
pub fn denied(subject: &str, path: &str, needed: &[Role]) -> Fault {
    let needed = needed.iter().map(|role| format!("{role:?}")).collect::<Vec<_>>().join(", ");
    let why = format!("{subject} may not call {path}; it takes one of the roles {needed}");
    Fault::new(common::PERMISSION_DENIED, why).with("method", path).with("roles", needed)
}

/// The policies of all methods by their path. Example of a path: "/tributary.partner.v1.PartnerService/GetPartner".
#[derive(Debug, Clone, Default)]
pub struct Policies(HashMap<String, Policy>);

impl Policies {
    /// Those of every service in a pool. A method without a usable policy (roles and access) is left out.
    #[must_use]
    pub fn from_pool(pool: &DescriptorPool) -> Self {
        let extension = pool.get_extension_by_name(POLICY);
        let mut all = HashMap::new();
        for service in pool.services() {
            for method in service.methods() {
                let policy = match service.full_name() {
                    OPERATIONS => of_operations(&method),
                    _ => stated(&method, extension.as_ref()),
                };
                if let Some(policy) = policy {
                    all.insert(format!("/{}/{}", service.full_name(), method.name()), policy);
                }
            }
        }
        Self(all)
    }

    /// The policy of a path; `None`: denied.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Policy> {
        self.0.get(path)
    }

    /// All paths with their policies, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Policy)> {
        self.0.iter().map(|(path, policy)| (path.as_str(), policy))
    }
}

fn stated(method: &MethodDescriptor, extension: Option<&ExtensionDescriptor>) -> Option<Policy> {
    let (options, extension) = (method.options(), extension?);
    if !options.has_extension(extension) {
        return None;
    }
    let policy: MethodPolicy = options.get_extension(extension).as_message()?.transcode_to().ok()?;
    let roles = policy.roles.iter().filter_map(|number| Role::from_number(*number)).collect();
    usable(method, roles, policy.access())
}

fn of_operations(method: &MethodDescriptor) -> Option<Policy> {
    let (roles, access) = match method.name() {
        "ListOperations" | "GetOperation" | "WaitOperation" => (OPERATION_READERS, Access::Read),
        "CancelOperation" | "DeleteOperation" => (OPERATION_WRITERS, Access::Write),
        _ => return None,
    };
    usable(method, roles.to_vec(), access)
}

fn usable(method: &MethodDescriptor, roles: Vec<Role>, access: Access) -> Option<Policy> {
    let streaming = method.is_client_streaming() || method.is_server_streaming();
    (!roles.is_empty() && access != Access::Unspecified).then_some(Policy { roles, access, streaming })
}

#[cfg(test)]
mod tests {
    use tributary_core::Role;

    use super::{Access, Policies};

    #[test]
    fn every_method_of_the_suite_has_a_policy() {
        let pool = tributary_proto::pool();
        let policies = Policies::from_pool(pool);
        let (mut seen, mut without) = (0, Vec::new());
        for service in pool.services().filter(|s| s.package_name().starts_with("tributary.")) {
            for method in service.methods() {
                seen += 1;
                let path = format!("/{}/{}", service.full_name(), method.name());
                if policies.get(&path).is_none() {
                    without.push(path);
                }
            }
        }
        assert!(without.is_empty(), "methods without a usable policy (roles and access): {without:#?}");
        assert!(seen >= 40, "only {seen} methods were found");
    }

    #[test]
    fn the_table_holds_what_the_files_say() {
        let policies = Policies::from_pool(tributary_proto::pool());
        let get = |path| policies.get(path).expect(path);
        let create = get("/tributary.gateway.v1.ApiKeyService/CreateApiKey");
        assert_eq!((create.roles.as_slice(), create.access), ([Role::Admin].as_slice(), Access::Write));
        assert!(create.allows(&[Role::Analyst, Role::Admin]) && !create.streaming);
        assert!(!create.allows(&[Role::Analyst]) && !create.allows(&[Role::Service]) && !create.allows(&[]));

        // What services call for themselves.
        let facts = get("/tributary.incentive.v1.FactService/ReadFacts");
        assert_eq!((facts.roles.as_slice(), facts.access), ([Role::Service].as_slice(), Access::Internal));
        assert!(facts.streaming && get("/tributary.incentive.v1.FactService/StreamFacts").streaming);
        assert!(get("/tributary.partner.v1.PartnerService/BatchGetPartners").allows(&[Role::Service]));

        let cancel = get("/google.longrunning.Operations/CancelOperation");
        assert!(cancel.allows(&[Role::Finance]) && !cancel.allows(&[Role::Auditor]));
        let wait = get("/google.longrunning.Operations/WaitOperation");
        assert!(wait.allows(&[Role::Auditor]) && !wait.allows(&[Role::Partner]) && !wait.allows(&[Role::Service]));
        for denied in ["/tributary.incentive.v1.FactService/Nothing", "/grpc.health.v1.Health/Check", ""] {
            assert!(policies.get(denied).is_none(), "{denied}");
        }
    }
}
