//! What partners may use of yearly allowances, and the price factors that are agreed.

use futures::future::join_all;
use tributary_proto::{
    google::r#type::Money,
    tributary::partner::v1::{self as pb, tier_benefit::Value as Gives},
};
use tributary_rpc::client;

use super::{DAY, activate, approve, benefit, decimal, draft, evaluate_all, programme, ready, yuan};
use crate::{
    harness::{answer, date, name, refused, suites},
    own_rows,
};

#[tokio::test]
async fn an_allowance_in_another_currency_is_another_allowance() {
    for suite in suites().await {
        ready(&suite).await;
        evaluate_all(&suite).await;
        let usage = |amount, request_id: &str| pb::RecordBenefitUsageRequest {
            partner: name("a"),
            benefit: "campaign".to_owned(),
            amount,
            date: None,
            reason: "campaign 618".to_owned(),
            request_id: request_id.to_owned(),
        };
        let dollars = |units| Some(Money { currency_code: "USD".to_owned(), units, nanos: 0 });
        let record = async |usage| answer(suite.benefits().record_benefit_usage(suite.ask(usage)).await);
        record(usage(yuan(40_000), "cny")).await.expect("used");
        let tomorrow = pb::RecordBenefitUsageRequest { date: date(2026, 7, 2), ..usage(yuan(1), "tomorrow") };
        assert_eq!(refused(record(tomorrow).await).1, ["date"], "nobody knows the tier of tomorrow");

        let mut other = programme();
        for tier in &mut other.tiers {
            tier.benefits[1] = benefit("campaign", dollars(8_000).map(Gives::YearlyAllowance));
        }
        let version = draft(&suite, other).await.expect("drafted").name;
        approve(&suite, "finance", &version).await.expect("approved");
        activate(&suite, &version).await.expect("active");
        let check = async || {
            let request =
                pb::CheckEntitlementRequest { partner: name("a"), benefit: "campaign".to_owned(), date: None };
            answer(suite.benefits().check_entitlement(suite.ask(request)).await).expect("told")
        };
        let told = check().await;
        assert_eq!((told.used, told.remaining), (dollars(0), dollars(8_000)));
        assert_eq!(refused(record(usage(yuan(-1), "cny-back")).await).1, ["amount"]);
        assert_eq!(
            refused(record(usage(dollars(-1), "usd-back")).await).1,
            ["amount"],
            "nothing was used that could come back"
        );
        for _ in 0..2 {
            let made = record(usage(dollars(5_000), "usd")).await.expect("used, or known");
            assert_eq!((made.number, made.used, made.remaining), (2, dollars(5_000), dollars(3_000)));
        }
        assert_eq!(refused(record(usage(dollars(3_001), "usd-more")).await).0, "BENEFIT_QUOTA_EXCEEDED");
        let list = pb::ListEntitlementsRequest { partner: name("a"), date: None };
        let all = answer(suite.benefits().list_entitlements(suite.ask(list)).await).expect("listed").entitlements;
        let shown: Vec<_> = all.iter().map(|e| (e.benefit.as_str(), e.used.clone())).collect();
        assert_eq!(shown, [("price-factor", None), ("campaign", dollars(5_000))]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_allowance_is_never_used_beyond_its_limit() {
    for suite in suites().await {
        ready(&suite).await;
        evaluate_all(&suite).await;
        let check = |benefit: &str| {
            let request = pb::CheckEntitlementRequest { partner: name("a"), benefit: benefit.to_owned(), date: None };
            let (mut client, request) = (suite.benefits(), suite.ask(request));
            async move { answer(client.check_entitlement(request).await) }
        };
        let price = check("price-factor").await.expect("told");
        assert_eq!((price.entitled, price.tier.as_str(), price.price_factor), (true, "basic", None));
        let own = || {
            let ask =
                pb::CheckEntitlementRequest { partner: name("a"), benefit: "price-factor".to_owned(), date: None };
            let (mut client, ask) = (suite.benefits(), own_rows::of(&["a"], ask));
            async move { answer(client.check_entitlement(ask).await).expect("its own") }
        };
        assert!(price.explanation.contains("between 0.8 and 0.9"), "{}", price.explanation);
        let untold = own().await.explanation;
        assert!(untold.ends_with(": no part of the list price was agreed yet"), "{untold}");
        let agree = |factor: &str| pb::AgreePriceFactorRequest {
            partner: name("a"),
            benefit: "price-factor".to_owned(),
            price_factor: decimal(factor),
            effective_from: None,
            reason: "annex 2".to_owned(),
            request_id: factor.to_owned(),
        };
        let low = answer(suite.benefits().agree_price_factor(suite.ask(agree("0.79"))).await);
        assert_eq!(refused(low).1, ["price_factor"]);
        answer(suite.benefits().agree_price_factor(suite.ask(agree("0.85"))).await).expect("agreed");
        assert_eq!(check("price-factor").await.expect("told").price_factor, decimal("0.85"));
        assert_eq!(refused(check("gift").await).0, "BENEFIT_NOT_FOUND");
        // The partner's own user reads what was agreed, not how far we would go.
        let seen = own().await;
        let range = Some(Gives::PriceFactor(pb::PriceFactor::default()));
        assert_eq!((seen.price_factor, seen.terms.and_then(|terms| terms.value)), (decimal("0.85"), range));

        // 64 callers want 900.00 each, 57,600.00 of 50,000.00: 55 get it, and 500.00 are left. Every fourth is repeated.
        let usage = |request_id: String, amount| pb::RecordBenefitUsageRequest {
            partner: name("a"),
            benefit: "campaign".to_owned(),
            amount,
            date: None,
            reason: "campaign 618".to_owned(),
            request_id,
        };
        let calls = (0..64).flat_map(|n| vec![n; if n % 4 == 0 { 2 } else { 1 }]).map(|n| {
            let (mut client, context) = (suite.benefits(), suite.context.clone());
            let message = usage(format!("u{n}"), yuan(900));
            tokio::spawn(async move {
                loop {
                    let request = client::on_behalf(&context, message.clone());
                    match answer(client.record_benefit_usage(request).await) {
                        // What a client does while the store is busy; the request id makes it safe.
                        Err(busy) if busy.reason == "STORE_UNAVAILABLE" => {}
                        result => return result,
                    }
                }
            })
        });
        let results: Vec<_> = join_all(calls).await.into_iter().map(|result| result.expect("ran")).collect();
        let mut numbers: Vec<i64> = results.iter().filter_map(|r| r.as_ref().ok()).map(|u| u.number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers, (1..=55).collect::<Vec<i64>>());
        for refusal in results.iter().filter_map(|r| r.as_ref().err()) {
            assert_eq!(refusal.reason, "BENEFIT_QUOTA_EXCEEDED");
        }
        let left = check("campaign").await.expect("told");
        assert_eq!((left.used, left.remaining), (yuan(49_500), yuan(500)));
        let back = answer(suite.benefits().record_benefit_usage(suite.ask(usage("back".to_owned(), yuan(-900)))).await);
        assert_eq!(back.expect("given back").remaining, yuan(1_400));
        let list = pb::ListBenefitUsagesRequest {
            partner: name("a"),
            benefit: "campaign".to_owned(),
            year: 2026,
            page_size: 2,
            page_token: String::new(),
        };
        let uses = answer(suite.benefits().list_benefit_usages(suite.ask(list)).await).expect("listed");
        assert_eq!(uses.benefit_usages.iter().map(|u| u.number).collect::<Vec<_>>(), [56, 55]);
        // Another year, another allowance.
        suite.clock.advance(DAY * 184);
        let next = pb::RecordBenefitUsageRequest { date: date(2027, 1, 1), ..usage("next".to_owned(), yuan(900)) };
        assert_eq!(answer(suite.benefits().record_benefit_usage(suite.ask(next)).await).expect("used").number, 1);
    }
}
