//! Settles a month of many partners through the gateway of a suite, up to the confirmed payment, and says how long each step
//! took, and how long the ledger alone takes for as many transactions; `tests/bench/settlement` starts it.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::json;
use tributary::cli::{ConnectArgs, Connection, Keyed};
use tributary_bench::partners;
use tributary_proto::{
    google::{
        longrunning::{Operation, WaitOperationRequest, operation::Result as Ending},
        r#type::{Date, Decimal, Money},
    },
    tributary::{
        common::v1::Role,
        gateway::v1::CreateApiKeyRequest,
        incentive::v1::{
            AdvanceSettlementsRequest, BatchCreateTransactionsRequest, BatchRecordFactsRequest, CalculateRequest,
            ChangePlanVersionStateRequest, ConfirmPaymentsRequest, CreatePlanVersionRequest, CreateProgrammeRequest,
            CreateTransactionRequest, ExportPayablesRequest, FactKind, GetPeriodRequest, LedgerTransaction,
            LockPeriodRequest, MarginalReward, Measure, MeasureField, NegativeMeasure, PayableExport,
            PaymentConfirmation, PaymentOutcome, PlanSpec, Posting, Programme, Rule, Run, RunMode, SalesFact,
            SettlePeriodRequest, SettlementAdvance, SettlementBatch, SettlementTerms, Slot, Tier, TierTable,
            calculate_request::Subject, closing_service_client::ClosingServiceClient,
            plan_service_client::PlanServiceClient, rule::Reward, sales_fact,
            settlement_service_client::SettlementServiceClient,
        },
    },
};

const USAGE: &str = "usage: settlement-load ENDPOINT KEY PARTNERS";
const PERIOD: &str = "programmes/bench/periods/2026-03";
/// Facts, and confirmations, of one call.
const BATCH: usize = 1_000;
/// Transactions of one call: the most that one takes.
const POSTED_AT_ONCE: u64 = 500;
/// Transactions of the ledger for each settlement: accrued, locked, paid.
const POSTINGS: u64 = 3;

type Settlements = SettlementServiceClient<Keyed>;

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [endpoint, key, partners] = arguments.as_slice() else { bail!(USAGE) };
    let count: u64 = partners.parse().context(USAGE)?;
    let args = ConnectArgs { endpoint: Some(endpoint.clone()), api_key: Some(key.clone()), ..ConnectArgs::default() };
    let bench = Bench::prepare(Connection::open(&args).await?, count).await?;
    let mut steps = Vec::new();
    let run: Run = bench.timed(&mut steps, "calculate", bench.calculate()).await?;
    bench.lock(&run).await?;
    bench.timed(&mut steps, "settle", bench.settle()).await?;
    bench.timed(&mut steps, "submit", bench.advance(SettlementAdvance::Submit, &bench.maker)).await?;
    bench.timed(&mut steps, "approve", bench.advance(SettlementAdvance::Approve, &bench.checker)).await?;
    bench.timed(&mut steps, "lock", bench.advance(SettlementAdvance::Lock, &bench.maker)).await?;
    let exports = bench.timed(&mut steps, "export", bench.export()).await?;
    bench.timed(&mut steps, "confirm", bench.confirm(&exports)).await?;
    bench.timed(&mut steps, "postings alone", bench.post()).await?;
    println!("{}", json!({ "partners": count, "micros": steps.into_iter().collect::<serde_json::Map<_, _>>() }));
    Ok(())
}

struct Bench {
    gateway: Connection,
    count: u64,
    maker: Settlements,
    checker: Settlements,
    locks: ClosingServiceClient<Keyed>,
}

impl Bench {
    /// Partners with a fact each, and a programme that pays 1 % of it.
    async fn prepare(gateway: Connection, count: u64) -> Result<Self> {
        partners::create(&gateway, count).await?;
        for first in (0..count).step_by(BATCH) {
            let facts: Vec<_> = (first..count).take(BATCH).map(fact).collect();
            let wanted = facts.len();
            let answer = gateway.facts().batch_record_facts(BatchRecordFactsRequest { facts }).await?.into_inner();
            ensure!(usize::try_from(answer.recorded_count)? == wanted, "a fact is refused");
        }
        let request = CreateApiKeyRequest {
            subject: "checker".to_owned(),
            roles: vec![Role::Admin.into()],
            ..CreateApiKeyRequest::default()
        };
        let secret = gateway.keys().create_api_key(request).await?.into_inner().secret;
        let keyed = || gateway.keyed(&secret).map_err(|why| anyhow::anyhow!("{why:?}"));
        publish(&gateway, PlanServiceClient::new(keyed()?)).await?;
        Ok(Self {
            maker: SettlementServiceClient::new(gateway.own()).max_decoding_message_size(1 << 26),
            checker: SettlementServiceClient::new(keyed()?),
            locks: ClosingServiceClient::new(keyed()?),
            gateway,
            count,
        })
    }

