//! Series of equal obligations, such as twelve monthly payments.

use tributary_core::Violations;

use super::{Duty, draft::LAST_YEAR};
use crate::{MAX_TITLE, text::line};

/// The place of the number in a title.
const NUMBER: &str = "{n}";

/// `count` duties, each `every_months` after the one before. Due days are counted from the first, so that 31 January is
/// followed by 28 February and 31 March.
///
/// # Errors
/// Every violation at once, under the field names of `ScheduleObligationsRequest`.
pub fn series(template: &Duty, every_months: i32, count: i32) -> Result<Vec<Duty>, Violations> {
    let mut v = Violations::new();
    if !(1..=120).contains(&every_months) {
        v.add("every_months", format!("{every_months} is not between 1 and 120"));
    }
    if !(1..=240).contains(&count) {
        v.add("count", format!("{count} is not between 1 and 240"));
    }
    if count > 1 && template.external_ref.is_some() {
        v.add("template.external_ref", "an external ref is unique and a series has several members; unset it");
    }
    if !v.is_empty() {
        return Err(v);
    }
    let mut duties = Vec::new();
    for n in 0..count {
        let number = n.saturating_add(1).to_string();
        let duty = Duty {
            title: template.title.replace(NUMBER, &number),
            due_on: template.due_on.plus_months(every_months.saturating_mul(n)),
            ..template.clone()
        };
        duties.push(duty);
    }
    if let Some(longest) = duties.iter().map(|duty| &duty.title).max_by_key(|title| title.chars().count()) {
        line(&mut v, "template.title", longest, MAX_TITLE);
    }
    if let Some(last) = duties.last().filter(|duty| duty.due_on.ymd().0 > LAST_YEAR) {
        v.add("count", format!("the last one is due on {}, after the year {LAST_YEAR}; plan fewer", last.due_on));
    }
    if v.is_empty() { Ok(duties) } else { Err(v) }
}
