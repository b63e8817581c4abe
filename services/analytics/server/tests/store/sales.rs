//! The copy of the facts: lines written once, read for a question; first orders that move back and never forth.

use std::ops::ControlFlow;

use analytics_domain::metric::{
    Asked, Basis, Condition, Dimension, FactKind, First, LineView, MetricQuery, SalesLine, firsts,
};
use analytics_server::{app::take_in::CONSUMER, store};
use sqlx::migrate::Migrator;
use tributary_core::{Currency, Date, Event, ResourceId, TenantId, Timestamp};
use tributary_sql::{PoolOptions, UnitOfWork};
use tributary_testkit::{Engine, TestDatabase, engines};

use crate::support::{Opened, other_tenant, stores, tenant};

fn day(text: &str) -> Date {
    Date::parse(text).expect("date")
}

fn line(order: &str, on: &str, kind: FactKind, customer: &str) -> SalesLine {
    SalesLine {
        occurred_on: day(on),
        partner: ResourceId::parse("north").expect("id"),
        order: order.to_owned(),
        customer: customer.to_owned(),
        kind,
        region: "CN/GD".to_owned(),
        product_line: "bikes".to_owned(),
        sku: "B1".to_owned(),
        channel: "ONLINE".to_owned(),
        sub_channel: "天猫".to_owned(),
        currency: Currency::parse("CNY").expect("known"),
        net: i64::MAX,
        gross: Some(i64::MIN),
        cost: Some(-3),
        quantity: 2_500_000,
    }
}

/// Nothing stated that need not be.
fn bare() -> SalesLine {
    SalesLine {
        region: String::new(),
        product_line: String::new(),
        sku: String::new(),
        channel: String::new(),
        sub_channel: String::new(),
        gross: None,
        cost: None,
        quantity: 0,
        ..line("b", "2199-12-31", FactKind::Adjustment, "")
    }
}

async fn put(opened: &Opened, tenant: &TenantId, batch: i64, lines: &[SalesLine]) {
    let mut tx = opened.sales.begin_sales().await.expect("begin");
    tx.put_lines(tenant, batch, lines).await.expect("lines");
    tx.put_firsts(tenant, &firsts(lines)).await.expect("firsts");
    tx.commit().await.expect("commit");
}

fn asked(metrics: &[&str]) -> Asked {
    Asked { metrics: metrics.iter().map(|id| (*id).to_owned()).collect(), ..Asked::default() }
}

/// The lines of a question as `shown` shows them, sorted.
async fn read(opened: &Opened, asked: Asked, shown: impl Fn(&LineView<'_>) -> String + Sync) -> Vec<String> {
    let query = MetricQuery::new(asked).expect("a question");
    let mut found = Vec::new();
    let mut each = |line: LineView<'_>| {
        found.push(shown(&line));
        ControlFlow::Continue(())
    };
    opened.sales.each_line(&tenant(), &query, &mut each).await.expect("read");
    found.sort();
    found
}

async fn orders(opened: &Opened, question: Asked) -> Vec<String> {
    let metrics = vec!["orders".to_owned()];
    read(opened, Asked { metrics, ..question }, |line| line.order.to_owned()).await
}

#[tokio::test]
async fn lines_are_kept_whole_and_read_as_far_as_needed() {
    for opened in stores().await {
        put(&opened, &tenant(), 1, &[line("a", "1970-01-01", FactKind::SellOut, "key:c1"), bare()]).await;
        let everything = Asked {
            dimensions: Dimension::ALL.to_vec(),
            ..asked(&["gmv", "gross_profit", "quantity", "orders", "repeat_customers"])
        };
        let all = |l: &LineView<'_>| {
            let dimensions = [l.partner, l.region, l.product_line, l.sku, l.channel, l.sub_channel, l.currency];
            let numbers = format!("{} {:?} {:?} {}", l.net, l.gross, l.cost, l.quantity);
            format!("{} {} {} {} {} {numbers}", l.day, l.kind.name(), l.order, l.customer, dimensions.join(" "))
        };
        assert_eq!(
            read(&opened, everything, all).await,
            [
                "1970-01-01 SELL_OUT a key:c1 north CN/GD bikes B1 ONLINE 天猫 CNY 9223372036854775807 \
                 Some(-9223372036854775808) Some(-3) 2500000",
                "2199-12-31 ADJUSTMENT b  north      CNY 9223372036854775807 None None 0",
            ]
        );
        // What is not needed is not read.
        assert_eq!(
            read(&opened, asked(&["quantity"]), all).await,
            ["1970-01-01 SELL_OUT          0 None None 2500000", "2199-12-31 ADJUSTMENT          0 None None 0"]
        );
    }
}

