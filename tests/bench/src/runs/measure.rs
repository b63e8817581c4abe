//! Measures the suite, through its gateway, on a store that is filled.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use incentive_calculation_server::store;
use tributary::{
    cli::Connection,
    settings::{LogSettings, SuiteSettings},
    suite::RunningSuite,
};
use tributary_core::TenantId;
use tributary_proto::{
    google::{
        longrunning::{GetOperationRequest, operation::Result as Ending},
        r#type::Decimal,
    },
    tributary::incentive::v1::{
        CalculateRequest, FactKind, GrowthBase, GrowthOn, GrowthReward, ListStatementsRequest, MarginalReward, Measure,
        MeasureField, NegativeMeasure, NoBasePolicy, NonPositiveBasePolicy, PlanSpec, Rule, Run, Tier, TierTable,
        calculate_request::Subject, rule::Reward,
    },
};
use tributary_sql::{PoolOptions, StoreUrl};

use super::{Measured, PERIOD, Size, fill};
use crate::process;

/// Runs, cold and after late facts.
pub async fn measure(size: Size, data: &Path) -> Result<Measured> {
    let settings = SuiteSettings {
        data_dir: data.to_owned(),
        listen: ([127, 0, 0, 1], 0).into(),
        log: LogSettings { filter: "error".to_owned(), ..LogSettings::default() },
        ..SuiteSettings::default()
    };
    let gateway = Connection::of_suite(RunningSuite::start(settings).await?, data).await?;
    process::forget_peak()?;
    let (run, cold) = calculate(&gateway).await?;
    let peak_mebibytes = process::peak_kib()? / 1024;
    let marginal_total = marginal_total(&gateway, &run).await?;

    let open = store::open(&StoreUrl::Sqlite(data.join("incentive-calculation.db")), PoolOptions::for_service("bench"))
        .await?;
    let tenant = TenantId::parse("default").map_err(anyhow::Error::msg)?;
    fill::batch(size, open.store.as_ref(), &tenant, size.facts..size.facts + size.late).await?;
    let (_, late) = calculate(&gateway).await?;
    gateway.close().await?;
    Ok(Measured {
        facts: size.facts,
        partners: size.partners,
        cold_seconds: cold.as_secs_f64(),
        late_seconds: late.as_secs_f64(),
        late_facts: size.late,
        peak_mebibytes,
        marginal_total,
        digest: run.digest,
    })
}

/// A preview of the standard programme, from the call until the operation is done.
async fn calculate(gateway: &Connection) -> Result<(Run, Duration)> {
    let begun = Instant::now();
    let subject = Some(Subject::Plan(plan()));
    let request = CalculateRequest { subject, period: PERIOD.to_owned(), ..CalculateRequest::default() };
    let mut operation = gateway.runs().calculate(request).await?.into_inner();
    while !operation.done {
        tokio::time::sleep(Duration::from_millis(10)).await;
        operation =
            gateway.operations().get_operation(GetOperationRequest { name: operation.name }).await?.into_inner();
    }
    let took = begun.elapsed();
    match operation.result.context("an operation without a result")? {
        Ending::Response(any) => Ok((any.to_msg()?, took)),
        Ending::Error(status) => bail!("the run failed: {}", status.message),
    }
}

async fn marginal_total(gateway: &Connection, run: &Run) -> Result<i64> {
    let mut request =
        ListStatementsRequest { run: run.name.clone(), page_size: 1_000, ..ListStatementsRequest::default() };
    let mut total = 0;
    loop {
        let page = gateway.runs().list_statements(request.clone()).await?.into_inner();
        for line in page.statements.iter().flat_map(|s| &s.lines).filter(|l| l.rule == "commission") {
            let money = line.amount.as_ref().context("a line without an amount")?;
            total += money.units * 100 + i64::from(money.nanos / 10_000_000);
        }
        if page.next_page_token.is_empty() {
            return Ok(total);
        }
        request.page_token = page.next_page_token;
    }
}

/// 15 % up to 1,000,000 and 20 % above; 1 % of growth over last year's quarter, 3 % from 20 % growth on.
fn plan() -> PlanSpec {
    let number = |text: &str| Some(Decimal { value: text.to_owned() });
    let tier = |from: &str, rate: &str| Tier { from: number(from), rate: number(rate), ..Tier::default() };
    let table = |tiers: Vec<Tier>| Some(TierTable { tiers, ..TierTable::default() });
    let measure = Measure {
        field: MeasureField::Net.into(),
        kinds: vec![FactKind::SellIn.into(), FactKind::Return.into()],
        ..Measure::default()
    };
    let rule = |id: &str, reward: Reward| Rule {
        id: id.to_owned(),
        measure: Some(measure.clone()),
        negative_measure: NegativeMeasure::Signed.into(),
        reward: Some(reward),
        ..Rule::default()
    };
    PlanSpec {
        rules: vec![
            rule(
                "commission",
                Reward::Marginal(MarginalReward {
                    table: table(vec![tier("0", "0.15"), tier("1000000", "0.20")]),
                    ..MarginalReward::default()
                }),
            ),
            rule(
                "growth",
                Reward::Growth(GrowthReward {
                    base: GrowthBase::SamePeriodLastYear.into(),
                    on: GrowthOn::Increment.into(),
                    table: table(vec![tier("0", "0.01"), tier("0.20", "0.03")]),
                    no_base: NoBasePolicy::Skip.into(),
                    non_positive_base: NonPositiveBasePolicy::Nothing.into(),
                    ..GrowthReward::default()
                }),
            ),
        ],
        ..PlanSpec::default()
    }
}
