//! Filters of ListContracts as conditions of the store.

use std::cmp::Ordering;

use contract_risk_domain::{ContractState, CooperationModel, ExternalRef};
use tributary_core::{Date, Fault, ResourceId, Scope, fault::common::FILTER_INVALID};
use tributary_rpc::filter::{Expr, Field, Fields, Kind, Op, parse_for};

use crate::ports::ContractCondition;

const SAME: &[Op] = &[Op::Equal, Op::NotEqual];
const ORDERED: &[Op] = &[Op::Equal, Op::NotEqual, Op::Less, Op::LessOrEqual, Op::Greater, Op::GreaterOrEqual];

/// The fields of the proto comment.
const FIELDS: Fields = Fields(&[
    Field { name: "partner", kind: Kind::Text, ops: SAME },
    Field { name: "state", kind: Kind::Enum(ContractState::NAMES), ops: SAME },
    Field { name: "model", kind: Kind::Enum(CooperationModel::NAMES), ops: SAME },
    Field { name: "owner", kind: Kind::Text, ops: SAME },
    Field { name: "effective_from", kind: Kind::Date, ops: ORDERED },
    Field { name: "effective_to", kind: Kind::Date, ops: ORDERED },
    Field { name: "external_ref", kind: Kind::Text, ops: SAME },
]);

/// Reads a filter of somebody who sees so much of the contracts; `None` for an empty one.
pub(super) fn condition(scope: &Scope, filter: &str) -> Result<Option<ContractCondition>, Fault> {
    parse_for(scope, "tributary.contract.v1.Contract", filter, &FIELDS)?.map(of).transpose()
}

fn of(expr: Expr) -> Result<ContractCondition, Fault> {
    let all = |parts: Vec<Expr>| parts.into_iter().map(of).collect::<Result<Vec<_>, _>>();
    let not = |condition| ContractCondition::Not(Box::new(condition));
    Ok(match expr {
        Expr::And(parts) => ContractCondition::All(all(parts)?),
        Expr::Or(parts) => ContractCondition::Any(all(parts)?),
        Expr::Not(inner) => not(of(*inner)?),
        Expr::Compare { field, op, value } => {
            // Two of the comparisons are the opposite of another.
            let (ordering, opposite) = match op {
                Op::NotEqual => (Ordering::Equal, true),
                Op::Less => (Ordering::Less, false),
                Op::GreaterOrEqual => (Ordering::Less, true),
                Op::Greater => (Ordering::Greater, false),
                Op::LessOrEqual => (Ordering::Greater, true),
                Op::Equal | Op::Has => (Ordering::Equal, false),
            };
            let wrong = |e: String| Fault::new(FILTER_INVALID, format!("{field}: {e}"));
            let condition = comparison(&field, ordering, &value).map_err(wrong)?;
            if opposite { not(condition) } else { condition }
        }
    })
}

fn comparison(field: &str, ordering: Ordering, value: &str) -> Result<ContractCondition, String> {
    Ok(match field {
        "partner" => ContractCondition::Partner(ResourceId::from_name("partners", value)?),
        "state" => ContractCondition::State(ContractState::parse(value)?),
        "model" => ContractCondition::Model(CooperationModel::parse(value)?),
        "owner" => ContractCondition::Owner(value.to_owned()),
        "effective_from" => ContractCondition::From(ordering, Date::parse(value)?),
        "effective_to" => ContractCondition::To(ordering, Date::parse(value)?),
        "external_ref" => {
            let (system, id) =
                value.split_once(':').ok_or_else(|| format!("{value:?} is not \"SYSTEM:ID\", such as \"erp:V-1\""))?;
            ContractCondition::Ref(ExternalRef { system: system.to_owned(), id: id.to_owned() })
        }
        _ => return Err("is not a field of this filter".to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use tributary_core::{Date, Scope};

    use super::{ContractCondition as C, condition as of};

    fn condition(filter: &str) -> Result<Option<C>, tributary_core::Fault> {
        of(&Scope::Tenant, filter)
    }

    #[test]
    fn partners_ask_nothing_of_what_is_ours() {
        let own = Scope::Partners(vec!["partners/a".to_owned()]);
        assert!(of(&own, "state = \"ACTIVE\" AND effective_to < \"2027-01-01\"").is_ok());
        for ours in ["owner = \"li.wei\"", "NOT (state = \"ACTIVE\" OR owner != \"x\")", "external_ref = \"erp:V-1\""] {
            assert!(condition(ours).is_ok(), "{ours}");
            let refusal = of(&own, ours).expect_err(ours);
            assert!(refusal.message().contains("is for the house alone"), "{}", refusal.message());
        }
    }

    #[test]
    fn comparisons_become_conditions() {
        let day = || Date::parse("2027-01-01").expect("day");
        let read = |filter: &str| condition(filter).expect("good").expect("not empty");
        assert_eq!(read("effective_to < \"2027-01-01\""), C::To(Ordering::Less, day()));
        assert_eq!(read("effective_to >= \"2027-01-01\""), C::Not(Box::new(C::To(Ordering::Less, day()))));
        assert_eq!(read("effective_from <= \"2027-01-01\""), C::Not(Box::new(C::From(Ordering::Greater, day()))));
        assert_eq!(read("effective_from != \"2027-01-01\""), C::Not(Box::new(C::From(Ordering::Equal, day()))));
        assert!(matches!(read("external_ref = \"erp:V:1\""), C::Ref(r) if (&*r.system, &*r.id) == ("erp", "V:1")));
        assert_eq!(condition("").expect("empty"), None);
        for wrong in
            ["state = \"OPEN\"", "state < \"DRAFT\"", "partner = \"p\"", "external_ref = \"V\"", "title = \"x\""]
        {
            assert!(condition(wrong).is_err(), "{wrong}");
        }
    }
}
