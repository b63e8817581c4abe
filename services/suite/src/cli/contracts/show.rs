//! A contract with everything it says.

use tributary_proto::{
    google::r#type::{Date, Decimal},
    tributary::contract::v1::{
        Attachment, Clause, Commitment, Contract, Signature, commitment::Target, deposit_terms::Size,
    },
};

use super::NameArgs;
use crate::{
    cli::{Connection, Failure, look::left},
    output::{
        self, Align, Ink, date_text, exact_per_cent, grouped, is_coloured, message_json, moment_text, money_text, name,
        pairs,
    },
};

/// Prints it.
pub(super) async fn run(connection: &Connection, args: &NameArgs) -> Result<(), Failure> {
    let contract = super::find(connection, &args.name).await?;
    if args.json {
        output::json_line(&message_json(&contract));
        return Ok(());
    }
    let head = |text: &str| Ink::Head.on(text, is_coloured());
    output::line(&head(&format!("{}: {}", contract.name, contract.title)));
    output::line(&pairs(&terms(&contract)));
    if !contract.commitments.is_empty() {
        output::line(&head("\ncommitments"));
        output::line(&commitments(&contract.commitments));
    }
    if !contract.signatures.is_empty() {
        output::line(&head("\nsignatures"));
        output::line(&signatures(&contract.signatures));
    }
    if !contract.attachments.is_empty() {
        output::line(&head("\nattachments"));
        output::line(&attachments(&contract.attachments));
    }
    for clause in &contract.clauses {
        output::line(&clause_text(clause, head));
    }
    Ok(())
}

/// The terms; what is not stated is left out.
fn terms(contract: &Contract) -> Vec<(&'static str, String)> {
    let day = |date: Option<&Date>| date.map(date_text).unwrap_or_default();
    let from = day(contract.effective_from.as_ref());
    let territory = contract.territory.clone().unwrap_or_default();
    let payment = contract.payment.clone().unwrap_or_default();
    let ratio = |number: &Option<Decimal>| number.as_ref().map(|n| exact_per_cent(&n.value)).unwrap_or_default();
    let deposit = contract.deposit.as_ref().and_then(|deposit| deposit.size.as_ref());
    let renewal = contract.renewal.unwrap_or_default();
    let count = |number: i32, unit: &str| if number > 0 { format!("{number} {unit}") } else { String::new() };
    vec![
        ("partner", contract.partner.clone()),
        ("principal", contract.principal.clone()),
        (
            "keys",
            contract.external_refs.iter().map(|r| format!("{}:{}", r.system, r.id)).collect::<Vec<_>>().join(", "),
        ),
        ("state", name(contract.state().as_str_name(), "CONTRACT_STATE_")),
        ("revision", format!("{} by {}", contract.revision, contract.author)),
        ("model", name(contract.model().as_str_name(), "COOPERATION_MODEL_")),
        (
            "term",
            match contract.effective_to.as_ref() {
                Some(to) => format!("from {from}, before {}", date_text(to)),
                None => format!("from {from}, open-ended"),
            },
        ),
        ("terminates on", day(contract.terminates_on.as_ref())),
        ("regions", territory.regions.join(", ")),
        ("product lines", territory.product_lines.join(", ")),
        ("exclusive", if territory.exclusive { "yes".to_owned() } else { String::new() }),
        ("currency", payment.currency_code.clone()),
        ("payment within", count(payment.payment_days, "days")),
        ("prepayment", ratio(&payment.prepayment_rate)),
        ("price of list", ratio(&payment.list_price_factor)),
        (
            "deposit",
            match deposit {
                Some(Size::Amount(money)) => money_text(money),
                Some(Size::Rate(rate)) => format!("{} of the contract value", exact_per_cent(&rate.value)),
                None => String::new(),
            },
        ),
        ("renewal", count(renewal.months, "months")),
        ("notice", renewal.notice_days.map(|days| format!("{days} days")).unwrap_or_default()),
        ("buffer", contract.termination_buffer_months.map(|months| format!("{months} months")).unwrap_or_default()),
        (
            "approved",
            contract
                .approval
                .as_ref()
                .map_or_else(String::new, |a| format!("by {} at {}", a.reviewer, moment_text(a.approve_time.as_ref()))),
        ),
        ("predecessor", contract.predecessor.clone()),
        ("successor", contract.successor.clone()),
        ("owner", contract.owner.clone()),
        ("labels", labels(contract)),
        ("digest", contract.terms_digest.clone()),
    ]
}

fn labels(contract: &Contract) -> String {
    let mut all: Vec<String> = contract.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    all.sort();
    all.join(", ")
}

/// How much is promised.
fn target(commitment: &Commitment) -> String {
    match &commitment.target {
        Some(Target::Amount(money)) => money_text(money),
        Some(Target::Quantity(quantity)) => grouped(&quantity.value),
        None => String::new(),
    }
}

fn commitments(all: &[Commitment]) -> String {
    let row = |commitment: &Commitment| {
        vec![
            commitment.commitment_id.clone(),
            name(commitment.kind().as_str_name(), "COMMITMENT_KIND_"),
            name(commitment.cadence().as_str_name(), "CADENCE_"),
            target(commitment),
            commitment.product_line.clone(),
        ]
    };
    let mut columns = left(["commitment", "kind", "every", "target", "product line"]);
    columns[3].1 = Align::Right;
    output::table(&columns, &all.iter().map(row).collect::<Vec<_>>())
}

fn signatures(all: &[Signature]) -> String {
    let row = |signature: &Signature| {
        vec![
            name(signature.party().as_str_name(), "PARTY_"),
            signature.signer.clone(),
            signature.capacity.clone(),
            signature.signed_on.as_ref().map(date_text).unwrap_or_default(),
            signature.recorded_by.clone(),
        ]
    };
    let columns = left(["party", "signer", "capacity", "signed on", "recorded by"]);
    output::table(&columns, &all.iter().map(row).collect::<Vec<_>>())
}

fn attachments(all: &[Attachment]) -> String {
    let row =
        |file: &Attachment| vec![file.title.clone(), file.media_type.clone(), file.sha256.clone(), file.uri.clone()];
    output::table(&left(["title", "type", "sha256", "where"]), &all.iter().map(row).collect::<Vec<_>>())
}

fn clause_text(clause: &Clause, head: impl Fn(&str) -> String) -> String {
    let title = if clause.title.is_empty() { String::new() } else { format!(": {}", clause.title) };
    let text: Vec<String> = clause.text.lines().map(|line| format!("  {line}")).collect();
    format!("{}\n{}", head(&format!("\nclause {}{title}", clause.clause_id)), text.join("\n"))
}
