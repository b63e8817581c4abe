//! Commodities, and the digits of what accounts count.

use std::collections::{BTreeMap, BTreeSet};

use incentive_calculation_domain::{
    ledger::{Commodity, Content, commodity::currency_scale},
    reasons,
};
use tributary_core::{Fault, RequestContext, ResourceId, TenantId};
use tributary_sql::{RequestKey, StoreError};

use super::{unknown_commodity, writing::Writing};
use crate::app::{App, recall, remember};

/// A commodity as a caller states it.
#[derive(Debug, Clone)]
pub struct NewCommodity {
    /// Its code.
    pub code: ResourceId,
    /// Name for people.
    pub display_name: String,
    /// Decimal digits of its smallest unit.
    pub scale: u32,
}

/// Decimal digits by currency or code.
#[derive(Debug, Clone, Default)]
pub struct Scales(BTreeMap<String, u32>);

impl Scales {
    /// The digits of what was asked for; `None`: neither a currency nor created.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<u32> {
        self.0.get(code).copied()
    }

    /// The digits of an account that is there: its commodity is known.
    #[must_use]
    pub fn of(&self, code: &str) -> u32 {
        self.get(code).unwrap_or_default()
    }
}

impl App {
    /// Creates a commodity.
    ///
    /// # Errors
    /// `COMMODITY_EXISTS`.
    pub async fn create_commodity(
        &self,
        caller: &RequestContext,
        new: NewCommodity,
        key: Option<RequestKey>,
    ) -> Result<Commodity, Fault> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        if let Some(first) = recall(tx.as_mut(), key.as_ref(), now).await? {
            return Ok(first);
        }
        let NewCommodity { code, display_name, scale } = new;
        let commodity = Commodity { code, display_name, scale, create_time: now };
        let mut writing = Writing::begin(tx.as_mut(), &caller.tenant, &caller.subject, now).await?;
        match tx.insert_commodity(&caller.tenant, &commodity).await {
            Err(StoreError::AlreadyExists(_)) => {
                let message = format!("{} exists; use it, or choose another commodity_id", commodity.name());
                return Err(Fault::new(reasons::COMMODITY_EXISTS, message).with("commodity", commodity.name()));
            }
            other => other?,
        }
        writing.enter(&Content::CommodityCreated { code: commodity.code.clone(), scale })?;
        remember(tx.as_mut(), key.as_ref(), &commodity).await?;
        self.keep(tx, writing).await?;
        Ok(commodity)
    }

    /// Commodities in the order of their codes.
    ///
    /// # Errors
    /// `STORE_UNAVAILABLE`.
    pub async fn commodities(&self, caller: &RequestContext, after: &str, limit: u32) -> Result<Vec<Commodity>, Fault> {
        Ok(self.store.commodities(&caller.tenant, after, limit).await?)
    }

    /// The digits of currencies and commodities, as far as they are known.
    ///
    /// # Errors
    /// `STORE_UNAVAILABLE`.
    pub async fn scales(&self, tenant: &TenantId, codes: BTreeSet<String>) -> Result<Scales, Fault> {
        let mut scales = BTreeMap::new();
        let mut created = Vec::new();
        for code in codes {
            match currency_scale(&code) {
                Some(scale) => drop(scales.insert(code, scale)),
                None => created.push(code),
            }
        }
        let found = self.store.commodities_of(tenant, &created).await?;
        scales.extend(found.into_iter().map(|commodity| (commodity.code.to_string(), commodity.scale)));
        Ok(Scales(scales))
    }

    /// The digits of one currency or commodity.
    ///
    /// # Errors
    /// `COMMODITY_UNKNOWN`.
    pub async fn scale(&self, tenant: &TenantId, code: &str) -> Result<u32, Fault> {
        self.scales(tenant, BTreeSet::from([code.to_owned()])).await?.get(code).ok_or_else(|| unknown_commodity(code))
    }
}
