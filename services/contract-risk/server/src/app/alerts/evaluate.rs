//! Evaluations: of one partner, of those that are due, of all.

use std::collections::BTreeSet;

use contract_risk_domain::alert::{Alert, Effect, RuleVersion, Step, evaluate};
use tributary_core::{Fault, ResourceId, TenantId, Timestamp, fault::common};

use super::Alerts;
use crate::ports::{AlertTx, Turn};

/// How often an evaluation is begun anew because another one of the partner, or a change of rules, came in between.
const TRIES: u32 = 20;
/// Partners of one read.
const PAGE: u32 = 1_000;

/// What evaluations did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Evaluated {
    /// Alerts raised.
    pub raised: i64,
    /// Standing ones changed.
    pub updated: i64,
    /// Standing ones closed.
    pub resolved: i64,
}

impl Evaluated {
    fn count(&mut self, other: Self) {
        self.raised = self.raised.saturating_add(other.raised);
        self.updated = self.updated.saturating_add(other.updated);
        self.resolved = self.resolved.saturating_add(other.resolved);
    }
}

impl Alerts {
    /// Evaluates one partner, or all of a tenant; and how many alerts stand afterwards.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn evaluate_now(
        &self,
        tenant: &TenantId,
        partner: Option<&ResourceId>,
    ) -> Result<(Evaluated, i64), Fault> {
        let partners = match partner {
            Some(partner) => BTreeSet::from([partner.clone()]),
            None => self.known_partners(tenant).await?,
        };
        let mut all = Evaluated::default();
        for partner in &partners {
            all.count(self.evaluate_partner(tenant, partner).await?);
        }
        (self.wake)();
        Ok((all, self.store.standing_alerts(tenant, partner).await?))
    }

    /// Partners that rules may find something at: those that were marked, and those with contracts in force, whose events
    /// may still be on their way.
    pub(super) async fn known_partners(&self, tenant: &TenantId) -> Result<BTreeSet<ResourceId>, Fault> {
        let mut partners = BTreeSet::new();
        let mut after = String::new();
        loop {
            let page = self.store.partners(tenant, &after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.to_string();
            partners.extend(page);
        }
        after.clear();
        loop {
            let page = self.contracts.contracts_in_force(tenant, None, &after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(partners) };
            after = last.id.to_string();
            partners.extend(page.into_iter().map(|contract| contract.terms.partner));
        }
    }

    /// Partners of all tenants that are due, at most `limit`.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn due_partners(&self, limit: u32) -> Result<Vec<(TenantId, ResourceId)>, Fault> {
        Ok(self.store.due(self.today(), limit).await?)
    }

    /// Evaluates a partner if it is still due.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn evaluate_due(&self, tenant: &TenantId, partner: &ResourceId) -> Result<(), Fault> {
        let turn = self.store.turn(tenant, partner).await?;
        if !turn.marks.is_empty() || turn.evaluated_on.is_none_or(|day| day < self.today()) {
            self.evaluate_partner(tenant, partner).await?;
            (self.wake)();
        }
        Ok(())
    }

    /// Evaluates a partner by the rules in force.
    pub(super) async fn evaluate_partner(&self, tenant: &TenantId, partner: &ResourceId) -> Result<Evaluated, Fault> {
        for _ in 0..TRIES {
            // In this order: whatever is marked by now is seen by the reads that follow.
            let turn = self.store.turn(tenant, partner).await?;
            let rules = self.standard.in_force(&self.store.own_rules(tenant).await?);
            if let Some(done) = self.take_turn(tenant, partner, &turn, &rules).await? {
                return Ok(done);
            }
        }
        let message = format!("partners/{partner} is evaluated by too many at once; retry");
        Err(Fault::new(common::CONCURRENT_CHANGE, message))
    }

    /// Evaluates in a turn; `None` when the turn is gone or other rules are in force by now.
    async fn take_turn(
        &self,
        tenant: &TenantId,
        partner: &ResourceId,
        turn: &Turn,
        rules: &[RuleVersion],
    ) -> Result<Option<Evaluated>, Fault> {
        let now = self.clock.now();
        let today = self.zone.day_of(now);
        let view = self.view(tenant, partner, rules, today).await?;
        let mut tx = self.store.begin_alerts().await?;
        if !tx.take_turn(tenant, partner, turn, (now, today)).await?
            || self.standard.in_force(&tx.own_rules_now(tenant).await?) != rules
        {
            return Ok(None);
        }
        let live = tx.live_alerts(tenant, partner).await?;
        let mut done = Evaluated::default();
        for step in evaluate(rules, &view, &live, today, now) {
            done.count(self.keep(tx.as_mut(), tenant, step, &live, now).await?);
        }
        tx.commit().await?;
        Ok(Some(done))
    }

    /// Writes and announces what became of one alert.
    async fn keep(
        &self,
        tx: &mut dyn AlertTx,
        tenant: &TenantId,
        step: Step,
        live: &[Alert],
        now: Timestamp,
    ) -> Result<Evaluated, Fault> {
        let mut done = Evaluated::default();
        match step {
            Step::Raise(new) => {
                let alert = new.with_id(self.ids.resource_id('a'), self.ids.uuid().to_string(), now);
                tx.insert_alert(tenant, &alert).await?;
                self.announce(tx, tenant, &alert, None, now).await?;
                done.raised = 1;
            }
            Step::Change(alert, effect) => {
                tx.update_alert(tenant, &alert).await?;
                if matches!(effect, Effect::Severity | Effect::Closed) {
                    let from = live.iter().find(|known| known.id == alert.id).map(|known| known.state);
                    self.announce(tx, tenant, &alert, from, now).await?;
                }
                match effect {
                    Effect::Closed => done.resolved = 1,
                    Effect::Figures | Effect::Severity => done.updated = 1,
                    Effect::Memory => {}
                }
            }
        }
        Ok(done)
    }
}
