//! Tier programmes and their versions.

use partner_registry_domain::{
    DocumentKind,
    tier::{Benefit, Grant, Programme, ProgrammeState, Requirement, Test, Tier, Version, Window},
};
use tributary_core::{Decimal, MinorAmount, ResourceId, Violations};
use tributary_proto::{
    google::r#type as google,
    tributary::partner::v1::{self as pb, tier_benefit::Value, tier_requirement as wanted},
};
use tributary_rpc::convert::{
    date_to_proto, decimal, decimal_to_proto, minor_amount, minor_to_proto, timestamp_to_proto,
};

/// Decimals of factors and shares.
const FACTOR_SCALE: u32 = 4;
/// Decimals of recorded numbers.
const NUMBER_SCALE: u32 = 6;

/// What a caller says of a programme; what cannot be read is noted under its field.
pub(crate) fn programme(stated: pb::TierProgramme, violations: &mut Violations) -> Programme {
    let tiers = stated.tiers.into_iter().enumerate().map(|(n, stated)| {
        let mut own = Violations::new();
        let tier = tier(stated, &mut own);
        violations.nest(&format!("tiers[{n}]"), own);
        tier
    });
    Programme { tiers: tiers.collect(), display_name: stated.display_name, grace_days: stated.grace_days }
}

fn tier(stated: pb::ProgrammeTier, violations: &mut Violations) -> Tier {
    let mut requirements = Vec::new();
    for (n, stated) in stated.requirements.into_iter().enumerate() {
        let mut own = Violations::new();
        let test = stated.test.and_then(|stated| test(stated, &mut own));
        requirements.extend(test.map(|test| Requirement { id: stated.id, display_name: stated.display_name, test }));
        violations.nest(&format!("requirements[{n}]"), own);
    }
    let mut benefits = Vec::new();
    for (n, stated) in stated.benefits.into_iter().enumerate() {
        let mut own = Violations::new();
        let grant = grant(stated.value, &mut own);
        benefits.extend(grant.map(|grant| Benefit { id: stated.id, display_name: stated.display_name, grant }));
        violations.nest(&format!("benefits[{n}]"), own);
    }
    Tier { id: stated.id, display_name: stated.display_name, requirements, benefits, includes: stated.includes }
}

fn test(stated: wanted::Test, v: &mut Violations) -> Option<Test> {
    match stated {
        wanted::Test::Purchases(stated) => {
            let window = Window::ALL.into_iter().find(|window| window_number(*window) == stated.window);
            let at_least = amount(v, "purchases.at_least", stated.at_least.as_ref());
            Some(Test::Purchases { at_least: at_least?, window: window? })
        }
        wanted::Test::Certification(stated) => DocumentKind::from_number(stated.document_kind).map(Test::Certification),
        wanted::Test::CertifiedPersons(stated) => {
            let definition = ResourceId::from_name("certificateDefinitions", &stated.certificate_definition);
            let definition = v.check("certified_persons.certificate_definition", definition);
            Some(Test::CertifiedPersons { definition: definition?, at_least: stated.at_least })
        }
        wanted::Test::Flag(stated) => Some(Test::Flag(stated.figure)),
        wanted::Test::Number(stated) => {
            let at_least = number(v, "number.at_least", stated.at_least.as_ref(), NUMBER_SCALE);
            Some(Test::Number { figure: stated.figure, at_least: at_least? })
        }
    }
}

fn grant(stated: Option<Value>, v: &mut Violations) -> Option<Grant> {
    match stated {
        None => Some(Grant::Plain),
        Some(Value::PriceFactor(stated)) => {
            let min = number(v, "price_factor.min", stated.min.as_ref(), FACTOR_SCALE);
            let max = number(v, "price_factor.max", stated.max.as_ref(), FACTOR_SCALE);
            Some(Grant::PriceFactor { min: min?, max: max? })
        }
        Some(Value::YearlyAllowance(stated)) => {
            amount(v, "yearly_allowance", Some(&stated)).map(Grant::YearlyAllowance)
        }
        Some(Value::Share(stated)) => number(v, "share", Some(&stated), FACTOR_SCALE).map(Grant::Share),
    }
}

