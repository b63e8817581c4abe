//! IC-21: how a line came about, and the very facts it measured.

use incentive_calculation_domain::{
    engine::Selection,
    explain,
    plan::PlanSpec,
    plan_version::PlanVersion,
    reasons,
    run::{Run, Statement, StatementLine},
    trace::MeasureTrace,
};
use tributary_core::{Fault, RequestContext};

use super::App;
use crate::ports::{FactKey, FactQuery, StoredFact};

/// Facts read at once while looking for those a rule counts.
const SCAN: u32 = 2_000;

/// A line, explained.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// The line with its trace.
    pub line: StatementLine,
    /// The statement it stands on.
    pub statement: Statement,
    /// One plain sentence per step.
    pub sentences: Vec<String>,
    /// The same as a table.
    pub table: String,
}

impl App {
    /// Explains a line.
    ///
    /// # Errors
    /// `STATEMENT_NOT_FOUND`, `LINE_NOT_FOUND`.
    pub async fn explain(&self, caller: &RequestContext, statement: &str, line: &str) -> Result<Explanation, Fault> {
        let (statement, line) = self.line(caller, statement, line).await?;
        let sentences = explain::line_sentences(&line, &statement.partner_display_name);
        let table = explain::line_table(&line);
        Ok(Explanation { line, statement, sentences, table })
    }

    /// The facts of a line's measure or of its base, in key order, after a key; and whether there are more.
    ///
    /// # Errors
    /// `STATEMENT_NOT_FOUND`, `LINE_NOT_FOUND`.
    pub async fn line_facts(
        &self,
        caller: &RequestContext,
        (statement, line): (&str, &str),
        base: bool,
        after: Option<FactKey>,
        limit: u32,
    ) -> Result<(Vec<StoredFact>, bool), Fault> {
        let (statement, line) = self.line(caller, statement, line).await?;
        let measured = if base { line.trace.base.as_ref() } else { Some(&line.trace.measure) };
        let Some(MeasureTrace { from: Some(from), to: Some(to), .. }) = measured else {
            return Ok((Vec::new(), false));
        };
        let run = self.run(caller, &statement.run).await?;
        let spec = self.spec_of(caller, &run, &line).await?;
        let rule = spec.rules.iter().find(|r| r.id == line.rule);
        let rule = rule.ok_or_else(|| Fault::internal("the plan of a line has lost its rule"))?;
        let Some(measure) = &rule.measure else { return Ok((Vec::new(), false)) };
        let selection = Selection::new(measure, (*from, *to));

        let mut query = FactQuery {
            partner_id: Some(statement.partner.trim_start_matches("partners/").to_owned()),
            currency: Some(statement.total.currency.code().to_owned()),
            windows: vec![(*from, *to)],
            up_to_batch: Some(run.snapshot_batch),
            after,
            limit: SCAN,
            ..FactQuery::default()
        };
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut found = Vec::new();
        loop {
            let page = self.store.facts(&caller.tenant, &query).await?;
            let read = page.len();
            query.after = page.last().map(StoredFact::key).or(query.after);
            for stored in page {
                if selection.matches(&stored.measured(0)) {
                    if found.len() == wanted {
                        return Ok((found, true));
                    }
                    found.push(stored);
                }
            }
            if read < usize::try_from(SCAN).unwrap_or(usize::MAX) {
                return Ok((found, false));
            }
        }
    }

    async fn line(
        &self,
        caller: &RequestContext,
        statement: &str,
        line: &str,
    ) -> Result<(Statement, StatementLine), Fault> {
        let (statement, lines) = self.statement(caller, statement).await?;
        let ids: Vec<String> = lines.iter().map(StatementLine::id).collect();
        match lines.into_iter().find(|l| l.id() == line) {
            Some(line) => Ok((statement, line)),
            None => Err(Fault::new(
                reasons::LINE_NOT_FOUND,
                format!("{} has no line {line:?}; it has: {}", statement.name(), ids.join(", ")),
            )),
        }
    }

    async fn spec_of(&self, caller: &RequestContext, run: &Run, line: &StatementLine) -> Result<PlanSpec, Fault> {
        if let Some(spec) = &run.plan {
            return Ok(spec.clone());
        }
        let name = &line.trace.plan_version;
        let (plan, number) =
            PlanVersion::parse_name(name).ok_or_else(|| Fault::internal(format!("{name:?} is not a plan version")))?;
        Ok(self.plan_version(caller, &plan, number).await?.spec)
    }
}
