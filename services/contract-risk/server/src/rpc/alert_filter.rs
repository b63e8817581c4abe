//! Filters of ListAlerts as conditions of the store.

use contract_risk_domain::alert::{AlertState, Severity};
use tributary_core::{Fault, fault::common::FILTER_INVALID};
use tributary_rpc::filter::{Expr, Field, Fields, Kind, Op, parse};

use crate::ports::AlertCondition;

const SAME: &[Op] = &[Op::Equal, Op::NotEqual];

/// The fields of the proto comment.
const FIELDS: Fields = Fields(&[
    Field { name: "partner", kind: Kind::Text, ops: SAME },
    Field { name: "contract", kind: Kind::Text, ops: SAME },
    Field { name: "rule", kind: Kind::Text, ops: SAME },
    Field { name: "severity", kind: Kind::Enum(Severity::NAMES), ops: SAME },
    Field { name: "state", kind: Kind::Enum(AlertState::NAMES), ops: SAME },
]);

/// Reads a filter; `None` for an empty one.
pub(super) fn condition(filter: &str) -> Result<Option<AlertCondition>, Fault> {
    parse(filter, &FIELDS)?.map(of).transpose()
}

fn of(expr: Expr) -> Result<AlertCondition, Fault> {
    Ok(match expr {
        Expr::And(parts) => AlertCondition::All(parts.into_iter().map(of).collect::<Result<_, _>>()?),
        Expr::Or(parts) => AlertCondition::Any(parts.into_iter().map(of).collect::<Result<_, _>>()?),
        Expr::Not(inner) => AlertCondition::Not(Box::new(of(*inner)?)),
        Expr::Compare { field, op: Op::NotEqual, value } => AlertCondition::Not(Box::new(equal(&field, &value)?)),
        Expr::Compare { field, value, .. } => equal(&field, &value)?,
    })
}

fn equal(field: &str, value: &str) -> Result<AlertCondition, Fault> {
    let wrong = |e: String| Fault::new(FILTER_INVALID, format!("{field}: {e}"));
    // With or without the collection in front.
    let id = |collection: &str| value.strip_prefix(collection).unwrap_or(value).to_owned();
    Ok(match field {
        "partner" => AlertCondition::Partner(id("partners/")),
        "contract" => AlertCondition::Contract(id("contracts/")),
        "rule" => AlertCondition::Rule(id("alertRules/")),
        "severity" => AlertCondition::Severity(Severity::parse(value).map_err(wrong)?),
        "state" => AlertCondition::State(AlertState::parse(value).map_err(wrong)?),
        _ => return Err(wrong("is not a field of this filter".to_owned())),
    })
}

#[cfg(test)]
mod tests {
    use contract_risk_domain::alert::{AlertState, Severity};

    use super::condition;
    use crate::ports::AlertCondition as C;

    #[test]
    fn filters_become_conditions() {
        assert_eq!(condition(""), Ok(None));
        let unresolved = C::Not(Box::new(C::State(AlertState::Resolved)));
        let critical = C::Severity(Severity::Critical);
        assert_eq!(
            condition(r#"state != "RESOLVED" AND severity = CRITICAL"#),
            Ok(Some(C::All(vec![unresolved, critical])))
        );
        let partner = C::Partner("gz".to_owned());
        assert_eq!(condition(r#"partner = "partners/gz""#), Ok(Some(partner.clone())));
        assert_eq!(condition("partner = gz"), Ok(Some(partner)));
        assert_eq!(
            condition("rule = alertRules/x OR contract = contracts/y"),
            Ok(Some(C::Any(vec![C::Rule("x".to_owned()), C::Contract("y".to_owned())])))
        );
        for bad in ["colour = red", "severity = LOW", "state < OPEN", "partner : gz"] {
            assert!(condition(bad).is_err(), "{bad}");
        }
    }
}
