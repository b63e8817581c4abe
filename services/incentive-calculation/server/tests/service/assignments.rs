//! Who is paid by which plan: the most specific assignment wins, and what a partner is on the last day decides.

use tributary_core::Timestamp;
use tributary_proto::tributary::{
    incentive::v1::{AttributeTrace, ExplainLineRequest, Statement, assignment::Target},
    partner::v1::PartnerKind,
};

use crate::support::{World, answer, dealer, fang, final_run, flat, mei, paying, sale, totals, worlds};

const PLACE: (&str, &str) = ("network", "rebate");

async fn plan(world: &World, id: &str, rate: &str, target: Target) {
    world.active((&mei(), &fang()), id, PLACE, paying(flat(rate), target, 0)).await;
}

/// One sale of 1,000.00 each in the third quarter.
async fn sales(world: &World, partners: &[&str]) {
    let facts = partners.iter().map(|p| sale(&format!("F-{p}"), p, "2012-08-10", "1000.00")).collect();
    world.record(&mei(), facts).await;
}

async fn paid(world: &World, request_id: &str) -> Vec<Statement> {
    let run = world.run(&fang(), final_run("network", "2012-Q3", request_id)).await;
    world.statements(&fang(), &run).await
}

async fn decided_by(world: &World, statement: &Statement) -> Vec<AttributeTrace> {
    let request = ExplainLineRequest { name: statement.lines[0].name.clone() };
    answer(world.runs().explain_line(mei().ask(request)).await).expect("explained").trace.expect("a trace").attributes
}

#[tokio::test]
async fn the_most_specific_assignment_wins() {
    for world in worlds().await {
        world.programme(&fang(), "network", &["rebate"]).await;
        plan(&world, "everybody", "0.01", Target::All(true)).await;
        plan(&world, "region", "0.02", Target::Region("CN/GD".to_owned())).await;
        plan(&world, "kind", "0.03", Target::Kind("DEALER".to_owned())).await;
        plan(&world, "tier", "0.04", Target::Tier("gold".to_owned())).await;
        plan(&world, "label", "0.05", Target::Label("segment=road".to_owned())).await;
        plan(&world, "partner", "0.06", Target::Partner("partners/a-prime".to_owned())).await;

        for (id, kind, region, road) in [
            ("a-prime", PartnerKind::Dealer, "CN/GD", true),
            ("b-labelled", PartnerKind::Dealer, "CN/GD", true),
            ("c-golden", PartnerKind::Dealer, "CN/GD", false),
            ("d-dealer", PartnerKind::Dealer, "CN/GD", false),
            ("e-shop", PartnerKind::Retailer, "CN/GD/Guangzhou", false),
            ("f-near", PartnerKind::Retailer, "CN/GDX", false),
            ("g-far", PartnerKind::Retailer, "US/WA", false),
        ] {
            let mut partner = dealer(id);
            (partner.kind, partner.region) = (kind.into(), region.to_owned());
            partner.labels.insert("segment".to_owned(), if road { "road" } else { "city" }.to_owned());
            world.changed(&mei(), partner, "2012-01-01").await;
        }
        for id in ["a-prime", "b-labelled", "c-golden"] {
            world.tier(&mei(), id, "gold", ("2012-01-01", None), "2012-01-01").await;
        }
        sales(&world, &["a-prime", "b-labelled", "c-golden", "d-dealer", "e-shop", "f-near", "g-far"]).await;
        let statements = paid(&world, "one").await;
        let expected = [
            "a-prime CNY 60.00",
            "b-labelled CNY 50.00",
            "c-golden CNY 40.00",
            "d-dealer CNY 30.00",
            "e-shop CNY 20.00",
            "f-near CNY 10.00",
            "g-far CNY 10.00",
        ];
        assert_eq!(totals(&statements), expected);

        let trace = |attribute: &str, value: &str, revision| {
            vec![AttributeTrace { attribute: attribute.to_owned(), value: value.to_owned(), revision }]
        };
        let expected = [
            trace("partner", "partners/a-prime", 1),
            trace("label", "segment=road", 1),
            trace("tier", "gold", 0),
            trace("kind", "DEALER", 1),
            trace("region", "CN/GD/Guangzhou", 1),
            Vec::new(),
            Vec::new(),
        ];
        for (statement, expected) in statements.iter().zip(expected) {
            assert_eq!(decided_by(&world, statement).await, expected, "{}", statement.partner);
        }
    }
}

