//! `QuerySales`: bounds, order, pages, refusals.

use tonic::Code;
use tributary_proto::{
    google::r#type::Date,
    tributary::{
        analytics::v1::{
            QuerySalesRequest,
            SalesDimension::{Kind, Month, Partner},
        },
        incentive::v1::FactKind::{SellIn, SellOut},
    },
};

use crate::{
    incentive::fact,
    support::{Running, services, shown, split_by},
};

fn first_of(year: i32, month: i32) -> Option<Date> {
    Some(Date { year, month, day: 1 })
}

async fn filled(service: &Running) {
    let facts = vec![
        fact("b", (2012, 7, 5), SellIn, "CNY", (1, 0), "1"),
        fact("a", (2012, 8, 31), SellIn, "CNY", (2, 0), "1"),
        fact("a", (2012, 9, 1), SellOut, "CNY", (4, 0), "1"),
        fact("a", (2012, 9, 1), SellOut, "JPY", (8, 0), "1"),
    ];
    service.record("default", 1, facts).await.expect("delivered");
}

#[tokio::test]
async fn bounds_are_half_open_and_rows_follow_the_dimensions() {
    for service in services().await {
        filled(&service).await;
        let bounded = |from, to| QuerySalesRequest { from, to, ..split_by(&[Month, Partner]) };
        let rows = async |request| -> Vec<String> {
            service.query("default", request).await.expect("rows").rows.iter().map(shown).collect()
        };
        assert_eq!(
            rows(bounded(None, None)).await,
            [
                "partners/b 2012-07 | CNY 1 0 | 1 | 1",
                "partners/a 2012-08 | CNY 2 0 | 1 | 1",
                "partners/a 2012-09 | CNY 4 0 | 1 | 1",
                "partners/a 2012-09 | JPY 8 0 | 1 | 1",
            ]
        );
        assert_eq!(rows(bounded(first_of(2012, 8), first_of(2012, 9))).await, ["partners/a 2012-08 | CNY 2 0 | 1 | 1"]);
        assert_eq!(rows(bounded(None, first_of(2012, 8))).await, ["partners/b 2012-07 | CNY 1 0 | 1 | 1"]);
        assert_eq!(rows(bounded(first_of(2012, 9), None)).await.len(), 2);
        assert_eq!(rows(bounded(first_of(2013, 1), None)).await, Vec::<String>::new());
        assert_eq!(rows(split_by(&[Kind])).await[1..], ["SELL_OUT | CNY 4 0 | 1 | 1", "SELL_OUT | JPY 8 0 | 1 | 1"]);
    }
}

#[tokio::test]
async fn rows_are_paged() {
    for service in services().await {
        filled(&service).await;
        let page = |token: &str| QuerySalesRequest {
            page_size: 3,
            page_token: token.to_owned(),
            ..split_by(&[Month, Partner])
        };
        let first = service.query("default", page("")).await.expect("rows");
        assert_eq!((first.rows.len(), first.through_batch), (3, 1));
        let last = service.query("default", page(&first.next_page_token)).await.expect("rows");
        assert_eq!(last.rows.iter().map(shown).collect::<Vec<_>>(), ["partners/a 2012-09 | JPY 8 0 | 1 | 1"]);
        assert_eq!(last.next_page_token, "");
        let other = QuerySalesRequest { from: first_of(2012, 8), ..page(&first.next_page_token) };
        let refused = service.query("default", other).await.expect_err("another query");
        assert_eq!((refused.code, &*refused.reason), (Code::InvalidArgument, "PAGE_TOKEN_INVALID"));
    }
}

#[tokio::test]
async fn wrong_queries_name_every_field() {
    for service in services().await {
        let fields = async |request| -> Vec<String> {
            let refused = service.query("default", request).await.expect_err("wrong");
            assert_eq!((refused.code, &*refused.reason), (Code::InvalidArgument, "INVALID_REQUEST"));
            refused.violations.into_iter().map(|v| v.field).collect()
        };
        let day = |year, month, day| Some(Date { year, month, day });
        let bounds = |from, to| QuerySalesRequest { from, to, ..QuerySalesRequest::default() };
        assert_eq!(fields(bounds(day(2012, 7, 2), day(2012, 7, 31))).await, ["from", "to"]);
        assert_eq!(fields(bounds(day(2012, 2, 30), day(2012, 7, 31))).await, ["from", "to"]);
        assert_eq!(fields(bounds(first_of(2012, 8), first_of(2012, 7))).await, ["to"]);
        for dimensions in [vec![0], vec![9], vec![1, 1]] {
            let request = QuerySalesRequest { dimensions, ..QuerySalesRequest::default() };
            assert!(fields(request).await[0].starts_with("dimensions"));
        }
        assert_eq!(fields(QuerySalesRequest { page_size: -1, ..QuerySalesRequest::default() }).await, ["page_size"]);
    }
}
