//! A client that settles: month after month, back from December 2025, it records a fact of every seller, has the month
//! calculated, locked, settled, reviewed and exported, and confirms what was paid. A second person checks.

use anyhow::{Context as _, bail, ensure};
use prost::Message as _;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use tonic::{Request, Status};
use tributary::cli::Keyed;
use tributary_proto::{
    google::{
        longrunning::Operation,
        r#type::{Date, Money},
    },
    tributary::{
        common::v1::Role,
        gateway::v1::CreateApiKeyRequest,
        incentive::v1::{
            AdvanceSettlementsRequest, CalculateRequest, ChangePlanVersionStateRequest, ConfirmPaymentsRequest,
            CreatePlanVersionRequest, CreateProgrammeRequest, ExportPayablesRequest, FactKind, GetPeriodRequest,
            LockPeriodRequest, PayableExport, PaymentConfirmation, PaymentOutcome, Programme, Run, RunMode, SalesFact,
            SettlePeriodRequest, SettlementAdvance, SettlementBatch, SettlementTerms, Slot, calculate_request::Subject,
            closing_service_client::ClosingServiceClient, plan_service_client::PlanServiceClient, sales_fact,
            settlement_service_client::SettlementServiceClient,
        },
    },
};

use super::{PARTNERS, Shared, partner_name, plans::spec, record, runs::ended, until_acknowledged};
use crate::journal::Entry;

/// The first month that is settled; each round goes back by one.
const LAST_MONTH: u32 = 2025 * 12 + 11;

type Settlements = SettlementServiceClient<Keyed>;

/// Settles one month after the other.
pub async fn settlements(shared: Shared) -> anyhow::Result<()> {
    let people = People::prepare(&shared).await?;
    let mut random = StdRng::seed_from_u64(shared.seed ^ 0x5e7);
    let mut round = 0_u32;
    while !shared.is_over() {
        let month = LAST_MONTH.checked_sub(round).context("no month is left")?;
        let (year, month) = (i32::try_from(month / 12)?, i32::try_from(month % 12)?.saturating_add(1));
        let yuan: Vec<i64> = (0..PARTNERS).map(|_| random.random_range(1..1_000_000)).collect();
        people.settle(&shared, round, (year, month), &yuan).await?;
        shared.one_more();
        round = round.saturating_add(1);
    }
    Ok(())
}

/// One who does and one who checks.
struct People {
    maker: Settlements,
    checker: Settlements,
    checks_plans: PlanServiceClient<Keyed>,
    locks: ClosingServiceClient<Keyed>,
}

impl People {
    /// Makes the second key, and a programme of which 1 % is paid.
    async fn prepare(shared: &Shared) -> anyhow::Result<Self> {
        let request = CreateApiKeyRequest {
            subject: "checker".to_owned(),
            roles: vec![Role::Admin.into()],
            ..CreateApiKeyRequest::default()
        };
        let create = |request| {
            let mut client = shared.gateway.keys();
            async move { client.create_api_key(request).await }
        };
        let made = until_acknowledged(&shared.met, &request, create).await?.into_inner();
        let keyed = || shared.gateway.keyed(&made.secret).map_err(|why| anyhow::anyhow!("{why:?}"));
        let people = Self {
            maker: SettlementServiceClient::new(shared.gateway.own()),
            checker: SettlementServiceClient::new(keyed()?),
            checks_plans: PlanServiceClient::new(keyed()?),
            locks: ClosingServiceClient::new(keyed()?),
        };
        people.publish(shared).await?;
        Ok(people)
    }

