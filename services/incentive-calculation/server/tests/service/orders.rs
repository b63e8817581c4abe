//! The order and the customer of a fact: kept as stated, told by every read, part of the content when set.

use tributary_core::Role;
use tributary_proto::tributary::incentive::v1::{
    GetFactRequest, ListFactsRequest, ListLineFactsRequest, ReadFactsRequest, RecordFactRequest, SalesFact,
};

use crate::support::{Caller, World, answer, fang, flat, mei, preview, reason, refused, sale, worlds};

fn one(fact: SalesFact) -> RecordFactRequest {
    RecordFactRequest { fact: Some(fact) }
}

fn ordered(id: &str, net: &str, order_id: &str, customer_key: &str) -> SalesFact {
    SalesFact {
        order_id: order_id.to_owned(),
        customer_key: customer_key.to_owned(),
        ..sale(id, "anqing", "2012-07-05", net)
    }
}

/// "id order customer" of each fact.
fn shown(facts: &[SalesFact]) -> Vec<String> {
    facts.iter().map(|f| format!("{} {} {}", f.source_id, f.order_id, f.customer_key)).collect()
}

/// The facts of the first batch, as another service reads them.
async fn read(world: &World) -> Vec<SalesFact> {
    let service = Caller::new("default", "service:analytics", Role::Service);
    let request = service.ask(ReadFactsRequest { from_batch: 1, to_batch: 1 });
    let mut parts = world.facts().read_facts(request).await.expect("a stream").into_inner();
    let mut facts = Vec::new();
    while let Some(part) = parts.message().await.expect("a part") {
        facts.extend(part.facts);
    }
    facts
}

#[tokio::test]
async fn every_read_tells_them() {
    for world in worlds().await {
        world.dealers(&mei(), &["anqing"]).await;
        let rows = vec![
            ordered("1", "10.00", "SO-1", "c-9f86d081"),
            ordered("2", "20.00", "SO-1", ""),
            sale("3", "anqing", "2012-07-05", "30.00"),
        ];
        world.record(&mei(), rows).await;
        let expected = ["1 SO-1 c-9f86d081", "2 SO-1 ", "3  "];

        assert_eq!(shown(&read(&world).await), expected);
        let listed = answer(world.facts().list_facts(mei().ask(ListFactsRequest::default())).await).expect("facts");
        assert_eq!(shown(&listed.facts), expected);
        let key = GetFactRequest { source_system: "erp".to_owned(), source_id: "1".to_owned() };
        let got = answer(world.facts().get_fact(mei().ask(key)).await).expect("there");
        assert_eq!(shown(&[got]), expected[..1]);

        let run = world.run(&fang(), preview(flat("0.10"), "2012-Q3")).await;
        let statements = world.statements(&fang(), &run).await;
        let line = ListLineFactsRequest { name: statements[0].lines[0].name.clone(), ..Default::default() };
        let measured = answer(world.runs().list_line_facts(mei().ask(line)).await).expect("facts");
        assert_eq!(shown(&measured.facts), expected);
    }
}

#[tokio::test]
async fn they_are_content_when_they_are_set() {
    for world in worlds().await {
        world.dealers(&mei(), &["anqing"]).await;
        let stated = ordered("SO-1/1", "1000.50", "SO-1", "c-9f86d081");
        let recorded = answer(world.facts().record_fact(mei().ask(one(stated.clone()))).await).expect("recorded");
        // Python: sha256 over the canonical text of the fact, see the domain's `content_hash`; without the two lines at
        // its end it is the digest that the test of a single fact expects.
        let digest = "169db51bd96e4d2393b6330a150c19dfb957d2505157d0803a923a1cc8d6fa5e";
        assert_eq!(recorded.content_digest, digest);
        let again = answer(world.facts().record_fact(mei().ask(one(stated))).await).expect("known");
        assert_eq!(again, recorded);
        for (order, customer) in [("", "c-9f86d081"), ("SO-2", "c-9f86d081"), ("SO-1", ""), ("SO-1", "c-other")] {
            let other = world.facts().record_fact(mei().ask(one(ordered("SO-1/1", "1000.50", order, customer)))).await;
            assert_eq!(reason(other), "FACT_CONTENT_DIFFERS", "{order} {customer}");
        }
    }
}

#[tokio::test]
async fn they_have_bounds_and_no_control_characters() {
    for world in worlds().await {
        world.dealers(&mei(), &["anqing"]).await;
        let long = "单".repeat(201);
        for (order, customer) in [(long.as_str(), long.as_str()), ("SO\t1", "c\t1")] {
            let why = refused(world.facts().record_fact(mei().ask(one(ordered("1", "1.00", order, customer)))).await);
            assert_eq!(why.reason, "INVALID_REQUEST");
            let fields: Vec<_> = why.violations.iter().map(|v| v.field.as_str()).collect();
            assert_eq!(fields, ["fact.order_id", "fact.customer_key"]);
            assert!(!why.violations[1].description.contains("c\\t1"), "a key is not told: {why:?}");
        }
        let edge = "单".repeat(200);
        world.record(&mei(), vec![ordered("1", "1.00", &edge, &edge)]).await;
        assert_eq!(shown(&read(&world).await), [format!("1 {edge} {edge}")]);
    }
}
