//! The methods of the contract, and requests for them.

use prost::Message as _;
use prost_reflect::{DynamicMessage, MethodDescriptor, ReflectMessage as _, Value};
use tonic::codegen::http;
use tributary_rpc::policy::{Access, Policies, Policy};

use super::wire::Sent;

/// Last part of the name of the partner whose user calls.
pub const OWN: &str = "mtx-own";

/// A method with its policy and its JSON path.
pub struct Method {
    pub path: String,
    pub policy: Policy,
    pub method: MethodDescriptor,
    json: Option<(http::Method, String)>,
}

/// All methods that have a policy, in the order of their paths. Those between services are there as methods for nobody.
pub fn all() -> Vec<Method> {
    let pool = tributary_proto::pool();
    let policies = Policies::from_pool(pool);
    let mut all = Vec::new();
    for service in pool.services() {
        for method in service.methods() {
            let path = format!("/{}/{}", service.full_name(), method.name());
            if let Some(policy) = policies.get(&path) {
                let mut policy = policy.clone();
                if policy.access == Access::Internal {
                    policy.roles.clear();
                }
                let json = if policy.access == Access::Internal { None } else { rule(&method) };
                all.push(Method { path, policy, method, json });
            }
        }
    }
    all.sort_by(|a, b| a.path.cmp(&b.path));
    all
}

fn rule(method: &MethodDescriptor) -> Option<(http::Method, String)> {
    let http = tributary_proto::pool().get_extension_by_name("google.api.http")?;
    let options = method.options();
    let rule = options.get_extension(&http).as_message()?.clone();
    let pattern = rule.descriptor().oneofs().find(|oneof| oneof.name() == "pattern")?;
    let field = pattern.fields().find(|field| rule.has_field(field))?;
    let verb = field.name().to_uppercase().parse().ok()?;
    Some((verb, rule.get_field(&field).as_str()?.to_owned()))
}

impl Method {
    /// Whether there is a JSON path.
    pub fn has_json(&self) -> bool {
        self.json.is_some()
    }

    /// The variables of the JSON path, with the pattern of each.
    pub fn variables(&self) -> Vec<(String, String)> {
        let template = self.json.as_ref().map_or("", |(_, template)| template);
        let inside = template.split('{').skip(1).filter_map(|rest| rest.split('}').next());
        let variable = |text: &str| {
            let (field, pattern) = text.split_once('=').unwrap_or((text, "*"));
            (field.to_owned(), pattern.replace("**", "*"))
        };
        inside.map(variable).collect()
    }

    /// The field that names the partner, when it is in the request, and how it names one.
    pub fn names(&self, id: &str) -> Option<(String, String)> {
        let own = self.policy.own.as_ref()?;
        own.method.input().get_field_by_name(own.field.first()?)?;
        let field = own.field.join(".");
        let pattern = self.variables().into_iter().find(|(variable, _)| *variable == field).map(|(_, pattern)| pattern);
        let name = pattern.map_or_else(|| format!("partners/{id}"), |pattern| pattern.replacen('*', id, 1));
        Some((field, name.replace('*', "none")))
    }

    /// A request about rows of a partner.
    pub fn about(&self, id: &str) -> Vec<u8> {
        let (field, name) = self.names(id).expect("a field of the request names the partner");
        let mut message = DynamicMessage::new(self.method.input());
        set(&mut message, &field, name);
        message.encode_to_vec()
    }

    /// A request by JSON about rows of a partner, where the request says whose; else about what is not there.
    pub fn json(&self, id: &str) -> Sent {
        let Some((verb, template)) = &self.json else { return Sent::default() };
        let named = self.names(id);
        let mut path = String::new();
        let mut outside = false;
        for part in template.split(['{', '}']) {
            outside = !outside;
            if outside {
                path.push_str(part);
                continue;
            }
            let (field, pattern) = part.split_once('=').unwrap_or((part, "*"));
            match &named {
                Some((own, name)) if own == field => path.push_str(name),
                _ => path.push_str(&pattern.replace("**", "none").replace('*', "none")),
            }
        }
        if let Some((field, name)) = named.filter(|(field, _)| !template.contains(&format!("{{{field}"))) {
            path.push_str(&format!("?{field}={name}"));
        }
        let body = if *verb == http::Method::GET { Vec::new() } else { b"{}".to_vec() };
        Sent { verb: verb.clone(), path, body }
    }
}

/// Sets a field of a message, or with dots one of a message in it.
pub fn set(message: &mut DynamicMessage, field: &str, name: String) {
    match field.split_once('.') {
        None => message.set_field_by_name(field, Value::String(name)),
        Some((outer, inner)) => {
            let field = message.descriptor().get_field_by_name(outer).expect("there");
            if let Some(part) = message.get_field_mut(&field).as_message_mut() {
                set(part, inner, name);
            }
        }
    }
}
