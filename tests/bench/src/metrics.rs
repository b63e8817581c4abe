//! Metrics: what the first page of a question costs, which counts every line, beside a page after it and the same page
//! once more, which are kept from it.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use analytics_domain::metric::{FactKind, SalesLine};
use analytics_server::{Deps, Settings, build, ports::versions::Data, store};
use anyhow::{Context as _, ensure};
use tributary_bus::InProcessBus;
use tributary_cache::{Cache, LocalCache, RedisCache};
use tributary_core::{
    Currency, Date, IdSource as _, RequestContext, ResourceId, Role, SystemClock, SystemIds, TenantId,
};
use tributary_proto::tributary::analytics::v1::{
    MetricDimension, QueryMetricsRequest, SalesBasis, metric_service_client::MetricServiceClient,
};
use tributary_rpc::{
    client::{self, Backend},
    token::TokenSigner,
};
use tributary_sql::{PoolOptions, StoreUrl};

/// Lines of one batch.
const BATCH: u32 = 10_000;
/// Members of the dimension that is asked for.
const SKUS: u32 = 5_000;
/// Rows of a page.
const PAGE: i32 = 100;

/// Median times of the pages.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// A first page after a write.
    pub first: Duration,
    /// The page after it.
    pub next: Duration,
    /// The first page once more, at another replica where a Redis is shared.
    pub again: Duration,
}

/// Fills a store with so many lines and measures so many rounds; each begins with a write.
///
/// # Errors
/// When the store or the service fails, or an answer is not what it must be.
pub async fn measure(lines: u32, rounds: u32, directory: &Path, redis: Option<&str>) -> anyhow::Result<Times> {
    let url = StoreUrl::Sqlite(directory.join("analytics.db"));
    let open = store::open(&url, PoolOptions::for_service("bench")).await?;
    let tenant = TenantId::default_tenant();
    for batch in 0..lines.div_ceil(BATCH) {
        let of_batch: Vec<SalesLine> =
            (0..BATCH.min(lines - batch * BATCH)).map(|n| line(batch * BATCH + n)).collect::<anyhow::Result<_>>()?;
        let mut tx = open.sales.begin_sales().await?;
        tx.put_lines(&tenant, i64::from(batch) + 1, &of_batch).await?;
        tx.commit().await?;
    }
    let (one, two) = (replica(&url, redis).await?, replica(&url, redis).await?);
    let other = if redis.is_some() { &two } else { &one };
    let (mut first, mut next, mut again) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let mut tx = open.sales.begin_sales().await?;
        tx.moved(&tenant, Data::Sales, SystemIds.uuid()).await?;
        tx.commit().await?;
        let (took, token) = timed(&one, "").await?;
        first.push(took);
        next.push(timed(&one, &token).await?.0);
        again.push(timed(other, "").await?.0);
    }
    Ok(Times { first: middle(first)?, next: middle(next)?, again: middle(again)? })
}

async fn replica(url: &StoreUrl, redis: Option<&str>) -> anyhow::Result<MetricServiceClient<Backend>> {
    let (clock, signer) = (Arc::new(SystemClock), Arc::new(TokenSigner::generate()?));
    let cache: Arc<dyn Cache> = match redis {
        Some(url) => Arc::new(RedisCache::new(url, "tributary-bench", clock.clone())?),
        None => Arc::new(LocalCache::default()),
    };
    let deps = Deps {
        clock: clock.clone(),
        ids: Arc::new(SystemIds),
        bus: Arc::new(InProcessBus::new(clock.clone())),
        cache,
        verifier: signer.verifier(),
        signer: signer.clone(),
        incentive_calculation: client::deferred().0,
    };
    let service = build(Settings { store: url.clone(), ..Settings::default() }, deps).await?;
    Ok(MetricServiceClient::new(client::authorised(client::local(service.router), signer, clock, "gateway")))
}

/// A page, how long it took, and the token of the next.
async fn timed(client: &MetricServiceClient<Backend>, token: &str) -> anyhow::Result<(Duration, String)> {
    let request = QueryMetricsRequest {
        metrics: ["gmv", "net_sales", "orders", "partners"].map(str::to_owned).to_vec(),
        dimensions: vec![MetricDimension::Sku.into()],
        basis: SalesBasis::SellIn.into(),
        page_size: PAGE,
        page_token: token.to_owned(),
        ..QueryMetricsRequest::default()
    };
    let caller = RequestContext {
        tenant: TenantId::default_tenant(),
        subject: "bench".to_owned(),
        roles: vec![Role::Analyst],
        scope: tributary_core::Scope::Tenant,
        request_id: String::new(),
    };
    let begun = Instant::now();
    let answer = client.clone().query_metrics(client::on_behalf(&caller, request)).await?.into_inner();
    let took = begun.elapsed();
    ensure!(answer.rows.len() == usize::try_from(PAGE)?, "{} rows", answer.rows.len());
    Ok((took, answer.next_page_token))
}

fn middle(mut times: Vec<Duration>) -> anyhow::Result<Duration> {
    times.sort_unstable();
    times.get(times.len() / 2).copied().context("no rounds")
}

fn line(number: u32) -> anyhow::Result<SalesLine> {
    let dice = number.wrapping_mul(2_654_435_761);
    let net = i64::from(dice % 1_000_000) * 10_000;
    Ok(SalesLine {
        occurred_on: Date::from_days(20_454 + i64::from(number % 365)),
        partner: ResourceId::parse(&format!("p{}", dice % 1_000)).map_err(anyhow::Error::msg)?,
        order: format!("o{}", number / 4),
        customer: String::new(),
        kind: FactKind::SellIn,
        region: format!("CN/{:02}", dice % 31),
        product_line: format!("line-{}", dice % 7),
        sku: format!("sku-{:05}", (dice >> 8) % SKUS),
        channel: "ONLINE".to_owned(),
        sub_channel: "tmall".to_owned(),
        currency: Currency::parse("CNY").map_err(anyhow::Error::msg)?,
        net,
        gross: Some(net),
        cost: None,
        quantity: 1_000_000,
    })
}
