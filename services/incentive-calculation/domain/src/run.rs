//! Runs and statements as they are kept.

use serde::{Deserialize, Serialize};
use tributary_core::{Days, Decimal, Exact, MinorAmount, NamedPeriod, Period, ResourceId, Timestamp};

use crate::{
    canonical::{decimal, optional_decimal},
    close::{ClosedPeriod, Seen},
    engine::{HoldReason, InKindAmount, LineResult},
    plan::PlanSpec,
    trace::LineTrace,
};

/// Slot, and last part of the name, of the line that settles closed periods (R18). Names of other lines hold a dot.
pub const TRUE_UP: &str = "true-up";

/// Preview or final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RunMode {
    /// Shows what would be paid.
    Preview,
    /// Counts.
    Final,
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RunState {
    /// Waiting or calculating.
    Running,
    /// Done.
    Succeeded,
    /// Ended with an error.
    Failed,
    /// Cancelled.
    Cancelled,
}

/// One calculation of a period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Last part of the resource name.
    pub id: String,
    /// The programme; `None` for a preview of a plan that was given.
    pub programme: Option<ResourceId>,
    /// The period as text.
    pub period: String,
    /// Preview or final.
    pub mode: RunMode,
    /// Where it stands.
    pub state: RunState,
    /// Facts up to this batch are seen.
    pub snapshot_batch: i64,
    /// Partners are seen as they had arrived in the copy up to this number.
    pub snapshot_arrival: i64,
    /// Names of the plan versions that take part, in the order of slots.
    pub plan_versions: Vec<String>,
    /// The plan that was given, for a preview.
    pub plan: Option<PlanSpec>,
    /// SHA-256 over the canonical lines, hex.
    pub digest: String,
    /// Facts read.
    pub fact_count: i64,
    /// Statements made.
    pub statement_count: i64,
    /// Lines made.
    pub line_count: i64,
    /// Sum of the lines per currency, in the order of codes.
    pub totals: Vec<MinorAmount>,
    /// Who asked for it.
    pub actor: String,
    /// When it was asked for.
    pub create_time: Timestamp,
    /// When it ended.
    pub end_time: Option<Timestamp>,
    /// Why it failed.
    pub failure: String,
    /// What the calendar said of a named period when the run was asked for; `None`: the text says everything.
    #[serde(default)]
    pub named: Option<NamedPeriod>,
    /// The days of the year it belongs to, where the programme has a calendar; `None`: those of the period.
    #[serde(default)]
    pub year: Option<Days>,
    /// Which final run of its period it is, in the order in which they succeeded; 0: none (yet).
    #[serde(default)]
    pub version: i64,
    /// Whether the period was locked when the run was asked for: it then states nothing.
    #[serde(default)]
    pub period_locked: bool,
    /// The locked periods that are looked at for true-ups, each after those it may build on.
    #[serde(default)]
    pub closed: Vec<ClosedPeriod>,
    /// The runs that count as stated: of locked periods, and of open ones that come before this.
    #[serde(default)]
    pub stating_runs: Vec<String>,
    /// Lines that are true-ups.
    #[serde(default)]
    pub true_up_count: i64,
    /// The release of the program that calculated it; empty: not told. Only its own release takes lines over from a run.
    #[serde(default)]
    pub release: String,
    /// The earlier run, last part of its name, from which lines of payees of whom nothing had changed were taken over;
    /// empty: all were calculated.
    #[serde(default)]
    pub carried_from: String,
}

impl Run {
    /// The period.
    ///
    /// # Errors
    /// A sentence, for a text that is no period; none was ever kept.
    pub fn calendar_period(&self) -> Result<Period, String> {
        self.named.map_or_else(|| self.period.parse(), |named| Ok(Period::Named(named)))
    }

    /// Resource name.
    #[must_use]
    pub fn name(&self) -> String {
        format!("runs/{}", self.id)
    }

    /// What it saw.
    #[must_use]
    pub fn seen(&self) -> Seen {
        Seen { batch: self.snapshot_batch, arrival: self.snapshot_arrival, plan_versions: self.plan_versions.clone() }
    }
}

/// What a partner earns in one run and currency, without its lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// Last part of the resource name.
    pub id: String,
    /// The run, last part of its name.
    pub run: String,
    /// Payee, resource name.
    pub partner: String,
    /// Name of the payee, as at the run.
    pub partner_display_name: String,
    /// The payee's key in digests.
    pub partner_business_key: String,
    /// The payee's external refs, "system:id".
    pub partner_external_refs: Vec<String>,
    /// The period as text.
    pub period: String,
    /// Sum of the lines.
    pub total: MinorAmount,
}

impl Statement {
    /// Resource name.
    #[must_use]
    pub fn name(&self) -> String {
        format!("statements/{}", self.id)
    }
}

/// A line of a statement, with its trace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementLine {
    /// The slot; "preview" for a preview of a plan that was given.
    pub slot: String,
    /// Id of the rule.
    pub rule: String,
    /// Name of the rule for people.
    pub title: String,
    /// Value of the measure.
    #[serde(with = "decimal")]
    pub measure: Decimal,
    /// The base of a growth rule.
    #[serde(with = "optional_decimal")]
    pub base: Option<Decimal>,
    /// The amount, whole minor units.
    pub amount: MinorAmount,
    /// The exact value before the one rounding.
    pub exact: Exact,
    /// How many facts were measured.
    pub fact_count: i64,
    /// The part of the rule this line is; empty: the line itself.
    #[serde(default)]
    pub part: String,
    /// What is given in kind; the amount is then 0.
    #[serde(default)]
    pub in_kind: Option<InKindAmount>,
    /// Why the amount is withheld.
    #[serde(default)]
    pub holds: Vec<HoldReason>,
    /// How it came about.
    pub trace: LineTrace,
}

impl StatementLine {
    /// Last part of the line's name: slot, rule and, where a rule gives several lines, the part.
    #[must_use]
    pub fn id(&self) -> String {
        if self.rule.is_empty() {
            return self.slot.clone();
        }
        let part = if self.part.is_empty() { String::new() } else { format!(".{}", self.part) };
        format!("{}.{}{part}", self.slot, self.rule)
    }
}

impl StatementLine {
    /// The line as it was calculated, of the payee with a number and a business key.
    #[must_use]
    pub fn result(self, payee: u32, business_key: String) -> LineResult {
        LineResult {
            payee,
            business_key,
            slot: self.slot,
            rule: self.rule,
            title: self.title,
            measure: self.measure,
            base: self.base,
            amount: self.amount,
            exact: self.exact,
            fact_count: self.fact_count,
            part: self.part,
            in_kind: self.in_kind,
            holds: self.holds,
            trace: self.trace,
        }
    }
}

impl From<LineResult> for StatementLine {
    fn from(line: LineResult) -> Self {
        Self {
            slot: line.slot,
            rule: line.rule,
            title: line.title,
            measure: line.measure,
            base: line.base,
            amount: line.amount,
            exact: line.exact,
            fact_count: line.fact_count,
            part: line.part,
            in_kind: line.in_kind,
            holds: line.holds,
            trace: line.trace,
        }
    }
}
