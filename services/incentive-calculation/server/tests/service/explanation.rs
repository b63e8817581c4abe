//! A line explains itself: slices that add up, sentences with the numbers, what the next tier takes and pays.

use tributary_proto::tributary::incentive::v1::{
    ExactAmount, ExplainLineRequest, ExplainLineResponse, LineTrace, PlanSpec,
};

use crate::support::{
    World, answer, fang, final_run, fraction, growth, marginal, mei, plan, preview, reason, rule, sale, shown, whole,
    worlds,
};

const TIERS: &[(&str, &str)] = &[("0", "0.15"), ("1000000", "0.20")];

/// The first line of the only statement of a preview for the third quarter.
async fn explained(world: &World, spec: PlanSpec) -> (ExplainLineResponse, LineTrace) {
    let run = world.run(&fang(), preview(spec, "2012-Q3")).await;
    let statement = world.statements(&fang(), &run).await.remove(0);
    let request = ExplainLineRequest { name: statement.lines[0].name.clone() };
    let mut explained = answer(world.runs().explain_line(mei().ask(request)).await).expect("explained");
    assert_eq!(explained.line.as_ref(), Some(&statement.lines[0]));
    assert_eq!(explained.statement.as_ref().map(|s| (&s.name, s.lines.len())), Some((&statement.name, 0)));
    let trace = explained.trace.take().expect("a trace");
    (explained, trace)
}

fn parts(exact: Option<&ExactAmount>) -> (i128, i128) {
    let exact = exact.expect("an exact amount");
    (exact.numerator.parse().expect("numerator"), exact.denominator.parse().expect("denominator"))
}

/// Products and flats of the slices, added as fractions, are the exact value.
fn assert_adds_up(trace: &LineTrace) {
    let (mut numerator, mut denominator) = (0_i128, 1_i128);
    let mut add = |(n, d): (i128, i128)| (numerator, denominator) = (numerator * d + n * denominator, denominator * d);
    for slice in &trace.slices {
        add(parts(slice.product.as_ref()));
        assert_eq!(slice.flat.as_ref().map(|f| f.value.as_str()), Some("0"));
    }
    let (n, d) = parts(trace.exact.as_ref());
    assert_eq!(numerator * d, n * denominator, "{:?}", trace.slices);
}

fn assert_says(sentences: &[String], expected: &str) {
    assert!(sentences.iter().any(|s| s == expected), "{expected:?} is not in {sentences:#?}");
}

#[tokio::test]
async fn slices_add_up_exactly_and_the_sentences_name_the_numbers() {
    for world in worlds().await {
        world.dealers(&mei(), &["anqing"]).await;
        let facts = vec![
            sale("F-1", "anqing", "2012-07-05", "999999.99"),
            sale("F-2", "anqing", "2012-08-05", "600000.01"),
            sale("F-3", "anqing", "2012-09-05", "0.01"),
        ];
        world.record(&mei(), facts).await;
        let (explained, trace) = explained(&world, plan(vec![rule("commission", marginal(TIERS))])).await;
        // 1,000,000 × 15 % + 600,000.01 × 20 % = 270,000.002
        assert_eq!(fraction(trace.exact.as_ref()), "135000001/500");
        assert_eq!(shown(trace.amount.as_ref()), "CNY 270000.00");
        let products: Vec<_> = trace.slices.iter().map(|s| fraction(s.product.as_ref())).collect();
        assert_eq!(products, ["150000/1", "60000001/500"]);
        assert_adds_up(&trace);
        assert!(trace.next_tier.is_none(), "on the highest");
        let measure = trace.measure.as_ref().expect("a measure");
        assert_eq!((measure.value.as_ref().expect("a value").value.as_str(), measure.fact_count), ("1600000.01", 3));
        for sentence in [
            "Net sales of Dealer anqing from 2012-07-01 to 2012-09-30: CNY 1,600,000.01 from 3 facts.",
            "In the tier from 0 to 1,000,000, 1,000,000.00 at 15 % gives 150,000.00.",
            "In the tier from 1,000,000 up, 600,000.01 at 20 % gives 120,000.002.",
            "Together: 270,000.002.",
        ] {
            assert_says(&explained.sentences, sentence);
        }
        let rounding = explained.sentences.iter().find(|s| s.contains("rounded")).expect("says so");
        assert!(rounding.contains("270,000.002") && rounding.contains("CNY 270,000.00"), "{rounding}");
        for cell in ["120,000.002", "1,600,000.01", "CNY 270,000.00"] {
            assert!(explained.table.contains(cell), "{cell} is not in\n{}", explained.table);
        }
    }
}

