//! `tributary tiers`.

mod args;
mod benefits;
mod decide;
mod programme;

use prost::{Message, Name};
use tributary_proto::tributary::partner::v1::{
    benefit_service_client::BenefitServiceClient, tier_programme_service_client::TierProgrammeServiceClient,
};

pub use args::TiersCommand;

use super::{
    ConnectArgs, Connection, Failure, Keyed, MAX_ANSWER,
    look::{self, once, request_id},
    partners,
};
use crate::{
    output::{self, message_json},
    planfile,
};

type Programmes = TierProgrammeServiceClient<Keyed>;
type Benefits = BenefitServiceClient<Keyed>;

/// Does one of the commands about tiers.
pub(super) async fn run(command: TiersCommand, connect: &ConnectArgs) -> Result<(), Failure> {
    // Files first: a fault in one needs no server.
    let file = match &command {
        TiersCommand::Check(args) | TiersCommand::Draft(args) => Some(planfile::load_tiers(&args.file)?),
        _ => None,
    };
    look::with(connect, async |connection| {
        let programmes = Programmes::new(connection.own()).max_decoding_message_size(MAX_ANSWER);
        let benefits = Benefits::new(connection.own()).max_decoding_message_size(MAX_ANSWER);
        match command {
            TiersCommand::Check(args) => programme::draft(programmes, file, true, args.json).await,
            TiersCommand::Draft(args) => programme::draft(programmes, file, false, args.json).await,
            TiersCommand::Versions(args) => programme::list(programmes, &args).await,
            TiersCommand::Approve(args) => programme::approve(programmes, &args).await,
            TiersCommand::Activate(args) => programme::activate(programmes, &args).await,
            TiersCommand::Preview(args) => programme::preview(programmes, &args).await,
            TiersCommand::Evaluate(args) => decide::evaluate(connection, &args).await,
            TiersCommand::Progress(args) => decide::progress(connection, &args).await,
            TiersCommand::Decisions(args) => decide::decisions(connection, &args).await,
            TiersCommand::Explain(args) => decide::explain(connection, &args).await,
            TiersCommand::Assign(args) => decide::assign(connection, args).await,
            TiersCommand::EndOverride(args) => decide::end_override(connection, args).await,
            TiersCommand::Record(args) => decide::record(connection, args).await,
            TiersCommand::Figures(args) => decide::figures(connection, &args).await,
            TiersCommand::Entitlements(args) => benefits::entitlements(connection, benefits, &args).await,
            TiersCommand::Agree(args) => benefits::agree(connection, benefits, args).await,
            TiersCommand::Use(args) => benefits::consume(connection, benefits, args).await,
            TiersCommand::Usages(args) => benefits::usages(connection, benefits, &args).await,
        }
    })
    .await
}

/// The resource name of the partner that is meant.
async fn partner_name(connection: &Connection, text: &str) -> Result<String, Failure> {
    partners::resource_name(connection, Some(text)).await
}

/// A tier in a table.
fn tier(id: &str) -> String {
    if id.is_empty() { "none".to_owned() } else { id.to_owned() }
}

/// A message as JSON, or as a line.
fn show<M: Message + Name>(json: bool, message: &M, text: &str) {
    if json { output::json_line(&message_json(message)) } else { output::line(text) }
}
