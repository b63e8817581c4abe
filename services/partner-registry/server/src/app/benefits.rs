//! Benefits of tiers: who is entitled to what, prices agreed, and use of allowances. Whoever records something locks the
//! partner and its tiers first, so that what was checked stays true until it is written.

use async_trait::async_trait;
use partner_registry_domain::{
    partner::resource_name,
    text,
    tier::{Entitlement, Grant, PriceAgreement, Usage, Version, assignment, benefit::Place},
};
use serde::Serialize;
use tributary_core::{Date, Decimal, Fault, MinorAmount, RequestContext, ResourceId, TenantId, Violations};
use uuid::Uuid;

use super::{
    Registry,
    command::{Call, Command, Once, Refusal},
    record::publish,
    tiers::{known_of, programme_on},
    update::lock,
};
use crate::{
    convert,
    ports::{Allowance, RegistryTx, TierSource, Wanted},
};

/// A price factor agreed.
#[derive(Debug, Serialize)]
pub(crate) struct AgreeFactor {
    pub partner: ResourceId,
    pub benefit: String,
    pub factor: Decimal,
    /// First day; `None`: today.
    pub from: Option<Date>,
    pub reason: String,
}

/// A use of an allowance.
#[derive(Debug, Serialize)]
pub(crate) struct UseAllowance {
    pub partner: ResourceId,
    pub benefit: String,
    pub amount: MinorAmount,
    /// `None`: today.
    pub day: Option<Date>,
    pub reason: String,
}

/// The programme and the tier of a day.
struct Ground {
    version: Version,
    tier: String,
    day: Date,
}

impl Ground {
    async fn find<S: TierSource + ?Sized>(
        source: &mut S,
        tenant: &TenantId,
        partner: &ResourceId,
        day: Date,
    ) -> Result<Self, Refusal> {
        let version = programme_on(source, tenant, day).await?;
        let wanted = Wanted { assignments: true, ..Wanted::default() };
        let known = known_of(source, tenant, partner, &wanted).await?;
        let tier = assignment::in_force(&known.assignments, day, None).map(|a| a.tier.clone()).unwrap_or_default();
        Ok(Self { version, tier, day })
    }

    fn place<'a>(&'a self, partner: &'a ResourceId) -> Place<'a> {
        let Self { version, tier, day } = self;
        Place { programme: &version.programme, version: version.number, partner, tier, day: *day }
    }

    /// The allowance of a benefit in the calendar year of the day.
    fn allowance(&self, partner: &ResourceId, benefit: &str) -> Allowance {
        let (year, ..) = self.day.ymd();
        Allowance { partner: partner.clone(), benefit: benefit.to_owned(), year }
    }

    /// What was used in that year of a benefit in the currency in which the tier gives it; 0 where it is no allowance.
    async fn used<S: TierSource + ?Sized>(
        &self,
        source: &mut S,
        tenant: &TenantId,
        (partner, benefit): (&ResourceId, &str),
    ) -> Result<i64, Refusal> {
        let place = self.place(partner);
        let Some(Grant::YearlyAllowance(allowance)) = place.grant(benefit) else { return Ok(0) };
        Ok(source.used(tenant, &self.allowance(partner, benefit), allowance.currency).await?)
    }
}

/// Locks a partner and its tiers; its uid.
async fn lock_all(call: &Call<'_>, tx: &mut dyn RegistryTx, partner: &ResourceId) -> Result<Uuid, Refusal> {
    let uid = lock(call, tx, partner).await?.partner.uid;
    tx.lock_tiers(call.tenant(), std::slice::from_ref(partner)).await?;
    Ok(uid)
}

impl Registry {
    /// Whether a partner is entitled to a benefit (`None`: to which ones it is) on a day (`None`: today).
    pub async fn entitlements(
        &self,
        context: &RequestContext,
        partner: &ResourceId,
        benefit: Option<&str>,
        day: Option<Date>,
    ) -> Result<Vec<Entitlement>, Fault> {
        self.require(context, partner).await?;
        let day = day.unwrap_or_else(|| self.today());
        self.entitlements_on(&context.tenant, partner, benefit, day).await.map_err(Refusal::into_fault)
    }

