//! `PriceService`.

use incentive_calculation_domain::price::{Life, PriceList};
use tonic::{Request, Response, Status};
use tributary_core::{Fault, Violations};
use tributary_proto::tributary::incentive::v1::{
    self as pb, ApprovePriceListVersionRequest, ApprovePromotionRequest, BatchQuotePricesRequest,
    BatchQuotePricesResponse, CreatePriceListVersionRequest, CreatePromotionRequest, GetPriceListVersionRequest,
    GetPromotionRequest, ListPriceItemsRequest, ListPriceItemsResponse, ListPriceListVersionsRequest,
    ListPriceListVersionsResponse, ListPromotionsRequest, ListPromotionsResponse, PriceListVersion, PriceQuote,
    PutPriceItemsRequest, QuotePriceRequest, QuoteResult, RetirePriceListVersionRequest, RetirePromotionRequest,
    price_service_server::PriceService, quote_result::Result as Quoted,
};
use tributary_rpc::{convert::date, page, status, validate};

use super::{Rpc, request_key};
use crate::{
    DOMAIN,
    app::prices::{NewItems, PriceAction, PriceMove},
    convert::{
        price::{item_to_proto, items, price_list, price_list_to_proto, promotion, promotion_to_proto, state},
        quote::{asked, quote_to_proto, wanted},
    },
    ports::prices::{ItemQuery, ListVersion, PriceListQuery, PromotionQuery},
};

type ListAnswer = Result<Response<PriceListVersion>, Status>;
type PromotionAnswer = Result<Response<pb::Promotion>, Status>;

