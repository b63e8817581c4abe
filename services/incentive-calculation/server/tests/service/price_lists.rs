//! Price lists and promotions through their RPCs: drafts, items, approvals, ends, pages, repeats.

use futures::future::join_all;
use prost::Message as _;
use tonic::Code;
use tributary_proto::tributary::incentive::v1::{
    ApprovePriceListVersionRequest, ApprovePromotionRequest, CreatePriceListVersionRequest, CreatePromotionRequest,
    GetPriceListVersionRequest, GetPromotionRequest, ListPriceItemsRequest, ListPriceListVersionsRequest,
    ListPromotionsRequest, PriceItem, PriceListVersion, PriceListVersionChanged, PriceScale, PriceState, Promotion,
    PromotionChanged, PutPriceItemsRequest, RetirePriceListVersionRequest,
};

use crate::{
    prices::{approving, creating, east, item, october, promoting, putting, step},
    support::{World, answer, day, fang, mei, money, reason, refused, shown, worlds},
};

async fn draft(world: &World, list: &str, request_id: &str) -> PriceListVersion {
    answer(world.prices().create_price_list_version(mei().ask(creating(list, east(), request_id))).await)
        .expect("draft")
}

fn retiring(version: &PriceListVersion, from: &str) -> RetirePriceListVersionRequest {
    RetirePriceListVersionRequest {
        name: version.name.clone(),
        etag: version.etag.clone(),
        from: day(from),
        reason: "new prices".to_owned(),
        request_id: "retire".to_owned(),
        ..RetirePriceListVersionRequest::default()
    }
}

#[tokio::test]
async fn a_list_is_written_filled_approved_and_ended() {
    for world in worlds().await {
        let made = draft(&world, "east", "one").await;
        assert_eq!(
            (made.name.as_str(), made.state(), made.item_count),
            ("priceLists/east/versions/1", PriceState::Draft, 0)
        );
        assert_eq!(draft(&world, "east", "one").await, made, "the same again");
        let other = creating("east", PriceListVersion { display_name: "E".to_owned(), ..east() }, "one");
        assert_eq!(reason(world.prices().create_price_list_version(mei().ask(other)).await), "REQUEST_ID_REUSED");
        let approve = approving(&made, "a");
        assert_eq!(reason(world.prices().approve_price_list_version(fang().ask(approve)).await), "PRICE_LIST_EMPTY");

        let put = putting(&made, vec![item("A", "100.00"), item("B", "0.3333")], "put");
        let filled = answer(world.prices().put_price_items(mei().ask(put.clone())).await).expect("items");
        assert_eq!(filled.item_count, 2);
        assert_eq!(answer(world.prices().put_price_items(mei().ask(put)).await).expect("again"), filled);
        // A new price for A, a new item C.
        let more = putting(&made, vec![item("A", "110.5"), item("C", "1")], "more");
        let filled = answer(world.prices().put_price_items(mei().ask(more)).await).expect("items");
        assert_eq!(filled.item_count, 3);
        let stale = PutPriceItemsRequest { etag: made.etag.clone(), ..putting(&made, vec![item("D", "1")], "stale") };
        assert_eq!(reason(world.prices().put_price_items(mei().ask(stale)).await), "ETAG_MISMATCH");

        assert_eq!(
            reason(world.prices().approve_price_list_version(fang().ask(approving(&made, "b"))).await),
            "ETAG_MISMATCH"
        );
        // A check changes nothing.
        let only = ApprovePriceListVersionRequest { validate_only: true, ..approving(&filled, "c") };
        let checked = answer(world.prices().approve_price_list_version(fang().ask(only)).await).expect("valid");
        assert_eq!(checked.state(), PriceState::Approved);
        let approved = answer(world.prices().approve_price_list_version(fang().ask(approving(&filled, "d"))).await);
        let approved = approved.expect("approved");
        let told: Vec<_> = approved.history.iter().map(|c| (&*c.what, &*c.actor)).collect();
        assert_eq!(told, [("CREATED", "mei"), ("APPROVED", "fang")]);
        let late = putting(&made, vec![item("D", "1")], "late");
        assert_eq!(reason(world.prices().put_price_items(mei().ask(late)).await), "PRICE_STATE_REFUSED");

        // The next version takes the items over.
        let next = CreatePriceListVersionRequest {
            copy_items_from: approved.name.clone(),
            ..creating("east", PriceListVersion { effective_from: day("2013-01-01"), ..east() }, "next")
        };
        let next = answer(world.prices().create_price_list_version(mei().ask(next)).await).expect("a draft");
        assert_eq!((next.name.as_str(), next.item_count), ("priceLists/east/versions/2", 3));
        let none = CreatePriceListVersionRequest {
            copy_items_from: "priceLists/none/versions/1".to_owned(),
            ..creating("east", east(), "none")
        };
        assert_eq!(reason(world.prices().create_price_list_version(mei().ask(none)).await), "PRICE_LIST_NOT_FOUND");

        let retired = world.prices().retire_price_list_version(fang().ask(retiring(&approved, "2013-01-01"))).await;
        let retired = answer(retired).expect("ended");
        assert_eq!((retired.state(), retired.retired_from), (PriceState::Retired, day("2013-01-01")));
        let events = world.published(fang().tenant(), "PriceListVersionChanged", 6).await;
        let told = |data: &[u8]| PriceListVersionChanged::decode(data).expect("the event").version;
        assert!(events.iter().any(|event| told(&event.data).as_ref() == Some(&retired)), "told as it is now");
    }
}

