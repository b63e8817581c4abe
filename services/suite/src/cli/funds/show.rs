//! Funds and subsidies as tables.

use tributary_proto::{
    google::r#type::{Decimal, Money},
    tributary::incentive::v1::{
        Fund, FundUsageLine, GetFundRequest, GetFundUsageRequest, GetSubsidyRequest, ListFundsRequest,
        ListSubsidiesRequest, Subsidy, SubsidyClaim, SubsidyPayout,
    },
};

use super::{
    Funds, Subsidies,
    args::{FundListArgs, RequestListArgs, ShowArgs, SubsidyArgs},
    named,
};
use crate::{
    cli::{Connection, Failure, calculate::resource, look, partners},
    output::{self, Align, date_text, decimal_text, exact_per_cent, message_json, moment_text, money_text, words},
};

const CLASS: &str = "CHANNEL_CLASS_";
const STATE: &str = "SUBSIDY_STATE_";

fn shown(money: Option<&Money>) -> String {
    money.map(money_text).unwrap_or_default()
}

fn share(rate: Option<&Decimal>) -> String {
    rate.map(|rate| exact_per_cent(&rate.value)).unwrap_or_default()
}

fn period(fund: &Fund) -> String {
    let [first, end] = [&fund.first_day, &fund.end_day].map(|day| day.as_ref().map(date_text).unwrap_or_default());
    format!("{first} up to before {end}")
}

/// A fund in a line.
pub(super) fn created(fund: &Fund) {
    output::line(&format!("{}: {}, {}, version {}", fund.name, fund.display_name, period(fund), fund.versions.len()));
}

/// A subsidy in a line, what was done last, and why so much is approved or paid.
pub(super) fn told(subsidy: &Subsidy) {
    let state = words(subsidy.state().as_str_name(), STATE);
    let what = subsidy.steps.last().map(|step| step.what.clone()).unwrap_or_default();
    output::line(&format!("{}: {state}; {what}", subsidy.name));
    let paid = subsidy.claims.last().and_then(|claim| claim.payout.as_ref());
    if let Some(payout) = paid.or(subsidy.approval.as_ref()) {
        output::line(&payout.explanation);
    }
}

pub(super) async fn list(client: &Funds, args: FundListArgs) -> Result<(), Failure> {
    let columns = [
        ("fund", Align::Left),
        ("name", Align::Left),
        ("kind", Align::Left),
        ("period", Align::Left),
        ("owner", Align::Left),
        ("rate", Align::Right),
        ("project cap", Align::Right),
    ];
    let row = |fund: &Fund| {
        let terms = fund.terms.clone().unwrap_or_default();
        vec![
            fund.name.trim_start_matches("funds/").to_owned(),
            fund.display_name.clone(),
            words(fund.kind().as_str_name(), "FUND_KIND_"),
            period(fund),
            fund.owner.clone(),
            share(terms.rate.as_ref()),
            shown(terms.project_cap.as_ref()),
        ]
    };
    let page = async |page_size, page_token| {
        let kind = args.kind.map_or(0, Into::into);
        let page = client.clone().list_funds(ListFundsRequest { kind, page_size, page_token }).await?.into_inner();
        Ok((page.funds, page.next_page_token))
    };
    look::print((args.list.top, args.list.json), &columns, row, page).await
}

pub(super) async fn fund(mut client: Funds, args: &ShowArgs) -> Result<(), Failure> {
    let name = resource("funds", &args.fund);
    let fund = client.get_fund(GetFundRequest { name: name.clone() }).await?.into_inner();
    let usage = client.get_fund_usage(GetFundUsageRequest { name }).await?.into_inner();
    if args.json {
        output::json_line(&message_json(&fund));
        output::json_line(&message_json(&usage));
        return Ok(());
    }
    let terms = fund.terms.clone().unwrap_or_default();
    let lapse = if terms.approval_days == 0 { String::new() } else { format!("{} days", terms.approval_days) };
    output::line(&output::pairs(&[
        ("fund", format!("{}: {}", fund.name, fund.display_name)),
        ("pays for", words(fund.kind().as_str_name(), "FUND_KIND_")),
        ("period", period(&fund)),
        ("owner", fund.owner.clone()),
        ("rate", share(terms.rate.as_ref())),
        ("project cap", shown(terms.project_cap.as_ref())),
        ("annual cap", shown(terms.annual_cap.as_ref())),
        ("claims until", format!("{} days after the activity", terms.claim_days)),
        ("approvals lapse after", lapse),
        ("held back", share(fund.held_back.as_ref())),
        ("in", fund.currency_code.clone()),
    ]));
    let columns = [
        ("channel", Align::Left),
        ("budget", Align::Right),
        ("held back", Align::Right),
        ("requested", Align::Right),
        ("committed", Align::Right),
        ("claimed", Align::Right),
        ("paid", Align::Right),
        ("free", Align::Right),
        ("of the reserve", Align::Right),
        ("forecast", Align::Right),
    ];
    let rows: Vec<_> = usage.lines.iter().chain(usage.total.as_ref()).map(used).collect();
    output::line(&output::table(&columns, &rows));
    Ok(())
}

