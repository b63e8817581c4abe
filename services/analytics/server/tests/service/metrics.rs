//! `ListMetrics` and `QueryMetrics`: values, periods, pages, refusals.

use tonic::Code;
use tributary_proto::{
    google::r#type::{Date, Money},
    tributary::{
        analytics::v1::{
            Cost, ListMetricsRequest, MetricDefinition,
            MetricDimension::{self, Channel, Kind, Partner, Region, SubChannel},
            MetricGrain::{self, Month, Week},
            MetricUnit, QueryMetricsRequest, RecordCostsRequest, RecordTouchpointsRequest, SalesBasis, Touchpoint,
            TouchpointKind,
        },
        incentive::v1::{
            ChannelClass,
            FactKind::{self, Return, SellIn, SellOut},
            SalesFact,
        },
    },
};

use crate::{
    incentive::fact,
    support::{Running, analyst, asked, manager, services, shown},
};

fn day(year: i32, month: i32, day: i32) -> Option<Date> {
    Some(Date { year, month, day })
}

fn yuan(units: i64) -> Option<Money> {
    Some(Money { currency_code: "CNY".to_owned(), units, nanos: 0 })
}

/// A line of an order in yuan.
fn line(order: &str, on: (i32, i32, i32), kind: FactKind, partner: &str, net: i64) -> SalesFact {
    let id = format!("{order}/{partner}/{net}");
    SalesFact { source_id: id, order_id: order.to_owned(), ..fact(partner, on, kind, "CNY", (net, 0), "1") }
}

fn online(fact: SalesFact) -> SalesFact {
    SalesFact { channel: ChannelClass::Online.into(), sub_channel: "tmall".to_owned(), ..fact }
}

fn to(key: &str, fact: SalesFact) -> SalesFact {
    SalesFact { customer_key: key.to_owned(), ..fact }
}

fn of(region: &str, fact: SalesFact) -> SalesFact {
    SalesFact { region: region.to_owned(), ..fact }
}

/// Sell-in of two partners.
fn sell_in() -> Vec<SalesFact> {
    let first = online(line("A", (2012, 7, 1), SellIn, "p", 100));
    vec![
        of("CN/GD/GZ", SalesFact { gross: yuan(120), cost: yuan(60), ..first.clone() }),
        // No gross, and no cost.
        of("CN/GD/SZ", online(line("A", (2012, 7, 1), SellIn, "p", 51))),
        of("CN/ZJ", line("B", (2012, 7, 9), SellIn, "q", 200)),
        of("CN/GD/GZ", online(line("C", (2012, 8, 1), SellIn, "p", 50))),
        of("CN/GD/GZ", SalesFact { cost: yuan(-10), ..online(line("A", (2012, 8, 2), Return, "p", -30)) }),
    ]
}

fn monthly(metrics: &[&str], dimensions: &[MetricDimension]) -> QueryMetricsRequest {
    QueryMetricsRequest { grain: Month.into(), basis: SalesBasis::SellIn.into(), ..asked(metrics, dimensions) }
}

#[tokio::test]
async fn metrics_are_listed_with_their_definitions() {
    for service in services().await {
        let answer = service.client.clone().list_metrics(analyst("default", ListMetricsRequest {})).await;
        let metrics = answer.expect("metrics").into_inner().metrics;
        let ids: Vec<&str> = metrics.iter().map(|metric| metric.metric.as_str()).collect();
        assert_eq!(
            ids,
            [
                "gmv",
                "net_sales",
                "returns",
                "gross_profit",
                "gross_margin",
                "quantity",
                "lines",
                "orders",
                "partners",
                "active_partners",
                "aov",
                "return_rate",
                "customers",
                "new_customers",
                "repeat_customers",
                "repurchase_rate",
                "channel_share",
                "visits",
                "leads",
                "conversions",
                "conversion_rate",
                "marketing_cost",
                "cost_per_order",
                "roi",
            ]
        );
        let find = |id: &str| metrics.iter().find(|metric| metric.metric == id).cloned().expect(id);
        let MetricDefinition { title, formula, unit, owner, dimensions, .. } = find("return_rate");
        assert_eq!((title.as_str(), owner.as_str(), unit), ("Return rate", "finance", MetricUnit::Ratio.into()));
        assert_eq!(formula, "returns ÷ sum of net of sell-in and sell-out lines");
        assert_eq!(dimensions, (1..=8).collect::<Vec<i32>>());
        let visits = find("visits");
        assert_eq!((visits.unit, visits.dimensions), (MetricUnit::Count.into(), vec![1, 2, 5, 6]));
        assert_eq!(find("aov").unit, i32::from(MetricUnit::Money));
        assert_eq!(find("quantity").unit, i32::from(MetricUnit::Quantity));
    }
}

