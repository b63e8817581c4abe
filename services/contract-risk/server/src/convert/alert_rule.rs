//! Versions of alert rules.

use contract_risk_domain::{
    ObligationKind,
    alert::{Condition, Expiring, OnTimeRate, Overdue, Pace, RuleSpec, RuleState, RuleVersion, a_tenth, check},
};
use tributary_core::{Decimal, ResourceId, Violations};
use tributary_proto::{
    google::r#type as ty,
    tributary::{
        contract::v1::{self as pb, alert_rule_spec::Condition as Stated},
        partner::v1::DocumentKind,
    },
};
use tributary_rpc::convert::{decimal, decimal_to_proto, timestamp_to_proto};

/// Decimals of a level.
const SCALE: u32 = 6;

/// Reads and checks a spec; every violation at once, under the names of its fields.
pub(crate) fn rule_spec(stated: pb::AlertRuleSpec) -> Result<RuleSpec, Violations> {
    let mut v = Violations::new();
    let mut partners = Vec::with_capacity(stated.partners.len());
    for (i, name) in stated.partners.iter().enumerate() {
        partners.extend(v.check(&format!("partners[{i}]"), ResourceId::from_name("partners", name)));
    }
    let condition = condition(&mut v, stated.condition);
    let (title, suggested_action, owner) = (stated.title, stated.suggested_action, stated.owner);
    let Some(condition) = condition.filter(|_| v.is_empty()) else { return Err(v) };
    let spec = RuleSpec { title, suggested_action, owner, partners, condition };
    let found = check(&spec);
    if found.is_empty() { Ok(spec) } else { Err(found) }
}

fn condition(v: &mut Violations, stated: Option<Stated>) -> Option<Condition> {
    match stated {
        Some(Stated::CommitmentPace(rule)) => {
            let trigger_below = level(v, "commitment_pace.trigger_below", rule.trigger_below);
            let clear_from = level(v, "commitment_pace.clear_from", rule.clear_from);
            let critical_below = optional(v, "commitment_pace.critical_below", rule.critical_below);
            let minimum_elapsed = optional(v, "commitment_pace.minimum_elapsed", rule.minimum_elapsed);
            Some(Condition::CommitmentPace(Pace {
                trigger_below: trigger_below?,
                clear_from: clear_from?,
                critical_below,
                minimum_elapsed: minimum_elapsed.unwrap_or_else(a_tenth),
            }))
        }
        Some(Stated::PaymentLate(rule)) => {
            let pb::PaymentLateRule { trigger_days, critical_days, clear_days } = rule;
            Some(Condition::PaymentLate(Overdue { trigger_days, critical_days, clear_days }))
        }
        Some(Stated::ObligationOverdue(rule)) => {
            let pb::ObligationOverdueRule { trigger_days, critical_days, clear_days, kinds } = rule;
            let mut known = Vec::with_capacity(kinds.len());
            for (i, number) in kinds.into_iter().enumerate() {
                let kind = ObligationKind::from_number(number).filter(|kind| *kind != ObligationKind::Payment);
                let wrong = || format!("{number} is not a kind of obligation that this rule looks at; use 2 to 6");
                known.extend(v.check(&format!("obligation_overdue.kinds[{i}]"), kind.ok_or_else(wrong)));
            }
            let overdue = Overdue { trigger_days, critical_days, clear_days };
            Some(Condition::ObligationOverdue { overdue, kinds: known })
        }
        Some(Stated::ContractExpiring(rule)) => {
            let pb::ContractExpiringRule { trigger_days, critical_days } = rule;
            Some(Condition::ContractExpiring(Expiring { trigger_days, critical_days }))
        }
        Some(Stated::DocumentExpiring(rule)) => {
            let pb::DocumentExpiringRule { trigger_days, critical_days, kinds } = rule;
            for (i, kind) in kinds.iter().enumerate() {
                let known = DocumentKind::from_str_name(&format!("DOCUMENT_KIND_{kind}"));
                if known.is_none_or(|kind| kind == DocumentKind::Unspecified) {
                    let message = format!(
                        "{kind:?} is not a kind of document; name it as the registry does, such as BUSINESS_LICENCE"
                    );
                    v.add(format!("document_expiring.kinds[{i}]"), message);
                }
            }
            Some(Condition::DocumentExpiring { expiring: Expiring { trigger_days, critical_days }, kinds })
        }
        Some(Stated::OnTimeRate(rule)) => {
            let trigger_below = level(v, "on_time_rate.trigger_below", rule.trigger_below);
            let clear_from = level(v, "on_time_rate.clear_from", rule.clear_from);
            let critical_below = optional(v, "on_time_rate.critical_below", rule.critical_below);
            Some(Condition::OnTimeRate(OnTimeRate {
                trigger_below: trigger_below?,
                clear_from: clear_from?,
                critical_below,
                months: rule.months,
                minimum_due: rule.minimum_due.into(),
            }))
        }
        None => {
            v.add(
                "condition",
                "is required; set one of commitment_pace, payment_late, obligation_overdue, \
                   contract_expiring, document_expiring and on_time_rate",
            );
            None
        }
    }
}

