//! Creates or updates many partners by their first external ref, each with a result of its own.
//!
//! All items are decided in memory over one bulk lookup and written in one transaction. When a concurrent twin came
//! first, the whole batch is decided anew.

use std::collections::BTreeMap;

use async_trait::async_trait;
use partner_registry_domain::{Action, Draft, ExternalRef, Partner, PartnerStatus, Revision, update::merge};
use tributary_core::{Fault, RequestContext, ResourceId};
use tributary_sql::StoreError;

use super::{
    Registry,
    command::{Call, Command, Refusal},
    create::{in_partner, new_partner},
    record::{record, revision},
    year,
};
use crate::ports::{Holders, Keys, PartnerView, PartnerWrite, RegistryTx};

/// One item, checked as far as it can be without the store.
#[derive(Debug)]
pub(crate) struct UpsertItem {
    /// By this ref it is found; the first one of the draft.
    pub reference: ExternalRef,
    pub draft: Draft,
    /// For a new partner.
    pub partner_id: Option<ResourceId>,
    /// For a new partner.
    pub status: PartnerStatus,
    /// Etag that must agree, empty for any.
    pub etag: String,
}

/// What became of an item.
#[derive(Debug, Clone)]
pub(crate) enum UpsertOutcome {
    Created(ResourceId),
    Updated(ResourceId),
    Unchanged(ResourceId),
    Refused(Fault),
}

impl Registry {
    /// Creates or updates; the outcomes are in the order of the items. An item that is wrong already stays refused.
    pub async fn upsert_partners(
        &self,
        context: &RequestContext,
        items: Vec<Result<UpsertItem, Fault>>,
    ) -> Result<Vec<UpsertOutcome>, Fault> {
        self.execute(context, &Upsert { items }).await
    }
}

struct Upsert {
    items: Vec<Result<UpsertItem, Fault>>,
}

#[async_trait]
impl Command for Upsert {
    type Answer = Vec<UpsertOutcome>;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn RegistryTx) -> Result<Self::Answer, Refusal> {
        let items = || self.items.iter().filter_map(|item| item.as_ref().ok());
        let mut batch = Batch { holders: tx.holders(call.tenant(), &keys(items())).await?, ..Batch::default() };
        let mut known: Vec<ResourceId> =
            items().filter_map(|i| batch.holders.refs.get(&i.reference).cloned()).collect();
        known.sort();
        known.dedup();
        for view in tx.lock_partners(call.tenant(), &known, call.today).await? {
            batch.stored.insert(view.partner.id.clone(), view.partner.clone());
            batch.views.insert(view.partner.id.clone(), view);
        }
        let mut outcomes = Vec::with_capacity(self.items.len());
        for item in &self.items {
            outcomes.push(match item {
                Ok(item) => match batch.apply(call, item) {
                    Ok(outcome) => outcome,
                    Err(Refusal::Fault(fault)) => UpsertOutcome::Refused(fault),
                    Err(store) => return Err(store),
                },
                Err(fault) => UpsertOutcome::Refused(fault.clone()),
            });
        }
        record(call, tx, &batch.writes(), batch.revisions).await?;
        Ok(outcomes)
    }
}

/// Every key that the items name.
fn keys<'a>(items: impl Iterator<Item = &'a UpsertItem>) -> Keys {
    let mut keys = Keys::default();
    for item in items {
        keys.refs.extend(item.draft.external_refs.iter().cloned());
        keys.registrations.extend(item.draft.registration.clone());
        keys.ids.extend(item.partner_id.clone());
        keys.business_keys.extend(item.partner_id.as_ref().map(ToString::to_string));
        keys.business_keys.push(format!("{}:{}", item.reference.system, item.reference.id));
        keys.business_keys.extend(item.draft.registration.as_ref().map(|r| r.number.clone()));
    }
    keys
}

/// The partners of a batch as they are after the items so far.
#[derive(Default)]
struct Batch {
    holders: Holders,
    /// As they are stored.
    stored: BTreeMap<ResourceId, Partner>,
    /// As they are now; those that are not stored are new.
    views: BTreeMap<ResourceId, PartnerView>,
    revisions: Vec<Revision>,
}