#[tokio::test]
async fn ratios_show_what_they_are_made_of() {
    for service in services().await {
        service.record("default", 1, sell_in()).await.expect("delivered");
        let money = ["gmv", "net_sales", "returns", "gross_profit", "gross_margin", "aov", "return_rate"];
        assert_eq!(
            service.rows("default", monthly(&money, &[])).await.0,
            [
                // 120 + 51 + 200 over two orders; 185.5 in whole fen.
                "2012-07 CNY | 371 351 0 40 0.4(40/100) 185,500000000(371/2) 0(0/351)",
                // A return of 30 that had cost 10, against a sale of 50; 20 lost of −30 returned.
                "2012-08 CNY | 50 20 30 -20 0.666667(-20/-30) 50(50/1) 0.6(30/50)",
            ]
        );
        let counts =
            ["lines", "orders", "partners", "active_partners", "customers", "new_customers", "repeat_customers"];
        let counts: Vec<&str> = counts.into_iter().chain(["repurchase_rate"]).collect();
        // Without money nothing is split by currency.
        assert_eq!(
            service.rows("default", monthly(&counts, &[])).await.0,
            ["2012-07 | 3 2 2 2 2 2 0 0(0/2)", "2012-08 | 2 1 1 1 1 0 0 0(0/1)"]
        );
        let whole = QueryMetricsRequest { grain: 0, ..monthly(&["repurchase_rate", "channel_share"], &[Channel]) };
        assert_eq!(
            service.rows("default", whole).await.0,
            // q bought elsewhere, and once. Online 100 + 51 + 50 − 30 of 371.
            ["CNY | 0(0/1) 0.539084(200/371)", "ONLINE CNY | 1(1/1) 0.460916(171/371)"]
        );
    }
}

#[tokio::test]
async fn a_late_fact_counts_on_its_day_and_changes_who_was_new() {
    for service in services().await {
        let bought = |order: &str, on, key: &str| to(key, line(order, on, SellOut, "p", 10));
        let batch = vec![
            bought("S1", (2012, 7, 2), "c1"),
            bought("S2", (2012, 7, 8), "c1"),
            bought("S3", (2012, 7, 9), "c2"),
            bought("S4", (2012, 7, 9), ""),
        ];
        service.record("default", 1, batch).await.expect("delivered");
        let weekly = QueryMetricsRequest {
            grain: Week.into(),
            basis: SalesBasis::Unspecified.into(),
            ..asked(&["orders", "customers", "new_customers", "repeat_customers"], &[])
        };
        let answer = service.query("default", weekly.clone()).await.expect("rows");
        assert_eq!(answer.basis(), SalesBasis::SellOut, "the only flow there is");
        let rows: Vec<String> = answer.rows.iter().map(shown).collect();
        assert_eq!(rows, ["2012-W27 | 2 1 1 1", "2012-W28 | 2 1 1 0"]);

        service.record("default", 2, vec![bought("S0", (2012, 6, 30), "c2")]).await.expect("delivered");
        assert_eq!(
            service.rows("default", weekly).await,
            (["2012-W26 | 1 1 1 0", "2012-W27 | 2 1 1 1", "2012-W28 | 2 1 0 0"].map(str::to_owned).to_vec(), 2)
        );
    }
}