/// A level that must be there.
fn level(v: &mut Violations, field: &str, stated: Option<ty::Decimal>) -> Option<Decimal> {
    match stated {
        Some(stated) => v.check(field, decimal(&stated, SCALE)),
        None => {
            v.add(field, "is required and is not set");
            None
        }
    }
}

fn optional(v: &mut Violations, field: &str, stated: Option<ty::Decimal>) -> Option<Decimal> {
    stated.and_then(|stated| v.check(field, decimal(&stated, SCALE)))
}

/// Writes a version.
pub(crate) fn rule_version_to_proto(version: &RuleVersion) -> pb::AlertRuleVersion {
    pb::AlertRuleVersion {
        name: version.name(),
        spec: Some(spec_to_proto(&version.spec)),
        state: match version.state {
            RuleState::Draft => pb::AlertRuleState::Draft,
            RuleState::Active => pb::AlertRuleState::Active,
            RuleState::Retired => pb::AlertRuleState::Retired,
        }
        .into(),
        author: version.author.clone(),
        create_time: version.create_time.map(timestamp_to_proto),
        activator: version.activator.clone(),
        activate_time: version.activate_time.map(timestamp_to_proto),
        retire_time: version.retire_time.map(timestamp_to_proto),
    }
}

fn spec_to_proto(spec: &RuleSpec) -> pb::AlertRuleSpec {
    let days = |Overdue { trigger_days, critical_days, clear_days }: Overdue| (trigger_days, critical_days, clear_days);
    let condition = match &spec.condition {
        Condition::CommitmentPace(pace) => Stated::CommitmentPace(pb::CommitmentPaceRule {
            trigger_below: Some(decimal_to_proto(pace.trigger_below)),
            clear_from: Some(decimal_to_proto(pace.clear_from)),
            critical_below: pace.critical_below.map(decimal_to_proto),
            minimum_elapsed: Some(decimal_to_proto(pace.minimum_elapsed)),
        }),
        Condition::PaymentLate(overdue) => {
            let (trigger_days, critical_days, clear_days) = days(*overdue);
            Stated::PaymentLate(pb::PaymentLateRule { trigger_days, critical_days, clear_days })
        }
        Condition::ObligationOverdue { overdue, kinds } => {
            let (trigger_days, critical_days, clear_days) = days(*overdue);
            let kinds = kinds.iter().map(|kind| kind.number()).collect();
            Stated::ObligationOverdue(pb::ObligationOverdueRule { trigger_days, critical_days, clear_days, kinds })
        }
        Condition::ContractExpiring(Expiring { trigger_days, critical_days }) => {
            let (trigger_days, critical_days) = (*trigger_days, *critical_days);
            Stated::ContractExpiring(pb::ContractExpiringRule { trigger_days, critical_days })
        }
        Condition::DocumentExpiring { expiring, kinds } => Stated::DocumentExpiring(pb::DocumentExpiringRule {
            trigger_days: expiring.trigger_days,
            critical_days: expiring.critical_days,
            kinds: kinds.clone(),
        }),
        Condition::OnTimeRate(rate) => Stated::OnTimeRate(pb::OnTimeRateRule {
            trigger_below: Some(decimal_to_proto(rate.trigger_below)),
            clear_from: Some(decimal_to_proto(rate.clear_from)),
            critical_below: rate.critical_below.map(decimal_to_proto),
            months: rate.months,
            minimum_due: i32::try_from(rate.minimum_due).unwrap_or(i32::MAX),
        }),
    };
    pb::AlertRuleSpec {
        title: spec.title.clone(),
        suggested_action: spec.suggested_action.clone(),
        owner: spec.owner.clone(),
        partners: spec.partners.iter().map(|id| format!("partners/{id}")).collect(),
        condition: Some(condition),
    }
}
