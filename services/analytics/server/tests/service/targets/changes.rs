//! Setting, changing and removing targets.

use prost::Message as _;
use tonic::Code;
use tributary_core::Role;
use tributary_proto::tributary::analytics::v1::{
    CreateTargetRequest, DeleteTargetRequest, GetTargetRequest, ListTargetsRequest, Target, TargetChanged,
    UpdateTargetRequest,
};
use tributary_rpc::status::Described;

use super::support::{World, call, decimal, gmv, said, worlds};
use crate::support::by;

fn fields(refused: &Described) -> Vec<&str> {
    refused.violations.iter().map(|v| v.field.as_str()).collect()
}

async fn update(world: &World, target: Target, paths: &[&str]) -> Result<Target, Described> {
    let update_mask = (!paths.is_empty())
        .then(|| prost_types::FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() });
    let request = UpdateTargetRequest { target: Some(target), update_mask, request_id: String::new() };
    said(world.client.clone().update_target(call(request)).await)
}

async fn get(world: &World, tenant: &str, id: &str) -> Result<Target, Described> {
    let request = GetTargetRequest { name: format!("targets/{id}") };
    said(world.client.clone().get_target(by(Role::Auditor, tenant, request)).await)
}

#[tokio::test]
async fn a_target_is_set_once_with_everything_it_says() {
    for world in worlds().await {
        let stated = Target {
            title: "GMV online 2012".to_owned(),
            filter: r#"channel = ONLINE AND region:"CN""#.to_owned(),
            tolerance: decimal("0.1"),
            owner: "ann".to_owned(),
            ..gmv("2012-Q3", "1200000.50")
        };
        let set = world.create("gmv-online", stated.clone()).await.expect("set");
        let expected = Target {
            name: "targets/gmv-online".to_owned(),
            value: decimal("1200000.5"),
            create_time: set.create_time,
            update_time: set.create_time,
            etag: "r1".to_owned(),
            ..stated.clone()
        };
        assert_eq!(set, expected);
        // The clock stands at 2012-07-01T00:00:00Z.
        assert_eq!(set.create_time.map(|time| time.seconds), Some(1_341_100_800));
        assert_eq!(get(&world, "default", "gmv-online").await.expect("there"), expected);
        assert_eq!(&*get(&world, "other", "gmv-online").await.expect_err("another tenant").reason, "TARGET_NOT_FOUND");
        let taken = world.create("gmv-online", stated.clone()).await.expect_err("taken");
        assert_eq!((taken.code, &*taken.reason), (Code::AlreadyExists, "TARGET_EXISTS"));
        // Without an id it gets one, without a tolerance five per cent.
        let unnamed = world.create("", gmv("2012", "1")).await.expect("set");
        assert!(unnamed.name.starts_with("targets/t"), "{}", unnamed.name);
        assert_eq!(unnamed.tolerance, decimal("0.05"));
    }
}

#[tokio::test]
async fn a_repeated_request_sets_one_target() {
    for world in worlds().await {
        let create = async |value: &str| {
            let request = CreateTargetRequest {
                target: Some(gmv("2012", value)),
                target_id: String::new(),
                request_id: "once".to_owned(),
            };
            said(world.client.clone().create_target(call(request)).await)
        };
        let first = create("1").await.expect("set");
        assert_eq!(create("1").await.expect("again"), first);
        assert_eq!(&*create("2").await.expect_err("another body").reason, "REQUEST_ID_REUSED");
        let remove =
            || DeleteTargetRequest { name: first.name.clone(), etag: String::new(), request_id: "gone".to_owned() };
        for _ in 0..2 {
            said(world.client.clone().delete_target(call(remove())).await).expect("removed, and told so again");
        }
        let list = said(world.client.clone().list_targets(call(ListTargetsRequest::default())).await).expect("listed");
        assert_eq!(list.targets, []);
    }
}

