//! Measures the suite, through its gateway, on a store that is filled.

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use incentive_calculation_server::{convert::plan::plan_spec, ports::IncentiveStore, store};
use tributary::{
    cli::Connection,
    settings::{LogSettings, SuiteSettings},
    suite::RunningSuite,
};
use tributary_core::{Currency, TenantId};
use tributary_proto::{
    google::{
        longrunning::{GetOperationRequest, Operation, operation::Result as Ending},
        r#type::{Date, Decimal, Money},
    },
    tributary::incentive::v1::{
        Accrual, CalculateRequest, FactKind, GetAccrualRequest, GrowthBase, GrowthOn, GrowthReward,
        ListStatementsRequest, MarginalReward, Measure, MeasureField, NegativeMeasure, NoBasePolicy,
        NonPositiveBasePolicy, PlanSpec, RecordFactRequest, ReproduceRunRequest, Reproduction, Rule, Run, RunMode,
        SalesFact, Tier, TierTable,
        calculate_request::Subject,
        rule::Reward,
        sales_fact::{Occurred, PartnerRef},
    },
};
use tributary_sql::{PoolOptions, StoreUrl};

use super::{Measured, PERIOD, PROGRAMME, Place, Size, facts, fill};
use crate::process;

/// Facts that are recorded one by one.
const SINGLE: u32 = 5;

/// What is measured, and where.
struct Rig {
    gateway: Connection,
    store: Arc<dyn IncentiveStore>,
    tenant: TenantId,
    size: Size,
}

/// Runs, cold and after late facts, and accruals.
pub async fn measure(size: Size, place: &Place) -> Result<Measured> {
    let rig = Rig::start(size, place).await?;
    let spec = plan_spec(&plan()).map_err(|wrong| anyhow!("{wrong:?}"))?;
    fill::programme(rig.store.as_ref(), &rig.tenant, spec).await?;
    let (activated_seconds, sealed_seconds) = tokio::try_join!(rig.caught_up(), rig.sealed())?;
    process::forget_peak()?;
    let (run, cold_seconds) = rig.calculate("cold").await?;
    let peak_mebibytes = process::peak_kib()? / 1024;
    ensure!(run.fact_count == i64::from(size.facts), "{} facts were read", run.fact_count);
    let marginal_total = marginal_total(&rig.gateway, &run).await?;

    let proof_seconds = rig.reproduce(&run).await?;
    let (again, again_seconds) = rig.calculate("again").await?;
    ensure!(again.digest == run.digest, "nothing changed but the digest");
    let late = size.facts..size.facts + size.late;
    fill::batch(size, rig.store.as_ref(), &rig.tenant, late.clone()).await?;
    let currency = Currency::parse("CNY").map_err(anyhow::Error::msg)?;
    let of = late.map(|n| Ok(facts::fact(size, n, currency)?.0)).collect::<Result<BTreeSet<u64>>>()?;
    let (last, late_seconds) = rig.calculate("late").await?;
    ensure!(last.fact_count == i64::from(size.facts + size.late), "{} facts were read", last.fact_count);
    rig.caught_up().await?;
    let mut accrual_seconds = 0.0_f64;
    for number in 0..SINGLE {
        accrual_seconds = accrual_seconds.max(rig.accrues(number).await?);
    }
    rig.gateway.close().await?;
    Ok(Measured {
        facts: size.facts,
        partners: size.partners,
        activated_seconds,
        sealed_seconds,
        cold_seconds,
        proof_seconds,
        again_seconds,
        late_seconds,
        late_facts: size.late,
        late_partners: of.len(),
        accrual_seconds,
        peak_mebibytes,
        marginal_total,
        digest: run.digest,
    })
}

impl Rig {
    /// Starts the suite, and fills its store beside it.
    async fn start(size: Size, place: &Place) -> Result<Self> {
        let settings = SuiteSettings {
            data_dir: place.data.clone(),
            store: place.store.clone(),
            listen: ([127, 0, 0, 1], 0).into(),
            log: LogSettings { filter: "error".to_owned(), ..LogSettings::default() },
            ..SuiteSettings::default()
        };
        let gateway = Connection::of_suite(RunningSuite::start(settings).await?, &place.data).await?;
        let url = match &place.store {
            None => StoreUrl::Sqlite(place.data.join("incentive-calculation.db")),
            Some(store) => format!("{store}_incentive_calculation").parse().map_err(anyhow::Error::msg)?,
        };
        let store = store::open(&url, PoolOptions::for_service("bench")).await?.store;
        let tenant = TenantId::parse("default").map_err(anyhow::Error::msg)?;
        fill::store(size, store.as_ref(), &tenant).await?;
        Ok(Self { gateway, store, tenant, size })
    }