#[tokio::test]
async fn the_next_tier_says_what_it_takes_and_pays() {
    for world in worlds().await {
        world.dealers(&mei(), &["anqing"]).await;
        let facts =
            vec![sale("F-1", "anqing", "2012-07-05", "900000.00"), sale("F-2", "anqing", "2012-08-05", "37700.00")];
        world.record(&mei(), facts).await;
        // 62,300 × 15 % = 9,345.00; on the whole volume 1,000,000 × 20 % − 937,700 × 15 % = 59,345.00.
        for (reward, gain, more) in [(marginal(TIERS), "9345/1", "9,345.00"), (whole(TIERS), "59345/1", "59,345.00")] {
            let (explained, trace) = explained(&world, plan(vec![rule("commission", reward)])).await;
            assert_eq!(shown(trace.amount.as_ref()), "CNY 140655.00");
            assert_adds_up(&trace);
            let next = trace.next_tier.expect("a next tier");
            let value = |d: &Option<tributary_proto::google::r#type::Decimal>| d.clone().expect("a decimal").value;
            assert_eq!((value(&next.distance), value(&next.rate)), ("62300".to_owned(), "0.2".to_owned()));
            assert_eq!(fraction(next.gain.as_ref()), gain);
            let sentence = format!("CNY 62,300.00 more by 2012-09-30 reaches 20 %, which pays {more} more.");
            assert_says(&explained.sentences, &sentence);
        }
    }
}

#[tokio::test]
async fn growth_shows_its_base_and_a_rule_without_a_line_says_why() {
    for world in worlds().await {
        world.dealers(&mei(), &["anqing", "baoding"]).await;
        let facts = vec![
            sale("F-1", "anqing", "2011-08-05", "2000000.00"),
            sale("F-2", "anqing", "2012-08-05", "2600000.00"),
            sale("F-3", "baoding", "2012-08-05", "100.00"),
        ];
        world.record(&mei(), facts).await;
        world.programme(&fang(), "dealers", &["growth"]).await;
        let spec = plan(vec![
            rule("growth", growth(&[("0", "0.01"), ("0.20", "0.03")])),
            rule("base", marginal(&[("0", "0.01")])),
        ]);
        world.active((&mei(), &fang()), "growth", ("dealers", "growth"), spec).await;
        let run = world.run(&fang(), final_run("dealers", "2012-Q3", "one")).await;
        let statements = world.statements(&fang(), &run).await;
        let expected = [
            "anqing growth.growth 2600000 CNY 18000.00 1",
            "anqing growth.base 2600000 CNY 26000.00 1",
            "baoding growth.base 100 CNY 1.00 1",
        ];
        assert_eq!(crate::support::lines(&statements), expected);
        assert_eq!(run.fact_count, 3, "those of the base were read too");

        let explain = async |name: &str| {
            let request = ExplainLineRequest { name: name.to_owned() };
            answer(world.runs().explain_line(mei().ask(request)).await).expect("explained")
        };
        let grown = explain(&statements[0].lines[0].name).await;
        let trace = grown.trace.expect("a trace");
        assert_eq!(
            (trace.plan_version.as_str(), fraction(trace.growth.as_ref())),
            ("plans/growth/versions/1", "3/10".to_owned())
        );
        assert_adds_up(&trace);
        for sentence in [
            "The base from 2011-07-01 to 2011-09-30 is CNY 2,000,000.00 from 1 fact.",
            "Growth is 600,000.00 ÷ 2,000,000.00 = 30 %.",
            "In the tier from 20 % up, 600,000.00 at 3 % gives 18,000.00.",
        ] {
            assert_says(&grown.sentences, sentence);
        }
        let without = explain(&statements[1].lines[0].name).await.trace.expect("a trace");
        assert_eq!(without.not_fired.len(), 1);
        assert_eq!(without.not_fired[0].rule, "growth");
        assert!(without.not_fired[0].reason.contains("no base"), "{}", without.not_fired[0].reason);

        let missing = |name: String| fang().ask(ExplainLineRequest { name });
        let line = world.runs().explain_line(missing(format!("{}/lines/growth.other", statements[0].name))).await;
        assert_eq!(reason(line), "LINE_NOT_FOUND");
        let statement = world.runs().explain_line(missing("statements/s0/lines/growth.growth".to_owned())).await;
        assert_eq!(reason(statement), "STATEMENT_NOT_FOUND");
    }
}
