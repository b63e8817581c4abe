//! What a partner's own user sees here: its partner, and nobody else's.

use tributary_core::{RequestContext, Role, Scope, TenantId};
use tributary_proto::tributary::partner::v1 as pb;
use tributary_rpc::client;

use crate::harness::{Suite, answer, date, dealer, name, refused, suites};

/// A request of a user of these partners.
pub fn of<T>(partners: &[&str], message: T) -> tonic::Request<T> {
    let context = RequestContext {
        tenant: TenantId::default_tenant(),
        subject: "portal".to_owned(),
        roles: vec![Role::Partner],
        scope: Scope::Partners(partners.iter().map(|id| name(id)).collect()),
        request_id: String::new(),
    };
    client::on_behalf(&context, message)
}

fn get(id: &str) -> pb::GetPartnerRequest {
    pb::GetPartnerRequest { name: name(id) }
}

async fn two_partners() -> Vec<Suite> {
    let suites = suites().await;
    for suite in &suites {
        for id in ["a", "b"] {
            let labels = [("risk".to_owned(), "watched".to_owned())].into();
            suite.create(id, pb::Partner { labels, ..dealer(id) }).await.expect("created");
        }
    }
    suites
}

#[tokio::test]
async fn its_own_record_without_what_is_for_the_house() {
    for suite in two_partners().await {
        let mut partners = suite.partners();
        let seen = answer(partners.get_partner(of(&["a"], get("a"))).await).expect("its own");
        let kept = answer(partners.get_partner(suite.ask(get("a"))).await).expect("there");
        assert_eq!(kept.labels.len(), 1);
        assert_eq!(seen, pb::Partner { labels: Default::default(), ..kept });
        let both = answer(partners.get_partner(of(&["a", "b"], get("b"))).await).expect("its own, too");
        assert_eq!(both.name, name("b"));

        // Another's, nobody's, no name at all: said alike, before anything else is looked at.
        let mut said = Vec::new();
        for other in [get("b"), get("none"), pb::GetPartnerRequest { name: "x".to_owned() }, Default::default()] {
            let refusal = answer(partners.get_partner(of(&["a"], other)).await).expect_err("not its own");
            said.push((refusal.reason, refusal.message, refusal.metadata["partners"].clone()));
        }
        assert_eq!((said[0].0.as_str(), said[0].2.as_str()), ("OUTSIDE_SCOPE", "partners/a"));
        assert!(said[0].1.contains("set the field name"), "{}", said[0].1);
        said.dedup();
        assert_eq!(said.len(), 1, "{said:?}");
        let nobodys = answer(partners.get_partner(of(&[], get("a"))).await);
        assert_eq!(refused(nobodys).0, "OUTSIDE_SCOPE");
        let list = answer(partners.list_partners(of(&["a"], pb::ListPartnersRequest::default())).await);
        assert_eq!(refused(list).0, "PERMISSION_DENIED");
    }
}

