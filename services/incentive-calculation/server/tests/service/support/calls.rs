//! What tests do over and over: record, publish plans, calculate.

use std::time::Duration;

use prost::Message as _;
use tributary_proto::{
    google::longrunning::{Operation, WaitOperationRequest, operation::Result as Outcome},
    tributary::incentive::v1::{
        BatchRecordFactsRequest, BatchRecordFactsResponse, CalculateRequest, ChangePlanVersionStateRequest,
        CreatePlanVersionRequest, CreateProgrammeRequest, GetPeriodRequest, ListFactsRequest, ListStatementsRequest,
        LockPeriodRequest, PlanSpec, PlanVersion, Programme, ProgrammePeriod, Run, RunMode, SalesFact, Slot, Statement,
        calculate_request::Subject,
    },
};

use super::{Caller, World, ada, answer, fang};

pub fn batch(facts: Vec<SalesFact>) -> BatchRecordFactsRequest {
    BatchRecordFactsRequest { facts }
}

/// A change of state of a version.
pub fn change(version: &PlanVersion, request_id: &str) -> ChangePlanVersionStateRequest {
    ChangePlanVersionStateRequest {
        name: version.name.clone(),
        etag: version.etag.clone(),
        request_id: request_id.to_owned(),
        ..Default::default()
    }
}

/// The preview of a plan.
pub fn preview(plan: PlanSpec, period: &str) -> CalculateRequest {
    CalculateRequest { subject: Some(Subject::Plan(plan)), period: period.to_owned(), ..Default::default() }
}

/// A final run of a programme.
pub fn final_run(programme: &str, period: &str, request_id: &str) -> CalculateRequest {
    CalculateRequest {
        subject: Some(Subject::Programme(format!("programmes/{programme}"))),
        period: period.to_owned(),
        mode: RunMode::Final.into(),
        request_id: request_id.to_owned(),
    }
}

impl World {
    /// Records facts that all must be accepted.
    pub async fn record(&self, caller: &Caller, facts: Vec<SalesFact>) -> BatchRecordFactsResponse {
        let answered = answer(self.facts().batch_record_facts(caller.ask(batch(facts))).await).expect("a result");
        assert_eq!(answered.refused_count, 0, "{:?}", answered.results);
        answered
    }

    /// Source ids of all facts of a tenant, at most a thousand.
    pub async fn known_facts(&self, caller: &Caller) -> Vec<String> {
        let all = ListFactsRequest { page_size: 1000, ..Default::default() };
        let listed = answer(self.facts().list_facts(caller.ask(all)).await).expect("facts");
        listed.facts.into_iter().map(|f| f.source_id).collect()
    }

    /// Creates a programme.
    pub async fn programme(&self, caller: &Caller, id: &str, slots: &[&str]) -> Programme {
        let slots = slots.iter().map(|id| Slot { id: (*id).to_owned(), title: String::new() }).collect();
        let programme = Programme { display_name: id.to_owned(), slots, ..Default::default() };
        let request = CreateProgrammeRequest {
            programme: Some(programme),
            programme_id: id.to_owned(),
            request_id: String::new(),
        };
        answer(self.plans().create_programme(caller.ask(request)).await).expect("a programme")
    }

    /// Writes a version of a plan.
    pub async fn draft(
        &self,
        caller: &Caller,
        plan: &str,
        (programme, slot): (&str, &str),
        spec: PlanSpec,
    ) -> PlanVersion {
        let request = CreatePlanVersionRequest {
            plan: format!("plans/{plan}"),
            programme: format!("programmes/{programme}"),
            slot: slot.to_owned(),
            spec: Some(spec),
            request_id: String::new(),
        };
        answer(self.plans().create_plan_version(caller.ask(request)).await).expect("a draft")
    }

    /// Writes a version and has it approved by another.
    pub async fn approved(
        &self,
        (maker, checker): (&Caller, &Caller),
        plan: &str,
        place: (&str, &str),
        spec: PlanSpec,
    ) -> PlanVersion {
        let draft = self.draft(maker, plan, place, spec).await;
        let request = change(&draft, &format!("approve {}", draft.name));
        answer(self.plans().approve_plan_version(checker.ask(request)).await).expect("approved")
    }

    /// Writes a version of a plan by Mei or whoever, which then pays.
    pub async fn active(
        &self,
        callers: (&Caller, &Caller),
        plan: &str,
        place: (&str, &str),
        spec: PlanSpec,
    ) -> PlanVersion {
        let approved = self.approved(callers, plan, place, spec).await;
        let request = change(&approved, &format!("activate {}", approved.name));
        answer(self.plans().activate_plan_version(callers.1.ask(request)).await).expect("active")
    }

    /// Asks for a run.
    pub async fn calculate(&self, caller: &Caller, request: CalculateRequest) -> Operation {
        answer(self.runs().calculate(caller.ask(request)).await).expect("an operation")
    }

    /// An operation once it is done.
    pub async fn done(&self, caller: &Caller, name: &str) -> Operation {
        let request = WaitOperationRequest {
            name: name.to_owned(),
            timeout: Some(Duration::from_secs(20).try_into().expect("a duration")),
        };
        let operation = answer(self.operations().wait_operation(caller.ask(request)).await).expect("an operation");
        assert!(operation.done, "{name} was not done within twenty seconds");
        operation
    }

    /// The run of an operation that succeeded.
    pub async fn run_of(&self, caller: &Caller, operation: &Operation) -> Run {
        match self.done(caller, &operation.name).await.result {
            Some(Outcome::Response(any)) => Run::decode(any.value.as_slice()).expect("a run"),
            other => panic!("{} gave {other:?}", operation.name),
        }
    }

    /// Calculates and waits for the run.
    pub async fn run(&self, caller: &Caller, request: CalculateRequest) -> Run {
        let operation = self.calculate(caller, request).await;
        self.run_of(caller, &operation).await
    }

    /// The statements of a run by business key and currency, at most a thousand.
    pub async fn statements(&self, caller: &Caller, run: &Run) -> Vec<Statement> {
        let request = ListStatementsRequest { run: run.name.clone(), page_size: 1000, ..Default::default() };
        answer(self.runs().list_statements(caller.ask(request)).await).expect("statements").statements
    }

    /// A period of a programme.
    pub async fn period(&self, caller: &Caller, programme: &str, period: &str) -> ProgrammePeriod {
        let name = format!("programmes/{programme}/periods/{period}");
        answer(self.closing().get_period(caller.ask(GetPeriodRequest { name })).await).expect("a period")
    }

    /// What locks a period on its newest run, as it is now.
    pub async fn locking(&self, caller: &Caller, programme: &str, period: &str) -> LockPeriodRequest {
        let known = self.period(caller, programme, period).await;
        LockPeriodRequest {
            name: known.name.clone(),
            run: known.newest_run,
            etag: known.etag.clone(),
            request_id: format!("lock {programme} {period} {}", known.etag),
            ..LockPeriodRequest::default()
        }
    }

    /// Calculates a period by Fang and has Ada lock it.
    pub async fn close(&self, programme: &str, period: &str, request_id: &str) -> Run {
        let run = self.run(&fang(), final_run(programme, period, request_id)).await;
        let request = self.locking(&ada(), programme, period).await;
        answer(self.closing().lock_period(ada().ask(request)).await).expect("locked");
        run
    }
}
