//! Decisions, progress, figures and benefits.

use partner_registry_domain::{
    partner::resource_name,
    tier::{
        Decision, Entitlement, Figure, FigureValue, Finding, Move, PriceAgreement, Standing, Usage,
        version::version_name,
        words::{self, Language},
    },
};
use tributary_core::RequestContext;
use tributary_proto::tributary::partner::v1::{self as pb, tier_figure::Value};
use tributary_rpc::convert::{date_to_proto, decimal_to_proto, minor_to_proto, timestamp_to_proto};

use super::{benefit_to_proto, tier_to_proto};
use crate::app::{Evaluated, Previewed, Progress};

/// The language asked for.
pub(crate) fn language(language: pb::TierLanguage) -> Language {
    match language {
        pb::TierLanguage::Chinese => Language::Chinese,
        pb::TierLanguage::Unspecified | pb::TierLanguage::English => Language::English,
    }
}

/// How a tier moves.
pub(crate) fn move_to_proto(moved: Move) -> pb::TierMove {
    match moved {
        Move::Up => pb::TierMove::Up,
        Move::Down => pb::TierMove::Down,
        Move::Same => pb::TierMove::Same,
    }
}

/// A decision.
pub(crate) fn decision_to_proto(decision: &Decision, language: Language) -> pb::TierDecision {
    pb::TierDecision {
        name: decision.name(),
        partner: resource_name(&decision.partner),
        date: Some(date_to_proto(decision.day)),
        programme_version: version_name(decision.version),
        tier: decision.after.tier.clone(),
        earned_tier: decision.earned.clone(),
        previous_tier: decision.before.tier.clone(),
        grace_until: decision.after.grace_until.map(date_to_proto),
        r#move: move_to_proto(decision.moved()).into(),
        standings: standings_to_proto(&decision.standings, language),
        facts_through_batch: decision.facts_batch,
        actor: decision.actor.clone(),
        record_time: Some(timestamp_to_proto(decision.record_time)),
    }
}

fn standings_to_proto(standings: &[Standing], language: Language) -> Vec<pb::TierStanding> {
    let standing = |standing: &Standing| pb::TierStanding {
        tier: standing.tier.clone(),
        met: standing.met(),
        findings: standing.findings.iter().map(|finding| finding_to_proto(finding, language)).collect(),
        missing: words::missing(standing, language),
    };
    standings.iter().map(standing).collect()
}

fn finding_to_proto(finding: &Finding, language: Language) -> pb::TierFinding {
    pb::TierFinding {
        requirement: finding.requirement.id.clone(),
        met: finding.met,
        wanted: finding.wanted.map(decimal_to_proto),
        actual: finding.actual.map(decimal_to_proto),
        missing: finding.missing.map(decimal_to_proto),
        currency_code: finding.currency.map(|currency| currency.code().to_owned()).unwrap_or_default(),
        document: finding.document.as_ref().map(ToString::to_string).unwrap_or_default(),
        sentence: words::finding(finding, language),
    }
}

/// What came of an evaluation.
pub(crate) fn evaluated_to_proto(evaluated: &Evaluated, next_page_token: String) -> pb::EvaluateTiersResponse {
    let new = || evaluated.new.iter().filter_map(|n| evaluated.decisions.get(*n));
    let moved = |wanted| count(new().filter(|decision| decision.moved() == wanted).count());
    pb::EvaluateTiersResponse {
        recorded_count: count(evaluated.new.len()),
        up_count: moved(Move::Up),
        down_count: moved(Move::Down),
        grace_count: count(evaluated.decisions.iter().filter(|d| d.after.grace_until.is_some()).count()),
        later_count: count(evaluated.later),
        tier_decisions: evaluated.decisions.iter().map(|d| decision_to_proto(d, Language::English)).collect(),
        next_page_token,
    }
}

