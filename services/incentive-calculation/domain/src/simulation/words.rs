//! A comparison in sentences.

use tributary_core::{Exact, MinorAmount};

use super::{Change, Totals};
use crate::explain::{money, percent};

/// How many winners and losers are named.
const NAMED: usize = 3;

/// The totals, who wins and who loses most, one sentence each. `name` gives a payee's name for people.
#[must_use]
pub fn sentences(totals: &[Totals], changes: &[Change], name: impl Fn(&str) -> String) -> Vec<String> {
    let mut said = Vec::new();
    for sum in totals {
        let amount = |value: i64| money(MinorAmount { currency: sum.currency, value });
        let difference = sum.after.saturating_sub(sum.before);
        let whole = |value: i64| Exact::from_scaled(i128::from(value).abs(), 0);
        let share = whole(difference).checked_div(&whole(sum.before));
        let share = share.map_or_else(String::new, |s| format!(", {} of what is paid now", percent(&s)));
        let direction = if difference < 0 { "less" } else { "more" };
        said.push(if difference == 0 {
            format!("{} as now.", amount(sum.after))
        } else {
            format!(
                "{} instead of {}: {} {direction}{share}.",
                amount(sum.after),
                amount(sum.before),
                amount(difference.saturating_abs())
            )
        });
        said.push(format!(
            "More for {}, less for {}, the same for {}.",
            payees(sum.winners),
            payees(sum.losers),
            payees(sum.unchanged)
        ));
        let mut own: Vec<&Change> = changes.iter().filter(|c| c.currency == sum.currency).collect();
        own.sort_by_key(|c| (c.difference(), c.payee.clone()));
        let lost = own.iter().take_while(|c| c.difference() < 0).take(NAMED);
        said.extend(lost.map(|c| format!("{} loses {}.", name(&c.payee), amount(c.difference().saturating_abs()))));
        let won = own.iter().rev().take_while(|c| c.difference() > 0).take(NAMED);
        said.extend(won.map(|c| format!("{} gains {}.", name(&c.payee), amount(c.difference()))));
    }
    said
}

fn payees(count: i64) -> String {
    if count == 1 { "1 payee".to_owned() } else { format!("{count} payees") }
}
