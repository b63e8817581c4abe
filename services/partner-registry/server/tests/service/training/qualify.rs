//! What partners hold, because enough of their people do.

use tributary_proto::{google::r#type::Date, tributary::partner::v1 as pb};

use super::{definition, person, person_name};
use crate::{
    harness::{Suite, answer, date, name, refused, suites},
    own_rows::of,
};

fn asked(partner: &str, minimum_persons: i32, day: Option<Date>) -> pb::CheckQualificationRequest {
    pb::CheckQualificationRequest {
        partner: name(partner),
        certificate_definition: "certificateDefinitions/live-host".to_owned(),
        minimum_persons,
        date: day,
    }
}

async fn check(suite: &Suite, partner: &str, minimum: i32, day: Option<Date>) -> pb::Qualification {
    answer(suite.certification().check_qualification(suite.ask(asked(partner, minimum, day))).await).expect("there")
}

#[tokio::test]
async fn a_partner_holds_what_enough_of_its_people_hold() {
    for suite in suites().await {
        suite.school(&["alpine", "birch", "cedar"]).await;
        suite.definition("other", definition(0, &["online"])).await.expect("created");
        for (partner, who) in [("alpine", "li"), ("alpine", "wang"), ("birch", "zhao")] {
            suite.person(partner, who, person(who)).await.expect("added");
        }
        suite.passes("alpine", "li", (4, 1), (5, 15)).await;
        suite.passes("alpine", "wang", (4, 1), (6, 15)).await;
        suite.passes("birch", "zhao", (4, 1), (6, 20)).await;
        // li through 15 November, wang through 15 December.
        let two = check(&suite, "alpine", 2, None).await;
        assert_eq!((two.held, two.holder_count, two.held_until), (true, 2, date(2026, 11, 16)));
        assert_eq!(two.holders, [person_name("alpine", "li"), person_name("alpine", "wang")]);
        let one = check(&suite, "alpine", 0, None).await;
        assert_eq!((one.minimum_persons, one.held_until, one.missing.as_str()), (1, date(2026, 12, 16), ""));
        let before = check(&suite, "alpine", 2, date(2026, 6, 14)).await;
        assert_eq!(
            (before.held, before.held_until, before.missing.as_str()),
            (false, None, "1 more person with live-host")
        );
        let left = pb::UpdatePersonRequest {
            person: Some(pb::Person {
                name: person_name("alpine", "wang"),
                active_until: date(2026, 7, 31),
                ..Default::default()
            }),
            reason: "leaves".to_owned(),
            ..Default::default()
        };
        answer(suite.certification().update_person(suite.ask(left)).await).expect("changed");
        assert_eq!(check(&suite, "alpine", 2, None).await.held_until, date(2026, 8, 1));

        let list = |parent: &str, definition: &str, page_size, page_token: &str| pb::ListQualificationsRequest {
            parent: name(parent),
            certificate_definition: definition.to_owned(),
            page_size,
            page_token: page_token.to_owned(),
            ..Default::default()
        };
        let mut service = suite.certification();
        let page =
            answer(service.list_qualifications(suite.ask(list("-", "certificateDefinitions/live-host", 2, ""))).await);
        let page = page.expect("page");
        let told = |page: &pb::ListQualificationsResponse| {
            let one = |q: &pb::Qualification| (q.partner.clone(), q.certificate_definition.clone(), q.holder_count);
            page.qualifications.iter().map(one).collect::<Vec<_>>()
        };
        let row = |partner: &str, own: &str, count| (name(partner), format!("certificateDefinitions/{own}"), count);
        assert_eq!(told(&page), [row("alpine", "live-host", 2), row("birch", "live-host", 1)]);
        let next = list("-", "certificateDefinitions/live-host", 2, &page.next_page_token);
        let next = answer(service.list_qualifications(suite.ask(next)).await).expect("page");
        assert_eq!((told(&next), next.next_page_token.as_str()), (vec![row("cedar", "live-host", 0)], ""));
        let own = answer(service.list_qualifications(of(&["birch"], list("birch", "", 0, ""))).await).expect("its own");
        assert_eq!(told(&own), [row("birch", "live-host", 1), row("birch", "other", 1)]);
        let theirs = answer(service.check_qualification(of(&["birch"], asked("alpine", 1, None))).await);
        assert_eq!(refused(theirs).0, "OUTSIDE_SCOPE");
        assert_eq!(
            refused(answer(service.check_qualification(suite.ask(asked("none", 1, None))).await)).0,
            "PARTNER_NOT_FOUND"
        );
        let none = pb::CheckQualificationRequest {
            certificate_definition: "certificateDefinitions/none".to_owned(),
            ..asked("alpine", 1, None)
        };
        let none = answer(service.check_qualification(suite.ask(none)).await);
        assert_eq!(refused(none).0, "CERTIFICATE_DEFINITION_NOT_FOUND");
    }
}
