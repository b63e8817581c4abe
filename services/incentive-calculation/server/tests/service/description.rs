//! Plans in sentences through the service: of a version, of a draft in the request, and what changed between them.

use tonic::Code;
use tributary_proto::tributary::incentive::v1::{
    DescribePlanRequest, DiffPlanVersionsRequest, Language, PlanChangeKind, PlanSource, plan_source::Source,
};

use crate::support::{answer, fang, flat, marginal, mei, plan, refused, rule, worlds};

fn version(name: &str) -> Option<PlanSource> {
    Some(PlanSource { source: Some(Source::Name(name.to_owned())) })
}

#[tokio::test]
async fn a_version_is_said_in_both_languages_with_its_chart() {
    for world in worlds().await {
        world.programme(&fang(), "dealers", &["commission"]).await;
        let draft = world.draft(&mei(), "standard", ("dealers", "commission"), flat("0.15")).await;
        for (language, wanted) in [(Language::En, "15 % on the part above 0"), (Language::Zh, "0 以上部分按 15%")]
        {
            let request = DescribePlanRequest { plan: version(&draft.name), language: language.into() };
            let said = answer(world.plans().describe_plan(mei().ask(request)).await).expect("a description");
            assert_eq!((said.title.as_str(), said.spec_digest.as_str()), ("A plan", draft.spec_digest.as_str()));
            let rebate = said.rules.first().expect("the rule");
            assert_eq!((rebate.rule.as_str(), rebate.title.as_str()), ("rebate", "Rule rebate"));
            let reward = rebate.sentences.iter().find(|s| s.path == "rules[0].marginal").expect("the reward");
            assert!(reward.text.contains(wanted), "{}", reward.text);
            assert!(rebate.charts.iter().any(|c| c.path == "rules[0].marginal" && c.svg.starts_with("<svg ")));
        }
    }
}

#[tokio::test]
async fn what_changed_is_said_with_path_and_values() {
    for world in worlds().await {
        world.programme(&fang(), "dealers", &["commission"]).await;
        let before = world
            .draft(
                &mei(),
                "standard",
                ("dealers", "commission"),
                plan(vec![rule("rebate", marginal(&[("0", "0.15"), ("1000000", "0.20")]))]),
            )
            .await;
        let spec = plan(vec![rule("rebate", marginal(&[("0", "0.15"), ("1000000", "0.18")]))]);
        let request = DiffPlanVersionsRequest {
            before: version(&before.name),
            after: Some(PlanSource { source: Some(Source::Spec(spec)) }),
            language: Language::Unspecified.into(),
        };
        let diff = answer(world.plans().diff_plan_versions(mei().ask(request)).await).expect("a diff");
        let [change] = diff.changes.as_slice() else { panic!("one change: {diff:?}") };
        assert_eq!(change.kind(), PlanChangeKind::Changed);
        assert_eq!(change.path, "rules[rebate].marginal.table.tiers[1000000].rate");
        assert_eq!((change.before.as_str(), change.after.as_str()), ("0.2", "0.18"));
        assert_eq!(change.sentence, "Rule “rebate”: the rate of the tier from 1,000,000 changed from 20 % to 18 %.");
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_named_and_what_is_not_there() {
    for world in worlds().await {
        let request = DescribePlanRequest { plan: version("plans/none/versions/1"), language: 0 };
        let why = refused(world.plans().describe_plan(mei().ask(request)).await);
        assert_eq!((why.code, why.reason.as_str()), (Code::NotFound, "PLAN_VERSION_NOT_FOUND"));

        let mut spec = plan(vec![rule("rebate", marginal(&[("0", "0.15"), ("1,000", "0.18")]))]);
        spec.rules.iter_mut().for_each(|rule| rule.negative_measure = 0);
        spec.rules.push(rule("BAD", marginal(&[("0", "x")])));

        let request = DescribePlanRequest { plan: Some(PlanSource { source: Some(Source::Spec(spec)) }), language: 0 };
        let why = refused(world.plans().describe_plan(mei().ask(request)).await);
        assert_eq!(why.code, Code::InvalidArgument);
        let mut fields: Vec<&str> = why.violations.iter().map(|v| v.field.as_str()).collect();
        fields.sort_unstable();
        assert_eq!(
            fields,
            [
                "plan.spec.rules[0].marginal.table.tiers[1].from",
                "plan.spec.rules[0].negative_measure",
                "plan.spec.rules[1].id",
                "plan.spec.rules[1].marginal.table.tiers[0].rate",
            ]
        );
    }
}