    async fn publish(&self, shared: &Shared) -> anyhow::Result<()> {
        let slots = vec![Slot { id: "rebate".to_owned(), title: "Rebate".to_owned() }];
        let request = CreateProgrammeRequest {
            programme: Some(Programme { display_name: "Settled".to_owned(), slots, ..Programme::default() }),
            programme_id: "settled".to_owned(),
            request_id: "settled".to_owned(),
        };
        let create = |request| {
            let mut client = shared.gateway.plans();
            async move { client.create_programme(request).await }
        };
        until_acknowledged(&shared.met, &request, create).await?;
        let request = CreatePlanVersionRequest {
            plan: "plans/settled".to_owned(),
            programme: "programmes/settled".to_owned(),
            slot: "rebate".to_owned(),
            spec: Some(spec()),
            request_id: "settled-plan".to_owned(),
        };
        let create = |request| {
            let mut client = shared.gateway.plans();
            async move { client.create_plan_version(request).await }
        };
        let draft = until_acknowledged(&shared.met, &request, create).await?.into_inner();
        let change = |etag, request_id: &str| ChangePlanVersionStateRequest {
            name: draft.name.clone(),
            etag,
            request_id: request_id.to_owned(),
            ..ChangePlanVersionStateRequest::default()
        };
        let approve = |request| {
            let mut client = self.checks_plans.clone();
            async move { client.approve_plan_version(request).await }
        };
        let approval = change(draft.etag.clone(), "settled-approved");
        let approved = until_acknowledged(&shared.met, &approval, approve).await?.into_inner();
        let activate = |request| {
            let mut client = self.checks_plans.clone();
            async move { client.activate_plan_version(request).await }
        };
        until_acknowledged(&shared.met, &change(approved.etag, "settled-active"), activate).await?;
        Ok(())
    }

    /// One month, from its facts to its payments. A seller who sold so many yuan is paid as many cents.
    async fn settle(&self, shared: &Shared, round: u32, month: (i32, i32), yuan: &[i64]) -> anyhow::Result<()> {
        let (facts, entries): (Vec<_>, Vec<_>) =
            (0..PARTNERS).zip(yuan).map(|(seller, yuan)| fact(round, seller, month, *yuan)).unzip();
        record(shared, facts).await?;
        shared.journal.keep(&entries)?;

        let period = format!("{}-{:02}", month.0, month.1);
        let name = format!("programmes/settled/periods/{period}");
        let run = self.close(shared, &period, &name).await?;
        shared.journal.keep(&[Entry::Run { name: run.name, digest: run.digest }])?;
        let request = SettlePeriodRequest {
            name: name.clone(),
            terms: Some(SettlementTerms::default()),
            request_id: format!("settle {period}"),
        };
        self.whole(shared, &request, &self.maker, async |mut client, request| client.settle_period(request).await)
            .await?;
        let steps = [
            (SettlementAdvance::Submit, &self.maker),
            (SettlementAdvance::Approve, &self.checker),
            (SettlementAdvance::Lock, &self.maker),
        ];
        for (step, who) in steps {
            let request = AdvanceSettlementsRequest {
                name: name.clone(),
                step: step.into(),
                request_id: format!("{} {period}", step.as_str_name()),
                ..AdvanceSettlementsRequest::default()
            };
            self.whole(shared, &request, who, async |mut client, request| client.advance_settlements(request).await)
                .await?;
        }
        self.pay(shared, name, &period, month).await?;
        let paid = (0..PARTNERS).zip(yuan).map(|(seller, yuan)| Entry::Settled {
            partner: partner_name(seller),
            period: period.clone(),
            cents: *yuan,
        });
        shared.journal.keep(&paid.collect::<Vec<_>>())
    }

