//! Tiers (PR-07): the programme and its versions, evaluations, what is recorded by hand, and tiers by date. Every change of
//! a partner's tiers locks them before it reads what it rests on, so that of two changes the second one sees the first.

mod assign;
mod evaluate;
mod figures;
mod look;
mod programme;

use partner_registry_domain::{faults::TIER_PROGRAMME_MISSING, tier::Version};
use tributary_core::{Date, Fault, ResourceId, TenantId};
use tributary_sql::StoreError;

pub(crate) use assign::{AssignTier, EndOverride};
pub(crate) use evaluate::{EvaluateTiers, Evaluated};
pub(crate) use figures::RecordFigure;
pub(crate) use look::{Previewed, Progress};
pub(crate) use programme::{ActivateProgramme, ApproveProgramme, DraftProgramme};

use super::command::Refusal;
use crate::ports::{Decided, Known, Span, TierSource, Wanted};

/// What is known of one partner.
pub(super) async fn known_of<S: TierSource + ?Sized>(
    source: &mut S,
    tenant: &TenantId,
    partner: &ResourceId,
    wanted: &Wanted,
) -> Result<Known, StoreError> {
    let mut known = source.known(tenant, &Span::of(partner), wanted).await?;
    Ok(known.remove(partner).unwrap_or_default())
}

/// The version of the programme in force on a day.
pub(super) async fn programme_on<S: TierSource + ?Sized>(
    source: &mut S,
    tenant: &TenantId,
    day: Date,
) -> Result<Version, Refusal> {
    let found = source.programme_on(tenant, day).await?;
    Ok(found.ok_or_else(|| {
        let message = format!("no version of the tier programme is in force on {day}; draft, approve and activate one");
        Fault::new(TIER_PROGRAMME_MISSING, message).with("date", day.to_string())
    })?)
}

/// What an evaluation by a version looks at.
fn wanted(version: &Version, day: Date, decided: Decided) -> Wanted {
    Wanted {
        purchases: version.programme.days_of_purchases(day),
        documents: version.programme.document_kinds(),
        certified: version.programme.certificate_definitions().into_iter().cloned().collect(),
        figures: version.programme.asks_for_figures(),
        newest: Some(decided),
        assignments: true,
    }
}
