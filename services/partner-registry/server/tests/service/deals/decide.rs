//! Decisions: by another subject, on what was seen, with who, when, why, before and after.

use tributary_core::Role;
use tributary_proto::tributary::partner::v1::{self as pb, DealState as S};

use super::{cny, deal, deal_name};
use crate::harness::{answer, date, refused, suites};

#[tokio::test]
async fn a_deal_from_registration_to_order() {
    for suite in suites().await {
        suite.dealers(&["a"]).await;
        let name = deal_name("a", "d");
        suite.register("a", "d", deal("x")).await.expect("registered");
        suite.approve_deal(&name).await.expect("approved");
        suite.extend_deal(&name, date(2026, 10, 29)).await.expect("extended");
        let won = suite.convert_deal(&name, date(2026, 7, 1)).await.expect("converted");
        assert_eq!((won.state(), won.revision, won.etag.as_str(), won.extension_count), (S::Converted, 4, "r4", 1));
        let conversion = won.conversion.clone().expect("the order");
        assert_eq!((conversion.order_reference.as_str(), conversion.amount), ("SO-1", cny(240_000)));
        let decision = won.decision.clone().expect("the approval");
        assert_eq!((decision.reviewer.as_str(), decision.note.as_str()), ("chief", ""));

        let history = suite.deal_history(&name).await;
        let told: Vec<_> = history
            .iter()
            .map(|r| {
                (r.action.as_str(), r.actor.as_str(), r.reason.as_str(), r.previous_state(), r.previous_protection_end)
            })
            .collect();
        let (first, second) = (date(2026, 9, 29), date(2026, 10, 29));
        assert_eq!(
            told,
            [
                ("REGISTERED", "channel-manager", "", S::Unspecified, None),
                ("APPROVED", "chief", "", S::Submitted, None),
                ("EXTENDED", "channel-manager", "招标推迟", S::Approved, first),
                ("CONVERTED", "channel-manager", "", S::Approved, second),
            ]
        );
        assert_eq!(history[3].deal.as_ref(), Some(&won));
        assert_eq!(suite.events_of(&name, 4).await.len(), 4);
        // What is won is over, and its lead free.
        let (reason, _, metadata) = refused(suite.withdraw_deal(&name).await);
        assert_eq!((reason.as_str(), metadata["possible"].as_str()), ("DEAL_STATE_REFUSED", ""));
        assert_eq!(suite.register("a", "next", deal("x")).await.expect("free").state(), S::Submitted);
    }
}

#[tokio::test]
async fn nobody_decides_on_what_they_registered_or_have_not_seen() {
    for suite in suites().await {
        suite.dealers(&["a"]).await;
        let name = deal_name("a", "d");
        suite.register("a", "d", deal("x")).await.expect("registered");
        let approve = |etag: &str| pb::ApproveDealRequest {
            name: name.clone(),
            note: "客户确认".to_owned(),
            etag: etag.to_owned(),
            request_id: "once".to_owned(),
        };
        let (reason, _, metadata) = refused(answer(suite.deals().approve_deal(suite.ask(approve(""))).await));
        assert_eq!((reason.as_str(), metadata["registrant"].as_str()), ("MAKER_IS_CHECKER", "channel-manager"));
        let chief = |request| suite.ask_as("chief", Role::ChannelManager, request);
        let (reason, _, metadata) = refused(answer(suite.deals().approve_deal(chief(approve("r7"))).await));
        assert_eq!((reason.as_str(), metadata["etag"].as_str()), ("ETAG_MISMATCH", "r1"));
        let approved = answer(suite.deals().approve_deal(chief(approve("r1"))).await).expect("approved");
        assert_eq!(answer(suite.deals().approve_deal(chief(approve("r1"))).await), Ok(approved), "a repeat");
        for role in [Role::Finance, Role::Legal, Role::Analyst, Role::Auditor] {
            let request = suite.ask_as("somebody", role, approve(""));
            assert_eq!(refused(answer(suite.deals().approve_deal(request).await)).0, "PERMISSION_DENIED");
        }
        let (reason, ..) = refused(suite.approve_deal(&deal_name("a", "none")).await);
        assert_eq!(reason, "DEAL_NOT_FOUND");
        let blank = pb::RejectDealRequest { name: name.clone(), reason: " ".to_owned(), ..Default::default() };
        let blank = answer(suite.deals().reject_deal(suite.ask_as("chief", Role::ChannelManager, blank)).await);
        assert_eq!(refused(blank).1, ["reason"]);
    }
}

