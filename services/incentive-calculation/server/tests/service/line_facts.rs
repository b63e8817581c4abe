//! The very facts a line measured, and those of its base, as of the run's snapshot.

use tributary_proto::tributary::incentive::v1::{
    FactKind, ListLineFactsRequest, ListLineFactsResponse, Measure, MeasureField, PlanSpec, Rule, SalesFact, Statement,
};

use crate::support::{World, answer, fang, growth, lines, mei, money, plan, preview, rule, sale, worlds};

fn bikes(id: &str, on: &str, net: &str) -> SalesFact {
    SalesFact { product_line: "bikes".to_owned(), region: "CN/GD/Guangzhou".to_owned(), ..sale(id, "anqing", on, net) }
}

/// Growth of bikes in Guangdong, 10 % of the increment.
fn spec() -> PlanSpec {
    let measure = Measure {
        field: MeasureField::Net.into(),
        kinds: vec![FactKind::SellIn.into(), FactKind::Return.into()],
        product_lines: vec!["bikes".to_owned()],
        regions: vec!["CN/GD".to_owned()],
        ..Measure::default()
    };
    plan(vec![Rule { measure: Some(measure), ..rule("bikes", growth(&[("0", "0.10")])) }])
}

async fn page(world: &World, line: &str, base: bool, size: i32, token: &str) -> ListLineFactsResponse {
    let request = ListLineFactsRequest { name: line.to_owned(), base, page_size: size, page_token: token.to_owned() };
    answer(world.runs().list_line_facts(mei().ask(request)).await).expect("facts")
}

async fn ids(world: &World, line: &str, base: bool) -> Vec<String> {
    let page = page(world, line, base, 0, "").await;
    assert_eq!(page.next_page_token, "");
    page.facts.into_iter().map(|f| f.source_id).collect()
}

fn line(statements: &[Statement]) -> String {
    statements[0].lines[0].name.clone()
}

#[tokio::test]
async fn they_are_exactly_those_that_were_measured() {
    for world in worlds().await {
        world.dealers(&mei(), &["anqing", "baoding"]).await;
        let returned = SalesFact { kind: FactKind::Return.into(), ..bikes("N-4", "2012-09-30", "-50.00") };
        let not_measured = vec![
            bikes("X-1", "2012-06-30", "1.00"),
            bikes("X-2", "2012-10-01", "1.00"),
            bikes("X-3", "2011-06-30", "1.00"),
            bikes("X-4", "2011-10-01", "1.00"),
            SalesFact { kind: FactKind::SellOut.into(), ..bikes("X-5", "2012-08-01", "1.00") },
            SalesFact { product_line: "helmets".to_owned(), ..bikes("X-6", "2012-08-01", "1.00") },
            SalesFact { region: "CN/GDX".to_owned(), ..bikes("X-7", "2012-08-01", "1.00") },
            SalesFact { net: Some(money("USD", "1.00")), ..bikes("X-8", "2012-08-01", "1.00") },
            SalesFact { kind: FactKind::Adjustment.into(), ..bikes("X-9", "2011-08-01", "1.00") },
        ];
        let mut facts = vec![
            bikes("N-3", "2012-07-01", "800.00"),
            bikes("N-1", "2012-08-01", "400.00"),
            SalesFact { source_system: "pos".to_owned(), ..bikes("N-0", "2012-08-01", "50.00") },
            returned,
            bikes("B-2", "2011-07-01", "300.00"),
            bikes("B-1", "2011-09-30", "700.00"),
            SalesFact { product_line: "bikes".to_owned(), ..sale("Y-1", "baoding", "2012-08-01", "1.00") },
        ];
        facts.extend(not_measured);
        world.record(&mei(), facts).await;

        let run = world.run(&fang(), preview(spec(), "2012-Q3")).await;
        let statements = world.statements(&fang(), &run).await;
        // 800 + 400 + 50 − 50 = 1,200 against 1,000: 10 % of 200.
        assert_eq!(lines(&statements), ["anqing preview.bikes 1200 CNY 20.00 4"]);
        // In the order of source system and source id.
        let name = line(&statements);
        assert_eq!(ids(&world, &name, false).await, ["N-1", "N-3", "N-4", "N-0"]);
        assert_eq!(ids(&world, &name, true).await, ["B-1", "B-2"]);

        // What comes later is not of this line, but of the next run's.
        world.record(&mei(), vec![bikes("N-2", "2012-08-02", "300.00"), bikes("B-3", "2011-08-02", "200.00")]).await;
        assert_eq!(ids(&world, &name, false).await, ["N-1", "N-3", "N-4", "N-0"]);
        assert_eq!(ids(&world, &name, true).await, ["B-1", "B-2"]);
        let later = world.run(&fang(), preview(spec(), "2012-Q3")).await;
        let later = world.statements(&fang(), &later).await;
        assert_eq!(lines(&later), ["anqing preview.bikes 1500 CNY 30.00 5"]);
        assert_eq!(ids(&world, &line(&later), false).await, ["N-1", "N-2", "N-3", "N-4", "N-0"]);
        assert_eq!(ids(&world, &line(&later), true).await, ["B-1", "B-2", "B-3"]);
    }
}

#[tokio::test]
async fn they_come_page_by_page_without_gap_or_repeat() {
    for world in worlds().await {
        world.dealers(&mei(), &["anqing"]).await;
        let mut facts = vec![bikes("B-1", "2011-08-01", "1.00")];
        for i in 0..7 {
            facts.push(bikes(&format!("N-{i}"), "2012-08-01", "1.00"));
            facts.push(sale(&format!("O-{i}"), "anqing", "2012-08-01", "1.00"));
        }
        world.record(&mei(), facts).await;
        let run = world.run(&fang(), preview(spec(), "2012-Q3")).await;
        let name = line(&world.statements(&fang(), &run).await);
        let (mut token, mut sizes, mut found) = (String::new(), Vec::new(), Vec::new());
        loop {
            let page = page(&world, &name, false, 3, &token).await;
            sizes.push(page.facts.len());
            found.extend(page.facts.into_iter().map(|f| f.source_id));
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(sizes, [3, 3, 1]);
        assert_eq!(found, (0..7).map(|i| format!("N-{i}")).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_base_given_by_the_plan_has_no_facts() {
    for world in worlds().await {
        use tributary_proto::tributary::incentive::v1::{GrowthBase, rule::Reward};
        world.dealers(&mei(), &["anqing"]).await;
        world.record(&mei(), vec![bikes("N-1", "2012-08-01", "300.00"), bikes("B-1", "2011-08-01", "1.00")]).await;
        let mut spec = spec();
        let Some(Reward::Growth(growth)) = &mut spec.rules[0].reward else { panic!("a growth rule") };
        growth.base = GrowthBase::Given.into();
        growth.given_base = crate::support::decimal("100");
        let run = world.run(&fang(), preview(spec, "2012-Q3")).await;
        let statements = world.statements(&fang(), &run).await;
        assert_eq!(lines(&statements), ["anqing preview.bikes 300 CNY 20.00 1"]);
        assert!(ids(&world, &line(&statements), true).await.is_empty());
    }
}
