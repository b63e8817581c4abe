//! `ListCommitmentProgress`: figures by hand, days, filters, pages.

use tributary_proto::tributary::{
    contract::v1::{self as pb, Cadence, CommitmentKind, commitment::Target, commitment_progress::WindowTarget},
    incentive::v1::FactKind::{SellIn, SellOut},
};
use tributary_rpc::status::Described;

use super::{
    incentive::fact,
    world::{World, answer, call, day, decimal, purchases, worlds},
};

async fn list(
    world: &World,
    request: pb::ListCommitmentProgressRequest,
) -> Result<pb::ListCommitmentProgressResponse, Described> {
    answer(world.alerts.clone().list_commitment_progress(call(request))).await
}

fn named(id: &str, kind: CommitmentKind, cadence: Cadence, target: Target) -> pb::Commitment {
    pb::Commitment {
        commitment_id: id.to_owned(),
        kind: kind.into(),
        cadence: cadence.into(),
        target: Some(target),
        product_line: String::new(),
    }
}

fn pieces(text: &str) -> Target {
    Target::Quantity(decimal(text).expect("set"))
}

#[tokio::test]
async fn commitments_are_as_far_as_their_facts() {
    for world in worlds("2026-04-10").await {
        let commitments = vec![
            purchases(),
            pb::Commitment {
                product_line: "bikes".to_owned(),
                ..named("sold-bikes", CommitmentKind::Sales, Cadence::Quarter, pieces("182"))
            },
            named("visits", CommitmentKind::Traffic, Cadence::Month, pieces("5000")),
        ];
        let contract = world.contract("dealer", "gz", commitments).await;
        let mut sold = fact("gz", "2026-04-03", SellOut, "USD", (7, 0), "30.5");
        sold.product_line = "bikes".to_owned();
        let parts = fact("gz", "2026-04-03", SellOut, "CNY", (7, 0), "100");
        let bought = fact("gz", "2026-01-02", SellIn, "CNY", (61_200, 0), "9");
        world.record("default", 1, vec![sold, parts, bought]).await;

        let found = list(&world, pb::ListCommitmentProgressRequest::default()).await.expect("listed");
        assert_eq!(found.through_batch, 1);
        let shown: Vec<_> = found
            .progress
            .iter()
            .map(|p| {
                assert_eq!((p.contract.as_str(), p.partner.as_str()), (contract.as_str(), "partners/gz"));
                let id = p.commitment.clone().expect("set").commitment_id;
                let text = |d: &Option<tributary_proto::google::r#type::Decimal>| d.clone().unwrap_or_default().value;
                format!(
                    "{id} {} {} {} {} {}",
                    text(&p.actual),
                    text(&p.elapsed),
                    text(&p.pace),
                    text(&p.attainment),
                    p.measured
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                // 61,200 of 100 × 1,000 by now, of 365,000 at all; Python: 61200 / 365000 = 0.16767123…
                "annual-purchases 61200 0.273973 0.612 0.167671 true",
                // The second quarter has 91 days, two pieces a day: 30.5 of 20; Python: 10 / 91 = 0.10989010…, 30.5 / 182 = 0.16758241…
                "sold-bikes 30.5 0.10989 1.525 0.167582 true",
                // Python: 10 / 30 = 0.333333…
                "visits  0.333333   false",
            ]
        );
        let bikes = &found.progress[1];
        assert_eq!((bikes.window_from, bikes.window_to), (Some(day("2026-04-01")), Some(day("2026-07-01"))));
        assert_eq!(bikes.window_target, Some(WindowTarget::TargetQuantity(decimal("182").expect("set"))));
        assert_eq!(found.progress[0].window_target, Some(WindowTarget::TargetAmount(decimal("365000").expect("set"))));
    }
}

#[tokio::test]
async fn any_day_of_the_term_can_be_asked_for() {
    for world in worlds("2026-04-10").await {
        world.contract("dealer", "gz", vec![purchases()]).await;
        let facts = ["2026-01-01", "2026-01-02", "2026-03-01"].map(|on| fact("gz", on, SellIn, "CNY", (1_000, 0), ""));
        world.record("default", 1, facts.to_vec()).await;
        for (as_of, expected) in [
            ("2025-12-31", None),
            ("2026-01-01", Some(("1000", "1"))),
            ("2026-01-02", Some(("2000", "1"))),
            // The 59th and 60th day: 2,000 of 59,000 and 3,000 of 60,000; Python: 2 / 59 = 0.03389830…
            ("2026-02-28", Some(("2000", "0.033898"))),
            ("2026-03-01", Some(("3000", "0.05"))),
            ("2027-01-01", None),
        ] {
            let request = pb::ListCommitmentProgressRequest { as_of: Some(day(as_of)), ..Default::default() };
            let found = list(&world, request).await.expect("listed").progress;
            let value = |d: &Option<tributary_proto::google::r#type::Decimal>| d.clone().expect("measured").value;
            let figures = found.first().map(|p| (value(&p.actual), value(&p.pace)));
            let figures = figures.as_ref().map(|(actual, pace)| (actual.as_str(), pace.as_str()));
            assert_eq!(figures, expected, "{as_of}");
        }
    }
}

#[tokio::test]
async fn progress_is_filtered_and_paged() {
    for world in worlds("2026-04-10").await {
        let two = || {
            let target = purchases().target.expect("set");
            vec![
                named("z", CommitmentKind::Purchase, Cadence::Year, target.clone()),
                named("a", CommitmentKind::Sales, Cadence::Year, target),
            ]
        };
        for (key, partner) in [("c2", "gz"), ("c1", "sz"), ("c3", "gz")] {
            world.contract(key, partner, two()).await;
        }
        let names = |found: &pb::ListCommitmentProgressResponse| -> Vec<String> {
            let name = |p: &pb::CommitmentProgress| {
                format!(
                    "{} {}",
                    p.contract.trim_start_matches("contracts/"),
                    p.commitment.clone().expect("set").commitment_id
                )
            };
            found.progress.iter().map(name).collect()
        };
        let ask = |partner: &str, contract: &str, page_token: &str| pb::ListCommitmentProgressRequest {
            partner: partner.to_owned(),
            contract: contract.to_owned(),
            page_size: 3,
            page_token: page_token.to_owned(),
            as_of: None,
        };
        let first = list(&world, ask("", "", "")).await.expect("listed");
        assert_eq!(names(&first), ["c1 a", "c1 z", "c2 a"]);
        let second = list(&world, ask("", "", &first.next_page_token)).await.expect("listed");
        assert_eq!(
            (names(&second), second.next_page_token.as_str()),
            (vec!["c2 z".into(), "c3 a".into(), "c3 z".into()], "")
        );
        let of_partner = list(&world, ask("partners/gz", "", "")).await.expect("listed");
        assert_eq!(names(&of_partner), ["c2 a", "c2 z", "c3 a"]);
        let rest = list(&world, ask("partners/gz", "", &of_partner.next_page_token)).await.expect("listed");
        assert_eq!(names(&rest), ["c3 z"]);
        let one = list(&world, ask("", "contracts/c2", "")).await.expect("listed");
        assert_eq!((names(&one), one.next_page_token.as_str()), (vec!["c2 a".into(), "c2 z".into()], ""));
        assert_eq!(names(&list(&world, ask("partners/sz", "contracts/c2", "")).await.expect("listed")), [""; 0]);
        let refused = list(&world, ask("gz", "c2", "")).await.expect_err("no names");
        assert_eq!(refused.violations.iter().map(|v| v.field.as_str()).collect::<Vec<_>>(), ["partner", "contract"]);
    }
}