#[tokio::test]
async fn everything_that_is_wrong_is_told_at_once() {
    for world in worlds().await {
        let wrong = Target {
            metric: "gnv".to_owned(),
            filter: "colour = red".to_owned(),
            period: "2012-Q5".to_owned(),
            tolerance: decimal("2"),
            value: decimal("many"),
            growth: decimal("0.2"),
            ..Target::default()
        };
        let refused = world.create("Bad Id", wrong).await.expect_err("wrong");
        assert_eq!((refused.code, &*refused.reason), (Code::InvalidArgument, "INVALID_REQUEST"));
        let expected =
            ["target_id", "target.value", "target.tolerance", "target.filter", "target.metric", "target.period"];
        let (mut found, mut expected) = (fields(&refused), expected.to_vec());
        found.sort_unstable();
        expected.sort_unstable();
        // "2012-Q5" is read before the domain says that it is no quarter.
        assert_eq!(found, expected);
        let near = refused.violations.iter().find(|v| v.field == "target.metric").expect("the metric");
        assert!(near.description.contains("did you mean gmv"), "{}", near.description);
        let refused = world.create("a", Target { currency_code: String::new(), ..gmv("2012", "1.005") }).await;
        assert_eq!(fields(&refused.expect_err("no currency")), ["target.currency_code"]);
        let refused = world.create("a", gmv("2012", "1.005")).await.expect_err("half a fen");
        assert_eq!(fields(&refused), ["target.value"]);
        let none = CreateTargetRequest::default();
        let refused = said(world.client.clone().create_target(call(none)).await).expect_err("nothing");
        assert!(fields(&refused).contains(&"target"), "{refused:?}");
    }
}

#[tokio::test]
async fn only_those_who_may_change_targets() {
    for world in worlds().await {
        let request = || CreateTargetRequest { target: Some(gmv("2012", "1")), ..CreateTargetRequest::default() };
        let analyst = said(world.client.clone().create_target(by(Role::Analyst, "default", request())).await);
        assert_eq!(analyst.expect_err("reads only").code, Code::PermissionDenied);
        said(world.client.clone().create_target(by(Role::Finance, "default", request())).await).expect("set");
    }
}

#[tokio::test]
async fn what_is_to_be_reached_changes_and_what_is_measured_does_not() {
    for world in worlds().await {
        let set = world.create("a", Target { title: "A".to_owned(), ..gmv("2012", "1000") }).await.expect("set");
        world.clock.advance(std::time::Duration::from_secs(5));
        let name = || Target { name: "targets/a".to_owned(), ..Target::default() };
        let by_growth =
            update(&world, Target { growth: decimal("0.25"), etag: "r1".to_owned(), ..name() }, &["growth"]);
        let by_growth = by_growth.await.expect("changed");
        let expected = Target {
            value: None,
            growth: decimal("0.25"),
            etag: "r2".to_owned(),
            update_time: Some(prost_types::Timestamp { seconds: 1_341_100_805, nanos: 0 }),
            ..set.clone()
        };
        assert_eq!(by_growth, expected);
        let stale = update(&world, Target { title: "B".to_owned(), etag: "r1".to_owned(), ..name() }, &[]).await;
        assert_eq!(&*stale.expect_err("stale").reason, "ETAG_MISMATCH");
        // Nothing differs: the revision stays.
        let same = update(&world, Target { title: "A".to_owned(), ..name() }, &[]).await.expect("the same");
        assert_eq!(same, expected);
        let fixed =
            update(&world, Target { period: "2013".to_owned(), ..name() }, &["period"]).await.expect_err("fixed");
        assert_eq!(fields(&fixed), ["update_mask"]);
        let wrong = update(&world, Target { growth: decimal("-1"), ..name() }, &["growth"]).await.expect_err("wrong");
        assert_eq!(fields(&wrong), ["target.growth"]);
        let wrong =
            update(&world, Target { value: decimal("1.001"), ..name() }, &[]).await.expect_err("tenth of a fen");
        assert_eq!(fields(&wrong), ["target.value"]);
        let none = update(&world, Target { name: "targets/b".to_owned(), ..Target::default() }, &["title"]).await;
        assert_eq!(&*none.expect_err("unknown").reason, "TARGET_NOT_FOUND");
        assert_eq!(get(&world, "default", "a").await.expect("there"), expected);
    }
}

