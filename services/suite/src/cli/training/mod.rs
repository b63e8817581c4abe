//! `tributary training`.

mod args;
mod changes;
mod checks;
mod lists;

use tonic::{Response, Status};
use tributary_proto::tributary::partner::v1::{
    certification_service_client::CertificationServiceClient, training_service_client::TrainingServiceClient,
};

use args::ChangeArgs;
pub use args::TrainingCommand;

use super::{ConnectArgs, Connection, Done, Failure, Keyed, MAX_ANSWER, look, partners};
use crate::output::{self, message_json};

/// The clients of both services.
#[derive(Clone)]
struct Clients {
    training: TrainingServiceClient<Keyed>,
    certification: CertificationServiceClient<Keyed>,
}

/// Does one of the commands about training.
pub(super) async fn run(command: TrainingCommand, connect: &ConnectArgs) -> Result<Done, Failure> {
    look::with(connect, async |connection| {
        let clients = Clients {
            training: TrainingServiceClient::new(connection.own()).max_decoding_message_size(MAX_ANSWER),
            certification: CertificationServiceClient::new(connection.own()).max_decoding_message_size(MAX_ANSWER),
        };
        match command {
            TrainingCommand::Courses(args) => lists::courses(clients, &args).await,
            TrainingCommand::Definitions(args) => lists::definitions(clients, &args).await,
            TrainingCommand::Sessions(args) => lists::sessions(clients, &args).await,
            TrainingCommand::Persons(args) => lists::persons(connection, clients, &args).await,
            TrainingCommand::Enrolments(args) => lists::enrolments(connection, clients, &args).await,
            TrainingCommand::Results(args) => lists::results(connection, clients, &args).await,
            TrainingCommand::Certificates(args) => lists::certificates(connection, clients, &args).await,
            TrainingCommand::History(args) => lists::history(clients, &args).await,
            TrainingCommand::Qualifications(args) => checks::qualifications(connection, clients, &args).await,
            TrainingCommand::Check(args) => checks::check(clients, args).await,
            TrainingCommand::Qualified(args) => checks::qualified(connection, clients, args).await,
            TrainingCommand::AddCourse(args) => changes::add_course(clients, args).await,
            TrainingCommand::AddCertificate(args) => changes::add_definition(clients, args).await,
            TrainingCommand::Retire(args) => changes::retire(clients, args).await,
            TrainingCommand::Schedule(args) => changes::schedule(clients, args).await,
            TrainingCommand::Cancel(args) => changes::cancel(clients, args).await,
            TrainingCommand::AddPerson(args) => changes::add_person(clients, args).await,
            TrainingCommand::Erase(args) => changes::erase(clients, args).await,
            TrainingCommand::Enrol(args) => changes::enrol(clients, args).await,
            TrainingCommand::Leave(args) => changes::leave(clients, args).await,
            TrainingCommand::Attend(args) => changes::attend(clients, args).await,
            TrainingCommand::Record(args) => changes::record(clients, args).await,
            TrainingCommand::Correct(args) => changes::correct(clients, args).await,
            TrainingCommand::Revoke(args) => changes::revoke(clients, args).await,
            TrainingCommand::Refresh(args) => changes::refresh(connection, clients, args).await,
        }
    })
    .await
}

/// The resource name of the partner that is meant; "partners/-" for all.
async fn partner_name(connection: &Connection, text: Option<&str>) -> Result<String, Failure> {
    partners::resource_name(connection, Some(text.unwrap_or("-"))).await
}

/// A resource name in a collection of the tenant. Example: "courses/online" of "online".
fn named(collection: &str, text: &str) -> String {
    if text.contains('/') { text.to_owned() } else { format!("{collection}/{text}") }
}

/// A resource name in a collection of a partner. Example: "partners/alpine/persons/li" of "alpine/li".
fn at_partner(collection: &str, text: &str) -> Result<String, Failure> {
    match text.split_once('/') {
        Some(("partners", _)) => Ok(text.to_owned()),
        Some((partner, id)) => Ok(format!("partners/{partner}/{collection}/{id}")),
        None => Err(Failure::usage(format!("{text:?} names none of the {collection}; write PARTNER/ID"))),
    }
}

/// Partner and id of a person, of "alpine/li" or its resource name.
fn person_parts(text: &str) -> Result<(String, String), Failure> {
    let name = at_partner("persons", text)?;
    let parts = name.strip_prefix("partners/").and_then(|rest| rest.split_once("/persons/"));
    let (partner, id) = parts.ok_or_else(|| Failure::usage(format!("{text:?} names no person; write PARTNER/ID")))?;
    Ok((format!("partners/{partner}"), id.to_owned()))
}

/// Makes a call that changes something, and shows what came of it.
async fn changed<T: prost::Message + prost::Name>(
    change: ChangeArgs,
    told: impl FnOnce(&T) -> String,
    call: impl AsyncFnOnce(String) -> Result<Response<T>, Status>,
) -> Result<Done, Failure> {
    let id = look::request_id(change.request_id);
    let answer = look::once(&id, call(id.clone())).await?;
    if change.json {
        output::json_line(&message_json(&answer));
    } else {
        output::line(&told(&answer));
    }
    Ok(Done::All)
}

#[cfg(test)]
mod tests {
    use super::{at_partner, named, person_parts};

    #[test]
    fn names_are_completed() {
        assert_eq!(named("courses", "online"), "courses/online");
        assert_eq!(named("courses", "courses/online"), "courses/online");
        assert_eq!(at_partner("persons", "alpine/li").ok().as_deref(), Some("partners/alpine/persons/li"));
        assert!(at_partner("persons", "li").is_err());
        let parts = Some(("partners/alpine".to_owned(), "li".to_owned()));
        assert_eq!(person_parts("alpine/li").ok(), parts);
        assert_eq!(person_parts("partners/alpine/persons/li").ok(), parts);
        assert!(person_parts("partners/alpine/deals/li").is_err());
    }
}
