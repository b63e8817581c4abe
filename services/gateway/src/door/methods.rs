//! What may be called by whom: a table made from the descriptors and their policies. What is not in the table is
//! denied; so are methods without a policy and methods between services.

use std::collections::HashMap;

use prost_reflect::{DescriptorPool, ExtensionDescriptor, MethodDescriptor};
use tributary_core::Role;
use tributary_proto::tributary::common::v1::{Access, MethodPolicy};

use super::area::Area;

/// The extension of method options that carries the policy.
pub(crate) const POLICY: &str = "tributary.common.v1.policy";

const OPERATIONS: &str = "google.longrunning.Operations";

/// Who may look at operations, whatever their area: everyone who may look at what they make. Partners may not: an
/// operation is the tenant's.
const OPERATION_READERS: &[Role] =
    &[Role::Admin, Role::Finance, Role::Legal, Role::ChannelManager, Role::Analyst, Role::Auditor];

/// Who may cancel and delete them: those who run settlements.
const OPERATION_WRITERS: &[Role] = &[Role::Admin, Role::Finance];

/// Where calls of a method go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// To the service of an area.
    Area(Area),
    /// To the service named by the operation in the first message.
    Operation,
}

/// A method that may be called from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Method {
    /// Where it goes.
    pub target: Target,
    /// Any of these roles is enough.
    pub roles: Vec<Role>,
}

impl Method {
    /// Whether one of the roles is enough.
    #[must_use]
    pub fn allows(&self, roles: &[Role]) -> bool {
        roles.iter().any(|role| self.roles.contains(role))
    }
}

/// All callable methods by their path. Example of a path: "/tributary.partner.v1.PartnerService/GetPartner".
#[derive(Debug, Default)]
pub struct MethodTable(HashMap<String, Method>);

impl MethodTable {
    /// From the descriptors of all services.
    #[must_use]
    pub fn from_pool(pool: &DescriptorPool) -> Self {
        let extension = pool.get_extension_by_name(POLICY);
        let mut table = HashMap::new();
        for service in pool.services() {
            let area = Area::of_package(service.package_name());
            for method in service.methods() {
                let known = match area {
                    Some(area) => by_policy(area, &method, extension.as_ref()),
                    None if service.full_name() == OPERATIONS => of_operations(method.name()),
                    None => None,
                };
                if let Some(known) = known {
                    table.insert(format!("/{}/{}", service.full_name(), method.name()), known);
                }
            }
        }
        Self(table)
    }

    /// The method of a path; `None`: denied.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Method> {
        self.0.get(path)
    }

    /// All paths, in no order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// The policy of a method, if it has one.
pub(crate) fn policy(method: &MethodDescriptor, extension: &ExtensionDescriptor) -> Option<MethodPolicy> {
    let options = method.options();
    if !options.has_extension(extension) {
        return None;
    }
    options.get_extension(extension).as_message()?.transcode_to().ok()
}

fn by_policy(area: Area, method: &MethodDescriptor, extension: Option<&ExtensionDescriptor>) -> Option<Method> {
    let policy = policy(method, extension?)?;
    match policy.access() {
        Access::Read | Access::Write => {}
        Access::Internal | Access::Unspecified => return None,
    }
    // The role of services may be in a policy for calls between them; it opens nothing from outside.
    let roles = policy.roles.iter().filter_map(|number| Role::from_number(*number));
    let roles: Vec<Role> = roles.filter(|role| *role != Role::Service).collect();
    (!roles.is_empty()).then_some(Method { target: Target::Area(area), roles })
}

/// These come from a foreign file that carries no policy.
fn of_operations(method: &str) -> Option<Method> {
    let (target, roles) = match method {
        // The only operations so far are incentive's; their list has no name to choose by.
        "ListOperations" => (Target::Area(Area::Incentive), OPERATION_READERS),
        "GetOperation" | "WaitOperation" => (Target::Operation, OPERATION_READERS),
        "CancelOperation" | "DeleteOperation" => (Target::Operation, OPERATION_WRITERS),
        _ => return None,
    };
    Some(Method { target, roles: roles.to_vec() })
}

#[cfg(test)]
mod tests {
    use tributary_core::Role;
    use tributary_proto::tributary::common::v1::Access;

    use super::{Area, MethodTable, POLICY, Target, policy};

    #[test]
    fn every_method_has_a_policy() {
        let pool = tributary_proto::pool();
        let extension = pool.get_extension_by_name(POLICY).expect("the policy option is in the descriptors");
        let table = MethodTable::from_pool(pool);
        let (mut seen, mut bad) = (0, Vec::new());
        for service in pool.services().filter(|s| s.package_name().starts_with("tributary.")) {
            assert!(Area::of_package(service.package_name()).is_some(), "{}: no area", service.full_name());
            for method in service.methods() {
                seen += 1;
                let path = format!("/{}/{}", service.full_name(), method.name());
                match policy(&method, &extension) {
                    Some(p) if p.access() == Access::Internal => assert!(table.get(&path).is_none(), "{path}"),
                    Some(p) if p.access() != Access::Unspecified && p.roles.iter().any(|role| *role != 8) => {
                        let known = table.get(&path).expect("callable").roles.iter();
                        let numbers: Vec<i32> = known.map(|role| role.number()).collect();
                        let from_outside: Vec<i32> = p.roles.iter().copied().filter(|role| *role != 8).collect();
                        assert_eq!(numbers, from_outside, "{path}");
                    }
                    other => bad.push(format!("{path}: {other:?}")),
                }
            }
        }
        assert!(bad.is_empty(), "methods without a usable policy (roles and access): {bad:#?}");
        assert!(seen >= 40, "only {seen} methods were found");
    }

    #[test]
    fn the_table_holds_what_the_files_say() {
        let table = MethodTable::from_pool(tributary_proto::pool());
        let create = table.get("/tributary.gateway.v1.ApiKeyService/CreateApiKey").expect("known");
        assert_eq!((create.target, create.roles.as_slice()), (Target::Area(Area::Gateway), [Role::Admin].as_slice()));
        assert!(
            create.allows(&[Role::Analyst, Role::Admin]) && !create.allows(&[Role::Analyst]) && !create.allows(&[])
        );
        let facts = table.get("/tributary.incentive.v1.FactService/StreamFacts").expect("known");
        assert_eq!(facts.target, Target::Area(Area::Incentive));
        let cancel = table.get("/google.longrunning.Operations/CancelOperation").expect("known");
        assert!(cancel.allows(&[Role::Finance]) && !cancel.allows(&[Role::Auditor]));
        assert_eq!(cancel.target, Target::Operation);
        for denied in [
            "/tributary.incentive.v1.FactService/ReadFacts",
            "/tributary.incentive.v1.FactService/Nothing",
            "/grpc.health.v1.Health/Check",
            "",
        ] {
            assert!(table.get(denied).is_none(), "{denied}");
        }
    }

    #[test]
    fn the_role_of_services_opens_nothing() {
        let table = MethodTable::from_pool(tributary_proto::pool());
        let paths: Vec<&str> =
            table.paths().filter(|p| table.get(p).is_some_and(|m| m.allows(&[Role::Service]))).collect();
        assert!(paths.is_empty(), "{paths:?}");
    }
}
