//! What the entries of the log say of the statement: who approved its plans, on which run its period was locked, and what was
//! posted of it.

use std::collections::BTreeSet;

use super::{Findings, Texts, contents::digest};
use crate::{
    digest::sha256,
    evidence::{Bundle, BundlePlan, Text, entries as sorts, postings::is_about},
    ledger::Content,
};

/// Checks that every entry is about the statement, that its plans were approved, and that the postings are those the log
/// names; tells what the entries say, and of what they say nothing.
pub(super) fn entries(bundle: &Bundle, texts: &Texts<'_>, findings: &mut Findings) -> Vec<String> {
    let mut said = Vec::new();
    let mut read = Vec::new();
    for entry in &bundle.entries {
        let Some(text) = Text::read(&entry.text) else {
            findings.add(format!("the entry at {} is no canonical text", entry.position));
            continue;
        };
        findings.check(is_of(&text, bundle, texts), || {
            format!("the entry at {} is not about this statement", entry.position)
        });
        if text.sort == sorts::PLAN_VERSION {
            said.push(format!("{} became {} by {}", text.one("plan_version"), text.one("state"), text.one("actor")));
        }
        read.push(text);
    }
    for plan in &bundle.plans {
        said.extend(approval(plan, &read, findings));
    }
    said.push(lock(&read, texts));
    postings(bundle, &read, texts, findings);
    said
}

/// Whether an entry is about the statement.
fn is_of(entry: &Text<'_>, bundle: &Bundle, texts: &Texts<'_>) -> bool {
    match entry.sort {
        sorts::RUN | sorts::LEDGER_ENTRY => true,
        sorts::PERIOD => {
            let (programme, period) = (texts.run.one("programme"), texts.run.one("period"));
            entry.one("period") == format!("{programme}/periods/{period}")
        }
        sorts::PLAN_VERSION => {
            let same = |plan: &&BundlePlan| plan.name == entry.one("plan_version");
            bundle.plans.iter().find(same).is_some_and(|plan| digest(plan) == entry.one("spec_digest"))
        }
        _ => false,
    }
}

/// That a plan was approved before the run. Only of a version that is older than the log the log may say nothing; what it
/// saw being written it must have seen being approved.
fn approval(plan: &BundlePlan, entries: &[Text<'_>], findings: &mut Findings) -> Option<String> {
    let before_the_run = entries.iter().take_while(|entry| entry.sort != sorts::RUN);
    let mut own = before_the_run.filter(|entry| entry.one("plan_version") == plan.name).peekable();
    let written = own.peek().is_some_and(|first| first.one("state") == "DRAFT");
    let approved =
        own.any(|entry| matches!(entry.one("state"), "APPROVED" | "ACTIVE") && !entry.one("approver").is_empty());
    findings.check(approved || !written, || format!("{} took part in the run, but nobody approved it", plan.name));
    (!approved && !written).then(|| format!("the log says nothing of the approval of {}", plan.name))
}

/// On which run the period was locked.
fn lock(entries: &[Text<'_>], texts: &Texts<'_>) -> String {
    let mut locks = entries.iter().filter(|entry| entry.sort == sorts::PERIOD).peekable();
    let other = locks.peek().map(|lock| format!("{} was locked on {}", lock.one("period"), lock.one("run")));
    match (locks.find(|lock| lock.one("run") == texts.run.one("run")), other) {
        (Some(own), _) => format!("{} was locked on this run by {}", own.one("period"), own.one("actor")),
        (None, Some(other)) => format!("{other}, not on this run"),
        (None, None) => "the period was not locked on this run when the file was issued".to_owned(),
    }
}

/// The postings are those that the log names, and about the statement.
fn postings(bundle: &Bundle, entries: &[Text<'_>], texts: &Texts<'_>, findings: &mut Findings) {
    let named = entries.iter().filter(|entry| entry.sort == sorts::LEDGER_ENTRY);
    let named: Vec<(&str, &str)> = named.map(|entry| (entry.one("position"), entry.one("digest"))).collect();
    let mut given = Vec::new();
    let mut known = BTreeSet::new();
    for posting in &bundle.postings {
        let read = Text::read(posting).filter(|read| read.sort == "tributary.journal.v1");
        let position = read.as_ref().map(|read| read.one("position").to_owned()).unwrap_or_default();
        let content = read.and_then(|read| serde_json::from_str::<Content>(read.one("content")).ok());
        findings.check(content.is_some_and(|content| follows(content, texts, &mut known)), || {
            format!("entry {position} of the ledger is not about this statement")
        });
        given.push((position, sha256(posting)));
    }
    let same = given.iter().map(|(position, digest)| (position.as_str(), digest.as_str())).eq(named);
    findings.check(same, || "the postings are not those that the log names".to_owned());
}

/// Whether an entry of the ledger records a transaction about the statement, or ends the reservation of one before it.
fn follows(content: Content, texts: &Texts<'_>, known: &mut BTreeSet<String>) -> bool {
    match content {
        Content::Recorded(transaction) => {
            let statement = texts.statement.one("statement").trim_start_matches("statements/");
            let about = is_about(&transaction, (statement, texts.run.one("run")), known);
            if about {
                known.insert(transaction.id.as_str().to_owned());
            }
            about
        }
        Content::Posted { transaction, .. }
        | Content::Voided { transaction, .. }
        | Content::Expired { transaction } => known.contains(transaction.as_str()),
        Content::CommodityCreated { .. } | Content::FloorSet { .. } | Content::ClosedSet { .. } => false,
    }
}