#[tokio::test]
async fn pages_hold_what_is_asked_for() {
    for world in worlds().await {
        let east = world.listed("east", east(), vec![item("A", "1"), item("B", "2"), item("C", "3")]).await;
        draft(&world, "west", "west").await;
        let items = |page_size, page_token| ListPriceItemsRequest {
            name: east.name.clone(),
            page_size,
            page_token,
            ..ListPriceItemsRequest::default()
        };
        let first = answer(world.prices().list_price_items(mei().ask(items(2, String::new()))).await).expect("a page");
        let rest = items(2, first.next_page_token);
        let rest = answer(world.prices().list_price_items(mei().ask(rest)).await).expect("a page");
        let skus: Vec<_> =
            first.items.iter().chain(&rest.items).map(|i| (&*i.sku, shown(i.list_price.as_ref()))).collect();
        let price = |sku, price: &str| (sku, price.to_owned());
        assert_eq!(skus, [price("A", "CNY 1.00"), price("B", "CNY 2.00"), price("C", "CNY 3.00")]);
        assert_eq!(rest.next_page_token, "");
        let line = ListPriceItemsRequest { product_line: "frames".to_owned(), ..items(0, String::new()) };
        assert!(answer(world.prices().list_price_items(mei().ask(line)).await).expect("a page").items.is_empty());

        let versions = async |list: &str, state: PriceState, date: &str| {
            let request = ListPriceListVersionsRequest {
                price_list: format!("priceLists/{list}"),
                state: state.into(),
                date: day(date),
                page_size: 1,
                ..ListPriceListVersionsRequest::default()
            };
            let page = answer(world.prices().list_price_list_versions(mei().ask(request)).await).expect("a page");
            (page.versions.into_iter().map(|v| v.name).collect::<Vec<_>>(), page.next_page_token.is_empty())
        };
        let one = |list: &str| vec![format!("priceLists/{list}/versions/1")];
        assert_eq!(versions("-", PriceState::Unspecified, "2012-06-01").await, (one("east"), false));
        assert_eq!(versions("west", PriceState::Unspecified, "2012-06-01").await, (one("west"), true));
        assert_eq!(versions("-", PriceState::Draft, "2012-06-01").await, (one("west"), true));
        assert_eq!(versions("-", PriceState::Unspecified, "2011-06-01").await, (vec![], true));
        let get = GetPriceListVersionRequest { name: east.name.clone() };
        assert_eq!(answer(world.prices().get_price_list_version(mei().ask(get)).await).expect("there"), east);
        let get = GetPriceListVersionRequest { name: "priceLists/east/versions/9".to_owned() };
        assert_eq!(refused(world.prices().get_price_list_version(mei().ask(get)).await).code, Code::NotFound);
    }
}

#[tokio::test]
async fn everything_wrong_with_items_is_told_at_once_and_nothing_is_kept() {
    for world in worlds().await {
        let made = draft(&world, "east", "one").await;
        let with = |sku: &str, price, floor: Option<&str>| PriceItem {
            list_price: Some(price),
            floor_price: floor.map(|floor| money("CNY", floor)),
            ..item(sku, "1")
        };
        let bad = vec![
            item("A", "1.00"),
            with("B", money("USD", "1"), None),
            with("C", money("CNY", "1.0000001"), None),
            with("D", money("CNY", "0"), None),
            with("A", money("CNY", "2"), Some("3")),
            with("", money("CNY", "2"), None),
        ];
        let why = refused(world.prices().put_price_items(mei().ask(putting(&made, bad, "bad"))).await);
        let mut fields: Vec<_> = why.violations.iter().map(|violation| violation.field.as_str()).collect();
        fields.sort_unstable();
        let wrong = [
            "items[1].list_price",
            "items[2].list_price",
            "items[3].list_price",
            "items[4].floor_price",
            "items[4].sku",
            "items[5].sku",
        ];
        assert_eq!(fields, wrong);
        let get = GetPriceListVersionRequest { name: made.name.clone() };
        assert_eq!(answer(world.prices().get_price_list_version(mei().ask(get)).await).expect("there"), made);

        let scale = PriceScale { steps: vec![step("9", "0.1"), step("5", "2")], mode: 1, ..PriceScale::default() };
        let bad = PriceListVersion {
            display_name: String::new(),
            effective_to: day("2012-01-01"),
            unagreed_factor: 0,
            scales: vec![scale],
            ..east()
        };
        let why = refused(world.prices().create_price_list_version(mei().ask(creating("bad", bad, "bad"))).await);
        let fields: Vec<_> = why.violations.iter().map(|violation| violation.field.as_str()).collect();
        let wrong = [
            "version.unagreed_factor",
            "version.display_name",
            "version.effective_to",
            "version.scales[0].steps[1].from",
            "version.scales[0].steps[1].discount",
        ];
        assert_eq!(fields, wrong);
    }
}

