//! By hand, and the two ways of solving against each other. The end-to-end test compares a data set.
#![expect(clippy::float_arithmetic, reason = "shares are compared")]

use super::{
    Analysis, Counted, Credit, End, Labels, Model, Models, Proof, Tally,
    markov::{Chain, Way, solved_by},
};

/// Channels by letter, conversions, nulls, value.
type Row = (&'static str, u64, u64, i128);

fn analysed(models: Vec<Model>, rows: &[Row]) -> Analysis {
    let mut labels = Labels::new();
    let mut tally = Tally::new(Models::new(models).expect("models"), true);
    for (path, conversions, nulls, value) in rows {
        let touches = numbered(&mut labels, path);
        tally.add(Counted { touches: &touches, conversions: *conversions, nulls: *nulls, value: *value });
    }
    tally.finish(&labels).expect("solved")
}

fn numbered(labels: &mut Labels, path: &str) -> Vec<u16> {
    path.chars().map(|c| labels.number(&c.to_string()).expect("few")).collect()
}

fn near(found: &[Credit], expected: &[(f64, f64)]) {
    assert_eq!(found.len(), expected.len());
    for (credit, (conversions, value)) in found.iter().zip(expected) {
        for (is, should) in [(credit.conversions, conversions), (credit.value, value)] {
            assert!((is - should).abs() <= 1e-12 * should.abs(), "{found:?} instead of {expected:?}");
        }
    }
}

/// A, B, C: "abca" twice for 60 and "bc" once for 10; one "b" and one "ac" bring nothing.
const SMALL: [Row; 4] = [("abca", 2, 0, 60), ("bc", 1, 0, 10), ("b", 0, 1, 0), ("ac", 0, 1, 0)];

#[test]
fn rules_of_thumb_by_hand() {
    let decay = Model::TimeDecay { half_life: 1.0 };
    let models = vec![Model::First, Model::Last, Model::Linear, Model::PositionBased, decay, Model::Shapley];
    let analysis = analysed(models, &SMALL);
    assert_eq!(analysis.labels, ["a", "b", "c"]);
    let credits: Vec<_> = analysis.results.iter().map(|r| r.credits.as_slice()).collect();
    near(credits[0], &[(2.0, 60.0), (1.0, 10.0), (0.0, 0.0)]);
    near(credits[1], &[(2.0, 60.0), (0.0, 0.0), (1.0, 10.0)]);
    near(credits[2], &[(1.0, 30.0), (1.0, 20.0), (1.0, 20.0)]);
    near(credits[3], &[(1.6, 48.0), (0.7, 11.0), (0.7, 11.0)]);
    // Weights 1/8, 1/4, 1/2, 1 of 15/8; and 1/2, 1 of 3/2.
    near(
        credits[4],
        &[
            (2.0 * 9.0 / 15.0, 60.0 * 9.0 / 15.0),
            (2.0 * 2.0 / 15.0 + 1.0 / 3.0, 8.0 + 10.0 / 3.0),
            (2.0 * 4.0 / 15.0 + 2.0 / 3.0, 16.0 + 20.0 / 3.0),
        ],
    );
    near(credits[5], &[(2.0 / 3.0, 20.0), (2.0 / 3.0 + 0.5, 25.0), (2.0 / 3.0 + 0.5, 25.0)]);
    let Proof::Shapley(coalitions) = &analysis.results[5].proof else { panic!("no proof") };
    let told: Vec<_> = coalitions.iter().map(|c| (c.members.clone(), c.conversions, c.value)).collect();
    assert_eq!(told, [(vec![0, 1, 2], 2, 60), (vec![1, 2], 1, 10)]);
}

#[test]
fn removal_effects_by_hand() {
    // a → b converts 3 of 4; b alone converts 1 of 4; a alone never in 2. Weight 10.
    let rows = [("ab", 3, 1, 30), ("b", 1, 3, 10), ("aa", 0, 2, 0)];
    let analysis = analysed(vec![Model::Markov { order: 1 }], &rows);
    let Proof::Markov(proof) = &analysis.results[0].proof else { panic!("no proof") };
    // From b 4 of 8 convert; from a 4 of 6 go to b. P = 4/10. Without a: 4/10 · 1/2, so half is lost; without b all.
    assert_eq!((proof.state_count, proof.conversion_probability, proof.value_per_journey), (2, 0.4, 4.0));
    near(&analysis.results[0].credits, &[(4.0 / 3.0, 40.0 / 3.0), (8.0 / 3.0, 80.0 / 3.0)]);
    assert_eq!(analysis.results[0].credits[1].removal, Some((1.0, 1.0)));
    let steps: Vec<_> = proof.transitions.iter().map(|t| (t.from.clone(), t.to.clone(), t.weight)).collect();
    let (a, b) = (vec![0_u16], vec![1_u16]);
    assert_eq!(
        steps,
        [
            (vec![], End::State(a.clone()), 6),
            (vec![], End::State(b.clone()), 4),
            (a.clone(), End::State(b.clone()), 4),
            (a.clone(), End::Null, 2),
            (b.clone(), End::Conversion, 4),
            (b, End::Null, 4),
        ]
    );
    let fed = analysis.synergy[0];
    assert_eq!((analysis.synergy.len(), fed.from, fed.to, fed.steps, fed.converting_steps), (1, 0, 1, 4, 3));
    assert!((fed.share_of_from, fed.share_of_to, fed.lift) == (1.0, 1.0, 1.0));
}

#[test]
fn every_order_as_another_program_computes_it() {
    let rows: [Row; 9] = [
        ("abcab", 2, 0, 60),
        ("bca", 1, 1, 10),
        ("b", 0, 1, 0),
        ("aacb", 1, 2, 7),
        ("caabbc", 1, 0, 5),
        ("ab", 1, 3, 4),
        ("cbcb", 1, 1, 3),
        ("acaca", 2, 1, 8),
        ("cabca", 1, 1, 9),
    ];
    // Removal effects on conversions and on value by a Python script that eliminates on the whole chain, channel by
    // channel, order 1 to 4.
    let expected: [[[f64; 3]; 2]; 4] = [
        [
            [0.8447619047619048, 0.6611111111111112, 0.6343915343915345],
            [0.8123090745732255, 0.7924528301886793, 0.6245382849156434],
        ],
        [[0.8949152542372881, 0.792, 0.8159090909090909], [0.950431723696834, 0.8675471698113207, 0.6295025728987993]],
        [[0.9, 0.8, 0.9], [0.9716981132075472, 0.9245283018867925, 0.9622641509433962]],
        [[0.9, 0.8, 0.9], [0.9716981132075472, 0.9245283018867925, 0.9622641509433962]],
    ];
    let analysis = analysed((1..=4).map(|order| Model::Markov { order }).collect(), &rows);
    for (result, [conversions, value]) in analysis.results.iter().zip(expected) {
        for ((credit, on_conversions), on_value) in result.credits.iter().zip(conversions).zip(value) {
            let found = credit.removal.expect("a chain");
            let near = (found.0 / on_conversions - 1.0).abs() < 1e-13 && (found.1 / on_value - 1.0).abs() < 1e-13;
            assert!(near, "{:?}: {found:?} instead of {on_conversions}, {on_value}", result.model);
        }
    }
}

/// Journeys of a fixed pseudo-random kind over six channels.
fn many(count: u64) -> Vec<(Vec<u8>, u64, u64, i128)> {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut next = move |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    let journey = |_| {
        let len = 1 + next(7);
        let path = (0..len).map(|_| b'a' + u8::try_from(next(6).min(next(6))).expect("small")).collect();
        let conversions = u64::from(next(4) == 0) * (1 + next(3));
        let nulls = if conversions == 0 { 1 } else { next(2) };
        (path, conversions, nulls, i128::from(conversions) * i128::from(next(10_000)))
    };
    (0..count).map(journey).collect()
}

#[test]
fn both_ways_of_solving_agree_and_order_of_arrival_does_not_matter() {
    let journeys = many(5_000);
    let chain = |order: usize, reversed: bool| {
        let (mut labels, mut chain) = (Labels::new(), Chain::new(order));
        let mut rows: Vec<_> = journeys.iter().collect();
        if reversed {
            rows.reverse();
        }
        for (path, conversions, nulls, value) in rows {
            let touches = numbered(&mut labels, std::str::from_utf8(path).expect("letters"));
            chain.add(Counted { touches: &touches, conversions: *conversions, nulls: *nulls, value: *value });
        }
        (chain, labels.ranked().1)
    };
    let (first, ranks) = chain(1, false);
    let dense = solved_by(&first, &ranks, Way::Dense).expect("solved");
    let sweeps = solved_by(&first, &ranks, Way::Sweeps).expect("solved");
    for (a, b) in
        [(&dense.removal_conversions, &sweeps.removal_conversions), (&dense.removal_value, &sweeps.removal_value)]
    {
        assert!(a.iter().zip(b).all(|(a, b)| *a > 0.0 && (a / b - 1.0).abs() < 1e-13), "{a:?} {b:?}");
    }
    for order in 1..=4 {
        let solved = [false, true].map(|reversed| {
            let (chain, ranks) = chain(order, reversed);
            solved_by(&chain, &ranks, if order == 1 { Way::Dense } else { Way::Sweeps }).expect("solved")
        });
        assert!(solved[0] == solved[1], "order {order}");
        assert!(solved[0].removal_conversions.iter().all(|r| (0.0..=1.0).contains(r)));
    }
}

#[test]
fn credits_add_up_to_what_there_is() {
    let mut labels = Labels::new();
    let mut models = Models::usual().as_slice().to_vec();
    models.extend([2, 3, 4].map(|order| Model::Markov { order }));
    let mut tally = Tally::new(Models::new(models).expect("models"), false);
    for (path, conversions, nulls, value) in &many(2_000) {
        let touches = numbered(&mut labels, std::str::from_utf8(path).expect("letters"));
        tally.add(Counted { touches: &touches, conversions: *conversions, nulls: *nulls, value: *value });
    }
    let analysis = tally.finish(&labels).expect("solved");
    assert!(analysis.totals.conversions > 500 && analysis.synergy.is_empty());
    for result in &analysis.results {
        let conversions: f64 = result.credits.iter().map(|c| c.conversions).sum();
        let value: f64 = result.credits.iter().map(|c| c.value).sum();
        let whole = (f64::from(u32::try_from(analysis.totals.conversions).expect("few")), analysis.totals.value);
        assert!((conversions / whole.0 - 1.0).abs() < 1e-12, "{:?}", result.model);
        assert!((value / f64::from(i32::try_from(whole.1).expect("small")) - 1.0).abs() < 1e-12, "{:?}", result.model);
    }
}

#[test]
fn nothing_counted_gives_nothing() {
    let analysis = analysed(Vec::new(), &[]);
    assert!(analysis.labels.is_empty() && analysis.results.iter().all(|r| r.credits.is_empty()));
    // Channels without any conversion: no credit, and no division by zero.
    let analysis = analysed(Vec::new(), &[("ab", 0, 5, 0)]);
    assert!(analysis.results.iter().all(|r| r.credits.iter().all(|c| c.conversions == 0.0 && c.value == 0.0)));
}

#[test]
fn wrong_models_are_named() {
    let wrong = vec![
        Model::TimeDecay { half_life: 0.0 },
        Model::Markov { order: 5 },
        Model::First,
        Model::First,
        Model::TimeDecay { half_life: f64::NAN },
    ];
    let fields: Vec<_> = Models::new(wrong).expect_err("wrong").into_vec().into_iter().map(|v| v.field).collect();
    assert_eq!(fields, ["models[0].half_life", "models[1].order", "models[3]", "models[4].half_life"]);
}
