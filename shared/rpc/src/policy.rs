//! Who may call what: the policies that the methods carry in their descriptors, in one table. The gateway's door and the
//! identity layer of every service go by it; what is not in the table is denied.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use prost::Message as _;
use prost_reflect::{DescriptorPool, ExtensionDescriptor, Kind, MessageDescriptor, MethodDescriptor};
use tributary_core::{Fault, RequestContext, Role, fault::common};
use tributary_proto::tributary::common::v1::MethodPolicy;
pub use tributary_proto::tributary::common::v1::{Access, PartnerScope};

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
    /// How a partner's own user is kept to its rows; there exactly when the role of partners is among the roles.
    pub own: Option<OwnRows>,
}

/// How a method keeps a partner's own user to its own rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnRows {
    /// Where the partner is named; never unspecified.
    pub scope: PartnerScope,
    /// The fields that lead to its name, in the request or in the answer; may be empty where the use case looks.
    pub field: Vec<String>,
    /// The method.
    pub method: MethodDescriptor,
}

impl Policy {
    /// Whether one of a caller's roles is enough.
    #[must_use]
    pub fn allows(&self, roles: &[Role]) -> bool {
        Role::suffice(roles, &self.roles)
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

/// The refusal of what is not a partner's own, or is not there: nobody learns which.
#[must_use]
pub fn outside(context: &RequestContext, path: &str, own: &OwnRows) -> Fault {
    let partners = context.scope.partners().join(", ");
    let what = match own.scope {
        PartnerScope::Request => format!("set the field {} to its own name", own.field.join(".")),
        _ => "this is none of them, or is not there".to_owned(),
    };
    let why = format!("{} is a user of {partners} and sees the rows of it alone; {what}", context.subject);
    Fault::new(common::OUTSIDE_SCOPE, why).with("method", path).with("partners", partners)
}

/// Whether a field of the contract is for the house alone, by its full name.
#[must_use]
pub fn is_house_only(field: &str) -> bool {
    HOUSE_ONLY.contains(field)
}

/// The policies of all methods by their path. Example of a path: "/tributary.partner.v1.PartnerService/GetPartner".
#[derive(Debug, Clone, Default)]
pub struct Policies(HashMap<String, Policy>);

impl Policies {
    /// Those of the contract, read once in a process.
    #[must_use]
    pub fn of_contract() -> &'static Self {
        static CONTRACT: LazyLock<Policies> = LazyLock::new(|| Policies::from_pool(tributary_proto::pool()));
        &CONTRACT
    }

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
    let own = own_rows(method, policy.partner_scope(), &policy.partner_field);
    usable(method, roles, policy.access(), own)
}

/// How a method keeps partners to their rows. `None`: what it says cannot be held to, so it is not open to them.
fn own_rows(method: &MethodDescriptor, scope: PartnerScope, field: &str) -> Option<OwnRows> {
    let field: Vec<String> = field.split('.').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    let held = match scope {
        PartnerScope::Unspecified => false,
        // Nobody looks into streams.
        _ if method.is_client_streaming() || method.is_server_streaming() => false,
        PartnerScope::None => field.is_empty(),
        PartnerScope::Request => leads_to_a_name(&method.input(), &field, false),
        PartnerScope::Row => field.is_empty() || leads_to_a_name(&method.output(), &field, true),
    };
    held.then(|| OwnRows { scope, field, method: method.clone() })
}

/// Whether a path ends in a text. In a request it leads through no list: an empty one would name nobody.
fn leads_to_a_name(message: &MessageDescriptor, path: &[String], lists: bool) -> bool {
    let Some((first, rest)) = path.split_first() else { return false };
    let field = message.get_field_by_name(first).filter(|field| !field.is_map() && (lists || !field.is_list()));
    match field.map(|field| field.kind()) {
        Some(Kind::String) => rest.is_empty(),
        Some(Kind::Message(inner)) => leads_to_a_name(&inner, rest, lists),
        _ => false,
    }
}

/// Full names of the fields that are for the house alone. Read once, when a partner's own user first calls, and without decoding
/// the other options of fields, of which there are many.
static HOUSE_ONLY: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let mut marked = HashSet::new();
    for file in FileSet::decode(tributary_proto::DESCRIPTOR_SET).unwrap_or_default().file {
        for message in &file.messages {
            collect_marked(message, &file.package, &mut marked);
        }
    }
    marked
});

fn collect_marked(message: &Fields, parent: &str, marked: &mut HashSet<String>) {
    let name = format!("{parent}.{}", message.name);
    let own = message.fields.iter().filter(|field| field.options.is_some_and(|options| options.house_only));
    marked.extend(own.map(|field| format!("{name}.{}", field.name)));
    for nested in &message.nested {
        collect_marked(nested, &name, marked);
    }
}

/// `google.protobuf.FileDescriptorSet` as far as it is needed here, and what is in it.
#[derive(Clone, PartialEq, prost::Message)]
struct FileSet {
    #[prost(message, repeated, tag = "1")]
    file: Vec<FileMessages>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct FileMessages {
    #[prost(string, tag = "2")]
    package: String,
    #[prost(message, repeated, tag = "4")]
    messages: Vec<Fields>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Fields {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, repeated, tag = "2")]
    fields: Vec<Marked>,
    #[prost(message, repeated, tag = "3")]
    nested: Vec<Self>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Marked {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, optional, tag = "8")]
    options: Option<Marks>,
}

#[derive(Clone, Copy, PartialEq, Eq, prost::Message)]
struct Marks {
    #[prost(bool, tag = "50101")]
    house_only: bool,
}

fn of_operations(method: &MethodDescriptor) -> Option<Policy> {
    let (roles, access) = match method.name() {
        "ListOperations" | "GetOperation" | "WaitOperation" => (OPERATION_READERS, Access::Read),
        "CancelOperation" | "DeleteOperation" => (OPERATION_WRITERS, Access::Write),
        _ => return None,
    };
    usable(method, roles.to_vec(), access, None)
}

fn usable(method: &MethodDescriptor, mut roles: Vec<Role>, access: Access, own: Option<OwnRows>) -> Option<Policy> {
    let streaming = method.is_client_streaming() || method.is_server_streaming();
    if own.is_none() {
        roles.retain(|role| *role != Role::Partner);
    }
    let own = own.filter(|_| roles.contains(&Role::Partner));
    (!roles.is_empty() && access != Access::Unspecified).then_some(Policy { roles, access, streaming, own })
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
    fn what_is_for_the_house_is_marked_in_the_files() {
        for marked in ["partner.v1.Partner.labels", "incentive.v1.Settlement.steps", "contract.v1.Attachment.uri"] {
            assert!(super::is_house_only(&format!("tributary.{marked}")), "{marked}");
        }
        for shown in ["partner.v1.Partner.name", "contract.v1.Contract.clauses", "nothing"] {
            assert!(!super::is_house_only(&format!("tributary.{shown}")), "{shown}");
        }
    }

    #[test]
    fn partners_are_held_to_their_rows_where_they_are_let_in() {
        let policies = Policies::from_pool(tributary_proto::pool());
        let mut open = 0;
        for (path, policy) in policies.iter() {
            assert_eq!(policy.own.is_some(), policy.roles.contains(&Role::Partner), "{path}");
            open += usize::from(policy.own.is_some());
        }
        assert!(open >= 20, "only {open} methods are open to partners");
        let get = policies.get("/tributary.partner.v1.DocumentService/GetDocument").expect("known");
        let own = get.own.as_ref().expect("open");
        assert_eq!((own.scope, own.field.join(".").as_str()), (super::PartnerScope::Request, "name"));
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
