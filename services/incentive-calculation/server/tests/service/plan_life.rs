//! A plan version's life: draft, approved by another, active, retired.

use tonic::Code;
use tributary_proto::tributary::incentive::v1::{
    ChangePlanVersionStateRequest, CreatePlanVersionRequest, GetPlanVersionRequest, PlanVersion, PlanVersionChanged,
    PlanVersionState,
};

use prost::Message as _;

use crate::support::{World, ada, answer, change, fang, flat, mei, plan, reason, refused, rule, whole, worlds};

async fn now(world: &World, version: &PlanVersion) -> PlanVersion {
    let request = GetPlanVersionRequest { name: version.name.clone() };
    answer(world.plans().get_plan_version(mei().ask(request)).await).expect("there")
}

#[tokio::test]
async fn a_version_is_written_by_one_approved_by_another_and_then_pays() {
    for world in worlds().await {
        world.programme(&fang(), "dealers", &["commission"]).await;
        let draft = world.draft(&fang(), "standard", ("dealers", "commission"), flat("0.10")).await;
        assert_eq!((draft.name.as_str(), draft.etag.as_str()), ("plans/standard/versions/1", "r1"));
        assert_eq!((draft.state(), draft.author.as_str()), (PlanVersionState::Draft, "fang"));

        let why = refused(world.plans().approve_plan_version(fang().ask(change(&draft, "a1"))).await);
        assert_eq!((why.code, why.reason.as_str()), (Code::FailedPrecondition, "MAKER_IS_CHECKER"));
        let stale = ChangePlanVersionStateRequest { etag: "r7".to_owned(), ..change(&draft, "a2") };
        let why = refused(world.plans().approve_plan_version(ada().ask(stale)).await);
        assert_eq!((why.code, why.reason.as_str()), (Code::Aborted, "ETAG_MISMATCH"));
        assert_eq!(why.metadata.get("etag").map(String::as_str), Some("r1"));
        let early = refused(world.plans().activate_plan_version(ada().ask(change(&draft, "a3"))).await);
        assert_eq!(early.reason, "PLAN_STATE_TRANSITION_REFUSED");
        assert!(early.message.contains("approve"), "says what is possible: {}", early.message);
        assert_eq!(now(&world, &draft).await, draft, "refusals change nothing");

        let approved = answer(world.plans().approve_plan_version(ada().ask(change(&draft, "a4"))).await).expect("yes");
        assert_eq!((approved.state(), approved.approver.as_str()), (PlanVersionState::Approved, "ada"));
        assert_eq!(approved.etag, "r2");
        assert_eq!(reason(world.plans().activate_plan_version(ada().ask(change(&draft, "a5"))).await), "ETAG_MISMATCH");
        let active = answer(world.plans().activate_plan_version(fang().ask(change(&approved, "a6"))).await);
        let active = active.expect("the author may activate what another has approved");
        assert_eq!((active.state(), active.etag.as_str()), (PlanVersionState::Active, "r3"));
        let mut retire = change(&active, "a7");
        retire.reason = "replaced by hand".to_owned();
        let retired = answer(world.plans().retire_plan_version(ada().ask(retire)).await).expect("retired");
        assert_eq!(retired.state(), PlanVersionState::Retired);
        let again = world.plans().activate_plan_version(ada().ask(change(&retired, "a8"))).await;
        assert_eq!(reason(again), "PLAN_STATE_TRANSITION_REFUSED");
        assert_eq!(retired.spec_digest, draft.spec_digest, "what it says never changes");

        let events = world.published(mei().tenant(), "PlanVersionChanged", 4).await;
        let told: Vec<_> = events
            .iter()
            .map(|e| PlanVersionChanged::decode(e.data.as_slice()).expect("the event"))
            .map(|c| (c.plan_version.expect("a version").etag, c.reason))
            .collect();
        let etag = |n: &str, why: &str| (n.to_owned(), why.to_owned());
        assert_eq!(told, [etag("r1", ""), etag("r2", ""), etag("r3", ""), etag("r4", "replaced by hand")]);
    }
}

