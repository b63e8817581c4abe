//! What persons may do and partners hold on a day.

use tributary_proto::tributary::partner::v1::{
    CheckPersonRequest, CheckQualificationRequest, ListQualificationsRequest, Qualification,
};

use super::{
    Clients,
    args::{CheckArgs, QualificationsArgs, QualifiedArgs},
    at_partner, named, partner_name,
};
use crate::{
    cli::{
        Connection, Done, Failure,
        look::{self, left},
    },
    output::{self, date_text, message_json},
};

/// Tells whether a person may do duty.
pub(super) async fn check(mut clients: Clients, args: CheckArgs) -> Result<Done, Failure> {
    let request = CheckPersonRequest {
        name: at_partner("persons", &args.person)?,
        certificate_definition: named("certificateDefinitions", &args.certificate),
        date: args.on,
    };
    let answer = clients.certification.check_person(request).await?.into_inner();
    if args.json {
        output::json_line(&message_json(&answer));
    } else {
        let day = answer.date.as_ref().map(date_text).unwrap_or_default();
        let may = if answer.allowed { "may" } else { "may not" };
        let until = answer.until.as_ref().map(|until| format!(", first day no longer: {}", date_text(until)));
        output::line(&format!("{} {may} do duty on {day}{}", answer.person, until.unwrap_or_default()));
        for missing in &answer.missing {
            output::line(missing);
        }
    }
    Ok(if answer.allowed { Done::All } else { Done::Differs })
}

/// Tells whether enough people of a partner hold a certificate.
pub(super) async fn qualified(
    connection: &Connection,
    mut clients: Clients,
    args: QualifiedArgs,
) -> Result<Done, Failure> {
    let request = CheckQualificationRequest {
        partner: partner_name(connection, Some(&args.partner)).await?,
        certificate_definition: named("certificateDefinitions", &args.certificate),
        minimum_persons: args.minimum,
        date: args.on,
    };
    let answer = clients.certification.check_qualification(request).await?.into_inner();
    if args.json {
        output::json_line(&message_json(&answer));
    } else {
        let until = answer.held_until.as_ref().map(|day| format!(", first day with fewer: {}", date_text(day)));
        let missing = Some(&answer.missing).filter(|missing| !missing.is_empty());
        let more = missing.map_or(until.unwrap_or_default(), |missing| format!(", {missing}"));
        let (count, minimum) = (answer.holder_count, answer.minimum_persons);
        output::line(&format!("{}: {count} of {minimum} wanted{more}", answer.partner));
        for holder in &answer.holders {
            output::line(holder);
        }
    }
    Ok(if answer.held { Done::All } else { Done::Differs })
}

/// Tells the same of all.
pub(super) async fn qualifications(
    connection: &Connection,
    clients: Clients,
    args: &QualificationsArgs,
) -> Result<Done, Failure> {
    let parent = partner_name(connection, args.partner.as_deref()).await?;
    let asked = args.certificate.as_ref().map(|id| named("certificateDefinitions", id)).unwrap_or_default();
    let page = async |page_size, page_token| {
        let request = ListQualificationsRequest {
            parent: parent.clone(),
            certificate_definition: asked.clone(),
            minimum_persons: args.minimum,
            date: args.on,
            page_size,
            page_token,
        };
        let page = clients.clone().certification.list_qualifications(request).await?.into_inner();
        Ok((page.qualifications, page.next_page_token))
    };
    let row = |found: &Qualification| {
        vec![
            found.partner.clone(),
            found.certificate_definition.clone(),
            format!("{} of {}", found.holder_count, found.minimum_persons),
            if found.held { "yes" } else { "no" }.to_owned(),
            found.held_until.as_ref().map(date_text).unwrap_or_default(),
            found.missing.clone(),
        ]
    };
    let columns = left(["partner", "certificate", "persons", "held", "until", "missing"]);
    look::print((args.list.top, args.list.json), &columns, row, page).await.map(|()| Done::All)
}
