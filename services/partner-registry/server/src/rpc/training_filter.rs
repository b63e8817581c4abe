//! Filters of lists of training as conditions of the store.

use partner_registry_domain::training::{
    CertificateState, CourseKind, CourseState, DefinitionState, EnrolmentState, SessionState,
};
use tributary_core::{Date, Fault, Scope, fault::common::FILTER_INVALID};
use tributary_rpc::filter::{Expr, Field, Fields, Kind, Op, parse_for};

use crate::ports::{Condition, TrainingColumn as Column, TrainingTest as Test};

const SAME: &[Op] = &[Op::Equal, Op::NotEqual];
const SAME_OR_HAS: &[Op] = &[Op::Equal, Op::NotEqual, Op::Has];
const ORDERED: &[Op] = &[Op::Equal, Op::NotEqual, Op::Less, Op::LessOrEqual, Op::Greater, Op::GreaterOrEqual];
const YES_OR_NO: &[&str] = &["true", "false"];

const fn text(name: &'static str) -> Field {
    Field { name, kind: Kind::Text, ops: SAME }
}

const fn part(name: &'static str) -> Field {
    Field { name, kind: Kind::Text, ops: SAME_OR_HAS }
}

const fn one_of(name: &'static str, names: &'static [&'static str]) -> Field {
    Field { name, kind: Kind::Enum(names), ops: SAME }
}

const fn day(name: &'static str) -> Field {
    Field { name, kind: Kind::Date, ops: ORDERED }
}

const COURSES: Fields =
    Fields(&[part("display_name"), one_of("kind", CourseKind::NAMES), one_of("state", CourseState::NAMES)]);
const DEFINITIONS: Fields = Fields(&[part("display_name"), one_of("state", DefinitionState::NAMES)]);
const SESSIONS: Fields = Fields(&[text("course"), day("date"), part("place"), one_of("state", SessionState::NAMES)]);
const ENROLMENTS: Fields = Fields(&[text("person"), text("session"), one_of("state", EnrolmentState::NAMES)]);
const PERSONS: Fields =
    Fields(&[part("display_name"), part("role"), text("external_ref"), day("active_from"), day("active_until")]);
const RESULTS: Fields =
    Fields(&[text("person"), text("course"), text("session"), one_of("passed", YES_OR_NO), day("taken_on")]);
const CERTIFICATES: Fields = Fields(&[
    text("person"),
    text("certificate_definition"),
    one_of("state", CertificateState::NAMES),
    day("valid_from"),
    day("expires_on"),
    Field { name: "valid_on", kind: Kind::Date, ops: SAME },
]);

type Read = Result<Option<Condition<Test>>, Fault>;

/// Reads a filter of ListCourses.
pub(super) fn of_courses(scope: &Scope, filter: &str, today: Date) -> Read {
    read(parse_for(scope, "tributary.partner.v1.Course", filter, &COURSES)?, today)
}

/// Reads a filter of ListCertificateDefinitions.
pub(super) fn of_definitions(scope: &Scope, filter: &str, today: Date) -> Read {
    read(parse_for(scope, "tributary.partner.v1.CertificateDefinition", filter, &DEFINITIONS)?, today)
}

/// Reads a filter of ListTrainingSessions.
pub(super) fn of_sessions(scope: &Scope, filter: &str, today: Date) -> Read {
    read(parse_for(scope, "tributary.partner.v1.TrainingSession", filter, &SESSIONS)?, today)
}

/// Reads a filter of ListEnrolments.
pub(super) fn of_enrolments(scope: &Scope, filter: &str, today: Date) -> Read {
    read(parse_for(scope, "tributary.partner.v1.Enrolment", filter, &ENROLMENTS)?, today)
}

/// Reads a filter of ListPersons.
pub(super) fn of_persons(scope: &Scope, filter: &str, today: Date) -> Read {
    read(parse_for(scope, "tributary.partner.v1.Person", filter, &PERSONS)?, today)
}

/// Reads a filter of ListExamResults.
pub(super) fn of_results(scope: &Scope, filter: &str, today: Date) -> Read {
    read(parse_for(scope, "tributary.partner.v1.ExamResult", filter, &RESULTS)?, today)
}

/// Reads a filter of ListCertificates.
pub(super) fn of_certificates(scope: &Scope, filter: &str, today: Date) -> Read {
    read(parse_for(scope, "tributary.partner.v1.Certificate", filter, &CERTIFICATES)?, today)
}

fn read(expr: Option<Expr>, today: Date) -> Read {
    expr.map(|expr| condition(expr, today)).transpose()
}

fn condition(expr: Expr, today: Date) -> Result<Condition<Test>, Fault> {
    let all = |parts: Vec<Expr>| parts.into_iter().map(|part| condition(part, today)).collect::<Result<_, _>>();
    Ok(match expr {
        Expr::And(parts) => Condition::All(all(parts)?),
        Expr::Or(parts) => Condition::Any(all(parts)?),
        Expr::Not(inner) => Condition::Not(Box::new(condition(*inner, today)?)),
        Expr::Compare { field, op: Op::NotEqual, value } => {
            Condition::Not(Box::new(test(&field, Op::Equal, value, today)?))
        }
        Expr::Compare { field, op, value } => test(&field, op, value, today)?,
    })
}

fn test(field: &str, op: Op, value: String, today: Date) -> Result<Condition<Test>, Fault> {
    use Condition::{All, Any, Is, Not};
    let not = |condition| Not(Box::new(condition));
    let asked = match field {
        // An issued certificate whose last valid day is over counts as expired, whether that is recorded yet or not.
        "state" if value == CertificateState::Issued.as_str() => {
            let over = Is(Test::Before(Column::ExpiresOn, today));
            return Ok(All(vec![Is(Test::Is(Column::State, value)), not(over)]));
        }
        "state" if value == CertificateState::Expired.as_str() => {
            let issued = Is(Test::Is(Column::State, CertificateState::Issued.as_str().to_owned()));
            let over = All(vec![issued, Is(Test::Before(Column::ExpiresOn, today))]);
            return Ok(Any(vec![Is(Test::Is(Column::State, value)), over]));
        }
        "passed" => return Ok(Is(Test::Flag(Column::Passed, value == "true"))),
        "valid_on" => {
            let day = Date::parse(&value).map_err(|e| wrong(field, &e))?;
            let revoked = Any(vec![Is(Test::Before(Column::RevokedFrom, day)), Is(Test::On(Column::RevokedFrom, day))]);
            let begun = not(Is(Test::After(Column::ValidFrom, day)));
            return Ok(All(vec![begun, not(Is(Test::Before(Column::ExpiresOn, day))), not(revoked)]));
        }
        "display_name" => Column::Name,
        "place" => Column::Place,
        "role" => Column::Role,
        "kind" => Column::Kind,
        "state" => Column::State,
        "course" => Column::Course,
        "session" => Column::Session,
        "person" => Column::Person,
        "certificate_definition" => Column::Definition,
        "external_ref" => Column::Reference,
        day => {
            let column = match day {
                "date" => Column::Day,
                "taken_on" => Column::TakenOn,
                "valid_from" => Column::ValidFrom,
                "expires_on" => Column::ExpiresOn,
                "active_from" => Column::ActiveFrom,
                _ => Column::ActiveUntil,
            };
            let day = Date::parse(&value).map_err(|e| wrong(field, &e))?;
            let (before, on, after) =
                (Is(Test::Before(column, day)), Is(Test::On(column, day)), Is(Test::After(column, day)));
            return Ok(match op {
                Op::Less => before,
                Op::LessOrEqual => Any(vec![before, on]),
                Op::Greater => after,
                Op::GreaterOrEqual => Any(vec![after, on]),
                _ => on,
            });
        }
    };
    Ok(Is(if op == Op::Has { Test::Has(asked, value) } else { Test::Is(asked, value) }))
}

fn wrong(field: &str, e: &str) -> Fault {
    Fault::new(FILTER_INVALID, format!("{field}: {e}"))
}