/// What a version would make of partners.
pub(crate) fn preview_to_proto(
    partners: Vec<Previewed>,
    next_page_token: String,
) -> pb::PreviewTierProgrammeVersionResponse {
    let moved = |wanted| count(partners.iter().filter(|partner| partner.moved == wanted).count());
    pb::PreviewTierProgrammeVersionResponse {
        up_count: moved(Move::Up),
        down_count: moved(Move::Down),
        same_count: moved(Move::Same),
        partners: partners
            .into_iter()
            .map(|Previewed { partner, before, after, moved }| pb::PreviewedTier {
                partner: resource_name(&partner),
                before,
                after,
                r#move: move_to_proto(moved).into(),
            })
            .collect(),
        next_page_token,
    }
}

/// How a partner stands.
pub(crate) fn progress_to_proto(progress: Progress, language: Language) -> pb::TierProgress {
    let tiers = &progress.version.programme.tiers;
    let above = progress.version.programme.rank(&progress.earned).map_or(0, |rank| rank.saturating_add(1));
    pb::TierProgress {
        partner: resource_name(&progress.partner),
        date: Some(date_to_proto(progress.day)),
        programme_version: progress.version.name(),
        assignment: progress.assignment.map(tier_to_proto),
        next_tier: tiers.get(above).map(|tier| tier.id.clone()).unwrap_or_default(),
        earned_tier: progress.earned,
        decided_tier: progress.held.tier,
        grace_until: progress.held.grace_until.map(date_to_proto),
        standings: standings_to_proto(&progress.standings, language),
    }
}

/// A figure.
pub(crate) fn figure_to_proto(figure: &Figure) -> pb::TierFigure {
    pb::TierFigure {
        partner: resource_name(&figure.partner),
        figure: figure.figure.clone(),
        value: Some(match figure.value {
            FigureValue::Flag(flag) => Value::Flag(flag),
            FigureValue::Number(number) => Value::Number(decimal_to_proto(number)),
        }),
        effective_from: Some(date_to_proto(figure.effective_from)),
        effective_to: figure.effective_to.map(date_to_proto),
        reason: figure.reason.clone(),
        actor: figure.actor.clone(),
        record_time: Some(timestamp_to_proto(figure.record_time)),
    }
}

/// What a partner is entitled to, as a caller may read it: how far a price factor may go is for the house.
pub(crate) fn entitlement_to_proto(caller: &RequestContext, entitlement: &Entitlement) -> pb::Entitlement {
    pb::Entitlement {
        partner: resource_name(&entitlement.partner),
        benefit: entitlement.benefit.clone(),
        date: Some(date_to_proto(entitlement.day)),
        entitled: entitlement.terms.is_some(),
        tier: entitlement.tier.clone(),
        programme_version: version_name(entitlement.version),
        terms: entitlement.terms.as_ref().map(benefit_to_proto),
        price_factor: entitlement.price_factor.map(decimal_to_proto),
        used: entitlement.quota.map(|(used, _)| minor_to_proto(used)),
        remaining: entitlement.quota.map(|(_, remaining)| minor_to_proto(remaining)),
        explanation: words::entitlement(entitlement, !caller.scope.is_own()),
    }
}

/// A price factor agreed.
pub(crate) fn agreement_to_proto(agreement: &PriceAgreement) -> pb::PriceAgreement {
    pb::PriceAgreement {
        partner: resource_name(&agreement.partner),
        benefit: agreement.benefit.clone(),
        price_factor: Some(decimal_to_proto(agreement.factor)),
        effective_from: Some(date_to_proto(agreement.effective_from)),
        reason: agreement.reason.clone(),
        actor: agreement.actor.clone(),
        record_time: Some(timestamp_to_proto(agreement.record_time)),
    }
}

/// A use of an allowance.
pub(crate) fn usage_to_proto(usage: &Usage) -> pb::BenefitUsage {
    pb::BenefitUsage {
        partner: resource_name(&usage.partner),
        benefit: usage.benefit.clone(),
        number: usage.number,
        amount: Some(minor_to_proto(usage.amount)),
        used: Some(minor_to_proto(usage.used)),
        remaining: Some(minor_to_proto(usage.remaining)),
        date: Some(date_to_proto(usage.day)),
        reason: usage.reason.clone(),
        actor: usage.actor.clone(),
        record_time: Some(timestamp_to_proto(usage.record_time)),
    }
}

fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
