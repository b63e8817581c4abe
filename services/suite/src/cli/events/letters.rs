//! `tributary events dead-letters`.

use std::collections::BTreeSet;

use clap::{ArgGroup, Args, Subcommand};
use serde_json::json;
use tributary_proto::tributary::event::v1::{
    DeadLetter, GetDeadLetterRequest, ListDeadLettersRequest, RetryDeadLetterRequest,
};

use super::resource_of;
use crate::{
    cli::{
        Connection, Failure,
        look::{self, ListArgs, left},
    },
    output::{self, encoded_json, message_json, moment_text, pairs},
    settings::ServiceName,
};

const EXAMPLES: &str = "\
Examples:
  tributary events dead-letters                             of all services
  tributary events dead-letters --service contract-risk
  tributary events dead-letters show services/analytics/deadLetters/analytics.0192f7c4…
  tributary events dead-letters retry services/analytics/deadLetters/analytics.0192f7c4…
  tributary events dead-letters retry --all --consumer contract-risk-sales";

/// Dead letters.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, after_help = EXAMPLES)]
pub struct LettersCommand {
    /// What else.
    #[command(subcommand)]
    pub command: Option<LettersSubcommand>,
    /// Which.
    #[command(flatten)]
    pub list: LettersArgs,
}

/// The commands for dead letters.
#[derive(Debug, Subcommand)]
pub enum LettersSubcommand {
    /// List them; also without a word
    List(LettersArgs),
    /// Show one with the content of its event
    Show(ShowArgs),
    /// Hand them to their consumers again
    Retry(RetryArgs),
}

/// Of whom.
#[derive(Debug, Args)]
pub struct WhoseArgs {
    /// Only of this service [default: all]
    #[arg(long, value_name = "SERVICE", value_parser = str::parse::<ServiceName>)]
    pub service: Option<ServiceName>,
    /// Only of this consumer. Example: contract-risk-sales
    #[arg(long, default_value = "", hide_default_value = true)]
    pub consumer: String,
}

/// Which letters.
#[derive(Debug, Args)]
pub struct LettersArgs {
    /// Of whom.
    #[command(flatten)]
    pub whose: WhoseArgs,
    /// How much of it.
    #[command(flatten)]
    pub list: ListArgs,
}

/// Which letter.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// Resource name
    pub name: String,
    /// Print it as JSON
    #[arg(long)]
    pub json: bool,
}