#[tokio::test]
async fn slots_add_up_and_a_partner_no_plan_fits_has_no_statement() {
    for world in worlds().await {
        world.programme(&fang(), "network", &["rebate", "bonus"]).await;
        plan(&world, "dealers", "0.03", Target::Kind("DEALER".to_owned())).await;
        let bonus = paying(flat("0.01"), Target::Region("CN".to_owned()), 0);
        world.active((&mei(), &fang()), "bonus", ("network", "bonus"), bonus).await;
        let mut creator = dealer("b-creator");
        creator.kind = PartnerKind::Creator.into();
        let mut abroad = dealer("c-abroad");
        (abroad.kind, abroad.region) = (PartnerKind::Creator.into(), "US".to_owned());
        world.dealers(&mei(), &["a-dealer"]).await;
        world.changed(&mei(), creator, "2012-01-01").await;
        world.changed(&mei(), abroad, "2012-01-01").await;
        sales(&world, &["a-dealer", "b-creator", "c-abroad"]).await;
        let statements = paid(&world, "one").await;
        assert_eq!(totals(&statements), ["a-dealer CNY 40.00", "b-creator CNY 10.00"]);
        let expected = [
            "a-dealer rebate.rebate 1000 CNY 30.00 1",
            "a-dealer bonus.rebate 1000 CNY 10.00 1",
            "b-creator bonus.rebate 1000 CNY 10.00 1",
        ];
        assert_eq!(crate::support::lines(&statements), expected);
    }
}

#[tokio::test]
async fn the_tier_on_the_last_day_decides() {
    for world in worlds().await {
        world.programme(&fang(), "network", &["rebate"]).await;
        plan(&world, "everybody", "0.01", Target::All(true)).await;
        plan(&world, "gold", "0.04", Target::Tier("gold".to_owned())).await;
        let partners = ["a-last-day", "b-until-then", "c-after", "d-corrected", "e-back-dated"];
        world.dealers(&mei(), &partners).await;
        sales(&world, &partners).await;
        world.tier(&mei(), "a-last-day", "gold", ("2012-09-30", Some("2012-10-01")), "2012-09-01").await;
        world.tier(&mei(), "b-until-then", "gold", ("2012-01-01", Some("2012-09-30")), "2012-09-01").await;
        world.tier(&mei(), "c-after", "gold", ("2012-10-01", None), "2012-09-01").await;
        world.tier(&mei(), "d-corrected", "gold", ("2012-01-01", None), "2012-09-01").await;
        world.tier(&mei(), "d-corrected", "silver", ("2012-09-01", None), "2012-09-02").await;
        world.tier(&mei(), "e-back-dated", "silver", ("2012-01-01", None), "2012-09-01").await;
        world.tier(&mei(), "e-back-dated", "gold", ("2012-07-01", None), "2012-10-04").await;
        let expected = [
            "a-last-day CNY 40.00",
            "b-until-then CNY 10.00",
            "c-after CNY 10.00",
            "d-corrected CNY 10.00",
            "e-back-dated CNY 40.00",
        ];
        assert_eq!(totals(&paid(&world, "one").await), expected);
    }
}

#[tokio::test]
async fn a_change_of_the_partner_counts_from_its_day_in_shanghai() {
    for world in worlds().await {
        world.programme(&fang(), "network", &["rebate"]).await;
        plan(&world, "everybody", "0.01", Target::All(true)).await;
        plan(&world, "retailers", "0.05", Target::Kind("RETAILER".to_owned())).await;
        world.dealers(&mei(), &["a-in-time", "b-too-late"]).await;
        // 2012-09-30T15:59:59Z and one second later: the last second of the quarter in Shanghai and the first after it.
        for (id, second) in [("a-in-time", 1_349_020_799), ("b-too-late", 1_349_020_800)] {
            let mut changed = dealer(id);
            (changed.kind, changed.revision) = (PartnerKind::Retailer.into(), 2);
            world.changed_at(&mei(), changed, Timestamp(0).plus_seconds(second)).await;
        }
        sales(&world, &["a-in-time", "b-too-late"]).await;
        let statements = paid(&world, "one").await;
        assert_eq!(totals(&statements), ["a-in-time CNY 50.00", "b-too-late CNY 10.00"]);
        assert_eq!(decided_by(&world, &statements[0]).await[0].revision, 2);
    }
}
