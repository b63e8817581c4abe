//! Evaluates a page of partners in one transaction. It is safe to repeat by its nature: the same facts make the same
//! decision, which is there already.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use partner_registry_domain::{
    TierAssignment,
    partner::resource_name,
    tier::{
        Decision, assignment,
        decision::{Occasion, Outcome},
    },
};
use tributary_core::{Date, Fault, RequestContext, ResourceId};
use uuid::Uuid;

use super::{
    assign::{assigned, follow},
    programme_on, wanted,
};
use crate::{
    app::{
        Registry,
        command::{Call, Command, Refusal},
        record::event,
    },
    convert,
    ports::{Decided, RegistryTx, Span},
};

/// Whom to evaluate, as of which day.
#[derive(Debug)]
pub(crate) struct EvaluateTiers {
    /// One partner; `None`: a page of all.
    pub partner: Option<ResourceId>,
    /// `None`: today.
    pub day: Option<Date>,
    /// Only partners after this one.
    pub after: Option<ResourceId>,
    /// At most this many.
    pub size: u32,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Evaluated {
    /// The newest decision of each partner, by id.
    pub decisions: Vec<Decision>,
    /// Which of them are new, by their places.
    pub new: Vec<usize>,
    /// How many were evaluated for a later day already.
    pub later: usize,
    /// The last partner of the page, when there may be more.
    pub next: Option<ResourceId>,
}

/// The command of one page.
struct Page<'a> {
    partners: &'a [(ResourceId, Uuid)],
    day: Option<Date>,
    facts_batch: i64,
}

impl Registry {
    /// Evaluates.
    pub async fn evaluate_tiers(&self, context: &RequestContext, asked: &EvaluateTiers) -> Result<Evaluated, Fault> {
        let tenant = &context.tenant;
        let mut next = None;
        let partners = match &asked.partner {
            Some(partner) => {
                let uid = self.partner(context, partner).await?.partner.uid;
                vec![(partner.clone(), uid)]
            }
            None => {
                let size = usize::try_from(asked.size).unwrap_or(usize::MAX);
                let limit = asked.size.saturating_add(1);
                let mut page = self.store.evaluated_partners(tenant, asked.after.as_ref(), limit).await?;
                if page.len() > size {
                    page.truncate(size);
                    next = page.last().map(|(partner, _)| partner.clone());
                }
                page
            }
        };
        let facts_batch = self.arrivals.through(tenant, tributary_feed::STREAM).await?;
        let page = Page { partners: &partners, day: asked.day, facts_batch };
        let evaluated = self.execute(context, &page).await?;
        Ok(Evaluated { next, ..evaluated })
    }
}

#[async_trait]
impl Command for Page<'_> {
    type Answer = Evaluated;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn RegistryTx) -> Result<Evaluated, Refusal> {
        let tenant = call.tenant();
        let day = self.day.unwrap_or(call.today);
        if day > call.today {
            let message = format!("{day} is after today, {}; the facts of that day are not there yet", call.today);
            return Err(Fault::invalid_field("date", message).into());
        }
        // First of all, because it may wait for another evaluation: what is read before it could be of yesterday.
        let ids: Vec<ResourceId> = self.partners.iter().map(|(partner, _)| partner.clone()).collect();
        let heads = tx.lock_tiers(tenant, &ids).await?;
        let version = programme_on(tx, tenant, day).await?;
        let (Some((first, _)), Some((last, _))) = (self.partners.first(), self.partners.last()) else {
            return Ok(Evaluated::default());
        };
        let span = Span { first: first.clone(), last: last.clone() };
        let mut known = tx.known(tenant, &span, &wanted(&version, day, Decided::Ever)).await?;
        let occasion = Occasion {
            programme: &version.programme,
            version: version.number,
            day,
            facts_batch: self.facts_batch,
            actor: &call.context.subject,
            now: call.now,
        };
        let reason = format!("evaluation of {day} by version {}", version.number);
        let mut answer = Evaluated::default();
        let mut changed: BTreeSet<&ResourceId> = BTreeSet::new();
        let mut assignments: BTreeMap<&ResourceId, Vec<TierAssignment>> = BTreeMap::new();
        for (partner, _) in self.partners {
            let known = known.remove(partner).unwrap_or_default();
            match occasion.decide(partner, known.newest.as_ref(), &known.inputs) {
                Outcome::Later => answer.later = answer.later.saturating_add(1),
                Outcome::Unchanged => {}
                Outcome::New(decision) => {
                    let days = assignment::days_to_record(&known.assignments, day, &decision.after.tier, false);
                    let head = heads.get(partner).copied().unwrap_or_default();
                    let made = follow(call, head, partner, &decision.after.tier, &days, &reason);
                    if decision.changes(known.newest.as_ref()) {
                        changed.insert(partner);
                    }
                    assignments.insert(partner, made);
                    answer.new.push(answer.decisions.len());
                    answer.decisions.push(*decision);
                    continue;
                }
            }
            answer.decisions.extend(known.newest);
        }
        let new: Vec<Decision> = answer.new.iter().filter_map(|n| answer.decisions.get(*n).cloned()).collect();
        tx.add_decisions(tenant, &new).await?;
        tx.add_tiers(tenant, &assignments.values().flatten().cloned().collect::<Vec<_>>()).await?;
        // Decisions of all partners, then assignments: those of one partner stay in their order, and the fewer events with one
        // subject stand next to each other, the fewer statements they take.
        let uids: BTreeMap<&ResourceId, Uuid> = self.partners.iter().map(|(partner, uid)| (partner, *uid)).collect();
        let uid = |partner: &ResourceId| {
            uids.get(partner)
                .copied()
                .ok_or_else(|| Fault::internal("a partner that was not asked about was evaluated"))
        };
        let decided = new.iter().filter(|decision| changed.contains(&decision.partner)).map(|decision| {
            let data = convert::tier_evaluated(decision, uid(&decision.partner)?);
            Ok(event(call, "tributary.partner.v1.TierEvaluated", resource_name(&decision.partner), data))
        });
        let made = assignments.values().flatten().map(|made| Ok(assigned(call, made, uid(&made.partner)?)));
        let events = decided.chain(made).collect::<Result<Vec<_>, Fault>>()?;
        tx.publish_all(events).await?;
        Ok(answer)
    }
}
