//! Registration: protected at once, conflicts with their trail, repeats, wrong input.

use tributary_core::Role;
use tributary_proto::tributary::partner::v1::{self as pb, DealState as S};

use super::{LINE, cny, deal, deal_name, numbered, registering};
use crate::harness::{answer, date, name, refused, suites};

#[tokio::test]
async fn the_second_comer_is_kept_as_a_conflict_with_its_trail() {
    for suite in suites().await {
        suite.dealers(&["a", "b"]).await;
        let first = suite.register("a", "metro", deal("合肥轨道交通集团")).await.expect("registered");
        assert_eq!((first.name.as_str(), first.state()), (deal_name("a", "metro").as_str(), S::Submitted));
        assert_eq!((first.registrant.as_str(), first.decide_by), ("channel-manager", date(2026, 7, 6)));
        assert_eq!((first.protection_end, first.conflict.clone(), first.similar.len()), (None, None, 0));

        let second = suite.register("b", "metro", deal("合肥轨道交通（集团）")).await.expect("kept");
        assert_eq!((second.state(), second.lead_free_from), (S::Conflicted, None), "not decided yet");
        let conflict = second.conflict.clone().expect("the trail");
        assert_eq!((conflict.deal.as_str(), conflict.state()), (first.name.as_str(), S::Submitted));
        assert_eq!((conflict.customer.as_str(), conflict.create_time), ("合肥轨道交通集团", first.create_time));

        // Once it is approved, who comes later is told until when: 90 days from 1 July on.
        let approved = suite.approve_deal(&first.name).await.expect("approved");
        assert_eq!((approved.state(), approved.protection_end), (S::Approved, date(2026, 9, 29)));
        let third = suite.register("b", "again", deal("合肥轨道交通集团")).await.expect("kept");
        assert_eq!((third.state(), third.lead_free_from), (S::Conflicted, date(2026, 9, 29)));

        // Another line, and another customer, are other leads.
        let other = pb::Deal { product_line: "helmets".to_owned(), ..deal("合肥轨道交通集团") };
        assert_eq!(suite.register("b", "helmets", other).await.expect("free").state(), S::Submitted);
        assert_eq!(suite.register("b", "post", deal("深圳海岸物流")).await.expect("free").state(), S::Submitted);

        let events = suite.events_of(&second.name, 1).await;
        let event: pb::DealChanged = prost::Message::decode(events[0].data.as_slice()).expect("decodes");
        let revision = event.revision.expect("whole");
        assert_eq!((revision.action.as_str(), revision.previous_state()), ("REGISTERED", S::Unspecified));
        assert_eq!((revision.deal, event.partner_uid), (Some(second), suite.get("b").await.uid));
    }
}

#[tokio::test]
async fn customers_with_near_equal_names_are_left_to_a_person() {
    for suite in suites().await {
        suite.dealers(&["a", "b"]).await;
        suite.register("a", "own", deal("广州晨光商贸")).await.expect("registered");
        let near = suite.register("b", "near", deal("广州晨旭商贸")).await.expect("registered");
        assert_eq!(near.state(), S::Submitted);
        let [similar] = near.similar.as_slice() else { panic!("one: {:?}", near.similar) };
        // Five of six characters: see the test of the similarity.
        let similarity = similar.similarity.clone().expect("set").value;
        assert_eq!((similar.deal.as_str(), similarity.as_str()), (deal_name("a", "own").as_str(), "0.9222"));
        assert_eq!(similar.customer, "广州晨光商贸");
        // The same name with a number is told apart by the number, and both are said to be alike.
        let numbered = suite.register("b", "numbered", numbered("广州晨光商贸", "91350100M000100Y43")).await;
        let numbered = numbered.expect("registered");
        assert_eq!((numbered.state(), numbered.similar.len()), (S::Submitted, 1), "its own deals are not named");
        // The partner's own deals are not in its way, whatever their names.
        let own = suite.register("a", "branch", deal("广州晨光商贸二")).await.expect("registered");
        assert_eq!(own.similar.iter().map(|s| s.deal.as_str()).collect::<Vec<_>>(), [deal_name("b", "numbered")]);
    }
}

#[tokio::test]
async fn a_number_meets_the_same_number_whatever_the_name() {
    for suite in suites().await {
        suite.dealers(&["a", "b"]).await;
        suite.register("a", "x", numbered("合肥轨道", "91350100M000100Y43")).await.expect("registered");
        let second = suite.register("b", "y", numbered("Hefei Metro", "91350100M000100Y43")).await.expect("kept");
        assert_eq!(second.state(), S::Conflicted);
    }
}

