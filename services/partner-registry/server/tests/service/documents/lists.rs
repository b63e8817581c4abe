//! Lists: parents, filters, pages.

use tributary_proto::tributary::partner::v1::{self as pb, DocumentKind as K};

use super::{Result, document, licence};
use crate::harness::{Suite, answer, date, dealer, name, refused, suites};

async fn list(suite: &Suite, parent: &str, filter: &str, size: i32, token: &str) -> Result<(String, String)> {
    let request = pb::ListDocumentsRequest {
        parent: name(parent),
        page_size: size,
        page_token: token.to_owned(),
        filter: filter.to_owned(),
    };
    let found = answer(suite.documents().list_documents(suite.ask(request)).await)?;
    let short = |d: &pb::Document| d.name.trim_start_matches("partners/").replace("/documents/", ".");
    let names: Vec<_> = found.documents.iter().map(short).collect();
    Ok((names.join(" "), found.next_page_token))
}

/// a: licence "l" to July 1, verified; permit "p" to September 30; "q" without end. b: licence "l" to December 31.
async fn seed(suite: &Suite) {
    for id in ["a", "b", "c"] {
        suite.create(id, dealer(id)).await.expect("created");
    }
    suite.submit("q", document(K::Other, None)).await.expect("submitted");
    suite.submit("p", document(K::IndustryPermit, date(2026, 9, 30))).await.expect("submitted");
    suite.submit("l", licence(date(2026, 7, 1))).await.expect("submitted");
    suite.verify("l").await.expect("verified");
    let request = pb::SubmitDocumentRequest {
        parent: name("b"),
        document: Some(licence(date(2026, 12, 31))),
        document_id: "l".to_owned(),
        ..Default::default()
    };
    answer(suite.documents().submit_document(suite.ask(request)).await).expect("submitted");
}

#[tokio::test]
async fn filters_find_what_the_contract_says() {
    for suite in suites().await {
        seed(&suite).await;
        for (parent, filter, expected) in [
            ("a", "", "a.l a.p a.q"),
            ("b", "", "b.l"),
            ("c", "", ""),
            ("-", "", "a.l a.p a.q b.l"),
            ("-", "kind = BUSINESS_LICENCE", "a.l b.l"),
            ("-", "kind != BUSINESS_LICENCE", "a.p a.q"),
            ("-", "state = VERIFIED", "a.l"),
            ("a", "state = SUBMITTED", "a.p a.q"),
            ("-", "expires_on < 2026-09-30", "a.l"),
            ("-", "expires_on <= 2026-09-30", "a.l a.p"),
            ("-", "expires_on = 2026-09-30", "a.p"),
            ("-", "expires_on != 2026-09-30", "a.l a.q b.l"),
            ("-", "expires_on > 2026-09-30", "b.l"),
            ("-", "expires_on >= 2026-09-30", "a.p b.l"),
            ("-", "NOT expires_on <= 2026-09-30", "a.q b.l"),
            ("-", "state = VERIFIED AND expires_on <= 2026-09-30", "a.l"),
        ] {
            let (found, _) = list(&suite, parent, filter, 0, "").await.expect(filter);
            assert_eq!(found, expected, "{parent} {filter}");
        }
        for bad in ["number = 9", "kind = DEALER", "state > VERIFIED", "expires_on : 2026-09-30", "expires_on < soon"] {
            assert_eq!(refused(list(&suite, "-", bad, 0, "").await).0, "FILTER_INVALID", "{bad}");
        }
        assert_eq!(refused(list(&suite, "nobody", "", 0, "").await).0, "PARTNER_NOT_FOUND");
    }
}

#[tokio::test]
async fn pages_go_over_all_partners_and_belong_to_their_query() {
    for suite in suites().await {
        seed(&suite).await;
        let (first, token) = list(&suite, "-", "", 3, "").await.expect("page");
        assert_eq!(first, "a.l a.p a.q");
        assert_eq!(list(&suite, "-", "", 3, &token).await, Ok(("b.l".to_owned(), String::new())));
        assert_eq!(refused(list(&suite, "a", "", 3, &token).await).0, "PAGE_TOKEN_INVALID");
        assert_eq!(refused(list(&suite, "-", "kind = OTHER", 3, &token).await).0, "PAGE_TOKEN_INVALID");
        let (first, token) = list(&suite, "a", "kind != OTHER", 1, "").await.expect("page");
        assert_eq!(first, "a.l");
        assert_eq!(list(&suite, "a", "kind != OTHER", 1, &token).await, Ok(("a.p".to_owned(), String::new())));
    }
}