#[tokio::test]
async fn a_question_gets_the_lines_of_its_range_and_flow() {
    for opened in stores().await {
        let of = |order: &str, on: &str, kind| line(order, on, kind, "");
        let lines = [
            of("a", "2012-07-01", FactKind::SellIn),
            of("b", "2012-07-02", FactKind::Return),
            of("c", "2012-07-03", FactKind::SellOut),
            SalesLine {
                partner: ResourceId::parse("south").expect("id"),
                ..of("d", "2012-07-04", FactKind::Adjustment)
            },
        ];
        put(&opened, &tenant(), 7, &lines).await;
        put(&opened, &other_tenant(), 7, &[of("z", "2012-07-02", FactKind::SellIn)]).await;

        assert_eq!(orders(&opened, Asked::default()).await, ["a", "b", "c", "d"]);
        let bound = |text: &str| (!text.is_empty()).then(|| day(text));
        for (from, to, expected) in [
            ("2012-07-02", "2012-07-04", &["b", "c"][..]),
            ("2012-07-04", "", &["d"]),
            ("", "2012-07-02", &["a"]),
            ("2012-07-02", "2012-07-02", &[]),
        ] {
            let question = Asked { from: bound(from), to: bound(to), ..Asked::default() };
            assert_eq!(orders(&opened, question).await, expected, "{from} {to}");
        }
        for (basis, expected) in
            [(Basis::SellIn, &["a", "b", "d"][..]), (Basis::SellOut, &["c"]), (Basis::All, &["a", "b", "c", "d"])]
        {
            assert_eq!(orders(&opened, Asked { basis: Some(basis), ..Asked::default() }).await, expected);
        }
        // Whatever else a filter says, the lines that it wants are there.
        let is = |dimension, text: &str| Condition::Is(dimension, text.to_owned());
        for (condition, wanted) in [
            (is(Dimension::Partner, "south"), &["d"][..]),
            (is(Dimension::Kind, "RETURN"), &["b"]),
            (
                Condition::All(vec![is(Dimension::Region, "CN/GD"), is(Dimension::Currency, "CNY")]),
                &["a", "b", "c", "d"],
            ),
            (Condition::Any(vec![is(Dimension::Partner, "south"), is(Dimension::Kind, "SELL_IN")]), &["a", "d"]),
            (Condition::Not(Box::new(is(Dimension::Sku, "B1"))), &[]),
        ] {
            let found = orders(&opened, Asked { condition: Some(condition.clone()), ..Asked::default() }).await;
            assert!(wanted.iter().all(|order| found.iter().any(|found| found == order)), "{condition:?}: {found:?}");
        }
        let only =
            orders(&opened, Asked { condition: Some(is(Dimension::Partner, "south")), ..Asked::default() }).await;
        assert_eq!(only, ["d"], "a partner is looked up");
    }
}

#[tokio::test]
async fn reading_ends_when_it_is_broken_off() {
    for opened in stores().await {
        let lines: Vec<_> = (0..2_500).map(|i| line(&format!("o{i}"), "2012-07-01", FactKind::SellIn, "")).collect();
        put(&opened, &tenant(), 1, &lines).await;
        assert_eq!(orders(&opened, Asked::default()).await.len(), 2_500, "more than one statement writes");
        let query = MetricQuery::new(asked(&["orders"])).expect("a question");
        let mut count = 0;
        let mut each = |_: LineView<'_>| {
            count += 1;
            if count < 3 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        };
        opened.sales.each_line(&tenant(), &query, &mut each).await.expect("read");
        assert_eq!(count, 3);
        // The connection is as good as before.
        assert_eq!(orders(&opened, Asked::default()).await.len(), 2_500);
    }
}

#[tokio::test]
async fn a_batch_is_written_whole_or_not_at_all() {
    for opened in stores().await {
        let lines = [line("a", "2012-07-01", FactKind::SellIn, "partner:north")];
        let mut tx = opened.sales.begin_sales().await.expect("begin");
        tx.put_lines(&tenant(), 1, &lines).await.expect("lines");
        tx.put_firsts(&tenant(), &firsts(&lines)).await.expect("firsts");
        drop(tx);
        assert_eq!(orders(&opened, Asked::default()).await, [""; 0]);
        put(&opened, &tenant(), 1, &lines).await;
        let mut tx = opened.sales.begin_sales().await.expect("begin");
        assert!(tx.put_lines(&tenant(), 1, &lines).await.is_err(), "the batch is there");
    }
}

/// "order first" of every line, sorted.
async fn marked(opened: &Opened, basis: Option<Basis>) -> Vec<String> {
    let question = Asked { basis, ..asked(&["new_customers", "orders"]) };
    read(opened, question, |line| format!("{} {}", line.order, line.first)).await
}