    async fn entitlements_on(
        &self,
        tenant: &TenantId,
        partner: &ResourceId,
        benefit: Option<&str>,
        day: Date,
    ) -> Result<Vec<Entitlement>, Refusal> {
        let mut source = self.store.tier_source();
        let ground = Ground::find(source.as_mut(), tenant, partner, day).await?;
        let place = ground.place(partner);
        let benefits = match benefit {
            Some(benefit) => vec![benefit.to_owned()],
            None => ground.version.programme.benefits(&ground.tier).iter().map(|b| b.id.clone()).collect(),
        };
        let priced = |benefit: &String| matches!(place.grant(benefit), Some(Grant::PriceFactor { .. }));
        let agreements = match benefits.iter().any(priced) {
            true => source.agreements(tenant, partner).await?,
            false => Vec::new(),
        };
        let mut all = Vec::with_capacity(benefits.len());
        for benefit in benefits {
            let used = ground.used(source.as_mut(), tenant, (partner, &benefit)).await?;
            all.push(place.entitlement(&benefit, &agreements, used)?);
        }
        Ok(all)
    }

    /// Records a price factor.
    pub async fn agree_factor(
        &self,
        context: &RequestContext,
        command: &AgreeFactor,
        request_id: &str,
    ) -> Result<PriceAgreement, Fault> {
        self.execute(context, &Once::new("BenefitService/AgreePriceFactor", request_id, command)).await
    }

    /// Uses an allowance.
    pub async fn use_allowance(
        &self,
        context: &RequestContext,
        command: &UseAllowance,
        request_id: &str,
    ) -> Result<Usage, Fault> {
        self.execute(context, &Once::new("BenefitService/RecordBenefitUsage", request_id, command)).await
    }

    /// Uses of an allowance before a number, newest first.
    pub async fn usages(
        &self,
        context: &RequestContext,
        allowance: &Allowance,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Usage>, Fault> {
        self.require(context, &allowance.partner).await?;
        Ok(self.store.tier_source().usages(&context.tenant, allowance, before, limit).await?)
    }
}

#[async_trait]
impl Command for &AgreeFactor {
    type Answer = PriceAgreement;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn RegistryTx) -> Result<PriceAgreement, Refusal> {
        reason(&self.reason)?;
        let uid = lock_all(call, tx, &self.partner).await?;
        let day = self.from.unwrap_or(call.today);
        let ground = Ground::find(tx, call.tenant(), &self.partner, day).await?;
        ground.place(&self.partner).check_factor(&self.benefit, self.factor)?;
        let (_, agreements) = tx.recorded_counts(call.tenant(), &self.partner).await?;
        let agreement = PriceAgreement {
            partner: self.partner.clone(),
            ordinal: agreements.saturating_add(1),
            benefit: self.benefit.clone(),
            factor: self.factor,
            effective_from: day,
            reason: self.reason.clone(),
            actor: call.context.subject.clone(),
            record_time: call.now,
        };
        tx.add_agreement(call.tenant(), &agreement).await?;
        let data = convert::factor_agreed(&agreement, uid);
        publish(call, tx, "tributary.partner.v1.PriceFactorAgreed", resource_name(&self.partner), data).await?;
        Ok(agreement)
    }
}

#[async_trait]
impl Command for &UseAllowance {
    type Answer = Usage;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn RegistryTx) -> Result<Usage, Refusal> {
        reason(&self.reason)?;
        let uid = lock_all(call, tx, &self.partner).await?;
        let day = self.day.unwrap_or(call.today);
        if day > call.today {
            let message = format!("{day} is after today, {}; record a use on its day or later", call.today);
            return Err(Fault::invalid_field("date", message).into());
        }
        let ground = Ground::find(tx, call.tenant(), &self.partner, day).await?;
        let used = ground.used(tx, call.tenant(), (&self.partner, &self.benefit)).await?;
        let (used, remaining) = ground.place(&self.partner).consume(&self.benefit, self.amount, used)?;
        let allowance = ground.allowance(&self.partner, &self.benefit);
        let last = tx.usages(call.tenant(), &allowance, None, 1).await?;
        let usage = Usage {
            partner: allowance.partner,
            benefit: allowance.benefit,
            year: allowance.year,
            number: last.first().map_or(0, |last| last.number).saturating_add(1),
            amount: self.amount,
            used,
            remaining,
            day,
            reason: self.reason.clone(),
            actor: call.context.subject.clone(),
            record_time: call.now,
        };
        tx.add_usage(call.tenant(), &usage).await?;
        let data = convert::benefit_used(&usage, uid);
        publish(call, tx, "tributary.partner.v1.BenefitUsed", resource_name(&self.partner), data).await?;
        Ok(usage)
    }
}

fn reason(text: &str) -> Result<(), Fault> {
    let mut v = Violations::new();
    text::reason(&mut v, "reason", text);
    v.into_result()
}