#[tokio::test]
async fn its_own_documents() {
    for suite in two_partners().await {
        let mut documents = suite.documents();
        let document = pb::Document {
            kind: pb::DocumentKind::Other.into(),
            title: "price list".to_owned(),
            file_digest: "0".repeat(64),
            media_type: "image/png".to_owned(),
            size_bytes: 1,
            ..Default::default()
        };
        let submit = |id: &str| pb::SubmitDocumentRequest {
            parent: name(id),
            document: Some(document.clone()),
            document_id: "d".to_owned(),
            ..Default::default()
        };
        let made = answer(documents.submit_document(of(&["a"], submit("a"))).await).expect("submitted");
        assert_eq!((made.name.as_str(), made.submitter.as_str()), ("partners/a/documents/d", "portal"));
        answer(documents.submit_document(suite.ask(submit("b"))).await).expect("submitted");
        let list = |parent: &str| pb::ListDocumentsRequest { parent: name(parent), ..Default::default() };
        let own = answer(documents.list_documents(of(&["a"], list("a"))).await).expect("its own");
        assert_eq!(own.documents, std::slice::from_ref(&made));
        let read = |id: &str| pb::GetDocumentRequest { name: format!("partners/{id}/documents/d") };
        assert_eq!(answer(documents.get_document(of(&["a"], read("a"))).await), Ok(made));

        for parent in ["-", "b", "none", ""] {
            let listed = answer(documents.list_documents(of(&["a"], list(parent))).await);
            assert_eq!(refused(listed).0, "OUTSIDE_SCOPE", "{parent}");
        }
        let refusals = [
            refused(answer(documents.get_document(of(&["a"], read("b"))).await)).0,
            refused(answer(documents.submit_document(of(&["a"], submit("b"))).await)).0,
        ];
        assert_eq!(refusals, ["OUTSIDE_SCOPE", "OUTSIDE_SCOPE"]);
        let verify = pb::VerifyDocumentRequest { name: "partners/a/documents/d".to_owned(), ..Default::default() };
        let verified = answer(documents.verify_document(of(&["a"], verify)).await);
        assert_eq!(refused(verified).0, "PERMISSION_DENIED", "who submits does not review");
    }
}

