//! Versions of price lists: draft, items, approval, end.

use incentive_calculation_domain::{
    price::{self, Item, MOST_ITEMS, PriceList},
    reasons,
};
use prost::Message as _;
use tributary_core::{Fault, RequestContext, TenantId, Timestamp, Violations};
use tributary_proto::tributary::incentive::v1::PriceListVersionChanged;
use tributary_sql::RequestKey;

use super::{PriceAction, PriceMove, saved};
use crate::{
    app::{App, funds::same_etag, recall, remember},
    convert::price::price_list_to_proto,
    ports::{
        IncentiveTx,
        prices::{ItemQuery, ListVersion, PriceListQuery},
    },
};

/// Items for a draft.
#[derive(Debug, Clone)]
pub struct NewItems {
    /// The draft.
    pub of: ListVersion,
    /// Etag the caller decided on; empty: whatever it is.
    pub etag: String,
    /// The items.
    pub items: Vec<Item>,
    /// Check everything, change nothing.
    pub validate_only: bool,
}

impl App {
    /// Writes a new version as a draft. `list.version` and its life are set here.
    ///
    /// # Errors
    /// `INVALID_REQUEST` with every violation, `PRICE_LIST_NOT_FOUND`.
    pub async fn create_price_list(
        &self,
        caller: &RequestContext,
        list: PriceList,
        copy_from: Option<ListVersion>,
        key: Option<RequestKey>,
        validate_only: bool,
    ) -> Result<PriceList, Fault> {
        let mut violations = Violations::new();
        violations.nest("version", list.check());
        violations.into_result()?;
        let (tenant, now) = (&caller.tenant, self.clock.now());
        let mut tx = self.store.begin().await?;
        if let Some(first) = recall(tx.as_mut(), key.as_ref(), now).await? {
            return Ok(first);
        }
        let mut list = PriceList { version: tx.next_price_version(tenant, &list.id).await?, ..list };
        if let Some(from) = copy_from {
            let known = tx.price_list_of(tenant, &from.0, from.1).await?.ok_or_else(|| missing(&from))?;
            if known.currency != list.currency {
                let why = format!(
                    "{} is in {}, this one in {}; copy within a currency",
                    known.name(),
                    known.currency,
                    list.currency
                );
                return Err(Fault::invalid_field("copy_items_from", why));
            }
            let copied = tx.copy_price_items(tenant, &from, &(list.id.clone(), list.version)).await?;
            list.items = u32::try_from(copied).unwrap_or(u32::MAX);
        }
        tx.insert_price_list(tenant, &list).await?;
        if validate_only {
            return Ok(list);
        }
        self.tell_list(tx.as_mut(), tenant, &list, now).await?;
        remember(tx.as_mut(), key.as_ref(), &list).await?;
        self.commit(tx).await?;
        Ok(list)
    }

    /// Puts items into a draft.
    ///
    /// # Errors
    /// `PRICE_LIST_NOT_FOUND`, `PRICE_STATE_REFUSED`, `ETAG_MISMATCH`, `PRICE_LIST_FULL`.
    pub async fn put_price_items(
        &self,
        caller: &RequestContext,
        new: NewItems,
        key: Option<RequestKey>,
    ) -> Result<PriceList, Fault> {
        let (tenant, now) = (&caller.tenant, self.clock.now());
        let mut tx = self.store.begin().await?;
        if let Some(first) = recall(tx.as_mut(), key.as_ref(), now).await? {
            return Ok(first);
        }
        // Whoever puts items at the same moment waits: what comes last counts.
        tx.lock_prices(tenant).await?;
        let known = tx.price_list_of(tenant, &new.of.0, new.of.1).await?.ok_or_else(|| missing(&new.of))?;
        if !new.etag.is_empty() {
            same_etag(&known.name(), &known.life.etag(), &new.etag)?;
        }
        known.life.draft(&known.name(), "take items")?;
        let count = tx.put_price_items(tenant, &new.of, &new.items).await?;
        if count > i64::from(MOST_ITEMS) {
            let name = known.name();
            let message = format!("{name} would have {count} items, {MOST_ITEMS} are the most; begin another list");
            return Err(Fault::new(reasons::PRICE_LIST_FULL, message).with("price_list", name));
        }
        let mut next = known;
        next.items = u32::try_from(count).unwrap_or(u32::MAX);
        next.life.revision = next.life.revision.saturating_add(1);
        saved(tx.update_price_list(tenant, &next).await, &next.name())?;
        if new.validate_only {
            return Ok(next);
        }
        self.tell_list(tx.as_mut(), tenant, &next, now).await?;
        remember(tx.as_mut(), key.as_ref(), &next).await?;
        self.commit(tx).await?;
        Ok(next)
    }

