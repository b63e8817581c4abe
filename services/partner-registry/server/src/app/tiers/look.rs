//! What can be seen of tiers without changing them: progress, decisions, and what a version would make of all partners.

use partner_registry_domain::{
    TierAssignment,
    faults::TIER_DECISION_NOT_FOUND,
    partner::resource_name,
    tier::{
        Decision, Held, Move, Standing, Version, assignment, decision::movement, evaluate::earned,
        version::version_name,
    },
};
use tributary_core::{Date, Fault, RequestContext, ResourceId};

use super::{known_of, programme::version_not_found, programme_on, wanted};
use crate::{
    app::{Registry, command::Refusal},
    ports::{Decided, Span},
};

/// How a partner stands.
#[derive(Debug)]
pub(crate) struct Progress {
    pub partner: ResourceId,
    pub day: Date,
    pub version: Version,
    /// The assignment in force.
    pub assignment: Option<TierAssignment>,
    /// What is held by the newest decision.
    pub held: Held,
    pub earned: String,
    pub standings: Vec<Standing>,
}

/// What a version would make of a partner.
#[derive(Debug)]
pub(crate) struct Previewed {
    pub partner: ResourceId,
    pub before: String,
    pub after: String,
    pub moved: Move,
}

impl Registry {
    /// How a partner stands on a day (`None`: today).
    pub async fn tier_progress(
        &self,
        context: &RequestContext,
        partner: &ResourceId,
        day: Option<Date>,
    ) -> Result<Progress, Fault> {
        self.require(context, partner).await?;
        let day = day.unwrap_or_else(|| self.today());
        let mut source = self.store.tier_source();
        let version = programme_on(source.as_mut(), &context.tenant, day).await.map_err(Refusal::into_fault)?;
        let wanted = wanted(&version, day, Decided::By(day));
        let known = known_of(source.as_mut(), &context.tenant, partner, &wanted).await?;
        let standings = known.inputs.standings(&version.programme, day);
        Ok(Progress {
            partner: partner.clone(),
            day,
            assignment: assignment::in_force(&known.assignments, day, None).cloned(),
            held: known.newest.map(|decision| decision.after).unwrap_or_default(),
            earned: earned(&standings).to_owned(),
            standings,
            version,
        })
    }

    /// What a version would make of up to so many partners after one, by id.
    pub async fn preview_programme(
        &self,
        context: &RequestContext,
        number: i64,
        day: Option<Date>,
        after: Option<&ResourceId>,
        limit: u32,
    ) -> Result<Vec<Previewed>, Fault> {
        let day = day.unwrap_or_else(|| self.today());
        let version = self.programme_version(context, number).await?;
        let partners = self.store.evaluated_partners(&context.tenant, after, limit).await?;
        let (Some((first, _)), Some((last, _))) = (partners.first(), partners.last()) else { return Ok(Vec::new()) };
        let span = Span { first: first.clone(), last: last.clone() };
        let wanted = wanted(&version, day, Decided::By(day));
        let mut known = self.store.tier_source().known(&context.tenant, &span, &wanted).await?;
        let preview = |partner: ResourceId| {
            let known = known.remove(&partner).unwrap_or_default();
            let before = match known.newest {
                Some(decision) => decision.after.tier,
                None => assignment::in_force(&known.assignments, day, None).map(|a| a.tier.clone()).unwrap_or_default(),
            };
            let after = earned(&known.inputs.standings(&version.programme, day)).to_owned();
            let rank = |tier: &str| version.programme.rank(tier);
            let moved = movement((&before, rank(&before)), (&after, rank(&after)));
            Previewed { partner, before, after, moved }
        };
        Ok(partners.into_iter().map(|(partner, _)| partner).map(preview).collect())
    }

    /// A version of the programme.
    pub async fn programme_version(&self, context: &RequestContext, number: i64) -> Result<Version, Fault> {
        let found = self.store.tier_source().programme_version(&context.tenant, number).await?;
        found.ok_or_else(|| version_not_found(&version_name(number)))
    }

    /// Versions before a number, newest first.
    pub async fn programme_versions(
        &self,
        context: &RequestContext,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Version>, Fault> {
        Ok(self.store.tier_source().programme_versions(&context.tenant, before, limit).await?)
    }

    /// Decisions about a partner before an ordinal, newest first.
    pub async fn decisions(
        &self,
        context: &RequestContext,
        partner: &ResourceId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Decision>, Fault> {
        self.require(context, partner).await?;
        Ok(self.store.decisions(&context.tenant, partner, before, limit).await?)
    }

    /// A decision.
    pub async fn decision(
        &self,
        context: &RequestContext,
        partner: &ResourceId,
        ordinal: i64,
    ) -> Result<Decision, Fault> {
        let before = ordinal.saturating_add(1);
        let found = self.store.decisions(&context.tenant, partner, Some(before), 1).await?;
        found.into_iter().find(|decision| decision.ordinal == ordinal).ok_or_else(|| {
            let partner = resource_name(partner);
            let message =
                format!("there is no decision {ordinal} about {partner}; list its decisions or correct the name");
            let name = format!("{partner}/tierDecisions/{ordinal}");
            Fault::new(TIER_DECISION_NOT_FOUND, message).with("tier_decision", name)
        })
    }
}
