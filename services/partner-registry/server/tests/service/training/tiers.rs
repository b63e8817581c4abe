//! Certified persons as a requirement of a tier (PR-07).

use tributary_core::Role;
use tributary_proto::tributary::partner::v1::{self as pb, tier_requirement::Test};

use super::{days, person};
use crate::harness::{Suite, answer, date, name, refused, suites};

fn programme(definition: &str) -> pb::TierProgramme {
    let requirement = pb::TierRequirement {
        id: "hosts".to_owned(),
        display_name: String::new(),
        test: Some(Test::CertifiedPersons(pb::CertifiedPersonsRequirement {
            certificate_definition: format!("certificateDefinitions/{definition}"),
            at_least: 2,
        })),
    };
    let tier = |id: &str, requirements| pb::ProgrammeTier { id: id.to_owned(), requirements, ..Default::default() };
    let tiers = vec![tier("basic", vec![]), tier("advanced", vec![requirement])];
    pb::TierProgramme { display_name: "Hosts".to_owned(), grace_days: 0, tiers }
}

async fn draft(suite: &Suite, definition: &str) -> super::Result<pb::TierProgrammeVersion> {
    let request =
        pb::CreateTierProgrammeVersionRequest { programme: Some(programme(definition)), ..Default::default() };
    answer(suite.programmes().create_tier_programme_version(suite.ask(request)).await)
}

async fn progress(suite: &Suite, language: pb::TierLanguage) -> pb::TierProgress {
    let request =
        pb::GetTierProgressRequest { partner: name("alpine"), language: language.into(), ..Default::default() };
    answer(suite.tiers().get_tier_progress(suite.ask(request)).await).expect("progress")
}

#[tokio::test]
async fn a_tier_asks_for_certified_persons() {
    for suite in suites().await {
        suite.school(&["alpine"]).await;
        assert_eq!(refused(draft(&suite, "none").await).0, "CERTIFICATE_DEFINITION_NOT_FOUND");
        let version = draft(&suite, "live-host").await.expect("drafted");
        assert_eq!(version.programme, Some(programme("live-host")), "read back as it was told");
        let approve = pb::ApproveTierProgrammeVersionRequest { name: version.name.clone(), ..Default::default() };
        let approve = suite.ask_as("chief", Role::ChannelManager, approve);
        answer(suite.programmes().approve_tier_programme_version(approve).await).expect("approved");
        let activate = pb::ActivateTierProgrammeVersionRequest { name: version.name, ..Default::default() };
        let activate = suite.ask_as("chief", Role::ChannelManager, activate);
        answer(suite.programmes().activate_tier_programme_version(activate).await).expect("active");
        for who in ["li", "wang"] {
            suite.person("alpine", who, person(who)).await.expect("added");
        }
        suite.passes("alpine", "li", (4, 1), (5, 15)).await;

        let told = progress(&suite, pb::TierLanguage::English).await;
        let advanced = told.standings.last().expect("advanced");
        assert_eq!((told.earned_tier.as_str(), advanced.missing.as_str()), ("basic", "1 more person with live-host"));
        let finding = &advanced.findings[0];
        assert_eq!(finding.sentence, "persons with live-host: 1 of 2, 1 more person with live-host");
        let number = |value: &Option<tributary_proto::google::r#type::Decimal>| value.clone().expect("set").value;
        let numbers = [&finding.wanted, &finding.actual, &finding.missing].map(number);
        assert_eq!(numbers, ["2", "1", "1"]);
        let chinese = progress(&suite, pb::TierLanguage::Chinese).await;
        assert_eq!(chinese.standings.last().expect("advanced").missing, "还差 1 名持有 live-host 的人员");

        suite.passes("alpine", "wang", (4, 1), (6, 15)).await;
        let evaluate = |day| {
            let request = pb::EvaluateTiersRequest { partner: name("alpine"), date: day, ..Default::default() };
            let (mut tiers, request) = (suite.tiers(), suite.ask(request));
            async move { answer(tiers.evaluate_tiers(request).await).expect("evaluated").tier_decisions }
        };
        assert_eq!(evaluate(None).await[0].tier, "advanced");
        // 138 days from 1 July on lead to 16 November: one certificate was valid through the 15th.
        suite.clock.advance(days(137));
        assert_eq!(evaluate(date(2026, 11, 15)).await[0].tier, "advanced");
        suite.clock.advance(days(1));
        assert_eq!(evaluate(date(2026, 11, 16)).await[0].tier, "basic");
    }
}
