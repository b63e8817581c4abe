//! Quotes through their RPCs, amounts by hand. It is 5 October 2012. The registry is a stand-in.

use tributary_proto::tributary::{
    incentive::v1::{
        ApprovePriceListVersionRequest, ApprovePromotionRequest, Assignment, BatchQuotePricesRequest,
        CreatePriceListVersionRequest, CreatePromotionRequest, Language, PriceCondition, PriceItem, PriceListVersion,
        PriceQuote, PriceScale, PriceScaleMode, PriceStep, Promotion, PromotionMiss, PromotionStacking,
        PutPriceItemsRequest, QuoteItem, QuotePriceRequest, RetirePromotionRequest, UnagreedFactor, assignment::Target,
        price_step, promotion, quote_result::Result as Quoted,
    },
    partner::v1::{Entitlement, PriceFactor, TierBenefit, tier_benefit::Value},
};

use crate::support::{
    Caller, World, answer, day, dealer, decimal, fang, fraction, mei, money, reason, refused, shown, worlds,
};

pub fn step(from: &str, discount: &str) -> PriceStep {
    let effect = price_step::Effect::Discount(decimal(discount).expect("a share"));
    PriceStep { from: decimal(from), effect: Some(effect) }
}

/// From 50 on 5 % less, from 100 on 10 %; counts by the price factor of the tier.
pub fn east() -> PriceListVersion {
    PriceListVersion {
        display_name: "East".to_owned(),
        currency_code: "CNY".to_owned(),
        effective_from: day("2012-01-01"),
        price_benefit: "price-factor".to_owned(),
        unagreed_factor: UnagreedFactor::Refuse.into(),
        scales: vec![PriceScale {
            mode: PriceScaleMode::Whole.into(),
            steps: vec![step("50", "0.05"), step("100", "0.1")],
            ..PriceScale::default()
        }],
        ..PriceListVersion::default()
    }
}

pub fn item(sku: &str, price: &str) -> PriceItem {
    let list_price = Some(money("CNY", price));
    PriceItem {
        sku: sku.to_owned(),
        list_price,
        unit: "piece".to_owned(),
        product_line: "bikes".to_owned(),
        floor_price: None,
    }
}

/// 10 % off bikes in October.
pub fn october() -> Promotion {
    Promotion {
        display_name: "October".to_owned(),
        product_lines: vec!["bikes".to_owned()],
        first_day: day("2012-10-01"),
        end_day: day("2012-11-01"),
        effect: Some(promotion::Effect::Discount(decimal("0.1").expect("a share"))),
        stacking: PromotionStacking::Combinable.into(),
        ..Promotion::default()
    }
}

pub fn creating(list: &str, version: PriceListVersion, request_id: &str) -> CreatePriceListVersionRequest {
    CreatePriceListVersionRequest {
        price_list: format!("priceLists/{list}"),
        version: Some(version),
        request_id: request_id.to_owned(),
        ..CreatePriceListVersionRequest::default()
    }
}

pub fn putting(version: &PriceListVersion, items: Vec<PriceItem>, request_id: &str) -> PutPriceItemsRequest {
    PutPriceItemsRequest {
        name: version.name.clone(),
        items,
        request_id: request_id.to_owned(),
        ..PutPriceItemsRequest::default()
    }
}

pub fn approving(version: &PriceListVersion, request_id: &str) -> ApprovePriceListVersionRequest {
    ApprovePriceListVersionRequest {
        name: version.name.clone(),
        etag: version.etag.clone(),
        request_id: request_id.to_owned(),
        ..ApprovePriceListVersionRequest::default()
    }
}

pub fn promoting(id: &str, promotion: Promotion) -> CreatePromotionRequest {
    CreatePromotionRequest {
        promotion_id: id.to_owned(),
        promotion: Some(promotion),
        request_id: format!("create {id}"),
        ..CreatePromotionRequest::default()
    }
}

