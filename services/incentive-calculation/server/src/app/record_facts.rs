//! IC-01: idempotent ingest. One call is one durable batch; every row has a result of its own.

use std::collections::{HashMap, HashSet, hash_map::Entry};

use incentive_calculation_domain::{
    fact::{self, Fact, FactDraft},
    reasons,
};
use prost::Message as _;
use tributary_core::{Fault, RequestContext, Timestamp, Violations};
use tributary_proto::tributary::incentive::v1::FactsRecorded;
use tributary_rpc::convert::date_to_proto;
use tributary_telemetry::names;

use super::App;
use crate::ports::{FactKey, KnownPartner, PartnerRef, StoredFact};

/// One row as the caller states it.
#[derive(Debug, Clone)]
pub struct FactRow {
    /// The fact, decoded but unchecked.
    pub draft: FactDraft,
    /// How the partner is named; `Err` holds what is wrong with the name.
    pub partner: Result<PartnerRef, Violations>,
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowOutcome {
    /// Recorded now.
    Recorded,
    /// Was recorded before with the same content.
    Duplicate,
    /// Not recorded, and why.
    Refused(Fault),
}

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchOutcome {
    /// One outcome per row, in order.
    pub rows: Vec<RowOutcome>,
    /// Number of the durable batch, 0 when nothing new was recorded.
    pub batch: i64,
}

/// A row that passed its checks, with its place in the request.
struct Candidate {
    index: usize,
    fact: StoredFact,
}

impl App {
    /// Records facts in one durable batch.
    ///
    /// # Errors
    /// Only what concerns the whole call: `STORE_UNAVAILABLE`, `UPSTREAM_UNAVAILABLE`. The call can be repeated.
    pub async fn record_facts(&self, caller: &RequestContext, rows: Vec<FactRow>) -> Result<BatchOutcome, Fault> {
        let mut outcomes: Vec<Option<RowOutcome>> = vec![None; rows.len()];
        let mut refuse = |index: usize, fault: Fault| {
            if let Some(slot) = outcomes.get_mut(index) {
                *slot = Some(RowOutcome::Refused(fault));
            }
        };

        let mut checked: Vec<(usize, Fact, PartnerRef)> = Vec::with_capacity(rows.len());
        for (index, row) in rows.into_iter().enumerate() {
            let personal = fact::personal_data(&row.draft);
            match (fact::check(row.draft), row.partner) {
                (Ok(fact), Ok(partner)) => checked.push((index, fact, partner)),
                (fact, partner) => {
                    let mut all = partner.err().unwrap_or_default();
                    all.extend(fact.err().unwrap_or_default());
                    let fault = match personal {
                        Some(fault) => fault.with_violations(all),
                        None => Fault::invalid(all),
                    };
                    refuse(index, fault);
                }
            }
        }

        let partners = self.resolve(caller, checked.iter().map(|(_, _, p)| p)).await?;
        let now = self.clock.now();
        let mut candidates = Vec::with_capacity(checked.len());
        for (index, fact, named) in checked {
            match partners.get(&named) {
                Some(known) => candidates.push(Candidate { index, fact: stored(fact, known, now) }),
                None => refuse(index, unknown_partner(&named)),
            }
        }

        let (batch, decided) = self.store_batch(caller, candidates, now).await?;
        for (index, outcome) in decided {
            if let Some(slot) = outcomes.get_mut(index) {
                *slot = Some(outcome);
            }
        }
        let rows: Vec<RowOutcome> = outcomes
            .into_iter()
            .map(|o| o.unwrap_or_else(|| RowOutcome::Refused(Fault::internal("a row was left without an outcome"))))
            .collect();
        count(&rows);
        Ok(BatchOutcome { rows, batch })
    }

    /// Partners by how they were named: from the own copy, and from the registry on a miss.
    pub(super) async fn resolve<'a>(
        &self,
        caller: &RequestContext,
        named: impl Iterator<Item = &'a PartnerRef>,
    ) -> Result<HashMap<PartnerRef, KnownPartner>, Fault> {
        let mut refs: Vec<PartnerRef> = named.cloned().collect();
        refs.sort();
        refs.dedup();
        let mut known: HashMap<_, _> = self.store.resolve(&caller.tenant, &refs).await?.into_iter().collect();
        refs.retain(|r| !known.contains_key(r));
        if refs.is_empty() {
            return Ok(known);
        }
        let copies = self.registry.partners(caller, &refs).await?;
        if copies.is_empty() {
            return Ok(known);
        }
        let mut tx = self.store.begin().await?;
        for copy in &copies {
            tx.keep_partner(&caller.tenant, copy).await?;
        }
        tx.commit().await?;
        known.extend(self.store.resolve(&caller.tenant, &refs).await?);
        Ok(known)
    }

