//! Rewards on what other rules earned: a guarantee (R11) and a draw (R12).

use tributary_core::Exact;

use super::parts::{step, text};
use crate::{
    plan::{Draw, DrawKind},
    trace::StepTrace,
};

/// R11: what is missing to the guarantee: max(0, guaranteed × days ÷ of − earned). `share` is (days that count, days of
/// the period); equal for a whole period.
#[must_use]
pub fn guarantee(guaranteed: &Exact, share: (u32, u32), earned: &Exact) -> Exact {
    (prorated(guaranteed, share) - earned.clone()).max(Exact::zero())
}

/// What a draw does in a period. All amounts are at or above 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drawn {
    /// Paid to the payee.
    pub advance: Exact,
    /// Taken from the payee.
    pub recovery: Exact,
    /// Struck from the balance; moves no money.
    pub forgiveness: Exact,
    /// What is open after all that: balance brought in + advance − recovery − forgiveness; 0 if nothing is recoverable.
    pub balance: Exact,
    /// How the numbers came about: the draw prorated, then each of them with the balance before and after.
    pub steps: Vec<StepTrace>,
}

/// R12: what a draw does in a period. `drawn` is the amount for a whole period, `share` as in [`guarantee`], `balances`
/// what each earlier period left open, oldest first.
///
/// Earnings above the draw pay back what earlier periods left open, never the advance of this period. A balance that was
/// open at the end of so many periods in a row is forgiven, after this period's recovery.
#[must_use]
pub fn draw(rule: &Draw, drawn: &Exact, share: (u32, u32), earned: &Exact, balances: &[Exact]) -> Drawn {
    let due = prorated(drawn, share);
    let above = earned.clone() - due.clone();
    let advance = match rule.kind {
        DrawKind::Guarantee => (-above.clone()).max(Exact::zero()),
        DrawKind::AddOn => due.clone(),
    };
    let mut steps = Vec::new();
    if share.0 != share.1 {
        steps.push(step("draw", drawn, &due, format!("{} of {} days of the period count", share.0, share.1)));
    }
    if !rule.recoverable {
        return Drawn { advance, steps, ..Drawn::default() };
    }
    let open = balances.last().cloned().unwrap_or_default().max(Exact::zero());
    let recovery = (above.max(Exact::zero()) * Exact::from(rule.recovery_share)).min(open.clone());
    let after = open.clone() - recovery.clone();
    if open.is_positive() {
        steps.push(step("recovery", &open, &after, format!("earnings above the draw pay back {}", text(&recovery))));
    }
    let periods = balances.iter().rev().take_while(|b| b.is_positive()).count();
    let limit = usize::try_from(rule.forgive_after_periods).unwrap_or(usize::MAX);
    let forgiveness = if limit > 0 && periods >= limit { after.clone() } else { Exact::zero() };
    let rest = after.clone() - forgiveness.clone();
    if limit > 0 && after.is_positive() {
        let of = if limit == 1 { "1 period".to_owned() } else { format!("{limit} periods in a row") };
        let reason = format!("what is open at the end of {of} is forgiven; so far it was {periods}");
        steps.push(step("forgiveness", &after, &rest, reason));
    }
    let balance = rest.clone() + advance.clone();
    if advance.is_positive() {
        let reason = format!("the draw advances {}, which later earnings pay back", text(&advance));
        steps.push(step("open draw", &rest, &balance, reason));
    }
    Drawn { advance, recovery, forgiveness, balance, steps }
}

/// days ÷ of of an amount; the whole where there are no days to divide by.
pub(super) fn prorated(amount: &Exact, (days, of): (u32, u32)) -> Exact {
    let part = amount.clone() * Exact::from(i64::from(days));
    part.checked_div(&Exact::from(i64::from(of))).unwrap_or_else(|| amount.clone())
}
