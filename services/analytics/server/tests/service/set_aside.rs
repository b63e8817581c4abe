//! Personal data in rows of any type: put aside with a note, in no table and in no answer.

use tributary_proto::tributary::analytics::v1::{
    Cost, Journey, ListSetAsideRowsRequest, ListSetAsideRowsResponse, RecordCostsRequest, RecordJourneysRequest,
    RowOutcome as Outcome, Touch, Touchpoint, TouchpointKind as Kind,
};
use tributary_rpc::status::describe;

use crate::{
    ingest::{no, outcomes, touched, touchpoint},
    support::{Running, analyst, manager, services},
};

/// What must be found nowhere: a mobile number, an e-mail address, a national id with its check digit.
const CANARIES: [&str; 3] = ["13800138000", "li.wei@example.com", "110101199003078515"];

fn visit(id: &str, customer: &str) -> Touchpoint {
    touchpoint(id, customer, Kind::Visit, "tmall", 0)
}

async fn list(service: &Running, row_type: &str, size: i32, token: &str) -> ListSetAsideRowsResponse {
    let query =
        ListSetAsideRowsRequest { page_size: size, page_token: token.to_owned(), row_type: row_type.to_owned() };
    service.ingest.clone().list_set_aside_rows(analyst("default", query)).await.expect("notes").into_inner()
}

fn shown(notes: &ListSetAsideRowsResponse) -> Vec<String> {
    notes.rows.iter().map(|n| format!("{}|{}|{}|{}", n.row_type, n.row_id, n.field, n.looks_like)).collect()
}

#[tokio::test]
async fn personal_data_is_in_no_table_and_in_no_answer() {
    use Outcome::SetAside;
    let [phone, email, card] = CANARIES;
    for service in services().await {
        let mut order = touchpoint("4", "k", Kind::Conversion, "shop", 0);
        order.order_id = email.to_owned();
        // What else is wrong with a row must not bring the key to light either.
        let wrong =
            Touchpoint { kind: 0, partner: phone.to_owned(), ..visit(&format!("{card}-{}", "x".repeat(300)), phone) };
        let rows = vec![
            visit("1", phone),
            visit("2", &format!("mailto:{email}")),
            visit(card, ""),
            order,
            Touchpoint { source_system: email.to_owned(), ..visit("5", "k") },
            wrong,
        ];
        let answer = touched(&service, "default", rows).await;
        assert_eq!(outcomes(&answer), [SetAside; 6]);
        assert_eq!((answer.set_aside_count, no(&answer, 0).reason.as_str()), (6, "PERSONAL_DATA"));
        let cost = Cost { source_system: "erp".to_owned(), source_id: phone.to_owned(), ..Cost::default() };
        let request = manager("default", RecordCostsRequest { costs: vec![cost] });
        let costs = service.ingest.clone().record_costs(request).await.expect("answer").into_inner();
        assert_eq!(outcomes(&costs), [SetAside]);
        let touches = vec![Touch { channel: "a".to_owned(), ..Touch::default() }];
        let journey = Journey {
            journey_id: "j".to_owned(),
            customer_key: card.to_owned(),
            touches,
            nulls: 1,
            ..Journey::default()
        };
        let request = manager("default", RecordJourneysRequest { journeys: vec![journey] });
        let journeys = service.attribution.clone().record_journeys(request).await.expect("answer").into_inner();

        let notes = list(&service, "", 0, "").await;
        assert_eq!(notes.rows.len(), 8);
        let told = format!("{answer:?}{costs:?}{journeys:?}{notes:?}");
        let tables = service.everything_kept().await;
        let kept = |text: &str| tables.windows(text.len()).any(|part| part == text.as_bytes());
        // The search finds what is there.
        assert!(kept("a phone number") && kept("customer_key"));
        for canary in CANARIES {
            assert!(!told.contains(canary), "{told}");
            assert!(!kept(canary), "{canary} is in a table");
        }
    }
}

#[tokio::test]
async fn notes_are_listed_by_type_until_the_row_is_recorded() {
    use Outcome::{Duplicate, Recorded, SetAside};
    for service in services().await {
        let [phone, email, card] = CANARIES;
        let rows = vec![visit("1", phone), visit("2", email), visit("1", email), visit(card, "k")];
        assert_eq!(outcomes(&touched(&service, "default", rows).await), [SetAside; 4]);
        let journey = |id: &str| Journey {
            journey_id: id.to_owned(),
            touches: vec![Touch { channel: "a".to_owned(), ..Touch::default() }],
            nulls: 1,
            ..Journey::default()
        };
        let request = manager("default", RecordJourneysRequest { journeys: vec![journey(phone)] });
        service.attribution.clone().record_journeys(request).await.expect("answer");

        let touchpoints = [
            "touchpoint|web/1|customer_key|a phone number",
            "touchpoint|web/2|customer_key|an e-mail address",
            "touchpoint||source_id|a national id",
        ];
        let journeys = "journey||journey_id|a phone number";
        let all = list(&service, "", 0, "").await;
        assert_eq!(shown(&all), [&touchpoints[..], &[journeys]].concat());
        // The clock of the test: 2012-07-01T00:00:00Z.
        assert!(all.rows.iter().all(|n| n.create_time.as_ref().is_some_and(|t| t.seconds == 1_341_100_800)));
        assert!(all.rows.windows(2).all(|pair| pair[0].uid < pair[1].uid));
        assert_eq!(shown(&list(&service, "journey", 0, "").await), [journeys]);
        assert_eq!(shown(&list(&service, "cost", 0, "").await), [""; 0]);
        let page = list(&service, "touchpoint", 2, "").await;
        assert_eq!(shown(&page), touchpoints[..2]);
        let rest = list(&service, "touchpoint", 2, &page.next_page_token).await;
        assert_eq!((shown(&rest), rest.next_page_token.as_str()), (vec![touchpoints[2].to_owned()], ""));
        // A token is of its query; a type that there is not is refused; another tenant sees nothing.
        let ask = async |tenant, query| service.ingest.clone().list_set_aside_rows(analyst(tenant, query)).await;
        let token = page.next_page_token;
        let other = ListSetAsideRowsRequest { page_token: token, ..ListSetAsideRowsRequest::default() };
        assert_eq!(describe(&ask("default", other).await.expect_err("a token")).reason, "PAGE_TOKEN_INVALID");
        let unknown = ListSetAsideRowsRequest { row_type: "sale".to_owned(), ..ListSetAsideRowsRequest::default() };
        assert_eq!(describe(&ask("default", unknown).await.expect_err("a type")).violations[0].field, "row_type");
        let elsewhere = ask("acme", ListSetAsideRowsRequest::default()).await.expect("notes").into_inner();
        assert_eq!(elsewhere.rows.len(), 0);

        // Sent again with a pseudonym the row is recorded and its note goes; so within one call.
        let rows = vec![visit("1", "k-1"), visit("1", "k-1"), visit("6", phone), visit("6", "k-1")];
        let answer = touched(&service, "default", rows).await;
        assert_eq!(outcomes(&answer), [Recorded, Duplicate, SetAside, Recorded]);
        assert_eq!(shown(&list(&service, "touchpoint", 0, "").await), touchpoints[1..]);
    }
}
