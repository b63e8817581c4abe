//! `tributary prices`.

mod args;
mod file;
mod show;

use tributary_proto::tributary::incentive::v1::{
    ApprovePriceListVersionRequest, ApprovePromotionRequest, BatchQuotePricesRequest, CreatePriceListVersionRequest,
    CreatePromotionRequest, GetPriceListVersionRequest, GetPromotionRequest, Language, PriceListVersion,
    PutPriceItemsRequest, QuoteItem, QuotePriceRequest, RetirePriceListVersionRequest, RetirePromotionRequest,
    price_service_client::PriceServiceClient,
};
use tributary_rpc::status::describe;

pub use args::PricesCommand;
use args::{ApproveArgs, DraftArgs, PromoteArgs, PutArgs, QuoteArgs, RetireArgs};
use file::ItemRow;

use super::{
    ConnectArgs, Connection, Failure, Keyed, MAX_ANSWER,
    calculate::resource,
    look::{self, once, request_id},
    partners,
};
use crate::planfile;

type Prices = PriceServiceClient<Keyed>;

/// Most items of a call.
const BATCH: usize = 1000;

/// Sees to prices.
pub(super) async fn run(command: PricesCommand, connect: &ConnectArgs) -> Result<(), Failure> {
    // Files first: a fault in one needs no server.
    let list = match &command {
        PricesCommand::Draft(args) => Some(planfile::load_price_list(&args.file)?),
        _ => None,
    };
    let promotion = match &command {
        PricesCommand::Promote(args) => Some(planfile::load_promotion(&args.file)?),
        _ => None,
    };
    let items = match (&command, &list) {
        (PricesCommand::Draft(DraftArgs { items: Some(path), .. }), Some(list)) => {
            file::read(path, &list.currency_code)?
        }
        _ => Vec::new(),
    };
    look::with(connect, async |connection| {
        let prices = Prices::new(connection.own()).max_decoding_message_size(MAX_ANSWER);
        match command {
            PricesCommand::Quote(args) => quote(connection, prices, args).await,
            PricesCommand::Draft(args) => draft(prices, args, list, &items).await,
            PricesCommand::Put(args) => put_file(prices, &args).await,
            PricesCommand::Promote(PromoteArgs { id, reason, .. }) => {
                let request_id = request_id(None);
                let key = request_id.clone();
                let unset = CreatePromotionRequest::default();
                let request = CreatePromotionRequest { promotion_id: id, promotion, reason, request_id, ..unset };
                let mut prices = prices;
                show::promotion(&once(&key, prices.create_promotion(request)).await?);
                Ok(())
            }
            PricesCommand::Approve(args) => approve(prices, args).await,
            PricesCommand::Retire(args) => retire(prices, args).await,
            PricesCommand::Lists(args) => show::lists(&prices, args).await,
            PricesCommand::Items(args) => show::items(&prices, args).await,
            PricesCommand::Promotions(args) => show::promotions(&prices, args).await,
        }
    })
    .await
}

/// "east/3" is "priceLists/east/versions/3".
fn version_name(text: &str) -> String {
    match text.split_once('/') {
        Some((list, number)) if !text.contains("/versions/") => format!("priceLists/{list}/versions/{number}"),
        _ => text.to_owned(),
    }
}

async fn quote(connection: &Connection, mut prices: Prices, args: QuoteArgs) -> Result<(), Failure> {
    let partner = partners::resource_name(connection, Some(&args.partner)).await?;
    let language = i32::from(if args.zh { Language::Zh } else { Language::En });
    let (date, currency_code) = (args.date, args.currency);
    if let [(sku, quantity)] = args.items.as_slice() {
        let (sku, quantity) = (sku.clone(), Some(quantity.clone()));
        let request = QuotePriceRequest { partner, sku, quantity, date, currency_code, language };
        show::quote(args.json, &prices.quote_price(request).await?.into_inner());
        return Ok(());
    }
    let item = |(sku, quantity)| QuoteItem { sku, quantity: Some(quantity) };
    let items: Vec<QuoteItem> = args.items.into_iter().map(item).collect();
    let request = BatchQuotePricesRequest { partner, items: items.clone(), date, currency_code, language };
    show::quotes(args.json, &items, prices.batch_quote_prices(request).await?.into_inner().results)
}

