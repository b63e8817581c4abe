//! Promotions: draft, approval, end.

use incentive_calculation_domain::{price::Promotion, reasons};
use prost::Message as _;
use tributary_core::{Fault, RequestContext, TenantId, Timestamp, Violations};
use tributary_proto::tributary::incentive::v1::PromotionChanged;
use tributary_sql::{RequestKey, StoreError};

use super::{PriceAction, PriceMove, saved};
use crate::{
    app::{App, funds::same_etag, recall, remember},
    convert::price::promotion_to_proto,
    ports::{IncentiveTx, prices::PromotionQuery},
};

impl App {
    /// Writes a promotion as a draft.
    ///
    /// # Errors
    /// `INVALID_REQUEST` with every violation, `PROMOTION_EXISTS`.
    pub async fn create_promotion(
        &self,
        caller: &RequestContext,
        promotion: Promotion,
        key: Option<RequestKey>,
        validate_only: bool,
    ) -> Result<Promotion, Fault> {
        let mut violations = Violations::new();
        violations.nest("promotion", promotion.check());
        violations.into_result()?;
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        if let Some(first) = recall(tx.as_mut(), key.as_ref(), now).await? {
            return Ok(first);
        }
        match tx.insert_promotion(&caller.tenant, &promotion).await {
            Err(StoreError::AlreadyExists(_)) => {
                let message = format!("{} exists; choose another promotion_id", promotion.name());
                return Err(Fault::new(reasons::PROMOTION_EXISTS, message).with("promotion", promotion.name()));
            }
            other => other?,
        }
        if validate_only {
            return Ok(promotion);
        }
        self.tell_promotion(tx.as_mut(), &caller.tenant, &promotion, now).await?;
        remember(tx.as_mut(), key.as_ref(), &promotion).await?;
        self.commit(tx).await?;
        Ok(promotion)
    }

    /// Approves or ends a promotion.
    ///
    /// # Errors
    /// `PROMOTION_NOT_FOUND`, `ETAG_MISMATCH`, `PRICE_STATE_REFUSED`, `MAKER_IS_CHECKER`.
    pub async fn change_promotion(
        &self,
        caller: &RequestContext,
        change: PriceMove<String>,
        key: Option<RequestKey>,
    ) -> Result<Promotion, Fault> {
        let (tenant, now) = (&caller.tenant, self.clock.now());
        let mut tx = self.store.begin().await?;
        if let Some(first) = recall(tx.as_mut(), key.as_ref(), now).await? {
            return Ok(first);
        }
        let known = tx.promotion_of(tenant, &change.of).await?.ok_or_else(|| missing(&change.of))?;
        let name = known.name();
        same_etag(&name, &known.life.etag(), &change.etag)?;
        let (actor, reason) = (&caller.subject, &change.reason);
        let life = match change.action {
            PriceAction::Approve => known.life.approved_by(&name, actor, reason, now)?,
            PriceAction::Retire(from) => {
                let from = from.unwrap_or_else(|| self.zone.day_of(now));
                known.life.retired_by(&name, actor, from, reason, now)?
            }
        };
        let next = Promotion { life, ..known };
        if change.validate_only {
            return Ok(next);
        }
        saved(tx.update_promotion(tenant, &next).await, &name)?;
        self.tell_promotion(tx.as_mut(), tenant, &next, now).await?;
        remember(tx.as_mut(), key.as_ref(), &next).await?;
        self.commit(tx).await?;
        Ok(next)
    }

    /// One promotion.
    ///
    /// # Errors
    /// `PROMOTION_NOT_FOUND`.
    pub async fn promotion(&self, caller: &RequestContext, id: &str) -> Result<Promotion, Fault> {
        self.store.promotion(&caller.tenant, id).await?.ok_or_else(|| missing(id))
    }

    /// Promotions in the order of their names.
    ///
    /// # Errors
    /// `STORE_UNAVAILABLE`.
    pub async fn promotions(&self, caller: &RequestContext, query: &PromotionQuery) -> Result<Vec<Promotion>, Fault> {
        Ok(self.store.promotions(&caller.tenant, query).await?)
    }

    async fn tell_promotion(
        &self,
        tx: &mut dyn IncentiveTx,
        tenant: &TenantId,
        promotion: &Promotion,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let data = PromotionChanged { promotion: Some(promotion_to_proto(promotion)) }.encode_to_vec();
        Ok(tx.publish(self.event(tenant, "PromotionChanged", &promotion.name(), data, now)).await?)
    }
}

fn missing(id: &str) -> Fault {
    let name = format!("promotions/{id}");
    Fault::new(reasons::PROMOTION_NOT_FOUND, format!("{name} does not exist")).with("promotion", name)
}
