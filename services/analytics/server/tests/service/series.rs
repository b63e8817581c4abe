//! One metric of one scope, per day and in all, straight from the use case.

use analytics_domain::metric::{Basis, Parts};
use analytics_server::{
    app::metrics::{Metrics, Series, SeriesQuery, filter},
    store,
};
use tributary_core::{Currency, Date, Fault, RequestContext, Role, TenantId};
use tributary_proto::tributary::incentive::v1::{
    ChannelClass,
    FactKind::{Return, SellIn, SellOut},
    SalesFact,
};
use tributary_sql::PoolOptions;

use crate::{
    incentive::fact,
    support::{Running, services},
};

/// The use cases over the store of a running service.
async fn metrics(service: &Running) -> Metrics {
    let url = service.database.url().parse().expect("a store url");
    let open = store::open(&url, PoolOptions::for_service("test")).await.expect("the store opens");
    Metrics { sales: open.sales, campaigns: open.campaigns }
}

async fn series(metrics: &Metrics, query: SeriesQuery) -> Result<Series, Fault> {
    let caller = RequestContext {
        tenant: TenantId::default_tenant(),
        subject: "someone".to_owned(),
        roles: vec![Role::Analyst],
        scope: tributary_core::Scope::Tenant,
        request_id: "call-1".to_owned(),
    };
    metrics.series(&caller, query).await
}

fn day(text: &str) -> Date {
    Date::parse(text).expect("date")
}

fn of(metric: &str) -> SeriesQuery {
    SeriesQuery { metric: metric.to_owned(), ..SeriesQuery::default() }
}

fn matching(text: &str, query: SeriesQuery) -> SeriesQuery {
    SeriesQuery { condition: filter::condition(text).expect("a filter"), ..query }
}

fn shown(parts: &Parts) -> String {
    format!("{}/{}", parts.numerator, parts.denominator)
}

/// "day parts" of each day, then the parts of the whole.
fn all(series: &Series) -> Vec<String> {
    let days = series.days.iter().map(|(day, parts)| format!("{day} {}", shown(parts)));
    days.chain([shown(&series.total)]).collect()
}

/// Four sales of two orders and a return in yuan, two of them online; one sale in dollars to b.
fn facts() -> Vec<SalesFact> {
    let online = |fact: SalesFact| SalesFact { channel: ChannelClass::Online.into(), ..fact };
    let sold =
        |order: &str, on, net| SalesFact { order_id: order.to_owned(), ..fact("a", on, SellIn, "CNY", (net, 0), "1") };
    vec![
        online(sold("A", (2012, 7, 1), 100)),
        sold("A", (2012, 7, 2), 50),
        sold("B", (2012, 7, 2), 30),
        online(sold("B", (2012, 7, 4), 20)),
        fact("a", (2012, 7, 4), Return, "CNY", (-25, 0), "-1"),
        fact("b", (2012, 7, 3), SellIn, "USD", (9, 0), "1"),
    ]
}

fn yuan() -> Option<Currency> {
    Some(Currency::parse("CNY").expect("known"))
}

#[tokio::test]
async fn days_of_a_sum_add_up_and_others_are_counted_anew() {
    for service in services().await {
        service.record("default", 1, facts()).await.expect("delivered");
        let metrics = metrics(&service).await;
        let net = series(&metrics, SeriesQuery { currency: yuan(), ..of("net_sales") }).await.expect("a series");
        assert_eq!(all(&net), ["2012-07-01 100/1", "2012-07-02 80/1", "2012-07-04 -5/1", "175/1"]);
        assert!(net.definition.is_additive());
        assert_eq!((net.currency, net.basis, net.through_batch), (yuan(), Some(Basis::SellIn), 1));

        // Orders of several days are counted once in all.
        let orders = series(&metrics, matching("currency = CNY", of("orders"))).await.expect("a series");
        assert_eq!(all(&orders), ["2012-07-01 1/1", "2012-07-02 2/1", "2012-07-04 1/1", "2/1"]);
        assert_eq!((orders.definition.is_additive(), orders.currency), (false, None));

        let rate = series(&metrics, SeriesQuery { currency: yuan(), ..of("return_rate") }).await.expect("a series");
        assert_eq!(all(&rate), ["2012-07-01 0/100", "2012-07-02 0/80", "2012-07-04 25/20", "25/200"]);

        // 100 + 20 of 175, whatever the filter says of channels.
        let share = SeriesQuery { currency: yuan(), ..of("channel_share") };
        let share = series(&metrics, matching("channel = ONLINE", share)).await.expect("a series");
        assert_eq!(all(&share), ["2012-07-01 100/100", "2012-07-04 20/-5", "120/175"]);
    }
}

#[tokio::test]
async fn ranges_and_filters_cut_a_series() {
    for service in services().await {
        service.record("default", 1, facts()).await.expect("delivered");
        let metrics = metrics(&service).await;
        let query = SeriesQuery { from: Some(day("2012-07-02")), to: Some(day("2012-07-04")), ..of("lines") };
        let lines = series(&metrics, query).await.expect("a series");
        assert_eq!(all(&lines), ["2012-07-02 2/1", "2012-07-03 1/1", "3/1"]);
        // The only currency in scope needs no word.
        let dollars = series(&metrics, matching("partner = partners/b", of("gmv"))).await.expect("a series");
        assert_eq!(all(&dollars), ["2012-07-03 9/1", "9/1"]);
        assert_eq!(dollars.currency.map(Currency::code), Some("USD"));
    }
}

#[tokio::test]
async fn what_is_not_there_is_nothing() {
    for service in services().await {
        service.record("default", 1, facts()).await.expect("delivered");
        let metrics = metrics(&service).await;
        let nowhere = |metric| matching("region:\"CN\"", of(metric));
        for (metric, total, value) in [("gmv", "0/1", true), ("orders", "0/1", true), ("aov", "0/0", false)] {
            let found = series(&metrics, nowhere(metric)).await.expect("a series");
            assert_eq!((all(&found), found.total.value().is_some()), (vec![total.to_owned()], value), "{metric}");
            assert_eq!((found.currency, found.basis), (None, None));
        }
        // There are sales, and nothing is known of what the goods cost.
        let profit = series(&metrics, SeriesQuery { currency: yuan(), ..of("gross_profit") }).await.expect("a series");
        assert_eq!((all(&profit), profit.total.value()), (vec!["0/0".to_owned()], None));
    }
}

#[tokio::test]
async fn what_cannot_be_added_is_refused() {
    for service in services().await {
        let mut all = facts();
        all.push(fact("a", (2012, 7, 1), SellOut, "CNY", (1, 0), "1"));
        service.record("default", 1, all).await.expect("delivered");
        let metrics = metrics(&service).await;
        let reason = async |query| series(&metrics, query).await.expect_err("refused").reason().code;
        assert_eq!(reason(of("lines")).await, "BASIS_AMBIGUOUS");
        let sell_in = |metric| SeriesQuery { basis: Some(Basis::SellIn), ..of(metric) };
        assert_eq!(reason(sell_in("gmv")).await, "CURRENCY_AMBIGUOUS");
        assert_eq!(reason(of("turnover")).await, "INVALID_REQUEST");
        assert_eq!(reason(matching("sku = B1", of("visits"))).await, "INVALID_REQUEST");
        assert_eq!(reason(sell_in("channel_share")).await, "INVALID_REQUEST");
        let sell_out = SeriesQuery { basis: Some(Basis::SellOut), ..of("gmv") };
        assert_eq!(series(&metrics, sell_out).await.map(|s| shown(&s.total)), Ok("1/1".to_owned()));
    }
}
