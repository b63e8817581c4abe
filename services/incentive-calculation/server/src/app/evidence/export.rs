//! Exports a statement as a bundle that its partner verifies without us.

use std::collections::BTreeSet;

use incentive_calculation_domain::{
    close::ProgrammePeriod,
    engine::{PlanInRun, Selection},
    evidence::{self, Bundle, BundleFact, BundlePlan, FORMAT, Proven, Text},
    fact::content_text,
    plan::PlanSpec,
    reasons,
    run::{Run, Statement, StatementLine},
};
use sha2::{Digest as _, Sha256};
use tributary_core::{Days, Fault, RequestContext, TenantId};
use tributary_evidence::{Tree, inclusion, leaf, path};
use tributary_sql::Evidence;

use crate::{
    app::App,
    ports::{FactQuery, StoredFact},
};

/// Facts read at once.
const SCAN: u32 = 2_000;

impl App {
    /// Exports a statement of a final run. What is exported was verified as its partner verifies it: a store that was changed
    /// behind our back is noticed here.
    ///
    /// # Errors
    /// `STATEMENT_NOT_FOUND`, `STATEMENT_NOT_ATTESTED`, `EVIDENCE_DIFFERS`.
    pub async fn export_bundle(
        &self,
        caller: &RequestContext,
        statement: &str,
        without_facts: bool,
    ) -> Result<String, Fault> {
        let tenant = &caller.tenant;
        let (statement, lines) = self.statement(caller, statement).await?;
        let run = self.run(caller, &statement.run).await?;
        // The head first: what is entered meanwhile is left for the next export.
        let head = self.signed_head(caller).await?;
        let proven = self.in_its_run(tenant, &run, (&statement, &lines)).await?;
        let texts: Vec<String> =
            lines.iter().map(|line| evidence::statement_line(line, &statement.partner_business_key)).collect();
        let specs = self.specs(tenant, &lines).await?;
        let facts = if without_facts { None } else { self.counted(tenant, &run, &statement, (&texts, &specs)).await? };
        let (postings, mut entries) = self.postings(tenant, (&statement, &run), head.head.size).await?;
        entries.extend(self.about(tenant, &run, &specs, head.head.size).await?);
        entries.sort_by_key(|entry| entry.position);
        let mut bundle = Bundle {
            format: FORMAT.to_owned(),
            key: head.key,
            checkpoint: head.checkpoint,
            statement: proven,
            lines: texts,
            plans: specs.iter().map(|(name, _, json)| BundlePlan { name: name.clone(), spec: json.clone() }).collect(),
            facts,
            postings,
            entries: self.proven(tenant, entries, head.head.size).await?,
            issued: String::new(),
        };
        bundle.issued = self.evidence.signer.sign_text(&head.head.origin, &bundle.issued_text());
        let text = bundle.write();
        match evidence::verify(&text, Some(&self.evidence.key(tenant))) {
            Ok(_) => Ok(text),
            Err(findings) => Err(differs(&statement, &findings)),
        }
    }

    /// The statement with its path in the tree of its run.
    async fn in_its_run(
        &self,
        tenant: &TenantId,
        run: &Run,
        (statement, lines): (&Statement, &[StatementLine]),
    ) -> Result<Proven, Fault> {
        let leaves = self.store.statement_leaves(tenant, &run.id).await?;
        let (place, kept) = (0..).zip(&leaves).find(|(_, leaf)| leaf.statement == statement.id).ok_or_else(|| {
            let remedy = "export a statement of a final run; calculate the period again if it is older than the log";
            let message = format!("{} of {} is not in the evidence log; {remedy}", statement.name(), run.name());
            Fault::new(reasons::STATEMENT_NOT_ATTESTED, message).with("statement", statement.name())
        })?;
        let text = evidence::statement(statement, lines);
        if kept.hash != leaf(text.as_bytes()) {
            return Err(differs(statement, &["its text is not what was attested".to_owned()]));
        }
        let tree = Tree::of(leaves.iter().map(|leaf| leaf.hash));
        let ranges = inclusion(place, tree.size()).unwrap_or_default();
        let path = path(&ranges, |id| tree.node(id)).unwrap_or_default();
        Ok(Proven::new(place, text, &path))
    }

    /// The plan versions that the lines name, in the order of their names, with the JSON of which their digests are taken.
    async fn specs(&self, tenant: &TenantId, lines: &[StatementLine]) -> Result<Specs, Fault> {
        let names: BTreeSet<&String> = lines.iter().map(|line| &line.trace.plan_version).collect();
        let names: Vec<String> = names.into_iter().filter(|name| !name.is_empty()).cloned().collect();
        let plans = self.plans_named(tenant, &names).await?;
        let json = |spec: &PlanSpec| serde_json::to_string(spec).map_err(|e| Fault::internal(e.to_string()));
        let named = |plan: PlanInRun| {
            let json = json(&plan.spec)?;
            Ok((plan.version_name, plan.spec, json))
        };
        plans.into_iter().map(named).collect()
    }

