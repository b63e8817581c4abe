//! Changes one settlement.

use std::collections::BTreeSet;

use incentive_calculation_domain::settlement::{At, Change, Settlement};
use tributary_core::{Fault, RequestContext, Timestamp, fault::common};
use tributary_sql::RequestKey;

use super::{missing, prepare, seen_by, shown, standing::Standings};
use crate::app::{
    App,
    ledger::{Scales, Writing},
    recall, remember,
};

/// A change as a caller asks for it.
#[derive(Debug, Clone)]
pub struct ChangeRequest {
    /// The settlement, last part of its name.
    pub id: String,
    /// Etag the caller decided on.
    pub etag: String,
    /// What is to be done.
    pub change: Change,
    /// Why.
    pub reason: String,
    /// Check everything, change nothing.
    pub validate_only: bool,
}

impl App {
    /// Changes a settlement.
    ///
    /// # Errors
    /// `SETTLEMENT_NOT_FOUND`, `ETAG_MISMATCH`, `UPSTREAM_UNAVAILABLE`, `PARTNER_NOT_PAYABLE`, and what [`Settlement::changed`] and the ledger refuse.
    pub async fn change_settlement(
        &self,
        caller: &RequestContext,
        request: ChangeRequest,
        key: Option<RequestKey>,
    ) -> Result<Settlement, Fault> {
        let (tenant, now) = (&caller.tenant, self.clock.now());
        let standings = match request.change {
            Change::Lock { .. } => {
                if let Some(first) = self.answered(key.as_ref(), now).await? {
                    return Ok(first);
                }
                let known = self.store.settlement(tenant, &request.id).await?;
                self.before_crediting(caller, known.as_slice()).await?
            }
            _ => Standings::default(),
        };
        // For what a partner's own user may not do the journal of all is not locked.
        let hopeless = if caller.scope.is_own() { self.hopeless(caller, &request, now).await? } else { None };
        let mut tx = self.store.begin().await?;
        if let Some(first) = recall(tx.as_mut(), key.as_ref(), now).await? {
            return Ok(shown(caller, first));
        }
        if let Some(hopeless) = hopeless {
            return Err(hopeless);
        }
        let mut writing = Writing::begin(tx.as_mut(), tenant, &caller.subject, now).await?;
        let known = tx.settlements_of(tenant, std::slice::from_ref(&request.id)).await?.pop();
        let known = known.filter(|known| seen_by(caller, known)).ok_or_else(|| missing(&request.id))?;
        same(&known, &request.etag)?;
        prepare(tx.as_mut(), &mut writing, &[&known], "locked").await?;
        let scales = self.scales(tenant, BTreeSet::from([known.currency.code().to_owned()])).await?;
        let step = (request.reason.as_str(), now);
        let next = self.settle_step(&mut writing, &known, &request.change, step, (&scales, &standings))?;
        if request.validate_only {
            return Ok(shown(caller, next));
        }
        self.keep_settlements(tx.as_mut(), tenant, std::slice::from_ref(&next), now).await?;
        remember(tx.as_mut(), key.as_ref(), &next).await?;
        self.keep(tx, writing).await?;
        Ok(shown(caller, next))
    }

    /// Why a settlement as it is now cannot be changed so, unless the request is a repeat of one that was answered.
    ///
    /// # Errors
    /// `SETTLEMENT_NOT_FOUND` for one that is not there for the caller: a repeat of his has no answer either.
    async fn hopeless(
        &self,
        caller: &RequestContext,
        request: &ChangeRequest,
        now: Timestamp,
    ) -> Result<Option<Fault>, Fault> {
        let known = self.store.settlement(&caller.tenant, &request.id).await?;
        let known = known.filter(|known| seen_by(caller, known)).ok_or_else(|| missing(&request.id))?;
        let possible = match &request.change {
            Change::Dispute(line) => known.disputable(line, self.zone.day_of(now)),
            _ => Ok(()),
        };
        Ok(same(&known, &request.etag).and(possible).err())
    }

    /// Changes a settlement whose accounts were loaded, and enters what locking moves. What is credited asks where its
    /// partner stands.
    pub(super) fn settle_step(
        &self,
        writing: &mut Writing,
        known: &Settlement,
        change: &Change,
        (reason, now): (&str, Timestamp),
        (scales, standings): (&Scales, &Standings),
    ) -> Result<Settlement, Fault> {
        let claims = writing.book.account(&known.claims_account()?).balance();
        let withheld = writing.book.account(&known.withheld_account()?).balance();
        let actor = writing.author().to_owned();
        let at = At { actor: &actor, now, today: self.zone.day_of(now), reason, claims, withheld };
        let next = known.changed(change, &at)?;
        if matches!(change, Change::Lock { .. }) && next.is_credited() {
            standings.check(&next)?;
        }
        if matches!(change, Change::Lock { .. })
            && let Some(locking) = next.locking()?
        {
            self.enter_once(writing, &locking, scales)?;
        }
        Ok(next)
    }
}

/// Refuses what was decided on another revision.
fn same(known: &Settlement, etag: &str) -> Result<(), Fault> {
    if known.etag() == etag {
        return Ok(());
    }
    let message = format!("{} is at {}, not at {etag:?}; read it again and decide anew", known.name(), known.etag());
    Err(Fault::new(common::ETAG_MISMATCH, message).with("settlement", known.name()))
}