#[tonic::async_trait]
impl PriceService for Rpc {
    async fn create_price_list_version(&self, request: Request<CreatePriceListVersionRequest>) -> ListAnswer {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: CreatePriceListVersionRequest| async move {
                let key = request_key(&caller, "CreatePriceListVersion", &query.request_id, &query);
                let id = query.price_list.trim_start_matches("priceLists/");
                let life = Life::begun(&caller.subject, &query.reason, app.clock.now());
                let mut violations = Violations::new();
                let read = price_list(id, &query.version.clone().unwrap_or_default(), life);
                let read = read.map_err(|own| violations.nest("version", own));
                let from = Some(query.copy_items_from.as_str()).filter(|from| !from.is_empty());
                let from = from.and_then(|from| violations.check("copy_items_from", version_of(from)));
                violations.into_result()?;
                let list = read.map_err(|()| Fault::internal("a list without violations cannot be read"))?;
                let made = app.create_price_list(&caller, list, from, key, query.validate_only).await?;
                Ok(price_list_to_proto(&made))
            })
            .await
    }

    async fn get_price_list_version(&self, request: Request<GetPriceListVersionRequest>) -> ListAnswer {
        self.edge
            .read(request, |caller, query| async move {
                let of = named(&query.name)?;
                Ok(price_list_to_proto(&self.app.price_list(&caller, &of).await?))
            })
            .await
    }

    async fn list_price_list_versions(
        &self,
        request: Request<ListPriceListVersionsRequest>,
    ) -> Result<Response<ListPriceListVersionsResponse>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let day = query.date.as_ref().map(date).transpose().map_err(|e| Fault::invalid_field("date", e))?;
                let shape = format!("{} {day:?}", query.state);
                let parts = ["ListPriceListVersions", &query.price_list, &shape];
                let page = page::PageRequest::read(&parts, query.page_size, &query.page_token)?;
                let list = query.price_list.trim_start_matches("priceLists/");
                let wanted = PriceListQuery {
                    list: Some(list.to_owned()).filter(|list| list != "-"),
                    state: state(query.state()),
                    day,
                    after: page.cursor.as_deref().and_then(PriceList::parse_name),
                    limit: page.limit(),
                };
                let mut versions = self.app.price_lists(&caller, &wanted).await?;
                let next_page_token = page.cut(&mut versions, &parts, PriceList::name);
                let versions = versions.iter().map(price_list_to_proto).collect();
                Ok(ListPriceListVersionsResponse { versions, next_page_token })
            })
            .await
    }

    async fn put_price_items(&self, request: Request<PutPriceItemsRequest>) -> ListAnswer {
        let app = self.app.clone();
        self.edge
            .write_unchecked(request, |caller, query: PutPriceItemsRequest| async move {
                let key = request_key(&caller, "PutPriceItems", &query.request_id, &query);
                let annotated = validate::validate(&query).err().unwrap_or_default();
                let Ok(of) = named(&query.name) else { return Err(Fault::invalid(annotated)) };
                let currency = app.price_list(&caller, &of).await?.currency;
                // What the annotations and the domain refuse is told together.
                let read = items(&query.items, currency);
                let own = read.as_ref().err().cloned().unwrap_or_default();
                annotated.joined(own).into_result()?;
                let items = read.unwrap_or_default();
                let new = NewItems { of, etag: query.etag, items, validate_only: query.validate_only };
                Ok(price_list_to_proto(&app.put_price_items(&caller, new, key).await?))
            })
            .await
    }

    async fn list_price_items(
        &self,
        request: Request<ListPriceItemsRequest>,
    ) -> Result<Response<ListPriceItemsResponse>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let parts = ["ListPriceItems", &query.name, &query.product_line];
                let page = page::PageRequest::read(&parts, query.page_size, &query.page_token)?;
                let wanted = ItemQuery {
                    of: named(&query.name)?,
                    product_line: Some(query.product_line.clone()).filter(|line| !line.is_empty()),
                    after: page.cursor.clone().unwrap_or_default(),
                    limit: page.limit(),
                };
                let (list, mut items) = self.app.price_items(&caller, &wanted).await?;
                let next_page_token = page.cut(&mut items, &parts, |item| item.sku.clone());
                let items = items.iter().map(|item| item_to_proto(&list, item)).collect();
                Ok(ListPriceItemsResponse { items, next_page_token })
            })
            .await
    }

    async fn approve_price_list_version(&self, request: Request<ApprovePriceListVersionRequest>) -> ListAnswer {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: ApprovePriceListVersionRequest| async move {
                let key = request_key(&caller, "ApprovePriceListVersion", &query.request_id, &query);
                let change = PriceMove {
                    of: named(&query.name)?,
                    etag: query.etag,
                    action: PriceAction::Approve,
                    reason: query.reason,
                    validate_only: query.validate_only,
                };
                Ok(price_list_to_proto(&app.change_price_list(&caller, change, key).await?))
            })
            .await
    }

    async fn retire_price_list_version(&self, request: Request<RetirePriceListVersionRequest>) -> ListAnswer {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: RetirePriceListVersionRequest| async move {
                let key = request_key(&caller, "RetirePriceListVersion", &query.request_id, &query);
                let from = query.from.as_ref().map(date).transpose().map_err(|e| Fault::invalid_field("from", e))?;
                let change = PriceMove {
                    of: named(&query.name)?,
                    etag: query.etag,
                    action: PriceAction::Retire(from),
                    reason: query.reason,
                    validate_only: query.validate_only,
                };
                Ok(price_list_to_proto(&app.change_price_list(&caller, change, key).await?))
            })
            .await
    }

    async fn create_promotion(&self, request: Request<CreatePromotionRequest>) -> PromotionAnswer {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: CreatePromotionRequest| async move {
                let key = request_key(&caller, "CreatePromotion", &query.request_id, &query);
                let life = Life::begun(&caller.subject, &query.reason, app.clock.now());
                let stated = query.promotion.clone().unwrap_or_default();
                let read = promotion(&query.promotion_id, &stated, life).map_err(|own| {
                    let mut violations = Violations::new();
                    violations.nest("promotion", own);
                    Fault::invalid(violations)
                })?;
                Ok(promotion_to_proto(&app.create_promotion(&caller, read, key, query.validate_only).await?))
            })
            .await
    }

    async fn get_promotion(&self, request: Request<GetPromotionRequest>) -> PromotionAnswer {
        self.edge
            .read(request, |caller, query| async move {
                Ok(promotion_to_proto(&self.app.promotion(&caller, promotion_id(&query.name)).await?))
            })
            .await
    }

    async fn list_promotions(
        &self,
        request: Request<ListPromotionsRequest>,
    ) -> Result<Response<ListPromotionsResponse>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let day = query.date.as_ref().map(date).transpose().map_err(|e| Fault::invalid_field("date", e))?;
                let shape = format!("{} {day:?}", query.state);
                let parts = ["ListPromotions", &shape];
                let page = page::PageRequest::read(&parts, query.page_size, &query.page_token)?;
                let wanted = PromotionQuery {
                    state: state(query.state()),
                    day,
                    after: page.cursor.clone().unwrap_or_default(),
                    limit: page.limit(),
                };
                let mut promotions = self.app.promotions(&caller, &wanted).await?;
                let next_page_token = page.cut(&mut promotions, &parts, |promotion| promotion.id.clone());
                let promotions = promotions.iter().map(promotion_to_proto).collect();
                Ok(ListPromotionsResponse { promotions, next_page_token })
            })
            .await
    }

    async fn approve_promotion(&self, request: Request<ApprovePromotionRequest>) -> PromotionAnswer {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: ApprovePromotionRequest| async move {
                let key = request_key(&caller, "ApprovePromotion", &query.request_id, &query);
                let change = PriceMove {
                    of: promotion_id(&query.name).to_owned(),
                    etag: query.etag,
                    action: PriceAction::Approve,
                    reason: query.reason,
                    validate_only: query.validate_only,
                };
                Ok(promotion_to_proto(&app.change_promotion(&caller, change, key).await?))
            })
            .await
    }

    async fn retire_promotion(&self, request: Request<RetirePromotionRequest>) -> PromotionAnswer {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: RetirePromotionRequest| async move {
                let key = request_key(&caller, "RetirePromotion", &query.request_id, &query);
                let from = query.from.as_ref().map(date).transpose().map_err(|e| Fault::invalid_field("from", e))?;
                let change = PriceMove {
                    of: promotion_id(&query.name).to_owned(),
                    etag: query.etag,
                    action: PriceAction::Retire(from),
                    reason: query.reason,
                    validate_only: query.validate_only,
                };
                Ok(promotion_to_proto(&app.change_promotion(&caller, change, key).await?))
            })
            .await
    }

    async fn quote_price(&self, request: Request<QuotePriceRequest>) -> Result<Response<PriceQuote>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let mut violations = Violations::new();
                let (day, currency) = (query.date.as_ref(), &query.currency_code);
                let asked = asked(&query.partner, day, currency, query.language(), &mut violations);
                let wanted = wanted(&query.sku, query.quantity.as_ref(), violations)?;
                let quoted = self.app.quote_prices(&caller, &asked, &[Ok(wanted)]).await?;
                let first = quoted.into_iter().next();
                let quoted = first.unwrap_or_else(|| Err(Fault::internal("an item has no answer")))?;
                Ok(quote_to_proto(&quoted))
            })
            .await
    }

    async fn batch_quote_prices(
        &self,
        request: Request<BatchQuotePricesRequest>,
    ) -> Result<Response<BatchQuotePricesResponse>, Status> {
        let caller = self.edge.context(&request)?;
        let query = request.into_inner();
        let answer = async {
            let (mut whole, own) = by_item(&query, validate::validate(&query).err().unwrap_or_default());
            let (day, currency) = (query.date.as_ref(), &query.currency_code);
            let asked = asked(&query.partner, day, currency, query.language(), &mut whole);
            whole.into_result()?;
            let read = query.items.iter().zip(own).map(|(item, own)| wanted(&item.sku, item.quantity.as_ref(), own));
            let read: Vec<_> = read.collect();
            let quoted = self.app.quote_prices(&caller, &asked, &read).await?;
            let result = |one: Result<_, Fault>| match one {
                Ok(priced) => Quoted::Quote(quote_to_proto(&priced)),
                Err(fault) => Quoted::Error(status::to_rpc_status(&fault, DOMAIN)),
            };
            let results = quoted.into_iter().map(|one| QuoteResult { result: Some(result(one)) }).collect();
            Ok(BatchQuotePricesResponse { results })
        };
        let answer: Result<_, Fault> = answer.await;
        answer.map(Response::new).map_err(|fault| self.edge.status(&fault, &caller.request_id))
    }
}

/// What is wrong with the call as a whole, and with each item, under the names of its fields.
fn by_item(query: &BatchQuotePricesRequest, found: Violations) -> (Violations, Vec<Violations>) {
    let (mut whole, mut items) = (Violations::new(), vec![Violations::new(); query.items.len()]);
    for violation in found.into_vec() {
        let place = violation.field.strip_prefix("items[").and_then(|rest| rest.split_once("]."));
        let place = place.and_then(|(at, field)| Some((at.parse::<usize>().ok()?, field.to_owned())));
        match place.and_then(|(at, field)| Some((items.get_mut(at)?, field))) {
            Some((item, field)) => item.add(field, violation.description),
            None => whole.add(violation.field, violation.description),
        }
    }
    (whole, items)
}

fn version_of(name: &str) -> Result<ListVersion, String> {
    PriceList::parse_name(name)
        .ok_or_else(|| format!("{name:?} is no version of a list; write it as \"priceLists/east/versions/3\""))
}

/// The version of a name that the annotations have let through.
fn named(name: &str) -> Result<ListVersion, Fault> {
    version_of(name).map_err(|why| Fault::invalid_field("name", why))
}

fn promotion_id(name: &str) -> &str {
    name.trim_start_matches("promotions/")
}
