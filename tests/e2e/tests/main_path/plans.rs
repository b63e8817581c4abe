//! Plans: what is refused, all at once; maker and checker; a final run takes what was approved.

use anyhow::{Context as _, ensure};
use e2e_tests::{
    Place,
    calls::{calculate, explained, key_of, preview, refusal, statements},
    exact::{decimal, of_money},
    fixtures::{commission_table, create_partner, day, marginal, number, plan, record_new, rule, sale, table},
    on_every_place, on_every_store,
};
use tonic::Code;
use tributary::cli::PlanClient;
use tributary_proto::tributary::{
    common::v1::Role,
    incentive::v1::{
        CalculateRequest, ChangePlanVersionStateRequest, CreatePlanVersionRequest, CreateProgrammeRequest, ExampleFact,
        ExampleLine, PlanExample, PlanSpec, PlanVersion, PlanVersionState, Programme, RunMode, Slot,
        ValidatePlanRequest, calculate_request::Subject, plan_service_client::PlanServiceClient,
    },
};
use tributary_rpc::status::Described;

const PROGRAMME: &str = "programmes/dealers";

/// A plan that is wrong in one way, the field that must be named (its beginning) and a word of the description.
fn bad_plans() -> Vec<(&'static str, PlanSpec, &'static str, &'static str)> {
    let with = |change: &dyn Fn(&mut PlanSpec)| {
        let mut spec = PlanSpec { rules: vec![rule("marginal", marginal(commission_table()))], ..PlanSpec::default() };
        change(&mut spec);
        spec
    };
    let tiers = |tiers: &[(&str, &str)]| with(&|s| s.rules = vec![rule("marginal", marginal(table(tiers)))]);
    let upper = |to: &str| {
        let mut table = commission_table();
        for tier in table.tiers.iter_mut().take(1) {
            tier.to = number(to);
        }
        with(&|s| s.rules = vec![rule("marginal", marginal(table.clone()))])
    };
    let example = PlanExample {
        title: "wrong by a cent".to_owned(),
        period: "2031-Q2".to_owned(),
        facts: vec![ExampleFact { occurred_on: Some(day(2031, 4, 1)), net: number("100"), ..ExampleFact::default() }],
        // 100 × 15 % is 15.00.
        expect: vec![ExampleLine { rule: "marginal".to_owned(), amount: number("15.01"), ..ExampleLine::default() }],
        ..PlanExample::default()
    };
    let field = |n: i32| {
        with(&|s| {
            for measure in s.rules.iter_mut().filter_map(|r| r.measure.as_mut()) {
                measure.field = n;
            }
        })
    };
    vec![
        ("a gap", upper("900000"), "spec.rules[0].marginal.table.tiers", "900000"),
        ("an overlap", upper("1100000"), "spec.rules[0].marginal.table.tiers", "1100000"),
        (
            "edges that fall",
            tiers(&[("0", "0.1"), ("500", "0.2"), ("400", "0.3")]),
            "spec.rules[0].marginal.table",
            "400",
        ),
        ("a first edge above 0", tiers(&[("10", "0.1")]), "spec.rules[0].marginal.table.tiers[0]", "10"),
        ("an unknown measure", field(99), "spec.rules[0].measure.field", ""),
        ("no measure field", field(0), "spec.rules[0].measure.field", ""),
        ("a rate above 1", tiers(&[("0", "1.5")]), "spec.rules[0].marginal.table.tiers[0].rate", "1.5"),
        ("a rate below 0", tiers(&[("0", "-0.1")]), "spec.rules[0].marginal.table.tiers[0].rate", "-0.1"),
        ("a rate that is no number", tiers(&[("0", "15 %")]), "spec.rules[0].marginal.table.tiers[0].rate", "15 %"),
        (
            "no policy below zero",
            with(&|s| s.rules.iter_mut().for_each(|r| r.negative_measure = 0)),
            "spec.rules[0].negative_measure",
            "",
        ),
        ("a rule twice", with(&|s| s.rules.extend(s.rules.clone())), "spec.rules[1].id", "marginal"),
        ("no rules", with(&|s| s.rules.clear()), "spec.rules", ""),
        ("an example that fails", with(&|s| s.examples.push(example.clone())), "spec.examples[0]", "15.01"),
    ]
}