#[tokio::test]
async fn targets_are_removed_and_listed() {
    for world in worlds().await {
        for (id, period, owner) in [("a", "2012", "ann"), ("b", "2012-07", "bob"), ("c", "2012", "bob")] {
            world.create(id, Target { owner: owner.to_owned(), ..gmv(period, "1") }).await.expect("set");
        }
        let list = async |filter: &str, page_size, page_token: String| {
            let request = ListTargetsRequest { filter: filter.to_owned(), page_size, page_token };
            let answer = said(world.client.clone().list_targets(call(request)).await)?;
            let names: String = answer.targets.iter().map(|target| target.name.replace("targets/", "")).collect();
            Ok::<_, Described>((names, answer.next_page_token))
        };
        let (first, token) = list("", 2, String::new()).await.expect("listed");
        assert_eq!((first.as_str(), list("", 2, token.clone()).await), ("ab", Ok(("c".to_owned(), String::new()))));
        for (filter, found) in [
            ("owner = bob", "bc"),
            ("owner = bob AND period = 2012", "c"),
            ("period != 2012", "b"),
            ("metric = gmv AND NOT owner = bob", "a"),
            ("owner = ann OR owner = bob", "abc"),
        ] {
            assert_eq!(list(filter, 0, String::new()).await.expect("listed").0, found, "{filter}");
        }
        assert_eq!(&*list("title = A", 0, String::new()).await.expect_err("no such field").reason, "FILTER_INVALID");
        assert_eq!(&*list("owner = bob", 2, token).await.expect_err("another list").reason, "PAGE_TOKEN_INVALID");

        let remove = async |id: &str, etag: &str| {
            let request =
                DeleteTargetRequest { name: format!("targets/{id}"), etag: etag.to_owned(), request_id: String::new() };
            said(world.client.clone().delete_target(call(request)).await).map_err(|refused| refused.reason)
        };
        assert_eq!(remove("a", "r2").await.map(drop), Err("ETAG_MISMATCH".into()));
        assert_eq!(remove("a", "r1").await.map(drop), Ok(()));
        assert_eq!(remove("a", "").await.map(drop), Err("TARGET_NOT_FOUND".into()));
        assert_eq!(list("", 0, String::new()).await.expect("listed").0, "bc");
    }
}

#[tokio::test]
async fn every_change_is_an_event() {
    for world in worlds().await {
        world.start();
        world.create("a", gmv("2013", "1")).await.expect("set");
        let two = Target { name: "targets/a".to_owned(), value: decimal("2"), ..Target::default() };
        // The second one changes nothing and says nothing.
        for _ in 0..2 {
            update(&world, two.clone(), &[]).await.expect("changed");
        }
        let remove = DeleteTargetRequest { name: "targets/a".to_owned(), ..DeleteTargetRequest::default() };
        said(world.client.clone().delete_target(call(remove)).await).expect("removed");
        let events = tokio::time::timeout(std::time::Duration::from_secs(20), async {
            loop {
                let events = world.bus.events.lock().expect("lock").clone();
                if events.len() >= 3 {
                    break events;
                }
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        });
        let shown: Vec<String> = events
            .await
            .expect("three events")
            .iter()
            .map(|event| {
                assert_eq!(event.event_type, "tributary.analytics.v1.TargetChanged");
                let changed = TargetChanged::decode(event.data.as_slice()).expect("decodes");
                let target = changed.target.expect("the target");
                let value = target.value.map(|value| value.value).unwrap_or_default();
                format!("{} {} {value} {} {}", event.sequence, event.subject, target.etag, changed.removed)
            })
            .collect();
        assert_eq!(shown, ["1 targets/a 1 r1 false", "2 targets/a 2 r2 false", "3 targets/a 2 r2 true"]);
    }
}