#[tokio::test]
async fn a_conflict_is_decided_once_the_lead_is_free() {
    for suite in suites().await {
        suite.dealers(&["a", "b"]).await;
        let (first, second) = (deal_name("a", "d"), deal_name("b", "d"));
        suite.register("a", "d", deal("x")).await.expect("registered");
        suite.register("b", "d", deal("x")).await.expect("kept");
        let (reason, _, metadata) = refused(suite.approve_deal(&second).await);
        assert_eq!((reason.as_str(), metadata["deal"].as_str()), ("LEAD_PROTECTED", first.as_str()));
        suite.approve_deal(&first).await.expect("approved");
        // The house takes its approval back, and gives the lead to the other one; the trail stays.
        assert_eq!(suite.reject_deal(&first).await.expect("taken back").state(), S::Rejected);
        let approved = suite.approve_deal(&second).await.expect("free now");
        assert_eq!((approved.state(), approved.conflict.expect("the trail").deal), (S::Approved, first.clone()));
        let third = suite.register("a", "again", deal("x")).await.expect("kept");
        assert_eq!((third.state(), third.conflict.expect("named").deal), (S::Conflicted, second));
    }
}

/// Who registers while a conflict waits does not see it: it holds nothing. Whoever approves it sees both.
#[tokio::test]
async fn a_conflict_is_looked_at_anew_when_it_is_approved() {
    for suite in suites().await {
        suite.dealers(&["a", "b", "c"]).await;
        let first = suite.register("a", "first", deal("广州晨光商贸")).await.expect("registered");
        let second = suite.register("b", "second", deal("广州晨光商贸")).await.expect("kept");
        assert_eq!((second.state(), second.similar.len()), (S::Conflicted, 0));
        suite.withdraw_deal(&first.name).await.expect("withdrawn");
        let near = suite.register("c", "near", deal("广州晨旭商贸")).await.expect("registered");
        assert_eq!((near.state(), near.similar.len()), (S::Submitted, 0));
        let approved = suite.approve_deal(&second.name).await.expect("the lead is free");
        let similar: Vec<_> = approved.similar.iter().map(|similar| similar.deal.as_str()).collect();
        assert_eq!((approved.state(), similar), (S::Approved, vec![near.name.as_str()]));
    }
}

#[tokio::test]
async fn orders_and_extensions_keep_to_their_days() {
    for suite in suites().await {
        suite.dealers(&["a"]).await;
        let name = deal_name("a", "d");
        suite.register("a", "d", deal("x")).await.expect("registered");
        assert_eq!(refused(suite.extend_deal(&name, date(2026, 10, 1)).await).0, "DEAL_STATE_REFUSED");
        suite.approve_deal(&name).await.expect("approved");
        assert_eq!(refused(suite.extend_deal(&name, date(2026, 9, 29)).await).1, ["protection_end"]);
        let (reason, _, metadata) = refused(suite.extend_deal(&name, date(2026, 10, 30)).await);
        assert_eq!((reason.as_str(), metadata["latest"].as_str()), ("DEAL_EXTENSION_REFUSED", "2026-10-29"));
        suite.extend_deal(&name, date(2026, 10, 29)).await.expect("thirty days");
        let (reason, _, metadata) = refused(suite.extend_deal(&name, date(2026, 10, 30)).await);
        assert_eq!((reason.as_str(), metadata["max_extensions"].as_str()), ("DEAL_EXTENSION_REFUSED", "1"));
        assert_eq!(metadata["latest"], "2026-10-29", "not a day further");

        assert_eq!(refused(suite.convert_deal(&name, date(2026, 6, 30)).await).1, ["conversion.order_date"]);
        assert_eq!(refused(suite.convert_deal(&name, date(2026, 7, 2)).await).1, ["conversion.order_date"]);
        let wrong = pb::DealConversion { order_reference: " ".to_owned(), amount: cny(0), order_date: None };
        let wrong = pb::ConvertDealRequest { name: name.clone(), conversion: Some(wrong), ..Default::default() };
        let (_, mut fields, _) = refused(answer(suite.deals().convert_deal(suite.ask(wrong)).await));
        fields.sort();
        assert_eq!(fields, ["conversion.amount", "conversion.order_date", "conversion.order_reference"]);
    }
}
