//! Filters written down by hand, and random ones that must never panic.

use proptest::prelude::*;

use super::{Expr, Field, Fields, Kind, Op, parse};

const ALL: &[Op] = &[Op::Equal, Op::NotEqual, Op::Less, Op::LessOrEqual, Op::Greater, Op::GreaterOrEqual, Op::Has];

const FIELDS: Fields = Fields(&[
    Field { name: "display_name", kind: Kind::Text, ops: ALL },
    Field { name: "status", kind: Kind::Enum(&["ACTIVE", "FROZEN"]), ops: &[Op::Equal, Op::NotEqual] },
    Field { name: "net", kind: Kind::Number, ops: ALL },
    Field { name: "from", kind: Kind::Date, ops: ALL },
    Field { name: "open", kind: Kind::Bool, ops: &[Op::Equal] },
    Field { name: "labels.*", kind: Kind::Text, ops: &[Op::Equal, Op::Has] },
]);

/// Writes an expression with all its parentheses.
fn shown(expr: &Expr) -> String {
    let list = |parts: &[Expr], word: &str| format!("({})", parts.iter().map(shown).collect::<Vec<_>>().join(word));
    match expr {
        Expr::And(parts) => list(parts, " AND "),
        Expr::Or(parts) => list(parts, " OR "),
        Expr::Not(part) => format!("NOT {}", shown(part)),
        Expr::Compare { field, op, value } => format!("{field}{op}{value}"),
    }
}

fn read(text: &str) -> String {
    parse(text, &FIELDS).map_or_else(|fault| fault.message().to_owned(), |e| e.as_ref().map_or(String::new(), shown))
}

#[test]
fn comparisons_and_their_binding() {
    for (text, expected) in [
        ("", ""),
        ("  ", ""),
        ("status = ACTIVE", "status=ACTIVE"),
        ("net>=-1.5", "net>=-1.5"),
        ("net <= 2 AND net < 3", "(net<=2 AND net<3)"),
        (r#"display_name:"广州 \"晨光\"""#, "display_name:广州 \"晨光\""),
        ("display_name = 'AND'", "display_name=AND"),
        ("labels.segment = road", "labels.segment=road"),
        (r#"labels."two words": x"#, "labels.two words:x"),
        ("from > 2012-07-31", "from>2012-07-31"),
        // OR binds tighter than AND.
        ("open = true AND net = 1 OR net = 2", "(open=true AND (net=1 OR net=2))"),
        ("(open = true AND net = 1) OR net = 2", "((open=true AND net=1) OR net=2)"),
        ("NOT net = 1 AND NOT (net = 2 OR net = 3)", "(NOT net=1 AND NOT (net=2 OR net=3))"),
        ("((((((((net = 1))))))))", "net=1"),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn refusals_say_where_and_what() {
    for (text, at, part) in [
        ("colour = red", 1, "the fields are display_name, status, net, from, open, labels.KEY"),
        ("net = 1 AND", 12, "a field is expected"),
        ("net = 1 net = 2", 9, "AND or OR is missing"),
        ("net", 4, "a comparison is expected after net"),
        ("net =", 6, "a value is expected"),
        ("net = AND", 7, "a value is expected"),
        ("status > ACTIVE", 8, "status does not know >; use one of = !="),
        ("status = GONE", 10, "\"GONE\" is not one of ACTIVE, FROZEN"),
        ("net = 1e3", 7, "not a decimal"),
        ("from = 2012-02-30", 8, "not a date"),
        ("open = yes", 8, "neither true nor false"),
        ("(net = 1", 1, "never closed"),
        ("net = 1)", 8, "closes nothing"),
        ("(net = 1 net = 2)", 10, "AND, OR or ) is missing"),
        ("net ! 1", 5, "does not belong here"),
        ("display_name = \"x", 16, "no closing"),
        (r#"display_name = "\n""#, 18, "after \\ only"),
        ("labels. = x", 1, "not a field"),
        ("广 = 1", 1, "not a field"),
        ("(((((((((net = 1)))))))))", 10, "more than 8 levels"),
        ("NOT NOT NOT NOT NOT NOT NOT NOT NOT net = 1", 37, "more than 8 levels"),
    ] {
        let fault = parse(text, &FIELDS).expect_err(text);
        assert_eq!(fault.reason().code, "FILTER_INVALID");
        assert!(fault.message().contains(&format!("position {at}: ")), "{text}: {}", fault.message());
        assert!(fault.message().contains(part), "{text}: {}", fault.message());
    }
    assert!(parse(&"x".repeat(2049), &FIELDS).expect_err("long").message().contains("2049 bytes"));
}

proptest! {
    #[test]
    fn any_text_is_answered(text in any::<String>()) {
        let _ = parse(&text, &FIELDS);
    }

    #[test]
    fn any_mix_of_parts_is_answered(parts in prop::collection::vec(
        prop::sample::select(vec!["net", "=", "1", "AND", "OR", "NOT", "(", ")", "\"", "\\", "!", ":", "labels.", " ", "<=", "é"]), 0..200,
    )) {
        let _ = parse(&parts.join(" "), &FIELDS);
        let _ = parse(&parts.concat(), &FIELDS);
    }
}
