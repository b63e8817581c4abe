//! Touchpoints as journeys are stitched from them: in order, by days; how new the newest is.

use analytics_domain::touchpoint::{Touchpoint, TouchpointKind};
use analytics_server::ports::journeys::TouchRow;
use tributary_core::{Date, TenantId, Timestamp};

use crate::{
    ingest::{amount, key, partner, touched, visit},
    support::{Opened, other_tenant, stores, tenant},
};

/// "customer channel partner value" of what comes, in order; a conversion has a "!".
async fn read(opened: &Opened, tenant: &TenantId, from: Option<i64>, to: Option<i64>) -> Vec<String> {
    let mut found = Vec::new();
    let mut each = |row: TouchRow<'_>| {
        assert_eq!(row.on.days(), row.at.0.div_euclid(86_400_000_000));
        let end = if row.converted { "!" } else { "" };
        let value = row.value.map(|v| v.to_string()).unwrap_or_default();
        let all = format!("{} {}{end} {} {value}", row.customer, row.channel, row.partner);
        found.push(all.split_whitespace().collect::<Vec<_>>().join(" "));
    };
    let day = |days: Option<i64>| days.map(Date::from_days);
    opened.journeys.each_touchpoint(tenant, day(from), day(to), &mut each).await.expect("read");
    found
}

fn at(customer: &str, id: &str, channel: &str, micros: i64) -> Touchpoint {
    Touchpoint { customer_key: customer.to_owned(), channel: channel.to_owned(), ..visit(id, micros) }
}

#[tokio::test]
async fn they_come_by_customer_instant_kind_and_key() {
    for opened in stores().await {
        let bought = Touchpoint {
            kind: TouchpointKind::Conversion,
            partner: partner("north"),
            value: Some(amount("CNY", 1_500_000)),
            ..at("b", "0", "c4", 2)
        };
        let all = [
            // Upper case before lower case, whatever the language of the database.
            at("a", "1", "c5", 0),
            at("Z", "2", "c0", 9),
            bought,
            at("b", "9", "c3", 2),
            Touchpoint { key: key("app", "99"), ..at("b", "", "c2", 2) },
            Touchpoint { kind: TouchpointKind::Click, ..at("b", "8", "c1", 2) },
            at("b", "3", "c0", 1),
            // Nobody knows whose.
            at("", "4", "none", 5),
        ];
        touched(&opened, &all).await;
        let expected = ["Z c0", "a c5", "b c0", "b c1", "b c2", "b c3", "b c4! north CNY 1.5"];
        assert_eq!(read(&opened, &tenant(), None, None).await, expected);
        assert_eq!(read(&opened, &other_tenant(), None, None).await, [""; 0]);
    }
}

#[tokio::test]
async fn days_are_half_open() {
    for opened in stores().await {
        let on = |days: i64| Touchpoint {
            occurred_at: Timestamp(days * 86_400_000_000 + 1),
            occurred_on: Date::from_days(days),
            ..at("k", &days.to_string(), &format!("d{days}"), 0)
        };
        touched(&opened, &[on(1), on(2), on(3)]).await;
        assert_eq!(read(&opened, &tenant(), Some(2), Some(3)).await, ["k d2"]);
        assert_eq!(read(&opened, &tenant(), Some(2), None).await, ["k d2", "k d3"]);
        assert_eq!(read(&opened, &tenant(), None, Some(2)).await, ["k d1"]);
    }
}

#[tokio::test]
async fn the_newest_is_of_whomever() {
    for opened in stores().await {
        assert_eq!(opened.journeys.newest_touchpoint(&tenant()).await.expect("read"), None);
        let nobody = at("", "1", "c", 7);
        touched(&opened, &[at("k", "2", "c", 5), nobody.clone(), at("k", "3", "c", 6)]).await;
        let newest = opened.journeys.newest_touchpoint(&tenant()).await.expect("read");
        assert_eq!(newest, Some(nobody.occurred_at));
        assert_eq!(opened.journeys.newest_touchpoint(&other_tenant()).await.expect("read"), None);
    }
}
