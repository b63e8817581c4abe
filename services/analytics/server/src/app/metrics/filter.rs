//! Filters of the metric layer as conditions on facts.

use analytics_domain::metric::{Condition, Dimension, FactKind};
use tributary_core::{Currency, Fault, ResourceId, fault::common::FILTER_INVALID};
use tributary_rpc::filter::{Expr, Field, Fields, Kind, Op, parse};

const KINDS: &[&str] = &["SELL_IN", "SELL_OUT", "RETURN", "ADJUSTMENT"];
const SAME: &[Op] = &[Op::Equal, Op::NotEqual];

/// The fields of the proto comment.
const FIELDS: Fields = Fields(&[
    Field { name: "partner", kind: Kind::Text, ops: SAME },
    Field { name: "region", kind: Kind::Text, ops: &[Op::Equal, Op::NotEqual, Op::Has] },
    Field { name: "product_line", kind: Kind::Text, ops: SAME },
    Field { name: "sku", kind: Kind::Text, ops: SAME },
    Field { name: "channel", kind: Kind::Text, ops: SAME },
    Field { name: "sub_channel", kind: Kind::Text, ops: SAME },
    Field { name: "kind", kind: Kind::Enum(KINDS), ops: SAME },
    Field { name: "currency", kind: Kind::Text, ops: SAME },
]);

/// Reads a filter; `None` for an empty one.
///
/// # Errors
/// `FILTER_INVALID`.
pub fn condition(filter: &str) -> Result<Option<Condition>, Fault> {
    parse(filter, &FIELDS)?.map(of).transpose()
}

fn of(expr: Expr) -> Result<Condition, Fault> {
    Ok(match expr {
        Expr::And(parts) => Condition::All(parts.into_iter().map(of).collect::<Result<_, _>>()?),
        Expr::Or(parts) => Condition::Any(parts.into_iter().map(of).collect::<Result<_, _>>()?),
        Expr::Not(inner) => Condition::Not(Box::new(of(*inner)?)),
        Expr::Compare { field, op: Op::NotEqual, value } => {
            Condition::Not(Box::new(comparison(&field, Op::Equal, value)?))
        }
        Expr::Compare { field, op, value } => comparison(&field, op, value)?,
    })
}

fn comparison(field: &str, op: Op, value: String) -> Result<Condition, Fault> {
    let wrong = |e: String| Fault::new(FILTER_INVALID, format!("{field}: {e}"));
    let Some(dimension) = Dimension::ALL.into_iter().find(|dimension| dimension.name() == field) else {
        return Err(wrong("is not a field of this filter".to_owned()));
    };
    if op == Op::Has {
        // Whole parts: "CN/GD" finds CN/GD and CN/GD/GZ, never CN/GDX; "" finds everything.
        return Ok(Condition::Within(value.trim_end_matches('/').to_owned()));
    }
    let text = match dimension {
        Dimension::Partner if value.is_empty() => value,
        Dimension::Partner => ResourceId::from_name("partners", &value).map_err(wrong)?.to_string(),
        Dimension::Currency => Currency::parse(&value).map_err(wrong)?.code().to_owned(),
        Dimension::Kind => FactKind::parse(&value).map_err(wrong)?.name().to_owned(),
        Dimension::Channel if !matches!(value.as_str(), "" | "ONLINE" | "OFFLINE" | "EMERGING") => {
            return Err(wrong(format!("{value:?} is not one of ONLINE, OFFLINE, EMERGING; \"\" is none")));
        }
        _ => value,
    };
    Ok(Condition::Is(dimension, text))
}

#[cfg(test)]
mod tests {
    use analytics_domain::metric::{Condition, Dimension, FactKind};

    use super::{FIELDS, KINDS, condition};

    #[test]
    fn every_name_of_the_domain_can_be_filtered() {
        assert_eq!(KINDS, FactKind::ALL.map(FactKind::name));
        assert_eq!(FIELDS.0.len(), Dimension::ALL.len());
        for dimension in Dimension::ALL {
            assert!(FIELDS.0.iter().any(|field| field.name == dimension.name()), "{dimension:?}");
        }
    }

    #[test]
    fn filters_are_conditions() {
        let is = |dimension, text: &str| Condition::Is(dimension, text.to_owned());
        let within = |region: &str| Condition::Within(region.to_owned());
        for (filter, expected) in [
            ("partner = partners/north", is(Dimension::Partner, "north")),
            (r#"partner = """#, is(Dimension::Partner, "")),
            (r#"region:"CN/GD/""#, within("CN/GD")),
            (r#"region = "CN/GD""#, is(Dimension::Region, "CN/GD")),
            (r#"channel != """#, Condition::Not(Box::new(is(Dimension::Channel, "")))),
            (
                "NOT kind = RETURN AND (sku = B1 OR currency = CNY)",
                Condition::All(vec![
                    Condition::Not(Box::new(is(Dimension::Kind, "RETURN"))),
                    Condition::Any(vec![is(Dimension::Sku, "B1"), is(Dimension::Currency, "CNY")]),
                ]),
            ),
        ] {
            assert_eq!(condition(filter), Ok(Some(expected)), "{filter}");
        }
        assert_eq!(condition(""), Ok(None));
    }

    #[test]
    fn wrong_filters_are_refused() {
        for bad in [
            "partner = north",
            "channel = online",
            "kind = SALE",
            "currency = RMB",
            "sku:B1",
            "colour = red",
            "net > 5",
        ] {
            let fault = condition(bad).expect_err(bad);
            assert_eq!(fault.reason().code, "FILTER_INVALID", "{bad}");
        }
    }
}