    /// Does a step and notes how long it took, in microseconds.
    async fn timed<T>(
        &self,
        steps: &mut Vec<(String, serde_json::Value)>,
        name: &str,
        step: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let begun = Instant::now();
        let done = step.await.with_context(|| name.to_owned())?;
        steps.push((name.to_owned(), json!(begun.elapsed().as_micros())));
        Ok(done)
    }

    async fn calculate(&self) -> Result<Run> {
        let request = CalculateRequest {
            subject: Some(Subject::Programme("programmes/bench".to_owned())),
            period: "2026-03".to_owned(),
            mode: RunMode::Final.into(),
            request_id: "calculate".to_owned(),
        };
        let asked = self.gateway.runs().calculate(request).await?.into_inner();
        let run: Run = self.ended(asked).await?;
        ensure!(u64::try_from(run.statement_count)? == self.count, "not everybody has a statement");
        Ok(run)
    }

    async fn lock(&self, run: &Run) -> Result<()> {
        let mut client = self.locks.clone();
        let known = client.get_period(GetPeriodRequest { name: PERIOD.to_owned() }).await?.into_inner();
        let request = LockPeriodRequest {
            name: PERIOD.to_owned(),
            run: run.name.clone(),
            etag: known.etag,
            request_id: "lock".to_owned(),
            ..LockPeriodRequest::default()
        };
        client.lock_period(request).await?;
        Ok(())
    }

    async fn settle(&self) -> Result<()> {
        let request = SettlePeriodRequest {
            name: PERIOD.to_owned(),
            terms: Some(SettlementTerms::default()),
            request_id: "settle".to_owned(),
        };
        let asked = self.maker.clone().settle_period(request).await?.into_inner();
        self.whole(asked).await
    }

    async fn advance(&self, step: SettlementAdvance, who: &Settlements) -> Result<()> {
        let request = AdvanceSettlementsRequest {
            name: PERIOD.to_owned(),
            step: step.into(),
            request_id: step.as_str_name().to_owned(),
            ..AdvanceSettlementsRequest::default()
        };
        let asked = who.clone().advance_settlements(request).await?.into_inner();
        self.whole(asked).await
    }

    /// An operation that must have done every settlement.
    async fn whole(&self, asked: Operation) -> Result<()> {
        let batch: SettlementBatch = self.ended(asked).await?;
        ensure!(u64::try_from(batch.done_count)? == self.count, "not all: {batch:?}");
        Ok(())
    }

    async fn export(&self) -> Result<Vec<PayableExport>> {
        let mut exports: Vec<PayableExport> = Vec::new();
        while exports.last().is_none_or(|last| last.remaining_count > 0) {
            let payable_export_id = format!("e{}", exports.len());
            let request = ExportPayablesRequest { period: PERIOD.to_owned(), payable_export_id };
            exports.push(self.maker.clone().export_payables(request).await?.into_inner());
        }
        let exported: usize = exports.iter().map(|export| export.payables.len()).sum();
        ensure!(u64::try_from(exported)? == self.count, "{exported} are exported");
        Ok(exports)
    }

    async fn confirm(&self, exports: &[PayableExport]) -> Result<()> {
        for export in exports {
            for payables in export.payables.chunks(BATCH) {
                let confirmations = payables.iter().map(|payable| PaymentConfirmation {
                    settlement: payable.settlement.clone(),
                    export: export.name.clone(),
                    outcome: PaymentOutcome::Paid.into(),
                    reference: "bank".to_owned(),
                    paid_on: Some(Date { year: 2026, month: 4, day: 20 }),
                    ..PaymentConfirmation::default()
                });
                let request = ConfirmPaymentsRequest { confirmations: confirmations.collect() };
                let told = self.maker.clone().confirm_payments(request).await?.into_inner();
                ensure!(told.refused_count == 0, "a payment is refused");
            }
        }
        Ok(())
    }