#[tokio::test]
async fn flows_are_never_added_unasked() {
    for service in services().await {
        let mut facts = sell_in();
        facts.push(of("CN/GD/GZ", to("c1", line("S1", (2012, 7, 20), SellOut, "p", 80))));
        service.record("default", 1, facts).await.expect("delivered");
        let question = |dimensions: &[MetricDimension], filter: &str, basis: SalesBasis| QueryMetricsRequest {
            basis: basis.into(),
            filter: filter.to_owned(),
            ..asked(&["net_sales"], dimensions)
        };
        let unsaid = SalesBasis::Unspecified;
        let refused = service.query("default", question(&[], "", unsaid)).await.expect_err("two flows");
        assert_eq!((refused.code, &*refused.reason), (Code::FailedPrecondition, "BASIS_AMBIGUOUS"));
        let found = async |question| {
            let answer = service.query("default", question).await.expect("rows");
            (answer.rows.iter().map(shown).collect::<Vec<_>>(), answer.basis())
        };
        let row = |row: &str| vec![row.to_owned()];
        assert_eq!(found(question(&[], "", SalesBasis::SellIn)).await, (row("CNY | 371"), SalesBasis::SellIn));
        assert_eq!(found(question(&[], "", SalesBasis::SellOut)).await, (row("CNY | 80"), SalesBasis::SellOut));
        assert_eq!(found(question(&[], "", SalesBasis::All)).await, (row("CNY | 451"), SalesBasis::All));
        let filter = "partner = partners/q";
        assert_eq!(found(question(&[], filter, unsaid)).await, (row("CNY | 200"), SalesBasis::SellIn));
        let kinds = ["RETURN CNY | -30", "SELL_IN CNY | 401", "SELL_OUT CNY | 80"].map(str::to_owned);
        assert_eq!(found(question(&[Kind], "", unsaid)).await, (kinds.to_vec(), SalesBasis::All));
        let nothing = question(&[], "partner = partners/nobody", unsaid);
        assert_eq!(found(nothing).await, (Vec::new(), SalesBasis::Unspecified));
    }
}

