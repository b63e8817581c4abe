//! The rules of early warning, in words.

use clap::Args;
use tributary_proto::{
    google::r#type::Decimal,
    tributary::contract::v1::{
        AlertRuleVersion, ListAlertRuleVersionsRequest, ObligationKind, alert_rule_spec::Condition,
    },
};

use crate::{
    cli::{
        Connection, Failure,
        look::{self, ListArgs, left},
    },
    output::{name, words},
};

/// Which rules.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  tributary alerts rules
  tributary alerts rules payment-late --all --json")]
pub struct RulesArgs {
    /// The rule [default: all]
    #[arg(default_value = "-", hide_default_value = true)]
    pub rule: String,
    /// Also drafts and versions that are retired
    #[arg(long)]
    pub all: bool,
    /// How much of it.
    #[command(flatten)]
    pub list: ListArgs,
}

/// Lists them.
pub(super) async fn run(connection: &Connection, args: &RulesArgs) -> Result<(), Failure> {
    let parent = super::resource("alertRules", &args.rule);
    let page = async |page_size, page_token| {
        let (parent, active_only) = (parent.clone(), !args.all);
        let request = ListAlertRuleVersionsRequest { parent, page_size, page_token, active_only };
        let page = connection.alerts().list_alert_rule_versions(request).await?.into_inner();
        Ok((page.versions, page.next_page_token))
    };
    let columns = left(["version", "state", "title", "condition", "for", "author"]);
    look::print((args.list.top, args.list.json), &columns, row, page).await
}

/// The rule of a version. Example: "payment-late".
pub(super) fn rule_id(version: &str) -> &str {
    version.split('/').nth(1).unwrap_or(version)
}

fn row(version: &AlertRuleVersion) -> Vec<String> {
    let spec = version.spec.clone().unwrap_or_default();
    vec![
        version.name.clone(),
        name(version.state().as_str_name(), "ALERT_RULE_STATE_"),
        spec.title,
        spec.condition.as_ref().map(condition).unwrap_or_default(),
        spec.owner,
        version.author.clone(),
    ]
}

/// A condition in words; a bound that is not set is left out.
fn condition(condition: &Condition) -> String {
    let below = |what: &str, trigger: &Option<Decimal>, critical: &Option<Decimal>, clear: &Option<Decimal>| {
        let bound = |words: &str, number: &Option<Decimal>| number.as_ref().map(|n| format!("{words} {}", n.value));
        let parts =
            [bound(&format!("{what} below"), trigger), bound("critical below", critical), bound("clear from", clear)];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    };
    let late = |trigger: i32, critical: i32, clear: i32| {
        let critical = if critical > 0 { format!(", critical from {critical}") } else { String::new() };
        format!("{trigger} days overdue{critical}, clear at {clear}")
    };
    let ends = |trigger: i32, critical: i32| {
        let critical = if critical > 0 { format!(", critical {critical} before") } else { String::new() };
        format!("{trigger} days before the end{critical}")
    };
    let of = |kinds: Vec<String>| if kinds.is_empty() { String::new() } else { format!("; {}", kinds.join(", ")) };
    match condition {
        Condition::CommitmentPace(rule) => below("pace", &rule.trigger_below, &rule.critical_below, &rule.clear_from),
        Condition::PaymentLate(rule) => late(rule.trigger_days, rule.critical_days, rule.clear_days),
        Condition::ObligationOverdue(rule) => {
            let kinds = rule.kinds().map(|kind: ObligationKind| words(kind.as_str_name(), "OBLIGATION_KIND_"));
            late(rule.trigger_days, rule.critical_days, rule.clear_days) + &of(kinds.collect())
        }
        Condition::ContractExpiring(rule) => ends(rule.trigger_days, rule.critical_days),
        Condition::DocumentExpiring(rule) => {
            let kinds = rule.kinds.iter().map(|kind| words(kind, ""));
            ends(rule.trigger_days, rule.critical_days) + &of(kinds.collect())
        }
        Condition::OnTimeRate(rule) => format!(
            "{}; of {} months, {} due at least",
            below("rate", &rule.trigger_below, &rule.critical_below, &rule.clear_from),
            rule.months,
            rule.minimum_due
        ),
    }
}

#[cfg(test)]
mod tests {
    use tributary_proto::{
        google::r#type::Decimal,
        tributary::contract::v1::{
            CommitmentPaceRule, DocumentExpiringRule, ObligationOverdueRule, OnTimeRateRule, PaymentLateRule,
            alert_rule_spec::Condition,
        },
    };

    use super::{condition, rule_id};

    #[test]
    fn conditions_are_told_in_words() {
        let number = |value: &str| Some(Decimal { value: value.to_owned() });
        let pace = CommitmentPaceRule {
            trigger_below: number("0.8"),
            clear_from: number("0.9"),
            critical_below: number("0.5"),
            minimum_elapsed: None,
        };
        assert_eq!(condition(&Condition::CommitmentPace(pace)), "pace below 0.8, critical below 0.5, clear from 0.9");
        let late = PaymentLateRule { trigger_days: 7, critical_days: 0, clear_days: 1 };
        assert_eq!(condition(&Condition::PaymentLate(late)), "7 days overdue, clear at 1");
        let overdue = ObligationOverdueRule { trigger_days: 3, critical_days: 30, clear_days: 0, kinds: vec![4, 2] };
        assert_eq!(
            condition(&Condition::ObligationOverdue(overdue)),
            "3 days overdue, critical from 30, clear at 0; data report, delivery"
        );
        let kinds = vec!["BUSINESS_LICENCE".to_owned()];
        let ends = DocumentExpiringRule { trigger_days: 60, critical_days: 7, kinds };
        assert_eq!(
            condition(&Condition::DocumentExpiring(ends)),
            "60 days before the end, critical 7 before; business licence"
        );
        let rate = OnTimeRateRule {
            trigger_below: number("0.8"),
            clear_from: number("0.9"),
            critical_below: None,
            months: 6,
            minimum_due: 5,
        };
        assert_eq!(
            condition(&Condition::OnTimeRate(rate)),
            "rate below 0.8, clear from 0.9; of 6 months, 5 due at least"
        );
        assert_eq!(rule_id("alertRules/payment-late/versions/2"), "payment-late");
    }
}