    async fn accrual(&self, partner: &str) -> Result<Accrual> {
        let request = GetAccrualRequest {
            programme: format!("programmes/{PROGRAMME}"),
            partner: format!("partners/{partner}"),
            period: PERIOD.to_owned(),
        };
        Ok(self.gateway.accruals().get_accrual(request).await?.into_inner())
    }

    /// Waits until accruals have taken all facts in.
    async fn caught_up(&self) -> Result<f64> {
        let begun = Instant::now();
        loop {
            let accrual = self.accrual(&facts::partner(0)).await?;
            if accrual.through_batch == accrual.newest_batch {
                return Ok(begun.elapsed().as_secs_f64());
            }
        }
    }

    /// Waits until all facts are in segments.
    async fn sealed(&self) -> Result<f64> {
        let begun = Instant::now();
        while self.store.sealed_through(&self.tenant).await? < self.store.newest_batch(&self.tenant).await? {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(begun.elapsed().as_secs_f64())
    }

    /// Records a sale through the gateway and asks for the accrual that has it in.
    async fn accrues(&self, number: u32) -> Result<f64> {
        let partner = facts::partner(u64::from(number % self.size.partners));
        let counted = |accrual: &Accrual| {
            let lines = accrual.lines.iter().filter_map(|line| line.line.as_ref());
            lines.map(|line| line.fact_count).max().unwrap_or(0)
        };
        let before = counted(&self.accrual(&partner).await?);
        let fact = SalesFact {
            source_system: "single".to_owned(),
            source_id: format!("s{number}"),
            partner_ref: Some(PartnerRef::Partner(format!("partners/{partner}"))),
            kind: FactKind::SellIn.into(),
            occurred: Some(Occurred::OccurredOn(Date { year: 2026, month: 5, day: 4 })),
            net: Some(Money { currency_code: "CNY".to_owned(), units: 100, nanos: 0 }),
            ..SalesFact::default()
        };
        let begun = Instant::now();
        self.gateway.facts().record_fact(RecordFactRequest { fact: Some(fact) }).await?;
        let after = counted(&self.accrual(&partner).await?);
        let took = begun.elapsed().as_secs_f64();
        ensure!(after == before + 1, "{before} facts accrued before a fact, {after} afterwards");
        Ok(took)
    }

    /// A final run of the standard programme, from the call until the operation is done.
    async fn calculate(&self, request_id: &str) -> Result<(Run, f64)> {
        let begun = Instant::now();
        let subject = Some(Subject::Programme(format!("programmes/{PROGRAMME}")));
        let request = CalculateRequest {
            subject,
            period: PERIOD.to_owned(),
            mode: RunMode::Final.into(),
            request_id: request_id.to_owned(),
        };
        let operation = self.gateway.runs().calculate(request).await?.into_inner();
        let run = self.done(operation).await?.to_msg()?;
        Ok((run, begun.elapsed().as_secs_f64()))
    }

    /// The run again, from rows, which must give the same.
    async fn reproduce(&self, run: &Run) -> Result<f64> {
        let begun = Instant::now();
        let request = ReproduceRunRequest { name: run.name.clone(), ..ReproduceRunRequest::default() };
        let operation = self.gateway.closing().reproduce_run(request).await?.into_inner();
        let reproduction: Reproduction = self.done(operation).await?.to_msg()?;
        ensure!(reproduction.equal, "rows give something else: {reproduction:?}");
        Ok(begun.elapsed().as_secs_f64())
    }

    /// What an operation gives.
    async fn done(&self, mut operation: Operation) -> Result<prost_types::Any> {
        while !operation.done {
            tokio::time::sleep(Duration::from_millis(10)).await;
            let request = GetOperationRequest { name: operation.name };
            operation = self.gateway.operations().get_operation(request).await?.into_inner();
        }
        match operation.result.context("an operation without a result")? {
            Ending::Response(any) => Ok(any),
            Ending::Error(status) => bail!("it failed: {}", status.message),
        }
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
