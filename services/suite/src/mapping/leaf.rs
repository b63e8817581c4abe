//! The single values of a message: what a field takes, and how a text or a number becomes that.

use prost_reflect::{DynamicMessage, EnumDescriptor, Kind, MessageDescriptor, Value};
use tributary_core::Decimal;
use tributary_proto::google::r#type as gtype;

use super::{
    Expr,
    time::{day, instant},
    value::parse_number,
};

/// What a field takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeafKind {
    /// A text.
    Text,
    /// True or false.
    Flag,
    /// A whole number.
    Whole(Whole),
    /// A word of an enum.
    Word(EnumDescriptor),
    /// A `google.type.Decimal`.
    Decimal(MessageDescriptor),
    /// A `google.type.Date`.
    Day(MessageDescriptor),
    /// A `google.protobuf.Timestamp`.
    Instant(MessageDescriptor),
}

/// Sort of a whole number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whole {
    /// 32 bits with a sign.
    I32,
    /// 64 bits with a sign.
    I64,
    /// 32 bits without a sign.
    U32,
    /// 64 bits without a sign.
    U64,
}

impl LeafKind {
    /// What a field of this type takes; `None` where that is no single value.
    #[must_use]
    pub fn of(kind: &Kind) -> Option<Self> {
        Some(match kind {
            Kind::String => Self::Text,
            Kind::Bool => Self::Flag,
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Self::Whole(Whole::I32),
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Self::Whole(Whole::I64),
            Kind::Uint32 | Kind::Fixed32 => Self::Whole(Whole::U32),
            Kind::Uint64 | Kind::Fixed64 => Self::Whole(Whole::U64),
            Kind::Enum(descriptor) => Self::Word(descriptor.clone()),
            Kind::Message(descriptor) => match descriptor.full_name() {
                "google.type.Decimal" => Self::Decimal(descriptor.clone()),
                "google.type.Date" => Self::Day(descriptor.clone()),
                "google.protobuf.Timestamp" => Self::Instant(descriptor.clone()),
                _ => return None,
            },
            Kind::Double | Kind::Float | Kind::Bytes => return None,
        })
    }

    /// Whether it takes numbers, which may be products and may have a sign.
    #[must_use]
    pub const fn is_number(&self) -> bool {
        matches!(self, Self::Whole(_) | Self::Decimal(_))
    }

    /// The value of a text.
    ///
    /// # Errors
    /// A sentence with the reason and the remedy.
    pub(super) fn of_text(&self, text: &str, expr: &Expr) -> Result<Value, String> {
        let trimmed = text.trim();
        match self {
            Self::Text => Ok(Value::String(text.to_owned())),
            Self::Flag => match trimmed.to_ascii_lowercase().as_str() {
                "true" | "1" => Ok(Value::Bool(true)),
                "false" | "0" => Ok(Value::Bool(false)),
                _ => Err(format!("{text:?} is neither true nor false; write one of them, or give the field a map")),
            },
            Self::Word(words) => word(words, trimmed),
            Self::Day(descriptor) => {
                let (year, month, day) = day(trimmed, expr.format.as_deref())?.ymd();
                message(descriptor, &gtype::Date { year, month, day })
            }
            Self::Instant(descriptor) => {
                let found = instant(trimmed, expr.format.as_deref(), expr.zone.as_deref())?;
                let (seconds, nanos) = found.to_seconds_nanos();
                message(descriptor, &prost_types::Timestamp { seconds, nanos })
            }
            Self::Whole(_) | Self::Decimal(_) => self.of_number(parse_number(text)?),
        }
    }

    /// The value of a number.
    ///
    /// # Errors
    /// A sentence with the reason and the remedy.
    pub(super) fn of_number(&self, number: Decimal) -> Result<Value, String> {
        match self {
            Self::Whole(whole) => whole.of(number),
            Self::Decimal(descriptor) => message(descriptor, &gtype::Decimal { value: number.to_string() }),
            _ => Err(format!("{number} is a number; write something else")),
        }
    }
}

impl Whole {
    fn of(self, number: Decimal) -> Result<Value, String> {
        let number = number.normalize();
        if number.scale() > 0 {
            return Err(format!("{number} is not a whole number; nothing is rounded silently"));
        }
        let n = number.mantissa();
        let value = match self {
            Self::I32 => i32::try_from(n).ok().map(Value::I32),
            Self::I64 => i64::try_from(n).ok().map(Value::I64),
            Self::U32 => u32::try_from(n).ok().map(Value::U32),
            Self::U64 => u64::try_from(n).ok().map(Value::U64),
        };
        value.ok_or_else(|| format!("{number} is out of range; correct it"))
    }
}

/// A value of an enum by its full name or without the prefix of its enum, however it is written: "data report" is
/// `OBLIGATION_KIND_DATA_REPORT`.
fn word(words: &EnumDescriptor, text: &str) -> Result<Value, String> {
    let prefix = prefix_of(words);
    let name = super::record::enum_name(&prefix, text);
    match words.get_value_by_name(&name).filter(|value| value.number() != 0) {
        Some(value) => Ok(Value::EnumNumber(value.number())),
        None => {
            let values = words.values().filter(|value| value.number() != 0);
            let all: Vec<_> = values.map(|v| v.name().strip_prefix(&prefix).unwrap_or(v.name()).to_owned()).collect();
            Err(format!("{text:?} is none of {}; correct it, or give the field a map", all.join(", ")))
        }
    }
}

/// The prefix of an enum's values: that of the zero value, which ends in UNSPECIFIED.
pub(crate) fn prefix_of(words: &EnumDescriptor) -> String {
    let zero = words.get_value(0).map(|value| value.name().to_owned()).unwrap_or_default();
    zero.strip_suffix("UNSPECIFIED").unwrap_or_default().to_owned()
}

/// A message of the API as the value of a field.
pub(super) fn message(descriptor: &MessageDescriptor, message: &impl prost::Message) -> Result<Value, String> {
    let mut dynamic = DynamicMessage::new(descriptor.clone());
    dynamic.transcode_from(message).map_err(|e| format!("{} cannot be made: {e}", descriptor.full_name()))?;
    Ok(Value::Message(dynamic))
}