#[tokio::test]
async fn repeats_have_one_effect() {
    for suite in suites().await {
        suite.dealers(&["a"]).await;
        let request = pb::RegisterDealRequest { request_id: "r".to_owned(), ..registering("a", "", deal("x")) };
        let first = answer(suite.deals().register_deal(suite.ask(request.clone())).await).expect("registered");
        assert_eq!(answer(suite.deals().register_deal(suite.ask(request)).await), Ok(first.clone()));
        // By an id of the caller's own: the same content again is answered, another one refused.
        let named = suite.register("a", "own", deal("y")).await.expect("registered");
        assert_eq!(suite.register("a", "own", deal("y")).await, Ok(named.clone()));
        let other = pb::Deal { value: cny(1), ..deal("y") };
        let (reason, _, metadata) = refused(suite.register("a", "own", other).await);
        assert_eq!((reason.as_str(), metadata["deal"].as_str()), ("DEAL_EXISTS", named.name.as_str()));
        // The lead once more under another id: the partner holds it already.
        let (reason, _, metadata) = refused(suite.register("a", "twice", deal("X")).await);
        assert_eq!((reason.as_str(), metadata["deal"].as_str()), ("DEAL_EXISTS", first.name.as_str()));
        assert_eq!(suite.found("a", "").await.expect("page").len(), 2);
        assert_eq!(suite.deal_history(&named.name).await.len(), 1);
    }
}

#[tokio::test]
async fn wrong_input_is_told_at_once() {
    for suite in suites().await {
        suite.dealers(&["a"]).await;
        let wrong = pb::Deal {
            customer: Some(pb::DealCustomer {
                display_name: "—".to_owned(),
                registration: Some(pb::Registration {
                    scheme: "CN-USCC".to_owned(),
                    number: "91350100M000100Y44".to_owned(),
                }),
            }),
            product_line: " bikes ".to_owned(),
            value: Some(tributary_proto::google::r#type::Money { currency_code: "RMB".to_owned(), units: 1, nanos: 0 }),
            expected_close: date(2026, 6, 30),
            ..Default::default()
        };
        let (reason, mut fields, _) = refused(suite.register("a", "", wrong).await);
        fields.sort();
        assert_eq!(reason, "INVALID_REQUEST");
        assert_eq!(
            fields,
            [
                "deal.customer.display_name",
                "deal.customer.registration.number",
                "deal.expected_close",
                "deal.product_line",
                "deal.value",
            ]
        );
        let (_, mut fields, _) = refused(suite.register("a", "", pb::Deal::default()).await);
        fields.sort();
        fields.dedup();
        assert_eq!(fields, ["deal.customer", "deal.customer.display_name", "deal.product_line", "deal.value"]);
        let (reason, ..) = refused(suite.register("none", "", deal("x")).await);
        assert_eq!(reason, "PARTNER_NOT_FOUND");
    }
}

#[tokio::test]
async fn partners_that_do_not_trade_register_nothing() {
    for suite in suites().await {
        suite.dealers(&["a"]).await;
        let kept = suite.register("a", "before", deal("x")).await.expect("registered");
        let freeze =
            pb::ChangePartnerStatusRequest { name: name("a"), reason: "unpaid".to_owned(), ..Default::default() };
        answer(suite.partners().freeze_partner(suite.ask(freeze)).await).expect("frozen");
        let (reason, _, metadata) = refused(suite.register("a", "", deal("y")).await);
        assert_eq!((reason.as_str(), metadata["status"].as_str()), ("PARTNER_NOT_TRADING", "FROZEN"));
        assert_eq!(refused(suite.approve_deal(&kept.name).await).0, "PARTNER_NOT_TRADING");
        assert_eq!(suite.withdraw_deal(&kept.name).await.expect("may give up").state(), S::Withdrawn);
    }
}

#[tokio::test]
async fn a_lead_is_looked_up_without_registering_it() {
    for suite in suites().await {
        suite.dealers(&["a", "b"]).await;
        let held = suite.register("a", "metro", deal("合肥轨道交通集团")).await.expect("registered");
        suite.approve_deal(&held.name).await.expect("approved");
        let find = |parent: &str, customer: &str| pb::FindDealConflictsRequest {
            parent: name(parent),
            customer: deal(customer).customer,
            product_line: LINE.to_owned(),
        };
        let ask = async |parent: &str, customer: &str| {
            let request = suite.ask_as("analyst", Role::Analyst, find(parent, customer));
            answer(suite.deals().find_deal_conflicts(request).await).expect("answered")
        };
        let taken = ask("b", "合肥轨道交通(集团)").await;
        assert_eq!((taken.free, taken.own, taken.free_from), (false, false, date(2026, 9, 29)));
        assert_eq!((taken.conflict.expect("named").deal, taken.similar.len()), (held.name.clone(), 0));
        let own = ask("a", "合肥轨道交通集团").await;
        assert_eq!((own.free, own.own, own.conflict), (true, true, None));
        assert!(!ask("-", "合肥轨道交通集团").await.free);
        let near = ask("b", "合肥轨道交通集").await;
        assert_eq!((near.free, near.similar.len()), (true, 1));
        assert_eq!(suite.found("b", "").await.expect("page").len(), 0, "nothing was registered");
        let wrong = answer(suite.deals().find_deal_conflicts(suite.ask(find("b", "()"))).await);
        assert_eq!(refused(wrong).1, ["customer.display_name"]);
    }
}
