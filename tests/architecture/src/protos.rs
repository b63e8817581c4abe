//! Rules on the contract, read from the descriptor set: every method has a path and a policy, everything has a comment.

use prost_reflect::{
    DescriptorPool, DynamicMessage, EnumDescriptor, FileDescriptor, Kind, MessageDescriptor, MethodDescriptor,
    ReflectMessage as _, Value,
};

use crate::{Finding, SourceFile};

const PACKAGES: &str = "tributary.";
const ACCESS_INTERNAL: i32 = 3;
pub(crate) const ROLE_PARTNER: i32 = 6;
const ROLE_SERVICE: i32 = 8;
const SCOPE_REQUEST: i32 = 1;
const SCOPE_ROW: i32 = 2;
const SCOPE_NONE: i32 = 3;

/// Every `.proto` file of ours is in the descriptor set; the other rules see no others.
#[must_use]
pub fn every_file_is_compiled(pool: &DescriptorPool, files: &[SourceFile]) -> Vec<Finding> {
    let ours = files.iter().filter_map(|f| Some((f, f.path.strip_prefix("proto/")?))).filter(|(f, _)| f.is(".proto"));
    let missing = ours.filter(|(_, name)| pool.get_file_by_name(name).is_none());
    missing
        .map(|(f, _)| Finding::new(&f.path, 1, "not in the descriptor set: shared/proto compiles every file"))
        .collect()
}

/// Every method has a JSON path, but for those between services.
#[must_use]
pub fn every_method_has_a_path(pool: &DescriptorPool) -> Vec<Finding> {
    let without = methods(pool).into_iter().filter(|m| {
        let internal = policy(pool, m).is_some_and(|p| number(&p, "access") == Some(ACCESS_INTERNAL));
        !internal && !has_pattern(pool, m)
    });
    without
        .map(|m| finding(&m.parent_service().parent_file(), m.path(), format!("{} has no google.api.http", m.name())))
        .collect()
}

/// Every method says who may call it and what it does; one between services is for services alone.
#[must_use]
pub fn every_method_has_a_policy(pool: &DescriptorPool) -> Vec<Finding> {
    let mut findings = Vec::new();
    for method in methods(pool) {
        let wrong = match policy(pool, &method) {
            None => Some("has no policy: the gateway denies it"),
            Some(p) => match (number(&p, "access"), roles(&p)) {
                (None | Some(0), _) => Some("has a policy without access"),
                (_, roles) if roles.is_empty() || roles.contains(&0) => Some("has a policy without roles"),
                (Some(ACCESS_INTERNAL), roles) if roles != [ROLE_SERVICE] => {
                    Some("is internal and must be for ROLE_SERVICE alone")
                }
                _ => None,
            },
        };
        if let Some(wrong) = wrong {
            let file = method.parent_service().parent_file();
            findings.push(finding(&file, method.path(), format!("{} {wrong}", method.name())));
        }
    }
    findings
}

/// A method that is open to partners says how they are kept to their own rows, in a way that can be held to; no other does.
#[must_use]
pub fn partners_see_their_own_rows(pool: &DescriptorPool) -> Vec<Finding> {
    let mut findings = Vec::new();
    for method in methods(pool) {
        let Some(policy) = policy(pool, &method) else { continue };
        let scope = number(&policy, "partner_scope").unwrap_or_default();
        let field = policy.get_field_by_name("partner_field");
        let field = field.as_deref().and_then(Value::as_str).unwrap_or_default();
        let open = roles(&policy).contains(&ROLE_PARTNER);
        let streams = method.is_client_streaming() || method.is_server_streaming();
        let wrong = match (open, scope) {
            (false, 0) if field.is_empty() => None,
            (false, _) => Some("has a partner_scope, but not ROLE_PARTNER"),
            (true, _) if streams => Some("is a stream, whose rows nobody looks into"),
            (true, SCOPE_REQUEST) if !leads_to_a_name(&method.input(), field, false) => {
                Some("names no field of the request that is a text outside of lists")
            }
            (true, SCOPE_ROW) if !field.is_empty() && !leads_to_a_name(&method.output(), field, true) => {
                Some("names no field of the answer that is a text")
            }
            (true, SCOPE_NONE) if !field.is_empty() => Some("has a partner_field, but no rows of partners"),
            (true, SCOPE_REQUEST | SCOPE_ROW | SCOPE_NONE) => None,
            (true, _) => Some("is open to ROLE_PARTNER without a partner_scope"),
        };
        if let Some(wrong) = wrong {
            let file = method.parent_service().parent_file();
            findings.push(finding(&file, method.path(), format!("{} {wrong}", method.name())));
        }
    }
    findings
}

