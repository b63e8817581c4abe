//! Regions: a tree from codes, imported again and again.

use tributary_proto::tributary::partner::v1::{self as pb, UpsertOutcome};
use tributary_rpc::status::{describe, to_tonic};

use super::{hefei, item, point};
use crate::harness::{Suite, answer, refused, suites};

async fn region(suite: &Suite, id: &str) -> pb::Region {
    let request = pb::GetRegionRequest { name: format!("regions/{id}") };
    answer(suite.territories().get_region(suite.ask(request)).await).expect("there")
}

async fn children(suite: &Suite, parent: &str, level: pb::RegionLevel) -> Vec<String> {
    let parent = if parent.is_empty() { String::new() } else { format!("regions/{parent}") };
    let mut request = pb::ListRegionsRequest { parent, level: level.into(), page_size: 2, page_token: String::new() };
    let mut all = Vec::new();
    loop {
        let page = answer(suite.territories().list_regions(suite.ask(request.clone())).await).expect("page");
        all.extend(page.regions.into_iter().map(|r| r.name.trim_start_matches("regions/").to_owned()));
        if page.next_page_token.is_empty() {
            return all;
        }
        request.page_token = page.next_page_token;
    }
}

fn outcomes(results: &[pb::RegionImportResult]) -> Vec<UpsertOutcome> {
    results.iter().map(pb::RegionImportResult::outcome).collect()
}

#[tokio::test]
async fn a_tree_comes_of_the_digits_in_any_order() {
    use pb::RegionLevel::{City, Province, Unspecified};
    for suite in suites().await {
        suite.anhui().await;
        let baohe = region(&suite, "cn-340111").await;
        assert_eq!((baohe.code.as_str(), baohe.parent.as_str()), ("340111", "regions/cn-340100"));
        assert_eq!((baohe.level(), baohe.display_name.as_str()), (pb::RegionLevel::County, "包河区"));
        assert_eq!(children(&suite, "cn", Unspecified).await, ["cn-310000", "cn-340000"]);
        assert_eq!(children(&suite, "cn-340000", Unspecified).await, ["cn-340100", "cn-340800"]);
        assert_eq!(children(&suite, "", City).await, ["cn-340100", "cn-340800"]);
        assert_eq!(children(&suite, "cn-340100", Province).await, [""; 0]);
        let request = pb::ListRegionAncestorsRequest { name: "regions/cn-340111".to_owned() };
        let above = answer(suite.territories().list_region_ancestors(suite.ask(request)).await).expect("above");
        let above: Vec<_> = above.ancestors.iter().map(|r| r.name.as_str()).collect();
        assert_eq!(above, ["regions/cn-340100", "regions/cn-340000", "regions/cn"]);
        // 仙桃 has no city above; once there is one, it stands between.
        let hubei = vec![item("429004", "仙桃市"), item("420000", "湖北省")];
        assert_eq!(outcomes(&suite.import(hubei).await), [UpsertOutcome::Created; 2]);
        assert_eq!(region(&suite, "cn-429004").await.parent, "regions/cn-420000");
        suite.import(vec![item("429000", "省直辖县级行政区划")]).await;
        let adopted = region(&suite, "cn-429004").await;
        assert_eq!((adopted.parent.as_str(), adopted.revision), ("regions/cn-429000", 2));
        // Twice in the batch that creates it: it takes the county over all the same, and never again.
        suite.import(vec![item("469005", "文昌市"), item("460000", "海南省")]).await;
        let city = || vec![item("469000", "省直辖"), item("469000", "省直辖县级行政区划")];
        assert_eq!(outcomes(&suite.import(city()).await), [UpsertOutcome::Created, UpsertOutcome::Updated]);
        assert_eq!(outcomes(&suite.import(city()).await), [UpsertOutcome::Updated; 2]);
        let adopted = region(&suite, "cn-469005").await;
        assert_eq!((adopted.parent.as_str(), adopted.revision), ("regions/cn-469000", 2));
        let missing = pb::GetRegionRequest { name: "regions/cn-350000".to_owned() };
        let gone = answer(suite.territories().get_region(suite.ask(missing)).await);
        assert_eq!(refused(gone).0, "REGION_NOT_FOUND");
    }
}