async fn draft(
    mut prices: Prices,
    args: DraftArgs,
    version: Option<PriceListVersion>,
    items: &[ItemRow],
) -> Result<(), Failure> {
    let key = request_id(None);
    let request = CreatePriceListVersionRequest {
        price_list: resource("priceLists", &args.list),
        version,
        copy_items_from: version_name(&args.copy_from),
        reason: args.reason,
        request_id: key.clone(),
        ..CreatePriceListVersionRequest::default()
    };
    let made = once(&key, prices.create_price_list_version(request)).await?;
    show::version(&put(&mut prices, made, items).await?);
    Ok(())
}

async fn put_file(mut prices: Prices, args: &PutArgs) -> Result<(), Failure> {
    let request = GetPriceListVersionRequest { name: version_name(&args.version) };
    let known = prices.get_price_list_version(request).await?.into_inner();
    let items = file::read(&args.file, &known.currency_code)?;
    show::version(&put(&mut prices, known, &items).await?);
    Ok(())
}

/// Puts items, a thousand at a time; what the service refuses is told by the lines of the file.
async fn put(
    prices: &mut Prices,
    mut version: PriceListVersion,
    rows: &[ItemRow],
) -> Result<PriceListVersion, Failure> {
    for rows in rows.chunks(BATCH) {
        let request = PutPriceItemsRequest {
            name: version.name.clone(),
            items: rows.iter().map(|row| row.item.clone()).collect(),
            request_id: request_id(None),
            ..PutPriceItemsRequest::default()
        };
        let key = request.request_id.clone();
        version = match prices.put_price_items(request).await {
            Ok(answer) => answer.into_inner(),
            Err(status) => {
                let told = by_line(rows, &describe(&status).violations);
                return Err(told.unwrap_or_else(|| Failure::unsure(status, &key)));
            }
        };
    }
    Ok(version)
}

/// Violations of items under the lines in which they stand.
fn by_line(rows: &[ItemRow], violations: &[tributary_core::fault::Violation]) -> Option<Failure> {
    let one = |violation: &tributary_core::fault::Violation| {
        let (at, field) = violation.field.strip_prefix("items[")?.split_once("].")?;
        let row = rows.get(at.parse::<usize>().ok()?)?;
        Some(format!("line {}: {field}: {}", row.line, violation.description))
    };
    let told: Option<Vec<String>> = violations.iter().map(one).collect();
    told.filter(|told| !told.is_empty())
        .map(|told| Failure::usage(format!("no item of these was kept:\n  {}", told.join("\n  "))))
}

async fn approve(mut prices: Prices, ApproveArgs { name, reason }: ApproveArgs) -> Result<(), Failure> {
    let key = request_id(None);
    let request_id = key.clone();
    if name.starts_with("promotions/") {
        let etag = prices.get_promotion(GetPromotionRequest { name: name.clone() }).await?.into_inner().etag;
        let request = ApprovePromotionRequest { name, etag, reason, request_id, ..ApprovePromotionRequest::default() };
        show::promotion(&once(&key, prices.approve_promotion(request)).await?);
        return Ok(());
    }
    let name = version_name(&name);
    let request = GetPriceListVersionRequest { name: name.clone() };
    let etag = prices.get_price_list_version(request).await?.into_inner().etag;
    let unset = ApprovePriceListVersionRequest::default();
    let request = ApprovePriceListVersionRequest { name, etag, reason, request_id, ..unset };
    show::version(&once(&key, prices.approve_price_list_version(request)).await?);
    Ok(())
}

async fn retire(mut prices: Prices, RetireArgs { name, from, reason }: RetireArgs) -> Result<(), Failure> {
    let key = request_id(None);
    let request_id = key.clone();
    if name.starts_with("promotions/") {
        let etag = prices.get_promotion(GetPromotionRequest { name: name.clone() }).await?.into_inner().etag;
        let unset = RetirePromotionRequest::default();
        let request = RetirePromotionRequest { name, etag, from, reason, request_id, ..unset };
        show::promotion(&once(&key, prices.retire_promotion(request)).await?);
        return Ok(());
    }
    let name = version_name(&name);
    let request = GetPriceListVersionRequest { name: name.clone() };
    let etag = prices.get_price_list_version(request).await?.into_inner().etag;
    let unset = RetirePriceListVersionRequest::default();
    let request = RetirePriceListVersionRequest { name, etag, from, reason, request_id, ..unset };
    show::version(&once(&key, prices.retire_price_list_version(request)).await?);
    Ok(())
}
