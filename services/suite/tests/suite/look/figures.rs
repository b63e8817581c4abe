//! Metrics, volume classes, targets.

use serde_json::json;
use tributary_proto::{
    google::r#type::Decimal,
    tributary::analytics::v1::{CreateTargetRequest, QueryMetricsRequest, Target},
};

use super::{World, row, until};

impl World {
    /// The facts, and analytics that has counted them.
    async fn counted() -> Self {
        let world = Self::start().await;
        world.partners().await;
        world.facts().await;
        until("analytics has the facts", async || {
            let request = QueryMetricsRequest { metrics: vec!["lines".to_owned()], ..QueryMetricsRequest::default() };
            let answer = world.connection.metrics().query_metrics(request).await.expect("an answer").into_inner();
            answer.through_batch == 1
        })
        .await;
        world
    }

    async fn target(&self, id: &str, target: Target) {
        let request = CreateTargetRequest { target: Some(target), target_id: id.to_owned(), request_id: String::new() };
        self.connection.targets().create_target(request).await.expect("set");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn metrics_are_told() {
    let world = World::counted().await;
    let definitions = world.table(&["metrics"]);
    assert_eq!(definitions[0], ["metric", "title", "unit", "formula", "dimensions"]);
    assert_eq!(row(&definitions, "aov"), ["aov", "Average order value", "money", "gmv ÷ orders", "all"]);
    assert_eq!(row(&definitions, "visits")[4], "partner, region, channel, sub-channel");

    // Of three sales of 1,800,000 together 75,000 came back: 4.1666…; in March 75,000 of 300,000.
    let whole = world.table(&["metrics", "gmv", "orders,aov", "return_rate", "--period", "2026-Q1"]);
    assert_eq!(
        whole,
        [["currency", "gmv", "orders", "aov", "return_rate"], ["CNY", "1,800,000.00", "3", "600,000.00", "4.2 %"],]
    );
    let months = world.table(&["metrics", "gmv", "return_rate", "--grain", "month", "--from", "2026-02-01"]);
    assert_eq!(row(&months, "2026-02"), ["2026-02", "CNY", "500,000.00", "0.0 %"]);
    assert_eq!(row(&months, "2026-03"), ["2026-03", "CNY", "300,000.00", "25.0 %"]);
    assert_eq!(months.len(), 3);
    // 1,300,000 and 425,000 of 1,725,000.
    let channels = world.table(&["metrics", "net_sales", "channel_share", "--by", "channel"]);
    assert_eq!(row(&channels, "ONLINE"), ["ONLINE", "CNY", "1,300,000.00", "75.4 %"]);
    assert_eq!(row(&channels, "OFFLINE"), ["OFFLINE", "CNY", "425,000.00", "24.6 %"]);
    let exact = world.json(&["metrics", "channel_share", "--by", "channel", "--filter", "channel = ONLINE", "--json"]);
    assert_eq!(exact[0]["values"][0]["number"], json!("0.753623"));
    // birch has one sale, alpine two sales and a return.
    let first = world.table(&["metrics", "lines", "--by", "partner", "--top", "1"]);
    assert_eq!(first[1..], [["partners/alpine", "3"]]);
    // No fact states a product line; there is no sell-out.
    let lines = world.table(&["metrics", "gmv", "--by", "product-line"]);
    assert_eq!(lines[1..], [["(not stated)", "CNY", "1,800,000.00"]]);
    assert_eq!(world.table(&["metrics", "gmv", "--basis", "sell-out"]).len(), 1);

    // alpine: 1,425,000 ÷ 1,725,000 = 0.826087, more than 0.80 and at most 0.95; birch: all of it.
    let classes = world.table(&["metrics", "classes", "--period", "2026"]);
    assert_eq!(classes[0], ["class", "members", "net_sales CNY"]);
    assert_eq!(row(&classes, "B"), ["B", "1", "1,425,000.00"]);
    assert_eq!(row(&classes, "1"), ["1", "partners/alpine", "1,425,000.00", "82.6 %", "82.6 %", "B"]);
    assert_eq!(row(&classes, "2"), ["2", "partners/birch", "300,000.00", "17.4 %", "100.0 %", "C"]);
    let wider = world.json(&["metrics", "classes", "--a-share", "0.9", "--top", "1", "--json"]);
    let member = &wider.last().expect("a member")["member"];
    assert_eq!((&member["member"], &member["volumeClass"]), (&json!("partners/alpine"), &json!("VOLUME_CLASS_A")));
    assert_eq!(member["share"], json!("0.826087"));

    for (arguments, why) in [
        (&["metrics", "gmv", "--by", "chanel"][..], "\"chanel\" is no dimension; did you mean \"channel\"?"),
        (&["metrics", "gvm"], "\"gvm\" is no metric; did you mean \"gmv\"?"),
        (&["metrics", "gmv", "--grain", "fortnight"], "known: day, week, month, quarter, year"),
        (&["metrics", "gmv", "--from", "2026-02-30"], "is not a date; write it as 2012-07-31"),
        (&["metrics", "gmv", "--from", "2026-02-01", "--period", "2026"], "cannot be used with"),
        (&["metrics", "visits", "--by", "sku"], "visits cannot be split by sku"),
        (&["metrics", "gmv", "--filter", "colour = red"], "\"colour\" is not a field of this filter"),
        (&["metrics", "classes", "--by", "kind"], "known: partner, sku, product-line, region"),
        (&["metrics", "classes", "--a-share", "most"], "\"most\" is not a decimal number"),
    ] {
        world.refused(arguments, 2, why);
    }
    let told = world.tributary(&["metrics", "visits", "--by", "sku"]).stderr;
    assert_eq!(String::from_utf8_lossy(&told).lines().count(), 1, "what is wrong is said once");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn targets_are_told() {
    let world = World::counted().await;
    let number = |value: &str| Some(Decimal { value: value.to_owned() });
    let target = |metric: &str, period: &str| Target {
        metric: metric.to_owned(),
        period: period.to_owned(),
        owner: "li.wei".to_owned(),
        ..Target::default()
    };
    let gmv =
        |period, value: &str| Target { value: number(value), currency_code: "CNY".to_owned(), ..target("gmv", period) };
    world.target("quarter", gmv("2026-Q1", "2000000")).await;
    world.target("year", gmv("2026", "7000000")).await;
    let returns = Target { value: number("0.05"), lower_is_better: true, ..target("return_rate", "2026-Q1") };
    world.target("returns", returns).await;
    let orders = Target { growth: number("0.2"), filter: "channel = ONLINE".to_owned(), ..target("orders", "2026") };
    world.target("orders", orders).await;

    let list = world.table(&["targets", "list"]);
    let shown = row(&list, "targets/orders");
    assert_eq!(shown, ["targets/orders", "orders", "channel = ONLINE", "2026", "+20 %", "li.wei"]);
    assert_eq!(row(&list, "targets/returns")[3], "at most 5 %");
    assert_eq!(row(&list, "targets/year")[4], "7,000,000.00");
    assert_eq!(world.json(&["targets", "list", "--filter", "metric = gmv", "--json"]).len(), 2);

    // The quarter is over: 1,800,000 of 2,000,000. A return rate of 0.041667 where 0.05 are allowed: 0.83334.
    let progress = world.table(&["targets"]);
    let quarter = ["2026-Q1", "CNY", "2,000,000.00", "1,800,000.00", "90.0 %", "100.0 %", "1,800,000.00"];
    assert_eq!(row(&progress, "targets/quarter")[2..], [&quarter[..], &["–", "–", "missed"]].concat());
    let returns = ["2026-Q1", "5.0 %", "4.2 %", "83.3 %", "100.0 %", "4.2 %", "–", "–", "reached"];
    assert_eq!(row(&progress, "targets/returns")[2..], returns);
    // 91 of 365 days: 1,800,000 × 365 ÷ 91. The interval with Python, t the 0.9 quantile of Student's distribution with
    // 90 degrees of freedom by integration: t × s × √(r + r² ÷ n) with n = 91 and r = 274.
    let year = ["2026", "CNY", "7,000,000.00", "1,800,000.00", "25.7 %", "24.9 %", "7,219,780.22"];
    assert_eq!(row(&progress, "targets/year")[2..9], year);
    assert_eq!(row(&progress, "targets/year")[9..], ["2,067,251.87", "12,372,308.57", "on track"]);
    let exact = world.json(&["targets", "progress", "--period", "2026-Q1", "--json"]);
    assert_eq!(exact[1]["actual"], json!("0.041667"));
    // On 2026-02-28 the quarter had 59 of its 90 days behind it, with 1,500,000.
    let earlier = world.table(&["targets", "--period", "2026-Q1", "--as-of", "2026-02-28"]);
    assert_eq!(row(&earlier, "targets/quarter")[5..8], ["1,500,000.00", "75.0 %", "65.6 %"]);

    world.refused(&["targets", "--period", "spring"], 2, "\"spring\" is not a period");
    world.refused(&["targets", "--confidence", "2"], 2, "confidence");
    world.refused(&["targets", "list", "--filter", "colour = red"], 2, "the fields are metric, period, owner");
    world.stop().await;
}