fn amount(v: &mut Violations, field: &str, stated: Option<&google::Money>) -> Option<MinorAmount> {
    v.check(field, stated.ok_or_else(|| "is required".to_owned()).and_then(minor_amount))
}

fn number(v: &mut Violations, field: &str, stated: Option<&google::Decimal>, scale: u32) -> Option<Decimal> {
    v.check(field, stated.ok_or_else(|| "is required".to_owned()).and_then(|stated| decimal(stated, scale)))
}

fn window_number(window: Window) -> i32 {
    match window {
        Window::Trailing12Months => pb::TierWindow::Trailing12Months.into(),
        Window::CalendarYearToDate => pb::TierWindow::CalendarYearToDate.into(),
        Window::LastCalendarYear => pb::TierWindow::LastCalendarYear.into(),
    }
}

/// A version.
pub(crate) fn version_to_proto(version: &Version) -> pb::TierProgrammeVersion {
    pb::TierProgrammeVersion {
        name: version.name(),
        programme: Some(programme_to_proto(&version.programme)),
        state: match version.state {
            ProgrammeState::Draft => pb::TierProgrammeState::Draft.into(),
            ProgrammeState::Approved => pb::TierProgrammeState::Approved.into(),
            ProgrammeState::Active => pb::TierProgrammeState::Active.into(),
        },
        author: version.author.clone(),
        approver: version.approver.clone().unwrap_or_default(),
        effective_from: version.effective_from.map(date_to_proto),
        create_time: Some(timestamp_to_proto(version.create_time)),
        update_time: Some(timestamp_to_proto(version.update_time)),
        etag: version.etag(),
    }
}

/// What a programme says.
pub(crate) fn programme_to_proto(programme: &Programme) -> pb::TierProgramme {
    pb::TierProgramme {
        display_name: programme.display_name.clone(),
        grace_days: programme.grace_days,
        tiers: programme.tiers.iter().map(tier_to_proto).collect(),
    }
}

fn tier_to_proto(tier: &Tier) -> pb::ProgrammeTier {
    let requirement = |requirement: &Requirement| pb::TierRequirement {
        id: requirement.id.clone(),
        display_name: requirement.display_name.clone(),
        test: Some(test_to_proto(&requirement.test)),
    };
    pb::ProgrammeTier {
        id: tier.id.clone(),
        display_name: tier.display_name.clone(),
        requirements: tier.requirements.iter().map(requirement).collect(),
        benefits: tier.benefits.iter().map(benefit_to_proto).collect(),
        includes: tier.includes.clone(),
    }
}

fn test_to_proto(test: &Test) -> wanted::Test {
    match test {
        Test::Purchases { at_least, window } => wanted::Test::Purchases(pb::PurchasesRequirement {
            at_least: Some(minor_to_proto(*at_least)),
            window: window_number(*window),
        }),
        Test::Certification(kind) => {
            wanted::Test::Certification(pb::CertificationRequirement { document_kind: kind.number() })
        }
        Test::CertifiedPersons { definition, at_least } => {
            wanted::Test::CertifiedPersons(pb::CertifiedPersonsRequirement {
                certificate_definition: format!("certificateDefinitions/{definition}"),
                at_least: *at_least,
            })
        }
        Test::Flag(figure) => wanted::Test::Flag(pb::FlagRequirement { figure: figure.clone() }),
        Test::Number { figure, at_least } => wanted::Test::Number(pb::NumberRequirement {
            figure: figure.clone(),
            at_least: Some(decimal_to_proto(*at_least)),
        }),
    }
}

/// What a tier gives.
pub(crate) fn benefit_to_proto(benefit: &Benefit) -> pb::TierBenefit {
    let value = match &benefit.grant {
        Grant::Plain => None,
        Grant::PriceFactor { min, max } => Some(Value::PriceFactor(pb::PriceFactor {
            min: Some(decimal_to_proto(*min)),
            max: Some(decimal_to_proto(*max)),
        })),
        Grant::YearlyAllowance(amount) => Some(Value::YearlyAllowance(minor_to_proto(*amount))),
        Grant::Share(share) => Some(Value::Share(decimal_to_proto(*share))),
    };
    pb::TierBenefit { id: benefit.id.clone(), display_name: benefit.display_name.clone(), value }
}
