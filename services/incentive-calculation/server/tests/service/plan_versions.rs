//! Versions beside each other: each pays its own period; what overlaps is replaced; two plans never fit one partner
//! equally well.

use tonic::Code;
use tributary_proto::tributary::incentive::v1::{
    ChangePlanVersionStateRequest, ListPlanVersionsRequest, PlanVersion, PlanVersionState, assignment::Target,
};

use crate::support::{
    World, answer, bounded, change, fang, final_run, flat, mei, paying, reason, refused, sale, totals, worlds,
};

const PLACE: (&str, &str) = ("dealers", "commission");

async fn states(world: &World) -> Vec<(String, PlanVersionState)> {
    let request = ListPlanVersionsRequest { plan: "plans/-".to_owned(), ..Default::default() };
    let listed = answer(world.plans().list_plan_versions(mei().ask(request)).await).expect("versions");
    listed.plan_versions.iter().map(|v| (v.name.clone(), v.state())).collect()
}

async fn paid(world: &World, period: &str, request_id: &str) -> (Vec<String>, Vec<String>) {
    let run = world.run(&fang(), final_run("dealers", period, request_id)).await;
    let statements = world.statements(&fang(), &run).await;
    (run.plan_versions, totals(&statements))
}

#[tokio::test]
async fn versions_with_disjoint_bounds_stay_active_and_each_pays_its_own_period() {
    use PlanVersionState::{Active, Retired};
    for world in worlds().await {
        world.dealers(&mei(), &["anqing"]).await;
        let facts =
            vec![sale("F-1", "anqing", "2012-05-10", "1000.00"), sale("F-2", "anqing", "2012-08-10", "1000.00")];
        world.record(&mei(), facts).await;
        world.programme(&fang(), "dealers", &["commission"]).await;
        let callers = (&mei(), &fang());
        let version = |n: i64| format!("plans/standard/versions/{n}");
        world.active(callers, "standard", PLACE, bounded(flat("0.10"), "2012-01-01", "2012-07-01")).await;
        world.active(callers, "standard", PLACE, bounded(flat("0.20"), "2012-07-01", "2013-01-01")).await;
        assert_eq!(states(&world).await, [(version(1), Active), (version(2), Active)]);
        assert_eq!(paid(&world, "2012-Q2", "q2").await, (vec![version(1)], vec!["anqing CNY 100.00".to_owned()]));
        assert_eq!(paid(&world, "2012-Q3", "q3").await, (vec![version(2)], vec!["anqing CNY 200.00".to_owned()]));

        // One that shares days with the second retires it and leaves the first.
        world.active(callers, "standard", PLACE, bounded(flat("0.30"), "2012-10-01", "")).await;
        world.active(callers, "standard", PLACE, bounded(flat("0.40"), "2012-07-01", "2012-10-01")).await;
        assert_eq!(
            states(&world).await,
            [(version(1), Active), (version(2), Retired), (version(3), Active), (version(4), Active)]
        );
        assert_eq!(paid(&world, "2012-Q2", "q2 again").await.1, ["anqing CNY 100.00"]);
        assert_eq!(paid(&world, "2012-Q3", "q3 again").await.1, ["anqing CNY 400.00"]);
        let (versions, none) = paid(&world, "2012-Q4", "q4").await;
        assert_eq!((versions, none.len()), (vec![version(3)], 0), "no fact, no statement");

        // The year lies in none of them.
        let why = refused(world.runs().calculate(fang().ask(final_run("dealers", "2012", "year"))).await);
        assert_eq!((why.code, why.reason.as_str()), (Code::FailedPrecondition, "NO_ACTIVE_PLAN"));
    }
}

#[tokio::test]
async fn two_plans_that_could_fit_one_partner_equally_well_are_refused_at_activation() {
    for world in worlds().await {
        world.programme(&fang(), "dealers", &["commission", "growth"]).await;
        let callers = (&mei(), &fang());
        let gold = |priority| paying(flat("0.10"), Target::Tier("gold".to_owned()), priority);
        world.active(callers, "one", PLACE, gold(0)).await;

        let rival = world.approved(callers, "two", PLACE, gold(0)).await;
        let activate = async |version: &PlanVersion, id: &str, validate_only| {
            let request = ChangePlanVersionStateRequest { validate_only, ..change(version, id) };
            world.plans().activate_plan_version(fang().ask(request)).await
        };
        assert_eq!(reason(activate(&rival, "u1", true).await), "ASSIGNMENT_UNDECIDED");
        let why = refused(activate(&rival, "u1", false).await);
        assert_eq!((why.code, why.reason.as_str()), (Code::FailedPrecondition, "ASSIGNMENT_UNDECIDED"));
        assert_eq!(why.metadata.get("other_plan_version").map(String::as_str), Some("plans/one/versions/1"));
        assert!(why.message.matches("tier gold").count() == 2, "names both assignments: {}", why.message);

        // Decided by priority, by another target, by bounds or by another slot.
        let label = |text: &str| paying(flat("0.1"), Target::Label(text.to_owned()), 0);
        world.active(callers, "three", PLACE, gold(1)).await;
        world.active(callers, "four", PLACE, paying(flat("0.1"), Target::Tier("silver".to_owned()), 0)).await;
        world.active(callers, "five", ("dealers", "growth"), gold(0)).await;
        world.active(callers, "six", PLACE, bounded(label("segment=road"), "", "2012-07-01")).await;
        world.active(callers, "seven", PLACE, bounded(label("channel=web"), "2012-07-01", "")).await;
        let both = world.approved(callers, "eight", PLACE, label("channel=web")).await;
        let why = refused(activate(&both, "u2", false).await);
        assert_eq!(why.reason, "ASSIGNMENT_UNDECIDED", "two labels may be on one partner");
        // Once the other has retired, it may.
        for name in ["six", "seven"] {
            let request = ChangePlanVersionStateRequest {
                name: format!("plans/{name}/versions/1"),
                etag: "r3".to_owned(),
                request_id: format!("retire {name}"),
                ..Default::default()
            };
            answer(world.plans().retire_plan_version(fang().ask(request)).await).expect("retired");
        }
        assert_eq!(answer(activate(&both, "u2", false).await).expect("active").state(), PlanVersionState::Active);
    }
}
