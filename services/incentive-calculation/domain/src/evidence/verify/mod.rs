//! Verifies a bundle without us: signature, proofs, what the texts say of each other, and the amounts.

mod amounts;
mod contents;
mod proofs;
mod said;

use tributary_evidence::LogKey;

use super::{Bundle, Text};

/// Said of a file of which something was left out, or to which something was added, since the log issued it.
pub const NOT_AS_ISSUED: &str = "the file is not the one that was issued";

/// What a sound bundle proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The log.
    pub origin: String,
    /// How many entries it had.
    pub size: u64,
    /// The key that signed the head.
    pub key: String,
    /// Whether that is a key the verifier trusts; else it is only the one that the bundle names.
    pub trusted: bool,
    /// The statement, resource name.
    pub statement: String,
    /// The payee, resource name.
    pub partner: String,
    /// Its name for people.
    pub display_name: String,
    /// The period.
    pub period: String,
    /// The run, resource name.
    pub run: String,
    /// Counts the final runs of the period: a later one may state something else.
    pub version: String,
    /// Sum of the lines. Example: "CNY 270000.00".
    pub total: String,
    /// The lines, in their order.
    pub lines: Vec<LineReport>,
    /// How many facts were read; `None`: they are not in the bundle.
    pub facts: Option<usize>,
    /// How many entries of the ledger.
    pub postings: usize,
    /// What the log says of plans and the period, and of what it says nothing, a sentence each.
    pub said: Vec<String>,
}

/// What was seen of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineReport {
    /// Slot and rule. Example: "rebates.marginal".
    pub id: String,
    /// The amount. Example: "CNY 270000.00".
    pub amount: String,
    /// Whether it was recomputed.
    pub recomputed: Recomputed,
}

/// Whether a line was recomputed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recomputed {
    /// From the facts, to the same numbers.
    Equal,
    /// It was not, and why. Its text and digests are proven all the same.
    Not(String),
}

/// What is wrong, a sentence each.
#[derive(Debug, Default)]
struct Findings(Vec<String>);

impl Findings {
    fn add(&mut self, what: impl Into<String>) {
        self.0.push(what.into());
    }

    fn check(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.add(what());
        }
    }
}

/// The texts of a bundle, taken apart.
struct Texts<'a> {
    statement: Text<'a>,
    /// The entry of the statement's run.
    run: Text<'a>,
    /// Every line with its stated part.
    lines: Vec<(Text<'a>, Text<'a>)>,
}

/// Verifies a bundle: that its head is signed by the trusted key (or by the one it names itself, which proves no more than
/// that one key signed it), that everything in it is in the log of that head, that it fits together, and that the facts
/// give the amounts. What is in the file and not looked at does not exist: it is read whole.
///
/// # Errors
/// Everything that is wrong, a sentence each.
pub fn verify(text: &str, trusted: Option<&LogKey>) -> Result<Report, Vec<String>> {
    let bundle = Bundle::read(text).map_err(|why| vec![why])?;
    let key = proofs::key(&bundle, trusted).map_err(|why| vec![why])?;
    if !key.holds_text(&bundle.issued_text(), &bundle.issued) {
        return Err(vec![NOT_AS_ISSUED.to_owned()]);
    }
    let head = proofs::head(&bundle, &key).map_err(|why| vec![why])?;
    let mut findings = Findings::default();
    proofs::entries(&bundle, &head, &mut findings);
    let Some(texts) = contents::texts(&bundle, &mut findings) else { return Err(findings.0) };
    proofs::statement(&bundle, &texts, &mut findings);
    contents::fit(&bundle, &texts, &mut findings);
    let said = said::entries(&bundle, &texts, &mut findings);
    let lines = amounts::lines(&bundle, &texts, &mut findings);
    if !findings.0.is_empty() {
        return Err(findings.0);
    }
    let own = |name| texts.statement.one(name).to_owned();
    Ok(Report {
        origin: head.origin,
        size: head.size,
        key: key.to_string(),
        trusted: trusted.is_some(),
        statement: own("statement"),
        partner: own("partner"),
        display_name: own("display_name"),
        period: own("period"),
        run: own("run"),
        version: texts.run.one("version").to_owned(),
        total: format!("{} {}", texts.statement.one("currency"), texts.statement.one("total")),
        lines,
        facts: bundle.facts.as_ref().map(Vec::len),
        postings: bundle.postings.len(),
        said,
    })
}
