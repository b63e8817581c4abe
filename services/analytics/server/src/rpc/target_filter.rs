//! Filters of ListTargets as conditions of the store.

use tributary_core::Fault;
use tributary_rpc::filter::{Expr, Field, Fields, Kind, Op, parse};

use crate::ports::targets::TargetCondition;

const SAME: &[Op] = &[Op::Equal, Op::NotEqual];

/// The fields of the proto comment.
const FIELDS: Fields = Fields(&[
    Field { name: "metric", kind: Kind::Text, ops: SAME },
    Field { name: "period", kind: Kind::Text, ops: SAME },
    Field { name: "owner", kind: Kind::Text, ops: SAME },
]);

/// Reads a filter; `None` for an empty one.
///
/// # Errors
/// `FILTER_INVALID`.
pub(super) fn condition(filter: &str) -> Result<Option<TargetCondition>, Fault> {
    parse(filter, &FIELDS)?.map(of).transpose()
}

fn of(expr: Expr) -> Result<TargetCondition, Fault> {
    Ok(match expr {
        Expr::And(parts) => TargetCondition::All(parts.into_iter().map(of).collect::<Result<_, _>>()?),
        Expr::Or(parts) => TargetCondition::Any(parts.into_iter().map(of).collect::<Result<_, _>>()?),
        Expr::Not(inner) => TargetCondition::Not(Box::new(of(*inner)?)),
        Expr::Compare { field, op, value } => {
            let same = match field.as_str() {
                "metric" => TargetCondition::Metric(value),
                "period" => TargetCondition::Period(value),
                "owner" => TargetCondition::Owner(value),
                other => return Err(Fault::internal(format!("{other} was declared and is not compared"))),
            };
            if op == Op::NotEqual { TargetCondition::Not(Box::new(same)) } else { same }
        }
    })
}
