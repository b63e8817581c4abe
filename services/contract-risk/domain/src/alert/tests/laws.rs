//! Laws that hold whatever the readings do and whatever people do in between.

use proptest::prelude::*;

use super::world::{World, pace_rule};
use crate::alert::{AlertState, Severity};

/// Something that happens between evaluations.
#[derive(Debug, Clone, Copy)]
enum Happens {
    Pace(i64),
    Acknowledge,
    Resolve,
    Retire,
    Activate,
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        // Often close to the levels 50, 80 and 90.
        8 => prop_oneof![-20..150_i64, 48..52_i64, 78..82_i64, 88..92_i64].prop_map(Happens::Pace),
        1 => Just(Happens::Acknowledge),
        1 => Just(Happens::Resolve),
        1 => Just(Happens::Retire),
        2 => Just(Happens::Activate),
    ]
}

proptest! {
    #[test]
    fn alerts_never_double_and_never_flap(story in prop::collection::vec(happens(), 1..60)) {
        let mut world = World::new();
        let mut pace = 100;
        world.pace(pace);
        for event in story {
            let stands = |world: &World| world.alerts.iter().any(|alert| alert.stands());
            match event {
                Happens::Pace(percent) => pace = percent,
                Happens::Acknowledge if world.alerts.last().is_some_and(|a| a.state == AlertState::Open) => world.acknowledge(),
                Happens::Resolve if stands(&world) => world.resolve(),
                Happens::Retire => world.rules.clear(),
                Happens::Activate => world.rules = vec![pace_rule()],
                Happens::Acknowledge | Happens::Resolve => {}
            }
            let before = world.alerts.last().map(|alert| (alert.stands(), alert.severity));
            let stood = stands(&world);
            let steps = world.pace(pace);
            let in_force = !world.rules.is_empty();

            prop_assert!(world.alerts.iter().filter(|alert| alert.is_live()).count() <= 1, "one per subject");
            prop_assert!(world.alerts.iter().rev().skip(1).all(|alert| !alert.stands()), "only the newest stands");
            let raised = steps.iter().any(|step| step.starts_with("raised"));
            let closed = steps.iter().any(|step| step == "closed");
            prop_assert!(!raised || (in_force && !stood && pace < 80), "raised at {pace}: {steps:?}");
            prop_assert_eq!(closed, stood && (!in_force || pace >= 90), "closed at {}: {:?}", pace, &steps);
            if let Some((true, severity)) = before && !closed {
                let expected = match (severity, pace) {
                    (_, ..50) => Severity::Critical,
                    (Severity::Critical, 50..80) => Severity::Critical,
                    _ => Severity::Warning,
                };
                prop_assert_eq!(world.last().severity, expected);
            }
            prop_assert_eq!(world.run(), Vec::<String>::new(), "the same readings again change nothing");
        }
    }
}
