//! Single values of JSON or of a query as the field wants them. Numbers are read as integers, never over a double.

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use prost_reflect::{EnumDescriptor, Kind, Value};

use super::text::Tree;

/// Standard letters, padded or not; the URL-safe ones are replaced before.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);
/// What of a value is shown in a sentence.
const SHOWN: usize = 100;

/// The value of a scalar or enum field from JSON.
///
/// # Errors
/// A sentence with the value and what is wanted.
pub(super) fn from_json(kind: &Kind, tree: &Tree) -> Result<Value, String> {
    match (kind, tree) {
        (Kind::Bool, Tree::Bool(value)) => Ok(Value::Bool(*value)),
        (Kind::Enum(of), Tree::Number(text)) => integer(text).map(Value::EnumNumber).ok_or_else(|| no_enum(text, of)),
        (Kind::Bool | Kind::String | Kind::Bytes, Tree::Number(_)) | (_, Tree::Bool(_)) => {
            Err(wanted(kind, tree.kind()))
        }
        (Kind::Bool, Tree::Text(_)) => Err("is a string; write true or false without quotes".to_owned()),
        (_, Tree::Text(text) | Tree::Number(text)) => from_text(kind, text),
        _ => Err(wanted(kind, tree.kind())),
    }
}

/// The value of a scalar or enum field from a text, as in a query.
///
/// # Errors
/// A sentence with the value and what is wanted.
pub(super) fn from_text(kind: &Kind, text: &str) -> Result<Value, String> {
    let no = || wanted(kind, &format!("{:?}", shown(text)));
    match kind {
        Kind::String => Ok(Value::String(text.to_owned())),
        Kind::Bool => match text {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => Err(no()),
        },
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => integer(text).map(Value::I32).ok_or_else(no),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => integer(text).map(Value::I64).ok_or_else(no),
        Kind::Uint32 | Kind::Fixed32 => integer(text).map(Value::U32).ok_or_else(no),
        Kind::Uint64 | Kind::Fixed64 => integer(text).map(Value::U64).ok_or_else(no),
        Kind::Float => special(text)
            .or_else(|| text.parse().ok().filter(|value: &f32| value.is_finite()))
            .map(Value::F32)
            .ok_or_else(no),
        Kind::Double => special(text)
            .or_else(|| text.parse().ok().filter(|value: &f64| value.is_finite()))
            .map(Value::F64)
            .ok_or_else(no),
        Kind::Bytes => {
            let standard: String = text
                .chars()
                .map(|c| {
                    if c == '-' {
                        '+'
                    } else if c == '_' {
                        '/'
                    } else {
                        c
                    }
                })
                .collect();
            BASE64.decode(standard).map(|bytes| Value::Bytes(bytes.into())).map_err(|_| no())
        }
        Kind::Enum(of) => match of.get_value_by_name(text) {
            Some(value) => Ok(Value::EnumNumber(value.number())),
            None => integer(text).map(Value::EnumNumber).ok_or_else(|| no_enum(text, of)),
        },
        Kind::Message(of) => Err(format!("is {:?}; {} is an object", shown(text), of.name())),
    }
}

/// An integer as JSON may write it: "7", "7.0", "7e2", "-0". `None` when it is none or does not fit.
fn integer<T: TryFrom<i128>>(text: &str) -> Option<T> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (negative, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, mantissa),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
        return None;
    }
    let fraction = fraction.trim_end_matches('0');
    let digits = format!("{}{fraction}", whole.trim_start_matches('0'));
    if digits.is_empty() {
        return T::try_from(0).ok();
    }
    let shift = exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?;
    let digits: i128 = if digits.len() > 30 { return None } else { digits.parse().ok()? };
    let power = 10_i128.checked_pow(shift.unsigned_abs())?;
    let value = match shift < 0 {
        true if digits.checked_rem(power)? != 0 => return None,
        true => digits.checked_div(power)?,
        false => digits.checked_mul(power)?,
    };
    T::try_from(if negative { value.checked_neg()? } else { value }).ok()
}

fn special<T: From<f32>>(text: &str) -> Option<T> {
    match text {
        "NaN" => Some(T::from(f32::NAN)),
        "Infinity" => Some(T::from(f32::INFINITY)),
        "-Infinity" => Some(T::from(f32::NEG_INFINITY)),
        _ => None,
    }
}

