//! `QueryOnTimeRates`, with rates counted by hand.

use tributary_proto::tributary::contract::v1::{
    Obligation, OnTimeRate, Party, QueryOnTimeRatesRequest, QueryOnTimeRatesResponse,
};

use super::desk::{Answer, Desk, ask, desks, fields, milestone, proof, raw};

async fn query(desk: &Desk, query: QueryOnTimeRatesRequest) -> Answer<QueryOnTimeRatesResponse> {
    ask!(desk, "legal", query_on_time_rates, query)
}

/// Partner, on time, late, overdue, rate.
fn told(rate: &OnTimeRate) -> (&str, i64, i64, i64, &str) {
    let text = rate.rate.as_ref().map_or("", |rate| rate.value.as_str());
    (&rate.partner, rate.on_time_count, rate.late_count, rate.overdue_count, text)
}

#[tokio::test]
async fn rates_are_counted_by_partner() {
    for desk in desks("2026-06-01").await {
        // Partner p: January to May, due at the end of each month; twice in time, once late, once open; June is not due.
        let due = ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30"];
        let mut made = Vec::new();
        for (i, due_on) in due.iter().enumerate() {
            made.push(desk.create("a", &format!("m{i}"), milestone(due_on)).await.expect("created"));
        }
        desk.finish(&made[0], "2026-01-31", None).await;
        desk.finish(&made[1], "2026-02-01", None).await;
        desk.finish(&made[2], "2026-04-01", None).await;
        // April stays open. May was filed in time and waits: it does not count yet.
        desk.submit("maker", &made[4], proof("2026-05-30", None)).await.expect("filed");
        // Partner q: one in time, one waived, one of ours.
        let one = desk.create("b", "one", milestone("2026-03-31")).await.expect("created");
        desk.finish(&one, "2026-03-31", None).await;
        let two = desk.create("b", "two", milestone("2026-03-31")).await.expect("created");
        desk.waive(&two, "no need").await.expect("waived");
        let ours = Obligation { debtor: Party::Principal.into(), ..milestone("2026-03-31") };
        desk.create("b", "ours", ours).await.expect("created");

        let all = query(&desk, QueryOnTimeRatesRequest::default()).await.expect("rates").rates;
        // 2 / (2 + 1 + 1) and 1 / 1.
        assert_eq!(
            all.iter().map(told).collect::<Vec<_>>(),
            [("partners/p", 2, 1, 1, "0.5"), ("partners/q", 1, 0, 0, "1")]
        );
        let first = QueryOnTimeRatesRequest { page_size: 1, ..Default::default() };
        let page = query(&desk, first.clone()).await.expect("rates");
        assert_eq!(told(&page.rates[0]).0, "partners/p");
        let next = QueryOnTimeRatesRequest { page_token: page.next_page_token, ..first };
        let page = query(&desk, next).await.expect("rates");
        assert_eq!((told(&page.rates[0]).0, &*page.next_page_token), ("partners/q", ""));

        // January to March: 2 / 3.
        let range = QueryOnTimeRatesRequest {
            partner: "partners/p".to_owned(),
            from: raw("2026-01-01"),
            to: raw("2026-04-01"),
            ..Default::default()
        };
        let quarter = query(&desk, range.clone()).await.expect("rates").rates;
        assert_eq!(quarter.iter().map(told).collect::<Vec<_>>(), [("partners/p", 2, 1, 0, "0.666667")]);
        let debtor = QueryOnTimeRatesRequest { debtor: Party::Principal.into(), ..Default::default() };
        let ours = query(&desk, debtor).await.expect("rates").rates;
        assert_eq!(ours.iter().map(told).collect::<Vec<_>>(), [("partners/q", 0, 0, 1, "0")]);
        // Nothing of June was due or done.
        let june = QueryOnTimeRatesRequest { from: raw("2026-06-01"), to: raw("2026-07-01"), ..Default::default() };
        let june = query(&desk, june).await.expect("rates").rates;
        assert_eq!(june.iter().map(told).collect::<Vec<_>>(), [("partners/p", 0, 0, 0, "")]);
        let empty = QueryOnTimeRatesRequest { to: raw("2026-01-01"), ..range.clone() };
        assert_eq!(fields(&query(&desk, empty).await.expect_err("no day")), ["to"]);
        let wrong = QueryOnTimeRatesRequest { partner: "p".to_owned(), ..range };
        assert_eq!(fields(&query(&desk, wrong).await.expect_err("no name")), ["partner"]);
    }
}
