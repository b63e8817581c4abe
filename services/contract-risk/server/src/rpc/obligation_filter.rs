//! Filters of ListObligations and ListReminders as conditions of the store.

use std::cmp::Ordering;

use contract_risk_domain::{ObligationKind, ObligationState, Party, ReminderStep, parse_obligation_name};
use tributary_core::{Date, Fault, ResourceId, Scope, fault::common::FILTER_INVALID};
use tributary_rpc::filter::{Expr, Field, Fields, Kind, Op, parse, parse_for};

use crate::ports::{ObligationCondition, ReminderCondition};

const SAME: &[Op] = &[Op::Equal, Op::NotEqual];
const ORDERED: &[Op] = &[Op::Equal, Op::NotEqual, Op::Less, Op::LessOrEqual, Op::Greater, Op::GreaterOrEqual];

/// The fields of the proto comment of ListObligations.
const OBLIGATIONS: Fields = Fields(&[
    Field { name: "partner", kind: Kind::Text, ops: SAME },
    Field { name: "kind", kind: Kind::Enum(ObligationKind::NAMES), ops: SAME },
    Field { name: "state", kind: Kind::Enum(ObligationState::NAMES), ops: SAME },
    Field { name: "debtor", kind: Kind::Enum(Party::NAMES), ops: SAME },
    Field { name: "owner", kind: Kind::Text, ops: SAME },
    Field { name: "due_on", kind: Kind::Date, ops: ORDERED },
    Field { name: "overdue", kind: Kind::Bool, ops: SAME },
]);

/// The fields of the proto comment of ListReminders.
const REMINDERS: Fields = Fields(&[
    Field { name: "partner", kind: Kind::Text, ops: SAME },
    Field { name: "contract", kind: Kind::Text, ops: SAME },
    Field { name: "obligation", kind: Kind::Text, ops: SAME },
    Field { name: "step", kind: Kind::Enum(ReminderStep::NAMES), ops: SAME },
    Field { name: "remind_on", kind: Kind::Date, ops: ORDERED },
]);

/// Reads a filter of obligations by somebody who sees so much of them; `None` for an empty one. What is overdue depends on
/// `today`.
pub(super) fn obligations(scope: &Scope, filter: &str, today: Date) -> Result<Option<ObligationCondition>, Fault> {
    let read = parse_for(scope, "tributary.contract.v1.Obligation", filter, &OBLIGATIONS)?;
    read.map(|expr| obligation(expr, today)).transpose()
}

/// Reads a filter of reminders; `None` for an empty one.
pub(super) fn reminders(filter: &str) -> Result<Option<ReminderCondition>, Fault> {
    parse(filter, &REMINDERS)?.map(reminder).transpose()
}

fn obligation(expr: Expr, today: Date) -> Result<ObligationCondition, Fault> {
    use ObligationCondition as C;
    let all = |parts: Vec<Expr>| parts.into_iter().map(|part| obligation(part, today)).collect::<Result<Vec<_>, _>>();
    let not = |condition| C::Not(Box::new(condition));
    Ok(match expr {
        Expr::And(parts) => C::All(all(parts)?),
        Expr::Or(parts) => C::Any(all(parts)?),
        Expr::Not(inner) => not(obligation(*inner, today)?),
        Expr::Compare { field, op, value } => {
            let (ordering, opposite) = compared(op);
            let condition = of_obligation(&field, ordering, &value, today).map_err(|e| wrong(&field, &e))?;
            if opposite { not(condition) } else { condition }
        }
    })
}

fn of_obligation(field: &str, ordering: Ordering, value: &str, today: Date) -> Result<ObligationCondition, String> {
    use ObligationCondition as C;
    Ok(match field {
        "partner" => C::Partner(ResourceId::from_name("partners", value)?),
        "kind" => C::Kind(ObligationKind::parse(value)?),
        "state" => C::State(ObligationState::parse(value)?),
        "debtor" => C::Debtor(Party::parse(value)?),
        "owner" => C::Owner(value.to_owned()),
        "due_on" => C::DueOn(ordering, Date::parse(value)?),
        "overdue" if value == "true" => C::Overdue(today),
        "overdue" => C::Not(Box::new(C::Overdue(today))),
        _ => return Err("is not a field of this filter".to_owned()),
    })
}

