//! Requests about tiers and benefits as commands, with every violation at once.

use partner_registry_domain::tier::FigureValue;
use tributary_core::{Date, Fault, MinorAmount, ResourceId, Violations};
use tributary_proto::{
    google::r#type as google,
    tributary::partner::v1::{self as pb, tier_figure::Value},
};
use tributary_rpc::convert::{self as wire, resource_id};

use crate::{
    app::{
        ActivateProgramme, AgreeFactor, ApproveProgramme, AssignTier, DraftProgramme, EndOverride, RecordFigure,
        Registry, UseAllowance,
    },
    convert,
};

/// Decimals of price factors.
const FACTOR_SCALE: u32 = 4;
/// Decimals of recorded numbers.
const NUMBER_SCALE: u32 = 6;

/// A day that may be left out.
pub(super) fn day(given: Option<&google::Date>, field: &str) -> Result<Option<Date>, Fault> {
    given.map(wire::date).transpose().map_err(|e| Fault::invalid_field(field, e))
}

/// The partner of a name.
pub(super) fn partner(name: &str) -> Result<ResourceId, Fault> {
    resource_id("partners", name, "partner")
}

/// The number of a version.
pub(super) fn version(name: &str) -> Result<i64, Fault> {
    let number = name.strip_prefix("tierProgrammeVersions/").and_then(|number| number.parse().ok());
    number.ok_or_else(|| Fault::invalid_field("name", format!("{name:?} is not of the form tierProgrammeVersions/1")))
}

/// The partner and the number of a decision.
pub(super) fn decision(name: &str) -> Result<(ResourceId, i64), Fault> {
    let form = || Fault::invalid_field("name", format!("{name:?} is not of the form partners/ID/tierDecisions/1"));
    let (owner, number) = name.split_once("/tierDecisions/").ok_or_else(form)?;
    Ok((resource_id("partners", owner, "name")?, number.parse().map_err(|_| form())?))
}

/// A tier to assign.
pub(super) fn assignment(query: pb::AssignTierRequest) -> Result<AssignTier, Fault> {
    let partner = partner(&query.partner)?;
    let mut v = Violations::new();
    let from = query.effective_from.ok_or_else(|| "is required; give the first day".to_owned());
    let from = v.check("effective_from", from.and_then(|date| wire::date(&date)));
    let effective_to = query.effective_to.and_then(|date| v.check("effective_to", wire::date(&date)));
    match from {
        Some(effective_from) if v.is_empty() => {
            Ok(AssignTier { partner, tier: query.tier, effective_from, effective_to, reason: query.reason })
        }
        _ => Err(Fault::invalid(v)),
    }
}

/// Overrides to end.
pub(super) fn end_override(query: pb::EndTierOverrideRequest) -> Result<EndOverride, Fault> {
    let (partner, from) = (partner(&query.partner)?, day(query.effective_from.as_ref(), "effective_from")?);
    Ok(EndOverride { partner, from, reason: query.reason })
}

/// A figure to record.
pub(super) fn figure(query: pb::RecordTierFigureRequest) -> Result<RecordFigure, Fault> {
    let stated = query.tier_figure.unwrap_or_default();
    let mut v = Violations::new();
    let partner = v.check("tier_figure.partner", ResourceId::from_name("partners", &stated.partner));
    let value = match &stated.value {
        None => Err("is required; give a flag or a number".to_owned()),
        Some(Value::Flag(flag)) => Ok(FigureValue::Flag(*flag)),
        Some(Value::Number(number)) => wire::decimal(number, NUMBER_SCALE).map(FigureValue::Number),
    };
    let value = v.check("tier_figure.number", value);
    let from = stated.effective_from.ok_or_else(|| "is required; give the first day".to_owned());
    let from = v.check("tier_figure.effective_from", from.and_then(|date| wire::date(&date)));
    let effective_to = stated.effective_to.and_then(|date| v.check("tier_figure.effective_to", wire::date(&date)));
    match (partner, value, from) {
        (Some(partner), Some(value), Some(effective_from)) if v.is_empty() => Ok(RecordFigure {
            partner,
            figure: stated.figure,
            value,
            effective_from,
            effective_to,
            reason: stated.reason,
        }),
        _ => Err(Fault::invalid(v)),
    }
}

/// A version to draft. What cannot be read is told first: rules are about what can.
pub(super) fn draft(stated: Option<pb::TierProgramme>) -> Result<DraftProgramme, Fault> {
    let mut v = Violations::new();
    let programme = convert::programme(stated.unwrap_or_default(), &mut v);
    let mut unread = Violations::new();
    unread.nest("programme", v);
    unread.into_result()?;
    Registry::programme_violations(&programme).into_result()?;
    Ok(DraftProgramme { programme })
}

/// A version to approve.
pub(super) fn approve(query: pb::ApproveTierProgrammeVersionRequest) -> Result<ApproveProgramme, Fault> {
    Ok(ApproveProgramme { number: version(&query.name)?, etag: query.etag })
}

/// A version to activate.
pub(super) fn activate(query: pb::ActivateTierProgrammeVersionRequest) -> Result<ActivateProgramme, Fault> {
    let from = day(query.effective_from.as_ref(), "effective_from")?;
    Ok(ActivateProgramme { number: version(&query.name)?, from, etag: query.etag })
}

/// A price factor agreed.
pub(super) fn factor(query: pb::AgreePriceFactorRequest) -> Result<AgreeFactor, Fault> {
    let partner = partner(&query.partner)?;
    let mut v = Violations::new();
    let from = query.effective_from.and_then(|date| v.check("effective_from", wire::date(&date)));
    let factor = query.price_factor.ok_or_else(|| "is required".to_owned());
    let factor = v.check("price_factor", factor.and_then(|factor| wire::decimal(&factor, FACTOR_SCALE)));
    match factor {
        Some(factor) if v.is_empty() => {
            Ok(AgreeFactor { partner, benefit: query.benefit, factor, from, reason: query.reason })
        }
        _ => Err(Fault::invalid(v)),
    }
}

/// A use of an allowance.
pub(super) fn usage(query: pb::RecordBenefitUsageRequest) -> Result<UseAllowance, Fault> {
    let partner = partner(&query.partner)?;
    let mut v = Violations::new();
    let day = query.date.and_then(|date| v.check("date", wire::date(&date)));
    let amount = query.amount.ok_or_else(|| "is required".to_owned());
    let amount: Option<MinorAmount> = v.check("amount", amount.and_then(|amount| wire::minor_amount(&amount)));
    match amount {
        Some(amount) if v.is_empty() => {
            Ok(UseAllowance { partner, benefit: query.benefit, amount, day, reason: query.reason })
        }
        _ => Err(Fault::invalid(v)),
    }
}
