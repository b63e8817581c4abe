//! Whether a rule makes sense: every violation at once, under the field names of the API.

use tributary_core::{Decimal, Violations};

use super::spec::{Condition, Expiring, OnTimeRate, Overdue, Pace, RuleSpec};

/// What is wrong with a spec. Bounds of single fields that the annotations of the API state are not repeated here.
#[must_use]
pub fn check(spec: &RuleSpec) -> Violations {
    let mut v = Violations::new();
    if spec.title.trim().is_empty() {
        v.add("title", "is required and is blank; say what the rule warns of");
    }
    for (field, text) in [("title", &spec.title), ("suggested_action", &spec.suggested_action), ("owner", &spec.owner)]
    {
        if text.chars().any(char::is_control) {
            v.add(field, format!("{text:?} contains a control character; remove it"));
        }
    }
    let (name, found) = match &spec.condition {
        Condition::CommitmentPace(pace) => ("commitment_pace", check_pace(pace)),
        Condition::PaymentLate(overdue) => ("payment_late", check_overdue(*overdue)),
        Condition::ObligationOverdue { overdue, .. } => ("obligation_overdue", check_overdue(*overdue)),
        Condition::ContractExpiring(expiring) => ("contract_expiring", check_expiring(*expiring)),
        Condition::DocumentExpiring { expiring, .. } => ("document_expiring", check_expiring(*expiring)),
        Condition::OnTimeRate(rate) => ("on_time_rate", check_on_time(rate)),
    };
    v.nest(name, found);
    v
}

fn check_pace(pace: &Pace) -> Violations {
    let mut v = levels(pace.trigger_below, pace.clear_from, pace.critical_below);
    if !(Decimal::ZERO..=Decimal::ONE).contains(&pace.minimum_elapsed) {
        v.add("minimum_elapsed", format!("{} is not a part of a window; use 0 to 1", pace.minimum_elapsed));
    }
    v
}

fn check_on_time(rate: &OnTimeRate) -> Violations {
    let mut v = levels(rate.trigger_below, rate.clear_from, rate.critical_below);
    for (field, level) in [("trigger_below", rate.trigger_below), ("clear_from", rate.clear_from)] {
        if level > Decimal::ONE {
            v.add(field, format!("{level} is above 1, which no rate ever reaches; use at most 1"));
        }
    }
    v
}

/// 0 < critical ≤ trigger ≤ clear.
fn levels(trigger: Decimal, clear: Decimal, critical: Option<Decimal>) -> Violations {
    let mut v = Violations::new();
    if trigger <= Decimal::ZERO {
        v.add("trigger_below", format!("{trigger} is not above 0; nothing is ever below it"));
    }
    if clear < trigger {
        v.add(
            "clear_from",
            format!("{clear} is below trigger_below {trigger}; an alert would flap, use at least {trigger}"),
        );
    }
    if let Some(critical) = critical {
        if critical <= Decimal::ZERO {
            v.add("critical_below", format!("{critical} is not above 0; leave it out if nothing is critical"));
        }
        if critical > trigger {
            v.add("critical_below", format!("{critical} is above trigger_below {trigger}; use at most {trigger}"));
        }
    }
    v
}

fn check_overdue(Overdue { trigger_days, critical_days, clear_days }: Overdue) -> Violations {
    let mut v = Violations::new();
    if critical_days != 0 && critical_days < trigger_days {
        let text = format!(
            "{critical_days} is below trigger_days {trigger_days}; use 0 for never, or at least {trigger_days}"
        );
        v.add("critical_days", text);
    }
    if clear_days >= trigger_days {
        v.add("clear_days", format!("{clear_days} is not below trigger_days {trigger_days}; an alert would flap"));
    }
    v
}

fn check_expiring(Expiring { trigger_days, critical_days }: Expiring) -> Violations {
    let mut v = Violations::new();
    if critical_days > trigger_days {
        v.add(
            "critical_days",
            format!("{critical_days} is above trigger_days {trigger_days}; use at most {trigger_days}"),
        );
    }
    v
}
