//! People with keys of their own: what each may do, and what two of them do together.

use anyhow::Context as _;
use tributary::{
    cli::{Connection, Keyed},
    planfile,
};
use tributary_proto::{
    google::longrunning::operations_client::OperationsClient,
    tributary::{
        common::v1::Role,
        incentive::v1::{
            CalculateRequest, ChangePlanVersionStateRequest, CreatePlanVersionRequest, CreateProgrammeRequest,
            GetPeriodRequest, LockPeriodRequest, PlanSpec, PlanVersion, Programme, ProgrammePeriod, Run, RunMode, Slot,
            accrual_service_client::AccrualServiceClient, calculate_request::Subject,
            calendar_service_client::CalendarServiceClient, closing_service_client::ClosingServiceClient,
            fact_service_client::FactServiceClient, figure_service_client::FigureServiceClient,
            go_live_service_client::GoLiveServiceClient, plan_service_client::PlanServiceClient,
            rate_service_client::RateServiceClient, run_service_client::RunServiceClient,
            simulation_service_client::SimulationServiceClient,
        },
    },
};

use crate::{
    Place,
    calls::{explained, finished, key_of},
};

/// The programme of the tests here.
pub const PROGRAMME: &str = "programmes/dealers";

/// Somebody with a key, as the gateway sees them.
#[derive(Debug, Clone)]
pub struct Person {
    channel: Keyed,
}

/// Who works on incentives: each with one role, as a company would hand them out.
#[derive(Debug)]
pub struct People {
    /// Looks after partners: records facts and figures, writes plans.
    pub manager: Person,
    /// Approves plans and calculates.
    pub finance: Person,
    /// Locks what the other one has calculated.
    pub controller: Person,
    /// Reads.
    pub analyst: Person,
}

impl People {
    /// Gives each a key.
    ///
    /// # Errors
    /// When one is refused.
    pub async fn of(place: &Place) -> anyhow::Result<Self> {
        let person = |subject, role| Person::new(&place.gateway, subject, role);
        Ok(Self {
            manager: person("manager", Role::ChannelManager).await?,
            finance: person("finance", Role::Finance).await?,
            controller: person("controller", Role::Finance).await?,
            analyst: person("analyst", Role::Analyst).await?,
        })
    }

    /// Creates [`PROGRAMME`] with slots.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn programme(&self, slots: &[&str]) -> anyhow::Result<()> {
        let slot = |id: &&str| Slot { id: (*id).to_owned(), title: String::new() };
        let slots = slots.iter().map(slot).collect();
        let request = CreateProgrammeRequest {
            programme: Some(Programme { display_name: "Dealers".to_owned(), slots, ..Programme::default() }),
            programme_id: "dealers".to_owned(),
            request_id: "programme".to_owned(),
        };
        self.finance.plans().create_programme(request).await.map_err(explained)?;
        Ok(())
    }

    /// The manager writes a version of the plan of a slot, finance approves and activates it.
    ///
    /// # Errors
    /// When one of these is refused.
    pub async fn publish(&self, slot: &str, spec: PlanSpec) -> anyhow::Result<PlanVersion> {
        let request = CreatePlanVersionRequest {
            plan: format!("plans/{slot}"),
            programme: PROGRAMME.to_owned(),
            slot: slot.to_owned(),
            spec: Some(spec),
            request_id: String::new(),
        };
        let draft = self.manager.plans().create_plan_version(request).await.map_err(explained)?.into_inner();
        let change = |version: &PlanVersion, what: &str| ChangePlanVersionStateRequest {
            name: version.name.clone(),
            etag: version.etag.clone(),
            request_id: format!("{what} {}", version.name),
            ..ChangePlanVersionStateRequest::default()
        };
        let mut plans = self.finance.plans();
        let approved = plans.approve_plan_version(change(&draft, "approve")).await.map_err(explained)?.into_inner();
        Ok(plans.activate_plan_version(change(&approved, "activate")).await.map_err(explained)?.into_inner())
    }

    /// Finance calculates a period finally.
    ///
    /// # Errors
    /// When it is refused or fails.
    pub async fn calculate(&self, period: &str, request_id: &str) -> anyhow::Result<Run> {
        let started = self.finance.runs().calculate(final_run(period, request_id)).await.map_err(explained)?;
        finished(&mut self.finance.operations(), started.into_inner()).await
    }

    /// A period of [`PROGRAMME`].
    ///
    /// # Errors
    /// When there is none.
    pub async fn period(&self, period: &str) -> anyhow::Result<ProgrammePeriod> {
        let request = GetPeriodRequest { name: format!("{PROGRAMME}/periods/{period}") };
        Ok(self.analyst.closing().get_period(request).await.map_err(explained)?.into_inner())
    }

    /// What locks a period on its newest run, as it is now.
    ///
    /// # Errors
    /// When there is no such period.
    pub async fn locking(&self, period: &str) -> anyhow::Result<LockPeriodRequest> {
        let known = self.period(period).await?;
        Ok(LockPeriodRequest {
            name: known.name,
            run: known.newest_run,
            request_id: format!("lock {period} {}", known.etag),
            etag: known.etag,
            ..LockPeriodRequest::default()
        })
    }

    /// Finance calculates a period, the controller locks it.
    ///
    /// # Errors
    /// When one of these is refused.
    pub async fn close(&self, period: &str) -> anyhow::Result<Run> {
        let run = self.calculate(period, &format!("close {period}")).await?;
        let request = self.locking(period).await?;
        self.controller.closing().lock_period(request).await.map_err(explained)?;
        Ok(run)
    }
}

/// A request for a final run of [`PROGRAMME`].
#[must_use]
pub fn final_run(period: &str, request_id: &str) -> CalculateRequest {
    CalculateRequest {
        subject: Some(Subject::Programme(PROGRAMME.to_owned())),
        period: period.to_owned(),
        mode: RunMode::Final.into(),
        request_id: request_id.to_owned(),
    }
}

/// A plan from the rules of a plan file, as people write them.
///
/// # Errors
/// Every fault of the text.
pub fn plan(rules: &str) -> anyhow::Result<PlanSpec> {
    let text = format!("apiVersion: tributary/v1\nkind: Plan\ntitle: A plan\n{rules}");
    planfile::parse("a test", &text).with_context(|| text)
}

impl Person {
    /// Gives somebody a key with a role.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn new(gateway: &Connection, subject: &str, role: Role) -> anyhow::Result<Self> {
        let key = key_of(gateway, subject, &[role]).await?;
        Ok(Self { channel: gateway.keyed(&key)? })
    }
}

macro_rules! clients {
    ($($name:ident $client:ident $what:literal;)*) => {
        impl Person {
            $(
                #[doc = $what]
                #[must_use]
                pub fn $name(&self) -> $client<Keyed> {
                    $client::new(self.channel.clone())
                }
            )*
        }
    };
}

clients! {
    accruals AccrualServiceClient "What partners have earned so far.";
    calendars CalendarServiceClient "Fiscal calendars.";
    closing ClosingServiceClient "Locking periods, and looking back.";
    facts FactServiceClient "Facts.";
    figures FigureServiceClient "Quotas and other figures.";
    go_live GoLiveServiceClient "What an older system stated.";
    operations OperationsClient "Runs and simulations under way.";
    plans PlanServiceClient "Programmes and plans.";
    rates RateServiceClient "Rates of currencies.";
    runs RunServiceClient "Runs and statements.";
    simulations SimulationServiceClient "What a draft would do.";
}