    /// Writes what is new, decides what is a repeat, and publishes one event for the batch.
    async fn store_batch(
        &self,
        caller: &RequestContext,
        candidates: Vec<Candidate>,
        now: Timestamp,
    ) -> Result<(i64, Vec<(usize, RowOutcome)>), Fault> {
        let mut decided = Vec::with_capacity(candidates.len());
        // Within one call the first row of a key counts; a later one repeats what is kept in the end, or differs.
        let mut firsts: HashMap<FactKey, Candidate> = HashMap::with_capacity(candidates.len());
        let mut twins = Vec::new();
        for candidate in candidates {
            match firsts.entry(candidate.fact.key()) {
                Entry::Vacant(free) => {
                    free.insert(candidate);
                }
                Entry::Occupied(_) => twins.push(candidate),
            }
        }
        if firsts.is_empty() {
            return Ok((0, decided));
        }

        let mut tx = self.store.begin().await?;
        let number = tx.next_batch(&caller.tenant).await?;
        let mut facts: Vec<StoredFact> = Vec::with_capacity(firsts.len());
        for candidate in firsts.values() {
            facts.push(StoredFact { batch: number, ..candidate.fact.clone() });
        }
        let new = tx.insert_facts(&caller.tenant, &facts).await?;
        let mut recorded = Vec::with_capacity(new.len());
        let brought: HashSet<&FactKey> = new.iter().collect();
        let brought: Vec<&StoredFact> = facts.iter().filter(|f| brought.contains(&f.key())).collect();
        if !brought.is_empty() {
            tx.note_batch(&caller.tenant, number, now, &brought).await?;
        }
        let mut kept: HashMap<FactKey, [u8; 32]> = HashMap::with_capacity(facts.len());
        for key in new {
            if let Some(candidate) = firsts.remove(&key) {
                decided.push((candidate.index, RowOutcome::Recorded));
                recorded.push(candidate.fact.fact.occurred_on);
                kept.insert(key, candidate.fact.content_hash);
            }
        }
        let old: Vec<FactKey> = firsts.keys().cloned().collect();
        kept.extend(tx.content_hashes(&caller.tenant, &old).await?);
        for candidate in firsts.into_values().chain(twins) {
            let outcome = match kept.get(&candidate.fact.key()) {
                Some(hash) => repeat(&candidate.fact, hash),
                None => RowOutcome::Refused(Fault::internal("a fact is neither new nor there")),
            };
            decided.push((candidate.index, outcome));
        }
        let (Some(first), Some(last)) = (recorded.iter().min(), recorded.iter().max()) else {
            // Nothing new: dropping the transaction gives the number back.
            return Ok((0, decided));
        };
        let event = FactsRecorded {
            batch: number,
            fact_count: i32::try_from(recorded.len()).unwrap_or(i32::MAX),
            first_day: Some(date_to_proto(*first)),
            last_day: Some(date_to_proto(*last)),
        };
        // A subject of its own: batches need no order among each other, and a backlog stays cheap to claim.
        let subject = format!("factBatches/{number}");
        tx.publish(self.event(&caller.tenant, "FactsRecorded", &subject, event.encode_to_vec(), now)).await?;
        self.commit(tx).await?;
        Ok((number, decided))
    }
}

/// Tells telemetry what became of rows.
fn count(rows: &[RowOutcome]) {
    let of = |outcome, is: fn(&RowOutcome) -> bool| {
        let count = u64::try_from(rows.iter().filter(|row| is(row)).count()).unwrap_or(u64::MAX);
        if count > 0 {
            names::FACTS_RECORDED.add(count, &[("outcome", outcome)]);
        }
    };
    of("recorded", |row| matches!(row, RowOutcome::Recorded));
    of("duplicate", |row| matches!(row, RowOutcome::Duplicate));
    of("refused", |row| matches!(row, RowOutcome::Refused(_)));
}

fn stored(fact: Fact, partner: &KnownPartner, now: Timestamp) -> StoredFact {
    StoredFact {
        content_hash: fact::content_hash(&fact, &partner.business_key),
        fact,
        partner_id: partner.partner_id.clone(),
        batch: 0,
        record_time: now,
        sale_day: None,
    }
}

fn repeat(fact: &StoredFact, known: &[u8; 32]) -> RowOutcome {
    if fact.content_hash == *known {
        return RowOutcome::Duplicate;
    }
    let key = fact.key();
    RowOutcome::Refused(
        Fault::new(
            reasons::FACT_CONTENT_DIFFERS,
            format!(
                "source_id: {:?} of {:?} is known with other content; facts never change, record an ADJUSTMENT under a new source_id",
                key.source_id, key.source_system
            ),
        )
        .with("field", "source_id")
        .with("source_system", key.source_system)
        .with("source_id", key.source_id),
    )
}

pub(super) fn unknown_partner(named: &PartnerRef) -> Fault {
    let field = match named {
        PartnerRef::Id(_) => "partner",
        PartnerRef::External { .. } => "partner_external_ref",
    };
    Fault::new(
        reasons::PARTNER_UNKNOWN,
        format!("{field}: no partner is known as {named}; create it in the registry and send the row again"),
    )
    .with("field", field)
    .with("value", named.to_string())
}
