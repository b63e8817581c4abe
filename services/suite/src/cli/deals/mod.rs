//! `tributary deals`.

mod args;
mod decide;
mod leads;

use tonic::{Response, Status};
use tributary_proto::tributary::partner::v1::{Deal, DealState, deal_service_client::DealServiceClient};

use args::ChangeArgs;
pub use args::DealsCommand;

use super::{ConnectArgs, Connection, Done, Failure, Keyed, MAX_ANSWER, look, partners};
use crate::output::{self, date_text, message_json, name};

type Client = DealServiceClient<Keyed>;

/// Does one of the commands about deals.
pub(super) async fn run(command: DealsCommand, connect: &ConnectArgs) -> Result<Done, Failure> {
    look::with(connect, async |connection| {
        let client = Client::new(connection.own()).max_decoding_message_size(MAX_ANSWER);
        match command {
            DealsCommand::Find(args) => leads::find(connection, client, args).await,
            DealsCommand::Register(args) => leads::register(connection, client, args).await,
            DealsCommand::List(args) => leads::list(connection, client, &args).await,
            DealsCommand::Get(args) => leads::get(client, &args).await,
            DealsCommand::History(args) => leads::history(client, &args).await,
            DealsCommand::Approve(args) => decide::approve(client, args).await,
            DealsCommand::Reject(args) => decide::reject(client, args).await,
            DealsCommand::Withdraw(args) => decide::withdraw(client, args).await,
            DealsCommand::Extend(args) => decide::extend(client, args).await,
            DealsCommand::Convert(args) => decide::convert(client, args).await,
            DealsCommand::Lose(args) => decide::lose(client, args).await,
            DealsCommand::Policy(args) => decide::policy(client, args).await,
        }
    })
    .await
}

/// The resource name of the partner that is meant; "partners/-" for all.
async fn partner_name(connection: &Connection, text: Option<&str>) -> Result<String, Failure> {
    partners::resource_name(connection, Some(text.unwrap_or("-"))).await
}

/// The resource name of the deal that is meant. Example: "partners/alpine/deals/metro" of "alpine/metro".
fn deal_name(text: &str) -> Result<String, Failure> {
    match text.split_once('/') {
        Some(("partners", _)) => Ok(text.to_owned()),
        Some((partner, deal)) => Ok(format!("partners/{partner}/deals/{deal}")),
        None => Err(Failure::usage(format!("{text:?} names no deal; write PARTNER/DEAL"))),
    }
}

/// Makes a call that changes a deal, and shows the deal. One that holds no lead is told by the exit code, too.
async fn changed(
    change: ChangeArgs,
    call: impl AsyncFnOnce(String) -> Result<Response<Deal>, Status>,
) -> Result<Done, Failure> {
    let id = look::request_id(change.request_id);
    let deal = look::once(&id, call(id.clone())).await?;
    show(change.json, &deal);
    Ok(if deal.state() == DealState::Conflicted { Done::Differs } else { Done::All })
}

fn state(state: DealState) -> String {
    name(state.as_str_name(), "DEAL_STATE_")
}

/// A deal as JSON, or as a line: where it stands, and until when.
fn show(json: bool, deal: &Deal) {
    if json {
        output::json_line(&message_json(deal));
        return;
    }
    let day = |day: &Option<_>| day.as_ref().map(date_text).unwrap_or_default();
    let until = match deal.state() {
        DealState::Approved => format!(", first day without protection: {}", day(&deal.protection_end)),
        DealState::Submitted => {
            format!(", to be decided by {}, similar deals: {}", day(&deal.decide_by), deal.similar.len())
        }
        // A partner's own user is not told who holds it.
        DealState::Conflicted => match (&deal.conflict, &deal.lead_free_from) {
            (Some(conflict), _) => format!(", {} holds the lead", conflict.deal),
            (None, Some(free)) => format!(", first day on which the lead is free: {}", date_text(free)),
            (None, None) => ", the lead is held by a deal that is not decided".to_owned(),
        },
        _ => String::new(),
    };
    output::line(&format!("{} is {}{until}", deal.name, state(deal.state())));
}

#[cfg(test)]
mod tests {
    use super::deal_name;

    #[test]
    fn deals_are_named_by_partner_and_id() {
        for text in ["alpine/metro", "partners/alpine/deals/metro"] {
            assert_eq!(deal_name(text).ok().as_deref(), Some("partners/alpine/deals/metro"));
        }
        assert!(deal_name("metro").is_err());
    }
}
