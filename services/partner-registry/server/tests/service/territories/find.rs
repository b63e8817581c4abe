//! Who holds a place.

use tributary_proto::tributary::partner::v1 as pb;

use super::{Answer, circle, hefei, point, regions, terms};
use crate::harness::{Suite, answer, date, dealer, refused, suites};

async fn find(suite: &Suite, request: pb::FindTerritoryRequest) -> Answer<pb::FindTerritoryResponse> {
    answer(suite.territories().find_territory(suite.ask(request)).await)
}

fn shown(holders: &[pb::TerritoryHolder]) -> Vec<String> {
    let text = |holder: &pb::TerritoryHolder| {
        let name = holder.right.clone().expect("a right").name;
        format!("{} {}", name.trim_start_matches("territoryRights/"), if holder.whole { "whole" } else { "part" })
    };
    holders.iter().map(text).collect()
}

#[tokio::test]
async fn holders_of_regions_and_points_are_found() {
    for suite in suites().await {
        suite.anhui().await;
        for id in ["a", "b", "c"] {
            suite.create(id, dealer(id)).await.expect("created");
        }
        let line = |name: &str| vec![name.to_owned()];
        let shared = pb::TerritoryTerms {
            exclusive: false,
            product_lines: line("parts"),
            ..terms("a", regions(&["cn-340000"]))
        };
        suite.record("anhui", shared).await.expect("recorded");
        let bikes = pb::TerritoryTerms { product_lines: line("bikes"), ..terms("b", regions(&["cn-340111"])) };
        suite.record("baohe", bikes).await.expect("recorded");
        let toys =
            pb::TerritoryTerms { product_lines: line("toys"), ..terms("c", circle(hefei(), 3_000, "cn-340111")) };
        suite.record("circle", toys).await.expect("recorded");

        let region = |id: &str| pb::FindTerritoryRequest { region: format!("regions/{id}"), ..Default::default() };
        let baohe = find(&suite, region("cn-340111")).await.expect("found");
        assert_eq!(shown(&baohe.holders), ["baohe whole", "circle part", "anhui whole"], "exclusive ones first");
        let city = find(&suite, region("cn-340100")).await.expect("found");
        assert_eq!(shown(&city.holders), ["baohe part", "circle part", "anhui whole"]);
        let other = find(&suite, region("cn-340803")).await.expect("found");
        assert_eq!(
            (shown(&other.holders), shown(&other.undecided)),
            (vec!["anhui whole".into()], vec!["circle part".into()])
        );
        let to = |line: &str| pb::FindTerritoryRequest { product_line: line.to_owned(), ..region("cn-340111") };
        assert_eq!(shown(&find(&suite, to("bikes")).await.expect("found").holders), ["baohe whole"]);
        let on = |day| pb::FindTerritoryRequest { date: day, ..region("cn-340111") };
        assert_eq!(shown(&find(&suite, on(date(2027, 1, 1))).await.expect("found").holders), [""; 0]);

        let at = |centre, region: &str| pb::FindTerritoryRequest {
            point: Some(centre),
            region: if region.is_empty() { String::new() } else { format!("regions/{region}") },
            ..Default::default()
        };
        let here = find(&suite, at(hefei(), "cn-340111")).await.expect("found");
        assert_eq!(
            (shown(&here.holders), here.undecided_count),
            (vec!["baohe whole".into(), "circle whole".into(), "anhui whole".into()], 0)
        );
        // 3,002.267 m to the north: outside of the circle, and in another county.
        let north = find(&suite, at(point("31.8476", "117.2272"), "cn-340104")).await.expect("found");
        assert_eq!((shown(&north.holders), north.undecided_count), (vec!["anhui whole".to_owned()], 0));
        let lost = find(&suite, at(point("31.8476", "117.2272"), "")).await.expect("found");
        assert_eq!((lost.holders.len(), shown(&lost.undecided)), (0, vec!["anhui part".into(), "baohe part".into()]));

        assert_eq!(refused(find(&suite, pb::FindTerritoryRequest::default()).await).1, ["region"]);
        assert_eq!(refused(find(&suite, region("cn-350000")).await).0, "REGION_NOT_FOUND");
    }
}