fn used(line: &FundUsageLine) -> Vec<String> {
    let class = words(line.channel().as_str_name(), CLASS);
    let amounts = [
        &line.budget,
        &line.held_back,
        &line.requested,
        &line.committed,
        &line.claimed,
        &line.paid,
        &line.free,
        &line.free_reserve,
        &line.forecast,
    ];
    let amounts = amounts.map(|money| money.as_ref().map(|money| output::grouped(&decimal_text(money))));
    let class = if class.is_empty() { "all".to_owned() } else { class };
    std::iter::once(class).chain(amounts.into_iter().map(Option::unwrap_or_default)).collect()
}

pub(super) async fn requests(
    connection: &Connection,
    client: &Subsidies,
    args: RequestListArgs,
) -> Result<(), Failure> {
    let columns = [
        ("subsidy", Align::Left),
        ("fund", Align::Left),
        ("partner", Align::Left),
        ("channel", Align::Left),
        ("planned cost", Align::Right),
        ("approved", Align::Right),
        ("committed", Align::Right),
        ("paid", Align::Right),
        ("state", Align::Left),
        ("claim before", Align::Left),
    ];
    let row = |subsidy: &Subsidy| {
        vec![
            subsidy.name.trim_start_matches("subsidies/").to_owned(),
            subsidy.fund.trim_start_matches("funds/").to_owned(),
            subsidy.partner.trim_start_matches("partners/").to_owned(),
            words(subsidy.channel().as_str_name(), CLASS),
            shown(subsidy.planned_cost.as_ref()),
            shown(subsidy.approved.as_ref()),
            shown(subsidy.committed.as_ref()),
            shown(subsidy.paid.as_ref()),
            words(subsidy.state().as_str_name(), STATE),
            subsidy.claim_end_day.as_ref().map(date_text).unwrap_or_default(),
        ]
    };
    let partner = partners::resource_name(connection, args.partner.as_deref()).await?;
    let fund = args.fund.as_deref().map(|fund| resource("funds", fund)).unwrap_or_default();
    let page = async |page_size, page_token| {
        let request = ListSubsidiesRequest {
            fund: fund.clone(),
            partner: partner.clone(),
            state: args.state.map_or(0, Into::into),
            channel: args.channel.map_or(0, Into::into),
            page_size,
            page_token,
        };
        let page = client.clone().list_subsidies(request).await?.into_inner();
        Ok((page.subsidies, page.next_page_token))
    };
    look::print((args.list.top, args.list.json), &columns, row, page).await
}

pub(super) async fn subsidy(mut client: Subsidies, args: &SubsidyArgs) -> Result<(), Failure> {
    let subsidy = client.get_subsidy(GetSubsidyRequest { name: named(&args.subsidy) }).await?.into_inner();
    if args.json {
        output::json_line(&message_json(&subsidy));
        return Ok(());
    }
    let day = |day: &Option<_>| day.as_ref().map(date_text).unwrap_or_default();
    let why = |payout: &SubsidyPayout| payout.explanation.clone();
    output::line(&output::pairs(&[
        ("subsidy", format!("{} of {}", subsidy.name, subsidy.partner)),
        ("project", subsidy.project.clone()),
        ("fund", format!("{}, {}", subsidy.fund, words(subsidy.channel().as_str_name(), CLASS))),
        ("draws on", if subsidy.use_reserve { "the reserve".to_owned() } else { String::new() }),
        ("activity", format!("{} up to before {}", day(&subsidy.first_day), day(&subsidy.end_day))),
        ("planned cost", shown(subsidy.planned_cost.as_ref())),
        ("state", words(subsidy.state().as_str_name(), STATE)),
        ("approved", shown(subsidy.approved.as_ref())),
        ("because", subsidy.approval.as_ref().map(why).unwrap_or_default()),
        ("committed", shown(subsidy.committed.as_ref())),
        ("paid", shown(subsidy.paid.as_ref())),
        ("claim before", day(&subsidy.claim_end_day)),
    ]));
    for claim in &subsidy.claims {
        output::line(&claimed(claim));
    }
    let columns = look::left(["on", "by", "what", "why"]);
    let rows = subsidy
        .steps
        .iter()
        .map(|step| vec![moment_text(step.time.as_ref()), step.actor.clone(), step.what.clone(), step.reason.clone()]);
    output::line(&output::table(&columns, &rows.collect::<Vec<_>>()));
    Ok(())
}

fn claimed(claim: &SubsidyClaim) -> String {
    let proofs = claim.proofs.iter().map(|proof| {
        let invoice = [proof.issuer.as_str(), proof.invoice_number.as_str()].join(" ");
        format!("{} {}", proof.file_name, invoice.trim()).trim().to_owned()
    });
    let paid = match (claim.payment_reference.as_str(), &claim.paid_on) {
        (reference, Some(day)) => format!("{} by {reference}", date_text(day)),
        _ => String::new(),
    };
    output::pairs(&[
        ("claim", format!("{}, {}", claim.number, words(claim.state().as_str_name(), "SUBSIDY_CLAIM_STATE_"))),
        ("cost", shown(claim.cost.as_ref())),
        ("proof", proofs.collect::<Vec<_>>().join(", ")),
        ("note", claim.note.clone()),
        ("payout", claim.payout.as_ref().map(|payout| payout.explanation.clone()).unwrap_or_default()),
        ("posted as", claim.transaction.clone()),
        ("taken back by", claim.reversal.clone()),
        ("paid on", paid),
        ("decided", claim.decision_reason.clone()),
    ])
}
