//! What the registry tells, as the own copy keeps it.

use incentive_calculation_domain::assignment::Attributes;
use tributary_core::{Fault, ResourceId, Timestamp, Zone};
use tributary_proto::tributary::partner::v1::{HierarchyLink, Partner, PartnerKind, PartnerStatus, TierAssignment};
use tributary_rpc::convert::{date, timestamp};
use uuid::Uuid;

use crate::ports::{LinkCopy, PartnerCopy, TierCopy};

fn wrong(field: &str) -> impl Fn(String) -> Fault + '_ {
    move |e| Fault::invalid_field(field, e)
}

fn partner_id(field: &str, name: &str) -> Result<String, Fault> {
    Ok(ResourceId::from_name("partners", name).map_err(wrong(field))?.to_string())
}

/// A revision of a partner, recorded by the registry at `recorded`; its attributes hold from that day on.
///
/// # Errors
/// `INVALID_REQUEST` for a partner without a readable name or uid.
pub fn partner_copy(partner: &Partner, recorded: Timestamp, zone: &Zone) -> Result<PartnerCopy, Fault> {
    let kind = PartnerKind::try_from(partner.kind).unwrap_or_default().as_str_name();
    let status = PartnerStatus::try_from(partner.status).unwrap_or_default();
    Ok(PartnerCopy {
        partner_id: partner_id("partner.name", &partner.name)?,
        uid: Uuid::parse_str(&partner.uid).map_err(|e| Fault::invalid_field("partner.uid", e.to_string()))?,
        revision: partner.revision,
        external_refs: partner.external_refs.iter().map(|r| (r.system.clone(), r.id.clone())).collect(),
        attributes: Attributes {
            partner: partner.name.clone(),
            business_key: partner.business_key.clone(),
            display_name: partner.display_name.clone(),
            kind: kind.trim_start_matches("PARTNER_KIND_").to_owned(),
            region: partner.region.clone(),
            tier: None,
            labels: partner.labels.clone().into_iter().collect(),
            revision: partner.revision,
        },
        // A status that is not told, or that a newer registry has, is none.
        status: match status {
            PartnerStatus::Unspecified => String::new(),
            known => known.as_str_name().trim_start_matches("PARTNER_STATUS_").to_owned(),
        },
        effective_on: zone.day_of(recorded),
        record_time: recorded,
    })
}

/// A tier assignment.
///
/// # Errors
/// `INVALID_REQUEST` for one without a readable partner, date or time.
pub fn tier_copy(assignment: &TierAssignment) -> Result<TierCopy, Fault> {
    Ok(TierCopy {
        partner_id: partner_id("assignment.partner", &assignment.partner)?,
        tier: assignment.tier.clone(),
        effective_from: date(&assignment.effective_from.unwrap_or_default()).map_err(wrong("effective_from"))?,
        effective_to: assignment.effective_to.as_ref().map(date).transpose().map_err(wrong("effective_to"))?,
        record_time: timestamp(&assignment.record_time.unwrap_or_default()).map_err(wrong("record_time"))?,
    })
}

/// A hierarchy link.
///
/// # Errors
/// `INVALID_REQUEST` for one without a readable partner, date or time.
pub fn link_copy(link: &HierarchyLink) -> Result<LinkCopy, Fault> {
    let parent = (!link.parent.is_empty()).then(|| partner_id("link.parent", &link.parent)).transpose()?;
    Ok(LinkCopy {
        partner_id: partner_id("link.partner", &link.partner)?,
        parent_id: parent,
        effective_from: date(&link.effective_from.unwrap_or_default()).map_err(wrong("effective_from"))?,
        record_time: timestamp(&link.record_time.unwrap_or_default()).map_err(wrong("record_time"))?,
    })
}
