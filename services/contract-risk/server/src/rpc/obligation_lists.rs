//! The lists of `ObligationService`: cursors and pages.

use contract_risk_domain::{Obligation, Party};
use tributary_core::{Date, Fault, RequestContext, ResourceId, Timestamp, Violations, fault::common};
use tributary_proto::tributary::contract::v1 as pb;
use tributary_rpc::{
    convert::{self as wire, resource_id},
    page::PageRequest,
};

use super::{bounded, obligation_filter as filter, obligations::named};
use crate::{
    app::{Obligations, Rates},
    convert::{obligation_to_proto, obligation_transition_to_proto, on_time_to_proto, reminder_to_proto},
    ports::{ObligationKey, ObligationQuery, ReminderQuery},
};

/// ListObligations.
pub(super) async fn obligations(
    app: &Obligations,
    caller: &RequestContext,
    query: pb::ListObligationsRequest,
) -> Result<pb::ListObligationsResponse, Fault> {
    let parts = ["ListObligations", &query.parent, &query.filter];
    let page = PageRequest::read(&parts, query.page_size, &query.page_token)?;
    let today = app.today();
    let condition = filter::obligations(&caller.scope, &query.filter, today)?;
    let contract = match query.parent.as_str() {
        "contracts/-" => None,
        name => Some(resource_id("contracts", name, "parent")?),
    };
    let cursor = |o: &Obligation| format!("{} {} {}", o.duty.due_on.days(), o.contract, o.id);
    let (obligations, next_page_token) = bounded::fill(
        &page,
        &parts,
        cursor,
        |o| obligation_to_proto(o, today),
        |after, limit| {
            let (contract, condition) = (contract.clone(), condition.clone());
            async move {
                let after = after.map(|text| read_key(&text).ok_or_else(broken)).transpose()?;
                app.obligations(caller, &ObligationQuery { contract, condition, after, limit }).await
            }
        },
    )
    .await?;
    Ok(pb::ListObligationsResponse { obligations, next_page_token })
}

/// ListObligationTransitions.
pub(super) async fn transitions(
    app: &Obligations,
    caller: &RequestContext,
    query: pb::ListObligationTransitionsRequest,
) -> Result<pb::ListObligationTransitionsResponse, Fault> {
    let parts = ["ListObligationTransitions", query.name.as_str()];
    let page = PageRequest::read(&parts, query.page_size, &query.page_token)?;
    let (contract, id) = named(&query.name)?;
    let (contract, id) = (&contract, &id);
    let (transitions, next_page_token) = bounded::fill(
        &page,
        &parts,
        |line| line.ordinal.to_string(),
        obligation_transition_to_proto,
        |after, limit| async move {
            let after = after.map_or(Ok(0), |text| text.parse().map_err(|_| broken()))?;
            app.transitions(caller, contract, id, after, limit).await
        },
    )
    .await?;
    Ok(pb::ListObligationTransitionsResponse { transitions, next_page_token })
}

/// ListReminders.
pub(super) async fn reminders(
    app: &Obligations,
    caller: &RequestContext,
    query: pb::ListRemindersRequest,
) -> Result<pb::ListRemindersResponse, Fault> {
    let parts = ["ListReminders", query.filter.as_str()];
    let page = PageRequest::read(&parts, query.page_size, &query.page_token)?;
    let asked = ReminderQuery {
        condition: filter::reminders(&query.filter)?,
        before: page.cursor.as_deref().map(|text| read_moment(text).ok_or_else(broken)).transpose()?,
        limit: page.limit(),
    };
    let mut found = app.reminders(caller, &asked).await?;
    Ok(pb::ListRemindersResponse {
        next_page_token: page.cut(&mut found, &parts, |last| format!("{} {}", last.create_time.0, last.uid)),
        reminders: found.into_iter().map(reminder_to_proto).collect(),
    })
}

/// QueryOnTimeRates.
pub(super) async fn on_time_rates(
    app: &Obligations,
    caller: &RequestContext,
    query: pb::QueryOnTimeRatesRequest,
) -> Result<pb::QueryOnTimeRatesResponse, Fault> {
    let mut v = Violations::new();
    let partner = match query.partner.as_str() {
        "" => None,
        name => v.check("partner", ResourceId::from_name("partners", name)),
    };
    let from = query.from.and_then(|date| v.check("from", wire::date(&date)));
    let to = query.to.and_then(|date| v.check("to", wire::date(&date)));
    v.into_result()?;
    let shown = |date: Option<Date>| date.map(|date| date.to_string()).unwrap_or_default();
    let (first, last, debtor) = (shown(from), shown(to), query.debtor.to_string());
    let parts = ["QueryOnTimeRates", &query.partner, &first, &last, &debtor];
    let page = PageRequest::read(&parts, query.page_size, &query.page_token)?;
    let rates = Rates {
        partner,
        from,
        to,
        debtor: Party::from_number(query.debtor),
        after: page.cursor.clone().unwrap_or_default(),
        limit: page.limit(),
    };
    let mut counts = app.on_time(caller, rates).await?;
    Ok(pb::QueryOnTimeRatesResponse {
        next_page_token: page.cut(&mut counts, &parts, |last| last.partner.to_string()),
        rates: counts.iter().map(on_time_to_proto).collect(),
    })
}

/// A cursor that no version of this service has made.
fn broken() -> Fault {
    Fault::new(common::PAGE_TOKEN_INVALID, "the page token cannot be read; start from the first page")
}

fn read_key(text: &str) -> Option<ObligationKey> {
    let mut parts = text.splitn(3, ' ');
    let due_on = Date::from_days(parts.next()?.parse().ok()?);
    let mut id = || ResourceId::parse(parts.next()?).ok();
    Some(ObligationKey { due_on, contract: id()?, id: id()? })
}

fn read_moment(text: &str) -> Option<(Timestamp, String)> {
    let (time, uid) = text.split_once(' ')?;
    Some((Timestamp(time.parse().ok()?), uid.to_owned()))
}
