//! Messages → domain → messages loses nothing and invents nothing.

use std::collections::BTreeSet;

use incentive_calculation_server::convert::plan::{plan_spec, spec_to_proto};
use prost_reflect::{DynamicMessage, Kind, MessageDescriptor, Value};
use tributary_proto::tributary::incentive::v1::PlanSpec;

use super::any;

const SEEDS: u64 = 1500;

#[test]
fn every_spec_comes_back_as_it_was_sent() {
    for seed in 0..SEEDS {
        let sent = any::spec(seed);
        let read = plan_spec(&any::typed(&sent)).unwrap_or_else(|v| panic!("seed {seed}: {:?}", v.as_slice()));
        let written = spec_to_proto(&read);
        contained(&format!("seed {seed}"), &sent, &any::untyped(&written));
        assert_eq!(plan_spec(&written).expect("what was written can be read"), read, "seed {seed}");
    }
}

/// The sender's fields are there with their values; others are defaults that are said.
fn contained(path: &str, sent: &DynamicMessage, back: &DynamicMessage) {
    for (field, value) in sent.fields() {
        // Limits without a bound are none.
        if field.name() == "limits" && matches!(value, Value::Message(limits) if limits.fields().next().is_none()) {
            continue;
        }
        let path = format!("{path}.{}", field.name());
        assert!(back.has_field(&field), "{path} is lost: {value}");
        same(&path, value, back.get_field(&field).as_ref());
    }
}

fn same(path: &str, sent: &Value, back: &Value) {
    match (sent, back) {
        (Value::Message(sent), Value::Message(back)) => contained(path, sent, back),
        (Value::List(sent), Value::List(back)) => {
            assert_eq!(sent.len(), back.len(), "{path}");
            for (i, (sent, back)) in sent.iter().zip(back).enumerate() {
                same(&format!("{path}[{i}]"), sent, back);
            }
        }
        (sent, back) => assert_eq!(sent, back, "{path}"),
    }
}

/// Otherwise the test above would prove less than it says.
#[test]
fn the_specs_have_every_field_and_every_choice() {
    let mut wanted = BTreeSet::new();
    all(&any::descriptor("PlanSpec"), &mut BTreeSet::new(), &mut wanted);
    assert!(wanted.len() > 250, "{} fields and choices", wanted.len());
    let mut seen = BTreeSet::new();
    for seed in 0..SEEDS {
        used(&any::spec(seed), &mut seen);
    }
    let missing: Vec<_> = wanted.difference(&seen).collect();
    assert!(missing.is_empty(), "never set: {missing:?}");
}

fn all(message: &MessageDescriptor, known: &mut BTreeSet<String>, wanted: &mut BTreeSet<String>) {
    if !message.full_name().starts_with("tributary.") || !known.insert(message.full_name().to_owned()) {
        return;
    }
    for field in message.fields() {
        wanted.insert(field.full_name().to_owned());
        match field.kind() {
            Kind::Message(inner) if !field.is_map() => all(&inner, known, wanted),
            Kind::Enum(choices) => {
                let named = choices.values().filter(|v| v.number() != 0);
                wanted.extend(named.map(|v| format!("{}={}", field.full_name(), v.number())));
            }
            _ => {}
        }
    }
}

fn used(message: &DynamicMessage, seen: &mut BTreeSet<String>) {
    for (field, value) in message.fields() {
        seen.insert(field.full_name().to_owned());
        let items = if let Value::List(items) = value { items.as_slice() } else { std::slice::from_ref(value) };
        for item in items {
            match item {
                Value::Message(inner) => used(inner, seen),
                Value::EnumNumber(number) => {
                    seen.insert(format!("{}={number}", field.full_name()));
                }
                _ => {}
            }
        }
    }
}

/// What annotations cannot say is said by the reader, each under its path, all at once.
#[test]
fn what_one_case_needs_is_asked_for_by_path() {
    use tributary_proto::{
        google::r#type::Decimal,
        tributary::incentive::v1::{self as pb, rule::Reward},
    };
    let decimal = |text: &str| Some(Decimal { value: text.to_owned() });
    let rule = |reward| pb::Rule { reward: Some(reward), ..pb::Rule::default() };
    let guarantee = pb::GuaranteeReward {
        guaranteed: Some(pb::guarantee_reward::Guaranteed::Amount(Decimal { value: "1,5".to_owned() })),
        currency: "XXQ".to_owned(),
        ..pb::GuaranteeReward::default()
    };
    let whole = pb::WholeVolumeReward { paid_on: pb::PaidOn::Amount.into(), ..pb::WholeVolumeReward::default() };
    let curve = pb::CurveReward { amount: decimal("5"), ..pb::CurveReward::default() };
    let target = pb::Target { of: Some(pb::target::Of::Figure("quota".to_owned())), missing: 0 };
    let spec = PlanSpec {
        rules: vec![
            rule(Reward::Guarantee(guarantee)),
            pb::Rule {
                measure: Some(pb::Measure::default()),
                target: Some(target),
                ..rule(Reward::WholeVolume(whole))
            },
            pb::Rule { negative_measure: pb::NegativeMeasure::Zero.into(), ..rule(Reward::Curve(curve)) },
            rule(Reward::Draw(pb::DrawReward::default())),
        ],
        ..PlanSpec::default()
    };
    let faults = plan_spec(&spec).expect_err("five faults");
    let paths: Vec<&str> = faults.as_slice().iter().map(|v| v.field.as_str()).collect();
    assert_eq!(
        paths,
        [
            "rules[0].guarantee.amount",
            "rules[0].guarantee.currency",
            "rules[1].negative_measure",
            "rules[1].whole_volume.amount",
            "rules[1].target.missing",
            "rules[2].negative_measure",
            "rules[2].curve.amount",
            "rules[3].draw.currency",
        ]
    );
}
