//! The data of events, encoded.

use partner_registry_domain::{DocumentRevision, Link, Revision, TierAssignment, territory::Right};
use prost::Message as _;
use tributary_proto::tributary::partner::v1 as pb;
use uuid::Uuid;

use super::{document_revision_to_proto, link_to_proto, revision_to_proto, right_to_proto, tier_to_proto};

/// `PartnerChanged`: the revision with the complete partner after the change.
pub(crate) fn partner_changed(revision: &Revision) -> Vec<u8> {
    pb::PartnerChanged { revision: Some(revision_to_proto(revision.clone())) }.encode_to_vec()
}

/// `TierAssigned`.
pub(crate) fn tier_assigned(assignment: &TierAssignment, partner_uid: Uuid) -> Vec<u8> {
    let assignment = Some(tier_to_proto(assignment.clone()));
    pb::TierAssigned { assignment, partner_uid: partner_uid.to_string() }.encode_to_vec()
}

/// `ParentSet`; `parent_uid` is empty for none.
pub(crate) fn parent_set(link: &Link, partner_uid: String, parent_uid: String) -> Vec<u8> {
    pb::ParentSet { link: Some(link_to_proto(link.clone())), partner_uid, parent_uid }.encode_to_vec()
}

/// `DocumentChanged`: the revision with the complete document after the change.
pub(crate) fn document_changed(revision: &DocumentRevision, partner_uid: Uuid) -> Vec<u8> {
    let revision = Some(document_revision_to_proto(revision.clone()));
    pb::DocumentChanged { revision, partner_uid: partner_uid.to_string() }.encode_to_vec()
}

/// `TerritoryRightRecorded`.
pub(crate) fn right_recorded(right: &Right, partner_uid: Uuid) -> Vec<u8> {
    let right = Some(right_to_proto(right));
    pb::TerritoryRightRecorded { right, partner_uid: partner_uid.to_string() }.encode_to_vec()
}

/// `TerritoryRightEnded`.
pub(crate) fn right_ended(right: &Right, partner_uid: Uuid) -> Vec<u8> {
    let right = Some(right_to_proto(right));
    pb::TerritoryRightEnded { right, partner_uid: partner_uid.to_string() }.encode_to_vec()
}
