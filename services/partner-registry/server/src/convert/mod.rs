//! Between domain values and the messages of `tributary.partner.v1`, for answers and for events.

mod deal;
mod document;
mod events;
mod history;
mod partner;
mod programme;
mod territory;
mod tier;
mod training;
mod training_told;

pub(crate) use deal::{
    conversion, customer, deal_draft, deal_policy_to_proto, deal_revision_to_proto, deal_rules, deal_to_proto,
    holding_to_proto,
};
pub(crate) use document::{check_to_proto, document_draft, document_revision_to_proto, document_to_proto};
pub(crate) use events::{
    benefit_used, deal_changed, deal_policy_changed, document_changed, factor_agreed, figure_recorded, parent_set,
    partner_changed, programme_changed, right_ended, right_recorded, tier_assigned, tier_evaluated,
};
pub(crate) use history::{link_to_proto, node_to_proto, revision_to_proto, tier_to_proto};
pub(crate) use partner::{draft, initial_status, reference, reference_to_proto, view_to_proto};
pub(crate) use programme::{benefit_to_proto, programme, programme_to_proto, version_to_proto};
pub(crate) use territory::{clash_to_proto, level, point, region_draft, region_to_proto, right_to_proto};
pub(crate) use tier::{
    agreement_to_proto, decision_to_proto, entitlement_to_proto, evaluated_to_proto, figure_to_proto, language,
    preview_to_proto, progress_to_proto, usage_to_proto,
};
pub(crate) use training::{
    certificate_to_proto, course_to_proto, definition_to_proto, enrolment_to_proto, person_to_proto, result_to_proto,
    session_to_proto, training_revision_to_proto,
};
pub(crate) use training_told::{
    course_content, day, definition_content, person_check_to_proto, person_content, qualification_to_proto,
    result_content, score, session_content, training_changed,
};