#[tokio::test]
async fn divisions_of_other_countries_come_in_any_order() {
    for suite in suites().await {
        let below = |code: &str, parent: &str| pb::RegionImport { parent_code: parent.to_owned(), ..item(code, code) };
        let district = pb::RegionImport {
            district_id: "coasts".to_owned(),
            member_codes: vec!["US-CA".to_owned(), "FR-3".to_owned()],
            ..item("", "Coasts")
        };
        let items = vec![
            district,
            below("FR-3", "FR-2"),
            below("FR-2", "FR-1"),
            item("US-CA", "California"),
            item("FR-1", "One"),
            item("US", "United States"),
            item("FR", "France"),
        ];
        assert_eq!(outcomes(&suite.import(items.clone()).await), [UpsertOutcome::Created; 7]);
        assert_eq!(outcomes(&suite.import(items).await), [UpsertOutcome::Unchanged; 7]);
        let narrow = region(&suite, "fr-3").await;
        assert_eq!((narrow.parent.as_str(), narrow.level()), ("regions/fr-2", pb::RegionLevel::County));
        // Those who name each other as parents lie nowhere.
        let ring = suite.import(vec![below("FR-8", "FR-9"), below("FR-9", "FR-8")]).await;
        assert_eq!(outcomes(&ring), [UpsertOutcome::Refused; 2]);
    }
}

#[tokio::test]
async fn repeating_changes_nothing_and_a_bad_row_costs_no_good_one() {
    for suite in suites().await {
        suite.anhui().await;
        let shape = pb::RegionShape { centre: Some(hefei()), radius_meters: 90_000, r#box: None };
        let named = pb::RegionImport {
            names: [("en".to_owned(), "Hefei".to_owned())].into(),
            shape: Some(shape.clone()),
            ..item("340100", "")
        };
        let bad = pb::RegionImport {
            names: [("not a tag".to_owned(), "x".to_owned())].into(),
            shape: Some(pb::RegionShape { centre: Some(point("91", "x")), radius_meters: -1, r#box: None }),
            ..item("3401", "短")
        };
        let items =
            vec![named.clone(), bad, item("350100", "福州市"), item("340200", "芜湖市"), item("340100", "合肥市")];
        let results = suite.import(items).await;
        let expected = [
            UpsertOutcome::Updated,
            UpsertOutcome::Refused,
            UpsertOutcome::Refused,
            UpsertOutcome::Created,
            UpsertOutcome::Unchanged,
        ];
        assert_eq!(outcomes(&results), expected);
        let why = |n: usize| describe(&to_tonic(results[n].error.as_ref().expect("an error")));
        let fields: std::collections::BTreeSet<String> = why(1).violations.into_iter().map(|v| v.field).collect();
        let wanted =
            ["code", "names[\"not a tag\"]", "shape.centre.latitude", "shape.centre.longitude", "shape.radius_meters"];
        for field in wanted {
            assert!(fields.contains(field), "{field} is not among {fields:?}");
        }
        assert_eq!(
            (why(2).reason.as_str(), why(2).metadata["parent"].as_str()),
            ("REGION_PARENT_MISSING", "regions/cn-350000")
        );

        let seat = region(&suite, "cn-340100").await;
        assert_eq!((seat.names["en"].as_str(), seat.revision, seat.shape.clone()), ("Hefei", 2, Some(shape)));
        let again = vec![named, item("340200", "芜湖市"), item("CN", "中国")];
        assert_eq!(outcomes(&suite.import(again).await), [UpsertOutcome::Unchanged; 3]);
        let stale = pb::RegionImport { etag: "r1".to_owned(), ..item("340100", "庐州") };
        let results = suite.import(vec![stale]).await;
        assert_eq!(describe(&to_tonic(results[0].error.as_ref().expect("an error"))).reason, "ETAG_MISMATCH");
    }
}

#[tokio::test]
async fn districts_group_regions() {
    for suite in suites().await {
        suite.anhui().await;
        let district = |members: &[&str]| pb::RegionImport {
            district_id: "east-china".to_owned(),
            member_codes: members.iter().map(|code| (*code).to_owned()).collect(),
            ..item("", "华东")
        };
        let results = suite.import(vec![district(&["340000", "310000"])]).await;
        assert_eq!((results[0].outcome(), results[0].region.as_str()), (UpsertOutcome::Created, "regions/east-china"));
        let members = children(&suite, "east-china", pb::RegionLevel::Unspecified).await;
        assert_eq!(members, ["cn-310000", "cn-340000"]);
        assert_eq!(outcomes(&suite.import(vec![district(&["310000"])]).await), [UpsertOutcome::Updated]);
        assert_eq!(region(&suite, "east-china").await.members, ["regions/cn-310000"]);
        let results = suite.import(vec![district(&["350000"])]).await;
        assert_eq!(describe(&to_tonic(results[0].error.as_ref().expect("an error"))).reason, "REGION_NOT_FOUND");
    }
}