#[tokio::test]
async fn first_orders_move_back_and_never_forth() {
    for opened in stores().await {
        let sold = |order: &str, on: &str, customer: &str| line(order, on, FactKind::SellOut, customer);
        put(&opened, &tenant(), 1, &[sold("m", "2012-07-10", "key:c1"), sold("x", "2012-07-12", "key:c1")]).await;
        put(&opened, &tenant(), 2, &[sold("n", "2012-07-10", "key:c1"), sold("d", "2012-08-01", "key:c2")]).await;
        // Of two orders of a day the one with the smaller key; nobody is no customer; a return is no order.
        let nobody = [sold("e", "2012-06-01", ""), line("r", "2012-01-01", FactKind::Return, "key:c1")];
        put(&opened, &tenant(), 3, &nobody).await;
        put(&opened, &other_tenant(), 1, &[sold("z", "2012-01-01", "key:c1")]).await;
        assert_eq!(marked(&opened, Some(Basis::SellOut)).await, ["d true", "e false", "m true", "n false", "x false"]);

        // An earlier one comes late: by key, by day, and its own order again on another day, which is not its first.
        put(&opened, &tenant(), 4, &[sold("k", "2012-07-10", "key:c1"), sold("c", "2012-07-31", "key:c2")]).await;
        put(&opened, &tenant(), 5, &[sold("c", "2012-08-05", "key:c2")]).await;
        assert_eq!(
            marked(&opened, Some(Basis::SellOut)).await,
            ["c false", "c true", "d false", "e false", "k true", "m false", "n false", "x false"]
        );
    }
}

#[tokio::test]
async fn flows_have_first_orders_of_their_own() {
    for opened in stores().await {
        let lines = [
            line("in", "2012-07-02", FactKind::SellIn, "key:c1"),
            line("out", "2012-07-01", FactKind::SellOut, "key:c1"),
            line("r", "2012-07-01", FactKind::Return, "key:c1"),
        ];
        put(&opened, &tenant(), 1, &lines).await;
        assert_eq!(marked(&opened, None).await, ["in true", "out true", "r false"]);
        assert_eq!(marked(&opened, Some(Basis::SellIn)).await, ["in true", "r false"]);
        assert_eq!(marked(&opened, Some(Basis::SellOut)).await, ["out true"]);
        assert_eq!(marked(&opened, Some(Basis::All)).await, ["in false", "out true", "r false"]);
    }
}

#[tokio::test]
async fn there_may_be_more_first_orders_than_one_statement_takes() {
    for opened in stores().await {
        let first = |i: usize| First {
            customer: format!("key:{i}"),
            flow: Basis::SellOut,
            day: day("2012-07-01"),
            order: "a".to_owned(),
        };
        let firsts: Vec<First> = (0..2_500).map(first).collect();
        let mut tx = opened.sales.begin_sales().await.expect("begin");
        tx.put_firsts(&tenant(), &firsts).await.expect("firsts");
        tx.put_lines(&tenant(), 1, &[line("a", "2012-07-01", FactKind::SellOut, "key:2499")]).await.expect("lines");
        tx.commit().await.expect("commit");
        assert_eq!(marked(&opened, None).await, ["a true"]);
    }
}

/// Notes a batch event as handled; whether it was new.
async fn handled(mut tx: Box<dyn UnitOfWork>) -> bool {
    let event = Event {
        id: uuid::Uuid::from_u128(7),
        tenant: tenant(),
        source: "incentive-calculation".to_owned(),
        event_type: "tributary.incentive.v1.FactsRecorded".to_owned(),
        subject: "facts".to_owned(),
        sequence: 1,
        time: Timestamp(1),
        trace_parent: String::new(),
        data: Vec::new(),
    };
    let new = tx.first_seen(CONSUMER, &event, Timestamp(2)).await.expect("noted");
    tx.commit().await.expect("commit");
    new
}

/// The sums of months know nothing of single lines: their batches must come again.
#[tokio::test]
async fn batches_of_the_time_before_the_copy_may_be_replayed() {
    let before = |all: &Migrator| Migrator::with_migrations(all.iter().filter(|m| m.version < 120).cloned().collect());
    for engine in engines() {
        let database = TestDatabase::create(engine).await;
        let options = PoolOptions::for_service("test");
        match engine {
            Engine::Sqlite => {
                let pool = tributary_sql::sqlite::Pool::open(database.place(), options.clone()).await.expect("opens");
                pool.migrate(&before(&store::sqlite::MIGRATIONS)).await.expect("migrates");
                assert!(handled(Box::new(pool.begin().await.expect("begin"))).await);
                assert!(!handled(Box::new(pool.begin().await.expect("begin"))).await);
                pool.close().await;
            }
            Engine::Postgres => {
                let pool = tributary_sql::postgres::Pool::open(database.place(), options.clone()).await.expect("opens");
                pool.migrate(&before(&store::postgres::MIGRATIONS)).await.expect("migrates");
                assert!(handled(Box::new(pool.begin().await.expect("begin"))).await);
                assert!(!handled(Box::new(pool.begin().await.expect("begin"))).await);
                pool.close().await;
            }
        }
        let open = store::open(&database.url().parse().expect("a store url"), options).await.expect("migrates on");
        assert!(handled(open.sales.begin_sales().await.expect("begin")).await);
    }
}
