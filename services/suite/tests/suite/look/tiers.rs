//! The standard programme, drafted and in force, evaluated over facts, overridden, and its benefits.

use super::{World, row, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_standard_programme_decides_by_facts() {
    let world = World::start().await;
    world.partners().await;
    world.facts().await;
    assert_eq!(world.shown(&["tiers", "check", "standard"]).trim(), "valid; 3 tiers");
    let drafted = world.shown(&["tiers", "draft", "standard"]);
    assert!(drafted.starts_with("tierProgrammeVersions/1 is draft (author "), "{drafted}");
    world.refused(&["tiers", "approve", "1"], 3, "MAKER_IS_CHECKER");
    world.refused(&["tiers", "progress", "alpine"], 3, "TIER_PROGRAMME_MISSING");
    let checker = world.json(&["keys", "create", "checker", "--role", "finance", "--json"]);
    world.shown(&["tiers", "approve", "1", "--api-key", checker[0]["secret"].as_str().expect("a secret")]);
    let active = world.shown(&["tiers", "activate", "1", "--from", "2026-01-01"]);
    assert!(active.starts_with("tierProgrammeVersions/1 is active from 2026-01-01"), "{active}");

    // Alpine bought 1,000,000 + 500,000 − 75,000, birch 300,000.
    let said = || world.shown(&["tiers", "progress", "alpine"]);
    until("the registry knows the facts", async || said().contains("1,425,000.00")).await;
    let progress = said();
    assert!(progress.contains("to advanced: 575,000.00 CNY more and service certification"), "{progress}");
    let chinese = world.shown(&["tiers", "progress", "birch", "--language", "chinese"]);
    assert!(chinese.contains("to basic: 还差 200,000.00 CNY"), "{chinese}");

    let preview = world.shown(&["tiers", "preview", "1"]);
    assert_eq!(preview.lines().last(), Some("1 up, 0 down, 1 the same"));
    let rows = world.table(&["tiers", "evaluate", "--all"]);
    let decision = row(&rows, "partners/alpine/tierDecisions/1");
    assert_eq!(decision[1..], ["2026-04-01", "basic", "basic", "up"]);
    assert_eq!(row(&rows, "partners/birch/tierDecisions/1")[2..], ["none", "none", "same"]);
    let again = world.shown(&["tiers", "evaluate", "alpine"]);
    assert_eq!(again.lines().last(), Some("1 partners: 0 new decisions, 0 up, 0 down, 0 in grace, 0 later ones"));
    let why = world.shown(&["tiers", "explain", "partners/alpine/tierDecisions/1"]);
    assert!(why.lines().any(|line| line == "It rises from no tier to basic at once."), "{why}");

    let agree = ["tiers", "agree", "alpine", "price-factor", "0.85", "--reason", "annex 2"];
    assert_eq!(world.shown(&agree).trim(), "partners/alpine has price-factor 0.85 from 2026-04-01");
    world.refused(&["tiers", "use", "alpine", "campaign-allowance", "1", "--reason", "618"], 2, "is no allowance");
    let assign =
        ["tiers", "assign", "alpine", "advanced", "--from", "2026-04-01", "--to", "2026-05-01", "--reason", "pilot"];
    assert_eq!(world.shown(&assign).trim(), "partners/alpine is advanced from 2026-04-01 to 2026-05-01");
    let used = world.shown(&["tiers", "use", "alpine", "campaign-allowance", "12000.50", "--reason", "campaign 618"]);
    assert_eq!(used.trim(), "use 1 recorded: CNY 12,000.50 used, CNY 37,999.50 left");
    let price = |on: &str| world.json(&["tiers", "entitlements", "alpine", "price-factor", "--on", on, "--json"]);
    assert_eq!(price("2026-04-30")[0]["priceFactor"], "0.75");
    assert_eq!(price("2026-05-01")[0]["priceFactor"], "0.85");
    world.refused(&["tiers", "assign", "alpine", "gold", "--from", "2026-04-01", "--reason", "pilot"], 2, "basic, adv");
    let again = ["tiers", "use", "alpine", "campaign-allowance", "0.50", "--currency", "CNY", "--reason", "fee"];
    let again = [&again[..], &["--request-id", "fee-1"]].concat();
    assert_eq!(world.shown(&again).trim(), "use 2 recorded: CNY 12,001.00 used, CNY 37,999.00 left");
    let end = ["tiers", "end-override", "alpine", "--reason", "over", "--request-id", "over-1"];
    assert_eq!(world.shown(&end).trim(), "partners/alpine is basic from 2026-04-01 to 2026-05-01");
    // Sent again they are what they were, although basic has no allowance and no override is left.
    assert_eq!(world.shown(&end).trim(), "partners/alpine is basic from 2026-04-01 to 2026-05-01");
    assert_eq!(world.shown(&again).trim(), "use 2 recorded: CNY 12,001.00 used, CNY 37,999.00 left");
    let recorded = ["tiers", "record", "birch", "contract-years", "3", "--from", "2026-01-01", "--reason", "V-17"];
    assert_eq!(world.shown(&recorded).trim(), "contract-years of partners/birch is 3");
    world.stop().await;
}