    /// Approves or ends a version.
    ///
    /// # Errors
    /// `PRICE_LIST_NOT_FOUND`, `ETAG_MISMATCH`, `PRICE_STATE_REFUSED`, `MAKER_IS_CHECKER`, `PRICE_LIST_EMPTY`,
    /// `PRICE_LIST_UNDECIDED`.
    pub async fn change_price_list(
        &self,
        caller: &RequestContext,
        change: PriceMove<ListVersion>,
        key: Option<RequestKey>,
    ) -> Result<PriceList, Fault> {
        let (tenant, now) = (&caller.tenant, self.clock.now());
        let mut tx = self.store.begin().await?;
        if let Some(first) = recall(tx.as_mut(), key.as_ref(), now).await? {
            return Ok(first);
        }
        tx.lock_prices(tenant).await?;
        let known = tx.price_list_of(tenant, &change.of.0, change.of.1).await?.ok_or_else(|| missing(&change.of))?;
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
        let next = PriceList { life, ..known };
        if change.action == PriceAction::Approve {
            if next.items == 0 {
                let message = format!("{name} has no items; put some, then approve it");
                return Err(Fault::new(reasons::PRICE_LIST_EMPTY, message).with("price_list", name));
            }
            for (other, sku) in tx.lists_with_items_of(tenant, &change.of).await? {
                price::undecided(&next, &other, &sku)?;
            }
        }
        if change.validate_only {
            return Ok(next);
        }
        saved(tx.update_price_list(tenant, &next).await, &name)?;
        self.tell_list(tx.as_mut(), tenant, &next, now).await?;
        remember(tx.as_mut(), key.as_ref(), &next).await?;
        self.commit(tx).await?;
        Ok(next)
    }

    /// One version.
    ///
    /// # Errors
    /// `PRICE_LIST_NOT_FOUND`.
    pub async fn price_list(&self, caller: &RequestContext, of: &ListVersion) -> Result<PriceList, Fault> {
        self.store.price_list(&caller.tenant, &of.0, of.1).await?.ok_or_else(|| missing(of))
    }

    /// Versions in the order of list and number.
    ///
    /// # Errors
    /// `STORE_UNAVAILABLE`.
    pub async fn price_lists(&self, caller: &RequestContext, query: &PriceListQuery) -> Result<Vec<PriceList>, Fault> {
        Ok(self.store.price_lists(&caller.tenant, query).await?)
    }

    /// Items of a version in the order of their SKUs, and the version.
    ///
    /// # Errors
    /// `PRICE_LIST_NOT_FOUND`.
    pub async fn price_items(
        &self,
        caller: &RequestContext,
        query: &ItemQuery,
    ) -> Result<(PriceList, Vec<Item>), Fault> {
        let list = self.price_list(caller, &query.of).await?;
        Ok((list, self.store.price_items(&caller.tenant, query).await?))
    }

    async fn tell_list(
        &self,
        tx: &mut dyn IncentiveTx,
        tenant: &TenantId,
        list: &PriceList,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let data = PriceListVersionChanged { version: Some(price_list_to_proto(list)) }.encode_to_vec();
        Ok(tx.publish(self.event(tenant, "PriceListVersionChanged", &list.name(), data, now)).await?)
    }
}

fn missing((list, version): &ListVersion) -> Fault {
    let name = format!("priceLists/{list}/versions/{version}");
    Fault::new(reasons::PRICE_LIST_NOT_FOUND, format!("{name} does not exist")).with("price_list", name)
}