/// Which letters.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").args(["names", "all"]).required(true))]
pub struct RetryArgs {
    /// Resource names
    pub names: Vec<String>,
    /// All of them, the oldest first; where one fails again, later ones of its consumer and subject are left
    #[arg(long)]
    pub all: bool,
    /// Of whom.
    #[command(flatten)]
    pub whose: WhoseArgs,
    /// Print what became of each as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// Does one of the commands.
pub(super) async fn run(connection: &Connection, command: LettersCommand) -> Result<(), Failure> {
    match command.command.unwrap_or(LettersSubcommand::List(command.list)) {
        LettersSubcommand::List(args) => list(connection, &args).await,
        LettersSubcommand::Show(args) => show(connection, &args).await,
        LettersSubcommand::Retry(args) => retry(connection, &args).await,
    }
}

async fn list(connection: &Connection, args: &LettersArgs) -> Result<(), Failure> {
    let letters = read(connection, &args.whose, args.list.top).await?;
    if args.list.json {
        letters.iter().for_each(|letter| output::json_line(&message_json(letter)));
        return Ok(());
    }
    let columns = left(["name", "event", "subject", "tries", "since", "why"]);
    let row = |letter: &DeadLetter| {
        vec![
            letter.name.clone(),
            letter.event_type.clone(),
            letter.subject.clone(),
            letter.attempt_count.to_string(),
            moment_text(letter.create_time.as_ref()),
            letter.reason.clone(),
        ]
    };
    output::line(&output::table(&columns, &letters.iter().map(row).collect::<Vec<_>>()));
    Ok(())
}

/// Up to `top` letters, service by service.
async fn read(connection: &Connection, whose: &WhoseArgs, top: u32) -> Result<Vec<DeadLetter>, Failure> {
    let mut letters = Vec::new();
    let services = whose.service.map_or(ServiceName::ALL.to_vec(), |service| vec![service]);
    for service in services {
        let page = async |page_size, page_token| {
            let (service, consumer) = (resource_of(service), whose.consumer.clone());
            let request = ListDeadLettersRequest { service, consumer, page_size, page_token };
            let page = connection.events().list_dead_letters(request).await?.into_inner();
            Ok((page.dead_letters, page.next_page_token))
        };
        let left = top.saturating_sub(u32::try_from(letters.len()).unwrap_or(u32::MAX));
        look::each(left, page, |letter| letters.push(letter)).await?;
    }
    Ok(letters)
}

async fn show(connection: &Connection, args: &ShowArgs) -> Result<(), Failure> {
    let letter = get(connection, &args.name).await?;
    let content = encoded_json(&letter.event_type, &letter.data);
    if args.json {
        let mut shown = message_json(&letter);
        if let Some(fields) = shown.as_object_mut() {
            fields.insert("data".to_owned(), content.unwrap_or_default());
        }
        output::json_line(&shown);
        return Ok(());
    }
    output::line(&pairs(&[
        ("name", letter.name),
        ("consumer", letter.consumer),
        ("event", format!("{} from {}", letter.event_type, letter.source)),
        ("subject", format!("{}, its event {}", letter.subject, letter.sequence)),
        ("recorded", moment_text(letter.event_time.as_ref())),
        ("given up", format!("{} after {} tries", moment_text(letter.create_time.as_ref()), letter.attempt_count)),
        ("why", letter.reason),
        ("content", content.map_or("cannot be read".to_owned(), |content| content.to_string())),
    ]));
    Ok(())
}

async fn get(connection: &Connection, name: &str) -> Result<DeadLetter, Failure> {
    let request = GetDeadLetterRequest { name: name.to_owned() };
    Ok(connection.events().get_dead_letter(request).await?.into_inner())
}

async fn retry(connection: &Connection, args: &RetryArgs) -> Result<(), Failure> {
    let mut letters = Vec::new();
    for name in &args.names {
        letters.push(get(connection, name).await?);
    }
    if args.all {
        letters = read(connection, &args.whose, u32::MAX).await?;
    }
    // The order in which they were recorded is that of each subject.
    letters.sort_by_key(|letter| (letter.event_time.map(|t| (t.seconds, t.nanos)), letter.event_id.clone()));
    let (mut failed, mut held) = (BTreeSet::new(), 0_usize);
    let mut handled = 0_usize;
    for letter in letters {
        let subject = (letter.consumer, letter.source, letter.subject);
        if failed.contains(&subject) {
            held = held.saturating_add(1);
            tell(args.json, &letter.name, "held back: an earlier event of its subject cannot be handled");
            continue;
        }
        match connection.events().retry_dead_letter(RetryDeadLetterRequest { name: letter.name.clone() }).await {
            Ok(_) => {
                handled = handled.saturating_add(1);
                tell(args.json, &letter.name, "handled");
            }
            Err(status) => {
                failed.insert(subject);
                tell(args.json, &letter.name, &format!("not handled: {}", Failure::from(status)));
            }
        }
    }
    output::note(&format!("{handled} handled, {} cannot be handled, {held} held back behind them", failed.len()));
    if failed.is_empty() { Ok(()) } else { Err(Failure::server("some dead letters stay; the reasons are above")) }
}

fn tell(json: bool, name: &str, what: &str) {
    if json {
        output::json_line(&json!({ "name": name, "outcome": what }));
    } else {
        output::line(&format!("{name}: {what}"));
    }
}
