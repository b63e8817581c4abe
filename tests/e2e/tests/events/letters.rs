//! An event that cannot be handled is kept, seen, and tried again through the gateway, with the commands of operators.

use std::process::Command;

use anyhow::{Context as _, ensure};
use clap::Parser as _;
use e2e_tests::{
    Place,
    calls::{explained, refusal},
};
use tonic::Code;
use tributary::cli::{Cli, Failure, run};
use tributary_core::{Clock as _, SystemClock};
use tributary_proto::tributary::event::v1::{
    DeadLetter, GetDeadLetterRequest, ListDeadLettersRequest, RetryDeadLetterRequest,
};
use tributary_testkit::{Engine, engines, redis_url};

use super::fixtures::{contract_risk_counts, create_partner, record, sale, until};

const EVENT: &str = "0192f7c4-a1b2-7c3d-8e9f-0123456789ab";

#[tokio::test]
async fn what_cannot_be_handled_is_kept_for_a_person() -> anyhow::Result<()> {
    let Some(redis) = redis_url() else { return Ok(()) };
    for engine in engines() {
        let place = Place::start_processes(engine, redis.clone(), SystemClock.now()).await?;
        // Not an event of any outbox: bytes that are no message, in the place of one.
        send(&place, &redis)?;
        let letters = until(async || {
            let mut letters = Vec::new();
            for service in ["analytics", "contract-risk", "partner-registry"] {
                letters.push(list(&place, service).await?);
            }
            ensure!(letters.iter().all(|letters| letters.len() == 1), "{letters:?}");
            Ok(letters.concat())
        })
        .await?;
        let names: Vec<&str> = letters.iter().map(|letter| letter.name.as_str()).collect();
        ensure!(
            names
                == [
                    "services/analytics/deadLetters/analytics.0192f7c4a1b27c3d8e9f0123456789ab",
                    "services/contract-risk/deadLetters/contract-risk-sales.0192f7c4a1b27c3d8e9f0123456789ab",
                    "services/partner-registry/deadLetters/partner-registry-purchases.0192f7c4a1b27c3d8e9f0123456789ab",
                ],
            "{names:?}"
        );
        for letter in &letters {
            ensure!(letter.reason.contains("not a tributary.incentive.v1.FactsRecorded"), "{letter:?}");
            let get = GetDeadLetterRequest { name: letter.name.clone() };
            let whole = place.gateway.events().get_dead_letter(get).await.map_err(explained)?.into_inner();
            ensure!(whole == DeadLetter { data: b"\xff\xff".to_vec(), ..letter.clone() }, "{whole:?}");
            let retry = RetryDeadLetterRequest { name: letter.name.clone() };
            let said = refusal(place.gateway.events().retry_dead_letter(retry).await)?;
            ensure!(said.code == Code::InvalidArgument && said.reason == "INVALID_REQUEST", "{said:?}");
        }
        // It holds nobody up.
        create_partner(&place, "alpine").await?;
        record(&place, vec![sale("alpine", "1", (4, 1), 100)]).await?;
        contract_risk_counts(&place, 1).await?;
        ensure!(list(&place, "analytics").await?.len() == 1 && list(&place, "incentive-calculation").await?.is_empty());

        if engine == Engine::Sqlite {
            commands(&place, names.first().context("a name")?).await?;
        }
        place.stop().await?;
    }
    Ok(())
}

/// The same with commands; what they print is looked at elsewhere.
async fn commands(place: &Place, name: &str) -> anyhow::Result<()> {
    let command = async |arguments: &[&str]| {
        let server = ["--endpoint", place.gateway.endpoint.as_str(), "--api-key", place.api_key.as_str()];
        let cli = Cli::try_parse_from(["tributary"].iter().chain(arguments).chain(&server))?;
        anyhow::Ok(run(cli).await)
    };
    for arguments in
        [vec![], vec!["list", "--service", "analytics", "--json"], vec!["show", name], vec!["show", name, "--json"]]
    {
        let all = [["events", "dead-letters"].as_slice(), &arguments].concat();
        ensure!(command(&all).await?.is_ok(), "{all:?}");
    }
    for arguments in [vec![name], vec!["--all", "--consumer", "analytics", "--json"]] {
        let all = [["events", "dead-letters", "retry"].as_slice(), &arguments].concat();
        let failed = command(&all).await?.err().context("it cannot be handled now, either")?;
        ensure!(matches!(&failed, Failure::Server(why) if why.contains("stay")), "{failed:?}");
    }
    ensure!(
        command(&["events", "dead-letters", "retry", "--all", "--service", "incentive-calculation"]).await?.is_ok()
    );
    ensure!(command(&["events", "dead-letters", "retry"]).await.is_err(), "which?");
    ensure!(
        command(&["events", "replay", "--service", "incentive-calculation", "--since", "2026-01-01"]).await?.is_ok()
    );
    ensure!(command(&["events", "replay", "--service", "gateway"]).await.is_err(), "it has none");
    Ok(())
}

async fn list(place: &Place, service: &str) -> anyhow::Result<Vec<DeadLetter>> {
    let service = format!("services/{service}");
    let request = ListDeadLettersRequest { service, ..ListDeadLettersRequest::default() };
    Ok(place.gateway.events().list_dead_letters(request).await.map_err(explained)?.into_inner().dead_letters)
}

/// Puts an entry into the stream of incentive-calculation.
fn send(place: &Place, redis: &str) -> anyhow::Result<()> {
    let stream = format!("{}:events:incentive-calculation", place.prefix().context("keys of its own")?);
    let mut add = Command::new("redis-cli");
    add.args(["-u", redis, "-x", "XADD", &stream, "*", "id", EVENT, "tenant", "default"]);
    add.args(["source", "incentive-calculation", "type", "tributary.incentive.v1.FactsRecorded"]);
    add.args(["subject", "facts", "sequence", "1", "time", "1", "data"]);
    let mut child = add.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::null()).spawn()?;
    std::io::Write::write_all(&mut child.stdin.take().context("its input")?, b"\xff\xff")?;
    ensure!(child.wait()?.success(), "redis-cli failed");
    Ok(())
}