#[tokio::test]
async fn its_own_rights_to_territories() {
    let day = |year| Some(tributary_proto::google::r#type::Date { year, month: 1, day: 1 });
    for suite in two_partners().await {
        let mut territories = suite.territories();
        let number = |text: &str| Some(tributary_proto::google::r#type::Decimal { value: text.to_owned() });
        for (id, latitude) in [("a", "31.2"), ("b", "39.9")] {
            let centre = pb::GeoPoint { latitude: number(latitude), longitude: number("116.4") };
            let circle = pb::TerritoryCircle { centre: Some(centre), radius_meters: 3_000, ..Default::default() };
            let territory = pb::Territory { area: Some(pb::territory::Area::Circle(circle)) };
            let record = pb::RecordTerritoryRightRequest {
                terms: Some(pb::TerritoryTerms {
                    partner: name(id),
                    territory: Some(territory),
                    effective_from: day(2026),
                    ..Default::default()
                }),
                territory_right_id: format!("of-{id}"),
                reason: "a favour".to_owned(),
                ..Default::default()
            };
            answer(territories.record_territory_right(suite.ask(record)).await).expect("recorded");
        }
        let get = |id: &str| pb::GetTerritoryRightRequest { name: format!("territoryRights/{id}"), known_at: None };
        let seen = answer(territories.get_territory_right(of(&["a"], get("of-a"))).await).expect("its own");
        assert_eq!((seen.reason.as_str(), seen.actor.as_str()), ("", ""), "why we gave it, and who did");
        // What is another's and what is not there: one answer.
        let said = [
            answer(territories.get_territory_right(of(&["a"], get("of-b"))).await),
            answer(territories.get_territory_right(of(&["a"], get("none"))).await),
        ]
        .map(|refusal| refusal.map_err(|e| (e.reason, e.message)).expect_err("not its own"));
        assert_eq!(said[0].0, "OUTSIDE_SCOPE");
        assert_eq!(said[0], said[1]);
        let list = |partner: String| pb::ListTerritoryRightsRequest { partner, ..Default::default() };
        let own = answer(territories.list_territory_rights(of(&["a"], list(name("a")))).await).expect("its own");
        assert_eq!(own.territory_rights.len(), 1);
        let all = answer(territories.list_territory_rights(of(&["a"], list(String::new()))).await);
        assert_eq!(refused(all).0, "OUTSIDE_SCOPE");
    }
}

#[tokio::test]
async fn its_own_tier() {
    for suite in two_partners().await {
        let mut tiers = suite.tiers();
        for id in ["a", "b"] {
            let assign = pb::AssignTierRequest {
                partner: name(id),
                tier: "basic".to_owned(),
                effective_from: Some(tributary_proto::google::r#type::Date { year: 2012, month: 1, day: 1 }),
                reason: "a favour".to_owned(),
                ..Default::default()
            };
            answer(tiers.assign_tier(suite.ask(assign)).await).expect("assigned");
        }
        let get = |id: &str| pb::GetPartnerTierRequest { partner: name(id), ..Default::default() };
        let seen = answer(tiers.get_partner_tier(of(&["a"], get("a"))).await).expect("its own");
        assert_eq!(
            (seen.tier.as_str(), seen.reason.as_str(), seen.actor.as_str()),
            ("basic", "", ""),
            "why, and by whom"
        );
        let progress = |id: &str| pb::GetTierProgressRequest { partner: name(id), ..Default::default() };
        let entitled = |id: &str| pb::CheckEntitlementRequest {
            partner: name(id),
            benefit: "gift".to_owned(),
            ..Default::default()
        };
        let refusals = [
            refused(answer(tiers.get_partner_tier(of(&["a"], get("b"))).await)).0,
            refused(answer(tiers.get_tier_progress(of(&["a"], progress("b"))).await)).0,
            refused(answer(suite.benefits().check_entitlement(of(&["a"], entitled("b"))).await)).0,
        ];
        assert_eq!(refusals, ["OUTSIDE_SCOPE", "OUTSIDE_SCOPE", "OUTSIDE_SCOPE"]);
        let own = [
            refused(answer(tiers.get_tier_progress(of(&["a"], progress("a"))).await)).0,
            refused(answer(suite.benefits().check_entitlement(of(&["a"], entitled("a"))).await)).0,
        ];
        assert_eq!(own, ["TIER_PROGRAMME_MISSING", "TIER_PROGRAMME_MISSING"], "let in");
    }
}

/// What the house asked under a request id neither hinders the partner's own user who takes the same one, nor is it told.
#[tokio::test]
async fn its_own_request_ids() {
    for suite in two_partners().await {
        let mut documents = suite.documents();
        let submit = |id: &str, title: &str| pb::SubmitDocumentRequest {
            parent: name(id),
            document: Some(pb::Document {
                kind: pb::DocumentKind::Other.into(),
                title: title.to_owned(),
                file_digest: "0".repeat(64),
                media_type: "image/png".to_owned(),
                size_bytes: 1,
                ..Default::default()
            }),
            request_id: "same".to_owned(),
            ..Default::default()
        };
        let ours = answer(documents.submit_document(suite.ask(submit("b", "ours"))).await).expect("submitted");
        let made = answer(documents.submit_document(of(&["a"], submit("a", "theirs"))).await).expect("submitted");
        assert_eq!((made.title.as_str(), made.name != ours.name), ("theirs", true));
        assert_eq!(answer(documents.submit_document(of(&["a"], submit("a", "theirs"))).await), Ok(made.clone()));
        // A user of both partners has ids of its own, too, in whatever order its key names them.
        let both = answer(documents.submit_document(of(&["a", "b"], submit("a", "both"))).await).expect("submitted");
        assert_eq!(answer(documents.submit_document(of(&["b", "a"], submit("a", "both"))).await), Ok(both));
        assert_eq!(answer(documents.submit_document(suite.ask(submit("b", "ours"))).await), Ok(ours));
    }
}

#[tokio::test]
async fn its_own_deals() {
    let deal = |customer: &str| pb::Deal {
        customer: Some(pb::DealCustomer { display_name: customer.to_owned(), registration: None }),
        product_line: "bikes".to_owned(),
        value: Some(tributary_proto::google::r#type::Money { currency_code: "CNY".to_owned(), units: 1, nanos: 0 }),
        ..Default::default()
    };
    let register = |id: &str, own: &str, customer: &str| pb::RegisterDealRequest {
        parent: name(id),
        deal: Some(deal(customer)),
        deal_id: own.to_owned(),
        ..Default::default()
    };
    for suite in two_partners().await {
        let mut deals = suite.deals();
        let made = answer(deals.register_deal(of(&["a"], register("a", "d", "广州晨光商贸"))).await).expect("its own");
        assert_eq!((made.state(), made.registrant.as_str()), (pb::DealState::Submitted, ""));
        // Who comes second learns that the lead is taken, and from when on it is free, not by whom.
        let approve = pb::ApproveDealRequest { name: made.name.clone(), ..Default::default() };
        answer(deals.approve_deal(suite.ask(approve.clone())).await).expect("approved");
        let second = answer(deals.register_deal(of(&["b"], register("b", "d", "广州晨光商贸"))).await).expect("kept");
        assert_eq!((second.state(), second.lead_free_from), (pb::DealState::Conflicted, date(2026, 9, 29)));
        assert_eq!((second.conflict.clone(), second.similar.len()), (None, 0));
        let similar = answer(deals.register_deal(of(&["b"], register("b", "e", "广州晨旭商贸"))).await).expect("kept");
        assert_eq!((similar.state(), similar.similar.len()), (pb::DealState::Submitted, 0));
        let house = pb::GetDealRequest { name: similar.name.clone() };
        let house = answer(deals.get_deal(suite.ask(house)).await).expect("there");
        assert_eq!((house.similar.len(), house.registrant.as_str()), (1, "portal"), "the house sees more");
        let find = pb::FindDealConflictsRequest {
            parent: name("b"),
            customer: deal("广州晨光商贸").customer,
            product_line: "bikes".to_owned(),
        };
        let found = answer(deals.find_deal_conflicts(of(&["b"], find.clone())).await).expect("answered");
        let told = pb::FindDealConflictsResponse { free_from: date(2026, 9, 29), ..Default::default() };
        assert_eq!(found, told);
        // Its own reviewer is the house's matter, what was decided is its own.
        let read = |name: &str| pb::GetDealRequest { name: name.to_owned() };
        let own = answer(deals.get_deal(of(&["a"], read(&made.name))).await).expect("its own");
        assert_eq!((own.state(), own.decision.expect("made").reviewer.as_str()), (pb::DealState::Approved, ""));

        let withdraw = |name: &str| pb::WithdrawDealRequest {
            name: name.to_owned(),
            reason: "given up".to_owned(),
            ..Default::default()
        };
        let list = |parent: &str| pb::ListDealsRequest { parent: name(parent), ..Default::default() };
        let outside = [
            refused(answer(deals.get_deal(of(&["b"], read(&made.name))).await)).0,
            refused(answer(deals.get_deal(of(&["b"], read("partners/a/deals/none"))).await)).0,
            refused(answer(deals.register_deal(of(&["b"], register("a", "f", "x"))).await)).0,
            refused(answer(deals.withdraw_deal(of(&["b"], withdraw(&made.name))).await)).0,
            refused(answer(deals.list_deals(of(&["b"], list("a"))).await)).0,
            refused(answer(deals.list_deals(of(&["b"], list("-"))).await)).0,
            refused(answer(deals.find_deal_conflicts(of(&["a"], find)).await)).0,
        ];
        assert!(outside.iter().all(|reason| reason == "OUTSIDE_SCOPE"), "{outside:?}");
        let history = pb::ListDealRevisionsRequest { name: made.name.clone(), ..Default::default() };
        let house_only = [
            refused(answer(deals.approve_deal(of(&["a"], approve)).await)).0,
            refused(answer(deals.list_deal_revisions(of(&["a"], history)).await)).0,
        ];
        assert_eq!(house_only, ["PERMISSION_DENIED", "PERMISSION_DENIED"]);
        assert_eq!(answer(deals.list_deals(of(&["b"], list("b"))).await).expect("its own").deals.len(), 2);
        let policy = answer(deals.get_deal_policy(of(&["a"], pb::GetDealPolicyRequest {})).await).expect("no rows");
        assert_eq!(policy.protection_days, 90);
        let gone = answer(deals.withdraw_deal(of(&["b"], withdraw(&similar.name))).await).expect("its own");
        assert_eq!(gone.state(), pb::DealState::Withdrawn);
    }
}