pub fn asking(partner: &str, sku: &str, quantity: &str) -> QuotePriceRequest {
    QuotePriceRequest {
        partner: format!("partners/{partner}"),
        sku: sku.to_owned(),
        quantity: decimal(quantity),
        ..QuotePriceRequest::default()
    }
}

/// A tier that gives a factor between 80 and 90 % of the list price; agreed or not.
pub fn basic(agreed: Option<&str>) -> Entitlement {
    let range = PriceFactor { min: decimal("0.8"), max: decimal("0.9") };
    Entitlement {
        entitled: true,
        tier: "basic".to_owned(),
        programme_version: "tierProgrammeVersions/2".to_owned(),
        terms: Some(TierBenefit { value: Some(Value::PriceFactor(range)), ..TierBenefit::default() }),
        price_factor: agreed.and_then(decimal),
        ..Entitlement::default()
    }
}

impl World {
    /// An approved version of a list with items.
    pub async fn listed(&self, list: &str, version: PriceListVersion, items: Vec<PriceItem>) -> PriceListVersion {
        let made = answer(self.prices().create_price_list_version(mei().ask(creating(list, version, list))).await);
        let made = made.expect("a draft");
        let put = putting(&made, items, list);
        let put = answer(self.prices().put_price_items(mei().ask(put)).await).expect("items");
        let approve = approving(&put, list);
        answer(self.prices().approve_price_list_version(fang().ask(approve)).await).expect("approved")
    }

    /// An approved promotion.
    pub async fn promoted(&self, id: &str, promotion: Promotion) -> Promotion {
        let draft = answer(self.prices().create_promotion(mei().ask(promoting(id, promotion))).await).expect("a draft");
        let approve = ApprovePromotionRequest {
            name: draft.name,
            etag: draft.etag,
            request_id: format!("approve {id}"),
            ..ApprovePromotionRequest::default()
        };
        answer(self.prices().approve_promotion(fang().ask(approve)).await).expect("approved")
    }

    pub fn entitled(&self, partner: &str, entitlement: Entitlement) {
        self.registry.known().entitlements.insert(format!("partners/{partner}"), entitlement);
    }

    async fn quote(&self, request: QuotePriceRequest) -> PriceQuote {
        answer(self.prices().quote_price(mei().ask(request)).await).expect("a quote")
    }

    /// A list at 85 % for huadong, and the sale of October.
    async fn priced(&self) {
        self.dealers(&mei(), &["huadong", "huanan"]).await;
        self.entitled("huadong", basic(Some("0.85")));
        self.listed("east", east(), vec![item("A", "100.00"), item("B", "0.3333")]).await;
        self.promoted("october", october()).await;
    }
}

