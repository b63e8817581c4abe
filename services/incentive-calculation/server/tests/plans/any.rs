//! Random specs along the descriptor of `PlanSpec`: every field, choice and case turns up. What they say makes no sense;
//! that they can be read is all that is asked of them.

use prost_reflect::{
    DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MapKey, MessageDescriptor, ReflectMessage as _, Value,
};
use tributary_proto::{pool, tributary::incentive::v1::PlanSpec};

/// A sequence of numbers from a seed (splitmix64).
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % bound
    }
}

pub fn descriptor(name: &str) -> MessageDescriptor {
    pool().get_message_by_name(&format!("tributary.incentive.v1.{name}")).expect("a message of the contract")
}

/// A spec from a seed.
pub fn spec(seed: u64) -> DynamicMessage {
    message(&descriptor("PlanSpec"), &mut Dice(seed), 0)
}

pub fn typed(message: &DynamicMessage) -> PlanSpec {
    message.transcode_to().expect("a spec")
}

pub fn untyped(spec: &PlanSpec) -> DynamicMessage {
    let mut message = DynamicMessage::new(descriptor("PlanSpec"));
    message.transcode_from(spec).expect("a spec");
    message
}

fn message(descriptor: &MessageDescriptor, dice: &mut Dice, depth: u32) -> DynamicMessage {
    let mut made = DynamicMessage::new(descriptor.clone());
    match descriptor.full_name() {
        "google.type.Decimal" => made.set_field_by_name("value", Value::String(decimal(dice))),
        "google.type.Date" => {
            for (name, low, span) in [("year", 1990, 60), ("month", 1, 12), ("day", 1, 28)] {
                made.set_field_by_name(name, Value::I32(low + i32::try_from(dice.below(span)).expect("small")));
            }
        }
        _ => {
            for oneof in descriptor.oneofs() {
                // Conditions hold conditions: deep down only those that end.
                let cases: Vec<FieldDescriptor> = oneof
                    .fields()
                    .filter(|f| depth < 7 || !matches!(f.name(), "all" | "any" | "not" | "score_card"))
                    .collect();
                let case =
                    &cases[usize::try_from(dice.below(u64::try_from(cases.len()).expect("few"))).expect("small")];
                made.set_field(case, field(case, dice, depth));
            }
            for plain in descriptor.fields().filter(|f| f.containing_oneof().is_none()) {
                if wanted(&plain, dice, depth) {
                    made.set_field(&plain, field(&plain, dice, depth));
                }
            }
            consistent(&mut made);
        }
    }
    made
}

/// Whether a field is set: what the annotations require always is, the rest half of the time.
fn wanted(field: &FieldDescriptor, dice: &mut Dice, depth: u32) -> bool {
    const REQUIRED: [&str; 8] =
        ["when", "by", "indicator", "column", "missing", "negative_measure", "currency", "into"];
    let required = REQUIRED.contains(&field.name()) || matches!(field.kind(), Kind::Enum(_)) && !field.is_list();
    required || depth < 9 && dice.below(2) == 0
}

pub fn field(field: &FieldDescriptor, dice: &mut Dice, depth: u32) -> Value {
    if field.is_map() {
        let pair = |dice: &mut Dice| (MapKey::String(name(dice)), Value::String(name(dice)));
        return Value::Map((0..=dice.below(2)).map(|_| pair(dice)).collect());
    }
    if field.is_list() {
        return Value::List((0..=dice.below(2)).map(|_| single(field, dice, depth)).collect());
    }
    single(field, dice, depth)
}

fn single(field: &FieldDescriptor, dice: &mut Dice, depth: u32) -> Value {
    match field.kind() {
        Kind::Message(inner) => Value::Message(message(&inner, dice, depth + 1)),
        Kind::Enum(choices) => Value::EnumNumber(choice(&choices, dice)),
        Kind::Bool => Value::Bool(true),
        Kind::Int32 => Value::I32(1 + i32::try_from(dice.below(20)).expect("small")),
        Kind::Int64 => Value::I64(1 + i64::try_from(dice.below(1_000_000)).expect("small")),
        Kind::String if matches!(field.name(), "currency" | "into") => {
            Value::String(["CNY", "USD", "JPY"][usize::try_from(dice.below(3)).expect("small")].to_owned())
        }
        Kind::String => Value::String(name(dice)),
        other => panic!("{}: no values of {other:?} are made yet", field.full_name()),
    }
}

pub fn choice(choices: &EnumDescriptor, dice: &mut Dice) -> i32 {
    let named: Vec<i32> = choices.values().map(|v| v.number()).filter(|n| *n != 0).collect();
    named[usize::try_from(dice.below(u64::try_from(named.len()).expect("few"))).expect("small")]
}

fn decimal(dice: &mut Dice) -> String {
    let cents = dice.below(10_000_000) + 1;
    format!("{}.{:02}", cents / 100, cents % 100).trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn name(dice: &mut Dice) -> String {
    format!("n{}", dice.below(1_000_000))
}

/// What fields of one message ask of each other.
pub fn consistent(made: &mut DynamicMessage) {
    let descriptor = made.descriptor();
    let number = |made: &DynamicMessage, name: &str| {
        made.get_field_by_name(name).and_then(|v| v.as_enum_number()).unwrap_or_default()
    };
    match descriptor.name() {
        "Rule" if !made.has_field_by_name("measure") => made.clear_field_by_name("negative_measure"),
        "WholeVolumeReward" | "CurveReward" => beside(made, "amount", number(made, "paid_on") == 3),
        "Retrospective" => beside(made, "point", number(made, "from") == 4),
        _ => {}
    }
}

/// An amount stands beside one choice only.
fn beside(made: &mut DynamicMessage, name: &str, needed: bool) {
    if !needed {
        made.clear_field_by_name(name);
    } else if !made.has_field_by_name(name) {
        let mut seven = DynamicMessage::new(pool().get_message_by_name("google.type.Decimal").expect("decimal"));
        seven.set_field_by_name("value", Value::String("7".to_owned()));
        made.set_field_by_name(name, Value::Message(seven));
    }
}
