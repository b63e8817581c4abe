//! Models of attribution side by side.

use serde_json::json;
use tributary_proto::tributary::analytics::v1::{Journey, RecordJourneysRequest, Touch};

use super::{World, cells, row, yuan};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn models_stand_side_by_side() {
    let world = World::start().await;
    let journey = |id: &str, channels: &[&str], value: Option<i64>| Journey {
        journey_id: id.to_owned(),
        touches: channels.iter().map(|c| Touch { channel: (*c).to_owned(), ..Touch::default() }).collect(),
        conversions: value.map_or(0, |_| 1),
        nulls: value.map_or(1, |_| 0),
        value: value.map(yuan),
        ..Journey::default()
    };
    let journeys = vec![
        journey("1", &["douyin", "tmall"], Some(100)),
        journey("2", &["douyin"], None),
        journey("3", &["tmall"], Some(50)),
    ];
    let answer = world.connection.attribution().record_journeys(RecordJourneysRequest { journeys }).await;
    assert_eq!(answer.expect("recorded").into_inner().recorded_count, 3);

    // First: one each. Markov: without douyin 1/3 of the 2/3 are left, without tmall none: removal effects 1/2 and 1, so
    // 2 × 1/3 and 2 × 2/3. Shapley: half of the conversion of both, the other one is tmall's.
    let text = world.shown(&["attribute"]);
    assert!(text.starts_with("2 conversions, 1 journeys without one, 4 touches; value CNY 150.00\n"), "{text}");
    let (conversions, values) = text.split_once("value in CNY").expect("two tables");
    let rows = |text: &str| text.lines().map(cells).collect::<Vec<_>>();
    let (conversions, values) = (rows(conversions), rows(values));
    assert_eq!(row(&conversions, "channel"), ["channel", "first", "markov:1", "shapley"]);
    assert_eq!(row(&conversions, "douyin"), ["douyin", "1.0 (50.0 %)", "0.7 (33.3 %)", "0.5 (25.0 %)"]);
    assert_eq!(row(&conversions, "tmall"), ["tmall", "1.0 (50.0 %)", "1.3 (66.7 %)", "1.5 (75.0 %)"]);
    let of = |values: &[Vec<String>], channel: &str| {
        let row = row(values, channel);
        (row[1].to_owned(), row[3].to_owned())
    };
    assert_eq!(of(&values, "douyin"), ("100.00 (66.7 %)".to_owned(), "50.00 (33.3 %)".to_owned()));
    assert_eq!(of(&values, "tmall"), ("50.00 (33.3 %)".to_owned(), "100.00 (66.7 %)".to_owned()));
    let others = world.table(&["attribute", "--model", "last,markov:2,time-decay:3", "--by", "channel-and-partner"]);
    assert_eq!(row(&others, "channel"), ["channel", "partner", "last", "markov:2", "time-decay:3"]);
    assert_eq!(row(&others, "douyin")[1..3], ["(not stated)", "0.0 (0.0 %)"]);

    let lines = world.json(&["attribute", "--model", "shapley", "--json"]);
    assert_eq!(lines[0]["totals"]["conversions"], json!("2"));
    let shapley = &lines[1]["model"];
    assert_eq!(shapley["credits"][1], json!({"unit": {"channel": "tmall"}, "conversions": "1.5", "value": "100"}));
    assert_eq!(shapley["shapley"]["coalitions"].as_array().map(Vec::len), Some(2));
    // One step, from douyin to tmall.
    assert_eq!(lines[2]["synergy"]["stepCount"], json!("1"));

    let none = world.tributary(&["attribute", "--source", "touchpoints"]);
    assert_eq!(none.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&none.stderr).contains("no journeys in these days"));
    for (model, why) in [
        ("markow", "\"markow\" is no model; did you mean \"markov\"?"),
        ("markov:5", "the order is 1, 2, 3 or 4, as in markov:2"),
        ("time-decay:soon", "the half-life in touches, as in time-decay:7"),
        ("shapley:2", "only markov and time-decay have a parameter"),
    ] {
        world.refused(&["attribute", "--model", model], 2, why);
    }
    world.refused(&["attribute", "--by", "region"], 2, "known: channel, partner, channel-and-partner");
    world.refused(&["attribute", "--source", "touchpoint"], 2, "did you mean \"touchpoints\"?");
    world.stop().await;
}