#[tokio::test]
async fn a_quote_tells_every_step() {
    for world in worlds().await {
        world.priced().await;
        // 60 × 100 = 6000; × 0.85 = 5100; × 0.95 = 4845; × 0.9 = 4360.5.
        let quote = world.quote(asking("huadong", "A", "60")).await;
        assert_eq!(shown(quote.total.as_ref()), "CNY 4360.50");
        let steps: Vec<_> = quote.lines.iter().map(|l| (l.condition(), fraction(l.change.as_ref()))).collect();
        use PriceCondition::{ListPrice, Promotion, TierFactor, VolumeStep};
        let told = [(ListPrice, "6000/1"), (TierFactor, "-900/1"), (VolumeStep, "-255/1"), (Promotion, "-969/2")];
        assert_eq!(steps, told.map(|(condition, change)| (condition, change.to_owned())));
        let sources: Vec<_> = quote.lines.iter().map(|l| (&*l.source, &*l.source_version)).collect();
        let list = ("priceLists/east/versions/1", quote.lines[0].source_version.as_str());
        let factor = ("price-factor", "tierProgrammeVersions/2");
        assert_eq!(sources, [list, factor, list, ("promotions/october", "r2")]);
        assert_eq!(fraction(quote.unit_price.as_ref()), "2907/40");
        assert_eq!((quote.unit.as_str(), quote.date), ("piece", day("2012-10-05")));
        let next = quote.next_step.clone().expect("a next step");
        assert_eq!(next.text, "40 more, and the unit price falls to CNY 68.85");
        // The same again, and in Chinese: the same digest.
        let zh = QuotePriceRequest { language: Language::Zh.into(), ..asking("huadong", "A", "60") };
        let zh = world.quote(zh).await;
        assert_eq!((zh.digest.as_str(), zh.lines[3].text.as_str()), (quote.digest.as_str(), "“October”：减 10%"));
        assert_eq!(world.quote(asking("huadong", "A", "60.0")).await, quote);
        // Before October, and after the promotion was ended: 4845.00.
        let dated = QuotePriceRequest { date: day("2012-09-30"), ..asking("huadong", "A", "60") };
        assert_eq!(shown(world.quote(dated).await.total.as_ref()), "CNY 4845.00");
        let end = RetirePromotionRequest {
            name: "promotions/october".to_owned(),
            etag: "r2".to_owned(),
            reason: "stock is gone".to_owned(),
            request_id: "end".to_owned(),
            ..RetirePromotionRequest::default()
        };
        answer(world.prices().retire_promotion(fang().ask(end)).await).expect("ended");
        let over = world.quote(asking("huadong", "A", "60")).await;
        assert_eq!(shown(over.total.as_ref()), "CNY 4845.00");
        assert_eq!(over.not_applied[0].miss(), PromotionMiss::Ended);
        let before = QuotePriceRequest { date: day("2012-10-04"), ..asking("huadong", "A", "60") };
        assert_eq!(shown(world.quote(before).await.total.as_ref()), "CNY 4360.50");
    }
}

#[tokio::test]
async fn what_cannot_be_quoted_says_why() {
    for world in worlds().await {
        world.priced().await;
        let ask = async |request| refused(world.prices().quote_price(mei().ask(request)).await);
        assert_eq!(ask(asking("huadong", "Z", "1")).await.reason, "PRICE_NOT_FOUND");
        let early = QuotePriceRequest { date: day("2011-12-31"), ..asking("huadong", "A", "1") };
        assert_eq!(ask(early).await.reason, "PRICE_NOT_FOUND");
        let dollars = QuotePriceRequest { currency_code: "USD".to_owned(), ..asking("huadong", "A", "1") };
        assert_eq!(ask(dollars).await.reason, "PRICE_NOT_FOUND");
        assert_eq!(ask(asking("nobody", "A", "1")).await.reason, "PARTNER_UNKNOWN");
        assert_eq!(ask(asking("huanan", "A", "1")).await.reason, "PRICE_BENEFIT_UNKNOWN");
        world.entitled("huanan", basic(None));
        let why = ask(asking("huanan", "A", "1")).await;
        assert_eq!(why.reason, "PRICE_FACTOR_NOT_AGREED");
        assert!(why.message.contains("AgreePriceFactor"), "{}", why.message);
        world.registry.known().away = true;
        assert_eq!(ask(asking("huadong", "A", "1")).await.reason, "UPSTREAM_UNAVAILABLE");
        world.registry.known().away = false;
        for (quantity, field) in [("0", "quantity"), ("-1", "quantity"), ("1000000001", "quantity"), ("x", "quantity")]
        {
            let why = ask(asking("huadong", "A", quantity)).await;
            assert_eq!((why.reason.as_str(), why.violations[0].field.as_str()), ("INVALID_REQUEST", field));
        }
        let bad = QuotePriceRequest {
            currency_code: "XYZ".to_owned(),
            date: day("2012-13-01"),
            ..asking("huadong", "A", "0")
        };
        let fields: Vec<_> = ask(bad).await.violations.into_iter().map(|violation| violation.field).collect();
        assert_eq!(fields, ["date", "currency_code", "quantity"]);
    }
}