    /// The facts that the lines counted, in the order of their keys. `None` when the file alone could not show on which day
    /// one counts: the sale that it belongs to is none of them.
    async fn counted(
        &self,
        tenant: &TenantId,
        run: &Run,
        statement: &Statement,
        (lines, specs): (&[String], &Specs),
    ) -> Result<Option<Vec<BundleFact>>, Fault> {
        let mut wanted: Vec<(Selection, Days)> = Vec::new();
        for line in lines.iter().filter_map(|line| Text::read(line)) {
            let spec = specs.iter().find(|(name, ..)| name == line.one("plan_version"));
            wanted.extend(spec.iter().flat_map(|(_, spec, _)| evidence::selections(spec, &line)));
        }
        if wanted.is_empty() {
            return Ok(Some(Vec::new()));
        }
        let mut query = FactQuery {
            partner_id: Some(statement.partner.trim_start_matches("partners/").to_owned()),
            currency: Some(statement.total.currency.code().to_owned()),
            windows: wanted.iter().map(|(_, days)| *days).collect(),
            up_to_batch: Some(run.snapshot_batch),
            as_counted: true,
            limit: SCAN,
            ..FactQuery::default()
        };
        let mut found: Vec<StoredFact> = Vec::new();
        loop {
            let page = self.store.facts(tenant, &query).await?;
            let full = page.len() == usize::try_from(SCAN).unwrap_or(usize::MAX);
            query.after = page.last().map(StoredFact::key).or(query.after);
            let counts = |fact: &StoredFact| wanted.iter().any(|(one, _)| one.matches(&fact.measured(0)));
            found.extend(page.into_iter().filter(counts));
            if !full {
                break;
            }
        }
        let has_sale = |fact: &StoredFact| {
            let key = (fact.fact.source_system.as_str(), fact.fact.original_source_id.as_str());
            let at = |other: &StoredFact| (other.fact.source_system.as_str(), other.fact.source_id.as_str()).cmp(&key);
            fact.sale_day.is_none() || found.binary_search_by(at).is_ok()
        };
        if !found.iter().all(has_sale) {
            return Ok(None);
        }
        let exported = |fact: &StoredFact| {
            let content = content_text(&fact.fact, &statement.partner_business_key);
            let (source_system, source_id) = (fact.fact.source_system.clone(), fact.fact.source_id.clone());
            let hash: [u8; 32] = Sha256::digest(content.as_bytes()).into();
            if hash == fact.content_hash {
                return Ok(BundleFact { source_system, source_id, content });
            }
            let why = "has not the content that was recorded, or its partner had another business key then";
            Err(differs(
                statement,
                &[format!("fact {source_system}/{source_id} {why}; without facts it can be exported")],
            ))
        };
        found.iter().map(exported).collect::<Result<_, _>>().map(Some)
    }

    /// The entries of the log about the run, the plan versions, and the period when it was locked,
    /// be it on another run.
    async fn about(&self, tenant: &TenantId, run: &Run, specs: &Specs, size: u64) -> Result<Vec<Evidence>, Fault> {
        let mut found = self.store.evidence_about(tenant, &run.name()).await?;
        for (name, ..) in specs {
            found.extend(self.store.evidence_about(tenant, name).await?);
        }
        if let Some(programme) = &run.programme {
            let period = self.store.period(tenant, programme.as_str(), &run.period).await?;
            let name = period.as_ref().map(ProgrammePeriod::name).unwrap_or_default();
            found.extend(self.store.evidence_about(tenant, &name).await?);
        }
        found.retain(|entry| before(entry, size));
        Ok(found)
    }

    /// Entries with their paths.
    async fn proven(&self, tenant: &TenantId, entries: Vec<Evidence>, size: u64) -> Result<Vec<Proven>, Fault> {
        let place = |entry: &Evidence| u64::try_from(entry.position).unwrap_or(u64::MAX);
        let ranges: Vec<_> = entries.iter().map(|entry| inclusion(place(entry), size).unwrap_or_default()).collect();
        let paths = self.paths(tenant, &ranges).await?;
        Ok(entries
            .into_iter()
            .zip(paths)
            .map(|(entry, path)| Proven::new(place(&entry), entry.content, &path))
            .collect())
    }
}

/// Name, what it says, and the JSON of it.
type Specs = Vec<(String, PlanSpec, String)>;

/// Whether an entry is in the log of a size.
pub(super) fn before(entry: &Evidence, size: u64) -> bool {
    u64::try_from(entry.position).is_ok_and(|position| position < size)
}

pub(super) fn differs(statement: &Statement, findings: &[String]) -> Fault {
    let what = findings.join("; ");
    let remedy =
        "what is stored was changed after it was attested, find out by whom; ReproduceRun says what the facts give";
    let message = format!("{} does not verify: {what}; {remedy}", statement.name());
    Fault::new(reasons::EVIDENCE_DIFFERS, message).with("statement", statement.name())
}
