//! The registry's documents as this service keeps them.

use tributary_core::{Fault, ResourceId, Violations};
use tributary_proto::tributary::partner::v1::{Document, DocumentKind, DocumentState};
use tributary_rpc::convert::date;

use crate::ports::DocumentCopy;

/// Reads a document of an event. Kinds and states of a newer registry are kept as their number: no rule of this version
/// looks at them.
pub(crate) fn document_copy(document: Document, sequence: i64) -> Result<DocumentCopy, Fault> {
    let mut v = Violations::new();
    let owner = document.name.split_once("/documents/").map_or("", |(partner, _)| partner);
    let partner = v.check("document.name", ResourceId::from_name("partners", owner));
    let expires_on = document.expires_on.as_ref().and_then(|day| v.check("document.expires_on", date(day)));
    let kind = DocumentKind::try_from(document.kind).map(|kind| kind.as_str_name());
    let state = DocumentState::try_from(document.state).map(|state| state.as_str_name());
    match partner {
        Some(partner) if v.is_empty() => Ok(DocumentCopy {
            kind: short(kind.ok(), "DOCUMENT_KIND_", document.kind),
            state: short(state.ok(), "DOCUMENT_STATE_", document.state),
            name: document.name,
            partner,
            expires_on,
            sequence,
        }),
        _ => Err(Fault::invalid(v)),
    }
}

/// A name of an enum without its prefix, or the number of one that is not known here.
fn short(name: Option<&str>, prefix: &str, number: i32) -> String {
    name.and_then(|name| name.strip_prefix(prefix)).map_or_else(|| number.to_string(), str::to_owned)
}
