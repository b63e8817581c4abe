//! `tributary events list`, `watch` and `types`: the feed of public events.

use std::time::Duration;

use clap::Args;
use tonic::{Code, Status};
use tributary_proto::tributary::gateway::v1::{
    CloudEvent, ListEventTypesRequest, ListEventsRequest, WatchEventsRequest,
    event_feed_service_client::EventFeedServiceClient,
};

use crate::{
    cli::{
        Connection, Failure, MAX_ANSWER,
        failure::connection_broke,
        look::{self, left},
    },
    output::{self, message_json, moment_text},
};

const EXAMPLES: &str = "\
Examples:
  tributary events list --type tributary.partner.v1.TierAssigned
  tributary events list --subject 'contracts/*' --json
  tributary events watch --latest | jq -c '.event // empty'
  tributary events watch --cursor \"$(cat cursor)\"      go on where the last one ended";

/// Which events.
#[derive(Debug, Clone, Args)]
pub struct SelectionArgs {
    /// Only of this type, or of all that begin so. Example: 'tributary.contract.v1.*'; may be repeated
    #[arg(long = "type", value_name = "TYPE")]
    pub types: Vec<String>,
    /// Only about this resource, or about all that begin so. Example: 'partners/*'
    #[arg(long, value_name = "RESOURCE", default_value = "", hide_default_value = true)]
    pub subject: String,
    /// Only after this place, as an earlier answer gave it
    #[arg(long, default_value = "", hide_default_value = true)]
    pub cursor: String,
}

/// Which events, and how.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ListEventsArgs {
    /// Which.
    #[command(flatten)]
    pub selection: SelectionArgs,
    /// How much of it.
    #[command(flatten)]
    pub list: look::ListArgs,
}

/// Which events, from where.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct WatchArgs {
    /// Which.
    #[command(flatten)]
    pub selection: SelectionArgs,
    /// Begin with what happens from now on
    #[arg(long, conflicts_with = "cursor")]
    pub latest: bool,
}

/// How to list.
#[derive(Debug, Args)]
pub struct TypesArgs {
    /// Print each as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// Lists events.
pub(super) async fn list(connection: &Connection, args: &ListEventsArgs) -> Result<(), Failure> {
    let client = EventFeedServiceClient::new(connection.own()).max_decoding_message_size(MAX_ANSWER);
    let page = async |page_size, page_token| {
        let SelectionArgs { types, subject, cursor } = args.selection.clone();
        let query = ListEventsRequest { page_size, page_token, types, subject, cursor };
        let page = client.clone().list_events(query).await?.into_inner();
        Ok((page.events, page.next_page_token))
    };
    let columns = left(["time", "type", "subject", "number", "id"]);
    let row = |event: &CloudEvent| {
        let time = moment_text(event.time.as_ref());
        vec![time, event.r#type.clone(), event.subject.clone(), event.sequence.to_string(), event.id.clone()]
    };
    look::print((args.list.top, args.list.json), &columns, row, page).await
}

/// Between the end of a stream and the next one: a gateway that stops ends each at once.
const PAUSE: Duration = Duration::from_secs(1);

/// Prints events until the process is stopped. A stream that ends, by itself or with the gateway, is begun again where it was;
/// only the first one must come about.
pub(super) async fn watch(connection: &Connection, args: WatchArgs) -> Result<(), Failure> {
    let mut client = EventFeedServiceClient::new(connection.own()).max_decoding_message_size(MAX_ANSWER);
    let SelectionArgs { types, subject, mut cursor } = args.selection;
    let (mut latest, mut opened) = (args.latest, false);
    loop {
        let query =
            WatchEventsRequest { types: types.clone(), subject: subject.clone(), cursor: cursor.clone(), latest };
        let end = async {
            let mut stream = client.watch_events(query).await?.into_inner();
            while let Some(said) = stream.message().await? {
                output::json_line(&message_json(&said));
                cursor = said.cursor;
                // Without a place there was no event yet: from here on the beginning is what comes now.
                (latest, opened) = (false, true);
            }
            Ok::<_, Status>(())
        };
        match end.await {
            Err(status) if opened && is_away(&status) => output::note("the gateway is away, trying again"),
            other => other?,
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Whether a gateway may answer again later.
fn is_away(status: &Status) -> bool {
    status.code() == Code::Unavailable || connection_broke(status)
}

/// Lists the types of events.
pub(super) async fn types(connection: &Connection, args: &TypesArgs) -> Result<(), Failure> {
    let mut client = EventFeedServiceClient::new(connection.own()).max_decoding_message_size(MAX_ANSWER);
    let all = client.list_event_types(ListEventTypesRequest {}).await?.into_inner().event_types;
    if args.json {
        all.iter().for_each(|kind| output::json_line(&message_json(kind)));
        return Ok(());
    }
    let rows = all.iter().map(|kind| {
        let what = kind.description.split(". ").next().unwrap_or_default();
        vec![kind.name.clone(), what.trim_end_matches('.').to_owned()]
    });
    output::line(&output::table(&left(["type", "what happened"]), &rows.collect::<Vec<_>>()));
    Ok(())
}