fn check(said: &Described, field: &str, names: &str) -> anyhow::Result<()> {
    ensure!(said.code == Code::InvalidArgument, "{said:?}");
    let violation = said.violations.iter().find(|v| v.field.starts_with(field));
    let violation = violation.with_context(|| format!("no violation of {field}: {said:?}"))?;
    ensure!(violation.description.contains(names), "does not name '{names}': {violation:?}");
    Ok(())
}

#[tokio::test]
async fn each_bad_plan_is_refused_with_its_path_and_its_value() -> anyhow::Result<()> {
    on_every_store(async |place| {
        create_programme(place).await?;
        let mut wrong = Vec::new();
        for (what, spec, field, names) in bad_plans() {
            let validate = ValidatePlanRequest { spec: Some(spec.clone()) };
            let validated = refusal(place.gateway.plans().validate_plan(validate).await);
            let created = refusal(place.gateway.plans().create_plan_version(version_request(spec, what)).await);
            for said in [validated, created] {
                let checked = said.and_then(|said| check(&said, field, names));
                wrong.extend(checked.err().map(|e| format!("{what}: {e:#}")));
            }
        }
        ensure!(wrong.is_empty(), "{wrong:#?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn every_violation_of_a_plan_comes_at_once() -> anyhow::Result<()> {
    on_every_store(async |place| {
        let mut first = rule("first", marginal(table(&[("0", "1.5"), ("500", "0.2"), ("400", "-0.1")])));
        first.negative_measure = 0;
        let second = rule("first", marginal(table(&[("7", "0.1")])));
        let spec = PlanSpec { rules: vec![first, second], ..PlanSpec::default() };
        let said = refusal(place.gateway.plans().validate_plan(ValidatePlanRequest { spec: Some(spec) }).await)?;
        for field in [
            "spec.rules[0].negative_measure",
            "spec.rules[0].marginal.table.tiers[0].rate",
            "spec.rules[0].marginal.table.tiers[2]",
            "spec.rules[1].id",
            "spec.rules[1].marginal.table.tiers[0]",
        ] {
            ensure!(said.violations.iter().any(|v| v.field.starts_with(field)), "no {field}: {said:?}");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_run_that_cannot_be_is_refused_at_once() -> anyhow::Result<()> {
    on_every_store(async |place| {
        create_programme(place).await?;
        let of = |subject: Subject, period: &str, mode: RunMode| CalculateRequest {
            subject: Some(subject),
            period: period.to_owned(),
            mode: mode.into(),
            request_id: format!("run-{period}"),
        };
        let programme = |name: &str| Subject::Programme(name.to_owned());
        for (request, code, reason) in [
            (of(Subject::Plan(plan()), "2031-Q5", RunMode::Preview), Code::InvalidArgument, "INVALID_REQUEST"),
            (of(Subject::Plan(plan()), "2031-Q2", RunMode::Final), Code::InvalidArgument, "INVALID_REQUEST"),
            (of(programme("programmes/none"), "2031-Q2", RunMode::Preview), Code::NotFound, "PROGRAMME_NOT_FOUND"),
            (of(programme(PROGRAMME), "2031-Q2", RunMode::Final), Code::FailedPrecondition, "NO_ACTIVE_PLAN"),
        ] {
            let said = refusal(place.gateway.runs().calculate(request.clone()).await)?;
            ensure!(said.code == code && said.reason == reason, "{request:?}: {said:?}");
        }
        Ok(())
    })
    .await
}

/// Author and approver are two; the final run then pays what the preview showed.
#[tokio::test]
async fn what_a_second_person_approved_is_paid() -> anyhow::Result<()> {
    on_every_place(async |place| {
        create_programme(place).await?;
        create_partner(place, "dealer").await?;
        record_new(place, vec![sale("dealer", "1", day(2031, 5, 1), "1600000")?]).await?;
        let spec = PlanSpec { rules: vec![rule("marginal", marginal(commission_table()))], ..PlanSpec::default() };
        let previewed = preview(&place.gateway, &spec, "2031-Q2").await?;

        let mut author = place.gateway.plans();
        let request = version_request(spec, "first");
        let draft = author.create_plan_version(request.clone()).await.map_err(explained)?.into_inner();
        ensure!(draft.name == "plans/commission/versions/1" && draft.state() == PlanVersionState::Draft, "{draft:?}");
        let again = author.create_plan_version(request).await.map_err(explained)?.into_inner();
        ensure!(again == draft, "the same request gave {again:?}");

        let said = refusal(author.approve_plan_version(change(&draft, "by the author")).await)?;
        ensure!(said.code == Code::FailedPrecondition && said.reason == "MAKER_IS_CHECKER", "{said:?}");
        let stale = ChangePlanVersionStateRequest { etag: "stale".to_owned(), ..change(&draft, "stale") };
        let mut checker = second_person(place).await?;
        let said = refusal(checker.approve_plan_version(stale).await)?;
        ensure!(said.code == Code::Aborted && said.reason == "ETAG_MISMATCH", "{said:?}");

        let approved =
            checker.approve_plan_version(change(&draft, "looks right")).await.map_err(explained)?.into_inner();
        ensure!(approved.state() == PlanVersionState::Approved && approved.approver == "checker", "{approved:?}");
        let active = checker.activate_plan_version(change(&approved, "go")).await.map_err(explained)?.into_inner();
        ensure!(active.state() == PlanVersionState::Active, "{active:?}");

        let request = CalculateRequest {
            subject: Some(Subject::Programme(PROGRAMME.to_owned())),
            period: "2031-Q2".to_owned(),
            mode: RunMode::Final.into(),
            request_id: "final-2031-q2".to_owned(),
        };
        let run = calculate(&place.gateway, request.clone()).await?;
        ensure!(run.mode() == RunMode::Final && run.plan_versions == [active.name], "{run:?}");
        let again = calculate(&place.gateway, request).await?;
        ensure!(again.name == run.name, "the same request made {} beside {}", again.name, run.name);

        // 150,000 + 600,000 × 20 %.
        for name in [&previewed.name, &run.name] {
            let all = statements(&place.gateway, name).await?;
            let [statement] = all.as_slice() else { anyhow::bail!("{} statements", all.len()) };
            ensure!(of_money(statement.total.as_ref())? == decimal("270000")?, "{statement:?}");
        }
        Ok(())
    })
    .await
}

async fn create_programme(place: &Place) -> anyhow::Result<()> {
    let slots = vec![Slot { id: "sales-commission".to_owned(), title: "Commission".to_owned() }];
    let request = CreateProgrammeRequest {
        programme: Some(Programme { display_name: "Dealers".to_owned(), slots, ..Programme::default() }),
        programme_id: "dealers".to_owned(),
        request_id: "programme".to_owned(),
    };
    let made = place.gateway.plans().create_programme(request).await.map_err(explained)?.into_inner();
    ensure!(made.name == PROGRAMME, "{made:?}");
    Ok(())
}

fn version_request(spec: PlanSpec, request_id: &str) -> CreatePlanVersionRequest {
    CreatePlanVersionRequest {
        plan: "plans/commission".to_owned(),
        programme: PROGRAMME.to_owned(),
        slot: "sales-commission".to_owned(),
        spec: Some(spec),
        request_id: request_id.to_owned(),
    }
}

fn change(version: &PlanVersion, reason: &str) -> ChangePlanVersionStateRequest {
    ChangePlanVersionStateRequest {
        name: version.name.clone(),
        etag: version.etag.clone(),
        reason: reason.to_owned(),
        request_id: format!("{reason}: {}", version.etag),
        validate_only: false,
    }
}

/// A key of another subject, and the plan service as that subject sees it.
async fn second_person(place: &Place) -> anyhow::Result<PlanClient> {
    let key = key_of(&place.gateway, "checker", &[Role::Finance]).await?;
    Ok(PlanServiceClient::new(place.gateway.keyed(&key)?))
}
