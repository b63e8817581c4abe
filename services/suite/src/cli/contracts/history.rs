//! What happened to a contract: its states and its revisions.

use tributary_proto::tributary::contract::v1::{
    ContractRevision, ContractTransition, ListContractRevisionsRequest, ListContractTransitionsRequest,
};

use super::NameArgs;
use crate::{
    cli::{
        Connection, Failure,
        look::{self, left},
    },
    output::{self, message_json, moment_text, name},
};

/// Prints both, oldest first.
pub(super) async fn run(connection: &Connection, args: &NameArgs) -> Result<(), Failure> {
    let contract = super::resource_name(connection, &args.name).await?;
    let transitions = async |page_size, page_token| {
        let request = ListContractTransitionsRequest { name: contract.clone(), page_size, page_token };
        let page = connection.contracts().list_contract_transitions(request).await?.into_inner();
        Ok((page.transitions, page.next_page_token))
    };
    let revisions = async |page_size, page_token| {
        let request = ListContractRevisionsRequest { name: contract.clone(), page_size, page_token };
        let page = connection.contracts().list_contract_revisions(request).await?.into_inner();
        Ok((page.revisions, page.next_page_token))
    };
    let (mut states, mut texts) = (Vec::new(), Vec::new());
    look::each(u32::MAX, transitions, |transition| states.push(transition)).await?;
    look::each(u32::MAX, revisions, |revision| texts.push(revision)).await?;
    // The service has the newest first.
    texts.reverse();
    if args.json {
        let line = |name: &str, value| output::json_line(&serde_json::json!({ name: value }));
        states.iter().for_each(|transition| line("transition", message_json(transition)));
        texts.iter().for_each(|revision| line("revision", message_json(revision)));
        return Ok(());
    }
    let columns = left(["time", "from", "to", "revision", "by", "why"]);
    output::line(&output::table(&columns, &states.iter().map(transition).collect::<Vec<_>>()));
    output::line("");
    let columns = left(["revision", "time", "by", "note", "digest"]);
    output::line(&output::table(&columns, &texts.iter().map(revision).collect::<Vec<_>>()));
    Ok(())
}

fn transition(transition: &ContractTransition) -> Vec<String> {
    vec![
        moment_text(transition.transition_time.as_ref()),
        name(transition.from_state().as_str_name(), "CONTRACT_STATE_"),
        name(transition.to_state().as_str_name(), "CONTRACT_STATE_"),
        transition.revision.to_string(),
        transition.actor.clone(),
        transition.reason.clone(),
    ]
}

fn revision(revision: &ContractRevision) -> Vec<String> {
    vec![
        revision.revision.to_string(),
        moment_text(revision.create_time.as_ref()),
        revision.author.clone(),
        revision.note.clone(),
        revision.terms_digest.get(..16).unwrap_or_default().to_owned(),
    ]
}
