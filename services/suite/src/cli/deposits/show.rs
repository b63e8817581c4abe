//! Deposits as tables.

use tributary_proto::{
    google::r#type::Money,
    tributary::incentive::v1::{Deposit, DepositMovement, DepositState, GetDepositRequest, ListDepositsRequest},
};

use super::{
    Client,
    args::{DepositListArgs, ShowArgs},
    named,
};
use crate::{
    cli::{Connection, Failure, look, partners},
    output::{self, Align, message_json, moment_text, money_text, words},
};

fn shown(money: Option<&Money>) -> String {
    money.map(money_text).unwrap_or_default()
}

/// A deposit in a line, and what moved last.
pub(super) fn told(deposit: &Deposit) {
    let [required, held, reserved, due] =
        [&deposit.required, &deposit.held, &deposit.reserved, &deposit.due].map(|money| shown(money.as_ref()));
    output::line(&format!("{}: required {required}, held {held}, reserved {reserved}, due {due}", deposit.name));
    if let Some(last) = deposit.movements.last() {
        let row = moved(last);
        output::line(&format!("movement {}: {}", last.number, row.get(1..).unwrap_or_default().join(", ")));
    }
}

pub(super) async fn list(connection: &Connection, client: &Client, args: DepositListArgs) -> Result<(), Failure> {
    let columns = [
        ("deposit", Align::Left),
        ("partner", Align::Left),
        ("secures", Align::Left),
        ("required", Align::Right),
        ("held", Align::Right),
        ("reserved", Align::Right),
        ("due", Align::Right),
        ("state", Align::Left),
    ];
    let row = |deposit: &Deposit| {
        vec![
            deposit.name.trim_start_matches("deposits/").to_owned(),
            deposit.partner.trim_start_matches("partners/").to_owned(),
            deposit.cause.clone(),
            shown(deposit.required.as_ref()),
            shown(deposit.held.as_ref()),
            shown(deposit.reserved.as_ref()),
            shown(deposit.due.as_ref()),
            words(deposit.state().as_str_name(), "DEPOSIT_STATE_"),
        ]
    };
    let partner = partners::resource_name(connection, args.partner.as_deref()).await?;
    let state = if args.closed { DepositState::Unspecified } else { DepositState::Open };
    let page = async |page_size, page_token| {
        let request = ListDepositsRequest {
            partner: partner.clone(),
            state: state.into(),
            cause: args.cause.clone(),
            page_size,
            page_token,
        };
        let page = client.clone().list_deposits(request).await?.into_inner();
        Ok((page.deposits, page.next_page_token))
    };
    look::print((args.list.top, args.list.json), &columns, row, page).await
}

pub(super) async fn show(mut client: Client, args: &ShowArgs) -> Result<(), Failure> {
    let deposit = client.get_deposit(GetDepositRequest { name: named(&args.deposit) }).await?.into_inner();
    if args.json {
        output::json_line(&message_json(&deposit));
        return Ok(());
    }
    let share = deposit.rate.as_ref().map(|rate| rate.value.clone()).unwrap_or_default();
    output::line(&output::pairs(&[
        ("deposit", format!("{} of {}", deposit.name, deposit.partner)),
        ("secures", deposit.cause.clone()),
        ("required", format!("{} = {share} × {}", shown(deposit.required.as_ref()), shown(deposit.base.as_ref()))),
        ("held", shown(deposit.held.as_ref())),
        ("reserved", shown(deposit.reserved.as_ref())),
        ("due", shown(deposit.due.as_ref())),
        ("excess", shown(deposit.excess.as_ref())),
        ("state", words(deposit.state().as_str_name(), "DEPOSIT_STATE_")),
    ]));
    if deposit.movements.is_empty() {
        return Ok(());
    }
    let columns = [
        ("no.", Align::Right),
        ("what", Align::Left),
        ("state", Align::Left),
        ("cause", Align::Left),
        ("by", Align::Left),
        ("on", Align::Left),
    ];
    let rows: Vec<_> = deposit.movements.iter().map(moved).collect();
    output::line(&output::table(&columns, &rows));
    Ok(())
}

fn moved(movement: &DepositMovement) -> Vec<String> {
    let parts =
        [(&movement.received, "received"), (&movement.released, "given back"), (&movement.forfeited, "forfeited")];
    let moves = |money: &&Money| money.units != 0 || money.nanos != 0;
    let what = parts
        .iter()
        .filter_map(|(money, what)| money.as_ref().filter(moves).map(|money| format!("{} {what}", money_text(money))));
    let by = match (movement.author.as_str(), movement.decider.as_str()) {
        (author, "") => author.to_owned(),
        (author, decider) => format!("{author}, {decider}"),
    };
    vec![
        movement.number.to_string(),
        what.collect::<Vec<_>>().join(", "),
        words(movement.state().as_str_name(), "DEPOSIT_MOVEMENT_STATE_"),
        movement.cause.clone(),
        by,
        moment_text(movement.create_time.as_ref()),
    ]
}
