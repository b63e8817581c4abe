//! Targets: what they may say, how they change, how they stand.

mod changes;
mod checks;
mod progress;

use tributary_core::{Decimal, ResourceId, Timestamp};

use super::{Aim, AimDraft, ScopeDraft, Target};

/// "gmv" in CNY in a period.
fn gmv(period: &str) -> ScopeDraft {
    ScopeDraft {
        metric: "gmv".to_owned(),
        period: period.to_owned(),
        currency_code: "CNY".to_owned(),
        ..ScopeDraft::default()
    }
}

/// A metric without a currency.
fn plain(metric: &str, period: &str) -> ScopeDraft {
    ScopeDraft { metric: metric.to_owned(), currency_code: String::new(), ..gmv(period) }
}

fn decimal(text: &str) -> Decimal {
    text.parse().expect("decimal")
}

/// To reach a value.
fn value(text: &str) -> AimDraft {
    AimDraft { value: Some(decimal(text)), ..AimDraft::default() }
}

/// To grow.
fn growth(text: &str) -> AimDraft {
    AimDraft { growth: Some(decimal(text)), ..AimDraft::default() }
}

fn aim(draft: AimDraft) -> Aim {
    draft.check(None).expect("an aim")
}

fn target(scope: ScopeDraft, draft: AimDraft) -> Target {
    let scope = scope.check().expect("a scope");
    let aim = draft.check(Some(&scope)).expect("an aim");
    Target::new(ResourceId::parse("t").expect("id"), scope, aim, Timestamp(7))
}
