//! Quotes: what is in force that day is loaded once for all items, the registry is asked once per benefit.

use std::collections::{BTreeMap, BTreeSet};

use incentive_calculation_domain::{
    assignment::{Assignment, Attributes, best_of},
    describe::Language,
    price::{self, Ask, Candidate, Factor, Ground, Item, PriceList, Promotion, Quote, RECENT_DAYS},
    reasons,
};
use tributary_core::{Currency, Date, Decimal, Fault, RequestContext};

use super::is_public;
use crate::{
    app::{App, record_facts::unknown_partner},
    ports::{PartnerRef, prices::ListVersion},
};

/// What is asked for all items.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The partner, last part of its name.
    pub partner: String,
    /// The day; `None`: today.
    pub date: Option<Date>,
    /// Only lists in this currency.
    pub currency: Option<Currency>,
    /// The language of the sentences.
    pub language: Language,
}

/// An item that is asked for.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Its SKU.
    pub sku: String,
    /// How many units.
    pub quantity: Decimal,
}

/// The quote of an item, and what it stands on.
#[derive(Debug, Clone)]
pub struct Priced {
    /// The partner, resource name.
    pub partner: String,
    /// The day.
    pub date: Date,
    /// How many units.
    pub quantity: Decimal,
    /// The list.
    pub list: PriceList,
    /// The item.
    pub item: Item,
    /// Why the list is the partner's.
    pub assigned_by: Assignment,
    /// The quote.
    pub quote: Quote,
}

/// What became of each item.
pub type Quoted = Vec<Result<Priced, Fault>>;

/// What is in force that day, for one partner.
struct InForce {
    partner: Attributes,
    lists: Vec<PriceList>,
    items: BTreeMap<String, Vec<(usize, Item)>>,
    promotions: Vec<Promotion>,
}

impl InForce {
    /// The list that prices a SKU.
    fn chosen(&self, sku: &str) -> Result<Option<Candidate<'_>>, Fault> {
        let items = self.items.get(sku).map(Vec::as_slice).unwrap_or_default();
        price::chosen(items.iter().filter_map(|(at, item)| Some((self.lists.get(*at)?, item))), &self.partner)
    }
}

impl App {
    /// What items cost a partner. An item that cannot be quoted costs the others nothing.
    ///
    /// # Errors
    /// `PARTNER_UNKNOWN`, `UPSTREAM_UNAVAILABLE` when the own copy misses the partner and the registry does not answer.
    pub async fn quote_prices(
        &self,
        caller: &RequestContext,
        asked: &Asked,
        wanted: &[Result<Wanted, Fault>],
    ) -> Result<Quoted, Fault> {
        let date = asked.date.unwrap_or_else(|| self.zone.day_of(self.clock.now()));
        let skus: BTreeSet<&str> = wanted.iter().flatten().map(|wanted| wanted.sku.as_str()).collect();
        let ground = self.prices_in_force(caller, asked, date, &skus).await?;
        let mut factors: BTreeMap<String, Result<Factor, Fault>> = BTreeMap::new();
        for sku in skus {
            if let Ok(Some((list, ..))) = ground.chosen(sku)
                && let Some(benefit) = &list.benefit
                && !factors.contains_key(benefit)
            {
                let factor = self.registry.price_factor(caller, &asked.partner, benefit, date).await;
                factors.insert(benefit.clone(), factor);
            }
        }
        let own = caller.scope.is_own();
        let one = |wanted: &Result<Wanted, Fault>| {
            let wanted = wanted.clone()?;
            let (list, item, assigned_by) =
                ground.chosen(&wanted.sku)?.ok_or_else(|| unpriced(&wanted, asked, date))?;
            let factor = match list.benefit.as_ref().and_then(|benefit| factors.get(benefit)) {
                Some(factor) => factor.clone()?,
                None => Factor::None,
            };
            let ask = Ask { partner: &ground.partner, quantity: wanted.quantity, date, language: asked.language, own };
            let promotions = ground.promotions.as_slice();
            let quote = price::quote(ask, Ground { list, item, factor: &factor, promotions })?;
            Ok(Priced {
                partner: ground.partner.partner.clone(),
                date,
                quantity: wanted.quantity,
                list: list.clone(),
                item: item.clone(),
                assigned_by: assigned_by.clone(),
                quote,
            })
        };
        Ok(wanted.iter().map(one).collect())
    }

    async fn prices_in_force(
        &self,
        caller: &RequestContext,
        asked: &Asked,
        date: Date,
        skus: &BTreeSet<&str>,
    ) -> Result<InForce, Fault> {
        let tenant = &caller.tenant;
        let partner = self.buyer(caller, &asked.partner, date).await?;
        let mut lists = price::in_force(self.store.price_lists_on(tenant, date).await?, date);
        lists.retain(|list| {
            asked.currency.is_none_or(|currency| currency == list.currency)
                && best_of(&list.assignments, &partner).is_some()
        });
        let versions: Vec<ListVersion> = lists.iter().map(|list| (list.id.clone(), list.version)).collect();
        let skus: Vec<String> = skus.iter().map(|sku| (*sku).to_owned()).collect();
        let mut items: BTreeMap<String, Vec<(usize, Item)>> = BTreeMap::new();
        for (version, item) in self.store.priced(tenant, &versions, &skus).await? {
            if let Some(at) = versions.iter().position(|known| *known == version) {
                items.entry(item.sku.clone()).or_default().push((at, item));
            }
        }
        let (first, last) = (date.plus_days(-RECENT_DAYS), date.plus_days(RECENT_DAYS));
        let mut promotions = self.store.promotions_within(tenant, first, last).await?;
        promotions.retain(is_public);
        Ok(InForce { partner, lists, items, promotions })
    }

    /// What is known of a partner on a day: by the own copy, else by the registry.
    async fn buyer(&self, caller: &RequestContext, id: &str, day: Date) -> Result<Attributes, Fault> {
        let arrival = self.store.newest_arrival(&caller.tenant).await?;
        let known = self.store.attributes_on(&caller.tenant, &[id.to_owned()], day, arrival).await?;
        if let Some((_, payee)) = known.into_iter().next() {
            return Ok(payee.attributes);
        }
        let named = PartnerRef::Id(id.to_owned());
        let told = self.registry.partners(caller, std::slice::from_ref(&named)).await?;
        told.into_iter().next().map(|copy| copy.attributes).ok_or_else(|| unknown_partner(&named))
    }
}

fn unpriced(wanted: &Wanted, asked: &Asked, date: Date) -> Fault {
    let currency = asked.currency.map(|currency| format!(" in {currency}")).unwrap_or_default();
    let message = format!(
        "no price list in force on {date} has {:?} for partners/{}{currency}; put it into one, or ask for another day",
        wanted.sku, asked.partner
    );
    Fault::new(reasons::PRICE_NOT_FOUND, message).with("sku", &wanted.sku)
}
