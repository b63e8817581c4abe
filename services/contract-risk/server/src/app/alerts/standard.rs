//! The rules that ship, and what is in force for a tenant: the standard ones that it has not replaced, and its own.

use contract_risk_domain::alert::{RuleSpec, RuleVersion, check};
use serde::Deserialize;
use tributary_core::{Fault, ResourceId};

use crate::ports::OwnRules;

const STANDARD: &str = include_str!("../../../../../../deploy/alert-rules/standard.yaml");

#[derive(Deserialize)]
struct Entry {
    rule: ResourceId,
    spec: RuleSpec,
}

/// The rules that ship, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandardRules(Vec<RuleVersion>);

impl StandardRules {
    /// Reads what ships with this version of the program.
    ///
    /// # Errors
    /// `INTERNAL` when it does not hold good rules.
    pub fn shipped() -> Result<Self, Fault> {
        let wrong = |e: String| Fault::internal(format!("the standard alert rules are wrong: {e}"));
        let entries: Vec<Entry> = serde_yaml_ng::from_str(STANDARD).map_err(|e| wrong(e.to_string()))?;
        let mut rules = Vec::with_capacity(entries.len());
        for Entry { rule, spec } in entries {
            // The same pattern as every other id.
            let rule = ResourceId::parse(rule.as_str()).map_err(wrong)?;
            check(&spec).into_result().map_err(|e| wrong(format!("{rule}: {e}")))?;
            rules.push(RuleVersion::standard(rule, spec));
        }
        rules.sort_by(|a, b| a.rule.cmp(&b.rule));
        Ok(Self(rules))
    }

    /// The standard version of a rule.
    #[must_use]
    pub fn get(&self, rule: &ResourceId) -> Option<&RuleVersion> {
        self.0.iter().find(|version| version.rule == *rule)
    }

    /// Those that a tenant has not replaced or retired, by name.
    pub fn standing<'a>(&'a self, own: &'a OwnRules) -> impl Iterator<Item = &'a RuleVersion> {
        self.0.iter().filter(|version| !own.replaced.contains(&version.rule))
    }

    /// What is in force for a tenant, one version per rule, by name.
    #[must_use]
    pub fn in_force(&self, own: &OwnRules) -> Vec<RuleVersion> {
        let mut rules: Vec<_> = self.standing(own).chain(&own.active).cloned().collect();
        rules.sort_by(|a, b| a.rule.cmp(&b.rule));
        rules
    }
}

#[cfg(test)]
mod tests {
    use contract_risk_domain::alert::{Condition, Expiring, OnTimeRate, Overdue, Pace};
    use tributary_core::{Decimal, ResourceId};

    use super::StandardRules;
    use crate::ports::OwnRules;

    #[test]
    fn what_ships_is_as_written() {
        let standard = StandardRules::shipped().expect("good rules");
        let rules: Vec<_> = standard.0.iter().map(|v| (v.rule.as_str(), &v.spec.condition)).collect();
        let tenths = |n| Decimal::new(n, 1);
        let kinds = ["BUSINESS_LICENCE", "INDUSTRY_PERMIT"].map(str::to_owned).to_vec();
        let expected = [
            (
                "commitment-pace",
                Condition::CommitmentPace(Pace {
                    trigger_below: tenths(8),
                    clear_from: tenths(9),
                    critical_below: Some(tenths(5)),
                    minimum_elapsed: tenths(1),
                }),
            ),
            ("contract-expiring", Condition::ContractExpiring(Expiring { trigger_days: 60, critical_days: 14 })),
            (
                "licence-expiring",
                Condition::DocumentExpiring { expiring: Expiring { trigger_days: 60, critical_days: 0 }, kinds },
            ),
            (
                "obligation-overdue",
                Condition::ObligationOverdue {
                    overdue: Overdue { trigger_days: 3, critical_days: 30, clear_days: 0 },
                    kinds: vec![],
                },
            ),
            (
                "on-time-rate",
                Condition::OnTimeRate(OnTimeRate {
                    trigger_below: tenths(8),
                    clear_from: tenths(9),
                    critical_below: None,
                    months: 6,
                    minimum_due: 5,
                }),
            ),
            ("payment-late", Condition::PaymentLate(Overdue { trigger_days: 7, critical_days: 30, clear_days: 0 })),
        ];
        let expected: Vec<_> = expected.iter().map(|(rule, condition)| (*rule, condition)).collect();
        assert_eq!(rules, expected);
    }

    #[test]
    fn a_tenants_own_version_stands_for_the_standard_one() {
        let standard = StandardRules::shipped().expect("good rules");
        let in_force = |own: &OwnRules| -> Vec<_> {
            standard.in_force(own).iter().map(|v| format!("{} {}", v.rule, v.version)).collect()
        };
        assert_eq!(in_force(&OwnRules::default()).len(), 6);
        let rule = ResourceId::parse("commitment-pace").expect("id");
        let retired = OwnRules { active: vec![], replaced: vec![rule.clone()] };
        assert!(!in_force(&retired).iter().any(|v| v.starts_with("commitment-pace")));
        let mut second = standard.get(&rule).expect("ships").clone();
        second.version = 2;
        let replaced = OwnRules { active: vec![second], ..retired };
        assert_eq!(in_force(&replaced)[0], "commitment-pace 2");
        assert_eq!(in_force(&replaced).len(), 6);
    }
}