#[tokio::test]
async fn validate_only_checks_everything_and_changes_nothing() {
    for world in worlds().await {
        world.programme(&fang(), "dealers", &["commission"]).await;
        let only = |r: ChangePlanVersionStateRequest| ChangePlanVersionStateRequest { validate_only: true, ..r };
        let first = world.active((&mei(), &fang()), "standard", ("dealers", "commission"), flat("0.10")).await;
        let draft = world.draft(&mei(), "standard", ("dealers", "commission"), flat("0.20")).await;

        let tried = answer(world.plans().approve_plan_version(fang().ask(only(change(&draft, "v1")))).await);
        assert_eq!(tried.expect("would do").state(), PlanVersionState::Approved);
        assert_eq!(now(&world, &draft).await, draft);
        let own = world.plans().approve_plan_version(fang().ask(only(change(&first, "v2")))).await;
        assert_eq!(reason(own), "PLAN_STATE_TRANSITION_REFUSED");

        // The request id of a trial is free for the act.
        let approved = answer(world.plans().approve_plan_version(fang().ask(change(&draft, "v1"))).await).expect("yes");
        let tried = answer(world.plans().activate_plan_version(fang().ask(only(change(&approved, "v3")))).await);
        assert_eq!(tried.expect("would do").state(), PlanVersionState::Active);
        assert_eq!(now(&world, &approved).await, approved);
        assert_eq!(now(&world, &first).await, first, "the version it would retire still pays");
        let tried = answer(world.plans().retire_plan_version(fang().ask(only(change(&first, "v4")))).await);
        assert_eq!(tried.expect("would do").state(), PlanVersionState::Retired);
        assert_eq!(now(&world, &first).await, first);
        assert_eq!(
            world.published(mei().tenant(), "PlanVersionChanged", 5).await.len(),
            5,
            "3 + 1 + 1, none of a trial"
        );
    }
}

#[tokio::test]
async fn a_plan_keeps_its_programme_and_slot_and_its_faults_come_at_once() {
    for world in worlds().await {
        world.programme(&fang(), "dealers", &["commission", "growth"]).await;
        world.draft(&mei(), "standard", ("dealers", "commission"), flat("0.10")).await;
        let request = |plan: &str, programme: &str, slot: &str, spec| CreatePlanVersionRequest {
            plan: format!("plans/{plan}"),
            programme: format!("programmes/{programme}"),
            slot: slot.to_owned(),
            spec: Some(spec),
            request_id: String::new(),
        };
        let refusals = [
            (request("standard", "dealers", "growth", flat("0.1")), "PLAN_SLOT_DIFFERS"),
            (request("other", "dealers", "bonus", flat("0.1")), "SLOT_NOT_FOUND"),
            (request("other", "agents", "commission", flat("0.1")), "PROGRAMME_NOT_FOUND"),
        ];
        for (request, expected) in refusals {
            assert_eq!(reason(world.plans().create_plan_version(mei().ask(request)).await), expected);
        }
        let wrong = plan(vec![rule("a", whole(&[("0", "0.1"), ("100", "1.5")])), rule("a", whole(&[("5", "0.1")]))]);
        let why = refused(world.plans().create_plan_version(mei().ask(request("x", "dealers", "growth", wrong))).await);
        let fields: Vec<_> = why.violations.iter().map(|v| v.field.as_str()).collect();
        let table = "whole_volume.table.tiers";
        let expected = [
            format!("spec.rules[0].{table}[1].rate"),
            "spec.rules[1].id".to_owned(),
            format!("spec.rules[1].{table}[0].from"),
        ];
        assert_eq!((why.code, fields), (Code::InvalidArgument, expected.iter().map(String::as_str).collect()));
        // Nothing of a refused plan stays: its first version is number 1.
        assert_eq!(world.draft(&mei(), "x", ("dealers", "growth"), flat("0.1")).await.name, "plans/x/versions/1");
    }
}