/// What a field of a kind wants.
fn wanted(kind: &Kind, found: &str) -> String {
    let want = match kind {
        Kind::Bool => "true or false",
        Kind::String => "a string",
        Kind::Bytes => "a string in base64",
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => "an integer of 32 bits",
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => "an integer of 64 bits",
        Kind::Uint32 | Kind::Fixed32 => "an integer of 32 bits, not below 0",
        Kind::Uint64 | Kind::Fixed64 => "an integer of 64 bits, not below 0",
        Kind::Float | Kind::Double => "a number",
        Kind::Enum(of) => return format!("is {found}; {} wants one of {}", of.name(), names(of)),
        Kind::Message(of) => return format!("is {found}; {} is an object", of.name()),
    };
    format!("is {found}; write {want}")
}

fn no_enum(text: &str, of: &EnumDescriptor) -> String {
    format!("{:?} is not a value of {}; use one of {}", shown(text), of.name(), names(of))
}

fn names(of: &EnumDescriptor) -> String {
    let all: Vec<String> = of.values().filter(|v| v.number() != 0).take(12).map(|v| v.name().to_owned()).collect();
    all.join(", ")
}

/// The beginning of a value.
pub(super) fn shown(text: &str) -> String {
    let cut: String = text.chars().take(SHOWN).collect();
    if cut.len() < text.len() { format!("{cut}…") } else { cut }
}

#[cfg(test)]
mod tests {
    use prost_reflect::{Kind, Value};

    use super::{from_json, from_text, integer};
    use crate::json::text::Tree;

    #[test]
    fn integers_are_exact() {
        for (text, value) in [
            ("9223372036854775807", Some(i64::MAX)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9223372036854775808", None),
            ("1.0", Some(1)),
            ("1.50e1", Some(15)),
            ("12e-1", None),
            ("120e-1", Some(12)),
            ("-0", Some(0)),
            ("0e999999", Some(0)),
            ("1e999999", None),
            ("1e99999999999", None),
            ("1e-99", None),
            ("", None),
            ("-", None),
            ("+1", None),
            (" 1", None),
            ("0x1", None),
            (".5", None),
        ] {
            assert_eq!(integer::<i64>(text), value, "{text}");
        }
        assert_eq!((integer::<u32>("-1"), integer::<u32>("4294967295")), (None, Some(u32::MAX)));
    }

    #[test]
    fn values_become_what_the_field_wants() {
        let text = |t: &str| Tree::Text(t.to_owned());
        let number = |t: &str| Tree::Number(t.to_owned());
        assert_eq!(from_json(&Kind::Int64, &text("12")), Ok(Value::I64(12)));
        assert_eq!(from_json(&Kind::Double, &text("-Infinity")), Ok(Value::F64(f64::NEG_INFINITY)));
        assert_eq!(from_json(&Kind::Bool, &Tree::Bool(true)), Ok(Value::Bool(true)));
        for bytes in ["-_-_", "+/+/"] {
            assert_eq!(from_json(&Kind::Bytes, &text(bytes)), Ok(Value::Bytes(vec![0xfb, 0xff, 0xbf].into())));
        }
        for padded in ["AQI", "AQI="] {
            assert_eq!(from_text(&Kind::Bytes, padded), Ok(Value::Bytes(vec![1, 2].into())));
        }
        for (kind, tree) in [
            (Kind::Bool, text("true")),
            (Kind::String, number("1")),
            (Kind::Int32, Tree::Bool(true)),
            (Kind::Int32, number("2147483648")),
            (Kind::Float, number("1e39")),
            (Kind::Bytes, text("*")),
        ] {
            assert!(from_json(&kind, &tree).is_err(), "{kind:?} {tree:?}");
        }
        let role = tributary_proto::pool().get_enum_by_name("tributary.common.v1.Role").expect("known");
        assert_eq!(from_json(&Kind::Enum(role.clone()), &text("ROLE_ADMIN")), Ok(Value::EnumNumber(1)));
        assert_eq!(from_json(&Kind::Enum(role.clone()), &number("77")), Ok(Value::EnumNumber(77)), "newer values pass");
        let why = from_json(&Kind::Enum(role), &text("ROLE_BOSS")).expect_err("unknown");
        assert!(why.contains("\"ROLE_BOSS\"") && why.contains("ROLE_ADMIN, ROLE_FINANCE"), "{why}");
    }
}
