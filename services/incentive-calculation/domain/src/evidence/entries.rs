//! The entries of the log: one text for each thing that is attested. Times are microseconds since 1970.

use tributary_core::{Days, Timestamp};

use crate::{
    canonical::Canonical, close::ProgrammePeriod, engine::PlanInRun, ledger::Entry, plan_version::PlanVersion, run::Run,
};

/// First line of the entry of a run.
pub(super) const RUN: &str = "tributary.run.v1";
/// First line of the entry of a plan version.
pub(super) const PLAN_VERSION: &str = "tributary.plan-version.v1";
/// First line of the entry of a locked period.
pub(super) const PERIOD: &str = "tributary.period.v1";
/// First line of the entry of an entry of the ledger's journal.
pub(super) const LEDGER_ENTRY: &str = "tributary.ledger-entry.v1";

/// What a plan version became by what `actor` did: written, approved, activated or retired, and why.
#[must_use]
pub fn plan_version(version: &PlanVersion, actor: &str, reason: &str, now: Timestamp) -> String {
    Canonical::new(PLAN_VERSION)
        .field("plan_version", &version.name())
        .field("uid", &version.uid)
        .field("programme", &format!("programmes/{}", version.programme))
        .field("slot", version.slot.as_str())
        .field("spec_digest", &version.spec_digest)
        .field("state", version.state.as_str())
        .field("revision", &version.revision.to_string())
        .field("author", &version.author)
        .optional("approver", version.approver.as_deref())
        .field("actor", actor)
        .field("reason", reason)
        .field("time", &now.0.to_string())
        .text()
}

/// A final run that succeeded, with what its entry says beside it.
#[derive(Debug, Clone, Copy)]
pub struct SettledRun<'a> {
    /// The run.
    pub run: &'a Run,
    /// The days of its period.
    pub period: Days,
    /// The days of its year.
    pub year: Days,
    /// The plans that took part.
    pub plans: &'a [PlanInRun],
    /// The root of the Merkle tree over its statements, as they are kept; 64 hex digits.
    pub statements_root: &'a str,
}

/// A final run: its digest, its plans, and the root of the Merkle tree over its statements, so that each of them can be
/// proven without the others.
#[must_use]
pub fn run(settled: &SettledRun<'_>) -> String {
    let run = settled.run;
    let mut text = Canonical::new(RUN)
        .field("run", &run.name())
        .optional("programme", run.programme.as_ref().map(|id| format!("programmes/{id}")).as_deref())
        .field("period", &run.period)
        .field("from", &settled.period.0.to_string())
        .field("to", &settled.period.1.to_string())
        .field("year_from", &settled.year.0.to_string())
        .field("year_to", &settled.year.1.to_string())
        .field("version", &run.version.to_string())
        .field("snapshot_batch", &run.snapshot_batch.to_string())
        .field("snapshot_arrival", &run.snapshot_arrival.to_string())
        .field("period_locked", if run.period_locked { "true" } else { "false" });
    for plan in settled.plans {
        text = text.field("plan", &format!("{} {}", plan.version_name, plan.digest));
    }
    text = text
        .field("digest", &run.digest)
        .field("fact_count", &run.fact_count.to_string())
        .field("line_count", &run.line_count.to_string())
        .field("true_up_count", &run.true_up_count.to_string());
    for total in &run.totals {
        text = text.field("total", &total.to_string());
    }
    text.field("statement_count", &run.statement_count.to_string())
        .field("statements_root", settled.statements_root)
        .field("actor", &run.actor)
        .field("create_time", &run.create_time.0.to_string())
        .optional("end_time", run.end_time.map(|at| at.0.to_string()).as_deref())
        .field("release", &run.release)
        .text()
}

/// A period that was locked; `None` for an open one.
#[must_use]
pub fn programme_period(period: &ProgrammePeriod) -> Option<String> {
    let lock = period.lock.as_ref()?;
    let text = Canonical::new(PERIOD)
        .field("period", &period.name())
        .field("from", &period.from.to_string())
        .field("to", &period.to.to_string())
        .field("run", &format!("runs/{}", lock.run))
        .field("version", &lock.version.to_string())
        .field("newer_facts", &lock.newer_facts.to_string())
        .field("actor", &lock.actor)
        .field("reason", &lock.reason)
        .field("time", &lock.time.0.to_string());
    Some(text.text())
}

/// An entry of the ledger's journal, by its digest: the journal holds what it says.
#[must_use]
pub fn journal_entry(entry: &Entry) -> String {
    Canonical::new(LEDGER_ENTRY).field("position", &entry.position.to_string()).field("digest", &entry.digest).text()
}