#[tokio::test]
async fn two_lists_that_fit_equally_well_are_not_both_approved() {
    for world in worlds().await {
        world.listed("east", east(), vec![item("A", "100.00"), item("B", "1")]).await;
        let made = draft(&world, "west", "west").await;
        let put = putting(&made, vec![item("B", "2")], "put");
        let filled = answer(world.prices().put_price_items(mei().ask(put)).await).expect("items");
        let why = refused(world.prices().approve_price_list_version(fang().ask(approving(&filled, "a"))).await);
        assert_eq!(why.reason, "PRICE_LIST_UNDECIDED");
        assert!(why.message.contains("priceLists/east/versions/1") && why.message.contains('B'), "{}", why.message);
        // Without a common item nothing has to be decided.
        let apart = draft(&world, "north", "north").await;
        let put = putting(&apart, vec![item("C", "2")], "put C");
        let filled = answer(world.prices().put_price_items(mei().ask(put)).await).expect("items");
        answer(world.prices().approve_price_list_version(fang().ask(approving(&filled, "b"))).await).expect("approved");
    }
}

#[tokio::test]
async fn promotions_are_written_approved_and_listed() {
    for world in worlds().await {
        let create = promoting("october", october());
        let made = answer(world.prices().create_promotion(mei().ask(create.clone())).await).expect("a draft");
        assert_eq!(answer(world.prices().create_promotion(mei().ask(create.clone())).await).expect("again"), made);
        let again = CreatePromotionRequest { request_id: "again".to_owned(), ..create };
        assert_eq!(reason(world.prices().create_promotion(mei().ask(again)).await), "PROMOTION_EXISTS");
        let approve = ApprovePromotionRequest {
            name: made.name.clone(),
            etag: made.etag.clone(),
            request_id: "a".to_owned(),
            ..ApprovePromotionRequest::default()
        };
        let approved = answer(world.prices().approve_promotion(fang().ask(approve)).await).expect("approved");
        assert_eq!((approved.state(), approved.etag.as_str()), (PriceState::Approved, "r2"));
        let get = GetPromotionRequest { name: made.name.clone() };
        assert_eq!(answer(world.prices().get_promotion(mei().ask(get)).await).expect("there"), approved);
        let on = async |date: &str| {
            let request = ListPromotionsRequest { date: day(date), ..ListPromotionsRequest::default() };
            answer(world.prices().list_promotions(mei().ask(request)).await).expect("a page").promotions.len()
        };
        for (date, count) in [("2012-09-30", 0), ("2012-10-01", 1), ("2012-10-31", 1), ("2012-11-01", 0)] {
            assert_eq!(on(date).await, count, "{date}");
        }
        let events = world.published(fang().tenant(), "PromotionChanged", 2).await;
        let last = PromotionChanged::decode(events.last().expect("an event").data.as_slice()).expect("the event");
        assert_eq!(last.promotion, Some(approved));
        let bad = Promotion { first_day: None, effect: None, stacking: 0, ..october() };
        let why = refused(world.prices().create_promotion(mei().ask(promoting("bad", bad))).await);
        let fields: Vec<_> = why.violations.iter().map(|violation| violation.field.as_str()).collect();
        assert_eq!(fields, ["promotion.first_day", "promotion.effect", "promotion.stacking"]);
    }
}

#[tokio::test]
async fn items_that_come_at_once_are_all_there() {
    for world in worlds().await {
        let made = draft(&world, "east", "one").await;
        let put = async |number: i32| {
            let items = vec![item(&format!("S{number}"), "1.00"), item("SHARED", &format!("{number}"))];
            answer(world.prices().put_price_items(mei().ask(putting(&made, items, &format!("put {number}")))).await)
        };
        for answered in join_all((1..=8).map(put)).await {
            answered.expect("nobody is refused");
        }
        let get = GetPriceListVersionRequest { name: made.name.clone() };
        let filled = answer(world.prices().get_price_list_version(mei().ask(get)).await).expect("there");
        // Eight of their own and a shared one; each put is a revision.
        assert_eq!((filled.item_count, filled.etag.as_str()), (9, "r9"));
    }
}
