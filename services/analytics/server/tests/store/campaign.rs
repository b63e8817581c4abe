//! What the metric layer reads of touchpoints and costs.

use std::ops::ControlFlow;

use analytics_domain::{
    cost::Cost,
    metric::CampaignRow,
    touchpoint::{Touchpoint, TouchpointKind},
};
use tributary_core::{Date, TenantId};

use crate::{
    ingest::{amount, cost, partner, spent, touched, visit},
    support::{Opened, other_tenant, stores, tenant},
};

/// "day partner region product_line channel sub_channel | visits leads conversions | cost" of each row, sorted.
async fn sums(opened: &Opened, tenant: &TenantId, from: Option<i64>, to: Option<i64>) -> Vec<String> {
    let mut found = Vec::new();
    let mut each = |row: CampaignRow<'_>| {
        let CampaignRow { day, partner, region, product_line, channel, sub_channel, currency, .. } = row;
        let (visits, leads, conversions, cost) = (row.visits, row.leads, row.conversions, row.cost);
        let about = format!("{day} {partner} {region} {product_line} {channel} {sub_channel}");
        let about = about.split_whitespace().collect::<Vec<_>>().join(" ");
        found.push(format!("{about} | {visits} {leads} {conversions} | {currency} {cost}"));
        ControlFlow::Continue(())
    };
    let day = |days: Option<i64>| days.map(Date::from_days);
    opened.campaigns.each_sum(tenant, day(from), day(to), &mut each).await.expect("read");
    found.sort();
    found
}

#[tokio::test]
async fn touchpoints_are_counted_and_costs_come_one_by_one() {
    for opened in stores().await {
        let of = |id: &str, kind| Touchpoint { kind, ..visit(id, 0) };
        let next = Touchpoint { occurred_on: Date::from_days(20_455), ..visit("7", 0) };
        let all = [
            of("1", TouchpointKind::Visit),
            // A customer who is not known visits, too.
            Touchpoint { customer_key: String::new(), ..of("2", TouchpointKind::Visit) },
            of("3", TouchpointKind::Lead),
            of("4", TouchpointKind::Conversion),
            of("5", TouchpointKind::Click),
            Touchpoint {
                channel_class: "ONLINE".to_owned(),
                partner: partner("north"),
                region: "CN/GD".to_owned(),
                ..visit("6", 0)
            },
            next,
        ];
        touched(&opened, &all).await;
        let bare = Cost { partner: None, amount: amount("USD", -7), region: String::new(), ..cost("3", 0) };
        let later = Cost { occurred_on: Date::from_days(20_455), ..cost("4", 9) };
        spent(&opened, &[cost("1", 5), cost("2", i64::MAX), bare, later]).await;

        let first = [
            "2026-01-01 bikes ONLINE tmall | 0 0 0 | USD -7",
            "2026-01-01 north CN/GD ONLINE tmall | 1 0 0 |  0",
            "2026-01-01 north CN/GD bikes ONLINE tmall | 0 0 0 | CNY 5",
            "2026-01-01 north CN/GD bikes ONLINE tmall | 0 0 0 | CNY 9223372036854775807",
            "2026-01-01 tmall | 0 0 1 |  0",
            "2026-01-01 tmall | 0 1 0 |  0",
            "2026-01-01 tmall | 2 0 0 |  0",
        ];
        assert_eq!(sums(&opened, &tenant(), None, Some(20_455)).await, first);
        let second = ["2026-01-02 north CN/GD bikes ONLINE tmall | 0 0 0 | CNY 9", "2026-01-02 tmall | 1 0 0 |  0"];
        assert_eq!(sums(&opened, &tenant(), Some(20_455), None).await, second);
        assert_eq!(sums(&opened, &other_tenant(), None, None).await, [""; 0]);
    }
}
