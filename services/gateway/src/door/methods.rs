//! What may be called from outside, by whom, and where it goes: the policies of the methods and the areas of their
//! packages. What is not in the table is denied; so are methods between services.

use std::collections::HashMap;

use prost_reflect::DescriptorPool;
use tributary_core::Role;
use tributary_rpc::policy::{Access, Policies, Policy};

use super::area::Area;

/// Where calls of a method go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// To the service of an area.
    Area(Area),
    /// To the service named by the operation in the first message.
    Operation,
    /// To the service that the first message names: every service behind the gateway answers for itself.
    Service,
}

/// A method that may be called from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Method {
    /// Where it goes.
    pub target: Target,
    /// Any of these roles is enough.
    pub roles: Vec<Role>,
    /// Whether either side sends a stream.
    pub streaming: bool,
    /// Whether it changes nothing.
    pub reads: bool,
    /// A number of its own.
    pub number: usize,
}

impl Method {
    /// Whether a call may be made again without asking.
    #[must_use]
    pub fn repeatable(&self) -> bool {
        self.reads && !self.streaming
    }

    /// Whether one of the roles is enough.
    #[must_use]
    pub fn allows(&self, roles: &[Role]) -> bool {
        Role::suffice(roles, &self.roles)
    }
}

/// All callable methods by their path. Example of a path: "/tributary.partner.v1.PartnerService/GetPartner".
#[derive(Debug, Default)]
pub struct MethodTable(HashMap<String, Method>);

impl MethodTable {
    /// From the descriptors of all services.
    #[must_use]
    pub fn from_pool(pool: &DescriptorPool) -> Self {
        let policies = Policies::from_pool(pool);
        let callable = |(path, policy)| Some((str::to_owned(path), method(path, policy)?));
        let mut all: Vec<(String, Method)> = policies.iter().filter_map(callable).collect();
        // The same numbers in every process: they are part of the keys that processes share.
        all.sort_by(|(a, _), (b, _)| a.cmp(b));
        let numbered = all.into_iter().enumerate().map(|(number, (path, method))| (path, Method { number, ..method }));
        Self(numbered.collect())
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

fn method(path: &str, policy: &Policy) -> Option<Method> {
    if policy.access == Access::Internal {
        return None;
    }
    // The role of services may be in a policy for calls between them; it opens nothing from outside.
    let roles: Vec<Role> = policy.roles.iter().copied().filter(|role| *role != Role::Service).collect();
    let target = target(path)?;
    let (streaming, reads) = (policy.streaming, policy.access == Access::Read);
    (!roles.is_empty()).then_some(Method { target, roles, streaming, reads, number: 0 })
}

fn target(path: &str) -> Option<Target> {
    match path.strip_prefix("/google.longrunning.Operations/") {
        // The only operations so far are incentive's; their list has no name to choose by.
        Some("ListOperations") => Some(Target::Area(Area::Incentive)),
        Some(_) => Some(Target::Operation),
        None if path.starts_with("/tributary.event.") => Some(Target::Service),
        None => Area::of_package(path.strip_prefix('/')?).map(Target::Area),
    }
}

#[cfg(test)]
mod tests {
    use tributary_core::Role;
    use tributary_rpc::policy::{Access, Policies};

    use super::{Area, MethodTable, Target};

    #[test]
    fn what_is_for_callers_from_outside_is_callable() {
        let pool = tributary_proto::pool();
        let table = MethodTable::from_pool(pool);
        let mut seen = 0;
        for (path, policy) in Policies::from_pool(pool).iter() {
            seen += 1;
            let callable = policy.access != Access::Internal;
            assert_eq!(table.get(path).is_some(), callable, "{path}");
            if let Some(method) = table.get(path) {
                let outside = policy.roles.iter().filter(|role| **role != Role::Service);
                assert!(method.roles.iter().eq(outside), "{path}");
            }
        }
        assert!(seen >= 40, "only {seen} methods were found");
        for service in pool.services().filter(|s| s.package_name().starts_with("tributary.")) {
            assert!(super::target(&format!("/{}/", service.full_name())).is_some(), "{}: no way", service.full_name());
        }
    }

    #[test]
    fn the_table_holds_what_the_files_say() {
        let table = MethodTable::from_pool(tributary_proto::pool());
        let create = table.get("/tributary.gateway.v1.ApiKeyService/CreateApiKey").expect("known");
        assert_eq!((create.target, create.roles.as_slice()), (Target::Area(Area::Gateway), [Role::Admin].as_slice()));
        assert!(!create.streaming);
        assert!(
            create.allows(&[Role::Analyst, Role::Admin]) && !create.allows(&[Role::Analyst]) && !create.allows(&[])
        );
        let facts = table.get("/tributary.incentive.v1.FactService/StreamFacts").expect("known");
        assert_eq!((facts.target, facts.streaming), (Target::Area(Area::Incentive), true));
        let cancel = table.get("/google.longrunning.Operations/CancelOperation").expect("known");
        assert!(cancel.allows(&[Role::Finance]) && !cancel.allows(&[Role::Auditor]));
        assert_eq!(cancel.target, Target::Operation);
        let retry = table.get("/tributary.event.v1.EventService/RetryDeadLetter").expect("known");
        assert_eq!((retry.target, retry.roles.as_slice()), (Target::Service, [Role::Admin].as_slice()));
        let list = table.get("/google.longrunning.Operations/ListOperations").expect("known");
        assert_eq!(list.target, Target::Area(Area::Incentive));
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