fn reminder(expr: Expr) -> Result<ReminderCondition, Fault> {
    use ReminderCondition as C;
    let all = |parts: Vec<Expr>| parts.into_iter().map(reminder).collect::<Result<Vec<_>, _>>();
    let not = |condition| C::Not(Box::new(condition));
    Ok(match expr {
        Expr::And(parts) => C::All(all(parts)?),
        Expr::Or(parts) => C::Any(all(parts)?),
        Expr::Not(inner) => not(reminder(*inner)?),
        Expr::Compare { field, op, value } => {
            let (ordering, opposite) = compared(op);
            let condition = of_reminder(&field, ordering, &value).map_err(|e| wrong(&field, &e))?;
            if opposite { not(condition) } else { condition }
        }
    })
}

fn of_reminder(field: &str, ordering: Ordering, value: &str) -> Result<ReminderCondition, String> {
    use ReminderCondition as C;
    Ok(match field {
        "partner" => C::Partner(ResourceId::from_name("partners", value)?),
        "contract" => C::Contract(ResourceId::from_name("contracts", value)?),
        "obligation" => {
            let (contract, id) = parse_obligation_name(value)?;
            C::Obligation(contract, id)
        }
        "step" => C::Step(ReminderStep::parse(value)?),
        "remind_on" => C::RemindOn(ordering, Date::parse(value)?),
        _ => return Err("is not a field of this filter".to_owned()),
    })
}

/// How a value stands to the one asked for, and whether the opposite is meant.
fn compared(op: Op) -> (Ordering, bool) {
    match op {
        Op::NotEqual => (Ordering::Equal, true),
        Op::Less => (Ordering::Less, false),
        Op::GreaterOrEqual => (Ordering::Less, true),
        Op::Greater => (Ordering::Greater, false),
        Op::LessOrEqual => (Ordering::Greater, true),
        Op::Equal | Op::Has => (Ordering::Equal, false),
    }
}

fn wrong(field: &str, e: &str) -> Fault {
    Fault::new(FILTER_INVALID, format!("{field}: {e}"))
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use contract_risk_domain::{ObligationKind, ReminderStep};
    use tributary_core::{Date, ResourceId, Scope};

    use super::{ObligationCondition as C, ReminderCondition as R, obligations, reminders};

    fn day(text: &str) -> Date {
        Date::parse(text).expect("a day")
    }

    #[test]
    fn filters_become_conditions() {
        let today = day("2026-04-01");
        let read = |filter: &str| obligations(&Scope::Tenant, filter, today).expect("good").expect("not empty");
        let not = |condition| C::Not(Box::new(condition));
        let due = day("2026-03-31");
        assert_eq!(read("due_on <= \"2026-03-31\""), not(C::DueOn(Ordering::Greater, due)));
        assert_eq!(read("due_on > \"2026-03-31\""), C::DueOn(Ordering::Greater, due));
        assert_eq!(read("due_on >= \"2026-03-31\""), not(C::DueOn(Ordering::Less, due)));
        let expected = C::All(vec![C::Overdue(today), C::Kind(ObligationKind::Payment)]);
        assert_eq!(read("overdue = true AND kind = \"PAYMENT\""), expected);
        assert_eq!(read("overdue = false"), not(C::Overdue(today)));
        assert_eq!(read("overdue != true"), not(C::Overdue(today)));
        assert_eq!(obligations(&Scope::Tenant, "", today).expect("empty"), None);
        for wrong in ["overdue = yes", "kind = \"GIFT\"", "state < \"OPEN\"", "partner = \"p\"", "title = \"x\""] {
            assert!(obligations(&Scope::Tenant, wrong, today).is_err(), "{wrong}");
        }
        let own = Scope::Partners(vec!["partners/a".to_owned()]);
        assert!(obligations(&own, "overdue = true", today).is_ok());
        assert!(obligations(&own, "overdue = true AND owner = \"li.wei\"", today).is_err(), "who is in charge is ours");
        let id = |text: &str| ResourceId::parse(text).expect("an id");
        let read = |filter: &str| reminders(filter).expect("good").expect("not empty");
        assert_eq!(read("step = \"OVERDUE\""), R::Step(ReminderStep::Overdue));
        assert_eq!(read("obligation = \"contracts/a/obligations/b\""), R::Obligation(id("a"), id("b")));
        assert_eq!(read("remind_on < \"2026-03-31\""), R::RemindOn(Ordering::Less, due));
        for wrong in ["obligation = \"b\"", "contract = \"a\"", "step = \"T_MINUS_2\"", "owner = \"x\""] {
            assert!(reminders(wrong).is_err(), "{wrong}");
        }
    }
}
