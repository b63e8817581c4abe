//! Evaluations, decisions, progress, and what is recorded by hand.

use tributary_proto::tributary::partner::v1::{
    AssignTierRequest, EndTierOverrideRequest, EvaluateTiersRequest, ExplainTierDecisionRequest,
    GetTierProgressRequest, ListTierDecisionsRequest, ListTierFiguresRequest, RecordTierFigureRequest, TierAssignment,
    TierDecision, TierFigure, TierStanding, tier_figure::Value,
};

use super::{
    args::{AssignArgs, EndArgs, EvaluateArgs, ExplainArgs, PartnerListArgs, ProgressArgs, RecordArgs},
    once, partner_name, request_id, show, tier,
};
use crate::{
    cli::{
        Connection, Failure, MAX_ANSWER,
        look::{self, decimal, left},
    },
    output::{self, date_text, message_json, words},
};

/// Most partners of a page.
const PAGE: i32 = 1000;

/// Evaluates, page by page.
pub(super) async fn evaluate(connection: &Connection, args: &EvaluateArgs) -> Result<(), Failure> {
    let partner = match &args.partner {
        Some(partner) => partner_name(connection, partner).await?,
        None => String::new(),
    };
    let mut request = EvaluateTiersRequest { partner, date: args.on, page_size: PAGE, page_token: String::new() };
    let mut client = connection.tiers().max_decoding_message_size(MAX_ANSWER);
    let mut counts = [0_i64; 6];
    let mut rows = Vec::new();
    loop {
        let page = client.evaluate_tiers(request.clone()).await?.into_inner();
        let decided = i32::try_from(page.tier_decisions.len()).unwrap_or(i32::MAX);
        let more = [decided, page.recorded_count, page.up_count, page.down_count, page.grace_count, page.later_count];
        for (sum, more) in counts.iter_mut().zip(more) {
            *sum = sum.saturating_add(more.into());
        }
        for decision in &page.tier_decisions {
            if args.json { output::json_line(&message_json(decision)) } else { rows.push(row(decision)) }
        }
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    let [all, new, up, down, grace, later] = counts;
    let text =
        format!("{all} partners: {new} new decisions, {up} up, {down} down, {grace} in grace, {later} later ones");
    if args.json {
        output::note(&text);
    } else {
        output::line(&output::table(&COLUMNS.map(|name| (name, output::Align::Left)), &rows));
        output::line(&text);
    }
    Ok(())
}

const COLUMNS: [&str; 6] = ["decision", "date", "tier", "earned", "move", "grace until"];

fn row(decision: &TierDecision) -> Vec<String> {
    vec![
        decision.name.clone(),
        decision.date.as_ref().map(date_text).unwrap_or_default(),
        tier(&decision.tier),
        tier(&decision.earned_tier),
        words(decision.r#move().as_str_name(), "TIER_MOVE_"),
        decision.grace_until.as_ref().map(date_text).unwrap_or_default(),
    ]
}

/// Shows how a partner stands.
pub(super) async fn progress(connection: &Connection, args: &ProgressArgs) -> Result<(), Failure> {
    let request = GetTierProgressRequest {
        partner: partner_name(connection, &args.partner).await?,
        date: args.on,
        language: args.language.to_proto(),
    };
    let progress = connection.tiers().get_tier_progress(request).await?.into_inner();
    if args.json {
        output::json_line(&message_json(&progress));
        return Ok(());
    }
    let in_force = progress.assignment.as_ref().map(|a| a.tier.as_str()).unwrap_or_default();
    let mut pairs = vec![
        ("in force", tier(in_force)),
        ("decided", tier(&progress.decided_tier)),
        ("earned", tier(&progress.earned_tier)),
        ("next", tier(&progress.next_tier)),
    ];
    pairs.extend(progress.grace_until.as_ref().map(|day| ("in grace until", date_text(day))));
    output::line(&output::pairs(&pairs));
    let rows: Vec<Vec<String>> = progress.standings.iter().flat_map(standing_rows).collect();
    output::line(&output::table(&left(["tier", "met", "requirement"]), &rows));
    let next = progress.standings.iter().find(|standing| standing.tier == progress.next_tier);
    if let Some(next) = next {
        output::line(&format!("to {}: {}", next.tier, next.missing));
    }
    Ok(())
}

fn standing_rows(standing: &TierStanding) -> Vec<Vec<String>> {
    let row =
        |met: bool, text: &str| vec![standing.tier.clone(), if met { "yes" } else { "no" }.to_owned(), text.to_owned()];
    if standing.findings.is_empty() {
        return vec![row(true, "")];
    }
    standing.findings.iter().map(|finding| row(finding.met, &finding.sentence)).collect()
}

/// Lists decisions.
pub(super) async fn decisions(connection: &Connection, args: &PartnerListArgs) -> Result<(), Failure> {
    let partner = partner_name(connection, &args.partner).await?;
    let page = async |page_size, page_token| {
        let request = ListTierDecisionsRequest { partner: partner.clone(), page_size, page_token };
        let mut client = connection.tiers().max_decoding_message_size(MAX_ANSWER);
        let page = client.list_tier_decisions(request).await?.into_inner();
        Ok((page.tier_decisions, page.next_page_token))
    };
    look::print((args.list.top, args.list.json), &left(COLUMNS), row, page).await
}

/// Explains a decision.
pub(super) async fn explain(connection: &Connection, args: &ExplainArgs) -> Result<(), Failure> {
    let request = ExplainTierDecisionRequest { name: args.decision.clone(), language: args.language.to_proto() };
    let answer = connection.tiers().explain_tier_decision(request).await?.into_inner();
    show(args.json, &answer, &answer.sentences.join("\n"));
    Ok(())
}

/// Assigns a tier by hand.
pub(super) async fn assign(connection: &Connection, args: AssignArgs) -> Result<(), Failure> {
    let request = AssignTierRequest {
        partner: partner_name(connection, &args.partner).await?,
        tier: args.tier,
        effective_from: Some(args.from),
        effective_to: args.to,
        reason: args.reason,
        request_id: request_id(args.request_id),
    };
    let made = once(&request.request_id, connection.tiers().assign_tier(request.clone())).await?;
    show(args.json, &made, &assigned(&made));
    Ok(())
}

/// Ends overrides.
pub(super) async fn end_override(connection: &Connection, args: EndArgs) -> Result<(), Failure> {
    let request = EndTierOverrideRequest {
        partner: partner_name(connection, &args.partner).await?,
        effective_from: args.from,
        reason: args.reason,
        request_id: request_id(args.request_id),
    };
    let answer = once(&request.request_id, connection.tiers().end_tier_override(request.clone())).await?;
    let lines: Vec<String> = answer.tier_assignments.iter().map(assigned).collect();
    show(args.json, &answer, &lines.join("\n"));
    Ok(())
}

fn assigned(made: &TierAssignment) -> String {
    let from = made.effective_from.as_ref().map(date_text).unwrap_or_default();
    let to = made.effective_to.as_ref().map(|day| format!(" to {}", date_text(day))).unwrap_or_default();
    format!("{} is {} from {from}{to}", made.partner, tier(&made.tier))
}

/// Records a figure.
pub(super) async fn record(connection: &Connection, args: RecordArgs) -> Result<(), Failure> {
    let value = match args.value.as_str() {
        "yes" => Value::Flag(true),
        "no" => Value::Flag(false),
        number => Value::Number(decimal(number).map_err(Failure::usage)?),
    };
    let figure = TierFigure {
        partner: partner_name(connection, &args.partner).await?,
        figure: args.figure,
        value: Some(value),
        effective_from: Some(args.from),
        effective_to: args.to,
        reason: args.reason,
        ..TierFigure::default()
    };
    let request = RecordTierFigureRequest { tier_figure: Some(figure), request_id: request_id(args.request_id) };
    let made = once(&request.request_id, connection.tiers().record_tier_figure(request.clone())).await?;
    show(args.json, &made, &format!("{} of {} is {}", made.figure, made.partner, value_text(&made)));
    Ok(())
}

/// Lists figures.
pub(super) async fn figures(connection: &Connection, args: &PartnerListArgs) -> Result<(), Failure> {
    let partner = partner_name(connection, &args.partner).await?;
    let page = async |page_size, page_token| {
        let request = ListTierFiguresRequest { partner: partner.clone(), page_size, page_token };
        let page = connection.tiers().list_tier_figures(request).await?.into_inner();
        Ok((page.tier_figures, page.next_page_token))
    };
    let row = |figure: &TierFigure| {
        vec![
            figure.figure.clone(),
            value_text(figure),
            figure.effective_from.as_ref().map(date_text).unwrap_or_default(),
            figure.effective_to.as_ref().map_or_else(|| "open".to_owned(), date_text),
            figure.reason.clone(),
            figure.actor.clone(),
        ]
    };
    let columns = left(["figure", "value", "from", "to", "reason", "by"]);
    look::print((args.list.top, args.list.json), &columns, row, page).await
}

fn value_text(figure: &TierFigure) -> String {
    match &figure.value {
        Some(Value::Flag(flag)) => if *flag { "yes" } else { "no" }.to_owned(),
        Some(Value::Number(number)) => number.value.clone(),
        None => String::new(),
    }
}
