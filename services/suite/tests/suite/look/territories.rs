//! Regions from files, rights that are checked, granted, found and ended.

use std::path::Path;

use serde_json::json;

use super::World;

/// A file of `deploy/regions`.
fn sample(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/regions").join(name).display().to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn territories_are_checked_before_they_are_granted() {
    let world = World::start().await;
    world.partners().await;
    let import = ["territory", "regions", "import"];
    let file = sample("china-sample.csv");
    let rows = std::fs::read_to_string(&file).expect("the sample").lines().count() - 1;
    let imported = |path: &str| world.shown(&[&import[..], &[path]].concat());
    // China itself is not in the list.
    assert_eq!(imported(&file).trim(), format!("{} created, 0 updated, 0 unchanged, 0 refused", rows + 1));
    assert_eq!(imported(&file).trim(), format!("0 created, 0 updated, {rows} unchanged, 0 refused"));
    assert_eq!(imported(&sample("shapes-and-districts.csv")).trim(), "1 created, 4 updated, 0 unchanged, 0 refused");
    let regions = world.table(&["territory", "regions", "list", "340000"]);
    let ids: Vec<&str> = regions[1..].iter().map(|row| row[0].as_str()).collect();
    assert_eq!(ids, ["regions/cn-340100", "regions/cn-340200", "regions/cn-340800"]);
    assert_eq!(regions[1][1..4], ["340100", "CITY", "合肥市"]);

    let wrong = world.directory.path().join("wrong.csv");
    std::fs::write(&wrong, "340300,蚌埠市\n350100,福州市\n340011,无\n").expect("written");
    let output = world.tributary(&["territory", "regions", "import", &wrong.display().to_string()]);
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!((output.status.code(), out.trim()), (Some(1), "1 created, 0 updated, 0 unchanged, 2 refused"), "{err}");
    assert!(
        err.contains("line 2, 350100: REGION_PARENT_MISSING") && err.contains("line 3, 340011: INVALID_REQUEST"),
        "{err}"
    );

    let days = ["--from", "2026-01-01", "--to", "2027-01-01"];
    let rights = |verb: &str, more: &[&str]| -> Vec<String> {
        let all = [&["territory", "rights", verb], more, &days[..]].concat();
        all.into_iter().map(str::to_owned).collect()
    };
    let run = |arguments: Vec<String>| {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = world.tributary(&arguments);
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stdout).into_owned(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    let hefei = ["--region", "340100", "--line", "bikes", "--exclusive"];
    let grant = [&["alpine"], &hefei[..], &["--id", "hefei", "--reason", "V-17"]].concat();
    assert_eq!(run(rights("check", &hefei)).1.trim(), "nothing stands in the way");
    assert_eq!(run(rights("grant", &grant)).1.trim(), "territoryRights/hefei recorded");
    let (code, out, _) = run(rights("check", &["birch", "--region", "340111", "--exclusive"]));
    assert_eq!(code, Some(1));
    assert!(out.contains("in the way: 1") && out.contains("cn-340111 lies in cn-340100"), "{out}");
    let (code, _, err) = run(rights("grant", &["birch", "--region", "340111", "--reason", "V-18"]));
    assert_eq!(code, Some(3));
    assert!(err.contains("TERRITORY_CONFLICT") && err.contains("territoryRights/hefei of partners/alpine"), "{err}");
    // A circle of which it is not said where it lies: its point is 3,002 m from the one known to be inside.
    let circle = ["birch", "--circle", "31.8476,117.2272,2000", "--reason", "V-19", "--id", "circle"];
    let (code, out, err) = run(rights("grant", &circle));
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("territoryRights/circle recorded") && out.contains("cannot be decided: 1"), "{out}");

    let listed = world.table(&["territory", "rights", "list", "--region", "340111"]);
    assert_eq!(
        listed[1],
        ["territoryRights/hefei", "partners/alpine", "cn-340100", "bikes", "2026-01-01", "2027-01-01", "yes"]
    );
    let found = world.json(&["territory", "find", "--region", "340111", "--line", "bikes", "--json"]);
    assert_eq!(found[0]["holders"][0]["right"]["terms"]["partner"], json!("partners/alpine"));
    assert_eq!((&found[0]["holders"][0]["whole"], &found[0]["undecidedCount"]), (&json!(true), &json!("1")));
    let ended = world.shown(&["territory", "rights", "end", "hefei", "2026-07-01", "--reason", "breach"]);
    assert_eq!(ended.trim(), "territoryRights/hefei ends, first day without it: 2026-07-01");
    let later = world.table(&["territory", "rights", "list", "--on", "2026-07-01"]);
    assert_eq!(later[1..].iter().map(|row| row[0].as_str()).collect::<Vec<_>>(), ["territoryRights/circle"]);
    let nobody = world.shown(&["territory", "find", "--region", "310000", "--on", "2027-01-01"]);
    assert_eq!(nobody.trim(), "nobody holds a right here");
    world.stop().await;
}