#[tokio::test]
async fn filters_and_dimensions_cut_regions_by_whole_parts() {
    for service in services().await {
        service.record("default", 1, sell_in()).await.expect("delivered");
        let rows = async |filter: &str, region_depth| {
            let filter = filter.to_owned();
            let question = QueryMetricsRequest { filter, region_depth, ..monthly(&["net_sales"], &[Region]) };
            service.rows("default", QueryMetricsRequest { grain: 0, ..question }).await.0
        };
        assert_eq!(rows("", 2).await, ["CN/GD CNY | 171", "CN/ZJ CNY | 200"]);
        assert_eq!(rows(r#"region:"CN/GD""#, 0).await, ["CN/GD/GZ CNY | 120", "CN/GD/SZ CNY | 51"]);
        assert_eq!(rows(r#"region:"CN/G""#, 0).await, [""; 0]);
        assert_eq!(rows(r#"region:"CN/GD" AND NOT kind = RETURN"#, 1).await, ["CN CNY | 201"]);
        assert_eq!(rows("channel = ONLINE OR partner = partners/q", 1).await, ["CN CNY | 371"]);
    }
}

#[tokio::test]
async fn periods_are_cut_to_the_range() {
    for service in services().await {
        service.record("default", 1, sell_in()).await.expect("delivered");
        let bounds = async |grain: MetricGrain, from, to| {
            let question = QueryMetricsRequest { grain: grain.into(), from, to, ..monthly(&["lines"], &[]) };
            let answer = service.query("default", question).await.expect("rows");
            answer.rows.into_iter().map(|row| (row.period, row.period_from, row.period_to)).collect::<Vec<_>>()
        };
        let row = |period: &str, from, to| (period.to_owned(), from, to);
        assert_eq!(
            bounds(Month, day(2012, 7, 2), day(2012, 8, 2)).await,
            [row("2012-07", day(2012, 7, 2), day(2012, 8, 1)), row("2012-08", day(2012, 8, 1), day(2012, 8, 2))]
        );
        assert_eq!(bounds(MetricGrain::Quarter, None, None).await, [row("2012-Q3", day(2012, 7, 1), day(2012, 10, 1))]);
        assert_eq!(
            bounds(MetricGrain::Day, day(2012, 8, 2), None).await,
            [row("2012-08-02", day(2012, 8, 2), day(2012, 8, 3))]
        );
        let whole = MetricGrain::Unspecified;
        assert_eq!(bounds(whole, day(2012, 7, 2), None).await, [row("", day(2012, 7, 2), None)]);
        assert_eq!(bounds(whole, day(2013, 1, 1), None).await, []);
    }
}

#[tokio::test]
async fn rows_are_paged() {
    for service in services().await {
        service.record("default", 1, sell_in()).await.expect("delivered");
        let page = |token: &str| QueryMetricsRequest {
            page_size: 2,
            page_token: token.to_owned(),
            ..monthly(&["lines"], &[Partner, Region])
        };
        let mut found = Vec::new();
        let mut token = String::new();
        for rows in [2, 2] {
            let answer = service.query("default", page(&token)).await.expect("rows");
            assert_eq!((answer.rows.len(), answer.through_batch), (rows, 1));
            found.extend(answer.rows.iter().map(shown));
            token = answer.next_page_token;
        }
        assert_eq!(
            found,
            [
                "2012-07 partners/p CN/GD/GZ | 1",
                "2012-07 partners/p CN/GD/SZ | 1",
                "2012-07 partners/q CN/ZJ | 1",
                "2012-08 partners/p CN/GD/GZ | 2",
            ]
        );
        assert_eq!(token, "");
        let first = service.query("default", page("")).await.expect("rows");
        let other = QueryMetricsRequest { grain: Week.into(), ..page(&first.next_page_token) };
        let refused = service.query("default", other).await.expect_err("another query");
        assert_eq!((refused.code, &*refused.reason), (Code::InvalidArgument, "PAGE_TOKEN_INVALID"));
        // A page of another length is the same query.
        let longer = QueryMetricsRequest { page_size: 50, ..page(&first.next_page_token) };
        assert_eq!(service.query("default", longer).await.expect("rows").rows.len(), 2);
    }
}

#[tokio::test]
async fn wrong_questions_name_every_field() {
    for service in services().await {
        let refused = async |request| {
            let refused = service.query("default", request).await.expect_err("wrong");
            assert_eq!(refused.code, Code::InvalidArgument);
            let fields: Vec<String> = refused.violations.into_iter().map(|v| v.field).collect();
            (refused.reason, fields.join(" "))
        };
        let invalid = |fields: &str| ("INVALID_REQUEST".to_owned(), fields.to_owned());
        let bounds = |from, to| QueryMetricsRequest { from, to, ..asked(&["gmv"], &[]) };
        assert_eq!(refused(bounds(day(2012, 2, 30), day(2012, 13, 1))).await, invalid("from to"));
        assert_eq!(refused(bounds(day(2012, 8, 1), day(2012, 7, 1))).await, invalid("to"));
        assert_eq!(refused(asked(&["gmv", "sales"], &[])).await, invalid("metrics[1]"));
        assert_eq!(refused(asked(&["visits"], &[Kind, Partner])).await, invalid("dimensions[0]"));
        assert_eq!(refused(asked(&["channel_share"], &[SubChannel])).await, invalid("dimensions"));
        let filter = |filter: &str| QueryMetricsRequest { filter: filter.to_owned(), ..asked(&["visits"], &[]) };
        assert_eq!(refused(filter("sku = B1")).await, invalid("filter"));
        assert_eq!(refused(filter("colour = red")).await, ("FILTER_INVALID".to_owned(), "filter".to_owned()));
        assert_eq!(refused(QueryMetricsRequest::default()).await, invalid("metrics"));
        for dimensions in [vec![0], vec![9], vec![1, 1]] {
            let (_, fields) = refused(QueryMetricsRequest { dimensions, ..asked(&["gmv"], &[]) }).await;
            assert!(fields.starts_with("dimensions"), "{fields}");
        }
        assert_eq!(refused(QueryMetricsRequest { page_size: -1, ..asked(&["gmv"], &[]) }).await, invalid("page_size"));
    }
}

/// Ten visits, a lead and two conversions of tmall in July, and what it cost.
async fn campaign(service: &Running) {
    let touchpoint = |id: usize, kind: TouchpointKind| Touchpoint {
        source_system: "web".to_owned(),
        source_id: format!("t{id}"),
        kind: kind.into(),
        channel: "tmall".to_owned(),
        channel_class: "ONLINE".to_owned(),
        partner: "partners/p".to_owned(),
        // 2012-07-05T00:00:00Z
        occurred_at: Some(prost_types::Timestamp { seconds: 1_341_446_400, nanos: 0 }),
        ..Touchpoint::default()
    };
    let kinds = [(10, TouchpointKind::Visit), (1, TouchpointKind::Lead), (2, TouchpointKind::Conversion)];
    let kinds = kinds.into_iter().flat_map(|(count, kind)| std::iter::repeat_n(kind, count));
    let touchpoints: Vec<_> = kinds.enumerate().map(|(id, kind)| touchpoint(id, kind)).collect();
    let request = manager("default", RecordTouchpointsRequest { touchpoints });
    let recorded = service.ingest.clone().record_touchpoints(request).await.expect("recorded").into_inner();
    assert_eq!(recorded.recorded_count, 13);
    let cost = Cost {
        source_system: "erp".to_owned(),
        source_id: "1".to_owned(),
        cost_type: "media".to_owned(),
        occurred_on: day(2012, 7, 31),
        amount: yuan(25),
        channel: "ONLINE".to_owned(),
        sub_channel: "tmall".to_owned(),
        partner: "partners/p".to_owned(),
        ..Cost::default()
    };
    let request = manager("default", RecordCostsRequest { costs: vec![cost] });
    let recorded = service.ingest.clone().record_costs(request).await.expect("recorded").into_inner();
    assert_eq!(recorded.recorded_count, 1);
}

#[tokio::test]
async fn campaigns_meet_sales() {
    for service in services().await {
        service.record("default", 1, sell_in()).await.expect("delivered");
        campaign(&service).await;
        let touchpoints = ["visits", "leads", "conversions", "conversion_rate"];
        assert_eq!(
            service.rows("default", monthly(&touchpoints, &[Channel, SubChannel])).await.0,
            ["2012-07 ONLINE tmall | 10 1 2 0.2(2/10)"]
        );
        // Profit 40 of one order; in August no cost, and a return.
        assert_eq!(
            service.rows("default", monthly(&["marketing_cost", "cost_per_order", "roi"], &[Partner, Channel])).await.0,
            [
                "2012-07 partners/p ONLINE CNY | 25 25(25/1) 0.6(15/25)",
                // What the goods of q cost is not known.
                "2012-07 partners/q CNY | 0 0(0/1) -",
                "2012-08 partners/p ONLINE CNY | 0 0(0/1) -(-20/0)",
            ]
        );
        // Touchpoints have no currency.
        let july = QueryMetricsRequest {
            filter: "channel = ONLINE".to_owned(),
            to: day(2012, 8, 1),
            ..monthly(&["gmv", "visits"], &[])
        };
        assert_eq!(service.rows("default", july).await.0, ["2012-07 | - 10", "2012-07 CNY | 171 -"]);
    }
}