impl Batch {
    fn apply(&mut self, call: &Call<'_>, item: &UpsertItem) -> Result<UpsertOutcome, Refusal> {
        match self.holders.refs.get(&item.reference) {
            Some(id) => {
                // Another transaction took the ref away between the lookup and the lock: decide anew.
                let held = |v: &&PartnerView| v.partner.profile.external_refs.contains(&item.reference);
                let view = self.views.get(id).filter(held).cloned().ok_or(StoreError::Conflict)?;
                self.update(call, item, view)
            }
            None => self.create(call, item),
        }
    }

    fn create(&mut self, call: &Call<'_>, item: &UpsertItem) -> Result<UpsertOutcome, Refusal> {
        let profile = item.draft.clone().check(year(call.today)).map_err(in_partner)?;
        let id = item.partner_id.clone().unwrap_or_else(|| call.app.ids.resource_id('p'));
        let own_id = item.partner_id.as_ref();
        let partner = new_partner(call, &self.holders, id.clone(), own_id, profile, item.status)?;
        self.accept(call, PartnerView { partner, tier: String::new(), duplicates: Vec::new() }, None);
        Ok(UpsertOutcome::Created(id))
    }

    fn update(&mut self, call: &Call<'_>, item: &UpsertItem, view: PartnerView) -> Result<UpsertOutcome, Refusal> {
        let before = view.partner;
        before.check_etag(&item.etag)?;
        let id = before.id.clone();
        let profile = merge(&before.profile, &item.draft).check(year(call.today)).map_err(in_partner)?;
        self.holders.check(&id, &profile)?;
        let Some(partner) = before.update(profile, call.now) else { return Ok(UpsertOutcome::Unchanged(id)) };
        self.accept(call, PartnerView { partner, tier: view.tier, duplicates: Vec::new() }, Some(&before));
        Ok(UpsertOutcome::Updated(id))
    }

    fn accept(&mut self, call: &Call<'_>, view: PartnerView, before: Option<&Partner>) {
        self.holders.note(before, &view.partner);
        let action = if before.is_some() { Action::Updated } else { Action::Created };
        let previous = before.map(|p| p.standing.status());
        self.revisions.push(revision(call, view.partner.clone(), &view.tier, action, "", previous));
        self.views.insert(view.partner.id.clone(), view);
    }

    /// The partners that differ from what is stored.
    fn writes(&self) -> Vec<PartnerWrite> {
        let all = self.views.values().map(|view| PartnerWrite {
            before: self.stored.get(&view.partner.id).cloned(),
            after: view.partner.clone(),
        });
        all.filter(|write| write.before.as_ref() != Some(&write.after)).collect()
    }
}

#[cfg(test)]
mod tests {
    use partner_registry_domain::{
        Draft, ExternalRef, PartnerKind, PartnerStatus, Registration, partner::business_keys,
    };
    use tributary_core::ResourceId;

    use super::{UpsertItem, keys};

    #[test]
    fn every_business_key_that_may_be_taken_is_looked_up() {
        let reference = ExternalRef { system: "erp".to_owned(), id: "1".to_owned() };
        let draft = Draft {
            display_name: "x".to_owned(),
            kind: Some(PartnerKind::Dealer),
            registration: Some(Registration { scheme: "X".to_owned(), number: "9".to_owned() }),
            external_refs: vec![reference.clone()],
            ..Draft::default()
        };
        let id = ResourceId::parse("own").expect("id");
        let item = UpsertItem {
            reference,
            draft: draft.clone(),
            partner_id: Some(id.clone()),
            status: PartnerStatus::Prospect,
            etag: String::new(),
        };
        let wanted = business_keys(Some(&id), &draft.check(2026).expect("good"), &id);
        let looked_up = keys([&item].into_iter()).business_keys;
        assert!(wanted.iter().all(|key| looked_up.contains(key)), "{wanted:?} {looked_up:?}");
    }
}
