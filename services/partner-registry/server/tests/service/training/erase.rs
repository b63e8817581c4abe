//! What says who a person is can be erased, and is nowhere left.

use tributary_proto::tributary::{common::v1::ExternalRef, partner::v1 as pb};

use super::{person, person_name};
use crate::{
    harness::{answer, date, name, refused, suites},
    own_rows::of,
};

#[tokio::test]
async fn erased_persons_keep_results_and_nothing_of_themselves() {
    for suite in suites().await {
        suite.school(&["alpine", "birch"]).await;
        let reference = ExternalRef { system: "hr".to_owned(), id: "K-77".to_owned() };
        let told = pb::Person { external_ref: Some(reference), ..person("李娜") };
        let create = pb::CreatePersonRequest {
            parent: name("alpine"),
            person: Some(told.clone()),
            person_id: "e-1042".to_owned(),
            request_id: "one".to_owned(),
        };
        let mut service = suite.certification();
        let made = answer(service.create_person(suite.ask(create.clone())).await).expect("added");
        assert_eq!(answer(service.create_person(suite.ask(create.clone())).await), Ok(made.clone()));
        let (reason, _, metadata) = refused(suite.person("alpine", "twin", told.clone()).await);
        assert_eq!((reason.as_str(), metadata["person"].as_str()), ("PERSON_EXISTS", made.name.as_str()));
        let (_, _, metadata) = refused(suite.person("birch", "twin", told.clone()).await);
        assert!(!metadata.contains_key("person"), "another partner's person is not named");
        suite.passes("alpine", "e-1042", (5, 1), (6, 1)).await;
        let find = |filter: &str| {
            let request = pb::ListPersonsRequest { parent: name("-"), filter: filter.to_owned(), ..Default::default() };
            let (mut service, request) = (suite.certification(), suite.ask(request));
            async move { answer(service.list_persons(request).await).expect("page").persons.len() }
        };
        assert_eq!(find("external_ref = \"hr:K-77\" AND display_name : \"娜\" AND role = \"LIVE HOST\"").await, 1);
        assert_eq!(find("active_from > 2026-01-01 OR active_until >= 2026-01-01").await, 0);

        let told = refused(suite.person("alpine", "e-13800138000", person("王伟")).await);
        assert_eq!(told.1, ["person_id"], "a phone number as an id could not be erased");
        let erase =
            || pb::ErasePersonRequest { name: made.name.clone(), reason: "asked for".to_owned(), ..Default::default() };
        let erased = answer(service.erase_person(of(&["alpine"], erase())).await).expect("erased");
        assert!(erased.erased && erased.display_name.is_empty() && erased.email.is_empty() && erased.role.is_empty());
        assert_eq!((erased.external_ref.clone(), erased.active_until), (None, date(2026, 7, 1)));
        assert_eq!(answer(service.erase_person(suite.ask(erase())).await), Ok(erased.clone()), "once");
        assert_eq!(find("external_ref = \"hr:K-77\" OR display_name : \"娜\"").await, 0);
        // Neither the history, nor events, nor the answer that is remembered for a repeat.
        let history = pb::ListTrainingRevisionsRequest { name: made.name.clone(), ..Default::default() };
        let history = answer(service.list_training_revisions(suite.ask(history)).await).expect("there");
        assert_eq!(history.revisions.iter().map(|r| r.action.as_str()).collect::<Vec<_>>(), ["ERASED", "CREATED"]);
        let repeated = answer(service.create_person(suite.ask(create)).await).expect("remembered");
        assert_eq!((repeated.name.as_str(), repeated.revision), (made.name.as_str(), 1));
        let told = [format!("{history:?}"), format!("{repeated:?}")].join(" ");
        let events = suite.events_of(&made.name, 2).await;
        let data: Vec<u8> = events.iter().flat_map(|event| event.data.clone()).collect();
        for secret in ["李娜", "li@example.com", "live host", "K-77"] {
            assert!(!told.contains(secret), "{secret} is left in {told}");
            assert!(!data.windows(secret.len()).any(|part| part == secret.as_bytes()), "{secret} is in events");
        }
        assert_eq!(suite.certificates("alpine", "person = \"e-1042\"").await.expect("page").len(), 1, "by its id");
        let check = suite.may("alpine", "e-1042", date(2026, 7, 2)).await;
        assert_eq!(check.missing, ["partners/alpine/persons/e-1042 does not work for the partner on 2026-07-02"]);
        let update = pb::UpdatePersonRequest {
            person: Some(pb::Person { name: made.name.clone(), ..person("again") }),
            ..Default::default()
        };
        assert_eq!(refused(answer(service.update_person(suite.ask(update)).await)).0, "PERSON_ERASED");
    }
}

#[tokio::test]
async fn partners_keep_their_own_people_and_record_no_results() {
    for suite in suites().await {
        suite.school(&["a", "b"]).await;
        suite.person("b", "theirs", person("theirs")).await.expect("added");
        let mut service = suite.certification();
        let create = |partner: &str| pb::CreatePersonRequest {
            parent: name(partner),
            person: Some(person("own")),
            person_id: "own".to_owned(),
            ..Default::default()
        };
        let made = answer(service.create_person(of(&["a"], create("a"))).await).expect("its own");
        assert_eq!(made.name, person_name("a", "own"));
        assert_eq!(refused(answer(service.create_person(of(&["a"], create("b"))).await)).0, "OUTSIDE_SCOPE");
        for other in [person_name("b", "theirs"), person_name("b", "none")] {
            let get = pb::GetPersonRequest { name: other };
            assert_eq!(refused(answer(service.get_person(of(&["a"], get)).await)).0, "OUTSIDE_SCOPE");
        }
        let record = pb::RecordExamResultRequest {
            parent: name("a"),
            exam_result: Some(super::result("a", "own", "online", "100", date(2026, 6, 1))),
            ..Default::default()
        };
        let recorded = answer(service.record_exam_result(of(&["a"], record.clone())).await);
        assert_eq!(refused(recorded).0, "PERMISSION_DENIED");
        let kept = answer(service.record_exam_result(suite.ask_admin(record)).await).expect("recorded");
        let get = || pb::GetExamResultRequest { name: kept.name.clone() };
        let seen = answer(service.get_exam_result(of(&["a"], get())).await).expect("its own");
        assert_eq!(seen, pb::ExamResult { maker: String::new(), ..kept.clone() });
        assert_eq!(kept.maker, "admin");
        let all = pb::ListExamResultsRequest { parent: name("-"), ..Default::default() };
        assert_eq!(refused(answer(service.list_exam_results(of(&["a"], all)).await)).0, "OUTSIDE_SCOPE");
    }
}
