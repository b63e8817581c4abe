//! Leads looked up and registered; deals listed and told.

use tributary_proto::tributary::partner::v1::{
    Deal, DealCustomer, DealRevision, DealState, FindDealConflictsRequest, FindDealConflictsResponse, GetDealRequest,
    ListDealRevisionsRequest, ListDealsRequest, RegisterDealRequest, Registration,
};

use super::{
    Client,
    args::{DealArgs, DealListArgs, FindArgs, HistoryArgs, LeadArgs, RegisterArgs},
    changed, deal_name, partner_name, state,
};
use crate::{
    cli::{
        Connection, Done, Failure,
        look::{self, left, money},
    },
    output::{self, date_text, message_json, money_text},
};

/// The customer that is meant.
fn customer(lead: &LeadArgs) -> Result<DealCustomer, Failure> {
    let registration = match lead.number.as_deref().map(|text| (text, text.split_once(':'))) {
        None => None,
        Some((_, Some((scheme, number)))) => {
            Some(Registration { scheme: scheme.to_owned(), number: number.to_owned() })
        }
        Some((text, None)) => return Err(Failure::usage(format!("{text:?} is not of the form SCHEME:NUMBER"))),
    };
    Ok(DealCustomer { display_name: lead.customer.clone(), registration })
}

/// Shows who holds a lead.
pub(super) async fn find(connection: &Connection, mut client: Client, args: FindArgs) -> Result<Done, Failure> {
    let request = FindDealConflictsRequest {
        parent: partner_name(connection, args.partner.as_deref()).await?,
        customer: Some(customer(&args.lead)?),
        product_line: args.lead.line,
    };
    let answer = client.find_deal_conflicts(request).await?.into_inner();
    if args.json {
        output::json_line(&message_json(&answer));
    } else {
        told(&answer);
    }
    Ok(if answer.free { Done::All } else { Done::Differs })
}

fn told(answer: &FindDealConflictsResponse) {
    let until = answer.free_from.as_ref().map_or_else(
        || "until it is decided".to_owned(),
        |day| format!("first day on which it is free: {}", date_text(day)),
    );
    match (&answer.conflict, answer.own) {
        (Some(conflict), _) => output::line(&format!("{} holds the lead, {until}", conflict.deal)),
        (None, true) => output::line("the partner holds the lead itself"),
        (None, false) if answer.free => output::line("the lead is free"),
        (None, false) => output::line(&format!("the lead is taken, {until}")),
    }
    for similar in &answer.similar {
        let likeness = similar.similarity.clone().unwrap_or_default().value;
        output::line(&format!("similar by {likeness}: {} {}", similar.deal, similar.customer));
    }
}

/// Registers a lead.
pub(super) async fn register(connection: &Connection, mut client: Client, args: RegisterArgs) -> Result<Done, Failure> {
    let deal = Deal {
        customer: Some(customer(&args.lead)?),
        product_line: args.lead.line,
        value: Some(money(&args.value, &args.currency)?),
        note: args.note,
        expected_close: args.close,
        ..Deal::default()
    };
    let (parent, deal, deal_id) = (partner_name(connection, Some(&args.partner)).await?, Some(deal), args.id);
    changed(args.change, async |request_id| {
        client.register_deal(RegisterDealRequest { parent, deal, deal_id, request_id }).await
    })
    .await
}

/// Lists deals.
pub(super) async fn list(connection: &Connection, client: Client, args: &DealListArgs) -> Result<Done, Failure> {
    let parent = partner_name(connection, args.partner.as_deref()).await?;
    let page = async |page_size, page_token| {
        let request = ListDealsRequest { parent: parent.clone(), filter: args.filter.clone(), page_size, page_token };
        let page = client.clone().list_deals(request).await?.into_inner();
        Ok((page.deals, page.next_page_token))
    };
    let columns = left(["name", "customer", "product line", "value", "state", "decide by", "protection end"]);
    look::print((args.list.top, args.list.json), &columns, row, page).await.map(|()| Done::All)
}

fn row(deal: &Deal) -> Vec<String> {
    let day = |day: &Option<_>| day.as_ref().map(date_text).unwrap_or_default();
    vec![
        deal.name.clone(),
        deal.customer.clone().unwrap_or_default().display_name,
        deal.product_line.clone(),
        deal.value.as_ref().map(money_text).unwrap_or_default(),
        state(deal.state()),
        day(&deal.decide_by),
        day(&deal.protection_end),
    ]
}

/// Shows a deal.
pub(super) async fn get(mut client: Client, args: &DealArgs) -> Result<Done, Failure> {
    let deal = client.get_deal(GetDealRequest { name: deal_name(&args.deal)? }).await?.into_inner();
    output::line(&serde_json::to_string_pretty(&message_json(&deal)).unwrap_or_default());
    Ok(Done::All)
}

/// Shows the history of a deal, newest first.
pub(super) async fn history(client: Client, args: &HistoryArgs) -> Result<Done, Failure> {
    let name = deal_name(&args.deal)?;
    let page = async |page_size, page_token| {
        let request = ListDealRevisionsRequest { name: name.clone(), page_size, page_token };
        let page = client.clone().list_deal_revisions(request).await?.into_inner();
        Ok((page.revisions, page.next_page_token))
    };
    let row = |revision: &DealRevision| {
        let deal = revision.deal.clone().unwrap_or_default();
        let before = match revision.previous_state() {
            DealState::Unspecified => String::new(),
            known => state(known),
        };
        let (action, actor, reason) = (&revision.action, &revision.actor, &revision.reason);
        vec![deal.revision.to_string(), action.clone(), before, state(deal.state()), actor.clone(), reason.clone()]
    };
    let columns = left(["revision", "action", "before", "after", "by", "why"]);
    look::print((args.list.top, args.list.json), &columns, row, page).await.map(|()| Done::All)
}