#[tokio::test]
async fn a_bad_item_costs_the_good_ones_nothing() {
    for world in worlds().await {
        world.priced().await;
        let item = |sku: &str, quantity: &str| QuoteItem { sku: sku.to_owned(), quantity: decimal(quantity) };
        let request = BatchQuotePricesRequest {
            partner: "partners/huadong".to_owned(),
            items: vec![item("A", "60"), item("", "1"), item("Z", "1"), item("B", "3"), item("A", "0")],
            ..BatchQuotePricesRequest::default()
        };
        world.registry.known().entitlements_asked = 0;
        let results = answer(world.prices().batch_quote_prices(mei().ask(request.clone())).await).expect("results");
        let told: Vec<String> = results
            .results
            .into_iter()
            .map(|one| match one.result.expect("a result") {
                Quoted::Quote(quote) => shown(quote.total.as_ref()),
                Quoted::Error(error) => format!("{}", error.code),
            })
            .collect();
        // 3 × 0.3333 × 0.85 × 0.9 = 0.7649235.
        assert_eq!(told, ["CNY 4360.50", "3", "5", "CNY 0.76", "3"]);
        assert_eq!(world.registry.known().entitlements_asked, 1, "once for all items");
        let unknown = BatchQuotePricesRequest { partner: "partners/nobody".to_owned(), ..request.clone() };
        assert_eq!(reason(world.prices().batch_quote_prices(mei().ask(unknown)).await), "PARTNER_UNKNOWN");
        let none = BatchQuotePricesRequest { items: Vec::new(), ..request };
        assert_eq!(reason(world.prices().batch_quote_prices(mei().ask(none)).await), "INVALID_REQUEST");
    }
}

#[tokio::test]
async fn a_partner_is_quoted_for_itself_and_sees_no_list() {
    for world in worlds().await {
        world.priced().await;
        let mut watched = dealer("huadong");
        watched.labels = [("risk".to_owned(), "zzwatched".to_owned())].into();
        watched.revision = 2;
        world.changed(&mei(), watched, "2012-02-01").await;
        let to = |target| vec![Assignment { target: Some(target), priority: 0 }];
        let labelled = PriceListVersion { assignments: to(Target::Label("risk=zzwatched".to_owned())), ..east() };
        world.listed("watched", labelled, vec![item("A", "90.00")]).await;
        let others = Promotion { assignments: to(Target::Partner("partners/huanan".to_owned())), ..october() };
        world.promoted("others", others).await;
        let huadong = Caller::of_partner("huadong");
        // 10 × 90 × 0.85 × 0.9: the list by label is more specific than the one for everybody.
        let ours = world.quote(asking("huadong", "A", "10")).await;
        let theirs =
            answer(world.prices().quote_price(huadong.ask(asking("huadong", "A", "10"))).await).expect("a quote");
        for quote in [&ours, &theirs] {
            assert_eq!(shown(quote.total.as_ref()), "CNY 688.50");
        }
        assert_eq!((ours.assigned_by.as_str(), theirs.assigned_by.as_str()), ("label risk=zzwatched", ""));
        assert_eq!((ours.not_applied.len(), theirs.not_applied.len()), (1, 0));
        assert!(!format!("{theirs:?}").contains("zzwatched"));
        let other = asking("huanan", "A", "10");
        assert_eq!(reason(world.prices().quote_price(huadong.ask(other)).await), "OUTSIDE_SCOPE");
        let batch = BatchQuotePricesRequest {
            partner: "partners/huanan".to_owned(),
            items: vec![QuoteItem { sku: "A".to_owned(), quantity: decimal("1") }],
            ..BatchQuotePricesRequest::default()
        };
        assert_eq!(reason(world.prices().batch_quote_prices(huadong.ask(batch)).await), "OUTSIDE_SCOPE");
    }
}