    /// Has a month calculated and locked.
    async fn close(&self, shared: &Shared, period: &str, name: &str) -> anyhow::Result<Run> {
        let request = CalculateRequest {
            subject: Some(Subject::Programme("programmes/settled".to_owned())),
            period: period.to_owned(),
            mode: RunMode::Final.into(),
            request_id: format!("calculate {period}"),
        };
        let calculate = |request| {
            let mut client = shared.gateway.runs();
            async move { client.calculate(request).await }
        };
        let asked = until_acknowledged(&shared.met, &request, calculate).await?.into_inner();
        let run = Run::decode(ended(shared, asked).await?.as_slice())?;
        let get = |request| {
            let mut client = self.locks.clone();
            async move { client.get_period(request).await }
        };
        let known = until_acknowledged(&shared.met, &GetPeriodRequest { name: name.to_owned() }, get).await?;
        let request = LockPeriodRequest {
            name: name.to_owned(),
            run: run.name.clone(),
            etag: known.into_inner().etag,
            request_id: format!("lock {period}"),
            ..LockPeriodRequest::default()
        };
        let lock = |request| {
            let mut client = self.locks.clone();
            async move { client.lock_period(request).await }
        };
        until_acknowledged(&shared.met, &request, lock).await?;
        Ok(run)
    }

    /// Asks twice for an operation over all settlements of a month, and waits until it has done every one.
    async fn whole<Q: Clone>(
        &self,
        shared: &Shared,
        request: &Q,
        who: &Settlements,
        call: impl AsyncFn(Settlements, Request<Q>) -> Result<tonic::Response<Operation>, Status>,
    ) -> anyhow::Result<()> {
        let ask = |request| call(who.clone(), request);
        let asked = until_acknowledged(&shared.met, request, ask).await?.into_inner();
        let again = until_acknowledged(&shared.met, request, ask).await?.into_inner();
        ensure!(again.name == asked.name, "one request began {} and {}", asked.name, again.name);
        let batch = SettlementBatch::decode(ended(shared, asked).await?.as_slice())?;
        ensure!(u32::try_from(batch.done_count)? == PARTNERS && batch.refused_count == 0, "not all: {batch:?}");
        Ok(())
    }

    /// Exports a month and confirms every payment.
    async fn pay(&self, shared: &Shared, name: String, period: &str, month: (i32, i32)) -> anyhow::Result<()> {
        let request = ExportPayablesRequest { period: name, payable_export_id: format!("e{period}") };
        let export = |request| {
            let mut client = self.maker.clone();
            async move { client.export_payables(request).await }
        };
        let exported: PayableExport = until_acknowledged(&shared.met, &request, export).await?.into_inner();
        ensure!(u32::try_from(exported.payables.len())? == PARTNERS, "not all are paid: {exported:?}");
        let (year, next) =
            if month.1 == 12 { (month.0.saturating_add(1), 1) } else { (month.0, month.1.saturating_add(1)) };
        let confirmations = exported.payables.iter().map(|payable| PaymentConfirmation {
            settlement: payable.settlement.clone(),
            export: exported.name.clone(),
            outcome: PaymentOutcome::Paid.into(),
            reference: format!("bank {period}"),
            paid_on: Some(Date { year, month: next, day: 5 }),
            ..PaymentConfirmation::default()
        });
        let request = ConfirmPaymentsRequest { confirmations: confirmations.collect() };
        let confirm = |request| {
            let mut client = self.maker.clone();
            async move { client.confirm_payments(request).await }
        };
        let told = until_acknowledged(&shared.met, &request, confirm).await?.into_inner();
        if let Some(refused) = told.results.iter().find(|result| !result.accepted) {
            bail!("a payment is refused: {refused:?}");
        }
        Ok(())
    }
}

fn fact(round: u32, seller: u32, (year, month): (i32, i32), yuan: i64) -> (SalesFact, Entry) {
    let (id, partner) = (format!("settled-{round}-{seller}"), partner_name(seller));
    let fact = SalesFact {
        source_system: "fault".to_owned(),
        source_id: id.clone(),
        partner_ref: Some(sales_fact::PartnerRef::Partner(partner.clone())),
        kind: FactKind::SellIn.into(),
        occurred: Some(sales_fact::Occurred::OccurredOn(Date { year, month, day: 10 })),
        net: Some(Money { currency_code: "CNY".to_owned(), units: yuan, nanos: 0 }),
        ..SalesFact::default()
    };
    (fact, Entry::Fact { id, partner, net: yuan.saturating_mul(10_000) })
}
