//! Revisions, tiers and links.

use partner_registry_domain::{Link, Node, Revision, TierAssignment, TierOrigin, partner::resource_name};
use tributary_core::ResourceId;
use tributary_proto::tributary::partner::v1 as pb;
use tributary_rpc::convert::{date_to_proto, timestamp_to_proto};

use super::partner::partner_to_proto;

/// A revision with the whole partner.
pub(crate) fn revision_to_proto(revision: Revision) -> pb::PartnerRevision {
    pb::PartnerRevision {
        partner: Some(partner_to_proto(revision.partner, revision.tier)),
        action: revision.action,
        actor: revision.actor,
        reason: revision.reason,
        record_time: Some(timestamp_to_proto(revision.record_time)),
        previous_status: revision.previous_status.map_or(0, |status| status.number()),
    }
}

/// A tier assignment.
pub(crate) fn tier_to_proto(assignment: TierAssignment) -> pb::TierAssignment {
    pb::TierAssignment {
        partner: resource_name(&assignment.partner),
        tier: assignment.tier,
        effective_from: Some(date_to_proto(assignment.effective_from)),
        effective_to: assignment.effective_to.map(date_to_proto),
        reason: assignment.reason,
        actor: assignment.actor,
        record_time: Some(timestamp_to_proto(assignment.record_time)),
        origin: match assignment.origin {
            TierOrigin::Manual => pb::TierOrigin::Manual.into(),
            TierOrigin::Evaluation => pb::TierOrigin::Evaluation.into(),
        },
    }
}

/// A link. It is open-ended until a later one takes its place.
pub(crate) fn link_to_proto(link: Link) -> pb::HierarchyLink {
    pb::HierarchyLink {
        partner: resource_name(&link.partner),
        parent: name_or_empty(link.parent.as_ref()),
        effective_from: Some(date_to_proto(link.effective_from)),
        effective_to: None,
        reason: link.reason,
        actor: link.actor,
        record_time: Some(timestamp_to_proto(link.record_time)),
    }
}

/// A partner in a tree.
pub(crate) fn node_to_proto((node, display_name): (Node, String)) -> pb::HierarchyNode {
    pb::HierarchyNode {
        partner: resource_name(&node.partner),
        display_name,
        level: i32::try_from(node.level).unwrap_or(i32::MAX),
        parent: name_or_empty(node.parent.as_ref()),
    }
}

fn name_or_empty(id: Option<&ResourceId>) -> String {
    id.map(resource_name).unwrap_or_default()
}
