//! Lists: filters and pages.

use tributary_proto::tributary::partner::v1 as pb;
use tributary_rpc::status::Described;

use crate::harness::{Suite, answer, date, dealer, name, refused, suites};

async fn list(suite: &Suite, filter: &str, size: i32, token: &str) -> Result<(String, String), Box<Described>> {
    let request = pb::ListPartnersRequest { page_size: size, page_token: token.to_owned(), filter: filter.to_owned() };
    let found = answer(suite.partners().list_partners(suite.ask(request)).await)?;
    let ids: Vec<_> = found.partners.iter().map(|p| p.name.trim_start_matches("partners/").to_owned()).collect();
    Ok((ids.join(" "), found.next_page_token))
}

async fn seed(suite: &Suite) {
    let mut partners =
        [dealer("Progressive Sports"), dealer("广州晨光商贸"), dealer("A Bike Store"), dealer("Sports Shop")];
    partners[0].region = "US/WA".to_owned();
    partners[1].region = "CN/GD/Guangzhou".to_owned();
    partners[2].region = "CN/GDX".to_owned();
    partners[2].kind = pb::PartnerKind::Retailer.into();
    partners[3].labels.insert("segment".to_owned(), "road".to_owned());
    for (id, partner) in ["a", "b", "c", "d"].into_iter().zip(partners) {
        suite.create(id, partner).await.expect("created");
    }
    let tier = pb::AssignTierRequest {
        partner: name("b"),
        tier: "advanced".to_owned(),
        effective_from: date(2026, 7, 1),
        reason: "r".to_owned(),
        ..Default::default()
    };
    answer(suite.tiers().assign_tier(suite.ask(tier)).await).expect("assigned");
    let freeze = pb::ChangePartnerStatusRequest { name: name("d"), reason: "r".to_owned(), ..Default::default() };
    answer(suite.partners().freeze_partner(suite.ask(freeze)).await).expect("frozen");
}

#[tokio::test]
async fn filters_find_what_the_contract_says() {
    for suite in suites().await {
        seed(&suite).await;
        for (filter, expected) in [
            ("", "a b c d"),
            (r#"display_name:"sport""#, "a d"),
            (r#"display_name:"晨光""#, "b"),
            (r#"display_name = "A Bike Store""#, "c"),
            ("kind = DEALER", "a b d"),
            ("kind != DEALER", "c"),
            (r#"region:"CN/GD""#, "b"),
            (r#"region = "CN/GDX""#, "c"),
            (r#"region:"CN/""#, "b c"),
            (r#"region:"" AND kind = DEALER"#, "a b d"),
            ("tier = advanced", "b"),
            ("status = FROZEN", "d"),
            ("labels.segment = road", "d"),
            ("labels.segment != road", "a b c"),
            (r#"kind = DEALER AND region:"CN/GD" AND status = ACTIVE"#, "b"),
            (r#"status = ACTIVE AND (kind = RETAILER OR region:"US")"#, "a c"),
            ("NOT status = ACTIVE", "d"),
        ] {
            let (found, _) = list(&suite, filter, 0, "").await.expect(filter);
            assert_eq!(found, expected, "{filter}");
        }
        for bad in ["colour = red", "kind = PLUMBER", "tier > advanced", "kind ="] {
            assert_eq!(refused(list(&suite, bad, 0, "").await).0, "FILTER_INVALID", "{bad}");
        }
    }
}

#[tokio::test]
async fn pages_belong_to_their_filter() {
    for suite in suites().await {
        seed(&suite).await;
        let (first, token) = list(&suite, "kind = DEALER", 2, "").await.expect("page");
        assert_eq!(first, "a b");
        assert_eq!(list(&suite, "kind = DEALER", 2, &token).await, Ok(("d".to_owned(), String::new())));
        assert_eq!(refused(list(&suite, "", 2, &token).await).0, "PAGE_TOKEN_INVALID");
        // A full last page has no next one.
        assert_eq!(list(&suite, "", 4, "").await, Ok(("a b c d".to_owned(), String::new())));
    }
}
