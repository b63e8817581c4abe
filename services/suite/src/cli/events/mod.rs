//! `tributary events`.

mod feed;
mod letters;
mod replay;

use clap::Subcommand;

use super::{ConnectArgs, Failure, look};
use crate::settings::ServiceName;

/// The commands for events.
#[derive(Debug, Subcommand)]
pub enum EventsCommand {
    /// List what happened in the last 30 days, oldest first
    List(feed::ListEventsArgs),
    /// Print events as they come, one line of JSON each, until stopped
    Watch(feed::WatchArgs),
    /// List the types of events there are
    Types(feed::TypesArgs),
    /// List events that a consumer could not handle; show one, try them again
    DeadLetters(letters::LettersCommand),
    /// Send events of a service again, for consumers that are new or lost their store
    Replay(replay::ReplayArgs),
}

/// Does one of the event commands.
pub(super) async fn run(command: EventsCommand, connect: &ConnectArgs) -> Result<(), Failure> {
    look::with(connect, async |connection| match command {
        EventsCommand::List(args) => feed::list(connection, &args).await,
        EventsCommand::Watch(args) => feed::watch(connection, args).await,
        EventsCommand::Types(args) => feed::types(connection, &args).await,
        EventsCommand::DeadLetters(command) => letters::run(connection, command).await,
        EventsCommand::Replay(args) => replay::run(connection, &args).await,
    })
    .await
}

/// Reads the name of a service that has events: every one but the gateway.
fn service(text: &str) -> Result<ServiceName, String> {
    let behind = ServiceName::BEHIND_THE_GATEWAY;
    behind.into_iter().find(|name| name.as_str() == text).ok_or_else(|| {
        let known = behind.map(ServiceName::as_str).join(", ");
        format!("{text:?} has no events: use one of {known}")
    })
}

/// A service as a resource. Example: "services/analytics".
fn resource_of(service: ServiceName) -> String {
    format!("services/{service}")
}
