//! One alert: what it rests on, and what happened to it.

use tributary_proto::tributary::contract::v1::{Alert, AlertChange, Evidence, evidence};

use super::ShowArgs;
use crate::{
    cli::{Connection, Failure, look::left},
    output::{self, Ink, date_text, grouped, is_coloured, message_json, moment_text, money_text, name, pairs},
};

/// Prints it.
pub(super) async fn run(connection: &Connection, args: &ShowArgs) -> Result<(), Failure> {
    let alert = super::get(connection, &args.name).await?;
    if args.json {
        output::json_line(&message_json(&alert));
        return Ok(());
    }
    let head = |text: &str| Ink::Head.on(text, is_coloured());
    output::line(&head(&alert.name));
    output::line(&pairs(&about(&alert)));
    output::line(&head("\nevidence"));
    let evidence: Vec<_> = alert.evidence.iter().map(|item| (item.name.as_str(), value(item))).collect();
    output::line(&pairs(&evidence));
    output::line(&head("\nhistory"));
    let columns = left(["time", "state", "severity", "by", "what"]);
    output::line(&output::table(&columns, &alert.changes.iter().map(change).collect::<Vec<_>>()));
    Ok(())
}

fn about(alert: &Alert) -> Vec<(&'static str, String)> {
    let seen =
        |who: &str, when| if who.is_empty() { String::new() } else { format!("by {who} at {}", moment_text(when)) };
    vec![
        ("what", alert.summary.clone()),
        ("severity", name(alert.severity().as_str_name(), "ALERT_SEVERITY_")),
        ("state", name(alert.state().as_str_name(), "ALERT_STATE_")),
        ("since", moment_text(alert.open_time.as_ref())),
        ("rule", alert.rule_version.clone()),
        ("partner", alert.partner.clone()),
        ("contract", alert.contract.clone()),
        ("subject", alert.subject.clone()),
        ("suggested", alert.suggested_action.clone()),
        ("for", alert.owner.clone()),
        ("acknowledged", seen(&alert.acknowledged_by, alert.acknowledge_time.as_ref())),
        ("resolved", seen(&alert.resolved_by, alert.resolve_time.as_ref())),
        ("note", alert.note.clone()),
    ]
}

fn value(item: &Evidence) -> String {
    match &item.value {
        Some(evidence::Value::Amount(money)) => money_text(money),
        Some(evidence::Value::Number(number)) => grouped(&number.value),
        Some(evidence::Value::Day(day)) => date_text(day),
        Some(evidence::Value::Text(text)) => text.clone(),
        None => String::new(),
    }
}

fn change(change: &AlertChange) -> Vec<String> {
    vec![
        moment_text(change.change_time.as_ref()),
        name(change.state().as_str_name(), "ALERT_STATE_"),
        name(change.severity().as_str_name(), "ALERT_SEVERITY_"),
        change.actor.clone(),
        change.text.clone(),
    ]
}
