//! The data of events, encoded.

use partner_registry_domain::{
    DealPolicy, DealRevision, DocumentRevision, Link, Revision, TierAssignment,
    territory::Right,
    tier::{Decision, Figure, PriceAgreement, Usage, Version, words::Language},
};
use prost::Message as _;
use tributary_proto::tributary::partner::v1 as pb;
use uuid::Uuid;

use super::{
    agreement_to_proto, deal_policy_to_proto, deal_revision_to_proto, decision_to_proto, document_revision_to_proto,
    figure_to_proto, link_to_proto, revision_to_proto, right_to_proto, tier_to_proto, usage_to_proto, version_to_proto,
};

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

/// `TierEvaluated`.
pub(crate) fn tier_evaluated(decision: &Decision, partner_uid: Uuid) -> Vec<u8> {
    let tier_decision = Some(decision_to_proto(decision, Language::English));
    pb::TierEvaluated { tier_decision, partner_uid: partner_uid.to_string() }.encode_to_vec()
}

/// `TierProgrammeVersionChanged`.
pub(crate) fn programme_changed(version: &Version) -> Vec<u8> {
    pb::TierProgrammeVersionChanged { tier_programme_version: Some(version_to_proto(version)) }.encode_to_vec()
}

/// `TierFigureRecorded`.
pub(crate) fn figure_recorded(figure: &Figure, partner_uid: Uuid) -> Vec<u8> {
    let tier_figure = Some(figure_to_proto(figure));
    pb::TierFigureRecorded { tier_figure, partner_uid: partner_uid.to_string() }.encode_to_vec()
}

/// `PriceFactorAgreed`.
pub(crate) fn factor_agreed(agreement: &PriceAgreement, partner_uid: Uuid) -> Vec<u8> {
    let price_agreement = Some(agreement_to_proto(agreement));
    pb::PriceFactorAgreed { price_agreement, partner_uid: partner_uid.to_string() }.encode_to_vec()
}

/// `BenefitUsed`.
pub(crate) fn benefit_used(usage: &Usage, partner_uid: Uuid) -> Vec<u8> {
    let benefit_usage = Some(usage_to_proto(usage));
    pb::BenefitUsed { benefit_usage, partner_uid: partner_uid.to_string() }.encode_to_vec()
}

/// `DealChanged`: the revision with the complete deal after the change.
pub(crate) fn deal_changed(revision: &DealRevision, partner_uid: Uuid) -> Vec<u8> {
    let revision = Some(deal_revision_to_proto(revision.clone()));
    pb::DealChanged { revision, partner_uid: partner_uid.to_string() }.encode_to_vec()
}

/// `DealPolicyChanged`.
pub(crate) fn deal_policy_changed(policy: &DealPolicy) -> Vec<u8> {
    pb::DealPolicyChanged { deal_policy: Some(deal_policy_to_proto(policy.clone())) }.encode_to_vec()
}
