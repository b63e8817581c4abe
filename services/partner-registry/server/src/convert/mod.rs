//! Between domain values and the messages of `tributary.partner.v1`, for answers and for events.

mod document;
mod events;
mod history;
mod partner;
mod territory;

pub(crate) use document::{check_to_proto, document_draft, document_revision_to_proto, document_to_proto};
pub(crate) use events::{document_changed, parent_set, partner_changed, right_ended, right_recorded, tier_assigned};
pub(crate) use history::{link_to_proto, node_to_proto, revision_to_proto, tier_to_proto};
pub(crate) use partner::{draft, initial_status, reference, reference_to_proto, view_to_proto};
pub(crate) use territory::{clash_to_proto, level, point, region_draft, region_to_proto, right_to_proto};