    /// As many transactions as the settlements made, by the batches of the ledger.
    async fn post(&self) -> Result<()> {
        let all = self.count * POSTINGS;
        for first in (0..all).step_by(usize::try_from(POSTED_AT_ONCE)?) {
            let requests = (first..all.min(first + POSTED_AT_ONCE)).map(|number| transaction(number, self.count));
            let request = BatchCreateTransactionsRequest { requests: requests.collect(), validate_only: false };
            self.gateway.ledger().batch_create_transactions(request).await?;
        }
        Ok(())
    }

    async fn ended<T: prost::Message + Default>(&self, asked: Operation) -> Result<T> {
        loop {
            let timeout = Some(prost_types::Duration::try_from(Duration::from_secs(10))?);
            let wait = WaitOperationRequest { name: asked.name.clone(), timeout };
            match self.gateway.operations().wait_operation(wait).await?.into_inner().result {
                None => {}
                Some(Ending::Response(any)) => return Ok(T::decode(any.value.as_slice())?),
                Some(Ending::Error(error)) => bail!("{} failed: {}", asked.name, error.message),
            }
        }
    }
}

fn fact(number: u64) -> SalesFact {
    SalesFact {
        source_system: "bench".to_owned(),
        source_id: format!("f{number}"),
        partner_ref: Some(sales_fact::PartnerRef::Partner(format!("partners/p{number}"))),
        kind: FactKind::SellIn.into(),
        occurred: Some(sales_fact::Occurred::OccurredOn(Date { year: 2026, month: 3, day: 10 })),
        net: Some(Money { currency_code: "CNY".to_owned(), units: 1_000, nanos: 0 }),
        ..SalesFact::default()
    }
}

fn transaction(number: u64, partners: u64) -> CreateTransactionRequest {
    let posting = Posting {
        debit: "ledgerAccounts/house.expense.CNY".to_owned(),
        credit: format!("ledgerAccounts/partner.p{}.accrued.CNY", number % partners),
        amount: decimal("10.00"),
        posted_amount: None,
    };
    let transaction =
        LedgerTransaction { postings: vec![posting], cause: "bench".to_owned(), ..LedgerTransaction::default() };
    CreateTransactionRequest {
        transaction: Some(transaction),
        transaction_id: format!("alone-{number}"),
        validate_only: false,
    }
}

#[expect(clippy::unnecessary_wraps, reason = "fields of messages are optional")]
fn decimal(text: &str) -> Option<Decimal> {
    Some(Decimal { value: text.to_owned() })
}

/// A programme with an active plan.
async fn publish(gateway: &Connection, mut checks: PlanServiceClient<Keyed>) -> Result<()> {
    let slots = vec![Slot { id: "rebate".to_owned(), title: "Rebate".to_owned() }];
    let request = CreateProgrammeRequest {
        programme: Some(Programme { display_name: "Bench".to_owned(), slots, ..Programme::default() }),
        programme_id: "bench".to_owned(),
        request_id: "programme".to_owned(),
    };
    gateway.plans().create_programme(request).await?;
    let tier = Tier { from: decimal("0"), rate: decimal("0.01"), ..Tier::default() };
    let table = TierTable { tiers: vec![tier], ..TierTable::default() };
    let rule = Rule {
        id: "all".to_owned(),
        title: "All".to_owned(),
        measure: Some(Measure {
            field: MeasureField::Net.into(),
            kinds: vec![FactKind::SellIn.into()],
            ..Measure::default()
        }),
        negative_measure: NegativeMeasure::Signed.into(),
        reward: Some(Reward::Marginal(MarginalReward { table: Some(table), ..MarginalReward::default() })),
        ..Rule::default()
    };
    let request = CreatePlanVersionRequest {
        plan: "plans/bench".to_owned(),
        programme: "programmes/bench".to_owned(),
        slot: "rebate".to_owned(),
        spec: Some(PlanSpec { title: "One per cent".to_owned(), rules: vec![rule], ..PlanSpec::default() }),
        request_id: "plan".to_owned(),
    };
    let draft = gateway.plans().create_plan_version(request).await?.into_inner();
    let change = |etag: String, request_id: &str| ChangePlanVersionStateRequest {
        name: draft.name.clone(),
        etag,
        request_id: request_id.to_owned(),
        ..ChangePlanVersionStateRequest::default()
    };
    let approved = checks.approve_plan_version(change(draft.etag.clone(), "approve")).await?.into_inner();
    checks.activate_plan_version(change(approved.etag, "activate")).await?;
    Ok(())
}
