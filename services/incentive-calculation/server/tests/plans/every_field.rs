//! Every field of the language is said: changing its value changes the description, in both languages, and the diff
//! names the change. Examples are said by their lines; the rest of them is in the diff only.

use std::collections::{BTreeMap, BTreeSet};

use incentive_calculation_domain::describe::{self, Language};
use incentive_calculation_server::convert::{
    plan::plan_spec,
    plan_description::{description_to_proto, diff_to_proto},
};
use prost_reflect::{Kind, MessageDescriptor};

use super::{
    any::{self, Dice},
    changed,
};

const LANGUAGES: [Language; 2] = [Language::En, Language::Zh];

/// Messages of examples and their parts.
fn in_examples(full_name: &str) -> bool {
    full_name.starts_with("tributary.incentive.v1.Example")
        || full_name.starts_with("tributary.incentive.v1.PlanExample")
}

#[test]
fn a_changed_value_changes_the_description_and_the_diff() {
    let mut open: BTreeMap<String, &str> = BTreeMap::new();
    fields(&any::descriptor("PlanSpec"), &mut BTreeSet::new(), &mut |field| {
        open.insert(field, "never changed");
    });
    assert!(open.len() > 150, "{} fields", open.len());
    for seed in 0..600 {
        let sent = any::spec(seed);
        let before = plan_spec(&any::typed(&sent)).expect("a spec");
        for path in changed::values(&sent) {
            let name = path.last().expect("a field").0.full_name().to_owned();
            if !open.contains_key(&name) {
                continue;
            }
            let altered = changed::change(&sent, &path, &mut Dice(seed));
            // Some changes ask for others, such as an amount beside a choice.
            let Ok(after) = plan_spec(&any::typed(&altered)) else { continue };
            let said = |spec, language| {
                let said = description_to_proto(spec, language);
                (said.title, said.sentences, said.rules)
            };
            let described = LANGUAGES.iter().all(|l| said(&before, *l) != said(&after, *l));
            let changes = LANGUAGES.map(|l| diff_to_proto(&before, &after, l).changes);
            assert!(changes.iter().all(|c| !c.is_empty()), "seed {seed}: {name} is in no diff");
            assert!(changes[0].iter().all(|c| c.sentence.len() > 10 && !c.path.is_empty()), "{:?}", changes[0]);
            if described || in_examples(&name) {
                open.remove(&name);
            } else {
                open.insert(name, "changed, and not described");
            }
        }
    }
    assert!(open.is_empty(), "{open:#?}");
}

#[test]
fn every_field_and_choice_has_a_name_in_sentences_about_changes() {
    let mut missing = Vec::new();
    let mut known = BTreeSet::new();
    names(&any::descriptor("PlanSpec"), &mut known, &mut missing);
    assert!(missing.is_empty(), "no name for {missing:?}");
}

#[test]
fn a_plan_does_not_differ_from_itself() {
    for seed in 0..50 {
        let spec = plan_spec(&any::typed(&any::spec(seed))).expect("a spec");
        assert_eq!(diff_to_proto(&spec, &spec, Language::En).changes, [], "seed {seed}");
    }
}

fn fields(message: &MessageDescriptor, known: &mut BTreeSet<String>, found: &mut impl FnMut(String)) {
    if !known.insert(message.full_name().to_owned()) {
        return;
    }
    for field in message.fields() {
        match field.kind() {
            Kind::Message(inner) if inner.full_name().starts_with("tributary.") && !field.is_map() => {
                fields(&inner, known, found);
            }
            _ => found(field.full_name().to_owned()),
        }
    }
}

fn names(message: &MessageDescriptor, known: &mut BTreeSet<String>, missing: &mut Vec<String>) {
    if !message.full_name().starts_with("tributary.") || !known.insert(message.full_name().to_owned()) {
        return;
    }
    for field in message.fields() {
        let name = format!("{}.{}", message.name(), field.name());
        missing.extend((!describe::knows(&name)).then_some(name));
        match field.kind() {
            Kind::Message(inner) if !field.is_map() => names(&inner, known, missing),
            Kind::Enum(choices) => {
                let choices = choices.values().filter(|v| v.number() != 0).map(|v| v.name().to_owned());
                missing.extend(choices.filter(|name| !describe::knows(name)));
            }
            _ => {}
        }
    }
}