fn leads_to_a_name(message: &MessageDescriptor, path: &str, lists: bool) -> bool {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let field = message.get_field_by_name(first).filter(|field| !field.is_map() && (lists || !field.is_list()));
    match field.map(|field| field.kind()) {
        Some(Kind::String) => rest.is_empty(),
        Some(Kind::Message(inner)) => leads_to_a_name(&inner, rest, lists),
        _ => false,
    }
}

/// Every service, method, message, field, oneof, enum and enum value has a comment: the reference is made from them.
#[must_use]
pub fn everything_has_a_comment(pool: &DescriptorPool) -> Vec<Finding> {
    let mut places: Vec<(FileDescriptor, Vec<i32>, String)> = Vec::new();
    for service in pool.services() {
        places.push((service.parent_file(), service.path().to_vec(), service.full_name().to_owned()));
        for method in service.methods() {
            places.push((service.parent_file(), method.path().to_vec(), method.full_name().to_owned()));
        }
    }
    for message in pool.all_messages().filter(|m| !m.is_map_entry()) {
        places.extend(of_message(&message));
    }
    for e in pool.all_enums() {
        places.extend(of_enum(&e));
    }
    let ours = places.into_iter().filter(|(file, _, _)| file.package_name().starts_with(PACKAGES));
    let bare = ours.filter(|(file, path, _)| !has_comment(file, path));
    bare.map(|(file, path, name)| finding(&file, &path, format!("{name} has no comment"))).collect()
}

fn of_message(message: &MessageDescriptor) -> Vec<(FileDescriptor, Vec<i32>, String)> {
    let file = message.parent_file();
    let mut places = vec![(file.clone(), message.path().to_vec(), message.full_name().to_owned())];
    places.extend(message.fields().map(|f| (file.clone(), f.path().to_vec(), f.full_name().to_owned())));
    let oneofs = message.oneofs().filter(|o| !o.is_synthetic());
    places.extend(oneofs.map(|o| (file.clone(), o.path().to_vec(), o.full_name().to_owned())));
    places
}

fn of_enum(e: &EnumDescriptor) -> Vec<(FileDescriptor, Vec<i32>, String)> {
    let file = e.parent_file();
    let mut places = vec![(file.clone(), e.path().to_vec(), e.full_name().to_owned())];
    places.extend(e.values().map(|v| (file.clone(), v.path().to_vec(), v.full_name().to_owned())));
    places
}

pub(crate) fn methods(pool: &DescriptorPool) -> Vec<MethodDescriptor> {
    let ours = pool.services().filter(|s| s.package_name().starts_with(PACKAGES));
    ours.flat_map(|s| s.methods().collect::<Vec<_>>()).collect()
}

fn has_pattern(pool: &DescriptorPool, method: &MethodDescriptor) -> bool {
    extension(pool, method, "google.api.http").is_some_and(|rule| {
        rule.descriptor().oneofs().any(|o| o.name() == "pattern" && o.fields().any(|f| rule.has_field(&f)))
    })
}

pub(crate) fn policy(pool: &DescriptorPool, method: &MethodDescriptor) -> Option<DynamicMessage> {
    extension(pool, method, "tributary.common.v1.policy")
}

fn extension(pool: &DescriptorPool, method: &MethodDescriptor, name: &str) -> Option<DynamicMessage> {
    let extension = pool.get_extension_by_name(name)?;
    let options = method.options();
    if !options.has_extension(&extension) {
        return None;
    }
    options.get_extension(&extension).as_message().cloned()
}

fn number(message: &DynamicMessage, field: &str) -> Option<i32> {
    message.get_field_by_name(field)?.as_enum_number()
}

pub(crate) fn roles(policy: &DynamicMessage) -> Vec<i32> {
    let value = policy.get_field_by_name("roles");
    let list = value.as_deref().and_then(Value::as_list).unwrap_or_default();
    list.iter().filter_map(Value::as_enum_number).collect()
}

fn has_comment(file: &FileDescriptor, path: &[i32]) -> bool {
    let info = file.file_descriptor_proto().source_code_info.as_ref();
    let location = info.and_then(|i| i.location.iter().find(|l| l.path == path));
    location.is_some_and(|l| !l.leading_comments().trim().is_empty())
}

pub(crate) fn finding(file: &FileDescriptor, path: &[i32], reason: String) -> Finding {
    let info = file.file_descriptor_proto().source_code_info.as_ref();
    let location = info.and_then(|i| i.location.iter().find(|l| l.path == path));
    let line = location.and_then(|l| l.span.first()).and_then(|l| usize::try_from(*l).ok()).map_or(1, |l| l + 1);
    Finding::new(&format!("proto/{}", file.name()), line, reason)
}
